/* Edges: the data runs along a solid line with its head at the result; in a backward walk the gradient
 * runs along a dashed line beside it, with its own head at the operand, and stays. */

#include <math.h>
#include <string.h>

#include "render/graph/line.h"
#include "render/ledger/chain.h"

static const float BESIDE = 9, LABEL_AWAY = 4, LABEL_PAD = 4, LABEL_LINE = 1.32f;
static const float LABEL_TIGHT = 1.2f; /* of two lines each */
static const float LEVEL = 32;         /* cards that differ by less in height stand side by side */
static const float LABEL_BEYOND = 5;   /* the graph's border */
static const float LABEL_MOST = 220;

static struct rect body_of(const struct painter *painter, int card)
{
    return graph_card_body(painter->model, painter->layout, card);
}

static float clamp(float value, float low, float high)
{
    return fminf(fmaxf(value, low), fmaxf(low, high));
}

/* A number of the code at the card's lower corner. */
static bool number_stands_low(const struct painter *painter, int card)
{
    const struct rect body = body_of(painter, card);
    for (int i = 0; i < painter->model->card_count; i++) {
        if (painter->model->cards[i].beside == card + 1 &&
            body_of(painter, i).y > body.y + body.h / 2) {
            return true;
        }
    }
    return false;
}

/* Its cards stand side by side, so that it meets whatever stands at their corners. */
static bool is_level(const struct painter *painter, const struct graph_edge *edge)
{
    const struct rect from = body_of(painter, edge->from), to = body_of(painter, edge->to);
    return fabsf(from.y + from.h / 2 - to.y - to.h / 2) < LEVEL;
}

/* On which side of the line there is room: away from its twin, else from the other lines at its ends. */
static float free_side(const struct painter *painter, int index)
{
    const struct graph_edge *mine = &painter->model->edges[index];
    const struct layout_curve *curve = &painter->layout->edges[index];
    const float middle = curve->points[curve->count / 2].y;
    float others = 0;
    for (int i = 0; i < painter->model->edge_count; i++) {
        const struct graph_edge *edge = &painter->model->edges[i];
        const struct layout_curve *other = &painter->layout->edges[i];
        if (i != index && edge->from == mine->from && edge->to == mine->to) {
            return other->points[other->count / 2].y > middle ? -1 : 1;
        }
        if (i != index && !painter->model->cards[edge->from].beside &&
            (edge->from == mine->from || edge->to == mine->to)) {
            others += other->points[other->count / 2].y - middle;
        }
    }
    if (is_level(painter, mine) && number_stands_low(painter, mine->to)) {
        return -1;
    }
    return others > 0.5f ? -1 : 1;
}

/* The line moved sideways by `away` units (positive: down for a line that goes right), and turned
 * round: it starts at the result. */
static void line_beside(const struct line *line, float away, struct line *out)
{
    out->count = line->count;
    for (int i = 0; i < line->count; i++) {
        const struct point before = line->points[i > 0 ? i - 1 : 0];
        const struct point after = line->points[i + 1 < line->count ? i + 1 : i];
        const float dx = after.x - before.x, dy = after.y - before.y;
        const float length = fmaxf(hypotf(dx, dy), 0.01f);
        out->points[line->count - 1 - i] = (struct point){ line->points[i].x - dy / length * away,
                                                           line->points[i].y + dx / length * away };
    }
}

/* The moved line, too, begins and ends on the cards' sides. */
static void hold_back_ends(const struct painter *painter, const struct graph_edge *edge,
                           struct line *back)
{
    const struct rect from = body_of(painter, edge->from), to = body_of(painter, edge->to);
    struct point *first = &back->points[0], *last = &back->points[back->count - 1];
    const bool hook = back->count == 4 && last->x < from.x + from.w / 2;
    const struct rect starts = paint_frame(painter, edge->to);
    const struct rect ends = paint_frame(painter, edge->from);
    first->x = starts.x;
    first->y = clamp(first->y, to.y + 4, to.y + to.h - 4);
    last->x = hook ? ends.x : ends.x + ends.w;
    last->y = clamp(last->y, from.y + 4, from.y + from.h - 4);
}

static void to_page(const struct painter *painter, struct line *line)
{
    for (int i = 0; i < line->count; i++) {
        line->points[i] = paint_at(painter, line->points[i]);
    }
}

