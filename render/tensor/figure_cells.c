/* Where the cells of a placed figure stand, and which elements they show. */

#include "render/tensor/figure.h"

static bool is_sample(const struct figure_part *part)
{
    return part->value && part->value->sampled;
}

int64_t figure_element(const struct figure *figure, int index, int64_t row, int64_t column,
                       bool *ghost)
{
    const struct figure_part *const part = &figure->parts[index];
    const int64_t element = sheet_element(&part->sheet, row, column);

    *ghost = false;
    if (element < 0 || !part->tensor) {
        return -1;
    }
    if (is_sample(part)) {
        const struct sheet whole = sheet_of(part->tensor->ndim, part->tensor->shape);
        return sheet_sample_element(&whole, &part->sheet, row, column);
    }
    if (!part->spread) {
        return element;
    }
    /* Of the result's cell the operand's; the first result that it is used for is the real place. */
    const struct tensor_cells from = figure_sources(figure, element, FIGURE_PARTS);
    for (size_t i = 0; i < from.count; i++) {
        if (from.at[i].operand == part->operand) {
            const struct tensor_cells uses =
                figure_uses(figure, part->operand, from.at[i].element, 1);
            *ghost = uses.count > 0 && uses.at[0].element != element;
            return from.at[i].element;
        }
    }
    return -1;
}

struct rect figure_place_of(const struct figure_part *part, int64_t row, int64_t column)
{
    const float gaps_x = (float)(column / part->sheet.tile_columns) * part->gap;
    const float gaps_y = (float)(row / part->sheet.tile_rows) * part->head;

    return (struct rect){ part->cells.x + (float)column * part->cell_w + gaps_x,
                          part->cells.y + (float)row * part->cell_h + gaps_y, part->cell_w,
                          part->cell_h };
}

/* Row and column of an element of a whole tensor. */
static struct rect place_of_element(const struct figure_part *part, int64_t element)
{
    const struct sheet *const sheet = &part->sheet;
    const int64_t of_tile = sheet->tile_rows * sheet->tile_columns;
    const int64_t tile = element / of_tile, in_tile = element % of_tile;

    return figure_place_of(
        part, tile / sheet->across * sheet->tile_rows + in_tile / sheet->tile_columns,
        tile % sheet->across * sheet->tile_columns + in_tile % sheet->tile_columns);
}

/* Of k evenly spaced places among n the one at `place`; -1: it is none of them. */
static int64_t spaced_at(int64_t place, int64_t k, int64_t n)
{
    if (k <= 1 || n <= 1) {
        return place == 0 ? 0 : -1;
    }
    const int64_t i = (place * (k - 1) + n - 2) / (n - 1);
    return i < k && i * (n - 1) / (k - 1) == place ? i : -1;
}

/* The one nearest to `place`. */
static int64_t spaced_near(int64_t place, int64_t k, int64_t n)
{
    return n > 1 ? (place * (k - 1) + (n - 1) / 2) / (n - 1) : 0;
}

typedef int64_t spaced(int64_t place, int64_t k, int64_t n);

/* Where in the recorded sample an element of the whole tensor stands, row by row; -1: nowhere. */
static int64_t sample_place(const struct figure_part *part, int64_t element, spaced *of)
{
    const struct sheet whole = sheet_of(part->tensor->ndim, part->tensor->shape);
    const struct sheet *const sample = &part->sheet;
    const int64_t of_tile = whole.tile_rows * whole.tile_columns;
    const int64_t tile = element / of_tile, in_tile = element % of_tile;
    const int64_t down = tile / whole.across, across = tile % whole.across;
    const int64_t row = of(in_tile / whole.tile_columns, sample->tile_rows, whole.tile_rows);
    const int64_t column =
        of(in_tile % whole.tile_columns, sample->tile_columns, whole.tile_columns);

    if (down >= sample->down || across >= sample->across || row < 0 || column < 0) {
        return -1;
    }
    return (down * sample->tile_rows + row) * sheet_columns(sample) +
           across * sample->tile_columns + column;
}

static struct rect place_in_sample(const struct figure_part *part, int64_t at)
{
    const int64_t columns = sheet_columns(&part->sheet);

    return at < 0 ? (struct rect){ 0 } : figure_place_of(part, at / columns, at % columns);
}

struct rect figure_cell(const struct figure *figure, int index, int64_t element)
{
    const struct figure_part *const part = &figure->parts[index];

    if (!part->tensor || part->sheet.tiles == 0) {
        return part->cells;
    }
    if (part->spread) {
        const struct tensor_cells uses = figure_uses(figure, part->operand, element, 1);
        return uses.count > 0 ? place_of_element(part, uses.at[0].element) : (struct rect){ 0 };
    }
    if (!is_sample(part)) {
        return place_of_element(part, element);
    }
    return place_in_sample(part, sample_place(part, element, spaced_at));
}

struct rect figure_cell_near(const struct figure *figure, int index, int64_t element)
{
    const struct figure_part *const part = &figure->parts[index];

    return part->tensor && is_sample(part) && part->sheet.tiles > 0
               ? place_in_sample(part, sample_place(part, element, spaced_near))
               : figure_cell(figure, index, element);
}

bool figure_number(const struct figure_part *part, int64_t element, double *out)
{
    int64_t at = element;

    if (!part->value || element < 0) {
        return false;
    }
    if (is_sample(part)) {
        at = sample_place(part, element, spaced_at);
    }
    if (at < 0 || (size_t)at >= part->value->count) {
        return false;
    }
    *out = trace_element(part->value, (size_t)at);
    return true;
}
