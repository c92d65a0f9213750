/* gradlight trace TRACE: the records as text, values written out. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli/cli.h"
#include "engine/base/visible.h"
#include "lessons/trace/state.h"

/* What a terminal would obey, or show as something else, stands in strings alone, where JSON has another
 * way to write it. */
static void print_json(const struct text *line)
{
    struct text out = { 0 };

    for (size_t at = 0; at < line->length;) {
        size_t size;
        const uint32_t character = utf8_decode(line->bytes + at, line->length - at, &size);
        if (character == '\n' || visible_character(character) == character) {
            text_append(&out, line->bytes + at, size);
        } else if (character < 0x10000) {
            text_format(&out, "\\u%04x", (unsigned)character);
        } else {
            text_format(&out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (character >> 10)),
                        (unsigned)(0xdc00 + (character & 0x3ff)));
        }
        at += size;
    }
    fwrite(out.bytes, 1, out.length, stdout);
    text_finish(&out);
}

/* A value that stands as base64 on its line, as decimals. */
static void print_value(const struct trace *trace, uint32_t index)
{
    const struct trace_tensor *const tensor =
        trace_tensor(trace, trace_record(trace, index)->value.tensor);
    const struct trace_value *const value = trace_value_at(tensor, index + 1);
    struct text line = { 0 };

    text_format(&line, "{\"k\":\"value\",\"t\":%lld,\"data\":[", (long long)tensor->id);
    for (size_t i = 0; i < value->count; i++) {
        char number[NUMBER_SIZE];
        const double element = trace_element(value, i);
        const size_t length = strcmp(tensor->dtype, "float32") == 0
                                  ? number_shortest_float(number, (float)element)
                                  : number_shortest(number, element);
        text_append(&line, i > 0 ? "," : "", i > 0);
        text_append(&line, number, length);
    }
    text_append_string(&line, "]}\n");
    print_json(&line);
    text_finish(&line);
}

static void print_records(const struct trace *trace)
{
    enum { ON_THE_LINE = 16 }; /* elements that a record spells out by itself */
    struct text line = { 0 };

    for (uint32_t i = 0; i < trace_record_count(trace); i++) {
        const struct record *const record = trace_record(trace, i);
        if (record->kind == RECORD_VALUE && !record->value.sampled &&
            trace_tensor(trace, record->value.tensor)->count > ON_THE_LINE) {
            print_value(trace, i);
            continue;
        }
        text_clear(&line);
        record_write(&line, record);
        print_json(&line);
    }
    text_finish(&line);
}

int cli_trace(int count, char **argv)
{
    const char *help = NULL, *rest[1];
    const struct option options[] = { { "help", 'h', NULL, "show this", &help }, { 0 } };
    struct error err = { 0 };
    size_t found;

    if (!options_read(options, count, argv, rest, 1, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help("trace", "TRACE", "Prints a trace with all values as decimals.", options);
    }
    if (!cli_one_file(rest, found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    struct trace *const trace = trace_create();
    const bool good = trace_load(trace, rest[0], &err);
    print_records(trace);
    trace_destroy(trace);
    return good ? STATUS_GOOD : cli_fail(STATUS_INPUT, &err);
}
