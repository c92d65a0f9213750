#include "app/window/damage.h"

#include <math.h>

#include "render/scene/path.h"

/* ---- rectangles ------------------------------------------------------------------------- */

struct rect damage_unite(struct rect a, struct rect b)
{
    const float x = fminf(a.x, b.x), y = fminf(a.y, b.y);

    return (struct rect){ x, y, fmaxf(a.x + a.w, b.x + b.w) - x, fmaxf(a.y + a.h, b.y + b.h) - y };
}

static bool touch(struct rect a, struct rect b)
{
    return a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h;
}

static float area_of(struct rect r)
{
    return r.w * r.h;
}

/* Empty (w 0) when it lies outside of the page. */
static struct rect pixel_rect(const struct damage *damage, struct rect r)
{
    const float left = fmaxf(floorf(r.x) - 2, 0), top = fmaxf(floorf(r.y) - 2, 0);
    const float right = fminf(ceilf(r.x + r.w) + 2, (float)damage->width);
    const float bottom = fminf(ceilf(r.y + r.h) + 2, (float)damage->height);

    return right > left && bottom > top ? (struct rect){ left, top, right - left, bottom - top }
                                        : (struct rect){ 0 };
}

/* What would be drawn for nothing, or twice, if both became one or stayed two. */
static float growth(struct rect a, struct rect b)
{
    return area_of(damage_unite(a, b)) - area_of(a) - area_of(b);
}

/* Each rectangle costs a walk over the scene, as much as that many pixels. */
static const float COST_OF_ONE = 20000;

void damage_add(struct damage *damage, struct rect rect)
{
    struct rect r = rect.w > 0 && rect.h > 0 ? pixel_rect(damage, rect) : (struct rect){ 0 };

    while (r.w > 0) {
        size_t best = 0;
        float least = INFINITY;
        for (size_t i = 0; i < damage->count; i++) {
            const float grown = growth(damage->rects[i], r);
            best = grown < least ? i : best;
            least = fminf(least, grown);
        }
        if (least > COST_OF_ONE && damage->count < DAMAGE_MAX) {
            damage->rects[damage->count++] = r;
            return;
        }
        /* What has grown may now lie close to others. */
        r = damage_unite(damage->rects[best], r);
        damage->rects[best] = damage->rects[--damage->count];
    }
}

bool damage_touches(const struct damage *damage, struct rect rect)
{
    for (size_t i = 0; i < damage->count; i++) {
        if (touch(damage->rects[i], rect)) {
            return true;
        }
    }
    return false;
}

/* ---- bounds ----------------------------------------------------------------------------- */

static struct rect intersect(struct rect a, struct rect b)
{
    const float x = fmaxf(a.x, b.x), y = fmaxf(a.y, b.y);
    const float right = fminf(a.x + a.w, b.x + b.w), bottom = fminf(a.y + a.h, b.y + b.h);

    return right > x && bottom > y ? (struct rect){ x, y, right - x, bottom - y }
                                   : (struct rect){ 0 };
}

void damage_bounds(const struct scene *scene, struct fonts *fonts, struct rect *bounds,
                   struct rect *seen, struct arena *scratch)
{
    struct rect *const clips = arena_allocate(scratch, scene->draw_count + 1, sizeof(*clips));
    size_t depth = 0;

    clips[0] = (struct rect){ 0, 0, scene->width, scene->height };
    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw *const draw = &scene->draws[i];
        bounds[i] = scene_bounds(draw, fonts);
        seen[i] = intersect(bounds[i], clips[depth]);
        if (draw->kind == DRAW_CLIP) {
            clips[++depth] = seen[i];
        } else if (draw->kind == DRAW_CLIP_END) {
            depth--;
        }
    }
}

/* ---- comparing -------------------------------------------------------------------------- */

struct comparison {
    struct damage *damage;
    struct stretch now, was;
    struct point by;
    struct arena *scratch;
};

static bool is_same(const struct comparison *c, size_t now, size_t was)
{
    const struct draw *const here = &c->now.scene->draws[now];
    const struct draw *const there = &c->was.scene->draws[was];

    return c->by.x != 0 || c->by.y != 0 ? scene_same_moved(here, there, c->by)
                                        : scene_same(here, there);
}

struct moved {
    struct damage *damage;
    struct rect seen;
    struct point by;
};

static bool add_moved(void *context, struct rect box)
{
    const struct moved *const moved = context;
    const struct rect r = intersect(box, moved->seen);

    if (r.w > 0) {
        damage_add(moved->damage, (struct rect){ r.x + moved->by.x, r.y + moved->by.y, r.w, r.h });
    }
    return true;
}

static void add_draw(const struct comparison *c, const struct stretch *in, size_t index,
                     struct point by)
{
    const struct draw *const draw = &in->scene->draws[index];
    struct moved moved = { c->damage, in->seen[index], by };

    if (moved.seen.w <= 0) {
        return;
    }
    if (draw->kind == DRAW_PATH) {
        path_boxes(&draw->path, moved.seen, add_moved, &moved);
    } else if (draw->kind != DRAW_CLIP_END && draw->kind != DRAW_GROUP &&
               draw->kind != DRAW_GROUP_END) {
        add_moved(&moved, in->bounds[index]);
    }
}

