#include "render/scene/scene.h"

/* ---- a command in its new place --------------------------------------------------------- */

static struct rect place(struct rect r, struct point at, float scale)
{
    return (struct rect){ at.x + r.x * scale, at.y + r.y * scale, r.w * scale, r.h * scale };
}

static void append_rect(struct scene *scene, struct draw_rect rect, struct point at, float scale)
{
    rect.rect = place(rect.rect, at, scale);
    rect.radius *= scale;
    rect.width = (rect.width > 0 ? rect.width : 1) * scale;
    scene_rect(scene, &rect);
}

static void append_path(struct scene *scene, struct draw_path path, struct point at, float scale)
{
    struct point *const points = arena_allocate(&scene->arena, path.count, sizeof(*points));

    for (size_t i = 0; i < path.count; i++) {
        points[i] =
            (struct point){ at.x + path.points[i].x * scale, at.y + path.points[i].y * scale };
    }
    path.points = points;
    path.width *= scale;
    path.dash_offset *= scale;
    path.head_start *= scale;
    path.head_end *= scale;
    scene_path(scene, &path);
}

static void append_text(struct scene *scene, struct draw_text text, struct point at, float scale)
{
    text.at = (struct point){ at.x + text.at.x * scale, at.y + text.at.y * scale };
    text.size *= scale;
    text.max_width *= scale;
    scene_text(scene, &text);
}

/* ---- a piece ----------------------------------------------------------------------------- */

void scene_append(struct scene *scene, const struct scene *piece, struct point at, float scale)
{
    for (size_t i = 0; i < piece->draw_count; i++) {
        const struct draw *const draw = &piece->draws[i];
        struct draw_heat heat;
        switch (draw->kind) {
        case DRAW_RECT:
            append_rect(scene, draw->rect, at, scale);
            break;
        case DRAW_PATH:
            append_path(scene, draw->path, at, scale);
            break;
        case DRAW_TEXT:
            append_text(scene, draw->text, at, scale);
            break;
        case DRAW_HEAT:
            heat = draw->heat;
            heat.rect = place(heat.rect, at, scale);
            scene_heat(scene, &heat);
            break;
        case DRAW_CLIP:
            scene_clip(scene, place(draw->clip, at, scale));
            break;
        case DRAW_CLIP_END:
            scene_clip_end(scene);
            break;
        case DRAW_GROUP:
        case DRAW_GROUP_END:
            break;
        }
    }
}
