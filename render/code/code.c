#include "render/code/code.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "render/code/fields.h"
#include "render/code/lexer.h"
#include "render/code/notes.h"

/* ---- lines ------------------------------------------------------------------------------ */

int code_line_count(const struct trace_cell *cell)
{
    const char *const bytes = cell->text.bytes;
    size_t length = cell->text.length;
    int count = 1;

    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == ' ')) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        count += bytes[i] == '\n';
    }
    return length > 0 ? count : 0;
}

/* Where a line begins in a text that has no list of its lines, as code in the narrative. */
static size_t line_start(const struct trace_string *text, size_t before)
{
    size_t at = 0;

    for (size_t i = 0; i < before && at < text->length; i++) {
        const char *const end = memchr(text->bytes + at, '\n', text->length - at);
        at = end ? (size_t)(end - text->bytes) + 1 : text->length;
    }
    return at;
}

void code_line_range(const struct trace_cell *cell, int line, size_t *start, size_t *length)
{
    const char *const bytes = cell->text.bytes;
    const size_t before = line > 1 ? (size_t)line - 1 : 0;
    const size_t at = before < cell->line_count ? cell->lines[before]
                      : cell->line_count > 0    ? cell->text.length
                                                : line_start(&cell->text, before);
    const char *const end = memchr(bytes + at, '\n', cell->text.length - at);
    size_t stop = end ? (size_t)(end - bytes) : cell->text.length;

    while (stop > at && (bytes[stop - 1] == ' ' || bytes[stop - 1] == '\t')) {
        stop--;
    }
    *start = at;
    *length = stop - at;
}

static bool begins(const char *text, size_t length, const char *word)
{
    return length >= strlen(word) && strncmp(text, word, strlen(word)) == 0;
}

int code_class_around(const struct trace_cell *cell, int line)
{
    size_t start, length;

    code_line_range(cell, line, &start, &length);
    const size_t in = strspn(cell->text.bytes + start, " ");
    if (in == 0 || in >= length || !begins(cell->text.bytes + start + in, length - in, "def ")) {
        return 0;
    }
    for (int above = line - 1; above > 0; above--) {
        code_line_range(cell, above, &start, &length);
        const char *const text = cell->text.bytes + start;
        const size_t left = strspn(text, " ");
        if (length > 0 && left < in) { /* what the method stands in */
            return left == 0 && begins(text, length, "class ") ? above : 0;
        }
    }
    return 0;
}

/* ---- drawing ---------------------------------------------------------------------------- */

static enum ink ink_of(enum code_kind kind)
{
    static const enum ink inks[] = {
        [CODE_PLAIN] = INK_TEXT,         [CODE_KEYWORD] = INK_CODE_KEYWORD,
        [CODE_NAME] = INK_CODE_NAME,     [CODE_STRING] = INK_CODE_STRING,
        [CODE_NUMBER] = INK_CODE_NUMBER, [CODE_COMMENT] = INK_CODE_COMMENT,
    };

    return inks[kind];
}

struct drawing {
    const struct view *view;
    const struct code_row *row;
    struct scene *scene;
    size_t start, length; /* of the line in the cell's text */
    size_t from, to;      /* the piece that the row shows, in bytes of the line */
    float left, baseline;
    struct code_field fields[CODE_FIELDS_MAX];
    size_t field_count;
    bool passed; /* the line is of an arm that was not taken */
};

/* Width of the text from the piece's beginning. */
static float text_width(const struct drawing *d, size_t column)
{
    const char *const piece = d->row->cell->text.bytes + d->start + d->from;

    return fonts_measure(d->view->fonts, TYPE_MONO, piece, column - d->from) * d->row->size;
}

static bool is_in_piece(const struct drawing *d, const struct code_field *field)
{
    return field->column >= d->from && field->end <= d->to;
}

/* x of a byte column of the line; of the piece's edge if it lies outside. What stands in the place of a
 * literal pushes on what is behind it. */
