/* The random streams of PyTorch, bit for bit: golden/rng.json. */

#include "tests/test.h"

#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "tests/golden.h"

enum what { UNIFORM, NORMAL, INTEGERS, PERMUTATION, BERNOULLI };

/* A call as it stands in the golden file, and how it is made here. */
struct row {
    const char *call;
    enum what what;
    enum dtype dtype;
    struct shape shape;
    double a, b;
    bool transposed; /* drawn into the transpose of `shape` */
};

#define VECTOR(n) \
    {             \
        1,        \
        {         \
            n     \
        }         \
    }

static const struct row rows[] = {
    { "torch.randint(0,10,(6,))", INTEGERS, DTYPE_INT64, VECTOR(6), 0, 10, false },
    { "torch.randint(0,2,(20,))", INTEGERS, DTYPE_INT64, VECTOR(20), 0, 2, false },
    { "torch.randint(5,8,(10,))", INTEGERS, DTYPE_INT64, VECTOR(10), 5, 8, false },
    { "torch.randint(-3,3,(10,))", INTEGERS, DTYPE_INT64, VECTOR(10), -3, 3, false },
    { "torch.randint(0,1000,(5,),dtype=torch.int32)", INTEGERS, DTYPE_INT32, VECTOR(5), 0, 1000,
      false },
    { "torch.randint(0,10,(5,),dtype=torch.float32)", INTEGERS, DTYPE_FLOAT32, VECTOR(5), 0, 10,
      false },
    { "torch.randint(0,2**40,(4,))", INTEGERS, DTYPE_INT64, VECTOR(4), 0, 0x1p40, false },
    { "torch.empty(6).uniform_(-1,1)", UNIFORM, DTYPE_FLOAT32, VECTOR(6), -1, 1, false },
    { "torch.empty(6).uniform_(0.1,0.7)", UNIFORM, DTYPE_FLOAT32, VECTOR(6), 0.1, 0.7, false },
    { "torch.empty(6,dtype=torch.float64).uniform_(-1,1)", UNIFORM, DTYPE_FLOAT64, VECTOR(6), -1, 1,
      false },
    { "torch.empty(6).normal_(2,0.5)", NORMAL, DTYPE_FLOAT32, VECTOR(6), 2, 0.5, false },
    { "torch.empty(20).normal_(2,0.5)", NORMAL, DTYPE_FLOAT32, VECTOR(20), 2, 0.5, false },
    { "torch.normal(0.,1.,(4,))", NORMAL, DTYPE_FLOAT32, VECTOR(4), 0, 1, false },
    { "torch.empty(10).bernoulli_(0.3)", BERNOULLI, DTYPE_FLOAT32, VECTOR(10), 0.3, 0, false },
    { "torch.empty(2,3).t().uniform_()", UNIFORM, DTYPE_FLOAT32, { 2, { 2, 3 } }, 0, 1, true },
    { "torch.empty(4,6).t().normal_()", NORMAL, DTYPE_FLOAT32, { 2, { 4, 6 } }, 0, 1, true },
    { "torch.rand_like(torch.zeros(2,2))", UNIFORM, DTYPE_FLOAT32, { 2, { 2, 2 } }, 0, 1, false },
    { "torch.randn_like(torch.zeros(4,4))", NORMAL, DTYPE_FLOAT32, { 2, { 4, 4 } }, 0, 1, false },
};

/* torch.rand(5), torch.randn(3,dtype=torch.float64), torch.randperm(7): one size. */
static bool simple_call(const char *call, struct row *out)
{
    int size = 0, end = 0;
    *out = (struct row){ .call = call, .dtype = DTYPE_FLOAT32, .b = 1 };
    if (sscanf(call, "torch.randperm(%d%n", &size, &end) == 1) {
        out->what = PERMUTATION;
        out->dtype = DTYPE_INT64;
    } else if (sscanf(call, "torch.randn(%d%n", &size, &end) == 1) {
        out->what = NORMAL;
    } else if (sscanf(call, "torch.rand(%d%n", &size, &end) != 1) {
        return false;
    }
    if (strcmp(call + end, ",dtype=torch.float64)") == 0) {
        out->dtype = DTYPE_FLOAT64;
    } else if (strcmp(call + end, ")") != 0) {
        return false;
    }
    out->shape = (struct shape)VECTOR(size);
    return true;
}

static bool find_row(const char *call, struct row *out)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (strcmp(call, rows[i].call) == 0) {
            *out = rows[i];
            return true;
        }
    }
    return simple_call(call, out);
}

