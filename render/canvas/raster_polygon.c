/* Filled polygons, row by row in finer lines: across a line the coverage is exact. What a pixel gets does
 * not depend on the clip. */

#include <math.h>

#include "render/canvas/raster_private.h"

enum { LINES = 16, CROSSINGS_MAX = 32, CHUNK = 256 };

struct crossing {
    float x;
    int winding;
};

/* Where a line crosses the outline, from left to right; negative: too often. */
static int find_crossings(const struct point *p, size_t count, float y,
                          struct crossing out[CROSSINGS_MAX])
{
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct point a = p[i], b = p[i + 1 < count ? i + 1 : 0];
        if ((a.y <= y) == (b.y <= y)) {
            continue;
        }
        if (found == CROSSINGS_MAX) {
            return -1;
        }
        const struct crossing here = { a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y),
                                       a.y < b.y ? 1 : -1 };
        int at = found++;
        for (; at > 0 && out[at - 1].x > here.x; at--) {
            out[at] = out[at - 1];
        }
        out[at] = here;
    }
    return found;
}

/* Adds a span's share of the pixels [from, to). */
static void add_span(float *parts, int from, int to, float left, float right)
{
    const int first = whole(floorf(left)), last = whole(ceilf(right));
    for (int x = first > from ? first : from; x < last && x < to; x++) {
        parts[x - from] += smaller(right, (float)(x + 1)) - larger(left, (float)x);
    }
}

static bool add_line(float *parts, int from, int to, const struct point *p, size_t count, float y)
{
    struct crossing crossings[CROSSINGS_MAX];
    const int found = find_crossings(p, count, y, crossings);
    int winding = 0;
    for (int i = 0; i + 1 < found; i++) {
        winding += crossings[i].winding;
        if (winding != 0) {
            add_span(parts, from, to, crossings[i].x, crossings[i + 1].x);
        }
    }
    return found >= 0;
}

static bool fill_row(const struct raster *raster, int y, int from, int to, const struct point *p,
                     size_t count, struct colour colour)
{
    const uint32_t pixel = pixel_of(colour);
    const float alpha = smaller(colour.a, 1) * 255 / LINES;
    uint32_t *const row = row_at(raster, y);
    float parts[CHUNK] = { 0 };
    for (int i = 0; i < LINES; i++) {
        if (!add_line(parts, from, to, p, count, (float)y + ((float)i + 0.5f) / LINES)) {
            return false;
        }
    }
    for (int x = from; x < to; x++) {
        const uint32_t weight = (uint32_t)(parts[x - from] * alpha + 0.5f);
        row[x] = blended(row[x], pixel, weight < 255 ? weight : 255);
    }
    return true;
}

bool raster_polygon(const struct raster *raster, const struct point *p, size_t count,
                    struct colour colour)
{
    struct point low = { INFINITY, INFINITY }, high = { -INFINITY, -INFINITY };
    for (size_t i = 0; i < count; i++) {
        low = (struct point){ smaller(low.x, p[i].x), smaller(low.y, p[i].y) };
        high = (struct point){ larger(high.x, p[i].x), larger(high.y, p[i].y) };
    }
    const struct pixel_box box = box_intersect(
        raster->clip, (struct pixel_box){ whole(floorf(low.x)), whole(floorf(low.y)),
                                          whole(ceilf(high.x)), whole(ceilf(high.y)) });
    for (int x = box.x0; x < box.x1; x += CHUNK) {
        const int to = box.x1 - x < CHUNK ? box.x1 : x + CHUNK;
        for (int y = box.y0; y < box.y1; y++) {
            if (!fill_row(raster, y, x, to, p, count, colour)) {
                return false;
            }
        }
    }
    return true;
}
