/* Feeding a trace: whole, in parts, cut, broken. */
#include "tests/test.h"

#include <errno.h>

#include "engine/base/system_error.h"
#include "lessons/trace/trace.h"
#include "tests/trace_fixture.h"

#define HELLO                                                                                   \
    "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3.11.2\",\"device\":\"cpu\"," \
    "\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":7,\"seccomp\":true,\"why\":"  \
    "\"\"}}\n"

static void write_all(const struct trace *trace, struct text *out)
{
    for (uint32_t i = 0; i < trace_record_count(trace); i++) {
        record_write(out, trace_record(trace, i));
    }
}

static void is_written_as_it_was_read(const char *name)
{
    size_t length;
    char *bytes = fixture_bytes(name, &length);
    struct trace *trace = fixture_load(name);
    struct text out = { 0 };
    write_all(trace, &out);
    assert_string_equal(out.bytes, bytes);
    assert_int_equal(out.length, length);
    text_finish(&out);
    trace_destroy(trace);
    free(bytes);
}

/* The last is of a lesson on a GPU, which cannot be run everywhere. */
static void fixtures_are_written_as_they_were_read(void **state)
{
    (void)state;
    for (int i = 0; i < FIXTURE_COUNT; i++) {
        is_written_as_it_was_read(fixture_names[i]);
    }
    is_written_as_it_was_read("devices");
}

static void byte_by_byte_is_the_same_as_at_once(void **state)
{
    (void)state;
    size_t length;
    char *bytes = fixture_bytes("linear_adam", &length);
    struct trace *trace = trace_create();
    struct error err = { 0 };
    for (size_t i = 0; i < length; i++) {
        /* A copy of its own, so that reading past it is seen. */
        char *one = malloc(1);
        *one = bytes[i];
        assert_true(trace_feed(trace, one, 1, &err));
        free(one);
    }
    assert_true(trace_finish_input(trace, &err));
    struct text out = { 0 };
    write_all(trace, &out);
    assert_string_equal(out.bytes, bytes);
    text_finish(&out);
    trace_destroy(trace);
    free(bytes);
}

static void a_file_is_loaded(void **state)
{
    (void)state;
    struct trace *trace = trace_create();
    struct error err = { 0 };
    assert_true(trace_load(trace, GRADLIGHT_SOURCE_ROOT "/tests/fixtures/diamond.trace", &err));
    assert_int_equal(trace_record_count(trace), 62);
    trace_destroy(trace);

    trace = trace_create();
    assert_false(trace_load(trace, GRADLIGHT_SOURCE_ROOT "/tests/fixtures/diamond.py", &err));
    assert_non_null(strstr(err.text, "diamond.py: line 1: byte 0: expected a value"));
    trace_destroy(trace);

    trace = trace_create();
    assert_false(trace_load(trace, "/nowhere/at/all.trace", &err));
    assert_int_equal(err.kind, ERROR_IO);
    assert_memory_equal(err.text, "cannot read /nowhere/at/all.trace: ", 35);
    assert_string_equal(err.text + 35, system_error(ENOENT));
    assert_false(trace_load(trace, "/", &err));
    assert_int_equal(err.kind, ERROR_IO);
    trace_destroy(trace);
}

/* Cut anywhere: everything before the cut is there; the rest of a line is an error that names it,
 * unless it happens to be whole. */
static void a_cut_keeps_what_is_before_it(void **state)
{
    (void)state;
    size_t length;
    char *bytes = fixture_bytes("diamond", &length);
    uint32_t lines = 0;
    size_t line_start = 0;
    for (size_t cut = 0; cut <= length; cut++) {
        struct trace *trace = trace_create();
        struct error err = { 0 };
        assert_true(trace_feed(trace, bytes, cut, &err));
        assert_int_equal(trace_record_count(trace), lines);
        const bool whole = cut == line_start || bytes[cut] == '\n';
        assert_true(trace_finish_input(trace, &err) == whole);
        assert_int_equal(trace_record_count(trace), lines + (cut > line_start && whole));
        assert_true(trace_ending(trace)->broken == !whole);
        if (!whole) {
            char expected[32];
            snprintf(expected, sizeof(expected), "line %u: ", lines + 1);
            assert_memory_equal(err.text, expected, strlen(expected));
            assert_string_equal(trace_ending(trace)->why, err.text);
        }
        trace_destroy(trace);
        if (cut < length && bytes[cut] == '\n') {
            lines++;
            line_start = cut + 1;
        }
    }
    free(bytes);
}

