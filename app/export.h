#pragma once
/* Pictures as files, the same scene as on the screen: from the window and from the command line. */

#include "app/session/session.h"
#include "render/canvas/canvas.h"
#include "render/graph/graph.h"
#include "render/screen.h"

enum picture_format {
    PICTURE_PNG,
    PICTURE_SVG,      /* outlines: looks the same everywhere */
    PICTURE_SVG_TEXT, /* real text, to edit */
    PICTURE_PDF,
    PICTURE_DOT,
};

/* The graph alone, cropped to the page; or the whole screen as it is presented or explored. */
enum picture_part { PICTURE_GRAPH, PICTURE_SCREEN };

struct picture_options {
    enum picture_format format;
    enum picture_part part;
    int width, height; /* of the page, in points */
    float scale;       /* PNG: pixels per point */
    enum theme_id theme;
    bool transparent;
    struct view_state state;
};

/* What making a picture needs; lent. */
struct picture_tools {
    struct fonts *fonts;
    const struct words *words;
    struct graph_picture *graph;
};

/* "png", "svg", "svg-text", "pdf", "dot"; false with the list in err. */
bool picture_format_find(enum picture_format *out, const char *name, struct error *err);
const char *picture_ending(enum picture_format format); /* "png", "svg", ... */

/* Writes the picture of each of the moments: one file `path`, or for PDF one page each. More than one
 * moment in another format is a bug of the caller. */
bool picture_write(const struct picture_tools *tools, const struct session *session,
                   const uint32_t *moments, size_t count, const struct picture_options *options,
                   const char *path, struct error *err);

/* The window's current moment as PNG at twice the size, into the folder "out" of the working folder;
 * `path` (PATH_SIZE bytes) says where. */
struct app;
bool export_moment(struct app *app, char *path, struct error *err);
