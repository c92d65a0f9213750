#include "render/canvas/raster.h"

#include <math.h>

#include "render/canvas/raster_private.h"

struct pixel_box box_intersect(struct pixel_box a, struct pixel_box b)
{
    return (struct pixel_box){ a.x0 > b.x0 ? a.x0 : b.x0, a.y0 > b.y0 ? a.y0 : b.y0,
                               a.x1 < b.x1 ? a.x1 : b.x1, a.y1 < b.y1 ? a.y1 : b.y1 };
}

/* The same pixel over many: its share is the same for all. */
static void span_blend(uint32_t *row, int from, int to, uint32_t pixel, uint32_t weight)
{
    const uint32_t odd = (pixel & 0xff00ff) * weight + 0x800080;
    const uint32_t even = (pixel >> 8 & 0xff00ff) * weight + 0x800080;
    const uint32_t rest = 255 - weight;
    for (int x = from; x < to; x++) {
        const uint32_t a = (row[x] & 0xff00ff) * rest + odd;
        const uint32_t b = (row[x] >> 8 & 0xff00ff) * rest + even;
        row[x] =
            ((a + (a >> 8 & 0xff00ff)) >> 8 & 0xff00ff) | ((b + (b >> 8 & 0xff00ff)) & 0xff00ff00);
    }
}

static void span_fill(uint32_t *row, int from, int to, uint32_t pixel, uint32_t weight)
{
    if (weight == 255) {
        for (int x = from; x < to; x++) {
            row[x] = pixel;
        }
    } else if (weight > 0) {
        span_blend(row, from, to, pixel, weight);
    }
}

void raster_fill(const struct raster *raster, struct rect rect, struct colour colour)
{
    const struct pixel_box box = box_intersect(
        raster->clip,
        (struct pixel_box){ whole(roundf(rect.x)), whole(roundf(rect.y)),
                            whole(roundf(rect.x + rect.w)), whole(roundf(rect.y + rect.h)) });
    const uint32_t pixel = pixel_of(colour), weight = byte_of(colour.a);
    for (int y = box.y0; y < box.y1; y++) {
        span_fill(row_at(raster, y), box.x0, box.x1, pixel, weight);
    }
}

/* Distance from a point to the outline of a round rectangle about the origin: negative inside. */
static float outline_distance(float dx, float dy, float radius)
{
    if (dx > 0 && dy > 0) {
        return sqrtf(dx * dx + dy * dy) - radius;
    }
    return larger(dx, dy) - radius;
}

/* A round rectangle ready to be drawn row by row: half sizes without the corners; columns between
 * which any row is the same throughout, and those for a row that the upper and lower border do not
 * reach. */
struct round_plan {
    float cx, cy, bx, by, radius, half;
    struct pixel_box box;
    int same_from, same_to, inner_from, inner_to;
    uint32_t fill, stroke;
    float fill_alpha, stroke_alpha;
};

static struct round_plan plan_round(const struct raster *raster, const struct round_rect *round)
{
    const struct rect r = round->rect;
    const float radius = smaller(round->radius, smaller(r.w, r.h) / 2);
    const float half = round->width / 2;
    const struct pixel_box all = { whole(floorf(r.x - half - 1)), whole(floorf(r.y - half - 1)),
                                   whole(ceilf(r.x + r.w + half + 1)),
                                   whole(ceilf(r.y + r.h + half + 1)) };
    return (struct round_plan){
        .cx = r.x + r.w / 2,
        .cy = r.y + r.h / 2,
        .bx = r.w / 2 - radius,
        .by = r.h / 2 - radius,
        .radius = radius,
        .half = half,
        .box = box_intersect(raster->clip, all),
        /* Here the nearest side is above or below, or too far left and right to matter. */
        .same_from = whole(ceilf(r.x + larger(radius, half) + half + 1)),
        .same_to = whole(floorf(r.x + r.w - larger(radius, half) - half - 1)),
        .inner_from = whole(ceilf(r.x + half + 1)),
        .inner_to = whole(floorf(r.x + r.w - half - 1)),
        .fill = pixel_of(round->fill),
        .stroke = pixel_of(round->stroke),
        .fill_alpha = round->fill.a * 255,
        .stroke_alpha = half > 0 ? round->stroke.a * 255 : 0,
    };
}

