/* Hooks: functions of the lesson that a backward walk calls, on tensors and on nodes, and the handles
 * that remove them again. */
#include "lessons/torch/hooks.h"
#include "lessons/torch/functions.h"

#include "engine/autograd/autograd.h"

/* ---- handles ----------------------------------------------------------------------------------- */

/* What registering returns: forgets the hook. Keeps its tensor or node, and of a module's
 * hooks a weak reference. */
struct handle {
    PyObject_HEAD PyObject *owner; /* owned; NULL once removed */
    uint64_t number;
};

PyObject *handle_create(struct face *face, PyObject *owner, uint64_t number)
{
    PyTypeObject *type = face->types.handle;
    PyObject *self = type->tp_alloc(type, 0);
    if (self) {
        ((struct handle *)self)->owner = Py_NewRef(owner);
        ((struct handle *)self)->number = number;
    }
    return self;
}

/* What a weak reference stands for, as the caller's own; NULL when it is gone. */
static PyObject *referred(PyObject *reference)
{
    PyObject *object = NULL;

#if PY_VERSION_HEX >= 0x030d0000
    if (PyWeakref_GetRef(reference, &object) < 0) {
        PyErr_Clear();
    }
#else
    object = PyWeakref_GetObject(reference); /* lent */
    object = object == Py_None ? NULL : Py_NewRef(object);
#endif
    return object;
}

/* A module's hooks are an ordered dictionary, which may be gone. */
static void forget_module_hook(PyObject *reference, uint64_t number)
{
    PyObject *hooks = referred(reference);
    PyObject *key = hooks ? PyLong_FromUnsignedLongLong(number) : NULL;
    if (key && PyObject_DelItem(hooks, key) != 0) {
        PyErr_Clear(); /* the lesson has taken it out itself */
    }
    Py_XDECREF(key);
    Py_XDECREF(hooks);
}

