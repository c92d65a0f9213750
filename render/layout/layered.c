/* The plain layout: ranks by longest path, boxes of a rank ordered by the average place of what they
 * are joined to, straight stacks, one Bézier piece an edge. A cluster is laid out for itself and then
 * stands as one box among the others, so that nothing overlaps it. Knows no crossings and lets an edge
 * that spans ranks pass behind boxes; it stands in when Graphviz cannot. */

#include "render/layout/layout.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"

enum { SWEEPS = 6 };

/* Everything is worked out with ranks going to the right; `down` is turned at the end. */
struct work {
    const struct layout_input *input;
    int *rank;    /* of each box */
    int *pending; /* edges into a box from boxes that have no rank yet */
    float *place; /* of each box within its rank */
    int *order;   /* boxes sorted by (rank, place) */
    int rank_count;
    int *rank_start; /* index in order; rank_count + 1 of them */
};

static float box_length(const struct work *work, int box) /* along the ranks */
{
    return work->input->down ? work->input->boxes[box].h : work->input->boxes[box].w;
}

static float box_breadth(const struct work *work, int box) /* across them */
{
    return work->input->down ? work->input->boxes[box].w : work->input->boxes[box].h;
}

static int find_free_box(const struct work *work, const bool *ranked)
{
    for (int i = 0; i < work->input->box_count; i++) {
        if (!ranked[i] && work->pending[i] <= 0) {
            return i;
        }
    }
    /* Only cycles are left: break one anywhere. */
    for (int i = 0; i < work->input->box_count; i++) {
        if (!ranked[i]) {
            return i;
        }
    }
    return -1;
}

static void rank_boxes(struct work *work)
{
    const struct layout_input *input = work->input;
    bool *ranked = memory_allocate((size_t)input->box_count, sizeof(*ranked));
    for (int i = 0; i < input->edge_count; i++) {
        work->pending[input->edges[i].to] += input->edges[i].from != input->edges[i].to;
    }
    for (int box; (box = find_free_box(work, ranked)) >= 0;) {
        ranked[box] = true;
        for (int i = 0; i < input->edge_count; i++) {
            const struct layout_edge *edge = &input->edges[i];
            if (edge->from == box && edge->to != box && !ranked[edge->to]) {
                work->pending[edge->to]--;
                work->rank[edge->to] = work->rank[edge->to] > work->rank[box] + 1
                                           ? work->rank[edge->to]
                                           : work->rank[box] + 1;
            }
        }
    }
    free(ranked);
}

/* A box that nothing leads to (a constant, a parameter) stands just before its first user. */
static void pull_sources(struct work *work)
{
    const struct layout_input *input = work->input;
    for (int box = 0; box < input->box_count; box++) {
        int nearest = -1;
        bool source = true;
        for (int i = 0; i < input->edge_count; i++) {
            const struct layout_edge *edge = &input->edges[i];
            source = source && edge->to != box;
            if (edge->from == box && (nearest < 0 || work->rank[edge->to] < nearest)) {
                nearest = work->rank[edge->to];
            }
        }
        if (source && nearest > 0) {
            work->rank[box] = nearest - 1;
        }
    }
}

/* Counting sort by rank, keeping the order within a rank; then each rank by place. */
static void sort_ranks(struct work *work)
{
    const int count = work->input->box_count;
    int filled = 0;
    for (int rank = 0; rank < work->rank_count; rank++) {
        work->rank_start[rank] = filled;
        for (int box = 0; box < count; box++) {
            if (work->rank[box] != rank) {
                continue;
            }
            int at = filled++;
            for (;
                 at > work->rank_start[rank] && work->place[work->order[at - 1]] > work->place[box];
                 at--) {
                work->order[at] = work->order[at - 1];
            }
            work->order[at] = box;
        }
    }
    work->rank_start[work->rank_count] = filled;
}

