#pragma once
/* Three products between an image [n, c, h, w], the columns u that its windows see, and a map
 * [n, o, h', w'] with one cell for each window:
 *
 *     map = w @ u              a convolution
 *     image = fold(wᵀ @ map)   the transposed one
 *     w = Σₙ map @ uᵀ          the gradient of the weight
 *
 * The weight is [o, c / groups, kernel ...] throughout. Private to engine/ops. */

#include "engine/ops/window.h"

struct convolution {
    struct engine *engine;
    struct window window;
    int64_t samples, groups, channels, maps; /* of the whole image and the whole map */
    int64_t depth;                           /* rows of columns in one group */
    int64_t cells;                           /* of one map */
    struct tensor *image, *weight, *map;     /* lent; all but the image contiguous */
};

/* Fills in what follows from the weight's shape, once the window is known. */
void convolution_count_groups(struct convolution *c, const struct shape *weight, int64_t groups);

/* Adds to the map, which holds the bias or zeros. */
bool convolution_make_map(const struct convolution *c, struct error *err);
bool convolution_make_image(const struct convolution *c, struct error *err);
/* The sum runs over the samples in order. */
bool convolution_make_weight(const struct convolution *c, struct error *err);
