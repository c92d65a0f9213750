#include "lessons/trace/episode_groups.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

void id_set_add(struct id_set *set, const int64_t *ids, size_t count)
{
    if (count > 0) {
        set->ids = array_reserve(set->ids, &set->capacity, set->count + count, sizeof(*ids));
        memcpy(set->ids + set->count, ids, count * sizeof(*ids));
        set->count += count;
    }
}

static int compare_ids(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void id_set_sort(struct id_set *set)
{
    size_t kept = 0;
    if (set->count > 0) {
        qsort(set->ids, set->count, sizeof(*set->ids), compare_ids);
    }
    for (size_t i = 0; i < set->count; i++) {
        if (kept == 0 || set->ids[kept - 1] != set->ids[i]) {
            set->ids[kept++] = set->ids[i];
        }
    }
    set->count = kept;
}

void group_tidy(struct group *group)
{
    if (group->dirty) {
        id_set_sort(&group->ops);
        id_set_sort(&group->tensors);
        id_set_sort(&group->backwards);
        group->dirty = false;
    }
}

static void group_finish(struct group *group)
{
    free(group->ops.ids);
    free(group->tensors.ids);
    free(group->backwards.ids);
    group->ops = group->tensors = group->backwards = (struct id_set){ 0 };
}

void groups_finish(struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        group_finish(&groups->items[i]);
    }
    free(groups->items);
    *groups = (struct groups){ 0 };
}

int32_t group_new(struct groups *groups, uint32_t first)
{
    const int32_t number = (int32_t)groups->count;
    groups->items =
        array_reserve(groups->items, &groups->capacity, groups->count + 1, sizeof(*groups->items));
    groups->items[groups->count++] =
        (struct group){ .melted_into = number, .first = first, .last = first };
    return number;
}

int32_t group_alone(const struct groups *groups, int32_t number)
{
    while (number != NO_GROUP && groups->items[number].melted_into != number) {
        number = groups->items[number].melted_into;
    }
    return number;
}

static void group_take(struct group *to, const struct group *from)
{
    id_set_add(&to->ops, from->ops.ids, from->ops.count);
    id_set_add(&to->tensors, from->tensors.ids, from->tensors.count);
    id_set_add(&to->backwards, from->backwards.ids, from->backwards.count);
    to->first = from->first < to->first ? from->first : to->first;
    to->last = from->last > to->last ? from->last : to->last;
    to->tracked |= from->tracked;
    to->reached |= from->reached;
    to->only_created &= from->only_created;
    to->dirty = true;
}

/* The smaller melts into the larger: so many merges cost little, and the way that group_alone has
 * to go is at most as long as a number of groups has binary digits. */
int32_t group_merge(struct groups *groups, int32_t a, int32_t b)
{
    if (a == NO_GROUP || b == NO_GROUP || a == b) {
        return a == NO_GROUP ? b : a;
    }
    struct group *left = &groups->items[a], *right = &groups->items[b];
    const bool left_is_larger =
        left->ops.count + left->tensors.count >= right->ops.count + right->tensors.count;
    struct group *to = left_is_larger ? left : right, *from = left_is_larger ? right : left;
    group_take(to, from);
    group_finish(from);
    from->melted_into = left_is_larger ? a : b;
    return from->melted_into;
}

int32_t group_later(const struct groups *groups, int32_t a, int32_t b)
{
    if (a == NO_GROUP || b == NO_GROUP) {
        return a == NO_GROUP ? b : a;
    }
    return groups->items[a].last >= groups->items[b].last ? a : b;
}

int32_t group_map_at(const struct group_map *map, int64_t id)
{
    return id >= 1 && (uint64_t)id <= map->count ? map->items[id - 1] : NO_GROUP;
}

void group_map_set(struct group_map *map, int64_t id, int32_t group)
{
    map->items = array_reserve(map->items, &map->capacity, (size_t)id, sizeof(*map->items));
    while (map->count < (size_t)id) {
        map->items[map->count++] = NO_GROUP;
    }
    map->items[id - 1] = group;
}
