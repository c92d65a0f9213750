#include "lessons/trace/sheet.h"

#include <math.h>

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The smallest number whose square is not below. */
static int64_t square_side(int64_t count)
{
    int64_t side = (int64_t)sqrt((double)count);
    while (side * side < count) {
        side++;
    }
    while (side > 1 && (side - 1) * (side - 1) >= count) {
        side--;
    }
    return side;
}

struct sheet sheet_of(int ndim, const int64_t shape[])
{
    struct sheet sheet = { .tile_rows = ndim > 1 ? shape[ndim - 2] : 1,
                           .tile_columns = ndim > 0 ? shape[ndim - 1] : 1,
                           .tiles = 1 };
    for (int i = 0; i < ndim - 2; i++) {
        sheet.tiles *= shape[i];
    }
    if (sheet.tile_rows == 0 || sheet.tile_columns == 0) {
        sheet.tiles = 0;
    }
    const int64_t channels = ndim > 3 ? shape[ndim - 3] : 1;
    if (sheet.tiles > 0) {
        sheet.across = channels > 1 ? channels : square_side(sheet.tiles);
        sheet.down = (sheet.tiles + sheet.across - 1) / sheet.across;
    }
    return sheet;
}

int64_t sheet_rows(const struct sheet *sheet)
{
    return sheet->down * sheet->tile_rows;
}

int64_t sheet_columns(const struct sheet *sheet)
{
    return sheet->across * sheet->tile_columns;
}

static int64_t element_of(const struct sheet *sheet, int64_t tile, int64_t row, int64_t column)
{
    return (tile * sheet->tile_rows + row) * sheet->tile_columns + column;
}

int64_t sheet_element(const struct sheet *sheet, int64_t row, int64_t column)
{
    const int64_t tile = row / sheet->tile_rows * sheet->across + column / sheet->tile_columns;
    return tile < sheet->tiles
               ? element_of(sheet, tile, row % sheet->tile_rows, column % sheet->tile_columns)
               : -1;
}

struct sheet sheet_sample(const struct sheet *sheet)
{
    struct sheet sample = { .tile_rows = least(sheet->tile_rows, SHEET_SAMPLE_SIDE),
                            .tile_columns = least(sheet->tile_columns, SHEET_SAMPLE_SIDE) };
    /* Rows of tiles without a gap. */
    const int64_t full = sheet->tiles / (sheet->across > 0 ? sheet->across : 1);
    if (sheet->tiles > 0) {
        sample.across = least(sheet->across, SHEET_SAMPLE_SIDE / sample.tile_columns);
        sample.down = least(full, SHEET_SAMPLE_SIDE / sample.tile_rows);
    }
    sample.tiles = sample.across * sample.down;
    return sample;
}

/* Of `n`, the `i`-th of `k` that are evenly spaced. */
static int64_t spaced(int64_t i, int64_t k, int64_t n)
{
    return k > 1 ? i * (n - 1) / (k - 1) : 0;
}

int64_t sheet_sample_element(const struct sheet *sheet, const struct sheet *sample, int64_t row,
                             int64_t column)
{
    const int64_t tile = row / sample->tile_rows * sheet->across + column / sample->tile_columns;
    return element_of(
        sheet, tile, spaced(row % sample->tile_rows, sample->tile_rows, sheet->tile_rows),
        spaced(column % sample->tile_columns, sample->tile_columns, sheet->tile_columns));
}
