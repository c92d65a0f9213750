/* Where stepping pauses, and addresses of moments. */
#include "tests/test.h"

#include <string.h>

#include "lessons/trace/state.h"
#include "lessons/trace/stops.h"
#include "tests/trace_fixture.h"

/* A stop as text: "line kind granularity", such as "17 visit" or "14 op L" or "21 out LC". */
static void describe(struct text *out, const struct trace *trace, const struct stop *stop)
{
    struct trace_position at = { 0 };
    trace_position_at(trace, stop->moment, &at);
    text_format(out, "%d %s%s%s%s\n", (int)at.line,
                record_kind_name(trace_record(trace, stop->record)->kind),
                stop->granularity & (STOP_LINE | STOP_CELL) ? " " : "",
                stop->granularity & STOP_LINE ? "L" : "", stop->granularity & STOP_CELL ? "C" : "");
}

static void check_stops(const char *name, const char *expected)
{
    struct trace *trace = fixture_load(name);
    struct stops *stops = stops_create(trace);
    struct text out = { 0 };
    stops_update(stops);
    for (size_t i = 0; i < stops_count(stops, STOP_OPERATION); i++) {
        describe(&out, trace, stops_at(stops, STOP_OPERATION, i));
    }
    assert_string_equal(out.bytes, expected);
    text_finish(&out);
    stops_destroy(stops);
    trace_destroy(trace);
}

static void stops_of_the_first_lesson(void **state)
{
    (void)state;
    check_stops("autograd", "1 line L\n"
                            "3 op L\n"
                            "4 out L\n"
                            "7 op L\n"
                            "8 out L\n"
                            "11 out L\n"
                            "14 op\n"
                            "14 op L\n"
                            "17 backward\n"
                            "17 visit\n"
                            "17 visit\n"
                            "17 visit\n"
                            "17 accumulate L\n"
                            "21 out LC\n");
}

static void an_error_ends_its_line_and_cell(void **state)
{
    (void)state;
    check_stops("second_backward", "1 line L\n"
                                   "3 op L\n"
                                   "4 out L\n"
                                   "7 op L\n"
                                   "8 out L\n"
                                   "11 out L\n"
                                   "14 op\n"
                                   "14 op L\n"
                                   "17 backward\n"
                                   "17 visit\n"
                                   "17 visit\n"
                                   "17 visit\n"
                                   "17 accumulate L\n"
                                   "21 out L\n"
                                   "22 backward\n"
                                   "22 error LC\n");
}

static void calls_and_branches_stop_in_the_function(void **state)
{
    (void)state;
    check_stops("branch", "1 line L\n"
                          "4 line L\n"
                          "12 op L\n"
                          "13 op L\n"
                          "5 op\n"
                          "5 op\n"
                          "5 cond L\n"
                          "6 op L\n"
                          "9 op L\n"
                          "14 backward\n"
                          "14 visit\n"
                          "14 visit\n"
                          "14 accumulate L\n"
                          "5 op\n"
                          "5 op\n"
                          "5 cond L\n"
                          "8 op L\n"
                          "9 op L\n"
                          "15 backward\n"
                          "15 visit\n"
                          "15 visit\n"
                          "15 accumulate L\n"
                          "16 out LC\n");
}

/* Updates of an optimizer belong to its step, those of zero_grad are one stop of their own. */
static void updates_are_one_stop(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("linear_adam");
    struct stops *stops = stops_create(trace);
    struct text out = { 0 };
    stops_update(stops);
    for (size_t i = 22; i < 28; i++) {
        describe(&out, trace, stops_at(stops, STOP_OPERATION, i));
    }
    assert_string_equal(out.bytes, "14 accumulate L\n"
                                   "15 step L\n"
                                   "16 out L\n"
                                   "11 bind L\n"
                                   "12 update L\n"
                                   "13 op\n");
    text_finish(&out);
    stops_destroy(stops);
    trace_destroy(trace);
}

