/* Which tensor a line is about that computes nothing: what a loop takes, what is printed. */

#include <ctype.h>
#include <string.h>

#include "render/code/code.h"
#include "render/code/links.h"
#include "render/tensor/figure.h"

/* Reads a line's names: not those in a string, but those in the braces of an f-string. */
struct name_reader {
    const char *text;
    size_t length, at;
    char quote; /* of the string that it is in, 0: in none */
    bool filled;
    int braces;
};

static bool begins_name(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static bool goes_on(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool in_words(const struct name_reader *reader)
{
    return reader->quote && reader->braces == 0;
}

/* Quotes and braces; true if the character was one of them. */
static bool take_mark(struct name_reader *reader, char c)
{
    const char before = reader->at > 0 ? reader->text[reader->at - 1] : ' ';

    if (reader->quote && c == reader->quote) {
        reader->quote = 0;
    } else if (!reader->quote && (c == '"' || c == '\'')) {
        reader->quote = c;
        reader->filled = before == 'f' || before == 'F';
        reader->braces = 0;
    } else if (reader->quote && reader->filled && (c == '{' || c == '}')) {
        reader->braces += c == '{' ? 1 : -1;
    } else {
        return false;
    }
    return true;
}

/* The next name that is no attribute: where it begins, and its length; false at the end. */
static bool next_name(struct name_reader *reader, const char **name, size_t *length)
{
    while (reader->at < reader->length) {
        const char c = reader->text[reader->at];
        if (take_mark(reader, c) || in_words(reader) || !goes_on(c)) {
            if (c == '#' && !reader->quote) {
                return false;
            }
            reader->at++;
            continue;
        }
        const size_t from = reader->at;
        while (reader->at < reader->length && goes_on(reader->text[reader->at])) {
            reader->at++;
        }
        *name = reader->text + from;
        *length = reader->at - from;
        if (begins_name(c) && (from == 0 || reader->text[from - 1] != '.')) {
            return true;
        }
    }
    return false;
}

/* Of "x.grad" not x is meant. */
static bool asks_for_gradient(const struct name_reader *reader)
{
    static const char grad[] = ".grad";
    const size_t length = sizeof(grad) - 1;

    return reader->at + length <= reader->length &&
           memcmp(reader->text + reader->at, grad, length) == 0;
}

/* Whether something was computed since the line began. */
static bool computes_since(const struct trace *trace, uint32_t line, uint32_t moment)
{
    for (uint32_t i = line + 1; i < moment; i++) {
        if (trace_record(trace, i)->kind == RECORD_OP) {
            return true;
        }
    }
    return false;
}

static const struct stop *plain_stop(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    const struct stop *const stop =
        index == SIZE_MAX ? NULL : stops_at(run->stops, STOP_OPERATION, index);

    if (!stop || stop->line == NEVER) {
        return NULL;
    }
    const enum record_kind kind = trace_record(run->trace, stop->record)->kind;
    const bool plain = kind == RECORD_OUT || kind == RECORD_BIND || kind == RECORD_LINE;
    return plain && !computes_since(run->trace, stop->line, run->moment) ? stop : NULL;
}

const struct trace_tensor *figure_named(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    const struct stop *const stop = plain_stop(run);
    const struct record_line *const line =
        stop ? &trace_record(run->trace, stop->line)->line : NULL;
    const struct trace_frame *const frame = line ? trace_frame(run->trace, line->frame) : NULL;
    const struct trace_cell *const cell = frame ? trace_code_cell(run->trace, frame->cell) : NULL;
    size_t start, length;

    if (!cell) {
        return NULL;
    }
    const int number = (int)line->line;
    code_line_range(cell, number, &start, &length);
    struct name_reader reader = { .text = cell->text.bytes + start, .length = length };
    for (const char *name; next_name(&reader, &name, &length);) {
        const int64_t id = code_name_at(view, cell, number, name, length);
        const struct trace_tensor *const of = id > 0 ? trace_tensor(run->trace, id) : NULL;
        const struct trace_tensor *const tensor =
            of && asks_for_gradient(&reader) ? trace_grad_at(run->trace, of, run->moment) : of;
        if (tensor && tensor->born < run->moment) {
            return tensor;
        }
    }
    return NULL;
}
