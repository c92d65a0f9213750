/* What torch tells of its dtypes: torch.finfo, torch.iinfo, promotion; and of memory, torch.layout. */
#include "lessons/torch/dtype_info.h"

#include <float.h>

#include "lessons/torch/arguments.h"

/* ---- torch.finfo, torch.iinfo -------------------------------------------------------------------- */

struct info_object {
    PyObject_HEAD enum dtype dtype;
};

static enum dtype info_dtype(PyObject *self)
{
    return ((struct info_object *)self)->dtype;
}

/* Of the floats. `resolution`: the decimals that always survive, as a distance. */
static const struct real_limits {
    double max, eps, tiny, resolution;
} limits[DTYPE_ALL] = {
    [DTYPE_FLOAT32] = { FLT_MAX, FLT_EPSILON, FLT_MIN, 1e-6 },
    [DTYPE_FLOAT64] = { DBL_MAX, DBL_EPSILON, DBL_MIN, 1e-15 },
    [DTYPE_FLOAT16] = { 65504, 0x1p-10, 0x1p-14, 1e-3 },
    [DTYPE_BFLOAT16] = { 0x1.fep127, 0x1p-7, 0x1p-126, 1e-2 },
};

/* "name=1e-06, ": six digits, with a point whatever the locale. */
static bool append_number(PyObject **text, const char *name, double value)
{
    char *digits = PyOS_double_to_string(value, 'g', 6, 0, NULL);
    PyObject *longer =
        digits && *text ? PyUnicode_FromFormat("%U%s=%s, ", *text, name, digits) : NULL;
    PyMem_Free(digits);
    Py_XSETREF(*text, longer);
    return longer != NULL;
}

/* Takes the text of the numbers. */
static PyObject *finish_text(PyObject *text, PyObject *self)
{
    PyObject *whole =
        text ? PyUnicode_FromFormat("%Udtype=%s)", text, dtype_name(info_dtype(self))) : NULL;
    Py_XDECREF(text);
    return whole;
}

/* The dtype that a constructor was given, or `usual`; false with an exception. */
static bool read_dtype(PyObject *args, PyObject *keywords, const char *format, enum dtype *dtype)
{
    static char word[] = "type";
    static char *words[] = { word, NULL };
    PyObject *given = NULL;
    const struct face *face = face_current();
    if (!PyArg_ParseTupleAndKeywords(args, keywords, format, words, face->types.dtype, &given)) {
        return false;
    }
    if (given) {
        *dtype = ((struct dtype_object *)given)->dtype;
    }
    return true;
}

static PyObject *info_create(PyTypeObject *type, enum dtype dtype)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self) {
        ((struct info_object *)self)->dtype = dtype;
    }
    return self;
}

static PyObject *finfo_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    enum dtype dtype = face_current()->engine->default_dtype;
    if (!read_dtype(args, keywords, "|O!:finfo", &dtype)) {
        return NULL;
    }
    if (!dtype_is_float(dtype)) {
        PyErr_SetString(PyExc_TypeError, "torch.finfo() requires a floating point input type. Use "
                                         "torch.iinfo to handle 'torch.finfo'");
        return NULL;
    }
    return info_create(type, dtype);
}

static PyObject *iinfo_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    enum dtype dtype = DTYPE_INT64;
    if (!read_dtype(args, keywords, "O!:iinfo", &dtype)) {
        return NULL;
    }
    if (dtype == DTYPE_BOOL) {
        PyErr_SetString(PyExc_TypeError, "torch.bool is not supported by torch.iinfo");
        return NULL;
    }
    if (dtype_is_float(dtype)) {
        PyErr_SetString(PyExc_TypeError, "torch.iinfo() requires an integer input type. Use "
                                         "torch.finfo to handle 'torch.iinfo'");
        return NULL;
    }
    return info_create(type, dtype);
}

static PyObject *info_bits(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(8 * dtype_size(info_dtype(self)));
}

static PyObject *info_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(dtype_name(info_dtype(self)));
}

static double real_max(PyObject *self)
{
    return limits[info_dtype(self)].max;
}

static double real_eps(PyObject *self)
{
    return limits[info_dtype(self)].eps;
}

static double real_tiny(PyObject *self)
{
    return limits[info_dtype(self)].tiny;
}

static double real_resolution(PyObject *self)
{
    return limits[info_dtype(self)].resolution;
}

static PyObject *finfo_max(PyObject *self, void *closure)
{
    (void)closure;
    return PyFloat_FromDouble(real_max(self));
}

static PyObject *finfo_min(PyObject *self, void *closure)
{
    (void)closure;
    return PyFloat_FromDouble(-real_max(self));
}

static PyObject *finfo_eps(PyObject *self, void *closure)
{
    (void)closure;
    return PyFloat_FromDouble(real_eps(self));
}

static PyObject *finfo_tiny(PyObject *self, void *closure)
{
    (void)closure;
    return PyFloat_FromDouble(real_tiny(self));
}

static PyObject *finfo_resolution(PyObject *self, void *closure)
{
    (void)closure;
    return PyFloat_FromDouble(real_resolution(self));
}

static PyObject *finfo_text(PyObject *self)
{
    PyObject *text = PyUnicode_FromString("finfo(");
    if (append_number(&text, "resolution", real_resolution(self)) &&
        append_number(&text, "min", -real_max(self)) &&
        append_number(&text, "max", real_max(self)) &&
        append_number(&text, "eps", real_eps(self)) &&
        append_number(&text, "smallest_normal", real_tiny(self)) &&
        append_number(&text, "tiny", real_tiny(self))) {
        return finish_text(text, self);
    }
    Py_XDECREF(text);
    return NULL;
}

