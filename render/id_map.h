#pragma once
/* From ids (a tensor's, a node's) to small numbers. Zero-initialise to start. */

#include <stddef.h>
#include <stdint.h>

struct id_map {
    int64_t *ids; /* 0: free */
    int *values;
    size_t count, capacity;
};

void id_map_finish(struct id_map *map);
/* An id that is there gets the new value; id 0 is left out. */
void id_map_set(struct id_map *map, int64_t id, int value);
/* -1 for an id that is not there. */
int id_map_find(const struct id_map *map, int64_t id);
