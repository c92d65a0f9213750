/* What happened in this step, as a sentence: the line that everybody reads first. */

#include <math.h>
#include <string.h>

#include "render/ghost.h"
#include "render/screen.h"

/* Behind a sentence if one ends in the later half of what fits, so that "9 + 9 = 18" stays whole; else
 * at a blank. */
static size_t sentence_break(const struct view *view, const char *text, float em)
{
    const size_t fit = fonts_break_prose(view->fonts, TYPE_UI_BOLD, text, strlen(text), em);

    for (size_t at = fit; at > fit / 2 && text[fit]; at--) {
        if (text[at] == ' ' && text[at - 1] == '.') {
            return at;
        }
    }
    return fit;
}

/* Breaks at blanks into at most `lines` lines that fit the width; the last one is cut. */
static void draw_wrapped(const struct view *view, const char *text, struct rect area, float size,
                         int lines, struct scene *scene)
{
    float y = area.y + (area.h - (float)lines * size * 1.25f) / 2 + size * 0.95f;

    for (int line = 0; line < lines && *text; line++, y += size * 1.25f) {
        const size_t all = strlen(text);
        const size_t fit = line + 1 < lines ? sentence_break(view, text, area.w / size) : all;
        scene_text(scene, &(struct draw_text){ .at = { area.x, y },
                                               .bytes = text,
                                               .length = fit,
                                               .role = TYPE_UI_BOLD,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = area.w });
        text += fit + (text[fit] == ' ');
    }
}

/* What it was, under what it is. */
static void draw_was(const struct view *view, const char *text, struct rect area, float size,
                     struct scene *scene)
{
    scene_text(scene, &(struct draw_text){ .at = { area.x, area.y + area.h * 0.5f + size * 1.05f },
                                           .bytes = ghost_text(view, text),
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND,
                                           .max_width = area.w });
}

/* The sentence of the run with the number as it was, where it says something else; NULL else. */
static const char *sentence_before(const struct view *view, const char *now)
{
    struct view before;

    if (!ghost_view(view, &before)) {
        return NULL;
    }
    const char *const was =
        sentence_for(&before.runs[0], view->words, view->state->language, view->arena);
    return strcmp(was, now) != 0 ? was : NULL;
}

/* What is on show is of the lesson as it was: said where everybody looks first. Returns the width that
 * this takes from the right. */
static float draw_age(const struct view *view, struct rect area, struct scene *scene)
{
    const char *const text = view->state->age == AGE_BROKEN
                                 ? view_word(view, "Old result: the file has an error")
                                 : view_word(view, "Old result");
    const float size = view->type.caption, height = size * 1.7f;
    const float width =
        fonts_measure(view->fonts, TYPE_UI_BOLD, text, strlen(text)) * size + size * 1.6f;
    const struct rect box = { area.x + area.w - width, area.y + (area.h - height) / 2, width,
                              height };

    if (view->state->age == AGE_CURRENT) {
        return 0;
    }
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = height / 2,
                                           .fill = INK_SELECTION_SOFT,
                                           .stroke = INK_SELECTION,
                                           .width = fmaxf(size * 0.1f, 1.5f) });
    scene_text(scene,
               &(struct draw_text){ .at = { box.x + width / 2, box.y + height / 2 + size * 0.36f },
                                    .bytes = text,
                                    .role = TYPE_UI_BOLD,
                                    .size = size,
                                    .ink = INK_TEXT,
                                    .align = ALIGN_CENTRE });
    return width + size * 0.8f;
}

/* One line if it fits, set smaller down to the text type; else two, as large as the region bears. A line
 * below one is free for what it was. */
void view_sentence(const struct view *view, struct rect area, struct scene *scene)
{
    static const float two_lines = 2 * 1.25f, rim = 0.94f;
    const float size = view->type.sentence, pad = size * 0.6f;
    struct rect inner = { area.x + pad, area.y, area.w - 2 * pad, area.h };
    const char *const sentence =
        sentence_for(&view->runs[0], view->words, view->state->language, view->arena);
    const char *const was = sentence_before(view, sentence);
    const float width = fonts_measure(view->fonts, TYPE_UI_BOLD, sentence, strlen(sentence));

    inner.w -= draw_age(view, inner, scene);
    if (view->state->question != 0) {
        return; /* it stands for itself: what happened before is not what it is about */
    }
    const float fitting = width > 0 ? inner.w / width : size;
    const float smaller = fminf(size, area.h * rim / two_lines);
    const bool one_line = fitting >= view->type.text || fitting >= smaller;
    if (one_line && was) {
        const struct rect upper = { inner.x, inner.y + inner.h * (1 - rim) / 2, inner.w,
                                    inner.h * rim / 2 };
        draw_wrapped(view, sentence, upper, fminf(smaller, fitting), 1, scene);
        draw_was(view, was, inner, fminf(view->type.text, smaller), scene);
    } else if (one_line) {
        draw_wrapped(view, sentence, inner, fminf(size, fitting), 1, scene);
    } else {
        draw_wrapped(view, sentence, inner, smaller, 2, scene);
    }
}
