/* The gradient below a card: the drawer of a leaf, which keeps it, or what passes through. */

#include <math.h>
#include <string.h>

#include "lessons/trace/places.h"
#include "render/ghost.h"
#include "render/graph/paint.h"

static const float SQUARE = 1.5f;

static float alpha_of(const struct painter *painter, bool fresh)
{
    return fresh ? fmaxf(painter->land, 0.001f) : 1;
}

/* "None", "18", or "18 + 18 = 36"; NULL when it is no single number. */
static const char *drawer_text(const struct painter *painter, const struct drawer_moment *drawer)
{
    const char *total = paint_number(painter, drawer->total);
    const char *before = paint_number(painter, drawer->before);
    const char *added = paint_number(painter, drawer->added);
    if (!drawer->total) {
        return "None";
    }
    if (total && before && added) {
        return arena_format(painter->view->arena, "%s + %s %s", before, added,
                            equals_number(painter->view->arena, total));
    }
    return total;
}

void paint_drawer_value(const struct painter *painter, const struct drawer_moment *drawer,
                        const struct paint_value *look)
{
    const struct rect box = look->box;
    float size = look->size;
    const char *text = drawer_text(painter, drawer);
    if (!text) {
        struct paint_value value = *look;
        value.value = drawer->total;
        value.fresh = drawer->fresh;
        paint_value(painter, &value);
        return;
    }
    /* What was in it goes first. */
    const char *was = painter->land < 0.5f ? paint_number(painter, drawer->emptied) : NULL;
    if (was) {
        paint_label(painter, &(struct paint_label){ .box = box,
                                                    .text = was,
                                                    .role = TYPE_UI_BOLD,
                                                    .size = size,
                                                    .ink = INK_TEXT,
                                                    .align = ALIGN_CENTRE,
                                                    .alpha = 1 - 2 * painter->land });
        return;
    }
    const enum type_role role = drawer->total ? TYPE_UI_BOLD : TYPE_MONO;
    if (!drawer->total || paint_width(painter, role, text, size) > box.w) {
        size = fminf(size, UNIT_TEXT);
    }
    if (paint_width(painter, role, text, size) > box.w && drawer->total) {
        text = paint_number(painter, drawer->total); /* the ledger has the whole sum */
    }
    paint_label(painter, &(struct paint_label){ .box = box,
                                                .text = text,
                                                .role = role,
                                                .size = size,
                                                .ink = drawer->total ? INK_TEXT : INK_TEXT_SECOND,
                                                .align = ALIGN_CENTRE,
                                                .alpha = alpha_of(painter, drawer->fresh) });
}

/* A closed box is not called as its result. */
static const char *tensor_label(const struct graph_card *card)
{
    return card->group ? card->group->result : card->label;
}

/* "w.grad"; "w.grad (old)" where `w` is another tensor by now. */
static const char *drawer_title(const struct painter *painter, const struct graph_card *card)
{
    const struct view *const view = painter->view;
    const struct trace *const trace = view->runs[0].trace;
    const struct trace_tensor *const tensor = trace_tensor(trace, card->tensor);

    if (card->kind == CARD_ACCUMULATE) {
        return ".grad";
    }
    return tensor && trace_is_renamed(trace, tensor, view->runs[0].moment)
               ? arena_format(view->arena, "%s.grad (%s)", tensor_label(card),
                              view_word(view, "old"))
               : arena_format(view->arena, "%s.grad", tensor_label(card));
}

/* Alone where the stage cuts it: there is more below. */
static void paint_drawer_box(const struct painter *painter, const struct card_moment *now,
                             struct rect box)
{
    paint_box(painter, box,
              &(struct draw_rect){ .radius = SQUARE,
                                   .fill = now->drawer.total ? INK_BACKWARD_SOFT : INK_CARD,
                                   .stroke = now->drawer.total ? INK_BACKWARD : INK_LEAF,
                                   .width = paint_line(painter, now->drawer.fresh ? 3 : 1.6f) });
}

