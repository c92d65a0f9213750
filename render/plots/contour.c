#include "render/plots/contour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

/* ---- marching squares ---------------------------------------------------------------------- */

/*
 * Around the grid lies one more row and column on each side, above every level, so that all loops close.
 * An edge of the squares is crossed by at most one loop: `next` says for each crossed edge where the loop
 * goes on. Corners and edges of a square are counted clockwise from the top left:
 *
 *      0 --0-- 1
 *      3       1        a run of corners that are inside is entered by the edge before it and left by
 *      3 --2-- 2        the one behind it
 */
struct tracing {
    const struct contour_grid *grid;
    double level;
    int width;      /* of the grid with its frame, in corners */
    float *heights; /* with the frame; what is no number is above every level */
    int32_t *next;
    struct arena *arena;
};

static void fill_heights(struct tracing *t)
{
    for (int i = 0; i < t->width * (t->grid->rows + 2); i++) {
        t->heights[i] = INFINITY;
    }
    for (int row = 0; row < t->grid->rows; row++) {
        for (int column = 0; column < t->grid->columns; column++) {
            const float value = t->grid->values[row * t->grid->columns + column];
            if (!isnan(value)) {
                t->heights[(row + 1) * t->width + column + 1] = value;
            }
        }
    }
}

static double height_at(const struct tracing *t, int column, int row)
{
    return (double)t->heights[(row + 1) * t->width + column + 1];
}

/* Each square has its upper and its left edge: two numbers for each corner. */
static int32_t edge_of(const struct tracing *t, int column, int row, int edge)
{
    const int at_column = column + 1 + (edge == 1), at_row = row + 1 + (edge == 2);

    return 2 * (at_row * t->width + at_column) + (edge == 1 || edge == 3);
}

static void link_run(const struct tracing *t, int column, int row, int first, int last)
{
    const int32_t from = edge_of(t, column, row, (first + 3) % 4);

    t->next[from] = edge_of(t, column, row, last);
}

static void trace_square(const struct tracing *t, int column, int row)
{
    const float *const at = t->heights + (row + 1) * t->width + column + 1;
    const float corner[4] = { at[0], at[1], at[t->width + 1], at[t->width] };
    const float level = (float)t->level;
    const bool in[4] = { corner[0] <= level, corner[1] <= level, corner[2] <= level,
                         corner[3] <= level };
    const int count = in[0] + in[1] + in[2] + in[3];

    if (count == 0 || count == 4) {
        return;
    }
    const bool saddle = count == 2 && in[0] == in[2];
    const float middle = (corner[0] + corner[1] + corner[2] + corner[3]) / 4;
    if (saddle && middle <= level) {
        const int out = in[0] ? 1 : 0; /* both others are cut off */
        link_run(t, column, row, (out + 1) % 4, (out + 3) % 4);
        link_run(t, column, row, (out + 3) % 4, (out + 1) % 4);
        return;
    }
    for (int k = 0; k < 4; k++) {
        if (in[k] && !in[(k + 3) % 4]) {
            int last = k;
            while (in[(last + 1) % 4]) {
                last++;
            }
            link_run(t, column, row, k, last % 4);
        }
    }
}

/* Where the level lies between two neighbours; what is beyond every height is met at the other. */
static float part_between(double a, double b, double level)
{
    if (isinf(a)) {
        return 1;
    }
    return isinf(b) || a == b ? 0 : (float)((level - a) / (b - a));
}

static struct point point_of(const struct tracing *t, int32_t edge)
{
    const int column = edge / 2 % t->width - 1, row = edge / 2 / t->width - 1;
    const bool down = edge % 2;
    const double a = height_at(t, column, row);
    const double b = height_at(t, column + !down, row + down);
    const float part = part_between(a, b, (double)(float)t->level);

    return (struct point){ (float)column + (down ? 0 : part), (float)row + (down ? part : 0) };
}

static struct contour_loop follow(const struct tracing *t, int32_t start)
{
    struct contour_loop loop = { 0 };
    double area = 0;
    size_t count = 0;

