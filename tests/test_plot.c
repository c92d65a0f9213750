/* Axes and lines of plots. */

#include "tests/test.h"

#include <math.h>

#include "render/plots/plot.h"

static void expect_ticks(const struct plot_axis *axis, size_t most, const double *wanted,
                         size_t count)
{
    double ticks[PLOT_TICKS_MAX];
    assert_int_equal(plot_ticks(axis, most, ticks), count);
    for (size_t i = 0; i < count; i++) {
        assert_true(fabs(ticks[i] - wanted[i]) <= 1e-9 * fabs(wanted[i]));
        assert_false(signbit(ticks[i]) && ticks[i] == 0);
    }
}

static void ticks_are_round_numbers(void **state)
{
    (void)state;
    expect_ticks(&(struct plot_axis){ -0.2, 0.8, false, false, false }, 6,
                 (double[]){ -0.2, 0, 0.2, 0.4, 0.6, 0.8 }, 6);
    expect_ticks(&(struct plot_axis){ 1, 200, false, false, false }, 5,
                 (double[]){ 50, 100, 150, 200 }, 4);
    expect_ticks(&(struct plot_axis){ 1e-4, 10, true, false, false }, 6,
                 (double[]){ 1e-4, 1e-3, 0.01, 0.1, 1, 10 }, 6);
    expect_ticks(&(struct plot_axis){ 1e-4, 10, true, false, false }, 3, (double[]){ 1e-4, 0.1 },
                 2);
    expect_ticks(&(struct plot_axis){ 15, 2100, true, false, true }, 8,
                 (double[]){ 16, 32, 64, 128, 256, 512, 1024, 2048 }, 8);
    expect_ticks(&(struct plot_axis){ 15, 2100, true, false, true }, 4, (double[]){ 16, 128, 1024 },
                 3);
    const struct plot_axis three = plot_axis_counting(3);
    expect_ticks(&three, 8, (double[]){ 1, 2, 3 }, 3);
}

static void an_axis_holds_its_values_and_ends_at_round_numbers(void **state)
{
    (void)state;
    const struct plot_axis axis = plot_axis_around(0.000859, 0.6995, false);
    assert_true(axis.from == 0 && fabs(axis.to - 0.8) < 1e-12);
    const struct plot_axis same = plot_axis_around(27, 27, false);
    assert_true(same.from < 27 && same.to > 27);
    const struct plot_axis zero = plot_axis_around(0, 0, false);
    assert_true(zero.from < 0 && zero.to > 0);
    const struct plot_axis powers = plot_axis_around(0.002, 60, true);
    assert_true(fabs(powers.from - 0.001) < 1e-15 && fabs(powers.to - 100) < 1e-9);
}

static void values_stand_where_the_axes_say(void **state)
{
    (void)state;
    const struct plot plot = { .box = { 10, 20, 100, 50 },
                               .x = { 1, 11, false, false, false },
                               .y = { 0.01, 1, true, false, false } };
    const struct point low = plot_at(&plot, 1, 0.01), high = plot_at(&plot, 11, 1);
    const struct point middle = plot_at(&plot, 6, 0.1);
    assert_true(low.x == 10 && low.y == 70);
    assert_true(high.x == 110 && high.y == 20);
    assert_true(middle.x == 60 && fabsf(middle.y - 45) < 1e-4f);
}

/* The points of all paths of the scene. */
static size_t points_in(const struct scene *scene, float *lowest, float *highest)
{
    size_t count = 0;
    *lowest = -INFINITY;
    *highest = INFINITY;
    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw *draw = &scene->draws[i];
        for (size_t p = 0; draw->kind == DRAW_PATH && p < draw->path.count; p++) {
            *lowest = fmaxf(*lowest, draw->path.points[p].y);
            *highest = fminf(*highest, draw->path.points[p].y);
            count++;
        }
    }
    return count;
}

/* However many points there are: what is drawn is bounded by the pixels and hides no extreme. */
static void a_million_points_keep_their_extremes(void **state)
{
    (void)state;
    enum { COUNT = 1000000 };
    struct arena arena = { 0 };
    struct scene scene = { 0 };
    const struct view view = { .arena = &arena };
    double *values = arena_allocate(&arena, COUNT, sizeof(*values));
    values[123456] = 1;
    values[654321] = -1;
    const struct plot plot = { .box = { 0, 0, 500, 100 },
                               .x = { 1, COUNT, false, true, false },
                               .y = { -1, 1, false, false, false } };
    float lowest, highest;
    plot_line(&view, &plot, &(struct plot_line){ values, COUNT, 1, INK_LOSS, 1, false }, &scene);
    const size_t count = points_in(&scene, &lowest, &highest);
    assert_true(count > 500 && count <= 501 * 4);
    assert_true(lowest == 100 && highest == 0);
    scene_finish(&scene);
    arena_finish(&arena);
}

static void what_cannot_be_drawn_leaves_a_gap(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct scene scene = { 0 };
    const struct view view = { .arena = &arena };
    const double values[] = { 1, 10, NAN, 10, 0, -3, 1 };
    const struct plot plot = { .box = { 0, 0, 70, 100 },
                               .x = { 1, 7, false, true, false },
                               .y = { 1, 10, true, false, false } };
    plot_line(&view, &plot, &(struct plot_line){ values, 7, 1, INK_LOSS, 1, false }, &scene);
    assert_int_equal(scene.draw_count, 3); /* 1 and 10; 10; 1 */
    scene_finish(&scene);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_numbers),
        cmocka_unit_test(an_axis_holds_its_values_and_ends_at_round_numbers),
        cmocka_unit_test(values_stand_where_the_axes_say),
        cmocka_unit_test(a_million_points_keep_their_extremes),
        cmocka_unit_test(what_cannot_be_drawn_leaves_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
