/* Tensors that lines print one after the other stand beside each other, to be compared. */

#include <string.h>

#include "render/tensor/figure.h"

static const struct stop *print_at(const struct run_view *run, size_t index)
{
    const struct stop *const stop = stops_at(run->stops, STOP_OPERATION, index);

    return stop->line != NEVER && trace_record(run->trace, stop->record)->kind == RECORD_OUT ? stop
                                                                                             : NULL;
}

static bool is_shaped_alike(const struct trace_tensor *a, const struct trace_tensor *b)
{
    return a->ndim == b->ndim && a->ndim > 0 &&
           memcmp(a->shape, b->shape, a->ndim * sizeof(*a->shape)) == 0;
}

/* What the line that ended there named, if it is still there and shaped alike. */
static const struct trace_tensor *printed_by(const struct view *view, const struct stop *stop,
                                             const struct trace_tensor *last)
{
    struct run_view run = view->runs[0];
    struct view then = *view;

    then.runs = &run;
    then.run_count = 1;
    run.moment = stop->moment;
    const struct trace_tensor *const tensor = figure_named(&then);
    return tensor && tensor != last && is_shaped_alike(tensor, last) &&
                   trace_exists(tensor->born, tensor->gone, view->runs[0].moment)
               ? tensor
               : NULL;
}

size_t figure_printed_before(const struct view *view, const struct trace_tensor *last,
                             const struct trace_tensor **out, size_t most)
{
    const struct run_view *const run = &view->runs[0];
    size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment), count = 0;
    const struct stop *const now = index == SIZE_MAX ? NULL : print_at(run, index);

    if (!now || figure_named(view) != last) {
        return 0;
    }
    const int64_t frame = trace_record(run->trace, now->line)->line.frame;
    while (count < most && index-- > 0) {
        const struct stop *const before = print_at(run, index);
        const struct trace_tensor *const tensor =
            before && trace_record(run->trace, before->line)->line.frame == frame
                ? printed_by(view, before, last)
                : NULL;
        if (!tensor || (count > 0 && tensor == out[count - 1])) {
            break;
        }
        out[count++] = tensor;
    }
    return count;
}
