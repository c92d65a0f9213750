/* What torch says of itself, and may be told: the default dtype, grad mode, devices. */
#include "lessons/torch/functions.h"

#include <string.h>

#include "engine/engine.h"

static PyObject *call_is_tensor(struct call *call)
{
    return PyBool_FromLong(tensor_object_is(call->face, call->arguments[0]));
}

static PyObject *call_is_grad_enabled(struct call *call)
{
    return PyBool_FromLong(call->face->engine->grad_enabled);
}

static PyObject *call_is_inference_mode_enabled(struct call *call)
{
    return PyBool_FromLong(call->face->engine->inference);
}

static PyObject *call_is_inference(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyBool_FromLong(tensor_is_inference(input)) : NULL;
}

static PyObject *call_get_default_dtype(struct call *call)
{
    return dtype_object_of(call->face, call->face->engine->default_dtype);
}

static PyObject *call_set_default_dtype(struct call *call)
{
    enum dtype dtype = DTYPE_FLOAT32;
    if (!argument_dtype(call, 0, &dtype)) {
        return NULL;
    }
    if (!dtype_is_float(dtype)) {
        PyErr_SetString(PyExc_TypeError, "only floating-point types are supported as the default "
                                         "type");
        return NULL;
    }
    call->face->engine->default_dtype = dtype;
    Py_RETURN_NONE;
}

/* ---- devices ----------------------------------------------------------------------------------- */

/* None is the CPU again. */
static PyObject *call_set_default_device(struct call *call)
{
    struct engine *engine = call->face->engine;
    struct backend *backend = engine_cpu(engine);
    if (!argument_device(call, 0, &backend)) {
        return NULL;
    }
    engine->default_backend = backend;
    Py_RETURN_NONE;
}

static PyObject *call_get_default_device(struct call *call)
{
    return device_object_of(call->face, call->face->engine->default_backend);
}

/* ---- how tensors print ------------------------------------------------------------------------- */

static bool read_profile(const struct call *call, struct print_options *options)
{
    static const struct print_options short_ones = {
        .precision = 2, .edge_items = 2, .line_width = 80, .threshold = 1000
    };
    PyObject *profile = call->arguments[4];
    if (!argument_given(call, 4)) {
        return true;
    }
    const char *name = PyUnicode_Check(profile) ? PyUnicode_AsUTF8(profile) : NULL;
    if (name && strcmp(name, "default") == 0) {
        *options = print_options_usual;
    } else if (name && strcmp(name, "short") == 0) {
        *options = short_ones;
    } else if (name && strcmp(name, "full") == 0) {
        *options = print_options_usual;
        options->threshold = INT64_MAX;
    }
    return !PyErr_Occurred();
}

/* An integer of [least, most], or for the threshold also inf. */
static bool read_count(const struct call *call, int i, int64_t least, int64_t most, int64_t *out)
{
    double real = 0;
    if (!argument_given(call, i)) {
        return true;
    }
    if (PyFloat_Check(call->arguments[i])) {
        if (!argument_real(call, i, &real)) {
            return false;
        }
        *out = real < (double)most ? (int64_t)real : most;
    } else if (!argument_integer(call, i, out)) {
        return false;
    }
    if (*out < least || *out > most) {
        PyErr_Format(PyExc_ValueError, "set_printoptions(): %s must be between %lld and %lld",
                     call->row->parameters[i], (long long)least, (long long)most);
        return false;
    }
    return true;
}

