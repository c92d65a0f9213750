/* grad_fn objects: one Python class for each node name, as in PyTorch, made when first met. */
#include "lessons/torch/face.h"

#include <string.h>

#include "engine/autograd/autograd.h"
#include "lessons/torch/anomaly.h"
#include "lessons/torch/hooks.h"
#include "lessons/torch/node_details.h"

static struct node *node_of(PyObject *self)
{
    return ((struct node_object *)self)->node;
}

/* Lent. The class of nodes of that name: a subclass of Node without instance attributes. */
static PyTypeObject *node_class(struct face *face, const char *name)
{
    PyObject *found = PyDict_GetItemString(face->node_types, name);
    if (found) {
        return (PyTypeObject *)found;
    }
    PyObject *created =
        PyObject_CallFunction((PyObject *)&PyType_Type, "s(O){s()ss}", name, face->types.node,
                              "__slots__", "__module__", "builtins");
    if (!created) {
        return NULL;
    }
    const int status = PyDict_SetItemString(face->node_types, name, created);
    Py_DECREF(created); /* the dictionary keeps it */
    return status == 0 ? (PyTypeObject *)created : NULL;
}

PyObject *node_object_of(struct face *face, struct node *node)
{
    if (!node) {
        Py_RETURN_NONE;
    }
    if (node->wrapper) {
        return Py_NewRef((PyObject *)node->wrapper);
    }
    PyTypeObject *type = node_class(face, node->name);
    PyObject *self = type ? type->tp_alloc(type, 0) : NULL;
    if (self) {
        ((struct node_object *)self)->node = node_ref(node);
        node->wrapper = self;
    }
    return self;
}

static void node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    struct node *node = node_of(self);
    if (node) {
        node->wrapper = NULL;
        node_unref(node);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

/* A function of the lesson may outlive its node. */
static bool is_alive(PyObject *self)
{
    if (!node_of(self)) {
        PyErr_SetString(PyExc_RuntimeError, "this function is part of no graph: it was not called "
                                            "with apply(), or its graph is gone");
    }
    return node_of(self) != NULL;
}

static PyObject *node_text(PyObject *self)
{
    return PyUnicode_FromFormat("<%s object at %p>", node_of(self)->name, (void *)self);
}

static PyObject *node_name(PyObject *self, PyObject *unused)
{
    (void)unused;
    const char *name = node_of(self) ? node_of(self)->name : Py_TYPE(self)->tp_name;
    return PyUnicode_FromFormat("%s%s", node_namespace(name), name);
}

static PyObject *node_sequence(PyObject *self, PyObject *unused)
{
    (void)unused;
    return is_alive(self) ? PyLong_FromUnsignedLongLong(node_of(self)->sequence) : NULL;
}

/* The order in which a walk runs nodes is not the lesson's to change. */
static PyObject *node_set_sequence(PyObject *self, PyObject *number)
{
    (void)self, (void)number;
    PyErr_SetString(PyExc_NotImplementedError, "_set_sequence_nr is not supported by Gradlight");
    return NULL;
}

static PyObject *node_register_dictionary(PyObject *self, PyObject *hooks)
{
    (void)self, (void)hooks;
    PyErr_SetString(PyExc_NotImplementedError,
                    "_register_hook_dict is not supported by Gradlight; use register_hook");
    return NULL;
}

static PyObject *node_next_functions(PyObject *self, void *closure)
{
    (void)closure;
    struct face *face = face_current();
    if (!is_alive(self)) {
        return NULL;
    }
    const struct node *node = node_of(self);
    PyObject *edges = PyTuple_New(node->edge_count);
    for (int i = 0; edges && i < node->edge_count; i++) {
        PyObject *target = node_object_of(face, node->edges[i].node);
        PyObject *edge = target ? Py_BuildValue("(Ni)", target, node->edges[i].output) : NULL;
        if (!edge) {
            Py_DECREF(edges);
            return NULL;
        }
        PyTuple_SET_ITEM(edges, i, edge);
    }
    return edges;
}

static PyObject *node_metadata(PyObject *self, void *closure)
{
    (void)closure;
    return is_alive(self) ? Py_XNewRef(node_note(node_of(self))) : NULL;
}

static PyObject *node_requires_grad(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    Py_RETURN_TRUE;
}

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What a node of the engine keeps under that name; NULL, with or without an exception. */
static PyObject *kept_object(struct node *node, const char *name)
{
    static const char saved[] = "_saved_", raw[] = "_raw_saved_";
    if (begins_with(name, saved)) {
        return node_saved_object(face_current(), node, name + sizeof(saved) - 1);
    }
    if (begins_with(name, raw)) {
        return node_raw_saved(face_current(), node, name + sizeof(raw) - 1);
    }
    /* Only an AccumulateGrad has a variable. */
    return node->variable && strcmp(name, "variable") == 0
               ? tensor_object_of(face_current(), node->variable)
               : NULL;
}

static PyObject *node_attribute(PyObject *self, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    struct node *node = node_of(self);
    PyObject *kept = text && node && !node->function ? kept_object(node, text) : NULL;
    return kept || PyErr_Occurred() ? kept : PyObject_GenericGetAttr(self, name);
}

static PyObject *add_hook(PyObject *self, PyObject *hook)
{
    return is_alive(self) ? node_register_hook(self, hook) : NULL;
}

static PyObject *add_prehook(PyObject *self, PyObject *hook)
{
    return is_alive(self) ? node_register_prehook(self, hook) : NULL;
}

/* ---- the base class --------------------------------------------------------------------------- */

static PyMethodDef node_methods[] = {
    { "name", node_name, METH_NOARGS, NULL },
    { "_sequence_nr", node_sequence, METH_NOARGS, NULL },
    { "_set_sequence_nr", node_set_sequence, METH_O, NULL },
    { "_register_hook_dict", node_register_dictionary, METH_O, NULL },
    { "register_hook", add_hook, METH_O, NULL },
    { "register_prehook", add_prehook, METH_O, NULL },
    { "__dir__", node_names, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef node_attributes[] = {
    { "next_functions", node_next_functions, NULL, NULL, NULL },
    { "metadata", node_metadata, NULL, NULL, NULL },
    { "requires_grad", node_requires_grad, NULL, NULL, NULL },
    { "_input_metadata", node_input_metadata, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot node_slots[] = {
    { Py_tp_dealloc, node_dealloc },    { Py_tp_repr, node_text },
    { Py_tp_getattro, node_attribute }, { Py_tp_methods, node_methods },
    { Py_tp_getset, node_attributes },  { 0, NULL },
};

static PyType_Spec node_spec = {
    .name = "torch.autograd.graph.Node",
    .basicsize = sizeof(struct node_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = node_slots,
};

bool node_type_create(struct face *face, PyObject *module)
{
    face->node_types = PyDict_New();
    face->types.node = face_create_type(module, &node_spec, NULL);
    return face->node_types && face->types.node && raw_saved_type_create(face);
}
