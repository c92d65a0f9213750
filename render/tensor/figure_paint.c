/* Draws the parts of a figure: cells with numbers or colours, indices at their edges, name and shape,
 * the operator. */

#include <math.h>
#include <string.h>

#include "render/path_text.h"
#include "render/tensor/figure.h"

static const float PALE = 0.4f, PALE_TEXT = 0.72f; /* what is faint must still be read from afar */

struct brush {
    const struct figure *figure;
    struct scene *scene;
    const unsigned char *used; /* of the part being drawn, by element; NULL: all are */
    bool moving;
    struct figure_motion motion;
};

/* ---- words ---------------------------------------------------------------------------------- */

struct written {
    const char *text;
    enum type_role role;
    enum ink ink;
    float size;
};

/* Of a name what it ends with, which tells "…weight" from "…weightᵀ". */
static void write_text(const struct brush *brush, struct point at, float width,
                       const struct written *written)
{
    const struct view *const view = brush->figure->view;
    const bool name = written->role == TYPE_MONO_BOLD && !strchr(written->text, '(');
    const char *const text = name ? path_text(view->fonts, written->role, written->text,
                                              width / written->size, view->arena)
                                  : written->text;

    scene_text(brush->scene, &(struct draw_text){ .at = at,
                                                  .bytes = text,
                                                  .role = written->role,
                                                  .size = written->size,
                                                  .ink = written->ink,
                                                  .max_width = width });
}

/* What is wider than the cells begins further left. */
static void write_at_cells(const struct brush *brush, const struct figure_part *part, float y,
                           const struct written *written)
{
    const struct view *const view = brush->figure->view;
    const float room = part->box.x + part->box.w;
    const float w =
        fonts_measure(view->fonts, written->role, written->text, strlen(written->text)) *
        written->size;
    const float x = fmaxf(fminf(part->cells.x, room - w), part->box.x);

    write_text(brush, (struct point){ x, y }, room - x + 1, written);
}

static enum ink name_ink(const struct brush *brush)
{
    return brush->figure->backward ? INK_BACKWARD : INK_TEXT;
}

/* Name and shape on one line, as long as the box. */
static void write_beside(const struct brush *brush, const struct figure_part *part, float y)
{
    const struct view *const view = brush->figure->view;
    const float gap = view->type.caption * 1.2f;
    const float shape =
        fonts_measure(view->fonts, TYPE_UI, part->shape, strlen(part->shape)) * view->type.caption;
    const float room = part->box.w - shape - gap;
    const float label =
        fminf(fonts_measure(view->fonts, TYPE_MONO_BOLD, part->label, strlen(part->label)) *
                  view->type.text,
              room);
    const float x = fmaxf(fminf(part->cells.x, part->box.x + room - label), part->box.x);

    write_text(brush, (struct point){ x, y }, room + 1,
               &(struct written){ part->label, TYPE_MONO_BOLD, name_ink(brush), view->type.text });
    write_text(brush, (struct point){ x + label + gap, y }, shape + 1,
               &(struct written){ part->shape, TYPE_UI, INK_TEXT_SECOND, view->type.caption });
}

static void paint_words(const struct brush *brush, const struct figure_part *part)
{
    const struct type_scale *const type = &brush->figure->view->type;
    const float above =
        part->cells.y - (part->tensor->ndim > 0 ? type->caption * 1.45f : 0) - type->text * 0.35f;
    const float below = part->cells.y + part->cells.h;

    if (brush->figure->form == FIGURE_CROSS) {
        write_beside(brush, part, part->operand == 1 ? above : below + type->text * 1.15f);
        return;
    }
    const float shape = figure_shape_size(brush->figure);
    write_at_cells(brush, part, above,
                   &(struct written){ part->label, TYPE_MONO_BOLD, name_ink(brush), type->text });
    write_at_cells(brush, part, below + shape * 1.1f,
                   &(struct written){ part->shape, TYPE_UI, INK_TEXT_SECOND, shape });
    if (part->more[0]) {
        write_at_cells(brush, part, below + shape * 1.45f + type->caption * 1.1f,
                       &(struct written){ part->more, TYPE_UI, INK_TEXT_SECOND, type->caption });
    }
}

