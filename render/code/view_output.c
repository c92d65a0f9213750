/* What the lesson has printed so far, the newest at the foot, and an error's last line. */

#include <string.h>

#include "engine/base/visible.h"
#include "render/sayings.h"
#include "render/screen.h"

static const float PITCH = 1.4f; /* of lines, in em */

enum { LINES_MAX = 4000 };

struct line {
    const char *bytes;
    size_t length;
    enum ink ink;
};

/* The lines from the text's end backwards, at most `most`; returns their number, the last first. */
static size_t last_lines(const char *bytes, size_t length, struct line *lines, size_t most)
{
    size_t count = 0;

    while (length > 0 && count < most) {
        const bool ends = bytes[length - 1] == '\n';
        const size_t end = ends ? length - 1 : length;
        size_t start = end;
        while (start > 0 && bytes[start - 1] != '\n') {
            start--;
        }
        lines[count++] = (struct line){ bytes + start, end - start, INK_TEXT };
        length = start;
    }
    return count;
}

/* A tab is some blanks. */
static const char *clean(struct arena *arena, const struct line *line)
{
    struct text text = { 0 };

    for (size_t i = 0; i < line->length; i++) {
        const char c = line->bytes[i];
        if (c == '\t') {
            text_append_string(&text, "    ");
        } else if (c == '\0') {
            text_append_utf8(&text, visible_character(0));
        } else {
            text_append_char(&text, c);
        }
    }
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static size_t collect(const struct view *view, struct text *output, struct line *lines, size_t most)
{
    const struct record_error *const error =
        trace_error_at(view->runs[0].trace, view->runs[0].moment);
    size_t count = 0;

    if (error) {
        const char *const said = arena_format(
            view->arena, "%s: %s", error->type,
            refusal_in(view->words, view->state->language, error->text.bytes, view->arena));
        lines[count++] = (struct line){ said, strcspn(said, "\n"), INK_ERROR };
    }
    trace_output_at(view->runs[0].trace, view->runs[0].moment, output);
    return count + last_lines(text_string(output), output->length, lines + count, most - count);
}

void view_output(const struct view *view, struct rect area, struct scene *scene)
{
    const float size = view->type.text, pitch = size * PITCH;
    const float scroll = view->state->output_scroll > 0 ? view->state->output_scroll : 0;
    size_t most = (size_t)((area.h + scroll) / pitch) + 2;
    struct text output = { 0 };

    most = most < LINES_MAX ? most : LINES_MAX;
    struct line *const lines = arena_allocate(view->arena, most + 1, sizeof(*lines));
    const size_t count = collect(view, &output, lines, most);
    const float whole = (float)count * pitch + size;
    /* Few lines begin at the top, many end at the foot. */
    float y = whole < area.h ? area.y + size * 0.4f + (float)count * pitch - pitch + size
                             : area.y + area.h - size * 0.6f + scroll;

    for (size_t i = 0; i < count; i++, y -= pitch) {
        const char *const text = clean(view->arena, &lines[i]);
        if (y > area.y && y - size < area.y + area.h && text[0]) {
            scene_text(scene, &(struct draw_text){ .at = { area.x + size, y },
                                                   .bytes = text,
                                                   .role = TYPE_MONO,
                                                   .size = size,
                                                   .ink = lines[i].ink,
                                                   .max_width = area.w - 2 * size });
        }
    }
    if (count == 0) {
        scene_text(scene, &(struct draw_text){ .at = { area.x + size, area.y + size * 1.4f },
                                               .bytes = view_word(view, "Nothing was printed yet."),
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT_SECOND,
                                               .max_width = area.w - 2 * size });
    }
    text_finish(&output);
}
