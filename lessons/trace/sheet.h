#pragma once
/* A tensor of any shape as a flat sheet of cells: what is sampled of a large one, and how it is
 * drawn. A number is one cell, a vector a row, a matrix itself. What has more dimensions is a wall of
 * matrices (tiles): with four or more, each row of tiles is one step of the outer dimensions (images
 * down, channels across); else, and where there is only one channel, the tiles fill a square, row by
 * row. The last row of tiles may be shorter. */

#include <stdbool.h>
#include <stdint.h>

struct sheet {
    int64_t tile_rows, tile_columns; /* cells of a tile */
    int64_t tiles;                   /* 0: the tensor is empty */
    int64_t down, across;            /* tiles of the wall */
};

struct sheet sheet_of(int ndim, const int64_t shape[]);

/* Cells of the whole wall. */
int64_t sheet_rows(const struct sheet *sheet);
int64_t sheet_columns(const struct sheet *sheet);

/* The row-major element of the tensor that a cell of the wall shows; -1: no tile stands there. */
int64_t sheet_element(const struct sheet *sheet, int64_t row, int64_t column);

/* More elements than the first are not recorded one by one, but by a sample of at most the second
 * number of rows and columns. */
enum { SHEET_WHOLE_MAX = 4096, SHEET_SAMPLE_SIDE = 64 };

/* The wall that a sample is: of tiles, as many of the first as fit, each whole or, above 64 rows or
 * columns, at evenly spaced ones. It has no gaps. */
struct sheet sheet_sample(const struct sheet *sheet);
/* The element of the tensor that a cell of the sample was taken from. */
int64_t sheet_sample_element(const struct sheet *sheet, const struct sheet *sample, int64_t row,
                             int64_t column);
