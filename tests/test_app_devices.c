/* The devices on the stage, in the window: when they come by themselves, and what is timed there. */

#include "tests/test.h"

#include "render/device/timing.h"
#include "tests/app_driver.h"

#include "config.h"

static const char autograd[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/autograd.py";
static const char devices[] = GRADLIGHT_SOURCE_ROOT "/lessons/course/52-devices.lesson.py";

static enum stage_kind shown(struct driver *driver)
{
    const struct view view = app_view(driver->app, 1280, 800);

    return stage_shown(&view);
}

/* Until the runner has answered: real time passes. */
static struct timing await_timing(struct driver *driver, const char *op)
{
    const struct timespec nap = { .tv_nsec = 2000000 };
    struct timing timing = { .op = "" };

    for (int i = 0; i < 15000; i++) {
        const struct view view = app_view(driver->app, 1280, 800);
        if (timing_find(&view.runs[0], &timing) && strcmp(timing.op, op) == 0) {
            break;
        }
        turn(driver, 1);
        nanosleep(&nap, NULL);
    }
    assert_string_equal(timing.op, op);
    return timing;
}

static void a_key_brings_them_and_times_a_product(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    assert_int_equal(shown(&driver), STAGE_GRAPH);
    press_key(&driver, "Ctrl+4");
    assert_int_equal(shown(&driver), STAGE_DEVICES);
    const struct timing product = await_timing(&driver, "mm");
    assert_true(product.side && product.counts[TIMING_OF_CPU] > 1);
    assert_int_equal(product.counts[TIMING_OF_GPU], 0);

    press_key(&driver, "Shift+K");
    const struct timing sum = await_timing(&driver, "add");
    assert_true(!sum.side && sum.counts[TIMING_OF_CPU] > 1);
    press_key(&driver, "Ctrl+1");
    assert_int_equal(shown(&driver), STAGE_GRAPH);
    app_destroy(driver.app);
}

static void a_lesson_shows_them_by_itself(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, devices, NULL);
    press_key(&driver, "Home");
    while (shown(&driver) != STAGE_DEVICES &&
           driver.app->player.moment < trace_record_count(session_trace(driver.app->session))) {
        press_key(&driver, "Right");
    }
    assert_int_equal(shown(&driver), STAGE_DEVICES);
    await_timing(&driver, "mm");
    app_destroy(driver.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_brings_them_and_times_a_product),
        cmocka_unit_test(a_lesson_shows_them_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
