#include "engine/nn/steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/nn/nn.h"

struct tensor *steps_finish(struct rule *steps, struct tensor *result)
{
    struct tensor *kept = rule_done(steps) && result ? tensor_ref(result) : NULL;
    rule_clear(steps);
    free(steps->owned);
    return kept;
}

struct tensor *steps_apply(struct rule *steps, enum op_id op, struct tensor *a,
                           const struct op_attrs *attrs)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(steps,
                      &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = *attrs });
}

struct tensor *steps_plus(struct rule *steps, struct tensor *a, struct tensor *b)
{
    return rule_binary(steps, OP_ADD, operand_tensor(a), operand_tensor(b));
}

struct tensor *steps_minus(struct rule *steps, struct tensor *a, struct tensor *b)
{
    return rule_binary(steps, OP_SUB, operand_tensor(a), operand_tensor(b));
}

struct tensor *steps_matmul(struct rule *steps, struct tensor *a, struct tensor *b)
{
    return a && b && !steps->failed ? rule_take(steps, nn_matmul(steps->engine, a, b, steps->err))
                                    : NULL;
}

struct tensor *steps_permute(struct rule *steps, struct tensor *a, const struct shape *order)
{
    return steps_apply(steps, OP_PERMUTE, a,
                       &(struct op_attrs){ .present = ATTR(DIMS), .dims = *order });
}

struct tensor *steps_slice(struct rule *steps, struct tensor *a, int64_t dim, int64_t start,
                           int64_t end)
{
    return steps_apply(
        steps, OP_SLICE, a,
        &(struct op_attrs){ .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP),
                            .dim = dim,
                            .start = start,
                            .end = end,
                            .step = 1 });
}

struct tensor *steps_select(struct rule *steps, struct tensor *a, int64_t dim, int64_t index)
{
    return steps_apply(
        steps, OP_SELECT, a,
        &(struct op_attrs){ .present = ATTR(DIM) | ATTR(INDEX), .dim = dim, .index = index });
}

struct tensor *steps_refuse(struct rule *steps, const char *format, ...)
{
    if (!steps->failed) {
        char text[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        error_set(steps->err, "%s", text);
        steps->failed = true;
    }
    return NULL;
}
