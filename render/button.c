#include "render/button.h"

#include <math.h>
#include <string.h>

bool button_hot(const struct view *view, enum screen_button id)
{
    return view->state->hovered.kind == TARGET_COMMAND && view->state->hovered.id == (int64_t)id;
}

float button_width(const struct view *view, const char *label)
{
    return (fonts_measure(view->fonts, TYPE_UI_BOLD, label, strlen(label)) + 1.6f) *
           view->type.text;
}

float button_gap(const struct view *view)
{
    return view->type.text * 0.5f;
}

void button_plate(const struct view *view, enum screen_button id, bool filled, struct rect box,
                  struct scene *scene)
{
    const bool hot = button_hot(view, id);

    scene_rect(scene,
               &(struct draw_rect){ .rect = box,
                                    .radius = box.h / 3.5f,
                                    .fill = filled ? INK_FORWARD
                                            : hot  ? INK_FORWARD_SOFT
                                                   : INK_CARD,
                                    .stroke = filled || hot ? INK_FORWARD : INK_PANEL_LINE });
}

struct rect button_box(const struct view *view, float x, float width, struct rect bar)
{
    const float h = fminf(view->type.text * 2.1f, bar.h * 0.8f);

    return (struct rect){ x, bar.y + (bar.h - h) / 2, width, h };
}

void button_draw(const struct view *view, const struct button *button, float x, struct rect bar,
                 struct scene *scene)
{
    const float size = view->type.text;
    const struct rect box = button_box(view, x, button_width(view, button->label), bar);

    scene_group(scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = button->id },
                                             .bounds = box,
                                             .title = button->label });
    button_plate(view, button->id, button->filled, box, scene);
    scene_text(scene,
               &(struct draw_text){ .at = { box.x + box.w / 2, box.y + box.h / 2 + size * 0.36f },
                                    .bytes = button->label,
                                    .role = TYPE_UI_BOLD,
                                    .size = size,
                                    .ink = button->filled ? INK_TEXT_ON_ACCENT : INK_TEXT,
                                    .align = ALIGN_CENTRE });
    scene_group_end(scene);
}