/* set_printoptions(precision, threshold, edgeitems, linewidth, profile, sci_mode) */
static PyObject *call_set_printoptions(struct call *call)
{
    struct print_options options = call->face->engine->print;
    bool scientific = false;
    if (!read_profile(call, &options)) {
        return NULL;
    }
    int64_t precision = options.precision, edge = options.edge_items, width = options.line_width;
    if (!read_count(call, 0, 0, PRINT_PRECISION_MAX, &precision) ||
        !read_count(call, 1, 0, INT64_MAX, &options.threshold) ||
        !read_count(call, 2, 0, INT32_MAX, &edge) || !read_count(call, 3, 1, INT32_MAX, &width) ||
        !argument_bool(call, 5, &scientific)) {
        return NULL;
    }
    options.precision = (int)precision;
    options.edge_items = (int)edge;
    options.line_width = (int)width;
    options.scientific = !argument_given(call, 5) ? PRINT_SCIENTIFIC_AUTO
                         : scientific             ? PRINT_SCIENTIFIC_ON
                                                  : PRINT_SCIENTIFIC_OFF;
    call->face->engine->print = options;
    Py_RETURN_NONE;
}

/* torch.Size of what shapes, given as tuples, are together. */
static PyObject *call_broadcast_shapes(struct call *call)
{
    struct shape all = { 0 };
    struct error err;
    const Py_ssize_t count = call->collected ? call->collected_count : call->arguments[0] ? 1 : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = call->collected ? call->collected[i] : call->arguments[0];
        const struct shape before = all;
        struct number number;
        struct shape one;
        if (number_of(item, &number) && number.kind == NUMBER_INTEGER) {
            one = (struct shape){ 1, { number.integer } };
        } else if (!shape_of(item, &one)) {
            PyErr_SetString(PyExc_RuntimeError,
                            "Input shapes should be of type ints, a tuple of ints, or a list of "
                            "ints");
            return NULL;
        }
        if (!shape_broadcast(&before, &one, &all, &err)) {
            PyErr_SetString(PyExc_RuntimeError, "Shape mismatch: objects cannot be broadcast to a "
                                                "single shape");
            return NULL;
        }
    }
    return size_object_create(call->face, &all);
}

/* _quietly(function, *arguments): what it does is not recorded, as if it were one step written in C. */
static PyObject *call_quietly(struct call *call)
{
    const bool several = call->collected_count > 0;
    PyObject *const *all = several ? call->collected : call->arguments;
    const size_t count = several ? (size_t)call->collected_count : 1;
    struct engine *engine = call->face->engine;
    engine->quiet++;
    PyObject *result = PyObject_Vectorcall(all[0], all + 1, count - 1, NULL);
    engine->quiet--;
    return result;
}

const struct function_row setting_rows[] = {
    { "_quietly",
      { "function" },
      .required = 1,
      .collects = 1,
      .call = call_quietly,
      .places = PLACE_TORCH },
    { "is_tensor", { "obj" }, .required = 1, .call = call_is_tensor, .places = PLACE_TORCH },
    { "is_grad_enabled", { NULL }, .call = call_is_grad_enabled, .places = PLACE_TORCH },
    { "is_inference_mode_enabled",
      { NULL },
      .call = call_is_inference_mode_enabled,
      .places = PLACE_TORCH },
    { "is_inference",
      { "input" },
      .required = 1,
      .call = call_is_inference,
      .places = PLACE_METHOD | PLACE_TORCH },
    { "get_default_dtype", { NULL }, .call = call_get_default_dtype, .places = PLACE_TORCH },
    { "set_default_dtype",
      { "d" },
      .required = 1,
      .call = call_set_default_dtype,
      .places = PLACE_TORCH },
    { "set_printoptions",
      { "precision", "threshold", "edgeitems", "linewidth", "profile", "sci_mode" },
      .call = call_set_printoptions,
      .places = PLACE_TORCH },
    { "broadcast_shapes",
      { "shapes" },
      .collects = 1,
      .call = call_broadcast_shapes,
      .places = PLACE_TORCH },
    { "set_default_device",
      { "device" },
      .required = 1,
      .call = call_set_default_device,
      .places = PLACE_TORCH },
    { "get_default_device", { NULL }, .call = call_get_default_device, .places = PLACE_TORCH },
    { .name = NULL },
};
