#pragma once
/* The start page: the course as rows of cards, and what was open lately. A pure function of what the
 * window found out about the lessons. */

#include "render/view.h"

/* A lesson to open. Strings are translated already and never NULL. */
struct start_card {
    const char *title, *detail; /* detail: "10 min", or the folder of a recent file */
    int done, steps; /* how far a class has come, of how many steps; steps 0: not opened yet */
    const struct scene *picture; /* of the lesson, any size; NULL: none yet */
};

struct start_row {
    const char *heading; /* "Session 1 · Tensor" */
    size_t first, count; /* cards */
};

struct start_page {
    const struct start_card *cards;
    size_t card_count;
    const struct start_row *rows;
    size_t row_count;
    const char *query;
    bool typing;       /* the search field takes the keys */
    const char *note;  /* where there are no cards: why; else "" */
    const char *begin; /* of the filled button: "Start lesson 1" */
    float scroll;      /* points */
};

/* A lesson is TARGET_LESSON, id: its card; part 1: from where it was left. */
void view_start(const struct view *view, struct rect area, struct scene *scene);

/* Where a card lies on a page of that area, before scrolling; and how far the page can be scrolled. */
struct rect start_card_box(const struct view *view, struct rect area, size_t card);
float start_scroll_most(const struct view *view, struct rect area);
