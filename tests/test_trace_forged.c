/* Forged traces: whatever the bytes are, every question has an answer. */
#include "tests/test.h"

#include <time.h>

#include "lessons/trace/episodes.h"
#include "lessons/trace/state.h"
#include "lessons/trace/stops.h"
#include "lessons/trace/trace.h"
#include "tests/trace_fixture.h"

static void ask_about_tensors(const struct trace *trace, uint32_t moment, struct arena *arena)
{
    for (int64_t id = 1; id <= trace_tensor_count(trace); id++) {
        const struct trace_tensor *tensor = trace_tensor(trace, id);
        const struct trace_value *value = trace_value_at(tensor, moment);
        for (size_t i = 0; value && i < value->count; i++) {
            trace_element(value, i);
        }
        trace_grad_at(trace, tensor, moment);
        trace_requires_grad_at(trace, tensor, moment);
        trace_name_at(trace, tensor, moment);
        trace_tensor_label(trace, tensor, arena);
        const struct trace_backward *walk = trace_last_backward_at(trace, moment);
        if (walk) {
            trace_arrival_at(trace, tensor, walk, moment, arena);
        }
    }
}

static void ask_everything(const struct trace *trace)
{
    struct arena arena = { 0 };
    struct stops *stops = stops_create(trace);
    struct episodes *episodes = episodes_create(trace);
    stops_finish(stops);
    episodes_update(episodes);
    const uint32_t last = trace_record_count(trace);
    for (uint32_t moment = 0; moment <= last; moment++) {
        struct trace_position position;
        bool exact;
        struct text out = { 0 };
        trace_position_at(trace, moment, &position);
        trace_output_at(trace, moment, &out);
        trace_error_at(trace, moment);
        trace_backward_at(trace, moment);
        const size_t episode = episodes_index_at(episodes, moment);
        assert_true(episode == SIZE_MAX || episode < episodes_count(episodes));
        const struct moment_address address = address_of(trace, stops, moment);
        assert_true(address_find(trace, stops, &address, &exact) <= last);
        text_finish(&out);
    }
    ask_about_tensors(trace, last, &arena);
    ask_about_tensors(trace, last / 2, &arena);
    for (size_t i = 1; i < stops_count(stops, STOP_OPERATION); i++) {
        assert_true(stops_at(stops, STOP_OPERATION, i)->moment >
                    stops_at(stops, STOP_OPERATION, i - 1)->moment);
    }
    episodes_destroy(episodes);
    stops_destroy(stops);
    arena_finish(&arena);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Mostly digits for digits, so that lines stay JSON and the checks behind it are reached. */
static void mutate(char *bytes, size_t length, uint32_t *seed)
{
    const uint32_t changes = 1 + next_random(seed) % 6;
    for (uint32_t i = 0; i < changes; i++) {
        size_t at = next_random(seed) % length;
        if (next_random(seed) % 8 != 0) {
            while (bytes[at] < '0' || bytes[at] > '9') {
                at = (at + 1) % length;
            }
            bytes[at] = (char)('0' + next_random(seed) % 10);
        } else {
            bytes[at] = (char)next_random(seed);
        }
    }
}

/* Removes a line here and there. */
static size_t drop_lines(char *bytes, size_t length, uint32_t *seed)
{
    size_t kept = 0, start = 0;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\n') {
            continue;
        }
        if (next_random(seed) % 40 != 0) {
            memmove(bytes + kept, bytes + start, i + 1 - start);
            kept += i + 1 - start;
        }
        start = i + 1;
    }
    return kept;
}

static void forged_traces_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = { "second_backward", "branch", "retain_graph" };
    uint32_t seed = 20240607;
    uint32_t whole = 0, broken = 0;
    for (int i = 0; i < 1500; i++) {
        size_t length;
        char *bytes = fixture_bytes(names[i % 3], &length);
        if (i % 4 == 0) {
            length = drop_lines(bytes, length, &seed);
        }
        mutate(bytes, length, &seed);
        struct trace *trace = trace_create();
        struct error err = { 0 };
        if (trace_feed(trace, bytes, length, &err) && trace_finish_input(trace, &err)) {
            whole++;
        } else {
            broken++;
            assert_memory_equal(err.text, "line ", 5);
        }
        ask_everything(trace);
        trace_destroy(trace);
        free(bytes);
    }
    /* Neither everything nor nothing got through: both ways were walked. */
    assert_true(whole > 100);
    assert_true(broken > 100);
}