static bool feed(struct trace *trace, const char *text, struct error *err)
{
    *err = (struct error){ 0 };
    return trace_feed(trace, text, strlen(text), err);
}

static void a_line_may_be_as_long_as_the_limit_and_not_longer(void **state)
{
    (void)state;
    const char before[] = "{\"k\":\"out\",\"stream\":\"stdout\",\"text\":\"", after[] = "\"}\n";
    for (size_t over = 0; over <= 1; over++) {
        struct text line = { 0 };
        text_append_string(&line, before);
        while (line.length + strlen(after) < TRACE_LINE_MAX + over) {
            text_append_char(&line, 'x');
        }
        text_append_string(&line, after);
        struct trace *trace = trace_create();
        struct error err;
        assert_true(feed(trace, HELLO, &err));
        assert_true(feed(trace, line.bytes, &err) == (over == 0));
        assert_int_equal(trace_record_count(trace), 2 - over);
        if (over) {
            assert_string_equal(err.text, "line 2: longer than 65536 bytes");
            assert_false(feed(trace, "{\"k\":\"cell\",\"in\":1,\"f\":1}\n", &err));
            assert_string_equal(err.text, "line 2: longer than 65536 bytes");
        }
        trace_destroy(trace);
        text_finish(&line);
    }
}

/* It is refused as soon as it is too long, not when its end comes. */
static void a_line_without_end_does_not_fill_the_memory(void **state)
{
    (void)state;
    struct trace *trace = trace_create();
    struct error err;
    assert_true(feed(trace, HELLO, &err));
    char *block = malloc(4096);
    memset(block, 'x', 4096);
    size_t fed = 0;
    while (trace_feed(trace, block, 4096, &err)) {
        fed += 4096;
        assert_true(fed <= TRACE_LINE_MAX);
    }
    assert_int_equal(trace_record_count(trace), 1);
    free(block);
    trace_destroy(trace);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    struct text line = { 0 };
    struct trace *trace = trace_create();
    struct error err;
    assert_true(feed(trace, HELLO, &err));
    text_append_string(&line, "{\"k\":\"dream\",\"x\":");
    for (int i = 0; i < 20000; i++) {
        text_append_char(&line, '[');
    }
    text_append_char(&line, '\n');
    assert_false(feed(trace, line.bytes, &err));
    assert_non_null(strstr(err.text, "line 2: "));
    assert_non_null(strstr(err.text, "nested too deep"));
    text_finish(&line);
    trace_destroy(trace);
}

/* Two tensors, a node, a module, an optimizer, a walk, a frame that has returned. */
#define THINGS                                                                                \
    HELLO                                                                                     \
    "{\"k\":\"source\",\"cell\":1,\"kind\":\"code\",\"in\":1,\"line\":1,\"text\":\"x\\n\"}\n" \
    "{\"k\":\"cell\",\"in\":1,\"f\":1}\n"                                                     \
    "{\"k\":\"call\",\"f\":2,\"parent\":1,\"in\":1,\"line\":1,\"name\":\"g\"}\n"              \
    "{\"k\":\"return\",\"f\":2}\n"                                                            \
    "{\"k\":\"tensor\",\"t\":1,\"shape\":[2],\"dtype\":\"float32\",\"s\":1}\n"                \
    "{\"k\":\"tensor\",\"t\":2,\"shape\":[5000],\"dtype\":\"float32\",\"s\":2}\n"             \
    "{\"k\":\"node\",\"n\":1,\"name\":\"MulBackward0\",\"edges\":[{\"leaf\":1},null]}\n"      \
    "{\"k\":\"op\",\"o\":1,\"op\":\"mul\",\"in\":[{\"t\":1}],\"out\":[2],\"n\":1}\n"          \
    "{\"k\":\"module\",\"m\":1,\"class\":\"A\",\"text\":\"A()\"}\n"                           \
    "{\"k\":\"optim\",\"p\":1,\"class\":\"SGD\",\"groups\":[{\"params\":[{\"t\":1}]}]}\n"     \
    "{\"k\":\"backward\",\"b\":1,\"root\":2,\"grad\":1}\n"                                    \
    "{\"k\":\"backward_end\",\"b\":1}\n"

