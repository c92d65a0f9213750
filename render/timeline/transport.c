/* Three round buttons before the timeline: back, play, on. */
#include <math.h>

#include "render/timeline/timeline.h"

static const float GAP = 0.5f; /* between the buttons, in radii */

static void draw_triangle(struct scene *scene, struct point at, float size, bool left, enum ink ink)
{
    const float side = left ? -size : size;
    const struct point points[] = { { at.x - side * 0.5f, at.y - size },
                                    { at.x + side * 0.9f, at.y },
                                    { at.x - side * 0.5f, at.y + size } };

    scene_path(scene,
               &(struct draw_path){ .points = points, .count = 3, .closed = true, .fill = ink });
}

static void draw_bar(struct scene *scene, float x, float y, float w, float h, enum ink ink)
{
    scene_rect(scene, &(struct draw_rect){ .rect = { x, y, w, h }, .radius = w / 3, .fill = ink });
}

static void draw_icon(struct scene *scene, enum screen_button button, bool playing, struct point at,
                      float size)
{
    const enum ink ink = button == BUTTON_PLAY ? INK_TEXT_ON_ACCENT : INK_TEXT;

    if (button == BUTTON_PLAY && playing) {
        draw_bar(scene, at.x - size * 0.75f, at.y - size, size * 0.5f, size * 2, ink);
        draw_bar(scene, at.x + size * 0.25f, at.y - size, size * 0.5f, size * 2, ink);
        return;
    }
    draw_triangle(scene, at, size, button == BUTTON_PREVIOUS, ink);
    if (button == BUTTON_PREVIOUS) {
        draw_bar(scene, at.x - size * 1.2f, at.y - size, size * 0.3f, size * 2, ink);
    } else if (button == BUTTON_NEXT) {
        draw_bar(scene, at.x + size * 0.9f, at.y - size, size * 0.3f, size * 2, ink);
    }
}

static float radius_of(const struct view *view, struct rect area)
{
    return fminf(area.h * 0.3f, view->type.text * 1.3f);
}

float timeline_transport_right(const struct view *view, struct rect area)
{
    return area.x + view->type.text + 3 * (2 + GAP) * radius_of(view, area);
}

void timeline_transport(const struct view *view, struct rect area, struct scene *scene)
{
    static const struct {
        enum screen_button id;
        const char *title;
    } buttons[] = { { BUTTON_PREVIOUS, WORD("Previous step") },
                    { BUTTON_PLAY, WORD("Play or pause") },
                    { BUTTON_NEXT, WORD("Next step") } };
    const float radius = radius_of(view, area);
    float x = area.x + view->type.text;

    for (size_t i = 0; i < 3; i++, x += (2 + GAP) * radius) {
        const struct rect box = { x, area.y + area.h / 2 - radius, 2 * radius, 2 * radius };
        const bool hot = view->state->hovered.kind == TARGET_COMMAND &&
                         view->state->hovered.id == (int64_t)buttons[i].id;
        const bool main_one = buttons[i].id == BUTTON_PLAY;
        scene_group(scene,
                    &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = buttons[i].id },
                                          .bounds = box,
                                          .title = view_word(view, buttons[i].title) });
        scene_rect(scene, &(struct draw_rect){ .rect = box,
                                               .radius = radius,
                                               .fill = main_one ? INK_FORWARD
                                                       : hot    ? INK_FORWARD_SOFT
                                                                : INK_CARD,
                                               .stroke = main_one ? INK_FORWARD : INK_PANEL_LINE });
        draw_icon(scene, buttons[i].id, view->state->playing,
                  (struct point){ x + radius, area.y + area.h / 2 }, radius * 0.38f);
        scene_group_end(scene);
    }
}
