#pragma once
/* Longer ways through a run than a step: iterations, backward passes, errors, bookmarks; and the part
 * of the run that the timeline shows. Each function but the first and the last three is a command. */

#include "app/app.h"

/* Goes to a moment; no command. */
void walk_go(struct app *app, uint32_t moment);

void walk_next_iteration(struct app *app);
void walk_previous_iteration(struct app *app);
void walk_ten_iterations(struct app *app);
void walk_back_ten_iterations(struct app *app);
void walk_loop_end(struct app *app);
void walk_loop_start(struct app *app);
void walk_next_backward(struct app *app);
void walk_previous_backward(struct app *app);
void walk_next_error(struct app *app);
void walk_previous_error(struct app *app);

void walk_next_bookmark(struct app *app);
void walk_previous_bookmark(struct app *app);
/* Sets a bookmark at the moment, or takes it away. They are kept by address with the settings. */
void walk_toggle_bookmark(struct app *app);

void walk_zoom_in(struct app *app);
void walk_zoom_out(struct app *app);
void walk_zoom_all(struct app *app);

/* Finds the kept bookmarks in the run as it is now. */
void walk_find_bookmarks(struct app *app);
/* The timeline shows the current moment, whatever part of the run that is. */
void walk_follow(struct app *app);

/* The pointer at the timeline: goes to the stop there, zooms about it by notches, moves along. */
void walk_scrub(struct app *app, struct point at);
void walk_wheel(struct app *app, struct point at, struct point notches);
/* What there is to say about a moment of the timeline. In the scratch. */
const char *walk_title(struct app *app, uint32_t moment);
