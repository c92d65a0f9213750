#pragma once
/* The real numpy beside our tensors: arrays look at a tensor's memory and the other way round, NumPy's
 * numbers are numbers. Nothing here imports numpy before the lesson needs it. */

#include "lessons/torch/arguments.h"

/* Whether the object is an np.ndarray. */
bool is_array(PyObject *object);

/* np.float32(2), np.bool_(True): the number. False without an exception if it is none. */
bool numpy_scalar(PyObject *object, struct number *out);
/* Its type, where the object is a NumPy scalar; else *out is left alone. False with an exception for
 * one that no tensor can hold. */
bool numpy_scalar_dtype(PyObject *object, enum dtype *out);

/* The same memory as that of an array or of another object with a buffer. `writable`: it must be one
 * that may be changed. With PyTorch's texts for what cannot be shared. */
struct tensor *array_share(struct face *face, PyObject *array, bool writable);

extern const struct function_row array_rows[];
