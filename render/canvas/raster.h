#pragma once
/* The few shapes that make up most of a frame, written straight into pixels: several times faster
 * than a general path filler. 32-bit premultiplied ARGB (or XRGB, whose upper byte then stays 255).
 * Coordinates are pixels; nothing outside `clip` is touched. */

#include <stdint.h>

#include "render/text/text.h"
#include "render/theme.h"

/* From x0, y0 up to but without x1, y1. */
struct pixel_box {
    int x0, y0, x1, y1;
};

struct raster {
    uint32_t *pixels;
    int width, height;
    int pitch; /* pixels from one row to the next */
    struct pixel_box clip;
};

struct pixel_box box_intersect(struct pixel_box a, struct pixel_box b);

/* Whole pixels: the sides are rounded to the nearest. */
void raster_fill(const struct raster *raster, struct rect rect, struct colour colour);

/* A filled rectangle with round corners and a border that is centred on its outline. */
struct round_rect {
    struct rect rect;
    float radius, width; /* width 0: no border */
    struct colour fill, stroke;
};
void raster_round(const struct raster *raster, const struct round_rect *round);

/* Darkens what is around the rectangle, fading out over `reach`; what the rectangle itself will
 * cover is left alone. */
void raster_shadow(const struct raster *raster, struct rect rect, float radius, float reach,
                   struct colour colour);

/* A smooth line through points. `on`, `off`: dashes and gaps along it, the first dash having begun
 * `offset` before the line; on 0: none. Dashes and ends that are not round are cut square. */
struct raster_line {
    float width;
    bool round;
    float on, off, offset;
    struct colour colour;
};
/* False, with nothing drawn, for a line that bends more sharply at a point than its width allows. */
bool raster_line(const struct raster *raster, const struct point *points, size_t count,
                 const struct raster_line *line);

/* A filled polygon, whatever its winding; false, with some of it drawn, when its outline goes to and fro
 * too often. */
bool raster_polygon(const struct raster *raster, const struct point *points, size_t count,
                    struct colour colour);

/* Another raster's picture scaled, its upper left corner at that place, which may lie between pixels.
 * Returns the pixels that it has covered. */
struct pixel_box raster_scaled(const struct raster *raster, const struct raster *from, float scale,
                               struct point at);

/* The mask with its origin at pixel x, y. */
void raster_mask(const struct raster *raster, const struct glyph_mask *mask, int x, int y,
                 struct colour colour);
