#pragma once
/* What the class Tensor is made of, file by file. Slots and attribute tables in Python's own shape:
 * see the C API's reference for what each may return. */

#include "engine/ops/ops.h"
#include "lessons/torch/face.h"

/* ---- tensor_attributes.c ---- */
extern PyGetSetDef tensor_attributes[];

/* ---- tensor_text.c ---- */
PyObject *tensor_slot_text(PyObject *self);
PyObject *tensor_method_format(PyObject *self, PyObject *spec);
PyObject *tensor_slot_float(PyObject *self);
PyObject *tensor_slot_int(PyObject *self);
PyObject *tensor_slot_index(PyObject *self);
int tensor_slot_bool(PyObject *self);
/* t.tolist() */
PyObject *tensor_list(struct tensor *tensor);
/* tensor_item; who observes the run is told what it is read for. */
bool tensor_item_for(const struct tensor *tensor, const char *purpose, struct number *out,
                     struct error *err);
/* Tells who observes the run that the lesson took the elements out by that name ("item"). */
void tensor_taken(const struct tensor *tensor, const char *by);

/* ---- tensor_operators.c ---- */
PyObject *tensor_slot_add(PyObject *a, PyObject *b);
PyObject *tensor_slot_subtract(PyObject *a, PyObject *b);
PyObject *tensor_slot_multiply(PyObject *a, PyObject *b);
PyObject *tensor_slot_divide(PyObject *a, PyObject *b);
PyObject *tensor_slot_power(PyObject *a, PyObject *b, PyObject *modulo);
PyObject *tensor_slot_matmul(PyObject *a, PyObject *b);
PyObject *tensor_slot_floor_divide(PyObject *a, PyObject *b);
PyObject *tensor_slot_remainder(PyObject *a, PyObject *b);
PyObject *tensor_slot_and(PyObject *a, PyObject *b);
PyObject *tensor_slot_or(PyObject *a, PyObject *b);
PyObject *tensor_slot_xor(PyObject *a, PyObject *b);
PyObject *tensor_slot_shift_left(PyObject *a, PyObject *b);
PyObject *tensor_slot_shift_right(PyObject *a, PyObject *b);
PyObject *tensor_slot_invert(PyObject *a);
PyObject *tensor_slot_absolute(PyObject *a);
PyObject *tensor_slot_negative(PyObject *a);
PyObject *tensor_slot_positive(PyObject *a);
PyObject *tensor_slot_add_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_subtract_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_multiply_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_divide_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_power_in_place(PyObject *a, PyObject *b, PyObject *modulo);
PyObject *tensor_slot_floor_divide_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_remainder_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_and_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_or_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_xor_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_shift_left_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_shift_right_in_place(PyObject *a, PyObject *b);
PyObject *tensor_slot_compare(PyObject *a, PyObject *b, int operation);
/* The row for an operation that has one for a number as second operand (pow, remainder, fmod, //) and
 * others for two tensors and a number as the first; any other operation is its own. */
enum op_id tensor_row(enum op_id op, const struct operand *in);

/* ---- tensor_index.c ---- */
PyObject *tensor_slot_at(PyObject *self, PyObject *index);
int tensor_slot_set_at(PyObject *self, PyObject *index, PyObject *value);
int tensor_slot_contains(PyObject *self, PyObject *element);
Py_ssize_t tensor_slot_length(PyObject *self);
PyObject *tensor_slot_item(PyObject *self,
                           Py_ssize_t i); /* what numpy takes for a sequence has it */
PyObject *tensor_slot_iterate(PyObject *self);

/* ---- tensor_buffer.c ---- */
int tensor_slot_buffer(PyObject *self, Py_buffer *view, int flags);
void tensor_slot_release(PyObject *self, Py_buffer *view);
