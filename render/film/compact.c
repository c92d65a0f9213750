#include "render/film/compact.h"

#include <math.h>
#include <string.h>

/* In em of text. */
static const float PAD = 0.5f, WIDEST = 10, HEIGHT = 2.75f, GAP = 1.2f, RANK_GAP = 1.4f;
static const float CONSTANT_HEIGHT = 1.6f, TERSE_HEIGHT = 1.5f, TERSE_GAP = 0.7f,
                   TERSE_RANK_GAP = 0.75f;

const char *compact_module(const struct graph_card *card, const struct trace *trace,
                           struct arena *arena)
{
    const struct trace_op *const op = card->kind == CARD_LEAF ? NULL : trace_op(trace, card->op);
    const struct trace_module *const module = op ? trace_module(trace, op->record->module) : NULL;

    return module ? trace_module_path(trace, module, arena) : "";
}

/* "model.fc2 · @ +", "Σ · ()": what it is, what tells most first, which is not cut. */
static const char *detail_of(const struct view *view, const struct graph_card *card)
{
    const struct trace *const trace = view->runs[0].trace;
    const struct trace_tensor *const tensor = trace_tensor(trace, card->tensor);
    const char *const module = compact_module(card, trace, view->arena);
    const char *const symbol = card->symbol ? card->symbol : "";

    if (module[0]) {
        return arena_format(view->arena, "%s%s%s", module, symbol[0] ? " · " : "", symbol);
    }
    const char *const shape = tensor ? graph_shape_text(tensor, view->arena) : "";
    return arena_format(view->arena, "%s%s%s", symbol, symbol[0] && shape[0] ? " · " : "", shape);
}

static const char *label_of(const struct view *view, const struct graph_card *card)
{
    return card->kind == CARD_CONSTANT     ? view_number(view, card->number)
           : card->label && card->label[0] ? card->label
                                           : "·";
}

/* "h · ReLU" */
static const char *terse_label(const struct view *view, const struct graph_card *card)
{
    const char *const label = label_of(view, card);
    const char *const symbol = card->symbol && card->kind != CARD_CONSTANT ? card->symbol : "";

    return symbol[0] ? arena_format(view->arena, "%s · %s", label, symbol) : label;
}

static float width_of(const struct view *view, const struct graph_card *card, bool terse)
{
    const char *const label = terse ? terse_label(view, card) : label_of(view, card);
    const char *const detail = terse ? "" : detail_of(view, card);
    const float text = view->type.text, caption = view->type.caption;
    const float wide =
        fmaxf(text * fonts_measure(view->fonts, TYPE_MONO_BOLD, label, strlen(label)),
              caption * fonts_measure(view->fonts, TYPE_UI, detail, strlen(detail)));

    return fminf(wide, WIDEST * text) + 2 * PAD * text;
}

static float height_of(const struct view *view, const struct graph_card *card, bool terse)
{
    return view->type.text * (terse                         ? TERSE_HEIGHT
                              : card->kind == CARD_CONSTANT ? CONSTANT_HEIGHT
                                                            : HEIGHT);
}

void compact_build(struct compact *compact, const struct view *view, size_t frame,
                   struct compact_form form)
{
    struct arena *const arena = view->arena;

    *compact = (struct compact){ .form = form };
    film_cards_build(&compact->cards, view, frame);
    const struct graph_model *const model = &compact->cards.model;
    struct layout_box *const boxes =
        arena_allocate(arena, (size_t)model->card_count + 1, sizeof(*boxes));
    struct layout_edge *const edges =
        arena_allocate(arena, (size_t)model->edge_count + 1, sizeof(*edges));
    compact->sizes = arena_allocate(arena, (size_t)model->card_count + 1, sizeof(struct point));
    for (int i = 0; i < model->card_count; i++) {
        const struct point size = { width_of(view, &model->cards[i], form.terse),
                                    height_of(view, &model->cards[i], form.terse) };
        compact->sizes[i] = size;
        boxes[i] = (struct layout_box){ size.x, size.y, 0 };
    }
    for (int i = 0; i < model->edge_count; i++) {
        edges[i] = (struct layout_edge){ .from = model->edges[i].from, .to = model->edges[i].to };
    }
    const float gap = form.terse ? TERSE_GAP : GAP;
    const float rank_gap = form.terse && form.down ? TERSE_RANK_GAP : RANK_GAP;
    layout_layered(&compact->layout, &(struct layout_input){ .boxes = boxes,
                                                             .box_count = model->card_count,
                                                             .edges = edges,
                                                             .edge_count = model->edge_count,
                                                             .gap = gap * view->type.text,
                                                             .rank_gap = rank_gap * view->type.text,
                                                             .down = form.down });
}

