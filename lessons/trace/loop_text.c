#include "lessons/trace/loop_text.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

enum { NESTING_MAX = 32, TAB_STOP = 8 };

/* A statement's text: from its first line's indentation to behind its last line. */
struct statement {
    const char *start, *end;
    size_t indent;
    uint32_t first, last; /* lines */
};

struct reader {
    const char *at, *end;
    uint32_t line; /* of `at`, from 1 */
};

/* ---- statements ------------------------------------------------------------------------- */

static bool starts(const struct reader *reader, const char *with)
{
    const size_t length = strlen(with);

    return (size_t)(reader->end - reader->at) >= length && memcmp(reader->at, with, length) == 0;
}

/* Goes behind a string. One in single quotes ends with its line at the latest. */
static void skip_string(struct reader *reader)
{
    const char mark = *reader->at;
    const char triple[4] = { mark, mark, mark, '\0' }, once[2] = { mark, '\0' };
    const char *const closing = starts(reader, triple) ? triple : once;

    reader->at += strlen(closing);
    while (reader->at < reader->end && !starts(reader, closing)) {
        if (*reader->at == '\n' && closing == once) {
            return;
        }
        if (*reader->at == '\\' && reader->at + 1 < reader->end) {
            reader->at++;
        }
        reader->line += *reader->at == '\n';
        reader->at++;
    }
    reader->at += reader->at < reader->end ? strlen(closing) : 0;
}

static void skip_comment(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at != '\n') {
        reader->at++;
    }
}

/* To the line break that ends the statement: not in a string or brackets, nor behind a backslash. */
static void skip_statement(struct reader *reader)
{
    int depth = 0;

    while (reader->at < reader->end) {
        const char now = *reader->at;
        if (now == '"' || now == '\'') {
            skip_string(reader);
            continue;
        }
        if (now == '#') {
            skip_comment(reader);
            continue;
        }
        if (now == '\n' && depth == 0) {
            return;
        }
        if (now == '\\' && reader->at + 1 < reader->end) {
            reader->at++;
        }
        depth += now == '(' || now == '[' || now == '{';
        depth -= depth > 0 && (now == ')' || now == ']' || now == '}');
        reader->line += *reader->at == '\n';
        reader->at++;
    }
}

static size_t read_indent(struct reader *reader)
{
    size_t indent = 0;

    for (; reader->at < reader->end; reader->at++) {
        if (*reader->at == '\t') {
            indent = (indent / TAB_STOP + 1) * TAB_STOP;
        } else if (*reader->at == ' ') {
            indent++;
        } else {
            break;
        }
    }
    return indent;
}

/* The next statement; blank lines and comments are none. */
static bool read_statement(struct reader *reader, struct statement *out)
{
    while (reader->at < reader->end) {
        out->indent = read_indent(reader);
        if (reader->at < reader->end && *reader->at == '#') {
            skip_comment(reader);
        }
        if (reader->at < reader->end && *reader->at != '\n' && *reader->at != '\r') {
            out->start = reader->at;
            out->first = reader->line;
            skip_statement(reader);
            out->end = reader->at;
            out->last = reader->line;
            return true;
        }
        while (reader->at < reader->end && *reader->at != '\n') {
            reader->at++;
        }
        reader->at += reader->at < reader->end;
        reader->line++;
    }
    return false;
}

/* ---- loops ------------------------------------------------------------------------------ */

static bool has_word(const struct statement *statement, const char *word)
{
    const size_t length = strlen(word), size = (size_t)(statement->end - statement->start);

    return size > length && memcmp(statement->start, word, length) == 0 &&
           strchr(" \t(\\", statement->start[length]);
}

static bool is_loop(const struct statement *statement)
{
    return has_word(statement, "for") || has_word(statement, "while") ||
           has_word(statement, "async for");
}

static bool holds(const struct statement *statement, const char *text)
{
    const size_t size = (size_t)(statement->end - statement->start);

    return memmem(statement->start, size, text, strlen(text)) != NULL;
}

/* Loops whose bodies go on. */
struct nest {
    uint32_t headers[NESTING_MAX];
    size_t indents[NESTING_MAX];
    int depth;
};

static void add_statement(struct loop_text *out, struct nest *nest, const struct statement *now)
{
    while (nest->depth > 0 && now->indent <= nest->indents[nest->depth - 1]) {
        nest->depth--;
    }
    for (int i = 0; i < nest->depth; i++) {
        struct loop_line *const loop = &out->lines[nest->headers[i] - 1];
        loop->body_last = now->last;
        loop->trains = loop->trains || holds(now, ".backward(");
    }
    struct loop_line *const line = &out->lines[now->first - 1];
    line->clears = holds(now, ".zero_grad(") || holds(now, ".grad = None");
    if (is_loop(now) && nest->depth < NESTING_MAX) {
        line->header_last = line->body_last = now->last;
        nest->headers[nest->depth] = now->first;
        nest->indents[nest->depth++] = now->indent;
    }
}

void loop_text_read(struct loop_text *out, const struct trace_string *text)
{
    struct reader reader = { text->bytes, text->bytes + text->length, 1 };
    struct statement statement;
    struct nest nest = { .depth = 0 };

    *out = (struct loop_text){ .count = 1 };
    for (size_t i = 0; i < text->length; i++) {
        out->count += text->bytes[i] == '\n';
    }
    out->lines = memory_allocate(out->count, sizeof(*out->lines));
    while (read_statement(&reader, &statement)) {
        add_statement(out, &nest, &statement);
    }
}

void loop_text_finish(struct loop_text *text)
{
    free(text->lines);
    *text = (struct loop_text){ 0 };
}

const struct loop_line *loop_text_line(const struct loop_text *text, int64_t line)
{
    return line >= 1 && (uint64_t)line <= text->count ? &text->lines[line - 1] : NULL;
}
