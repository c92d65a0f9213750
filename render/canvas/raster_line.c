/* Smooth lines. A line is a chain of straight pieces; the plane around it is shared out among them, the
 * border between two being the line that halves their angle. So every pixel belongs to one piece and is
 * painted once, without a mask to collect in. How much of a pixel a piece covers is exact for a straight
 * line: the square of the pixel cut by the two borders. */

#include <math.h>

#include "render/canvas/raster_private.h"

enum { CHUNK = 128 };

/* Only pixels in front of it belong to the piece behind. */
struct border {
    struct point at, ahead;
};

static float ahead_of(const struct border *border, float x, float y)
{
    return (x - border->at.x) * border->ahead.x + (y - border->at.y) * border->ahead.y;
}

/* How much of a square pixel lies on the inner side of a straight border, by the distance of its middle:
 * the integral of a trapezoid, which is a sum of squares. */
struct edge {
    float outer, inner, factor;
};

static struct edge edge_of(struct point along)
{
    static const float least = 0.01f; /* no division by zero; less than is seen */
    const float a = fabsf(along.x), b = fabsf(along.y);
    const float big = larger(a, b), small = larger(smaller(a, b), least);

    return (struct edge){ (big + small) / 2, (big - small) / 2, 1 / (2 * big * small) };
}

static inline float square_above(float x)
{
    const float above = larger(x, 0);
    return above * above;
}

static inline float inside(const struct edge *edge, float by)
{
    return (square_above(by + edge->outer) - square_above(by + edge->inner) -
            square_above(by - edge->inner) + square_above(by - edge->outer)) *
           edge->factor;
}

struct piece {
    struct point from, to, along; /* along: of length 1 */
    float length, before;         /* before: of the dashes, from their first to here */
    struct border start, end;
    struct edge edge;
    bool first, last;
};

struct plan {
    const struct raster *raster;
    const struct raster_line *line;
    float half, reach; /* of the width; and what may be touched */
    uint32_t pixel;
    float alpha;
};

/* ---- coverage --------------------------------------------------------------------------- */

/* A line that is wider than a pixel's corners cuts a pixel with one of its borders at most. */
static void cover(const struct plan *plan, const struct piece *piece, float x, float y, int count,
                  float *out)
{
    const struct edge edge = piece->edge;
    const struct point from = piece->from, along = piece->along;
    const float half = plan->half, down = (y - from.y) * along.x;

    if (half >= edge.outer) {
        for (int i = 0; i < count; i++) {
            out[i] = inside(&edge, half - fabsf((x + (float)i - from.x) * along.y - down));
        }
        return;
    }
    for (int i = 0; i < count; i++) {
        const float beside = (x + (float)i - from.x) * along.y - down;
        out[i] = inside(&edge, half - beside) + inside(&edge, half + beside) - 1;
    }
}

/* Whether all pixels of a row lie between the piece's borders. */
static bool are_mine(const struct piece *piece, float x, float y, int count)
{
    const float last = x + (float)(count - 1);

    return ahead_of(&piece->start, x, y) >= 0 && ahead_of(&piece->start, last, y) >= 0 &&
           ahead_of(&piece->end, x, y) < 0 && ahead_of(&piece->end, last, y) < 0;
}

static void keep_mine(const struct piece *piece, float x, float y, int count, float *out)
{
    const struct border start = piece->start, end = piece->end;

    for (int i = 0; i < count; i++) {
        const float px = x + (float)i;
        const float mine = ahead_of(&start, px, y) >= 0 ? out[i] : 0;
        out[i] = ahead_of(&end, px, y) < 0 ? mine : 0;
    }
}

/* The pixel's share of the dashes, the line being straight there. */
static void cover_dashes(const struct plan *plan, const struct piece *piece, float x, float y,
                         int count, float *out)
{
    const float on = plan->line->on, period = on + plan->line->off;
    const float begun = piece->before;

    for (int i = 0; i < count; i++) {
        const float t =
            (x + (float)i - piece->from.x) * piece->along.x + (y - piece->from.y) * piece->along.y;
        /* A period more, so that what is cut off is never below zero. */
        const float at = (begun + t) / period + 1;
        const float in = (at - (float)(int)at) * period;
        const float here = smaller(in, on - in) + 0.5f, next = in - period + 0.5f;
        out[i] *= smaller(larger(larger(here, next), 0), 1);
    }
}

