/* A page cut down to what stands on it. */

#include <math.h>

#include "render/scene/scene.h"

static struct rect common(struct rect a, struct rect b)
{
    const float x = fmaxf(a.x, b.x), y = fmaxf(a.y, b.y);

    return (struct rect){ x, y, fmaxf(fminf(a.x + a.w, b.x + b.w) - x, 0),
                          fmaxf(fminf(a.y + a.h, b.y + b.h) - y, 0) };
}

static struct rect both(struct rect a, struct rect b)
{
    const float x = fminf(a.x, b.x), y = fminf(a.y, b.y);

    if (a.w <= 0 || a.h <= 0 || b.w <= 0 || b.h <= 0) {
        return a.w > 0 && a.h > 0 ? a : b;
    }
    return (struct rect){ x, y, fmaxf(a.x + a.w, b.x + b.w) - x, fmaxf(a.y + a.h, b.y + b.h) - y };
}

struct rect scene_content(const struct scene *scene, struct fonts *fonts)
{
    enum { CLIPS_MOST = 16 };
    struct rect clips[CLIPS_MOST] = { { 0, 0, scene->width, scene->height } };
    struct rect content = { 0, 0, 0, 0 };
    int depth = 0;

    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw *const draw = &scene->draws[i];
        if (draw->kind == DRAW_CLIP && depth + 1 < CLIPS_MOST) {
            clips[depth + 1] = common(clips[depth], draw->clip);
            depth++;
        } else if (draw->kind == DRAW_CLIP_END && depth > 0) {
            depth--;
        } else if (draw->kind <= DRAW_HEAT) {
            content = both(content, common(scene_bounds(draw, fonts), clips[depth]));
        }
    }
    return content;
}

static void move(struct rect *rect, struct point by)
{
    rect->x += by.x;
    rect->y += by.y;
}

static void move_path(struct scene *scene, struct draw_path *path, struct point by)
{
    struct point *const points = arena_allocate(&scene->arena, path->count, sizeof(*points));

    for (size_t i = 0; i < path->count; i++) {
        points[i] = (struct point){ path->points[i].x + by.x, path->points[i].y + by.y };
    }
    path->points = points;
}

static void move_draw(struct scene *scene, struct draw *draw, struct point by)
{
    switch (draw->kind) {
    case DRAW_RECT:
        move(&draw->rect.rect, by);
        break;
    case DRAW_PATH:
        move_path(scene, &draw->path, by);
        break;
    case DRAW_TEXT:
        draw->text.at.x += by.x;
        draw->text.at.y += by.y;
        break;
    case DRAW_HEAT:
        move(&draw->heat.rect, by);
        break;
    case DRAW_CLIP:
        move(&draw->clip, by);
        break;
    case DRAW_GROUP:
        move(&draw->group.bounds, by);
        break;
    case DRAW_CLIP_END:
    case DRAW_GROUP_END:
        break;
    }
}

void scene_crop(struct scene *scene, struct rect part)
{
    for (size_t i = 0; i < scene->draw_count; i++) {
        move_draw(scene, &scene->draws[i], (struct point){ -part.x, -part.y });
    }
    scene->width = part.w;
    scene->height = part.h;
}
