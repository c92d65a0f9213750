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
    struct op_attrs attrs = { .present = ATTR_REDUCTION };
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

const struct function_row functional_rows[] = {
    { "linear", { "input", "weight", "bias" }, .required = 2, .call = call_linear },
    { "relu", { "input", "inplace" }, .required = 1, .call = call_relu },
    { "embedding", { "input", "weight", "padding_idx" }, .required = 2, .call = call_embedding },
    { "mse_loss", { "input", "target", "reduction" }, .required = 2, .call = call_mse_loss },
    { .name = NULL },
};

const struct function_row *functional_find(const char *name)
{
    const struct function_row *row = functional_rows;
    while (strcmp(row->name, name) != 0) {
        row++;
        assert(row->name);
    }
    return row;
}
