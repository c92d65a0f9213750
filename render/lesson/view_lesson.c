/* The lesson's column while exploring: narrative, code with what each line made, and under each cell
 * what it printed and displayed. It scrolls by itself so that the current line stays in sight; the
 * wheel adds to that. */

#include <math.h>
#include <string.h>

#include "render/code/code.h"
#include "render/code/fields.h"
#include "render/code/notes.h"
#include "render/lesson/veil.h"
#include "render/sayings.h"
#include "render/screen.h"
#include "render/text/markdown.h"

static const float PITCH = 1.5f;

enum { PIECES_MAX = 16, OUTPUT_LINES = 12 };

/* One walk down the column: first without a scene, to measure, then to draw. */
struct column {
    const struct view *view;
    struct scene *scene;
    struct rect area;  /* what is in sight */
    struct rect inner; /* its text */
    struct code_marks marks;
    struct code_links links; /* of the cell that is being put */
    struct veil veil;
    float *heights; /* of each line of code with what hangs on it, as measured */
    size_t line;    /* the next of them */
    float y;        /* where the next thing goes */
    float current;  /* top of the current line, as measured; negative: none */
};

/* ---- narrative -------------------------------------------------------------------------- */

static bool has_twin(const struct trace *trace, const char *language)
{
    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        if (strcmp(trace_cell(trace, i)->lang, language) == 0) {
            return true;
        }
    }
    return false;
}

/* Narrative without a language always is; else the interface's, and English where there is none of
 * that. All cells are looked at for the last alone: there may be ten thousand of them. */
static bool is_spoken(const struct view *view, const struct trace_cell *cell)
{
    const char *const wanted = language_code(view->state->language);

    if (strcmp(cell->kind, "markdown") != 0) {
        return false;
    }
    return !cell->lang[0] || strcmp(cell->lang, wanted) == 0 ||
           (strcmp(cell->lang, "en") == 0 && !has_twin(view->runs[0].trace, wanted));
}

bool lesson_speaks(const struct view *view, const struct trace_cell *cell)
{
    return is_spoken(view, cell) && strcmp(cell->slide, "notes") != 0;
}

bool lesson_notes(const struct view *view, const struct trace_cell *cell)
{
    return is_spoken(view, cell) && strcmp(cell->slide, "notes") == 0;
}

static bool is_shown(const struct column *column, const struct trace_cell *cell)
{
    return strcmp(cell->kind, "code") == 0 || lesson_speaks(column->view, cell);
}

static bool in_sight(const struct column *column, float height)
{
    return column->scene && column->y + height > column->area.y &&
           column->y < column->area.y + column->area.h;
}

/* A question shows its options, and which is right once it is revealed. */
static struct trace_string narrative_of(const struct column *column, const struct trace_cell *cell)
{
    const struct trace *const trace = column->view->runs[0].trace;
    struct question question;

    if (!question_read(trace, (size_t)cell->cell - 1, &question, column->view->arena)) {
        return veil_draw(column->view, &column->veil, cell, cell->text);
    }
    const char *const text = question_markdown(column->view, &question);
    return veil_draw(column->view, &column->veil, cell,
                     (struct trace_string){ text, strlen(text) });
}

static void put_narrative(struct column *column, const struct trace_cell *cell)
{
    const struct rect area = { column->inner.x, column->y, column->inner.w, 0 };
    const struct trace_string text = narrative_of(column, cell);
    const float height = markdown_draw(column->view, text.bytes, text.length, area, NULL);

    if (in_sight(column, height)) {
        markdown_draw(column->view, text.bytes, text.length, area, column->scene);
    }
    column->y += height + column->view->type.text * 0.4f;
}

/* ---- code ------------------------------------------------------------------------------- */

static void put_piece(struct column *column, const struct trace_cell *cell, int line, size_t from,
                      size_t to)
{
    const float size = column->view->type.text, pitch = size * PITCH;

    if (in_sight(column, pitch)) {
        code_draw_row(
            column->view,
            &(struct code_row){ .cell = cell,
                                .links = &column->links,
                                .line = line,
                                .from = from,
                                .to = to,
                                .row = { column->area.x, column->y, column->area.w, pitch },
                                .size = size,
                                .numbers = true,
                                .notes = true },
            &column->marks, column->scene);
    }
    column->y += pitch;
}

/* What the line makes has no room beside it, now or later: it gets a row of its own from the start, so
 * that nothing moves when it comes. */
