/* torch.Size, torch.dtype, torch.device: plain values. */
#include "lessons/torch/arguments.h"

#include <ctype.h>
#include <string.h>

/* ---- torch.Size: a tuple that prints its name and stays a Size when cut ---------------------- */

PyObject *size_object_create(struct face *face, const struct shape *shape)
{
    PyObject *size = face->types.size->tp_alloc(face->types.size, shape->dims);
    for (int i = 0; size && i < shape->dims; i++) {
        PyObject *item = PyLong_FromLongLong(shape->size[i]);
        if (!item) {
            Py_DECREF(size);
            return NULL;
        }
        PyTuple_SET_ITEM(size, i, item);
    }
    return size;
}

/* Takes the reference to `result`; a tuple becomes a Size. */
static PyObject *size_from(PyObject *result)
{
    if (!result || !PyTuple_CheckExact(result)) {
        return result;
    }
    struct face *face = face_current();
    const Py_ssize_t count = PyTuple_GET_SIZE(result);
    PyObject *size = face->types.size->tp_alloc(face->types.size, count);
    for (Py_ssize_t i = 0; size && i < count; i++) {
        PyTuple_SET_ITEM(size, i, Py_NewRef(PyTuple_GET_ITEM(result, i)));
    }
    Py_DECREF(result);
    return size;
}

static PyObject *size_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)type;
    return size_from(PyTuple_Type.tp_new(&PyTuple_Type, args, keywords));
}

static PyObject *size_text(PyObject *self)
{
    PyObject *list = PySequence_List(self);
    PyObject *text = list ? PyUnicode_FromFormat("torch.Size(%R)", list) : NULL;
    Py_XDECREF(list);
    return text;
}

static PyObject *size_at(PyObject *self, PyObject *index)
{
    return size_from(PyTuple_Type.tp_as_mapping->mp_subscript(self, index));
}

/* A tuple's own + wants tuples of the exact class or derived from it, which a Size is. */
static PyObject *size_join(PyObject *self, PyObject *other)
{
    return size_from(PyTuple_Type.tp_as_sequence->sq_concat(self, other));
}

static PyObject *size_repeat(PyObject *self, Py_ssize_t times)
{
    return size_from(PyTuple_Type.tp_as_sequence->sq_repeat(self, times));
}

static PyObject *size_numel(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *product = PyLong_FromLong(1);
    for (Py_ssize_t i = 0; product && i < PyTuple_GET_SIZE(self); i++) {
        PyObject *next = PyNumber_Multiply(product, PyTuple_GET_ITEM(self, i));
        Py_DECREF(product);
        product = next;
    }
    return product;
}

/* pickle: Size((2, 3)) */
static PyObject *size_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *items = PySequence_List(self);
    PyObject *plain = items ? PyList_AsTuple(items) : NULL;
    Py_XDECREF(items);
    return plain ? Py_BuildValue("(O(N))", Py_TYPE(self), plain) : NULL;
}

