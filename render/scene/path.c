#include "render/scene/path.h"

#include <math.h>
#include <string.h>

/* A cubic piece is measured by this many chords. */
enum { CHORDS = 16 };

static const float HEAD_HALF_WIDTH = 0.42f, HEAD_NOTCH = 0.74f;

struct piece {
    struct point p[4];
    float length;
};

static struct point between(struct point a, struct point b, float t)
{
    return (struct point){ a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t };
}

static float distance(struct point a, struct point b)
{
    return hypotf(b.x - a.x, b.y - a.y);
}

/* The parts of a cubic before and after t (de Casteljau). */
static void split(const struct point p[4], float t, struct point before[4], struct point after[4])
{
    const struct point ab = between(p[0], p[1], t), bc = between(p[1], p[2], t),
                       cd = between(p[2], p[3], t);
    const struct point abc = between(ab, bc, t), bcd = between(bc, cd, t);
    const struct point middle = between(abc, bcd, t);
    const struct point first[4] = { p[0], ab, abc, middle };
    const struct point second[4] = { middle, bcd, cd, p[3] };
    memcpy(before, first, sizeof(first));
    memcpy(after, second, sizeof(second));
}

static struct point point_at(const struct point p[4], float t)
{
    const struct point ab = between(p[0], p[1], t), bc = between(p[1], p[2], t),
                       cd = between(p[2], p[3], t);
    return between(between(ab, bc, t), between(bc, cd, t), t);
}

static float piece_length(const struct point p[4])
{
    struct point at = p[0];
    float length = 0;
    for (int i = 1; i <= CHORDS; i++) {
        const struct point next = point_at(p, (float)i / CHORDS);
        length += distance(at, next);
        at = next;
    }
    return length;
}

/* The parameter at which `along` of the piece's length lies behind. */
static float piece_parameter(const struct piece *piece, float along)
{
    struct point at = piece->p[0];
    for (int i = 0; i < CHORDS; i++) {
        const struct point next = point_at(piece->p, (float)(i + 1) / CHORDS);
        const float chord = distance(at, next);
        if (along <= chord) {
            return ((float)i + (chord > 0 ? along / chord : 0)) / CHORDS;
        }
        along -= chord;
        at = next;
    }
    return 1;
}

/* Every path as cubic pieces; a straight one has its handles at the thirds. */
static struct piece *pieces_of(const struct draw_path *path, struct arena *arena, size_t *count)
{
    const size_t step = path->curves ? 3 : 1;
    const bool closing = path->closed && path->count > 1;
    *count = (path->count - 1) / step + (closing ? 1 : 0);
    struct piece *pieces = arena_allocate(arena, *count + 1, sizeof(*pieces));
    const struct point *p = path->points;
    for (size_t i = 0; i < *count; i++) {
        const size_t at = i * step;
        if (path->curves && at + 3 < path->count) {
            memcpy(pieces[i].p, p + at, sizeof(pieces[i].p));
        } else {
            const struct point a = p[at], b = at + 1 < path->count ? p[at + 1] : p[0];
            pieces[i].p[0] = a;
            pieces[i].p[1] = between(a, b, 1 / 3.0f);
            pieces[i].p[2] = between(a, b, 2 / 3.0f);
            pieces[i].p[3] = b;
        }
        pieces[i].length = piece_length(pieces[i].p);
    }
    return pieces;
}

/* The point at `along` of the whole length. */
static struct point chain_point(const struct piece *pieces, size_t count, float along)
{
    for (size_t i = 0; i < count; i++) {
        if (along <= pieces[i].length || i + 1 == count) {
            return point_at(pieces[i].p, piece_parameter(&pieces[i], along));
        }
        along -= pieces[i].length;
    }
    return (struct point){ 0, 0 };
}

