#include "tests/tensors.h"

#include <math.h>

static void check(struct tensor *in, enum reduce_function function, struct shape shape,
                  const double *expected)
{
    struct error err = { 0 };
    const bool whole = !dtype_is_float(in->dtype);
    const bool to_bool = function == REDUCE_ANY || function == REDUCE_ALL;
    const bool widens = function == REDUCE_SUM || function == REDUCE_PROD;
    const enum dtype dtype = to_bool ? DTYPE_BOOL : whole && widens ? DTYPE_INT64 : in->dtype;
    struct tensor *out = empty_of(in->engine, dtype, shape);
    const struct compute_reduce reduce = { .function = function, .in = in, .parameter = 1 };
    assert_ok(compute_reduce(out, &reduce, &err), &err);
    assert_elements(out, expected);
    tensor_unref(out);
}

static void reduces_any_dimensions(void **state)
{
    double values[24];
    for (int i = 0; i < 24; i++) {
        values[i] = i;
    }
    struct tensor *t = tensor_of(*state, DTYPE_FLOAT32, SHAPE(2, 3, 4), values);
    check(t, REDUCE_SUM, SHAPE(1, 1, 1), ELEMENTS(276));
    check(t, REDUCE_SUM, SHAPE(2, 1, 1), ELEMENTS(66, 210));
    check(t, REDUCE_SUM, SHAPE(1, 3, 1), ELEMENTS(60, 92, 124));
    check(t, REDUCE_SUM, SHAPE(1, 1, 4), ELEMENTS(60, 66, 72, 78));
    check(t, REDUCE_SUM, SHAPE(2, 1, 4), ELEMENTS(12, 15, 18, 21, 48, 51, 54, 57));
    check(t, REDUCE_SUM, SHAPE(1, 3, 4), ELEMENTS(12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34));
    check(t, REDUCE_SUM, SHAPE(2, 3, 4), values);
    check(t, REDUCE_MAX, SHAPE(2, 3, 1), ELEMENTS(3, 7, 11, 15, 19, 23));
    check(t, REDUCE_MIN, SHAPE(1, 3, 1), ELEMENTS(0, 4, 8));
    struct tensor *swapped = turned(t, 0, 2);
    check(swapped, REDUCE_SUM, SHAPE(1, 1, 2), ELEMENTS(66, 210));
    check(swapped, REDUCE_SUM, SHAPE(4, 1, 1), ELEMENTS(60, 66, 72, 78));
    tensor_unref(swapped);
    tensor_unref(t);
}

static void sums_whole_numbers_into_int64(void **state)
{
    struct tensor *bools = tensor_of(*state, DTYPE_BOOL, SHAPE(3), ELEMENTS(1, 0, 1));
    struct tensor *bytes = tensor_of(*state, DTYPE_UINT8, SHAPE(3), ELEMENTS(200, 100, 2));
    struct tensor *longs = tensor_of(*state, DTYPE_INT64, SHAPE(2), ELEMENTS(0x1p40, -1));
    check(bools, REDUCE_SUM, SHAPE(1), ELEMENTS(2));
    check(bools, REDUCE_ANY, SHAPE(1), ELEMENTS(1));
    check(bools, REDUCE_ALL, SHAPE(1), ELEMENTS(0));
    check(bytes, REDUCE_SUM, SHAPE(1), ELEMENTS(302));
    check(bytes, REDUCE_PROD, SHAPE(1), ELEMENTS(40000));
    check(longs, REDUCE_SUM, SHAPE(1), ELEMENTS(1099511627775.0));
    check(longs, REDUCE_MAX, SHAPE(1), ELEMENTS(0x1p40));
    tensor_unref(longs);
    tensor_unref(bytes);
    tensor_unref(bools);
}

static void folds_floats(void **state)
{
    struct tensor *t =
        tensor_of(*state, DTYPE_FLOAT64, SHAPE(2, 4), ELEMENTS(1, 2, 3, 6, 0, NAN, 1, 1));
    check(t, REDUCE_PROD, SHAPE(2, 1), ELEMENTS(36, NAN));
    check(t, REDUCE_MAX, SHAPE(2, 1), ELEMENTS(6, NAN));
    check(t, REDUCE_MIN, SHAPE(2, 1), ELEMENTS(1, NAN));
    check(t, REDUCE_ANY, SHAPE(1, 4), ELEMENTS(1, 1, 1, 1));
    check(t, REDUCE_ALL, SHAPE(1, 4), ELEMENTS(0, 1, 1, 1));
    const struct shape first = SHAPE(1, 4);
    struct tensor *row = tensor_view(t, &first, t->strides, 0);
    check(row, REDUCE_VAR, SHAPE(1, 1), ELEMENTS(14.0 / 3));
    struct tensor *one = tensor_of(*state, DTYPE_FLOAT32, SHAPE(1), ELEMENTS(5));
    check(one, REDUCE_VAR, SHAPE(1), ELEMENTS(NAN));
    tensor_unref(one);
    tensor_unref(row);
    tensor_unref(t);
}

