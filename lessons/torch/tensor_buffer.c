/* The buffer protocol: NumPy and memoryview look at a tensor's memory without a copy. */
#include "lessons/torch/tensor_slots.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/observer.h"

static const char *format_of(enum dtype dtype)
{
    static const char *const formats[DTYPE_ALL] = {
        [DTYPE_BOOL] = "?",  [DTYPE_UINT8] = "B",   [DTYPE_INT32] = "i",
        [DTYPE_INT64] = "q", [DTYPE_FLOAT32] = "f", [DTYPE_FLOAT64] = "d",
        [DTYPE_INT8] = "b",  [DTYPE_INT16] = "h",   [DTYPE_FLOAT16] = "e",
    };
    return formats[dtype];
}

static void share(const struct tensor *tensor)
{
    const struct engine *engine = tensor->engine;
    tensor->storage->is_shared = true;
    if (OBSERVED(engine, shared)) {
        engine->observer->calls->shared(engine->observer->context, tensor);
    }
}

int tensor_slot_buffer(PyObject *self, Py_buffer *view, int flags)
{
    const struct tensor *tensor = tensor_object_tensor(self);
    void *data = tensor_host_data(tensor);
    if (tensor->requires_grad) {
        PyErr_SetString(PyExc_BufferError, "Can't call numpy() on Tensor that requires grad. Use "
                                           "tensor.detach().numpy() instead.");
        return -1;
    }
    if (!data && tensor->count > 0) {
        PyErr_SetString(PyExc_BufferError, "the tensor's memory is on another device");
        return -1;
    }
    if (!format_of(tensor->dtype)) {
        PyErr_SetString(PyExc_TypeError, "Got unsupported ScalarType BFloat16");
        return -1;
    }
    if (!(flags & PyBUF_STRIDES) && !tensor_is_contiguous(tensor)) {
        PyErr_SetString(PyExc_BufferError, "the tensor is not contiguous");
        return -1;
    }
    share(tensor);
    const int dims = tensor->shape.dims;
    const Py_ssize_t size = (Py_ssize_t)dtype_size(tensor->dtype);
    Py_ssize_t *sizes = memory_allocate((size_t)dims * 2 + 1, sizeof(*sizes));
    for (int i = 0; i < dims; i++) {
        sizes[i] = (Py_ssize_t)tensor->shape.size[i];
        sizes[dims + i] = (Py_ssize_t)tensor->strides[i] * size;
    }
    static char nothing[1];
    *view = (Py_buffer){
        .buf = data ? data : nothing,
        .obj = Py_NewRef(self),
        .len = (Py_ssize_t)tensor->count * size,
        .itemsize = size,
        .ndim = dims,
        .format = (flags & PyBUF_FORMAT) ? memory_copy_string(format_of(tensor->dtype)) : NULL,
        .shape = (flags & PyBUF_ND) ? sizes : NULL,
        .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? sizes + dims : NULL,
        .internal = sizes,
    };
    return 0;
}

void tensor_slot_release(PyObject *self, Py_buffer *view)
{
    (void)self;
    free(view->internal);
    free(view->format);
}
