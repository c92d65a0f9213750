#include "render/graph/paint.h"

#include <math.h>
#include <string.h>

#include "render/ledger/chain.h"
#include "render/path_text.h"

static const float CAP_MIDDLE = 0.36f; /* half a capital's height, in em */

float paint_width(const struct painter *painter, enum type_role role, const char *text, float size)
{
    return fonts_measure(painter->view->fonts, role, text, strlen(text)) * size;
}

bool paint_can_read(const struct painter *painter, float size)
{
    return size * painter->zoom >= painter->least_text;
}

void paint_label(const struct painter *painter, const struct paint_label *label)
{
    const float size = label->size * painter->zoom;
    if (!paint_can_read(painter, label->size) || !label->text[0]) {
        return;
    }
    const struct rect box = paint_rect_at(painter, label->box);
    float x = box.x;
    if (label->align == ALIGN_CENTRE) {
        x += box.w / 2;
    } else if (label->align == ALIGN_RIGHT) {
        x += box.w;
    }
    scene_text(painter->scene, &(struct draw_text){
                                   .at = { x, box.y + box.h / 2 + size * CAP_MIDDLE },
                                   .bytes = label->text,
                                   .role = label->role,
                                   .size = size,
                                   .ink = label->ink,
                                   .align = label->align,
                                   .max_width = box.w + 0.5f,
                                   .alpha = label->alpha,
                                   .halo = label->halo,
                                   .strike = label->strike,
                               });
}

void paint_box(const struct painter *painter, struct rect box, const struct draw_rect *style)
{
    struct draw_rect rect = *style;
    rect.rect = paint_rect_at(painter, box);
    rect.radius = style->radius * painter->zoom;
    scene_rect(painter->scene, &rect);
}

/* Lines grow with the picture, but slowly; on a projector none is thinner than 3 points. */
float paint_line(const struct painter *painter, float width)
{
    const float least = painter->view->theme->line_scale > 1 ? 1.9f : 1.0f;
    return fmaxf(width * fminf(fmaxf(sqrtf(painter->zoom), 0.7f), 1.5f), least);
}

const char *paint_path(const struct painter *painter, enum type_role role, const char *text,
                       float size, float room)
{
    return path_text(painter->view->fonts, role, text, room / size, painter->view->arena);
}

void paint_caption_line(const struct painter *painter, struct rect box, const char *text)
{
    paint_label(painter, &(struct paint_label){ .box = box,
                                                .text = text,
                                                .role = TYPE_MONO,
                                                .size = painter->model->units.caption,
                                                .ink = INK_TEXT_SECOND,
                                                .align = ALIGN_CENTRE });
}

void paint_chevron(const struct painter *painter, struct point middle, bool open)
{
    const float r = 3.4f, dx = open ? r * 1.15f : r * 0.6f, dy = open ? r * 0.6f : r * 1.15f;
    const struct point corners[] = {
        paint_at(painter, (struct point){ middle.x - dx, middle.y - dy }),
        paint_at(painter, open ? (struct point){ middle.x, middle.y + dy }
                               : (struct point){ middle.x + dx, middle.y }),
        paint_at(painter, open ? (struct point){ middle.x + dx, middle.y - dy }
                               : (struct point){ middle.x - dx, middle.y + dy }),
    };
    scene_path(painter->scene, &(struct draw_path){ .points = corners,
                                                    .count = 3,
                                                    .stroke = INK_TEXT_SECOND,
                                                    .width = paint_line(painter, 1.6f) });
}

const char *paint_number(const struct painter *painter, const struct trace_value *value)
{
    return value && value->count == 1 && !value->sampled
               ? element_in_slot(painter->view->arena, value->dtype, trace_element(value, 0))
               : NULL;
}

static bool is_name(const char *text)
{
    return strpbrk(text, " .([") == NULL;
}

/* The end of the brackets that begin there; NULL: they do not. */
static const char *bracket_end(const char *at)
{
    int depth = 0;

    for (const char *end = at; *at == '(' && *end; end++) {
        depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
        if (depth == 0) {
            return end;
        }
    }
    return NULL;
}

