#include "render/layout/span.h"

#include <stdlib.h>

#include "engine/base/memory.h"

/* With so many Graphviz needs less than a tenth of a second; it grows with their square. */
enum { RANKS_MOST = 1200 };

/* Each box stands behind the longest way to it. */
static int *find_ranks(const struct wire_edge *edges, int edge_count, int box_count)
{
    int *const ranks = memory_allocate((size_t)box_count, sizeof(*ranks));
    bool changed = true;

    /* Ways are no longer than there are boxes, in a ring as well. */
    for (int round = 0; round < box_count && changed; round++) {
        changed = false;
        for (int i = 0; i < edge_count; i++) {
            if (ranks[edges[i].to] <= ranks[edges[i].from]) {
                ranks[edges[i].to] = ranks[edges[i].from] + 1;
                changed = true;
            }
        }
    }
    return ranks;
}

struct span {
    int edge, ranks;
};

static int by_ranks(const void *a, const void *b)
{
    const struct span *const x = a, *const y = b;

    return x->ranks != y->ranks ? (x->ranks > y->ranks) - (x->ranks < y->ranks)
                                : (x->edge > y->edge) - (x->edge < y->edge);
}

static struct span *find_spans(const struct wire_edge *edges, int edge_count, int box_count)
{
    struct span *const spans = memory_allocate((size_t)edge_count + 1, sizeof(*spans));
    int *const ranks = find_ranks(edges, edge_count, box_count);

    for (int i = 0; i < edge_count; i++) {
        spans[i] = (struct span){ i, ranks[edges[i].to] - ranks[edges[i].from] };
    }
    free(ranks);
    qsort(spans, (size_t)edge_count, sizeof(*spans), by_ranks);
    return spans;
}

/* The box that stands for all that hang together with one. */
static int root_of(int *above, int box)
{
    while (above[box] != box) {
        above[box] = above[above[box]];
        box = above[box];
    }
    return box;
}

void layout_leave_out(const struct wire_edge *edges, int edge_count, int box_count, bool *left_out)
{
    struct span *const spans = find_spans(edges, edge_count, box_count);
    int *const above = memory_allocate((size_t)box_count, sizeof(*above));
    int sum = 0;

    for (int i = 0; i < box_count; i++) {
        above[i] = i;
    }
    for (int i = 0; i < edge_count; i++) {
        const struct wire_edge *const edge = &edges[spans[i].edge];
        const int from = root_of(above, edge->from), to = root_of(above, edge->to);
        left_out[spans[i].edge] = from == to && sum + spans[i].ranks > RANKS_MOST;
        if (!left_out[spans[i].edge]) {
            above[from] = to;
            sum += spans[i].ranks;
        }
    }
    free(above);
    free(spans);
}
