#pragma once
/* Growable arrays as three plain fields beside each other:
 *
 *     struct point *points;
 *     size_t point_count, point_capacity;
 *
 *     points = array_reserve(points, &point_capacity, point_count + 1, sizeof(*points));
 *     points[point_count++] = p;
 */

#include <stddef.h>

/* Makes room for at least `needed` items (doubling), returns the possibly moved block. */
void *array_reserve(void *items, size_t *capacity, size_t needed, size_t item_size);