static void paint_drawer(const struct painter *painter, const struct graph_card *card,
                         const struct card_moment *now, struct rect box)
{
    const bool row = graph_gradient_is_row(card, painter->model->units);
    const float line = painter->model->units.caption * (row ? 1.22f : 1.36f);
    const char *const title = drawer_title(painter, card);
    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_DRAWER, .id = card->tensor },
                                      .bounds = paint_rect_at(painter, box),
                                      .title = title });
    paint_drawer_box(painter, now, box);
    paint_label(painter, &(struct paint_label){ .box = { box.x + 7, box.y + 2, box.w - 14, line },
                                                .text = paint_path(painter, TYPE_MONO, title,
                                                                   painter->model->units.caption,
                                                                   box.w - 14),
                                                .role = TYPE_MONO,
                                                .size = painter->model->units.caption,
                                                .ink = INK_TEXT_SECOND });
    const char *was = ghost_grad(painter->view, card->tensor);
    const float word = paint_width(painter, TYPE_MONO, title, painter->model->units.caption) + 14;
    if (was && box.w - word - 14 > 4 * painter->model->units.caption) {
        paint_label(painter, &(struct paint_label){
                                 .box = { box.x + word, box.y + 2, box.w - word - 7, line },
                                 .text = ghost_text(painter->view, was),
                                 .role = TYPE_UI,
                                 .size = painter->model->units.caption,
                                 .ink = INK_TEXT_SECOND,
                                 .align = ALIGN_RIGHT });
    }
    paint_drawer_value(
        painter, &now->drawer,
        &(struct paint_value){
            .box = { box.x + 4, box.y + line + 2, box.w - 8, box.h - line - (row ? 3 : 6) },
            .form = &card->form,
            .tensor = card->tensor,
            .size = row ? UNIT_TEXT : painter->model->units.value,
        });
    scene_group_end(painter->scene);
}

