#include "gpu/walk.h"

static bool joins(const struct walk *walk, int outer, int inner)
{
    for (int v = 0; v < WALK_MAX_VIEWS; v++) {
        if (walk->strides[v][outer] != walk->strides[v][inner] * walk->shape[inner]) {
            return false;
        }
    }
    return true;
}

static void join(struct walk *walk)
{
    int kept = 0;
    for (int d = 1; d < walk->dims; d++) {
        if (joins(walk, kept, d)) {
            walk->shape[kept] *= walk->shape[d];
        } else {
            kept++;
            walk->shape[kept] = walk->shape[d];
        }
        for (int v = 0; v < WALK_MAX_VIEWS; v++) {
            walk->strides[v][kept] = walk->strides[v][d];
        }
    }
    walk->dims = walk->dims > 0 ? kept + 1 : 0;
}

void walk_init(struct walk *walk, const struct backend_view *const *views, int count)
{
    *walk = {};
    walk->count = 1;
    for (int d = 0; d < views[0]->dims; d++) {
        const int64_t size = views[0]->shape[d];
        walk->count *= size;
        if (size == 1) {
            continue;
        }
        walk->shape[walk->dims] = size;
        for (int v = 0; v < count; v++) {
            walk->strides[v][walk->dims] = views[v] ? views[v]->strides[d] : 0;
        }
        walk->dims++;
    }
    walk->narrow = walk->count <= UINT32_MAX;
    join(walk);
}

static void exchange(struct walk *walk, int a, int b)
{
    const int64_t size = walk->shape[a];
    walk->shape[a] = walk->shape[b];
    walk->shape[b] = size;
    for (int v = 0; v < WALK_MAX_VIEWS; v++) {
        const int64_t stride = walk->strides[v][a];
        walk->strides[v][a] = walk->strides[v][b];
        walk->strides[v][b] = stride;
    }
}

void walk_by_memory(struct walk *walk)
{
    for (int i = 1; i < walk->dims; i++) {
        for (int d = i; d > 0 && walk->strides[0][d - 1] < walk->strides[0][d]; d--) {
            exchange(walk, d - 1, d);
        }
    }
    join(walk);
}

bool walk_is_dense(const struct walk *walk, int views)
{
    if (walk->dims > 1) {
        return false;
    }
    for (int v = 0; v < views && walk->dims == 1; v++) {
        if (walk->strides[v][0] != 1) {
            return false;
        }
    }
    return true;
}
