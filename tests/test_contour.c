/* Contours: the rings of a landscape, their holes, and the heights that suit it. */

#include "tests/test.h"

#include <math.h>

#include "render/plots/contour.h"

enum { SIDE = 41 };

static double enclosed(const struct contours *contours, int level)
{
    double area = 0;

    for (size_t i = 0; i < contours->count; i++) {
        const struct contour_loop *const loop = &contours->loops[i];
        area += loop->level != level ? 0 : loop->hole ? -(double)loop->area : (double)loop->area;
    }
    return area;
}

static void a_bowl_has_rings(void **state)
{
    (void)state;
    static float values[SIDE * SIDE];
    const double levels[] = { 25, 100, 225 };
    struct arena arena = { 0 };

    for (int i = 0; i < SIDE * SIDE; i++) {
        const float x = (float)(i % SIDE - 20), y = (float)(i / SIDE - 20);
        values[i] = x * x + y * y;
    }
    const struct contour_grid grid = { values, SIDE, SIDE };
    const struct contours contours = contours_trace(&grid, levels, 3, &arena);
    assert_int_equal(contours.count, 3);
    for (int i = 0; i < 3; i++) {
        const double radius = sqrt(levels[i]);
        assert_true(fabs(enclosed(&contours, i) - 3.14159265 * radius * radius) < radius);
        assert_int_equal(contours.loops[i].level, 2 - i); /* the largest first */
        assert_false(contours.loops[i].hole);
    }
    arena_finish(&arena);
}

static void holes_and_edges_are_closed(void **state)
{
    (void)state;
    static float values[SIDE * SIDE];
    const double levels[] = { 0 };
    struct arena arena = { 0 };

    for (int i = 0; i < SIDE * SIDE;
         i++) { /* all is low but a hill and a corner without a number */
        const float x = (float)(i % SIDE - 20), y = (float)(i / SIDE - 20);
        values[i] = x * x + y * y < 30 ? 1 : -1;
    }
    values[0] = NAN;
    const struct contour_grid grid = { values, SIDE, SIDE };
    const struct contours contours = contours_trace(&grid, levels, 1, &arena);
    assert_int_equal(contours.count, 2);
    assert_false(contours.loops[0].hole);
    assert_true(contours.loops[1].hole);
    assert_true(fabs((double)contours.loops[0].area - 40 * 40) < 2);
    assert_true(fabs((double)contours.loops[1].area - 3.14159265 * 30) < 15);
    arena_finish(&arena);
}

static void levels_suit_the_heights(void **state)
{
    (void)state;
    float values[100];
    double levels[CONTOUR_LEVELS_MAX];
    const struct contour_grid grid = { values, 10, 10 };

    for (int i = 0; i < 100; i++) {
        values[i] = 0.01f * powf(10, (float)i / 20);
    }
    const size_t powers = contour_levels(&grid, levels);
    assert_true(powers >= 6);
    assert_true(levels[powers - 1] == 200);
    for (int i = 0; i < 100; i++) {
        values[i] = 5 + (float)i;
    }
    const size_t steps = contour_levels(&grid, levels);
    assert_true(steps >= 5 && levels[0] > 5 && levels[steps - 1] <= 95);
    for (size_t i = 1; i < steps; i++) {
        assert_true(levels[i] > levels[i - 1]);
    }
    for (int i = 0; i < 100; i++) {
        values[i] = 3;
    }
    assert_int_equal(contour_levels(&grid, levels), 0);
    values[0] = INFINITY;
    assert_int_equal(contour_levels(&grid, levels), 0);
}

/* Two valleys, the second one shallow: between its bottom and the pass to the first there is a level. */
static void each_valley_has_a_ring(void **state)
{
    (void)state;
    static float values[SIDE * SIDE];
    double levels[CONTOUR_LEVELS_MAX];

    for (int i = 0; i < SIDE * SIDE; i++) {
        const float w = -2.5f + 5.0f * (float)(i % SIDE) / (SIDE - 1);
        const float b = -1 + 3 * (float)(i / SIDE) / (SIDE - 1);
        values[i] = powf(w * w - 1, 2) + 0.3f * w + 0.5f * b * b;
    }
    const struct contour_grid grid = { values, SIDE, SIDE };
    const size_t count = contour_levels(&grid, levels);
    int within = 0;
    for (size_t i = 0; i < count; i++) {
        within += levels[i] > 0.3 && levels[i] < 1;
        assert_true(i == 0 || levels[i] > levels[i - 1]);
    }
    assert_int_equal(within, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bowl_has_rings),
        cmocka_unit_test(holes_and_edges_are_closed),
        cmocka_unit_test(levels_suit_the_heights),
        cmocka_unit_test(each_valley_has_a_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
