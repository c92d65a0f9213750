#include <assert.h>

#include "engine/cpu/private.h"

void walk_init(struct walk *walk, const struct backend_view *const *views, int count)
{
    assert(count > 0 && count <= WALK_MAX_VIEWS && views[0]);
    const struct backend_view *first = views[0];
    walk->dims = 0;
    walk->views = count;
    walk->empty = false;
    for (int d = 0; d < first->dims; d++) {
        if (first->shape[d] == 1) {
            continue;
        }
        walk->empty = walk->empty || first->shape[d] == 0;
        walk->shape[walk->dims] = first->shape[d];
        for (int v = 0; v < count; v++) {
            walk->strides[v][walk->dims] = views[v] ? views[v]->strides[d] : 0;
        }
        walk->dims++;
    }
}

static bool joins(const struct walk *walk, int outer, int inner)
{
    for (int v = 0; v < walk->views; v++) {
        if (walk->strides[v][outer] != walk->strides[v][inner] * walk->shape[inner]) {
            return false;
        }
    }
    return true;
}

void walk_join(struct walk *walk)
{
    if (walk->dims == 0) {
        return;
    }
    int kept = 0;
    for (int d = 1; d < walk->dims; d++) {
        if (joins(walk, kept, d)) {
            walk->shape[kept] *= walk->shape[d];
        } else {
            kept++;
            walk->shape[kept] = walk->shape[d];
        }
        for (int v = 0; v < walk->views; v++) {
            walk->strides[v][kept] = walk->strides[v][d];
        }
    }
    walk->dims = kept + 1;
}

bool odometer_next(struct odometer *odometer, const struct walk *walk)
{
    for (int d = odometer->dims - 1; d >= 0; d--) {
        odometer->at[d]++;
        for (int v = 0; v < walk->views; v++) {
            odometer->offset[v] += walk->strides[v][d];
        }
        if (odometer->at[d] < walk->shape[d]) {
            return true;
        }
        odometer->at[d] = 0;
        for (int v = 0; v < walk->views; v++) {
            odometer->offset[v] -= walk->strides[v][d] * walk->shape[d];
        }
    }
    return false;
}
