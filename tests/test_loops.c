/* Loops, phases of training and how steps get larger by themselves, in traces of real runs. */
#include "tests/run_lesson.h"

#include "lessons/trace/loop_text.h"
#include "lessons/trace/state.h"
#include "lessons/trace/stops.h"

struct run {
    struct trace *trace;
    struct stops *stops;
};

static struct run run_lesson(const char *lesson)
{
    struct lesson_run done = run_text(lesson, (struct client_options){ .run = 1 });
    struct error err = { 0 };
    struct run run = { .trace = trace_create() };

    if (!trace_feed(run.trace, done.trace.bytes, done.trace.length, &err)) {
        fail_msg("%s", err.text);
    }
    text_finish(&done.trace);
    run.stops = stops_create(run.trace);
    stops_update(run.stops);
    stops_finish(run.stops);
    return run;
}

static void run_end(struct run *run)
{
    stops_destroy(run->stops);
    trace_destroy(run->trace);
}

static const char *const phase_names[PHASE_COUNT] = { "-",         "forward",  "loss",
                                                      "zero_grad", "backward", "step" };

/* Line and phase of each stop from a line on: "12 forward, 13 loss, ". */
static void check_stops(const struct run *run, enum stop_granularity granularity, int from,
                        const char *expected)
{
    struct text out = { 0 };

    for (size_t i = 0; i < stops_count(run->stops, granularity); i++) {
        const struct stop *stop = stops_at(run->stops, granularity, i);
        struct trace_position at = { 0 };
        trace_position_at(run->trace, stop->moment, &at);
        if (at.line >= from) {
            text_format(&out, "%d %s, ", (int)at.line, phase_names[stop->phase]);
        }
    }
    assert_string_equal(text_string(&out), expected);
    text_finish(&out);
}

/* ---- one loop --------------------------------------------------------------------------- */

static const char training[] = "import torch\n"                                    /* 1 */
                               "import torch.nn as nn\n"                           /* 2 */
                               "x = torch.ones(2, 1)\n"                            /* 3 */
                               "y = torch.zeros(2, 1)\n"                           /* 4 */
                               "model = nn.Linear(1, 1)\n"                         /* 5 */
                               "fn = nn.MSELoss()\n"                               /* 6 */
                               "o = torch.optim.SGD(model.parameters(), lr=0.1)\n" /* 7 */
                               "for epoch in range(20):\n"                         /* 8 */
                               "    out = model(x)\n"                              /* 9 */
                               "    loss = fn(out, y)\n"                           /* 10 */
                               "    o.zero_grad()\n"                               /* 11 */
                               "    loss.backward()\n"                             /* 12 */
                               "    o.step()\n"                                    /* 13 */
                               "    if epoch % 5 == 4:\n"                          /* 14 */
                               "        print(epoch)\n"                            /* 15 */
                               "print('done')\n";                                  /* 16 */

static void training_gets_coarser_by_itself(void **state)
{
    (void)state;
    struct run run = run_lesson(training);

    check_stops(&run, STOP_AUTO, 8,
                "9 forward, 10 loss, 11 zero_grad, 12 backward, "
                "12 backward, 12 backward, 12 backward, 12 backward, 12 backward, 13 step, 14 -, "
                "9 forward, 10 loss, 11 zero_grad, 12 backward, 13 step, "
                "15 -, 15 -, 15 -, 15 -, 16 -, ");
    run_end(&run);
}

static void phases_are_stops_throughout(void **state)
{
    (void)state;
    struct run run = run_lesson(training);
    const size_t cells = stops_count(run.stops, STOP_CELL);

    assert_int_equal(cells, 1);
    /* Of each iteration five, and what is printed; before the loop the tensors, behind it the end. */
    assert_int_equal(stops_count(run.stops, STOP_PHASE), 1 + 20 * 5 + 4 + 1);
    run_end(&run);
}

static void a_loop_without_a_print_ends_with_its_last_iteration(void **state)
{
    (void)state;
    struct run run = run_lesson("n = 0\n"
                                "for i in range(9):\n"
                                "    a = i\n"
                                "    n += a\n"
                                "m = n\n");

    check_stops(&run, STOP_AUTO, 1, "1 -, 3 -, 4 -, 3 -, 4 -, 4 -, 5 -, ");
    const size_t before = stops_count(run.stops, STOP_AUTO) - 2;
    const uint32_t end = stops_at(run.stops, STOP_AUTO, before)->moment;
    const uint32_t iteration = stops_iteration_at(run.stops, end);
    assert_int_equal(stops_iteration(run.stops, iteration)->number, 9);
    assert_int_equal(stops_training_at(run.stops, end), NO_ITERATION);
    run_end(&run);
}

