/* How long an operation takes over sizes, with a clock of the test's own. */

#include "tests/test.h"

#include "engine/probe/timing.h"
#include "tests/tensors.h"

/* A clock that goes on by as much each time it is looked at. */
static double seconds, pace;

static double steady_clock(void)
{
    seconds += pace;
    return seconds;
}

static int with_device(void **state)
{
    struct error err = { 0 };
    struct engine *const engine = engine_create(&err);
    struct backend *const device =
        backend_opaque_create(&(struct opaque_spec){ .device = "cuda" }, &err);

    *state = engine;
    return engine && device && engine_take_backend(engine, device, &err) ? 0 : -1;
}

static struct timing_answer measured(struct engine *engine, const char *op, struct backend *device,
                                     double each)
{
    struct timing_answer answer;
    struct error err = { 0 };

    seconds = 0;
    pace = each;
    assert_ok(timing_measure(engine, &(struct timing_question){ op, device, steady_clock }, &answer,
                             &err),
              &err);
    assert_int_equal(engine->live_tensors, 0);
    assert_int_equal(engine->quiet, 0);
    assert_true(engine->grad_enabled);
    return answer;
}

static void a_product_is_timed_on_both(void **state)
{
    struct engine *const engine = *state;
    const struct timing_answer answer =
        measured(engine, "mm", engine_find_backend(engine, "cuda", 0), 0.004);

    assert_int_equal(answer.unit, TIMING_SIDE);
    assert_true(answer.sizes[0] == 16 && answer.sizes[1] == 32);
    for (int c = 0; c < TIMING_CURVES; c++) {
        assert_true(answer.counts[c] > 1);
        assert_true(answer.ms[c][0] > 3.99 && answer.ms[c][0] < 4.01);
    }
}

/* Every second run is held up, as on a machine that does something else besides. */
static double busy_clock(void)
{
    static int looks;

    seconds += looks++ % 4 < 2 ? 0.001 : 0.01;
    return seconds;
}

static void what_else_the_machine_does_is_not_measured(void **state)
{
    struct timing_answer answer;
    struct error err = { 0 };

    seconds = 0;
    assert_ok(
        timing_measure(*state, &(struct timing_question){ "mm", NULL, busy_clock }, &answer, &err),
        &err);
    assert_true(answer.counts[TIMING_CPU] > 1);
    for (int i = 0; i < answer.counts[TIMING_CPU]; i++) {
        assert_true(answer.ms[TIMING_CPU][i] < 1.01);
    }
}

static void without_a_device_there_is_one_curve(void **state)
{
    const struct timing_answer answer = measured(*state, "add", NULL, 1e-5);

    assert_int_equal(answer.unit, TIMING_ELEMENTS);
    assert_true(answer.counts[TIMING_CPU] > 2);
    assert_int_equal(answer.counts[TIMING_DEVICE], 0);
    assert_int_equal(answer.counts[TIMING_COPIED], 0);
}

static void one_operand_will_do(void **state)
{
    struct engine *const engine = *state;
    const struct timing_answer answer =
        measured(engine, "relu", engine_find_backend(engine, "cuda", 0), 1e-5);

    assert_true(answer.counts[TIMING_COPIED] > 2);
}

/* With that pace every run takes longer than any may. */
static void it_ends_where_it_takes_too_long(void **state)
{
    struct timing_answer answer;
    struct error err = { 0 };

    seconds = 0;
    pace = 0.06;
    assert_false(timing_measure(*state, &(struct timing_question){ "mm", NULL, steady_clock },
                                &answer, &err));
    assert_string_equal(err.text, "one run of it takes too long on this machine to be repeated");
    assert_int_equal(answer.counts[TIMING_CPU], 0);
    assert_true(seconds < 1);
}

static void what_cannot_be_timed_is_refused(void **state)
{
    static const char *const names[] = { "sum", "cat", "no such thing", "addcmul" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct timing_answer answer;
        struct error err = { 0 };
        assert_false(
            timing_measure(*state, &(struct timing_question){ .op = names[i] }, &answer, &err));
        assert_string_equal(err.text, "only matrix products and operations element by element can "
                                      "be timed");
    }
}

static bool refuses_products(const struct backend_query *query)
{
    return query->primitive == PRIMITIVE_GEMM;
}

static void work_left_to_the_cpu_is_not_called_the_devices(void **state)
{
    struct timing_answer answer;
    struct error err = { 0 };
    struct engine *const engine = engine_create(&err);
    struct backend *const device = backend_opaque_create(
        &(struct opaque_spec){ .device = "cuda", .refuses = refuses_products }, &err);

    (void)state;
    assert_true(engine_take_backend(engine, device, &err));
    seconds = 0;
    pace = 1e-5;
    assert_false(timing_measure(engine, &(struct timing_question){ "mm", device, steady_clock },
                                &answer, &err));
    assert_string_equal(err.text, "the device leaves this operation to the CPU");
    engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_product_is_timed_on_both, with_device, engine_gone),
        cmocka_unit_test_setup_teardown(without_a_device_there_is_one_curve, engine_on_cpu,
                                        engine_gone),
        cmocka_unit_test_setup_teardown(what_else_the_machine_does_is_not_measured, engine_on_cpu,
                                        engine_gone),
        cmocka_unit_test_setup_teardown(one_operand_will_do, with_device, engine_gone),
        cmocka_unit_test_setup_teardown(it_ends_where_it_takes_too_long, engine_on_cpu,
                                        engine_gone),
        cmocka_unit_test_setup_teardown(what_cannot_be_timed_is_refused, engine_on_cpu,
                                        engine_gone),
        cmocka_unit_test(work_left_to_the_cpu_is_not_called_the_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