const char *paint_brief(const struct painter *painter, const char *text, int deep)
{
    enum { SHORT = 3 };
    struct text brief = { 0 };
    int depth = 0;

    for (const char *at = text; *at; at++) {
        const char *const end = bracket_end(at);
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        if (end && depth >= deep && end > at + SHORT + 1) {
            text_append_string(&brief, "(…)");
            depth--;
            at = end;
        } else {
            text_append_char(&brief, *at);
        }
    }
    const char *const copy =
        arena_copy_text(painter->view->arena, text_string(&brief), brief.length);
    text_finish(&brief);
    return copy;
}

const char *paint_derivative(const struct painter *painter, const struct graph_card *card,
                             float room)
{
    const struct graph_moment *moment = painter->moment;
    const struct run_view *const run = &painter->view->runs[0];
    struct arena *const arena = painter->view->arena;
    if (!moment->backward || !card->tensor) {
        return "";
    }
    const int64_t root = moment->backward->record->root;
    const char *const whole = chain_derivative_at(run, root, card->tensor, card->node, arena);
    const float size = painter->model->units.caption;
    const bool fits = paint_width(painter, TYPE_UI_BOLD, whole, size) <= room;
    const char *const text = fits || is_name(run_label(run, root, arena))
                                 ? whole
                                 : chain_derivative_at(run, 0, card->tensor, card->node, arena);
    if (fits || paint_width(painter, TYPE_UI_BOLD, text, size) <= room) {
        return text;
    }
    const char *const inner = paint_brief(painter, text, 2);
    return paint_width(painter, TYPE_UI_BOLD, inner, size) <= room ? inner
                                                                   : paint_brief(painter, text, 1);
}

/* Labels, rings and lifted lines reach this far beyond their place, in units. */
static const float REACH = 120;

bool paint_reaches(const struct painter *painter, struct rect place)
{
    const struct rect page =
        paint_rect_at(painter, (struct rect){ place.x - REACH, place.y - REACH, place.w + 2 * REACH,
                                              place.h + 2 * REACH });
    const struct rect area = painter->area;
    return page.x < area.x + area.w && area.x < page.x + page.w && page.y < area.y + area.h &&
           area.y < page.y + page.h;
}

