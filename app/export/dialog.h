#pragma once
/* What picture is to be written, chosen with the picture itself in sight. */

#include "render/graph/graph.h"
#include "render/scene/scene.h"

struct app;

enum { EXPORT_ROWS = 6 };

/* Zero is a closed one. */
struct export_dialog {
    bool open, stale; /* stale: the preview is of what was chosen before */
    int row, chosen[EXPORT_ROWS];
    struct scene preview;
    struct graph_picture *graph; /* its own: the window's layout stays */
};

void dialog_open(struct app *app);
/* Frees what it holds; closed already is fine. */
void dialog_close(struct app *app);

/* Over the whole page. */
void dialog_draw(struct app *app, struct scene *scene);

/* Each false when it is closed: then the event is somebody else's. */
bool dialog_key(struct app *app, const char *key);
bool dialog_press(struct app *app, struct point at);
