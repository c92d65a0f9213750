/* Choice, softmax and matrix products. */
#include "lessons/torch/functions.h"

#include "engine/nn/nn.h"

/* ---- choice -------------------------------------------------------------------------------------- */

/* ---- softmax ----------------------------------------------------------------------------------- */

static PyObject *call_softmax(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM),
                              .from_end = argument_from_end(call, 1, ATTR(DIM)) };
    if (!input || !argument_dim(call, 1, input->shape.dims, &attrs.dim)) {
        return NULL;
    }
    struct tensor *source = argument_converted(call, input, 2);
    if (!source) {
        return NULL;
    }
    const struct operand in = operand_tensor(source);
    const struct op_use use = { .op = call->row->op, .in = &in, .in_count = 1, .attrs = attrs };
    PyObject *result = function_apply(call, &use);
    tensor_unref(source);
    return result;
}

/* ---- matrix products --------------------------------------------------------------------------- */

static PyObject *call_matmul(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0);
    struct tensor *b = a ? argument_tensor(call, 1) : NULL;
    struct error err;
    return b ? function_result(call, nn_matmul(call->face->engine, a, b, &err), &err) : NULL;
}

static PyObject *call_outer(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0);
    struct tensor *b = a ? argument_tensor(call, 1) : NULL;
    struct error err;
    return b ? function_result(call, nn_outer(call->face->engine, a, b, &err), &err) : NULL;
}

static PyObject *call_einsum(struct call *call)
{
    struct tensor_list list;
    struct error err;
    const char *equation =
        PyUnicode_Check(call->arguments[0]) ? PyUnicode_AsUTF8(call->arguments[0]) : NULL;
    if (!equation) {
        argument_refuse(call, 0, "str");
        return NULL;
    }
    if (!argument_tensors(call, 1, &list)) {
        return NULL;
    }
    struct tensor *result = nn_einsum(call->face->engine, equation, list.items, list.count, &err);
    PyMem_Free(list.items);
    return function_result(call, result, &err);
}

static PyObject *call_product(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0);
    struct tensor *b = a ? argument_tensor(call, 1) : NULL;
    if (!b) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    const struct op_use use = { .op = call->row->op, .in = in, .in_count = 2 };
    return function_apply(call, &use);
}

static PyObject *call_addmm(struct call *call)
{
    struct operand in[3];
    for (int i = 0; i < 3; i++) {
        struct tensor *tensor = argument_tensor(call, i);
        if (!tensor) {
            return NULL;
        }
        in[i] = operand_tensor(tensor);
    }
    struct op_use use = { .op = call->row->op, .in = in, .in_count = 3 };
    use.attrs.present |= argument_given(call, 3) ? ATTR(BETA) : 0;
    use.attrs.present |= argument_given(call, 4) ? ATTR(ALPHA) : 0;
    if (!argument_number(call, 3, &use.attrs.beta) || !argument_number(call, 4, &use.attrs.alpha)) {
        return NULL;
    }
    return function_apply(call, &use);
}

/* ---- the table --------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define PRODUCT(id) { "input", "mat2" }, .required = 2, .call = call_product, .op = OP_##id
#define SOFTMAX(id) { "input", "dim", "dtype" }, .required = 2, .call = call_softmax, .op = OP_##id

const struct function_row math_rows[] = {
    { "softmax", SOFTMAX(SOFTMAX), .places = BOTH },
    { "log_softmax", SOFTMAX(LOG_SOFTMAX), .places = BOTH },

    { "matmul",
      { "input", "other" },
      .required = 2,
      .call = call_matmul,
      .op = OP_MM,
      .places = BOTH },
    { "outer", { "input", "vec2" }, .required = 2, .call = call_outer, .places = BOTH },
    { "ger", { "input", "vec2" }, .required = 2, .call = call_outer, .places = BOTH },
    { "einsum",
      { "equation", "operands" },
      .required = 1,
      .collects = 2,
      .call = call_einsum,
      .places = PLACE_TORCH },
    { "mm", PRODUCT(MM), .places = BOTH },
    { "mv", { "input", "vec" }, .required = 2, .call = call_product, .op = OP_MV, .places = BOTH },
    { "dot",
      { "input", "tensor" },
      .required = 2,
      .call = call_product,
      .op = OP_DOT,
      .places = BOTH },
    { "bmm", PRODUCT(BMM), .places = BOTH },
    { "addmm",
      { "input", "mat1", "mat2", "beta", "alpha" },
      .required = 3,
      .keyword_only = 3,
      .call = call_addmm,
      .op = OP_ADDMM,
      .places = BOTH },
    { "baddbmm",
      { "input", "batch1", "batch2", "beta", "alpha" },
      .required = 3,
      .keyword_only = 3,
      .call = call_addmm,
      .op = OP_BADDBMM,
      .places = BOTH },
    { .name = NULL },
};
