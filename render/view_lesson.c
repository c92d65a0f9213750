/* The lesson's column while exploring: narrative, code, and under each cell what it printed. It
 * scrolls by itself so that the current line stays in sight; the wheel adds to that. */

#include <math.h>
#include <string.h>

#include "render/code.h"
#include "render/markdown.h"
#include "render/screen.h"

static const float PITCH = 1.5f;

enum { PIECES_MAX = 16, OUTPUT_LINES = 12 };

/* One walk down the column: first without a scene, to measure, then to draw. */
struct column {
    const struct view *view;
    struct scene *scene;
    struct rect area;  /* what is in sight */
    struct rect inner; /* its text */
    struct code_marks marks;
    float y;       /* where the next thing goes */
    float current; /* top of the current line, as measured; negative: none */
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

/* Else the interface's language, then English. */
bool lesson_speaks(const struct view *view, const struct trace_cell *cell)
{
    const char *const wanted = language_code(view->state->language);
    const char *const spoken = has_twin(view->runs[0].trace, wanted) ? wanted : "en";

    return strcmp(cell->kind, "markdown") == 0 && strcmp(cell->slide, "notes") != 0 &&
           (!cell->lang[0] || strcmp(cell->lang, spoken) == 0);
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

static void put_narrative(struct column *column, const struct trace_cell *cell)
{
    const struct rect area = { column->inner.x, column->y, column->inner.w, 0 };
    const float height =
        markdown_draw(column->view, cell->text.bytes, cell->text.length, area, NULL);

    if (in_sight(column, height)) {
        markdown_draw(column->view, cell->text.bytes, cell->text.length, area, column->scene);
    }
    column->y += height + column->view->type.text * 0.4f;
}

/* ---- code ------------------------------------------------------------------------------- */

static void put_line(struct column *column, const struct trace_cell *cell, int line)
{
    const float size = column->view->type.text, pitch = size * PITCH;
    const float width = column->area.w - code_text_left(size, true) - size;
    const bool current = column->marks.cell == cell->in_number && column->marks.line == line;
    size_t breaks[PIECES_MAX], from = 0;
    const size_t count = code_wrap(column->view, cell, line, width, size, breaks, PIECES_MAX);

    if (current) {
        column->current = column->y;
    }
    for (size_t i = 0; i < count; i++) {
        if (in_sight(column, pitch)) {
            code_draw_row(
                column->view,
                &(struct code_row){ .cell = cell,
                                    .line = line,
                                    .from = from,
                                    .to = breaks[i],
                                    .row = { column->area.x, column->y, column->area.w, pitch },
                                    .size = size,
                                    .numbers = true },
                &column->marks, column->scene);
        }
        from = breaks[i];
        column->y += pitch;
    }
}

/* ---- output ----------------------------------------------------------------------------- */

/* What the cell has printed by the moment: the `out` records between its start and the next. */
static void collect_output(const struct run_view *run, int64_t in, struct text *out)
{
    size_t cell_count, out_count;
    const uint32_t *const cells = trace_records_of(run->trace, RECORD_CELL, &cell_count);
    const uint32_t *const outs = trace_records_of(run->trace, RECORD_OUT, &out_count);
    uint32_t start = NEVER, end = NEVER;

    for (size_t i = 0; i < cell_count; i++) {
        if (trace_record(run->trace, cells[i])->cell.in == in) {
            start = cells[i];
            end = i + 1 < cell_count ? cells[i + 1] : NEVER;
        }
    }
    for (size_t i = 0; i < out_count && start != NEVER; i++) {
        if (outs[i] > start && outs[i] < end && outs[i] < run->moment) {
            const struct record_out *const record = &trace_record(run->trace, outs[i])->out;
            text_append(out, record->text.bytes, record->text.length);
        }
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
    const struct record_error *const error =
        trace_error_at(column->view->runs[0].trace, column->view->runs[0].moment);
    const float size = column->view->type.caption, top = column->y;
    struct text output = { 0 };

    collect_output(&column->view->runs[0], cell->in_number, &output);
    if (output.length > 0) {
        const size_t skipped = skip_early_lines(&output);
        column->y += size * 0.3f;
        if (skipped > 0) {
            put_output_line(column, "…", strlen("…"), INK_TEXT_SECOND);
        }
        put_lines(column, output.bytes + skipped, output.length - skipped, INK_TEXT);
    }
    if (error && column->marks.error.cell == cell->in_number) {
        const char *const said =
            arena_format(column->view->arena, "%s: %s", error->type, error->text.bytes);
        column->y += size * 0.3f;
        put_lines(column, said, strlen(said), INK_ERROR);
    }
    if (column->scene && column->y > top) {
        scene_rect(column->scene, &(struct draw_rect){ .rect = { column->inner.x, top + size * 0.3f,
                                                                 3, column->y - top - size * 0.3f },
                                                       .fill = INK_PANEL_LINE });
    }
    text_finish(&output);
}

static void put_code(struct column *column, const struct trace_cell *cell)
{
    const int count = code_line_count(cell);

    for (int line = 1; line <= count; line++) {
        put_line(column, cell, line);
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

/* How far the column is pushed up: the current line at two fifths, never past the ends. */
static float scroll_for(const struct column *column, float top, float height)
{
    const float most = fmaxf(height - column->area.h, 0);
    const float wanted = column->current < 0 ? 0 : column->current - top - column->area.h * 0.4f;

    return fminf(fmaxf(wanted + column->view->state->code_scroll, 0), most);
}

void view_lesson(const struct view *view, struct rect area, struct scene *scene)
{
    const float pad = view->type.text, top = area.y + pad;
    struct column column = { .view = view,
                             .area = area,
                             .inner = { area.x + pad, area.y, area.w - 2 * pad, area.h },
                             .marks = code_marks_at(&view->runs[0]),
                             .y = top,
                             .current = -1 };

    put_cells(&column);
    const float scroll = scroll_for(&column, top, column.y - area.y);
    column.scene = scene;
    column.y = top - scroll;
    put_cells(&column);
}
