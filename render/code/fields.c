#include "render/code/fields.h"

#include <math.h>
#include <string.h>

#include "render/code/code.h"

/* ---- places ----------------------------------------------------------------------------- */

int64_t code_place(int64_t cell, int line)
{
    return cell << 32 | (int64_t)line;
}

int64_t code_place_cell(int64_t place)
{
    return place >> 32;
}

int code_place_line(int64_t place)
{
    return (int)(place & INT32_MAX);
}

/* ---- which ------------------------------------------------------------------------------ */

static bool is_here(const struct trace_cell *cell, int64_t in, int64_t at, int line)
{
    return cell->in_number != 0 && cell->in_number == in && at == line;
}

static bool is_field_open(const struct view_field *field, const struct code_change *change)
{
    return field->cell == change->cell && field->line == change->line &&
           field->column == change->column;
}

/* The latest put is the first that is not before it. */
static void insert(struct code_field out[CODE_FIELDS_MAX], size_t count, struct code_field field)
{
    size_t at = count;

    for (; at > 0 && out[at - 1].column > field.column; at--) {
        out[at] = out[at - 1];
    }
    out[at] = field;
}

size_t code_fields_in_line(const struct view *view, const struct trace_cell *cell, int line,
                           struct code_field out[CODE_FIELDS_MAX])
{
    const struct run_view *const run = &view->runs[0];
    const struct view_field *const field = &view->state->field;
    size_t count = 0;

    if (is_here(cell, field->cell, field->line, line)) {
        out[count++] = (struct code_field){ field->column, field->end, "", field->text, true };
    }
    for (size_t i = 0; i < run->change_count && count < CODE_FIELDS_MAX; i++) {
        const struct code_change *const change = &run->changes[i];
        if (is_here(cell, change->cell, change->line, line) && !is_field_open(field, change)) {
            const bool back = strcmp(change->was, change->now) == 0;
            insert(out, count++,
                   (struct code_field){ change->column, change->end, back ? "" : change->was,
                                        change->now, false });
        }
    }
    return count;
}

/* ---- drawing ---------------------------------------------------------------------------- */

static const char arrow[] = " → ", head[] = "→";

static float measure(const struct view *view, enum type_role role, const char *text, size_t length,
                     float size)
{
    return fonts_measure(view->fonts, role, text, length) * size;
}

static float width_of(const struct view *view, enum type_role role, const char *text, float size)
{
    return measure(view, role, text, strlen(text), size);
}

/* A field has room for a few characters from the start, so that it does not grow with each. */
static float typed_width(const struct view *view, float size)
{
    static const float least = 3, caret = 0.5f;
    const float em = fonts_measure(view->fonts, TYPE_MONO, "0", 1);

    return fmaxf(width_of(view, TYPE_MONO, view->state->field.text, size), least * em * size) +
           caret * size;
}

float code_field_width(const struct view *view, const struct code_field *field, float size)
{
    if (field->open) {
        return typed_width(view, size);
    }
    const float now = width_of(view, TYPE_MONO_BOLD, field->now, size);
    return field->was[0] ? width_of(view, TYPE_MONO, field->was, size) +
                               width_of(view, TYPE_MONO, arrow, size) + now
                         : now;
}

float code_fields_more(const struct view *view, const struct trace_cell *cell, int line,
                       size_t piece, float size)
{
    struct code_field fields[CODE_FIELDS_MAX];
    const size_t count = code_fields_in_line(view, cell, line, fields);
    size_t start, length;
    float more = 0;

    code_line_range(cell, line, &start, &length);
    for (size_t i = 0; i < count; i++) {
        const size_t end = fields[i].end < length ? fields[i].end : length;
        if (fields[i].column < piece) {
            continue;
        }
        const size_t from = fields[i].column < end ? fields[i].column : end;
        more += code_field_width(view, &fields[i], size) -
                measure(view, TYPE_MONO, cell->text.bytes + start + from, end - from, size);
    }
    return more;
}

void code_field_typed(const struct view *view, struct point at, float size, struct scene *scene)
{
    const struct view_field *const field = &view->state->field;
    const float width = width_of(view, TYPE_MONO, field->text, size);
    const size_t caret = field->caret <= strlen(field->text) ? field->caret : 0;
    const float x = at.x + measure(view, TYPE_MONO, field->text, caret, size);

    if (field->fresh && field->text[0]) {
        scene_rect(scene,
                   &(struct draw_rect){ .rect = { at.x, at.y - size * 0.9f, width, size * 1.15f },
                                        .fill = INK_SELECTION_SOFT });
    }
    if (field->text[0]) {
        scene_text(
            scene,
            &(struct draw_text){
                .at = at, .bytes = field->text, .role = TYPE_MONO, .size = size, .ink = INK_TEXT });
    }
    scene_rect(scene, &(struct draw_rect){
                          .rect = { x, at.y - size * 0.9f, fmaxf(size * 0.06f, 1), size * 1.15f },
                          .fill = INK_SELECTION });
}

static void draw_open(const struct view *view, struct point at, float size, struct scene *scene)
{
    const float pad = size * 0.18f;

    scene_rect(scene,
               &(struct draw_rect){ .rect = { at.x - pad, at.y - size * 1.02f,
                                              typed_width(view, size) + 2 * pad, size * 1.4f },
                                    .radius = size * 0.2f,
                                    .fill = INK_CARD,
                                    .stroke = INK_SELECTION,
                                    .width = fmaxf(size * 0.1f, 1.5f) });
    code_field_typed(view, at, size, scene);
}

/* What it was is struck out and stays as dark as captions: the last row reads it as well. */
static float draw_was(const struct view *view, const char *was, struct point at, float size,
                      struct scene *scene)
{
    const float width = width_of(view, TYPE_MONO, was, size);
    const float blank = width_of(view, TYPE_MONO, " ", size);

    scene_text(scene, &(struct draw_text){ .at = at,
                                           .bytes = was,
                                           .role = TYPE_MONO,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND,
                                           .strike = true });
    scene_text(scene, &(struct draw_text){ .at = { at.x + width + blank, at.y },
                                           .bytes = head,
                                           .role = TYPE_MONO,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND });
    return width + width_of(view, TYPE_MONO, arrow, size);
}

void code_field_draw(const struct view *view, const struct code_field *field, struct point at,
                     float size, struct scene *scene)
{
    const float pad = size * 0.12f;

    if (field->open) {
        draw_open(view, at, size, scene);
        return;
    }
    at.x += field->was[0] ? draw_was(view, field->was, at, size, scene) : 0;
    const float width = width_of(view, TYPE_MONO_BOLD, field->now, size);
    if (field->was[0]) {
        scene_rect(scene, &(struct draw_rect){ .rect = { at.x - pad, at.y - size * 0.98f,
                                                         width + 2 * pad, size * 1.32f },
                                               .radius = size * 0.2f,
                                               .fill = INK_SELECTION_SOFT });
    }
    scene_text(scene, &(struct draw_text){ .at = at,
                                           .bytes = field->now,
                                           .role = TYPE_MONO_BOLD,
                                           .size = size,
                                           .ink = INK_SELECTION });
}
