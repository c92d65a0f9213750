/* An error in the place of the equation: PyTorch's last line, as large as there is room. */
#include "render/ledger/equation_error.h"

#include <string.h>

#include "render/sayings.h"
#include "render/screen.h"

static size_t line_end(const struct view *view, const char *text, float em)
{
    return fonts_break_prose(view->fonts, TYPE_UI, text, strlen(text), em);
}

static int count_lines(const struct view *view, const char *text, float em)
{
    int lines = 0;

    for (; *text; lines++) {
        text += line_end(view, text, em);
        text += *text == ' ';
    }
    return lines;
}

static const float ERROR_PITCH = 1.22f; /* in em */

/* What PyTorch says, to the letter; or the box. */
static const char *error_text(const struct view *view, const struct record_error *error)
{
    const char *const said =
        refusal_in(view->words, view->state->language, error->text.bytes, view->arena);

    return arena_format(view->arena, "%s: %.*s", error->type, (int)strcspn(said, "\n"), said);
}

float equation_error_height(const struct view *view, const struct record_error *error, float width)
{
    const float size = view->type.text;
    const int lines = count_lines(view, error_text(view, error), width / size);

    return ((float)lines + 0.5f) * size * ERROR_PITCH;
}

/* As large as the text type if it fits, else down to captions. */
void equation_error_draw(const struct view *view, const struct record_error *error,
                         struct rect area, struct scene *scene)
{
    static const float smaller = 0.95f;
    const char *text = error_text(view, error);
    float size = view->type.text;

    while (size * smaller >= view->type.caption &&
           (float)count_lines(view, text, area.w / size) * size * ERROR_PITCH > area.h) {
        size *= smaller;
    }
    const float pitch = size * ERROR_PITCH;
    const int fitting = (int)(area.h / pitch), lines = count_lines(view, text, area.w / size);
    const int shown = lines < fitting ? lines : fitting > 0 ? fitting : 1;
    float y = area.y + (area.h - (float)shown * pitch) / 2 + size * 0.95f;
    for (int i = 0; i < shown; i++, y += pitch) {
        const bool last = i + 1 == shown;
        const size_t length = last ? strlen(text) : line_end(view, text, area.w / size);
        scene_text(scene, &(struct draw_text){ .at = { area.x, y },
                                               .bytes = text,
                                               .length = length,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = area.w });
        text += length + (text[length] == ' ');
    }
}
