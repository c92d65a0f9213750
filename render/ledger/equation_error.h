#pragma once
/* What stands in the place of the equation where the lesson ended in an error. */

#include "render/view.h"

static const float EQUATION_PAD = 0.6f; /* beside it, in em of the sentence */

/* What PyTorch says, to the letter: as large as the text type if it fits, else down to captions. */
void equation_error_draw(const struct view *view, const struct record_error *error,
                         struct rect area, struct scene *scene);
/* Height that it needs in text size. */
float equation_error_height(const struct view *view, const struct record_error *error, float width);