static float column_x(const struct drawing *d, size_t column)
{
    size_t shown = column < d->from ? d->from : column > d->to ? d->to : column;
    float more = 0;

    for (size_t i = 0; i < d->field_count; i++) {
        const struct code_field *const field = &d->fields[i];
        if (is_in_piece(d, field) && field->end <= shown) {
            more += code_field_width(d->view, field, d->row->size) -
                    (text_width(d, field->end) - text_width(d, field->column));
        } else if (is_in_piece(d, field) && field->column < shown) {
            shown = field->column;
        }
    }
    return d->left + text_width(d, shown) + more;
}

static bool covers(const struct span *span, const struct code_row *row)
{
    return span->cell == row->cell->in_number && span->cell != 0 && row->line >= span->line &&
           row->line <= span->end_line;
}

/* First byte of the line that is no blank. */
static size_t first_byte(const struct drawing *d)
{
    size_t at = 0;

    while (at < d->length && d->row->cell->text.bytes[d->start + at] == ' ') {
        at++;
    }
    return at;
}

/* Where the span lies in the row; w 0: nowhere. Lines after its first begin at their text. */
static struct rect span_rect(const struct drawing *d, const struct span *span)
{
    const size_t from = d->row->line == span->line ? (size_t)span->column : first_byte(d);
    const size_t to = d->row->line == span->end_line ? (size_t)span->end_column : d->length;
    const float x = column_x(d, from), right = column_x(d, to), pad = d->row->size * 0.12f;

    if (!covers(span, d->row) || right <= x) {
        return (struct rect){ 0 };
    }
    return (struct rect){ x - pad, d->baseline - d->row->size * 0.98f, right - x + 2 * pad,
                          d->row->size * 1.32f };
}

static void draw_span(const struct drawing *d, const struct span *span, enum ink fill,
                      enum ink stroke)
{
    const struct rect rect = span_rect(d, span);

    if (rect.w > 0) {
        scene_rect(d->scene, &(struct draw_rect){ .rect = rect,
                                                  .radius = d->row->size * 0.2f,
                                                  .fill = fill,
                                                  .stroke = stroke,
                                                  .width = d->row->size * 0.1f });
    }
}

static bool is_caller(const struct code_marks *marks, const struct code_row *row)
{
    for (size_t i = 0; i < marks->caller_count; i++) {
        if (covers(&marks->callers[i].at, row)) {
            return true;
        }
    }
    return false;
}

bool code_is_passed(const struct code_marks *marks, const struct trace_cell *cell, int line)
{
    for (size_t i = 0; i < marks->passed_count; i++) {
        const struct code_arm *const arm = &marks->passed[i];
        if (arm->cell == cell->in_number && line >= arm->lines.first && line <= arm->lines.last) {
            return true;
        }
    }
    return false;
}

static void draw_marks(const struct drawing *d, const struct code_marks *marks)
{
    const bool error = covers(&marks->error, d->row);
    const bool current = marks->cell == d->row->cell->in_number && marks->line == d->row->line;
    const struct rect bar = { d->row->row.x, d->row->row.y, d->row->size * 0.25f, d->row->row.h };

    if (current || error) {
        scene_rect(d->scene,
                   &(struct draw_rect){ .rect = d->row->row,
                                        .fill = error ? INK_ERROR_SOFT : INK_CODE_CURRENT });
        scene_rect(d->scene,
                   &(struct draw_rect){ .rect = bar, .fill = error ? INK_ERROR : INK_FORWARD });
    }
    if (error) {
        draw_span(d, &marks->error, INK_NONE, INK_ERROR);
    } else {
        draw_span(d, &marks->span, INK_CODE_SPAN, INK_NONE);
    }
    for (size_t i = 0; i < marks->caller_count && !error; i++) {
        draw_span(d, &marks->callers[i].at, INK_ERROR_SOFT, INK_NONE);
    }
    draw_span(d, &marks->linked, INK_SELECTION_SOFT, INK_SELECTION);
}

