/* torch.rand, randn, randint, randperm, normal, the fills in place, manual_seed, Generator. */
#include "lessons/torch/creation.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/observer.h"
#include "lessons/torch/arguments.h"

/* ---- torch.Generator --------------------------------------------------------------------------- */

struct generator_object {
    PyObject_HEAD struct generator *generator; /* the engine's, or `own` */
    struct generator own;
};

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
    (void)type, (void)args, (void)keywords;
    return generator_create(face_current(), NULL);
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

/* ---- what samplers draw: whole numbers, not tensors ---- */

static struct generator *generator_of(PyObject *self)
{
    return ((struct generator_object *)self)->generator;
}

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
    { NULL, NULL, 0, NULL },
};

static PyType_Slot generator_slots[] = {
    { Py_tp_new, generator_new },
    { Py_tp_methods, generator_methods },
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
    return PyLong_FromUnsignedLongLong(call->face->engine->generator.seed);
}

/* Lent: the generator of an argument, or the default one. NULL with an exception. */
static struct generator *argument_generator(const struct call *call, int i)
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

/* ---- random tensors ---------------------------------------------------------------------------- */

/* Which numbers, and their two parameters: [a, b) or mean a, deviation b. */
struct distribution {
    enum { DISTRIBUTION_UNIFORM, DISTRIBUTION_NORMAL, DISTRIBUTION_INTEGERS } kind;
    double a, b;
    int64_t low, high;
};

static bool draw(struct generator *generator, struct tensor *out,
                 const struct distribution *distribution, struct error *err)
{
    switch (distribution->kind) {
    case DISTRIBUTION_UNIFORM:
        return random_uniform(generator, out, distribution->a, distribution->b, err);
    case DISTRIBUTION_NORMAL:
        return random_normal(generator, out, distribution->a, distribution->b, err);
    case DISTRIBUTION_INTEGERS:
        return random_integers(generator, out, distribution->low, distribution->high, err);
    }
    return false;
}

/* A new tensor of that shape; the options begin at `first`, the generator stands behind them. */
static PyObject *drawn(struct call *call, const struct shape *shape, int first,
                       const struct creation_options *options,
                       const struct distribution *distribution)
{
    struct generator *generator = argument_generator(call, first + 6);
    if (!generator) {
        return NULL;
    }
    const struct tensor_spec spec = { options->dtype, *shape, options->backend };
    const struct op_attrs attrs = { .present = ATTR(SIZE), .size = *shape };
    struct error err;
    struct tensor *tensor = tensor_create(call->face->engine, &spec, &err);
    if (tensor && !draw(generator, tensor, distribution, &err)) {
        tensor_unref(tensor);
        tensor = NULL;
    }
    return creation_finish(call, tensor, options, &attrs, &err);
}

static const struct distribution unit_uniform = { .kind = DISTRIBUTION_UNIFORM, .a = 0, .b = 1 };
static const struct distribution unit_normal = { .kind = DISTRIBUTION_NORMAL, .a = 0, .b = 1 };

static PyObject *drawn_sized(struct call *call, const struct distribution *distribution)
{
    struct creation_options options;
    struct shape shape;
    if (!argument_size(call, 0, &shape) ||
        !creation_read_options(call, 1, call->face->engine->default_dtype, &options)) {
        return NULL;
    }
    return drawn(call, &shape, 1, &options, distribution);
}

static PyObject *call_rand(struct call *call)
{
    return drawn_sized(call, &unit_uniform);
}

static PyObject *call_randn(struct call *call)
{
    return drawn_sized(call, &unit_normal);
}

static PyObject *drawn_like(struct call *call, const struct distribution *distribution)
{
    struct creation_options options;
    const struct tensor *like = argument_tensor(call, 0);
    if (!like || !creation_read_options(call, 1, like->dtype, &options)) {
        return NULL;
    }
    return drawn(call, &like->shape, 1, &options, distribution);
}

static PyObject *call_rand_like(struct call *call)
{
    return drawn_like(call, &unit_uniform);
}

static PyObject *call_randn_like(struct call *call)
{
    return drawn_like(call, &unit_normal);
}

/* randint(high, size) or randint(low, high, size) */
static PyObject *call_randint(struct call *call)
{
    struct distribution distribution = { .kind = DISTRIBUTION_INTEGERS };
    struct creation_options options;
    struct shape shape;
    /* Two arguments by position: the first is `high`, the second the size. */
    if (call->arguments[0] && call->arguments[1] && !PyIndex_Check(call->arguments[1])) {
        if (!call->arguments[2]) {
            call->arguments[2] = call->arguments[1];
        }
        call->arguments[1] = call->arguments[0];
        call->arguments[0] = NULL;
    } else if (call->arguments[0] && !call->arguments[1]) {
        call->arguments[1] = call->arguments[0];
        call->arguments[0] = NULL;
    }
    if (!call->arguments[1] || !call->arguments[2]) {
        return PyErr_Format(PyExc_TypeError, "randint() needs an upper bound and a size: "
                                             "randint(high, size) or randint(low, high, size)");
    }
    if (!argument_integer(call, 0, &distribution.low) ||
        !argument_integer(call, 1, &distribution.high) || !argument_size(call, 2, &shape) ||
        !creation_read_options(call, 3, DTYPE_INT64, &options)) {
        return NULL;
    }
    return drawn(call, &shape, 3, &options, &distribution);
}

