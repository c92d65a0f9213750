#include "lessons/runner/cells.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "lessons/runner/cell_header.h"
#include "lessons/runner/magic.h"
#include "lessons/runner/source_lines.h"

/* Lines [first, end) of the source, counted from 0. */
struct range {
    size_t first, end;
};

static bool line_is_blank(const struct source_line *line)
{
    return strspn(line->text, " \t\f") >= line->length;
}

static bool line_is(const struct source_line *line, const char *text)
{
    return line->length == strlen(text) && memcmp(line->text, text, line->length) == 0;
}

static bool opens_cell(const struct source_line *line)
{
    return !line->inside_string && cell_header_is(line->text, line->length);
}

static struct range trim(const struct source_lines *source, struct range range)
{
    while (range.first < range.end && line_is_blank(&source->lines[range.first])) {
        range.first++;
    }
    while (range.end > range.first && line_is_blank(&source->lines[range.end - 1])) {
        range.end--;
    }
    return range;
}

/* Jupytext's "# ---" ... "# ---" at the top: comments about the notebook, not of the lesson. */
static size_t skip_yaml_header(const struct source_lines *source)
{
    struct range all = trim(source, (struct range){ 0, source->count });
    if (all.first == all.end || !line_is(&source->lines[all.first], "# ---")) {
        return 0;
    }
    for (size_t i = all.first + 1; i < all.end; i++) {
        if (line_is(&source->lines[i], "# ---")) {
            return i + 1;
        }
        if (source->lines[i].has_code) {
            break;
        }
    }
    return 0;
}

/* Notebook commands are not Python. "%%bash" and the like make the whole cell something else. */
static bool makes_it_raw(const struct source_line *line)
{
    return line->length >= 2 && memcmp(line->text, "%%", 2) == 0 &&
           !magic_keeps_python(line->text, line->length);
}

/* `number`, from 1, of `count` in the cell. */
static void append_code_line(struct cell *cell, struct text *text, const struct source_line *line,
                             size_t number, size_t count, struct arena *arena)
{
    if (!line->begins || !magic_is(line->text, line->length)) {
        text_append(text, line->text, line->length);
        return;
    }
    cell->commands = cell->commands ? cell->commands : arena_allocate(arena, count, sizeof(bool));
    cell->commands[number - 1] = true;
    size_t indent = strspn(line->text, " \t");
    text_append(text, line->text, indent);
    text_append_string(text, indent > 0 ? "pass  # " : "# ");
    text_append(text, line->text + indent, line->length - indent);
    if (cell->notice[0] == '\0') {
        cell->notice =
            arena_format(arena, "line %zu: '%.*s' is a notebook command, not Python: left out",
                         number, (int)(line->length - indent), line->text + indent);
    }
}

static void set_text(struct cell *cell, struct text *text, struct arena *arena)
{
    cell->length = text->length;
    cell->text = arena_copy_text(arena, text_string(text), text->length);
    text_finish(text);
}

static void read_code(struct cell *cell, const struct source_lines *source, struct range range,
                      struct arena *arena)
{
    struct text text = { 0 };
    if (makes_it_raw(&source->lines[range.first])) {
        cell->kind = CELL_RAW;
    }
    for (size_t i = range.first; i < range.end; i++) {
        if (cell->kind == CELL_CODE) {
            append_code_line(cell, &text, &source->lines[i], i - range.first + 1,
                             range.end - range.first, arena);
        } else {
            text_append(&text, source->lines[i].text, source->lines[i].length);
        }
        text_append_string(&text, i + 1 < source->count ? "\n" : "");
    }
    set_text(cell, &text, arena);
}

/* Where a string that makes up a whole narrative cell begins: past r and three quotes. 0: it is
 * no string. */
static size_t string_start(const struct source_line *line)
{
    size_t at = line->length > 0 && (line->text[0] == 'r' || line->text[0] == 'R') ? 1 : 0;
    bool quotes = line->length >= at + 3 && (memcmp(line->text + at, "\"\"\"", 3) == 0 ||
                                             memcmp(line->text + at, "'''", 3) == 0);
    return quotes ? at + 3 : 0;
}

static bool code_in_narrative(size_t line, struct error *err)
{
    return error_set_kind(err, ERROR_VALUE,
                          "line %zu is code within a narrative cell: begin a code cell before it "
                          "with a line \"# %%%%\"",
                          line + 1);
}