/* Whatever completes a step is behind the moment where it rests. */
static void a_stop_shows_all_the_step_says(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("autograd");
    struct stops *stops = stops_create(trace);
    stops_update(stops);
    for (size_t i = 0; i < stops_count(stops, STOP_OPERATION); i++) {
        const struct stop *stop = stops_at(stops, STOP_OPERATION, i);
        if (stop->moment < trace_record_count(trace)) {
            const enum record_kind next = trace_record(trace, stop->moment)->kind;
            assert_true(next != RECORD_FREE && next != RECORD_BIND && next != RECORD_GONE &&
                        next != RECORD_BACKWARD_END);
        }
    }
    /* z is bound and y * y is gone where line 14 rests. */
    const struct stop *line14 = stops_at(stops, STOP_OPERATION, 7);
    assert_string_equal(trace_name_at(trace, trace_tensor(trace, 4), line14->moment), "z");
    assert_false(
        trace_exists(trace_tensor(trace, 3)->born, trace_tensor(trace, 3)->gone, line14->moment));
    assert_int_equal(stops_at(stops, STOP_OPERATION, 13)->moment, trace_record_count(trace));
    stops_destroy(stops);
    trace_destroy(trace);
}

static void coarser_stops_are_among_the_finer(void **state)
{
    (void)state;
    for (int i = 0; i < FIXTURE_COUNT; i++) {
        struct trace *trace = fixture_load(fixture_names[i]);
        struct stops *stops = stops_create(trace);
        stops_update(stops);
        size_t lines = 0, cells = 0;
        for (size_t k = 0; k < stops_count(stops, STOP_OPERATION); k++) {
            const struct stop *stop = stops_at(stops, STOP_OPERATION, k);
            assert_true(stop->granularity & STOP_OPERATION);
            if (stop->granularity & STOP_LINE) {
                assert_ptr_equal(stops_at(stops, STOP_LINE, lines), stop);
                lines++;
            }
            if (stop->granularity & STOP_CELL) {
                assert_true(stop->granularity & STOP_LINE);
                assert_ptr_equal(stops_at(stops, STOP_CELL, cells), stop);
                cells++;
            }
            assert_int_equal(stops_index_at(stops, STOP_OPERATION, stop->moment), k);
            assert_int_equal(stops_index_at(stops, STOP_OPERATION, stop->moment - 1), k - 1);
        }
        assert_int_equal(stops_count(stops, STOP_LINE), lines);
        assert_int_equal(stops_count(stops, STOP_CELL), cells);
        assert_int_equal(cells, 1);
        assert_true(stops_index_at(stops, STOP_OPERATION, 0) == SIZE_MAX);
        stops_destroy(stops);
        trace_destroy(trace);
    }
}

/* Growing record by record ends at the same stops as reading all at once. */
static void stops_grow_with_the_trace(void **state)
{
    (void)state;
    for (int i = 0; i < FIXTURE_COUNT; i++) {
        size_t length;
        char *bytes = fixture_bytes(fixture_names[i], &length);
        struct trace *whole = fixture_load(fixture_names[i]), *growing = trace_create();
        struct stops *at_once = stops_create(whole), *bit_by_bit = stops_create(growing);
        struct error err = { 0 };
        stops_update(at_once);
        for (size_t k = 0; k < length; k++) {
            assert_true(trace_feed(growing, bytes + k, 1, &err));
            stops_update(bit_by_bit);
        }
        const size_t count = stops_count(at_once, STOP_OPERATION);
        assert_int_equal(stops_count(bit_by_bit, STOP_OPERATION), count);
        for (size_t k = 0; k < count; k++) {
            assert_memory_equal(stops_at(at_once, STOP_OPERATION, k),
                                stops_at(bit_by_bit, STOP_OPERATION, k), sizeof(struct stop));
        }
        stops_destroy(at_once);
        stops_destroy(bit_by_bit);
        trace_destroy(whole);
        trace_destroy(growing);
        free(bytes);
    }
}

