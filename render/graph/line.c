#include "render/graph/line.h"

#include <math.h>

static const float TWINS_APART = 36;

static struct rect body_of(const struct painter *painter, int card)
{
    return graph_card_body(painter->model, painter->layout, card);
}

static float clamp(float value, float low, float high)
{
    return fminf(fmaxf(value, low), fmaxf(low, high));
}

static struct point bezier_at(const struct point *p, float t)
{
    const float u = 1 - t;
    const float a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
    return (struct point){ a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                           a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y };
}

int line_in_rect(const struct line *line, struct rect rect)
{
    enum { SAMPLES = 8 };
    int inside = 0;
    for (int k = 0; k + 3 < line->count; k += 3) {
        for (int i = 0; i <= SAMPLES; i++) {
            const struct point at = bezier_at(&line->points[k], (float)i / SAMPLES);
            inside += at.x >= rect.x && at.x <= rect.x + rect.w && at.y >= rect.y &&
                      at.y <= rect.y + rect.h;
        }
    }
    return inside;
}

/* The two lines of y * y, far enough apart for the sum of what comes back along them. */
static float spread(const struct painter *painter, int index)
{
    const struct graph_edge *mine = &painter->model->edges[index];
    float twin = 0;
    int twins = 0;
    for (int i = 0; i < painter->model->edge_count; i++) {
        const struct graph_edge *edge = &painter->model->edges[i];
        if (i != index && edge->from == mine->from && edge->to == mine->to) {
            twin = painter->layout->edges[i].points[painter->layout->edges[i].count / 2].y;
            twins++;
        }
    }
    const struct layout_curve *curve = &painter->layout->edges[index];
    const float apart = curve->points[curve->count / 2].y - twin;
    if (twins != 1 || fabsf(apart) >= TWINS_APART) {
        return 0;
    }
    return (TWINS_APART - fabsf(apart)) / 2 * (apart > 0 ? 1.0f : -1.0f);
}

/* The layout aims at the middle of the box with all that hangs below a card; we aim at the middle of
 * the card itself. */
static void layout_line(const struct painter *painter, int index, struct line *line)
{
    const struct graph_edge *edge = &painter->model->edges[index];
    const struct layout_curve *curve = &painter->layout->edges[index];
    const struct graph_card *from = &painter->model->cards[edge->from];
    const struct graph_card *to = &painter->model->cards[edge->to];
    const float apart = spread(painter, index);
    const float lift_from = (from->body_h - from->h) / 2 + from->nudge + apart;
    const float lift_to = (to->body_h - to->h) / 2 + to->nudge + apart;
    line->count = curve->count < LINE_POINTS_MAX ? curve->count : LINE_POINTS_MAX;
    if (from->beside) {
        for (int i = 0; i < line->count; i++) {
            line->points[i] = (struct point){ curve->points[i].x, curve->points[i].y + to->nudge };
        }
        return;
    }
    for (int i = 0; i < line->count; i++) {
        const float t = (float)i / (float)(line->count - 1);
        /* A constant's line keeps clear of what hangs below the card before. */
        const float along = from->kind == CARD_CONSTANT ? t * t * t : t;
        line->points[i] = curve->points[i];
        /* One that winds its way past other cards is lifted at its ends alone. */
        line->points[i].y += line->count > 4
                                 ? lift_from * fmaxf(1 - 3 * t, 0) + lift_to * fmaxf(3 * t - 2, 0)
                                 : lift_from + (lift_to - lift_from) * along;
    }
}

static bool stands_at(float x, float side)
{
    return fabsf(x - side) < 4;
}

/* On the card's side, where a line that comes from there would meet it. */
static float meeting_y(struct rect card, float y)
{
    return clamp(y, card.y + 10, card.y + card.h - 10);
}

/* A line that winds its way past other cards keeps its way; the piece at one end, which came in from
 * above or below, is bent to the side. `ends`: the end, its neighbour on the way, what pulls there and
 * at the end. */
static void bend_end(struct line *line, const int ends[4], struct point side, float gap)
{
    const float most = fminf(30, 0.4f * gap); /* between the card and the way */
    const float room = ends[1] > ends[0] ? most : -most;
    struct point *const way_at = &line->points[ends[1]], *const pull_at = &line->points[ends[2]];
    if ((way_at->x - side.x - room) * room < 0) {
        pull_at->x += side.x + room - way_at->x;
        way_at->x = side.x + room;
    }
    const struct point way = *way_at, pull = *pull_at;
    const float dx = way.x - side.x, dy = way.y - side.y;
    const float reach = 0.4f * hypotf(dx, dy);
    const float length = fmaxf(hypotf(pull.x - way.x, pull.y - way.y), 0.01f);
    const int inner = ends[3] + (ends[1] > ends[0] ? 1 : -1);
    line->points[ends[0]] = side;
    const float out = fminf(reach, 2 * most);
    line->points[ends[3]] = (struct point){ side.x + (ends[1] > ends[0] ? out : -out), side.y };
    line->points[inner] = (struct point){ way.x - (pull.x - way.x) / length * reach,
                                          way.y - (pull.y - way.y) / length * reach };
}