/* The pieces between two lengths, joined. */
static size_t chain_cut(const struct piece *pieces, size_t count, float from, float to,
                        struct point *out)
{
    size_t used = 0;
    float start = 0;
    for (size_t i = 0; i < count; i++) {
        const float end = start + pieces[i].length;
        if (pieces[i].length > 0 && end > from && start < to) {
            struct point rest[4], kept[4];
            memcpy(rest, pieces[i].p, sizeof(rest));
            memcpy(kept, pieces[i].p, sizeof(kept));
            const float t1 = to < end ? piece_parameter(&pieces[i], to - start) : 1;
            const float t0 = from > start ? piece_parameter(&pieces[i], from - start) : 0;
            split(pieces[i].p, t1, kept, rest);
            if (t0 > 0 && t1 > 0) {
                struct point before[4];
                split(kept, fminf(t0 / t1, 1), before, rest);
                memcpy(kept, rest, sizeof(kept));
            }
            if (used == 0) {
                out[used++] = kept[0];
            }
            memcpy(out + used, kept + 1, 3 * sizeof(*out));
            used += 3;
        }
        start = end;
    }
    return used;
}

/* A head whose tip is at `tip` and that points away from `back`. */
static struct path_head head_at(struct point tip, struct point back, float length)
{
    const float far = distance(back, tip);
    if (far <= 0) {
        return (struct path_head){ 0 };
    }
    const float ux = (tip.x - back.x) / far, uy = (tip.y - back.y) / far;
    const struct point base = { tip.x - ux * length, tip.y - uy * length };
    const float half = length * HEAD_HALF_WIDTH;
    return (struct path_head){
        .shown = true,
        .points = { tip,
                    { base.x - uy * half, base.y + ux * half },
                    { tip.x - ux * length * HEAD_NOTCH, tip.y - uy * length * HEAD_NOTCH },
                    { base.x + uy * half, base.y - ux * half } },
    };
}

struct path_shape path_shape(const struct draw_path *path, float head_scale, struct arena *arena)
{
    const bool whole = path->from <= 0 && (path->to <= 0 || path->to >= 1);
    struct path_shape shape = { path->points, path->count, path->curves, { 0 }, { 0 } };
    if (whole && path->head_start <= 0 && path->head_end <= 0) {
        return shape;
    }
    size_t count;
    const struct piece *pieces = pieces_of(path, arena, &count);
    float length = 0;
    for (size_t i = 0; i < count; i++) {
        length += pieces[i].length;
    }
    float from = whole ? 0 : fmaxf(path->from, 0) * length;
    float to = whole ? length : fminf(path->to, 1) * length;
    if (path->head_end > 0 && to > from) {
        const float head = fminf(path->head_end * head_scale, to - from);
        shape.end =
            head_at(chain_point(pieces, count, to), chain_point(pieces, count, to - head), head);
        to -= head * HEAD_NOTCH;
    }
    if (path->head_start > 0 && to > from) {
        const float head = fminf(path->head_start * head_scale, to - from);
        shape.start = head_at(chain_point(pieces, count, from),
                              chain_point(pieces, count, from + head), head);
        from += head * HEAD_NOTCH;
    }
    struct point *points = arena_allocate(arena, count * 3 + 1, sizeof(*points));
    shape.points = points;
    shape.curves = true;
    shape.count = to > from ? chain_cut(pieces, count, from, to, points) : 0;
    return shape;
}

/* A cubic is nowhere further from this many chords than `apart`, by its second differences. */
static int chords_of(const struct point p[4], float apart)
{
    static const int most = 512;
    const float ax = p[0].x - 2 * p[1].x + p[2].x, ay = p[0].y - 2 * p[1].y + p[2].y;
    const float bx = p[1].x - 2 * p[2].x + p[3].x, by = p[1].y - 2 * p[2].y + p[3].y;
    const float most_bent = sqrtf(fmaxf(ax * ax + ay * ay, bx * bx + by * by));
    const float count = ceilf(sqrtf(0.75f * most_bent / apart));
    return count < 1 ? 1 : count > (float)most ? most : (int)count;
}

