/* The classes Tensor and Parameter: their objects' lives. What they can do stands in the files that
 * tensor_slots.h lists, and in the tables of functions. */
#include "lessons/torch/tensor_slots.h"

#include <structmember.h>

#include "engine/base/memory.h"
#include "engine/nn/nn.h"
#include "engine/observer.h"
#include "lessons/torch/creation.h"

/* ---- idle objects ------------------------------------------------------------------------------ */

/* Objects of the class Tensor come and go with every operation. The memory of some that are gone is kept
 * for the next ones, as Python does for tuples and floats. */

/* NULL: there is none. */
static struct tensor_object *take_idle(struct face *face)
{
    struct tensor_object *object = face->idle_objects;
    if (object) {
        face->idle_objects = object->next_idle;
        face->idle_count--;
        PyObject_Init((PyObject *)object, face->types.tensor);
    }
    return object;
}

/* False: there are enough, or it is of another class. The object is no longer tracked. */
static bool keep_idle(struct face *face, struct tensor_object *object)
{
    enum { MOST_IDLE = 64 };
    if (!MEMORY_IS_KEPT || Py_TYPE(object) != face->types.tensor || face->idle_count == MOST_IDLE) {
        return false;
    }
    object->next_idle = face->idle_objects;
    face->idle_objects = object;
    face->idle_count++;
    return true;
}

void tensor_objects_drop_idle(struct face *face)
{
    while (face->idle_objects) {
        struct tensor_object *object = face->idle_objects;
        face->idle_objects = object->next_idle;
        PyObject_GC_Del(object);
    }
    face->idle_count = 0;
}

/* ---- making ------------------------------------------------------------------------------------ */

/* What type->tp_alloc does, in fewer steps where the lesson's class adds nothing. */
static PyObject *object_alloc(struct face *face, PyTypeObject *type)
{
    if (type->tp_basicsize != (Py_ssize_t)sizeof(struct tensor_object)) {
        return type->tp_alloc(type, 0);
    }
    struct tensor_object *object = face && type == face->types.tensor ? take_idle(face) : NULL;
    if (!object) {
        object = PyObject_GC_New(struct tensor_object, type);
    }
    if (!object) {
        return NULL;
    }
    object->tensor = NULL;
    object->dict = NULL;
    object->weak_references = NULL;
    PyObject_GC_Track(object);
    return (PyObject *)object;
}

PyObject *tensor_object_create(PyTypeObject *type, struct tensor *tensor)
{
    PyObject *self = object_alloc(tensor->engine->face, type);
    if (!self) {
        tensor_unref(tensor);
        return NULL;
    }
    ((struct tensor_object *)self)->tensor = tensor;
    tensor->wrapper = self;
    return self;
}

PyObject *tensor_object_take(struct face *face, struct tensor *tensor, const struct error *err)
{
    if (!tensor) {
        return torch_raise(err);
    }
    if (tensor->wrapper) {
        PyObject *self = Py_NewRef((PyObject *)tensor->wrapper);
        tensor_unref(tensor);
        return self;
    }
    return tensor_object_create(tensor->is_parameter ? face->types.parameter : face->types.tensor,
                                tensor);
}

PyObject *tensor_object_of(struct face *face, struct tensor *tensor)
{
    return tensor ? tensor_object_take(face, tensor_ref(tensor), NULL) : Py_NewRef(Py_None);
}

PyObject *tensor_objects(struct face *face, struct nn_parts *parts)
{
    PyObject *tuple = PyTuple_New(parts->count);
    for (int i = 0; tuple && i < parts->count; i++) {
        PyObject *object = tensor_object_take(face, tensor_ref(parts->items[i]), NULL);
        if (!object) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, i, object);
        }
    }
    nn_parts_finish(parts);
    return tuple;
}

struct tensor *torch_tensor_of(PyObject *object)
{
    const struct face *face = face_current();
    return tensor_object_is(face, object) ? tensor_object_tensor(object) : NULL;
}

struct visit {
    visitproc visit;
    void *arg;
};

static int visit_hook(void *context, void *arg)
{
    const struct visit *visit = arg;
    return visit->visit(context, visit->arg);
}

/* Hooks belong to the object while nobody else knows the tensor. */
static bool owns_hooks(const struct tensor_object *object)
{
    return object->tensor && object->tensor->references == 1 && object->tensor->hooks;
}

