#pragma once
/* What is done with the film strip. Each function but the last two is a command. */

#include "app/app.h"

void film_toggle(struct app *app);
void film_toggle_each(struct app *app);
void film_page_back(struct app *app);
void film_page_on(struct app *app);
void film_next(struct app *app);
void film_previous(struct app *app);
/* Begins and ends comparing; the graph beside that of the moment. */
void film_compare(struct app *app);
void film_compare_next(struct app *app);
void film_compare_previous(struct app *app);

/* Goes to where the frame is complete. */
void film_go(struct app *app, size_t frame);
/* By so many pictures, no further than there are. */
void film_scroll(struct app *app, int by);
