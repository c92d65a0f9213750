#pragma once
/* Formulas of several operations, written with tensors that are lent until the formula ends. After a
 * step that failed all further ones are NULL. Private to engine/nn. */

#include "engine/ops/rows.h"

static inline struct rule steps_begin(struct engine *engine, struct error *err)
{
    return (struct rule){ .engine = engine, .err = err };
}

/* A reference to the result, or NULL. */
struct tensor *steps_finish(struct rule *steps, struct tensor *result);

struct tensor *steps_apply(struct rule *steps, enum op_id op, struct tensor *a,
                           const struct op_attrs *attrs);
struct tensor *steps_plus(struct rule *steps, struct tensor *a, struct tensor *b);
struct tensor *steps_minus(struct rule *steps, struct tensor *a, struct tensor *b);
struct tensor *steps_matmul(struct rule *steps, struct tensor *a, struct tensor *b);
struct tensor *steps_permute(struct rule *steps, struct tensor *a, const struct shape *order);
/* a[start : end] along `dim`: SliceBackward0. */
struct tensor *steps_slice(struct rule *steps, struct tensor *a, int64_t dim, int64_t start,
                           int64_t end);
struct tensor *steps_select(struct rule *steps, struct tensor *a, int64_t dim, int64_t index);
/* Fails with the text. */
struct tensor *steps_refuse(struct rule *steps, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
