#pragma once
/* All commands in one list with a field to search them: the way to what has no button and whose key
 * one does not know. */

#include "app/command/keys.h"
#include "render/scene/scene.h"
#include "render/words.h"

struct app;

enum { PALETTE_QUERY_SIZE = 48, PALETTE_ROWS_MOST = 192 };

struct palette {
    const struct keys *keys; /* a command is found by its key as well; NULL: it is not */
    bool open;
    char query[PALETTE_QUERY_SIZE];
    int chosen; /* row among those that match */
};

/* The commands that match the query, in the table's order; returns their number. Marks and case do not
 * count, and English is found in either language. */
size_t palette_rows(const struct palette *palette, const struct words *words,
                    enum language language, const struct command *rows[PALETTE_ROWS_MOST]);

void palette_toggle(struct app *app);

/* Each false when the list is closed: then the event is somebody else's. */
bool palette_key(struct app *app, const char *key);
bool palette_type(struct app *app, const char *text);
bool palette_press(struct app *app, struct point at);
bool palette_point(struct app *app, struct point at);
bool palette_scroll(struct app *app, float notches);
