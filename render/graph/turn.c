#include "render/graph/turn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "render/graph/picture.h"

/* Seconds of the motion; and how long the change is outlined where nothing is to move. */
static const double MOVES = 0.3, OUTLINED = 1;

/* ---- what stood where ------------------------------------------------------------------------ */

/* What a card shows, as a number: the same in every picture of an episode. */
static int64_t name_of(const struct graph_card *card)
{
    const int64_t parts[] = { card->tensor,        card->op,    card->node, card->born,
                              (int64_t)card->kind, card->output };
    uint64_t hash = hash_bytes(HASH_START, parts, sizeof(parts));
    hash = hash_bytes(hash, &card->number, sizeof(card->number));
    return (int64_t)(hash >> 1 | 1);
}

static int keep(struct graph_turn *turn, struct rect place)
{
    turn->places =
        array_reserve(turn->places, &turn->capacity, turn->count + 1, sizeof(*turn->places));
    turn->places[turn->count] = place;
    return (int)turn->count++;
}

static void keep_all(struct graph_turn *turn, struct graph_pose was)
{
    for (int i = 0; i < was.model->card_count; i++) {
        const struct graph_card *const card = &was.model->cards[i];
        if (card->group) {
            id_map_set(&turn->closed, card->group->key,
                       keep(turn, graph_card_rect(was.model, was.layout, i)));
        } else {
            const struct point at = was.layout->boxes[i];
            id_map_set(&turn->cards, name_of(card),
                       keep(turn, (struct rect){ at.x, at.y, card->w, card->h }));
        }
    }
    for (int i = 0; i < was.model->cluster_count; i++) {
        id_map_set(&turn->open, was.model->clusters[i].key, keep(turn, was.layout->clusters[i]));
    }
}

static void move_all(struct graph_turn *turn, float dx, float dy)
{
    for (size_t i = 0; i < turn->count; i++) {
        turn->places[i].x += dx;
        turn->places[i].y += dy;
    }
}

/* ---- which box ------------------------------------------------------------------------------- */

/* How many boxes of the picture were as they are not now; the last of them. */
static int find_turned(const struct graph_turn *turn, struct graph_pose is, int64_t *key,
                       struct rect *now)
{
    int found = 0;
    for (int i = 0; i < is.model->card_count; i++) {
        const struct graph_group *const group = is.model->cards[i].group;
        if (group && id_map_find(&turn->open, group->key) >= 0) {
            *key = group->key;
            *now = graph_card_rect(is.model, is.layout, i);
            found++;
        }
    }
    for (int i = 0; i < is.model->cluster_count; i++) {
        if (id_map_find(&turn->closed, is.model->clusters[i].key) >= 0) {
            *key = is.model->clusters[i].key;
            *now = is.layout->clusters[i];
            found++;
        }
    }
    return found;
}

void graph_turn_begin(struct graph_turn *turn, struct graph_pose was, struct graph_pose is,
                      double seconds)
{
    struct rect now = { 0 };
    int64_t key = 0;
    graph_turn_finish(turn);
    *turn = (struct graph_turn){ .active = true, .begun = seconds, .left = 1 };
    keep_all(turn, was);
    const int found = find_turned(turn, is, &key, &now);
    if (found == 0) {
        turn->active = false;
    } else if (found == 1) {
        const int open = id_map_find(&turn->open, key);
        turn->key = key;
        turn->opens = open < 0;
        const struct rect before = turn->places[open < 0 ? id_map_find(&turn->closed, key) : open];
        move_all(turn, now.x - before.x, now.y - before.y);
    } else {
        move_all(turn, (is.layout->w - was.layout->w) / 2, (is.layout->h - was.layout->h) / 2);
    }
}

void graph_turn_advance(struct graph_turn *turn, bool still, double seconds)
{
    const double lasts = still ? OUTLINED : MOVES;
    turn->left = (float)fmax(1 - (seconds - turn->begun) / lasts, 0);
    turn->active = turn->active && turn->left > 0;
}

void graph_turn_finish(struct graph_turn *turn)
{
    id_map_finish(&turn->cards);
    id_map_finish(&turn->open);
    id_map_finish(&turn->closed);
    free(turn->places);
    *turn = (struct graph_turn){ 0 };
}

/* ---- on the way ------------------------------------------------------------------------------ */

struct mover {
    const struct graph_turn *turn;
    struct graph_pose is;
    float left;                  /* eased */
    struct point *boxes, *moved; /* where cards are, and how far that is from where they will be */
    struct rect *clusters, *holds, *box_holds, *bodies;
    float *alphas, *box_alphas;
};

static struct rect between(struct rect was, struct rect is, float left)
{
    return (struct rect){ is.x + (was.x - is.x) * left, is.y + (was.y - is.y) * left,
                          is.w + (was.w - is.w) * left, is.h + (was.h - is.h) * left };
}

static const struct rect *place_in(const struct id_map *map, const struct graph_turn *turn,
                                   int64_t id)
{
    const int at = id_map_find(map, id);
    return at >= 0 ? &turn->places[at] : NULL;
}

/* The innermost open box, from that one outwards, that was closed before; -1 if none was. */
static int opened_around(const struct mover *mover, int cluster)
{
    for (; cluster > 0; cluster = mover->is.model->clusters[cluster - 1].parent) {
        const int64_t key = mover->is.model->clusters[cluster - 1].key;
        if (place_in(&mover->turn->closed, mover->turn, key)) {
            return cluster - 1;
        }
    }
    return -1;
}

