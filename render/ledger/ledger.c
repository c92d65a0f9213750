#include "render/ledger/ledger.h"

#include <math.h>
#include <string.h>

static const float PITCH = 1.5f; /* of lines, in em */

float ledger_width(const struct ledger *ledger, const char *text, enum type_role role)
{
    return fonts_measure(ledger->view->fonts, role, text, strlen(text)) * ledger->view->type.text;
}

float ledger_piece(struct ledger *ledger, float x, const char *text, enum type_role role,
                   enum ink ink)
{
    const float size = ledger->view->type.text;
    const float room = ledger->area.x + ledger->area.w - x;

    if (room <= size || !text[0]) {
        return x;
    }
    scene_text(ledger->scene, &(struct draw_text){ .at = { x, ledger->y },
                                                   .bytes = text,
                                                   .role = role,
                                                   .size = size,
                                                   .ink = ink,
                                                   .max_width = room });
    return x + ledger_width(ledger, text, role);
}

void ledger_begin(struct ledger *ledger, bool lit)
{
    const float size = ledger->view->type.text, pitch = size * PITCH;
    const struct rect row = { ledger->area.x - size / 2, ledger->y - size * 1.08f,
                              ledger->area.w + size, pitch };

    scene_group(ledger->scene, &(struct draw_group){ .target = { .kind = TARGET_LEDGER,
                                                                 .id = ledger->subject,
                                                                 .part = ledger->line },
                                                     .bounds = row });
    if (lit) {
        scene_rect(ledger->scene, &(struct draw_rect){
                                      .rect = row, .radius = size / 3, .fill = INK_BACKWARD_SOFT });
    }
}

void ledger_speaks_of(const struct ledger *ledger, int64_t tensor)
{
    const struct target *const hovered = &ledger->view->state->hovered;
    const float size = ledger->view->type.text, pitch = size * PITCH;

    if (tensor && hovered->kind != TARGET_LEDGER &&
        run_target_tensor(&ledger->view->runs[0], *hovered) == tensor) {
        scene_rect(ledger->scene, &(struct draw_rect){ .rect = { ledger->area.x - size / 2,
                                                                 ledger->y - size * 1.08f,
                                                                 ledger->area.w + size, pitch },
                                                       .radius = size / 3,
                                                       .stroke = INK_SELECTION,
                                                       .width = 1.5f });
    }
}

void ledger_end(struct ledger *ledger)
{
    scene_group_end(ledger->scene);
    ledger->y += ledger->view->type.text * PITCH;
    ledger->line++;
}

/* Where the text may go on in the next line: before a " + " or " / ", behind a comma that is not inside of
 * [0, 1]. NULL behind the last such place. */
static const char *next_break(const char *text)
{
    int depth = 0;
    for (const char *c = text; *c; c++) {
        depth += (*c == '[') - (*c == ']');
        if (depth > 0 || c == text) {
            continue;
        }
        if (strncmp(c, " + ", 3) == 0 || strncmp(c, " / ", 3) == 0) {
            return c;
        }
        if (c[-1] == ',' && *c == ' ') {
            return c;
        }
    }
    return NULL;
}

/* How much of the text fits, up to such a place; at least up to the first. */
static size_t fitting(const struct ledger *ledger, const char *text, float room)
{
    const float size = ledger->view->type.text;
    size_t best = 0;

    for (const char *next = next_break(text); next; next = next_break(next + 1)) {
        const size_t length = (size_t)(next - text);
        if (best > 0 && fonts_measure(ledger->view->fonts, TYPE_MONO, text, length) * size > room) {
            break;
        }
        best = length;
    }
    return best > 0 && ledger_width(ledger, text, TYPE_MONO) > room ? best : strlen(text);
}

float ledger_sum(struct ledger *ledger, float x, float left, const char *text, bool lit)
{
    const float right = ledger->area.x + ledger->area.w;

    for (;;) {
        const size_t length = fitting(ledger, text, right - x);
        x = ledger_piece(ledger, x, arena_copy_text(ledger->view->arena, text, length), TYPE_MONO,
                         INK_TEXT);
        text += length;
        if (!*text) {
            return x;
        }
        ledger_end(ledger);
        ledger_begin(ledger, lit);
        x = left;
    }
}

/* ---- the grid --------------------------------------------------------------------------------- */

enum { ROWS_MAX = 64, COLUMNS_MAX = 64 };
static const float CELL_EM = 4.9f, CELL_LINE = 1.45f, LEAST_CELL = 5, MOST_SHARE = 0.42f;

struct cells {
    int64_t rows, columns;
    float w, h; /* of one */
    bool numbers;
    struct point at;
};

