#pragma once
/* Tensors from nothing, from Python's lists and numbers, and from memory that others share. Functions
 * that return a `struct tensor *` give a reference, or NULL with an exception unless they take err. */

#include "lessons/torch/function.h"

/* torch.tensor, zeros, arange, rand, ...: creation.c and random.c */
extern const struct function_row creation_rows[];
extern const struct function_row creation_new_rows[]; /* creation_new.c */
extern const struct function_row buffer_rows[];       /* creation_buffer.c */
extern const struct function_row random_rows[];
extern const struct function_row generator_rows[]; /* generator.c */
/* Lent: the generator of an argument, or the default one. NULL with an exception. */
struct generator *argument_generator(const struct call *call, int i);

/* torch.Tensor(...), torch.LongTensor(...): sizes, or one list, or nothing. */
struct tensor *creation_legacy(struct face *face, PyObject *args, enum dtype dtype);
struct tensor *creation_empty(struct face *face, struct error *err);

/* A copy of what a list of lists, a number, an array or a tensor holds; dtype NULL: inferred. */
struct tensor *data_copy(struct face *face, PyObject *data, const enum dtype *dtype);
/* The same memory as a NumPy array's. */
struct tensor *data_share(struct face *face, PyObject *array);

/* The parameters that every creating function ends with, in this order. layout and pin_memory change
 * nothing that a lesson could see. */
#define CREATION_OPTIONS "dtype", "device", "requires_grad", "layout", "pin_memory", "out"

struct creation_options {
    enum dtype dtype;
    struct backend *backend; /* NULL: where the tensor is */
    bool requires_grad;
};
/* Reads the options, which begin at parameter `first`. */
bool creation_read_options(const struct call *call, int first, enum dtype fallback,
                           struct creation_options *out);
/* The same, with the dtype and the device of `like` where none is given. */
bool creation_read_like(const struct call *call, int first, const struct tensor *like,
                        struct creation_options *out);
/* The tensor, or what takes its place on that device (NULL: where it is). Takes the reference and gives
 * one, or NULL with an exception; NULL stays NULL. */
struct tensor *creation_move(struct tensor *tensor, struct backend *backend);
/* Moves it to the device, sets requires_grad, tells the observer (by the row's name, with attrs or NULL), makes the object.
 * Takes the reference; NULL gives torch_raise(err). */
PyObject *creation_finish(const struct call *call, struct tensor *tensor,
                          const struct creation_options *options, const struct op_attrs *attrs,
                          const struct error *err);
