#include "lessons/torch/layers.h"

#include <string.h>

#include "lessons/torch/arguments.h"
#include "lessons/torch/functions.h"

bool layer_set(PyObject *self, const char *name, PyObject *value)
{
    const bool done = value && PyObject_SetAttrString(self, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

struct tensor *layer_parameter(PyObject *self, PyObject *name)
{
    PyObject *found = PyDict_GetItemWithError(module_object(self)->parameters, name);
    return found && found != Py_None ? tensor_object_tensor(found) : NULL;
}

struct tensor *layer_add_parameter(struct face *face, PyObject *self, const char *name,
                                   const struct shape *shape)
{
    const struct tensor_spec spec = { face->engine->default_dtype, *shape,
                                      face->engine->default_backend };
    struct error err;
    struct tensor *tensor = tensor_create(face->engine, &spec, &err);
    if (!tensor) {
        torch_raise(&err);
        return NULL;
    }
    tensor->requires_grad = true;
    tensor->is_parameter = true;
    PyObject *object = tensor_object_take(face, tensor, NULL);
    PyObject *key = PyUnicode_InternFromString(name);
    const bool registered =
        object && key && module_register(self, module_object(self)->parameters, key, object);
    Py_XDECREF(key);
    Py_XDECREF(object); /* the module keeps it */
    return registered ? tensor : NULL;
}

/* -1: the row has no such argument. */
static int find_argument(const struct function_row *row, const char *name)
{
    int i = 0;
    while (row->parameters[i] && strcmp(row->parameters[i], name) != 0) {
        i++;
    }
    return row->parameters[i] ? i : -1;
}

static bool read_dtype(struct call *call, enum dtype *out)
{
    const int place = find_argument(call->row, "dtype");
    if (place < 0 || !argument_given(call, place)) {
        return true;
    }
    if (!argument_dtype(call, place, out)) {
        return false;
    }
    if (!dtype_is_float(*out)) {
        PyErr_SetString(PyExc_RuntimeError,
                        "Only Tensors of floating point and complex dtype can require gradients");
        return false;
    }
    return true;
}

PyObject *layer_begin_on_device(struct call *call, PyObject *(*begin)(struct call *call))
{
    struct engine *engine = call->face->engine;
    struct backend *const usual = engine->default_backend;
    const enum dtype usual_dtype = engine->default_dtype;
    const int device = find_argument(call->row, "device");
    enum dtype dtype = usual_dtype;
    if (!read_dtype(call, &dtype) ||
        (device >= 0 && !argument_device(call, device, &engine->default_backend))) {
        return NULL;
    }
    engine->default_dtype = dtype;
    PyObject *result = begin(call);
    engine->default_backend = usual;
    engine->default_dtype = usual_dtype;
    return result;
}

/* ---- attributes -------------------------------------------------------------------------------- */

/* (What every loss looks up has its name ready.) */
static PyObject *held_attribute(const struct call *call, const char *name)
{
    PyObject *self = call->arguments[0];
    return strcmp(name, "reduction") == 0 ? PyObject_GetAttr(self, call->face->words.reduction)
                                          : PyObject_GetAttrString(self, name);
}

PyObject *layer_call_row(struct call *call, const struct function_row *row, int given,
                         const struct held_argument *held, int count)
{
    struct call inner = { .face = call->face, .row = row };
    PyObject *values[PARAMETERS_MAX];
    int read = 0;
    for (int i = 0; i < given; i++) {
        inner.arguments[i] = call->arguments[1 + i];
    }
    while (read < count && (values[read] = held_attribute(call, held[read].attribute))) {
        inner.arguments[held[read].at] = values[read];
        read++;
    }
    PyObject *result = read == count ? row->call(&inner) : NULL;
    for (int i = 0; i < read; i++) {
        Py_DECREF(values[i]);
    }
    return result;
}

PyObject *layer_call_held(struct call *call, const char *function, int given,
                          const struct held_argument *held, int count)
{
    return layer_call_row(call, functional_find(function), given, held, count);
}

bool layer_set_argument(const struct call *call, int i, const char *name, PyObject *fallback)
{
    PyObject *value = fallback;
    /* Without a fallback None is kept as it is. */
    if (argument_given(call, i) || (!fallback && call->arguments[i])) {
        value = Py_NewRef(call->arguments[i]);
        Py_XDECREF(fallback);
    }
    return layer_set(call->arguments[0], name, value);
}

bool layer_set_tuple(const struct call *call, int i, const char *name, int count, long fallback)
{
    PyObject *given = argument_given(call, i) ? call->arguments[i] : NULL;
    if (given && PySequence_Check(given)) {
        return layer_set(call->arguments[0], name, PySequence_Tuple(given));
    }
    PyObject *item = given ? Py_NewRef(given) : PyLong_FromLong(fallback);
    PyObject *tuple = item ? PyTuple_New(count) : NULL;
    for (int k = 0; tuple && k < count; k++) {
        PyTuple_SET_ITEM(tuple, k, Py_NewRef(item));
    }
    Py_XDECREF(item);
    return layer_set(call->arguments[0], name, tuple);
}

bool layer_append(PyObject **text, PyObject *self, const char *name)
{
    PyObject *value = *text ? PyObject_GetAttrString(self, name) : NULL;
    PyObject *longer = value ? PyUnicode_FromFormat("%U, %s=%S", *text, name, value) : NULL;
    Py_XDECREF(value);
    Py_XSETREF(*text, longer);
    return longer != NULL;
}

/* ---- making the classes ------------------------------------------------------------------------ */

/* What a class finds under `name`; only __init__ is for modules that have not begun. */
static bool add_method(struct face *face, PyObject *dictionary, const char *name,
                       const struct function_row *row)
{
    PyObject *function = function_object_create(
        face, row, strcmp(name, "__init__") == 0 ? module_accepts_any : module_accepts);
    const bool added = function && PyDict_SetItemString(dictionary, name, function) == 0;
    Py_XDECREF(function);
    return added;
}

/* The class stands for self. */
static bool add_class_method(struct face *face, PyObject *dictionary,
                             const struct function_row *row)
{
    PyObject *function = function_object_create(face, row, NULL);
    PyObject *method = function ? PyClassMethod_New(function) : NULL;
    const bool added = method && PyDict_SetItemString(dictionary, row->name, method) == 0;
    Py_XDECREF(method);
    Py_XDECREF(function);
    return added;
}

static bool add_others(struct face *face, PyObject *dictionary, const struct function_row *rows)
{
    for (const struct function_row *row = rows; row && row->name; row++) {
        const bool of_class = strcmp(row->parameters[0], "cls") == 0;
        if (!(of_class ? add_class_method(face, dictionary, row)
                       : add_method(face, dictionary, row->name, row))) {
            return false;
        }
    }
    return true;
}

/* Since num_batches_tracked is part of it, the state of these has version 2. */
static bool set_version(PyObject *dictionary, const struct layer *layer)
{
    if (strcmp(layer->module, "torch.nn.modules.batchnorm") != 0) {
        return true;
    }
    PyObject *number = PyLong_FromLong(2);
    const bool set = number && PyDict_SetItemString(dictionary, "_version", number) == 0;
    Py_XDECREF(number);
    return set;
}

static bool fill_class(struct face *face, PyObject *dictionary, const struct layer *layer)
{
    PyObject *module = PyUnicode_FromString(layer->module);
    const bool placed = module && PyDict_SetItemString(dictionary, "__module__", module) == 0;
    Py_XDECREF(module);
    return placed && add_method(face, dictionary, "__init__", &layer->begin) &&
           (!layer->forward.name || add_method(face, dictionary, "forward", &layer->forward)) &&
           (!layer->text.name || add_method(face, dictionary, "extra_repr", &layer->text)) &&
           add_others(face, dictionary, layer->others) && set_version(dictionary, layer);
}

static bool layer_create(struct face *face, PyObject *nn, const struct layer *layer)
{
    PyObject *dictionary = PyDict_New();
    PyObject *type = NULL;
    if (dictionary && fill_class(face, dictionary, layer)) {
        type = PyObject_CallFunction((PyObject *)&PyType_Type, "s(O)O", layer->name,
                                     face->types.module, dictionary);
    }
    const bool created = type && PyModule_AddObjectRef(nn, layer->name, type) == 0;
    Py_XDECREF(dictionary);
    Py_XDECREF(type);
    return created;
}

bool layers_create(struct face *face, PyObject *nn)
{
    const struct layer *const tables[] = { shape_layers,      weight_layers,    plain_layers,
                                           activation_layers, container_layers, convolution_layers,
                                           pool_layers,       norm_layers,      loss_layers };
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        for (const struct layer *layer = tables[i]; layer->name; layer++) {
            if (!layer_create(face, nn, layer)) {
                return false;
            }
        }
    }
    return true;
}