static float covered(float by)
{
    return smaller(larger(by + 0.5f, 0), 1);
}

/* Pixels [from, to) of a row, all at distance d from the outline. */
static void round_paint(const struct round_plan *plan, uint32_t *row, int from, int to, float d)
{
    if (d > plan->half + 0.5f) {
        return;
    }
    span_fill(row, from, to, plan->fill, (uint32_t)(covered(-d) * plan->fill_alpha + 0.5f));
    span_fill(row, from, to, plan->stroke,
              (uint32_t)(covered(plan->half - fabsf(d)) * plan->stroke_alpha + 0.5f));
}

void raster_round(const struct raster *raster, const struct round_rect *round)
{
    const struct round_plan plan = plan_round(raster, round);
    for (int y = plan.box.y0; y < plan.box.y1; y++) {
        uint32_t *row = row_at(raster, y);
        const float dy = fabsf((float)y + 0.5f - plan.cy) - plan.by;
        /* Between the corners and away from the border all that counts is the sides. */
        const bool inner = dy <= 0 && dy - plan.radius <= -plan.half - 1;
        const int same_from = inner ? plan.inner_from : plan.same_from;
        const int same_to = inner ? plan.inner_to : plan.same_to;
        int x = plan.box.x0;
        while (x < plan.box.x1) {
            if (x >= same_from && x < same_to) {
                const int to = same_to < plan.box.x1 ? same_to : plan.box.x1;
                round_paint(&plan, row, x, to, dy - plan.radius);
                x = to;
                continue;
            }
            const float dx = fabsf((float)x + 0.5f - plan.cx) - plan.bx;
            round_paint(&plan, row, x, x + 1, outline_distance(dx, dy, plan.radius));
            x++;
        }
    }
}

/* The shade of a corner, which also holds that of the sides: alpha[dy][dx] for a pixel that many
 * steps beyond where the round part begins. Larger shadows have coarser steps than a pixel. */
enum { SHADE_STEPS = 64, SHADE_ONE = 1 << 16 };
struct shade_table {
    unsigned char alpha[SHADE_STEPS][SHADE_STEPS];
    int step; /* of a pixel, in 1 / SHADE_ONE */
};

static void shade_fill(struct shade_table *table, float radius, float reach, float alpha)
{
    const float extent = radius + reach;
    const float step = extent > SHADE_STEPS - 1 ? (SHADE_STEPS - 1) / extent : 1;
    const int used = (int)(extent * step) + 1;
    table->step = (int)(step * SHADE_ONE);
    for (int y = 0; y < used && y < SHADE_STEPS; y++) {
        for (int x = 0; x < used && x < SHADE_STEPS; x++) {
            const float d = sqrtf((float)(x * x + y * y)) / step - radius;
            const float left = smaller(larger(1 - d / reach, 0), 1);
            table->alpha[y][x] = (unsigned char)(left * left * alpha + 0.5f);
        }
    }
}

/* Steps for a pixel that is `beyond` pixels beyond the straight part. */
static int shade_step(const struct shade_table *table, int beyond)
{
    const int step = beyond < SHADE_ONE / 2 ? beyond * table->step / SHADE_ONE : SHADE_STEPS - 1;
    return step < SHADE_STEPS - 1 ? step : SHADE_STEPS - 1;
}

/* The straight part of a side, in pixels: from the first up to but without the last. */
struct straight {
    int from, to;
};

static struct straight straight_of(float start, float length, float radius)
{
    const int from = whole(roundf(start + radius)), to = whole(roundf(start + length - radius));
    return (struct straight){ from, to > from ? to : from };
}