/* Narrative as one string literal; nothing but blanks and comments may follow it. */
static bool read_string(struct cell *cell, const struct source_lines *source, struct range range,
                        struct arena *arena, struct error *err)
{
    size_t start = string_start(&source->lines[range.first]);
    char quote = source->lines[range.first].text[start - 1];
    size_t last = range.first;
    while (last + 1 < range.end && source->lines[last + 1].inside_string) {
        last++;
    }
    for (size_t i = last + 1; i < range.end; i++) {
        if (source->lines[i].has_code) {
            return code_in_narrative(i, err);
        }
    }
    const char *bytes = source->lines[range.first].text + start;
    const char *end = source->lines[last].text + source->lines[last].length;
    while (end > bytes && end[-1] != quote) {
        end--; /* a comment after the string, blanks */
    }
    end = end - bytes >= 3 ? end - 3 : bytes;
    while (bytes < end && *bytes == '\n') {
        bytes++;
        cell->line++;
    }
    while (end > bytes && strchr(" \t\n", end[-1])) {
        end--;
    }
    cell->length = (size_t)(end - bytes);
    cell->text = arena_copy_text(arena, bytes, cell->length);
    return true;
}

/* Narrative as comments, without their marks. */
static bool read_comments(struct cell *cell, const struct source_lines *source, struct range range,
                          struct arena *arena, struct error *err)
{
    struct text text = { 0 };
    for (size_t i = range.first; i < range.end; i++) {
        const struct source_line *line = &source->lines[i];
        if (line->has_code) {
            text_finish(&text);
            return code_in_narrative(i, err);
        }
        size_t at = strspn(line->text, " \t\f");
        at = at < line->length ? at + 1 : line->length;
        at += at < line->length && line->text[at] == ' ';
        text_append_string(&text, i > range.first ? "\n" : "");
        text_append(&text, line->text + at, line->length - at);
    }
    set_text(cell, &text, arena);
    return true;
}

static bool read_text(struct cell *cell, const struct source_lines *source, struct range range,
                      struct arena *arena, struct error *err)
{
    if (cell->kind == CELL_CODE) {
        read_code(cell, source, range, arena);
        return true;
    }
    if (string_start(&source->lines[range.first]) > 0) {
        return read_string(cell, source, range, arena, err);
    }
    return read_comments(cell, source, range, arena, err);
}

/* Comments above the first mark (a licence, a name) are not executed. */
static bool preamble_has_code(const struct source_lines *source, struct range range)
{
    for (size_t i = range.first; i < range.end; i++) {
        if (source->lines[i].has_code) {
            return true;
        }
    }
    return false;
}

/* Adds the cell whose text stands in `range`; `header` is NULL above the first mark. A cell
 * without text is none. */
static bool add_cell(struct lesson *lesson, const struct source_lines *source,
                     const struct source_line *header, struct range range, struct error *err)
{
    range = trim(source, range);
    if (range.first == range.end) {
        return true;
    }
    struct cell cell = { .title = "", .lang = "", .slide = "", .id = "", .notice = "" };
    cell.line = (int)range.first + 1;
    if (header) {
        cell_header_parse(&cell, header->text, header->length, &lesson->arena);
    } else if (lesson->marked && !preamble_has_code(source, range)) {
        cell.kind = CELL_RAW;
    }
    if (!read_text(&cell, source, range, &lesson->arena, err)) {
        return false;
    }
    lesson->cells =
        array_reserve(lesson->cells, &lesson->capacity, lesson->count + 1, sizeof(*lesson->cells));
    cell.number = (int)lesson->count + 1;
    cell.in = cell.kind == CELL_CODE ? (int)++lesson->code_count : 0;
    lesson->cells[lesson->count++] = cell;
    return true;
}

static bool split(struct lesson *lesson, const struct source_lines *source, struct error *err)
{
    struct range range = { skip_yaml_header(source), 0 };
    const struct source_line *header = NULL;
    for (size_t i = range.first; i < source->count; i++) {
        lesson->marked |= opens_cell(&source->lines[i]);
    }
    for (size_t i = range.first; i < source->count; i++) {
        if (!opens_cell(&source->lines[i])) {
            continue;
        }
        range.end = i;
        if (!add_cell(lesson, source, header, range, err)) {
            return false;
        }
        header = &source->lines[i];
        range.first = i + 1;
    }
    range.end = source->count;
    if (!add_cell(lesson, source, header, range, err)) {
        return false;
    }
    if (lesson->count == 0) {
        return error_set_kind(err, ERROR_VALUE, "the lesson is empty: it has no cell");
    }
    return true;
}

bool lesson_parse(struct lesson *lesson, const char *bytes, size_t length, struct error *err)
{
    if (length > LESSON_BYTES_MAX) {
        return error_set_kind(err, ERROR_VALUE, "the lesson has %zu bytes; at most %d are read",
                              length, LESSON_BYTES_MAX);
    }
    struct source_lines source = { 0 };
    bool fine = source_lines_read(&source, bytes, length, &lesson->arena, err) &&
                split(lesson, &source, err);
    source_lines_finish(&source);
    return fine;
}

void lesson_finish(struct lesson *lesson)
{
    free(lesson->cells);
    arena_finish(&lesson->arena);
    *lesson = (struct lesson){ 0 };
}

const char *cell_kind_name(enum cell_kind kind)
{
    switch (kind) {
    case CELL_CODE:
        return "code";
    case CELL_MARKDOWN:
        return "markdown";
    case CELL_RAW:
        return "raw";
    }
    return "";
}
