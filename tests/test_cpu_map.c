#include "tests/tensors.h"

#include <math.h>

/* One function on small rows: what goes in, what comes out. */
struct row {
    enum map_function function;
    enum dtype dtype;
    int count;
    double a[6], b[6], c[6], expected[6];
    double p, q;
};

static const struct row rows[] = {
    { .function = MAP_ADD,
      .dtype = DTYPE_FLOAT32,
      .count = 3,
      .p = 1,
      .a = { 1, 2, -0.0 },
      .b = { 2, -2, -0.0 },
      .expected = { 3, 0, -0.0 } },
    { .function = MAP_ADD,
      .dtype = DTYPE_FLOAT64,
      .count = 2,
      .p = 0.5,
      .a = { 1, 2 },
      .b = { 2, 3 },
      .expected = { 2, 3.5 } },
    { .function = MAP_SUB,
      .dtype = DTYPE_FLOAT32,
      .count = 2,
      .p = 2,
      .a = { 1, 2 },
      .b = { 2, 3 },
      .expected = { -3, -4 } },
    { .function = MAP_ADD,
      .dtype = DTYPE_UINT8,
      .count = 2,
      .p = 1,
      .a = { 200, 1 },
      .b = { 100, 2 },
      .expected = { 44, 3 } },
    { .function = MAP_ADD,
      .dtype = DTYPE_BOOL,
      .count = 4,
      .p = 1,
      .a = { 0, 0, 1, 1 },
      .b = { 0, 1, 0, 1 },
      .expected = { 0, 1, 1, 1 } },
    { .function = MAP_MUL,
      .dtype = DTYPE_BOOL,
      .count = 4,
      .a = { 0, 0, 1, 1 },
      .b = { 0, 1, 0, 1 },
      .expected = { 0, 0, 0, 1 } },
    { .function = MAP_MUL,
      .dtype = DTYPE_INT32,
      .count = 2,
      .a = { 65536, -3 },
      .b = { 65536, 4 },
      .expected = { 0, -12 } },
    { .function = MAP_NEG,
      .dtype = DTYPE_INT64,
      .count = 2,
      .a = { 5, -7 },
      .expected = { -5, 7 } },
    { .function = MAP_NEG,
      .dtype = DTYPE_UINT8,
      .count = 2,
      .a = { 1, 0 },
      .expected = { 255, 0 } },
    { .function = MAP_ABS, .dtype = DTYPE_INT32, .count = 2, .a = { -5, 7 }, .expected = { 5, 7 } },
    { .function = MAP_SIGN,
      .dtype = DTYPE_FLOAT32,
      .count = 4,
      .a = { -2, 0, 3, NAN },
      .expected = { -1, 0, 1, 0 } },
    { .function = MAP_FLOOR_DIVIDE,
      .dtype = DTYPE_INT64,
      .count = 4,
      .a = { 7, -7, 7, -7 },
      .b = { 2, 2, -2, -2 },
      .expected = { 3, -4, -4, 3 } },
    { .function = MAP_REMAINDER,
      .dtype = DTYPE_INT64,
      .count = 4,
      .a = { 7, -7, 7, -7 },
      .b = { 3, 3, -3, -3 },
      .expected = { 1, 2, -2, -1 } },
    { .function = MAP_FMOD,
      .dtype = DTYPE_INT32,
      .count = 4,
      .a = { 7, -7, 7, -7 },
      .b = { 3, 3, -3, -3 },
      .expected = { 1, -1, 1, -1 } },
    { .function = MAP_FLOOR_DIVIDE,
      .dtype = DTYPE_FLOAT32,
      .count = 5,
      .a = { 7, -7, 7, 1, -1 },
      .b = { 2, 2, -2, 0, 0 },
      .expected = { 3, -4, -4, INFINITY, -INFINITY } },
    { .function = MAP_REMAINDER,
      .dtype = DTYPE_FLOAT64,
      .count = 4,
      .a = { 5.5, -5.5, 5.5, -5.5 },
      .b = { 2, 2, -2, -2 },
      .expected = { 1.5, 0.5, -0.5, -1.5 } },
    { .function = MAP_POW,
      .dtype = DTYPE_INT64,
      .count = 3,
      .a = { 2, -3, 7 },
      .b = { 10, 3, 0 },
      .expected = { 1024, -27, 1 } },
    { .function = MAP_POW,
      .dtype = DTYPE_FLOAT64,
      .count = 2,
      .a = { 2, 9 },
      .b = { -1, 0.5 },
      .expected = { 0.5, 3 } },
    { .function = MAP_RELU,
      .dtype = DTYPE_FLOAT32,
      .count = 4,
      .a = { -1, 0, 2, NAN },
      .expected = { 0, 0, 2, NAN } },
    { .function = MAP_CLAMP,
      .dtype = DTYPE_FLOAT32,
      .count = 4,
      .p = -1,
      .q = 1,
      .a = { -3, 0.5, 3, NAN },
      .expected = { -1, 0.5, 1, NAN } },
    { .function = MAP_CLAMP,
      .dtype = DTYPE_INT64,
      .count = 3,
      .p = 2,
      .q = INFINITY,
      .a = { 1, 2, 9007199254740992.0 },
      .expected = { 2, 2, 9007199254740992.0 } },
    { .function = MAP_LEAKY_RELU,
      .dtype = DTYPE_FLOAT64,
      .count = 2,
      .p = 0.25,
      .a = { -4, 4 },
      .expected = { -1, 4 } },
    { .function = MAP_ROUND,
      .dtype = DTYPE_FLOAT32,
      .count = 4,
      .a = { 0.5, 1.5, 2.5, -0.5 },
      .expected = { 0, 2, 2, -0.0 } },
    { .function = MAP_MAXIMUM,
      .dtype = DTYPE_FLOAT32,
      .count = 4,
      .a = { 1, NAN, 1, 3 },
      .b = { 2, 1, NAN, 2 },
      .expected = { 2, NAN, NAN, 3 } },
    { .function = MAP_MINIMUM,
      .dtype = DTYPE_FLOAT32,
      .count = 4,
      .a = { 1, NAN, 1, 3 },
      .b = { 2, 1, NAN, 2 },
      .expected = { 1, NAN, NAN, 2 } },
    { .function = MAP_EQ,
      .dtype = DTYPE_FLOAT32,
      .count = 3,
      .a = { 1, 2, NAN },
      .b = { 1, 3, NAN },
      .expected = { 1, 0, 0 } },
    { .function = MAP_LT,
      .dtype = DTYPE_INT64,
      .count = 3,
      .a = { 1, 2, 3 },
      .b = { 2, 2, 2 },
      .expected = { 1, 0, 0 } },
    { .function = MAP_XOR,
      .dtype = DTYPE_BOOL,
      .count = 4,
      .a = { 0, 0, 1, 1 },
      .b = { 0, 1, 0, 1 },
      .expected = { 0, 1, 1, 0 } },
    { .function = MAP_BIT_AND,
      .dtype = DTYPE_INT32,
      .count = 2,
      .a = { 6, -7 },
      .b = { 3, 3 },
      .expected = { 2, 1 } },
    { .function = MAP_BIT_OR,
      .dtype = DTYPE_INT64,
      .count = 2,
      .a = { 6, -7 },
      .b = { 8, 8 },
      .expected = { 14, -7 } },
    { .function = MAP_BIT_XOR,
      .dtype = DTYPE_UINT8,
      .count = 2,
      .a = { 6, 255 },
      .b = { 1, 1 },
      .expected = { 7, 254 } },
    { .function = MAP_SHIFT_LEFT,
      .dtype = DTYPE_INT32,
      .count = 4,
      .a = { 6, -7, 1, 1 },
      .b = { 2, 2, 32, -1 },
      .expected = { 24, -28, 0, 0 } },
    { .function = MAP_SHIFT_RIGHT,
      .dtype = DTYPE_INT64,
      .count = 4,
      .a = { 6, -7, -7, 6 },
      .b = { 1, 1, 64, 64 },
      .expected = { 3, -4, -1, 0 } },
    { .function = MAP_SHIFT_RIGHT,
      .dtype = DTYPE_UINT8,
      .count = 2,
      .a = { 200, 200 },
      .b = { 3, 9 },
      .expected = { 25, 0 } },
    { .function = MAP_IS_NAN,
      .dtype = DTYPE_FLOAT64,
      .count = 3,
      .a = { 1, NAN, INFINITY },
      .expected = { 0, 1, 0 } },
    { .function = MAP_IS_FINITE,
      .dtype = DTYPE_FLOAT64,
      .count = 3,
      .a = { 1, NAN, INFINITY },
      .expected = { 1, 0, 0 } },
    { .function = MAP_LERP,
      .dtype = DTYPE_FLOAT64,
      .count = 1,
      .p = 0.25,
      .a = { 1 },
      .b = { 5 },
      .expected = { 2 } },
    { .function = MAP_LERP,
      .dtype = DTYPE_FLOAT64,
      .count = 1,
      .p = 0.75,
      .a = { 1 },
      .b = { 5 },
      .expected = { 4 } },
    { .function = MAP_ADDCMUL,
      .dtype = DTYPE_FLOAT32,
      .count = 2,
      .p = 2,
      .a = { 1, 2 },
      .b = { 3, 4 },
      .c = { 5, 6 },
      .expected = { 31, 50 } },
    { .function = MAP_ADDCDIV,
      .dtype = DTYPE_FLOAT32,
      .count = 2,
      .p = 2,
      .a = { 1, 2 },
      .b = { 3, 4 },
      .c = { 4, 8 },
      .expected = { 2.5, 3 } },
    { .function = MAP_RELU_GRAD,
      .dtype = DTYPE_FLOAT32,
      .count = 3,
      .a = { 5, 6, 7 },
      .b = { 1, 0, -1 },
      .expected = { 5, 0, 0 } },
    { .function = MAP_SIGMOID_GRAD,
      .dtype = DTYPE_FLOAT64,
      .count = 1,
      .a = { 2 },
      .b = { 0.25 },
      .expected = { 0.375 } },
    { .function = MAP_GELU,
      .dtype = DTYPE_FLOAT32,
      .count = 3,
      .p = 0.5,
      .a = { 0, 1000, -1000 },
      .expected = { 0, 1000, -0.0 } },
    { .function = MAP_EXP_SUB,
      .dtype = DTYPE_FLOAT64,
      .count = 2,
      .a = { 1000, -INFINITY },
      .b = { 1000, 3 },
      .expected = { 1, 0 } },
    { .function = MAP_TANH_GRAD,
      .dtype = DTYPE_FLOAT64,
      .count = 1,
      .a = { 2 },
      .b = { 0.5 },
      .expected = { 1.5 } },
};