static PyMethodDef size_methods[] = {
    { "__reduce__", size_reduce, METH_NOARGS, NULL },
    { "numel", size_numel, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot size_slots[] = {
    { Py_tp_new, size_new },         { Py_tp_repr, size_text },
    { Py_tp_str, size_text },        { Py_mp_subscript, size_at },
    { Py_sq_concat, size_join },     { Py_sq_repeat, size_repeat },
    { Py_tp_methods, size_methods }, { 0, NULL },
};

static PyType_Spec size_spec = {
    .name = "torch.Size",
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = size_slots,
};

/* ---- torch.dtype ---------------------------------------------------------------------------- */

PyObject *dtype_object_of(struct face *face, enum dtype dtype)
{
    return Py_NewRef(face->dtypes[dtype]);
}

static PyObject *dtype_text(PyObject *self)
{
    return PyUnicode_FromFormat("torch.%s", dtype_name(((struct dtype_object *)self)->dtype));
}

static PyObject *dtype_is_floating_point(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(dtype_is_float(((struct dtype_object *)self)->dtype));
}

static PyObject *dtype_itemsize(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(dtype_size(((struct dtype_object *)self)->dtype));
}

static PyObject *dtype_is_signed(PyObject *self, void *closure)
{
    (void)closure;
    const enum dtype dtype = ((struct dtype_object *)self)->dtype;
    return PyBool_FromLong(dtype != DTYPE_BOOL && dtype != DTYPE_UINT8);
}

static PyGetSetDef dtype_attributes[] = {
    { "is_floating_point", dtype_is_floating_point, NULL, NULL, NULL },
    { "is_signed", dtype_is_signed, NULL, NULL, NULL },
    { "itemsize", dtype_itemsize, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

/* pickle: the name of it in torch */
static PyObject *dtype_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyUnicode_FromString(dtype_name(((struct dtype_object *)self)->dtype));
}

static PyMethodDef dtype_methods[] = {
    { "__reduce__", dtype_reduce, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot dtype_slots[] = {
    { Py_tp_repr, dtype_text },
    { Py_tp_getset, dtype_attributes },
    { Py_tp_methods, dtype_methods },
    { 0, NULL },
};

static PyType_Spec dtype_spec = {
    .name = "torch.dtype",
    .basicsize = sizeof(struct dtype_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = dtype_slots,
};

static bool dtypes_create(struct face *face, PyObject *module)
{
    for (int i = 0; i < DTYPE_ALL; i++) {
        PyObject *object = face->types.dtype->tp_alloc(face->types.dtype, 0);
        if (!object) {
            return false;
        }
        ((struct dtype_object *)object)->dtype = (enum dtype)i;
        face->dtypes[i] = object;
        if (PyModule_AddObjectRef(module, dtype_name((enum dtype)i), object) != 0) {
            return false;
        }
    }
    static const char *const aliases[] = { "float", "double", "half", "int", "long", "short" };
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        enum dtype dtype;
        if (!dtype_find(aliases[i], &dtype) ||
            PyModule_AddObjectRef(module, aliases[i], face->dtypes[dtype]) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- torch.device --------------------------------------------------------------------------- */

static PyObject *device_create(PyTypeObject *type, const char *name, int index)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self) {
        struct device_object *device = (struct device_object *)self;
        snprintf(device->type, sizeof(device->type), "%s", name);
        device->index = index;
    }
    return self;
}

PyObject *device_object_of(struct face *face, const struct backend *backend)
{
    if (backend == engine_cpu(face->engine)) {
        return Py_NewRef(face->cpu);
    }
    return device_create(face->types.device, backend->impl->device, backend->index);
}

/* "cuda:1" into its two parts. */
static bool device_parse(const char *text, struct device_object *out)
{
    const char *colon = strchr(text, ':');
    const size_t length = colon ? (size_t)(colon - text) : strlen(text);
    if (length >= sizeof(out->type)) {
        return false;
    }
    memcpy(out->type, text, length);
    out->type[length] = '\0';
    out->index = -1;
    if (strcmp(out->type, "cpu") != 0 && strcmp(out->type, "cuda") != 0) {
        return false;
    }
    if (!colon) {
        return true;
    }
    if (!isdigit((unsigned char)colon[1]) || colon[1 + strspn(colon + 1, "0123456789")] ||
        strlen(colon) > 4) {
        return false;
    }
    out->index = 0;
    for (const char *digit = colon + 1; *digit; digit++) {
        out->index = out->index * 10 + (*digit - '0');
    }
    return true;
}

/* Letters, and behind a colon a number without a leading zero. */
static bool device_is_spelled(const char *text)
{
    const size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    const char *colon = text + letters;
    const size_t digits = *colon == ':' ? strspn(colon + 1, "0123456789") : 0;
    const bool zero_leads = digits > 1 && colon[1] == '0';
    return letters > 0 && (*colon == '\0' || (digits > 0 && !zero_leads && !colon[1 + digits]));
}

static PyObject *device_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char type_word[] = "type", index_word[] = "index";
    static char *words[] = { type_word, index_word, NULL };
    PyObject *what, *index = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|O:device", words, &what, &index)) {
        return NULL;
    }
    if (Py_TYPE(what) == type) {
        return Py_NewRef(what);
    }
    if (PyLong_Check(what)) {
        const long number = PyLong_AsLong(what);
        return number == -1 && PyErr_Occurred() ? NULL : device_create(type, "cuda", (int)number);
    }
    const char *text = PyUnicode_Check(what) ? PyUnicode_AsUTF8(what) : NULL;
    struct device_object parsed;
    if (!text) {
        return PyErr_Format(PyExc_TypeError,
                            "device(): argument 'type' (position 1) must be str, not %s",
                            Py_TYPE(what)->tp_name);
    }
    if (!text[0]) {
        PyErr_SetString(PyExc_RuntimeError, "Device string must not be empty");
        return NULL;
    }
    if (!device_is_spelled(text)) {
        return PyErr_Format(PyExc_RuntimeError, "Invalid device string: '%s'", text);
    }
    if (!device_parse(text, &parsed)) {
        return PyErr_Format(
            PyExc_RuntimeError,
            "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, "
            "ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone "
            "device type at start of device string: %s",
            text);
    }
    if (index && index != Py_None) {
        const long number = PyLong_AsLong(index);
        if (number == -1 && PyErr_Occurred()) {
            return NULL;
        }
        parsed.index = (int)number;
    }
    return device_create(type, parsed.type, parsed.index);
}

static PyObject *device_name(PyObject *self)
{
    const struct device_object *device = (const struct device_object *)self;
    return device->index < 0 ? PyUnicode_FromString(device->type)
                             : PyUnicode_FromFormat("%s:%d", device->type, device->index);
}

static PyObject *device_text(PyObject *self)
{
    const struct device_object *device = (const struct device_object *)self;
    return device->index < 0
               ? PyUnicode_FromFormat("device(type='%s')", device->type)
               : PyUnicode_FromFormat("device(type='%s', index=%d)", device->type, device->index);
}

static PyObject *device_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(other) != Py_TYPE(self) || (operation != Py_EQ && operation != Py_NE)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const struct device_object *a = (const struct device_object *)self;
    const struct device_object *b = (const struct device_object *)other;
    const bool equal = strcmp(a->type, b->type) == 0 && a->index == b->index;
    return PyBool_FromLong(equal == (operation == Py_EQ));
}

static Py_hash_t device_hash(PyObject *self)
{
    const struct device_object *device = (const struct device_object *)self;
    return device->type[1] * 64 + device->index + 2;
}

static PyObject *device_type(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(((struct device_object *)self)->type);
}

static PyObject *device_index(PyObject *self, void *closure)
{
    (void)closure;
    const int index = ((struct device_object *)self)->index;
    return index < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(index);
}

/* with torch.device("cuda"): what is created inside is created there. */
static PyObject *device_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct face *face = face_current();
    enum { DEEPEST = sizeof(face->outer_devices) / sizeof(*face->outer_devices) };
    struct backend *backend;
    if (!device_of(face, self, &backend)) {
        return NULL;
    }
    if (face->entered_devices == DEEPEST) {
        return PyErr_Format(PyExc_RuntimeError, "no more than %d devices can be entered at once",
                            (int)DEEPEST);
    }
    face->outer_devices[face->entered_devices++] = face->engine->default_backend;
    face->engine->default_backend = backend;
    return Py_NewRef(self);
}

static PyObject *device_leave(PyObject *self, PyObject *exception)
{
    (void)self;
    (void)exception;
    struct face *face = face_current();
    if (face->entered_devices > 0) {
        face->engine->default_backend = face->outer_devices[--face->entered_devices];
    }
    Py_RETURN_NONE;
}

/* pickle: device("cuda", 1) */
static PyObject *device_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    const struct device_object *device = (const struct device_object *)self;
    return device->index < 0 ? Py_BuildValue("(O(s))", Py_TYPE(self), device->type)
                             : Py_BuildValue("(O(si))", Py_TYPE(self), device->type, device->index);
}

static PyMethodDef device_methods[] = {
    { "__reduce__", device_reduce, METH_NOARGS, NULL },
    { "__enter__", device_enter, METH_NOARGS, NULL },
    { "__exit__", device_leave, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef device_attributes[] = {
    { "type", device_type, NULL, NULL, NULL },
    { "index", device_index, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot device_slots[] = {
    { Py_tp_new, device_new },         { Py_tp_repr, device_text },
    { Py_tp_str, device_name },        { Py_tp_richcompare, device_compare },
    { Py_tp_hash, device_hash },       { Py_tp_getset, device_attributes },
    { Py_tp_methods, device_methods }, { 0, NULL },
};

static PyType_Spec device_spec = {
    .name = "torch.device",
    .basicsize = sizeof(struct device_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = device_slots,
};

bool value_types_create(struct face *face, PyObject *module)
{
    face->types.size = face_create_type(module, &size_spec, &PyTuple_Type);
    face->types.dtype = face_create_type(module, &dtype_spec, NULL);
    face->types.device = face_create_type(module, &device_spec, NULL);
    if (!face->types.size || !face->types.dtype || !face->types.device) {
        return false;
    }
    /* PyTorch's are written in C and show their full names in messages. */
    face->types.size->tp_name = size_spec.name;
    face->types.dtype->tp_name = dtype_spec.name;
    face->types.device->tp_name = device_spec.name;
    face->cpu = device_create(face->types.device, "cpu", -1);
    return face->cpu && dtypes_create(face, module);
}