static const char hello[] =
    "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3\",\"device\":\"cpu\","
    "\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":1,\"seccomp\":true,\"why\""
    ":\"\"}}\n"
    "{\"k\":\"source\",\"cell\":1,\"kind\":\"code\",\"in\":1,\"line\":1,\"text\":\"x=1\\n\"}\n"
    "{\"k\":\"cell\",\"in\":1,\"f\":1}\n";

static struct trace *fed(const struct text *text)
{
    struct trace *const trace = trace_create();
    struct error err = { 0 };

    if (!trace_feed(trace, text->bytes, text->length, &err)) {
        fail_msg("%s", err.text);
    }
    return trace;
}

/* A module's name stands before those of all that is in it, which a line can say of thousands. */
static void a_long_name_is_not_said_of_thousands(void **state)
{
    enum { LONG = 60000, CHILDREN = 2000 };
    static char name[LONG + 1];
    struct arena arena = { 0 };
    struct text text = { 0 };

    (void)state;
    memset(name, 'n', LONG);
    text_append_string(&text, hello);
    for (int i = 1; i <= CHILDREN; i++) {
        text_format(&text, "{\"k\":\"module\",\"m\":%d,\"class\":\"L\",\"text\":\"L()\"}\n", i);
    }
    text_format(&text, "{\"k\":\"module\",\"m\":%d,\"class\":\"M\",\"text\":\"M()\",\"children\":[",
                CHILDREN + 1);
    for (int i = 1; i <= CHILDREN; i++) {
        text_format(&text, "%s[\"a\",%d]", i > 1 ? "," : "", i);
    }
    text_format(&text, "]}\n{\"k\":\"bind\",\"f\":1,\"name\":\"%s\",\"m\":%d}\n", name,
                CHILDREN + 1);
    struct trace *const trace = fed(&text);
    assert_string_equal(trace_module_path(trace, trace_module(trace, CHILDREN + 1), &arena), name);
    assert_string_equal(trace_module_path(trace, trace_module(trace, 1), &arena), "");
    arena_finish(&arena);
    text_finish(&text);
    trace_destroy(trace);
}

static void tell_tensor(struct text *text, int id)
{
    text_format(text,
                "{\"k\":\"tensor\",\"t\":%d,\"shape\":[],\"dtype\":\"float32\",\"s\":%d}\n"
                "{\"k\":\"value\",\"t\":%d,\"data\":[1]}\n",
                id, id, id);
}

/* A walk that stays open, in which all that follows is computed. */
static void tell_walk(struct text *text)
{
    text_append_string(text, hello);
    tell_tensor(text, 1);
    text_append_string(
        text, "{\"k\":\"backward\",\"b\":1,\"root\":1,\"grad\":1,\"create_graph\":true}\n"
              "{\"k\":\"opdef\",\"op\":\"mul\",\"formula\":\"a · b\",\"provenance\":\"map\"}\n");
}

static void tell_square(struct text *text, int op, int of, int out)
{
    tell_tensor(text, out);
    text_format(text,
                "{\"k\":\"op\",\"o\":%d,\"op\":\"mul\",\"in\":[{\"t\":%d},{\"t\":%d}],"
                "\"out\":[%d]}\n",
                op, of, of, out);
}

/* The formula of a gradient would be said with what it is the gradient of: itself. */
static void a_gradient_of_its_own_gradient_has_a_label(void **state)
{
    struct arena arena = { 0 };
    struct text text = { 0 };

    (void)state;
    tell_walk(&text);
    tell_square(&text, 1, 1, 2);
    text_append_string(&text, "{\"k\":\"update\",\"t\":2,\"by\":\"grad\",\"total\":1}\n");
    struct trace *const trace = fed(&text);
    assert_int_equal(trace_tensor(trace, 1)->grad_of, 2);
    assert_string_equal(trace_tensor_label(trace, trace_tensor(trace, 2), &arena),
                        "mul.grad · mul.grad");
    assert_string_equal(trace_tensor_label(trace, trace_tensor(trace, 1), &arena),
                        "mul.grad · mul.grad.grad");
    trace_destroy(trace);
    arena_finish(&arena);
    text_finish(&text);
}

