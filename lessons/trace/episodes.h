#pragma once
/* Which graph belongs to which picture. An episode is the graph of one backward root: the nodes
 * reachable from it. Roots that share nodes share the episode; nodes that no backward reached group
 * by connected component. Operations that autograd did not track belong to the episode of the
 * tensors they use, or else to one of their own component. Grows with the trace. */

#include "lessons/trace/trace.h"

struct episode {
    uint32_t first, last; /* records: its first operation, its last event so far */
    const int64_t *ops;   /* ascending */
    size_t op_count;
    const int64_t *tensors; /* leaves, constants and results that its picture shows, ascending */
    size_t tensor_count;
    const int64_t *backwards;
    size_t backward_count;
    bool tracked; /* false: no node at all, only plain tensor maths */
};

struct episodes;

struct episodes *episodes_create(const struct trace *trace);
void episodes_destroy(struct episodes *episodes);
void episodes_update(struct episodes *episodes);

size_t episodes_count(const struct episodes *episodes);
const struct episode *episodes_at(const struct episodes *episodes, size_t index);
/* The episode to show at the moment: that of the latest operation, backward, visit, accumulate or
 * error before it; SIZE_MAX before the first. */
size_t episodes_index_at(const struct episodes *episodes, uint32_t moment);
/* The episode that shows the tensor; SIZE_MAX if none. */
size_t episodes_of_tensor(const struct episodes *episodes, int64_t tensor);
