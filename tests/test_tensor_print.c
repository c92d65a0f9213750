/* Tensors as PyTorch prints them: golden/print.json. Its cases are short Python expressions; the few
 * forms that need no face are evaluated here. */

#include "tests/test.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/tensor/compute.h"
#include "engine/tensor/print.h"
#include "tests/golden.h"

enum { MAX_ELEMENTS = 10000 };

struct reader {
    struct engine *engine;
    const char *at;
    struct error err;

    /* What torch.tensor(...) was given. */
    double values[MAX_ELEMENTS];
    int64_t count;
    bool any_float, all_bool;
    struct shape shape;

    const char *grad_fn;
    bool requires_grad;
};

static bool accept(struct reader *r, const char *word)
{
    if (strncmp(r->at, word, strlen(word)) != 0) {
        return false;
    }
    r->at += strlen(word);
    return true;
}

static bool read_number(struct reader *r, double *out)
{
    const char *end = r->at;
    while (*end && (isdigit((unsigned char)*end) || strchr("+-.e", *end))) {
        end++;
    }
    const size_t length = (size_t)(end - r->at);
    if (length == 0 || !number_parse(r->at, length, out)) {
        return false;
    }
    r->any_float = r->any_float || memchr(r->at, '.', length) || memchr(r->at, 'e', length);
    r->at = end;
    return true;
}

static bool read_element(struct reader *r)
{
    double value = 0;
    if (accept(r, "True")) {
        value = 1;
    } else if (!accept(r, "False")) {
        r->all_bool = false;
        if (accept(r, "float(\"nan\")")) {
            value = NAN;
            r->any_float = true;
        } else if (accept(r, "float(\"inf\")")) {
            value = INFINITY;
            r->any_float = true;
        } else if (!read_number(r, &value)) {
            return false;
        }
    }
    r->values[r->count++] = value;
    return true;
}

/* A nested list; sets the sizes from the first branch. */
static bool read_list(struct reader *r, int depth)
{
    if (!accept(r, "[")) {
        return read_element(r);
    }
    int64_t items = 0;
    while (!accept(r, "]")) {
        if ((items > 0 && !accept(r, ",")) || !read_list(r, depth + 1)) {
            return false;
        }
        items++;
    }
    double repeat;
    if (accept(r, "*") && read_number(r, &repeat)) {
        for (int i = 1; i < (int)repeat; i++) {
            r->values[r->count++] = r->values[0];
        }
        items = (int64_t)repeat;
    }
    r->shape.size[depth] = items;
    r->shape.dims = depth + 1 > r->shape.dims ? depth + 1 : r->shape.dims;
    return true;
}

/* ",dtype=torch.int32", ",requires_grad=True", ")" */
static bool read_options(struct reader *r, enum dtype *dtype)
{
    while (!accept(r, ")")) {
        if (accept(r, ",requires_grad=True")) {
            r->requires_grad = true;
        } else if (accept(r, ",dtype=torch.float64")) {
            *dtype = DTYPE_FLOAT64;
        } else if (accept(r, ",dtype=torch.int64")) {
            *dtype = DTYPE_INT64;
        } else if (accept(r, ",dtype=torch.int32")) {
            *dtype = DTYPE_INT32;
        } else if (accept(r, ",dtype=torch.uint8")) {
            *dtype = DTYPE_UINT8;
        } else {
            return false;
        }
    }
    return true;
}

/* Elements given as doubles, stored in a dtype. */
static struct tensor *from_values(struct reader *r, enum dtype dtype)
{
    const struct tensor_spec wide_spec = { .dtype = DTYPE_FLOAT64, .shape = r->shape };
    const struct tensor_spec spec = { .dtype = dtype, .shape = r->shape };
    struct tensor *wide = tensor_from_host(r->engine, &wide_spec, r->values, &r->err);
    struct tensor *t = tensor_create(r->engine, &spec, &r->err);
    assert_true(compute_copy(t, wide, &r->err));
    tensor_unref(wide);
    return t;
}

