/* torch.nn.functional. The mathematics is in engine/nn. */
#include "lessons/torch/functions.h"

#include <assert.h>
#include <string.h>

#include "engine/nn/nn.h"

static PyObject *call_linear(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0), *bias;
    struct tensor *weight = input ? argument_tensor(call, 1) : NULL;
    struct error err;
    if (!weight || !argument_tensor_or_none(call, 2, &bias)) {
        return NULL;
    }
    return function_result(call, nn_linear(call->face->engine, input, weight, bias, &err), &err);
}

static PyObject *call_bilinear(struct call *call)
{
    struct tensor *x = argument_tensor(call, 0), *bias;
    struct tensor *z = x ? argument_tensor(call, 1) : NULL;
    struct tensor *weight = z ? argument_tensor(call, 2) : NULL;
    struct error err;
    if (!weight || !argument_tensor_or_none(call, 3, &bias)) {
        return NULL;
    }
    return function_result(call, nn_bilinear(call->face->engine, x, z, weight, bias, &err), &err);
}

static PyObject *call_embedding(struct call *call)
{
    struct tensor *indices = argument_tensor(call, 0);
    struct tensor *weight = indices ? argument_tensor(call, 1) : NULL;
    int64_t padding = -1;
    double limit = 0, order = 2;
    struct error err;
    if (!weight || !argument_integer(call, 2, &padding) || !argument_real(call, 3, &limit) ||
        !argument_real(call, 4, &order)) {
        return NULL;
    }
    if (argument_given(call, 3) &&
        !nn_embedding_renorm(call->face->engine, weight, indices, limit, order, &err)) {
        return torch_raise(&err);
    }
    padding += padding < 0 && argument_given(call, 2) ? weight->shape.size[0] : 0;
    return function_result(call, nn_embedding(call->face->engine, indices, weight, padding, &err),
                           &err);
}

/* What embedding_bag ends in: the bag of each index, and how many bags there are. */
static PyObject *call_embedding_bag(struct call *call)
{
    struct tensor *in[3], *weights;
    struct op_attrs attrs = { .present = ATTR(K) | ATTR(SIZE), .size = { .dims = 1 } };
    for (int i = 0; i < 3; i++) {
        in[i] = argument_tensor(call, i);
        if (!in[i]) {
            return NULL;
        }
    }
    if (!argument_integer(call, 3, &attrs.size.size[0]) || !argument_integer(call, 4, &attrs.k) ||
        !argument_integer(call, 5, &attrs.padding_idx) ||
        !argument_tensor_or_none(call, 6, &weights)) {
        return NULL;
    }
    attrs.present |= argument_given(call, 5) ? ATTR(PADDING_IDX) : 0;
    const struct operand operands[] = { operand_tensor(in[0]), operand_tensor(in[1]),
                                        operand_tensor(in[2]), operand_tensor(weights) };
    return function_apply(call, &(struct op_use){ .op = call->row->op,
                                                  .in = operands,
                                                  .in_count = weights ? 4 : 3,
                                                  .attrs = attrs });
}

/* ---- softmax ----------------------------------------------------------------------------------- */

static PyObject *apply_along(const struct call *call, enum op_id op, struct tensor *input,
                             int64_t dim)
{
    const struct operand in = operand_tensor(input);
    const struct op_use use = {
        .op = op,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM),
                   .from_end = argument_from_end(call, 1, ATTR(DIM)),
                   .dim = dim },
    };
    return function_apply(call, &use);
}

/* What F.softmax(x) means without a dimension, with PyTorch's warning. */
static bool guess_dim(const struct call *call, int dims, int64_t *out)
{
    *out = dims == 0 || dims == 1 || dims == 3 ? 0 : 1;
    return PyErr_WarnFormat(PyExc_UserWarning, 1,
                            "Implicit dimension choice for %s has been deprecated. Change the call "
                            "to include dim=X as an argument.",
                            call->row->name) == 0;
}

static PyObject *call_softmax(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    int64_t dim = 0;
    if (!input) {
        return NULL;
    }
    if (argument_given(call, 3)) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "%s(dtype=...) is not supported by Gradlight", call->row->name);
    }
    const bool ready = argument_given(call, 1) ? argument_dim(call, 1, input->shape.dims, &dim)
                                               : guess_dim(call, input->shape.dims, &dim);
    return ready ? apply_along(call, call->row->op, input, dim) : NULL;
}

#define SOFTMAX(name, id)                                                                      \
    {                                                                                          \
        name, { "input", "dim", "_stacklevel", "dtype" }, .required = 1, .call = call_softmax, \
                                                          .op = OP_##id                        \
    }

const struct function_row functional_rows[] = {
    { "bilinear", { "input1", "input2", "weight", "bias" }, .required = 3, .call = call_bilinear },
    { "linear", { "input", "weight", "bias" }, .required = 2, .call = call_linear },
    { "_embedding_bag",
      { "weight", "indices", "bags", "count", "mode", "padding_idx", "per_sample_weights" },
      .required = 5,
      .call = call_embedding_bag,
      .op = OP_EMBEDDING_BAG },
    { "embedding",
      { "input", "weight", "padding_idx", "max_norm", "norm_type" },
      .required = 2,
      .call = call_embedding },
    SOFTMAX("softmax", SOFTMAX),
    SOFTMAX("log_softmax", LOG_SOFTMAX),
    { .name = NULL },
};

const struct function_row *function_find(const struct function_row *rows, const char *name)
{
    for (const struct function_row *row = rows; row->name; row++) {
        if (row->name[0] == name[0] && strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

const struct function_row *functional_find(const char *name)
{
    static const struct function_row *const tables[] = { functional_rows, activation_rows,
                                                         window_rows, norm_rows, loss_rows };
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        const struct function_row *row = function_find(tables[i], name);
        if (row) {
            return row;
        }
    }
    assert(!"no such function");
    return NULL;
}