/* A little smaller than the code, but never too small to read. */
float code_small(float size)
{
    static const float part = 0.9f, readable = 13;

    return fminf(size, fmaxf(size * part, readable));
}

static void draw_number(const struct drawing *d, const struct code_marks *marks, float width)
{
    const bool error = covers(&marks->error, d->row);
    const bool led_there = !error && is_caller(marks, d->row);
    const char *const number = error ? "✕" : arena_format(d->view->arena, "%d", d->row->line);

    scene_text(d->scene,
               &(struct draw_text){ .at = { d->row->row.x + width, d->baseline },
                                    .bytes = number,
                                    .role = error || led_there ? TYPE_MONO_BOLD : TYPE_MONO,
                                    .size = code_small(d->row->size),
                                    .ink = error || led_there ? INK_ERROR : INK_TEXT_SECOND,
                                    .align = ALIGN_RIGHT });
}

static bool is_replaced(const struct drawing *d, size_t column)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (is_in_piece(d, &d->fields[i]) && column >= d->fields[i].column &&
            column < d->fields[i].end) {
            return true;
        }
    }
    return false;
}

static void draw_fields(const struct drawing *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (is_in_piece(d, &d->fields[i])) {
            code_field_draw(d->view, &d->fields[i],
                            (struct point){ column_x(d, d->fields[i].column), d->baseline },
                            d->row->size, d->scene);
        }
    }
}

/* What was not executed is there and pale. */
static const float GHOST = 0.45f;

static void draw_pieces(const struct drawing *d)
{
    struct code_lexer lexer;
    struct code_piece piece;
    const float right = d->row->row.x + d->row->row.w;

    code_lexer_init(&lexer, d->row->cell->text.bytes, d->row->cell->text.length);
    code_lexer_seek(&lexer, d->row->line, d->start);
    while (code_lexer_next(&lexer, &piece) && piece.line <= d->row->line) {
        if (piece.line < d->row->line) {
            continue;
        }
        const size_t begin = piece.start - d->start, end = begin + piece.length;
        const size_t column = begin < d->from ? d->from : begin;
        const size_t stop = end > d->to ? d->to : end;
        if (begin >= d->to) {
            break;
        }
        if (column >= stop || is_replaced(d, begin)) {
            continue; /* before anything is measured: a line may have a million pieces */
        }
        const float x = column_x(d, column);
        if (x >= right) {
            break;
        }
        const char *const bytes = d->row->cell->text.bytes + d->start + column;
        const bool masked = d->row->cell->masked && piece.kind == CODE_COMMENT;
        const struct trace_string text =
            masked ? trace_masked_text(bytes, stop - column, d->view->arena)
                   : (struct trace_string){ .bytes = bytes, .length = stop - column };
        scene_text(d->scene, &(struct draw_text){ .at = { x, d->baseline },
                                                  .bytes = text.bytes,
                                                  .length = text.length,
                                                  .role = TYPE_MONO,
                                                  .size = d->row->size,
                                                  .ink = ink_of(piece.kind),
                                                  .alpha = d->passed ? GHOST : 0,
                                                  .max_width = right - x });
    }
}

/* ---- what the pointer finds ------------------------------------------------------------- */

static void put_group(const struct drawing *d, struct target target, struct rect bounds,
                      const char *title)
{
    scene_group(d->scene,
                &(struct draw_group){ .target = target, .bounds = bounds, .title = title });
    scene_group_end(d->scene);
}

