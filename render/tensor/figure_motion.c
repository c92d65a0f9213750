/* While a step is taken, cells travel from their source to their place, one behind the other; where many
 * make one (a matrix product, a window), results appear in their order. */

#include "render/tensor/figure.h"

#include <math.h>
#include <string.h>

enum { FLIGHTS_MAX = 512, SOURCES_MAX = 16 };
/* Of the motion: the last cell leaves then; so long is one on its way. */
static const float LAST_LEAVES = 0.4f, TRAVELS = 0.55f;

/* Whether the step that is being taken is this operation's. */
static bool is_step(const struct figure *figure)
{
    const struct run_view *const run = &figure->view->runs[0];
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    const struct record *const record =
        index == SIZE_MAX
            ? NULL
            : trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record);

    if (!record || !figure->op) {
        return false;
    }
    return figure->backward ? record->kind == RECORD_VISIT
                            : record->kind == RECORD_OP && record->op.op == figure->op->id;
}

static bool has_cells(const struct figure_part *part)
{
    return part->tensor && part->value && !part->heat;
}

static bool can_move(const struct figure *figure)
{
    bool any = false;

    for (int i = 0; i < figure->count; i++) {
        if (figure->parts[i].tensor && !has_cells(&figure->parts[i])) {
            return false;
        }
        any = any || i + 1 < figure->count;
    }
    return any && figure->links && figure->out->count <= FLIGHTS_MAX;
}

static float leaves_at(const struct figure *figure, int64_t element)
{
    const int64_t last = figure->out->count - 1;

    return last > 0 ? LAST_LEAVES * (float)element / (float)last : 0;
}

/* How far the cells of a result's element have come, 0 to 1. */
static float travelled(const struct figure *figure, int64_t element)
{
    const float at = (figure->view->motion.progress - leaves_at(figure, element)) / TRAVELS;
    const float t = fminf(fmaxf(at, 0), 1);

    return t * t * (3 - 2 * t);
}

static void mark_waiting(struct figure_motion *motion, const struct figure *figure, int part,
                         int64_t element)
{
    if (!motion->waiting[part]) {
        motion->waiting[part] =
            arena_allocate(figure->view->arena, (size_t)figure->parts[part].tensor->count + 1, 1);
    }
    motion->waiting[part][element] = 1;
}

static void fly(struct figure_motion *motion, const struct figure *figure,
                const struct flight *flight)
{
    if (motion->count == FLIGHTS_MAX) {
        return;
    }
    if (!motion->flights) {
        motion->flights = arena_allocate(figure->view->arena, FLIGHTS_MAX, sizeof(struct flight));
    }
    motion->flights[motion->count++] = *flight;
}

static int part_of(const struct figure *figure, int operand)
{
    for (int i = 0; i + 1 < figure->count; i++) {
        if (figure->parts[i].operand == operand && figure->parts[i].tensor) {
            return i;
        }
    }
    return -1;
}

/* Between an element of the result and one cell that it comes from, in the direction of the step. */
static void move_one(struct figure_motion *motion, const struct figure *figure, int64_t element,
                     const struct tensor_cell *cell, bool travels)
{
    const int result = figure->count - 1, operand = part_of(figure, cell->operand);
    const float t = travelled(figure, element);

    if (operand < 0 || cell->index || t >= 1) {
        return;
    }
    mark_waiting(motion, figure, figure->backward ? operand : result,
                 figure->backward ? cell->element : element);
    if (travels && t > 0) {
        fly(motion, figure,
            &(struct flight){ .from = figure->backward ? result : operand,
                              .to = figure->backward ? operand : result,
                              .from_element = figure->backward ? element : cell->element,
                              .to_element = figure->backward ? cell->element : element,
                              .at = t });
    }
}

bool figure_moves(const struct figure *figure, struct figure_motion *motion)
{
    const struct view_motion *const now = &figure->view->motion;

    *motion = (struct figure_motion){ 0 };
    if (now->progress >= 1 || now->backwards || !is_step(figure) || !can_move(figure)) {
        return false;
    }
    for (int64_t i = 0; i < figure->out->count; i++) {
        const struct tensor_cells cells = figure_sources(figure, i, FIGURE_LINKS);
        const bool travels = cells.count <= SOURCES_MAX && figure->form != FIGURE_CROSS;
        for (size_t k = 0; k < cells.count; k++) {
            move_one(motion, figure, i, &cells.at[k], travels);
        }
        motion->current = travelled(figure, i) > 0 ? i : motion->current;
    }
    return true;
}