static void ids_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        { HELLO, "hello: a trace has only one" },
        { "{\"k\":\"source\",\"cell\":3,\"kind\":\"code\",\"line\":1,\"text\":\"\"}\n",
          "source: cell 3 where cell 2 is next" },
        { "{\"k\":\"source\",\"cell\":2,\"kind\":\"code\",\"in\":1,\"line\":1,\"text\":\"\"}\n",
          "source: code cell 1 where code cell 2 is next" },
        { "{\"k\":\"cell\",\"in\":1,\"f\":2}\n", "cell: frame 2 where frame 3 is next" },
        { "{\"k\":\"line\",\"f\":3,\"line\":1}\n", "line: there is no frame 3" },
        { "{\"k\":\"call\",\"f\":3,\"parent\":9,\"in\":1,\"line\":1,\"name\":\"\"}\n",
          "call: there is no frame 9" },
        { "{\"k\":\"call\",\"f\":9,\"parent\":1,\"in\":1,\"line\":1,\"name\":\"\"}\n",
          "call: frame 9 where frame 3 is next" },
        { "{\"k\":\"return\",\"f\":2}\n", "return: frame 2 has ended already" },
        { "{\"k\":\"return\",\"f\":7}\n", "return: there is no frame 7" },
        { "{\"k\":\"enter\",\"m\":2}\n", "enter: there is no module 2" },
        { "{\"k\":\"leave\",\"m\":2}\n", "leave: there is no module 2" },
        { "{\"k\":\"cond\",\"f\":1,\"kind\":\"if\",\"at\":[1,1,0,1,1],\"value\":true,\"t\":3,"
          "\"body\":[1,1]}\n",
          "cond: there is no tensor 3" },
        { "{\"k\":\"mode\",\"train\":\"on\",\"m\":2}\n", "mode: there is no module 2" },
        { "{\"k\":\"tensor\",\"t\":9007199254740992,\"shape\":[],\"dtype\":\"bool\"}\n",
          "tensor: tensor 9007199254740992 where tensor 3 is next" },
        { "{\"k\":\"tensor\",\"t\":3,\"shape\":[],\"dtype\":\"bool\",\"s\":4}\n",
          "tensor: storage 4 where storage 3 is next" },
        { "{\"k\":\"tensor\",\"t\":3,\"shape\":[94906267,94906267],\"dtype\":\"bool\"}\n",
          "tensor: a shape of more than 2^53 elements" },
        { "{\"k\":\"value\",\"t\":3,\"data\":[]}\n", "value: there is no tensor 3" },
        { "{\"k\":\"value\",\"t\":1,\"data\":[1]}\n", "value: 1 elements where tensor 1 has 2" },
        { "{\"k\":\"value\",\"t\":1,\"sample\":[1,2],\"b64\":\"AAAAAAAAAAA=\","
          "\"stats\":[0,0,0,0]}\n",
          "value: more than 4096 elements are sampled" },
        { "{\"k\":\"value\",\"t\":2,\"data\":[1]}\n",
          "value: more than 4096 elements are sampled" },
        { "{\"k\":\"value\",\"t\":2,\"sample\":[1,2],\"b64\":\"AAAAAAAAAAA=\","
          "\"stats\":[0,0,0,0]}\n",
          "value: the sample should be 1 by 64" },
        { "{\"k\":\"op\",\"o\":3,\"op\":\"mul\",\"out\":[]}\n",
          "op: operation 3 where operation 2 is next" },
        { "{\"k\":\"op\",\"o\":2,\"op\":\"mul\",\"in\":[[{\"t\":3}]],\"out\":[]}\n",
          "op: there is no tensor 3" },
        { "{\"k\":\"op\",\"o\":2,\"op\":\"mul\",\"attrs\":{\"x\":{\"m\":3}},\"out\":[]}\n",
          "op: there is no module 3" },
        { "{\"k\":\"op\",\"o\":2,\"op\":\"mul\",\"out\":[3]}\n", "op: there is no tensor 3" },
        { "{\"k\":\"op\",\"o\":2,\"op\":\"mul\",\"out\":[],\"m\":2}\n",
          "op: there is no module 2" },
        { "{\"k\":\"op\",\"o\":2,\"op\":\"mul\",\"out\":[],\"n\":2}\n", "op: there is no node 2" },
        { "{\"k\":\"op\",\"o\":2,\"op\":\"mul\",\"out\":[],\"n\":1}\n",
          "op: node 1 was made by operation 1 already" },
        { "{\"k\":\"node\",\"n\":1,\"name\":\"\",\"edges\":[]}\n",
          "node: node 1 where node 2 is next" },
        { "{\"k\":\"node\",\"n\":2,\"name\":\"\",\"edges\":[{\"n\":2}]}\n",
          "node: there is no node 2" },
        { "{\"k\":\"node\",\"n\":2,\"name\":\"\",\"edges\":[{\"leaf\":3}]}\n",
          "node: there is no tensor 3" },
        { "{\"k\":\"node\",\"n\":2,\"name\":\"\",\"edges\":[],"
          "\"saved\":[{\"name\":\"a\",\"t\":3}]}\n",
          "node: there is no tensor 3" },
        { "{\"k\":\"module\",\"m\":3,\"class\":\"A\",\"text\":\"\"}\n",
          "module: module 3 where module 2 is next" },
        { "{\"k\":\"module\",\"m\":2,\"class\":\"A\",\"text\":\"\",\"params\":[[\"w\",3]]}\n",
          "module: there is no tensor 3" },
        { "{\"k\":\"module\",\"m\":2,\"class\":\"A\",\"text\":\"\",\"children\":[[\"c\",2]]}\n",
          "module: there is no module 2" },
        { "{\"k\":\"bind\",\"f\":1,\"name\":\"x\",\"t\":3}\n", "bind: there is no tensor 3" },
        { "{\"k\":\"bind\",\"f\":1,\"name\":\"x\",\"m\":2}\n", "bind: there is no module 2" },
        { "{\"k\":\"bind\",\"f\":1,\"name\":\"x\",\"p\":2}\n", "bind: there is no optimizer 2" },
        { "{\"k\":\"bind\",\"f\":4,\"name\":\"x\"}\n", "bind: there is no frame 4" },
        { "{\"k\":\"bind\",\"f\":1,\"name\":\"x\",\"items\":[{\"t\":4}]}\n",
          "bind: there is no tensor 4" },
        { "{\"k\":\"update\",\"t\":3,\"by\":\"add_\"}\n", "update: there is no tensor 3" },
        { "{\"k\":\"gone\",\"t\":[1,3]}\n", "gone: there is no tensor 3" },
        { "{\"k\":\"gone\",\"n\":[2]}\n", "gone: there is no node 2" },
        { "{\"k\":\"backward\",\"b\":2,\"root\":3,\"grad\":1}\n",
          "backward: there is no tensor 3" },
        { "{\"k\":\"backward\",\"b\":1,\"root\":2,\"grad\":1}\n",
          "backward: backward 1 where backward 2 is next" },
        { "{\"k\":\"visit\",\"b\":2,\"n\":1,\"in\":[1],\"edges\":[null,null]}\n",
          "visit: there is no backward 2" },
        { "{\"k\":\"visit\",\"b\":1,\"n\":2,\"in\":[1],\"edges\":[]}\n",
          "visit: there is no node 2" },
        { "{\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[3],\"edges\":[null,null]}\n",
          "visit: there is no tensor 3" },
        { "{\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[1],\"edges\":[null]}\n",
          "visit: 1 edges where node 1 has 2" },
        { "{\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[1],"
          "\"edges\":[{\"to\":{\"leaf\":1},\"grad\":4},null]}\n",
          "visit: there is no tensor 4" },
        { "{\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[1],"
          "\"edges\":[{\"to\":{\"n\":5},\"grad\":1},null]}\n",
          "visit: there is no node 5" },
        { "{\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[1],"
          "\"edges\":[{\"to\":{\"leaf\":1},\"grad\":1,\"local\":{\"t\":8}},null]}\n",
          "visit: there is no tensor 8" },
        { "{\"k\":\"free\",\"n\":2}\n", "free: there is no node 2" },
        { "{\"k\":\"accumulate\",\"b\":1,\"t\":1,\"grad\":2,\"total\":3}\n",
          "accumulate: there is no tensor 3" },
        { "{\"k\":\"backward_end\",\"b\":1}\n", "backward_end: backward 1 has ended already" },
        { "{\"k\":\"backward_end\",\"b\":2}\n", "backward_end: there is no backward 2" },
        { "{\"k\":\"optim\",\"p\":3,\"class\":\"\",\"groups\":[]}\n",
          "optim: optimizer 3 where optimizer 2 is next" },
        { "{\"k\":\"optim\",\"p\":2,\"class\":\"\",\"groups\":[{\"params\":[{\"t\":3}]}]}\n",
          "optim: there is no tensor 3" },
        { "{\"k\":\"step\",\"p\":2,\"params\":[]}\n", "step: there is no optimizer 2" },
        { "{\"k\":\"step\",\"p\":1,\"params\":[{\"t\":3,\"state\":{}}]}\n",
          "step: there is no tensor 3" },
        { "{\"k\":\"step\",\"p\":1,\"params\":[{\"t\":1,\"state\":{\"m\":{\"t\":3}}}]}\n",
          "step: there is no tensor 3" },
        { "{\"k\":\"copy\",\"t\":1,\"from\":3,\"bytes\":8}\n", "copy: there is no tensor 3" },
        { "{\"k\":\"copy\",\"t\":3,\"bytes\":8}\n", "copy: there is no tensor 3" },
        { "{\"k\":\"kernel\",\"o\":2,\"device\":\"cuda:0\",\"count\":1,\"queued\":1,\"run\":1}\n",
          "kernel: there is no operation 2" },
        { "{\"k\":\"kernel\",\"b\":2,\"n\":1,\"device\":\"cuda:0\",\"count\":1,\"queued\":1}\n",
          "kernel: there is no backward 2" },
        { "{\"k\":\"fallback\",\"b\":1,\"n\":2,\"device\":\"cuda:0\",\"what\":\"lu\","
          "\"dtype\":\"float32\",\"count\":1,\"bytes\":8}\n",
          "fallback: there is no node 2" },
        { "{\"k\":\"fallback\",\"p\":2,\"device\":\"cuda:0\",\"what\":\"lu\","
          "\"dtype\":\"float32\",\"count\":1,\"bytes\":8}\n",
          "fallback: there is no optimizer 2" },
        { "{\"k\":\"probe\",\"what\":\"check\",\"x\":{\"y\":{\"t\":3}}}\n",
          "probe: there is no tensor 3" },
        { "{\"k\":\"error\",\"type\":\"E\",\"text\":\"\",\"frames\":[],\"node\":2,"
          "\"traceback\":\"\"}\n",
          "error: there is no node 2" },
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct trace *trace = trace_create();
        struct error err;
        if (!feed(trace, THINGS, &err)) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(trace_record_count(trace), 13);
        if (feed(trace, lines[i][0], &err)) {
            fail_msg("taken: %s", lines[i][0]);
        }
        assert_memory_equal(err.text, "line 14: ", 9);
        if (!strstr(err.text, lines[i][1])) {
            fail_msg("\"%s\" does not say \"%s\"", err.text, lines[i][1]);
        }
        assert_int_equal(trace_record_count(trace), 13);
        trace_destroy(trace);
    }
}

