/* x[...] and x[...] = value; len and iteration. */
#include "lessons/torch/tensor_slots.h"

#include "engine/nn/nn.h"
#include "engine/ops/ops.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/creation.h"
#include "lessons/torch/index_walk.h"

PyObject *tensor_slot_at(PyObject *self, PyObject *index)
{
    struct face *face = face_current();
    struct tensor *tensor = tensor_object_tensor(self);
    struct index_walk walk;
    struct error err;
    PyObject *result = NULL;
    if (index_walk_begin(&walk, face, tensor, index)) {
        struct tensor *part;
        if (walk.index_count > 0) {
            part = index_walk_apply(&walk, &(struct op_use){ .op = OP_INDEX }, NULL);
        } else if (walk.tensor == tensor) { /* x[...], x[()]: another look at everything */
            part = op_unary(face->engine, OP_ALIAS, tensor, &err);
            part = part ? part : (torch_raise(&err), NULL);
        } else {
            part = tensor_ref(walk.tensor);
        }
        result = part ? tensor_object_take(face, part, NULL) : NULL;
    }
    index_walk_finish(&walk);
    return result;
}

/* ---- assignment -------------------------------------------------------------------------------- */

/* What is assigned, as a tensor: a reference, or NULL with an exception. */
static struct tensor *assigned(struct face *face, PyObject *value, const struct tensor *to)
{
    struct operand operand;
    struct error err;
    if (!operand_of(face, value, &operand)) {
        PyErr_Format(PyExc_TypeError, "can't assign a %s to a torch.%sTensor",
                     Py_TYPE(value)->tp_name, dtype_type_name(to->dtype));
        return NULL;
    }
    if (operand.kind == OPERAND_TENSOR) {
        return tensor_ref(operand.tensor);
    }
    const struct tensor_spec spec = { .dtype = to->dtype, .backend = tensor_backend(to) };
    struct tensor *tensor = tensor_full(face->engine, &spec, operand.number, &err);
    if (!tensor) {
        torch_raise(&err);
    }
    return tensor;
}

/* The value without dimensions of size 1 in front. Takes the reference. */
static struct tensor *without_leading_ones(struct face *face, struct tensor *value)
{
    struct shape shape = { 0 };
    struct error err;
    int first = 0;
    while (first < value->shape.dims && value->shape.size[first] == 1) {
        first++;
    }
    if (first == 0) {
        return value;
    }
    for (int d = first; d < value->shape.dims; d++) {
        shape.size[shape.dims++] = value->shape.size[d];
    }
    struct tensor *look = nn_reshape(face->engine, value, &shape, &err);
    tensor_unref(value);
    if (!look) {
        torch_raise(&err);
    }
    return look;
}

static struct tensor *copy_into(struct face *face, struct tensor *part, struct tensor *value)
{
    const struct operand in[] = { operand_tensor(part), operand_tensor(value) };
    const struct op_use use = { .op = OP_COPY, .in = in, .in_count = 2, .in_place = true };
    struct error err;
    struct tensor *done = op_apply_one(face->engine, &use, &err);
    if (!done) {
        torch_raise(&err);
    }
    return done;
}

static bool assign(struct index_walk *walk, PyObject *value)
{
    struct op_use put = { .op = OP_INDEX_PUT,
                          .in_place = true,
                          .attrs = { .present = ATTR(ACCUMULATE) } };
    struct tensor *from = assigned(walk->face, value, walk->tensor), *done = NULL;
    if (from && (walk->index_count > 0 || !shape_equal(&from->shape, &walk->tensor->shape))) {
        from = without_leading_ones(walk->face, from);
    }
    if (from) {
        done = walk->index_count > 0 ? index_walk_apply(walk, &put, from)
                                     : copy_into(walk->face, walk->tensor, from);
    }
    tensor_unref(from);
    tensor_unref(done);
    return done != NULL;
}

int tensor_slot_set_at(PyObject *self, PyObject *index, PyObject *value)
{
    struct face *face = face_current();
    struct index_walk walk;
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "Tensor does not support deleting items");
        return -1;
    }
    if (index == Py_False) { /* nothing is named */
        return 0;
    }
    const bool ok = index_walk_begin(&walk, face, tensor_object_tensor(self),
                                     index == Py_True ? Py_None : index) &&
                    assign(&walk, value);
    index_walk_finish(&walk);
    return ok ? 0 : -1;
}

/* ---- len and iteration --------------------------------------------------------------------------- */

Py_ssize_t tensor_slot_length(PyObject *self)
{
    const struct tensor *tensor = tensor_object_tensor(self);
    if (tensor->shape.dims == 0) {
        PyErr_SetString(PyExc_TypeError, "len() of a 0-d tensor");
        return -1;
    }
    return (Py_ssize_t)tensor->shape.size[0];
}

PyObject *tensor_slot_item(PyObject *self, Py_ssize_t i)
{
    PyObject *index = PyLong_FromSsize_t(i);
    PyObject *item = index ? tensor_slot_at(self, index) : NULL;
    Py_XDECREF(index);
    return item;
}

PyObject *tensor_slot_iterate(PyObject *self)
{
    struct face *face = face_current();
    struct tensor *tensor = tensor_object_tensor(self);
    if (tensor->shape.dims == 0) {
        PyErr_SetString(PyExc_TypeError, "iteration over a 0-d tensor");
        return NULL;
    }
    struct nn_parts rows;
    struct error err;
    if (!nn_unbind(face->engine, tensor, 0, &rows, &err)) {
        return torch_raise(&err);
    }
    PyObject *list = tensor_objects(face, &rows);
    PyObject *iterator = list ? PyObject_GetIter(list) : NULL;
    Py_XDECREF(list);
    return iterator;
}

/* x in tensor: whether any element equals it. */
int tensor_slot_contains(PyObject *self, PyObject *element)
{
    struct face *face = face_current();
    struct operand other;
    struct number found;
    struct error err;
    if (!operand_of(face, element, &other)) {
        PyErr_Format(PyExc_RuntimeError,
                     "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
                     "<class '%s'>.",
                     Py_TYPE(element)->tp_name);
        return -1;
    }
    struct tensor *each =
        op_binary(face->engine, OP_EQ, operand_tensor(tensor_object_tensor(self)), other, &err);
    struct tensor *any = each ? op_unary(face->engine, OP_ANY, each, &err) : NULL;
    const bool read = any && tensor_item(any, &found, &err);
    tensor_unref(any);
    tensor_unref(each);
    if (!read) {
        torch_raise(&err);
        return -1;
    }
    return !number_is_zero(found);
}
