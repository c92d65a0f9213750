/* Where paths meet: what comes along each of them and its sum, before the card that they reach. */

#include <math.h>
#include <string.h>

#include "render/graph/paint.h"
#include "render/screen.h"

/* Of more parts than these a sum names the first and the last. */
enum { SUM_PLACES = 12, SUM_PARTS = 5, SUM_HEAD = 2 };
static const float SUM_LINE = 1.3f, SUM_PAD = 6, SUM_APART = 4;

/* Both edges of y * y: then the sum stands between the two lines. */
static bool paths_are_parallel(const struct graph_model *model, int card)
{
    int other = -1, count = 0;
    for (int i = 0; i < model->edge_count; i++) {
        const struct graph_edge *edge = &model->edges[i];
        if (edge->from == card && edge->wire.node) {
            if (other >= 0 && edge->to != other) {
                return false;
            }
            other = edge->to;
            count++;
        }
    }
    return count == 2;
}

/* "9 + 9 = 18": the contributions path by path, and what they are together. */
struct sum {
    const char *parts, *whole;
};

static struct sum sum_of(const struct painter *painter, const struct card_moment *now)
{
    struct arena *const arena = painter->view->arena;
    struct text text = { 0 };
    const char *const sum = paint_number(painter, now->arrived);
    if (!sum || now->part_count < 2) {
        return (struct sum){ "", "" };
    }
    for (size_t i = 0; i < now->part_count; i++) {
        const char *part = paint_number(painter, now->parts[i]);
        if (i == SUM_HEAD && now->part_count > SUM_PARTS) {
            text_append_string(&text, " + …");
            i = now->part_count - 2;
            continue;
        }
        const bool negative = i > 0 && part && part[0] == '-';
        text_append_string(&text, i > 0 ? " + " : "");
        text_format(&text, negative ? "(%s)" : "%s", part ? part : "·");
    }
    const char *const parts = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return (struct sum){ parts, equals_number(arena, sum) };
}

/* Between two parallel lines; else beside the card, where the fewest lines are met. */
static struct rect sum_place(const struct painter *painter, int index, float w, float h)
{
    const struct graph_card *card = &painter->model->cards[index];
    const struct rect rect = graph_card_rect(painter->model, painter->layout, index);
    struct rect best = { rect.x + rect.w + (painter->model->rank_gap - w) / 2,
                         rect.y + card->body_h / 2 - h / 2, w, h };
    if (paths_are_parallel(painter->model, index)) {
        return best;
    }
    float least = INFINITY;
    for (int step = 0; step <= SUM_PLACES; step++) {
        const struct rect place = { rect.x + rect.w + 5,
                                    rect.y + (rect.h - h) * (float)step / SUM_PLACES, w, h };
        const float met = edges_in_rect(painter, place);
        if (met < least) {
            least = met;
            best = place;
        }
    }
    return best;
}

/* No card, and no line, stands there, and it is a part of the graph's own place. */
static bool is_free(const struct painter *painter, struct rect place)
{
    if (place.x < 0 || place.y < 0 || place.x + place.w > painter->layout->w ||
        place.y + place.h > painter->layout->h || !paint_is_whole(painter, place)) {
        return false;
    }
    for (int i = 0; i < painter->model->card_count; i++) {
        if (painter->moment->cards[i].visible &&
            paint_rects_meet(graph_card_rect(painter->model, painter->layout, i), place)) {
            return false;
        }
    }
    return edges_in_rect(painter, place) <= 0;
}

/* Of what has no room between the cards: above the card or below what hangs there, in two lines if they are no
 * wider than it. */
static bool find_outer_place(const struct painter *painter, int index, float w, struct rect *place)
{
    const struct rect card = graph_card_rect(painter->model, painter->layout, index);
    const float h = 2 * UNIT_TEXT * SUM_LINE, x = card.x + (card.w - w) / 2;
    const float tops[] = { card.y - SUM_APART - h, card.y + card.h + SUM_APART };

    for (int i = 0; i < 2 && w <= card.w; i++) {
        *place = (struct rect){ x, tops[i], w, h };
        if (is_free(painter, *place)) {
            return true;
        }
    }
    return false;
}

static void paint_line_of_sum(const struct painter *painter, struct rect box, const char *text,
                              float alpha)
{
    paint_label(painter, &(struct paint_label){ .box = box,
                                                .text = text,
                                                .role = TYPE_UI_BOLD,
                                                .size = UNIT_TEXT,
                                                .ink = INK_TEXT,
                                                .align = ALIGN_CENTRE,
                                                .alpha = alpha });
}

void paint_sum(const struct painter *painter, int index)
{
    const struct card_moment *now = &painter->moment->cards[index];
    const struct graph_card *card = &painter->model->cards[index];
    const struct sum sum = now->visible ? sum_of(painter, now) : (struct sum){ "", "" };
    if (!sum.parts[0] || !paint_can_read(painter, UNIT_TEXT)) {
        return;
    }
    const char *const line = arena_format(painter->view->arena, "%s %s", sum.parts, sum.whole);
    const float h = UNIT_TEXT * SUM_LINE, gap = painter->model->rank_gap;
    const float whole = paint_width(painter, TYPE_UI_BOLD, line, UNIT_TEXT) + SUM_PAD;
    const float parts = paint_width(painter, TYPE_UI_BOLD, sum.parts, UNIT_TEXT) + SUM_PAD;
    const float alone = paint_width(painter, TYPE_UI_BOLD, sum.whole, UNIT_TEXT) + SUM_PAD;
    struct rect pill;
    const bool two = whole > gap && find_outer_place(painter, index, fmaxf(parts, alone), &pill);
    if (!two) {
        /* What fits nowhere is for the pointer and the ledger. */
        if (fminf(whole, alone) > gap) {
            return;
        }
        pill = sum_place(painter, index, whole <= gap ? whole : alone, h);
    }
    if (!paint_is_whole(painter, pill)) {
        return;
    }
    const float alpha = now->arrived_fresh ? fmaxf(painter->land, 0.001f) : 1;
    painter->scene->layer = now->arrived_fresh ? LAYER_MOVING : LAYER_STILL;
    scene_group(painter->scene,
                &(struct draw_group){
                    .target = { .kind = TARGET_LEDGER, .id = card->tensor },
                    .bounds = paint_rect_at(painter, pill),
                    .title = arena_format(painter->view->arena, "%s: %s",
                                          view_word(painter->view, "sum over paths"), line) });
    paint_box(painter, pill, &(struct draw_rect){ .radius = 4, .fill = INK_PAGE, .alpha = alpha });
    if (two) {
        paint_line_of_sum(painter, (struct rect){ pill.x, pill.y, pill.w, h }, sum.parts, alpha);
        paint_line_of_sum(painter, (struct rect){ pill.x, pill.y + h, pill.w, h }, sum.whole,
                          alpha);
    } else {
        paint_line_of_sum(painter, pill, whole <= gap ? line : sum.whole, alpha);
    }
    scene_group_end(painter->scene);
    painter->scene->layer = LAYER_STILL;
}