/* The same where a walk begins with what its root was made of. */
static void a_walk_that_begins_with_its_own_root_has_a_label(void **state)
{
    struct arena arena = { 0 };
    struct text text = { 0 };

    (void)state;
    tell_walk(&text);
    tell_tensor(&text, 2);
    tell_square(&text, 1, 2, 3);
    text_append_string(&text, "{\"k\":\"backward\",\"b\":2,\"root\":3,\"grad\":2}\n");
    struct trace *const trace = fed(&text);
    assert_string_equal(trace_tensor_label(trace, trace_tensor(trace, 3), &arena),
                        "∂mul/∂mul · ∂mul/∂mul");
    assert_true(trace_tensor_label(trace, trace_tensor(trace, 2), &arena)[0] != '\0');
    trace_destroy(trace);
    arena_finish(&arena);
    text_finish(&text);
}

/* Each is the square of a gradient of the one before: said in full, the label would double with each. */
static void a_label_of_gradients_of_gradients_is_short(void **state)
{
    enum { LEVELS = 18, BYTES_MOST = 64 * 1024 };
    struct arena arena = { 0 };
    struct text text = { 0 };

    (void)state;
    tell_walk(&text);
    for (int i = 1; i <= LEVELS; i++) {
        tell_tensor(&text, 2 * i);
        tell_square(&text, i, i == 1 ? 1 : 2 * i - 2, 2 * i + 1);
        text_format(&text, "{\"k\":\"update\",\"t\":%d,\"by\":\"grad\",\"total\":%d}\n", 2 * i + 1,
                    2 * i);
    }
    struct trace *const trace = fed(&text);
    trace_tensor_label(trace, trace_tensor(trace, 2 * LEVELS + 1), &arena);
    assert_in_range(arena.used, 1, BYTES_MOST);
    trace_destroy(trace);
    arena_finish(&arena);
    text_finish(&text);
}

/* What a function gives out was put out long before, with thousands of operations between. */
static void what_a_function_gives_out_is_found_at_once(void **state)
{
    enum { MADE = 60000, OUTPUTS = 6000, SECONDS_MOST = 2 };
    struct arena arena = { 0 };
    struct text text = { 0 };

    (void)state;
    text_append_string(&text, hello);
    text_append_string(&text, "{\"k\":\"opdef\",\"op\":\"F\",\"provenance\":\"function\"}\n");
    for (int i = 1; i <= MADE; i++) {
        tell_tensor(&text, i);
        text_format(&text,
                    "{\"k\":\"op\",\"o\":%d,\"op\":\"mul\",\"in\":[2,2],\"out\":[%d],"
                    "\"at\":[1,1,0,1,%d]}\n",
                    i, i, i % 2 == 0 ? 1 : 3);
    }
    text_format(&text,
                "{\"k\":\"op\",\"o\":%d,\"op\":\"add\",\"in\":[],\"out\":[1],"
                "\"at\":[1,1,2,1,3]}\n",
                MADE + 1);
    for (int i = 1; i <= MADE; i++) {
        if (i % OUTPUTS == 1) {
            text_format(&text, "{\"k\":\"op\",\"o\":%d,\"op\":\"F\",\"in\":[],\"out\":[",
                        MADE + 2 + i / OUTPUTS);
        }
        text_format(&text, i % OUTPUTS == 0 ? "%d]}\n" : "%d,", i);
    }
    struct trace *const trace = fed(&text);
    const clock_t begin = clock();
    for (int i = 2; i <= MADE; i++) {
        assert_string_equal(trace_inner_label(trace, trace_op(trace, i), &arena),
                            i % 2 == 0 ? "x" : "x=1");
    }
    /* By what wrote into it last. */
    assert_string_equal(trace_inner_label(trace, trace_op(trace, 1), &arena), "1");
    assert_string_equal(trace_inner_label(trace, trace_op(trace, MADE + 2), &arena), "");
    assert_true(clock() - begin < (clock_t)SECONDS_MOST * CLOCKS_PER_SEC);
    trace_destroy(trace);
    arena_finish(&arena);
    text_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_traces_do_no_harm),
        cmocka_unit_test(a_long_name_is_not_said_of_thousands),
        cmocka_unit_test(a_gradient_of_its_own_gradient_has_a_label),
        cmocka_unit_test(a_walk_that_begins_with_its_own_root_has_a_label),
        cmocka_unit_test(a_label_of_gradients_of_gradients_is_short),
        cmocka_unit_test(what_a_function_gives_out_is_found_at_once),
    };
    return test_run(tests);
}