static struct tensor *read_tensor(struct reader *r)
{
    r->all_bool = true;
    if (!read_list(r, 0)) {
        return NULL;
    }
    enum dtype dtype = r->any_float || r->count == 0 ? DTYPE_FLOAT32
                       : r->all_bool                 ? DTYPE_BOOL
                                                     : DTYPE_INT64;
    return read_options(r, &dtype) ? from_values(r, dtype) : NULL;
}

/* "2,3" into the shape, up to the options. */
static bool read_sizes(struct reader *r)
{
    double size;
    do {
        if (!read_number(r, &size)) {
            return r->shape.dims > 0;
        }
        r->shape.size[r->shape.dims++] = (int64_t)size;
    } while (isdigit((unsigned char)r->at[1]) && accept(r, ","));
    return true;
}

static struct tensor *read_arange(struct reader *r)
{
    double bounds[3] = { 0, 0, 1 };
    int given = 0;
    do {
        if (!read_number(r, &bounds[given++])) {
            return NULL;
        }
    } while (accept(r, ","));
    const double from = given == 1 ? 0 : bounds[0], to = given == 1 ? bounds[0] : bounds[1];
    for (r->count = 0; from + (double)r->count * bounds[2] < to; r->count++) {
        r->values[r->count] = from + (double)r->count * bounds[2];
    }
    r->shape = (struct shape){ 1, { r->count } };
    enum dtype dtype = r->any_float ? DTYPE_FLOAT32 : DTYPE_INT64;
    return read_options(r, &dtype) ? from_values(r, dtype) : NULL;
}

static struct tensor *read_linspace(struct reader *r)
{
    double from, to, count;
    if (!read_number(r, &from) || !accept(r, ",") || !read_number(r, &to) || !accept(r, ",") ||
        !read_number(r, &count) || !accept(r, ")")) {
        return NULL;
    }
    for (int64_t i = 0; i < (int64_t)count; i++) {
        r->values[i] = from + (to - from) * (double)i / (count - 1);
    }
    r->shape = (struct shape){ 1, { (int64_t)count } };
    return from_values(r, DTYPE_FLOAT32);
}

enum fill { FILL_ZERO, FILL_ONE, FILL_UNIFORM, FILL_NORMAL };

static struct tensor *read_filled(struct reader *r, enum fill fill)
{
    enum dtype dtype = DTYPE_FLOAT32;
    if (!read_sizes(r) || !read_options(r, &dtype)) {
        return NULL;
    }
    const struct tensor_spec spec = { .dtype = dtype, .shape = r->shape };
    struct tensor *t = tensor_full(r->engine, &spec, number_integer(fill == FILL_ONE), &r->err);
    if (fill == FILL_UNIFORM) {
        assert_true(random_uniform(&r->engine->generator, t, 0, 1, &r->err));
    } else if (fill == FILL_NORMAL) {
        assert_true(random_normal(&r->engine->generator, t, 0, 1, &r->err));
    }
    return t;
}

static struct tensor *read_eye(struct reader *r)
{
    r->shape = (struct shape){ 2, { 3, 3 } };
    for (int i = 0; i < 9; i++) {
        r->values[i] = i % 4 == 0;
    }
    return from_values(r, DTYPE_FLOAT32);
}

static struct tensor *read_full(struct reader *r)
{
    r->shape = (struct shape){ 2, { 2, 2 } };
    return tensor_full(r->engine, &(struct tensor_spec){ .dtype = DTYPE_INT64, .shape = r->shape },
                       number_integer(7), &r->err);
}

