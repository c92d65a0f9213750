/* A question to the class on the stage: its options, and once revealed which is right and what leads to
 * the others. */

#include <math.h>
#include <string.h>

#include "render/button.h"
#include "render/lesson/question.h"
#include "render/text/markdown.h"

static const float LETTER = 2.4f, GAP = 0.55f; /* em: width of a letter's column, between options */

static bool is_revealed(const struct view *view)
{
    return question_revealed(view->state, view->state->question - 1);
}

/* With scene NULL only the height, which it has with its reason. */
static float write_option(const struct view *view, const struct question_option *option,
                          struct rect area, struct scene *scene)
{
    const char *const whole = option->why[0]
                                  ? arena_format(view->arena, "%s — %s", option->text, option->why)
                                  : option->text;
    const char *const shown = is_revealed(view) ? whole : option->text;

    if (scene) {
        markdown_draw(view, shown, strlen(shown), area, scene);
    }
    return markdown_draw(view, whole, strlen(whole), area, NULL);
}

/* Of each option, that of the tallest: nothing moves when it is revealed, and no gap tells beforehand which
 * has most to be said about it. */
static float option_height(const struct view *view, const struct question *question,
                           struct rect area)
{
    float height = view->type.text * 1.55f;

    for (size_t i = 0; i < question->option_count; i++) {
        height = fmaxf(height, write_option(view, &question->options[i], area, NULL));
    }
    return height;
}

static void draw_letter(const struct view *view, const struct question_option *option, char letter,
                        struct rect row, struct scene *scene)
{
    const float size = view->type.text, d = size * 1.55f;
    const bool right = is_revealed(view) && option->right;
    const struct rect disc = { row.x, row.y, d, d };
    const char text[] = { letter, '\0' };

    scene_rect(scene, &(struct draw_rect){ .rect = disc,
                                           .radius = d / 2,
                                           .fill = right ? INK_DONE : INK_CARD,
                                           .stroke = right ? INK_DONE : INK_TEXT_SECOND,
                                           .width = 1.5f });
    scene_text(scene, &(struct draw_text){ .at = { row.x + d / 2, row.y + d / 2 + size * 0.36f },
                                           .bytes = right ? "✓" : text,
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = right ? INK_TEXT_ON_ACCENT : INK_TEXT,
                                           .align = ALIGN_CENTRE });
}

/* All of it below each other; with scene NULL only the height. */
static float write(const struct view *view, const struct question *question, struct rect area,
                   struct scene *scene)
{
    const float size = view->type.text, top = area.y;
    const float left = area.x + size * LETTER;

    area.y += markdown_draw(view, question->text, strlen(question->text), area, scene);
    area.y += size * GAP;
    struct rect column = { left, area.y, area.x + area.w - left, 0 };
    const float height = option_height(view, question, column);
    for (size_t i = 0; i < question->option_count; i++) {
        column.y = area.y + size * 0.12f;
        if (scene) {
            write_option(view, &question->options[i], column, scene);
            draw_letter(view, &question->options[i], (char)('A' + (int)i), area, scene);
        }
        area.y += height + size * GAP;
    }
    return area.y - top;
}

/* What the next key does, and the same for a pointer. */
static void draw_button(const struct view *view, struct rect area, struct scene *scene)
{
    const bool revealed = is_revealed(view);
    const struct button button = { BUTTON_REVEAL,
                                   view_word(view, revealed ? "Go on" : "Show the answer"), true };
    const float w = button_width(view, button.label), h = view->type.text * 2.6f;

    button_draw(view, &button, area.x + area.w - w,
                (struct rect){ area.x, area.y + area.h - h, area.w, h }, scene);
}

/* As large as the sentence's type if it fits, else down to captions. */
void view_question(const struct view *view, struct rect area, struct scene *scene)
{
    static const float smaller = 0.95f;
    const float pad = view->type.sentence * 0.8f, foot = view->type.text * 3;
    const struct rect inner = { area.x + pad, area.y + pad, area.w - 2 * pad, area.h - 2 * pad };
    struct question question;
    struct view set = *view;

    if (!question_of(view, view->state->question - 1, &question)) {
        return;
    }
    set.type.text = view->type.sentence;
    while (set.type.text * smaller >= view->type.caption &&
           write(&set, &question, inner, NULL) > inner.h - foot) {
        set.type.text *= smaller;
    }
    scene_rect(scene, &(struct draw_rect){ .rect = area, .fill = INK_PAGE });
    write(&set, &question, inner, scene);
    if (!view->state->paper) {
        draw_button(view, inner, scene);
    }
}
