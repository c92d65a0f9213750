/* The grammar of `#@param`, as Colab and ipyform have it: NAME = literal, then in the comment an
 * optional list of options and optional settings in braces, whose keys need no quotes. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "render/code/code.h"
#include "render/code/lexer.h"
#include "render/code/literal.h"

/* ---- the comment ------------------------------------------------------------------------ */

/* What is left of the comment. */
struct reader {
    const char *at, *end;
};

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t')) {
        reader->at++;
    }
}

static bool take(struct reader *reader, char c)
{
    skip_blanks(reader);
    if (reader->at < reader->end && *reader->at == c) {
        reader->at++;
        return true;
    }
    return false;
}

/* A string with its quotes, or a bare word up to a comma or bracket. False when it is empty, too long
 * or not closed. */
static bool take_value(struct reader *reader, char out[LITERAL_SIZE])
{
    skip_blanks(reader);
    const char *const start = reader->at;
    const char quote = start < reader->end && (*start == '"' || *start == '\'') ? *start : '\0';

    if (quote) {
        const char *const close = memchr(start + 1, quote, (size_t)(reader->end - start - 1));
        reader->at = close ? close + 1 : reader->end;
    } else {
        while (reader->at < reader->end && !strchr(",]}: \t", *reader->at)) {
            reader->at++;
        }
    }
    const size_t length = (size_t)(reader->at - start);
    const bool closed = !quote || (length > 1 && start[length - 1] == quote);
    if (length == 0 || length >= LITERAL_SIZE || !closed) {
        return false;
    }
    memcpy(out, start, length);
    out[length] = '\0';
    return true;
}

static bool take_list(struct reader *reader, struct param *param)
{
    do {
        if (param->option_count == PARAM_OPTIONS_MAX ||
            !take_value(reader, param->options[param->option_count])) {
            return false;
        }
        param->option_count++;
    } while (take(reader, ','));
    return take(reader, ']');
}

static bool set_type(struct param *param, const char *value)
{
    static const struct {
        const char *name;
        enum param_kind kind;
    } types[] = {
        { "slider", PARAM_SLIDER }, { "number", PARAM_NUMBER }, { "integer", PARAM_WHOLE },
        { "boolean", PARAM_BOOL },  { "string", PARAM_STRING }, { "date", PARAM_STRING },
        { "raw", PARAM_RAW },
    };
    char name[LITERAL_SIZE];

    literal_typed(value, name);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].name, name) == 0) {
            param->kind = types[i].kind;
            return true;
        }
    }
    return false;
}

/* Keys that are not known are somebody else's. */
static bool set_option(struct param *param, const char *key, const char *value)
{
    const struct {
        const char *name;
        double *number;
    } numbers[] = { { "min", &param->least }, { "max", &param->most }, { "step", &param->step } };

    if (strcmp(key, "type") == 0) {
        return set_type(param, value);
    }
    if (strcmp(key, "allow-input") == 0) {
        param->free = strcmp(value, "true") == 0;
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(key, numbers[i].name) == 0) {
            return number_parse(value, strlen(value), numbers[i].number);
        }
    }
    return true;
}

static bool take_settings(struct reader *reader, struct param *param)
{
    char key[LITERAL_SIZE], plain[LITERAL_SIZE], value[LITERAL_SIZE];

    if (take(reader, '}')) {
        return true;
    }
    do {
        if (!take_value(reader, key) || !take(reader, ':') || !take_value(reader, value) ||
            !set_option(param, literal_typed(key, plain), value)) {
            return false;
        }
    } while (take(reader, ','));
    return take(reader, '}');
}

/* `# @param`, with or without the blank. */
static bool is_marked(struct reader *reader)
{
    static const char mark[] = "@param";

    if (!take(reader, '#')) {
        return false;
    }
    skip_blanks(reader);
    const size_t length = sizeof(mark) - 1;
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, mark, length) != 0) {
        return false;
    }
    reader->at += length;
    return reader->at == reader->end || strchr(" \t[{", *reader->at);
}

static bool read_comment(struct param *param, const char *comment, size_t length)
{
    struct reader reader = { comment, comment + length };

    *param = (struct param){ .kind = PARAM_RAW, .most = 100, .step = 1 };
    if (!is_marked(&reader)) {
        return false;
    }
    const bool list = take(&reader, '[');
    if (list && !take_list(&reader, param)) {
        return false;
    }
    if (take(&reader, '{') && !take_settings(&reader, param)) {
        return false;
    }
    skip_blanks(&reader);
    if (list) {
        param->kind = PARAM_CHOICE;
    }
    return reader.at == reader.end;
}

/* ---- the line --------------------------------------------------------------------------- */

