/* x.shape, x.grad, x.T, ...: what is looked up without brackets. */
#include "lessons/torch/tensor_slots.h"

#include "engine/autograd/autograd.h"
#include "engine/observer.h"

static struct tensor *tensor_of(PyObject *self)
{
    return tensor_object_tensor(self);
}

static PyObject *shape(PyObject *self, void *closure)
{
    (void)closure;
    return size_object_create(face_current(), &tensor_of(self)->shape);
}

static PyObject *dtype(PyObject *self, void *closure)
{
    (void)closure;
    return dtype_object_of(face_current(), tensor_of(self)->dtype);
}

static PyObject *layout(PyObject *self, void *closure)
{
    (void)self;
    (void)closure;
    return PyObject_GetAttrString(face_current()->torch, "strided");
}

static PyObject *device(PyObject *self, void *closure)
{
    (void)closure;
    return device_object_of(face_current(), tensor_backend(tensor_of(self)));
}

static PyObject *ndim(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(tensor_of(self)->shape.dims);
}

static PyObject *itemsize(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(dtype_size(tensor_of(self)->dtype));
}

static PyObject *nbytes(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(dtype_size(tensor_of(self)->dtype) * (size_t)tensor_of(self)->count);
}

static PyObject *is_cuda(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(tensor_backend(tensor_of(self)) != engine_cpu(tensor_of(self)->engine));
}

static PyObject *is_cpu(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(tensor_backend(tensor_of(self)) == engine_cpu(tensor_of(self)->engine));
}

/* is_sparse, is_quantized, is_meta, is_mps: there are none of these. */
static PyObject *never(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    Py_RETURN_FALSE;
}

/* NumPy leaves an operation on an array and a tensor to the tensor. */
static PyObject *array_priority(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromLong(1000);
}

static PyObject *version(PyObject *self, void *closure)
{
    (void)closure;
    if (tensor_is_inference(tensor_of(self))) {
        PyErr_SetString(PyExc_RuntimeError, "Inference tensors do not track version counter.");
        return NULL;
    }
    return PyLong_FromLongLong(tensor_version(tensor_of(self)));
}

/* ---- autograd ---------------------------------------------------------------------------------- */

static PyObject *grad_fn(PyObject *self, void *closure)
{
    (void)closure;
    tensor_refresh_history(tensor_of(self));
    return node_object_of(face_current(), tensor_of(self)->grad_fn);
}

/* What the tensor is a view of. */
static PyObject *base_of(PyObject *self, void *closure)
{
    (void)closure;
    return tensor_object_of(face_current(), tensor_of(self)->base);
}

static PyObject *is_leaf(PyObject *self, void *closure)
{
    (void)closure;
    tensor_refresh_history(tensor_of(self));
    return PyBool_FromLong(tensor_is_leaf(tensor_of(self)));
}

static PyObject *retains_grad(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(tensor_of(self)->retains_grad);
}

static PyObject *output_nr(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(tensor_of(self)->output_number);
}

static PyObject *requires_grad(PyObject *self, void *closure)
{
    (void)closure;
    tensor_refresh_history(tensor_of(self));
    return PyBool_FromLong(tensor_of(self)->requires_grad);
}

static int refuse_deletion(void)
{
    PyErr_SetString(PyExc_RuntimeError, "an attribute of a tensor cannot be deleted");
    return -1;
}

static int set_requires_grad(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    struct tensor *tensor = tensor_of(self);
    struct error err;
    if (!value) {
        return refuse_deletion();
    }
    if (!PyBool_Check(value)) {
        PyErr_SetString(PyExc_RuntimeError, "requires_grad must be a bool");
        return -1;
    }
    if (value == Py_True && !dtype_is_float(tensor->dtype)) {
        /* Says more than what requires_grad_() says of the same mistake. */
        PyErr_SetString(PyExc_RuntimeError, "only Tensors of floating point and complex dtype can "
                                            "require gradients");
        return -1;
    }
    if (!tensor_set_requires_grad(tensor, value == Py_True, &err)) {
        torch_raise(&err);
        return -1;
    }
    return 0;
}

static int warn_of_non_leaf(void)
{
    return PyErr_WarnEx(
        PyExc_UserWarning,
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
        "attribute won't be populated during autograd.backward(). If you indeed want the .grad "
        "field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. "
        "If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor "
        "instead. See github.com/pytorch/pytorch/pull/30531 for more informations.",
        1);
}

static PyObject *grad(PyObject *self, void *closure)
{
    (void)closure;
    struct tensor *tensor = tensor_of(self);
    if (tensor->grad_fn && !tensor->retains_grad && !tensor->grad && warn_of_non_leaf() != 0) {
        return NULL;
    }
    return tensor_object_of(face_current(), tensor->grad);
}

static int set_grad(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const struct face *face = face_current();
    struct tensor *given = NULL;
    struct error err;
    if (value && value != Py_None) {
        if (!tensor_object_is(face, value)) {
            PyErr_Format(PyExc_TypeError,
                         "assigned grad expected to be a Tensor or None but got grad of type %s",
                         Py_TYPE(value)->tp_name);
            return -1;
        }
        if (value == self) {
            PyErr_SetString(PyExc_RuntimeError, "can't assign Variable as its own grad");
            return -1;
        }
        given = tensor_of(value);
    }
    if (!tensor_set_grad(tensor_of(self), given, "grad", &err)) {
        torch_raise(&err);
        return -1;
    }
    return 0;
}

/* ---- other looks at the same elements ------------------------------------------------------- */

static PyObject *data(PyObject *self, void *closure)
{
    (void)closure;
    struct face *face = face_current();
    struct tensor *source = tensor_of(self);
    struct tensor *tensor = tensor_alias_unversioned(source);
    const struct observed_creation creation = { .tensor = tensor, .by = "data", .source = source };
    face_observe_creation(face, &creation);
    return tensor_object_take(face, tensor, NULL);
}

