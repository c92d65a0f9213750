#include "render/plots/trail.h"

#include <math.h>

struct point trail_at(const struct plot *plot, double x, double y)
{
    const struct rect box = plot->box;
    const struct point at = plot_at(plot, x, y);

    return (struct point){ fminf(fmaxf(at.x, box.x - 20 * box.w), box.x + 21 * box.w),
                           fminf(fmaxf(at.y, box.y - 20 * box.h), box.y + 21 * box.h) };
}

struct trail trail_begin(size_t most, struct arena *arena)
{
    return (struct trail){ .points = arena_allocate(arena, most + 1, sizeof(struct point)) };
}

void trail_add(struct trail *trail, struct point at)
{
    const struct point *const before = trail->count > 0 ? &trail->points[trail->count - 1] : NULL;

    if (!before || hypotf(at.x - before->x, at.y - before->y) > 0.7f) {
        trail->points[trail->count++] = at;
    }
}

void trail_draw(const struct trail *trail, const struct draw_path *look, struct scene *scene)
{
    struct draw_path line = *look;

    if (trail->count < 2) {
        return;
    }
    line.points = trail->points;
    line.count = trail->count;
    line.dashed = false;
    line.stroke = INK_CARD;
    line.width = look->width + 2.6f;
    line.alpha = 0.8f;
    scene_path(scene, &line);
    line = *look;
    line.points = trail->points;
    line.count = trail->count;
    scene_path(scene, &line);
}