static void a_trace_begins_with_its_format(void **state)
{
    (void)state;
    struct trace *trace = trace_create();
    struct error err;
    assert_null(trace_hello(trace));
    assert_false(feed(trace, "{\"k\":\"cell\",\"in\":1,\"f\":1}\n", &err));
    assert_string_equal(err.text, "line 1: cell: a trace begins with a hello record");
    trace_destroy(trace);

    trace = trace_create();
    struct text line = { 0 };
    text_append_string(&line, HELLO);
    *strchr(line.bytes, '1') = '2';
    assert_false(feed(trace, line.bytes, &err));
    assert_string_equal(err.text,
                        "line 1: hello: this trace has format 2, this program reads format 1");
    text_finish(&line);
    trace_destroy(trace);
}

static void parts_of_a_cell_are_joined(void **state)
{
    (void)state;
    struct trace *trace = trace_create();
    struct error err;
    assert_true(feed(trace,
                     HELLO "{\"k\":\"source\",\"cell\":1,\"kind\":\"markdown\",\"line\":1,"
                           "\"more\":true,\"text\":\"# Đạo \"}\n"
                           "{\"k\":\"source\",\"cell\":1,\"kind\":\"markdown\",\"line\":1,"
                           "\"text\":\"hàm\"}\n"
                           "{\"k\":\"source\",\"cell\":2,\"kind\":\"code\",\"in\":1,\"line\":5,"
                           "\"tags\":[\"a\",\"b\"],\"more\":true,\"text\":\"x\\n\"}\n",
                     &err));
    assert_int_equal(trace_cell_count(trace), 2);
    assert_string_equal(trace_cell(trace, 0)->text.bytes, "# Đạo hàm");
    assert_int_equal(trace_cell(trace, 0)->in_number, 0);
    assert_string_equal(trace_code_cell(trace, 1)->text.bytes, "x\n");
    assert_int_equal(trace_code_cell(trace, 1)->file_line, 5);
    assert_int_equal(trace_code_cell(trace, 1)->tag_count, 2);
    assert_string_equal(trace_code_cell(trace, 1)->title, "");
    assert_null(trace_code_cell(trace, 0));
    assert_null(trace_code_cell(trace, 2));
    assert_false(feed(
        trace, "{\"k\":\"source\",\"cell\":3,\"kind\":\"code\",\"line\":9,\"text\":\"\"}\n", &err));
    assert_string_equal(err.text, "line 5: source: the text of cell 2 should go on");
    trace_destroy(trace);
}

