/* Other devices and dtypes for a module: to, float, double, cpu, cuda, type. Parameters stay the same
 * objects; their memory is replaced. */
#include "lessons/torch/module.h"

#include "engine/autograd/autograd.h"
#include "lessons/torch/arguments.h"

/* What every tensor of the module is asked for. */
struct move {
    struct face *face;
    const char *method; /* of Tensor */
    PyObject *argument; /* lent: what it is given; NULL: nothing */
    bool only_floats;   /* leave whole numbers and bools as they are */
    PyObject *dtype;    /* lent: what floats are converted to besides; NULL: nothing */
};

/* The moved tensor, or the same object where nothing changes. */
static PyObject *moved(const struct move *move, PyObject *tensor)
{
    const bool is_float = dtype_is_float(tensor_object_tensor(tensor)->dtype);
    if (move->only_floats && !is_float) {
        return Py_NewRef(tensor);
    }
    PyObject *method = PyObject_GetAttrString(tensor, move->method);
    PyObject *result = !method          ? NULL
                       : move->argument ? PyObject_CallOneArg(method, move->argument)
                                        : PyObject_CallNoArgs(method);
    Py_XDECREF(method);
    if (result && move->dtype && is_float) {
        Py_SETREF(result, PyObject_CallMethod(result, "to", "O", move->dtype));
    }
    return result;
}

/* Gives a parameter, or its gradient, its memory. */
static bool move_in_place(const struct move *move, PyObject *tensor)
{
    PyObject *result = moved(move, tensor);
    const bool done =
        result && (result == tensor || PyObject_SetAttrString(tensor, "data", result) == 0);
    Py_XDECREF(result);
    return done;
}

static bool move_parameters(const struct move *move, PyObject *parameters)
{
    PyObject *all = PyDict_Values(parameters); /* a copy */
    bool done = all != NULL;
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(all); i++) {
        PyObject *parameter = PyList_GET_ITEM(all, i);
        if (parameter == Py_None) {
            continue;
        }
        done = move_in_place(move, parameter);
        PyObject *grad =
            done ? tensor_object_of(move->face, tensor_object_tensor(parameter)->grad) : NULL;
        done = grad && (grad == Py_None || move_in_place(move, grad));
        Py_XDECREF(grad);
    }
    Py_XDECREF(all);
    return done;
}

static bool move_buffers(const struct move *move, PyObject *buffers)
{
    PyObject *names = PyDict_Keys(buffers);
    bool done = names != NULL;
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *buffer = PyDict_GetItemWithError(buffers, name);
        if (!buffer || buffer == Py_None) {
            done = !PyErr_Occurred();
            continue;
        }
        PyObject *result = moved(move, buffer);
        done = result && PyDict_SetItem(buffers, name, result) == 0;
        Py_XDECREF(result);
    }
    Py_XDECREF(names);
    return done;
}

/* Every parameter and buffer, without being recorded by autograd. */
static PyObject *move_all(const struct call *call, const struct move *move)
{
    PyObject *self = call->arguments[0];
    const struct module_walk walk = { .part = PART_MODULES, .recurse = true };
    PyObject *modules = module_objects(call->face, self, &walk);
    struct engine *engine = call->face->engine;
    const bool enabled = engine->grad_enabled;
    engine->grad_enabled = false;
    bool done = modules != NULL;
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(modules); i++) {
        struct module_object *module = module_object(PyList_GET_ITEM(modules, i));
        module->changed = true; /* its parameters are told with their new memory */
        done = move_parameters(move, module->parameters) && move_buffers(move, module->buffers);
    }
    engine->grad_enabled = enabled;
    call->face->module_changes++;
    Py_XDECREF(modules);
    return done ? Py_NewRef(self) : NULL;
}

/* ---- the methods ------------------------------------------------------------------------------- */