static size_t add_apart(struct point *points, size_t count, struct point point, float least)
{
    if (count > 0 && fabsf(points[count - 1].x - point.x) < least &&
        fabsf(points[count - 1].y - point.y) < least) {
        return count;
    }
    points[count] = point;
    return count + 1;
}

struct point *path_flatten(const struct path_shape *shape, float apart, struct arena *arena,
                           size_t *count)
{
    const float least = apart / 2; /* points that are closer say nothing about a direction */
    const size_t step = shape->curves ? 3 : 1;
    size_t room = 1;
    *count = 0;
    for (size_t i = 0; i + step < shape->count; i += step) {
        room += shape->curves ? (size_t)chords_of(shape->points + i, apart) : 1;
    }
    struct point *const points = arena_allocate(arena, room, sizeof(*points));
    for (size_t i = 0; i + step < shape->count; i += step) {
        const struct point *const p = shape->points + i;
        const int chords = shape->curves ? chords_of(p, apart) : 1;
        *count = add_apart(points, *count, p[0], least);
        for (int k = 1; k < chords; k++) {
            *count = add_apart(points, *count, point_at(p, (float)k / (float)chords), least);
        }
        *count = add_apart(points, *count, p[step], least);
    }
    return points;
}

/* ---- boxes ---- */

static struct rect box_of(const struct point *p, size_t count, float reach)
{
    struct point low = p[0], high = p[0];
    for (size_t i = 1; i < count; i++) {
        low = (struct point){ fminf(low.x, p[i].x), fminf(low.y, p[i].y) };
        high = (struct point){ fmaxf(high.x, p[i].x), fmaxf(high.y, p[i].y) };
    }
    return (struct rect){ low.x - reach, low.y - reach, high.x - low.x + 2 * reach,
                          high.y - low.y + 2 * reach };
}

struct boxes {
    struct rect page;
    float reach;
    bool (*visit)(void *context, struct rect box); /* false: enough */
    void *context;
};

static bool meet(struct rect a, struct rect b)
{
    return a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h;
}

/* A piece lies within its points. */
static bool visit_boxes(const struct boxes *boxes, const struct point p[4], int halvings)
{
    static const float small = 40000;
    const struct rect box = box_of(p, 4, boxes->reach);
    if (!meet(box, boxes->page)) {
        return true;
    }
    if (box.w * box.h <= small || halvings == 0) {
        return boxes->visit(boxes->context, box);
    }
    struct point before[4], after[4];
    split(p, 0.5f, before, after);
    return visit_boxes(boxes, before, halvings - 1) && visit_boxes(boxes, after, halvings - 1);
}

void path_boxes(const struct draw_path *path, struct rect page,
                bool (*visit)(void *context, struct rect box), void *context)
{
    enum { HALVINGS = 8 };
    /* Themes make lines and heads larger, by a factor below 2. */
    const float most = fmaxf(path->head_start, path->head_end);
    const struct boxes boxes = { page, 2 * fmaxf(path->width > 0 ? path->width : 1, most), visit,
                                 context };
    if (!path->curves || path->closed || path->fill != INK_NONE) {
        visit(context, box_of(path->points, path->count, boxes.reach));
        return;
    }
    for (size_t i = 0; i + 3 < path->count && visit_boxes(&boxes, path->points + i, HALVINGS);
         i += 3) {
    }
}

static bool note_box(void *context, struct rect box)
{
    bool *const found = context;
    (void)box;
    *found = true;
    return false;
}

bool path_meets(const struct draw_path *path, struct rect page)
{
    bool found = false;
    path_boxes(path, page, note_box, &found);
    return found;
}

void path_dashes(float width, float dashes[2])
{
    const float unit = fmaxf(width, 1);
    dashes[0] = 3.5f * unit;
    dashes[1] = 2.5f * unit;
}
