/* Cards without a tensor: a number of the code, and the arm of an `if` that was not taken. */

#include "render/graph/paint.h"

void paint_constant(const struct painter *painter, const struct graph_card *card, struct rect rect)
{
    paint_box(painter, rect, &(struct draw_rect){ .radius = 10, .fill = INK_MODULE });
    paint_label(painter, &(struct paint_label){ .box = rect_in(rect, card->value),
                                                .text = card->label,
                                                .role = TYPE_UI_BOLD,
                                                .size = UNIT_TEXT,
                                                .ink = INK_CONSTANT,
                                                .align = ALIGN_CENTRE });
    paint_caption_line(painter, rect_in(rect, card->caption), card->formula);
}

/* Dashed and empty, since nothing was computed there. */
void paint_arm(const struct painter *painter, const struct graph_card *card, struct rect rect)
{
    const struct graph_arm *const arm = card->arm;
    const float caption = painter->model->units.caption;
    const float line = arm->line_count > 0 ? card->value.h / (float)arm->line_count : 0;
    struct rect row = rect_in(rect, card->value);
    row.h = line;
    paint_box(painter, rect,
              &(struct draw_rect){ .radius = 10,
                                   .stroke = INK_TEXT_SECOND,
                                   .width = paint_line(painter, 1.4f),
                                   .dashed = true });
    paint_label(painter, &(struct paint_label){ .box = rect_in(rect, card->head),
                                                .text = card->label,
                                                .role = TYPE_MONO_BOLD,
                                                .size = UNIT_TEXT,
                                                .ink = INK_TEXT_SECOND });
    for (int i = 0; i < arm->line_count; i++, row.y += line) {
        paint_label(painter, &(struct paint_label){ .box = row,
                                                    .text = arm->lines[i],
                                                    .role = TYPE_MONO,
                                                    .size = caption,
                                                    .ink = INK_TEXT_SECOND });
    }
    paint_label(painter, &(struct paint_label){ .box = rect_in(rect, card->caption),
                                                .text = arm->who,
                                                .role = arm->taken ? TYPE_UI_BOLD : TYPE_UI_ITALIC,
                                                .size = caption,
                                                .ink = INK_TEXT_SECOND });
}
