#pragma once
/* How the window looks is remembered from one start to the next: which of it, under which names. */

#include "app/app.h"

/* Takes what is in the settings; what is missing or makes no sense stays as it is. */
void remember_take(struct app *app);
/* Where the window was; width 0: nowhere yet. */
struct window_place remember_place(const struct settings *settings);

/* Notes what has changed since the last call, and writes it once nothing has changed for a moment. A
 * file that cannot be written is told about once. */
void remember_keep(struct app *app);
/* Writes now, before the end. */
void remember_finish(struct app *app);

/* Seconds until remember_keep has something to write; negative: nothing. */
double remember_patience(const struct app *app);
