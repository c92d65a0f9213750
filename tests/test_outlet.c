/* What the lesson hands over comes out whole and in order, however slow the reader and however much it is. */
#include "tests/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lessons/runner/outlet.h"

/* An outlet, and a thread that reads what it writes. */
struct stage {
    struct outlet outlet;
    int ends[2];
    pthread_t reader;
    unsigned rest; /* microseconds after each read */
    struct text got;
};

static const struct outlet_limits wide = { 10000000, 1u << 30, 1 << 20 };

static void *read_all(void *argument)
{
    struct stage *const stage = argument;
    char bytes[8192];
    ssize_t count;
    while ((count = read(stage->ends[0], bytes, sizeof(bytes))) > 0) {
        text_append(&stage->got, bytes, (size_t)count);
        usleep(stage->rest);
    }
    return NULL;
}

static void begin(struct stage *stage, const struct outlet_limits *limits, bool threaded,
                  unsigned rest)
{
    struct error err;
    *stage = (struct stage){ .rest = rest };
    assert_int_equal(pipe(stage->ends), 0);
    assert_int_equal(pthread_create(&stage->reader, NULL, read_all, stage), 0);
    outlet_init(&stage->outlet, stage->ends[1], limits);
    assert_true(!threaded || outlet_start(&stage->outlet, &err));
}

/* What was written in all. */
static const char *end(struct stage *stage)
{
    outlet_rest(&stage->outlet);
    outlet_flush(&stage->outlet, true);
    close(stage->ends[1]);
    pthread_join(stage->reader, NULL);
    close(stage->ends[0]);
    return text_string(&stage->got);
}

static void finish(struct stage *stage)
{
    outlet_finish(&stage->outlet);
    text_finish(&stage->got);
}

static void write_line(struct outlet *outlet, int64_t line)
{
    outlet_write(outlet, &(struct record){ .kind = RECORD_LINE, .line = { 1, line } });
}

/* Elements of a tensor, of which a batch holds few: of any size, so that batches end anywhere. */
static struct record value_record(int64_t tensor, const unsigned char *bytes)
{
    return (struct record){ .kind = RECORD_VALUE,
                            .value = { .tensor = tensor,
                                       .dtype = "uint8",
                                       .bytes = bytes,
                                       .byte_count = (size_t)(tensor * 7919 % 4001) } };
}

static void expect_lines_and_values(bool threaded, unsigned rest, int64_t count)
{
    struct stage stage;
    struct text expected = { 0 };
    unsigned char elements[4001];
    for (size_t i = 0; i < sizeof(elements); i++) {
        elements[i] = (unsigned char)(i * i);
    }
    begin(&stage, &wide, threaded, rest);
    for (int64_t i = 1; i <= count; i++) {
        const struct record line = { .kind = RECORD_LINE, .line = { 1, i } };
        const struct record value = value_record(i, elements);
        outlet_write(&stage.outlet, &line);
        outlet_write(&stage.outlet, &value);
        record_write(&expected, &line);
        record_write(&expected, &value);
    }
    assert_string_equal(end(&stage), expected.bytes);
    finish(&stage);
    text_finish(&expected);
}

/* Some 20 MB, which is more than an outlet holds. */
static void everything_comes_out_in_order(void **state)
{
    (void)state;
    expect_lines_and_values(true, 0, 10000);
}

static void a_slow_reader_is_waited_for(void **state)
{
    (void)state;
    expect_lines_and_values(true, 20, 10000);
}

static void without_a_thread_the_writer_writes(void **state)
{
    (void)state;
    expect_lines_and_values(false, 0, 10000);
}

static void a_flush_waits_until_all_is_out(void **state)
{
    (void)state;
    struct stage stage;
    struct text expected = { 0 };
    begin(&stage, &wide, true, 0);
    for (int64_t i = 1; i <= 500; i++) {
        write_line(&stage.outlet, i);
        record_write(&expected, &(struct record){ .kind = RECORD_LINE, .line = { 1, i } });
        outlet_flush_early(&stage.outlet);
        assert_int_equal(stage.outlet.bytes, expected.length);
    }
    assert_string_equal(end(&stage), expected.bytes);
    finish(&stage);
    text_finish(&expected);
}

