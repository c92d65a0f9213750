/* Before the first presentation in a room: which line can the last row read? What is chosen is the scale
 * of all text. */

#include <string.h>

#include "render/screen.h"

static const float SCALES[ROOM_LINES] = { 1, 1.2f, 1.4f, 1.6f };

float room_scale(int line)
{
    return SCALES[line];
}

/* The formula, and words behind it where they have room. */
static const char *line_text(const struct view *view, int line, float size, float room)
{
    const char *const formula =
        arena_format(view->arena, "%d   ∂z/∂x = 6 · (x + 2) = 18", line + 1);
    const char *const whole =
        arena_format(view->arena, "%s · %s", formula, view_word(view, "gradients are accumulated"));

    return fonts_measure(view->fonts, TYPE_UI, whole, strlen(whole)) * size <= room ? whole
                                                                                    : formula;
}

/* Smallest first, each in the size that text would then have. */
void view_room(const struct view *view, struct rect area, struct scene *scene)
{
    const float scale = view->state->room_scale > 0 ? view->state->room_scale : 1;
    const float text = view->type.text / scale, head = view->type.sentence / scale;
    const float left = area.x + area.w * 0.08f;
    float y = area.y + area.h * 0.2f;

    scene_text(scene,
               &(struct draw_text){ .at = { left, y },
                                    .bytes = view_word(view, "Which line can the last row read?"),
                                    .role = TYPE_UI_BOLD,
                                    .size = head * 1.2f,
                                    .ink = INK_TEXT,
                                    .max_width = area.w * 0.84f });
    y += head * 1.6f;
    for (int line = 0; line < ROOM_LINES; line++) {
        const float size = text * SCALES[line];
        y += size * 1.7f;
        scene_group(scene,
                    &(struct draw_group){ .target = { .kind = TARGET_ROOM, .id = line },
                                          .bounds = { left - text, y - size * 1.25f,
                                                      area.w * 0.84f + text, size * 1.7f } });
        scene_text(scene, &(struct draw_text){ .at = { left, y },
                                               .bytes = line_text(view, line, size, area.w * 0.84f),
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = area.w * 0.84f });
        scene_group_end(scene);
    }
    y += head * 2.2f;
    scene_text(scene,
               &(struct draw_text){
                   .at = { left, y },
                   .bytes = view_word(view, "1 to 4 chooses; the next key leaves it as it is"),
                   .role = TYPE_UI,
                   .size = text,
                   .ink = INK_TEXT_SECOND,
                   .max_width = area.w * 0.84f });
}