static int tensor_traverse(PyObject *self, visitproc visit, void *arg)
{
    const struct tensor_object *object = (const struct tensor_object *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(object->dict);
    return owns_hooks(object)
               ? tensor_visit_hooks(object->tensor, visit_hook, &(struct visit){ visit, arg })
               : 0;
}

static int tensor_clear(PyObject *self)
{
    struct tensor_object *object = (struct tensor_object *)self;
    Py_CLEAR(object->dict);
    if (owns_hooks(object)) {
        tensor_drop_hooks(object->tensor);
    }
    return 0;
}

static void tensor_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    struct tensor_object *object = (struct tensor_object *)self;
    if (object->weak_references) {
        PyObject_ClearWeakRefs(self);
    }
    Py_CLEAR(object->dict);
    struct face *face = NULL;
    if (object->tensor) {
        face = object->tensor->engine->face;
        object->tensor->wrapper = NULL;
        tensor_unref(object->tensor);
    }
    if (!face || !keep_idle(face, object)) {
        type->tp_free(self);
    }
    Py_DECREF(type);
}

static Py_hash_t tensor_hash(PyObject *self)
{
    /* == is element by element, so identity it is: id(self), as PyTorch has it. */
    return (Py_hash_t)(intptr_t)self;
}

static PyObject *tensor_attribute(PyObject *self, PyObject *name)
{
    PyObject *value = PyObject_GenericGetAttr(self, name);
    if (!value && PyErr_ExceptionMatches(PyExc_AttributeError) &&
        PyUnicode_READ_CHAR(name, 0) != '_') {
        PyErr_Format(PyExc_AttributeError,
                     "'%s' object has no attribute '%U' (torch.Tensor.%U is not supported by "
                     "Gradlight; " LIST_HINT ")",
                     Py_TYPE(self)->tp_name, name, name);
    }
    return value;
}

/* ---- torch.Tensor(...) ------------------------------------------------------------------------- */

static PyObject *tensor_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    if (keywords && PyDict_GET_SIZE(keywords) > 0) {
        return PyErr_Format(PyExc_TypeError, "Tensor() takes no keyword arguments");
    }
    struct tensor *tensor = creation_legacy(face_current(), args, DTYPE_FLOAT32);
    return tensor ? tensor_object_create(type, tensor) : NULL;
}

static PyObject *parameter_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char data_word[] = "data", grad_word[] = "requires_grad";
    static char *words[] = { data_word, grad_word, NULL };
    struct face *face = face_current();
    PyObject *data = NULL;
    int requires_grad = 1;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|Op:Parameter", words, &data,
                                     &requires_grad)) {
        return NULL;
    }
    if (data && !tensor_object_is(face, data)) {
        return PyErr_Format(PyExc_TypeError, "Parameter data must be a Tensor, not %s",
                            Py_TYPE(data)->tp_name);
    }
    struct error err;
    struct tensor *parameter =
        data ? tensor_alias(tensor_object_tensor(data)) : creation_empty(face, &err);
    if (!parameter) {
        return torch_raise(&err);
    }
    if (requires_grad && !dtype_is_float(parameter->dtype)) {
        tensor_unref(parameter);
        PyErr_SetString(PyExc_RuntimeError, "Only Tensors of floating point and complex dtype can "
                                            "require gradients");
        return NULL;
    }
    parameter->is_parameter = true;
    if (requires_grad && !tensor_set_requires_grad(parameter, true, &err)) {
        tensor_unref(parameter);
        return torch_raise(&err);
    }
    return tensor_object_create(type, parameter);
}

/* What the constructors take was read by the *_new functions; object's own would refuse it. */
static int tensor_init(PyObject *self, PyObject *args, PyObject *keywords)
{
    (void)self, (void)args, (void)keywords;
    return 0;
}

/* ---- the types --------------------------------------------------------------------------------- */

static PyMethodDef tensor_python_methods[] = {
    { "__format__", tensor_method_format, METH_O, NULL },
    { NULL, NULL, 0, NULL },
};

