#pragma once
/* Shared by the files of the start page: its state, and what its cards open. */

#include "app/start/catalog.h"
#include "app/start/chooser.h"
#include "app/start/start.h"
#include "app/start/thumbnails.h"
#include "render/lesson/start.h"

struct start {
    struct catalog catalog;
    struct thumbnails *thumbnails;
    struct chooser *chooser; /* the desktop's dialog while it is open */
    char query[PATH_SIZE];
    bool typing;
    float scroll;
    double touched; /* when something was done here last */
    size_t resume;  /* stop to go to as soon as the run has come there; 0: none */
    size_t watched; /* furthest stop of the run on show that was noted */
};

/* What a card opens. */
struct start_entry {
    const char *path;
    bool folder; /* to look into */
};

/* The page as it is now; all of it in the app's scratch. */
struct start_contents {
    struct start_page page;
    struct start_card *cards;
    struct start_entry *entries; /* beside the cards */
    struct start_row *rows;
};
struct start_contents start_contents(struct app *app);

/* The first lesson that was not watched to its end; NULL without lessons. */
const struct catalog_lesson *start_next_lesson(const struct app *app);

/* How far a lesson of that name was watched, in steps of how many; 0 of 0: not yet. */
enum { START_NAME_SIZE = 300 };
const char *start_progress_name(const char *lesson, char out[START_NAME_SIZE]);
void start_progress(const struct app *app, const char *lesson, int *done, int *steps);
