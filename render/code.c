#include "render/code.h"

#include <string.h>

#include "render/code_lexer.h"

/* ---- marks ------------------------------------------------------------------------------ */

/* The span of the record that caused the step, if it has one in that cell. */
static struct span step_span(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    const struct span nowhere = { 0 };

    if (index == SIZE_MAX) {
        return nowhere;
    }
    const struct record *const record =
        trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record);
    switch ((int)record->kind) {
    case RECORD_OP:
        return record->op.at;
    case RECORD_BACKWARD:
        return record->backward.at;
    case RECORD_VISIT:
        return trace_backward(run->trace, record->visit.backward)->record->at;
    case RECORD_ACCUMULATE:
        return trace_backward(run->trace, record->accumulate.backward)->record->at;
    case RECORD_STEP:
        return record->step.at;
    case RECORD_UPDATE:
        return record->update.at;
    case RECORD_COND:
        return record->cond.at;
    default:
        return nowhere;
    }
}

struct code_marks code_marks_at(const struct run_view *run)
{
    const struct record_error *const error = trace_error_at(run->trace, run->moment);
    struct code_marks marks = { 0 };
    struct trace_position position;

    if (trace_position_at(run->trace, run->moment, &position)) {
        marks.cell = position.cell;
        marks.line = position.line;
    }
    marks.span = step_span(run);
    if (error && error->frame_count > 0) {
        marks.error = error->frames[error->frame_count - 1].at;
    }
    return marks;
}

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

void code_line_range(const struct trace_cell *cell, int line, size_t *start, size_t *length)
{
    const char *const bytes = cell->text.bytes;
    size_t at = 0;

    for (int i = 1; i < line && at < cell->text.length; i++) {
        const char *const end = memchr(bytes + at, '\n', cell->text.length - at);
        at = end ? (size_t)(end - bytes) + 1 : cell->text.length;
    }
    const char *const end = memchr(bytes + at, '\n', cell->text.length - at);
    size_t stop = end ? (size_t)(end - bytes) : cell->text.length;
    while (stop > at && (bytes[stop - 1] == ' ' || bytes[stop - 1] == '\t')) {
        stop--;
    }
    *start = at;
    *length = stop - at;
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
};

/* x of a byte column of the line; of the piece's edge if it lies outside. */
static float column_x(const struct drawing *d, size_t column)
{
    const size_t shown = column < d->from ? d->from : column > d->to ? d->to : column;
    const char *const piece = d->row->cell->text.bytes + d->start + d->from;

    return d->left +
           fonts_measure(d->view->fonts, TYPE_MONO, piece, shown - d->from) * d->row->size;
}

static bool covers(const struct span *span, const struct code_row *row)
{
    return span->cell == row->cell->in_number && span->cell != 0 && row->line >= span->line &&
           row->line <= span->end_line;
}

static void draw_span(const struct drawing *d, const struct span *span, enum ink fill)
{
    const size_t from = d->row->line == span->line ? (size_t)span->column : 0;
    const size_t to = d->row->line == span->end_line ? (size_t)span->end_column : d->length;
    const float x = column_x(d, from), right = column_x(d, to), pad = d->row->size * 0.12f;

    if (right <= x) {
        return;
    }
    scene_rect(d->scene, &(struct draw_rect){ .rect = { x - pad, d->baseline - d->row->size * 0.98f,
                                                        right - x + 2 * pad, d->row->size * 1.32f },
                                              .radius = d->row->size * 0.2f,
                                              .fill = fill });
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
    if (covers(&marks->span, d->row) && !error) {
        draw_span(d, &marks->span, INK_CODE_SPAN);
    }
}

static void draw_number(const struct drawing *d, const struct code_marks *marks, float width)
{
    const bool error = covers(&marks->error, d->row);
    const char *const number = error ? "✕" : arena_format(d->view->arena, "%d", d->row->line);

    scene_text(d->scene, &(struct draw_text){ .at = { d->row->row.x + width, d->baseline },
                                              .bytes = number,
                                              .role = error ? TYPE_MONO_BOLD : TYPE_MONO,
                                              .size = d->row->size * 0.9f,
                                              .ink = error ? INK_ERROR : INK_TEXT_SECOND,
                                              .align = ALIGN_RIGHT });
}

static void draw_pieces(const struct drawing *d)
{
    struct code_lexer lexer;
    struct code_piece piece;
    const float right = d->row->row.x + d->row->row.w;

    code_lexer_init(&lexer, d->row->cell->text.bytes, d->row->cell->text.length);
    while (code_lexer_next(&lexer, &piece) && piece.line <= d->row->line) {
        if (piece.line < d->row->line) {
            continue;
        }
        const size_t begin = piece.start - d->start, end = begin + piece.length;
        const size_t column = begin < d->from ? d->from : begin;
        const size_t stop = end > d->to ? d->to : end;
        const float x = column_x(d, column);
        if (column >= stop || x >= right) {
            continue;
        }
        scene_text(d->scene,
                   &(struct draw_text){ .at = { x, d->baseline },
                                        .bytes = d->row->cell->text.bytes + d->start + column,
                                        .length = stop - column,
                                        .role = TYPE_MONO,
                                        .size = d->row->size,
                                        .ink = ink_of(piece.kind),
                                        .max_width = right - x });
    }
}

float code_text_left(float size, bool numbers)
{
    return size * (numbers ? 2.7f : 1);
}

size_t code_wrap(const struct view *view, const struct trace_cell *cell, int line, float width,
                 float size, size_t *breaks, size_t most)
{
    size_t start, length, at = 0, count = 0;

    code_line_range(cell, line, &start, &length);
    while (count + 1 < most) {
        const char *const rest = cell->text.bytes + start + at;
        const size_t piece =
            fonts_break_code(view->fonts, TYPE_MONO, rest, length - at, width / size);
        if (piece == length - at) {
            break;
        }
        at += piece;
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
    scene_group(
        scene, &(struct draw_group){
                   .target = { .kind = TARGET_LINE, .id = row->cell->in_number, .part = row->line },
                   .bounds = row->row });
    draw_marks(&d, marks);
    if (row->numbers && row->from == 0) {
        draw_number(&d, marks, code_text_left(row->size, true) - row->size * 0.6f);
    }
    draw_pieces(&d);
    scene_group_end(scene);
}
