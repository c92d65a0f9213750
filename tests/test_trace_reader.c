/* Feeding a trace: whole, in parts, cut, broken. */
#include "tests/test.h"

#include "lessons/trace/trace.h"
#include "tests/trace_fixture.h"

static void write_all(const struct trace *trace, struct text *out)
{
    for (uint32_t i = 0; i < trace_record_count(trace); i++) {
        record_write(out, trace_record(trace, i));
    }
}

static void fixtures_are_written_as_they_were_read(void **state)
{
    (void)state;
    for (int i = 0; i < FIXTURE_COUNT; i++) {
        size_t length;
        char *bytes = fixture_bytes(fixture_names[i], &length);
        struct trace *trace = fixture_load(fixture_names[i]);
        struct text out = { 0 };
        write_all(trace, &out);
        assert_string_equal(out.bytes, bytes);
        assert_int_equal(out.length, length);
        text_finish(&out);
        trace_destroy(trace);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixtures_are_written_as_they_were_read),
    };
    return test_run(tests);
}
