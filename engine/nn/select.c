#include "engine/nn/nn.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"

static struct tensor *apply_dim(struct engine *engine, enum op_id op, const struct operand *in,
                                int count, int64_t dim, struct error *err)
{
    return op_apply_one(
        engine,
        &(struct op_use){
            .op = op, .in = in, .in_count = count, .attrs = { .present = ATTR(DIM), .dim = dim } },
        err);
}

/* ---- take_along_dim -------------------------------------------------------------------------------- */

static struct tensor *expanded(struct engine *engine, struct tensor *t, const struct shape *size,
                               struct error *err)
{
    if (shape_equal(&t->shape, size)) {
        return tensor_ref(t);
    }
    const struct operand in = operand_tensor(t);
    return op_apply_one(engine,
                        &(struct op_use){ .op = OP_EXPAND,
                                          .in = &in,
                                          .in_count = 1,
                                          .attrs = { .present = ATTR(SIZE), .size = *size } },
                        err);
}

static struct tensor *gathered(struct engine *engine, struct tensor *from, struct tensor *places,
                               int64_t dim, struct error *err)
{
    const struct operand in[] = { operand_tensor(from), operand_tensor(places) };
    struct tensor *result = from && places ? apply_dim(engine, OP_GATHER, in, 2, dim, err) : NULL;
    tensor_unref(places);
    tensor_unref(from);
    return result;
}

struct tensor *nn_take_along(struct engine *engine, struct tensor *t, struct tensor *index,
                             int64_t dim, struct error *err)
{
    struct shape a = t->shape, b = index->shape, both;
    int at;
    if (a.dims != b.dims) {
        error_set(err,
                  "torch.take_along_dim(): input and indices should have the same number of "
                  "dimensions, but got %d dimensions for input, and %d dimensions for indices",
                  a.dims, b.dims);
        return NULL;
    }
    if (!shape_dim(a.dims, dim, &at, err)) {
        return NULL;
    }
    a.size[at] = b.size[at] = 1;
    if (!shape_broadcast(&a, &b, &both, err)) {
        return NULL;
    }
    a = b = both;
    a.size[at] = t->shape.size[at];
    b.size[at] = index->shape.size[at];
    struct tensor *from = expanded(engine, t, &a, err);
    return gathered(engine, from, from ? expanded(engine, index, &b, err) : NULL, at, err);
}

struct tensor *nn_take_flat(struct engine *engine, struct tensor *t, struct tensor *index,
                            struct error *err)
{
    const struct shape line = { 1, { -1 } };
    struct tensor *from = nn_reshape(engine, t, &line, err);
    return gathered(engine, from, from ? nn_reshape(engine, index, &line, err) : NULL, 0, err);
}

/* ---- one_hot --------------------------------------------------------------------------------------- */

/* One more than the largest class; every class is checked. */
static bool count_classes(const struct tensor *classes, int64_t *count, struct error *err)
{
    int64_t *all = memory_allocate((size_t)classes->count + 1, sizeof(*all)), largest = -1;
    bool ok = tensor_read_whole(classes, all, err);
    for (int64_t i = 0; ok && i < classes->count; i++) {
        if (all[i] < 0) {
            ok = error_set(err, "Class values must be non-negative.");
        } else if (*count >= 0 && all[i] >= *count) {
            ok = error_set(err, "Class values must be smaller than num_classes.");
        }
        largest = all[i] > largest ? all[i] : largest;
    }
    free(all);
    *count = *count >= 0 ? *count : largest + 1;
    return ok;
}

