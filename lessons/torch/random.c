/* torch.rand, randn, randint, randperm, normal, the fills in place, manual_seed, Generator. */
#include "lessons/torch/creation.h"

#include "engine/observer.h"
#include "engine/tensor/compute.h"
#include "lessons/torch/arguments.h"

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

/* A new tensor of that shape; the options begin at `first`, the generator stands behind them. It lies
 * in memory as `like` (NULL: row by row). */
static PyObject *drawn(struct call *call, const struct shape *shape, const struct tensor *like,
                       int first, const struct creation_options *options,
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
    if (tensor && like) {
        tensor_lie_like(tensor, like);
    }
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
    return drawn(call, &shape, NULL, 1, &options, distribution);
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
    if (!like || !creation_read_like(call, 1, like, &options)) {
        return NULL;
    }
    return drawn(call, &like->shape, like, 1, &options, distribution);
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
    PyObject *second = call->arguments[1];
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
        call->face->refused = true;
        return PyErr_Format(PyExc_TypeError,
                            "randint(): argument 'size' (position 2) must be tuple of ints, not %s",
                            second ? Py_TYPE(second)->tp_name : "NoneType");
    }
    if (!argument_integer(call, 0, &distribution.low) ||
        !argument_integer(call, 1, &distribution.high) || !argument_size(call, 2, &shape) ||
        !creation_read_options(call, 3, DTYPE_INT64, &options)) {
        return NULL;
    }
    return drawn(call, &shape, NULL, 3, &options, &distribution);
}