static int beyond(struct straight side, int at)
{
    return at < side.from ? side.from - at : at >= side.to ? at - side.to + 1 : 0;
}

struct shadow_plan {
    struct shade_table table;
    struct pixel_box box;
    struct straight across;
    uint32_t pixel;
};

static void shadow_span(const struct shadow_plan *plan, uint32_t *row, int from, int to, int step_y)
{
    from = from > plan->box.x0 ? from : plan->box.x0;
    to = to < plan->box.x1 ? to : plan->box.x1;
    const unsigned char *shades = plan->table.alpha[step_y];
    const struct straight across = plan->across;
    for (int x = from; x < to; x++) {
        if (x >= across.from && x < across.to) {
            const int end = across.to < to ? across.to : to;
            span_fill(row, x, end, plan->pixel, shades[0]);
            x = end - 1;
            continue;
        }
        const uint32_t weight = shades[shade_step(&plan->table, beyond(across, x))];
        if (weight > 0) {
            row[x] = blended(row[x], plan->pixel, weight);
        }
    }
}

void raster_shadow(const struct raster *raster, struct rect rect, float radius, float reach,
                   struct colour colour)
{
    /* Light comes from above: the shadow lies a little lower. */
    const float drop = reach * 0.22f;
    radius = smaller(radius, smaller(rect.w, rect.h) / 2);
    struct shadow_plan plan = {
        .box = box_intersect(raster->clip,
                             (struct pixel_box){ whole(floorf(rect.x - reach)),
                                                 whole(floorf(rect.y + drop - reach)),
                                                 whole(ceilf(rect.x + rect.w + reach)),
                                                 whole(ceilf(rect.y + rect.h + drop + reach)) }),
        .across = straight_of(rect.x, rect.w, radius),
        .pixel = pixel_of(colour),
    };
    if (plan.box.x0 >= plan.box.x1 || plan.box.y0 >= plan.box.y1) {
        return;
    }
    shade_fill(&plan.table, radius, reach, colour.a * 255);
    const struct straight down = straight_of(rect.y + drop, rect.h, radius);
    for (int y = plan.box.y0; y < plan.box.y1; y++) {
        uint32_t *row = row_at(raster, y);
        const int step = shade_step(&plan.table, beyond(down, y));
        const float py = (float)y + 0.5f;
        if (py < rect.y + 1 || py > rect.y + rect.h - 1) {
            shadow_span(&plan, row, plan.box.x0, plan.box.x1, step);
            continue;
        }
        /* What the rectangle covers in this row, without its corners. */
        const bool corner = py < rect.y + radius || py > rect.y + rect.h - radius;
        const float covered_from = corner ? radius : 2;
        shadow_span(&plan, row, plan.box.x0, whole(rect.x + covered_from), step);
        shadow_span(&plan, row, whole(rect.x + rect.w - covered_from), plan.box.x1, step);
    }
}

void raster_mask(const struct raster *raster, const struct glyph_mask *mask, int x, int y,
                 struct colour colour)
{
    if (!mask->rows) {
        return;
    }
    const int left = x + mask->left, top = y + mask->top;
    const struct pixel_box box = box_intersect(
        raster->clip, (struct pixel_box){ left, top, left + mask->width, top + mask->height });
    const uint32_t pixel = pixel_of(colour), alpha = byte_of(colour.a);
    for (int py = box.y0; py < box.y1; py++) {
        uint32_t *row = row_at(raster, py);
        const unsigned char *from = mask->rows + (ptrdiff_t)(py - top) * mask->width - left;
        for (int px = box.x0; px < box.x1; px++) {
            const uint32_t coverage = alpha == 255 ? from[px] : from[px] * alpha / 255;
            if (coverage == 255) {
                row[px] = pixel;
            } else if (coverage > 0) {
                row[px] = blended(row[px], pixel, coverage);
            }
        }
    }
}
