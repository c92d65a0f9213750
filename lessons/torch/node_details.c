/* The lesser attributes of nodes, as PyTorch's have them: what dir() lists, raw saved tensors, the
 * shapes of outputs. */
#include "lessons/torch/node_details.h"

#include <string.h>

#include "engine/autograd/autograd.h"

/* ---- saved tensors without a look at them ------------------------------------------------------ */

/* What PyTorch calls a SavedTensor: it holds its place; only _saved_* reads it. */
static PyObject *raw_register_hooks(PyObject *self, PyObject *args)
{
    (void)self, (void)args;
    PyErr_SetString(
        PyExc_NotImplementedError,
        "hooks of saved tensors (register_hooks, saved_tensors_hooks) are not supported "
        "by Gradlight");
    return NULL;
}

static void raw_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef raw_methods[] = {
    { "register_hooks", raw_register_hooks, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot raw_slots[] = {
    { Py_tp_dealloc, raw_dealloc },
    { Py_tp_methods, raw_methods },
    { 0, NULL },
};

static PyType_Spec raw_spec = {
    .name = "torch._C._autograd.SavedTensor",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = raw_slots,
};

bool raw_saved_type_create(struct face *face)
{
    face->types.raw_saved = face_create_type(NULL, &raw_spec, NULL);
    return face->types.raw_saved != NULL;
}

static bool is_tensor_slot(const struct saved *saved)
{
    return !saved->is_plain && saved->name;
}

PyObject *node_raw_saved(struct face *face, const struct node *node, const char *name)
{
    for (int i = 0; i < node->saved_count; i++) {
        if (is_tensor_slot(&node->saved[i]) && strcmp(node->saved[i].name, name) == 0) {
            return face->types.raw_saved->tp_alloc(face->types.raw_saved, 0);
        }
    }
    return NULL;
}

/* ---- dir() ------------------------------------------------------------------------------------- */

static bool add_name(PyObject *names, const char *prefix, const char *name)
{
    PyObject *text = PyUnicode_FromFormat("%s%s", prefix, name);
    const bool added = text && PyList_Append(names, text) == 0;
    Py_XDECREF(text);
    return added;
}

static bool add_saved_names(PyObject *names, const struct node *node)
{
    bool added = true;
    for (int i = 0; added && i < node->saved_count; i++) {
        const struct saved *saved = &node->saved[i];
        added = !saved->name ||
                (add_name(names, "_saved_", saved->name) &&
                 (!is_tensor_slot(saved) || add_name(names, "_raw_saved_", saved->name)));
    }
    for (size_t i = 0; added; i++) {
        const char *name = node_saved_attribute(node, i);
        if (!name) {
            break;
        }
        added = add_name(names, "_saved_", name);
    }
    return added && (!node->variable || add_name(names, "", "variable"));
}

PyObject *node_names(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *object = (PyObject *)&PyBaseObject_Type;
    PyObject *names = PyObject_CallMethod(object, "__dir__", "O", self);
    const struct node *node = ((struct node_object *)self)->node;
    if (names && node && !node->function && !add_saved_names(names, node)) {
        Py_CLEAR(names);
    }
    return names;
}

/* ---- outputs ----------------------------------------------------------------------------------- */

static PyObject *output_description(struct face *face, const struct node_output *output)
{
    PyObject *types = PyImport_ImportModule("types");
    PyObject *space = types ? PyObject_CallMethod(types, "SimpleNamespace", NULL) : NULL;
    PyObject *shape = space ? size_object_create(face, &output->shape) : NULL;
    PyObject *dtype = shape ? dtype_object_of(face, output->dtype) : NULL;
    PyObject *device = dtype ? device_object_of(face, output->backend) : NULL;
    if (!device || PyObject_SetAttrString(space, "shape", shape) != 0 ||
        PyObject_SetAttrString(space, "dtype", dtype) != 0 ||
        PyObject_SetAttrString(space, "device", device) != 0) {
        Py_CLEAR(space);
    }
    Py_XDECREF(types);
    Py_XDECREF(shape);
    Py_XDECREF(dtype);
    Py_XDECREF(device);
    return space;
}

PyObject *node_input_metadata(PyObject *self, void *closure)
{
    (void)closure;
    const struct node *node = ((struct node_object *)self)->node;
    const int count = node ? node->output_count : 0;
    PyObject *list = PyList_New(count);
    for (int i = 0; list && i < count; i++) {
        PyObject *item = node->outputs[i].backend
                             ? output_description(face_current(), &node->outputs[i])
                             : Py_NewRef(Py_None);
        if (!item) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, item);
        }
    }
    return list;
}