/* In the closed box, where its place in the open one would be if that were as small. */
static struct rect place_within(const struct mover *mover, int cluster, struct rect is)
{
    const int64_t key = mover->is.model->clusters[cluster].key;
    const struct rect small = *place_in(&mover->turn->closed, mover->turn, key);
    const struct rect large = mover->is.layout->clusters[cluster];
    is.x = small.x + (is.x - large.x) * small.w / fmaxf(large.w, 1);
    is.y = small.y + (is.y - large.y) * small.h / fmaxf(large.h, 1);
    return is;
}

/* Boxes stand behind those that they are in. */
static void move_cluster(const struct mover *mover, int index)
{
    const struct graph_turn *const turn = mover->turn;
    const struct graph_cluster *const cluster = &mover->is.model->clusters[index];
    const struct rect is = mover->is.layout->clusters[index];
    const struct rect *was = place_in(&turn->open, turn, cluster->key);
    was = was ? was : place_in(&turn->closed, turn, cluster->key);
    const int around = was ? -1 : opened_around(mover, cluster->parent);
    mover->box_alphas[index] = was ? 1 : 1 - mover->left;
    mover->clusters[index] = was ? between(*was, is, mover->left) : is;
    if (around >= 0) {
        mover->clusters[index] = between(place_within(mover, around, is), is, mover->left);
        mover->box_holds[index] = mover->clusters[around];
    }
}

static void move_card(const struct mover *mover, int index)
{
    const struct graph_card *const card = &mover->is.model->cards[index];
    const struct graph_turn *const turn = mover->turn;
    const struct point at = mover->is.layout->boxes[index];
    const struct rect is = { at.x, at.y, card->w, card->h };
    const struct rect *const was = card->group ? place_in(&turn->closed, turn, card->group->key)
                                               : place_in(&turn->cards, turn, name_of(card));
    const struct rect *const open =
        card->group ? place_in(&turn->open, turn, card->group->key) : NULL;
    struct rect from = was ? *was : open ? *open : is;
    mover->alphas[index] = 1;
    if (open) {
        struct rect body = graph_card_body(mover->is.model, mover->is.layout, index);
        mover->bodies[index] = between(*open, body, mover->left);
        from.y -= card->nudge;
    } else if (!was) {
        const int cluster = opened_around(mover, card->cluster);
        mover->alphas[index] = 1 - mover->left;
        from = cluster >= 0 ? place_within(mover, cluster, is) : is;
        mover->holds[index] = cluster >= 0 ? mover->clusters[cluster] : (struct rect){ 0 };
    } else if (card->group) {
        from.y -= card->nudge;
    }
    mover->moved[index] =
        (struct point){ (from.x - is.x) * mover->left, (from.y - is.y) * mover->left };
    mover->boxes[index] =
        (struct point){ is.x + mover->moved[index].x, is.y + mover->moved[index].y };
}

/* A line goes with the cards at its ends. */
static struct layout_curve move_edge(const struct mover *mover, int index, struct arena *arena)
{
    const struct graph_edge *const edge = &mover->is.model->edges[index];
    const struct layout_curve *const curve = &mover->is.layout->edges[index];
    const struct point from = mover->moved[edge->from], to = mover->moved[edge->to];
    struct point *const points = arena_allocate(arena, (size_t)curve->count, sizeof(*points));
    for (int i = 0; i < curve->count; i++) {
        const float t = (float)i / fmaxf((float)curve->count - 1, 1);
        points[i] = (struct point){ curve->points[i].x + from.x + (to.x - from.x) * t,
                                    curve->points[i].y + from.y + (to.y - from.y) * t };
    }
    return (struct layout_curve){ points, curve->count };
}

struct graph_turned *graph_turn_at(const struct graph_turn *turn, struct graph_pose is,
                                   struct arena *arena)
{
    const size_t cards = (size_t)is.model->card_count + 1;
    const size_t clusters = (size_t)is.model->cluster_count + 1;
    struct graph_turned *const out = arena_allocate(arena, 1, sizeof(*out));
    struct layout_curve *const edges =
        arena_allocate(arena, (size_t)is.model->edge_count + 1, sizeof(*edges));
    const struct mover mover = {
        .turn = turn,
        .is = is,
        .left = turn->left * turn->left * (3 - 2 * turn->left),
        .boxes = arena_allocate(arena, cards, sizeof(struct point)),
        .moved = arena_allocate(arena, cards, sizeof(struct point)),
        .clusters = arena_allocate(arena, clusters, sizeof(struct rect)),
        .box_holds = arena_allocate(arena, clusters, sizeof(struct rect)),
        .box_alphas = arena_allocate(arena, clusters, sizeof(float)),
        .holds = arena_allocate(arena, cards, sizeof(struct rect)),
        .bodies = arena_allocate(arena, cards, sizeof(struct rect)),
        .alphas = arena_allocate(arena, cards, sizeof(float)),
    };
    for (int i = 0; i < is.model->cluster_count; i++) {
        move_cluster(&mover, i);
    }
    for (int i = 0; i < is.model->card_count; i++) {
        move_card(&mover, i);
    }
    for (int i = 0; i < is.model->edge_count; i++) {
        edges[i] = move_edge(&mover, i, arena);
    }
    *out = (struct graph_turned){ .layout = { .w = is.layout->w,
                                              .h = is.layout->h,
                                              .boxes = mover.boxes,
                                              .edges = edges,
                                              .clusters = mover.clusters },
                                  .alphas = mover.alphas,
                                  .box_alphas = mover.box_alphas,
                                  .holds = mover.holds,
                                  .box_holds = mover.box_holds,
                                  .bodies = mover.bodies };
    return out;
}
