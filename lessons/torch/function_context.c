#include "lessons/torch/function_context.h"

#include <structmember.h>

#include "engine/autograd/autograd.h"

/* ---- what the forward says --------------------------------------------------------------------- */

static PyObject *keep(PyObject **place, PyObject *const *items, Py_ssize_t count)
{
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple && i < count; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(items[i]));
    }
    if (!tuple) {
        return NULL;
    }
    Py_XSETREF(*place, tuple);
    Py_RETURN_NONE;
}

static PyObject *context_save(PyObject *self, PyObject *const *items, Py_ssize_t count)
{
    return keep(&context_of(self)->to_save, items, count);
}

static PyObject *context_mark_dirty(PyObject *self, PyObject *const *items, Py_ssize_t count)
{
    return keep(&context_of(self)->dirty, items, count);
}

static PyObject *context_mark_constant(PyObject *self, PyObject *const *items, Py_ssize_t count)
{
    return keep(&context_of(self)->non_differentiable, items, count);
}

static PyObject *context_set_materialize(PyObject *self, PyObject *value)
{
    const int truth = PyObject_IsTrue(value);
    context_of(self)->materialize_grads = truth == 1;
    return truth < 0 ? NULL : Py_NewRef(Py_None);
}

/* ---- what the backward reads ------------------------------------------------------------------- */

static PyObject *context_saved(PyObject *self, void *closure)
{
    (void)closure;
    struct node *node = context_of(self)->base.node;
    if (!node && context_of(self)->attached) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the graph that this function was part of is gone, and what it saved too");
        return NULL;
    }
    const int count = node ? node->saved_count : 0;
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple && i < count; i++) {
        struct error err;
        PyObject *item = saved_was_kept(&node->saved[i])
                             ? tensor_object_take(face_current(), node_saved(node, i, &err), &err)
                             : Py_NewRef(Py_None);
        if (!item) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, i, item);
        }
    }
    return tuple;
}

static PyObject *context_needs(PyObject *self, void *closure)
{
    (void)closure;
    PyObject *needs = context_of(self)->needs_input_grad;
    return Py_NewRef(needs ? needs : Py_None);
}

/* ---- the way back ------------------------------------------------------------------------------ */

/* What the lesson's backward is given for output `i`. */
static PyObject *gradient_object(struct face *face, const struct context_object *context,
                                 struct rule *rule, int i)
{
    const struct node_output *output = &rule->node->outputs[i];
    if (rule->grad[i] || output->tensor_id == 0 || !context->materialize_grads) {
        return tensor_object_of(face, rule->grad[i]);
    }
    const struct tensor_spec spec = { output->dtype, output->shape, output->backend };
    struct error err;
    return tensor_object_take(face, tensor_full(rule->engine, &spec, number_integer(0), &err),
                              &err);
}

static PyObject *gradient_objects(struct face *face, const struct context_object *context,
                                  struct rule *rule)
{
    PyObject *tuple = PyTuple_New(rule->node->output_count);
    for (int i = 0; tuple && i < rule->node->output_count; i++) {
        PyObject *item = gradient_object(face, context, rule, i);
        if (!item) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, i, item);
        }
    }
    return tuple;
}

/* More gradients than inputs are allowed where they are None. */
static bool check_count(const struct node *node, PyObject *results, Py_ssize_t inputs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(results);
    while (count > inputs && PyTuple_GET_ITEM(results, count - 1) == Py_None) {
        count--;
    }
    if (count == inputs) {
        return true;
    }
    PyErr_Format(PyExc_RuntimeError,
                 "function %s returned an incorrect number of gradients (expected %zd, got %zd)",
                 node->name, inputs, PyTuple_GET_SIZE(results));
    return false;
}

/* The gradient for one argument of the call; edge -1: it was no tensor. */
static bool take_gradient(const struct face *face, struct rule *rule, PyObject *item, int edge,
                          Py_ssize_t argument)
{
    if (item == Py_None) {
        return true;
    }
    if (edge < 0) {
        PyErr_Format(PyExc_RuntimeError,
                     "function %s returned a gradient different from None at position %zd, but the "
                     "corresponding forward input was not a Variable",
                     rule->node->name, argument + 1);
        return false;
    }
    if (!tensor_object_is(face, item)) {
        PyErr_Format(PyExc_RuntimeError, "expected Variable or None (got %s)",
                     Py_TYPE(item)->tp_name);
        return false;
    }
    if (rule->needs[edge]) {
        rule->result[edge] = rule_take(rule, tensor_ref(tensor_object_tensor(item)));
    }
    return true;
}