static void computes_each_function(void **state)
{
    struct engine *engine = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct error err = { 0 };
        const struct row *row = &rows[i];
        const struct shape shape = SHAPE(row->count);
        const double *values[] = { row->a, row->b, row->c };
        struct tensor *in[3];
        struct compute_map map = {
            .function = row->function, .dtype = row->dtype, .p = row->p, .q = row->q
        };
        for (int k = 0; k < 3; k++) {
            in[k] = tensor_of(engine, row->dtype, shape, values[k]);
            map.in[k] = operand_tensor(in[k]);
        }
        const bool to_bool = map_row(row->function)->to_bool;
        struct tensor *out = empty_of(engine, to_bool ? DTYPE_BOOL : row->dtype, shape);
        assert_ok(compute_map(out, &map, &err), &err);
        assert_elements(out, row->expected);
        tensor_unref(out);
        for (int k = 0; k < 3; k++) {
            tensor_unref(in[k]);
        }
    }
}

/* The fused steps are fused: a · b + c with one rounding differs here from two. */
static void rounds_fma_once(void **state)
{
    struct engine *engine = *state;
    struct error err = { 0 };
    const double b = 1 + 0x1p-12, c = -1 - 0x1p-11;
    struct tensor *a = tensor_of(engine, DTYPE_FLOAT32, SHAPE(1), &c);
    struct tensor *t = tensor_of(engine, DTYPE_FLOAT32, SHAPE(1), &b);
    struct tensor *out = empty_of(engine, DTYPE_FLOAT32, SHAPE(1));
    const struct compute_map map = { .function = MAP_ADD,
                                     .dtype = DTYPE_FLOAT32,
                                     .in = { operand_tensor(a), operand_tensor(t) },
                                     .p = b };
    assert_ok(compute_map(out, &map, &err), &err);
    assert_elements(out, ELEMENTS(0x1p-24));
    tensor_unref(out);
    tensor_unref(t);
    tensor_unref(a);
}

