#include "engine/tensor/shape.h"

#include <assert.h>
#include <inttypes.h>

bool shape_is_countable(const struct shape *shape)
{
    const int64_t most = INT64_C(1) << 53;
    int64_t count = 1;
    for (int d = 0; d < shape->dims; d++) {
        const int64_t size = shape->size[d];
        if (size > most || (size > 0 && count > most / size)) {
            return false;
        }
        count *= size > 0 ? size : 1;
    }
    return true;
}

void shape_strides(const struct shape *shape, int64_t *strides)
{
    int64_t step = 1;
    for (int d = shape->dims - 1; d >= 0; d--) {
        strides[d] = step;
        step *= shape->size[d] > 0 ? shape->size[d] : 1;
    }
}

bool shape_is_contiguous(const struct shape *shape, const int64_t *strides)
{
    int64_t step = 1;
    bool matches = true;
    for (int d = shape->dims - 1; d >= 0; d--) {
        if (shape->size[d] == 0) {
            return true;
        }
        if (shape->size[d] != 1) {
            matches = matches && strides[d] == step;
            step *= shape->size[d];
        }
    }
    return matches;
}

bool shape_broadcast(const struct shape *a, const struct shape *b, struct shape *out,
                     struct error *err)
{
    const int dims = a->dims > b->dims ? a->dims : b->dims;
    out->dims = dims;
    for (int back = 1; back <= dims; back++) {
        const int64_t of_a = back <= a->dims ? a->size[a->dims - back] : 1;
        const int64_t of_b = back <= b->dims ? b->size[b->dims - back] : 1;
        if (of_a != of_b && of_a != 1 && of_b != 1) {
            return error_set(err,
                             "The size of tensor a (%" PRId64
                             ") must match the size of tensor b (%" PRId64
                             ") at non-singleton dimension %d",
                             of_a, of_b, dims - back);
        }
        out->size[dims - back] = of_a == 1 ? of_b : of_a;
    }
    return true;
}

static bool cannot_expand(const struct shape *from, const struct shape *to, int dim,
                          struct error *err)
{
    struct text wanted = { 0 }, have = { 0 };
    shape_append(&wanted, to);
    shape_append(&have, from);
    if (to->dims < from->dims) {
        error_set(err,
                  "expand(%s, size=%s): the number of sizes provided (%d) must be greater or equal "
                  "to the number of dimensions in the tensor (%d)",
                  text_string(&have), text_string(&wanted), to->dims, from->dims);
    } else {
        error_set(err,
                  "The expanded size of the tensor (%" PRId64
                  ") must match the existing size (%" PRId64
                  ") at non-singleton dimension %d.  Target sizes: %s.  Tensor sizes: %s",
                  to->size[dim], from->size[dim - (to->dims - from->dims)], dim,
                  text_string(&wanted), text_string(&have));
    }
    text_finish(&wanted);
    text_finish(&have);
    return false;
}

bool shape_expand(const struct shape *from, const int64_t *strides, const struct shape *to,
                  int64_t *out_strides, struct error *err)
{
    const int lead = to->dims - from->dims;
    if (lead < 0) {
        return cannot_expand(from, to, 0, err);
    }
    for (int d = to->dims - 1; d >= 0; d--) {
        const int64_t size = d < lead ? 1 : from->size[d - lead];
        if (size != to->size[d] && size != 1) {
            return cannot_expand(from, to, d, err);
        }
        out_strides[d] = d < lead || size != to->size[d] ? 0 : strides[d - lead];
    }
    return true;
}

static bool cannot_infer(const struct shape *wanted, int64_t count, struct error *err)
{
    struct text text = { 0 };
    shape_append(&text, wanted);
    error_set(err, "shape '%s' is invalid for input of size %" PRId64, text_string(&text), count);
    text_finish(&text);
    return false;
}

bool shape_infer(const struct shape *wanted, int64_t count, struct shape *out, struct error *err)
{
    int open = -1;
    int64_t product = 1;
    *out = *wanted;
    for (int d = 0; d < wanted->dims; d++) {
        const int64_t size = wanted->size[d];
        if (size == -1) {
            if (open >= 0) {
                return error_set(err, "only one dimension can be inferred");
            }
            open = d;
        } else if (size < 0) {
            return error_set(err, "invalid shape dimension %" PRId64, size);
        } else if (__builtin_mul_overflow(product, size, &product)) {
            return cannot_infer(wanted, count, err);
        }
    }
    if (open < 0) {
        return product == count || cannot_infer(wanted, count, err);
    }
    if (product == 0 && count == 0) {
        struct text text = { 0 };
        shape_append(&text, wanted);
        error_set(err,
                  "cannot reshape tensor of 0 elements into shape %s because the unspecified "
                  "dimension size -1 can be any value and is ambiguous",
                  text_string(&text));
        text_finish(&text);
        return false;
    }
    if (product == 0 || count % product != 0) {
        return cannot_infer(wanted, count, err);
    }
    out->size[open] = count / product;
    return true;
}

/*
 * Walks both shapes from the back. A run of old dimensions that are contiguous among themselves can
 * be cut up anew as long as the new sizes multiply up to exactly the run.
 */
bool shape_view_strides(const struct shape *from, const int64_t *strides, const struct shape *to,
                        int64_t *out_strides)
{
    if (shape_count(from) == 0) {
        shape_strides(to, out_strides);
        return true;
    }
    int64_t new_dim = to->dims - 1;
    int64_t base = from->dims > 0 ? strides[from->dims - 1] : 1;
    int64_t run = 1, cut = 1;
    for (int d = from->dims - 1; d >= 0; d--) {
        run *= from->size[d];
        const bool run_ends = d == 0 || (from->size[d - 1] != 1 && strides[d - 1] != run * base);
        if (!run_ends) {
            continue;
        }
        while (new_dim >= 0 && (cut < run || to->size[new_dim] == 1)) {
            out_strides[new_dim] = cut * base;
            cut *= to->size[new_dim];
            new_dim--;
        }
        if (cut != run) {
            return false;
        }
        if (d > 0) {
            base = strides[d - 1];
            run = cut = 1;
        }
    }
    for (; new_dim >= 0 && from->dims == 0; new_dim--) {
        out_strides[new_dim] = 1;
    }
    return new_dim == -1;
}

bool shape_dim(int dims, int64_t dim, int *out, struct error *err)
{
    const int64_t range = dims > 0 ? dims : 1;
    if (dim < -range || dim >= range) {
        return error_set_kind(err, ERROR_INDEX,
                              "Dimension out of range (expected to be in range of [%" PRId64
                              ", %" PRId64 "], but got %" PRId64 ")",
                              -range, range - 1, dim);
    }
    *out = (int)(dim < 0 ? dim + range : dim);
    return true;
}

void shape_append(struct text *text, const struct shape *shape)
{
    text_append_char(text, '[');
    for (int d = 0; d < shape->dims; d++) {
        text_format(text, d > 0 ? ", %" PRId64 : "%" PRId64, shape->size[d]);
    }
    text_append_char(text, ']');
}
