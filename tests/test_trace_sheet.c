/* Tensors of any shape as sheets of cells, and what is sampled of large ones. */

#include "lessons/trace/sheet.h"

#include "tests/test.h"

static struct sheet sheet(int ndim, const int64_t *shape)
{
    return sheet_of(ndim, shape);
}

static void test_shapes(void **state)
{
    (void)state;
    const struct {
        int ndim;
        int64_t shape[5];
        int64_t rows, columns, tiles;
    } cases[] = {
        { 0, { 0 }, 1, 1, 1 },
        { 1, { 7 }, 1, 7, 1 },
        { 2, { 3, 5 }, 3, 5, 1 },
        { 3, { 4, 2, 3 }, 4, 6, 4 },          /* a square of tiles */
        { 3, { 5, 2, 3 }, 4, 9, 5 },          /* two rows of three, one place empty */
        { 4, { 2, 3, 4, 5 }, 8, 15, 6 },      /* images down, channels across */
        { 4, { 9, 1, 28, 28 }, 84, 84, 9 },   /* one channel: a square */
        { 5, { 2, 2, 3, 4, 5 }, 16, 15, 12 }, /* outer dimensions down */
        { 3, { 0, 2, 3 }, 0, 0, 0 },          /* empty */
        { 2, { 3, 0 }, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct sheet wall = sheet(cases[i].ndim, cases[i].shape);
        assert_int_equal(wall.tiles, cases[i].tiles);
        assert_int_equal(sheet_rows(&wall), cases[i].rows);
        assert_int_equal(sheet_columns(&wall), cases[i].columns);
    }
}

/* Every element stands in exactly one cell; the rest of the cells say that they are empty. */
static void test_each_element_once(void **state)
{
    (void)state;
    const int64_t shapes[][4] = { { 2, 3, 4, 5 }, { 5, 1, 2, 3 }, { 1, 1, 6, 2 } };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        const struct sheet wall = sheet(4, shapes[i]);
        const int64_t count = wall.tiles * wall.tile_rows * wall.tile_columns;
        int seen[128] = { 0 };
        int64_t empty = 0;
        for (int64_t row = 0; row < sheet_rows(&wall); row++) {
            for (int64_t column = 0; column < sheet_columns(&wall); column++) {
                const int64_t element = sheet_element(&wall, row, column);
                assert_true(element >= -1 && element < count);
                if (element < 0) {
                    empty++;
                } else {
                    seen[element]++;
                }
            }
        }
        for (int64_t e = 0; e < count; e++) {
            assert_int_equal(seen[e], 1);
        }
        assert_int_equal(empty, sheet_rows(&wall) * sheet_columns(&wall) - count);
    }
}

static void test_place_of_an_element(void **state)
{
    (void)state;
    const struct sheet wall = sheet(4, (const int64_t[]){ 2, 3, 4, 5 });
    /* [1, 2, 3, 4] is the last: lower right. [1, 0, 0, 0]: the first of the second row of tiles. */
    assert_int_equal(sheet_element(&wall, 7, 14), 119);
    assert_int_equal(sheet_element(&wall, 4, 0), 60);
    assert_int_equal(sheet_element(&wall, 0, 5), 20); /* [0, 1, 0, 0] */
}

static void test_sample_of_a_matrix(void **state)
{
    (void)state;
    const struct sheet wall = sheet(2, (const int64_t[]){ 100, 784 });
    const struct sheet sample = sheet_sample(&wall);
    assert_int_equal(sheet_rows(&sample), 64);
    assert_int_equal(sheet_columns(&sample), 64);
    assert_int_equal(sheet_sample_element(&wall, &sample, 0, 0), 0);
    assert_int_equal(sheet_sample_element(&wall, &sample, 63, 63), 78399);
    assert_int_equal(sheet_sample_element(&wall, &sample, 1, 0), 784); /* 99 / 63 rounded down */
}

static void test_sample_of_images(void **state)
{
    (void)state;
    const struct sheet wall = sheet(4, (const int64_t[]){ 64, 1, 28, 28 });
    const struct sheet sample = sheet_sample(&wall);
    assert_int_equal(sample.tiles, 4);
    assert_int_equal(sheet_rows(&sample), 56);
    assert_int_equal(sheet_columns(&sample), 56);
    /* Whole images, the first two of the first two rows of eight. */
    assert_int_equal(sheet_sample_element(&wall, &sample, 27, 27), 783);
    assert_int_equal(sheet_sample_element(&wall, &sample, 0, 28), 784);
    assert_int_equal(sheet_sample_element(&wall, &sample, 28, 0), 8 * 784);
}

/* The sixth of five tiles' places would be empty: the row that is not full is left out. */
static void test_sample_has_no_gaps(void **state)
{
    (void)state;
    const struct sheet wall = sheet(3, (const int64_t[]){ 5, 20, 50 });
    const struct sheet sample = sheet_sample(&wall);
    assert_int_equal(sample.across, 1);
    assert_int_equal(sample.down, 1);
    const struct sheet narrow = sheet(3, (const int64_t[]){ 500, 3, 3 });
    const struct sheet some = sheet_sample(&narrow);
    assert_int_equal(some.across, 21);
    assert_int_equal(some.down, 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_each_element_once),
        cmocka_unit_test(test_place_of_an_element),
        cmocka_unit_test(test_sample_of_a_matrix),
        cmocka_unit_test(test_sample_of_images),
        cmocka_unit_test(test_sample_has_no_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