bool paint_is_whole(const struct painter *painter, struct rect place)
{
    const float slack = -4; /* it does not touch the border either */
    const struct rect page = paint_rect_at(painter, place), area = painter->area;
    return !painter->whole_only || (page.x >= area.x - slack && page.y >= area.y - slack &&
                                    page.x + page.w <= area.x + area.w + slack &&
                                    page.y + page.h <= area.y + area.h + slack);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A number that has just arrived appears; alpha 0 would mean 1. */
static float landing(const struct painter *painter, bool fresh)
{
    return fresh ? fmaxf(painter->land, 0.001f) : 1;
}

static void paint_lone_number(const struct painter *painter, const struct paint_value *value)
{
    const char *text = paint_number(painter, value->value);
    if (!text) {
        return;
    }
    float size = value->size;
    if (paint_width(painter, TYPE_UI_BOLD, text, size) > value->box.w) {
        size = UNIT_TEXT;
    }
    paint_label(painter, &(struct paint_label){ .box = value->box,
                                                .text = text,
                                                .role = TYPE_UI_BOLD,
                                                .size = size,
                                                .ink = INK_TEXT,
                                                .align = ALIGN_CENTRE,
                                                .alpha = landing(painter, value->fresh) });
}

/* The largest magnitude, so that the strongest colour is the largest number. */
static double strongest(const struct trace_value *value)
{
    double most = 0;
    for (size_t i = 0; i < value->count; i++) {
        const double element = fabs(trace_element(value, i));
        most = isfinite(element) && element > most ? element : most;
    }
    return most;
}

static float heat_of(double element, double most)
{
    if (isinf(element)) {
        return element > 0 ? 1 : -1;
    }
    return most > 0 && !isnan(element) ? (float)(element / most) : 0;
}

/* `heat` colours the cell and its number. */
struct cell_look {
    float heat, alpha;
    const char *dtype;
};

static void paint_cell(const struct painter *painter, struct rect cell, double element,
                       struct cell_look look)
{
    const struct point middle =
        paint_at(painter, (struct point){ cell.x + cell.w / 2, cell.y + cell.h / 2 });
    const float size = painter->model->units.caption * painter->zoom;

    paint_box(painter, cell,
              &(struct draw_rect){ .fill = INK_HEAT,
                                   .stroke = INK_PANEL_LINE,
                                   .width = 0.8f,
                                   .heat = look.heat,
                                   .alpha = look.alpha });
    if (size >= painter->least_text) {
        scene_text(painter->scene,
                   &(struct draw_text){
                       .at = { middle.x, middle.y + size * CAP_MIDDLE },
                       .bytes = element_in_cell(painter->view->arena, look.dtype, element),
                       .role = TYPE_UI,
                       .size = size,
                       .ink = INK_HEAT_TEXT,
                       .align = ALIGN_CENTRE,
                       .heat = look.heat,
                       .alpha = look.alpha });
    }
}

static void paint_cells(const struct painter *painter, const struct paint_value *value)
{
    const double most = strongest(value->value);
    const float w = value->form->w / (float)value->form->columns;
    const float h = value->form->h / (float)value->form->rows;
    const float left = value->box.x + (value->box.w - value->form->w) / 2;
    const float top = value->box.y + (value->box.h - value->form->h) / 2;
    const float alpha = landing(painter, value->fresh);

    for (int row = 0; row < value->form->rows; row++) {
        for (int column = 0; column < value->form->columns; column++) {
            const size_t index = (size_t)(row * value->form->columns + column);
            if (index >= value->value->count) {
                return;
            }
            const double element = trace_element(value->value, index);
            paint_cell(
                painter, (struct rect){ left + (float)column * w, top + (float)row * h, w, h },
                element, (struct cell_look){ heat_of(element, most), alpha, value->value->dtype });
        }
    }
}

const char *paint_range_text(const struct painter *painter, const struct trace_value *value)
{
    struct arena *const arena = painter->view->arena;
    double least = value->stats[0], most = value->stats[1];

    if (!value->sampled || value->masked) {
        least = most = trace_element(value, 0);
        for (size_t i = 0; i < value->count; i++) {
            least = fmin(least, trace_element(value, i));
            most = fmax(most, trace_element(value, i));
        }
    }
    return arena_format(arena, "%s … %s", element_in_slot(arena, value->dtype, least),
                        element_in_slot(arena, value->dtype, most));
}

static void paint_range(const struct painter *painter, const struct paint_value *value,
                        struct rect box)
{
    paint_label(painter, &(struct paint_label){ .box = box,
                                                .text = paint_range_text(painter, value->value),
                                                .role = TYPE_UI,
                                                .size = painter->model->units.caption,
                                                .ink = INK_TEXT_SECOND,
                                                .align = ALIGN_CENTRE });
}

/* What nobody could tell apart is not drawn: at most two cells a point. */
static int cells_drawn(int64_t cells, float points)
{
    const float most = fmaxf(ceilf(2 * points), 1);
    return (float)cells < most ? (int)cells : (int)most;
}

/* A tile of the wall, in `box`; `most` has the strongest colour. */
static void paint_tile(const struct painter *painter, const struct paint_value *value, int64_t tile,
                       struct rect box, double most)
{
    const struct sheet *sheet = &value->form->sheet;
    const int64_t left = tile % sheet->across * sheet->tile_columns;
    const int64_t top = tile / sheet->across * sheet->tile_rows;
    const int rows = cells_drawn(sheet->tile_rows, box.h * painter->zoom);
    const int columns = cells_drawn(sheet->tile_columns, box.w * painter->zoom);
    float *cells =
        arena_allocate(painter->view->arena, (size_t)rows * (size_t)columns, sizeof(*cells));
    for (int i = 0; i < rows * columns; i++) {
        const int64_t row = top + i / columns * sheet->tile_rows / rows;
        const int64_t column = left + i % columns * sheet->tile_columns / columns;
        const int64_t index = value->value->sampled ? row * value->value->sample_columns + column
                                                    : sheet_element(sheet, row, column);
        cells[i] = heat_of(trace_element(value->value, (size_t)index), most);
    }
    scene_heat(painter->scene, &(struct draw_heat){ .rect = paint_rect_at(painter, box),
                                                    .rows = rows,
                                                    .columns = columns,
                                                    .cells = cells,
                                                    .alpha = landing(painter, value->fresh) });
    paint_box(painter, box, &(struct draw_rect){ .stroke = INK_PANEL_LINE });
}

static void paint_heat(const struct painter *painter, const struct paint_value *value)
{
    const struct sheet *sheet = &value->form->sheet;
    const double most = strongest(value->value);
    const float line = painter->model->units.caption * 1.36f;
    const float height = value->form->h - line;
    const float left = value->box.x + (value->box.w - value->form->w) / 2;
    const float w =
        (value->form->w - GRAPH_TILE_GAP * (float)(sheet->across - 1)) / (float)sheet->across;
    const float h = (height - GRAPH_TILE_GAP * (float)(sheet->down - 1)) / (float)sheet->down;
    for (int64_t tile = 0; tile < sheet->tiles; tile++) {
        const float x = (float)(tile % sheet->across) * (w + GRAPH_TILE_GAP);
        const float y = (float)(tile / sheet->across) * (h + GRAPH_TILE_GAP);
        paint_tile(painter, value, tile, (struct rect){ left + x, value->box.y + y, w, h }, most);
    }
    paint_range(painter, value,
                (struct rect){ value->box.x, value->box.y + height, value->box.w, line });
}

/* ---- choosing a cell --------------------------------------------------------------------------- */

/* Where the cells are, without what stands below a heat map. */
static struct rect cells_place(const struct painter *painter, const struct paint_value *value)
{
    const bool heat = value->form->look == VALUE_HEAT;
    const float line = painter->model->units.caption * 1.36f;
    const float top = heat ? value->box.y : value->box.y + (value->box.h - value->form->h) / 2;

    return (struct rect){ value->box.x + (value->box.w - value->form->w) / 2, top, value->form->w,
                          value->form->h - (heat ? line : 0) };
}

/* A ring around the chosen element, in its value and in its gradient. */
static void paint_chosen(const struct painter *painter, const struct paint_value *value,
                         struct rect place)
{
    const struct view_cell *const cell = &painter->view->state->cell;
    const struct trace_tensor *const tensor =
        trace_tensor(painter->view->runs[0].trace, cell->tensor);

    if (cell->tensor != value->tensor || !tensor || cell->element >= tensor->count ||
        tensor->ndim == 0) {
        return;
    }
    const int64_t columns = tensor->shape[tensor->ndim - 1];
    const float w = place.w / (float)columns, h = place.h / (float)(tensor->count / columns);
    paint_box(painter,
              (struct rect){ place.x + (float)(cell->element % columns) * w,
                             place.y + (float)(cell->element / columns) * h, w, h },
              &(struct draw_rect){ .stroke = INK_SELECTION, .width = paint_line(painter, 2.2f) });
}

static void paint_choice(const struct painter *painter, const struct paint_value *value)
{
    const struct rect place = cells_place(painter, value);

    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_CELL, .id = value->tensor },
                                      .bounds = paint_rect_at(painter, place),
                                      .title = "" });
    paint_chosen(painter, value, place);
    scene_group_end(painter->scene);
}

void paint_value(const struct painter *painter, const struct paint_value *value)
{
    if (!value->value || value->value->count == 0) {
        return;
    }
    switch (value->form->look) {
    case VALUE_NUMBER:
        paint_lone_number(painter, value);
        break;
    case VALUE_CELLS:
        paint_cells(painter, value);
        paint_choice(painter, value);
        break;
    case VALUE_HEAT:
        paint_heat(painter, value);
        paint_choice(painter, value);
        break;
    case VALUE_EMPTY:
        break;
    }
}
