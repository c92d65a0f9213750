#pragma once
/* Episodes while they grow, for episodes.c only: groups that merge. A merged group keeps its number
 * and says where it went. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NO_GROUP = -1 };

struct id_set {
    int64_t *ids;
    size_t count, capacity;
};

struct group {
    int32_t melted_into; /* itself, while it stands alone */
    uint32_t first, last;
    bool tracked, reached, only_created;
    bool dirty; /* the sets are to be sorted */
    struct id_set ops, tensors, backwards;
};

struct groups {
    struct group *items;
    size_t count, capacity;
};

/* By id - 1: the number of a group, or NO_GROUP. */
struct group_map {
    int32_t *items;
    size_t count, capacity;
};

void groups_finish(struct groups *groups);
int32_t group_new(struct groups *groups, uint32_t first);
/* The group that stands alone where that one is now; NO_GROUP stays NO_GROUP. */
int32_t group_alone(const struct groups *groups, int32_t number);
/* Both must stand alone, either may be NO_GROUP; returns where both are now. */
int32_t group_merge(struct groups *groups, int32_t a, int32_t b);
/* The one in which something happened later; either may be NO_GROUP. */
int32_t group_later(const struct groups *groups, int32_t a, int32_t b);
/* Sorts the sets, if they changed. */
void group_tidy(struct group *group);

void id_set_add(struct id_set *set, const int64_t *ids, size_t count);

int32_t group_map_at(const struct group_map *map, int64_t id);
void group_map_set(struct group_map *map, int64_t id, int32_t group);