static void put_notes(struct column *column, const struct trace_cell *cell, int line, float left)
{
    const struct view *const view = column->view;
    const float size = view->type.text, pitch = size * PITCH;
    const float right = column->area.x + column->area.w - size * 0.4f;
    const float x = column->area.x + code_text_left(size, true);
    const float gap = size * 1.2f;
    struct code_notes notes;

    code_notes_at(view, cell, line, trace_record_count(view->runs[0].trace), &notes);
    if (notes.count == 0 || right - x - left - gap >= code_notes_least(view, &notes, size)) {
        return;
    }
    if (in_sight(column, pitch) && !code_is_passed(&column->marks, cell, line)) {
        const float in = x + code_hang(view, cell, line, size);
        code_notes_at(view, cell, line, view->runs[0].moment, &notes);
        code_notes_draw(view, &notes, (struct rect){ in, column->y, right - in, pitch }, size,
                        column->scene);
    }
    column->y += pitch;
}

/* A `#@param` line's control, in the same place whatever is set. */
static void put_param(struct column *column, const struct trace_cell *cell, int line)
{
    const float size = column->view->type.text;
    const float left = code_text_left(size, true) + code_hang(column->view, cell, line, size);
    const struct rect room = { column->area.x + left, column->y,
                               column->area.w - left - size * 0.6f, 0 };
    const float height = code_param_row(column->view, cell, line, room, NULL);

    if (height > 0 && in_sight(column, height)) {
        code_param_row(column->view, cell, line, room, column->scene);
    }
    column->y += height;
}

/* The line that is executed is kept in sight, or that where somebody writes. */
static bool is_followed(const struct column *column, const struct trace_cell *cell, int line)
{
    const struct view_field *const field = &column->view->state->field;

    if (field->cell != 0) {
        return field->cell == cell->in_number && field->line == line;
    }
    return column->marks.cell == cell->in_number && column->marks.line == line;
}

static void put_line(struct column *column, const struct trace_cell *cell, int line)
{
    const float size = column->view->type.text;
    const float width = column->area.w - code_text_left(size, true) - size;
    size_t breaks[PIECES_MAX], from = 0;
    const size_t count = code_wrap(column->view, cell, line, width, size, breaks, PIECES_MAX);

    if (is_followed(column, cell, line)) {
        column->current = column->y;
    }
    for (size_t i = 0; i < count; i++) {
        put_piece(column, cell, line, from, breaks[i]);
        from = i + 1 < count ? breaks[i] : from;
    }
    put_notes(column, cell, line, code_width(column->view, cell, line, from, size));
    put_param(column, cell, line);
}

/* ---- output ----------------------------------------------------------------------------- */