static int64_t whole_max(PyObject *self)
{
    const enum dtype dtype = info_dtype(self);
    return dtype == DTYPE_UINT8 ? UINT8_MAX
                                : (int64_t)((UINT64_C(1) << (8 * dtype_size(dtype) - 1)) - 1);
}

static int64_t whole_min(PyObject *self)
{
    return info_dtype(self) == DTYPE_UINT8 ? 0 : -whole_max(self) - 1;
}

static PyObject *iinfo_max(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(whole_max(self));
}

static PyObject *iinfo_min(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(whole_min(self));
}

static PyObject *iinfo_text(PyObject *self)
{
    PyObject *text = PyUnicode_FromString("iinfo(");
    if (append_number(&text, "min", (double)whole_min(self)) &&
        append_number(&text, "max", (double)whole_max(self))) {
        return finish_text(text, self);
    }
    Py_XDECREF(text);
    return NULL;
}

static PyGetSetDef finfo_attributes[] = {
    { "bits", info_bits, NULL, NULL, NULL },
    { "dtype", info_name, NULL, NULL, NULL },
    { "max", finfo_max, NULL, NULL, NULL },
    { "min", finfo_min, NULL, NULL, NULL },
    { "eps", finfo_eps, NULL, NULL, NULL },
    { "tiny", finfo_tiny, NULL, NULL, NULL },
    { "smallest_normal", finfo_tiny, NULL, NULL, NULL },
    { "resolution", finfo_resolution, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyGetSetDef iinfo_attributes[] = {
    { "bits", info_bits, NULL, NULL, NULL }, { "dtype", info_name, NULL, NULL, NULL },
    { "max", iinfo_max, NULL, NULL, NULL },  { "min", iinfo_min, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot finfo_slots[] = {
    { Py_tp_new, finfo_new },
    { Py_tp_repr, finfo_text },
    { Py_tp_getset, finfo_attributes },
    { 0, NULL },
};

static PyType_Slot iinfo_slots[] = {
    { Py_tp_new, iinfo_new },
    { Py_tp_repr, iinfo_text },
    { Py_tp_getset, iinfo_attributes },
    { 0, NULL },
};

static PyType_Spec finfo_spec = {
    .name = "torch.finfo",
    .basicsize = sizeof(struct info_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = finfo_slots,
};

static PyType_Spec iinfo_spec = {
    .name = "torch.iinfo",
    .basicsize = sizeof(struct info_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = iinfo_slots,
};

/* ---- torch.layout: every tensor of ours has strides ---------------------------------------------- */

static PyObject *layout_text(PyObject *self)
{
    (void)self;
    return PyUnicode_FromString("torch.strided");
}

static PyType_Slot layout_slots[] = {
    { Py_tp_repr, layout_text },
    { 0, NULL },
};

static PyType_Spec layout_spec = {
    .name = "torch.layout",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = layout_slots,
};

static bool layout_create(PyObject *module)
{
    PyTypeObject *type = face_create_type(module, &layout_spec, NULL);
    PyObject *strided = type ? type->tp_alloc(type, 0) : NULL;
    const bool added = strided && PyModule_AddObjectRef(module, "strided", strided) == 0;
    Py_XDECREF(strided);
    Py_XDECREF(type);
    return added;
}

bool dtype_info_create(PyObject *module)
{
    PyTypeObject *finfo = face_create_type(module, &finfo_spec, NULL);
    PyTypeObject *iinfo = finfo ? face_create_type(module, &iinfo_spec, NULL) : NULL;
    const bool created = iinfo && layout_create(module);
    Py_XDECREF(finfo);
    Py_XDECREF(iinfo);
    return created;
}

/* ---- promotion ------------------------------------------------------------------------------------ */

static bool read_dtypes(const struct call *call, enum dtype *first, enum dtype *second)
{
    *first = *second = DTYPE_FLOAT32;
    return argument_dtype(call, 0, first) && argument_dtype(call, 1, second);
}

static PyObject *call_promote_types(struct call *call)
{
    enum dtype a, b;
    return read_dtypes(call, &a, &b) ? dtype_object_of(call->face, dtype_promote(a, b)) : NULL;
}

static PyObject *call_can_cast(struct call *call)
{
    enum dtype from, to;
    return read_dtypes(call, &from, &to) ? PyBool_FromLong(dtype_can_cast(from, to)) : NULL;
}

static PyObject *call_result_type(struct call *call)
{
    struct operand in[2];
    if (!argument_operand(call, 0, &in[0]) || !argument_operand(call, 1, &in[1])) {
        return NULL;
    }
    return dtype_object_of(call->face, dtype_result(in, 2, call->face->engine->default_dtype));
}

const struct function_row dtype_rows[] = {
    { "promote_types",
      { "type1", "type2" },
      .required = 2,
      .call = call_promote_types,
      .places = PLACE_TORCH },
    { "can_cast", { "from_", "to" }, .required = 2, .call = call_can_cast, .places = PLACE_TORCH },
    { "result_type",
      { "tensor1", "tensor2" },
      .required = 2,
      .call = call_result_type,
      .places = PLACE_TORCH },
    { .name = NULL },
};
