/* Forged traces: whatever the bytes are, every question has an answer. */
#include "tests/test.h"

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

/* A module's name stands before those of all that is in it, which a line can say of thousands. */
static void a_long_name_is_not_said_of_thousands(void **state)
{
    enum { LONG = 60000, CHILDREN = 2000 };
    static const char hello[] =
        "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3\",\"device\":\"cpu\","
        "\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":1,\"seccomp\":true,\"why\""
        ":\"\"}}\n"
        "{\"k\":\"source\",\"cell\":1,\"kind\":\"code\",\"in\":1,\"line\":1,\"text\":\"x=1\\n\"}\n"
        "{\"k\":\"cell\",\"in\":1,\"f\":1}\n";
    static char name[LONG + 1];
    struct trace *const trace = trace_create();
    struct arena arena = { 0 };
    struct text text = { 0 };
    struct error err = { 0 };

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
    if (!trace_feed(trace, text.bytes, text.length, &err)) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(trace_module_path(trace, trace_module(trace, CHILDREN + 1), &arena), name);
    assert_string_equal(trace_module_path(trace, trace_module(trace, 1), &arena), "");
    arena_finish(&arena);
    text_finish(&text);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_traces_do_no_harm),
        cmocka_unit_test(a_long_name_is_not_said_of_thousands),
    };
    return test_run(tests);
}