static struct tensor *draw(struct engine *engine, const struct row *row)
{
    struct error err = { 0 };
    struct generator *generator = &engine->generator;
    const struct tensor_spec spec = { .dtype = row->dtype, .shape = row->shape };
    struct tensor *t = tensor_create(engine, &spec, &err);
    if (row->transposed) {
        struct tensor *dense = t;
        const struct shape turned = { 2, { row->shape.size[1], row->shape.size[0] } };
        t = tensor_view(dense, &turned, (int64_t[]){ 1, row->shape.size[1] }, 0);
        tensor_unref(dense);
    }
    bool ok = false;
    switch (row->what) {
    case UNIFORM:
        ok = random_uniform(generator, t, row->a, row->b, &err);
        break;
    case NORMAL:
        ok = random_normal(generator, t, row->a, row->b, &err);
        break;
    case INTEGERS:
        ok = random_integers(generator, t, (int64_t)row->a, (int64_t)row->b, &err);
        break;
    case PERMUTATION:
        ok = random_permutation(generator, t, &err);
        break;
    case BERNOULLI:
        ok = random_bernoulli(generator, t, row->a, &err);
        break;
    }
    if (!ok) {
        fail_msg("%s: %s", row->call, err.text);
    }
    return t;
}

/* float64 normals go through the C library's log1p, sin and cos, whose last bit is its own. */
static bool agrees(const struct row *row, double ours, double golden)
{
    if (row->dtype == DTYPE_FLOAT32) {
        return (float)ours == (float)golden;
    }
    if (row->dtype == DTYPE_FLOAT64 && row->what == NORMAL) {
        return fabs(ours - golden) <= 4e-16 * fabs(golden);
    }
    return ours == golden;
}

static void check_values(const struct row *row, struct tensor *t, const struct json *values)
{
    struct error err = { 0 };
    double ours[128];
    assert_true(t->count <= 128);
    assert_true(tensor_read_real(t, ours, &err));
    const struct json *data = json_find(values, "data");
    assert_int_equal(data->length, t->count);
    int64_t i = 0;
    for (const struct json *golden = data->first; golden; golden = golden->next, i++) {
        if (!agrees(row, ours[i], golden->number)) {
            fail_msg("%s: element %d is %.17g, PyTorch has %.17g", row->call, (int)i, ours[i],
                     golden->number);
        }
    }
}

/* False when a call of the case is made of more than random numbers (layers, data loaders). */
static bool check_case(struct engine *engine, const struct json *golden)
{
    struct row row;
    const struct json *calls = golden_find(golden, "calls");
    for (const struct json *call = calls->first; call; call = call->next) {
        if (!find_row(json_find_string(call, "call", ""), &row)) {
            return false;
        }
    }
    generator_seed(&engine->generator, (uint64_t)json_find_whole(golden, "seed", 0));
    for (const struct json *call = calls->first; call; call = call->next) {
        assert_true(find_row(json_find_string(call, "call", ""), &row));
        struct tensor *t = draw(engine, &row);
        check_values(&row, t, json_find(call, "values")->first);
        tensor_unref(t);
    }
    return true;
}

static void draws_what_pytorch_draws(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct arena arena = { 0 };
    struct engine *engine = engine_create(&err);
    int checked = 0;
    for (const struct json *c = golden_cases(&arena, "rng"); c; c = c->next) {
        checked += check_case(engine, c);
    }
    assert_int_equal(checked, 49);
    engine_destroy(engine);
    arena_finish(&arena);
}

/* A strided slice is filled in row-major order, one normal after the other whatever its size. */
static void fills_slices_in_row_major_order(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct engine *engine = engine_create(&err);
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = { 2, { 6, 8 } } };
    struct tensor *whole = tensor_full(engine, &spec, number_real(0), &err);
    const struct shape half = { 2, { 6, 4 } };
    struct tensor *slice = tensor_view(whole, &half, (int64_t[]){ 8, 2 }, 0);
    float sliced[24], plain[24];

    generator_seed(&engine->generator, 2);
    assert_true(random_normal(&engine->generator, slice, 0, 1, &err));
    assert_true(tensor_read(slice, sliced, &err));
    generator_seed(&engine->generator, 2);
    struct tensor *dense =
        tensor_create(engine, &(struct tensor_spec){ .dtype = DTYPE_FLOAT32, .shape = half }, &err);
    assert_true(random_normal_scalar(&engine->generator, dense, 0, 1, &err));
    assert_true(tensor_read(dense, plain, &err));
    assert_memory_equal(sliced, plain, sizeof(plain));

    tensor_unref(dense);
    tensor_unref(slice);
    tensor_unref(whole);
    engine_destroy(engine);
}

static void says_what_cannot_be_drawn(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct engine *engine = engine_create(&err);
    const struct tensor_spec spec = { .dtype = DTYPE_INT64, .shape = VECTOR(3) };
    struct tensor *whole = tensor_create(engine, &spec, &err);
    assert_false(random_uniform(&engine->generator, whole, 0, 1, &err));
    assert_string_equal(err.text, "\"check_uniform_bounds\" not implemented for 'Long'");
    assert_int_equal(err.kind, ERROR_RUNTIME);
    assert_false(random_integers(&engine->generator, whole, 5, 5, &err));
    assert_string_equal(err.text,
                        "random_ expects 'from' to be less than 'to', but got from=5 >= to=5");
    tensor_unref(whole);
    engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_what_pytorch_draws),
        cmocka_unit_test(fills_slices_in_row_major_order),
        cmocka_unit_test(says_what_cannot_be_drawn),
    };
    return test_run(tests);
}
