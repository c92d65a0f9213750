#pragma once
/* How a kind of canvas is made: a table of functions that canvas_play calls in painting order. */

#include <stdio.h>

#include "render/canvas/canvas.h"

struct canvas_impl {
    void (*begin)(struct canvas *canvas, const struct canvas_view *view);
    void (*rect)(struct canvas *canvas, const struct draw_rect *rect);
    void (*path)(struct canvas *canvas, const struct draw_path *path);
    void (*text)(struct canvas *canvas, const struct draw_text *text);
    void (*heat)(struct canvas *canvas, const struct draw_heat *heat);
    void (*clip)(struct canvas *canvas, struct rect clip);
    void (*clip_end)(struct canvas *canvas);
    void (*group)(struct canvas *canvas,
                  const struct draw_group *group); /* may be NULL, as the next */
    void (*group_end)(struct canvas *canvas);
    void (*end)(struct canvas *canvas);
    void (*destroy)(struct canvas *canvas);
};

/* Stands first in every kind of canvas. */
struct canvas {
    const struct canvas_impl *impl;
    const struct theme *theme;
    struct fonts *fonts;
    struct arena scratch; /* of one command */
};

void canvas_init(struct canvas *canvas, const struct canvas_impl *impl, const struct theme *theme,
                 struct fonts *fonts);

/* The colour of an ink with the command's own opacity (0 counts as 1). */
struct colour canvas_colour(const struct canvas *canvas, enum ink ink, float heat, float alpha);
/* Stroke width in points: 0 is 1, times the theme's factor. */
float canvas_line_width(const struct canvas *canvas, float width);

/* Where a line of text starts once it is aligned and cut; its bytes live in the canvas's scratch or
 * are the command's own. */
struct text_place {
    struct point at;
    const char *bytes;
    size_t length;
    float width; /* points */
};
struct text_place canvas_place_text(struct canvas *canvas, const struct draw_text *text);

/* For canvases of files: a rectangle for each run of equal cells in a row, drawn by their `rect`. */
void canvas_heat_as_rects(struct canvas *canvas, const struct draw_heat *heat);

/* A line of text as closed outlines in points, contour by contour. */
void canvas_text_outline(struct canvas *canvas, const struct draw_text *text,
                         const struct text_place *place,
                         void (*visit)(void *context, const struct point *points, size_t count),
                         void *context);

/* canvas_cairo.c: pixels with an alpha channel; pages of a PDF. png.c: those pixels in a file. */
struct canvas *canvas_create_argb(void *pixels, int width, int height, int stride,
                                  const struct theme *theme, struct fonts *fonts);
struct png_pixels {
    void *pixels;
    int width, height, stride;
    bool transparent;
    double density; /* pixels per metre, for programs that place it; 0: not said */
    /* How many rows of all are written; false: give up, with errno 0. NULL: nobody asks. */
    bool (*step)(void *owner, size_t done, size_t count);
    void *owner;
    size_t before; /* rows that were done, in their way, before the first */
};
bool pixels_write_png(const struct png_pixels *png, FILE *file, struct error *err);
struct canvas *pdf_create(FILE *file, const struct canvas_file_options *options,
                          const struct theme *theme, struct fonts *fonts);
/* False when the options' step gave it up: then the document is, too. */
bool pdf_page(struct canvas *canvas, const struct scene *scene);
bool pdf_finish(struct canvas *canvas, struct error *err);

/* canvas_svg.c: the whole document, appended to `out`; false when the options' step gave it up. */
bool svg_write(struct text *out, const struct scene *scene,
               const struct canvas_file_options *options, const struct theme *theme,
               struct fonts *fonts);
