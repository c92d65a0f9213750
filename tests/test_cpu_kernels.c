/* The numbers that decide last bits, against golden/kernels.json; and the sets of kernels against
 * each other, which must agree bit for bit. */

#include "tests/tensors.h"

#include <math.h>

#include "engine/cpu/kernels.h"
#include "tests/golden.h"

/* ---- golden -------------------------------------------------------------------------------------------- */

static void fill_from_seed(uint32_t seed, float *out, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (float)(seed >> 8) * 0x1p-22f - 2;
    }
}

static void assert_bits(const struct tensor *t, const struct json *golden, const char *what)
{
    struct error err = { 0 };
    float *ours = test_malloc((size_t)t->count * sizeof(*ours));
    assert_ok(tensor_read(t, ours, &err), &err);
    assert_int_equal(t->count, golden->length);
    int64_t i = 0;
    for (const struct json *value = golden->first; value; value = value->next, i++) {
        const uint32_t wanted = (uint32_t)value->number;
        float expected;
        memcpy(&expected, &wanted, sizeof(expected));
        const bool both_nan = ours[i] != ours[i] && expected != expected;
        if (!both_nan && memcmp(&ours[i], &wanted, sizeof(wanted)) != 0) {
            fail_msg("%s: element %d is %.9g, PyTorch has %.9g", what, (int)i, (double)ours[i],
                     (double)expected);
        }
    }
    test_free(ours);
}

static void check_sum(struct engine *engine, const struct json *golden, const char *kind)
{
    struct error err = { 0 };
    const int64_t rows = json_find_whole(golden, "rows", 0);
    const int64_t columns = json_find_whole(golden, "columns", 0);
    const int64_t count = rows * columns;
    float *elements = test_malloc((size_t)count * sizeof(*elements));
    fill_from_seed((uint32_t)json_find_whole(golden, "seed", 0), elements, count);
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = SHAPE(rows, columns) };
    struct tensor *in = tensor_from_host(engine, &spec, elements, &err);
    test_free(elements);
    const bool keeps_columns = strcmp(kind, "rows") == 0, keeps_rows = strcmp(kind, "columns") == 0;
    struct tensor *out =
        empty_of(engine, DTYPE_FLOAT32, SHAPE(keeps_rows ? rows : 1, keeps_columns ? columns : 1));
    const struct compute_reduce reduce = { .function = REDUCE_SUM, .in = in };
    assert_ok(compute_reduce(out, &reduce, &err), &err);
    char what[80];
    snprintf(what, sizeof(what), "sum of %s of %d x %d", kind, (int)rows, (int)columns);
    assert_bits(out, json_find(golden, "bits"), what);
    tensor_unref(out);
    tensor_unref(in);
}

static void check_map(struct engine *engine, const struct json *golden, const char *name)
{
    struct error err = { 0 };
    const struct json *in_bits = json_find(golden, "in");
    const struct shape shape = SHAPE((int64_t)in_bits->length);
    uint32_t bits[512];
    size_t count = 0;
    assert_true(in_bits->length <= 512);
    for (const struct json *value = in_bits->first; value; value = value->next) {
        bits[count++] = (uint32_t)value->number;
    }
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = shape };
    struct tensor *in = tensor_from_host(engine, &spec, bits, &err);
    struct tensor *out = empty_of(engine, DTYPE_FLOAT32, shape);
    const struct compute_map map = { .function = strcmp(name, "exp") == 0   ? MAP_EXP
                                                 : strcmp(name, "log") == 0 ? MAP_LOG
                                                                            : MAP_SIGMOID,
                                     .dtype = DTYPE_FLOAT32,
                                     .in = { operand_tensor(in) } };
    assert_ok(compute_map(out, &map, &err), &err);
    assert_bits(out, json_find(golden, "bits"), name);
    tensor_unref(out);
    tensor_unref(in);
}

