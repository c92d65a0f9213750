/* The ring around a card that is selected or pointed at. */

#include "lessons/trace/versions.h"
#include "render/graph/paint.h"

static const float RING_AWAY = 3.5f;

static struct rect grown(struct rect rect, float by)
{
    return (struct rect){ rect.x - by, rect.y - by, rect.w + 2 * by, rect.h + 2 * by };
}

void paint_ring(const struct painter *painter, struct rect body, float radius, enum ink ink,
                float width, float alpha)
{
    paint_box(painter, grown(body, RING_AWAY),
              &(struct draw_rect){ .radius = radius + RING_AWAY,
                                   .stroke = ink,
                                   .width = paint_line(painter, width),
                                   .alpha = alpha });
}

struct rect paint_frame(const struct painter *painter, int card)
{
    const struct rect body = graph_card_body(painter->model, painter->layout, card);
    const bool ringed =
        painter->moment->cards[card].root && painter->model->cards[card].kind != CARD_GROUP;
    return ringed ? grown(body, RING_AWAY) : body;
}

struct target paint_target(const struct painter *painter, const struct graph_card *card,
                           enum target_kind of_tensor)
{
    const struct trace_tensor *const tensor =
        trace_tensor(painter->view->runs[0].trace, card->tensor);
    /* What has another node by the end, or none, after detach_. */
    const bool one_of_several =
        card->node && card->output == 0 && tensor &&
        (tensor->tracked_since != NEVER || card->node != trace_grad_fn_at(tensor, NEVER));
    const bool is_node = card->kind == CARD_NODE && of_tensor == TARGET_TENSOR;

    return is_node || one_of_several ? (struct target){ .kind = TARGET_NODE, .id = card->node }
                                     : (struct target){ .kind = of_tensor, .id = card->tensor };
}

/* A closed box stands for all that is in it; a card for its own tensor, operation and node. */
static bool is_target(const struct painter *painter, const struct target *target, int index)
{
    const struct graph_card *card = &painter->model->cards[index];
    const bool of_tensor = target->kind == TARGET_TENSOR || target->kind == TARGET_DRAWER ||
                           target->kind == TARGET_LEDGER;
    const int64_t own = of_tensor                     ? card->tensor
                        : target->kind == TARGET_OP   ? card->op
                        : target->kind == TARGET_NODE ? card->node
                                                      : 0;

    if (!card->group) {
        return own && own == target->id;
    }
    if (target->kind == TARGET_FOLD) {
        return target->id == card->group->key;
    }
    return (of_tensor || target->kind == TARGET_OP || target->kind == TARGET_NODE) &&
           graph_model_find_target(painter->model, *target) == index;
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
