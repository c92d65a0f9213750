#pragma once
/* What drawing with Cairo shares between pixels and pages. For render/canvas_cairo*.c only. */

#include <cairo.h>

#include "render/canvas/impl.h"
#include "render/canvas/raster.h"
#include "render/scene/path.h"

/* Draws with Cairo; `raster` is used as well when the target is pixels. */
struct cairo_canvas {
    struct canvas base;
    cairo_surface_t *surface;
    cairo_t *cr;

    /* Pixels only. `clips` are the clips in force, in pixels; the last is raster.clip. */
    struct raster raster;
    struct pixel_box *clips;
    size_t clip_count, clip_capacity;
    float scale;
    struct point origin;

    /* PDF only: Cairo's own handle on each font file, made when it is first used. */
    cairo_font_face_t *faces[TYPE_ROLE_COUNT][FONTS_PER_ROLE];
    const struct canvas_file_options *options;
    FILE *file;
    struct text document; /* until it is finished */
    bool given_up;
    char **descriptions; /* of its pages */
    size_t page_count, page_capacity;
    char *heading; /* of the last page in the outline; NULL: none yet */
};

struct cairo_canvas *cairo_canvas_from(struct canvas *canvas);
void cairo_canvas_destroy(struct canvas *canvas);

/* All in points. */
void cairo_set_colour(cairo_t *cr, struct colour colour);
void cairo_round_path(cairo_t *cr, struct rect rect, float corner);
void cairo_stroke_rect(struct cairo_canvas *self, const struct draw_rect *rect, float width);
void cairo_fill_shape(struct cairo_canvas *self, const struct draw_path *path,
                      const struct path_shape *shape);
void cairo_stroke_shape(struct cairo_canvas *self, const struct draw_path *path,
                        const struct path_shape *shape, float width);
void cairo_fill_heads(struct cairo_canvas *self, const struct draw_path *path,
                      const struct path_shape *shape);
/* A band of the page's colour around the letters, and the line through them. */
void cairo_draw_halo(struct cairo_canvas *self, const struct draw_text *text,
                     const struct text_place *place);
struct rect text_strike(const struct draw_text *text, const struct text_place *place);

/* Cairo's way to write to a FILE. */
cairo_status_t cairo_write_bytes(void *file, const unsigned char *bytes, unsigned length);