static bool check_dtype(const struct call *call, PyObject *dtype)
{
    if (Py_TYPE(dtype) != call->face->types.dtype) {
        return true;
    }
    if (!dtype_is_float(((struct dtype_object *)dtype)->dtype)) {
        PyErr_Format(PyExc_TypeError,
                     "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                     "dtype=%S",
                     dtype);
        return false;
    }
    return true;
}

/* to(device), to(dtype), to(device, dtype), to(tensor): the dtype is for floats alone. */
static PyObject *call_to(struct call *call)
{
    PyObject *device = NULL, *dtype = NULL;
    PyObject *const given[] = { call->arguments[1], call->arguments[2], call->arguments[3],
                                call->arguments[4], call->arguments[6] };
    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
        if (!given[i] || given[i] == Py_None) {
            continue;
        }
        const bool is_dtype = Py_TYPE(given[i]) == call->face->types.dtype;
        *(is_dtype ? &dtype : &device) = given[i];
    }
    if (dtype && !check_dtype(call, dtype)) {
        return NULL;
    }
    if (!device && !dtype) {
        return PyErr_Format(PyExc_TypeError,
                            "to() received an invalid combination of arguments: it "
                            "needs a device, a dtype or a tensor");
    }
    const bool like_tensor = device && tensor_object_is(call->face, device);
    struct backend *backend;
    if (device && !like_tensor && !device_of(call->face, device, &backend)) {
        return NULL;
    }
    const struct move move = { call->face, "to", device ? device : dtype, !device || like_tensor,
                               device ? dtype : NULL };
    return move_all(call, &move);
}

/* float, double, half, bfloat16: floats alone. */
static PyObject *call_cast(struct call *call)
{
    const struct move move = { call->face, call->row->name, NULL, true, NULL };
    return move_all(call, &move);
}

static PyObject *call_cpu(struct call *call)
{
    const struct move move = { call->face, "cpu", NULL, false, NULL };
    return move_all(call, &move);
}

static PyObject *call_cuda(struct call *call)
{
    const struct move move = { call->face, "cuda", call->arguments[1], false, NULL };
    struct backend *backend;
    PyObject *device = PyUnicode_FromString("cuda");
    const bool there = device && device_of(call->face, device, &backend);
    Py_XDECREF(device);
    return there ? move_all(call, &move) : NULL;
}

/* type(dtype): whole numbers too. */
static PyObject *call_type(struct call *call)
{
    const struct move move = { call->face, "type", call->arguments[1], false, NULL };
    return move_all(call, &move);
}

/* _lend(name, tensor): another tensor in the place of a parameter or buffer, without further notice. */
static PyObject *call_lend(struct call *call)
{
    const struct module_object *module = module_object(call->arguments[0]);
    PyObject *const places[] = { module->parameters, module->buffers };
    if (!tensor_object_is(call->face, call->arguments[2])) {
        argument_refuse(call, 2, "Tensor");
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        const int there = PyDict_Contains(places[i], call->arguments[1]);
        if (there < 0 ||
            (there && PyDict_SetItem(places[i], call->arguments[1], call->arguments[2]) != 0)) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

/* There are no other processes to share with. */
static PyObject *call_share_memory(struct call *call)
{
    return Py_NewRef(call->arguments[0]);
}

const struct function_row module_move_rows[] = {
    { "to",
      { "self", "target", "second", "device", "dtype", "non_blocking", "tensor", "memory_format" },
      .required = 1,
      .call = call_to },
    { "float", { "self" }, .required = 1, .call = call_cast },
    { "double", { "self" }, .required = 1, .call = call_cast },
    { "cpu", { "self" }, .required = 1, .call = call_cpu },
    { "cuda", { "self", "device" }, .required = 1, .call = call_cuda },
    { "type", { "self", "dst_type" }, .required = 2, .call = call_type },
    { "half", { "self" }, .required = 1, .call = call_cast },
    { "bfloat16", { "self" }, .required = 1, .call = call_cast },
    { "_lend", { "self", "name", "tensor" }, .required = 3, .call = call_lend },
    { "share_memory", { "self" }, .required = 1, .call = call_share_memory },
    { .name = NULL },
};
