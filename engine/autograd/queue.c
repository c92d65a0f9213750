#include "engine/autograd/queue.h"

#include <stdlib.h>

#include "engine/base/array.h"

static bool runs_later(const struct node *a, const struct node *b)
{
    return a->sequence < b->sequence;
}

/* std::__push_heap: lets `node` rise from `hole` over those that run later than it. */
static void rise(struct node **items, size_t hole, struct node *node)
{
    while (hole > 0) {
        const size_t parent = (hole - 1) / 2;
        if (!runs_later(items[parent], node)) {
            break;
        }
        items[hole] = items[parent];
        hole = parent;
    }
    items[hole] = node;
}

void ready_push(struct ready_queue *queue, struct node *node)
{
    queue->items =
        array_reserve(queue->items, &queue->capacity, queue->count + 1, sizeof(struct node *));
    rise(queue->items, queue->count++, node);
}

/* std::__adjust_heap: the hole at the top sinks to the bottom along the children that run first (the
 * right one of two equals), then the last item rises from there. */
struct node *ready_pop(struct ready_queue *queue)
{
    if (queue->count == 0) {
        return NULL;
    }
    struct node **items = queue->items;
    struct node *first = items[0], *last = items[--queue->count];
    const size_t count = queue->count;
    if (count == 0) {
        return first;
    }
    size_t hole = 0, child = 0;
    while (child < (count - 1) / 2) {
        child = 2 * (child + 1);
        if (runs_later(items[child], items[child - 1])) {
            child--;
        }
        items[hole] = items[child];
        hole = child;
    }
    if (count % 2 == 0 && child == (count - 2) / 2) {
        child = 2 * child + 1;
        items[hole] = items[child];
        hole = child;
    }
    rise(items, hole, last);
    return first;
}

void ready_finish(struct ready_queue *queue)
{
    free(queue->items);
}
