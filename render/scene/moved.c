#include <math.h>

#include "render/scene/scene.h"

/* Far less than a pixel shows, far more than arithmetic loses. */
static bool is_near(float now, float was, float by)
{
    return fabsf(now - was - by) < 0.02f;
}

static bool rect_moved(struct rect now, struct rect was, struct point by)
{
    return is_near(now.x, was.x, by.x) && is_near(now.y, was.y, by.y) && is_near(now.w, was.w, 0) &&
           is_near(now.h, was.h, 0);
}

static bool points_moved(const struct draw_path *now, const struct draw_path *was, struct point by)
{
    for (size_t i = 0; i < now->count && now->count == was->count; i++) {
        if (!is_near(now->points[i].x, was->points[i].x, by.x) ||
            !is_near(now->points[i].y, was->points[i].y, by.y)) {
            return false;
        }
    }
    return now->count == was->count;
}

/* The earlier one is brought to its new place, if that is where it has come; then all the rest must be
 * the same. */
bool scene_same_moved(const struct draw *now, const struct draw *was, struct point by)
{
    struct draw there = *was;
    bool near = true;

    if (now->kind != was->kind) {
        return false;
    }
    switch (now->kind) {
    case DRAW_RECT:
        near = rect_moved(now->rect.rect, was->rect.rect, by);
        there.rect.rect = now->rect.rect;
        break;
    case DRAW_PATH:
        near = points_moved(&now->path, &was->path, by);
        there.path.points = now->path.points;
        break;
    case DRAW_TEXT:
        near = is_near(now->text.at.x, was->text.at.x, by.x) &&
               is_near(now->text.at.y, was->text.at.y, by.y);
        there.text.at = now->text.at;
        break;
    case DRAW_HEAT:
        near = rect_moved(now->heat.rect, was->heat.rect, by);
        there.heat.rect = now->heat.rect;
        break;
    case DRAW_CLIP:
        near = rect_moved(now->clip, was->clip, by);
        there.clip = now->clip;
        break;
    case DRAW_GROUP:
        near = rect_moved(now->group.bounds, was->group.bounds, by);
        there.group.bounds = now->group.bounds;
        break;
    case DRAW_CLIP_END:
    case DRAW_GROUP_END:
        break;
    }
    return near && scene_same(now, &there);
}