static struct cells cells_of(const struct ledger *ledger, const struct trace_tensor *tensor)
{
    const float size = ledger->view->type.text;
    const float most_w = ledger->area.w * MOST_SHARE;
    const float most_h = ledger->area.h - 2.4f * size;
    struct cells cells = { .columns = tensor->ndim > 0 ? tensor->shape[tensor->ndim - 1] : 1 };

    cells.rows = cells.columns > 0 ? tensor->count / cells.columns : 0;
    if (cells.rows <= 0 || cells.columns <= 0) {
        return (struct cells){ 0 };
    }
    cells.numbers = (float)cells.columns * CELL_EM * size <= most_w &&
                    (float)cells.rows * CELL_LINE * size <= most_h;
    cells.w =
        cells.numbers ? CELL_EM * size : fminf(most_w / 2 / (float)cells.columns, CELL_LINE * size);
    cells.h = cells.numbers ? CELL_LINE * size : fminf(most_h / (float)cells.rows, cells.w);
    if (cells.rows > ROWS_MAX || cells.columns > COLUMNS_MAX ||
        (!cells.numbers && fminf(cells.w, cells.h) < LEAST_CELL)) {
        return (struct cells){ 0 };
    }
    return cells;
}

static float strongest(const struct trace_value *value)
{
    double most = 0;

    for (size_t i = 0; i < value->count; i++) {
        const double size = fabs(trace_element(value, i));
        most = isfinite(size) && size > most ? size : most;
    }
    return (float)most;
}

static void draw_cell(const struct ledger *ledger, const struct cells *cells, struct rect cell,
                      double element, float heat)
{
    const float size = ledger->view->type.text;

    scene_rect(ledger->scene, &(struct draw_rect){ .rect = cell,
                                                   .fill = INK_HEAT,
                                                   .stroke = INK_PANEL_LINE,
                                                   .width = 0.8f,
                                                   .heat = heat });
    if (cells->numbers) {
        scene_text(ledger->scene, &(struct draw_text){ .at = { cell.x + cell.w / 2,
                                                               cell.y + cell.h / 2 + size * 0.36f },
                                                       .bytes = view_number(ledger->view, element),
                                                       .role = TYPE_UI,
                                                       .size = size,
                                                       .ink = INK_HEAT_TEXT,
                                                       .align = ALIGN_CENTRE,
                                                       .heat = heat });
    }
}

static void draw_cells(const struct ledger *ledger, const struct cells *cells,
                       const struct ledger_grid *grid)
{
    const float most = strongest(grid->value);
    struct rect chosen = { 0 };

    for (int64_t i = 0; i < grid->tensor->count; i++) {
        const double element = trace_element(grid->value, (size_t)i);
        const float heat = isinf(element)                ? (element > 0 ? 1.0f : -1.0f)
                           : most > 0 && !isnan(element) ? (float)(element / most)
                                                         : 0;
        const struct rect cell = { cells->at.x + (float)(i % cells->columns) * cells->w,
                                   cells->at.y + (float)(i / cells->columns) * cells->h, cells->w,
                                   cells->h };
        draw_cell(ledger, cells, cell, element, heat);
        chosen = i == grid->chosen ? cell : chosen;
    }
    if (chosen.w > 0) {
        scene_rect(ledger->scene,
                   &(struct draw_rect){ .rect = chosen, .stroke = INK_SELECTION, .width = 2.5f });
    }
}

void ledger_draw_grid(struct ledger *ledger, const struct ledger_grid *grid)
{
    const float size = ledger->view->type.text;
    struct cells cells = cells_of(ledger, grid->tensor);

    if (cells.rows == 0 || !grid->value || grid->value->sampled ||
        grid->value->count < (size_t)grid->tensor->count) {
        return;
    }
    const float title = ledger_width(ledger, grid->title, TYPE_MONO_BOLD);
    const float w = fmaxf((float)cells.columns * cells.w, fminf(title, ledger->area.w * 0.3f));
    const float right = ledger->area.x + ledger->area.w;
    cells.at = (struct point){ right - w, ledger->area.y + size * 2 };
    scene_text(ledger->scene,
               &(struct draw_text){ .at = { right - w, ledger->area.y + size * 1.3f },
                                    .bytes = grid->title,
                                    .role = TYPE_MONO_BOLD,
                                    .size = size,
                                    .ink = grid->ink,
                                    .max_width = w });
    scene_group(
        ledger->scene,
        &(struct draw_group){ .target = { .kind = TARGET_CELL, .id = grid->of },
                              .bounds = { cells.at.x, cells.at.y, (float)cells.columns * cells.w,
                                          (float)cells.rows * cells.h },
                              .title = "" });
    draw_cells(ledger, &cells, grid);
    scene_group_end(ledger->scene);
    ledger->area.w -= w + 1.5f * size;
}