struct tensor *nn_one_hot(struct engine *engine, struct tensor *classes, int64_t count,
                          struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(classes);
    if (classes->dtype != DTYPE_INT64) {
        error_set(err, "one_hot is only applicable to index tensor of type LongTensor.");
        return NULL;
    }
    if (classes->count == 0 && count <= 0) {
        error_set(err, "Can not infer total number of classes from empty tensor.");
        return NULL;
    }
    if (count == 0 || count < -1) {
        error_set(err, "num_classes should be positive");
        return NULL;
    }
    if (spec.shape.dims == BACKEND_MAX_DIMS || !count_classes(classes, &count, err)) {
        return NULL;
    }
    spec.shape.size[spec.shape.dims++] = count;
    struct tensor *zeros = tensor_full(engine, &spec, number_integer(0), err);
    struct shape column = classes->shape;
    column.size[column.dims++] = 1;
    struct tensor *index = zeros ? nn_reshape(engine, classes, &column, err) : NULL;
    const struct operand in[] = { operand_tensor(zeros), operand_tensor(index),
                                  operand_number(number_integer(1)) };
    struct tensor *result =
        index ? apply_dim(engine, OP_SCATTER_VALUE, in, 3, classes->shape.dims, err) : NULL;
    tensor_unref(index);
    tensor_unref(zeros);
    return result;
}

/* ---- searching ------------------------------------------------------------------------------------- */

static struct tensor *unsqueezed(struct engine *engine, struct tensor *t, int dim,
                                 struct error *err)
{
    const struct operand in = operand_tensor(t);
    return apply_dim(engine, OP_UNSQUEEZE, &in, 1, dim, err);
}

/* `reduce` over the last dimension of `compare` of a and b. Takes the references. */
static struct tensor *compared(struct engine *engine, enum op_id compare, enum op_id reduce,
                               struct tensor *a, struct tensor *b, struct error *err)
{
    struct tensor *each =
        a && b ? op_binary(engine, compare, operand_tensor(a), operand_tensor(b), err) : NULL;
    struct tensor *result = NULL;
    if (each) {
        const struct operand in = operand_tensor(each);
        const struct op_attrs attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM),
                                        .dims = { 1, { each->shape.dims - 1 } } };
        result = op_apply_one(
            engine, &(struct op_use){ .op = reduce, .in = &in, .in_count = 1, .attrs = attrs },
            err);
    }
    tensor_unref(each);
    tensor_unref(a);
    tensor_unref(b);
    return result;
}

struct tensor *nn_isin(struct engine *engine, struct tensor *elements, struct tensor *tests,
                       struct error *err)
{
    struct tensor *apart = unsqueezed(engine, elements, elements->shape.dims, err);
    struct tensor *line =
        apart ? nn_reshape(engine, tests, &(struct shape){ 1, { -1 } }, err) : NULL;
    return compared(engine, OP_EQ, OP_ANY, apart, line, err);
}

static bool check_sorted(const struct tensor *sorted, const struct tensor *values,
                         struct error *err)
{
    bool same = sorted->shape.dims == values->shape.dims;
    for (int d = 0; same && d + 1 < sorted->shape.dims; d++) {
        same = sorted->shape.size[d] == values->shape.size[d];
    }
    if (sorted->shape.dims == 1 || (same && sorted->shape.dims > 0)) {
        return true;
    }
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, &sorted->shape);
    shape_append(&b, &values->shape);
    error_set(err,
              "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
              "dimensions of boundaries tensor and input value tensor must match, but we got "
              "boundaries tensor %s and input value tensor %s",
              text_string(&a), text_string(&b));
    text_finish(&a);
    text_finish(&b);
    return false;
}

/* How many of the sorted numbers are below each value, or up to it. */
struct tensor *nn_searchsorted(struct engine *engine, struct tensor *sorted, struct tensor *values,
                               bool right, struct error *err)
{
    if (!check_sorted(sorted, values, err)) {
        return NULL;
    }
    struct tensor *limits = sorted->shape.dims == 1
                                ? tensor_ref(sorted)
                                : unsqueezed(engine, sorted, sorted->shape.dims - 1, err);
    struct tensor *apart = limits ? unsqueezed(engine, values, values->shape.dims, err) : NULL;
    return compared(engine, right ? OP_LE : OP_LT, OP_SUM_DIM, limits, apart, err);
}
