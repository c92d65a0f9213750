#pragma once
/* The presenter's window: what the class sees and what it will see next, and beside these what is for the
 * presenter alone. A pure function of what the window found out. */

#include "render/view.h"

struct presenter_page {
    const struct scene *now, *next; /* the class's pages; next NULL: nothing comes */
    const char *coming;             /* what the next key will bring, a sentence */
    const char
        *unlike;       /* how what the class sees differs from `now`: blank, ...; "": it does not */
    const char *notes; /* of the slide, else what the lesson tells; Markdown, "" for none */
    const char *answer; /* a question and its answer, Markdown; "" for none */
    const char *title;  /* of the slide; may be "" */
    const char *timer, *clock;
    bool timing; /* the timer runs */
    bool frozen; /* the class's picture stays */
    size_t step, steps;
    float scroll; /* of the notes, in points */
};

/* Type for a window of that size, never below 13 px. */
struct type_scale presenter_type(const struct view_state *state, float width, float height);

/* Where the picture `now` lies, for a pointer to be followed in it. */
struct rect presenter_now(const struct view *view, const struct presenter_page *page,
                          struct rect area);
/* How far the notes can be scrolled. */
float presenter_scroll_most(const struct view *view, const struct presenter_page *page,
                            struct rect area);

void view_presenter(const struct view *view, const struct presenter_page *page, struct rect area,
                    struct scene *scene);
