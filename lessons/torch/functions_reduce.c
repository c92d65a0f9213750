/* Many elements made one: sums, means, the largest and the smallest. */
#include "lessons/torch/functions.h"

/* ---- arguments that these functions share --------------------------------------------------------- */

struct tensor *argument_converted(const struct call *call, struct tensor *input, int i)
{
    enum dtype dtype = input->dtype;
    struct error err;
    if (!argument_dtype(call, i, &dtype)) {
        return NULL;
    }
    if (dtype == input->dtype) {
        return tensor_ref(input);
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = OP_TO_COPY,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DTYPE), .dtype = dtype } };
    struct tensor *converted = op_apply_one(call->face->engine, &use, &err);
    if (!converted) {
        torch_raise(&err);
    }
    return converted;
}

/* The dimensions and keepdim, arguments `at` and `at` + 1, where they say anything else than "all". */
static bool read_dims(const struct call *call, int at, const struct tensor *input,
                      struct op_attrs *attrs)
{
    bool given;
    if (!argument_dims(call, at, input->shape.dims, &attrs->dims, &given) ||
        !argument_bool(call, at + 1, &attrs->keepdim)) {
        return false;
    }
    if (!given && attrs->keepdim) {
        attrs->dims.dims = input->shape.dims;
        for (int i = 0; i < input->shape.dims; i++) {
            attrs->dims.size[i] = i;
        }
        given = true;
    }
    attrs->present |= given ? ATTR(DIMS) | ATTR(KEEPDIM) : 0;
    return true;
}

/* One dimension and keepdim, arguments 1 and 2. */
static bool read_dim(const struct call *call, const struct tensor *input, struct op_attrs *attrs)
{
    attrs->present |= ATTR(DIM) | ATTR(KEEPDIM);
    return argument_dim(call, 1, input->shape.dims, &attrs->dim) &&
           argument_bool(call, 2, &attrs->keepdim);
}

static struct op_use use_of(const struct operand *in, enum op_id op, const struct op_attrs *attrs)
{
    return (struct op_use){ .op = op, .in = in, .in_count = 1, .attrs = *attrs };
}

/* ---- sums ---------------------------------------------------------------------------------------- */

/* sum(), sum(dim, keepdim), mean: the row's operation for all elements, another one for some. */
static PyObject *call_sum(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !read_dims(call, 1, input, &attrs)) {
        return NULL;
    }
    struct tensor *source = argument_converted(call, input, 3);
    if (!source) {
        return NULL;
    }
    enum op_id op = call->row->op;
    if (attrs.present) {
        op = op == OP_SUM ? OP_SUM_DIM : OP_MEAN_DIM;
    }
    const struct operand in = operand_tensor(source);
    const struct op_use use = use_of(&in, op, &attrs);
    PyObject *result = function_apply(call, &use);
    tensor_unref(source);
    return result;
}

/* ---- the largest and the smallest ----------------------------------------------------------------- */

/* max(), max(dim, keepdim) with the places, max(other) element by element. */
static PyObject *call_extreme(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    const bool largest = call->row->op == OP_MAX;
    struct op_attrs attrs = { .present = 0 };
    if (!input) {
        return NULL;
    }
    const int other = argument_given(call, 3) ? 3 : 1;
    if (argument_given(call, other) && tensor_object_is(call->face, call->arguments[other])) {
        const struct operand in[] = { operand_tensor(input),
                                      operand_tensor(argument_tensor(call, other)) };
        const struct op_use use = { .op = largest ? OP_MAXIMUM : OP_MINIMUM,
                                    .in = in,
                                    .in_count = 2 };
        return function_apply(call, &use);
    }
    const struct operand in = operand_tensor(input);
    if (!argument_given(call, 1)) {
        const struct op_use use = use_of(&in, call->row->op, &attrs);
        return function_apply(call, &use);
    }
    if (!read_dim(call, input, &attrs)) {
        return NULL;
    }
    const struct op_use use = use_of(&in, largest ? OP_MAX_DIM : OP_MIN_DIM, &attrs);
    return function_apply_all(call, &use, call->row->name);
}

/* amax, amin: of several dimensions, or all. */
static PyObject *call_several(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !read_dims(call, 1, input, &attrs)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_of(&in, call->row->op, &attrs);
    return function_apply(call, &use);
}

/* argmax: along one dimension, or of all elements. */
static PyObject *call_place(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input) {
        return NULL;
    }
    if (argument_given(call, 1)) {
        if (!read_dim(call, input, &attrs)) {
            return NULL;
        }
    } else {
        attrs.present = ATTR(KEEPDIM);
        if (!argument_bool(call, 2, &attrs.keepdim)) {
            return NULL;
        }
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_of(&in, call->row->op, &attrs);
    return function_apply(call, &use);
}

static PyObject *call_aminmax(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !argument_bool(call, 2, &attrs.keepdim)) {
        return NULL;
    }
    attrs.present = ATTR(KEEPDIM);
    if (argument_given(call, 1) && !read_dim(call, input, &attrs)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_of(&in, OP_AMINMAX, &attrs);
    return function_apply_all(call, &use, "aminmax");
}

/* ---- the table ------------------------------------------------------------------------------------ */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define SUM(name, id)                                                                         \
    {                                                                                         \
        name, { "input", "dim", "keepdim", "dtype" },                                         \
            .required = 1, .keyword_only = 3, .call = call_sum, .op = OP_##id, .places = BOTH \
    }
#define EXTREME(name, id)                                                                         \
    {                                                                                             \
        name, { "input", "dim", "keepdim", "other" },                                             \
            .required = 1, .keyword_only = 3, .call = call_extreme, .op = OP_##id, .places = BOTH \
    }
#define ALONG(name, id, function)                                                            \
    {                                                                                        \
        name, { "input", "dim", "keepdim" }, .required = 1, .call = function, .op = OP_##id, \
                                             .places = BOTH                                  \
    }

const struct function_row reduce_rows[] = {
    SUM("sum", SUM),
    SUM("mean", MEAN),
    EXTREME("max", MAX),
    EXTREME("min", MIN),
    ALONG("amax", AMAX, call_several),
    ALONG("amin", AMIN, call_several),
    ALONG("argmax", ARGMAX, call_place),
    ALONG("argmin", ARGMIN, call_place),
    { "aminmax",
      { "input", "dim", "keepdim" },
      .required = 1,
      .keyword_only = 1,
      .call = call_aminmax,
      .places = BOTH },
    { .name = NULL },
};