/* randint_like(input, high) or randint_like(input, low, high) */
static PyObject *call_randint_like(struct call *call)
{
    struct distribution distribution = { .kind = DISTRIBUTION_INTEGERS };
    struct creation_options options;
    const struct tensor *like = argument_tensor(call, 0);
    const bool one = !argument_given(call, 2);
    if (!like || !argument_integer(call, 1, one ? &distribution.high : &distribution.low) ||
        !argument_integer(call, 2, &distribution.high) ||
        !creation_read_like(call, 3, like, &options)) {
        return NULL;
    }
    return drawn(call, &like->shape, like, 3, &options, &distribution);
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

/* ---- normal ------------------------------------------------------------------------------------ */

/* normal(mean, std, size) with numbers. */
static PyObject *normal_sized(struct call *call)
{
    struct distribution distribution = { .kind = DISTRIBUTION_NORMAL, .a = 0, .b = 1 };
    struct creation_options options;
    struct shape shape;
    if (!argument_real(call, 0, &distribution.a) || !argument_real(call, 1, &distribution.b) ||
        !argument_size(call, 2, &shape) ||
        !creation_read_options(call, 3, call->face->engine->default_dtype, &options)) {
        return NULL;
    }
    return drawn(call, &shape, NULL, 3, &options, &distribution);
}

/* z·std + mean with two roundings; with a number as std the draw itself is that wide, with a number as
 * mean the sum is one fma. Takes the reference to z, which it changes. */
static bool spread(struct tensor *z, const struct operand *mean, const struct operand *std,
                   struct error *err)
{
    const struct compute_map wide = {
        .function = MAP_MUL, .dtype = z->dtype, .p = 1, .in = { operand_tensor(z), *std }
    };
    const struct compute_map sum = {
        .function = MAP_ADD, .dtype = z->dtype, .p = 1, .in = { operand_tensor(z), *mean }
    };
    const struct compute_map both = {
        .function = MAP_ADDCMUL, .dtype = z->dtype, .p = 1, .in = { *mean, operand_tensor(z), *std }
    };
    if (mean->kind == OPERAND_NUMBER) {
        return compute_map(z, &both, err);
    }
    return (std->kind == OPERAND_NUMBER || compute_map(z, &wide, err)) && compute_map(z, &sum, err);
}

/* normal(mean, std) with a tensor for one or both. */
static PyObject *normal_of(struct call *call)
{
    struct operand mean = operand_real(0), std = operand_real(1);
    struct generator *generator = argument_generator(call, 9);
    struct creation_options options;
    struct error err;
    if (!generator || (argument_given(call, 0) && !argument_operand(call, 0, &mean)) ||
        (argument_given(call, 1) && !argument_operand(call, 1, &std))) {
        return NULL;
    }
    const struct tensor *like = mean.tensor ? mean.tensor : std.tensor;
    struct tensor_spec spec = tensor_spec_of(like);
    if (!creation_read_like(call, 3, like, &options)) {
        return NULL;
    }
    if (mean.tensor && std.tensor &&
        !shape_broadcast(&mean.tensor->shape, &std.tensor->shape, &spec.shape, &err)) {
        return torch_raise(&err);
    }
    const double width = std.kind == OPERAND_NUMBER ? number_as_real(std.number) : 1;
    struct tensor *z = tensor_create(call->face->engine, &spec, &err);
    if (z && !(random_normal(generator, z, 0, width, &err) && spread(z, &mean, &std, &err))) {
        tensor_unref(z);
        z = NULL;
    }
    return creation_finish(call, z, &options, NULL, &err);
}

static PyObject *call_normal(struct call *call)
{
    for (int i = 0; i < 2; i++) {
        if (call->arguments[i] && tensor_object_is(call->face, call->arguments[i])) {
            return normal_of(call);
        }
    }
    if (!call->arguments[0] || !call->arguments[1] || !call->arguments[2]) {
        call->face->refused = true;
        return PyErr_Format(PyExc_TypeError,
                            "normal() needs tensors as mean or std, or numbers and "
                            "a size: normal(mean, std, size)");
    }
    return normal_sized(call);
}

/* ---- chances ----------------------------------------------------------------------------------- */

/* A result without further options. */
static PyObject *finished(const struct call *call, struct tensor *tensor, const struct error *err)
{
    const struct creation_options options = { tensor ? tensor->dtype : DTYPE_FLOAT32,
                                              tensor ? tensor_backend(tensor)
                                                     : engine_cpu(call->face->engine),
                                              false };
    return creation_finish(call, tensor, &options, NULL, err);
}

/* bernoulli(p): a probability for each element; bernoulli(input, p): one for all. */
static PyObject *call_bernoulli(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct generator *generator = input ? argument_generator(call, 2) : NULL;
    double p = 0;
    struct error err;
    if (!generator || !argument_real(call, 1, &p)) {
        return NULL;
    }
    const struct tensor_spec spec = tensor_spec_of(input);
    struct tensor *out = tensor_create(call->face->engine, &spec, &err);
    if (out && !(argument_given(call, 1) ? random_bernoulli(generator, out, p, &err)
                                         : random_bernoulli_each(generator, out, input, &err))) {
        tensor_unref(out);
        out = NULL;
    }
    return finished(call, out, &err);
}

/* multinomial(input, num_samples, replacement=False) */
static PyObject *call_multinomial(struct call *call)
{
    struct choice choice = { .p = argument_tensor(call, 0) };
    struct generator *generator = choice.p ? argument_generator(call, 3) : NULL;
    struct error err;
    if (!generator || !argument_integer(call, 1, &choice.count) ||
        !argument_bool(call, 2, &choice.replacement)) {
        return NULL;
    }
    return finished(call, random_choice(generator, &choice, &err), &err);
}

/* ---- in place ---------------------------------------------------------------------------------- */

/* Whether a tensor may be filled without autograd knowing; false with an exception. */
static bool may_fill(const struct call *call, const struct tensor *tensor)
{
    if (!tensor->requires_grad || !call->face->engine->grad_enabled) {
        return true;
    }
    PyErr_SetString(tensor->grad_fn ? PyExc_NotImplementedError : PyExc_RuntimeError,
                    tensor->grad_fn ? "filling a tensor that autograd tracks is not supported by "
                                      "Gradlight; do it under torch.no_grad()"
                                    : "a leaf Variable that requires grad is being used in an "
                                      "in-place operation.");
    return false;
}

/* Lent: the generator of argument `at` for filling argument 0; NULL with an exception. */
static struct generator *fill_generator(const struct call *call, int at)
{
    const struct tensor *tensor = argument_tensor(call, 0);
    struct error err;
    if (!tensor || !may_fill(call, tensor)) {
        return NULL;
    }
    if (!tensor_check_apart(tensor, &err)) {
        torch_raise(&err);
        return NULL;
    }
    return argument_generator(call, at);
}

/* The filled tensor: its elements are new. */
static PyObject *filled(const struct call *call, bool done, const struct error *err)
{
    const struct engine *engine = call->face->engine;
    struct tensor *tensor = tensor_object_tensor(call->arguments[0]);
    if (!done) {
        return torch_raise(err);
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

static PyObject *drawn_in_place(struct call *call, struct distribution *distribution)
{
    struct generator *generator = fill_generator(call, 3);
    struct error err;
    if (!generator || !argument_real(call, 1, &distribution->a) ||
        !argument_real(call, 2, &distribution->b)) {
        return NULL;
    }
    return filled(
        call, draw(generator, tensor_object_tensor(call->arguments[0]), distribution, &err), &err);
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

/* random_(), random_(to), random_(from, to) */
static PyObject *call_random_in_place(struct call *call)
{
    struct generator *generator = fill_generator(call, 3);
    int64_t from = 0, to = 0;
    struct error err;
    const bool one = argument_given(call, 1) && !argument_given(call, 2);
    if (!generator || !argument_integer(call, 1, one ? &to : &from) ||
        !argument_integer(call, 2, &to)) {
        return NULL;
    }
    struct tensor *tensor = tensor_object_tensor(call->arguments[0]);
    const bool whole = !argument_given(call, 1) && !argument_given(call, 2);
    return filled(call,
                  whole ? random_whole(generator, tensor, &err)
                        : random_integers(generator, tensor, from, to, &err),
                  &err);
}

/* The probabilities of bernoulli_(p), one for each element of the tensor: a reference. */
static struct tensor *chances_for(const struct tensor *tensor, struct tensor *p, struct error *err)
{
    const struct tensor_spec spec = { p->dtype, tensor->shape, tensor_backend(p) };
    struct tensor *all = tensor_create(tensor->engine, &spec, err);
    if (all && !compute_copy(all, p, err)) {
        tensor_unref(all);
        all = NULL;
    }
    return all;
}

static PyObject *call_bernoulli_in_place(struct call *call)
{
    struct generator *generator = fill_generator(call, 2);
    double p = 0.5;
    struct error err;
    if (!generator) {
        return NULL;
    }
    struct tensor *tensor = tensor_object_tensor(call->arguments[0]);
    if (argument_given(call, 1) && tensor_object_is(call->face, call->arguments[1])) {
        struct tensor *all = chances_for(tensor, tensor_object_tensor(call->arguments[1]), &err);
        const bool done = all && random_bernoulli_each(generator, tensor, all, &err);
        tensor_unref(all);
        return filled(call, done, &err);
    }
    return argument_real(call, 1, &p)
               ? filled(call, random_bernoulli(generator, tensor, p, &err), &err)
               : NULL;
}

static PyObject *call_exponential_in_place(struct call *call)
{
    struct generator *generator = fill_generator(call, 2);
    double lambda = 1;
    struct error err;
    if (!generator || !argument_real(call, 1, &lambda)) {
        return NULL;
    }
    return filled(
        call, random_exponential(generator, tensor_object_tensor(call->arguments[0]), lambda, &err),
        &err);
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
    { "randint_like",
      { "input", "low", "high", CREATION_OPTIONS, "generator" },
      .required = 2,
      .keyword_only = 3,
      .call = call_randint_like,
      .places = PLACE_TORCH },
    { "normal",
      { "mean", "std", "size", CREATION_OPTIONS, "generator" },
      .keyword_only = 3,
      .call = call_normal,
      .places = PLACE_TORCH },
    { "bernoulli",
      { "input", "p", "generator", "out" },
      .required = 1,
      .call = call_bernoulli,
      .places = PLACE_TORCH | PLACE_METHOD },
    { "multinomial",
      { "input", "num_samples", "replacement", "generator" },
      .required = 2,
      .keyword_only = 3,
      .call = call_multinomial,
      .places = PLACE_TORCH | PLACE_METHOD },
    { "random_",
      { "input", "from", "to", "generator" },
      .required = 1,
      .keyword_only = 3,
      .call = call_random_in_place,
      .places = PLACE_METHOD },
    { "bernoulli_",
      { "input", "p", "generator" },
      .required = 1,
      .keyword_only = 2,
      .call = call_bernoulli_in_place,
      .places = PLACE_METHOD },
    { "exponential_",
      { "input", "lambd", "generator" },
      .required = 1,
      .keyword_only = 2,
      .call = call_exponential_in_place,
      .places = PLACE_METHOD },
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
    { .name = NULL },
};
