#pragma once
/* What an argument means: a tensor, a number, a shape, a dtype. The texts of wrong ones are PyTorch's:
 * "exp(): argument 'input' (position 1) must be Tensor, not int". All return false, or NULL, with an
 * exception. An argument that is None counts as not given. */

#include "lessons/torch/function.h"

static inline bool argument_given(const struct call *call, int i)
{
    return call->arguments[i] && call->arguments[i] != Py_None;
}

/* Lent. */
struct tensor *argument_tensor(const struct call *call, int i);
/* *out = NULL when not given. */
bool argument_tensor_or_none(const struct call *call, int i, struct tensor **out);
/* A tensor or a number. */
bool argument_operand(const struct call *call, int i, struct operand *out);
/* These leave *out alone when the argument was not given. */
bool argument_number(const struct call *call, int i, struct number *out);
bool argument_real(const struct call *call, int i, double *out);
bool argument_integer(const struct call *call, int i, int64_t *out);
bool argument_bool(const struct call *call, int i, bool *out);
bool argument_dtype(const struct call *call, int i, enum dtype *out);
/* Only devices that are there: "Torch not compiled with CUDA enabled". */
bool argument_device(const struct call *call, int i, struct backend **out);
/* A size: one tuple or list, an int, or the collected arguments. */
bool argument_size(const struct call *call, int i, struct shape *out);
/* Dimensions, one or several, counted from 0. False in *given when there are none (None or ()). */
bool argument_dims(const struct call *call, int i, int dims, struct shape *out, bool *given);
bool argument_dim(const struct call *call, int i, int dims, int64_t *out);
/* `attr`, a bit for op_attrs.from_end, if argument i is negative; else 0. */
uint64_t argument_from_end(const struct call *call, int i, uint64_t attr);

/* A tuple or list of tensors, or the collected arguments: an array of lent tensors for PyMem_Free. */
struct tensor_list {
    struct tensor **items;
    int count;
};
bool argument_tensors(const struct call *call, int i, struct tensor_list *out);
/* Whole numbers of any count, in a tuple or list: an array for PyMem_Free. False without an exception
 * where it is something else. */
bool integers_of(PyObject *sequence, int64_t **out, int *count);

/* "sum(): argument 'dim' (position 2) must be ..., not str" */
bool argument_refuse(const struct call *call, int i, const char *wanted);

/* What a Python number is; false without an exception if it is none (or a bool that is too long). */
bool number_of(PyObject *object, struct number *out);
/* A tensor or number as an operand; false without an exception if it is neither. */
bool operand_of(struct face *face, PyObject *object, struct operand *out);
/* A shape from a tuple, list or torch.Size of whole numbers; false without an exception. */
bool shape_of(PyObject *sequence, struct shape *out);
/* A device from torch.device, "cuda:0" or 0. With an exception. */
bool device_of(struct face *face, PyObject *object, struct backend **out);
