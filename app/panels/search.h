#pragma once
/* Typing into the search field of the graph, and walking through what it finds. */

#include "app/app.h"

void search_open(struct app *app);
void search_close(struct app *app);
/* Keys and text while the field is open. False for a key that is none of its business: stepping and
 * the like go on working. */
bool search_key(struct app *app, const char *key);
/* After a new layout: opens further what hides the match, and brings it on the stage. */
void search_go_on(struct app *app);
void search_type(struct app *app, const char *text);