/* Every how many cells an index has room. */
static int64_t index_step(float cell, float needed, int64_t count)
{
    int64_t step = 1;

    while ((float)step * cell < needed && step < count) {
        step = step == 1 ? 2 : step == 2 ? 5 : step * 2;
    }
    return step;
}

static void paint_index(const struct brush *brush, int64_t number, struct point at,
                        enum text_align align)
{
    scene_text(brush->scene, &(struct draw_text){ .at = at,
                                                  .bytes = arena_format(brush->figure->view->arena,
                                                                        "%lld", (long long)number),
                                                  .role = TYPE_UI,
                                                  .size = brush->figure->view->type.caption,
                                                  .ink = INK_TEXT_SECOND,
                                                  .align = align });
}

/* The index of a row or column of the sample is that in the whole tensor. */
static int64_t index_at(const struct figure_part *part, int64_t at, int axis)
{
    const struct trace_tensor *const tensor = part->tensor;
    const int64_t size = tensor->shape[tensor->ndim - 1 - axis];
    const int64_t shown = axis == 0 ? part->sheet.tile_columns : part->sheet.tile_rows;

    return part->value && part->value->sampled && shown > 1 ? at * (size - 1) / (shown - 1) : at;
}

/* In em: two digits and a gap at least. */
static float index_width(int64_t widest)
{
    float width = 1.7f;

    for (; widest >= 100; widest /= 10) {
        width += 0.62f;
    }
    return width;
}

static void paint_columns(const struct brush *brush, const struct figure_part *part)
{
    const float size = brush->figure->view->type.caption;
    const float wide = index_width(index_at(part, part->sheet.tile_columns - 1, 0));
    const int64_t step = index_step(part->cell_w, size * wide, part->sheet.tile_columns);

    for (int64_t i = 0; i < part->sheet.tile_columns; i += step) {
        paint_index(brush, index_at(part, i, 0),
                    (struct point){ part->cells.x + ((float)i + 0.5f) * part->cell_w,
                                    part->cells.y - size * 0.35f },
                    ALIGN_CENTRE);
    }
}

static void paint_rows(const struct brush *brush, const struct figure_part *part)
{
    const float size = brush->figure->view->type.caption;
    const int64_t step = index_step(part->cell_h, size * 1.2f, part->sheet.tile_rows);

    for (int64_t i = 0; i < part->sheet.tile_rows; i += step) {
        paint_index(
            brush, index_at(part, i, 1),
            (struct point){ part->cells.x - size * 0.35f,
                            part->cells.y + ((float)i + 0.5f) * part->cell_h + size * 0.36f },
            ALIGN_RIGHT);
    }
}

/* "[1]", "[0, 2]": which matrix of a wall. */
static void paint_matrix_names(const struct brush *brush, const struct figure_part *part)
{
    const struct trace_tensor *const tensor = part->tensor;
    const struct sheet *const sheet = &part->sheet;
    const float size = brush->figure->view->type.caption;

    for (int64_t tile = 0; tile < sheet->tiles; tile++) {
        const struct rect first = figure_place_of(part, tile / sheet->across * sheet->tile_rows,
                                                  tile % sheet->across * sheet->tile_columns);
        struct text name = { 0 };
        int64_t left = tile, stride = sheet->tiles;
        for (int d = 0; d < tensor->ndim - 2; d++) {
            stride /= tensor->shape[d];
            text_format(&name, "%s%lld", d > 0 ? ", " : "[", (long long)(left / stride));
            left %= stride;
        }
        text_append_char(&name, ']');
        write_text(brush, (struct point){ first.x, first.y - size * 0.35f },
                   (float)sheet->tile_columns * part->cell_w,
                   &(struct written){ text_string(&name), TYPE_UI, INK_TEXT_SECOND, size });
        text_finish(&name);
    }
}

/* A part that is spread over the result has places that are none of its own; in a cross the result
 * shares those of its operands. */
static void paint_indices(const struct brush *brush, const struct figure_part *part)
{
    const bool shares = brush->figure->form == FIGURE_CROSS && part->operand < 0;

    if (part->tensor->ndim == 0 || part->sheet.tiles == 0 || part->spread || shares) {
        return;
    }
    if (part->sheet.tiles > 1 && !part->heat) {
        paint_matrix_names(brush, part);
    } else {
        paint_columns(brush, part);
    }
    if (part->tensor->ndim > 1) {
        paint_rows(brush, part);
    }
}

