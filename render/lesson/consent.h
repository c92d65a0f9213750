#pragma once
/* What the lesson asks the user for, in a bar under the title: a question that waits without being in the
 * way. */

#include "render/view.h"

enum consent_kind {
    CONSENT_FOLDER,        /* to read what lies beside it */
    CONSENT_FOLDER_SHARED, /* the same, where more lies than lessons: it cannot have it */
    CONSENT_GPU,
    CONSENT_BOX,     /* to run at all, where there is no box */
    CONSENT_EXPLAIN, /* asks nothing: says what its box is */
    CONSENT_TROUBLE, /* nor this: says what ended the run */
};

struct consent_page {
    enum consent_kind kind;
    const char *folder;  /* where the lesson lies, as people write it: ~/lessons */
    bool reads_folder;   /* it may */
    bool revocable;      /* something was allowed that can be taken back */
    const char *trouble; /* what ended the run, in the interface's language; NULL: nothing did */
};

/* What the kernel keeps of the box. */
enum box_state {
    BOX_WHOLE,
    BOX_STRICT, /* no file at all: whole without Landlock */
    BOX_GPU,    /* whole, but for the GPU's devices */
    BOX_PARTLY, /* files can be read, or processes started */
    BOX_NONE,
};
enum box_state box_state_of(const struct record_hello *hello);
/* In a word, English, to be translated. */
const char *box_state_word(enum box_state state);
/* What it means for whoever opened the lesson; English, to be translated. */
const char *box_state_meaning(const struct record_hello *hello);
/* The state of the run on show as a button that ends at the right edge of the row; "" where the trace
 * has none. */
void view_box_state(const struct view *view, struct rect row, struct scene *scene);

/* The height that the bar needs at that width. */
float view_consent_height(const struct view *view, float width);
void view_consent(const struct view *view, struct rect bar, struct scene *scene);
/* What it says, in the interface's language. */
const char *view_consent_text(const struct view *view);