static bool is_said(enum record_kind kind)
{
    return kind == RECORD_HELLO || kind == RECORD_SOURCE || kind == RECORD_OUT ||
           kind == RECORD_DISPLAY || kind == RECORD_ERROR || kind == RECORD_END;
}

/* The records of what is said, as they stand in the whole trace. */
static void keeps_what_is_said(const char *name)
{
    size_t length;
    char *bytes = fixture_bytes(name, &length);
    struct trace *whole = fixture_load(name), *said = trace_create();
    struct error err = { 0 };
    struct text expected = { 0 }, out = { 0 };
    trace_keep_said(said);
    assert_true(trace_feed(said, bytes, length, &err) && trace_finish_input(said, &err));
    for (uint32_t i = 0; i < trace_record_count(whole); i++) {
        const struct record *record = trace_record(whole, i);
        if (is_said(record->kind)) {
            record_write(&expected, record);
        }
    }
    write_all(said, &out);
    assert_string_equal(out.bytes, expected.bytes);
    assert_int_equal(trace_ending(said)->ended, trace_ending(whole)->ended);
    assert_int_equal(trace_ending(said)->status, trace_ending(whole)->status);
    assert_int_equal(trace_tensor_count(said), 0);
    text_finish(&out);
    text_finish(&expected);
    trace_destroy(said);
    trace_destroy(whole);
    free(bytes);
}