/* From a card that hangs below or above the operation that it goes into. */
static bool is_hook(const struct rect from, const struct line *line)
{
    return line->count == 4 && stands_at(line->points[0].x, from.x);
}

static struct rect bounds_of(const struct line *line)
{
    struct point low = line->points[0], high = low;
    for (int i = 1; i < line->count; i++) {
        const struct point at = line->points[i];
        low = (struct point){ fminf(low.x, at.x), fminf(low.y, at.y) };
        high = (struct point){ fmaxf(high.x, at.x), fmaxf(high.y, at.y) };
    }
    return (struct rect){ low.x, low.y, high.x - low.x, high.y - low.y };
}

/* Whether it runs through another card, or only a number that stands beside one, or that number's arrow. */
static bool meets_card(const struct painter *painter, const struct line *line,
                       const struct graph_edge *edge, bool numbers)
{
    static const float arrow = 20;
    if (painter->model->edge_count > LINE_EDGES_MAX) {
        return false;
    }
    const struct rect bounds = bounds_of(line);
    for (int i = 0; i < painter->model->card_count; i++) {
        const int beside = painter->model->cards[i].beside - 1;
        struct rect card = graph_card_rect(painter->model, painter->layout, i);
        card.w += beside >= 0 ? arrow : 0;
        if (i != edge->from && i != edge->to && beside != edge->to && (beside >= 0 || !numbers) &&
            painter->moment->cards[i].visible && paint_rects_meet(bounds, card) &&
            line_in_rect(line, card) > 0) {
            return true;
        }
    }
    return false;
}

/* From side to side, bent in the middle, or near its beginning or its end where it would meet what stands
 * between; false if it meets that anyhow. */
static bool plain_line(const struct painter *painter, const struct graph_edge *edge,
                       struct point start, struct point end, struct line *line)
{
    static const float bends[][2] = { { 0.9f, 0.1f }, { 0.1f, 0.9f }, { 0.5f, 0.5f } };
    const float across = fmaxf(end.x - start.x, 40);
    bool clear = false;

    line->count = 4;
    line->points[0] = start;
    line->points[3] = end;
    for (size_t i = sizeof(bends) / sizeof(bends[0]); i > 0 && !clear; i--) {
        line->points[1] = (struct point){ start.x + across * bends[i - 1][0], start.y };
        line->points[2] = (struct point){ end.x - across * bends[i - 1][1], end.y };
        clear = !meets_card(painter, line, edge, false);
    }
    if (!clear) {
        line->points[1].x = start.x + across / 2;
        line->points[2].x = end.x - across / 2;
    }
    return clear;
}

/* Ends stand on the cards' sides. The layout may have let one come in from above or below, to what
 * hangs there: then a plain curve from side to side stands in, or that end is bent. */
static void hold_ends(const struct painter *painter, const struct graph_edge *edge,
                      struct line *line)
{
    const struct rect from = body_of(painter, edge->from), to = body_of(painter, edge->to);
    struct point *first = &line->points[0], *last = &line->points[line->count - 1];
    const bool starts = stands_at(first->x, from.x + from.w), ends = stands_at(last->x, to.x);
    const int n = line->count;
    const bool winds = n > 4;
    if (is_hook(from, line)) {
        return;
    }
    const struct point start = { from.x + from.w,
                                 meeting_y(from, winds && !starts ? line->points[3].y : first->y) };
    const struct point end = { to.x,
                               meeting_y(to, winds && !ends ? line->points[n - 4].y : last->y) };
    if (winds) {
        if (!starts) {
            bend_end(line, (const int[]){ 0, 3, 4, 1 }, start, painter->model->rank_gap);
        }
        if (!ends) {
            bend_end(line, (const int[]){ n - 1, n - 4, n - 5, n - 2 }, end,
                     painter->model->rank_gap);
        }
    } else if (!starts || !ends) {
        plain_line(painter, edge, start, end, line);
    }
    line->points[0] = start;
    line->points[line->count - 1] = end;
    struct line plain;
    if (meets_card(painter, line, edge, true) && plain_line(painter, edge, start, end, &plain)) {
        *line = plain;
    }
}

/* From frame to frame: what stands at a card's side moves out to the ring that is around it. */
static void keep_out_of_rings(const struct painter *painter, const struct graph_edge *edge,
                              struct line *line)
{
    const struct rect from = body_of(painter, edge->from), to = body_of(painter, edge->to);
    const struct rect starts = paint_frame(painter, edge->from);
    const struct rect ends = paint_frame(painter, edge->to);
    struct point *first = &line->points[0], *last = &line->points[line->count - 1];
    if (stands_at(first->x, from.x + from.w)) {
        first->x += starts.x + starts.w - from.x - from.w;
    }
    if (stands_at(last->x, to.x)) {
        last->x += ends.x - to.x;
    }
}

void line_of(const struct painter *painter, int edge, struct line *line)
{
    layout_line(painter, edge, line);
    hold_ends(painter, &painter->model->edges[edge], line);
    keep_out_of_rings(painter, &painter->model->edges[edge], line);
}
