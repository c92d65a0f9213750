#pragma once
/* What is to be written, chosen with its picture in sight: a step, the lesson's pages, or a worksheet. It is
 * written beside the window, which tells how far that is. */

#include "app/export/writing.h"
#include "render/graph/graph.h"
#include "render/scene/scene.h"
#include "render/theme.h"

struct app;
struct chooser;
struct export_job;
struct text;

enum { EXPORT_ROWS = 11, EXPORT_PATH_SIZE = 4096 };

/* Zero is a closed one. */
struct export_dialog {
    bool open, stale; /* stale: the preview is of what was chosen before */
    int row, chosen[EXPORT_ROWS];
    bool named; /* the path is the user's own */
    char path[EXPORT_PATH_SIZE];
    struct scene preview;
    struct graph_picture *graph; /* its own: the window's layout stays */
    struct chooser *chooser;     /* the desktop's dialog for the path; NULL: not open */

    /* What goes on beside the window; stays when the dialog closes. */
    struct writing file, copy;
};

void dialog_open(struct app *app);
/* Frees what it holds but for what is being written; closed already is fine. */
void dialog_close(struct app *app);
/* The program ends: so does that. */
void dialog_finish(struct app *app);

/* As writing_start: one file and one copy at a time. */
bool dialog_write(struct app *app, const struct export_job *job, struct error *err);

/* Over the whole page, in the colours that are chosen. */
void dialog_draw(struct app *app, struct scene *scene);
/* Those, while it is open; else `otherwise`. */
enum theme_id dialog_theme(const struct app *app, enum theme_id otherwise);

/* Each false when it is closed: then the event is somebody else's. */
bool dialog_key(struct app *app, const char *key);
bool dialog_press(struct app *app, struct point at);
bool dialog_type(struct app *app, const char *bytes);

/* Time passes: what is written, and what the desktop's dialog says. */
void dialog_turn(struct app *app);
/* Seconds until dialog_turn wants to look again; negative: never. */
double dialog_patience(const struct app *app);
/* Asks what is being copied, else what is being written, to stop; false when nothing is. */
bool dialog_stop(struct app *app);
