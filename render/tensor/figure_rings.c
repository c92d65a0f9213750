/* Outlines around the cells of a figure that belong together: the chosen one, those linked to it, and
 * the one that won. */

#include <math.h>

#include "render/tensor/figure.h"

struct rings {
    const struct figure *figure;
    struct scene *scene;
};

static struct rect unite(struct rect a, struct rect b)
{
    const float x = fminf(a.x, b.x), y = fminf(a.y, b.y);

    return (struct rect){ x, y, fmaxf(a.x + a.w, b.x + b.w) - x, fmaxf(a.y + a.h, b.y + b.h) - y };
}

static void outline(const struct rings *rings, struct rect at, enum ink ink, bool dashed)
{
    const float width = fmaxf(2, rings->figure->view->type.text * 0.1f);

    if (!dashed) { /* a pale rim: on a dark cell the line alone is not seen */
        scene_rect(rings->scene,
                   &(struct draw_rect){ .rect = at, .stroke = INK_CARD, .width = width + 2 });
    }
    scene_rect(rings->scene,
               &(struct draw_rect){ .rect = at, .stroke = ink, .width = width, .dashed = dashed });
}

static bool is_of_part(const struct figure *figure, const struct figure_part *part,
                       const struct tensor_cell *cell)
{
    const bool forward = figure->chosen_part == figure->count - 1;

    return !forward || figure->assigned || cell->operand == part->operand;
}

typedef struct rect cell_place(const struct figure *figure, int part, int64_t element);

/* The linked cells of one part: one outline around a block without gaps, else one for each. False where none of
 * them is on show. */
static bool outline_cells(const struct rings *rings, int index, cell_place *place)
{
    const struct figure *const figure = rings->figure;
    struct rect all = { 0 }, last = { 0 };
    float covered = 0;
    bool index_cell = false;

    for (int turn = 0; turn < 2; turn++) {
        const bool block = covered > 0 && fabsf(all.w * all.h - covered) < 0.01f * covered;
        if (turn == 1 && block) {
            outline(rings, all, INK_SELECTION, index_cell);
            return true;
        }
        for (size_t i = 0; i < figure->linked.count; i++) {
            const struct tensor_cell *const cell = &figure->linked.at[i];
            if (!is_of_part(figure, &figure->parts[index], cell)) {
                continue;
            }
            const struct rect at = place(figure, index, cell->element);
            const bool again = at.x == last.x && at.y == last.y; /* a sample has one for many */
            index_cell = cell->index;
            last = at;
            if (at.w <= 0 || again) {
                continue;
            }
            if (turn == 0) {
                all = covered > 0 ? unite(all, at) : at;
                covered += at.w * at.h;
            } else {
                outline(rings, at, INK_SELECTION, cell->index);
            }
        }
        last = (struct rect){ 0 };
    }
    return covered > 0;
}

static void outline_linked(const struct rings *rings, int index)
{
    /* Of more than can be followed a part would look like the whole. */
    if (!rings->figure->linked.more && !outline_cells(rings, index, figure_cell)) {
        outline_cells(rings, index, figure_cell_near);
    }
}

/* The one that won, among those that were compared: a heavy double frame; where many have won a plain
 * one. Neither comes over the number. */
static void outline_winners(const struct rings *rings, int index)
{
    const struct figure *const figure = rings->figure;
    enum { FEW = 3 };
    const bool few = figure->winners.count <= FEW;

    for (size_t i = 0; i < figure->winners.count; i++) {
        const struct tensor_cell *const cell = &figure->winners.at[i];
        const struct rect at = figure_cell(figure, index, cell->element);
        const float most = fminf(at.w, at.h) * 0.07f;
        const float width = fminf(fmaxf(2.5f, figure->view->type.text * 0.16f), most);
        if (cell->operand != figure->parts[index].operand || at.w <= 0) {
            continue;
        }
        struct draw_rect frame = { .rect = at, .stroke = INK_CARD, .width = width * 2 };
        scene_rect(rings->scene, &frame); /* so that it is seen on a dark cell */
        frame = (struct draw_rect){
            .rect = at, .stroke = INK_SELECTION, .width = width, .doubled = few
        };
        scene_rect(rings->scene, &frame);
    }
}

void figure_paint_rings(const struct figure *figure, struct scene *scene)
{
    const struct rings both = { figure, scene }, *const rings = &both;
    const int last = figure->count - 1;
    const bool forward = figure->chosen_part == last;
    const struct figure_part *const chosen = &figure->parts[figure->chosen_part];

    if (!chosen->tensor || chosen->tensor->count == 0) {
        return;
    }
    for (int i = 0; i < last && (forward || figure->assigned); i++) {
        if (figure->parts[i].tensor && (!figure->assigned || figure->parts[i].operand == 0)) {
            outline_linked(rings, i);
            outline_winners(rings, i);
        }
    }
    if (!forward || figure->assigned) {
        outline_linked(rings, last);
    }
    const struct rect at = figure_cell(figure, figure->chosen_part, figure->chosen);
    if (at.w > 0 && ((figure->form != FIGURE_ALONE && !figure->compared) || figure->chosen > 0 ||
                     figure->view->state->cell.tensor == chosen->tensor->id)) {
        outline(rings, at, INK_SELECTION, false);
    }
}
