#include "app/session/overrides.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the list --------------------------------------------------------------------------- */

static int compare_places(const struct override *a, const struct override *b)
{
    if (a->cell != b->cell) {
        return a->cell < b->cell ? -1 : 1;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    return (a->column > b->column) - (a->column < b->column);
}

static int by_place(const void *a, const void *b)
{
    return compare_places(a, b);
}

static int index_of(const struct overrides *overrides, int64_t cell, int line, size_t column)
{
    for (int i = 0; i < overrides->count; i++) {
        const struct override *const at = &overrides->list[i];
        if (at->cell == cell && at->line == line && at->column == column) {
            return i;
        }
    }
    return -1;
}

const struct override *overrides_find(const struct overrides *overrides, int64_t cell, int line,
                                      size_t column)
{
    const int index = index_of(overrides, cell, line, column);

    return index >= 0 ? &overrides->list[index] : NULL;
}

static void take_away(struct overrides *overrides, int index)
{
    overrides->count--;
    memmove(&overrides->list[index], &overrides->list[index + 1],
            (size_t)(overrides->count - index) * sizeof(overrides->list[0]));
}

bool overrides_set(struct overrides *overrides, const struct override *override)
{
    const int index = index_of(overrides, override->cell, override->line, override->column);
    const bool same = strcmp(override->now, override->was) == 0;

    if (index >= 0) {
        overrides->list[index] = *override;
        if (same) {
            take_away(overrides, index);
        }
        return true;
    }
    if (same) {
        return true;
    }
    if (overrides->count == OVERRIDES_MAX) {
        return false;
    }
    overrides->list[overrides->count++] = *override;
    qsort(overrides->list, (size_t)overrides->count, sizeof(overrides->list[0]), by_place);
    return true;
}

bool overrides_same(const struct overrides *a, const struct overrides *b)
{
    for (int i = 0; i < a->count && a->count == b->count; i++) {
        if (compare_places(&a->list[i], &b->list[i]) != 0 ||
            strcmp(a->list[i].now, b->list[i].now) != 0) {
            return false;
        }
    }
    return a->count == b->count;
}

size_t overrides_to_run(const struct overrides *overrides, int64_t cell, int line, size_t column)
{
    size_t moved = column;

    for (int i = 0; i < overrides->count; i++) {
        const struct override *const at = &overrides->list[i];
        if (at->cell == cell && at->line == line && at->end <= column) {
            moved = moved + strlen(at->now) - (at->end - at->column);
        }
    }
    return moved;
}

size_t overrides_to_file(const struct overrides *overrides, int64_t cell, int line, size_t column)
{
    for (int i = 0; i < overrides->count; i++) {
        const struct override *const at = &overrides->list[i];
        if (at->cell == cell && at->line == line && at->column + strlen(at->now) <= column) {
            column = column - strlen(at->now) + (at->end - at->column);
        }
    }
    return column;
}

/* ---- the lesson's text ------------------------------------------------------------------ */

struct line_text {
    const char *bytes;
    size_t length;
};

/* A line of a text, from 1. */
static bool line_of(const char *bytes, size_t length, int line, struct line_text *out)
{
    const char *const end = bytes + length;
    const char *at = bytes;

    for (int i = 1; i < line; i++) {
        const char *const newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) {
            return false;
        }
        at = newline + 1;
    }
    const char *const newline = memchr(at, '\n', (size_t)(end - at));
    *out = (struct line_text){ at, (size_t)((newline ? newline : end) - at) };
    return true;
}

static const struct cell *code_cell(const struct lesson *lesson, int64_t number)
{
    for (size_t i = 0; i < lesson->count; i++) {
        if (lesson->cells[i].in == number && number > 0) {
            return &lesson->cells[i];
        }
    }
    return NULL;
}

/* A column of a cell's text in the line of the file: a no-break space there is a blank here, two bytes
 * for one; a byte order mark stands before the first line. */
static size_t file_column(const char *line, size_t length, size_t column)
{
    size_t at = length >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    for (size_t seen = 0; seen < column && at < length; seen++) {
        at += at + 1 < length && memcmp(line + at, "\xC2\xA0", 2) == 0 ? 2 : 1;
    }
    return at;
}

/* Where the literal is in the file: its text must stand there. */
static bool find_in_file(const struct lesson *lesson, const struct text *file,
                         const struct override *override, size_t *out)
{
    const struct cell *const cell = code_cell(lesson, override->cell);
    const size_t size = strlen(override->was);
    struct line_text line;

    if (!cell || !line_of(file->bytes, file->length, cell->line + override->line - 1, &line)) {
        return false;
    }
    const size_t columns[] = { override->column,
                               file_column(line.bytes, line.length, override->column) };
    for (int i = 0; i < 2; i++) {
        *out = (size_t)(line.bytes - file->bytes) + columns[i];
        if (columns[i] + size <= line.length &&
            memcmp(file->bytes + *out, override->was, size) == 0) {
            return true;
        }
    }
    return false;
}