/* ---- cells ---------------------------------------------------------------------------------- */

static float heat_of(const struct figure_part *part, double element)
{
    if (isnan(element)) {
        return 0;
    }
    if (isinf(element)) {
        return element > 0 ? 1 : -1;
    }
    return part->strongest > 0 ? (float)(element / part->strongest) : 0;
}

static void paint_cell(const struct brush *brush, const struct figure_part *part, struct rect cell,
                       double element, float alpha)
{
    const float heat = heat_of(part, element), size = brush->figure->text;

    scene_rect(brush->scene, &(struct draw_rect){ .rect = cell,
                                                  .fill = INK_HEAT,
                                                  .stroke = INK_PANEL_LINE,
                                                  .width = 1,
                                                  .heat = heat * (alpha < 1 ? alpha : 1) });
    scene_text(brush->scene, &(struct draw_text){
                                 .at = { cell.x + cell.w / 2, cell.y + cell.h / 2 + size * 0.36f },
                                 .bytes = element_in_cell(brush->figure->view->arena,
                                                          part->value->dtype, element),
                                 .role = TYPE_UI,
                                 .size = size,
                                 .ink = alpha < 1 ? INK_TEXT_SECOND : INK_HEAT_TEXT,
                                 .align = ALIGN_CENTRE,
                                 .max_width = cell.w,
                                 .heat = heat,
                                 .alpha = alpha < 1 ? fmaxf(alpha, PALE_TEXT) : 0 });
}

static bool is_used(const struct brush *brush, int64_t element)
{
    return !brush->used || brush->used[element];
}

/* What belongs here is still on its way. */
static void paint_empty(const struct brush *brush, struct rect cell)
{
    scene_rect(brush->scene,
               &(struct draw_rect){
                   .rect = cell, .fill = INK_CARD, .stroke = INK_PANEL_LINE, .width = 1 });
}

static void paint_flights(const struct brush *brush)
{
    const struct figure *const figure = brush->figure;

    for (size_t i = 0; i < brush->motion.count; i++) {
        const struct flight *const flight = &brush->motion.flights[i];
        const struct figure_part *const part = &figure->parts[flight->from];
        const struct rect a = figure_cell(figure, flight->from, flight->from_element);
        const struct rect b = figure_cell(figure, flight->to, flight->to_element);
        if ((size_t)flight->from_element < part->value->count && a.w > 0 && b.w > 0) {
            const struct rect now = { a.x + (b.x - a.x) * flight->at,
                                      a.y + (b.y - a.y) * flight->at,
                                      a.w + (b.w - a.w) * flight->at,
                                      a.h + (b.h - a.h) * flight->at };
            paint_cell(brush, part, now, trace_element(part->value, (size_t)flight->from_element),
                       1);
        }
    }
}

static void paint_numbers(const struct brush *brush, int index)
{
    const struct figure_part *const part = &brush->figure->parts[index];

    for (int64_t row = 0; row < sheet_rows(&part->sheet); row++) {
        for (int64_t column = 0; column < sheet_columns(&part->sheet); column++) {
            bool ghost;
            const int64_t element = figure_element(brush->figure, index, row, column, &ghost);
            if (element >= 0 && brush->motion.waiting[index] &&
                brush->motion.waiting[index][element]) {
                paint_empty(brush, figure_place_of(part, row, column));
            } else if (element >= 0 && (size_t)element < part->value->count) {
                paint_cell(brush, part, figure_place_of(part, row, column),
                           trace_element(part->value, (size_t)element),
                           ghost || !is_used(brush, element) ? PALE : 1);
            }
        }
    }
}

