#include "render/scene/clip.h"

#include <math.h>

static struct rect intersect(struct rect a, struct rect b)
{
    const float x = fmaxf(a.x, b.x), y = fmaxf(a.y, b.y);
    const float right = fminf(a.x + a.w, b.x + b.w), bottom = fminf(a.y + a.h, b.y + b.h);

    return (struct rect){ x, y, fmaxf(right - x, 0), fmaxf(bottom - y, 0) };
}

struct rect scene_room_at(const struct scene *scene, size_t index)
{
    struct rect room = { 0, 0, scene->width, scene->height };
    size_t closed = 0; /* clips that end before the command */

    for (size_t i = index; i-- > 0;) {
        const struct draw *const draw = &scene->draws[i];
        if (draw->kind == DRAW_CLIP_END) {
            closed++;
        } else if (draw->kind == DRAW_CLIP && closed > 0) {
            closed--;
        } else if (draw->kind == DRAW_CLIP) {
            room = intersect(room, draw->clip);
        }
    }
    return room;
}