bool overrides_apply(const struct overrides *overrides, const struct text *file, struct text *out,
                     struct error *err)
{
    struct lesson lesson = { 0 };
    size_t copied = 0, at;
    bool good = lesson_parse(&lesson, file->bytes, file->length, err);

    for (int i = 0; i < overrides->count && good; i++) {
        const struct override *const override = &overrides->list[i];
        good = find_in_file(&lesson, file, override, &at) && at >= copied;
        if (!good) {
            error_set(err, "%s is not in line %d of its cell any more: it cannot be changed there",
                      override->was, override->line);
            break;
        }
        text_append(out, file->bytes + copied, at - copied);
        text_append_string(out, override->now);
        copied = at + strlen(override->was);
    }
    if (good) {
        text_append(out, file->bytes + copied, file->length - copied);
    }
    lesson_finish(&lesson);
    return good;
}

/* ---- another version of the file -------------------------------------------------------- */

/* Blanks at its end do not count. */
static bool code_line(const struct cell *cell, int line, struct line_text *out)
{
    if (!line_of(cell->text, cell->length, line, out)) {
        return false;
    }
    while (out->length > 0 && out->bytes[out->length - 1] == ' ') {
        out->length--;
    }
    return true;
}

/* The line of the cell with that text that is nearest to `near`; 0: none. */
static int nearest_line(const struct cell *cell, const struct line_text *wanted, int near)
{
    struct line_text here;
    int best = 0;

    for (int line = 1; code_line(cell, line, &here); line++) {
        if (here.length == wanted->length && memcmp(here.bytes, wanted->bytes, here.length) == 0 &&
            (best == 0 || abs(line - near) < abs(best - near))) {
            best = line;
        }
    }
    return best;
}

bool overrides_follow(const struct lesson *from, const struct lesson *to, int64_t *cell, int *line)
{
    const struct cell *const was = code_cell(from, *cell), *const same = code_cell(to, *cell);
    struct line_text wanted;

    if (!was || !code_line(was, *line, &wanted)) {
        return false;
    }
    int found = same ? nearest_line(same, &wanted, *line) : 0;
    for (size_t i = 0; i < to->count && found == 0; i++) {
        found = to->cells[i].in > 0 ? nearest_line(&to->cells[i], &wanted, *line) : 0;
        *cell = found > 0 ? to->cells[i].in : *cell;
    }
    *line = found > 0 ? found : *line;
    return found > 0;
}

bool overrides_keep(struct overrides *overrides, const struct text *before,
                    const struct text *after)
{
    struct lesson from = { 0 }, to = { 0 };
    const bool read = lesson_parse(&from, before->bytes, before->length, NULL) &&
                      lesson_parse(&to, after->bytes, after->length, NULL);
    struct overrides kept = { .count = 0 };
    const int count = overrides->count;

    for (int i = 0; i < count && read; i++) {
        struct override moved = overrides->list[i];
        if (overrides_follow(&from, &to, &moved.cell, &moved.line)) {
            overrides_set(&kept, &moved);
        }
    }
    *overrides = kept;
    lesson_finish(&from);
    lesson_finish(&to);
    return kept.count == count;
}

/* ---- for the views ---------------------------------------------------------------------- */

static struct code_change change_of(const struct override *override, const char *now,
                                    const struct overrides *applied, struct arena *arena)
{
    const struct override *const run =
        overrides_find(applied, override->cell, override->line, override->column);
    const size_t column =
        overrides_to_run(applied, override->cell, override->line, override->column);

    return (struct code_change){
        .cell = override->cell,
        .line = override->line,
        .column = column,
        .end = column + strlen(run ? run->now : override->was),
        .was = arena_copy_text(arena, override->was, strlen(override->was)),
        .now = arena_copy_text(arena, now, strlen(now)),
    };
}

const struct code_change *overrides_changes(const struct overrides *wanted,
                                            const struct overrides *applied, struct arena *arena,
                                            size_t *count)
{
    struct code_change *const changes =
        arena_allocate(arena, (size_t)wanted->count + (size_t)applied->count + 1, sizeof(*changes));

    *count = 0;
    for (int i = 0; i < wanted->count; i++) {
        changes[(*count)++] = change_of(&wanted->list[i], wanted->list[i].now, applied, arena);
    }
    for (int i = 0; i < applied->count; i++) {
        const struct override *const at = &applied->list[i];
        if (!overrides_find(wanted, at->cell, at->line, at->column)) {
            changes[(*count)++] = change_of(at, at->was, applied, arena);
        }
    }
    return changes;
}
