#include "engine/nn/nn.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"

/* More views at once than this are a mistake, and could fill the memory. */
static const int64_t MOST_PARTS = 1 << 24;

/* ---- several made one ------------------------------------------------------------------------------ */

static struct tensor *joined(struct engine *engine, enum op_id op, struct tensor *const *parts,
                             int count, int64_t dim, struct error *err)
{
    struct operand *in = memory_allocate((size_t)count + 1, sizeof(*in));
    for (int i = 0; i < count; i++) {
        in[i] = operand_tensor(parts[i]);
    }
    const struct op_use use = {
        .op = op, .in = in, .in_count = count, .attrs = { .present = ATTR(DIM), .dim = dim }
    };
    struct tensor *result = op_apply_one(engine, &use, err);
    free(in);
    return result;
}

struct tensor *nn_cat(struct engine *engine, struct tensor *const *parts, int count, int64_t dim,
                      struct error *err)
{
    return joined(engine, OP_CAT, parts, count, dim, err);
}

struct tensor *nn_stack(struct engine *engine, struct tensor *const *parts, int count, int64_t dim,
                        struct error *err)
{
    return joined(engine, OP_STACK, parts, count, dim, err);
}

/* ---- one made several ------------------------------------------------------------------------------ */

bool nn_parts_begin(struct nn_parts *parts, int64_t count)
{
    if (count > MOST_PARTS) {
        return false;
    }
    *parts = (struct nn_parts){ memory_allocate((size_t)count + 1, sizeof(*parts->items)), 0 };
    return true;
}

void nn_parts_finish(struct nn_parts *parts)
{
    for (int i = 0; i < parts->count; i++) {
        tensor_unref(parts->items[i]);
    }
    free(parts->items);
    *parts = (struct nn_parts){ 0 };
}

static bool apply_many(struct engine *engine, struct op_use *use, int64_t count,
                       struct nn_parts *out, struct error *err)
{
    if (!nn_parts_begin(out, count)) {
        return error_set(err, "%" PRId64 " parts of a tensor are too many", count);
    }
    use->out_count = (int)count;
    if (count > 0 && !op_apply(engine, use, out->items, err)) {
        nn_parts_finish(out);
        return false;
    }
    out->count = (int)count;
    return true;
}

/* The dimension counted from 0 of a tensor that has one. */
static bool find_dim(const struct tensor *t, int64_t wanted, int *dim, struct error *err)
{
    if (t->shape.dims == 0) {
        return error_set(err, "split expects at least a 1-dimensional tensor");
    }
    return shape_dim(t->shape.dims, wanted, dim, err);
}

bool nn_split(struct engine *engine, struct tensor *t, int64_t size, int64_t dim,
              struct nn_parts *out, struct error *err)
{
    int at;
    if (!find_dim(t, dim, &at, err)) {
        return false;
    }
    const int64_t length = t->shape.size[at];
    if (size < 0) {
        return error_set(
            err, "split expects split_size be non-negative, but got split_size=%" PRId64, size);
    }
    if (size == 0 && length > 0) {
        return error_set(err,
                         "split_size can only be 0 if dimension size is 0, but got dimension size "
                         "of %" PRId64,
                         length);
    }
    const int64_t parts = length == 0 ? 1 : length / size + (length % size != 0);
    const struct operand in = operand_tensor(t);
    struct op_use use = {
        .op = OP_SPLIT,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM) | ATTR(SPLIT_SIZE), .dim = at, .split_size = size },
    };
    return apply_many(engine, &use, parts, out, err);
}

static bool refuse_sizes(const int64_t *sizes, int count, int64_t length, int dim,
                         struct error *err)
{
    struct text list = { 0 };
    for (int i = 0; i < count; i++) {
        text_format(&list, "%s%" PRId64, i > 0 ? ", " : "", sizes[i]);
    }
    error_set(err,
              "split_with_sizes expects split_sizes to sum exactly to %" PRId64
              " (input tensor's size at dimension %d), but got split_sizes=[%s]",
              length, dim, text_string(&list));
    text_finish(&list);
    return false;
}

bool nn_split_with_sizes(struct engine *engine, struct tensor *t, const int64_t *sizes, int count,
                         int64_t dim, struct nn_parts *out, struct error *err)
{
    int at;
    if (!find_dim(t, dim, &at, err)) {
        return false;
    }
    const int64_t length = t->shape.size[at];
    int64_t left = length;
    for (int i = 0; i < count; i++) {
        if (sizes[i] < 0 || sizes[i] > left) {
            return refuse_sizes(sizes, count, length, at, err);
        }
        left -= sizes[i];
    }
    if (left != 0) {
        return refuse_sizes(sizes, count, length, at, err);
    }
    const struct operand in = operand_tensor(t);
    struct op_use use = {
        .op = OP_SPLIT_WITH_SIZES,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM), .dim = at, .lengths = sizes },
    };
    return apply_many(engine, &use, count, out, err);
}

bool nn_chunk(struct engine *engine, struct tensor *t, int64_t chunks, int64_t dim,
              struct nn_parts *out, struct error *err)
{
    int at;
    if (t->shape.dims == 0) {
        return error_set(err, "chunk expects at least a 1-dimensional tensor");
    }
    if (chunks > MOST_PARTS) {
        return error_set(err, "%" PRId64 " parts of a tensor are too many", chunks);
    }
    if (chunks <= 0) {
        return error_set(err, "chunk expects `chunks` to be greater than 0, got: %" PRId64, chunks);
    }
    if (!find_dim(t, dim, &at, err)) {
        return false;
    }
    const int64_t length = t->shape.size[at];
    if (length == 0) { /* that many parts without elements */
        int64_t *sizes = memory_allocate((size_t)chunks, sizeof(*sizes));
        const bool ok = nn_split_with_sizes(engine, t, sizes, (int)chunks, at, out, err);
        free(sizes);
        return ok;
    }
    return nn_split(engine, t, length / chunks + (length % chunks != 0), at, out, err);
}

bool nn_unbind(struct engine *engine, struct tensor *t, int64_t dim, struct nn_parts *out,
               struct error *err)
{
    int at;
    if (t->shape.dims == 0) {
        return error_set_kind(err, ERROR_INDEX,
                              "Dimension specified as %" PRId64 " but tensor has no dimensions",
                              dim);
    }
    if (!shape_dim(t->shape.dims, dim, &at, err)) {
        return false;
    }
    const struct operand in = operand_tensor(t);
    struct op_use use = {
        .op = OP_UNBIND, .in = &in, .in_count = 1, .attrs = { .present = ATTR(DIM), .dim = at }
    };
    return apply_many(engine, &use, t->shape.size[at], out, err);
}