static void computes_pytorchs_bits(void **state)
{
    struct engine *engine = *state;
    struct arena arena = { 0 };
    int checked = 0;
    for (const struct json *c = golden_cases(&arena, "kernels"); c; c = c->next, checked++) {
        const char *sum = json_find_string(c, "sum", NULL);
        if (sum) {
            check_sum(engine, c, sum);
        } else {
            check_map(engine, c, json_find_string(c, "map", ""));
        }
    }
    assert_int_equal(checked, 235);
    arena_finish(&arena);
}

/* ---- against the mathematics ------------------------------------------------------------------------------- */

static float unit_in_the_last_place(double value)
{
    const float size = fabsf((float)value);
    return nextafterf(size, INFINITY) - size;
}

/* Values of every size, and those where the function ends or bends. */
static void fills_of_every_size(float *out, int count)
{
    static const float special[] = { 0,      -0.0f, 1,        -1,        2,   1000,   0x1p-126f,
                                     1e-40f, 3e38f, INFINITY, -INFINITY, NAN, 88.72f, -16.6f };
    const int specials = (int)(sizeof(special) / sizeof(*special));
    uint32_t seed = 7;
    for (int i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        const float turn = (float)(seed >> 8) * 0x1p-24f;
        out[i] = i < specials ? special[i]
                 : i % 3 == 0 ? turn * 40 - 20
                 : i % 3 == 1 ? ldexpf(turn, (int)(seed % 250) - 125)
                              : (turn - 0.5f) * 0x1p-6f;
    }
}

static void stays_within_one_unit_in_the_last_place(void **state)
{
    static const struct {
        enum map_function function;
        double (*mathematics)(double);
    } rows[] = {
        { MAP_LOG2, log2 }, { MAP_LOG10, log10 }, { MAP_LOG1P, log1p }, { MAP_EXPM1, expm1 },
        { MAP_SIN, sin },   { MAP_COS, cos },     { MAP_TAN, tan },     { MAP_SINH, sinh },
        { MAP_COSH, cosh }, { MAP_ASIN, asin },   { MAP_ACOS, acos },   { MAP_ERF, erf },
    };
    enum { COUNT = 3000 };
    float in[COUNT], out[COUNT];
    struct error err = { 0 };
    fills_of_every_size(in, COUNT);
    for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
        const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = SHAPE(COUNT) };
        struct tensor *t = tensor_from_host(*state, &spec, in, &err);
        const struct compute_map map = { .function = rows[k].function,
                                         .dtype = DTYPE_FLOAT32,
                                         .in = { operand_tensor(t) } };
        assert_ok(compute_map(t, &map, &err), &err);
        assert_ok(tensor_read(t, out, &err), &err);
        for (int i = 0; i < COUNT; i++) {
            const double wanted = rows[k].mathematics((double)in[i]);
            const bool same = (float)wanted == out[i] || (isnan(wanted) && isnan(out[i]));
            /* (PyTorch's log1p has its end at 1e38) */
            const bool beyond = rows[k].function == MAP_LOG1P && in[i] > 1e38f && isinf(out[i]);
            if (!same && !beyond &&
                !(fabs((double)out[i] - wanted) <= (double)unit_in_the_last_place(wanted))) {
                fail_msg("%s of %.9g is %.9g", map_row(rows[k].function)->name, (double)in[i],
                         (double)out[i]);
            }
            assert_true(isnan(wanted) || !signbit((float)wanted) == !signbit(out[i]));
        }
        tensor_unref(t);
    }
}

/* ---- two arguments --------------------------------------------------------------------------------------- */

enum { PAIRS = 3000, ORDINARY = 2048 };

static void run_pairs(struct engine *engine, enum map_function function, const float *a,
                      const float *b, float *out)
{
    struct error err = { 0 };
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = SHAPE(PAIRS) };
    struct tensor *x = tensor_from_host(engine, &spec, a, &err);
    struct tensor *y = tensor_from_host(engine, &spec, b, &err);
    assert_ok(compute_map2(x, function, operand_tensor(x), operand_tensor(y), &err), &err);
    assert_ok(tensor_read(x, out, &err), &err);
    tensor_unref(x);
    tensor_unref(y);
}

