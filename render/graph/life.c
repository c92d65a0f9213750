/* The life of the graph: values that a node keeps for its backward glow when they are stored and
 * drain when backward frees them; where no gradient will ever come back the line is cut; what nobody
 * holds any more fades. */

#include <math.h>
#include <string.h>

#include "render/graph/paint.h"

enum { SAVED_MAX = 3, SAVED_BYTES = 14 };
static const float TOKENS_APART = 9, WORD_GAP = 8;
/* Names of what is kept do not make a card wider than this, or a terse one. */
static const float NAMED_MOST = 160, TERSE_MOST = 108;
static const float FADED = 0.38f;

/* ---- saved values ---------------------------------------------------------------------------- */

static const char *saved_label(const struct view *view, const struct saved_slot *slot)
{
    const struct trace *trace = view->runs[0].trace;
    const struct trace_tensor *tensor = trace_tensor(trace, slot->tensor);
    if (!tensor) {
        return view_number(view, slot->value);
    }
    const char *label = trace_tensor_label(trace, tensor, view->arena);
    return strlen(label) <= SAVED_BYTES ? label : slot->name;
}

static float width(const struct view *view, enum type_role role, const char *text, float size)
{
    return fonts_measure(view->fonts, role, text, strlen(text)) * size;
}

static const char *freed_word(const struct view *view, bool brief)
{
    return view_word(view, brief ? "gone" : "freed");
}

/* The widest of the words before the marks, whatever becomes of them. */
static float word_width(const struct view *view, float size, bool brief)
{
    return fmaxf(width(view, TYPE_UI, freed_word(view, brief), size),
                 fmaxf(width(view, TYPE_UI, view_word(view, "saved"), size),
                       width(view, TYPE_UI, view_word(view, "kept"), size)));
}

/* Marks with what they stand for beside them, or alone. */
static float tokens_width(const struct view *view, const struct trace_node *node, float size,
                          bool named)
{
    const size_t count = node->record->saved_count;
    float w = 0;
    for (size_t i = 0; i < count && i < SAVED_MAX; i++) {
        w += size * GRAPH_MARK + GRAPH_MARK_GAP;
        w += named ? width(view, TYPE_MONO, saved_label(view, &node->record->saved[i]), size) +
                         TOKENS_APART
                   : 0;
    }
    return named && w > 0 ? w - TOKENS_APART : w;
}

float graph_saved_least(const struct graph_card *card, const struct view *view,
                        struct graph_units units)
{
    const struct trace_node *const node = trace_node(view->runs[0].trace, card->node);
    const float word = word_width(view, units.caption, true) + WORD_GAP;
    if (!node) {
        return 0;
    }
    const float named = word + tokens_width(view, node, units.caption, true);
    return named <= (units.terse ? TERSE_MOST : NAMED_MOST)
               ? named
               : word + tokens_width(view, node, units.caption, false);
}

float graph_saved_inside_width(const struct graph_group *group, const struct view *view,
                               struct graph_units units, bool brief)
{
    const float mark = units.caption * GRAPH_MARK + GRAPH_MARK_GAP;
    const float number = width(view, TYPE_UI, "0000", units.caption) + GRAPH_MARK_GAP;
    if (group->saved_count == 0) {
        return 0;
    }
    return word_width(view, units.caption, brief) + WORD_GAP +
           (group->saved_count <= GRAPH_MARKS_MAX ? mark * (float)group->saved_count
                                                  : 2 * (mark + number));
}

bool graph_saved_is_brief(const struct graph_model *model, const struct view *view)
{
    const float size = model->units.caption;
    const float word = word_width(view, size, false) + WORD_GAP;
    /* Where the longer word takes no more room than the others anyhow, it stays: "freed" and "saved". */
    const bool saves = word > word_width(view, size, true) + WORD_GAP + 1;
    for (int i = 0; i < model->card_count && saves; i++) {
        const struct graph_card *const card = &model->cards[i];
        const struct trace_node *const node =
            card->has_saved ? trace_node(view->runs[0].trace, card->node) : NULL;
        if (node && word + tokens_width(view, node, size, true) > card->saved.w) {
            return true;
        }
    }
    return false;
}

/* How much of it is there, 0 … 1: it comes and goes with the motion of its step. */
static float filling(const struct painter *painter, const struct saved_moment *saved)
{
    if (saved->stored) {
        return painter->flow;
    }
    if (saved->freed) {
        return saved->passed ? 1 - painter->flow : 0;
    }
    return 1;
}