/* Stacks every rank around the line 0 and notes the middle of each box as its place. */
static void stack_ranks(struct work *work)
{
    for (int rank = 0; rank < work->rank_count; rank++) {
        float breadth = -work->input->gap;
        for (int i = work->rank_start[rank]; i < work->rank_start[rank + 1]; i++) {
            breadth += box_breadth(work, work->order[i]) + work->input->gap;
        }
        float at = -breadth / 2;
        for (int i = work->rank_start[rank]; i < work->rank_start[rank + 1]; i++) {
            const int box = work->order[i];
            work->place[box] = at + box_breadth(work, box) / 2;
            at += box_breadth(work, box) + work->input->gap;
        }
    }
}

/* Moves every box's place to the average of its neighbours' on one side. */
static void pull_places(struct work *work, bool by_sources)
{
    const struct layout_input *input = work->input;
    float *sum = memory_allocate((size_t)input->box_count, sizeof(*sum));
    int *count = memory_allocate((size_t)input->box_count, sizeof(*count));
    for (int i = 0; i < input->edge_count; i++) {
        const struct layout_edge *edge = &input->edges[i];
        const int box = by_sources ? edge->to : edge->from;
        const int other = by_sources ? edge->from : edge->to;
        sum[box] += work->place[other];
        count[box]++;
    }
    for (int box = 0; box < input->box_count; box++) {
        if (count[box] > 0) {
            work->place[box] = sum[box] / (float)count[box];
        }
    }
    free(sum);
    free(count);
}

static void arrange(struct work *work)
{
    const int count = work->input->box_count;
    rank_boxes(work);
    pull_sources(work);
    for (int box = 0; box < count; box++) {
        work->place[box] = (float)box;
        work->rank_count =
            work->rank[box] + 1 > work->rank_count ? work->rank[box] + 1 : work->rank_count;
    }
    work->rank_start = memory_allocate((size_t)work->rank_count + 1, sizeof(int));
    sort_ranks(work);
    stack_ranks(work);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        pull_places(work, sweep % 2 == 0);
        sort_ranks(work);
        stack_ranks(work);
    }
}

static float gap_before(const struct work *work)
{
    float gap = work->input->rank_gap;
    for (int i = 0; i < work->input->edge_count; i++) {
        gap = fmaxf(gap, work->input->edges[i].label_w);
    }
    return gap;
}

static struct point turned(const struct work *work, float along, float across)
{
    return work->input->down ? (struct point){ across, along } : (struct point){ along, across };
}

/* Top left corners, and the size of it all. */
static struct point place_boxes(const struct work *work, struct point *boxes)
{
    float low = 0, high = 0, along = 0;
    for (int box = 0; box < work->input->box_count; box++) {
        low = fminf(low, work->place[box] - box_breadth(work, box) / 2);
        high = fmaxf(high, work->place[box] + box_breadth(work, box) / 2);
    }
    for (int rank = 0; rank < work->rank_count; rank++) {
        float length = 0;
        for (int i = work->rank_start[rank]; i < work->rank_start[rank + 1]; i++) {
            length = fmaxf(length, box_length(work, work->order[i]));
        }
        for (int i = work->rank_start[rank]; i < work->rank_start[rank + 1]; i++) {
            const int box = work->order[i];
            boxes[box] = turned(work, along + (length - box_length(work, box)) / 2,
                                work->place[box] - box_breadth(work, box) / 2 - low);
        }
        along += length + (rank + 1 < work->rank_count ? gap_before(work) : 0);
    }
    return turned(work, along, high - low);
}

static struct point lay_out_flat(const struct layout_input *input, struct point *boxes)
{
    const size_t count = (size_t)input->box_count + 1;
    struct work work = { .input = input };
    work.rank = memory_allocate(count, sizeof(int));
    work.pending = memory_allocate(count, sizeof(int));
    work.place = memory_allocate(count, sizeof(float));
    work.order = memory_allocate(count, sizeof(int));
    arrange(&work);
    const struct point size = place_boxes(&work, boxes);
    free(work.rank);
    free(work.pending);
    free(work.place);
    free(work.order);
    free(work.rank_start);
    return size;
}

