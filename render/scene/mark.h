#pragma once
/* Small shapes on a plot, told apart without colour. */

#include "render/scene/scene.h"

enum mark_shape { MARK_CIRCLE, MARK_SQUARE, MARK_DIAMOND, MARK_TRIANGLE, MARK_CROSS, MARK_SHAPES };

/* Within `radius` of a point, on a rim of the card's colour so that it can be seen on anything. */
struct mark {
    enum mark_shape shape;
    struct point at;
    float radius;
    enum ink ink;
    bool hollow;
};
void mark_draw(const struct mark *mark, struct scene *scene);