/* The name, or with `.grad` behind it its gradient. */
static void put_name(const struct drawing *d, int64_t tensor, size_t from, size_t to)
{
    static const char grad[] = ".grad";
    const struct run_view *const run = &d->view->runs[0];
    const char *const bytes = d->row->cell->text.bytes + d->start;
    const size_t length = sizeof(grad) - 1;
    const bool has_grad = to + length <= d->length && memcmp(bytes + to, grad, length) == 0;
    const size_t end = has_grad ? to + length : to;
    const float x = column_x(d, from), right = column_x(d, end);

    if (right > x) {
        put_group(d,
                  (struct target){ .kind = has_grad ? TARGET_DRAWER : TARGET_TENSOR, .id = tensor },
                  (struct rect){ x, d->row->row.y, right - x, d->row->row.h },
                  has_grad ? ""
                           : arena_format(d->view->arena, "%.*s %s", (int)(to - from), bytes + from,
                                          equals_number(d->view->arena,
                                                        run_value(run, tensor, d->view->arena))));
    }
}

static void put_names(const struct drawing *d)
{
    struct code_lexer lexer;
    struct code_piece piece;
    bool attribute = false;

    code_lexer_init(&lexer, d->row->cell->text.bytes, d->row->cell->text.length);
    code_lexer_seek(&lexer, d->row->line, d->start);
    while (code_lexer_next(&lexer, &piece) && piece.line <= d->row->line) {
        const char *const name = d->row->cell->text.bytes + piece.start;
        const bool here = piece.line == d->row->line;
        const size_t from = here ? piece.start - d->start : 0, end = from + piece.length;
        if (from >= d->to && here) {
            break;
        }
        if (here && end > d->from && piece.kind == CODE_NAME && !attribute) {
            const int64_t tensor =
                code_name_at(d->view, d->row->cell, d->row->line, name, piece.length);
            if (tensor) {
                put_name(d, tensor, from, end);
            }
        }
        attribute = *name == '.';
    }
}

static void put_links(const struct drawing *d)
{
    for (size_t i = 0; i < d->row->links->link_count; i++) {
        const struct code_link *const link = &d->row->links->links[i];
        const struct rect rect = span_rect(d, &link->at);
        if (rect.w > 0) {
            put_group(d, link->target,
                      (struct rect){ rect.x, d->row->row.y, rect.w, d->row->row.h }, link->title);
        }
    }
    put_names(d);
}

/* Numbers that can be changed: found by the pointer, which underlines them. */
static void put_literal(const struct drawing *d, const struct literal *literal)
{
    const struct target target = { .kind = TARGET_LITERAL,
                                   .id = code_place(d->row->cell->in_number, d->row->line),
                                   .part = (int)literal->column };
    const struct target *const hovered = &d->view->state->hovered;
    const float x = column_x(d, literal->column), right = column_x(d, literal->end);
    const float thick = fmaxf(d->row->size * 0.09f, 1);

    if (literal->column < d->from || literal->end > d->to || right <= x) {
        return;
    }
    put_group(d, target, (struct rect){ x, d->row->row.y, right - x, d->row->row.h },
              view_word(d->view, "Change it: click and type, or the A key"));
    if (hovered->kind == target.kind && hovered->id == target.id && hovered->part == target.part) {
        scene_rect(d->scene, &(struct draw_rect){ .rect = { x, d->baseline + d->row->size * 0.16f,
                                                            right - x, thick },
                                                  .fill = INK_SELECTION });
    }
}

static void put_literals(const struct drawing *d)
{
    struct literal literals[LITERALS_IN_LINE];
    const size_t count = literals_in_line(d->row->cell, d->row->line, literals);

    for (size_t i = 0; i < count; i++) {
        put_literal(d, &literals[i]);
    }
}

/* ---- rows ------------------------------------------------------------------------------- */

static size_t indentation(const char *bytes, size_t length)
{
    size_t at = 0;

    while (at < length && bytes[at] == ' ') {
        at++;
    }
    return at;
}

float code_hang(const struct view *view, const struct trace_cell *cell, int line, float size)
{
    static const float deeper = 1.2f, deepest = 14;
    size_t start, length;

    code_line_range(cell, line, &start, &length);
    const char *const bytes = cell->text.bytes + start;
    const float own = fonts_measure(view->fonts, TYPE_MONO, bytes, indentation(bytes, length));
    return (fminf(own, deepest) + deeper) * size;
}

