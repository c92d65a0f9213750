#include "lessons/runner/source_lines.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

/* What the scanner is within at a byte. A backslash hides the next byte in raw strings too, so
 * prefixes do not matter for finding a string's end. */
struct scanner {
    const char *bytes;
    size_t length, at;
    char quote;  /* 0: not within a string */
    bool triple; /* of the string */
    bool comment;
    int depth;       /* of brackets */
    bool continued;  /* the line before ended in a backslash */
    struct text out; /* the normalised source */
    struct source_lines *lines;
    size_t line_start; /* in out */
};

static bool is_blank_byte(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool starts_with(const struct scanner *scanner, const char *prefix)
{
    size_t length = strlen(prefix);
    return scanner->length - scanner->at >= length &&
           memcmp(scanner->bytes + scanner->at, prefix, length) == 0;
}

static struct source_line *current_line(const struct scanner *scanner)
{
    return &scanner->lines->lines[scanner->lines->count - 1];
}

static void begin_line(struct scanner *scanner)
{
    struct source_lines *lines = scanner->lines;
    lines->lines =
        array_reserve(lines->lines, &lines->capacity, lines->count + 1, sizeof(*lines->lines));
    lines->lines[lines->count++] = (struct source_line){
        .inside_string = scanner->quote != 0,
        .begins = scanner->quote == 0 && scanner->depth == 0 && !scanner->continued,
        .has_code = scanner->quote != 0,
    };
    scanner->line_start = scanner->out.length;
    scanner->continued = false;
}

/* The texts are set when `out` no longer moves. */
static void end_line(struct scanner *scanner)
{
    current_line(scanner)->length = scanner->out.length - scanner->line_start;
    text_append_char(&scanner->out, '\n');
}

/* A newline ends a comment, and a string that is not triple-quoted (an error of the lesson's). */
static void scan_newline(struct scanner *scanner)
{
    scanner->at += starts_with(scanner, "\r\n") ? 2 : 1;
    scanner->comment = false;
    if (!scanner->triple && !scanner->continued) {
        scanner->quote = 0;
    }
    end_line(scanner);
    begin_line(scanner);
}

static void copy_byte(struct scanner *scanner)
{
    text_append_char(&scanner->out, scanner->bytes[scanner->at++]);
}

/* A backslash takes the byte after it along; before a newline it continues the line. */
static void scan_backslash(struct scanner *scanner)
{
    current_line(scanner)->has_code = true;
    copy_byte(scanner);
    if (scanner->at == scanner->length) {
        return;
    }
    char next = scanner->bytes[scanner->at];
    if (next == '\n' || next == '\r') {
        scanner->continued = true;
    } else if (scanner->quote != 0) {
        copy_byte(scanner);
    }
}

static void scan_string(struct scanner *scanner)
{
    char c = scanner->bytes[scanner->at];
    if (c == '\\') {
        scan_backslash(scanner);
        return;
    }
    if (c != scanner->quote) {
        copy_byte(scanner);
        return;
    }
    const char three[4] = { c, c, c, '\0' };
    if (scanner->triple && !starts_with(scanner, three)) {
        copy_byte(scanner);
        return;
    }
    for (int i = scanner->triple ? 3 : 1; i > 0; i--) {
        copy_byte(scanner);
    }
    scanner->quote = 0;
    scanner->triple = false;
}

static void scan_quote(struct scanner *scanner)
{
    char c = scanner->bytes[scanner->at];
    const char three[4] = { c, c, c, '\0' };
    scanner->quote = c;
    scanner->triple = starts_with(scanner, three);
    for (int i = scanner->triple ? 3 : 1; i > 0; i--) {
        copy_byte(scanner);
    }
}

static void scan_code(struct scanner *scanner)
{
    static const char no_break_space[] = "\xc2\xa0";
    char c = scanner->bytes[scanner->at];
    if (starts_with(scanner, no_break_space)) {
        text_append_char(&scanner->out, ' ');
        scanner->at += 2;
        return;
    }
    if (c == '#') {
        scanner->comment = true;
        copy_byte(scanner);
        return;
    }
    if (c == '\\') {
        scan_backslash(scanner);
        return;
    }
    current_line(scanner)->has_code |= !is_blank_byte(c);
    if (c == '"' || c == '\'') {
        scan_quote(scanner);
        return;
    }
    if (strchr("([{", c)) {
        scanner->depth++;
    } else if (strchr(")]}", c) && scanner->depth > 0) {
        scanner->depth--;
    }
    copy_byte(scanner);
}

static void scan_all(struct scanner *scanner)
{
    begin_line(scanner);
    while (scanner->at < scanner->length) {
        char c = scanner->bytes[scanner->at];
        if (c == '\n' || c == '\r') {
            scan_newline(scanner);
        } else if (scanner->quote != 0) {
            scan_string(scanner);
        } else if (scanner->comment) {
            copy_byte(scanner);
        } else {
            scan_code(scanner);
        }
    }
    end_line(scanner);
}

static bool check_text(const char *bytes, size_t length, struct error *err)
{
    const char *zero = memchr(bytes, '\0', length);
    if (zero) {
        return error_set_kind(err, ERROR_VALUE,
                              "byte %zu is zero: this is not a Python script but a binary file",
                              (size_t)(zero - bytes));
    }
    if (utf8_valid(bytes, length)) {
        return true;
    }
    size_t line = 1;
    for (size_t at = 0, size; at < length; at += size) {
        bool broken = utf8_decode(bytes + at, length - at, &size) == 0xfffd && size == 1;
        if (broken) {
            return error_set_kind(err, ERROR_VALUE,
                                  "line %zu is not UTF-8 text: save the file as UTF-8", line);
        }
        line += bytes[at] == '\n';
    }
    return error_set_kind(err, ERROR_VALUE, "the file is not UTF-8 text: save it as UTF-8");
}

bool source_lines_read(struct source_lines *lines, const char *bytes, size_t length,
                       struct arena *arena, struct error *err)
{
    if (!check_text(bytes, length, err)) {
        return false;
    }
    struct scanner scanner = { .bytes = bytes, .length = length, .lines = lines };
    while (starts_with(&scanner, "\xef\xbb\xbf")) { /* files put together have several */
        scanner.at += 3;
    }
    scan_all(&scanner);
    const char *source = arena_copy_text(arena, scanner.out.bytes, scanner.out.length);
    text_finish(&scanner.out);
    for (size_t i = 0; i < lines->count; i++) {
        lines->lines[i].text = source;
        source += lines->lines[i].length + 1;
    }
    return true;
}

void source_lines_finish(struct source_lines *lines)
{
    free(lines->lines);
    *lines = (struct source_lines){ 0 };
}
