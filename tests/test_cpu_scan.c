#include "tests/tensors.h"

#include <math.h>

static void check(struct tensor *in, const struct compute_scan *how, const double *expected)
{
    struct error err = { 0 };
    const bool whole = how->function == SCAN_SORT || how->function == SCAN_MAX ||
                       how->function == SCAN_MIN || !dtype_is_float(in->dtype);
    struct tensor *out = empty_of(in->engine, whole ? DTYPE_INT64 : in->dtype, in->shape);
    struct compute_scan scan = *how;
    scan.in = in;
    assert_ok(compute_scan(out, &scan, &err), &err);
    assert_elements(out, expected);
    tensor_unref(out);
}

static void adds_and_multiplies_along_a_dimension(void **state)
{
    struct tensor *t = tensor_of(*state, DTYPE_FLOAT32, SHAPE(2, 3), ELEMENTS(1, 2, 3, 4, 5, 6));
    check(t, &(struct compute_scan){ .function = SCAN_SUM, .dim = 1 }, ELEMENTS(1, 3, 6, 4, 9, 15));
    check(t, &(struct compute_scan){ .function = SCAN_SUM, .dim = 0, .reverse = true },
          ELEMENTS(5, 7, 9, 4, 5, 6));
    check(t, &(struct compute_scan){ .function = SCAN_PROD, .dim = 1 },
          ELEMENTS(1, 2, 6, 4, 20, 120));
    struct tensor *over = turned(t, 0, 1);
    check(over, &(struct compute_scan){ .function = SCAN_SUM, .dim = 0 },
          ELEMENTS(1, 4, 3, 9, 6, 15));
    tensor_unref(over);
    tensor_unref(t);

    struct tensor *bools = tensor_of(*state, DTYPE_BOOL, SHAPE(3), ELEMENTS(1, 0, 1));
    check(bools, &(struct compute_scan){ .function = SCAN_SUM }, ELEMENTS(1, 1, 2));
    tensor_unref(bools);
}

/* 1e8 + 1 - 1e8 is 0 where every step is rounded to float32. */
static void sums_of_float32_are_kept_in_double(void **state)
{
    struct tensor *t = tensor_of(*state, DTYPE_FLOAT32, SHAPE(3), ELEMENTS(1e8, 1, -1e8));
    check(t, &(struct compute_scan){ .function = SCAN_SUM }, ELEMENTS(1e8, 1e8, 1));
    tensor_unref(t);
}

static void sorts_places(void **state)
{
    struct tensor *t =
        tensor_of(*state, DTYPE_FLOAT64, SHAPE(2, 4), ELEMENTS(2, 1, 2, 0, NAN, -1, INFINITY, -1));
    check(t, &(struct compute_scan){ .function = SCAN_SORT, .dim = 1 },
          ELEMENTS(3, 1, 0, 2, 1, 3, 2, 0));
    check(t, &(struct compute_scan){ .function = SCAN_SORT, .dim = 1, .reverse = true },
          ELEMENTS(0, 2, 1, 3, 0, 2, 1, 3));
    tensor_unref(t);
    double values[37], places[37];
    for (int i = 0; i < 37; i++) {
        values[i] = i * 5 % 37;
        places[(int)values[i]] = i;
    }
    struct tensor *many = tensor_of(*state, DTYPE_INT64, SHAPE(37), values);
    check(many, &(struct compute_scan){ .function = SCAN_SORT }, places);
    tensor_unref(many);
    struct tensor *none = empty_of(*state, DTYPE_FLOAT32, SHAPE(2, 0));
    check(none, &(struct compute_scan){ .function = SCAN_SORT, .dim = 1 }, NULL);
    tensor_unref(none);
}

static void finds_the_largest_so_far(void **state)
{
    struct tensor *t =
        tensor_of(*state, DTYPE_FLOAT32, SHAPE(2, 4), ELEMENTS(2, 1, 2, 3, 0, NAN, 7, NAN));
    check(t, &(struct compute_scan){ .function = SCAN_MAX, .dim = 1 },
          ELEMENTS(0, 0, 2, 3, 0, 1, 1, 3));
    check(t, &(struct compute_scan){ .function = SCAN_MIN, .dim = 1 },
          ELEMENTS(0, 1, 1, 1, 0, 1, 1, 3));
    tensor_unref(t);
    struct tensor *bytes = tensor_of(*state, DTYPE_UINT8, SHAPE(3), ELEMENTS(5, 9, 9));
    check(bytes, &(struct compute_scan){ .function = SCAN_MAX }, ELEMENTS(0, 1, 2));
    tensor_unref(bytes);
}

/* Powers that would be infinite by themselves. */
static void sums_powers_by_their_logarithms(void **state)
{
    struct tensor *t =
        tensor_of(*state, DTYPE_FLOAT64, SHAPE(4), ELEMENTS(1000, 1000, -INFINITY, INFINITY));
    check(t, &(struct compute_scan){ .function = SCAN_LOG_SUM_EXP },
          ELEMENTS(1000, 1000 + log(2), 1000 + log(2), INFINITY));
    tensor_unref(t);
}

static void expect_solution(void **state, bool turned, struct tensor *right)
{
    struct error err = { 0 };
    struct tensor *matrix = tensor_of(*state, DTYPE_FLOAT64, SHAPE(1, 2, 2), ELEMENTS(1, 3, 2, 4));
    struct tensor *pivots = empty_of(*state, DTYPE_INT32, SHAPE(1, 2));
    const struct compute_lu lu = {
        .matrix = matrix, .pivots = pivots, .right = right, .turned = turned
    };
    assert_ok(compute_lu(&lu, &err), &err);
    assert_elements(pivots, ELEMENTS(2, 2));
    assert_elements(matrix, ELEMENTS(2, 4, 0.5, 1));
    assert_elements(right, ELEMENTS(1, 2));
    tensor_unref(pivots);
    tensor_unref(right);
    tensor_unref(matrix);
}

static void factorizes_and_solves(void **state)
{
    expect_solution(state, false,
                    tensor_of(*state, DTYPE_FLOAT64, SHAPE(1, 2, 1), ELEMENTS(7, 10)));
    expect_solution(state, true, tensor_of(*state, DTYPE_FLOAT64, SHAPE(1, 2, 1), ELEMENTS(5, 11)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(adds_and_multiplies_along_a_dimension),
        TEST_ON_BOTH(sums_of_float32_are_kept_in_double),
        TEST_ON_BOTH(sorts_places),
        TEST_ON_BOTH(finds_the_largest_so_far),
        TEST_ON_BOTH(sums_powers_by_their_logarithms),
        TEST_ON_BOTH(factorizes_and_solves),
    };
    return test_run(tests);
}
