/* The ring around a card that is selected or pointed at. */

#include "render/graph_paint.h"

static struct rect grown(struct rect rect, float by)
{
    return (struct rect){ rect.x - by, rect.y - by, rect.w + 2 * by, rect.h + 2 * by };
}

void paint_ring(const struct painter *painter, struct rect body, float radius, enum ink ink,
                float width, float alpha)
{
    paint_box(painter, grown(body, 3.5f),
              &(struct draw_rect){ .radius = radius + 3.5f,
                                   .stroke = ink,
                                   .width = paint_line(painter, width),
                                   .alpha = alpha });
}

static bool is_target(const struct painter *painter, const struct target *target, int index)
{
    const struct graph_card *card = &painter->model->cards[index];
    switch (target->kind) {
    case TARGET_TENSOR:
    case TARGET_DRAWER:
    case TARGET_LEDGER:
        return card->group ? graph_model_find_target(painter->model, *target) == index
                           : card->tensor && target->id == card->tensor;
    case TARGET_OP:
        return card->group ? graph_model_find_target(painter->model, *target) == index
                           : card->op && target->id == card->op;
    case TARGET_NODE:
        return card->group ? graph_model_find_target(painter->model, *target) == index
                           : card->node && target->id == card->node;
    case TARGET_FOLD:
        return card->group && target->id == card->group->key;
    case TARGET_NONE:
    case TARGET_EDGE:
    case TARGET_MODULE:
    case TARGET_LINE:
    case TARGET_STOP:
    case TARGET_MOMENT:
    case TARGET_COMMAND:
    case TARGET_PANEL:
    case TARGET_MAP:
    case TARGET_DIVIDER:
    case TARGET_CELL:
    case TARGET_PLACE:
    case TARGET_ELEMENT:
    case TARGET_LESSON:
    case TARGET_ROOM:
    case TARGET_LITERAL:
    case TARGET_PARAM:
        break;
    }
    return false;
}

void paint_pointed(const struct painter *painter, int card, struct rect body, float radius)
{
    const struct view_state *state = painter->view->state;
    if (is_target(painter, &state->selected, card)) {
        paint_ring(painter, body, radius, INK_SELECTION, 2.5f, 1);
    } else if (is_target(painter, &state->hovered, card)) {
        paint_ring(painter, body, radius, INK_SELECTION, 2, 0.6f);
    }
}