static PyObject *handle_remove(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct handle *handle = (struct handle *)self;
    PyObject *owner = handle->owner;
    handle->owner = NULL;
    if (owner && tensor_object_is(face_current(), owner)) {
        tensor_remove_hook(tensor_object_tensor(owner), handle->number);
    } else if (owner && PyWeakref_Check(owner)) {
        forget_module_hook(owner, handle->number);
    } else if (owner && ((struct node_object *)owner)->node) {
        node_remove_hook(((struct node_object *)owner)->node, handle->number);
    }
    Py_XDECREF(owner);
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

static PyObject *handle_id(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(((struct handle *)self)->number);
}

static void handle_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_CLEAR(((struct handle *)self)->owner);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef handle_methods[] = {
    { "remove", handle_remove, METH_NOARGS, NULL },
    { "__enter__", handle_enter, METH_NOARGS, NULL },
    { "__exit__", handle_exit, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef handle_attributes[] = {
    { "id", handle_id, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot handle_slots[] = {
    { Py_tp_dealloc, handle_dealloc },
    { Py_tp_methods, handle_methods },
    { Py_tp_getset, handle_attributes },
    { 0, NULL },
};

static PyType_Spec handle_spec = {
    .name = "torch.utils.hooks.RemovableHandle",
    .basicsize = sizeof(struct handle),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = handle_slots,
};

bool handle_type_create(struct face *face)
{
    face->types.handle = face_create_type(NULL, &handle_spec, NULL);
    return face->types.handle != NULL;
}

/* ---- what a hook may return -------------------------------------------------------------------- */

static void release_hook(void *context)
{
    Py_DECREF((PyObject *)context);
}

/* A new reference: what the lesson calls its function. */
static PyObject *hook_name(PyObject *hook)
{
    PyObject *name = PyObject_GetAttrString(hook, "__name__");
    if (!name) {
        PyErr_Clear();
        name = PyUnicode_FromString("<unknown>");
    }
    return name;
}

static bool refuse_change(PyObject *hook, const char *what)
{
    PyObject *name = hook_name(hook);
    if (name) {
        PyErr_Format(PyExc_RuntimeError, "hook '%U' has changed the %s of value", name, what);
    }
    Py_XDECREF(name);
    return false;
}

/* Whether `result` may stand in place of `grad`. False with an exception. */
static bool check_result(const struct face *face, PyObject *hook, const struct tensor *grad,
                         PyObject *result)
{
    if (result == Py_None) {
        return true;
    }
    if (!grad) {
        PyErr_SetString(PyExc_RuntimeError, "can't replace a None gradient with a non-None value");
        return false;
    }
    if (!tensor_object_is(face, result)) {
        PyErr_Format(PyExc_TypeError, "expected Variable, but hook returned '%s'",
                     Py_TYPE(result)->tp_name);
        return false;
    }
    const struct tensor *given = tensor_object_tensor(result);
    if (given->dtype != grad->dtype) {
        return refuse_change(hook, "type");
    }
    return shape_equal(&given->shape, &grad->shape) || refuse_change(hook, "size");
}

static bool hook_failed(struct error *err)
{
    /* The exception waits until the walk has ended. */
    return error_set(err, "a hook raised an exception");
}

/* ---- on tensors -------------------------------------------------------------------------------- */

static bool run_tensor_hook(void *context, struct tensor *grad, struct tensor **replacement,
                            struct error *err)
{
    struct face *face = face_current();
    PyObject *hook = Py_NewRef((PyObject *)context); /* it may remove itself */
    PyObject *gradient = tensor_object_of(face, grad);
    PyObject *result = gradient ? PyObject_CallOneArg(hook, gradient) : NULL;
    Py_XDECREF(gradient);
    if (result && !check_result(face, hook, grad, result)) {
        Py_CLEAR(result);
    }
    if (result && result != Py_None) {
        *replacement = tensor_ref(tensor_object_tensor(result));
    }
    const bool ok = result != NULL;
    Py_XDECREF(result);
    Py_DECREF(hook);
    return ok || hook_failed(err);
}

/* After an accumulation the hook is given the leaf, and what it returns is not looked at. */
static bool run_leaf_hook(void *context, struct tensor *leaf, struct tensor **replacement,
                          struct error *err)
{
    (void)replacement;
    PyObject *hook = Py_NewRef((PyObject *)context);
    PyObject *object = tensor_object_of(face_current(), leaf);
    PyObject *result = object ? PyObject_CallOneArg(hook, object) : NULL;
    const bool ok = result != NULL;
    Py_XDECREF(result);
    Py_XDECREF(object);
    Py_DECREF(hook);
    return ok || hook_failed(err);
}

static PyObject *add_tensor_hook(struct call *call, bool after_accumulation)
{
    struct tensor *input = tensor_object_tensor(call->arguments[0]);
    const struct tensor_hook hook = { .run = after_accumulation ? run_leaf_hook : run_tensor_hook,
                                      .release = release_hook,
                                      .context = Py_NewRef(call->arguments[1]),
                                      .after_accumulation = after_accumulation };
    return handle_create(call->face, call->arguments[0], tensor_add_hook(input, &hook));
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
    return add_tensor_hook(call, false);
}

static PyObject *call_register_post_hook(struct call *call)
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
    if (input->grad_fn) {
        PyErr_SetString(PyExc_RuntimeError,
                        "post accumulate grad hooks cannot be registered on non-leaf tensors");
        return NULL;
    }
    return add_tensor_hook(call, true);
}

const struct function_row hook_rows[] = {
    { "register_hook",
      { "input", "hook" },
      .required = 2,
      .call = call_register_hook,
      .places = PLACE_METHOD },
    { "register_post_accumulate_grad_hook",
      { "input", "hook" },
      .required = 2,
      .call = call_register_post_hook,
      .places = PLACE_METHOD },
    { .name = NULL },
};

/* ---- on nodes ---------------------------------------------------------------------------------- */

static PyObject *grads_object(struct face *face, struct tensor *const *grads, int count)
{
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple && i < count; i++) {
        PyObject *item = tensor_object_of(face, grads[i]);
        if (!item) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, i, item);
        }
    }
    return tuple;
}

static bool check_results(const struct face *face, PyObject *hook, struct tensor *const *grads,
                          int count, PyObject *results)
{
    if (!PyTuple_Check(results)) {
        PyErr_Format(PyExc_TypeError, "expected tuple, but hook returned '%s'",
                     Py_TYPE(results)->tp_name);
        return false;
    }
    if (PyTuple_GET_SIZE(results) != count) {
        PyObject *name = hook_name(hook);
        if (name) {
            PyErr_Format(PyExc_RuntimeError,
                         "hook '%U' has returned an incorrect number of values (got %zd, but "
                         "expected %d)",
                         name, PyTuple_GET_SIZE(results), count);
        }
        Py_XDECREF(name);
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (!check_result(face, hook, grads[i], PyTuple_GET_ITEM(results, i))) {
            return false;
        }
    }
    return true;
}

static void replace_grads(struct tensor **grads, int count, PyObject *results)
{
    for (int i = 0; i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(results, i);
        struct tensor *given = item == Py_None ? NULL : tensor_ref(tensor_object_tensor(item));
        tensor_unref(grads[i]);
        grads[i] = given;
    }
}

/* Calls hook(*arguments) (taken; NULL: it could not be made) and puts what it returns in place. */
static bool run_node_hook(PyObject *hook, PyObject *arguments, struct tensor **grads, int count,
                          struct error *err)
{
    Py_INCREF(hook);
    PyObject *results = arguments ? PyObject_CallObject(hook, arguments) : NULL;
    if (results && results != Py_None &&
        !check_results(face_current(), hook, grads, count, results)) {
        Py_CLEAR(results);
    }
    if (results && results != Py_None) {
        replace_grads(grads, count, results);
    }
    const bool ok = results != NULL;
    Py_XDECREF(results);
    Py_XDECREF(arguments);
    Py_DECREF(hook);
    return ok || hook_failed(err);
}

static bool run_node_prehook(void *context, struct tensor **grads, int count, struct error *err)
{
    PyObject *outputs = grads_object(face_current(), grads, count);
    PyObject *arguments = outputs ? PyTuple_Pack(1, outputs) : NULL;
    Py_XDECREF(outputs);
    return run_node_hook(context, arguments, grads, count, err);
}

/* A hook after a node must know how many gradients there are on either side. */
struct node_posthook {
    PyObject *hook; /* owned */
    int inputs, outputs;
};

static bool run_node_posthook(void *context, struct tensor **results, struct tensor *const *grads,
                              struct error *err)
{
    const struct node_posthook posthook = *(const struct node_posthook *)context;
    struct face *face = face_current();
    PyObject *inputs = grads_object(face, results, posthook.inputs);
    PyObject *outputs = inputs ? grads_object(face, grads, posthook.outputs) : NULL;
    PyObject *arguments = outputs ? PyTuple_Pack(2, inputs, outputs) : NULL;
    Py_XDECREF(inputs);
    Py_XDECREF(outputs);
    return run_node_hook(posthook.hook, arguments, results, posthook.inputs, err);
}

static void release_posthook(void *context)
{
    PyObject *hook = ((struct node_posthook *)context)->hook;
    PyMem_Free(context);
    Py_DECREF(hook);
}

PyObject *node_register_prehook(PyObject *self, PyObject *hook)
{
    struct node *node = ((struct node_object *)self)->node;
    const struct node_hook entry = { .before = run_node_prehook,
                                     .release = release_hook,
                                     .context = Py_NewRef(hook) };
    return handle_create(face_current(), self, node_add_hook(node, &entry));
}

PyObject *node_register_hook(PyObject *self, PyObject *hook)
{
    struct node *node = ((struct node_object *)self)->node;
    struct node_posthook *posthook = PyMem_Malloc(sizeof(*posthook));
    if (!posthook) {
        return PyErr_NoMemory();
    }
    *posthook = (struct node_posthook){ Py_NewRef(hook), node->edge_count, node->output_count };
    const struct node_hook entry = { .after = run_node_posthook,
                                     .release = release_posthook,
                                     .context = posthook };
    return handle_create(face_current(), self, node_add_hook(node, &entry));
}