/* Cut square, or round: then what lies beyond the end is as near as it is to the end itself. */
static void cover_end(const struct plan *plan, struct point at, struct point inwards, float x,
                      float y, int count, float *out)
{
    for (int i = 0; i < count; i++) {
        const float dx = x + (float)i - at.x, dy = y - at.y;
        const float in = dx * inwards.x + dy * inwards.y;
        if (!plan->line->round) {
            out[i] *= smaller(larger(in + 0.5f, 0), 1);
        } else if (in < 0 && out[i] > 0) {
            out[i] = smaller(larger(plan->half + 0.5f - sqrtf(dx * dx + dy * dy), 0), out[i]);
        }
    }
}

static void paint_row(const struct plan *plan, const struct piece *piece, int y, int from, int to)
{
    uint32_t *const row = row_at(plan->raster, y);
    const float middle = (float)y + 0.5f;
    float parts[CHUNK];

    for (int x = from; x < to; x += CHUNK) {
        const int count = to - x < CHUNK ? to - x : CHUNK;
        const float left = (float)x + 0.5f;
        cover(plan, piece, left, middle, count, parts);
        if (!are_mine(piece, left, middle, count)) {
            keep_mine(piece, left, middle, count, parts);
        }
        if (plan->line->on > 0) {
            cover_dashes(plan, piece, left, middle, count, parts);
        }
        if (piece->first) {
            cover_end(plan, piece->from, piece->along, left, middle, count, parts);
        }
        if (piece->last) {
            const struct point back = { -piece->along.x, -piece->along.y };
            cover_end(plan, piece->to, back, left, middle, count, parts);
        }
        for (int i = 0; i < count; i++) {
            const uint32_t weight = (uint32_t)(larger(parts[i], 0) * plan->alpha + 0.5f);
            if (weight > 0) {
                row[x + i] = blended(row[x + i], plan->pixel, weight);
            }
        }
    }
}

/* ---- pieces ----------------------------------------------------------------------------- */

/* Where a x + b lies between `low` and `high`. */
static void narrow(float *from, float *to, float a, float b, float low, float high)
{
    static const float flat = 1e-4f;
    if (fabsf(a) > flat) {
        const float one = (low - b) / a, other = (high - b) / a;
        *from = larger(*from, smaller(one, other));
        *to = smaller(*to, larger(one, other));
    }
}

static void paint_piece(const struct plan *plan, const struct piece *piece)
{
    const struct pixel_box clip = plan->raster->clip;
    const struct point a = piece->from, b = piece->to, u = piece->along;
    const float reach = plan->reach;
    const int top = whole(floorf(smaller(a.y, b.y) - reach));
    const int bottom = whole(ceilf(larger(a.y, b.y) + reach));
    const float left = larger(smaller(a.x, b.x) - reach, (float)clip.x0);
    const float right = smaller(larger(a.x, b.x) + reach, (float)clip.x1);

    if (left >= right) {
        return;
    }
    for (int y = top > clip.y0 ? top : clip.y0; y < bottom && y < clip.y1; y++) {
        const float down = (float)y + 0.5f - a.y;
        float from = left, to = right;
        narrow(&from, &to, u.y, -a.x * u.y - down * u.x, -reach, reach);
        narrow(&from, &to, u.x, -a.x * u.x + down * u.y, -reach, piece->length + reach);
        const int x0 = whole(floorf(from - 0.5f)), x1 = whole(ceilf(to + 0.5f));
        paint_row(plan, piece, y, x0 > clip.x0 ? x0 : clip.x0, x1 < clip.x1 ? x1 : clip.x1);
    }
}