/* No shorter form holds it, and no line. */
static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    struct stage stage;
    struct text expected = { 0 };
    struct argument *const in = calloc(COUNT, sizeof(*in));
    const struct record op = { .kind = RECORD_OP,
                               .op = { .op = 1, .name = "cat", .in = in, .in_count = COUNT } };
    for (int i = 0; i < COUNT; i++) {
        in[i] = (struct argument){ .kind = ARGUMENT_TENSOR, .id = i + 1 };
    }
    begin(&stage, &wide, true, 0);
    outlet_write(&stage.outlet, &op);
    record_write(&expected, &op);
    write_line(&stage.outlet, 2);
    record_write(&expected, &(struct record){ .kind = RECORD_LINE, .line = { 1, 2 } });
    assert_string_equal(end(&stage), expected.bytes);
    finish(&stage);
    text_finish(&expected);
    free(in);
}

/* From then on only what is vital. */
static void the_limit_is_told_once(void **state)
{
    (void)state;
    const struct outlet_limits few = { 3, 1 << 20, 100 };
    struct stage stage;
    begin(&stage, &few, true, 0);
    for (int64_t i = 1; i <= 100000; i++) {
        write_line(&stage.outlet, i);
    }
    outlet_flush(&stage.outlet, true);
    assert_true(outlet_is_full(&stage.outlet));
    write_line(&stage.outlet, 7);
    outlet_write(&stage.outlet, &(struct record){ .kind = RECORD_END, .end = { "finished", 0 } });
    assert_string_equal(end(&stage),
                        "{\"k\":\"line\",\"f\":1,\"line\":1}\n"
                        "{\"k\":\"line\",\"f\":1,\"line\":2}\n"
                        "{\"k\":\"line\",\"f\":1,\"line\":3}\n"
                        "{\"k\":\"budget\",\"what\":\"events\",\"limit\":3,\"text\":\"so much has "
                        "happened that the rest of the lesson runs without being recorded\"}\n"
                        "{\"k\":\"end\",\"how\":\"finished\",\"status\":0}\n");
    finish(&stage);
}

/* What is printed in pieces is one text; a long one is cut between characters. */
static void printed_text_is_joined(void **state)
{
    (void)state;
    enum { PRINTED = 40000 };
    struct stage stage;
    struct text long_one = { 0 }, read = { 0 };
    while (long_one.length < PRINTED) {
        text_append_string(&long_one, "ạ");
    }
    begin(&stage, &wide, true, 0);
    outlet_print(&stage.outlet, OUTLET_STDOUT, "a", 1);
    outlet_print(&stage.outlet, OUTLET_STDOUT, "b\n", 2);
    write_line(&stage.outlet, 1);
    outlet_print(&stage.outlet, OUTLET_STDERR, "c", 1);
    outlet_print(&stage.outlet, OUTLET_STDOUT, long_one.bytes, long_one.length);
    const char *at = end(&stage);
    const char *const head = "{\"k\":\"out\",\"stream\":\"stdout\",\"text\":\"ab\\n\"}\n"
                             "{\"k\":\"line\",\"f\":1,\"line\":1}\n"
                             "{\"k\":\"out\",\"stream\":\"stderr\",\"text\":\"c\"}\n";
    assert_memory_equal(at, head, strlen(head));
    assert_true(utf8_valid(at, strlen(at)));
    for (at += strlen(head); *at; at++) {
        if ((unsigned char)*at >= 0x80) {
            text_append_char(&read, *at);
        }
    }
    assert_string_equal(read.bytes, long_one.bytes);
    finish(&stage);
    text_finish(&long_one);
    text_finish(&read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_out_in_order),
        cmocka_unit_test(a_slow_reader_is_waited_for),
        cmocka_unit_test(without_a_thread_the_writer_writes),
        cmocka_unit_test(a_flush_waits_until_all_is_out),
        cmocka_unit_test(what_is_too_long_is_cut),
        cmocka_unit_test(the_limit_is_told_once),
        cmocka_unit_test(printed_text_is_joined),
    };
    return test_run(tests);
}