static void broadcasts_inputs_and_numbers(void **state)
{
    struct engine *engine = *state;
    struct error err = { 0 };
    struct tensor *column = tensor_of(engine, DTYPE_FLOAT32, SHAPE(2, 1), ELEMENTS(10, 20));
    struct tensor *row = tensor_of(engine, DTYPE_INT64, SHAPE(3), ELEMENTS(1, 2, 3));
    struct tensor *out = empty_of(engine, DTYPE_FLOAT32, SHAPE(2, 3));
    assert_ok(compute_map2(out, MAP_ADD, operand_tensor(column), operand_tensor(row), &err), &err);
    assert_elements(out, ELEMENTS(11, 12, 13, 21, 22, 23));
    assert_ok(compute_map2(out, MAP_SUB, operand_real(100), operand_tensor(row), &err), &err);
    assert_elements(out, ELEMENTS(99, 98, 97, 99, 98, 97));
    assert_ok(compute_map2(out, MAP_DIV, operand_tensor(row), operand_real(2), &err), &err);
    assert_elements(out, ELEMENTS(0.5, 1, 1.5, 0.5, 1, 1.5));

    struct tensor *wrong = empty_of(engine, DTYPE_FLOAT32, SHAPE(2, 2));
    assert_false(compute_map2(wrong, MAP_ADD, operand_tensor(row), operand_real(1), &err));
    assert_int_equal(err.kind, ERROR_RUNTIME);
    tensor_unref(wrong);
    tensor_unref(out);
    tensor_unref(row);
    tensor_unref(column);
}