/* One matrix as colours. */
static void paint_tile(const struct brush *brush, int index, int64_t tile)
{
    const struct figure_part *const part = &brush->figure->parts[index];
    const struct sheet *const sheet = &part->sheet;
    const int64_t of_tile = sheet->tile_rows * sheet->tile_columns;
    const int64_t top = tile / sheet->across * sheet->tile_rows;
    const int64_t left = tile % sheet->across * sheet->tile_columns;
    const struct rect first = figure_place_of(part, top, left);
    float *const cells = arena_allocate(brush->figure->view->arena, (size_t)of_tile, sizeof(float));

    for (int64_t i = 0; i < of_tile; i++) {
        bool ghost = false;
        const int64_t at =
            part->spread ? figure_element(brush->figure, index, top + i / sheet->tile_columns,
                                          left + i % sheet->tile_columns, &ghost)
            : part->value->sampled
                ? (tile / sheet->across * sheet->tile_rows + i / sheet->tile_columns) *
                          sheet_columns(sheet) +
                      left + i % sheet->tile_columns
                : tile * of_tile + i;
        cells[i] = at >= 0 && (size_t)at < part->value->count
                       ? heat_of(part, trace_element(part->value, (size_t)at)) * (ghost ? PALE : 1)
                       : 0;
    }
    const struct rect place = { first.x, first.y, (float)sheet->tile_columns * part->cell_w,
                                (float)sheet->tile_rows * part->cell_h };
    scene_heat(brush->scene, &(struct draw_heat){ .rect = place,
                                                  .rows = (int)sheet->tile_rows,
                                                  .columns = (int)sheet->tile_columns,
                                                  .cells = cells });
    scene_rect(brush->scene,
               &(struct draw_rect){ .rect = place, .stroke = INK_PANEL_LINE, .width = 1 });
}

/* Where a pointer finds the cells: each matrix of the sheet by itself. */
static void paint_targets(const struct brush *brush, const struct figure_part *part)
{
    const struct sheet *const sheet = &part->sheet;

    for (int64_t tile = 0; tile < sheet->tiles && !part->spread; tile++) {
        const struct rect first = figure_place_of(part, tile / sheet->across * sheet->tile_rows,
                                                  tile % sheet->across * sheet->tile_columns);
        scene_group(
            brush->scene,
            &(struct draw_group){
                .target = { .kind = TARGET_ELEMENT, .id = part->tensor->id, .part = (int)tile },
                .bounds = { first.x, first.y, (float)sheet->tile_columns * part->cell_w,
                            (float)sheet->tile_rows * part->cell_h },
                .title = "" });
        scene_group_end(brush->scene);
    }
}

/* Which cells of an operand the result has at all: the others are pale. NULL where all are. */
static const unsigned char *used_cells(const struct figure *figure, const struct figure_part *part)
{
    static const char *const taking[] = { "affine", "rows" };
    bool takes = false;

    for (size_t i = 0; i < 2 && figure->op; i++) {
        takes = takes || strcmp(figure->op->def->provenance, taking[i]) == 0;
    }
    if (!takes || !figure->links || part->operand < 0 || part->heat ||
        figure->out->count > SHEET_WHOLE_MAX) {
        return NULL;
    }
    unsigned char *const used =
        arena_allocate(figure->view->arena, (size_t)part->tensor->count + 1, 1);
    for (int64_t i = 0; i < part->tensor->count; i++) {
        used[i] = figure_uses(figure, part->operand, i, 1).count > 0;
    }
    return used;
}

/* In place of a result that never came. */
static void paint_refused(const struct brush *brush, const struct figure_part *part)
{
    const struct type_scale *const type = &brush->figure->view->type;
    const struct rect box = part->cells;
    const float mark = type->text * 1.4f, line = type->caption * 1.45f;

    write_at_cells(brush, part, box.y - type->text * 0.35f,
                   &(struct written){ part->label, TYPE_MONO_BOLD, INK_TEXT, type->text });
    scene_rect(brush->scene, &(struct draw_rect){ .rect = box,
                                                  .fill = INK_ERROR_SOFT,
                                                  .stroke = INK_ERROR,
                                                  .width = 1.5f,
                                                  .dashed = true });
    scene_text(brush->scene,
               &(struct draw_text){ .at = { box.x + box.w / 2, box.y + box.h / 2 + mark * 0.36f },
                                    .bytes = "✕",
                                    .role = TYPE_UI_BOLD,
                                    .size = mark,
                                    .ink = INK_ERROR,
                                    .align = ALIGN_CENTRE });
    const float below = box.y + box.h + type->caption * 1.1f;
    write_at_cells(brush, part, below,
                   &(struct written){ part->refused, TYPE_UI_BOLD, INK_ERROR, type->caption });
    write_at_cells(brush, part, below + line,
                   &(struct written){ part->shape, TYPE_UI, INK_TEXT, type->caption });
}