/* A mark for each value that the node keeps: full while it is there, hollow when it was freed. What
 * fills or drains in this step is a rectangle of its own, at rest as well, so that a frame has the
 * same commands throughout the motion. */
static void paint_mark(const struct painter *painter, const struct saved_moment *saved, bool failed,
                       struct rect mark)
{
    const float full = filling(painter, saved);
    const bool flows = saved->stored || saved->passed;
    const enum ink empty = failed ? INK_ERROR : INK_TEXT_SECOND;
    paint_box(painter, mark,
              &(struct draw_rect){ .radius = 2,
                                   .fill = full >= 1 && !flows ? INK_FORWARD : INK_NONE,
                                   .stroke = saved->freed ? empty : INK_FORWARD,
                                   .width = paint_line(painter, 1.4f) });
    if (flows) {
        const struct rect rest = { mark.x, mark.y + mark.h * (1 - full), mark.w, mark.h * full };
        paint_box(painter, rest,
                  &(struct draw_rect){ .radius = 2, .fill = full > 0 ? INK_FORWARD : INK_NONE });
    }
}

static float paint_token(const struct painter *painter, const char *label,
                         const struct card_moment *now, struct rect at)
{
    const float size = painter->model->units.caption, mark = size * GRAPH_MARK;
    const float w = paint_width(painter, TYPE_MONO, label, size);
    paint_mark(painter, &now->saved, now->failed,
               (struct rect){ at.x, at.y + (at.h - mark) / 2, mark, mark });
    paint_label(painter,
                &(struct paint_label){ .box = { at.x + mark + GRAPH_MARK_GAP, at.y, w, at.h },
                                       .text = label,
                                       .role = TYPE_MONO,
                                       .size = size,
                                       .ink = now->saved.freed ? INK_TEXT_SECOND : INK_TEXT });
    return at.x + mark + GRAPH_MARK_GAP + (label[0] ? w + TOKENS_APART : 0);
}

/* Behind what this step stored, kept or freed; and around what was missing or changed when
 * backward needed it. */
static void paint_glow(const struct painter *painter, const struct card_moment *now,
                       struct rect box)
{
    const struct saved_moment *saved = &now->saved;
    const struct rect plate = { box.x - 4, box.y, box.w + 8, box.h };
    if (now->failed) {
        paint_box(painter, plate,
                  &(struct draw_rect){ .radius = 4,
                                       .fill = INK_ERROR_SOFT,
                                       .stroke = INK_ERROR,
                                       .width = paint_line(painter, 1.6f) });
    } else if (saved->stored || saved->passed) {
        paint_box(painter, plate,
                  &(struct draw_rect){ .radius = 4,
                                       .fill = saved->freed ? INK_BACKWARD_SOFT : INK_FORWARD_SOFT,
                                       .alpha = fmaxf(painter->flow, 0.001f) });
    }
}

static const char *saved_word(const struct painter *painter, const struct saved_moment *saved)
{
    return saved->freed ? freed_word(painter->view, painter->model->brief)
                        : view_word(painter->view, saved->kept ? "kept" : "saved");
}

static const char *saved_title(const struct view *view, const struct saved_moment *saved)
{
    return view_word(view, saved->freed  ? "saved values: freed by backward()"
                           : saved->kept ? "saved values: kept, as retain_graph=True asks"
                                         : "values saved for the backward pass");
}

void paint_saved(const struct painter *painter, const struct graph_card *card,
                 const struct card_moment *now, struct rect box)
{
    const struct view *view = painter->view;
    const struct trace_node *node = trace_node(view->runs[0].trace, card->node);
    const char *word = saved_word(painter, &now->saved);
    const float size = painter->model->units.caption;
    const float w = paint_width(painter, TYPE_UI, word, size);
    if (!node) {
        return;
    }
    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_NODE, .id = card->node },
                                      .bounds = paint_rect_at(painter, box),
                                      .title = saved_title(view, &now->saved) });
    paint_glow(painter, now, box);
    /* The marks are named where there is room; what they stand for is always said. */
    const bool named = w + WORD_GAP + tokens_width(view, node, size, true) <= box.w + 1;
    paint_label(painter, &(struct paint_label){ .box = { box.x, box.y, w + 1, box.h },
                                                .text = word,
                                                .role = TYPE_UI,
                                                .size = size,
                                                .ink = INK_TEXT_SECOND });
    struct rect at = box;
    at.x += w + WORD_GAP;
    for (size_t i = 0; i < node->record->saved_count && i < SAVED_MAX; i++) {
        const char *label = named ? saved_label(view, &node->record->saved[i]) : "";
        at.x = paint_token(painter, label, now, at);
    }
    scene_group_end(painter->scene);
}

