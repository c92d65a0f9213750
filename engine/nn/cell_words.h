#pragma once
/* What the formulas of PyTorch's documentation call the tensors inside of a recurrent layer: i, f, g, o, c and h
 * of step t, and what has no letter there by its expression. Told to the observer, if it asks. */

#include <stdbool.h>

#include "engine/ops/ops.h"

/* One step: x₂ and h₁ go in, h₂ comes out. */
struct cell_words {
    struct engine *engine;
    /* Subscripts of the step and of the one whose states go in, from 1 as in the formulas, 0: what there was at
     * first; of a step alone, negative: none. */
    int step, before;
    bool biases;
    const char
        *layer; /* "_l1_reverse", as in the names of its parameters; "" where there is only one */
};

/* As a format: %t and %b stand for the two subscripts, %l for the layer, %n for a prime where there are no
 * subscripts; %g for `gate`. A tensor that is NULL is left out. */
void cell_word(const struct cell_words *words, const struct tensor *tensor, const char *format,
               char gate);

/* W x + b of the input, W h + b of the state, or their sum, for one gate or, 'h', for all. */
enum cell_sum { CELL_OF_INPUT, CELL_OF_STATE, CELL_OF_BOTH };
void cell_sum_word(const struct cell_words *words, const struct tensor *tensor, enum cell_sum sum,
                   char gate);
