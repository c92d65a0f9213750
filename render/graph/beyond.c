/* At the borders of the stage: how many cards lie beyond each, while a class sees only those that are
 * whole. */

#include <string.h>

#include "render/graph/paint.h"

enum side { SIDE_LEFT, SIDE_RIGHT, SIDE_ABOVE, SIDE_BELOW, SIDES };

static const char *const before[SIDES] = { "← ", "", "↑ ", "↓ " };
static const char *const behind[SIDES] = { "", " →", "", "" };

/* Where most of the card is that is not whole. */
static enum side side_of(struct rect area, struct rect card)
{
    const float over[SIDES] = {
        area.x - card.x,
        card.x + card.w - area.x - area.w,
        area.y - card.y,
        card.y + card.h - area.y - area.h,
    };
    enum side most = SIDE_LEFT;
    for (enum side side = SIDE_RIGHT; side < SIDES; side++) {
        most = over[side] > over[most] ? side : most;
    }
    return most;
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/* What hangs below a card may be cut off and the card stand there all the same. */
static bool is_shown(const struct painter *painter, int card)
{
    return paint_is_whole(painter, graph_card_body(painter->model, painter->layout, card));
}

/* A card that is cut is drawn all the same where the step is about it, and where none of it could be whole. */
static bool is_drawn(const struct painter *painter, int card)
{
    const struct rect body = graph_card_body(painter->model, painter->layout, card);
    return card == painter->moment->focus || is_shown(painter, card) ||
           body.w * painter->zoom > painter->area.w || body.h * painter->zoom > painter->area.h;
}

/* No card is hidden there, nor what hangs below it: before a backward that is an empty place. */
static bool is_free(const struct painter *painter, struct rect place)
{
    for (int i = 0; i < painter->model->card_count; i++) {
        const bool hangs = painter->moment->backward || painter->model->cards[i].drawer;
        const struct rect card = hangs ? graph_card_rect(painter->model, painter->layout, i)
                                       : graph_card_body(painter->model, painter->layout, i);
        if (painter->moment->cards[i].visible && is_drawn(painter, i) &&
            overlap(place, paint_rect_at(painter, card))) {
            return false;
        }
    }
    return true;
}

/* At the border, as near to its middle as there is room. */
static bool find_place(const struct painter *painter, enum side side, struct rect *place)
{
    enum { STEPS = 10 };
    static const float RIM = 4;
    const struct rect area = painter->area;
    const bool upright = side == SIDE_LEFT || side == SIDE_RIGHT;
    const float length = upright ? area.h - place->h : area.w - place->w;
    place->x = side == SIDE_RIGHT ? area.x + area.w - place->w - RIM : area.x + RIM;
    place->y = side == SIDE_BELOW ? area.y + area.h - place->h - RIM : area.y + RIM;
    for (int i = 0; i < 2 * STEPS; i++) {
        const float away = (float)((i + 1) / 2) / (2 * STEPS) * (i % 2 ? -1.0f : 1.0f);
        const float along = length * (0.5f + away);
        place->x = upright ? place->x : area.x + along;
        place->y = upright ? area.y + along : place->y;
        if (is_free(painter, *place)) {
            return true;
        }
    }
    return false;
}

static void paint_side(const struct painter *painter, enum side side, int count)
{
    const struct view *const view = painter->view;
    const float size = view->type.caption;
    const char *const text = arena_format(view->arena, "%s%d%s", before[side], count, behind[side]);
    const float w = fonts_measure(view->fonts, TYPE_UI_BOLD, text, strlen(text)) * size + size;
    struct rect place = { .w = w, .h = size * 1.5f };
    if (!find_place(painter, side, &place)) {
        return;
    }
    scene_group(painter->scene, &(struct draw_group){ .target = { .kind = TARGET_MAP, .id = 1 },
                                                      .bounds = place,
                                                      .title = "" });
    scene_rect(painter->scene, &(struct draw_rect){ .rect = place,
                                                    .radius = size * 0.4f,
                                                    .fill = INK_PANEL,
                                                    .stroke = INK_PANEL_LINE });
    scene_text(painter->scene, &(struct draw_text){ .at = { place.x + size / 2,
                                                            place.y + place.h / 2 + size * 0.36f },
                                                    .bytes = text,
                                                    .role = TYPE_UI_BOLD,
                                                    .size = size,
                                                    .ink = INK_TEXT_SECOND });
    scene_group_end(painter->scene);
}

void paint_beyond(const struct painter *painter)
{
    int counts[SIDES] = { 0 };
    for (int i = 0; i < painter->model->card_count && painter->whole_only; i++) {
        const struct rect card = graph_card_rect(painter->model, painter->layout, i);
        if (painter->moment->cards[i].visible && !painter->model->cards[i].beside &&
            !is_shown(painter, i)) {
            counts[side_of(painter->area, paint_rect_at(painter, card))]++;
        }
    }
    for (enum side side = SIDE_LEFT; side < SIDES; side++) {
        if (counts[side] > 0) {
            paint_side(painter, side, counts[side]);
        }
    }
}
