/* Operations that say where something is written, `b[0]` of `b[0] = 5`: what they put out is taken by the
 * writing alone, and nobody needs to see it. */

#include "render/graph/model.h"

#include "lessons/trace/state.h"

struct finder {
    const struct trace *trace;
    struct id_map needed, written; /* tensors: 1, or 0 again */
    struct id_map *pointing;
};

static bool is(const struct id_map *map, int64_t id)
{
    return id_map_find(map, id) > 0;
}

static void need(struct finder *finder, const struct argument *arguments, size_t count, size_t from)
{
    for (size_t i = from; i < count; i++) {
        if (arguments[i].kind == ARGUMENT_TENSOR) {
            id_map_set(&finder->needed, arguments[i].id, 1);
        } else if (arguments[i].kind == ARGUMENT_LIST) {
            need(finder, arguments[i].items, arguments[i].item_count, 0);
        }
    }
}

/* A view without a name, of which the operations behind only write through it. */
static bool only_points(const struct finder *finder, const struct trace_op *op)
{
    const struct record_op *const record = op->record;
    const struct trace_tensor *const out =
        record->out.count == 1 ? trace_tensor(finder->trace, record->out.ids[0]) : NULL;
    const struct trace_tensor *const in =
        record->in_count > 0 && record->in[0].kind == ARGUMENT_TENSOR
            ? trace_tensor(finder->trace, record->in[0].id)
            : NULL;

    return out && in && out != in && out->storage == in->storage && out->op == op->id &&
           is(&finder->written, out->id) && !is(&finder->needed, out->id) &&
           !trace_is_named(finder->trace, out);
}

/* From the last to the first, as what an operation is taken for comes behind it. */
static void look_at(struct finder *finder, const struct trace_op *op)
{
    const struct record_op *const record = op->record;
    const bool points = only_points(finder, op);
    const bool through =
        (record->whole || points) && record->in_count > 0 && record->in[0].kind == ARGUMENT_TENSOR;

    if (points) {
        id_map_set(finder->pointing, op->id, 1);
    }
    if (through) { /* what takes it from here on takes what was written */
        id_map_set(&finder->written, record->in[0].id, 1);
        id_map_set(&finder->needed, record->in[0].id, 0);
    }
    need(finder, record->in, record->in_count, through);
}

void graph_written_find(const struct trace *trace, const struct episode *episode,
                        struct id_map *pointing)
{
    struct finder finder = { .trace = trace, .pointing = pointing };

    for (size_t i = episode->op_count; i > 0; i--) {
        const struct trace_op *const op = trace_op(trace, episode->ops[i - 1]);
        if (op) {
            look_at(&finder, op);
        }
    }
    id_map_finish(&finder.needed);
    id_map_finish(&finder.written);
}

bool graph_written_number(const struct trace *trace, int64_t tensor, uint32_t moment,
                          double *number)
{
    const struct trace_tensor *const found = trace_tensor(trace, tensor);
    const struct trace_value *const value = found ? trace_value_at(found, moment) : NULL;
    const bool is_number = value && value->count == 1 && !value->masked && found->ndim == 0 &&
                           found->op == 0 && found->node == 0 && !trace_is_named(trace, found);

    *number = is_number ? trace_element(value, 0) : 0;
    return is_number;
}
