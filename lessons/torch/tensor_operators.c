/* a + b, 2 * a, a @ b, a **= 2, a < b: Python's operators on tensors. A number on the left is handed
 * to the operation as its second operand, as PyTorch does, except where order matters. */
#include "lessons/torch/tensor_slots.h"

#include "engine/nn/nn.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/creation.h"
#include "lessons/torch/numpy_array.h"

/* face_current(), from what is mostly a tensor. Every class derived from Tensor has its slot for buffers: that is
 * one look, where the module has to be searched for. */
static struct face *face_near(PyObject *object)
{
    const PyBufferProcs *buffer = Py_TYPE(object)->tp_as_buffer;
    const bool is_tensor = buffer && buffer->bf_getbuffer == tensor_slot_buffer;
    const struct tensor *tensor = is_tensor ? tensor_object_tensor(object) : NULL;
    return tensor ? tensor->engine->face : face_current();
}

/* Both operands of a binary slot; false when one is nothing that a tensor can be combined with. */
static bool operands_of(struct face *face, PyObject *a, PyObject *b, struct operand *out)
{
    return operand_of(face, a, &out[0]) && operand_of(face, b, &out[1]);
}

static PyObject *apply(struct face *face, enum op_id op, const struct operand *in)
{
    struct error err;
    return tensor_object_take(face, op_plain(face->engine, op, in, 2, &err), &err);
}

/* With the operands the other way round. */
static PyObject *apply_swapped(struct face *face, enum op_id op, const struct operand *in)
{
    return apply(face, op, (const struct operand[]){ in[1], in[0] });
}

