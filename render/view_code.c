/* The code while presenting: a strip of the previous, the current and the next line, or a column of
 * as many lines as fit around the current one. */

#include <math.h>

#include "render/code.h"
#include "render/screen.h"

static const float PITCH = 1.45f;

enum { STRIP_LINES = 3 };

/* The next line above or below that has code or a comment on it; 0 when there is none. */
static int written_line(const struct trace_cell *cell, int from, int step)
{
    const int count = code_line_count(cell);

    for (int line = from + step; line >= 1 && line <= count; line += step) {
        size_t start, length;
        code_line_range(cell, line, &start, &length);
        if (length > 0) {
            return line;
        }
    }
    return 0;
}

/* `from` and `to` are bytes of the line; both 0 for all of it. */
static void draw_piece(const struct view *view, const struct trace_cell *cell, int line,
                       size_t from, size_t to, struct rect row, const struct code_marks *marks,
                       struct scene *scene)
{
    code_draw_row(view,
                  &(struct code_row){ .cell = cell,
                                      .line = line,
                                      .from = from,
                                      .to = to,
                                      .row = row,
                                      .size = view->type.text,
                                      .numbers = true },
                  marks, scene);
}

static void draw_row(const struct view *view, const struct trace_cell *cell, int line,
                     struct rect area, float y, const struct code_marks *marks, struct scene *scene)
{
    if (line > 0) {
        const struct rect row = { area.x, y, area.w, view->type.text * PITCH };
        draw_piece(view, cell, line, 0, 0, row, marks, scene);
    }
}

/* A current line that is too long for the strip is broken, into all of its rows if need be. The line
 * before goes first when there is no room for three, then the line after. */
static void draw_strip(const struct view *view, const struct trace_cell *cell, int line,
                       struct rect area, const struct code_marks *marks, struct scene *scene)
{
    const float size = view->type.text, pitch = size * PITCH;
    const int rows = (int)fmaxf(fminf(area.h / pitch, STRIP_LINES), 1);
    const float room = area.w - code_text_left(size, true) - size / 2;
    size_t breaks[STRIP_LINES], from = 0;
    const int pieces = (int)code_wrap(view, cell, line, room, size, breaks, (size_t)rows);
    float y = area.y + (area.h - (float)rows * pitch) / 2;

    if (rows == STRIP_LINES && pieces == 1) {
        draw_row(view, cell, written_line(cell, line, -1), area, y, marks, scene);
        y += pitch;
    }
    for (int i = 0; i < pieces; i++, y += pitch) {
        const struct rect row = { area.x, y, area.w, pitch };
        draw_piece(view, cell, line, from, breaks[i], row, marks, scene);
        from = breaks[i];
    }
    if (rows > pieces) {
        draw_row(view, cell, written_line(cell, line, 1), area, y, marks, scene);
    }
}

static void draw_column(const struct view *view, const struct trace_cell *cell, int line,
                        struct rect area, const struct code_marks *marks, struct scene *scene)
{
    const float pitch = view->type.text * PITCH;
    const int rows = (int)(area.h / pitch), count = code_line_count(cell);
    int first = line - rows / 2;

    first = first + rows > count ? count - rows + 1 : first;
    first = first < 1 ? 1 : first;
    for (int i = 0; i < rows && first + i <= count; i++) {
        draw_row(view, cell, first + i, area, area.y + (float)i * pitch, marks, scene);
    }
}

void view_code(const struct view *view, struct rect area, struct scene *scene)
{
    const struct code_marks marks = code_marks_at(&view->runs[0]);
    const struct trace_cell *cell = trace_code_cell(view->runs[0].trace, marks.cell);
    int line = (int)marks.line;

    if (!cell) {
        cell = trace_code_cell(view->runs[0].trace, 1);
        line = 1;
    }
    if (!cell) {
        return;
    }
    if (view->state->code_style == 1) {
        draw_column(view, cell, line, area, &marks, scene);
    } else {
        draw_strip(view, cell, line, area, &marks, scene);
    }
}
