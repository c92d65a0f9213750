#include "tests/test.h"

#include <math.h>

#include "app/player.h"

#include "config.h"

struct fixture {
    struct trace *trace;
    struct stops *stops;
    struct player player;
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct error err = { 0 };

    fixture.trace = trace_create();
    assert_true(
        trace_load(fixture.trace, GRADLIGHT_SOURCE_ROOT "/tests/fixtures/autograd.trace", &err));
    fixture.stops = stops_create(fixture.trace);
    stops_update(fixture.stops);
    player_init(&fixture.player);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *const fixture = *state;

    stops_destroy(fixture->stops);
    trace_destroy(fixture->trace);
    return 0;
}

static void steps_through_every_stop_and_back(void **state)
{
    struct fixture *const f = *state;
    static const enum stop_granularity all[] = { STOP_OPERATION, STOP_LINE, STOP_CELL };

    for (size_t g = 0; g < 3; g++) {
        const size_t count = stops_count(f->stops, all[g]);
        size_t steps = 0;
        player_init(&f->player);
        player_set_granularity(&f->player, all[g]);
        assert_int_equal(player_position(&f->player, f->stops), 0);
        while (player_next(&f->player, f->stops)) {
            steps++;
            assert_int_equal(player_position(&f->player, f->stops), steps);
        }
        assert_true(count > 0);
        assert_int_equal(steps, count);
        while (player_previous(&f->player, f->stops)) {
            steps--;
            assert_int_equal(player_position(&f->player, f->stops), steps);
        }
        assert_int_equal(steps, 1);
    }
}

static void moves_forward_and_rests_backwards(void **state)
{
    struct fixture *const f = *state;

    player_first(&f->player, f->stops);
    assert_true(player_progress(&f->player) >= 1);
    player_next(&f->player, f->stops);
    assert_true(player_progress(&f->player) < 0.01);
    assert_false(f->player.backwards);
    assert_true(player_tick(&f->player, f->stops, 0.4));
    assert_true(fabs(player_progress(&f->player) - 0.5) < 0.01);
    player_tick(&f->player, f->stops, 0.5);
    assert_false(player_tick(&f->player, f->stops, 0.1));

    player_next(&f->player, f->stops);
    player_previous(&f->player, f->stops);
    assert_true(f->player.backwards);
    assert_true(player_progress(&f->player) >= 1);
}

static void reduced_motion_jumps(void **state)
{
    struct fixture *const f = *state;

    f->player.reduced_motion = true;
    player_next(&f->player, f->stops);
    assert_true(player_progress(&f->player) >= 1);
}

static void plays_to_the_end_and_starts_again(void **state)
{
    struct fixture *const f = *state;
    const size_t count = stops_count(f->stops, f->player.granularity);
    size_t ticks = 0;

    player_toggle_play(&f->player, f->stops);
    while (f->player.playing && ticks < 10000) {
        player_tick(&f->player, f->stops, 0.1);
        ticks++;
    }
    assert_int_equal(player_position(&f->player, f->stops), count);
    assert_true((double)ticks * 0.1 >= (double)(count - 1) * f->player.pace);

    player_toggle_play(&f->player, f->stops);
    assert_true(f->player.playing);
    assert_int_equal(player_position(&f->player, f->stops), 1);
}

static void stepping_from_between_two_stops(void **state)
{
    struct fixture *const f = *state;
    const uint32_t third = stops_at(f->stops, STOP_LINE, 2)->moment;

    player_set_granularity(&f->player, STOP_LINE);
    player_jump(&f->player, third + 1);
    player_previous(&f->player, f->stops);
    assert_int_equal(f->player.moment, third);
    player_jump(&f->player, third + 1);
    player_next(&f->player, f->stops);
    assert_int_equal(f->player.moment, stops_at(f->stops, STOP_LINE, 3)->moment);
}

static void undoing_runs_back_and_ends_before(void **state)
{
    struct fixture *const f = *state;

    player_next(&f->player, f->stops);
    player_next(&f->player, f->stops);
    player_tick(&f->player, f->stops, 5);
    const uint32_t second = f->player.moment;
    player_undo(&f->player, f->stops);
    assert_int_equal(f->player.moment, second);
    assert_true(player_progress(&f->player) >= 1);
    assert_true(player_tick(&f->player, f->stops, 0.5));
    const double halfway = player_progress(&f->player);
    assert_true(halfway > 0 && halfway < 0.5);
    assert_true(player_tick(&f->player, f->stops, 0.5));
    assert_int_equal(player_position(&f->player, f->stops), 1);
    assert_true(player_progress(&f->player) >= 1);

    /* A key ends the motion and acts. */
    player_next(&f->player, f->stops);
    player_undo(&f->player, f->stops);
    player_next(&f->player, f->stops);
    assert_int_equal(f->player.moment, second);
    player_undo(&f->player, f->stops);
    player_undo(&f->player, f->stops);
    assert_int_equal(player_position(&f->player, f->stops), 1);
    f->player.reduced_motion = true;
    player_next(&f->player, f->stops);
    player_undo(&f->player, f->stops);
    assert_int_equal(player_position(&f->player, f->stops), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(steps_through_every_stop_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(moves_forward_and_rests_backwards, setup, teardown),
        cmocka_unit_test_setup_teardown(reduced_motion_jumps, setup, teardown),
        cmocka_unit_test_setup_teardown(plays_to_the_end_and_starts_again, setup, teardown),
        cmocka_unit_test_setup_teardown(undoing_runs_back_and_ends_before, setup, teardown),
        cmocka_unit_test_setup_teardown(stepping_from_between_two_stops, setup, teardown),
    };
    return test_run(tests);
}