static void assert_float(float got, float wanted, const char *what, float a, float b)
{
    const bool both_nan = got != got && wanted != wanted;
    if (!both_nan && memcmp(&got, &wanted, sizeof(got)) != 0) {
        fail_msg("%s of %.9g and %.9g is %.9g, not %.9g", what, (double)a, (double)b, (double)got,
                 (double)wanted);
    }
}

static float python_rest(float a, float b)
{
    const float left = fmodf(a, b);
    return left != 0 && (b < 0) != (left < 0) ? left + b : left;
}

/* Strips of ordinary numbers, and the last one with every kind of number among them. */
static void divides_as_the_c_library_does(void **state)
{
    float a[PAIRS], b[PAIRS], out[PAIRS];
    fills_of_every_size(a, PAIRS);
    fills_of_every_size(b, PAIRS);
    for (int i = 0; i < ORDINARY; i++) {
        if (i < PAIRS - ORDINARY) {
            a[PAIRS - 1 - i] = a[i]; /* the special ones are the first */
        }
        a[i] = 100 * sinf((float)i);
        b[i] = i % 3 == 0 ? 0.25f : cosf((float)i * 7);
    }
    run_pairs(*state, MAP_FMOD, a, b, out);
    for (int i = 0; i < PAIRS; i++) {
        assert_float(out[i], fmodf(a[i], b[i]), "fmod", a[i], b[i]);
    }
    run_pairs(*state, MAP_REMAINDER, a, b, out);
    for (int i = 0; i < PAIRS; i++) {
        assert_float(out[i], python_rest(a[i], b[i]), "remainder", a[i], b[i]);
    }
    run_pairs(*state, MAP_FLOOR_DIVIDE, a, b, out);
    for (int i = 0; i < ORDINARY; i++) {
        const double whole = floor((double)a[i] / (double)b[i]);
        assert_float(out[i], (float)whole, "floor_divide", a[i], b[i]);
    }
}

/* Where a quotient is whole, and a unit of the last place beside it, up to the most that is divided. */
static void leaves_what_is_left_beside_whole_quotients(void **state)
{
    float a[PAIRS], b[PAIRS], out[PAIRS];
    uint32_t seed = 11;
    for (int i = 0; i < PAIRS; i++) {
        seed = seed * 1664525u + 1013904223u;
        b[i] = ldexpf(1 + (float)(seed >> 9) * 0x1p-23f, i % 40 - 20);
        a[i] = b[i] * (float)(seed % (1u << (1 + i % 26)));
        a[i] = i % 3 == 0 ? a[i] : nextafterf(a[i], i % 3 == 1 ? INFINITY : 0);
        b[i] = i % 5 == 0 ? -b[i] : b[i];
    }
    run_pairs(*state, MAP_FMOD, a, b, out);
    for (int i = 0; i < PAIRS; i++) {
        assert_float(out[i], fmodf(a[i], b[i]), "fmod", a[i], b[i]);
    }
}

static void finds_the_angle_of_every_point(void **state)
{
    float a[PAIRS], b[PAIRS], out[PAIRS];
    static const float ends[] = { 0, -0.0f, 1, -1, INFINITY, -INFINITY, NAN, 1e-40f, 3e38f };
    const int count = (int)(sizeof(ends) / sizeof(*ends));
    fills_of_every_size(a, PAIRS);
    fills_of_every_size(b, PAIRS);
    for (int i = 0; i < PAIRS; i++) {
        b[i] = i < count * count ? ends[i % count] : b[(i * 7 + 3) % PAIRS];
        a[i] = i < count * count ? ends[i / count] : a[i];
    }
    run_pairs(*state, MAP_ATAN2, a, b, out);
    for (int i = 0; i < PAIRS; i++) {
        const double wanted = atan2((double)a[i], (double)b[i]);
        if (isnan(wanted) || wanted == 0 ||
            !(fabs((double)out[i] - wanted) <= (double)unit_in_the_last_place(wanted))) {
            assert_float(out[i], (float)wanted, "atan2", a[i], b[i]);
        }
    }
}

