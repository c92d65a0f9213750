/* torch.Generator, and the functions of torch that seed and save the default one. */
#include "lessons/torch/creation.h"

#include <stdlib.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "lessons/torch/arguments.h"

/* ---- torch.Generator --------------------------------------------------------------------------- */

struct generator_object {
    PyObject_HEAD struct generator *generator; /* the engine's, or `own` */
    struct generator own;
};

static struct generator *generator_of(PyObject *self)
{
    return ((struct generator_object *)self)->generator;
}

static PyObject *generator_create(struct face *face, struct generator *lent)
{
    PyObject *self = face->types.generator->tp_alloc(face->types.generator, 0);
    if (self) {
        struct generator_object *object = (struct generator_object *)self;
        object->generator = lent ? lent : &object->own;
        if (!lent) {
            generator_seed(&object->own, 67280421310721u); /* PyTorch's default seed */
        }
    }
    return self;
}

static PyObject *generator_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char word[] = "device";
    static char *words[] = { word, NULL };
    struct face *face = face_current();
    struct backend *backend;
    PyObject *device = NULL;
    (void)type;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:Generator", words, &device) ||
        (device && device != Py_None && !device_of(face, device, &backend))) {
        return NULL;
    }
    return generator_create(face, NULL);
}

/* A seed from -2^63 to 2^64 - 1. */
static bool seed_of(PyObject *object, uint64_t *out)
{
    PyObject *whole = PyNumber_Long(object);
    if (!whole) {
        return false;
    }
    const long long small = PyLong_AsLongLong(whole);
    *out = (uint64_t)small;
    if (small == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        *out = PyLong_AsUnsignedLongLong(whole);
    }
    Py_DECREF(whole);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        PyErr_SetString(PyExc_RuntimeError, "Overflow when unpacking long");
        return false;
    }
    return true;
}

static PyObject *generator_manual_seed(PyObject *self, PyObject *seed)
{
    uint64_t value;
    if (!seed_of(seed, &value)) {
        return NULL;
    }
    generator_seed(((struct generator_object *)self)->generator, value);
    return Py_NewRef(self);
}

static PyObject *generator_initial_seed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(((struct generator_object *)self)->generator->seed);
}

