/* The code while presenting: a strip of the previous, the current and the next line, or a column of
 * as many lines as fit around the current one; and the whole cell on a stage that has nothing else. */

#include <math.h>
#include <string.h>

#include "render/code/code.h"
#include "render/screen.h"

static const float PITCH = 1.45f,
                   CLOSE = 1.3f; /* of lines, in em; where a whole cell has no room */
static const float SMALLER = 0.95f;

enum { STRIP_LINES = 3, PIECES_MAX = 48 };

struct sheet {
    const struct view *view;
    const struct trace_cell *cell;
    struct rect area;
    float size, pitch; /* the pitch in em */
    struct code_marks marks;
    struct code_links links;
    struct scene *scene;
    int only_code; /* the current line: blank lines, comments and imports beside it have no room; 0: they have */
};

/* A line broken at that size. */
struct broken_line {
    int line;
    size_t breaks[PIECES_MAX];
    int count;
};

/* `less` points are left free at the right. */
static struct broken_line break_shorter(const struct sheet *sheet, int line, float less)
{
    const float room = sheet->area.w - code_text_left(sheet->size, true) - sheet->size / 2;
    struct broken_line broken = { .line = line };

    broken.count = (int)code_wrap(sheet->view, sheet->cell, line, room - less, sheet->size,
                                  broken.breaks, PIECES_MAX);
    return broken;
}

static struct broken_line break_line(const struct sheet *sheet, int line)
{
    return break_shorter(sheet, line, 0);
}

/* Not all of its pieces will be shown: there is room for the ellipsis behind each. */
static struct broken_line break_before_ellipsis(const struct sheet *sheet, int line)
{
    return break_shorter(sheet, line, sheet->size);
}

static void draw_piece(const struct sheet *sheet, const struct broken_line *broken, int piece,
                       float y)
{
    const float pitch = sheet->size * sheet->pitch;

    code_draw_row(sheet->view,
                  &(struct code_row){ .cell = sheet->cell,
                                      .links = &sheet->links,
                                      .line = broken->line,
                                      .from = piece > 0 ? broken->breaks[piece - 1] : 0,
                                      .to = broken->breaks[piece],
                                      .row = { sheet->area.x, y, sheet->area.w, pitch },
                                      .size = sheet->size,
                                      .numbers = true,
                                      .notes = true },
                  &sheet->marks, sheet->scene);
}

/* ---- the strip -------------------------------------------------------------------------- */

/* Neither blank nor a comment nor an import. */
static bool computes(const struct trace_cell *cell, int line)
{
    static const char *const passed_over[] = { "#", "import ", "from " };
    size_t start, length;

    code_line_range(cell, line, &start, &length);
    const char *bytes = cell->text.bytes + start;
    for (; length > 0 && (*bytes == ' ' || *bytes == '\t'); length--) {
        bytes++;
    }
    for (size_t i = 0; i < sizeof passed_over / sizeof *passed_over; i++) {
        const size_t head = strlen(passed_over[i]);
        if (length >= head && memcmp(bytes, passed_over[i], head) == 0) {
            return false;
        }
    }
    return length > 0;
}

static bool left_out(const struct sheet *sheet, int line)
{
    return sheet->only_code > 0 && line != sheet->only_code && !computes(sheet->cell, line);
}

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

/* The same for the strip: on a page that stands for all of its cell comments are passed over. */
static int beside_line(const struct sheet *sheet, int from, int step)
{
    int line = written_line(sheet->cell, from, step);

    while (line > 0 && sheet->view->state->sums_up && !computes(sheet->cell, line)) {
        line = written_line(sheet->cell, line, step);
    }
    return line;
}

static int rows_in(const struct sheet *sheet)
{
    return (int)fmaxf(sheet->area.h / (sheet->size * sheet->pitch), 1);
}

static void draw_ellipsis(const struct sheet *sheet, float x, float y)
{
    scene_text(sheet->scene,
               &(struct draw_text){ .at = { x, y + sheet->size * (sheet->pitch / 2 + 0.36f) },
                                    .bytes = "…",
                                    .role = TYPE_MONO_BOLD,
                                    .size = sheet->size,
                                    .ink = INK_TEXT });
}

