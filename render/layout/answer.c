#include "render/layout/answer.h"

#include <math.h>
#include <string.h>

#include "render/layout/wire.h"

/* Sizes are rounded to whole points on the way: that much may be off. */
static const float slack = 3.0f;
/* No picture is larger than this, in points. */
static const float size_max = 4e6f;

struct cursor {
    const uint8_t *bytes;
    size_t left;
};

static bool take(struct cursor *cursor, void *out, size_t size)
{
    if (cursor->left < size) {
        return false;
    }
    memcpy(out, cursor->bytes, size);
    cursor->bytes += size;
    cursor->left -= size;
    return true;
}

size_t layout_answer_limit(const struct layout_input *input)
{
    return sizeof(struct wire_answer) + 1 + (size_t)input->box_count * sizeof(struct wire_point) +
           (size_t)input->edge_count *
               (sizeof(int32_t) + LAYOUT_CURVE_MAX * sizeof(struct wire_point)) +
           (size_t)input->cluster_count * sizeof(struct wire_rect);
}

/* NaN fails every comparison, so it is outside. */
static bool inside(const struct layout *layout, float x, float y)
{
    return x >= -slack && y >= -slack && x <= layout->w + slack && y <= layout->h + slack;
}

/* What pulls a curve may lie beyond the picture, though the curve does not. */
static bool near(const struct layout *layout, float x, float y)
{
    const float beyond = (layout->w > layout->h ? layout->w : layout->h) / 2;
    return x >= -beyond && y >= -beyond && x <= layout->w + beyond && y <= layout->h + beyond;
}

static bool read_head(struct layout *layout, const struct layout_input *input,
                      struct cursor *cursor, struct error *err)
{
    struct wire_answer head;
    if (!take(cursor, &head, sizeof(head))) {
        return error_set(err, "gradlight-layout ended without an answer");
    }
    if (head.magic != LAYOUT_MAGIC || head.box_count != input->box_count ||
        head.edge_count != input->edge_count || head.cluster_count != input->cluster_count) {
        return error_set(err, "gradlight-layout answered another question");
    }
    if (!(head.w > 0 && head.h > 0 && head.w < size_max && head.h < size_max)) {
        return error_set(err, "gradlight-layout made a picture of no size");
    }
    layout->w = head.w;
    layout->h = head.h;
    return true;
}

static bool read_boxes(struct layout *layout, const struct layout_input *input,
                       struct cursor *cursor, struct error *err)
{
    struct point *boxes = arena_allocate(&layout->arena, (size_t)input->box_count, sizeof(*boxes));
    for (int i = 0; i < input->box_count; i++) {
        const struct layout_box *box = &input->boxes[i];
        struct wire_point centre;
        if (!take(cursor, &centre, sizeof(centre))) {
            return error_set(err, "gradlight-layout stopped in its answer");
        }
        boxes[i] = (struct point){ centre.x - box->w / 2, centre.y - box->h / 2 };
        if (!inside(layout, boxes[i].x, boxes[i].y) ||
            !inside(layout, boxes[i].x + box->w, boxes[i].y + box->h)) {
            return error_set(err, "gradlight-layout put box %d outside the picture", i);
        }
    }
    layout->boxes = boxes;
    return true;
}

static bool touches(const struct layout_input *input, const struct layout *layout, int box,
                    struct point at)
{
    const struct point corner = layout->boxes[box];
    const struct layout_box *size = &input->boxes[box];
    return at.x >= corner.x - slack && at.x <= corner.x + size->w + slack &&
           at.y >= corner.y - slack && at.y <= corner.y + size->h + slack;
}

static bool read_curve(struct layout *layout, const struct layout_input *input, int index,
                       struct layout_curve *curve, struct cursor *cursor)
{
    struct point *points = arena_allocate(&layout->arena, (size_t)curve->count, sizeof(*points));
    for (int k = 0; k < curve->count; k++) {
        struct wire_point at;
        if (!take(cursor, &at, sizeof(at)) || !near(layout, at.x, at.y)) {
            return false;
        }
        points[k] = (struct point){ at.x, at.y };
    }
    curve->points = points;
    const struct layout_edge *edge = &input->edges[index];
    return touches(input, layout, edge->from, points[0]) &&
           touches(input, layout, edge->to, points[curve->count - 1]);
}

static bool read_edges(struct layout *layout, const struct layout_input *input,
                       struct cursor *cursor, struct error *err)
{
    struct layout_curve *edges =
        arena_allocate(&layout->arena, (size_t)input->edge_count + 1, sizeof(*edges));
    for (int i = 0; i < input->edge_count; i++) {
        int32_t count;
        if (!take(cursor, &count, sizeof(count)) || count < 4 || count > LAYOUT_CURVE_MAX ||
            count % 3 != 1) {
            return error_set(err, "gradlight-layout gave edge %d no curve", i);
        }
        edges[i].count = count;
    }
    for (int i = 0; i < input->edge_count; i++) {
        if (!read_curve(layout, input, i, &edges[i], cursor)) {
            return error_set(err, "gradlight-layout gave edge %d a curve that does not join", i);
        }
    }
    layout->edges = edges;
    return true;
}

static bool read_clusters(struct layout *layout, const struct layout_input *input,
                          struct cursor *cursor, struct error *err)
{
    struct rect *clusters =
        arena_allocate(&layout->arena, (size_t)input->cluster_count + 1, sizeof(*clusters));
    for (int i = 0; i < input->cluster_count; i++) {
        struct wire_rect rect;
        if (!take(cursor, &rect, sizeof(rect)) || !inside(layout, rect.x, rect.y) ||
            !(rect.w >= 0 && rect.h >= 0) || !inside(layout, rect.x + rect.w, rect.y + rect.h)) {
            return error_set(err, "gradlight-layout put module %d outside the picture", i);
        }
        clusters[i] = (struct rect){ rect.x, rect.y, rect.w, rect.h };
    }
    layout->clusters = clusters;
    return true;
}

bool layout_answer_read(struct layout *layout, const struct layout_input *input,
                        const uint8_t *bytes, size_t length, struct error *err)
{
    struct cursor cursor = { bytes, length };
    struct layout read = { 0 };
    bool good = read_head(&read, input, &cursor, err) && read_boxes(&read, input, &cursor, err) &&
                read_edges(&read, input, &cursor, err) && read_clusters(&read, input, &cursor, err);
    if (good && cursor.left > 0) {
        good = error_set(err, "gradlight-layout said more than its answer");
    }
    if (!good) {
        arena_finish(&read.arena);
        return false;
    }
    *layout = read;
    return true;
}