/* Some of the paths have come: "9 + …". */
static const char *partial_text(const struct painter *painter, const struct card_moment *now)
{
    struct text text = { 0 };
    for (size_t i = 0; i < now->part_count; i++) {
        const char *part = paint_number(painter, now->parts[i]);
        text_append_string(&text, part ? part : "·");
        text_append_string(&text, " + ");
    }
    text_append_string(&text, "…");
    const char *copy = arena_copy_text(painter->view->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static void paint_passing_value(const struct painter *painter, const struct graph_card *card,
                                const struct card_moment *now, struct rect box, float size)
{
    if (now->arrived) {
        paint_value(painter, &(struct paint_value){ .box = box,
                                                    .form = &card->form,
                                                    .tensor = card->tensor,
                                                    .value = now->arrived,
                                                    .size = size,
                                                    .fresh = now->arrived_fresh });
    } else if (now->part_count > 0) {
        paint_label(painter, &(struct paint_label){ .box = box,
                                                    .text = partial_text(painter, now),
                                                    .role = TYPE_UI_BOLD,
                                                    .size = UNIT_TEXT,
                                                    .ink = INK_TEXT,
                                                    .align = ALIGN_CENTRE });
    }
}

/* The size of the number beside the words: where they would be cut, that of captions. */
static float beside_words(const struct painter *painter, const struct graph_card *card,
                          const char *number, float width)
{
    const float caption = painter->model->units.caption;
    const char *const words = paint_derivative(painter, card, width);
    const float both = paint_width(painter, TYPE_UI_BOLD, number, UNIT_TEXT) +
                       paint_width(painter, TYPE_UI_BOLD, words, caption);

    return both <= width ? UNIT_TEXT : fminf(caption, UNIT_TEXT);
}

/* What it is the derivative by at the left, its number at the right. */
static void paint_passing_row(const struct painter *painter, const struct graph_card *card,
                              const struct card_moment *now, struct rect row)
{
    const char *const number = now->arrived          ? paint_number(painter, now->arrived)
                               : now->part_count > 0 ? partial_text(painter, now)
                                                     : NULL;
    const float gap = 6;
    const float size = number ? beside_words(painter, card, number, row.w - gap) : UNIT_TEXT;
    const float w = number ? paint_width(painter, TYPE_UI_BOLD, number, size) + gap : 0;
    const struct rect words = { row.x, row.y, row.w - w, row.h };
    paint_label(painter, &(struct paint_label){ .box = words,
                                                .text = paint_derivative(painter, card, words.w),
                                                .role = TYPE_UI_BOLD,
                                                .size = painter->model->units.caption,
                                                .ink = INK_TEXT });
    paint_passing_value(painter, card, now, (struct rect){ row.x + row.w - w, row.y, w, row.h },
                        size);
}

/* Below a heat map stands its range, which may be wider. */
static float width_of_cells(const struct painter *painter, const struct graph_card *card,
                            const struct card_moment *now, float most)
{
    const float size = painter->model->units.caption;
    const float cells = fmaxf(card->form.w, size * 4);

    if (card->form.look != VALUE_HEAT || !now->arrived) {
        return cells;
    }
    const char *const range = paint_range_text(painter, now->arrived);
    const float wide = paint_width(painter, TYPE_UI, range, size) + 2;
    return wide <= most ? fmaxf(cells, wide) : cells;
}

/* Cells at the right; at the left what they are the derivative by, and what becomes of them. */
static void paint_passing_abreast(const struct painter *painter, const struct graph_card *card,
                                  const struct card_moment *now, struct rect box)
{
    const float size = painter->model->units.caption, line = size * 1.36f, gap = 6;
    const float cells = width_of_cells(painter, card, now, box.w * 0.6f);
    const bool told = graph_gradient_is_told(painter->model);
    const struct rect words = { box.x + 6, box.y + box.h / 2 - (told ? line : line / 2),
                                box.w - cells - 3 * gap, line };
    paint_label(painter, &(struct paint_label){ .box = words,
                                                .text = paint_derivative(painter, card, words.w),
                                                .role = TYPE_UI_BOLD,
                                                .size = size,
                                                .ink = INK_TEXT });
    if (told && (now->arrived || now->part_count > 0)) {
        paint_label(painter,
                    &(struct paint_label){ .box = { words.x, words.y + line, words.w, line },
                                           .text = view_word(painter->view, "passing, not kept"),
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND });
    }
    paint_passing_value(painter, card, now,
                        (struct rect){ box.x + box.w - cells - gap, box.y + 3, cells, box.h - 6 },
                        UNIT_TEXT);
}

static void paint_passing(const struct painter *painter, const struct graph_card *card,
                          const struct card_moment *now, struct rect box)
{
    const struct view *view = painter->view;
    const float size = painter->model->units.caption, line = size * 1.36f;
    const bool there = now->arrived || now->part_count > 0;
    if (!painter->moment->backward || (!there && now->parts_in_all == 0)) {
        return; /* no walk, or one that never comes here */
    }
    scene_group(painter->scene,
                &(struct draw_group){
                    .target = paint_target(painter, card, TARGET_DRAWER),
                    .bounds = paint_rect_at(painter, box),
                    .title = arena_format(view->arena, "%s.grad → None", tensor_label(card)) });
    paint_box(painter, box,
              &(struct draw_rect){ .radius = 9,
                                   .fill = there ? INK_BACKWARD_SOFT : INK_NONE,
                                   .stroke = INK_BACKWARD,
                                   .width = paint_line(painter, now->arrived_fresh ? 2.4f : 1.5f),
                                   .dashed = true,
                                   .alpha = there ? 1 : 0.55f });
    const float words = graph_gradient_is_told(painter->model) ? line + 2 : 0;
    struct rect at = { box.x + 6, box.y + 2, box.w - 12, line };
    if (card->abreast) {
        paint_passing_abreast(painter, card, now, box);
        scene_group_end(painter->scene);
        return;
    }
    if (graph_gradient_is_row(card, painter->model->units)) {
        at.h = box.h - words - 2;
        paint_passing_row(painter, card, now, at);
    } else {
        paint_label(painter, &(struct paint_label){ .box = at,
                                                    .text = paint_derivative(painter, card, at.w),
                                                    .role = TYPE_UI_BOLD,
                                                    .size = size,
                                                    .ink = INK_TEXT,
                                                    .align = ALIGN_CENTRE });
        at.y += line;
        at.h = box.h - line - words - 4;
        paint_passing_value(painter, card, now, at, painter->model->units.value);
    }
    if (there && words > 0) {
        at.y += at.h;
        at.h = line;
        paint_label(painter, &(struct paint_label){ .box = at,
                                                    .text = view_word(view, "passing, not kept"),
                                                    .role = TYPE_UI,
                                                    .size = size,
                                                    .ink = INK_TEXT_SECOND,
                                                    .align = ALIGN_CENTRE });
    }
    scene_group_end(painter->scene);
}

/* Of what is no leaf: from its first gradient on, that retain_grad lets it keep. */
static bool has_drawer(const struct painter *painter, const struct graph_card *card)
{
    const struct run_view *const run = &painter->view->runs[0];
    const struct trace_tensor *const tensor = trace_tensor(run->trace, card->tensor);
    return card->kind != CARD_RESULT || !tensor || tensor->grad_count == 0 ||
           tensor->grads[0].since < run->moment;
}

void paint_gradient(const struct painter *painter, const struct graph_card *card,
                    const struct card_moment *now, struct rect rect)
{
    if (!paint_is_whole(painter, rect_in(rect, card->gradient))) {
        if (card->drawer && has_drawer(painter, card)) {
            paint_drawer_box(painter, now, rect_in(rect, card->gradient));
        }
        return;
    }
    if (card->drawer && has_drawer(painter, card)) {
        paint_drawer(painter, card, now, rect_in(rect, card->gradient));
    } else if (card->passing) {
        paint_passing(painter, card, now, rect_in(rect, card->gradient));
    }
}