/* One of them ends with an error at a node, which nobody knows then. */
static void what_is_said_can_be_kept_alone(void **state)
{
    (void)state;
    for (int i = 0; i < FIXTURE_COUNT; i++) {
        keeps_what_is_said(fixture_names[i]);
    }
    struct trace *trace = trace_create();
    struct error err = { 0 };
    trace_keep_said(trace);
    assert_true(feed(trace, HELLO "{\"k\":\"op\",\"o\":7,\"op\":\"add\",\"out\":[9]}\n", &err));
    assert_true(feed(trace, "{ \"k\": \"free\", \"n\": 3 }\n{\"k\":\"later\"}\n", &err));
    assert_int_equal(trace_record_count(trace), 1);
    assert_false(feed(trace, "no record\n", &err));
    assert_non_null(strstr(err.text, "line 5"));
    trace_destroy(trace);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct trace *trace = trace_create();
    struct error err;
    struct text line = { 0 };
    assert_true(feed(trace, HELLO, &err));
    text_append_string(&line, "{\"k\":\"node\",\"n\":1,\"name\":\"\",\"edges\":[null");
    while (line.length < TRACE_LINE_MAX - 16) {
        text_append_string(&line, ",null");
    }
    text_append_string(&line, "]}\n");
    char number[32];
    uint32_t count = 0;
    bool good = true;
    while (good) {
        struct text numbered = { 0 };
        snprintf(number, sizeof(number), "{\"k\":\"node\",\"n\":%u", ++count);
        text_append_string(&numbered, number);
        text_append_string(&numbered, strchr(line.bytes, ',') + strlen(",\"n\":1"));
        good = feed(trace, numbered.bytes, &err);
        text_finish(&numbered);
        assert_true(count < 2000);
    }
    assert_non_null(strstr(err.text, "the trace is larger than 256 MiB"));
    assert_int_equal(trace_record_count(trace), count);
    text_finish(&line);
    trace_destroy(trace);
}

