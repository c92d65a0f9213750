/* backward, detach, requires_grad_, hooks, torch.autograd.grad. */
#include "lessons/torch/functions.h"

#include <stdlib.h>

#include "engine/autograd/autograd.h"
#include "engine/base/memory.h"

/* ---- lists of tensors -------------------------------------------------------------------------- */

/* An argument that is a tensor or a list of tensors; entries are lent, NULL for None. */
struct tensors {
    struct tensor **items;
    int count;
};

static bool read_tensors(const struct call *call, int i, struct tensors *out)
{
    PyObject *object = call->arguments[i];
    PyObject *list =
        tensor_object_is(call->face, object) ? PyTuple_Pack(1, object) : PySequence_Tuple(object);
    if (!list) {
        return argument_refuse(call, i, "tuple of Tensors");
    }
    out->count = (int)PyTuple_GET_SIZE(list);
    out->items = memory_allocate((size_t)out->count + 1, sizeof(*out->items));
    bool good = true;
    for (int k = 0; k < out->count && good; k++) {
        PyObject *item = PyTuple_GET_ITEM(list, k);
        if (item != Py_None && !tensor_object_is(call->face, item)) {
            PyErr_Format(PyExc_TypeError, "%s(): '%s' must hold Tensors, not %s", call->row->name,
                         call->row->parameters[i], Py_TYPE(item)->tp_name);
            good = false;
        } else if (item != Py_None) {
            out->items[k] = tensor_object_tensor(item);
        }
    }
    Py_DECREF(list); /* the caller's argument keeps the tensors */
    return good;
}

/* ---- backward ---------------------------------------------------------------------------------- */

/* retain_graph None means: as create_graph says. */
static bool read_graph_flags(const struct call *call, int retain, int create,
                             struct backward_call *out)
{
    if (!argument_bool(call, create, &out->create_graph)) {
        return false;
    }
    if (!argument_given(call, retain)) {
        return true;
    }
    if (!argument_bool(call, retain, &out->retain_graph)) {
        return false;
    }
    out->free_graph = !out->retain_graph;
    return true;
}

/* x.backward(gradient, retain_graph, create_graph, inputs) */
static PyObject *call_backward(struct call *call)
{
    struct tensor *root = argument_tensor(call, 0), *gradient;
    struct backward_call backward = { .roots = &root, .root_count = 1 };
    struct tensors inputs = { 0 };
    if (!root || !argument_tensor_or_none(call, 1, &gradient) ||
        !read_graph_flags(call, 2, 3, &backward)) {
        return NULL;
    }
    backward.gradients = gradient ? &gradient : NULL;
    if (argument_given(call, 4)) {
        if (!read_tensors(call, 4, &inputs)) {
            free(inputs.items);
            return NULL;
        }
        backward.inputs = inputs.items;
        backward.input_count = inputs.count;
    }
    struct error err;
    const bool done = autograd_backward(call->face->engine, &backward, &err);
    free(inputs.items);
    if (!done) {
        return torch_raise(&err);
    }
    Py_RETURN_NONE;
}

/* Objects of the gradients, which it takes. */
static PyObject *gradient_tuple(const struct call *call, struct tensor **gradients, int count)
{
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; i < count; i++) {
        PyObject *item =
            gradients[i] ? tensor_object_take(call->face, gradients[i], NULL) : Py_NewRef(Py_None);
        if (tuple && item) {
            PyTuple_SET_ITEM(tuple, i, item);
        } else {
            Py_XDECREF(item);
            Py_CLEAR(tuple);
        }
    }
    return tuple;
}

static bool read_grad_call(const struct call *call, struct tensors lists[3],
                           struct backward_call *backward)
{
    if (!read_tensors(call, 0, &lists[0]) || !read_tensors(call, 1, &lists[1]) ||
        (argument_given(call, 2) && !read_tensors(call, 2, &lists[2])) ||
        !read_graph_flags(call, 3, 4, backward) ||
        !argument_bool(call, 5, &backward->allow_unused)) {
        return false;
    }
    if (lists[2].items && lists[2].count != lists[0].count) {
        PyErr_Format(PyExc_RuntimeError, "got %d tensors and %d gradients", lists[0].count,
                     lists[2].count);
        return false;
    }
    if (lists[1].count == 0) {
        PyErr_SetString(PyExc_ValueError, "grad requires non-empty inputs.");
        return false;
    }
    backward->roots = lists[0].items;
    backward->root_count = lists[0].count;
    backward->inputs = lists[1].items;
    backward->input_count = lists[1].count;
    backward->gradients = lists[2].items;
    return true;
}

/* torch.autograd.grad(outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused) */
static PyObject *call_grad(struct call *call)
{
    struct tensors lists[3] = { 0 };
    struct backward_call backward = { 0 };
    PyObject *result = NULL;
    if (read_grad_call(call, lists, &backward)) {
        struct error err;
        backward.captured =
            memory_allocate((size_t)backward.input_count + 1, sizeof(*backward.captured));
        if (autograd_backward(call->face->engine, &backward, &err)) {
            result = gradient_tuple(call, backward.captured, backward.input_count);
        } else {
            torch_raise(&err);
        }
        free(backward.captured);
    }
    for (int i = 0; i < 3; i++) {
        free(lists[i].items);
    }
    return result;
}

/* ---- flags ------------------------------------------------------------------------------------- */

static PyObject *call_detach(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(call, tensor_detach(input, &err), &err) : NULL;
}

