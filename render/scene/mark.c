#include "render/scene/mark.h"

#include <math.h>

static const float RIM = 1.5f;

static void draw_polygon(const struct mark *mark, const struct point *unit, size_t count,
                         struct scene *scene)
{
    struct point points[12];

    for (size_t i = 0; i < count; i++) {
        points[i] = (struct point){ mark->at.x + unit[i].x * mark->radius,
                                    mark->at.y + unit[i].y * mark->radius };
    }
    scene_path(scene, &(struct draw_path){ .points = points,
                                           .count = count,
                                           .closed = true,
                                           .fill = mark->hollow ? INK_CARD : mark->ink,
                                           .stroke = mark->hollow ? mark->ink : INK_CARD,
                                           .width = mark->hollow ? 2 : RIM });
}

static void draw_circle(const struct mark *mark, struct scene *scene)
{
    const float r = mark->radius;

    scene_rect(scene, &(struct draw_rect){ .rect = { mark->at.x - r, mark->at.y - r, 2 * r, 2 * r },
                                           .radius = r,
                                           .fill = mark->hollow ? INK_CARD : mark->ink,
                                           .stroke = mark->hollow ? mark->ink : INK_CARD,
                                           .width = mark->hollow ? 2 : RIM });
}

void mark_draw(const struct mark *mark, struct scene *scene)
{
    static const struct point square[] = {
        { -0.9f, -0.9f }, { 0.9f, -0.9f }, { 0.9f, 0.9f }, { -0.9f, 0.9f }
    };
    static const struct point diamond[] = {
        { 0, -1.25f }, { 1.25f, 0 }, { 0, 1.25f }, { -1.25f, 0 }
    };
    static const struct point triangle[] = { { 0, -1.2f }, { 1.2f, 0.95f }, { -1.2f, 0.95f } };
    static const struct point cross[] = {
        { -0.4f, -1.2f }, { 0.4f, -1.2f }, { 0.4f, -0.4f },  { 1.2f, -0.4f },
        { 1.2f, 0.4f },   { 0.4f, 0.4f },  { 0.4f, 1.2f },   { -0.4f, 1.2f },
        { -0.4f, 0.4f },  { -1.2f, 0.4f }, { -1.2f, -0.4f }, { -0.4f, -0.4f },
    };

    switch (mark->shape) {
    case MARK_CIRCLE:
        draw_circle(mark, scene);
        break;
    case MARK_SQUARE:
        draw_polygon(mark, square, 4, scene);
        break;
    case MARK_DIAMOND:
        draw_polygon(mark, diamond, 4, scene);
        break;
    case MARK_TRIANGLE:
        draw_polygon(mark, triangle, 3, scene);
        break;
    case MARK_CROSS:
        draw_polygon(mark, cross, 12, scene);
        break;
    case MARK_SHAPES:
        break;
    }
}