/* A neighbour that is a little too long for its row: set smaller, down to captions, so that it is whole. Its
 * first letter stays below that of the current line. */
static bool draw_in_one_row(const struct sheet *sheet, int line, float y)
{
    struct sheet small = *sheet;

    while (small.size * SMALLER >= sheet->view->type.caption) {
        small.size *= SMALLER;
        small.pitch = sheet->pitch * sheet->size / small.size; /* rows stay as high as they are */
        const float moved = code_text_left(sheet->size, true) - code_text_left(small.size, true);
        small.area.x = sheet->area.x + moved;
        small.area.w = sheet->area.w - moved;
        const struct broken_line broken = break_line(&small, line);
        if (broken.count == 1) {
            draw_piece(&small, &broken, 0, y);
            return true;
        }
    }
    return false;
}

/* The neighbours are there for the context: as many rows as are left for them. Returns how many it took. */
static int draw_neighbour(const struct sheet *sheet, int line, int room, float y)
{
    struct broken_line broken = break_line(sheet, line);

    if (broken.count > room && room == 1 && draw_in_one_row(sheet, line, y)) {
        return 1;
    }
    if (broken.count > room) {
        broken = break_before_ellipsis(sheet, line);
    }
    const int rows = broken.count < room ? broken.count : room;
    for (int i = 0; i < rows; i++) {
        draw_piece(sheet, &broken, i, y + (float)i * sheet->size * sheet->pitch);
    }
    if (broken.count > rows) {
        draw_ellipsis(sheet, sheet->area.x + sheet->area.w - sheet->size,
                      y + (float)(rows - 1) * sheet->size * sheet->pitch);
    }
    return rows;
}

/* Of a line that does not fit even in caption type: the piece that shows the sub-expression. */
static int first_piece(const struct sheet *sheet, const struct broken_line *broken, int rows)
{
    const struct span *const span =
        sheet->marks.error.cell ? &sheet->marks.error : &sheet->marks.span;
    int first = 0;

    if (span->cell != sheet->cell->in_number || span->line != broken->line) {
        return 0;
    }
    while (first + 1 < broken->count && broken->breaks[first] <= (size_t)span->column) {
        first++;
    }
    return first < broken->count - rows ? first : broken->count - rows;
}

/* Rows of the lines around the current one. The line before goes first when there is no room for three, then
 * the line after; where nothing comes after, the line before has its room. Beside a current line of two rows
 * it is whole or away. What a line with a colon at its end begins is more to it than what was before. */
struct neighbours {
    int before, after; /* lines; 0: not shown */
    int rows_before, rows_after;
};

static bool begins_block(const struct trace_cell *cell, int line)
{
    size_t start, length;

    code_line_range(cell, line, &start, &length);
    return length > 0 && cell->text.bytes[start + length - 1] == ':';
}

static struct neighbours neighbours_of(const struct sheet *sheet, int line, int rows)
{
    const int after = rows > 0 ? beside_line(sheet, line, 1) : 0;
    const int all_after = after > 0 ? break_line(sheet, after).count : 0;
    const int rows_after = all_after <= 1                     ? all_after
                           : !begins_block(sheet->cell, line) ? 1
                           : all_after < rows                 ? all_after
                                                              : rows;
    const int left = rows - rows_after;
    const int before = left > 0 ? beside_line(sheet, line, -1) : 0;
    const int needed = before > 0 ? break_line(sheet, before).count : 0;
    const bool whole = needed <= left;

    if (!whole && (rows < STRIP_LINES - 1 || begins_block(sheet->cell, line))) {
        return (struct neighbours){ .after = after, .rows_after = rows_after };
    }
    return (struct neighbours){ before, after, whole ? needed : left, rows_after };
}

/* A current line that is too long for the strip is broken, into all of its rows if need be, and set
 * smaller down to captions. */
