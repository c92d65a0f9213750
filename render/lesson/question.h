#pragma once
/* Questions to the class: narrative cells tagged "question", with their options as a task list.
 *
 *     # %% [markdown] lang="en" tags=["question"] hide=["x.grad"]
 *     # What is `x.grad` now?
 *     # - [ ] 18 — *the second pass replaces the first*
 *     # - [x] 36 — *the second pass is added*
 *
 * A question belongs to the code cell behind it, which answers it: until it is revealed, what that cell, and those
 * that follow it without a word between, print and what `hide` names read "?". */

#include "render/view.h"

enum { QUESTION_OPTIONS_MOST = 6 };

struct question_option {
    const char *text, *why; /* Markdown; why: "" or what one thinks who chooses it */
    bool right;
};

struct question {
    const struct trace_cell *cell;
    int64_t in; /* number of the code cell that answers it, 0: none is behind it */
    /* Records of that cell: [at, end); at NEVER: it has not begun, or there is none. */
    uint32_t at, end;
    int64_t last;     /* of the cells that follow it without a word between */
    uint32_t until;   /* the end of that one's records */
    const char *text; /* Markdown */
    struct question_option options[QUESTION_OPTIONS_MOST];
    size_t option_count;
};

/* The index-th narrative cell of the lesson, if it is a question; strings live in `arena`. */
bool question_read(const struct trace *trace, size_t cell, struct question *out,
                   struct arena *arena);

/* Of the questions in the language on show: the one that belongs to that code cell; the one that is passed
 * on the way from one moment to a later one and is not revealed yet. False if there is none. */
bool question_of(const struct view *view, int64_t in, struct question *out);
bool question_between(const struct view *view, uint32_t from, uint32_t to, struct question *out);
/* The latest that was passed by the moment, else the first of the lesson. */
bool question_near(const struct view *view, uint32_t moment, struct question *out);

bool question_revealed(const struct view_state *state, int64_t in);
void question_reveal(struct view_state *state, int64_t in);

/* As narrative: options with letters, marked and explained once revealed. Lives in the view's arena. */
const char *question_markdown(const struct view *view, const struct question *question);
