#pragma once
/* What finite differences said of a gradient, if the trace has the answer: autograd 18 · finite
 * difference 18.0000. Nothing is claimed of what did not run. */

#include "render/view.h"

struct checked {
    bool ran, agrees;
    const char *autograd, *difference; /* "18", "18.0000"; "" when it did not run */
    const char *left, *right;          /* of a kink: the slopes of either side, else "" */
    const char *why;                   /* English sentence: why it did not run, else "" */
    const char *node;                  /* whose fault that is, "" */
    bool hooked;                       /* hooks of the lesson may have changed the gradient */
};

/* Of element `element` of a leaf in a walk. False when nobody asked. */
bool checked_at(const struct run_view *run, int64_t tensor, int64_t backward, int64_t element,
                struct checked *out, struct arena *arena);

/* What is known of the gradient that the step at the moment has accumulated, as one line: "[0, 1] ✓ …"
 * with the element that is shown of a tensor; "" if nobody asked. */
const char *checked_at_step(const struct run_view *run, const struct words *words,
                            enum language language, struct arena *arena);

/* As one line: "✓ autograd 18 · finite difference 18.0000", "✗ do not agree: autograd 9 · …", or why not. */
const char *checked_text(const struct checked *checked, const struct words *words,
                         enum language language, struct arena *arena);