/* A runner that was killed in line 14 leaves that line open; stops_finish ends it. */
static void a_killed_run_ends_where_it_was(void **state)
{
    (void)state;
    size_t length;
    char *bytes = fixture_bytes("autograd", &length);
    const char *cut = strstr(bytes, "{\"k\":\"line\",\"f\":1,\"line\":14}\n");
    assert_non_null(cut);
    cut = strchr(cut, '\n') + 1;
    struct trace *trace = trace_create();
    struct stops *stops = stops_create(trace);
    struct error err = { 0 };
    assert_true(trace_feed(trace, bytes, (size_t)(cut - bytes), &err));
    stops_update(stops);
    const size_t before = stops_count(stops, STOP_LINE);
    assert_int_equal(stops_count(stops, STOP_CELL), 0);
    stops_finish(stops);
    assert_int_equal(stops_count(stops, STOP_LINE), before + 1);
    assert_int_equal(stops_count(stops, STOP_CELL), 1);
    struct trace_position at;
    const struct stop *last = stops_at(stops, STOP_CELL, 0);
    assert_int_equal(last->moment, trace_record_count(trace));
    assert_true(trace_position_at(trace, last->moment, &at));
    assert_int_equal(at.line, 14);
    stops_destroy(stops);
    trace_destroy(trace);
    free(bytes);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void every_stop_is_found_by_its_address(void **state)
{
    (void)state;
    for (int i = 0; i < FIXTURE_COUNT; i++) {
        struct trace *trace = fixture_load(fixture_names[i]);
        struct stops *stops = stops_create(trace);
        stops_update(stops);
        for (size_t k = 0; k < stops_count(stops, STOP_OPERATION); k++) {
            const uint32_t moment = stops_at(stops, STOP_OPERATION, k)->moment;
            const struct moment_address address = address_of(trace, stops, moment);
            struct text text = { 0 };
            struct moment_address read;
            struct error err = { 0 };
            bool exact = false;
            address_write(&text, &address);
            assert_true(address_parse(&read, text.bytes, &err));
            assert_int_equal(address_find(trace, stops, &read, &exact), moment);
            assert_true(exact);
            text_finish(&text);
        }
        stops_destroy(stops);
        trace_destroy(trace);
    }
}

static void check_address(const char *name, const char *text, bool exact, const char *found)
{
    struct trace *trace = fixture_load(name);
    struct stops *stops = stops_create(trace);
    struct moment_address address;
    struct error err = { 0 };
    struct text out = { 0 };
    bool is_exact = !exact;
    stops_update(stops);
    assert_true(address_parse(&address, text, &err));
    const uint32_t moment = address_find(trace, stops, &address, &is_exact);
    const struct moment_address there = address_of(trace, stops, moment);
    address_write(&out, &there);
    assert_string_equal(out.bytes, found);
    assert_int_equal(is_exact, exact);
    text_finish(&out);
    stops_destroy(stops);
    trace_destroy(trace);
}

static void the_nearest_address_before_is_taken(void **state)
{
    (void)state;
    check_address("autograd", "1:14", true, "1:14");
    check_address("autograd", "1:17:1:2", true, "1:17:1:2");
    check_address("autograd", "1:14:1:1", true, "1:14:1:1");
    check_address("autograd", "1:15", false, "1:14");      /* a blank line */
    check_address("autograd", "1:14:7", false, "1:14");    /* executed only once */
    check_address("autograd", "1:17:1:99", false, "1:17"); /* not so many stops */
    check_address("autograd", "1:900", false, "1:21");
    check_address("autograd", "4:1", false, "1:21");
    check_address("linear_adam", "1:13:2", true, "1:13:2");
    check_address("linear_adam", "1:13:3:2", true, "1:13:3:2");
    check_address("linear_adam", "1:13:9", false, "1:13:3");
    check_address("branch", "1:6:2", false, "1:6");
}

static void before_everything_there_is_no_address(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("autograd");
    struct stops *stops = stops_create(trace);
    bool exact = false;
    stops_update(stops);
    const struct moment_address nowhere = address_of(trace, stops, 0);
    assert_int_equal(nowhere.cell, 0);
    assert_int_equal(address_find(trace, stops, &nowhere, &exact), 0);
    assert_true(exact);
    /* Between two stops it is the address of the one before. */
    const struct stop *second = stops_at(stops, STOP_OPERATION, 1);
    const struct moment_address between = address_of(trace, stops, second->moment + 1);
    assert_int_equal(between.line, 3);
    assert_int_equal(between.ordinal, 0);
    stops_destroy(stops);
    trace_destroy(trace);
}

static void addresses_are_read_and_refused(void **state)
{
    (void)state;
    struct moment_address address;
    struct error err = { 0 };
    assert_true(address_parse(&address, "2:14:3:4", &err));
    assert_int_equal(address.cell, 2);
    assert_int_equal(address.line, 14);
    assert_int_equal(address.visit, 3);
    assert_int_equal(address.ordinal, 4);
    assert_true(address_parse(&address, "1:14", &err));
    assert_int_equal(address.visit, 1);
    assert_int_equal(address.ordinal, 0);
    static const char *const broken[] = {
        "",    "1",    ":",    "1:",        "1:2:",          "0:1",  "1:0", "1:1:0",
        "a:1", "1:2x", "-1:2", "1:2:3:4:5", "1:99999999999", "1 :2", "1::2"
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        if (address_parse(&address, broken[i], &err)) {
            fail_msg("taken: %s", broken[i]);
        }
        assert_non_null(strstr(err.text, "is no address: CELL:LINE"));
    }
}

/* m[:2, 1] is a slice and of that a column: two operations of one expression, one automatic step. */
static void what_one_expression_does_is_one_step(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("indexing");
    struct stops *stops = stops_create(trace);
    size_t slices = 0, selects = 0;
    stops_update(stops);
    for (size_t i = 0; i < stops_count(stops, STOP_AUTO); i++) {
        const struct stop *stop = stops_at(stops, STOP_AUTO, i);
        const struct record *record = trace_record(trace, stop->record);
        slices += record->kind == RECORD_OP && strcmp(record->op.name, "slice") == 0;
        selects += record->kind == RECORD_OP && strcmp(record->op.name, "select") == 0;
    }
    assert_int_equal(slices, 0);
    assert_int_equal(selects, 3);
    for (size_t i = 0; i < stops_count(stops, STOP_OPERATION); i++) {
        const struct record *record =
            trace_record(trace, stops_at(stops, STOP_OPERATION, i)->record);
        slices += record->kind == RECORD_OP && strcmp(record->op.name, "slice") == 0;
    }
    assert_int_equal(slices, 1);
    stops_destroy(stops);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_of_the_first_lesson),
        cmocka_unit_test(an_error_ends_its_line_and_cell),
        cmocka_unit_test(calls_and_branches_stop_in_the_function),
        cmocka_unit_test(updates_are_one_stop),
        cmocka_unit_test(a_stop_shows_all_the_step_says),
        cmocka_unit_test(coarser_stops_are_among_the_finer),
        cmocka_unit_test(stops_grow_with_the_trace),
        cmocka_unit_test(a_killed_run_ends_where_it_was),
        cmocka_unit_test(every_stop_is_found_by_its_address),
        cmocka_unit_test(the_nearest_address_before_is_taken),
        cmocka_unit_test(before_everything_there_is_no_address),
        cmocka_unit_test(addresses_are_read_and_refused),
        cmocka_unit_test(what_one_expression_does_is_one_step),
    };
    return test_run(tests);
}
