#include "engine/nn/nn.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"

static struct tensor *with_attrs(struct engine *engine, enum op_id op, struct tensor *t,
                                 const struct op_attrs *attrs, struct error *err)
{
    const struct operand in = operand_tensor(t);
    return op_apply_one(
        engine, &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = *attrs }, err);
}

struct tensor *nn_flip(struct engine *engine, struct tensor *t, const struct shape *dims,
                       struct error *err)
{
    return with_attrs(engine, OP_FLIP, t,
                      &(struct op_attrs){ .present = ATTR(DIMS), .dims = *dims }, err);
}

static struct tensor *transposed(struct engine *engine, struct tensor *t, int64_t a, int64_t b,
                                 struct error *err)
{
    return with_attrs(
        engine, OP_TRANSPOSE, t,
        &(struct op_attrs){ .present = ATTR(DIM0) | ATTR(DIM1), .dim0 = a, .dim1 = b }, err);
}

struct tensor *nn_rot90(struct engine *engine, struct tensor *t, int64_t turns, int64_t from,
                        int64_t to, struct error *err)
{
    const int64_t quarter = (turns % 4 + 4) % 4;
    if (quarter == 0) {
        return op_unary(engine, OP_CLONE, t, err);
    }
    if (quarter == 2) {
        return nn_flip(engine, t, &(struct shape){ 2, { from, to } }, err);
    }
    const struct shape dim = { 1, { quarter == 1 ? to : from } };
    struct tensor *flipped = nn_flip(engine, t, &dim, err);
    struct tensor *result = flipped ? transposed(engine, flipped, from, to, err) : NULL;
    tensor_unref(flipped);
    return result;
}

/* A new dimension behind `dim`, expanded, copied and made one with it. */
struct tensor *nn_repeat_interleave(struct engine *engine, struct tensor *t, int64_t repeats,
                                    int dim, struct error *err)
{
    struct shape expanded = { .dims = t->shape.dims + 1 }, merged = t->shape;
    if (expanded.dims > BACKEND_MAX_DIMS) {
        return error_set(err, "a tensor has at most %d dimensions here", BACKEND_MAX_DIMS), NULL;
    }
    for (int d = 0, from = 0; d < expanded.dims; d++) {
        expanded.size[d] = d == dim + 1 ? repeats : t->shape.size[from++];
    }
    if (__builtin_mul_overflow(merged.size[dim], repeats, &merged.size[dim])) {
        return error_set(err, "numel: integer multiplication overflow"), NULL;
    }
    struct tensor *apart = with_attrs(
        engine, OP_UNSQUEEZE, t, &(struct op_attrs){ .present = ATTR(DIM), .dim = dim + 1 }, err);
    struct tensor *wide =
        apart ? with_attrs(engine, OP_EXPAND, apart,
                           &(struct op_attrs){ .present = ATTR(SIZE), .size = expanded }, err)
              : NULL;
    struct tensor *copy = wide ? op_unary(engine, OP_CLONE, wide, err) : NULL;
    struct tensor *result = copy ? nn_reshape(engine, copy, &merged, err) : NULL;
    tensor_unref(copy);
    tensor_unref(wide);
    tensor_unref(apart);
    return result;
}

/* ---- grids ----------------------------------------------------------------------------------------- */

/* Tensor number i of a grid of `whole`: along dimension i, the same along all others. */
static struct tensor *grid_of(struct engine *engine, struct tensor *line, int i,
                              const struct shape *whole, struct error *err)
{
    struct shape beside = { .dims = whole->dims };
    for (int d = 0; d < whole->dims; d++) {
        beside.size[d] = d == i ? whole->size[d] : 1;
    }
    struct tensor *view = nn_reshape(engine, line, &beside, err);
    struct tensor *grid =
        view ? with_attrs(engine, OP_EXPAND, view,
                          &(struct op_attrs){ .present = ATTR(SIZE), .size = *whole }, err)
             : NULL;
    tensor_unref(view);
    return grid;
}

static bool check_grid(struct tensor *const *lines, int count, struct error *err)
{
    if (count == 0) {
        return error_set(err, "meshgrid expects a non-empty TensorList");
    }
    if (count > BACKEND_MAX_DIMS) {
        return error_set(err, "a tensor has at most %d dimensions here", BACKEND_MAX_DIMS);
    }
    for (int i = 0; i < count; i++) {
        if (lines[i]->shape.dims > 1) {
            struct text text = { 0 };
            shape_append(&text, &lines[i]->shape);
            error_set(err,
                      "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: %s",
                      text_string(&text));
            text_finish(&text);
            return false;
        }
    }
    return true;
}

bool nn_meshgrid(struct engine *engine, struct tensor *const *lines, int count, bool columns_first,
                 struct nn_parts *out, struct error *err)
{
    struct shape whole = { .dims = count };
    const bool swap = columns_first && count >= 2;
    if (!check_grid(lines, count, err)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        whole.size[swap && i < 2 ? 1 - i : i] = lines[i]->count;
    }
    nn_parts_begin(out, count);
    for (int i = 0; i < count; i++) {
        struct tensor *grid = grid_of(engine, lines[i], swap && i < 2 ? 1 - i : i, &whole, err);
        if (!grid) {
            nn_parts_finish(out);
            return false;
        }
        out->items[out->count++] = grid;
    }
    return true;
}