float code_width(const struct view *view, const struct trace_cell *cell, int line, size_t from,
                 float size)
{
    size_t start, length;

    code_line_range(cell, line, &start, &length);
    return fonts_measure(view->fonts, TYPE_MONO, cell->text.bytes + start + from, length - from) *
               size +
           code_fields_more(view, cell, line, from, size) +
           (from > 0 ? code_hang(view, cell, line, size) : 0);
}

static void draw_notes(const struct drawing *d)
{
    const float right = d->row->row.x + d->row->row.w - d->row->size * 0.4f;
    const float x = column_x(d, d->length) + d->row->size * 1.2f;
    struct code_notes notes;

    code_notes_at(d->view, d->row->cell, d->row->line, d->view->runs[0].moment, &notes);
    if (notes.count > 0 && right - x >= code_notes_least(d->view, &notes, d->row->size)) {
        code_notes_draw(d->view, &notes,
                        (struct rect){ x, d->row->row.y, right - x, d->row->row.h }, d->row->size,
                        d->scene);
    }
}

float code_text_left(float size, bool numbers)
{
    return size * (numbers ? 2.7f : 1);
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Not in the middle of a word, if one begins or ends in the later half of the piece. */
static size_t between_words(const char *bytes, size_t piece)
{
    for (size_t at = piece; at > piece / 2; at--) {
        if (!in_word(bytes[at - 1]) || !in_word(bytes[at])) {
            return at;
        }
    }
    return piece;
}

size_t code_wrap(const struct view *view, const struct trace_cell *cell, int line, float width,
                 float size, size_t *breaks, size_t most)
{
    size_t start, length, at = 0, count = 0;

    width -= fmaxf(code_fields_more(view, cell, line, 0, size), 0);
    code_line_range(cell, line, &start, &length);
    while (count + 1 < most) {
        const char *const rest = cell->text.bytes + start + at;
        const float room = at > 0 ? width - code_hang(view, cell, line, size) : width;
        const size_t piece =
            fonts_break_code(view->fonts, TYPE_MONO, rest, length - at, room / size);
        if (piece == length - at) {
            break;
        }
        /* What is set in further than there is room begins on a row of its own. */
        const size_t blank = at > 0 ? 0 : indentation(rest, length);
        at += piece < blank ? blank : between_words(rest, piece);
        breaks[count++] = at;
    }
    breaks[count++] = length;
    return count;
}

void code_draw_row(const struct view *view, const struct code_row *row,
                   const struct code_marks *marks, struct scene *scene)
{
    struct drawing d = { .view = view,
                         .row = row,
                         .scene = scene,
                         .from = row->from,
                         .left = row->row.x + code_text_left(row->size, row->numbers),
                         .baseline = row->row.y + row->row.h / 2 + row->size * 0.36f };

    code_line_range(row->cell, row->line, &d.start, &d.length);
    d.to = row->to > 0 && row->to < d.length ? row->to : d.length;
    d.left += row->from > 0 ? code_hang(view, row->cell, row->line, row->size) : 0;
    d.field_count = code_fields_in_line(view, row->cell, row->line, d.fields);
    d.passed = code_is_passed(marks, row->cell, row->line);
    scene_group(
        scene, &(struct draw_group){
                   .target = { .kind = TARGET_LINE, .id = row->cell->in_number, .part = row->line },
                   .bounds = row->row });
    draw_marks(&d, marks);
    if (row->numbers && row->from == 0) {
        draw_number(&d, marks, code_text_left(row->size, true) - row->size * 0.6f);
    }
    draw_pieces(&d);
    draw_fields(&d);
    if (row->links) {
        put_links(&d);
    }
    if (view->state->editable && row->cell->in_number > 0) {
        put_literals(&d);
    }
    if (row->notes && d.to == d.length && !d.passed) { /* what it made in an earlier call is past */
        draw_notes(&d);
    }
    scene_group_end(scene);
}