/* Commands of both between two that have stayed: what is alike at both ends has stayed as well. */
static void compare_between(const struct comparison *c, struct stretch now, struct stretch was)
{
    while (now.from < now.to && was.from < was.to && is_same(c, now.from, was.from)) {
        now.from++;
        was.from++;
    }
    while (now.from < now.to && was.from < was.to && is_same(c, now.to - 1, was.to - 1)) {
        now.to--;
        was.to--;
    }
    for (size_t i = now.from; i < now.to; i++) {
        add_draw(c, &now, i, (struct point){ 0, 0 });
    }
    for (size_t i = was.from; i < was.to; i++) {
        add_draw(c, &was, i, c->by);
    }
}

/* ---- what has stayed -------------------------------------------------------------------- */

/* A command that there is once before and once after. */
struct anchor {
    size_t now, was;
};

struct entry {
    uint64_t key;          /* 0: free */
    size_t in_now, in_was; /* how often */
    size_t was;
};

static uint64_t mixed(uint64_t hash, float value)
{
    /* Moving loses a little of a number: it must not lie where whole numbers meet. */
    const int64_t whole = (int64_t)floorf(fminf(fmaxf(value + 0.37f, -1e6f), 1e6f));

    return (hash ^ (uint64_t)whole) * UINT64_C(0x9E3779B97F4A7C15);
}

/* By kind and place, which tells most commands apart; whether two are the same is asked later. */
static uint64_t key_of(const struct draw *draw, const struct rect *bounds, struct point by)
{
    uint64_t hash = (uint64_t)draw->kind + 1;

    hash = mixed(mixed(hash, bounds->x + by.x), bounds->y + by.y);
    hash = mixed(mixed(hash, bounds->w), bounds->h);
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

struct table {
    struct entry *entries;
    size_t mask;
};

static struct entry *entry_at(const struct table *table, uint64_t key)
{
    size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & table->mask;

    while (table->entries[at].key != 0 && table->entries[at].key != key) {
        at = (at + 1) & table->mask;
    }
    table->entries[at].key = key;
    return &table->entries[at];
}

static struct table count_commands(const struct comparison *c)
{
    size_t size = 64;

    while (size < 2 * (c->now.to - c->now.from + c->was.to - c->was.from)) {
        size *= 2;
    }
    const struct table table = { arena_allocate(c->scratch, size, sizeof(struct entry)), size - 1 };
    for (size_t i = c->was.from; i < c->was.to; i++) {
        struct entry *const entry =
            entry_at(&table, key_of(&c->was.scene->draws[i], &c->was.bounds[i], c->by));
        entry->in_was++;
        entry->was = i;
    }
    for (size_t i = c->now.from; i < c->now.to; i++) {
        const struct point still = { 0, 0 };
        entry_at(&table, key_of(&c->now.scene->draws[i], &c->now.bounds[i], still))->in_now++;
    }
    return table;
}

/* The longest row of anchors that are in the same order in both: for each length the row that ends
 * earliest is kept, by its end; `before` leads back along it. */
static size_t longest_row(const struct anchor *all, size_t count, struct anchor *out,
                          struct arena *scratch)
{
    size_t *const ends = arena_allocate(scratch, count + 1, sizeof(*ends));
    size_t *const before = arena_allocate(scratch, count + 1, sizeof(*before));
    size_t length = 0;

    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = length;
        while (low < high) {
            const size_t middle = low + (high - low) / 2;
            if (all[ends[middle]].was < all[i].was) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        before[i] = low > 0 ? ends[low - 1] : 0;
        ends[low] = i;
        length = low == length ? length + 1 : length;
    }
    for (size_t i = length, at = length > 0 ? ends[length - 1] : 0; i > 0; i--) {
        out[i - 1] = all[at];
        at = before[at];
    }
    return length;
}

static size_t find_anchors(const struct comparison *c, struct anchor **out)
{
    const struct table table = count_commands(c);
    const size_t most = c->now.to - c->now.from;
    struct anchor *const all = arena_allocate(c->scratch, most + 1, sizeof(*all));
    size_t count = 0;

    for (size_t i = c->now.from; i < c->now.to; i++) {
        const struct point still = { 0, 0 };
        const struct entry *const entry =
            entry_at(&table, key_of(&c->now.scene->draws[i], &c->now.bounds[i], still));
        if (entry->in_now == 1 && entry->in_was == 1 && is_same(c, i, entry->was)) {
            all[count++] = (struct anchor){ i, entry->was };
        }
    }
    *out = arena_allocate(c->scratch, count + 1, sizeof(**out));
    return longest_row(all, count, *out, c->scratch);
}

void damage_compare(struct damage *damage, struct stretch now, struct stretch was, struct point by,
                    struct arena *scratch)
{
    struct comparison c = { damage, now, was, by, scratch };
    struct anchor *anchors;

    while (c.now.from < c.now.to && c.was.from < c.was.to && is_same(&c, c.now.from, c.was.from)) {
        c.now.from++;
        c.was.from++;
    }
    if (c.now.from == c.now.to && c.was.from == c.was.to) {
        return;
    }
    const size_t count = find_anchors(&c, &anchors);
    struct stretch here = c.now, there = c.was;
    for (size_t i = 0; i < count; i++) {
        here.to = anchors[i].now;
        there.to = anchors[i].was;
        compare_between(&c, here, there);
        here.from = anchors[i].now + 1;
        there.from = anchors[i].was + 1;
    }
    here.to = c.now.to;
    there.to = c.was.to;
    compare_between(&c, here, there);
}