static void draw_strip(struct sheet *sheet, int line)
{
    struct broken_line broken = break_line(sheet, line);
    while (broken.count > rows_in(sheet) && sheet->size * SMALLER >= sheet->view->type.caption) {
        sheet->size *= SMALLER;
        broken = break_line(sheet, line);
    }
    if (broken.count > rows_in(sheet)) {
        broken = break_before_ellipsis(sheet, line);
    }
    const float pitch = sheet->size * sheet->pitch;
    const int room = rows_in(sheet), rows = room < STRIP_LINES ? room : STRIP_LINES;
    const int pieces = broken.count < room ? broken.count : room;
    const int first = broken.count > room ? first_piece(sheet, &broken, room) : 0;
    const struct neighbours beside = neighbours_of(sheet, line, rows - pieces);
    const int all = pieces + beside.rows_before + beside.rows_after;
    float y = sheet->area.y + (sheet->area.h - (float)all * pitch) / 2;

    if (beside.before > 0) {
        y += (float)draw_neighbour(sheet, beside.before, beside.rows_before, y) * pitch;
    }
    for (int i = first; i < first + pieces; i++, y += pitch) {
        draw_piece(sheet, &broken, i, y);
    }
    if (first > 0) {
        draw_ellipsis(sheet, sheet->area.x + sheet->size * 0.6f, y - pitch * (float)pieces);
    }
    if (first + pieces < broken.count) {
        draw_ellipsis(sheet, sheet->area.x + sheet->area.w - sheet->size, y - pitch);
    }
    if (beside.after > 0) {
        draw_neighbour(sheet, beside.after, beside.rows_after, y);
    }
}

/* ---- the column ------------------------------------------------------------------------- */

/* Rows from the cell's first line to the end of that line. */
static int rows_to(const struct sheet *sheet, int line)
{
    int rows = 0;

    for (int i = 1; i <= line; i++) {
        rows += left_out(sheet, i) ? 0 : break_line(sheet, i).count;
    }
    return rows;
}

/* Rows that are above the column's head when it follows the current line, and the most there can be. */
static int following(const struct sheet *sheet, int line, int *most)
{
    const int rows = rows_in(sheet), all = rows_to(sheet, code_line_count(sheet->cell));
    const int wanted = rows_to(sheet, line - 1) + (break_line(sheet, line).count - rows) / 2;

    *most = all > rows ? all - rows : 0;
    return wanted < 0 ? 0 : wanted > *most ? *most : wanted;
}

/* The current line in the middle, never past the cell's ends; the wheel adds to that. */
static void draw_column(const struct sheet *sheet, int line)
{
    const float pitch = sheet->size * sheet->pitch;
    const int rows = rows_in(sheet), count = code_line_count(sheet->cell);
    int most;
    const int wanted =
        following(sheet, line, &most) + (int)lroundf(sheet->view->state->code_scroll / pitch);
    int row = -(wanted < 0 ? 0 : wanted > most ? most : wanted);

    for (int i = 1; i <= count && row < rows; i++) {
        if (left_out(sheet, i)) {
            continue;
        }
        const struct broken_line broken = break_line(sheet, i);
        for (int piece = 0; piece < broken.count && row < rows; piece++, row++) {
            if (row >= 0) {
                draw_piece(sheet, &broken, piece, sheet->area.y + (float)row * pitch);
            }
        }
    }
}

/* ---- both ------------------------------------------------------------------------------- */

/* The cell that is executed, or where somebody writes, else the first. False when there is no code. */
static bool open_sheet(struct sheet *sheet, const struct view *view, struct rect area, int *line)
{
    const struct code_marks marks = code_marks_at(view);
    const struct trace *const trace = view->runs[0].trace;
    const struct view_field *const field = &view->state->field;
    const struct trace_cell *const written = trace_code_cell(trace, field->cell);
    const struct trace_cell *const current = written ? written : trace_code_cell(trace, marks.cell);

    const int64_t wanted = written ? field->line : current ? marks.line : 1;
    *sheet = (struct sheet){ .view = view,
                             .cell = current ? current : trace_code_cell(trace, 1),
                             .area = area,
                             .size = view->type.text,
                             .pitch = PITCH,
                             .marks = marks };
    if (!sheet->cell) {
        return false;
    }
    const int count = code_line_count(sheet->cell); /* a forged trace may name any line */
    *line = wanted < 1 ? 1 : wanted > count ? count : (int)wanted;
    return true;
}

struct code_room view_code_room(const struct view *view, struct rect area)
{
    struct sheet sheet;
    int line, most;