static void an_error_in_a_late_iteration_is_a_stop(void **state)
{
    (void)state;
    struct run run = run_lesson("for i in range(9):\n"
                                "    a = 1 / (6 - i)\n");
    const size_t count = stops_count(run.stops, STOP_AUTO);
    const struct stop *const last = stops_at(run.stops, STOP_AUTO, count - 1);

    assert_int_equal(trace_record(run.trace, last->record)->kind, RECORD_ERROR);
    assert_int_equal(stops_iteration(run.stops, last->iteration)->number, 7);
    assert_int_equal(count, 3);
    run_end(&run);
}

/* ---- loops within loops ----------------------------------------------------------------- */

static const char batches[] = "import torch\n"                                           /* 1 */
                              "from torch.utils.data import DataLoader, TensorDataset\n" /* 2 */
                              "x = torch.ones(6, 1)\n"                                   /* 3 */
                              "data = DataLoader(TensorDataset(x, 2 * x), batch_size=2)\n"
                              "w = torch.zeros(1, requires_grad=True)\n" /* 5 */
                              "def step(a, b):\n"                        /* 6 */
                              "    loss = ((w * a - b) ** 2).mean()\n"   /* 7 */
                              "    loss.backward()\n"                    /* 8 */
                              "    with torch.no_grad():\n"              /* 9 */
                              "        w.sub_(0.1 * w.grad)\n"           /* 10 */
                              "    w.grad = None\n"                      /* 11 */
                              "for epoch in range(5):\n"                 /* 12 */
                              "    for a, b in data:\n"                  /* 13 */
                              "        step(a,\n"                        /* 14 */
                              "             b)\n"                        /* 15 */
                              "    print(epoch)\n";                      /* 16 */

/* In the first epoch: a batch in full, one by phases, the last one's end. In the second: the same, but
 * the first by phases too. Then what each epoch prints. */
static void epochs_over_batches_with_the_step_in_a_function(void **state)
{
    (void)state;
    struct run run = run_lesson(batches);
    const struct stops *const stops = run.stops;
    size_t loss = 0, prints = 0;

    for (size_t i = 0; i < stops_count(stops, STOP_AUTO); i++) {
        const struct stop *const stop = stops_at(stops, STOP_AUTO, i);
        loss += stop->phase == PHASE_LOSS;
        prints += trace_record(run.trace, stop->record)->kind == RECORD_OUT;
    }
    /* Four operations in the first batch, then one stop for the loss of each of three batches. */
    assert_int_equal(loss, 4 + 3);
    assert_int_equal(prints, 5);
    assert_true(stops_count(stops, STOP_AUTO) < 70);
    assert_true(stops_count(stops, STOP_OPERATION) > 300);
    run_end(&run);
}

/* What was seen in full is walked coarsely when the function runs again. */
static void a_function_that_runs_again_is_walked_by_phases(void **state)
{
    static const char code[] = "import torch\n"
                               "def train(lr):\n"
                               "    w = torch.ones(1, requires_grad=True)\n"
                               "    for i in range(4):\n"
                               "        loss = (w * 2).sum()\n"
                               "        w.grad = None\n"
                               "        loss.backward()\n"
                               "        with torch.no_grad():\n"
                               "            w -= lr * w.grad\n"
                               "train(0.5)\n"
                               "train(0.25)\n";
    (void)state;
    struct run run = run_lesson(code);
    const struct stops *const stops = run.stops;
    size_t loss = 0, cleared = 0;

    for (size_t i = 0; i < stops_count(stops, STOP_AUTO); i++) {
        const struct stop *const stop = stops_at(stops, STOP_AUTO, i);
        loss += stop->phase == PHASE_LOSS;
        cleared += stop->phase == PHASE_ZERO_GRAD;
        assert_true(trace_record(run.trace, stop->record)->kind != RECORD_LINE ||
                    trace_record(run.trace, stop->record)->line.line > 1); /* no import */
    }
    /* Two operations, then one stop for the second iteration; then one for all. */
    assert_int_equal(loss, 2 + 1 + 1);
    assert_int_equal(cleared, 1 + 1 + 1);
    run_end(&run);
}

