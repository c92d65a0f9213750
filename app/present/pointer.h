#pragma once
/* The tools that follow the pointer while presenting, and what the pen has drawn. */

#include "app/app.h"
#include "render/lesson/pointer.h"

struct pointer;

struct pointer *pointer_create(void);
void pointer_destroy(struct pointer *pointer);

/* Takes the tool in hand, or puts it away. */
void pointer_take(struct app *app, enum pointer_tool tool);
/* Puts away what is in hand; false when there is nothing. */
bool pointer_put_away(struct app *app);
/* Wipes what the pen has drawn. */
void pointer_wipe(struct app *app);

/* Any event, before anything else: a pointer that rests goes out of the class's sight, and one that moves is
 * there again. */
void pointer_notice(struct app *app, const struct window_event *event);
/* Whether it is out of sight. */
bool pointer_is_hidden(const struct app *app);

/* Looks at an event on the page. True when the pen has used it up. */
bool pointer_event(struct app *app, const struct window_event *event);

/* What is to be drawn over the page, in the app's scratch; NULL for nothing. */
const struct pointer_page *pointer_page(struct app *app);

/* Marks fade. True when the picture has changed by that. */
bool pointer_turn(struct app *app);
/* Seconds until pointer_turn will change something; negative: never. */
double pointer_patience(const struct app *app);
