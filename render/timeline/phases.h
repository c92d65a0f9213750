#pragma once
/* Where a step stands in training: the phases by name, and the iteration in words. */

#include "render/view.h"

/* "forward", "loss", "zero_grad" …; "" for PHASE_OTHER. */
const char *phase_word(const struct words *words, enum language language, enum stop_phase phase);
enum ink phase_ink(enum stop_phase phase);

/* "Iteration 20/200"; of a loop that goes on "Iteration 20"; within another loop "Iteration 2/4 › 20".
 * Lives in the arena. */
const char *iteration_words(const struct run_view *run, uint32_t iteration,
                            const struct words *words, enum language language, struct arena *arena);

/* Of a step that takes in several operations of a training iteration: "Iteration 2 · backward", or
 * the iteration alone when the step is no single phase. NULL: it is a single operation. */
const char *step_place(const struct run_view *run, const struct words *words,
                       enum language language, struct arena *arena);