    for (int32_t edge = start; count == 0 || edge != start; edge = t->next[edge]) {
        count++;
    }
    loop.points = arena_allocate(t->arena, count, sizeof(*loop.points));
    for (int32_t edge = start; loop.count < count;) {
        const int32_t after = t->next[edge];
        loop.points[loop.count++] = point_of(t, edge);
        t->next[edge] = -1;
        edge = after;
    }
    for (size_t i = 0; i < count; i++) {
        const struct point a = loop.points[i], b = loop.points[(i + 1) % count];
        area += (double)a.x * (double)b.y - (double)b.x * (double)a.y;
    }
    loop.hole = area > 0;
    loop.area = (float)fabs(area / 2);
    return loop;
}

struct loop_list {
    struct contour_loop *items;
    size_t count, capacity;
};

static void trace_level(struct tracing *t, int level, struct loop_list *out)
{
    const int corners = t->width * (t->grid->rows + 2);

    memset(t->next, -1, 2 * (size_t)corners * sizeof(*t->next));
    for (int row = -1; row < t->grid->rows; row++) {
        for (int column = -1; column < t->grid->columns; column++) {
            trace_square(t, column, row);
        }
    }
    for (int32_t edge = 0; edge < 2 * corners; edge++) {
        if (t->next[edge] < 0) {
            continue;
        }
        struct contour_loop loop = follow(t, edge);
        loop.level = level;
        if (loop.area > 0) {
            out->items =
                array_reserve(out->items, &out->capacity, out->count + 1, sizeof(*out->items));
            out->items[out->count++] = loop;
        }
    }
}

/* Of two that enclose the same, a hole lies within what it is a hole of. */
static int by_area(const void *a, const void *b)
{
    const struct contour_loop *const one = a, *const other = b;

    if (one->area != other->area) {
        return one->area > other->area ? -1 : 1;
    }
    return other->level - one->level;
}

struct contours contours_trace(const struct contour_grid *grid, const double *levels,
                               size_t level_count, struct arena *arena)
{
    const int width = grid->columns + 2;
    const size_t edges = 2 * (size_t)width * (size_t)(grid->rows + 2);
    struct tracing t = { .grid = grid,
                         .width = width,
                         .heights = memory_allocate(edges / 2, sizeof(*t.heights)),
                         .next = memory_allocate(edges, sizeof(*t.next)),
                         .arena = arena };
    struct loop_list list = { 0 };

    fill_heights(&t);

    for (size_t i = 0; i < level_count; i++) {
        t.level = levels[i];
        trace_level(&t, (int)i, &list);
    }
    free(t.next);
    free(t.heights);
    if (list.count > 1) {
        qsort(list.items, list.count, sizeof(*list.items), by_area);
    }
    struct contours out = { arena_allocate(arena, list.count + 1, sizeof(*out.loops)), list.count };
    if (list.count > 0) {
        memcpy(out.loops, list.items, list.count * sizeof(*out.loops));
    }
    free(list.items);
    return out;
}

/* ---- levels -------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const float one = *(const float *)a, other = *(const float *)b;

    return (one > other) - (one < other);
}

/* The least, and what nine of ten are not above: far corners of a steep loss would take all levels. */
static bool range_of(const struct contour_grid *grid, double *least, double *most)
{
    const size_t all = (size_t)grid->columns * (size_t)grid->rows;
    float *const sorted = memory_allocate(all + 1, sizeof(*sorted));
    size_t count = 0;

    for (size_t i = 0; i < all; i++) {
        if (isfinite(grid->values[i])) {
            sorted[count++] = grid->values[i];
        }
    }
    if (count > 0) {
        qsort(sorted, count, sizeof(*sorted), ascending);
        *least = (double)sorted[0];
        *most = (double)sorted[count - 1 - count / 10];
    }
    free(sorted);
    return count > 0 && *most > *least;
}

