/* A closed box of the graph: what it is called, what goes in and comes out, how many parameters, its
 * result and what is kept in it for backward. */

#include "render/graph/paint.h"

static const float ROUND = 12;

/* The other rounds of a repeat, as sheets below the first. */
static void paint_sheets(const struct painter *painter, struct rect body)
{
    for (int i = 2; i > 0; i--) {
        const float down = GRAPH_SHEET * (float)i, in = 5 * (float)i;
        paint_box(painter, (struct rect){ body.x + in, body.y + down, body.w - 2 * in, body.h },
                  &(struct draw_rect){ .radius = ROUND,
                                       .fill = INK_MODULE,
                                       .stroke = INK_MODULE_LINE,
                                       .width = paint_line(painter, 1.3f) });
    }
}

static void paint_group_lines(const struct painter *painter, const struct graph_card *card,
                              struct rect rect)
{
    const struct graph_group *group = card->group;
    const float caption = painter->model->units.caption;
    struct rect head = rect_in(rect, card->head);
    paint_chevron(painter, (struct point){ head.x + 5, head.y + head.h / 2 }, false);
    paint_label(painter, &(struct paint_label){ .box = head,
                                                .text = group->count,
                                                .role = TYPE_UI_BOLD,
                                                .size = UNIT_TEXT,
                                                .ink = INK_TEXT,
                                                .align = ALIGN_RIGHT });
    const float count = paint_width(painter, TYPE_UI_BOLD, group->count, UNIT_TEXT);
    head.x += GRAPH_CHEVRON;
    head.w -= GRAPH_CHEVRON + (count > 0 ? count + 8 : 0);
    const struct paint_label lines[] = {
        { .box = head, .text = card->label, .role = TYPE_MONO_BOLD, .size = UNIT_TEXT },
        { .box = rect_in(rect, group->detail_place), .text = group->detail, .size = caption },
        { .box = rect_in(rect, group->parameters_place),
          .text = group->parameters,
          .size = caption },
        { .box = rect_in(rect, card->caption),
          .text = group->shapes,
          .role = TYPE_MONO,
          .size = caption,
          .align = card->value.h > 0 ? ALIGN_CENTRE : ALIGN_LEFT },
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct paint_label line = lines[i];
        line.ink = i == 0 ? INK_TEXT : INK_TEXT_SECOND;
        paint_label(painter, &line);
    }
}

/* What stands in it for those that have not opened it. */
static void paint_group_result(const struct painter *painter, const struct graph_card *card,
                               const struct card_moment *now, struct rect rect)
{
    if (card->value.h > 0) {
        paint_value(painter, &(struct paint_value){ .box = rect_in(rect, card->value),
                                                    .form = &card->form,
                                                    .tensor = card->tensor,
                                                    .value = now->value,
                                                    .size = painter->model->units.value,
                                                    .fresh = now->value_fresh });
    }
    paint_saved_inside(painter, card->group, now, rect_in(rect, card->saved));
}

/* A closed box, in the colours of an open one. */
void paint_closed(const struct painter *painter, int index, struct rect body)
{
    const struct graph_card *card = &painter->model->cards[index];
    const struct card_moment *now = &painter->moment->cards[index];
    const struct graph_group *group = card->group;
    const bool marked = now->current || now->failed;
    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_FOLD, .id = group->key },
                                      .bounds = paint_rect_at(painter, body),
                                      .title = view_word(painter->view, "open (click)") });
    if (group->count[0]) {
        paint_sheets(painter, body);
    }
    paint_pointed(painter, index, body, ROUND);
    paint_box(painter, body,
              &(struct draw_rect){ .radius = ROUND,
                                   .fill = INK_MODULE,
                                   .stroke = now->failed    ? INK_ERROR
                                             : now->current ? paint_step_ink(painter)
                                                            : INK_MODULE_LINE,
                                   .width = paint_line(painter, marked ? 3 : 1.5f) });
    paint_group_lines(painter, card, body);
    paint_group_result(painter, card, now, body);
    if (now->failed) {
        paint_cross(painter, body);
    }
    scene_group_end(painter->scene);
    paint_gradient(painter, card, now, body);
}
