#pragma once
/* The start page of the window: which lessons there are, how far each was watched, what was open lately,
 * and what keys and pointer do there. It lies over the lesson that is open and gives way to it. */

#include "app/app.h"

struct start;

struct start *start_create(const struct app *app);
void start_destroy(struct start *start);

/* Shows the page, or the lesson again. `typing`: with the search field ready. */
void start_show(struct app *app, bool typing);
void start_hide(struct app *app);
/* Asks for a file: in the desktop's dialog, or on the page itself where there is none. */
void start_choose(struct app *app);
/* Opens the first lesson that has not been watched to its end. */
void start_begin(struct app *app);

/* The page as it is now, in the app's scratch; NULL while the lesson is on show. */
const struct start_page *start_page(struct app *app);

/* Events on the page. False for a key that it leaves to the commands. */
bool start_key(struct app *app, const char *key);
/* Whether the key is one that begins or goes on with the search of the page, and no command's. */
bool start_types(const struct app *app, const char *key);
void start_type(struct app *app, const char *bytes);
void start_press(struct app *app, struct target target);
void start_scroll(struct app *app, float by);

/* Notes how far the lesson on show was watched, goes to where it was left, draws thumbnails while the
 * page is on show, and opens what the desktop's dialog has chosen. */
void start_turn(struct app *app);
/* Seconds until start_turn has something to do; negative: nothing. */
double start_patience(const struct app *app);
/* Notes that a file was opened. */
void start_opened(struct app *app, const char *path);
