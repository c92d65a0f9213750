/* The toolbar: what is open, and buttons for what one does most. What does not fit is in the list of
 * commands. */

#include <math.h>
#include <string.h>

#include "render/button.h"

enum { BUTTONS_MOST = 12 };

static float text_width(const struct view *view, enum type_role role, float size, const char *text)
{
    return fonts_measure(view->fonts, role, text, strlen(text)) * size;
}

/* ---- pictures instead of words ---------------------------------------------------------- */

/* A window with a column at its left, filled while the lesson is on show. */
static void draw_lesson_icon(const struct view *view, struct rect box, struct scene *scene)
{
    const float w = box.h * 0.56f, h = box.h * 0.44f, line = fmaxf(1.2f, box.h * 0.045f);
    const struct rect frame = { box.x + (box.w - w) / 2, box.y + (box.h - h) / 2, w, h };
    const struct rect column = { frame.x, frame.y, w * 0.36f, h };

    scene_rect(scene,
               &(struct draw_rect){ .rect = column,
                                    .fill = view->state->lesson_hidden ? INK_NONE : INK_TEXT_SECOND,
                                    .stroke = INK_TEXT_SECOND,
                                    .width = line });
    scene_rect(scene, &(struct draw_rect){
                          .rect = frame, .radius = 2, .stroke = INK_TEXT_SECOND, .width = line });
}

/* Four corners: the graph takes the whole screen. */
static void draw_alone_icon(struct rect box, struct scene *scene)
{
    const float half = box.h * 0.24f, leg = half * 0.7f;
    const struct point c = { box.x + box.w / 2, box.y + box.h / 2 };

    for (int i = 0; i < 4; i++) {
        const float sx = i % 2 ? 1 : -1, sy = i / 2 ? 1 : -1;
        const struct point corner[] = { { c.x + sx * (half - leg), c.y + sy * half },
                                        { c.x + sx * half, c.y + sy * half },
                                        { c.x + sx * half, c.y + sy * (half - leg) } };
        scene_path(scene, &(struct draw_path){ .points = corner,
                                               .count = 3,
                                               .stroke = INK_TEXT_SECOND,
                                               .width = fmaxf(1.5f, box.h * 0.055f) });
    }
}

/* A house: back to the start page. */
static void draw_start_icon(struct rect box, struct scene *scene)
{
    const float half = box.h * 0.26f;
    const struct point c = { box.x + box.w / 2, box.y + box.h / 2 };
    const struct point house[] = { { c.x - half, c.y },
                                   { c.x, c.y - half },
                                   { c.x + half, c.y },
                                   { c.x + half * 0.7f, c.y },
                                   { c.x + half * 0.7f, c.y + half },
                                   { c.x - half * 0.7f, c.y + half },
                                   { c.x - half * 0.7f, c.y } };

    scene_path(scene, &(struct draw_path){ .points = house,
                                           .count = sizeof(house) / sizeof(house[0]),
                                           .closed = true,
                                           .stroke = INK_TEXT_SECOND,
                                           .width = fmaxf(1.5f, box.h * 0.055f) });
}

/* Returns the right edge of its room. */
static float draw_picture(const struct view *view, enum screen_button id, float x, struct rect bar,
                          struct scene *scene)
{
    const struct rect shape = button_box(view, x, 0, bar);
    const struct rect box = { shape.x, shape.y, shape.h, shape.h };

    scene_group(scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = id },
                                             .bounds = box });
    button_plate(view, id, false, box, scene);
    if (id == BUTTON_START) {
        draw_start_icon(box, scene);
    } else if (id == BUTTON_LESSON) {
        draw_lesson_icon(view, box, scene);
    } else {
        draw_alone_icon(box, scene);
    }
    scene_group_end(scene);
    return box.x + box.w + button_gap(view);
}

/* ---- the bar ---------------------------------------------------------------------------- */

const char *view_granularity(const struct view *view)
{
    switch (view->state->granularity) {
    case STOP_LINE:
        return view_word(view, "Step: line");
    case STOP_CELL:
        return view_word(view, "Step: cell");
    case STOP_PHASE:
        return view_word(view, "Step: phase");
    case STOP_OPERATION:
        return view_word(view, "Step: operation");
    case STOP_AUTO:
        break;
    }
    return view_word(view, "Step: automatic");
}

/* The most wanted first: they stand at the right end, and go last when room is short. */
static size_t list_buttons(const struct view *view, struct button out[BUTTONS_MOST])
{
    const bool mathematics = view->state->level == GRAPH_MATHEMATICS;
    const bool vietnamese = view->state->language == LANGUAGE_VI;
    const struct button buttons[] = {
        { BUTTON_PRESENT, view_word(view, "Present"), true },
        { BUTTON_COMMANDS, view_word(view, "Commands"), false },
        { BUTTON_HELP, view_word(view, "Help"), false },
        { BUTTON_LANGUAGE, vietnamese ? "English" : "Tiếng Việt", false },
        { BUTTON_LEVEL, view_word(view, mathematics ? "PyTorch's graph" : "Mathematics"), false },
        { BUTTON_RUN, view_word(view, "Run again"), false },
        { BUTTON_GRANULARITY, view_granularity(view), false },
        { BUTTON_THEME, view_word(view, "Theme"), false },
    };
    const size_t count = sizeof(buttons) / sizeof(buttons[0]);

    memcpy(out, buttons, sizeof(buttons));
    return count;
}

void view_toolbar(const struct view *view, struct rect bar, struct scene *scene)
{
    struct button buttons[BUTTONS_MOST];
    const size_t count = list_buttons(view, buttons);
    const float pad = view->type.text, size = view->type.sentence * 1.1f;
    const char *const name = view->runs[0].label ? view->runs[0].label : "";
    float left = bar.x + pad, right = bar.x + bar.w - pad;

    scene_rect(scene, &(struct draw_rect){ .rect = bar, .fill = INK_PANEL });
    scene_rect(scene, &(struct draw_rect){ .rect = { bar.x, bar.y + bar.h - 1, bar.w, 1 },
                                           .fill = INK_PANEL_LINE });
    left = draw_picture(view, BUTTON_START, left, bar, scene);
    left = draw_picture(view, BUTTON_LESSON, left, bar, scene);
    left = draw_picture(view, BUTTON_ALONE, left, bar, scene) + pad / 2;
    const float least = left + fminf(text_width(view, TYPE_UI_BOLD, size, name), size * 9);
    for (size_t i = 0; i < count; i++) {
        const float w = button_width(view, buttons[i].label);
        if (right - w - pad < least && i > 1) {
            break;
        }
        right -= w;
        button_draw(view, &buttons[i], right, bar, scene);
        right -= button_gap(view);
    }
    if (right - left > 2 * size) {
        scene_text(scene, &(struct draw_text){ .at = { left, bar.y + bar.h / 2 + size * 0.36f },
                                               .bytes = name,
                                               .role = TYPE_UI_BOLD,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = right - left - pad });
    }
}