static void tells_the_first_winner(void **state)
{
    struct error err = { 0 };
    struct tensor *t =
        tensor_of(*state, DTYPE_FLOAT32, SHAPE(2, 3), ELEMENTS(1, 5, 5, NAN, 2, NAN));
    struct tensor *index = empty_of(*state, DTYPE_INT64, SHAPE(2, 1));
    struct tensor *value = empty_of(*state, DTYPE_FLOAT32, SHAPE(2, 1));
    struct compute_reduce reduce = { .function = REDUCE_MAX, .in = t, .index = index };
    assert_ok(compute_reduce(value, &reduce, &err), &err);
    assert_elements(value, ELEMENTS(5, NAN));
    assert_elements(index, ELEMENTS(1, 0));
    reduce.function = REDUCE_MIN;
    assert_ok(compute_reduce(NULL, &reduce, &err), &err);
    assert_elements(index, ELEMENTS(0, 0));
    tensor_unref(value);
    tensor_unref(index);

    struct tensor *down = empty_of(*state, DTYPE_INT64, SHAPE(1, 3));
    assert_ok(
        compute_reduce(
            NULL, &(struct compute_reduce){ .function = REDUCE_MAX, .in = t, .index = down }, &err),
        &err);
    assert_elements(down, ELEMENTS(1, 0, 1));
    tensor_unref(down);
    tensor_unref(t);
}

/* float32 sums in which another order loses the 1. */
static void check_order(void **state, enum reduce_function function, struct shape shape,
                        struct shape reduced, const double *values)
{
    struct error err;
    struct engine *engine = *state;
    double sum;
    struct tensor *in = tensor_of(engine, DTYPE_FLOAT32, shape, values);
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = reduced };
    struct tensor *out = tensor_create(engine, &spec, &err);
    assert_ok(out, &err);
    const struct compute_reduce reduce = { .function = function, .in = in };
    assert_ok(compute_reduce(out, &reduce, &err), &err);
    assert_ok(tensor_read_real(out, &sum, &err), &err);
    assert_true(sum == 1);
    tensor_unref(out);
    tensor_unref(in);
}

static void sums_in_the_order_that_is_asked_for(void **state)
{
    const double big = 1e8;
    const struct shape one = SHAPE(1, 1);
    check_order(state, REDUCE_SUM_LANES, (struct shape)SHAPE(1, 9), one,
                (const double[]){ big, 0, 1, 0, -big, 0, 0, 0, 0 });
    check_order(state, REDUCE_SUM_LANES, (struct shape)SHAPE(1, 7), one,
                (const double[]){ big, -big, 1, 0, 0, 0, 0 });
    check_order(state, REDUCE_SUM_LANES, (struct shape)SHAPE(9, 1), one,
                (const double[]){ big, -big, 0, 0, 0, 0, 0, 0, 1 });
    /* The first element stands apart from the fifteen that follow. */
    check_order(state, REDUCE_SUM_CASCADE, (struct shape)SHAPE(1, 3), one,
                (const double[]){ 1, big, -big });
}

static void reduces_nothing(void **state)
{
    struct error err = { 0 };
    struct tensor *t = empty_of(*state, DTYPE_FLOAT32, SHAPE(0, 2));
    check(t, REDUCE_SUM, SHAPE(1, 2), ELEMENTS(0, 0));
    check(t, REDUCE_PROD, SHAPE(1, 2), ELEMENTS(1, 1));
    check(t, REDUCE_ALL, SHAPE(1, 2), ELEMENTS(1, 1));
    struct tensor *out = empty_of(*state, DTYPE_FLOAT32, SHAPE(1, 2));
    const struct compute_reduce reduce = { .function = REDUCE_MAX, .in = t };
    assert_false(compute_reduce(out, &reduce, &err));
    assert_int_equal(err.kind, ERROR_INDEX);
    tensor_unref(out);
    tensor_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(reduces_any_dimensions),
        TEST_ON_BOTH(sums_whole_numbers_into_int64),
        TEST_ON_BOTH(folds_floats),
        TEST_ON_BOTH(tells_the_first_winner),
        TEST_ON_BOTH(sums_in_the_order_that_is_asked_for),
        TEST_ON_BOTH(reduces_nothing),
    };
    return test_run(tests);
}