static float head_size(const struct painter *painter)
{
    return fmaxf(9 * painter->zoom, fminf(8, 30 * painter->zoom));
}

static struct point middle_of(const struct line *line)
{
    const int k = line->count / 2 / 3 * 3; /* start of a Bézier piece */
    if (line->count % 2 == 1 || line->count < 4) {
        return line->points[k];
    }
    const struct point *p = &line->points[k];
    return (struct point){ (p[0].x + 3 * p[1].x + 3 * p[2].x + p[3].x) / 8,
                           (p[0].y + 3 * p[1].y + 3 * p[2].y + p[3].y) / 8 };
}

static void paint_forward(const struct painter *painter, const struct graph_edge *edge,
                          const struct edge_moment *now, struct line line)
{
    const bool constant = painter->model->cards[edge->from].kind == CARD_CONSTANT || edge->cut;
    const bool reversed = painter->model->level == GRAPH_PYTORCH;
    const bool crosses = painter->model->cards[edge->to].crossing.h > 0; /* to another device */
    const struct line units = line;
    to_page(painter, &line);
    painter->scene->layer = now->fresh ? LAYER_MOVING : LAYER_STILL;
    const bool whole = !now->fresh || painter->flow >= 1;
    scene_path(painter->scene,
               &(struct draw_path){ .points = line.points,
                                    .count = (size_t)line.count,
                                    .curves = true,
                                    .stroke = constant ? INK_CONSTANT : INK_FORWARD,
                                    .width = paint_line(painter, crosses    ? 6
                                                                 : constant ? 1.4f
                                                                            : 1.9f),
                                    .head_end = whole && !reversed ? head_size(painter) : 0,
                                    .head_start = whole && reversed ? head_size(painter) : 0,
                                    .to = whole ? 0 : fmaxf(painter->flow, 0.01f) });
    if (crosses) { /* a road with two lanes */
        scene_path(painter->scene,
                   &(struct draw_path){ .points = line.points,
                                        .count = (size_t)line.count,
                                        .curves = true,
                                        .stroke = INK_PAGE,
                                        .width = paint_line(painter, 2.2f),
                                        .to = whole ? 0 : fmaxf(painter->flow, 0.01f) });
    }
    if (edge->cut) {
        const struct point *p = &units.points[units.count / 2 / 3 * 3];
        const bool at_joint = units.count % 2 == 1;
        paint_cut(painter, middle_of(&units),
                  at_joint ? (struct point){ p[1].x - p[-1].x, p[1].y - p[-1].y }
                           : (struct point){ p[3].x + p[2].x - p[1].x - p[0].x,
                                             p[3].y + p[2].y - p[1].y - p[0].y },
                  whole);
    }
    painter->scene->layer = LAYER_STILL;
}

/* ---- labels ---------------------------------------------------------------------------------- */

static const char *local_text(const struct painter *painter, const struct edge_moment *now)
{
    return now->local_is_number ? view_number(painter->view, now->local_number)
                                : paint_number(painter, now->local);
}

static bool label_fits(const struct painter *painter, const char *text, float room)
{
    return paint_width(painter, TYPE_UI_BOLD, text, UNIT_TEXT) + 2 * LABEL_PAD <= room;
}

/* Of a tensor the operation's formula, with g for what comes from the result: "g @ Wᵀ". */
static const char *formula_text(const struct painter *painter, const struct graph_edge *edge,
                                float room)
{
    const struct run_view *const run = &painter->view->runs[0];
    const struct trace_op *const op = trace_op(run->trace, edge->wire.op);
    const bool inside = painter->model->cards[edge->to].group; /* of a closed box */
    if (!op || inside || edge->wire.input < 0 ||
        (size_t)edge->wire.input >= op->def->derivative_count) {
        return "";
    }
    const char *text = chain_contribution(run, op, (size_t)edge->wire.input, painter->view->arena);
    return label_fits(painter, text, room) ? text : "";
}

/* What comes from the result needs no name beside the line that it comes along: "× v". */
static const char *beside_line(const char *formula)
{
    static const char named[] = "g × ";
    return strncmp(formula, named, sizeof(named) - 1) == 0 ? formula + strlen("g ") : formula;
}

/* What is written at the line, in one line of text or in two. */
struct edge_words {
    const char *first, *second; /* second: "" of one line */
};