static struct tensor *read_source(struct reader *r)
{
    return accept(r, "torch.tensor(")         ? read_tensor(r)
           : accept(r, "torch.arange(")       ? read_arange(r)
           : accept(r, "torch.zeros(")        ? read_filled(r, FILL_ZERO)
           : accept(r, "torch.empty(")        ? read_filled(r, FILL_ZERO)
           : accept(r, "torch.ones(")         ? read_filled(r, FILL_ONE)
           : accept(r, "torch.rand(")         ? read_filled(r, FILL_UNIFORM)
           : accept(r, "torch.randn(")        ? read_filled(r, FILL_NORMAL)
           : accept(r, "torch.linspace(")     ? read_linspace(r)
           : accept(r, "torch.eye(3)")        ? read_eye(r)
           : accept(r, "torch.full((2,2),7)") ? read_full(r)
                                              : NULL;
}

/* ---- what is done with it --------------------------------------------------------------------------- */

static struct tensor *mapped(struct reader *r, struct tensor *t, enum map_function function,
                             enum dtype out, double number)
{
    const struct tensor_spec spec = { .dtype = out, .shape = t->shape };
    struct tensor *result = tensor_create(r->engine, &spec, &r->err);
    const struct compute_map map = {
        .function = function,
        .dtype = map_row(function)->to_bool ? t->dtype : out,
        .in = { operand_tensor(t), operand_real(number) },
        .p = 1,
    };
    assert_true(compute_map(result, &map, &r->err));
    tensor_unref(t);
    return result;
}

static struct tensor *reshaped(struct reader *r, struct tensor *t)
{
    r->shape.dims = 0;
    if (!read_sizes(r) || !accept(r, ")")) {
        return NULL;
    }
    int64_t strides[BACKEND_MAX_DIMS];
    assert_true(shape_view_strides(&t->shape, t->strides, &r->shape, strides));
    struct tensor *view = tensor_view(t, &r->shape, strides, 0);
    tensor_unref(t);
    return view;
}

static struct tensor *transposed(struct tensor *t)
{
    const struct shape shape = { 2, { t->shape.size[1], t->shape.size[0] } };
    struct tensor *view = tensor_view(t, &shape, (int64_t[]){ t->strides[1], t->strides[0] }, 0);
    tensor_unref(t);
    return view;
}

static struct tensor *summed(struct reader *r, struct tensor *t)
{
    const struct tensor_spec spec = { .dtype = t->dtype, .shape = { 2, { 1, 1 } } };
    struct tensor *sum = tensor_create(r->engine, &spec, &r->err);
    assert_true(compute_reduce(sum, &(struct compute_reduce){ REDUCE_SUM, t, NULL, 0 }, &r->err));
    struct tensor *scalar = tensor_view(sum, &(struct shape){ 0 }, sum->strides, 0);
    tensor_unref(sum);
    tensor_unref(t);
    return scalar;
}

static struct tensor *times(struct reader *r, struct tensor *t)
{
    r->shape.dims = 0;
    struct tensor *other = read_source(r);
    struct tensor *product = tensor_create(
        r->engine, &(struct tensor_spec){ .dtype = t->dtype, .shape = t->shape }, &r->err);
    assert_true(compute_gemm(product, &(struct compute_gemm){ t, other, 1, 0 }, &r->err));
    tensor_unref(other);
    tensor_unref(t);
    return product;
}

static struct tensor *read_postfix(struct reader *r, struct tensor *t)
{
    double number;
    if (accept(r, ".reshape(")) {
        return reshaped(r, t);
    }
    if (accept(r, ".t()")) {
        return transposed(t);
    }
    if (accept(r, ".float()")) {
        return mapped(r, t, MAP_COPY, DTYPE_FLOAT32, 0);
    }
    if (accept(r, "/") && read_number(r, &number)) {
        return mapped(r, t, MAP_DIV, t->dtype, number);
    }
    if (accept(r, ">") && read_number(r, &number)) {
        return mapped(r, t, MAP_GT, DTYPE_BOOL, number);
    }
    if (accept(r, "*") && read_number(r, &number)) {
        r->grad_fn = "MulBackward0";
        return mapped(r, t, MAP_MUL, t->dtype, number);
    }
    if (accept(r, ".sigmoid()")) {
        r->grad_fn = "SigmoidBackward0";
        return mapped(r, t, MAP_SIGMOID, t->dtype, 0);
    }
    if (accept(r, ".relu()")) {
        r->grad_fn = "ReluBackward0";
        return mapped(r, t, MAP_RELU, t->dtype, 0);
    }
    if (accept(r, ".sum()")) {
        r->grad_fn = "SumBackward0";
        return summed(r, t);
    }
    if (accept(r, "@")) {
        r->grad_fn = "MmBackward0";
        return times(r, t);
    }
    tensor_unref(t);
    return NULL;
}

