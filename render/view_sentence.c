/* What happened in this step, as a sentence: the line that everybody reads first. */

#include <math.h>
#include <string.h>

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

/* One line if it fits, set smaller down to the text type; else two, as large as the region bears. */
void view_sentence(const struct view *view, struct rect area, struct scene *scene)
{
    static const float two_lines = 2 * 1.25f, rim = 0.94f;
    const float size = view->type.sentence, pad = size * 0.6f;
    const struct rect inner = { area.x + pad, area.y, area.w - 2 * pad, area.h };
    const char *const sentence =
        sentence_for(&view->runs[0], view->words, view->state->language, view->arena);
    const float width = fonts_measure(view->fonts, TYPE_UI_BOLD, sentence, strlen(sentence));
    const float fitting = width > 0 ? inner.w / width : size;

    const float smaller = fminf(size, area.h * rim / two_lines);

    if (fitting >= view->type.text || fitting >= smaller) {
        draw_wrapped(view, sentence, inner, fminf(size, fitting), 1, scene);
    } else {
        draw_wrapped(view, sentence, inner, smaller, 2, scene);
    }
}
