/* Where the result of an operation goes: to a new object, or with out= into the lesson's tensor. */
#include "engine/observer.h"
#include "lessons/torch/functions.h"

/* What out= may not be. */
static bool check_out(const struct call *call, const struct tensor *out,
                      const struct tensor *result, struct error *err)
{
    if (result->requires_grad || (call->face->engine->grad_enabled && out->requires_grad)) {
        return error_set(err,
                         "%s(): functions with out=... arguments don't support automatic "
                         "differentiation, but one of the arguments requires grad.",
                         call->row->name);
    }
    return dtype_can_cast(result->dtype, out->dtype) ||
           error_set(err, "result type %s can't be cast to the desired output type %s",
                     dtype_type_name(result->dtype), dtype_type_name(out->dtype));
}

static bool warn_of_resizing(const struct tensor *out, const struct tensor *result)
{
    struct text had = { 0 }, wanted = { 0 };
    shape_append(&had, &out->shape);
    shape_append(&wanted, &result->shape);
    const int status = PyErr_WarnFormat(
        PyExc_UserWarning, 1,
        "An output with one or more elements was resized since it had shape %s, which does not "
        "match the required output shape %s. This behavior is deprecated, and in a future PyTorch "
        "release outputs will not be resized unless they have zero elements. You can explicitly "
        "reuse an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
        text_string(&had), text_string(&wanted));
    text_finish(&had);
    text_finish(&wanted);
    return status == 0;
}

/* A tensor of another shape gets memory of its own for the new one. */
static bool resize_out(const struct call *call, struct tensor *out, const struct tensor *result)
{
    if (shape_equal(&result->shape, &out->shape)) {
        return true;
    }
    if (out->count > 0 && !warn_of_resizing(out, result)) {
        return false;
    }
    struct error err;
    const struct tensor_spec spec = { out->dtype, result->shape, tensor_backend(out) };
    struct tensor *larger = tensor_create(call->face->engine, &spec, &err);
    if (!larger) {
        torch_raise(&err);
        return false;
    }
    tensor_set_data(out, larger);
    tensor_unref(larger);
    const struct observed_creation creation = { .tensor = out, .by = "empty" };
    face_observe_creation(call->face, &creation);
    return true;
}

/* out=: the result is copied into a tensor of the lesson's, which autograd must not know. */
static PyObject *copy_out(const struct call *call, const struct op_use *use)
{
    struct engine *engine = call->face->engine;
    struct error err;
    if (!tensor_object_is(call->face, call->out)) {
        return PyErr_Format(PyExc_TypeError, "%s(): argument 'out' must be Tensor, not %s",
                            call->row->name, Py_TYPE(call->out)->tp_name);
    }
    struct tensor *out = tensor_object_tensor(call->out);
    struct tensor *result = op_apply_one(engine, use, &err);
    if (!result || !check_out(call, out, result, &err)) {
        tensor_unref(result);
        return torch_raise(&err);
    }
    struct tensor *filled = NULL;
    const bool fits = resize_out(call, out, result);
    if (fits) {
        const struct operand in[] = { operand_tensor(out), operand_tensor(result) };
        const struct op_use copy = { .op = OP_COPY, .in = in, .in_count = 2, .in_place = true };
        filled = op_apply_one(engine, &copy, &err);
    }
    tensor_unref(result);
    return fits ? function_result(call, filled, &err) : NULL;
}

PyObject *function_apply(const struct call *call, const struct op_use *use)
{
    if (call->out) {
        return copy_out(call, use);
    }
    struct error err;
    return function_result(call, op_apply_one(call->face->engine, use, &err), &err);
}
