/* Of what a maximum is taken from, one cell has won: where the indices were recorded they say which, else
 * its number does. */

#include <math.h>
#include <string.h>

#include "render/tensor/figure.h"

static bool is_named(const struct figure *figure, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(figure->op->record->name, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* Any of those with the result's number has a share of it: max(), amax() divide a gradient evenly. */
static const char *const by_number[] = { "max",    "min",      "amax",      "amin",       "median",
                                         "mode",   "kthvalue", "nanmedian", "max_pool2d", "argmax",
                                         "argmin", "cummax",   "cummin",    NULL };
static const char *const first_only[] = { "max_pool2d", NULL };
static const char *const places[] = { "argmax", "argmin", NULL };

/* What an element was when the operation read it, or has made it: in a backward pass the parts show
 * gradients. */
static bool read_number(const struct trace_value *value, int64_t element, double *out)
{
    if (!value || value->sampled || element < 0 || (size_t)element >= value->count) {
        return false;
    }
    *out = trace_element(value, (size_t)element);
    return true;
}

static bool source_number(const struct figure *figure, const struct tensor_cell *cell, double *out)
{
    const struct argument *const in = &figure->op->record->in[cell->operand];
    const struct trace_tensor *const tensor =
        in->kind == ARGUMENT_TENSOR ? trace_tensor(figure->view->runs[0].trace, in->id) : NULL;

    return tensor && read_number(provenance_operand_value(figure->op, tensor), cell->element, out);
}

/* The place along the axis that won, as the operation wrote it down itself; -1: it did not. */
static int64_t recorded_place(const struct figure *figure, int64_t element)
{
    const struct record_op *const record = figure->op->record;
    const bool second = record->out.count == 2 && !is_named(figure, first_only);
    const size_t which = second ? 1 : 0;
    double place;

    if (!second && !is_named(figure, places)) {
        return -1;
    }
    const struct trace_tensor *const indices =
        trace_tensor(figure->view->runs[0].trace, record->out.ids[which]);
    return indices && read_number(trace_value_at(indices, figure->op->born + 1), element, &place) &&
                   place >= 0
               ? (int64_t)place
               : -1;
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* The sources are in the order of the axis. */
struct tensor_cells figure_winners(const struct figure *figure, const struct tensor_cells *sources,
                                   int64_t element)
{
    double wanted, number;

    if (!figure->op || !figure->links || sources->more || !is_named(figure, by_number)) {
        return (struct tensor_cells){ 0 };
    }
    const int64_t place = recorded_place(figure, element);
    if (place >= 0) {
        return (size_t)place < sources->count
                   ? (struct tensor_cells){ &sources->at[place], 1, false }
                   : (struct tensor_cells){ 0 };
    }
    if (is_named(figure, places) ||
        !read_number(trace_value_at(figure->out, figure->op->born + 1), element, &wanted)) {
        return (struct tensor_cells){ 0 };
    }
    struct tensor_cell *const won =
        arena_allocate(figure->view->arena, sources->count + 1, sizeof(*won));
    struct tensor_cells winners = { won, 0, false };
    for (size_t i = 0; i < sources->count; i++) {
        if (source_number(figure, &sources->at[i], &number) && same_number(number, wanted)) {
            won[winners.count++] = sources->at[i];
        }
        if (winners.count == 1 && is_named(figure, first_only)) {
            break;
        }
    }
    return winners;
}
