#pragma once
/* A whole lesson as pages: its words, its questions, and the steps of its code. */

#include "app/export/page.h"

/* How much of a lesson: each step alone, as `gradlight describe` numbers them; or all of it, with a page for
 * each reveal, which is what the plain key shows, or for each of the author's stops. */
enum deck_grain { DECK_STEPS, DECK_REVEALS, DECK_STOPS };

/* Zero-initialise to start. */
struct deck {
    struct page *pages;
    size_t count, capacity;
    struct arena arena; /* headings and notes */
};

struct deck_plan {
    enum deck_grain grain;
    enum stop_granularity granularity;
    enum language language; /* of words and notes */
};

/* Appends the pages of a run that has ended. Code that the author skips has none, but for DECK_STEPS. */
void deck_fill(struct deck *deck, const struct session *session, const struct deck_plan *plan);
void deck_finish(struct deck *deck);

/* Appends the page of a single step. */
void deck_add_step(struct deck *deck, const struct session *session,
                   enum stop_granularity granularity, uint32_t moment);