/* For tensors what they were multiplied by, if that is a number, else the formula if it fits. */
static const char *tensor_words(const struct painter *painter, const struct graph_edge *edge,
                                const char *local, float room)
{
    const char *const factor = local ? arena_format(painter->view->arena, "× %s", local) : "";
    return !local ? beside_line(formula_text(painter, edge, fminf(room, LABEL_MOST)))
           : label_fits(painter, factor, room) ? factor
                                               : "";
}

/* `1 × 3 = 3` in as many lines as it may have if it fits, else `3`, if that does. */
static struct edge_words label_words(const struct painter *painter, const struct graph_edge *edge,
                                     const struct edge_moment *now, float room, int lines)
{
    const char *grad = paint_number(painter, now->contribution);
    const char *upstream = paint_number(painter, now->upstream);
    const char *local = local_text(painter, now);
    struct arena *arena = painter->view->arena;
    if (now->many) {
        return (struct edge_words){ "", "" };
    }
    if (!grad) {
        return (struct edge_words){ tensor_words(painter, edge, local, room), "" };
    }
    if (upstream && local && lines > 0) {
        const char *const product =
            arena_format(arena, local[0] == '-' ? "%s × (%s)" : "%s × %s", upstream, local);
        const char *const result = equals_number(arena, grad);
        const char *const whole = arena_format(arena, "%s %s", product, result);
        if (label_fits(painter, whole, room)) {
            return (struct edge_words){ whole, "" };
        }
        if (lines > 1 && label_fits(painter, product, room) && label_fits(painter, result, room)) {
            return (struct edge_words){ product, result };
        }
    }
    return (struct edge_words){ label_fits(painter, grad, room) ? grad : "", "" };
}

/* Beside the middle of the line, as far off as its slope asks, between the two cards. */
static struct rect label_place(const struct line *line, float side, float w, float h, float left,
                               float right)
{
    const struct point middle = middle_of(line);
    const struct point first = line->points[line->count - 1], last = line->points[0];
    const float length = fmaxf(hypotf(last.x - first.x, last.y - first.y), 1);
    const float nx = -(last.y - first.y) / length, ny = (last.x - first.x) / length;
    const float away = fabsf(nx) * w / 2 + fabsf(ny) * h / 2 + LABEL_AWAY;
    const float x = clamp(middle.x + side * nx * away - w / 2, left + 2, right - 2 - w);
    return (struct rect){ x, middle.y + side * ny * away - h / 2, w, h };
}

/* Formula first, then numbers: "g × y = 3 × 3 = 9". */
static const char *title_text(const struct painter *painter, const struct graph_edge *edge,
                              const struct edge_moment *now)
{
    const char *formula = formula_text(painter, edge, INFINITY);
    const char *numbers = label_words(painter, edge, now, INFINITY, 1).first;
    const bool both = formula[0] && numbers[0] && strcmp(beside_line(formula), numbers) != 0;
    const bool lacks_g = strncmp(numbers, "×", strlen("×")) == 0;
    return both ? arena_format(painter->view->arena, lacks_g ? "%s = g %s" : "%s = %s", formula,
                               numbers)
                : numbers;
}

struct edge_label {
    struct edge_words words;
    struct rect pill;
};

/* While the gradient runs along the edge, the formula stands where its number will land. */
static bool is_coming(const struct painter *painter, const struct edge_moment *now)
{
    return now->running && painter->land <= 0;
}

/* Where there is room for it: between those sides of its cards. */
struct label_gap {
    float left, right;
    bool turns; /* its line turns back */
};

static bool is_on_stage(const struct painter *painter, struct rect place)
{
    const struct rect page = paint_rect_at(painter, place), area = painter->area;

    return page.y >= area.y && page.y + page.h <= area.y + area.h;
}

/* In the middle of the gap, on the far side of the dashed line, or where it meets nothing near there; false if
 * that is nowhere. A line that turns back has its label at the piece between the rows, or beside what hangs. */
