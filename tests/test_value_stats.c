/* What is told of a value that is too large to be recorded whole. */

#include <math.h>
#include <stdlib.h>

#include "lessons/runner/value_stats.h"
#include "tests/test.h"

enum { MANY = 100003 }; /* no whole number of blocks, nor of lanes */

static void check_stats(const double stats[4], double low, double high, double mean, double std)
{
    assert_true(stats[0] == low);
    assert_true(stats[1] == high);
    assert_true(fabs(stats[2] - mean) <= 1e-12 * fmax(1, fabs(mean)));
    assert_true(fabs(stats[3] - std) <= 1e-12 * fmax(1, std));
}

/* 0, 1, ... n - 1: mean (n - 1) / 2, variance n (n + 1) / 12. */
static void test_counts_of_each_type(void **state)
{
    (void)state;
    float *const floats = malloc(MANY * sizeof(*floats));
    double *const doubles = malloc(MANY * sizeof(*doubles));
    int32_t *const ints = malloc(MANY * sizeof(*ints));
    int64_t *const longs = malloc(MANY * sizeof(*longs));
    const double n = MANY, std = sqrt(n * (n + 1) / 12);
    double stats[4];

    for (int i = 0; i < MANY; i++) {
        floats[i] = (float)i;
        doubles[i] = ints[i] = i;
        longs[i] = i;
    }
    value_stats(DTYPE_FLOAT32, (const char *)floats, MANY, stats);
    check_stats(stats, 0, n - 1, (n - 1) / 2, std);
    value_stats(DTYPE_FLOAT64, (const char *)doubles, MANY, stats);
    check_stats(stats, 0, n - 1, (n - 1) / 2, std);
    value_stats(DTYPE_INT32, (const char *)ints, MANY, stats);
    check_stats(stats, 0, n - 1, (n - 1) / 2, std);
    value_stats(DTYPE_INT64, (const char *)longs, MANY, stats);
    check_stats(stats, 0, n - 1, (n - 1) / 2, std);
    free(floats);
    free(doubles);
    free(ints);
    free(longs);
}

static void test_truth_values(void **state)
{
    (void)state;
    char bytes[5000];
    double stats[4];

    for (int i = 0; i < 5000; i++) {
        bytes[i] = i % 2;
    }
    value_stats(DTYPE_BOOL, bytes, 5000, stats);
    check_stats(stats, 0, 1, 0.5, sqrt(1250.0 / 4999));
}

/* What is not finite counts for nothing, wherever it stands. */
static void test_leaves_out_what_is_not_finite(void **state)
{
    (void)state;
    float floats[1500];
    double stats[4];

    for (int i = 0; i < 1500; i++) {
        floats[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? 2 : 4;
    }
    floats[1] = INFINITY;
    floats[1499] = -INFINITY; /* a 2 and a 4 less */
    value_stats(DTYPE_FLOAT32, (const char *)floats, 1500, stats);
    check_stats(stats, 2, 4, 3, sqrt(998.0 / 997));
    for (int i = 0; i < 1500; i++) {
        floats[i] = NAN;
    }
    value_stats(DTYPE_FLOAT32, (const char *)floats, 1500, stats);
    assert_true(isnan(stats[0]) && isnan(stats[1]) && isnan(stats[2]) && stats[3] == 0);
    floats[700] = 5;
    value_stats(DTYPE_FLOAT32, (const char *)floats, 1500, stats);
    check_stats(stats, 5, 5, 5, 0);
}

/* Far from 0 a difference of squares would lose all digits. */
static void test_keeps_the_digits_of_a_small_deviation(void **state)
{
    (void)state;
    double *const doubles = malloc(MANY * sizeof(*doubles));
    double stats[4];

    for (int i = 0; i < MANY; i++) {
        doubles[i] = 1e9 + i % 2;
    }
    value_stats(DTYPE_FLOAT64, (const char *)doubles, MANY, stats);
    assert_true(fabs(stats[3] - 0.5) < 1e-5);
    free(doubles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_of_each_type),
        cmocka_unit_test(test_truth_values),
        cmocka_unit_test(test_leaves_out_what_is_not_finite),
        cmocka_unit_test(test_keeps_the_digits_of_a_small_deviation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