static PyObject *call_randperm(struct call *call)
{
    int64_t n = 0;
    struct creation_options options;
    if (!argument_integer(call, 0, &n) || !creation_read_options(call, 1, DTYPE_INT64, &options)) {
        return NULL;
    }
    struct generator *generator = argument_generator(call, 7);
    if (!generator) {
        return NULL;
    }
    const struct tensor_spec spec = { options.dtype, { 1, { n } }, options.backend };
    const struct op_attrs attrs = { .present = ATTR(SIZE), .size = spec.shape };
    struct error err;
    struct tensor *tensor = tensor_create(call->face->engine, &spec, &err);
    if (tensor && !random_permutation(generator, tensor, &err)) {
        tensor_unref(tensor);
        tensor = NULL;
    }
    return creation_finish(call, tensor, &options, &attrs, &err);
}

/* normal(mean, std, size) with numbers. */
static PyObject *call_normal(struct call *call)
{
    struct distribution distribution = { .kind = DISTRIBUTION_NORMAL, .a = 0, .b = 1 };
    struct creation_options options;
    struct shape shape;
    for (int i = 0; i < 2; i++) {
        if (call->arguments[i] && tensor_object_is(call->face, call->arguments[i])) {
            return PyErr_Format(PyExc_NotImplementedError,
                                "torch.normal with a tensor as mean or std is not supported by "
                                "Gradlight");
        }
    }
    if (!argument_real(call, 0, &distribution.a) || !argument_real(call, 1, &distribution.b) ||
        !argument_size(call, 2, &shape) ||
        !creation_read_options(call, 3, call->face->engine->default_dtype, &options)) {
        return NULL;
    }
    return drawn(call, &shape, 3, &options, &distribution);
}

/* ---- in place ---------------------------------------------------------------------------------- */

static PyObject *drawn_in_place(struct call *call, struct distribution *distribution)
{
    struct tensor *tensor = argument_tensor(call, 0);
    struct engine *engine = call->face->engine;
    if (!tensor || !argument_real(call, 1, &distribution->a) ||
        !argument_real(call, 2, &distribution->b)) {
        return NULL;
    }
    struct generator *generator = argument_generator(call, 3);
    if (!generator) {
        return NULL;
    }
    if (tensor->requires_grad && engine->grad_enabled) {
        return PyErr_Format(tensor->grad_fn ? PyExc_NotImplementedError : PyExc_RuntimeError, "%s",
                            tensor->grad_fn
                                ? "filling a tensor that autograd tracks is not supported by "
                                  "Gradlight; do it under torch.no_grad()"
                                : "a leaf Variable that requires grad is being used in an "
                                  "in-place operation.");
    }
    struct error err;
    if (!draw(generator, tensor, distribution, &err)) {
        return torch_raise(&err);
    }
    tensor_bump_version(tensor);
    if (OBSERVED(engine, updated)) {
        const struct observed_update update = { .tensor = tensor,
                                                .by = call->row->name,
                                                .elements = true };
        engine->observer->calls->updated(engine->observer->context, &update);
    }
    return Py_NewRef(call->arguments[0]);
}

static PyObject *call_uniform_in_place(struct call *call)
{
    struct distribution distribution = unit_uniform;
    return drawn_in_place(call, &distribution);
}

static PyObject *call_normal_in_place(struct call *call)
{
    struct distribution distribution = unit_normal;
    return drawn_in_place(call, &distribution);
}

#define SIZED { "size", CREATION_OPTIONS, "generator" }, .collects = 1, .keyword_only = 1
#define LIKE { "input", CREATION_OPTIONS, "generator" }, .required = 1, .keyword_only = 1

const struct function_row random_rows[] = {
    { "rand", SIZED, .call = call_rand, .places = PLACE_TORCH },
    { "randn", SIZED, .call = call_randn, .places = PLACE_TORCH },
    { "rand_like", LIKE, .call = call_rand_like, .places = PLACE_TORCH },
    { "randn_like", LIKE, .call = call_randn_like, .places = PLACE_TORCH },
    { "randint",
      { "low", "high", "size", CREATION_OPTIONS, "generator" },
      .keyword_only = 3,
      .call = call_randint,
      .places = PLACE_TORCH },
    { "randperm",
      { "n", CREATION_OPTIONS, "generator" },
      .required = 1,
      .keyword_only = 1,
      .call = call_randperm,
      .places = PLACE_TORCH },
    { "normal",
      { "mean", "std", "size", CREATION_OPTIONS, "generator" },
      .required = 3,
      .keyword_only = 3,
      .call = call_normal,
      .places = PLACE_TORCH },
    { "uniform_",
      { "input", "from", "to", "generator" },
      .required = 1,
      .call = call_uniform_in_place,
      .places = PLACE_METHOD },
    { "normal_",
      { "input", "mean", "std", "generator" },
      .required = 1,
      .call = call_normal_in_place,
      .places = PLACE_METHOD },
    { "manual_seed", { "seed" }, .required = 1, .call = call_manual_seed, .places = PLACE_TORCH },
    { "initial_seed", { NULL }, .call = call_initial_seed, .places = PLACE_TORCH },
    { .name = NULL },
};
