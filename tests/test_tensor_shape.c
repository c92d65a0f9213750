#include "tests/test.h"

#include <string.h>

#include "engine/tensor/shape.h"

#define SHAPE(...) \
    ((struct shape){ (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), { __VA_ARGS__ } })

static void assert_shape(const struct shape *shape, const char *expected)
{
    struct text text = { 0 };
    shape_append(&text, shape);
    assert_string_equal(text_string(&text), expected);
    text_finish(&text);
}

static void broadcasts_from_the_right(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct shape out;
    assert_true(shape_broadcast(&SHAPE(4, 1, 3), &SHAPE(5, 1), &out, &err));
    assert_shape(&out, "[4, 5, 3]");
    assert_true(shape_broadcast(&(struct shape){ 0 }, &SHAPE(2, 0), &out, &err));
    assert_shape(&out, "[2, 0]");
    assert_false(shape_broadcast(&SHAPE(2, 3), &SHAPE(2, 4), &out, &err));
    assert_string_equal(err.text, "The size of tensor a (3) must match the size of tensor b (4) at "
                                  "non-singleton dimension 1");
    assert_false(shape_broadcast(&SHAPE(3), &SHAPE(5, 4), &out, &err));
    assert_string_equal(err.text, "The size of tensor a (3) must match the size of tensor b (4) at "
                                  "non-singleton dimension 1");
}

static void expands_with_stride_zero(void **state)
{
    (void)state;
    struct error err = { 0 };
    int64_t strides[BACKEND_MAX_DIMS];
    assert_true(shape_expand(&SHAPE(3, 1), (int64_t[]){ 1, 1 }, &SHAPE(2, 3, 4), strides, &err));
    assert_memory_equal(strides, ((int64_t[]){ 0, 1, 0 }), 3 * sizeof(int64_t));
    assert_false(shape_expand(&SHAPE(3), (int64_t[]){ 1 }, &SHAPE(2, 4), strides, &err));
    assert_string_equal(err.text,
                        "The expanded size of the tensor (4) must match the existing size (3) at "
                        "non-singleton dimension 1.  Target sizes: [2, 4].  Tensor sizes: [3]");
    assert_false(shape_expand(&SHAPE(2, 3), (int64_t[]){ 3, 1 }, &SHAPE(3), strides, &err));
}

static void infers_one_size(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct shape out;
    assert_true(shape_infer(&SHAPE(-1, 2), 6, &out, &err));
    assert_shape(&out, "[3, 2]");
    assert_false(shape_infer(&SHAPE(4, 2), 6, &out, &err));
    assert_string_equal(err.text, "shape '[4, 2]' is invalid for input of size 6");
    assert_false(shape_infer(&SHAPE(-1, 4), 6, &out, &err));
    assert_string_equal(err.text, "shape '[-1, 4]' is invalid for input of size 6");
    assert_false(shape_infer(&SHAPE(-1, -1), 6, &out, &err));
    assert_string_equal(err.text, "only one dimension can be inferred");
    assert_false(shape_infer(&SHAPE(-2, 3), 6, &out, &err));
    assert_string_equal(err.text, "invalid shape dimension -2");
    assert_false(shape_infer(&SHAPE(-1, 0), 0, &out, &err));
    assert_string_equal(err.text,
                        "cannot reshape tensor of 0 elements into shape [-1, 0] because the "
                        "unspecified dimension size -1 can be any value and is ambiguous");
    assert_false(shape_infer(&SHAPE(INT64_MAX, 3), 6, &out, &err));
}

static void finds_views_where_there_are_any(void **state)
{
    (void)state;
    int64_t strides[BACKEND_MAX_DIMS];
    /* [2, 3] contiguous reads as [3, 2], as [6] and as [1, 6, 1]. */
    assert_true(shape_view_strides(&SHAPE(2, 3), (int64_t[]){ 3, 1 }, &SHAPE(3, 2), strides));
    assert_memory_equal(strides, ((int64_t[]){ 2, 1 }), 2 * sizeof(int64_t));
    assert_true(shape_view_strides(&SHAPE(2, 3), (int64_t[]){ 3, 1 }, &SHAPE(1, 6, 1), strides));
    assert_int_equal(strides[1], 1);
    /* Transposed it does not, but can still be cut within a dimension. */
    assert_false(shape_view_strides(&SHAPE(3, 4), (int64_t[]){ 1, 3 }, &SHAPE(12), strides));
    assert_true(shape_view_strides(&SHAPE(3, 4), (int64_t[]){ 1, 3 }, &SHAPE(3, 2, 2), strides));
    assert_memory_equal(strides, ((int64_t[]){ 1, 6, 3 }), 3 * sizeof(int64_t));
    /* A single element, and none. */
    assert_true(shape_view_strides(&(struct shape){ 0 }, strides, &SHAPE(1, 1), strides));
    assert_true(shape_view_strides(&SHAPE(0, 3), (int64_t[]){ 3, 1 }, &SHAPE(5, 0), strides));
}

static void knows_contiguous_strides(void **state)
{
    (void)state;
    assert_true(shape_is_contiguous(&SHAPE(2, 3), (int64_t[]){ 3, 1 }));
    assert_false(shape_is_contiguous(&SHAPE(2, 3), (int64_t[]){ 1, 2 }));
    assert_true(shape_is_contiguous(&SHAPE(1, 3), (int64_t[]){ 77, 1 }));
    assert_true(shape_is_contiguous(&SHAPE(2, 0), (int64_t[]){ 9, 9 }));
}

static void counts_dimensions_from_both_ends(void **state)
{
    (void)state;
    struct error err = { 0 };
    int dim;
    assert_true(shape_dim(3, -1, &dim, &err));
    assert_int_equal(dim, 2);
    assert_true(shape_dim(0, -1, &dim, &err));
    assert_int_equal(dim, 0);
    assert_false(shape_dim(2, 2, &dim, &err));
    assert_string_equal(err.text,
                        "Dimension out of range (expected to be in range of [-2, 1], but got 2)");
    assert_int_equal(err.kind, ERROR_INDEX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broadcasts_from_the_right),
        cmocka_unit_test(expands_with_stride_zero),
        cmocka_unit_test(infers_one_size),
        cmocka_unit_test(finds_views_where_there_are_any),
        cmocka_unit_test(knows_contiguous_strides),
        cmocka_unit_test(counts_dimensions_from_both_ends),
    };
    return test_run(tests);
}