static void reads_and_writes_any_strides(void **state)
{
    struct engine *engine = *state;
    struct error err = { 0 };
    struct tensor *a = tensor_of(engine, DTYPE_FLOAT32, SHAPE(2, 3), ELEMENTS(1, 2, 3, 4, 5, 6));
    struct tensor *at = turned(a, 0, 1);
    struct tensor *out = tensor_of(engine, DTYPE_FLOAT32, SHAPE(2, 3), ELEMENTS(0, 0, 0, 0, 0, 0));
    struct tensor *out_t = turned(out, 0, 1);
    assert_ok(compute_map2(out_t, MAP_MUL, operand_tensor(at), operand_real(10), &err), &err);
    assert_elements(out, ELEMENTS(10, 20, 30, 40, 50, 60));
    assert_elements(out_t, ELEMENTS(10, 40, 20, 50, 30, 60));

    /* Every second element of a row, from the second on. */
    const struct shape part = SHAPE(2, 1);
    struct tensor *slice = tensor_view(out, &part, (int64_t[]){ 3, 2 }, 1);
    assert_ok(compute_fill(slice, number_integer(-1), &err), &err);
    assert_elements(out, ELEMENTS(10, -1, 30, 40, -1, 60));
    tensor_unref(slice);
    tensor_unref(out_t);
    tensor_unref(out);
    tensor_unref(at);
    tensor_unref(a);
}

