#pragma once
/* Where gradients end: in the .grad of a leaf, or of a tensor that retains its own. Private to
 * engine/autograd. */

#include "engine/autograd/autograd.h"

struct accumulation {
    uint64_t walk;
    struct tensor *tensor;
    struct tensor *grad; /* lent */
};

/* A leaf's first gradient is stored, later ones are added in place; while gradients of gradients are
 * recorded, out of place. */
bool accumulate_leaf(const struct accumulation *share, struct error *err);
bool accumulate_retained(const struct accumulation *share, struct error *err);