static bool place_label(const struct painter *painter, int edge, const struct line *back,
                        float side, struct label_gap gap, struct edge_label *label)
{
    const bool two = label->words.second[0];
    const float w =
        fmaxf(paint_width(painter, TYPE_UI_BOLD, label->words.first, UNIT_TEXT),
              two ? paint_width(painter, TYPE_UI_BOLD, label->words.second, UNIT_TEXT) : 0);
    const float h = UNIT_TEXT * (two ? 2 * LABEL_TIGHT : LABEL_LINE);
    bool clear = true;
    label->pill = label_place(back, side, w + 2 * LABEL_PAD, h, gap.left, gap.right);
    if (gap.turns && back->count > 4) {
        label->pill.y = middle_of(back).y + BESIDE + LABEL_AWAY; /* below both lines */
    } else if (label->words.first[0]) {
        const bool far = gap.right - gap.left > 2 * painter->model->rank_gap;
        if (two || far || paint_meets_number(painter, label->pill)) {
            clear = paint_clear_place(painter, &label->pill, gap.left, gap.right);
        }
        const bool lines = !gap.turns && clear &&
                           !paint_avoid_lines(painter, edge, &label->pill, gap.left, gap.right);
        clear = clear && !(two && lines);
    }
    const float beyond = two && is_on_stage(painter, label->pill) ? label->pill.h : LABEL_BEYOND;
    label->pill.y = clamp(label->pill.y, -beyond, painter->layout->h + beyond - label->pill.h);
    return clear && !(two && line_in_rect(back, label->pill) > 0) &&
           !(label->words.first[0] && paint_meets_label(painter, label->pill));
}

/* As much as there is room for; nothing where there is none: the pointer and the ledger have it. */
static struct edge_label label_of(const struct painter *painter, const struct graph_edge *edge,
                                  const struct edge_moment *now, const struct line *back,
                                  float side)
{
    const int index = (int)(edge - painter->model->edges);
    const struct rect from = paint_frame(painter, edge->from);
    const struct rect to = paint_frame(painter, edge->to);
    const float middle = middle_of(back).x;
    struct label_gap gap = { from.x + from.w, to.x, to.x < from.x + from.w };
    if (gap.turns) {
        gap.left = middle - LABEL_MOST / 2;
        gap.right = middle + LABEL_MOST / 2;
    }
    const float room = gap.right - gap.left - 4;
    const bool coming = is_coming(painter, now);
    struct edge_label label = { .words = { "", "" } };
    const bool many = painter->model->edge_count > LINE_EDGES_MAX;
    for (int lines = gap.turns || coming || many ? 1 : 2; lines >= 0; lines--) {
        label.words =
            coming ? (struct edge_words){ beside_line(formula_text(painter, edge, room)), "" }
                   : label_words(painter, edge, now, room, lines);
        if (place_label(painter, index, back, side, gap, &label)) {
            return label;
        }
    }
    label.words.first = "";
    return label;
}

static bool is_pointed_at(const struct painter *painter, const struct graph_edge *edge)
{
    const struct target *const at[] = { &painter->view->state->hovered,
                                        &painter->view->state->selected };
    for (int i = 0; i < 2; i++) {
        if (at[i]->kind == TARGET_EDGE && at[i]->id == edge->wire.op &&
            at[i]->part == edge->wire.input) {
            return true;
        }
    }
    return false;
}

static void paint_edge_label(const struct painter *painter, const struct graph_edge *edge,
                             const struct edge_moment *now, const struct edge_label *label)
{
    const float alpha = is_coming(painter, now) ? fmaxf(painter->flow, 0.001f)
                        : now->running          ? fmaxf(painter->land, 0.001f)
                                                : 1;
    const bool pointed = is_pointed_at(painter, edge);
    if (!label->words.first[0] || painter->turned || !paint_can_read(painter, UNIT_TEXT) ||
        !paint_is_whole(painter, label->pill)) {
        return;
    }
    /* Where the whole product did not fit, the pointer shows it. */
    scene_group(painter->scene, &(struct draw_group){ .target = { .kind = TARGET_EDGE,
                                                                  .id = edge->wire.op,
                                                                  .part = edge->wire.input },
                                                      .bounds = paint_rect_at(painter, label->pill),
                                                      .title = title_text(painter, edge, now) });
    const bool two = label->words.second[0];
    const float h = label->pill.h / (two ? 2 : 1);
    paint_box(painter, label->pill,
              &(struct draw_rect){ .radius = h / 2,
                                   .fill = INK_BACKWARD_SOFT,
                                   .stroke = pointed        ? INK_SELECTION
                                             : now->running ? INK_BACKWARD
                                                            : INK_NONE,
                                   .width = paint_line(painter, 1.3f),
                                   .alpha = alpha });
    struct paint_label line = { .box = label->pill,
                                .text = label->words.first,
                                .role = TYPE_UI_BOLD,
                                .size = UNIT_TEXT,
                                .ink = INK_TEXT,
                                .align = ALIGN_CENTRE,
                                .alpha = alpha };
    line.box.h = h;
    paint_label(painter, &line);
    if (two) {
        line.box.y += h;
        line.text = label->words.second;
        paint_label(painter, &line);
    }
    scene_group_end(painter->scene);
}