/* A seed that nobody can foresee. */
static PyObject *generator_seed_anew(PyObject *self, PyObject *unused)
{
    (void)unused;
    uint64_t seed;
    if (getentropy(&seed, sizeof(seed)) != 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    seed &= (UINT64_C(1) << 53) - 1; /* PyTorch's seeds fit a double */
    generator_seed(generator_of(self), seed);
    return PyLong_FromUnsignedLongLong(seed);
}

/* ---- the state as bytes ---- */

static PyObject *generator_state(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct face *face = face_current();
    uint8_t bytes[GENERATOR_BYTES];
    struct error err;
    const struct tensor_spec spec = { .dtype = DTYPE_UINT8, .shape = { 1, { GENERATOR_BYTES } } };
    generator_save(generator_of(self), bytes);
    struct tensor *state = tensor_from_host(face->engine, &spec, bytes, &err);
    return tensor_object_take(face, state, &err);
}

static PyObject *generator_set_state(PyObject *self, PyObject *state)
{
    const struct face *face = face_current();
    const struct tensor *tensor = torch_tensor_of(state);
    uint8_t bytes[GENERATOR_BYTES];
    struct error err;
    if (!tensor_object_is(face, state) || tensor->dtype != DTYPE_UINT8) {
        return PyErr_Format(PyExc_TypeError, "RNG state must be a torch.ByteTensor");
    }
    if (tensor->count != GENERATOR_BYTES) {
        return PyErr_Format(PyExc_RuntimeError, "RNG state is wrong size");
    }
    if (!tensor_read(tensor, bytes, &err) || !generator_load(generator_of(self), bytes, &err)) {
        return torch_raise(&err);
    }
    return Py_NewRef(self);
}

static PyObject *generator_clone(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *clone = generator_create(face_current(), NULL);
    if (clone) {
        *generator_of(clone) = *generator_of(self);
    }
    return clone;
}

static PyObject *generator_device(PyObject *self, void *closure)
{
    (void)self;
    (void)closure;
    return Py_NewRef(face_current()->cpu);
}

static PyGetSetDef generator_attributes[] = {
    { "device", generator_device, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

/* ---- what samplers draw: whole numbers, not tensors ---- */

/* One int64 of random_(): what seeds a sampler. */
static PyObject *generator_draw_seed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLongLong((long long)(generator_next64(generator_of(self)) & INT64_MAX));
}

/* A tensor of n int64 as a list; takes it. */
static PyObject *list_of(struct tensor *tensor, int64_t n, struct error *err)
{
    PyObject *list = tensor ? PyList_New((Py_ssize_t)n) : torch_raise(err);
    int64_t *numbers = list ? memory_allocate((size_t)n + 1, sizeof(*numbers)) : NULL;
    if (list && !tensor_read(tensor, numbers, err)) {
        Py_CLEAR(list);
        torch_raise(err);
    }
    for (Py_ssize_t i = 0; list && i < n; i++) {
        PyList_SET_ITEM(list, i, PyLong_FromLongLong(numbers[i]));
    }
    free(numbers);
    tensor_unref(tensor);
    return list;
}

static struct tensor *numbers_create(int64_t n, struct error *err)
{
    const struct tensor_spec spec = { .dtype = DTYPE_INT64, .shape = { 1, { n } } };
    return tensor_create(face_current()->engine, &spec, err);
}

/* randperm(n).tolist() */
static PyObject *generator_draw_permutation(PyObject *self, PyObject *count)
{
    const long long n = PyLong_AsLongLong(count);
    struct error err;
    if (n < 0) {
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "there are %lld items", n);
    }
    struct tensor *numbers = numbers_create(n, &err);
    if (numbers && !random_permutation(generator_of(self), numbers, &err)) {
        tensor_unref(numbers);
        numbers = NULL;
    }
    return list_of(numbers, n, &err);
}

/* randint(high, (n,)).tolist() */
static PyObject *generator_draw_integers(PyObject *self, PyObject *args)
{
    long long high, n;
    struct error err;
    if (!PyArg_ParseTuple(args, "LL", &high, &n)) {
        return NULL;
    }
    struct tensor *numbers = numbers_create(n, &err);
    if (numbers && !random_integers(generator_of(self), numbers, 0, high, &err)) {
        tensor_unref(numbers);
        numbers = NULL;
    }
    return list_of(numbers, n, &err);
}

static PyMethodDef generator_methods[] = {
    { "_draw_seed", generator_draw_seed, METH_NOARGS, NULL },
    { "_draw_permutation", generator_draw_permutation, METH_O, NULL },
    { "_draw_integers", generator_draw_integers, METH_VARARGS, NULL },
    { "manual_seed", generator_manual_seed, METH_O, NULL },
    { "initial_seed", generator_initial_seed, METH_NOARGS, NULL },
    { "seed", generator_seed_anew, METH_NOARGS, NULL },
    { "get_state", generator_state, METH_NOARGS, NULL },
    { "set_state", generator_set_state, METH_O, NULL },
    { "clone_state", generator_clone, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot generator_slots[] = {
    { Py_tp_new, generator_new },
    { Py_tp_methods, generator_methods },
    { Py_tp_getset, generator_attributes },
    { 0, NULL },
};

static PyType_Spec generator_spec = {
    .name = "torch._C.Generator",
    .basicsize = sizeof(struct generator_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = generator_slots,
};

bool generator_type_create(struct face *face, PyObject *module)
{
    face->types.generator = face_create_type(module, &generator_spec, NULL);
    if (!face->types.generator) {
        return false;
    }
    face->default_generator = generator_create(face, &face->engine->generator);
    return face->default_generator &&
           PyModule_AddObjectRef(module, "default_generator", face->default_generator) == 0;
}

static PyObject *call_manual_seed(struct call *call)
{
    return generator_manual_seed(call->face->default_generator, call->arguments[0]);
}

static PyObject *call_initial_seed(struct call *call)
{
    return generator_initial_seed(call->face->default_generator, NULL);
}

static PyObject *call_seed(struct call *call)
{
    return generator_seed_anew(call->face->default_generator, NULL);
}

static PyObject *call_get_state(struct call *call)
{
    return generator_state(call->face->default_generator, NULL);
}

static PyObject *call_set_state(struct call *call)
{
    PyObject *self = generator_set_state(call->face->default_generator, call->arguments[0]);
    Py_XDECREF(self);
    return self ? Py_NewRef(Py_None) : NULL;
}

struct generator *argument_generator(const struct call *call, int i)
{
    if (!argument_given(call, i)) {
        return &call->face->engine->generator;
    }
    if (Py_TYPE(call->arguments[i]) != call->face->types.generator) {
        argument_refuse(call, i, "torch.Generator");
        return NULL;
    }
    return ((struct generator_object *)call->arguments[i])->generator;
}

const struct function_row generator_rows[] = {
    { "manual_seed",
      { "seed" },
      .required = 1,
      .call = call_manual_seed,
      .places = PLACE_TORCH | PLACE_RANDOM },
    { "initial_seed", { NULL }, .call = call_initial_seed, .places = PLACE_TORCH | PLACE_RANDOM },
    { "seed", { NULL }, .call = call_seed, .places = PLACE_TORCH | PLACE_RANDOM },
    { "get_rng_state", { NULL }, .call = call_get_state, .places = PLACE_TORCH | PLACE_RANDOM },
    { "set_rng_state",
      { "new_state" },
      .required = 1,
      .call = call_set_state,
      .places = PLACE_TORCH | PLACE_RANDOM },
    { .name = NULL },
};
