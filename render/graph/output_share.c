/* PyTorch hands the gradients of all outputs of `x.unbind(0)` or `x.chunk(2)` to one node, which returns one
 * gradient for x. As mathematics each output is a value of its own, and only what came through it runs along
 * its line. */

#include <string.h>

#include "lessons/trace/provenance.h"
#include "render/graph/moment.h"

/* Every frame asks for each of them; no more cells than these are drawn as numbers. */
enum { CELLS_MOST = 256 };

static size_t given_outputs(const struct record_visit *visit)
{
    size_t given = 0;

    for (size_t i = 0; i < visit->in.count; i++) {
        given += visit->in.ids[i] != 0;
    }
    return given;
}

/* Zero is all bits zero in every dtype. */
static const struct trace_value *cells_of(const struct provenance *links, int operand,
                                          const struct trace_value *whole, struct arena *arena)
{
    const size_t size = dtype_name_size(whole->dtype);
    struct trace_value *const share = arena_allocate(arena, 1, sizeof(*share));
    char *const bytes = arena_allocate(arena, whole->count, size);
    struct arena scratch = { 0 };

    for (size_t i = 0; i < whole->count; i++) {
        if (provenance_uses(links, operand, (int64_t)i, 1, &scratch).count > 0) {
            memcpy(bytes + i * size, (const char *)whole->bytes + i * size, size);
        }
        arena_clear(&scratch);
    }
    arena_finish(&scratch);
    *share = *whole;
    share->bytes = bytes;
    return share;
}

const struct trace_value *graph_output_share(const struct trace *trace,
                                             const struct graph_wire *wire,
                                             const struct record_visit *visit,
                                             const struct trace_value *whole, struct arena *arena)
{
    const struct trace_op *const op = trace_op(trace, wire->op);

    if (!op || op->record->out.count < 2 || (size_t)wire->output >= visit->in.count) {
        return whole;
    }
    if (visit->in.ids[wire->output] == 0) {
        return NULL;
    }
    if (!whole || whole->sampled || whole->masked || whole->count > CELLS_MOST ||
        given_outputs(visit) < 2) {
        return whole;
    }
    const struct provenance *const links = provenance_of(trace, op, wire->output, arena);
    return links ? cells_of(links, wire->input, whole, arena) : whole;
}
