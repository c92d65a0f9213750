#include "render/ledger/equation_printed.h"

#include <string.h>

#include "render/screen.h"

static const float PRINTED_PITCH = 1.3f, PRINTED_FIRST = 0.95f; /* in em */

float equation_size(const struct view *view, const char *text, float width, float most)
{
    const float em = fonts_measure(view->fonts, TYPE_MONO, text, strlen(text));
    const float fitting = em > 0 ? width / em : most;

    if (fitting >= most) {
        return most;
    }
    return fitting > view->type.caption ? fitting : view->type.caption;
}

/* Where the row behind this one begins. */
static const char *behind_row(const char *text, size_t length)
{
    return text + length + (text[length] == '\n');
}

static int count_rows(const struct view *view, const char *text, float em)
{
    int rows = 0;

    for (; *text; rows++) {
        text = behind_row(text, equation_row(view, text, em));
    }
    return rows;
}

static int count_printed_lines(const char *text)
{
    int lines = 1;

    for (; (text = strchr(text, '\n')); text++) {
        lines++;
    }
    return lines;
}

/* Whether no more than a bracket or two would stand alone below. */
static bool leaves_crumbs(const struct view *view, const char *text, float em)
{
    enum { CRUMBS = 8 };
    size_t length = equation_row(view, text, em);

    while (text[length]) {
        text = behind_row(text, length);
        length = equation_row(view, text, em);
    }
    return length <= CRUMBS;
}

/* As large as fits. A text of several lines stands as it was printed, even if it is smaller then; a single
 * one that is too long goes on below itself, unless a little below the size of text keeps it together. */
static float printed_size(const struct view *view, const char *text, struct rect area)
{
    static const float smaller = 0.95f, nearly = 0.8f;
    const int lines = count_printed_lines(text);
    const float whole = equation_size(view, text, area.w, view->type.sentence);
    float size = view->type.sentence;
    const float wide = fonts_measure(view->fonts, TYPE_MONO, text, strlen(text)) * whole;

    const bool together =
        whole >= view->type.text ||
        (whole >= view->type.text * nearly && leaves_crumbs(view, text, area.w / view->type.text));

    if (lines == 1 && together && wide <= area.w * 1.001f) {
        return whole;
    }
    float broken = 0; /* where a line of several has to go on below itself even in captions */
    for (; size * smaller >= view->type.caption; size *= smaller) {
        const int rows = count_rows(view, text, area.w / size);
        const bool fits = (float)rows * size * PRINTED_PITCH <= area.h;
        if (fits && (lines == 1 || rows == lines)) {
            return size;
        }
        broken = fits && broken == 0 ? size : broken;
    }
    const bool breaks = count_rows(view, text, area.w / size) > lines;
    return breaks && broken > 0 ? broken : size;
}

/* What a loop printed is all there or, in the size of text, its last lines. */
static const char *last_lines(const struct view *view, const char *text, struct rect area)
{
    int lines = count_printed_lines(text);

    if ((float)lines * view->type.caption * PRINTED_PITCH <= area.h) {
        return text;
    }
    for (; lines > 1 && (float)lines * view->type.text * PRINTED_PITCH > area.h; lines--) {
        text = strchr(text, '\n') + 1;
    }
    return text;
}

/* What has no room ends in dots. */
static void write_printed(const struct view *view, const char *text, struct rect area,
                          struct scene *scene)
{
    const float size = printed_size(view, text, area), pitch = size * PRINTED_PITCH;
    const int rows = count_rows(view, text, area.w / size), fitting = (int)(area.h / pitch);
    const int shown = rows < fitting ? rows : fitting > 0 ? fitting : 1;
    float y = area.y + (area.h - (float)shown * pitch) / 2 + size * PRINTED_FIRST;

    for (int i = 0; i < shown && *text; i++, y += pitch) {
        const bool last = i + 1 == shown && shown < rows;
        const size_t length = equation_row(view, text, area.w / size);
        const char *const row =
            arena_format(view->arena, last ? "%.*s …" : "%.*s", (int)length, text);
        scene_text(scene, &(struct draw_text){ .at = { area.x, y },
                                               .bytes = row,
                                               .role = TYPE_MONO,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = area.w });
        text = behind_row(text, length);
    }
}

static const char *without_empty_lines(const struct view *view, const char *text)
{
    char *const copy = arena_copy_text(view->arena, text, strlen(text));
    size_t length = 0;

    for (const char *at = text; *at; at++) {
        if (*at != '\n' || (length > 0 && copy[length - 1] != '\n')) {
            copy[length++] = *at;
        }
    }
    copy[length] = '\0';
    return copy;
}

/* What this step printed, or a loop did. A page that stands for a whole cell has what the steps before it have
 * printed as well, where all of it has room in about the size of text. */
static const char *printed_here(const struct view *view, const char *printed, bool by_loop,
                                struct rect area)
{
    const char *const all = view->state->sums_up ? view_section_printed(view) : "";
    const float size = view->type.text * 0.85f;

    if (strstr(all, printed)) {
        const char *const dense = without_empty_lines(view, all);
        const int rows = count_rows(view, dense, area.w / size);
        if ((float)rows * size * PRINTED_PITCH <= area.h) {
            return dense;
        }
    }
    return by_loop ? last_lines(view, printed, area) : printed;
}

size_t equation_row(const struct view *view, const char *text, float em)
{
    static const float slack = 1.001f;

    return fonts_break_code(view->fonts, TYPE_MONO, text, strcspn(text, "\n"), em * slack);
}

void equation_printed_draw(const struct view *view, const char *printed, bool by_loop,
                           struct rect area, struct scene *scene)
{
    write_printed(view, printed_here(view, printed, by_loop, area), area, scene);
}

float equation_printed_error(const struct view *view, const char *printed, float width)
{
    static const char word[] = "Error";
    const size_t name = strcspn(printed, ": \n"), length = sizeof(word) - 1;

    if (name <= length || printed[name] != ':' ||
        strncmp(printed + name - length, word, length) != 0) {
        return 0;
    }
    const float size = view->type.text;
    return (float)count_rows(view, printed, width / size) * size * PRINTED_PITCH;
}
