#include "tests/tensors.h"

static void gathers_rows_and_cells(void **state)
{
    struct error err = { 0 };
    struct engine *engine = *state;
    struct tensor *table =
        tensor_of(engine, DTYPE_FLOAT32, SHAPE(3, 2), ELEMENTS(1, 2, 3, 4, 5, 6));
    struct tensor *rows = tensor_of(engine, DTYPE_INT64, SHAPE(4, 1), ELEMENTS(2, 0, 2, 1));
    struct tensor *out = empty_of(engine, DTYPE_FLOAT32, SHAPE(4, 2));
    assert_ok(compute_gather(out, &(struct compute_index){ table, rows, 0 }, &err), &err);
    assert_elements(out, ELEMENTS(5, 6, 1, 2, 5, 6, 3, 4));
    tensor_unref(out);

    struct tensor *cells = tensor_of(engine, DTYPE_INT64, SHAPE(3, 1), ELEMENTS(1, 0, 1));
    struct tensor *picked = empty_of(engine, DTYPE_FLOAT32, SHAPE(3, 1));
    assert_ok(compute_gather(picked, &(struct compute_index){ table, cells, 1 }, &err), &err);
    assert_elements(picked, ELEMENTS(2, 3, 6));
    tensor_unref(picked);
    tensor_unref(cells);

    struct tensor *far = tensor_of(engine, DTYPE_INT64, SHAPE(1, 1), ELEMENTS(3));
    struct tensor *none = empty_of(engine, DTYPE_FLOAT32, SHAPE(1, 2));
    assert_false(compute_gather(none, &(struct compute_index){ table, far, 0 }, &err));
    assert_int_equal(err.kind, ERROR_INDEX);
    assert_string_equal(err.text, "index 3 is out of bounds for dimension 0 with size 3");
    tensor_unref(none);
    tensor_unref(far);
    tensor_unref(rows);
    tensor_unref(table);
}

static void scatters_and_adds(void **state)
{
    struct error err = { 0 };
    struct engine *engine = *state;
    struct tensor *out = tensor_of(engine, DTYPE_FLOAT32, SHAPE(3, 2), ELEMENTS(0, 0, 0, 0, 0, 10));
    struct tensor *in =
        tensor_of(engine, DTYPE_FLOAT32, SHAPE(4, 2), ELEMENTS(1, 2, 3, 4, 5, 6, 7, 8));
    struct tensor *rows = tensor_of(engine, DTYPE_INT64, SHAPE(4, 1), ELEMENTS(2, 0, 2, 2));
    assert_ok(compute_scatter_add(out, &(struct compute_index){ in, rows, 0 }, &err), &err);
    assert_elements(out, ELEMENTS(3, 4, 0, 0, 13, 26));
    tensor_unref(rows);
    struct tensor *far = tensor_of(engine, DTYPE_INT64, SHAPE(4, 1), ELEMENTS(0, 0, -1, 0));
    assert_false(compute_scatter_add(out, &(struct compute_index){ in, far, 0 }, &err));
    assert_string_equal(err.text, "index -1 is out of bounds for dimension 0 with size 3");
    tensor_unref(far);
    tensor_unref(in);
    tensor_unref(out);

    struct tensor *twice = tensor_of(engine, DTYPE_FLOAT64, SHAPE(3), ELEMENTS(1, 2, 3));
    struct tensor *values = tensor_of(engine, DTYPE_FLOAT64, SHAPE(3), ELEMENTS(7, 8, 9));
    struct tensor *places = tensor_of(engine, DTYPE_INT64, SHAPE(3), ELEMENTS(2, 0, 2));
    assert_ok(
        compute_scatter(twice, SCATTER_PUT, &(struct compute_index){ values, places, 0 }, &err),
        &err);
    assert_elements(twice, ELEMENTS(8, 2, 9));
    tensor_unref(places);
    tensor_unref(values);
    tensor_unref(twice);

    struct tensor *bytes = tensor_of(engine, DTYPE_UINT8, SHAPE(2), ELEMENTS(250, 1));
    struct tensor *more = tensor_of(engine, DTYPE_UINT8, SHAPE(2), ELEMENTS(10, 3));
    struct tensor *first = tensor_of(engine, DTYPE_INT64, SHAPE(2), ELEMENTS(0, 0));
    assert_ok(compute_scatter_add(bytes, &(struct compute_index){ more, first, 0 }, &err), &err);
    assert_elements(bytes, ELEMENTS(7, 1));
    tensor_unref(first);
    tensor_unref(more);
    tensor_unref(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(gathers_rows_and_cells),
        TEST_ON_BOTH(scatters_and_adds),
    };
    return test_run(tests);
}