static struct point direction(struct point from, struct point to, float *length)
{
    const float dx = to.x - from.x, dy = to.y - from.y;
    *length = sqrtf(dx * dx + dy * dy);
    return (struct point){ dx / *length, dy / *length };
}

/* Halves the angle between two pieces. */
static struct border border_at(struct point at, struct point before, struct point after)
{
    return (struct border){ at, { before.x + after.x, before.y + after.y } };
}

/* How far from the line, as part of a length, the border leans over at a bend; more than a right angle:
 * too far for any. */
static float lean(struct point before, struct point after)
{
    const float cross = before.x * after.y - before.y * after.x;
    const float dot = before.x * after.x + before.y * after.y;
    return dot > 0 ? fabsf(cross) / (1 + dot) : INFINITY;
}

/* Beyond the ends of the line there is no other piece. */
static struct border border_beyond(struct point at, struct point along, float by)
{
    return (struct border){ { at.x + along.x * by, at.y + along.y * by }, along };
}

static bool is_near(const struct plan *plan, struct point a, struct point b)
{
    const struct pixel_box clip = plan->raster->clip;
    const float reach = plan->reach;
    return smaller(a.x, b.x) - reach < (float)clip.x1 &&
           larger(a.x, b.x) + reach > (float)clip.x0 &&
           smaller(a.y, b.y) - reach < (float)clip.y1 && larger(a.y, b.y) + reach > (float)clip.y0;
}

/* The piece that begins at point i. False if its borders meet where the line reaches: no smooth line. */
static bool piece_at(const struct plan *plan, const struct point *p, size_t count, size_t i,
                     struct piece *piece)
{
    const struct point along = direction(p[i], p[i + 1], &piece->length);
    float length, leans = 0;

    piece->from = p[i];
    piece->to = p[i + 1];
    piece->along = along;
    piece->first = i == 0;
    piece->last = i + 2 == count;
    piece->start = border_beyond(p[i], along, -plan->reach);
    piece->end = border_beyond(p[i + 1], along, plan->reach);
    if (!piece->first) {
        const struct point before = direction(p[i - 1], p[i], &length);
        piece->start = border_at(p[i], before, along);
        leans += lean(before, along);
    }
    if (!piece->last) {
        const struct point after = direction(p[i + 1], p[i + 2], &length);
        piece->end = border_at(p[i + 1], along, after);
        leans += lean(along, after);
    }
    return leans * plan->reach <= piece->length;
}

static bool is_smooth(const struct plan *plan, const struct point *p, size_t count)
{
    struct piece piece;
    for (size_t i = 0; i + 1 < count; i++) {
        if (is_near(plan, p[i], p[i + 1]) && !piece_at(plan, p, count, i, &piece)) {
            return false;
        }
    }
    return true;
}

static struct plan plan_of(const struct raster *raster, const struct raster_line *line)
{
    static const float diagonal = 0.75f; /* half of a pixel's, and a little */
    return (struct plan){ .raster = raster,
                          .line = line,
                          .half = line->width / 2,
                          .reach = line->width / 2 + diagonal,
                          .pixel = pixel_of(line->colour),
                          .alpha = smaller(line->colour.a, 1) * 255 };
}

bool raster_line(const struct raster *raster, const struct point *p, size_t count,
                 const struct raster_line *line)
{
    const struct plan plan = plan_of(raster, line);
    const bool dashed = line->on > 0;
    float before = dashed ? fmodf(line->offset, line->on + line->off) : 0;

    if (count < 2 || !is_smooth(&plan, p, count)) {
        return count < 2;
    }
    for (size_t i = 0; i + 1 < count; i++) {
        if (is_near(&plan, p[i], p[i + 1])) {
            struct piece piece;
            piece_at(&plan, p, count, i, &piece);
            piece.before = before;
            piece.edge = edge_of(piece.along);
            paint_piece(&plan, &piece);
        }
        if (dashed) {
            const float dx = p[i + 1].x - p[i].x, dy = p[i + 1].y - p[i].y;
            before += sqrtf(dx * dx + dy * dy);
        }
    }
    return true;
}
