/* torch.frombuffer: the bytes of another object as a tensor. */
#include "lessons/torch/creation.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "lessons/torch/arguments.h"

static void release_buffer(void *owner)
{
    PyBuffer_Release(owner);
    free(owner);
}

/* Memory that can be written to, or with a warning memory that cannot: a tensor is not told apart. */
static bool look_at(PyObject *object, Py_buffer *view)
{
    if (PyObject_GetBuffer(object, view, PyBUF_WRITABLE) == 0) {
        return true;
    }
    PyErr_Clear();
    if (!PyObject_CheckBuffer(object)) {
        PyErr_SetString(PyExc_ValueError, "object does not implement Python buffer protocol.");
        return false;
    }
    return PyErr_WarnEx(PyExc_UserWarning,
                        "The given buffer is not writable, and PyTorch does not support "
                        "non-writable tensors. This means you can write to the underlying "
                        "(supposedly non-writable) buffer using the tensor. You may want to copy "
                        "the buffer to protect its data or make it writable before converting it "
                        "to a tensor. This type of warning will be suppressed for the rest of this "
                        "program.",
                        1) == 0 &&
           PyObject_GetBuffer(object, view, PyBUF_SIMPLE) == 0;
}

/* How many elements; -1 with an exception. `length` and `offset` in bytes, count < 0: all there are. */
static int64_t count_elements(int64_t length, int64_t offset, int64_t count, int64_t size)
{
    if (length <= 0 || count == 0) {
        PyErr_Format(PyExc_ValueError, "both buffer length (%lld) and count (%lld) must not be 0",
                     (long long)length, (long long)count);
        return -1;
    }
    if (offset < 0 || offset >= length) {
        PyErr_Format(PyExc_ValueError,
                     "offset (%lld bytes) must be non-negative and no greater than buffer length "
                     "(%lld bytes) minus 1",
                     (long long)offset, (long long)length);
        return -1;
    }
    if (count < 0 && (length - offset) % size != 0) {
        PyErr_Format(PyExc_ValueError,
                     "buffer length (%lld bytes) after offset (%lld bytes) must be a multiple of "
                     "element size (%lld)",
                     (long long)(length - offset), (long long)offset, (long long)size);
        return -1;
    }
    count = count < 0 ? (length - offset) / size : count;
    if (count > (length - offset) / size) {
        PyErr_Format(PyExc_ValueError,
                     "requested buffer length (%lld * %lld bytes) after offset (%lld bytes) must "
                     "not be greater than actual buffer length (%lld bytes)",
                     (long long)count, (long long)size, (long long)offset, (long long)length);
        return -1;
    }
    return count;
}

static PyObject *call_frombuffer(struct call *call)
{
    enum dtype dtype = DTYPE_FLOAT32;
    int64_t count = -1, offset = 0;
    struct creation_options options = { 0 };
    if (!argument_dtype(call, 1, &dtype) ||
        (argument_given(call, 2) && !argument_integer(call, 2, &count)) ||
        (argument_given(call, 3) && !argument_integer(call, 3, &offset)) ||
        !argument_bool(call, 4, &options.requires_grad)) {
        return NULL;
    }
    Py_buffer *view = memory_allocate(1, sizeof(*view));
    if (!look_at(call->arguments[0], view)) {
        free(view);
        return NULL;
    }
    const int64_t size = (int64_t)dtype_size(dtype);
    const int64_t elements = count_elements(view->len, offset, count, size);
    if (elements < 0) {
        release_buffer(view);
        return NULL;
    }
    if (((uintptr_t)view->buf + (uintptr_t)offset) % (uintptr_t)size != 0) {
        release_buffer(view);
        return PyErr_Format(PyExc_NotImplementedError,
                            "a buffer whose first element (offset %lld) does not stand at a "
                            "multiple of its size (%lld) is not supported by Gradlight",
                            (long long)offset, (long long)size);
    }
    const struct tensor_spec spec = { dtype, { 1, { elements } }, NULL };
    const struct tensor_memory memory = { .memory = (char *)view->buf + offset,
                                          .elements = (char *)view->buf + offset,
                                          .bytes = (size_t)(elements * size),
                                          .strides = { 1 },
                                          .release = release_buffer,
                                          .owner = view };
    struct error err;
    struct tensor *tensor = tensor_from_memory(call->face->engine, &spec, &memory, &err);
    if (!tensor) {
        release_buffer(view);
    }
    return creation_finish(call, tensor, &options, NULL, &err);
}

const struct function_row buffer_rows[] = {
    { "frombuffer",
      { "buffer", "dtype", "count", "offset", "requires_grad" },
      .required = 2,
      .keyword_only = 1,
      .call = call_frombuffer,
      .places = PLACE_TORCH },
    { .name = NULL },
};