static void the_number_of_operations_is_bounded(void **state)
{
    (void)state;
    struct trace *trace = trace_create();
    struct error err;
    assert_true(feed(trace, HELLO, &err));
    char line[128];
    int count = 0;
    do {
        snprintf(line, sizeof(line), "{\"k\":\"op\",\"o\":%d,\"op\":\"x%d\",\"out\":[]}\n",
                 count + 1, (count * 7919) % 100003);
    } while (feed(trace, line, &err) && ++count < 10000);
    assert_int_equal(count, 4096);
    assert_non_null(strstr(err.text, "op: more than 4096 different operations"));
    assert_string_equal(trace_op(trace, 4000)->def->op, trace_op(trace, 4000)->record->name);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixtures_are_written_as_they_were_read),
        cmocka_unit_test(byte_by_byte_is_the_same_as_at_once),
        cmocka_unit_test(a_file_is_loaded),
        cmocka_unit_test(a_cut_keeps_what_is_before_it),
        cmocka_unit_test(a_line_may_be_as_long_as_the_limit_and_not_longer),
        cmocka_unit_test(a_line_without_end_does_not_fill_the_memory),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(ids_that_do_not_exist_are_refused),
        cmocka_unit_test(a_trace_begins_with_its_format),
        cmocka_unit_test(parts_of_a_cell_are_joined),
        cmocka_unit_test(what_is_said_can_be_kept_alone),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(the_number_of_operations_is_bounded),
    };
    return test_run(tests);
}