static PyObject *call_requires_grad(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    bool on = true;
    struct error err;
    if (!input || !argument_bool(call, 1, &on)) {
        return NULL;
    }
    return tensor_set_requires_grad(input, on, &err) ? Py_NewRef(call->arguments[0])
                                                     : torch_raise(&err);
}

static PyObject *call_retain_grad(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    if (!input) {
        return NULL;
    }
    if (!tensor_retain_grad(input, &err)) {
        return torch_raise(&err);
    }
    Py_RETURN_NONE;
}

/* ---- hooks ------------------------------------------------------------------------------------- */

/* What register_hook returns: forgets the hook. Keeps its tensor. */
struct handle {
    PyObject_HEAD PyObject *tensor; /* owned; NULL: of a module, or removed */
    int number;
    PyObject *hooks,
        *key; /* owned: a weak reference to a module's dictionary of hooks, and the key */
};

static PyObject *handle_remove(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct handle *handle = (struct handle *)self;
    if (handle->tensor) {
        tensor_remove_hook(tensor_object_tensor(handle->tensor), handle->number);
        Py_CLEAR(handle->tensor);
    }
    PyObject *hooks = handle->hooks ? PyWeakref_GetObject(handle->hooks) : Py_None; /* lent */
    if (hooks != Py_None && PyDict_Contains(hooks, handle->key) == 1 &&
        PyObject_DelItem(hooks, handle->key) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *handle_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(self);
}

static PyObject *handle_exit(PyObject *self, PyObject *exception)
{
    (void)exception;
    return handle_remove(self, NULL);
}

static void handle_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_CLEAR(((struct handle *)self)->tensor);
    Py_CLEAR(((struct handle *)self)->hooks);
    Py_CLEAR(((struct handle *)self)->key);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef handle_methods[] = {
    { "remove", handle_remove, METH_NOARGS, NULL },
    { "__enter__", handle_enter, METH_NOARGS, NULL },
    { "__exit__", handle_exit, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot handle_slots[] = {
    { Py_tp_dealloc, handle_dealloc },
    { Py_tp_methods, handle_methods },
    { 0, NULL },
};

static PyType_Spec handle_spec = {
    .name = "torch.utils.hooks.RemovableHandle",
    .basicsize = sizeof(struct handle),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = handle_slots,
};

PyObject *handle_create(struct face *face, PyObject *hooks, PyObject *key)
{
    PyObject *self = face->types.handle->tp_alloc(face->types.handle, 0);
    if (self) {
        struct handle *handle = (struct handle *)self;
        handle->hooks = PyWeakref_NewRef(hooks, NULL);
        handle->key = Py_NewRef(key);
        if (!handle->hooks) {
            Py_CLEAR(self);
        }
    }
    return self;
}

bool handle_type_create(struct face *face)
{
    face->types.handle = face_create_type(NULL, &handle_spec, NULL);
    return face->types.handle != NULL;
}

/* Runs a Python hook; its exception waits until the walk has ended. */
static bool run_hook(void *context, struct tensor *grad, struct tensor **replacement,
                     struct error *err)
{
    struct face *face = face_current();
    PyObject *gradient = tensor_object_of(face, grad);
    PyObject *result = gradient ? PyObject_CallOneArg(context, gradient) : NULL;
    Py_XDECREF(gradient);
    if (result && result != Py_None && !tensor_object_is(face, result)) {
        PyErr_Format(PyExc_TypeError, "expected Variable, but hook returned '%s'",
                     Py_TYPE(result)->tp_name);
        Py_CLEAR(result);
    }
    if (!result) {
        return error_set(err, "a hook raised an exception");
    }
    if (result != Py_None) {
        *replacement = tensor_ref(tensor_object_tensor(result));
    }
    Py_DECREF(result);
    return true;
}

static void release_hook(void *context)
{
    Py_DECREF((PyObject *)context);
}

static PyObject *call_register_hook(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    if (!input->requires_grad) {
        PyErr_SetString(PyExc_RuntimeError,
                        "cannot register a hook on a tensor that doesn't require gradient");
        return NULL;
    }
    PyTypeObject *type = call->face->types.handle;
    PyObject *self = type->tp_alloc(type, 0);
    if (self) {
        const struct tensor_hook hook = { .run = run_hook,
                                          .release = release_hook,
                                          .context = Py_NewRef(call->arguments[1]) };
        struct handle *handle = (struct handle *)self;
        handle->tensor = Py_NewRef(call->arguments[0]);
        handle->number = tensor_add_hook(input, &hook);
    }
    return self;
}

/* ---- the table --------------------------------------------------------------------------------- */

const struct function_row autograd_rows[] = {
    { "backward",
      { "input", "gradient", "retain_graph", "create_graph", "inputs" },
      .required = 1,
      .call = call_backward,
      .places = PLACE_METHOD },
    { "detach",
      { "input" },
      .required = 1,
      .call = call_detach,
      .places = PLACE_METHOD | PLACE_TORCH },
    { "requires_grad_",
      { "input", "requires_grad" },
      .required = 1,
      .call = call_requires_grad,
      .places = PLACE_METHOD },
    { "retain_grad", { "input" }, .required = 1, .call = call_retain_grad, .places = PLACE_METHOD },
    { "register_hook",
      { "input", "hook" },
      .required = 2,
      .call = call_register_hook,
      .places = PLACE_METHOD },
    { "grad",
      { "outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "allow_unused" },
      .required = 2,
      .call = call_grad,
      .places = PLACE_AUTOGRAD },
    { .name = NULL },
};