/* ---- one set against the other ----------------------------------------------------------------------------- */

enum { ROW = 70 };

/* Elements of every kind, nan, infinities and -0 among them; the same bytes serve every dtype. */
union row_memory {
    double f64[ROW];
    float f32[ROW];
    int64_t i64[ROW];
    int32_t i32[ROW];
    uint8_t u8[ROW];
};

static void fill_row(union row_memory *row, enum dtype dtype, uint32_t seed)
{
    static const double special[] = { NAN, INFINITY, -INFINITY, -0.0, 0, 1, 1e-40, -150 };
    for (int i = 0; i < ROW; i++) {
        seed = seed * 1664525u + 1013904223u;
        const double value =
            i % 9 == 8 ? special[(seed >> 20) % 8] : (double)(int32_t)seed * 0x1p-29;
        switch ((int)dtype) {
        case DTYPE_BOOL:
            row->u8[i] = (seed >> 20) & 1;
            break;
        case DTYPE_UINT8:
            row->u8[i] = (uint8_t)(seed >> 20);
            break;
        case DTYPE_INT32:
            row->i32[i] = (int32_t)seed >> (i % 30);
            break;
        case DTYPE_INT64:
            row->i64[i] = (int64_t)((uint64_t)seed << 32 | ~seed) >> (i % 60);
            break;
        case DTYPE_FLOAT32:
            row->f32[i] = (float)value;
            break;
        case DTYPE_FLOAT64:
            row->f64[i] = value;
            break;
        default:
            break;
        }
    }
}

/* Any nan will do: which of two a sum keeps is the processor's choice. */
static void settle_nans(union row_memory *row, enum dtype dtype)
{
    for (int i = 0; i < ROW; i++) {
        if (dtype == DTYPE_FLOAT32 && row->f32[i] != row->f32[i]) {
            row->f32[i] = NAN;
        } else if (dtype == DTYPE_FLOAT64 && row->f64[i] != row->f64[i]) {
            row->f64[i] = NAN;
        }
    }
}

/* The same row through both kernels, contiguous, with steps, and the first element again and again; dtypes of
 * b and c, of a, of out. */
static void compare_kernels(map_kernel *a, map_kernel *b, const enum dtype *dtypes,
                            const char *name)
{
    union row_memory in[3], out_a, out_b;
    for (int64_t way = 0; way <= 3; way++) {
        const int64_t step = way < 3 ? way : 1, a_step = way == 0 ? 1 : way % 3;
        for (int i = 0; i < 3; i++) {
            fill_row(&in[i], dtypes[i == 0], (uint32_t)(i * 77 + way));
        }
        struct map_row_call call = { .n = step == 2 ? ROW / 2 : ROW,
                                     .in = { &in[0], &in[1], &in[2] },
                                     .out_step = step == 2 ? 2 : 1,
                                     .in_step = { a_step, step, step },
                                     .p = 0.3,
                                     .q = 2.5 };
        memset(&out_a, 0, sizeof(out_a));
        memset(&out_b, 0, sizeof(out_b));
        call.out = &out_a;
        a(&call);
        call.out = &out_b;
        b(&call);
        settle_nans(&out_a, dtypes[2]);
        settle_nans(&out_b, dtypes[2]);
        if (memcmp(&out_a, &out_b, sizeof(out_a)) != 0) {
            fail_msg("%s of %s differs between two sets of kernels", name, dtype_name(dtypes[0]));
        }
    }
}

