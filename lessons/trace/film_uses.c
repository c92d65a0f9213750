#include "lessons/trace/film_uses.h"

#include <stdlib.h>

#include "engine/base/memory.h"

/* All by operation - 1. */
struct film_uses {
    const struct trace *trace;
    bool *tested;  /* its result is what a condition asks for */
    bool *used;    /* somebody computes with it */
    bool *matters; /* somebody does who is no test */
    bool *fed;     /* it goes into a graph */
};

static void use_arguments(const struct film_uses *uses, const struct argument *arguments,
                          size_t count, int64_t by)
{
    const bool matters = !film_op_is_test(uses, by);
    const bool feeds = trace_op(uses->trace, by)->record->node != 0 || uses->fed[by - 1];

    for (size_t i = 0; i < count; i++) {
        const struct trace_tensor *const tensor = arguments[i].kind == ARGUMENT_TENSOR
                                                      ? trace_tensor(uses->trace, arguments[i].id)
                                                      : NULL;
        if (tensor && tensor->op != 0) {
            uses->used[tensor->op - 1] = true;
            uses->matters[tensor->op - 1] |= matters;
            uses->fed[tensor->op - 1] |= feeds;
        }
        use_arguments(uses, arguments[i].items, arguments[i].item_count, by);
    }
}

bool film_op_is_test(const struct film_uses *uses, int64_t op)
{
    return !uses->matters[op - 1] && (uses->tested[op - 1] || uses->used[op - 1]);
}

bool film_op_serves(const struct film_uses *uses, int64_t op)
{
    return uses->fed[op - 1] || film_op_is_test(uses, op);
}

static void mark_made(const struct trace *trace, int64_t tensor, bool *marks)
{
    const struct trace_tensor *const made = trace_tensor(trace, tensor);

    if (made && made->op != 0) {
        marks[made->op - 1] = true;
    }
}

/* Whoever uses a result comes later: so from the last to the first. */
static void find_uses(struct film_uses *uses)
{
    const struct trace *const trace = uses->trace;
    size_t count;
    const uint32_t *const conds = trace_records_of(trace, RECORD_COND, &count);

    for (size_t i = 0; i < count; i++) {
        mark_made(trace, trace_record(trace, conds[i])->cond.tensor, uses->tested);
    }
    for (int64_t b = 1; b <= trace_backward_count(trace); b++) {
        mark_made(trace, trace_backward(trace, b)->record->root, uses->matters);
    }
    for (int64_t id = trace_op_count(trace); id > 0; id--) {
        const struct record_op *const op = trace_op(trace, id)->record;
        use_arguments(uses, op->in, op->in_count, id);
    }
}

struct film_uses *film_uses_create(const struct trace *trace)
{
    const size_t ops = (size_t)trace_op_count(trace);
    struct film_uses *const uses = memory_allocate(1, sizeof(*uses));
    bool *const flags = memory_allocate(4 * ops + 1, sizeof(*flags));

    *uses = (struct film_uses){ trace, flags, flags + ops, flags + 2 * ops, flags + 3 * ops };
    find_uses(uses);
    return uses;
}

void film_uses_destroy(struct film_uses *uses)
{
    if (uses) {
        free(uses->tested);
    }
    free(uses);
}
