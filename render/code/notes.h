#pragma once
/* What a line of code made when it was last executed, as short texts to stand beside it: the names it
 * bound (`y = 3`, `W 2×3`), the gradients that it brought (`x.grad = 18`), what it changed in place. */

#include "render/view.h"

enum { CODE_NOTES_MAX = 4 };

struct code_note {
    const char *text;
    bool gradient;
    int64_t tensor; /* 0: of a plain value */
};

struct code_notes {
    struct code_note notes[CODE_NOTES_MAX];
    size_t count;
    bool more; /* there was no room for all */
};

/* By the moment, which may be the end of the trace. In the view's arena. */
void code_notes_at(const struct view *view, const struct trace_cell *cell, int line,
                   uint32_t moment, struct code_notes *out);

/* How wide they are, and the least that is worth drawing: the first of them, or a part of it. */
float code_notes_width(const struct view *view, const struct code_notes *notes, float size);
float code_notes_least(const struct view *view, const struct code_notes *notes, float size);

/* One behind the other from the left of `room`, around the row's middle; what does not fit is cut or
 * left out. */
void code_notes_draw(const struct view *view, const struct code_notes *notes, struct rect room,
                     float size, struct scene *scene);