/* Large enough to be read in tiles, of which the last is cut short. */
static void reads_large_turned_inputs(void **state)
{
    enum { ROWS = 37, COLUMNS = 83 };
    struct engine *engine = *state;
    struct error err = { 0 };
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = SHAPE(COLUMNS, ROWS) };
    float in[COLUMNS * ROWS], got[COLUMNS * ROWS];
    for (int i = 0; i < COLUMNS * ROWS; i++) {
        in[i] = (float)i;
    }
    struct tensor *a = tensor_from_host(engine, &spec, in, &err);
    struct tensor *at = turned(a, 0, 1);
    struct tensor *row = empty_of(engine, DTYPE_FLOAT32, SHAPE(COLUMNS));
    struct tensor *out = empty_of(engine, DTYPE_FLOAT32, SHAPE(ROWS, COLUMNS));
    assert_ok(compute_fill(row, number_integer(5), &err), &err);
    assert_ok(compute_map2(out, MAP_ADD, operand_tensor(at), operand_tensor(row), &err), &err);
    assert_ok(tensor_read(out, got, &err), &err);
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLUMNS; c++) {
            assert_true(got[r * COLUMNS + c] == in[c * ROWS + r] + 5);
        }
    }
    tensor_unref(out);
    tensor_unref(row);
    tensor_unref(at);
    tensor_unref(a);
}

/* Many short rows of every other element: taken across, in tiles of which the last is cut short. */
static void reads_every_other_element_of_many_rows(void **state)
{
    enum { ROWS = 300, COLUMNS = 26, TAKEN = 13 };
    struct engine *engine = *state;
    struct error err = { 0 };
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = SHAPE(ROWS, COLUMNS) };
    const struct shape taken = SHAPE(ROWS, TAKEN);
    float in[ROWS * COLUMNS], got[ROWS * TAKEN];
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        in[i] = (float)i;
    }
    struct tensor *a = tensor_from_host(engine, &spec, in, &err);
    struct tensor *other = tensor_view(a, &taken, (int64_t[]){ COLUMNS, 2 }, 1);
    struct tensor *row = tensor_of(engine, DTYPE_FLOAT32, SHAPE(TAKEN),
                                   ELEMENTS(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
    struct tensor *out = empty_of(engine, DTYPE_FLOAT32, taken);
    assert_ok(compute_map2(out, MAP_SUB, operand_tensor(other), operand_tensor(row), &err), &err);
    assert_ok(tensor_read(out, got, &err), &err);
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < TAKEN; c++) {
            assert_true(got[r * TAKEN + c] == in[r * COLUMNS + 2 * c + 1] - (float)c);
        }
    }
    tensor_unref(out);
    tensor_unref(row);
    tensor_unref(other);
    tensor_unref(a);
}

/* In place is exact; an overlapping input is copied first, so that no element is read twice. */
static void handles_overlap(void **state)
{
    struct engine *engine = *state;
    struct error err = { 0 };
    struct tensor *a = tensor_of(engine, DTYPE_FLOAT32, SHAPE(4), ELEMENTS(1, 2, 3, 4));
    assert_ok(compute_map2(a, MAP_ADD, operand_tensor(a), operand_tensor(a), &err), &err);
    assert_elements(a, ELEMENTS(2, 4, 6, 8));
    const struct shape three = SHAPE(3);
    struct tensor *head = tensor_view(a, &three, (int64_t[]){ 1 }, 0);
    struct tensor *tail = tensor_view(a, &three, (int64_t[]){ 1 }, 1);
    assert_ok(compute_copy(tail, head, &err), &err);
    assert_elements(a, ELEMENTS(2, 2, 4, 6));
    assert_ok(compute_map2(tail, MAP_ADD, operand_tensor(tail), operand_tensor(head), &err), &err);
    assert_elements(a, ELEMENTS(2, 4, 6, 10));
    tensor_unref(tail);
    tensor_unref(head);
    tensor_unref(a);
}

