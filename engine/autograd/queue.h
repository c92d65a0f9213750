#pragma once
/* The nodes that are ready to run, highest sequence number first. Equal numbers come out in the order
 * in which libstdc++'s std::priority_queue gives them, because PyTorch uses that and lessons show the
 * order. Private to engine/autograd. */

#include "engine/autograd/autograd.h"

/* Zero-initialise to start. */
struct ready_queue {
    struct node **items;
    size_t count, capacity;
};

void ready_push(struct ready_queue *queue, struct node *node);
struct node *ready_pop(struct ready_queue *queue); /* NULL when empty */
void ready_finish(struct ready_queue *queue);