static bool take_gradients(const struct face *face, struct rule *rule,
                           const struct context_object *context, PyObject *results)
{
    const Py_ssize_t inputs = PyTuple_GET_SIZE(context->is_tensor);
    if (!check_count(rule->node, results, inputs)) {
        return false;
    }
    int edge = 0;
    for (Py_ssize_t i = 0; i < inputs; i++) {
        const bool is_tensor = PyTuple_GET_ITEM(context->is_tensor, i) == Py_True;
        if (!take_gradient(face, rule, PyTuple_GET_ITEM(results, i), is_tensor ? edge : -1, i)) {
            return false;
        }
        edge += is_tensor;
    }
    return true;
}

static bool context_backward(void *context, struct rule *rule)
{
    struct face *face = face_current();
    PyObject *self = Py_NewRef((PyObject *)context);
    PyObject *gradients = gradient_objects(face, context_of(self), rule);
    PyObject *apply = gradients ? PyObject_GetAttrString(self, "apply") : NULL;
    PyObject *results = apply ? PyObject_CallObject(apply, gradients) : NULL;
    Py_XDECREF(gradients);
    Py_XDECREF(apply);
    if (results && !PyTuple_Check(results)) {
        Py_SETREF(results, PyTuple_Pack(1, results));
    }
    const bool done = results && take_gradients(face, rule, context_of(self), results);
    Py_XDECREF(results);
    Py_DECREF(self);
    return done || error_set(rule->err, "the backward of a function raised an exception");
}

/* The node goes; the object may live on. */
static void context_release(void *context)
{
    context_of(context)->base.node = NULL;
    Py_DECREF((PyObject *)context);
}

const struct node_function context_function = { context_backward, context_release };

/* ---- the type ---------------------------------------------------------------------------------- */

static PyObject *context_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)args, (void)keywords;
    PyObject *self = type->tp_alloc(type, 0);
    if (self) {
        context_of(self)->materialize_grads = true;
    }
    return self;
}

static PyObject *context_text(PyObject *self)
{
    return PyUnicode_FromFormat("<torch.autograd.function.%s object at %p>", Py_TYPE(self)->tp_name,
                                (void *)self);
}

static int context_traverse(PyObject *self, visitproc visit, void *arg)
{
    const struct context_object *context = context_of(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(context->dictionary);
    Py_VISIT(context->to_save);
    Py_VISIT(context->dirty);
    Py_VISIT(context->non_differentiable);
    return 0;
}

static int context_clear(PyObject *self)
{
    struct context_object *context = context_of(self);
    Py_CLEAR(context->dictionary);
    Py_CLEAR(context->to_save);
    Py_CLEAR(context->dirty);
    Py_CLEAR(context->non_differentiable);
    return 0;
}

static void context_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (context_of(self)->weak_references) {
        PyObject_ClearWeakRefs(self);
    }
    context_clear(self);
    Py_CLEAR(context_of(self)->needs_input_grad);
    Py_CLEAR(context_of(self)->is_tensor);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef context_methods[] = {
    { "save_for_backward", (PyCFunction)(void (*)(void))context_save, METH_FASTCALL, NULL },
    { "mark_dirty", (PyCFunction)(void (*)(void))context_mark_dirty, METH_FASTCALL, NULL },
    { "mark_non_differentiable", (PyCFunction)(void (*)(void))context_mark_constant, METH_FASTCALL,
      NULL },
    { "set_materialize_grads", context_set_materialize, METH_O, NULL },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef context_attributes[] = {
    { "saved_tensors", context_saved, NULL, NULL, NULL },
    { "needs_input_grad", context_needs, NULL, NULL, NULL },
    { "__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyMemberDef context_members[] = {
    { "__dictoffset__", T_PYSSIZET, offsetof(struct context_object, dictionary), READONLY, NULL },
    { "__weaklistoffset__", T_PYSSIZET, offsetof(struct context_object, weak_references), READONLY,
      NULL },
    { NULL, 0, 0, 0, NULL },
};

static PyType_Slot context_slots[] = {
    { Py_tp_new, context_new },
    { Py_tp_dealloc, context_dealloc },
    { Py_tp_traverse, context_traverse },
    { Py_tp_clear, context_clear },
    { Py_tp_repr, context_text },
    { Py_tp_methods, context_methods },
    { Py_tp_getset, context_attributes },
    { Py_tp_members, context_members },
    { 0, NULL },
};

static PyType_Spec context_spec = {
    .name = "torch.autograd.function.FunctionCtx",
    .basicsize = sizeof(struct context_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = context_slots,
};

bool context_type_create(struct face *face, PyObject *module)
{
    face->types.context = face_create_type(module, &context_spec, face->types.node);
    return face->types.context != NULL;
}