static void paint_part(struct brush *brush, int index)
{
    const struct figure *const figure = brush->figure;
    const struct figure_part *const part = &figure->parts[index];

    if (part->refused) {
        paint_refused(brush, part);
        return;
    }
    if (!part->tensor) {
        scene_text(brush->scene, &(struct draw_text){ .at = { part->cells.x + part->cells.w / 2,
                                                              part->cells.y + part->cells.h / 2 +
                                                                  figure->text * 0.36f },
                                                      .bytes = part->label,
                                                      .role = TYPE_UI,
                                                      .size = figure->text,
                                                      .ink = INK_TEXT,
                                                      .align = ALIGN_CENTRE });
        return;
    }
    scene_group(brush->scene,
                &(struct draw_group){ .target = { .kind = TARGET_TENSOR, .id = part->tensor->id },
                                      .bounds = part->box,
                                      .title = part->label });
    paint_words(brush, part);
    paint_indices(brush, part);
    brush->used = used_cells(figure, part);
    if (part->value && !part->heat) {
        paint_numbers(brush, index);
    }
    for (int64_t tile = 0; part->value && part->heat && tile < part->sheet.tiles; tile++) {
        paint_tile(brush, index, tile);
    }
    paint_targets(brush, part);
    scene_group_end(brush->scene);
}

/* ---- the operator --------------------------------------------------------------------------- */

static void paint_sign(const struct brush *brush, const char *sign, struct point middle)
{
    const float size = figure_sign_size(brush->figure);

    scene_text(brush->scene,
               &(struct draw_text){ .at = { middle.x, middle.y + size * 0.36f },
                                    .bytes = sign,
                                    .role = TYPE_UI_BOLD,
                                    .size = size,
                                    .ink = brush->figure->backward ? INK_BACKWARD : INK_FORWARD,
                                    .align = ALIGN_CENTRE });
}

static void paint_arrow(const struct brush *brush, struct rect at, const char *sign)
{
    const float size = figure_sign_size(brush->figure), pad = size * 0.5f;
    const struct point line[] = { { at.x + pad, at.y + at.h / 2 + size * 0.45f },
                                  { at.x + at.w - pad, at.y + at.h / 2 + size * 0.45f } };

    paint_sign(brush, sign, (struct point){ at.x + at.w / 2, at.y + at.h / 2 - size * 0.45f });
    const bool backward = brush->figure->backward;
    scene_path(brush->scene, &(struct draw_path){ .points = line,
                                                  .count = 2,
                                                  .stroke = backward ? INK_BACKWARD : INK_FORWARD,
                                                  .width = fmaxf(1.5f, size * 0.08f),
                                                  .dashed = backward,
                                                  .head_start = backward ? size * 0.55f : 0,
                                                  .head_end = backward ? 0 : size * 0.55f });
}

static void paint_operator(const struct brush *brush)
{
    const struct figure *const figure = brush->figure;

    if (figure->form == FIGURE_CROSS) {
        const struct rect at = figure->arrow;
        paint_sign(brush, figure->sign, (struct point){ at.x + at.w / 2, at.y + at.h / 2 });
    } else if (figure->infix) {
        const struct rect left = figure->parts[0].box, right = figure->parts[1].box;
        const struct rect cells = figure->parts[0].cells;
        const float x = (left.x + left.w + right.x) / 2;
        paint_sign(brush, figure->sign, (struct point){ x, cells.y + cells.h / 2 });
        paint_sign(brush, "=",
                   (struct point){ figure->arrow.x + figure->arrow.w / 2, cells.y + cells.h / 2 });
    } else if (figure->form == FIGURE_ROW && !figure->compared) {
        paint_arrow(brush, figure->arrow, figure->sign);
    }
}

void figure_paint(const struct figure *figure, struct scene *scene)
{
    struct brush brush = { .figure = figure, .scene = scene };
    struct figure on_its_way = *figure;

    brush.moving = figure_moves(figure, &brush.motion);
    if (brush.moving) { /* what is outlined goes along */
        scene->layer = LAYER_MOVING;
        figure_choose(&on_its_way, figure->count - 1, brush.motion.current);
        brush.figure = &on_its_way;
    }
    for (int i = 0; i < figure->count; i++) {
        paint_part(&brush, i);
    }
    paint_operator(&brush);
    figure_paint_rings(brush.figure, scene);
    paint_flights(&brush);
    scene->layer = LAYER_STILL;
}
