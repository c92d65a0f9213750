#include "lessons/runner/notebook.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "engine/base/json.h"
#include "lessons/runner/cell_header.h"
#include "lessons/runner/magic.h"
#include "lessons/runner/source_lines.h"

bool notebook_is(const char *bytes, size_t length)
{
    static const char key[] = "\"nbformat\"";
    const char *const end = bytes + length;

    while (bytes < end && strchr(" \t\r\n", *bytes)) {
        bytes++;
    }
    if (bytes == end || *bytes != '{') {
        return false;
    }
    for (const char *at = bytes; (at = memchr(at, '"', (size_t)(end - at))); at++) {
        if ((size_t)(end - at) >= sizeof(key) - 1 && memcmp(at, key, sizeof(key) - 1) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- to a script --------------------------------------------------------------------------- */

static void append_value(struct text *out, const struct json *value)
{
    switch (value->kind) {
    case JSON_NULL:
        text_append_string(out, "null");
        break;
    case JSON_BOOL:
        text_append_string(out, value->boolean ? "true" : "false");
        break;
    case JSON_NUMBER:
        json_append_number(out, value->number);
        break;
    case JSON_STRING:
        json_append_string(out, value->string, value->length);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        text_append_char(out, value->kind == JSON_ARRAY ? '[' : '{');
        for (const struct json *item = value->first; item; item = item->next) {
            text_append_string(out, item != value->first ? ", " : "");
            if (value->kind == JSON_OBJECT) {
                json_append_string(out, item->name, strlen(item->name));
                text_append_string(out, ": ");
            }
            append_value(out, item);
        }
        text_append_char(out, value->kind == JSON_ARRAY ? ']' : '}');
        break;
    }
}

/* The keys of a cell mark that a notebook keeps as metadata. */
static const char *const keys[] = { "lang", "tags", "hide", "slideshow", "session", "minutes" };
enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static void append_mark(struct text *out, const struct json *cell, const char *type)
{
    const struct json *const metadata = json_find(cell, "metadata");

    text_append_string(out, "# %%");
    if (strcmp(type, "code") != 0) {
        text_format(out, " [%s]", type);
    }
    for (size_t i = 0; i < KEYS; i++) {
        const struct json *const value = json_find(metadata, keys[i]);
        if (value) {
            text_format(out, " %s=", keys[i]);
            append_value(out, value);
        }
    }
    text_append_char(out, '\n');
}

/* A source is one string or a list of them. */
static bool read_source(const struct json *source, struct text *out)
{
    if (source && source->kind == JSON_STRING) {
        text_append(out, source->string, source->length);
        return true;
    }
    if (!source || source->kind != JSON_ARRAY) {
        return false;
    }
    for (const struct json *line = source->first; line; line = line->next) {
        if (line->kind != JSON_STRING) {
            return false;
        }
        text_append(out, line->string, line->length);
    }
    return true;
}

/* Narrative becomes comments. A line of code that would open a cell becomes another comment. */
static void append_source(struct text *out, const struct text *source, bool code)
{
    const char *at = text_string(source), *const end = at + source->length;

    while (at < end) {
        const char *const stop = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((stop ? stop : end) - at);
        if (!code) {
            text_append_string(out, length > 0 ? "# " : "#");
        } else if (cell_header_is(at, length)) {
            text_append_char(out, '#');
        }
        text_append(out, at, length);
        text_append_char(out, '\n');
        at += length + 1;
    }
    text_append_char(out, '\n');
}

static bool append_cell(struct text *out, const struct json *cell, size_t number, struct error *err)
{
    const char *const type = json_find_string(cell, "cell_type", "");
    const bool code = strcmp(type, "code") == 0;
    struct text source = { 0 };

    if (!code && strcmp(type, "markdown") != 0 && strcmp(type, "raw") != 0) {
        return error_set_kind(err, ERROR_VALUE,
                              "cell %zu of the notebook is neither code, markdown nor raw", number);
    }
    const bool fine = read_source(json_find(cell, "source"), &source);
    if (fine) {
        append_mark(out, cell, type);
        append_source(out, &source, code);
    }
    text_finish(&source);
    return fine || error_set_kind(err, ERROR_VALUE,
                                  "cell %zu of the notebook has no text as its source", number);
}

/* Of its kernel, "" where it does not say. */
static const char *language_of(const struct json *book)
{
    const struct json *const about = json_find(book, "metadata");
    const char *const told = json_find_string(json_find(about, "language_info"), "name", "");

    return told[0] ? told : json_find_string(json_find(about, "kernelspec"), "language", "");
}

static bool append_cells(struct text *out, const struct json *book, struct error *err)
{
    const struct json *const cells = json_find(book, "cells");
    const int64_t version = json_find_whole(book, "nbformat", 0);
    size_t number = 0;

    if (version == 0 || (version == 4 && (!cells || cells->kind != JSON_ARRAY))) {
        return error_set_kind(err, ERROR_VALUE,
                              "this is no notebook: it has no %s; open it in Jupyter to see",
                              version == 0 ? "version (nbformat)" : "list of cells");
    }
    if (version != 4) {
        return error_set_kind(err, ERROR_VALUE,
                              "this notebook has version %lld; only version 4 is read: open it in "
                              "Jupyter and save it again",
                              (long long)version);
    }
    const char *const language = language_of(book);
    if (language[0] && strcasecmp(language, "python") != 0) {
        return error_set_kind(err, ERROR_VALUE,
                              "this notebook is written in %s; only Python is run", language);
    }
    for (const struct json *cell = cells->first; cell; cell = cell->next) {
        if (!append_cell(out, cell, ++number, err)) {
            return false;
        }
    }
    return true;
}

bool notebook_to_script(const char *bytes, size_t length, struct text *out, struct error *err)
{
    struct arena arena = { 0 };
    const struct json *const book = json_parse(&arena, bytes, length, err);
    bool fine = book != NULL;

    if (!fine) {
        error_prefix(err, "this notebook cannot be read (was it copied whole?)");
    } else {
        fine = append_cells(out, book, err);
    }
    arena_finish(&arena);
    return fine;
}

/* ---- from a lesson ------------------------------------------------------------------------- */

static void append_strings(struct text *out, const char *key, const char *const *items,
                           size_t count)
{
    text_format(out, "\"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        text_append_string(out, i > 0 ? ", " : "");
        json_append_string(out, items[i], strlen(items[i]));
    }
    text_append_char(out, ']');
}

static void next_member(struct text *out, bool *first)
{
    text_append_string(out, *first ? "" : ", ");
    *first = false;
}

static void append_metadata(struct text *out, const struct cell *cell)
{
    bool first = true;

    text_append_char(out, '{');
    if (cell->lang[0]) {
        next_member(out, &first);
        text_append_string(out, "\"lang\": ");
        json_append_string(out, cell->lang, strlen(cell->lang));
    }
    if (cell->tag_count > 0) {
        next_member(out, &first);
        append_strings(out, "tags", cell->tags, cell->tag_count);
    }
    if (cell->hide_count > 0) {
        next_member(out, &first);
        append_strings(out, "hide", cell->hide, cell->hide_count);
    }
    if (cell->slide[0]) {
        next_member(out, &first);
        text_append_string(out, "\"slideshow\": {\"slide_type\": ");
        json_append_string(out, cell->slide, strlen(cell->slide));
        text_append_char(out, '}');
    }
    if (cell->session > 0) {
        next_member(out, &first);
        text_format(out, "\"session\": %d", cell->session);
    }
    if (cell->minutes > 0) {
        next_member(out, &first);
        text_format(out, "\"minutes\": %d", cell->minutes);
    }
    text_append_char(out, '}');
}

/* Code of another language ("%%html", "%%bash") is not run here; the notebook runs it. */
static bool is_code(const struct cell *cell)
{
    return cell->kind == CELL_CODE ||
           (cell->kind == CELL_RAW && strncmp(cell->text, "%%", 2) == 0 && cell->text[2] > ' ');
}

/* A notebook's command, which a script has as a comment, is one again: where its "# " ends, else 0. */
static size_t command_start(const struct cell *cell, const struct source_line *line, size_t number,
                            bool first)
{
    const size_t end = line->begins ? magic_comment_end(line->text, line->length) : 0;
    const bool known = (cell->commands && cell->commands[number]) ||
                       magic_is_commented(line->text + end, line->length - end, first);
    return known ? end : 0;
}

/* Of the cell's lines, the one with this number, from 0; `first`: only cell magics stand above it. */
static void append_code_line(struct text *out, const struct cell *cell,
                             const struct source_lines *lines, size_t number, bool *first)
{
    const struct source_line *const line = &lines->lines[number];
    const size_t start = command_start(cell, line, number, *first);
    struct text written = { 0 };

    *first = *first && start > 0 && line->text[start] == '%' && line->text[start + 1] == '%';
    text_append(&written, line->text, start > 0 ? strspn(line->text, " \t") : 0);
    text_append(&written, line->text + start, line->length - start);
    text_append_string(&written, number + 1 < lines->count ? "\n" : "");
    json_append_string(out, text_string(&written), written.length);
    text_finish(&written);
}

/* Strings stay as they are: their lines begin no statement. */
static void append_code(struct text *out, const struct cell *cell, size_t length)
{
    struct arena arena = { 0 };
    struct source_lines lines = { 0 };
    struct error err = { 0 };
    bool first = true;

    /* The cell was read from such text. */
    const bool fine = source_lines_read(&lines, cell->text, length, &arena, &err);
    assert(fine);
    for (size_t i = 0; fine && i < lines.count; i++) {
        text_append_string(out, i > 0 ? ",\n    " : "\n    ");
        append_code_line(out, cell, &lines, i, &first);
    }
    source_lines_finish(&lines);
    arena_finish(&arena);
}

static void append_text(struct text *out, const struct cell *cell, size_t length)
{
    const char *at = cell->text, *const end = at + length;

    while (at < end) {
        const char *const stop = memchr(at, '\n', (size_t)(end - at));
        const size_t size = stop ? (size_t)(stop - at) + 1 : (size_t)(end - at);
        text_append_string(out, at > cell->text ? ",\n    " : "\n    ");
        json_append_string(out, at, size);
        at += size;
    }
}

/* As a list with a string for each line, which is what version control likes. */
static void append_lines(struct text *out, const struct cell *cell)
{
    size_t length = cell->length;

    while (length > 0 && cell->text[length - 1] == '\n') {
        length--;
    }
    text_append_char(out, '[');
    if (cell->kind == CELL_CODE && length > 0) {
        append_code(out, cell, length);
    } else {
        append_text(out, cell, length);
    }
    text_append_string(out, "\n   ]");
}

static void append_book_cell(struct text *out, const struct cell *cell)
{
    const bool code = is_code(cell);
    const char *const type = cell_kind_name(code ? CELL_CODE : cell->kind);

    text_append_string(out, "  {\n   \"cell_type\": ");
    json_append_string(out, type, strlen(type));
    text_format(out, ",\n   \"id\": \"cell-%d\",\n   \"metadata\": ", cell->number);
    append_metadata(out, cell);
    if (code) {
        text_append_string(out, ",\n   \"execution_count\": null,\n   \"outputs\": []");
    }
    text_append_string(out, ",\n   \"source\": ");
    append_lines(out, cell);
    text_append_string(out, "\n  }");
}

static bool is_taken_home(const struct cell *cell, const char *lang)
{
    const bool spoken = !lang || !cell->lang[0] || strcmp(cell->lang, lang) == 0;

    return spoken && strcmp(cell->slide, "notes") != 0;
}

void notebook_from_lesson(const struct lesson *lesson, const char *lang, struct text *out)
{
    bool first = true;

    text_append_string(out, "{\n \"cells\": [");
    for (size_t i = 0; i < lesson->count; i++) {
        if (is_taken_home(&lesson->cells[i], lang)) {
            text_append_string(out, first ? "\n" : ",\n");
            append_book_cell(out, &lesson->cells[i]);
            first = false;
        }
    }
    text_append_string(out,
                       "\n ],\n \"metadata\": {\"colab\": {\"provenance\": []}, "
                       "\"kernelspec\": {\"display_name\": \"Python 3\", \"name\": \"python3\"}, "
                       "\"language_info\": {\"name\": \"python\"}},\n"
                       " \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n");
}