/* How many edges joining the same two boxes come before this one, and how many there are. */
static int parallel_index(const struct layout_input *input, int index, int *total)
{
    int before = 0;
    *total = 0;
    for (int i = 0; i < input->edge_count; i++) {
        const bool same = input->edges[i].from == input->edges[index].from &&
                          input->edges[i].to == input->edges[index].to;
        before += same && i < index;
        *total += same;
    }
    return before;
}

static void draw_edge(const struct work *work, struct layout *layout, int index,
                      struct layout_curve *curve)
{
    const struct layout_input *input = work->input;
    const struct layout_edge *edge = &input->edges[index];
    const struct point from = layout->boxes[edge->from], to = layout->boxes[edge->to];
    int total;
    const int before = parallel_index(input, index, &total);
    const float breadth = fminf(box_breadth(work, edge->from), box_breadth(work, edge->to)) * 0.5f;
    const float shift = ((float)before - (float)(total - 1) / 2) * breadth / (float)total;
    const float from_along = (input->down ? from.y : from.x) + box_length(work, edge->from);
    const float from_across =
        (input->down ? from.x : from.y) + box_breadth(work, edge->from) / 2 + shift;
    const float to_along = input->down ? to.y : to.x;
    const float to_across = (input->down ? to.x : to.y) + box_breadth(work, edge->to) / 2 + shift;
    const float half = (to_along - from_along) / 2;
    struct point *points = arena_allocate(&layout->arena, 4, sizeof(*points));
    points[0] = turned(work, from_along, from_across);
    points[1] = turned(work, from_along + half, from_across);
    points[2] = turned(work, to_along - half, to_across);
    points[3] = turned(work, to_along, to_across);
    *curve = (struct layout_curve){ points, 4 };
}

/* ---- clusters -------------------------------------------------------------------------------- */

/* A box or a cluster; the other is -1. */
struct item {
    int box, cluster;
};

struct nest {
    const struct layout_input *input;
    struct point *boxes;   /* in their cluster, at last on the page */
    struct rect *clusters; /* in theirs */
};

/* What stands for the box among the items of a cluster (0: the page): itself or a cluster that holds
 * it; -1 if it is elsewhere. */
static int item_of(const struct nest *nest, const struct item *items, int count, int cluster,
                   int box)
{
    int inner = -1, around = nest->input->boxes[box].cluster;
    for (; around > 0 && around != cluster; around = nest->input->clusters[around - 1].parent) {
        inner = around - 1;
    }
    for (int i = 0; around == cluster && i < count; i++) {
        if (inner >= 0 ? items[i].cluster == inner : items[i].box == box) {
            return i;
        }
    }
    return -1;
}

/* In the order of the boxes: a cluster stands where its first box does. */
static int collect_items(const struct nest *nest, int cluster, struct item *items)
{
    int count = 0;
    for (int box = 0; box < nest->input->box_count; box++) {
        int inner = -1, around = nest->input->boxes[box].cluster;
        for (; around > 0 && around != cluster; around = nest->input->clusters[around - 1].parent) {
            inner = around - 1;
        }
        if (around == cluster && item_of(nest, items, count, cluster, box) < 0) {
            items[count++] = inner >= 0 ? (struct item){ -1, inner } : (struct item){ box, -1 };
        }
    }
    return count;
}

static int collect_edges(const struct nest *nest, int cluster, const struct item *items, int count,
                         struct layout_edge *edges)
{
    int filled = 0;
    for (int i = 0; i < nest->input->edge_count; i++) {
        const struct layout_edge *edge = &nest->input->edges[i];
        const int from = item_of(nest, items, count, cluster, edge->from);
        const int to = item_of(nest, items, count, cluster, edge->to);
        if (from >= 0 && to >= 0 && from != to) {
            edges[filled] = *edge;
            edges[filled].from = from;
            edges[filled++].to = to;
        }
    }
    return filled;
}