/* When `b` is no operand: an array becomes a tensor and the operator is tried again. */
static PyObject *with_array(PyObject *a, PyObject *b, binaryfunc operator)
{
    struct face *face = face_near(a);
    if (!tensor_object_is(face, a) || !PyObject_CheckBuffer(b) || PyBytes_Check(b)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    struct tensor *shared = data_share(face, b);
    PyObject *array = shared ? tensor_object_take(face, shared, NULL) : NULL;
    PyObject *result = array ? operator(a, array) : NULL;
    Py_XDECREF(array);
    return result;
}

/* array / tensor: the tensor's reciprocal times the array. */
static PyObject *divide_array(struct face *face, PyObject *array, struct tensor *tensor)
{
    struct error err;
    PyObject *reciprocal =
        tensor_object_take(face, op_unary(face->engine, OP_RECIPROCAL, tensor, &err), &err);
    PyObject *result = reciprocal ? tensor_slot_multiply(reciprocal, array) : NULL;
    Py_XDECREF(reciprocal);
    return result;
}

/* An operation whose operands may change places; `operator` is the slot itself. */
static PyObject *commutative(PyObject *a, PyObject *b, enum op_id op, binaryfunc operator)
{
    struct face *face = face_near(a);
    struct operand in[2];
    if (!operands_of(face, a, b, in)) {
        return with_array(a, b, operator);
    }
    if (in[0].kind == OPERAND_TENSOR) {
        return apply(face, op, in);
    }
    face->engine->turned = true; /* whoever looks shows what was written */
    PyObject *result = apply_swapped(face, op, in);
    face->engine->turned = false;
    return result;
}

PyObject *tensor_slot_add(PyObject *a, PyObject *b)
{
    return commutative(a, b, OP_ADD, tensor_slot_add);
}

PyObject *tensor_slot_multiply(PyObject *a, PyObject *b)
{
    return commutative(a, b, OP_MUL, tensor_slot_multiply);
}

PyObject *tensor_slot_subtract(PyObject *a, PyObject *b)
{
    struct face *face = face_near(a);
    struct operand in[2];
    if (!operands_of(face, a, b, in)) {
        return with_array(a, b, tensor_slot_subtract);
    }
    return in[0].kind == OPERAND_TENSOR ? apply(face, OP_SUB, in)
                                        : apply_swapped(face, OP_RSUB, in);
}

/* number / tensor is the tensor's reciprocal times the number: two operations. */
static PyObject *divide_number(struct face *face, struct operand number, struct tensor *tensor)
{
    struct error err;
    struct tensor *reciprocal = op_unary(face->engine, OP_RECIPROCAL, tensor, &err);
    if (!reciprocal) {
        return torch_raise(&err);
    }
    PyObject *quotient =
        apply(face, OP_MUL, (const struct operand[]){ operand_tensor(reciprocal), number });
    tensor_unref(reciprocal);
    return quotient;
}

PyObject *tensor_slot_divide(PyObject *a, PyObject *b)
{
    struct face *face = face_near(a);
    struct operand in[2];
    if (!operands_of(face, a, b, in)) {
        return is_array(a) && tensor_object_is(face, b)
                   ? divide_array(face, a, tensor_object_tensor(b))
                   : with_array(a, b, tensor_slot_divide);
    }
    return in[0].kind == OPERAND_TENSOR ? apply(face, OP_DIV, in)
                                        : divide_number(face, in[0], in[1].tensor);
}

enum op_id tensor_row(enum op_id op, const struct operand *in)
{
    static const struct {
        enum op_id number, tensors, base; /* a op 2, a op b, 2 op b */
    } rows[] = {
        { OP_POW, OP_POW_TENSOR, OP_POW_BASE },
        { OP_REMAINDER, OP_REMAINDER_TENSOR, OP_REMAINDER_TENSOR },
        { OP_FMOD, OP_FMOD_TENSOR, OP_FMOD_TENSOR },
        { OP_FLOOR_DIVIDE, OP_FLOOR_DIVIDE_TENSOR, OP_FLOOR_DIVIDE_TENSOR },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (rows[i].number == op) {
            return in[0].kind != OPERAND_TENSOR   ? rows[i].base
                   : in[1].kind != OPERAND_TENSOR ? rows[i].number
                                                  : rows[i].tensors;
        }
    }
    return op;
}

/* An operation whose operands keep their places, of which tensor_row chooses the row. */
static PyObject *ordered(PyObject *a, PyObject *b, enum op_id op)
{
    struct face *face = face_near(a);
    struct operand in[2];
    if (!operands_of(face, a, b, in)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return apply(face, tensor_row(op, in), in);
}

PyObject *tensor_slot_power(PyObject *a, PyObject *b, PyObject *modulo)
{
    if (modulo != Py_None) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return ordered(a, b, OP_POW);
}

PyObject *tensor_slot_matmul(PyObject *a, PyObject *b)
{
    struct face *face = face_near(a);
    if (!tensor_object_is(face, a) || !tensor_object_is(face, b)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    struct error err;
    return tensor_object_take(
        face, nn_matmul(face->engine, tensor_object_tensor(a), tensor_object_tensor(b), &err),
        &err);
}

PyObject *tensor_slot_negative(PyObject *a)
{
    struct face *face = face_near(a);
    struct error err;
    return tensor_object_take(face, op_unary(face->engine, OP_NEG, tensor_object_tensor(a), &err),
                              &err);
}

PyObject *tensor_slot_positive(PyObject *a)
{
    return Py_NewRef(a);
}

PyObject *tensor_slot_floor_divide(PyObject *a, PyObject *b)
{
    return ordered(a, b, OP_FLOOR_DIVIDE);
}

PyObject *tensor_slot_remainder(PyObject *a, PyObject *b)
{
    return ordered(a, b, OP_REMAINDER);
}

PyObject *tensor_slot_and(PyObject *a, PyObject *b)
{
    return commutative(a, b, OP_BITWISE_AND, tensor_slot_and);
}

PyObject *tensor_slot_or(PyObject *a, PyObject *b)
{
    return commutative(a, b, OP_BITWISE_OR, tensor_slot_or);
}

PyObject *tensor_slot_xor(PyObject *a, PyObject *b)
{
    return commutative(a, b, OP_BITWISE_XOR, tensor_slot_xor);
}

PyObject *tensor_slot_shift_left(PyObject *a, PyObject *b)
{
    return ordered(a, b, OP_SHIFT_LEFT);
}

PyObject *tensor_slot_shift_right(PyObject *a, PyObject *b)
{
    return ordered(a, b, OP_SHIFT_RIGHT);
}

PyObject *tensor_slot_invert(PyObject *a)
{
    struct face *face = face_near(a);
    struct tensor *tensor = tensor_object_tensor(a);
    struct error err;
    if (dtype_is_float(tensor->dtype)) {
        PyErr_SetString(PyExc_TypeError, "~ (operator.invert) is only implemented on integer and "
                                         "Boolean-type tensors");
        return NULL;
    }
    return tensor_object_take(face, op_unary(face->engine, OP_BITWISE_NOT, tensor, &err), &err);
}

PyObject *tensor_slot_absolute(PyObject *a)
{
    struct face *face = face_near(a);
    struct error err;
    return tensor_object_take(face, op_unary(face->engine, OP_ABS, tensor_object_tensor(a), &err),
                              &err);
}

/* ---- in place ---------------------------------------------------------------------------------- */

static PyObject *in_place(PyObject *a, PyObject *b, enum op_id op)
{
    struct face *face = face_near(a);
    struct operand in[2];
    if (!operands_of(face, a, b, in)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const struct op_use use = {
        .op = tensor_row(op, in), .in = in, .in_count = 2, .in_place = true
    };
    struct error err;
    return tensor_object_take(face, op_apply_one(face->engine, &use, &err), &err);
}

PyObject *tensor_slot_add_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_ADD);
}

PyObject *tensor_slot_subtract_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_SUB);
}

PyObject *tensor_slot_multiply_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_MUL);
}

PyObject *tensor_slot_divide_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_DIV);
}

PyObject *tensor_slot_power_in_place(PyObject *a, PyObject *b, PyObject *modulo)
{
    if (modulo != Py_None) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return in_place(a, b, OP_POW);
}

PyObject *tensor_slot_floor_divide_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_FLOOR_DIVIDE);
}

PyObject *tensor_slot_remainder_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_REMAINDER);
}

PyObject *tensor_slot_and_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_BITWISE_AND);
}

PyObject *tensor_slot_or_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_BITWISE_OR);
}

PyObject *tensor_slot_xor_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_BITWISE_XOR);
}

PyObject *tensor_slot_shift_left_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_SHIFT_LEFT);
}

PyObject *tensor_slot_shift_right_in_place(PyObject *a, PyObject *b)
{
    return in_place(a, b, OP_SHIFT_RIGHT);
}

/* ---- comparing --------------------------------------------------------------------------------- */

PyObject *tensor_slot_compare(PyObject *a, PyObject *b, int operation)
{
    static const enum op_id ops[] = {
        [Py_LT] = OP_LT, [Py_LE] = OP_LE, [Py_EQ] = OP_EQ,
        [Py_NE] = OP_NE, [Py_GT] = OP_GT, [Py_GE] = OP_GE,
    };
    struct face *face = face_near(a);
    struct operand in[2];
    if (!operands_of(face, a, b, in)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return apply(face, ops[operation], in);
}
