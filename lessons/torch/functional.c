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

static PyObject *call_relu(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    bool in_place = false;
    if (!input || !argument_bool(call, 1, &in_place)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = OP_RELU, .in = &in, .in_count = 1, .in_place = in_place };
    return function_apply(call, &use);
}

static PyObject *call_embedding(struct call *call)
{
    struct tensor *indices = argument_tensor(call, 0);
    struct tensor *weight = indices ? argument_tensor(call, 1) : NULL;
    int64_t padding = -1;
    struct error err;
    if (!weight || !argument_integer(call, 2, &padding)) {
        return NULL;
    }
    padding += padding < 0 && argument_given(call, 2) ? weight->shape.size[0] : 0;
    return function_result(call, nn_embedding(call->face->engine, indices, weight, padding, &err),
                           &err);
}

static bool warn_of_sizes(const struct tensor *input, const struct tensor *target)
{
    if (shape_equal(&input->shape, &target->shape)) {
        return true;
    }
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, &target->shape);
    shape_append(&b, &input->shape);
    const int status =
        PyErr_WarnFormat(PyExc_UserWarning, 1,
                         "Using a target size (torch.Size(%s)) that is different to the input size "
                         "(torch.Size(%s)). This will likely lead to incorrect results due to "
                         "broadcasting. Please ensure they have the same size.",
                         text_string(&a), text_string(&b));
    text_finish(&a);
    text_finish(&b);
    return status == 0;
}

/* The numbers that PyTorch keeps for them: none 0, mean 1, sum 2. */
static bool read_reduction(const struct call *call, int i, int64_t *out)
{
    static const char *const names[] = { "none", "mean", "sum" };
    const char *wanted = "mean";
    if (argument_given(call, i)) {
        wanted = PyUnicode_Check(call->arguments[i]) ? PyUnicode_AsUTF8(call->arguments[i]) : NULL;
        if (!wanted) {
            return argument_refuse(call, i, "str");
        }
    }
    for (int k = 0; k < 3; k++) {
        if (strcmp(names[k], wanted) == 0) {
            *out = k;
            return true;
        }
    }
    PyErr_Format(PyExc_ValueError, "%s is not a valid value for reduction", wanted);
    return false;
}

static PyObject *call_mse_loss(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *target = input ? argument_tensor(call, 1) : NULL;
    struct op_attrs attrs = { .present = ATTR(REDUCTION) };
    if (!target || !read_reduction(call, 2, &attrs.reduction) || !warn_of_sizes(input, target)) {
        return NULL;
    }
    if (attrs.reduction == 1) {
        struct error err;
        return function_result(call, nn_mse_loss(call->face->engine, input, target, &err), &err);
    }
    const struct operand in[] = { operand_tensor(input), operand_tensor(target) };
    const struct op_use use = { .op = OP_MSE_LOSS, .in = in, .in_count = 2, .attrs = attrs };
    return function_apply(call, &use);
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

/* ---- losses of classes ------------------------------------------------------------------------- */

/* The weights of the classes, ignore_index and reduction: arguments 2, 4 and 6. */
static bool read_class_loss(const struct call *call, struct operand *in, struct op_use *use)
{
    struct tensor *weight;
    use->attrs.present = ATTR(REDUCTION) | ATTR(IGNORE_INDEX);
    use->attrs.ignore_index = -100;
    if (!argument_tensor_or_none(call, 2, &weight) ||
        !argument_integer(call, 4, &use->attrs.ignore_index) ||
        !read_reduction(call, 6, &use->attrs.reduction)) {
        return false;
    }
    in[2] = operand_tensor(weight);
    use->in = in;
    use->in_count = weight ? 3 : 2;
    return true;
}

static PyObject *call_nll(const struct call *call, struct tensor *input, struct tensor *target)
{
    struct operand in[3] = { operand_tensor(input), operand_tensor(target) };
    struct op_use use = { .op = input->shape.dims == 4 ? OP_NLL_LOSS_2D : OP_NLL_LOSS };
    if (input->shape.dims == 3 || input->shape.dims > 4) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "%s of a tensor with %d dimensions is not supported by Gradlight",
                            call->row->name, input->shape.dims);
    }
    return read_class_loss(call, in, &use) ? function_apply(call, &use) : NULL;
}

static PyObject *call_nll_loss(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *target = input ? argument_tensor(call, 1) : NULL;
    return target ? call_nll(call, input, target) : NULL;
}

static PyObject *call_cross_entropy(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *target = input ? argument_tensor(call, 1) : NULL;
    double smoothing = 0;
    struct error err;
    if (!target || !argument_real(call, 7, &smoothing)) {
        return NULL;
    }
    if (smoothing != 0 ||
        (dtype_is_float(target->dtype) && shape_equal(&input->shape, &target->shape))) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "cross_entropy with %s is not supported by Gradlight",
                            smoothing != 0 ? "label_smoothing" : "class probabilities");
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = {
        .op = OP_LOG_SOFTMAX,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM), .dim = input->shape.dims > 1 ? 1 : 0 },
    };
    struct tensor *logs = op_apply_one(call->face->engine, &use, &err);
    if (!logs) {
        return torch_raise(&err);
    }
    PyObject *loss = call_nll(call, logs, target);
    tensor_unref(logs);
    return loss;
}

#define SOFTMAX(name, id)                                                                      \
    {                                                                                          \
        name, { "input", "dim", "_stacklevel", "dtype" }, .required = 1, .call = call_softmax, \
                                                          .op = OP_##id                        \
    }
#define CLASS_LOSS \
    "input", "target", "weight", "size_average", "ignore_index", "reduce", "reduction"

const struct function_row functional_rows[] = {
    { "linear", { "input", "weight", "bias" }, .required = 2, .call = call_linear },
    { "relu", { "input", "inplace" }, .required = 1, .call = call_relu },
    { "embedding", { "input", "weight", "padding_idx" }, .required = 2, .call = call_embedding },
    { "mse_loss", { "input", "target", "reduction" }, .required = 2, .call = call_mse_loss },
    SOFTMAX("softmax", SOFTMAX),
    SOFTMAX("log_softmax", LOG_SOFTMAX),
    { "nll_loss", { CLASS_LOSS }, .required = 2, .call = call_nll_loss },
    { "cross_entropy",
      { CLASS_LOSS, "label_smoothing" },
      .required = 2,
      .call = call_cross_entropy },
    { .name = NULL },
};

const struct function_row *functional_find(const char *name)
{
    static const struct function_row *const tables[] = { functional_rows, window_rows, norm_rows };
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        for (const struct function_row *row = tables[i]; row->name; row++) {
            if (strcmp(row->name, name) == 0) {
                return row;
            }
        }
    }
    assert(!"no such function");
    return NULL;
}
