#include "render/film/thumb.h"

#include <math.h>

/* Units of the plain layout, and what a unit may be at most, in em. */
static const float CARD_W = 18, CARD_H = 12, SMALL = 8, GAP = 7, RANK_GAP = 12;
static const float UNIT_MOST = 0.08f;

struct thumb {
    const struct view *view;
    const struct film_cards *cards;
    const struct layout *layout;
    struct point origin;
    float scale, line;
    struct scene *scene;
};

static void lay_out(const struct film_cards *cards, struct arena *arena, struct layout *layout)
{
    const struct graph_model *const model = &cards->model;
    struct layout_box *const boxes =
        arena_allocate(arena, (size_t)model->card_count + 1, sizeof(*boxes));
    struct layout_edge *const edges =
        arena_allocate(arena, (size_t)model->edge_count + 1, sizeof(*edges));

    for (int i = 0; i < model->card_count; i++) {
        const bool small = model->cards[i].kind == CARD_CONSTANT;
        boxes[i] = (struct layout_box){ small ? SMALL : CARD_W, small ? SMALL : CARD_H, 0 };
    }
    for (int i = 0; i < model->edge_count; i++) {
        edges[i] = (struct layout_edge){ .from = model->edges[i].from, .to = model->edges[i].to };
    }
    layout_layered(layout, &(struct layout_input){ .boxes = boxes,
                                                   .box_count = model->card_count,
                                                   .edges = edges,
                                                   .edge_count = model->edge_count,
                                                   .gap = GAP,
                                                   .rank_gap = RANK_GAP });
}

static struct rect box_of(const struct thumb *thumb, int card)
{
    const bool small = thumb->cards->model.cards[card].kind == CARD_CONSTANT;
    const struct point at = thumb->layout->boxes[card];

    return (struct rect){ thumb->origin.x + at.x * thumb->scale,
                          thumb->origin.y + at.y * thumb->scale,
                          (small ? SMALL : CARD_W) * thumb->scale,
                          (small ? SMALL : CARD_H) * thumb->scale };
}

static void draw_edges(const struct thumb *thumb)
{
    const struct graph_model *const model = &thumb->cards->model;

    for (int i = 0; i < model->edge_count; i++) {
        const struct rect from = box_of(thumb, model->edges[i].from);
        const struct rect to = box_of(thumb, model->edges[i].to);
        const struct point ends[] = { { from.x + from.w, from.y + from.h / 2 },
                                      { to.x, to.y + to.h / 2 } };
        scene_path(thumb->scene,
                   &(struct draw_path){ .points = ends,
                                        .count = 2,
                                        .stroke = model->edges[i].wire.node ? INK_FORWARD
                                                                            : INK_TEXT_SECOND,
                                        .width = thumb->line });
    }
}

/* New against the frame before: a plus, in a shape of its own whatever its colour. */
static void draw_plus(const struct thumb *thumb, struct rect box)
{
    const float half = fminf(box.w, box.h) * 0.34f, line = fmaxf(1.2f, half * 0.45f);
    const struct point c = { box.x + box.w / 2, box.y + box.h / 2 };

    scene_rect(thumb->scene,
               &(struct draw_rect){ .rect = { c.x - half, c.y - line / 2, 2 * half, line },
                                    .fill = INK_SELECTION });
    scene_rect(thumb->scene,
               &(struct draw_rect){ .rect = { c.x - line / 2, c.y - half, line, 2 * half },
                                    .fill = INK_SELECTION });
}

static void draw_card(const struct thumb *thumb, int index)
{
    const struct graph_card *const card = &thumb->cards->model.cards[index];
    const bool fresh = thumb->cards->alone[index], leaf = card->kind == CARD_LEAF;
    const struct rect box = box_of(thumb, index);

    scene_rect(thumb->scene,
               &(struct draw_rect){ .rect = box,
                                    .radius = leaf ? 0 : box.h * 0.3f,
                                    .fill = fresh        ? INK_SELECTION_SOFT
                                            : leaf       ? INK_CARD
                                            : card->node ? INK_FORWARD_SOFT
                                                         : INK_CARD,
                                    .stroke = fresh                  ? INK_SELECTION
                                              : card->node           ? INK_FORWARD
                                              : leaf && card->drawer ? INK_LEAF
                                                                     : INK_TEXT_SECOND,
                                    .width = thumb->line * (fresh ? 1.6f : 1) });
    if (fresh) {
        draw_plus(thumb, box);
    }
}

void film_thumb(const struct view *view, const struct film_cards *cards, struct rect box,
                struct scene *scene)
{
    struct layout layout;

    if (cards->model.card_count == 0) {
        return;
    }
    lay_out(cards, view->arena, &layout);
    const float fit = fminf(box.w / fmaxf(layout.w, 1), box.h / fmaxf(layout.h, 1));
    const float scale = fminf(fit, view->type.caption * UNIT_MOST);
    const struct thumb thumb = { .view = view,
                                 .cards = cards,
                                 .layout = &layout,
                                 .origin = { box.x + (box.w - layout.w * scale) / 2,
                                             box.y + (box.h - layout.h * scale) / 2 },
                                 .scale = scale,
                                 .line = fmaxf(view->type.caption / 13, 1),
                                 .scene = scene };
    draw_edges(&thumb);
    for (int i = 0; i < cards->model.card_count; i++) {
        draw_card(&thumb, i);
    }
    layout_finish(&layout);
}