/* ---- in a closed box --------------------------------------------------------------------------- */

/* As one for all: what this step did to some of them, and freed or kept only if all of them are. */
static struct saved_moment saved_inside(const struct card_moment *now)
{
    struct saved_moment all = { .freed = now->inside_count > 0, .kept = now->inside_count > 0 };
    for (int i = 0; i < now->inside_count; i++) {
        const struct saved_moment *saved = &now->inside[i];
        all.freed = all.freed && saved->freed;
        all.kept = all.kept && saved->kept;
        all.stored = all.stored || saved->stored;
        all.passed = all.passed || saved->passed;
    }
    return all;
}

static int saved_by(const struct painter *painter, int64_t node)
{
    const struct trace_node *found = trace_node(painter->view->runs[0].trace, node);
    return found ? (int)found->record->saved_count : 0;
}

static void paint_inside_marks(const struct painter *painter, const struct graph_group *group,
                               const struct card_moment *now, struct rect at)
{
    const float mark = painter->model->units.caption * GRAPH_MARK;
    for (int i = 0; i < now->inside_count; i++) {
        for (int k = saved_by(painter, group->nodes[i]); k > 0; k--) {
            paint_mark(painter, &now->inside[i], now->failed,
                       (struct rect){ at.x, at.y + (at.h - mark) / 2, mark, mark });
            at.x += mark + GRAPH_MARK_GAP;
        }
    }
}

/* A full mark with how many are there, a hollow one with how many were freed. */
static void paint_inside_counts(const struct painter *painter, const struct graph_group *group,
                                const struct card_moment *now, struct rect at)
{
    const float size = painter->model->units.caption, mark = size * GRAPH_MARK;
    int counts[2] = { 0, 0 };
    for (int i = 0; i < now->inside_count; i++) {
        counts[now->inside[i].freed] += saved_by(painter, group->nodes[i]);
    }
    for (int freed = 0; freed < 2; freed++) {
        if (counts[freed] == 0) {
            continue;
        }
        const char *text = arena_format(painter->view->arena, "%d", counts[freed]);
        const float w = paint_width(painter, TYPE_UI, text, size);
        paint_mark(painter, &(struct saved_moment){ .freed = freed }, now->failed,
                   (struct rect){ at.x, at.y + (at.h - mark) / 2, mark, mark });
        at.x += mark + GRAPH_MARK_GAP;
        paint_label(painter, &(struct paint_label){ .box = { at.x, at.y, w + 1, at.h },
                                                    .text = text,
                                                    .role = TYPE_UI,
                                                    .size = size,
                                                    .ink = INK_TEXT });
        at.x += w + 2 * GRAPH_MARK_GAP;
    }
}

void paint_saved_inside(const struct painter *painter, const struct graph_group *group,
                        const struct card_moment *now, struct rect box)
{
    const float size = painter->model->units.caption;
    const struct saved_moment all = saved_inside(now);
    const char *word = saved_word(painter, &all);
    const float w = paint_width(painter, TYPE_UI, word, size);
    if (now->inside_count == 0) {
        return;
    }
    struct card_moment glowing = { .saved = all, .failed = now->failed };
    paint_glow(painter, &glowing, box);
    paint_label(painter, &(struct paint_label){ .box = { box.x, box.y, w + 1, box.h },
                                                .text = word,
                                                .role = TYPE_UI,
                                                .size = size,
                                                .ink = INK_TEXT_SECOND });
    const struct rect at = { box.x + w + WORD_GAP, box.y, box.w - w - WORD_GAP, box.h };
    if (group->saved_count <= GRAPH_MARKS_MAX) {
        paint_inside_marks(painter, group, now, at);
    } else {
        paint_inside_counts(painter, group, now, at);
    }
}

/* ---- where the way back is cut --------------------------------------------------------------- */

const char *graph_cut_text(const struct graph_card *card, const struct view *view)
{
    const char *none = view_word(view, "no node");
    return card->cut[0] ? arena_format(view->arena, "%s: %s", card->cut, none) : none;
}

void paint_cut_note(const struct painter *painter, const struct graph_card *card, struct rect box)
{
    paint_label(painter, &(struct paint_label){ .box = box,
                                                .text = graph_cut_text(card, painter->view),
                                                .role = TYPE_UI,
                                                .size = painter->model->units.caption,
                                                .ink = INK_TEXT_SECOND,
                                                .align = ALIGN_CENTRE });
}

