#pragma once
/* What scan.cu and sort.cu share. */

#include "gpu/cuda.h"

/* The rows of a scan, its dimension taken out: views in and out. Returns how long they are. */
int64_t scan_rows_of(struct walk *rows, const struct backend_scan *scan);

/* SCAN_SORT */
enum backend_status scan_sort(struct cuda *cuda, const struct backend_scan *scan,
                              struct error *err);
