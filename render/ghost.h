#pragma once
/* What stood where, in the run of the lesson as it is in the file, while a changed number is tried: old
 * values beside the new ones. Only where both runs did the same thing at the same place; nothing is
 * guessed. */

#include "render/view.h"

/* The run to compare with as a view of its own; false if there is none. */
bool ghost_view(const struct view *view, struct view *out);

/* The tensor's one number in the other run, where it is another one than here; NULL else. And that of its
 * `.grad`. In the arena. */
const char *ghost_number(const struct view *view, int64_t tensor);
const char *ghost_grad(const struct view *view, int64_t tensor);

/* The same for one element of a tensor with many. */
const char *ghost_element(const struct view *view, int64_t tensor, int64_t element);

/* "was 27" in the interface's language. */
const char *ghost_text(const struct view *view, const char *was);