static int set_data(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const struct face *face = face_current();
    struct tensor *tensor = tensor_of(self);
    if (!value) {
        return refuse_deletion();
    }
    if (!tensor_object_is(face, value)) {
        PyErr_Format(PyExc_TypeError, "Variable data has to be a tensor, but got %s",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    if (tensor->requires_grad && !tensor->grad_fn && !dtype_is_float(tensor_of(value)->dtype)) {
        PyErr_SetString(PyExc_RuntimeError, "data set to a tensor that requires gradients must be "
                                            "floating point or complex dtype");
        return -1;
    }
    const uint64_t id = tensor->id;
    tensor_set_data(tensor, tensor_of(value));
    if (tensor->id != id) {
        const struct observed_creation creation = { .tensor = tensor, .by = "data" };
        face_observe_creation(face, &creation);
    } else if (OBSERVED(face->engine, updated)) {
        const struct observed_update update = { .tensor = tensor, .by = "data", .elements = true };
        face->engine->observer->calls->updated(face->engine->observer->context, &update);
    }
    return 0;
}

static int warn_of_dimensions(void)
{
    return PyErr_WarnEx(
        PyExc_UserWarning,
        "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is "
        "deprecated "
        "and it will throw an error in a future release. Consider `x.mT` to transpose batches of "
        "matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a "
        "tensor.",
        1);
}

/* The dimensions in reverse order; a matrix's transpose is PermuteBackward0 too. */
static PyObject *transposed(PyObject *self, void *closure)
{
    (void)closure;
    struct face *face = face_current();
    struct tensor *tensor = tensor_of(self);
    if (tensor->shape.dims != 2 && tensor->shape.dims != 0 && warn_of_dimensions() != 0) {
        return NULL;
    }
    struct op_attrs attrs = { .present = ATTR(DIMS), .dims = { .dims = tensor->shape.dims } };
    for (int i = 0; i < tensor->shape.dims; i++) {
        attrs.dims.size[i] = tensor->shape.dims - 1 - i;
    }
    const struct operand in = operand_tensor(tensor);
    const struct op_use use = { .op = OP_PERMUTE, .in = &in, .in_count = 1, .attrs = attrs };
    struct error err;
    return tensor_object_take(face, op_apply_one(face->engine, &use, &err), &err);
}

static PyObject *matrix_transposed(PyObject *self, void *closure)
{
    (void)closure;
    struct face *face = face_current();
    struct tensor *tensor = tensor_of(self);
    if (tensor->shape.dims < 2) {
        PyErr_Format(PyExc_RuntimeError,
                     "tensor.mT is only supported on matrices or batches of matrices. Got %d-D "
                     "tensor.",
                     tensor->shape.dims);
        return NULL;
    }
    const struct op_attrs attrs = { .present = ATTR(DIM0) | ATTR(DIM1),
                                    .from_end = ATTR(DIM0) | ATTR(DIM1),
                                    .dim0 = tensor->shape.dims - 2,
                                    .dim1 = tensor->shape.dims - 1 };
    const struct operand in = operand_tensor(tensor);
    const struct op_use use = { .op = OP_TRANSPOSE, .in = &in, .in_count = 1, .attrs = attrs };
    struct error err;
    return tensor_object_take(face, op_apply_one(face->engine, &use, &err), &err);
}

/* Of a matrix of real numbers the transpose. */
static PyObject *hermitian(PyObject *self, void *closure)
{
    const int dims = tensor_of(self)->shape.dims;
    if (dims != 2 && dims != 0) {
        return PyErr_Format(PyExc_RuntimeError,
                            "tensor.H is only supported on matrices (2-D tensors). Got %d-D "
                            "tensor.%s",
                            dims,
                            dims > 2 ? " For batches of matrices, consider using tensor.mH" : "");
    }
    return dims == 2 ? matrix_transposed(self, closure) : Py_NewRef(self);
}

PyGetSetDef tensor_attributes[] = {
    { "__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL },
    { "shape", shape, NULL, NULL, NULL },
    { "dtype", dtype, NULL, NULL, NULL },
    { "layout", layout, NULL, NULL, NULL },
    { "device", device, NULL, NULL, NULL },
    { "ndim", ndim, NULL, NULL, NULL },
    { "itemsize", itemsize, NULL, NULL, NULL },
    { "nbytes", nbytes, NULL, NULL, NULL },
    { "is_cuda", is_cuda, NULL, NULL, NULL },
    { "is_cpu", is_cpu, NULL, NULL, NULL },
    { "is_sparse", never, NULL, NULL, NULL },
    { "is_quantized", never, NULL, NULL, NULL },
    { "is_meta", never, NULL, NULL, NULL },
    { "is_mps", never, NULL, NULL, NULL },
    { "__array_priority__", array_priority, NULL, NULL, NULL },
    { "_version", version, NULL, NULL, NULL },
    { "grad_fn", grad_fn, NULL, NULL, NULL },
    { "_base", base_of, NULL, NULL, NULL },
    { "is_leaf", is_leaf, NULL, NULL, NULL },
    { "retains_grad", retains_grad, NULL, NULL, NULL },
    { "output_nr", output_nr, NULL, NULL, NULL },
    { "requires_grad", requires_grad, set_requires_grad, NULL, NULL },
    { "grad", grad, set_grad, NULL, NULL },
    { "data", data, set_data, NULL, NULL },
    { "T", transposed, NULL, NULL, NULL },
    { "mT", matrix_transposed, NULL, NULL, NULL },
    { "mH", matrix_transposed, NULL, NULL, NULL },
    { "H", hermitian, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