/* A training after another is no news, but for lines that the first had not. */
static void a_training_after_another_is_walked_by_phases(void **state)
{
    static const char code[] = "import torch\n"
                               "w = torch.ones(1, requires_grad=True)\n"
                               "for i in range(4):\n"
                               "    loss = (w * 2).sum()\n"
                               "    loss.backward()\n"
                               "for i in range(3):\n"
                               "    # the same again\n"
                               "    loss = (w * 2).sum()\n"
                               "    loss.backward()\n"
                               "for i in range(4):\n"
                               "    other = (w * 3).sum()\n"
                               "    other.backward()\n";
    (void)state;
    struct run run = run_lesson(code);
    size_t losses[3] = { 0 };

    for (size_t i = 0; i < stops_count(run.stops, STOP_AUTO); i++) {
        const struct stop *const stop = stops_at(run.stops, STOP_AUTO, i);
        struct trace_position at = { 0 };
        trace_position_at(run.trace, stop->moment, &at);
        losses[at.line < 6 ? 0 : at.line < 10 ? 1 : 2] += stop->phase == PHASE_LOSS;
    }
    /* Two operations and then the phase; the phase once; the phase twice. */
    assert_int_equal(losses[0], 2 + 1);
    assert_int_equal(losses[1], 1);
    assert_int_equal(losses[2], 1 + 1);
    run_end(&run);
}

static void phases_stand_in_the_lessons_order(void **state)
{
    (void)state;
    static const enum stop_phase by_hand[] = { PHASE_LOSS, PHASE_BACKWARD, PHASE_STEP,
                                               PHASE_ZERO_GRAD };
    static const enum stop_phase usual[] = { PHASE_FORWARD, PHASE_LOSS, PHASE_ZERO_GRAD,
                                             PHASE_BACKWARD, PHASE_STEP };
    static const struct {
        const char *lesson;
        const enum stop_phase *order;
        size_t count;
    } cases[] = { { batches, by_hand, 4 }, { training, usual, 5 } };

    for (size_t i = 0; i < 2; i++) {
        struct run run = run_lesson(cases[i].lesson);
        enum stop_phase order[PHASE_COUNT];
        size_t walks;
        const uint32_t *const backwards = trace_records_of(run.trace, RECORD_BACKWARD, &walks);
        const uint32_t moment = backwards[walks / 2] + 1;
        const uint32_t iteration = stops_training_at(run.stops, moment);
        assert_int_not_equal(iteration, NO_ITERATION);
        assert_int_equal(stops_phase_order(run.stops, iteration, order), cases[i].count);
        assert_memory_equal(order, cases[i].order, cases[i].count * sizeof(*order));
        assert_int_equal(stops_phase_at(run.stops, moment), PHASE_BACKWARD);
        run_end(&run);
    }
}

static void gradients_gathered_over_an_inner_loop(void **state)
{
    (void)state;
    struct run run = run_lesson("import torch\n"
                                "w = torch.ones(1, requires_grad=True)\n"
                                "o = torch.optim.SGD([w], lr=0.1)\n"
                                "for i in range(3):\n"
                                "    for k in range(2):\n"
                                "        loss = (w * k) ** 2\n"
                                "        loss.backward()\n"
                                "    o.step()\n"
                                "    o.zero_grad()\n");
    size_t steps;
    const uint32_t *const records = trace_records_of(run.trace, RECORD_STEP, &steps);

    assert_int_equal(steps, 3);
    for (size_t i = 0; i < steps; i++) {
        /* The iteration of training is the outer one, also within the inner loop. */
        const uint32_t at = stops_training_at(run.stops, records[i] + 1);
        assert_int_equal(stops_iteration(run.stops, at)->number, i + 1);
        assert_int_equal(stops_training_at(run.stops, records[i] - 6), at);
    }
    run_end(&run);
}

static void while_loops_and_breaks(void **state)
{
    (void)state;
    struct run run = run_lesson("n = 0\n"
                                "while True:\n"
                                "    n += 1\n"
                                "    if n > 5:\n"
                                "        break\n"
                                "while n < 9:\n"
                                "    n += 1\n"
                                "for i in []:\n"
                                "    n = 0\n"
                                "for i in range(4): n += i\n");
    static const unsigned counts[] = { 6, 3, 0, 4 };

    for (size_t i = 0; i < 4; i++) {
        const struct stop_loop *const loop = stops_loop(run.stops, i);
        assert_int_equal(loop->iterations, counts[i]);
        assert_true(loop->ended);
    }
    run_end(&run);
}

/* ---- the way through iterations --------------------------------------------------------- */

static unsigned number_at(const struct run *run, uint32_t moment)
{
    return stops_iteration(run->stops, stops_training_at(run->stops, moment))->number;
}