/* The first of the ascending record numbers that is not before `from`. */
static size_t first_from(const uint32_t *records, size_t count, uint32_t from)
{
    size_t low = 0, high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (records[middle] < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The first of the records of cells that is not before cell `in`: they run in the order of their numbers. */
static size_t first_cell_from(const struct trace *trace, const uint32_t *cells, size_t count,
                              int64_t in)
{
    size_t low = 0, high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (trace_record(trace, cells[middle])->cell.in < in) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The records of the cell's run by the moment: from its start to the next cell's. */
static bool cell_records(const struct run_view *run, int64_t in, uint32_t *from, uint32_t *to)
{
    size_t count;
    const uint32_t *const cells = trace_records_of(run->trace, RECORD_CELL, &count);
    const size_t at = first_cell_from(run->trace, cells, count, in);

    if (at == count || trace_record(run->trace, cells[at])->cell.in != in) {
        return false;
    }
    *from = cells[at];
    *to = at + 1 < count && cells[at + 1] < run->moment ? cells[at + 1] : run->moment;
    return *from < *to;
}

/* What the cell has printed by the moment, and the value of its last expression. */
static void collect_output(const struct run_view *run, int64_t in, struct arena *arena,
                           struct text *out)
{
    size_t out_count, display_count;
    const uint32_t *const outs = trace_records_of(run->trace, RECORD_OUT, &out_count);
    const uint32_t *const displays = trace_records_of(run->trace, RECORD_DISPLAY, &display_count);
    uint32_t from, to;

    if (!cell_records(run, in, &from, &to)) {
        return;
    }
    for (size_t i = first_from(outs, out_count, from); i < out_count && outs[i] < to; i++) {
        const struct trace_string text = trace_printed(run->trace, outs[i], arena);
        text_append(out, text.bytes, text.length);
    }
    for (size_t i = first_from(displays, display_count, from);
         i < display_count && displays[i] < to; i++) {
        const struct trace_string text = trace_printed(run->trace, displays[i], arena);
        if (out->length > 0 && out->bytes[out->length - 1] != '\n') {
            text_append_char(out, '\n');
        }
        text_append(out, text.bytes, text.length);
    }
}

/* One line of output, broken where it must be. */
static void put_output_line(struct column *column, const char *bytes, size_t length, enum ink ink)
{
    const float size = column->view->type.caption, pitch = size * 1.4f;
    const float width = column->inner.w - size;

    do {
        const size_t fit =
            fonts_break_code(column->view->fonts, TYPE_MONO, bytes, length, width / size);
        if (in_sight(column, pitch) && length > 0) {
            scene_text(column->scene, &(struct draw_text){
                                          .at = { column->inner.x + size, column->y + size * 1.1f },
                                          .bytes = bytes,
                                          .length = fit,
                                          .role = TYPE_MONO,
                                          .size = size,
                                          .ink = ink });
        }
        column->y += pitch;
        bytes += fit;
        length -= fit;
    } while (length > 0);
}

static void put_lines(struct column *column, const char *bytes, size_t length, enum ink ink)
{
    while (length > 0) {
        const char *const end = memchr(bytes, '\n', length);
        const size_t line = end ? (size_t)(end - bytes) : length;
        put_output_line(column, bytes, line, ink);
        bytes += line + (end != NULL);
        length -= line + (end != NULL);
    }
}

/* The last lines only: all of it stands in the output tab. */
static size_t skip_early_lines(const struct text *text)
{
    size_t at = text->length, lines = 0;

    while (at > 0 && lines <= OUTPUT_LINES) {
        at--;
        lines += text->bytes[at] == '\n' && at + 1 < text->length;
    }
    return lines > OUTPUT_LINES ? at + 1 : 0;
}

static void put_output(struct column *column, const struct trace_cell *cell)
{
    const float size = column->view->type.caption, top = column->y;
    struct text output = { 0 };

    collect_output(&column->view->runs[0], cell->in_number, column->view->arena, &output);
    if (output.length > 0) {
        const size_t skipped = skip_early_lines(&output);
        column->y += size * 0.3f;
        if (skipped > 0) {
            put_output_line(column, "…", strlen("…"), INK_TEXT_SECOND);
        }
        put_lines(column, output.bytes + skipped, output.length - skipped, INK_TEXT);
    }
    if (column->scene && column->y > top) {
        scene_rect(column->scene, &(struct draw_rect){ .rect = { column->inner.x, top + size * 0.3f,
                                                                 3, column->y - top - size * 0.3f },
                                                       .fill = INK_PANEL_LINE });
    }
    text_finish(&output);
}

static bool same_frame(const struct error_frame *a, const struct error_frame *b)
{
    return strcmp(a->name, b->name) == 0 && memcmp(&a->at, &b->at, sizeof(a->at)) == 0;
}

static const char *frame_text(const struct view *view, const struct error_frame *frame)
{
    const char *const word = view_word(view, "line");

    return frame->name[0] == '<'
               ? arena_format(view->arena, "In[%d] %s %d", frame->at.cell, word, frame->at.line)
               : arena_format(view->arena, "%s %s %d", frame->name, word, frame->at.line);
}

/* "In[3] line 7 → f line 4 ×998": how the execution came to where it stopped; of functions that call each
 * other again and again the first and the last. */
static const char *way_to_error(const struct view *view, const struct record_error *error)
{
    enum { FIRST = 6, LAST = 4 };
    const char *way = "";
    const size_t count = error->frame_count;

    for (size_t i = 0, parts = 0; i < count; parts++) {
        const struct error_frame *const frame = &error->frames[i];
        size_t same = 1;
        while (i + same < count && same_frame(frame, &error->frames[i + same])) {
            same++;
        }
        way = arena_format(view->arena, "%s%s%s", way, i > 0 ? " → " : "", frame_text(view, frame));
        if (same > 1) {
            way = count < ERROR_FRAMES_MAX ? arena_format(view->arena, "%s ×%zu", way, same)
                                           : arena_format(view->arena, "%s ×…", way);
        }
        i += same;
        if (parts + 1 == FIRST && count - i > LAST) {
            way = arena_format(view->arena, "%s → …", way);
            i = count - LAST;
        }
    }
    return way;
}

/* At the line that raised it: how the execution came there, and the error's own words. */
static void put_error(struct column *column)
{
    const struct view *const view = column->view;
    const struct record_error *const error =
        trace_error_at(view->runs[0].trace, view->runs[0].moment);
    const float size = view->type.caption, top = column->y;

    if (!error) {
        return;
    }
    const char *const said = arena_format(
        view->arena, "%s: %s", error->type,
        refusal_in(view->words, view->state->language, error->text.bytes, view->arena));
    column->y += size * 0.4f;
    if (error->frame_count > 1) {
        const char *const way = way_to_error(view, error);
        put_output_line(column, way, strlen(way), INK_TEXT_SECOND);
    }
    put_lines(column, said, strlen(said), INK_ERROR);
    column->y += size * 0.4f;
    if (column->scene) {
        scene_rect(column->scene,
                   &(struct draw_rect){
                       .rect = { column->area.x, top, view->type.text * 0.25f, column->y - top },
                       .fill = INK_ERROR });
    }
}

/* A line of code, and under it the error that it raised. */
static void put_whole_line(struct column *column, const struct trace_cell *cell, int line)
{
    put_line(column, cell, line);
    if (column->marks.error.cell == cell->in_number && column->marks.error.end_line == line) {
        put_error(column);
    }
}

static void measure_lines(struct column *column, const struct trace_cell *cell, int count)
{
    for (int line = 1; line <= count; line++) {
        const float top = column->y;
        put_whole_line(column, cell, line);
        column->heights[column->line++] = column->y - top;
    }
}

/* Lines out of sight are passed over. */
static void draw_lines(struct column *column, const struct trace_cell *cell, int count)
{
    const float *const heights = column->heights + column->line;
    const float top = column->y;
    int first = count, last = 0;

    for (int line = 1; line <= count; column->y += heights[line++ - 1]) {
        if (in_sight(column, heights[line - 1])) {
            first = line < first ? line : first;
            last = line;
        }
    }
    column->links = code_links_at(column->view, cell, first, last);
    column->y = top;
    for (int line = 1; line <= count; line++) {
        if (line >= first && line <= last) {
            put_whole_line(column, cell, line);
        } else {
            column->y += heights[line - 1];
        }
    }
    column->line += (size_t)count;
}

static void put_code(struct column *column, const struct trace_cell *cell)
{
    const int count = code_line_count(cell);

    if (column->scene) {
        draw_lines(column, cell, count);
    } else {
        measure_lines(column, cell, count);
    }
    put_output(column, cell);
    column->y += column->view->type.text;
}

/* ---- the column ------------------------------------------------------------------------- */

static void put_cells(struct column *column)
{
    const struct trace *const trace = column->view->runs[0].trace;

    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        const struct trace_cell *const cell = trace_cell(trace, i);
        if (is_shown(column, cell) && strcmp(cell->kind, "code") == 0) {
            put_code(column, cell);
        } else if (is_shown(column, cell)) {
            put_narrative(column, cell);
        }
    }
}

static float most_scroll(const struct column *column, float height)
{
    return fmaxf(height - column->area.h, 0);
}

/* How far the column is pushed up to follow the current line: it stands at two fifths. From its beginning
 * the column is read first, whole: it stands still until the line has passed three fifths. */
static float following(const struct column *column, float top, float height)
{
    const float below = column->current < 0 ? 0 : column->current - top;
    const float wanted = below < column->area.h * 0.6f ? 0 : below - column->area.h * 0.4f;

    return fminf(wanted, most_scroll(column, height));
}

static size_t count_lines(const struct trace *trace)
{
    size_t count = 0;

    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        count += (size_t)code_line_count(trace_cell(trace, i));
    }
    return count;
}

static struct column column_of(const struct view *view, struct rect area)
{
    const float pad = view->type.text;
    const size_t lines = count_lines(view->runs[0].trace);

    return (struct column){ .view = view,
                            .area = area,
                            .inner = { area.x + pad, area.y, area.w - 2 * pad, area.h },
                            .marks = code_marks_at(view),
                            .veil = veil_of(view),
                            .heights = arena_allocate(view->arena, lines + 1, sizeof(float)),
                            .y = area.y + pad,
                            .current = -1 };
}

struct code_room view_lesson_room(const struct view *view, struct rect area)
{
    struct column column = column_of(view, area);
    const float top = column.y;

    put_cells(&column);
    const float height = column.y - area.y, at = following(&column, top, height);
    return (struct code_room){ -at, most_scroll(&column, height) - at };
}

void view_lesson(const struct view *view, struct rect area, struct scene *scene)
{
    struct column column = column_of(view, area);
    const float top = column.y;

    put_cells(&column);
    const float height = column.y - area.y;
    const float wanted = following(&column, top, height) + view->state->code_scroll;
    column.scene = scene;
    column.line = 0;
    column.y = top - fminf(fmaxf(wanted, 0), most_scroll(&column, height));
    put_cells(&column);
}