static void compare_sets(const struct cpu_kernels *any, const struct cpu_kernels *other)
{
    for (int d = 0; d < DTYPE_COUNT; d++) {
        const enum dtype dtype = (enum dtype)d;
        for (int f = 0; f < MAP_COUNT; f++) {
            map_kernel *kernel = any->map((enum map_function)f, dtype);
            map_kernel *same = other->map((enum map_function)f, dtype);
            assert_int_equal(kernel != NULL, same != NULL);
            if (kernel) {
                const bool to_bool = map_row((enum map_function)f)->to_bool;
                const enum dtype dtypes[] = { dtype, f == MAP_WHERE ? DTYPE_BOOL : dtype,
                                              to_bool ? DTYPE_BOOL : dtype };
                compare_kernels(kernel, same, dtypes, map_row((enum map_function)f)->name);
            }
        }
        for (int to = 0; to < DTYPE_COUNT; to++) {
            const enum dtype dtypes[] = { dtype, dtype, (enum dtype)to };
            compare_kernels(any->copy(dtype, dtypes[2]), other->copy(dtype, dtypes[2]), dtypes,
                            "copy");
        }
    }
}

static void compare_folds(const struct cpu_kernels *any, const struct cpu_kernels *other)
{
    enum { COUNT = 1003 };
    float in[COUNT];
    uint32_t seed = 5;
    for (int i = 0; i < COUNT; i++) {
        seed = seed * 1664525u + 1013904223u;
        in[i] = 0.5f + (float)(seed >> 8) * 0x1p-24f;
    }
    for (int f = 0; f < REDUCE_COUNT; f++) {
        fold_kernel *kernel = any->fold((enum reduce_function)f, DTYPE_FLOAT32);
        fold_kernel *same = other->fold((enum reduce_function)f, DTYPE_FLOAT32);
        assert_int_equal(kernel != NULL, same != NULL);
        for (int64_t step = 1; kernel && step < 3; step++) {
            float a, b;
            struct fold_call call = { .in = in,
                                      .out = &a,
                                      .n = COUNT / step,
                                      .step = step,
                                      .rows = 1,
                                      .parameter = 1,
                                      .lanes = 8 };
            kernel(&call);
            call.out = &b;
            same(&call);
            if (memcmp(&a, &b, sizeof(a)) != 0) {
                fail_msg("%s differs between two sets of kernels",
                         reduce_name((enum reduce_function)f));
            }
        }
    }
}

/* Thirty-two columns by themselves are in the golden cases; many are summed another way. */
static void check_columns(sum_kernel *kernel, const float *in, int64_t rows)
{
    enum { COLUMNS = 677, FEW = 32 };
    float many[COLUMNS] = { 0 }, few[FEW];
    struct sum_call call = { .in = in,
                             .out = many,
                             .rows = rows,
                             .row_step = COLUMNS,
                             .columns = COLUMNS,
                             .column_step = 1,
                             .out_step = 1 };
    kernel(&call);
    for (int64_t j = 0; j + FEW <= COLUMNS; j += FEW) {
        memset(few, 0, sizeof(few));
        call.in = in + j;
        call.out = few;
        call.columns = FEW;
        kernel(&call);
        if (memcmp(few, many + j, sizeof(few)) != 0) {
            fail_msg("sums of %d rows: columns from %d on are not what they are by themselves",
                     (int)rows, (int)j);
        }
    }
}

static void sums_columns_the_same_however_many_there_are(void **state)
{
    (void)state;
    enum { MOST_ROWS = 5000, COUNT = MOST_ROWS * 677 };
    static const int64_t rows[] = { 1, 15, 16, 17, 100, 256, 1000, 4113, MOST_ROWS };
    const struct cpu_kernels *sets[CPU_MOST_SETS];
    const int count = cpu_kernel_sets(sets);
    float *in = test_malloc(COUNT * sizeof(*in));
    fill_from_seed(3, in, COUNT);
    for (int i = 0; i < count; i++) {
        for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
            check_columns(sets[i]->sum(DTYPE_FLOAT32), in, rows[r]);
        }
    }
    test_free(in);
}

/* Elements that are apart in memory: for these the backend takes maps and folds one after the other. */
static struct tensor *by_columns(struct engine *engine, const float *elements, int64_t rows,
                                 int64_t n)
{
    struct error err = { 0 };
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = SHAPE(rows, n) };
    struct tensor *dense = tensor_from_host(engine, &spec, elements, &err);
    struct tensor *columns = empty_of(engine, DTYPE_FLOAT32, SHAPE(n, rows));
    struct tensor *view =
        tensor_view(columns, &spec.shape, (int64_t[BACKEND_MAX_DIMS]){ 1, rows }, 0);
    assert_ok(compute_copy(view, dense, &err), &err);
    tensor_unref(dense);
    tensor_unref(columns);
    return view;
}

