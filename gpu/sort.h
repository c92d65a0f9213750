#pragma once
/* Rows of elements in order, for scan.cu and scatter. */

#include "gpu/cuda.h"

/* An element as a number in its order, and its place in the row. */
struct keyed {
    uint64_t key;
    int64_t place;
};

/* Sorts each of `rows` rows, the smallest key first; equal ones stay in their order. `items` has room for
 * all of them twice; returns which half they are in then. */
struct keyed *sort_rows(const struct cuda *cuda, struct keyed *items, int64_t rows, int64_t length);

/* The rows of a scan, its dimension taken out: views in and out. Returns how long they are. */
int64_t scan_rows_of(struct walk *rows, const struct backend_scan *scan);

/* SCAN_SORT */
enum backend_status scan_sort(struct cuda *cuda, const struct backend_scan *scan,
                              struct error *err);