/* NAME = and where what follows begins; false when the line is no such thing. */
static bool read_name(struct param *param, const char *line, size_t length, size_t *value)
{
    size_t at = 0;

    while (at < length && (line[at] == ' ' || line[at] == '\t')) {
        at++;
    }
    const size_t start = at;
    while (at < length && (isalnum((unsigned char)line[at]) || line[at] == '_' ||
                           (unsigned char)line[at] >= 0x80)) {
        at++;
    }
    const size_t size = at - start;
    while (at < length && line[at] == ' ') {
        at++;
    }
    if (size == 0 || size >= PARAM_NAME_SIZE || isdigit((unsigned char)line[start]) ||
        at >= length || line[at] != '=' || (at + 1 < length && line[at + 1] == '=')) {
        return false;
    }
    memcpy(param->name, line + start, size);
    param->name[size] = '\0';
    for (at++; at < length && line[at] == ' '; at++) {
    }
    *value = at;
    return true;
}

/* All of what stands between the equals sign and the comment is one literal. */
static bool read_literal(struct param *param, const char *line, size_t from, size_t to)
{
    struct literal *const literal = &param->literal;
    char text[LITERAL_SIZE], plain[LITERAL_SIZE];

    while (to > from && (line[to - 1] == ' ' || line[to - 1] == '\t')) {
        to--;
    }
    if (to <= from || to - from >= LITERAL_SIZE) {
        return false;
    }
    memcpy(text, line + from, to - from);
    text[to - from] = '\0';
    *literal = (struct literal){ .column = from, .end = to };
    for (int kind = LITERAL_WHOLE; kind <= LITERAL_STRING; kind++) {
        literal->kind = (enum literal_kind)kind;
        const bool quoted = kind != LITERAL_STRING || text[0] == '"' || text[0] == '\'';
        if (quoted && literal_accept(literal, NULL, text, plain) == LITERAL_GOOD &&
            (kind == LITERAL_STRING || strcmp(plain, text) == 0)) {
            /* A whole number's text is good for a real one as well: then it has no point. */
            literal->kind =
                kind == LITERAL_WHOLE && strpbrk(text, ".eE") ? LITERAL_REAL : literal->kind;
            return true;
        }
    }
    return false;
}

static bool is_on_way(const struct param *param, double value)
{
    return value >= param->least && value <= param->most;
}

/* The declared type must be that of the literal; a slider needs a way to go, and stand on it. */
static bool is_sound(const struct param *param, double value)
{
    const enum literal_kind kind = param->literal.kind;
    const bool number = kind == LITERAL_WHOLE || kind == LITERAL_REAL;

    switch (param->kind) {
    case PARAM_SLIDER:
        return number && param->step > 0 && param->least < param->most && is_on_way(param, value);
    case PARAM_NUMBER:
        return number;
    case PARAM_WHOLE:
        return kind == LITERAL_WHOLE;
    case PARAM_BOOL:
        return kind == LITERAL_BOOL;
    case PARAM_STRING:
        return kind == LITERAL_STRING;
    case PARAM_RAW:
    case PARAM_CHOICE:
        break;
    }
    return true;
}

/* The line's comment, which must be its last piece. */
static bool find_comment(const struct trace_cell *cell, int line, size_t start, size_t *comment)
{
    struct code_lexer lexer;
    struct code_piece piece;

    code_lexer_init(&lexer, cell->text.bytes, cell->text.length);
    code_lexer_seek(&lexer, line, start);
    while (code_lexer_next(&lexer, &piece) && piece.line <= line) {
        if (piece.line == line && piece.kind == CODE_COMMENT) {
            *comment = piece.start - start;
            return true;
        }
    }
    return false;
}

/* A choice of bare words is one of strings, as Colab has it, where the literal is a string. */
static void quote_options(struct param *param)
{
    char plain[LITERAL_SIZE];

    for (int i = 0; i < param->option_count && param->literal.kind == LITERAL_STRING; i++) {
        literal_typed(param->options[i], plain);
        snprintf(param->options[i], LITERAL_SIZE, "\"%.*s\"", LITERAL_SIZE - 3, plain);
    }
}

bool param_in_line(const struct trace_cell *cell, int line, struct param *out)
{
    static const char word[] = "@param";
    size_t start, length, comment, value;

    code_line_range(cell, line, &start, &length);
    const char *const text = cell->text.bytes + start;
    if (!memmem(text, length, word, sizeof(word) - 1) ||
        !find_comment(cell, line, start, &comment) ||
        !read_comment(out, text + comment, length - comment) ||
        !read_name(out, text, comment, &value) || !read_literal(out, text, value, comment)) {
        return false;
    }
    out->literal.line = line;
    quote_options(out);
    char now[LITERAL_SIZE];
    return is_sound(out, literal_number(literal_text(cell, &out->literal, now)));
}