enum { ROWS = 37, LONGEST = 1003 };

static void check_rows(struct engine *engine, enum rows_function function, const float *a,
                       const float *b, int64_t n)
{
    struct error err = { 0 };
    static float wanted[ROWS * LONGEST], out[ROWS * LONGEST];
    struct tensor *x = by_columns(engine, a, ROWS, n), *y = by_columns(engine, b, ROWS, n);
    struct tensor *result = empty_of(engine, DTYPE_FLOAT32, SHAPE(ROWS, n));
    const bool binary = function >= ROWS_SOFTMAX_GRAD;
    const struct compute_rows rows = {
        .function = function, .a = x, .b = binary ? y : NULL, .dim = 1
    };
    assert_ok(compute_rows(result, &rows, &err), &err);
    assert_ok(tensor_read(result, wanted, &err), &err);
    const struct cpu_kernels *sets[CPU_MOST_SETS];
    const int count = cpu_kernel_sets(sets);
    for (int s = 0; s < count; s++) {
        const struct rows_call call = { .a = a,
                                        .b = binary ? b : a,
                                        .out = out,
                                        .n = n,
                                        .rows = ROWS,
                                        .a_step = n,
                                        .b_step = n,
                                        .out_step = n };
        sets[s]->rows(function, DTYPE_FLOAT32)(&call);
        for (int64_t i = 0; i < ROWS * n; i++) {
            assert_float(out[i], wanted[i], "an element of a row", a[i], b[i]);
        }
    }
    tensor_unref(result);
    tensor_unref(y);
    tensor_unref(x);
}

static void dense_rows_are_what_maps_and_folds_make_of_them(void **state)
{
    static const int64_t lengths[] = {
        2, 3, 7, 8, 9, 10, 16, 31, 32, 33, 63, 64, 65, 100, LONGEST
    };
    static const float special[] = { NAN, INFINITY, -INFINITY, -0.0f, 0, 1e-40f, 3e38f, -104 };
    static float a[ROWS * LONGEST], b[ROWS * LONGEST];
    for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++) {
        const int64_t n = lengths[k];
        fill_from_seed((uint32_t)k, a, ROWS * n);
        fill_from_seed((uint32_t)k + 99, b, ROWS * n);
        for (int64_t i = 0; i < 8; i++) { /* in the last rows, one each; then one of such only */
            a[(ROWS - 2 - i) * n + i % n] = special[i];
        }
        for (int64_t i = 0; i < n; i++) {
            a[(ROWS - 1) * n + i] = -INFINITY;
        }
        for (int f = 0; f < ROWS_COUNT; f++) {
            check_rows(*state, (enum rows_function)f, a, b, n);
        }
    }
}

static void all_sets_agree(void **state)
{
    (void)state;
    const struct cpu_kernels *sets[CPU_MOST_SETS];
    const int count = cpu_kernel_sets(sets);
    if (count == 1) {
        skip(); /* this machine has one set only */
    }
    for (int i = 1; i < count; i++) {
        compare_sets(sets[0], sets[i]);
        compare_folds(sets[0], sets[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(computes_pytorchs_bits),
        TEST_ON_BOTH(stays_within_one_unit_in_the_last_place),
        TEST_ON_BOTH(divides_as_the_c_library_does),
        TEST_ON_BOTH(leaves_what_is_left_beside_whole_quotients),
        TEST_ON_BOTH(finds_the_angle_of_every_point),
        cmocka_unit_test_setup_teardown(dense_rows_are_what_maps_and_folds_make_of_them,
                                        engine_on_cpu, engine_gone),
        cmocka_unit_test(sums_columns_the_same_however_many_there_are),
        cmocka_unit_test(all_sets_agree),
    };
    return test_run(tests);
}