static void walking_by_iterations(void **state)
{
    (void)state;
    struct run run = run_lesson(training);
    const struct stops *const stops = run.stops;
    uint32_t at = stops_walk_iterations(stops, 0, 1);

    assert_int_equal(number_at(&run, at), 1);
    at = stops_walk_iterations(stops, at, 1);
    assert_int_equal(number_at(&run, at), 2);
    at = stops_walk_iterations(stops, at, 10);
    assert_int_equal(number_at(&run, at), 12);
    /* From within an iteration its own end is one on. */
    const uint32_t inside = stops_iteration(stops, stops_training_at(stops, at))->begin + 3;
    assert_int_equal(stops_walk_iterations(stops, inside, 1), at);
    assert_int_equal(number_at(&run, stops_walk_iterations(stops, inside, -1)), 11);
    assert_int_equal(number_at(&run, stops_walk_iterations(stops, at, -10)), 2);
    /* As many as there are, and none behind the last. */
    const uint32_t end = stops_walk_iterations(stops, at, 1000);
    assert_int_equal(number_at(&run, end), 20);
    assert_int_equal(stops_loop_end(stops, at), end);
    assert_int_equal(stops_walk_iterations(stops, end, 1), NEVER);
    assert_int_equal(stops_loop_end(stops, end), NEVER);
    /* Back from the first: before the loop. */
    const uint32_t before = stops_walk_iterations(stops, end, -1000);
    assert_true(before < stops_iteration(stops, 0)->begin + 1);
    assert_int_equal(stops_walk_iterations(stops, trace_record_count(run.trace), -1), end);
    run_end(&run);
}

/* ---- text ------------------------------------------------------------------------------- */

static void check_loop(const char *code, int line, unsigned header_last, unsigned body_last)
{
    struct loop_text text;
    const struct trace_string string = { code, strlen(code) };

    loop_text_read(&text, &string);
    const struct loop_line *const found = loop_text_line(&text, line);
    assert_non_null(found);
    assert_int_equal(found->header_last, header_last);
    assert_int_equal(found->body_last, body_last);
    loop_text_finish(&text);
}

static void loops_are_read_from_the_text(void **state)
{
    (void)state;
    check_loop("for i in x:\n    a\n\n    # c\n    b\nc\n", 1, 1, 5);
    check_loop("for i in x:\n    a\n\n# c\n    b\nc\n", 1, 1, 5);
    check_loop("for i in f(\n    x,\n):\n    a\n", 1, 3, 4);
    check_loop("while \\\n  x:\n    a\n", 1, 2, 3);
    check_loop("for i in x: a\nb\n", 1, 1, 1);
    check_loop("for i in x:\n    a = '''\nb\n'''\n    c\nd\n", 1, 1, 5);
    check_loop("for i in x:\n    a = \"'''\"\n    c\nd\n", 1, 1, 3);
    check_loop("for i in x:\n    a = '#' # '\n    c\nd\n", 1, 1, 3);
    check_loop("if y:\n    for i in x:\n        a\n    b\n", 2, 2, 3);
    check_loop("for i in x:\n\twhile y:\n\t\ta\n\tb\nc", 1, 1, 4);
    check_loop("for i in x:\n\twhile y:\n\t\ta\n\tb\nc", 2, 2, 3);
    check_loop("format(x)\nwhile_ = 2\n", 1, 0, 0);
    check_loop("format(x)\nwhile_ = 2\n", 2, 0, 0);
    check_loop("a = [b\nfor b in c]\n", 2, 0, 0);
    check_loop("for i in x:\n    a = 'open\n    b\n", 1, 1, 3);
    check_loop("for i in x:\r\n    a\r\nb\r\n", 1, 1, 2);
    check_loop("", 1, 0, 0);
    check_loop("'''", 1, 0, 0);
    check_loop("for", 1, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_gets_coarser_by_itself),
        cmocka_unit_test(phases_are_stops_throughout),
        cmocka_unit_test(a_loop_without_a_print_ends_with_its_last_iteration),
        cmocka_unit_test(an_error_in_a_late_iteration_is_a_stop),
        cmocka_unit_test(epochs_over_batches_with_the_step_in_a_function),
        cmocka_unit_test(a_function_that_runs_again_is_walked_by_phases),
        cmocka_unit_test(a_training_after_another_is_walked_by_phases),
        cmocka_unit_test(phases_stand_in_the_lessons_order),
        cmocka_unit_test(gradients_gathered_over_an_inner_loop),
        cmocka_unit_test(while_loops_and_breaks),
        cmocka_unit_test(walking_by_iterations),
        cmocka_unit_test(loops_are_read_from_the_text),
    };
    return test_run(tests);
}
