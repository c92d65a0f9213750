#include "tests/tensors.h"

#include <math.h>
#include <stdlib.h>

/* Which of a, b and out are stored transposed. */
enum { A_TURNED = 1, B_TURNED = 2, OUT_TURNED = 4, ALL_LAYOUTS = 8 };

struct sizes {
    int64_t batch, m, n, k;
};

static float random_element(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) * 0x1p-22f - 2;
}

/* A [batch, rows, columns] tensor, its last two dimensions turned in memory or not. */
static struct tensor *random_matrix(struct engine *engine, int64_t batch, int64_t rows,
                                    int64_t columns, bool is_turned)
{
    struct error err = { 0 };
    uint32_t seed = (uint32_t)(rows * 31 + columns);
    const struct shape shape =
        is_turned ? SHAPE(batch, columns, rows) : SHAPE(batch, rows, columns);
    const int64_t count = shape_count(&shape);
    float *elements = test_malloc((size_t)count * sizeof(*elements) + 1);
    for (int64_t i = 0; i < count; i++) {
        elements[i] = random_element(&seed);
    }
    struct tensor *t = tensor_from_host(
        engine, &(struct tensor_spec){ .dtype = DTYPE_FLOAT32, .shape = shape }, elements, &err);
    assert_ok(t, &err);
    test_free(elements);
    if (!is_turned) {
        return t;
    }
    struct tensor *view = turned(t, 1, 2);
    tensor_unref(t);
    return view;
}

static float *elements_of(const struct tensor *t)
{
    struct error err = { 0 };
    float *elements = test_malloc((size_t)t->count * sizeof(*elements) + 1);
    assert_ok(tensor_read(t, elements, &err), &err);
    return elements;
}

/* What the contract says, one multiplication and one addition after the other. */
static float expected_element(const float *a, const float *b, const struct sizes *s, int64_t place)
{
    const int64_t j = place % s->n, i = place / s->n % s->m, batch = place / s->n / s->m;
    float sum = 0;
    for (int64_t k = 0; k < s->k; k++) {
        sum += a[(batch * s->m + i) * s->k + k] * b[(batch * s->k + k) * s->n + j];
    }
    return sum;
}

static void check_product(struct engine *engine, const struct sizes *s, int layout, double alpha,
                          double beta)
{
    struct error err = { 0 };
    struct tensor *a = random_matrix(engine, s->batch, s->m, s->k, layout & A_TURNED);
    struct tensor *b = random_matrix(engine, s->batch, s->k, s->n, layout & B_TURNED);
    struct tensor *out = random_matrix(engine, s->batch, s->m, s->n, layout & OUT_TURNED);
    float *in_a = elements_of(a), *in_b = elements_of(b), *before = elements_of(out);
    const struct compute_gemm gemm = { a, b, alpha, beta };
    assert_ok(compute_gemm(out, &gemm, &err), &err);
    float *after = elements_of(out);
    for (int64_t i = 0; i < out->count; i++) {
        const float sum = expected_element(in_a, in_b, s, i);
        const float scaled = alpha == 1 ? sum : (float)alpha * sum;
        const float wanted = beta == 0 ? scaled : (float)beta * before[i] + scaled;
        if (after[i] != wanted) {
            fail_msg("%dx%dx%d, layout %d: element %d is %.9g, not %.9g", (int)s->m, (int)s->n,
                     (int)s->k, layout, (int)i, (double)after[i], (double)wanted);
        }
    }
    test_free(after);
    test_free(before);
    test_free(in_b);
    test_free(in_a);
    tensor_unref(out);
    tensor_unref(b);
    tensor_unref(a);
}

static void multiplies_in_the_order_of_k(void **state)
{
    static const struct sizes all[] = { { 1, 1, 1, 1 },   { 1, 2, 3, 4 },   { 1, 5, 1, 7 },
                                        { 1, 1, 9, 3 },   { 1, 4, 16, 8 },  { 1, 7, 21, 5 },
                                        { 1, 33, 35, 9 }, { 3, 4, 5, 6 },   { 2, 1, 40, 3 },
                                        { 1, 3, 3, 0 },   { 1, 70, 70, 70 } };
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        for (int layout = 0; layout < ALL_LAYOUTS; layout++) {
            check_product(*state, &all[i], layout, 1, 0);
            check_product(*state, &all[i], layout, 1, 1);
            check_product(*state, &all[i], layout, 0.5, 2);
        }
    }
}

static void multiplies_whole_numbers(void **state)
{
    struct error err = { 0 };
    struct engine *engine = *state;
    struct tensor *a = tensor_of(engine, DTYPE_INT64, SHAPE(2, 2), ELEMENTS(1, 2, 3, 4));
    struct tensor *b = tensor_of(engine, DTYPE_INT64, SHAPE(2, 2), ELEMENTS(5, 6, 7, 8));
    struct tensor *out = empty_of(engine, DTYPE_INT64, SHAPE(2, 2));
    assert_ok(compute_gemm(out, &(struct compute_gemm){ a, b, 1, 0 }, &err), &err);
    assert_elements(out, ELEMENTS(19, 22, 43, 50));
    tensor_unref(out);
    tensor_unref(b);
    tensor_unref(a);
    struct tensor *bools = tensor_of(engine, DTYPE_BOOL, SHAPE(1, 1), ELEMENTS(1));
    struct tensor *product = empty_of(engine, DTYPE_BOOL, SHAPE(1, 1));
    assert_false(compute_gemm(product, &(struct compute_gemm){ bools, bools, 1, 0 }, &err));
    assert_string_equal(err.text, "\"addmm_impl_cpu_\" not implemented for 'Bool'");
    tensor_unref(product);
    tensor_unref(bools);
}

/* Large products may go to OpenBLAS: close to the exact ones, in every layout. */
static void large_products_are_close(void **state)
{
    (void)state;
    struct error err = { 0 };
    assert_int_equal(unsetenv("GRADLIGHT_GEMM"), 0);
    struct engine *engine = engine_create(&err);
    const struct sizes s = { 1, 50, 60, 40 };
    for (int layout = 0; layout < ALL_LAYOUTS; layout++) {
        struct tensor *a = random_matrix(engine, 1, s.m, s.k, layout & A_TURNED);
        struct tensor *b = random_matrix(engine, 1, s.k, s.n, layout & B_TURNED);
        struct tensor *out = random_matrix(engine, 1, s.m, s.n, layout & OUT_TURNED);
        float *in_a = elements_of(a), *in_b = elements_of(b);
        assert_ok(compute_gemm(out, &(struct compute_gemm){ a, b, 1, 0 }, &err), &err);
        float *after = elements_of(out);
        for (int64_t i = 0; i < out->count; i++) {
            assert_true(fabsf(after[i] - expected_element(in_a, in_b, &s, i)) < 1e-4f);
        }
        test_free(after);
        test_free(in_b);
        test_free(in_a);
        tensor_unref(out);
        tensor_unref(b);
        tensor_unref(a);
    }
    engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(multiplies_in_the_order_of_k),
        TEST_ON_BOTH(multiplies_whole_numbers),
        cmocka_unit_test(large_products_are_close),
    };
    return test_run(tests);
}