static void paint_backward(const struct painter *painter, const struct graph_edge *edge,
                           const struct edge_moment *now, const struct line *line, float side)
{
    struct line back;
    line_beside(line, side * BESIDE, &back);
    hold_back_ends(painter, edge, &back);

    const bool whole = !now->running || painter->flow >= 1;
    painter->scene->layer = now->running ? LAYER_MOVING : LAYER_STILL;
    struct line page = back;
    to_page(painter, &page);
    scene_path(painter->scene,
               &(struct draw_path){ .points = page.points,
                                    .count = (size_t)page.count,
                                    .curves = true,
                                    .stroke = INK_BACKWARD,
                                    .width = paint_line(painter, now->running ? 2.6f : 1.9f),
                                    .dashed = true,
                                    .dash_offset =
                                        now->running ? (1 - painter->flow) * 30 * painter->zoom : 0,
                                    .head_end = whole ? head_size(painter) : 0,
                                    .to = whole ? 0 : fmaxf(painter->flow, 0.01f) });
    const struct edge_label label = label_of(painter, edge, now, &back, side);
    if (label.words.first[0]) {
        painter->labels[edge - painter->model->edges] = label.pill;
    }
    paint_edge_label(painter, edge, now, &label);
    painter->scene->layer = LAYER_STILL;
}

static struct rect bounds_of(const struct layout_curve *curve)
{
    struct point low = curve->points[0], high = low;
    for (int i = 1; i < curve->count; i++) {
        low = (struct point){ fminf(low.x, curve->points[i].x), fminf(low.y, curve->points[i].y) };
        high =
            (struct point){ fmaxf(high.x, curve->points[i].x), fmaxf(high.y, curve->points[i].y) };
    }
    return (struct rect){ low.x, low.y, high.x - low.x, high.y - low.y };
}

void paint_edge(const struct painter *painter, int index)
{
    const struct graph_edge *edge = &painter->model->edges[index];
    const struct edge_moment *now = &painter->moment->edges[index];
    if (!now->visible || !paint_reaches(painter, bounds_of(&painter->layout->edges[index]))) {
        return;
    }
    const size_t first = painter->scene->draw_count;
    const char *cut_title = view_word(painter->view, "cut here: no gradient comes back");
    struct line line;
    line_of(painter, index, &line);
    scene_group(painter->scene, &(struct draw_group){ .target = { .kind = TARGET_EDGE,
                                                                  .id = edge->wire.op,
                                                                  .part = edge->wire.input },
                                                      .title = edge->cut ? cut_title : "" });
    paint_forward(painter, edge, now, line);
    if (now->contribution) {
        paint_backward(painter, edge, now, &line, free_side(painter, index));
    }
    scene_group_end(painter->scene);
    if (now->gone) {
        paint_faded(painter, first, now->fading);
    }
    if (painter->turned) {
        const float *const alphas = painter->turned->alphas;
        paint_end_held(painter, first, (struct rect){ 0 },
                       fminf(alphas[edge->from], alphas[edge->to]));
    }
}

/* ---- what is in the way ---------------------------------------------------------------------- */

bool paint_rects_meet(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

float edges_in_rect(const struct painter *painter, struct rect rect)
{
    const float label_counts = 20; /* as many points of a line */
    float met = 0;
    for (int i = 0; i < painter->model->edge_count; i++) {
        const struct edge_moment *now = &painter->moment->edges[i];
        struct line line, back;
        if (!now->visible) {
            continue;
        }
        line_of(painter, i, &line);
        met += (float)line_in_rect(&line, rect);
        if (now->contribution) {
            line_beside(&line, free_side(painter, i) * BESIDE, &back);
            met += (float)line_in_rect(&back, rect);
            met += painter->labels[i].w > 0 && paint_rects_meet(painter->labels[i], rect)
                       ? label_counts
                       : 0;
        }
    }
    return met;
}