    if (view->state->code_style != CODE_COLUMN || !open_sheet(&sheet, view, area, &line)) {
        return (struct code_room){ 0 };
    }
    const int at = following(&sheet, line, &most);
    const float pitch = sheet.size * sheet.pitch;
    return (struct code_room){ -(float)at * pitch, (float)(most - at) * pitch };
}

/* Lines with code or a comment on them. */
static int written_lines(const struct trace_cell *cell)
{
    int written = 0;

    for (int line = 0; (line = written_line(cell, line, 1)) > 0;) {
        written++;
    }
    return written;
}

bool view_code_whole(const struct view *view, struct rect area, struct scene *scene)
{
    static const float least = 24; /* em; in less, lines come in too many pieces */
    struct view_state still = *view->state;
    struct view set = *view;
    struct sheet sheet;
    int line;

    still.code_scroll = 0;
    set.state = &still;
    if (still.code_style == CODE_COLUMN || area.w < least * view->type.caption ||
        !open_sheet(&sheet, &set, area, &line)) {
        return false;
    }
    if (!still.told && written_lines(sheet.cell) <= STRIP_LINES && !view_section_called_for(view)) {
        return false;
    }
    const int count = code_line_count(sheet.cell);
    while (rows_to(&sheet, count) > rows_in(&sheet) && sheet.size * SMALLER >= view->type.caption) {
        sheet.size *= SMALLER;
    }
    sheet.pitch = rows_to(&sheet, count) > rows_in(&sheet) ? CLOSE : PITCH;
    const float left = area.h - (float)rows_to(&sheet, count) * sheet.size * sheet.pitch;
    sheet.area.y += fmaxf(left, 0) * 0.4f;
    sheet.links = code_links_at(&set, sheet.cell, 1, count);
    sheet.scene = scene;
    draw_column(&sheet, line);
    return true;
}

/* A little smaller, if a line that was broken is whole then. */
static void unbreak(struct sheet *sheet)
{
    static const float least = 0.85f;
    const int count = code_line_count(sheet->cell), rows = rows_to(sheet, count);
    struct sheet small = *sheet;

    for (small.size *= SMALLER; small.size >= fmaxf(sheet->size * least, sheet->view->type.caption);
         small.size *= SMALLER) {
        if (rows_to(&small, count) < rows) {
            sheet->size = small.size;
            return;
        }
    }
}

/* As large as all of the cell fits, down to captions; false if it does not. */
static bool fit_cell(struct sheet *sheet, float pitch)
{
    const int count = code_line_count(sheet->cell);

    sheet->pitch = pitch;
    for (sheet->size = sheet->view->type.text; sheet->size >= sheet->view->type.caption;
         sheet->size *= SMALLER) {
        if (rows_to(sheet, count) <= rows_in(sheet)) {
            unbreak(sheet);
            return true;
        }
    }
    return false;
}

/* On a page that stands for all of its cell: the cell, where it fits, if need be without what computes nothing. */
static bool draw_whole_strip(const struct sheet *strip, int line)
{
    struct sheet sheet = *strip;

    if (!fit_cell(&sheet, PITCH) && !fit_cell(&sheet, CLOSE)) {
        sheet.only_code = line;
        if (!fit_cell(&sheet, PITCH) && !fit_cell(&sheet, CLOSE)) {
            return false;
        }
    }
    const int rows = rows_to(&sheet, code_line_count(sheet.cell));
    sheet.area.y += (sheet.area.h - (float)rows * sheet.size * sheet.pitch) / 2;
    draw_column(&sheet, line);
    return true;
}

void view_code(const struct view *view, struct rect area, struct scene *scene)
{
    struct sheet sheet;
    int line;

    if (!open_sheet(&sheet, view, area, &line)) {
        return;
    }
    sheet.links = code_links_at(view, sheet.cell, 1, code_line_count(sheet.cell));
    sheet.scene = scene;
    if (view->state->code_style == CODE_COLUMN) {
        draw_column(&sheet, line);
    } else if (!view->state->sums_up || !draw_whole_strip(&sheet, line)) {
        draw_strip(&sheet, line);
    }
}