static void converts_between_dtypes(void **state)
{
    struct engine *engine = *state;
    struct error err = { 0 };
    struct tensor *real =
        tensor_of(engine, DTYPE_FLOAT64, SHAPE(5), ELEMENTS(-1.9, 0, 0.5, 2.9, 300));
    static const struct {
        enum dtype dtype;
        double expected[5];
    } conversions[] = {
        { DTYPE_BOOL, { 1, 0, 1, 1, 1 } },
        { DTYPE_INT32, { -1, 0, 0, 2, 300 } },
        { DTYPE_INT64, { -1, 0, 0, 2, 300 } },
        { DTYPE_UINT8, { 255, 0, 0, 2, 44 } },
        { DTYPE_FLOAT32, { (float)-1.9, 0, 0.5, (float)2.9, 300 } },
    };
    for (size_t i = 0; i < sizeof(conversions) / sizeof(*conversions); i++) {
        struct tensor *out = empty_of(engine, conversions[i].dtype, SHAPE(5));
        assert_ok(compute_copy(out, real, &err), &err);
        assert_elements(out, conversions[i].expected);
        tensor_unref(out);
    }
    tensor_unref(real);

    /* A real that no whole number holds becomes the smallest, as the processor does it. */
    struct tensor *far = tensor_of(engine, DTYPE_FLOAT64, SHAPE(2), ELEMENTS(1e30, NAN));
    struct tensor *whole = empty_of(engine, DTYPE_INT64, SHAPE(2));
    int64_t values[2];
    assert_ok(compute_copy(whole, far, &err), &err);
    assert_ok(tensor_read(whole, values, &err), &err);
    assert_true(values[0] == INT64_MIN && values[1] == INT64_MIN);
    tensor_unref(whole);
    tensor_unref(far);
}

static void chooses_by_a_condition(void **state)
{
    struct engine *engine = *state;
    struct error err = { 0 };
    struct tensor *condition = tensor_of(engine, DTYPE_BOOL, SHAPE(3), ELEMENTS(1, 0, 1));
    struct tensor *a = tensor_of(engine, DTYPE_FLOAT32, SHAPE(3), ELEMENTS(1, 2, 3));
    struct tensor *out = empty_of(engine, DTYPE_FLOAT32, SHAPE(3));
    const struct compute_map map = { .function = MAP_WHERE,
                                     .dtype = DTYPE_FLOAT32,
                                     .in = { operand_tensor(condition), operand_tensor(a),
                                             operand_real(-1) } };
    assert_ok(compute_map(out, &map, &err), &err);
    assert_elements(out, ELEMENTS(1, -1, 3));
    tensor_unref(out);
    tensor_unref(a);
    tensor_unref(condition);
}

static void says_what_is_wrong(void **state)
{
    struct engine *engine = *state;
    struct error err = { 0 };
    struct tensor *a = tensor_of(engine, DTYPE_INT64, SHAPE(2), ELEMENTS(1, 0));
    struct tensor *out = empty_of(engine, DTYPE_INT64, SHAPE(2));
    assert_false(compute_map2(out, MAP_FLOOR_DIVIDE, operand_real(1), operand_tensor(a), &err));
    assert_string_equal(err.text, "ZeroDivisionError");
    assert_false(
        compute_map2(out, MAP_POW, operand_tensor(a), operand_number(number_integer(-1)), &err));
    assert_string_equal(err.text, "Integers to negative integer powers are not allowed.");
    assert_false(compute_map2(out, MAP_EXP, operand_tensor(a), operand_real(0), &err));
    assert_string_equal(err.text, "\"exp\" not implemented for 'Long'");
    tensor_unref(out);
    tensor_unref(a);
}

static void leaves_empty_tensors_alone(void **state)
{
    struct engine *engine = *state;
    struct error err = { 0 };
    struct tensor *a = empty_of(engine, DTYPE_FLOAT32, SHAPE(0, 3));
    struct tensor *out = empty_of(engine, DTYPE_FLOAT32, SHAPE(0, 3));
    assert_ok(compute_map2(out, MAP_ADD, operand_tensor(a), operand_real(1), &err), &err);
    tensor_unref(out);
    tensor_unref(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(computes_each_function),
        TEST_ON_BOTH(rounds_fma_once),
        TEST_ON_BOTH(broadcasts_inputs_and_numbers),
        TEST_ON_BOTH(reads_and_writes_any_strides),
        TEST_ON_BOTH(reads_large_turned_inputs),
        TEST_ON_BOTH(reads_every_other_element_of_many_rows),
        TEST_ON_BOTH(handles_overlap),
        TEST_ON_BOTH(converts_between_dtypes),
        TEST_ON_BOTH(chooses_by_a_condition),
        TEST_ON_BOTH(says_what_is_wrong),
        TEST_ON_BOTH(leaves_empty_tensors_alone),
    };
    return test_run(tests);
}
