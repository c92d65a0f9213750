#include "tests/tensors.h"

#include <math.h>

/* The dtype of `a op b`: 'T' a tensor with dimensions, 'S' a 0-d tensor, 'N' a number. */
struct case_row {
    char a_kind;
    enum dtype a;
    char b_kind;
    enum dtype b;
    enum dtype expected;
};

static const struct case_row cases[] = {
    { 'T', DTYPE_UINT8, 'T', DTYPE_INT32, DTYPE_INT32 },
    { 'T', DTYPE_INT64, 'T', DTYPE_FLOAT32, DTYPE_FLOAT32 },
    { 'T', DTYPE_FLOAT32, 'T', DTYPE_FLOAT64, DTYPE_FLOAT64 },
    { 'T', DTYPE_BOOL, 'T', DTYPE_BOOL, DTYPE_BOOL },
    { 'T', DTYPE_INT64, 'N', DTYPE_FLOAT64, DTYPE_FLOAT32 },
    { 'T', DTYPE_FLOAT32, 'S', DTYPE_FLOAT64, DTYPE_FLOAT32 },
    { 'T', DTYPE_BOOL, 'N', DTYPE_INT64, DTYPE_INT64 },
    { 'T', DTYPE_UINT8, 'N', DTYPE_INT64, DTYPE_UINT8 },
    { 'T', DTYPE_INT32, 'S', DTYPE_INT64, DTYPE_INT32 },
    { 'T', DTYPE_INT32, 'S', DTYPE_FLOAT64, DTYPE_FLOAT64 },
    { 'S', DTYPE_FLOAT64, 'N', DTYPE_INT64, DTYPE_FLOAT64 },
    { 'S', DTYPE_INT64, 'N', DTYPE_FLOAT64, DTYPE_FLOAT32 },
    { 'S', DTYPE_INT32, 'S', DTYPE_INT64, DTYPE_INT64 },
    { 'T', DTYPE_BOOL, 'N', DTYPE_BOOL, DTYPE_BOOL },
};

static struct operand operand_for(struct engine *engine, char kind, enum dtype dtype)
{
    if (kind == 'N') {
        return operand_number(dtype == DTYPE_BOOL    ? number_bool(true)
                              : dtype == DTYPE_INT64 ? number_integer(1)
                                                     : number_real(1));
    }
    return operand_tensor(empty_of(engine, dtype, kind == 'T' ? SHAPE(2) : SCALAR));
}

static void promotes_as_pytorch_does(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct case_row *row = &cases[i];
        const struct operand pair[] = { operand_for(*state, row->a_kind, row->a),
                                        operand_for(*state, row->b_kind, row->b) };
        const struct operand reversed[] = { pair[1], pair[0] };
        assert_int_equal(dtype_result(pair, 2, DTYPE_FLOAT32), row->expected);
        assert_int_equal(dtype_result(reversed, 2, DTYPE_FLOAT32), row->expected);
        tensor_unref(pair[0].tensor);
        tensor_unref(pair[1].tensor);
    }
}

static void knows_names(void **state)
{
    (void)state;
    enum dtype dtype;
    for (int i = 0; i < DTYPE_ALL; i++) {
        assert_true(dtype_find(dtype_name((enum dtype)i), &dtype));
        assert_int_equal(dtype, i);
    }
    assert_true(dtype_find("long", &dtype));
    assert_int_equal(dtype, DTYPE_INT64);
    assert_false(dtype_find("", &dtype));
    assert_false(dtype_find("float8", &dtype));
    assert_true(dtype_can_cast(DTYPE_INT64, DTYPE_FLOAT32));
    assert_true(dtype_can_cast(DTYPE_INT64, DTYPE_UINT8));
    assert_false(dtype_can_cast(DTYPE_FLOAT32, DTYPE_INT64));
    assert_false(dtype_can_cast(DTYPE_INT64, DTYPE_BOOL));
}

static void converts_numbers(void **state)
{
    (void)state;
    assert_true(number_as_integer(number_real(2.9)) == 2);
    assert_true(number_as_integer(number_real(-2.9)) == -2);
    assert_true(number_as_integer(number_real(1e30)) == INT64_MAX);
    assert_true(number_as_integer(number_real(-1e30)) == INT64_MIN);
    assert_true(number_as_integer(number_real(NAN)) == 0);
    assert_true(number_as_real(number_bool(true)) == 1);
    assert_true(number_is_zero(number_real(-0.0)));
    assert_false(number_is_zero(number_integer(3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(promotes_as_pytorch_does),
        cmocka_unit_test(knows_names),
        cmocka_unit_test(converts_numbers),
    };
    return test_run(tests);
}