static struct tensor *read_expression(struct reader *r)
{
    const bool parameter = accept(r, "nn.Parameter(");
    const bool bracket = accept(r, "(");
    struct tensor *t = read_source(r);
    while (t && *r->at && *r->at != ')') {
        t = read_postfix(r, t);
    }
    if (t && (parameter || bracket) && !accept(r, ")")) {
        tensor_unref(t);
        return NULL;
    }
    if (t && parameter) {
        t->is_parameter = r->requires_grad = true;
    }
    return t;
}

/* ---- the tests -------------------------------------------------------------------------------------- */

static bool check_case(struct engine *engine, const struct json *golden)
{
    static const char *const needs_a_face[] = {
        "torch.tensor([1.5],dtype=torch.float16)",
        "nn.Linear(3,2).weight",
        "torch.tensor([[1.,2.]]).max(1)",
        "torch.Size([2,3])",
        "nn.Linear(2,1).state_dict()",
        "[torch.tensor(1.),torch.tensor([2])]",
        "torch.tensor([1+2j])",
    };
    const char *code = json_find_string(golden, "code", "");
    for (size_t i = 0; i < sizeof(needs_a_face) / sizeof(*needs_a_face); i++) {
        if (strcmp(code, needs_a_face[i]) == 0) {
            return false;
        }
    }
    generator_seed(&engine->generator, 0);
    struct reader *r = memory_allocate(1, sizeof(*r));
    r->engine = engine;
    r->at = code;
    struct tensor *t = read_expression(r);
    if (!t) {
        fail_msg("cannot evaluate %s at %s", code, r->at);
    }
    t->requires_grad = r->requires_grad;
    struct text text = { 0 };
    assert_true(tensor_append_text(&text, t, r->requires_grad ? r->grad_fn : NULL, &r->err));
    const char *expected = golden_find(golden, "text")->string;
    if (strcmp(text_string(&text), expected) != 0) {
        fail_msg("%s prints\n%s\nPyTorch prints\n%s", code, text_string(&text), expected);
    }
    text_finish(&text);
    tensor_unref(t);
    free(r);
    return true;
}

static void prints_as_pytorch_does(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct arena arena = { 0 };
    struct engine *engine = engine_create(&err);
    int checked = 0;
    for (const struct json *c = golden_cases(&arena, "print"); c; c = c->next) {
        checked += check_case(engine, c);
    }
    assert_int_equal(checked, 97);
    engine_destroy(engine);
    arena_finish(&arena);
}

static void check_number(struct number number, const char *expected)
{
    struct text text = { 0 };
    number_append_python(&text, number);
    assert_string_equal(text_string(&text), expected);
    text_finish(&text);
}

static void writes_numbers_as_python_does(void **state)
{
    (void)state;
    check_number(number_real(3), "3.0");
    check_number(number_real(-0.0), "-0.0");
    check_number(number_real(3.141590118408203), "3.141590118408203");
    check_number(number_real((double)0.1f), "0.10000000149011612");
    check_number(number_real(1e-5), "1e-05");
    check_number(number_real(1e16), "1e+16");
    check_number(number_real(123456789012345.0), "123456789012345.0");
    check_number(number_real(NAN), "nan");
    check_number(number_real(-INFINITY), "-inf");
    check_number(number_integer(-7), "-7");
    check_number(number_bool(true), "True");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_pytorch_does),
        cmocka_unit_test(writes_numbers_as_python_does),
    };
    return test_run(tests);
}