/* A gap in the line with a stroke at each end of it. */
void paint_cut(const struct painter *painter, struct point at, struct point along, bool there)
{
    static const float gap = 5, reach = 9, lean = 4;
    const float length = fmaxf(hypotf(along.x, along.y), 0.01f);
    const struct point t = { along.x / length, along.y / length };
    const struct point ends[] = {
        paint_at(painter, (struct point){ at.x - t.x * gap, at.y - t.y * gap }),
        paint_at(painter, (struct point){ at.x + t.x * gap, at.y + t.y * gap }),
    };
    scene_path(painter->scene, &(struct draw_path){ .points = ends,
                                                    .count = 2,
                                                    .stroke = there ? INK_PAGE : INK_NONE,
                                                    .width = paint_line(painter, 7) });
    for (int side = -1; side <= 1; side += 2) {
        const struct point foot = { at.x + t.x * gap * (float)side,
                                    at.y + t.y * gap * (float)side };
        const struct point stroke[] = {
            paint_at(painter, (struct point){ foot.x - t.y * reach + t.x * lean,
                                              foot.y + t.x * reach + t.y * lean }),
            paint_at(painter, (struct point){ foot.x + t.y * reach - t.x * lean,
                                              foot.y - t.x * reach - t.y * lean }),
        };
        scene_path(painter->scene, &(struct draw_path){ .points = stroke,
                                                        .count = 2,
                                                        .stroke = there ? INK_TEXT : INK_NONE,
                                                        .width = paint_line(painter, 2) });
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

static void fade(float *alpha, float by)
{
    *alpha = (*alpha > 0 ? *alpha : 1) * by;
}

static void weaken(const struct painter *painter, size_t from, size_t to, float by)
{
    for (size_t i = from; i < to; i++) {
        struct draw *draw = &painter->scene->draws[i];
        if (draw->kind == DRAW_RECT) {
            fade(&draw->rect.alpha, by);
        } else if (draw->kind == DRAW_PATH) {
            fade(&draw->path.alpha, by);
        } else if (draw->kind == DRAW_TEXT) {
            fade(&draw->text.alpha, by);
        } else if (draw->kind == DRAW_HEAT) {
            fade(&draw->heat.alpha, by);
        }
    }
}

void paint_faded(const struct painter *painter, size_t first, bool fading)
{
    weaken(painter, first, painter->scene->draw_count,
           fading ? 1 - (1 - FADED) * painter->land : FADED);
}

/* Whether it begins the plate of a parameter that somebody holds. */
static bool begins_living(const struct painter *painter, const struct graph_card *card,
                          const struct draw *draw)
{
    const struct trace *const trace = painter->view->runs[0].trace;
    if (draw->kind != DRAW_GROUP || draw->group.target.kind != TARGET_TENSOR) {
        return false;
    }
    for (int i = 0; i < card->parameter_count; i++) {
        const struct trace_tensor *const tensor = trace_tensor(trace, card->parameters[i].tensor);
        if (tensor && tensor->id == draw->group.target.id) {
            return tensor->gone >= painter->moment->gone_until;
        }
    }
    return false;
}

void paint_faded_card(const struct painter *painter, const struct graph_card *card, size_t first,
                      bool fading)
{
    for (size_t i = first; i < painter->scene->draw_count; i++) {
        if (!begins_living(painter, card, &painter->scene->draws[i])) {
            weaken(painter, i, i + 1, fading ? 1 - (1 - FADED) * painter->land : FADED);
            continue;
        }
        for (int open = 1; open > 0; open += painter->scene->draws[i].kind == DRAW_GROUP) {
            open -= painter->scene->draws[++i].kind == DRAW_GROUP_END;
        }
    }
}

size_t paint_begin_held(const struct painter *painter, struct rect hold)
{
    if (hold.w > 0) {
        scene_clip(painter->scene, paint_rect_at(painter, hold));
    }
    return painter->scene->draw_count;
}

void paint_end_held(const struct painter *painter, size_t first, struct rect hold, float alpha)
{
    if (alpha < 1) {
        paint_weaker(painter, first, fmaxf(alpha, 0.001f));
    }
    if (hold.w > 0) {
        scene_clip_end(painter->scene);
    }
}

void paint_weaker(const struct painter *painter, size_t first, float by)
{
    weaken(painter, first, painter->scene->draw_count, by);
}
