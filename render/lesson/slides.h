#pragma once
/* Slides: the stops that a lesson's author has marked. A cell of slide_type "slide" or "subslide" begins
 * one; it goes on to the next of these that has code to run. A lesson without marks is one slide. */

#include "render/view.h"

struct slide {
    size_t first, end; /* cells [first, end) of the lesson: narrative, notes and code */
    uint32_t at;       /* record at which its code begins to run */
    uint32_t from, to; /* moments of its first and its last stop */
    const char
        *title; /* its last heading on show before the code, without marks; else of the code; "" */
};

/* Those that the run has come to, in the lesson's order; lives in the view's arena. */
size_t slides_of(const struct view *view, const struct slide **out);

/* Whether the moment's step belongs to code of slide_type "skip": it runs, and is not presented. */
bool slide_skipped(const struct trace *trace, uint32_t moment);

/* Index of the one that the moment belongs to, SIZE_MAX if there are none. Before the first step it is the
 * first. */
size_t slide_at(const struct slide *slides, size_t count, uint32_t moment);

/* What its author tells the presenter alone, as Markdown; "" for nothing. Lives in the view's arena. */
const char *slide_notes(const struct view *view, const struct slide *slide);
/* The same of what it tells everybody, but for questions. */
const char *slide_text(const struct view *view, const struct slide *slide);