static PyMemberDef tensor_members[] = {
    { "__dictoffset__", T_PYSSIZET, offsetof(struct tensor_object, dict), READONLY, NULL },
    { "__weaklistoffset__", T_PYSSIZET, offsetof(struct tensor_object, weak_references), READONLY,
      NULL },
    { NULL, 0, 0, 0, NULL },
};

static PyType_Slot tensor_slots[] = {
    { Py_tp_new, tensor_new },
    { Py_tp_init, tensor_init },
    { Py_tp_dealloc, tensor_dealloc },
    { Py_tp_traverse, tensor_traverse },
    { Py_tp_clear, tensor_clear },
    { Py_tp_getattro, tensor_attribute },
    { Py_tp_repr, tensor_slot_text },
    { Py_tp_hash, tensor_hash },
    { Py_tp_richcompare, tensor_slot_compare },
    { Py_tp_iter, tensor_slot_iterate },
    { Py_tp_methods, tensor_python_methods },
    { Py_tp_members, tensor_members },
    { Py_tp_getset, tensor_attributes },
    { Py_nb_add, tensor_slot_add },
    { Py_nb_subtract, tensor_slot_subtract },
    { Py_nb_multiply, tensor_slot_multiply },
    { Py_nb_true_divide, tensor_slot_divide },
    { Py_nb_power, tensor_slot_power },
    { Py_nb_matrix_multiply, tensor_slot_matmul },
    { Py_nb_floor_divide, tensor_slot_floor_divide },
    { Py_nb_remainder, tensor_slot_remainder },
    { Py_nb_and, tensor_slot_and },
    { Py_nb_or, tensor_slot_or },
    { Py_nb_xor, tensor_slot_xor },
    { Py_nb_lshift, tensor_slot_shift_left },
    { Py_nb_rshift, tensor_slot_shift_right },
    { Py_nb_invert, tensor_slot_invert },
    { Py_nb_absolute, tensor_slot_absolute },
    { Py_nb_negative, tensor_slot_negative },
    { Py_nb_positive, tensor_slot_positive },
    { Py_nb_inplace_add, tensor_slot_add_in_place },
    { Py_nb_inplace_subtract, tensor_slot_subtract_in_place },
    { Py_nb_inplace_multiply, tensor_slot_multiply_in_place },
    { Py_nb_inplace_true_divide, tensor_slot_divide_in_place },
    { Py_nb_inplace_power, tensor_slot_power_in_place },
    { Py_nb_inplace_floor_divide, tensor_slot_floor_divide_in_place },
    { Py_nb_inplace_remainder, tensor_slot_remainder_in_place },
    { Py_nb_inplace_and, tensor_slot_and_in_place },
    { Py_nb_inplace_or, tensor_slot_or_in_place },
    { Py_nb_inplace_xor, tensor_slot_xor_in_place },
    { Py_nb_inplace_lshift, tensor_slot_shift_left_in_place },
    { Py_nb_inplace_rshift, tensor_slot_shift_right_in_place },
    { Py_nb_bool, tensor_slot_bool },
    { Py_nb_float, tensor_slot_float },
    { Py_nb_int, tensor_slot_int },
    { Py_nb_index, tensor_slot_index },
    { Py_mp_subscript, tensor_slot_at },
    { Py_mp_ass_subscript, tensor_slot_set_at },
    { Py_mp_length, tensor_slot_length },
    { Py_sq_contains, tensor_slot_contains },
    { Py_sq_item, tensor_slot_item },
    { Py_sq_length, tensor_slot_length },
    { Py_bf_getbuffer, tensor_slot_buffer },
    { Py_bf_releasebuffer, tensor_slot_release },
    { 0, NULL },
};

static PyType_Spec tensor_spec = {
    .name = "torch.Tensor",
    .basicsize = sizeof(struct tensor_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = tensor_slots,
};

static PyType_Slot parameter_slots[] = {
    { Py_tp_new, parameter_new },
    { 0, NULL },
};

static PyType_Spec parameter_spec = {
    .name = "torch.nn.parameter.Parameter",
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = parameter_slots,
};

bool tensor_type_create(struct face *face, PyObject *module)
{
    face->types.tensor = face_create_type(module, &tensor_spec, NULL);
    if (!face->types.tensor) {
        return false;
    }
    face->types.parameter = face_create_type(NULL, &parameter_spec, face->types.tensor);
    return face->types.parameter != NULL;
}