/* Everything in the cluster, with places in it; the size of that. */
static struct point lay_out_cluster(const struct nest *nest, int cluster)
{
    const struct layout_input *input = nest->input;
    const float margin = input->gap / 3;
    struct item *items = memory_allocate((size_t)input->box_count + 1, sizeof(*items));
    struct layout_edge *edges = memory_allocate((size_t)input->edge_count + 1, sizeof(*edges));
    const int count = collect_items(nest, cluster, items);
    struct layout_box *sizes = memory_allocate((size_t)count + 1, sizeof(*sizes));
    struct point *places = memory_allocate((size_t)count + 1, sizeof(*places));
    struct layout_input inner = *input;
    inner.edge_count = collect_edges(nest, cluster, items, count, edges);
    inner.edges = edges;
    inner.boxes = sizes;
    inner.box_count = count;
    for (int i = 0; i < count; i++) {
        if (items[i].box >= 0) {
            sizes[i] = input->boxes[items[i].box];
            continue;
        }
        const struct layout_cluster *frame = &input->clusters[items[i].cluster];
        const struct point size = lay_out_cluster(nest, items[i].cluster + 1);
        sizes[i].w = fmaxf(size.x, frame->title_w) + 2 * margin;
        sizes[i].h = size.y + 2 * margin + frame->title_h;
    }
    const struct point size = lay_out_flat(&inner, places);
    for (int i = 0; i < count; i++) {
        if (items[i].box >= 0) {
            nest->boxes[items[i].box] = places[i];
        } else {
            nest->clusters[items[i].cluster] =
                (struct rect){ places[i].x, places[i].y, sizes[i].w, sizes[i].h };
        }
    }
    free(items);
    free(edges);
    free(sizes);
    free(places);
    return size;
}

/* From places in clusters to places on the page; a parent stands before its children. */
static void unfold(const struct nest *nest)
{
    const float margin = nest->input->gap / 3;
    for (int c = 0; c < nest->input->cluster_count; c++) {
        const int parent = nest->input->clusters[c].parent;
        if (parent > 0) {
            const struct rect around = nest->clusters[parent - 1];
            nest->clusters[c].x += around.x + margin;
            nest->clusters[c].y += around.y + margin + nest->input->clusters[parent - 1].title_h;
        }
    }
    for (int box = 0; box < nest->input->box_count; box++) {
        const int cluster = nest->input->boxes[box].cluster;
        if (cluster > 0) {
            const struct rect around = nest->clusters[cluster - 1];
            nest->boxes[box].x += around.x + margin;
            nest->boxes[box].y += around.y + margin + nest->input->clusters[cluster - 1].title_h;
        }
    }
}

void layout_layered(struct layout *layout, const struct layout_input *input)
{
    *layout = (struct layout){ .by_fallback = true };
    struct point *boxes =
        arena_allocate(&layout->arena, (size_t)input->box_count + 1, sizeof(*boxes));
    struct rect *clusters =
        arena_allocate(&layout->arena, (size_t)input->cluster_count + 1, sizeof(*clusters));
    struct layout_curve *edges =
        arena_allocate(&layout->arena, (size_t)input->edge_count + 1, sizeof(*edges));
    const struct nest nest = { input, boxes, clusters };
    const struct point size = lay_out_cluster(&nest, 0);
    unfold(&nest);
    layout->w = size.x;
    layout->h = size.y;
    layout->boxes = boxes;
    layout->clusters = clusters;
    layout->edges = edges;
    const struct work work = { .input = input };
    for (int i = 0; i < input->edge_count; i++) {
        draw_edge(&work, layout, i, &edges[i]);
    }
}