void compact_finish(struct compact *compact)
{
    film_cards_finish(&compact->cards);
    layout_finish(&compact->layout);
}

struct rect compact_card(const struct compact *compact, int card, struct point origin, float scale)
{
    const struct point at = compact->layout.boxes[card], size = compact->sizes[card];

    return (struct rect){ origin.x + at.x * scale, origin.y + at.y * scale, size.x * scale,
                          size.y * scale };
}

static void draw_edges(const struct compact *compact, const struct view *view, struct point origin,
                       float scale, struct scene *scene)
{
    const struct graph_model *const model = &compact->cards.model;

    for (int i = 0; i < model->edge_count; i++) {
        const struct layout_curve curve = compact->layout.edges[i];
        struct point *const points =
            arena_allocate(view->arena, (size_t)curve.count + 1, sizeof(*points));
        for (int k = 0; k < curve.count; k++) {
            points[k] = (struct point){ origin.x + curve.points[k].x * scale,
                                        origin.y + curve.points[k].y * scale };
        }
        scene_path(scene, &(struct draw_path){ .points = points,
                                               .count = (size_t)curve.count,
                                               .curves = true,
                                               .stroke = INK_FORWARD,
                                               .width = fmaxf(1.2f, view->type.text * 0.09f),
                                               .head_end = view->type.text * 0.6f * scale });
    }
}

static void draw_line(const char *text, struct rect box, float y, float size, enum type_role role,
                      enum ink ink, struct scene *scene)
{
    scene_text(scene, &(struct draw_text){ .at = { box.x + box.w / 2, box.y + y },
                                           .bytes = text,
                                           .role = role,
                                           .size = size,
                                           .ink = ink,
                                           .align = ALIGN_CENTRE,
                                           .max_width = box.w - 0.5f * size });
}

/* Kinds by their shape, as everywhere: leaves have corners, constants no border. */
static void draw_card(const struct compact *compact, const struct view *view, int index,
                      struct rect box, bool whole, float scale, struct scene *scene)
{
    const struct graph_card *const card = &compact->cards.model.cards[index];
    const float text = view->type.text * scale;
    const float caption = view->type.caption * fmaxf(scale, 1); /* never below what can be read */
    const bool constant = card->kind == CARD_CONSTANT;

    scene_group(scene, &(struct draw_group){ .target = { card->tensor ? TARGET_TENSOR : TARGET_NONE,
                                                         card->tensor, 0 },
                                             .bounds = box,
                                             .title = label_of(view, card) });
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = card->kind == CARD_LEAF ? 0 : text * 0.5f,
                                           .fill = INK_CARD,
                                           .stroke = constant     ? INK_NONE
                                                     : card->node ? INK_FORWARD
                                                                  : INK_CARD_LINE,
                                           .width = fmaxf(1, text * 0.09f) });
    const bool terse = compact->form.terse;
    if (whole) {
        draw_line(terse ? terse_label(view, card) : label_of(view, card), box,
                  text * (terse ? 1.1f : 1.15f), text, TYPE_MONO_BOLD, INK_TEXT, scene);
    }
    if (whole && !constant && !terse) {
        draw_line(detail_of(view, card), box, text * 1.25f + caption * 1.15f, caption, TYPE_UI,
                  INK_TEXT_SECOND, scene);
    }
    scene_group_end(scene);
}

static bool holds(struct rect outer, struct rect inner)
{
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

void compact_draw(const struct compact *compact, const struct view *view, struct rect area,
                  struct point origin, float scale, struct scene *scene)
{
    draw_edges(compact, view, origin, scale, scene);
    for (int i = 0; i < compact->cards.model.card_count; i++) {
        const struct rect box = compact_card(compact, i, origin, scale);
        draw_card(compact, view, i, box, holds(area, box), scale, scene);
    }
}