/* 1, 2 and 5 times powers of ten, from the highest down. */
static size_t levels_of_powers(double least, double most, double *levels)
{
    static const double steps[] = { 5, 2, 1 };
    double down[CONTOUR_LEVELS_MAX];
    size_t count = 0;

    for (double power = floor(log10(most)); count < CONTOUR_LEVELS_MAX && power > -300; power--) {
        for (size_t i = 0; i < 3 && count < CONTOUR_LEVELS_MAX; i++) {
            const double level = steps[i] * pow(10, power);
            if (level <= least) {
                power = -300;
                break;
            }
            if (level < most) {
                down[count++] = level;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        levels[i] = down[count - 1 - i];
    }
    return count;
}

/* Steps that grow with the height, as they do on a slope that steepens, at two digits. */
static size_t levels_of_steps(double least, double most, double *levels)
{
    const double unit = pow(10, floor(log10((most - least) / 64)));
    size_t count = 0;

    for (int i = 1; i <= CONTOUR_LEVELS_MAX; i++) {
        const double part = (double)i / CONTOUR_LEVELS_MAX;
        const double level = round((least + (most - least) * part * part) / unit) * unit;
        if (level > least && (count == 0 || level > levels[count - 1])) {
            levels[count++] = level;
        }
    }
    return count;
}

/* ---- valleys ------------------------------------------------------------------------------- */

/*
 * The grid is flooded from its lowest point up: a point without a flooded neighbour begins a lake, one between
 * two lakes is the pass over which the one with the higher bottom flows into the other.
 */
struct flood {
    const struct contour_grid *grid;
    int *lake;   /* of each point: that it flows into, itself at a bottom, -1 dry */
    float depth; /* of the deepest valley that is not the lowest */
    float bottom;
};

static int bottom_of(struct flood *flood, int at)
{
    while (flood->lake[at] != at) {
        flood->lake[at] = flood->lake[flood->lake[at]];
        at = flood->lake[at];
    }
    return at;
}

static void flood_point(struct flood *flood, int at)
{
    const float *const values = flood->grid->values;
    const int columns = flood->grid->columns, column = at % columns, row = at / columns;

    flood->lake[at] = at;
    for (int k = 0; k < 9; k++) {
        const int x = column + k % 3 - 1, y = row + k / 3 - 1;
        if (x < 0 || x >= columns || y < 0 || y >= flood->grid->rows ||
            flood->lake[y * columns + x] < 0) {
            continue;
        }
        const int one = bottom_of(flood, at), other = bottom_of(flood, y * columns + x);
        const int higher = values[one] > values[other] ? one : other;
        const float depth = values[at] - values[higher];
        if (one != other && depth > flood->depth) {
            flood->depth = depth;
            flood->bottom = values[higher];
        }
        flood->lake[higher] = higher == one ? other : one;
    }
}

struct flood_order {
    float value;
    int at;
};

static int by_value(const void *a, const void *b)
{
    const struct flood_order *const one = a, *const other = b;

    return one->value != other->value ? (one->value > other->value) - (one->value < other->value)
                                      : one->at - other->at;
}

static void find_valley(struct flood *flood)
{
    const int all = flood->grid->columns * flood->grid->rows;
    struct flood_order *const order = memory_allocate((size_t)all + 1, sizeof(*order));
    int count = 0;

    flood->lake = memory_allocate((size_t)all + 1, sizeof(*flood->lake));
    for (int i = 0; i < all; i++) {
        flood->lake[i] = -1;
        if (isfinite(flood->grid->values[i])) {
            order[count++] = (struct flood_order){ flood->grid->values[i], i };
        }
    }
    qsort(order, (size_t)count, sizeof(*order), by_value);
    for (int i = 0; i < count; i++) {
        flood_point(flood, order[i].at);
    }
    free(flood->lake);
    free(order);
}

/* A valley that is worth it has a line of its own around it: the level above its pass moves down for that. */
static void ring_valley(const struct contour_grid *grid, double *levels, size_t count)
{
    static const double worth = 0.01; /* of all the heights */
    struct flood flood = { .grid = grid };

    find_valley(&flood);
    const double low = (double)flood.bottom, high = low + (double)flood.depth;
    if (count < 2 || high - low < worth * (levels[count - 1] - levels[0])) {
        return;
    }
    size_t above = 0;
    while (above < count && levels[above] <= low) {
        above++;
    }
    if (above == count || levels[above] < high) {
        return;
    }
    const double unit = pow(10, floor(log10((high - low) / 4)));
    levels[above] = round((low + high) / 2 / unit) * unit;
}

size_t contour_levels(const struct contour_grid *grid, double levels[CONTOUR_LEVELS_MAX])
{
    static const double wide = 30;
    double least, most;

    if (!range_of(grid, &least, &most)) {
        return 0;
    }
    const size_t count = least > 0 && most / least > wide ? levels_of_powers(least, most, levels)
                                                          : levels_of_steps(least, most, levels);
    ring_valley(grid, levels, count);
    return count;
}
