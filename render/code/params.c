/* The control of a `#@param` line: its name, then what is set, in a row under the line. No width in it
 * depends on a value. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "render/code/code.h"
#include "render/code/fields.h"

static const float ROW = 1.9f, FIELD_CHARACTERS = 8, LEAST_TRACK = 6;

struct control {
    const struct view *view;
    struct scene *scene;
    const struct param *param;
    int64_t place; /* code_place of the line */
    const char *now;
    bool changed; /* it is not what the file says */
    float size;
    struct rect room; /* that is left */
};

/* What the literal is or is to be: the run's text says nothing about a change that is under way. */
static void find_value(struct control *control, const struct trace_cell *cell, int line,
                       char text[LITERAL_SIZE])
{
    const struct literal *const literal = &control->param->literal;
    const struct run_view *const run = &control->view->runs[0];

    control->now = literal_text(cell, literal, text);
    for (size_t i = 0; i < run->change_count; i++) {
        const struct code_change *const change = &run->changes[i];
        if (change->cell == cell->in_number && change->line == line &&
            change->column == literal->column) {
            control->now = change->now;
            control->changed = strcmp(change->now, change->was) != 0;
        }
    }
}

static struct target part_target(const struct control *control, int part)
{
    return (struct target){ .kind = TARGET_PARAM, .id = control->place, .part = part };
}

static void open_group(const struct control *control, int part, struct rect bounds)
{
    scene_group(control->scene,
                &(struct draw_group){ .target = part_target(control, part), .bounds = bounds });
}

static bool is_hovered(const struct control *control, int part)
{
    const struct target *const at = &control->view->state->hovered;

    return at->kind == TARGET_PARAM && at->id == control->place && at->part == part;
}

static void write(const struct control *control, const char *text, struct rect box,
                  enum text_align align, enum ink ink)
{
    const float x = align == ALIGN_LEFT    ? box.x
                    : align == ALIGN_RIGHT ? box.x + box.w
                                           : box.x + box.w / 2;

    scene_text(control->scene,
               &(struct draw_text){ .at = { x, box.y + box.h / 2 + control->size * 0.36f },
                                    .bytes = text,
                                    .role = TYPE_MONO,
                                    .size = control->size,
                                    .ink = ink,
                                    .align = align,
                                    .max_width = box.w + 1 });
}

static float width_of(const struct control *control, const char *text)
{
    return fonts_measure(control->view->fonts, TYPE_MONO, text, strlen(text)) * control->size;
}

static struct rect take_left(struct control *control, float width)
{
    struct rect taken = control->room;

    taken.w = fminf(width, control->room.w);
    control->room.x += taken.w;
    control->room.w -= taken.w;
    return taken;
}

static struct rect take_right(struct control *control, float width)
{
    struct rect taken = control->room;

    taken.w = fminf(width, control->room.w);
    control->room.w -= taken.w;
    taken.x = control->room.x + control->room.w;
    return taken;
}

/* A box around the middle of its part of the row. */
static struct rect box_in(struct rect part, float size)
{
    return (struct rect){ part.x, part.y + (part.h - size * 1.5f) / 2, part.w, size * 1.5f };
}

static void draw_box(const struct control *control, struct rect box, bool chosen, int part)
{
    scene_rect(control->scene,
               &(struct draw_rect){ .rect = box,
                                    .radius = control->size * 0.25f,
                                    .fill = chosen ? INK_SELECTION_SOFT : INK_CARD,
                                    .stroke = chosen || is_hovered(control, part) ? INK_SELECTION
                                                                                  : INK_CARD_LINE,
                                    .width = chosen ? 1.5f : 1 });
}

/* ---- the controls ----------------------------------------------------------------------- */

static bool is_open(const struct control *control)
{
    const struct view_field *const field = &control->view->state->field;

    return field->cell != 0 && code_place(field->cell, (int)field->line) == control->place &&
           field->column == control->param->literal.column;
}

/* What is set, to be typed anew. */
static void draw_field(const struct control *control, struct rect part)
{
    const struct rect box = box_in(part, control->size);
    const float pad = control->size * 0.4f;
    const struct rect inner = { box.x + pad, box.y, box.w - 2 * pad, box.h };
    char shown[LITERAL_SIZE];

    open_group(control, PARAM_FIELD, box);
    draw_box(control, box, is_open(control), PARAM_FIELD);
    if (is_open(control) && width_of(control, control->view->state->field.text) < inner.w) {
        code_field_typed(control->view,
                         (struct point){ inner.x, box.y + box.h / 2 + control->size * 0.36f },
                         control->size, control->scene);
    } else {
        write(control, literal_typed(control->now, shown), inner,
              control->param->literal.kind == LITERAL_STRING ? ALIGN_LEFT : ALIGN_RIGHT,
              control->changed ? INK_SELECTION : INK_TEXT);
    }
    scene_group_end(control->scene);
}

static float part_of_way(const struct param *param, const char *now)
{
    const double part = (literal_number(now) - param->least) / (param->most - param->least);

    return (float)fmin(fmax(part, 0), 1);
}

static void draw_track(const struct control *control, struct rect track)
{
    const float size = control->size, middle = track.y + track.h / 2, knob = size * 0.5f;
    const float way = track.w - 2 * knob;
    const float x = track.x + knob + way * part_of_way(control->param, control->now);
    const enum ink ink = control->changed ? INK_SELECTION : INK_FORWARD;

    open_group(control, PARAM_TRACK, track);
    scene_rect(control->scene, &(struct draw_rect){ .rect = { track.x + knob, middle - size * 0.1f,
                                                              way, size * 0.2f },
                                                    .radius = size * 0.1f,
                                                    .fill = INK_TRACK });
    scene_rect(control->scene, &(struct draw_rect){ .rect = { track.x + knob, middle - size * 0.1f,
                                                              x - track.x - knob, size * 0.2f },
                                                    .radius = size * 0.1f,
                                                    .fill = ink });
    scene_rect(control->scene,
               &(struct draw_rect){ .rect = { x - knob, middle - knob, 2 * knob, 2 * knob },
                                    .radius = knob,
                                    .fill = is_hovered(control, PARAM_TRACK) ? INK_SELECTION_SOFT
                                                                             : INK_CARD,
                                    .stroke = ink,
                                    .width = 2 });
    scene_group_end(control->scene);
}

static const char *end_text(const struct control *control, double end)
{
    char text[NUMBER_SIZE];
    const size_t length = number_shortest(text, end);

    return arena_copy_text(control->view->arena, text, length);
}

/* The ends of its range stand beside the track, where there is room for all three. */
static void draw_slider(struct control *control)
{
    const char *const least = end_text(control, control->param->least), *const most = end_text(
                                                                            control,
                                                                            control->param->most);
    const float gap = control->size * 0.5f;
    const float ends = width_of(control, least) + width_of(control, most) + 2 * gap;

    if (control->room.w - ends >= LEAST_TRACK * control->size) {
        struct rect left = take_left(control, width_of(control, least) + gap);
        struct rect right = take_right(control, width_of(control, most) + gap);
        left.w -= gap;
        right.x += gap;
        right.w -= gap;
        write(control, least, left, ALIGN_RIGHT, INK_TEXT_SECOND);
        write(control, most, right, ALIGN_LEFT, INK_TEXT_SECOND);
    }
    if (control->room.w >= 2 * control->size) {
        draw_track(control, control->room);
    }
}

/* A switch, and what it says. */
static void draw_switch(struct control *control)
{
    const float size = control->size;
    const bool on = strcmp(control->now, "True") == 0;
    const struct rect part = take_left(control, size * 2.2f);
    const struct rect box = { part.x, part.y + (part.h - size * 1.1f) / 2, size * 2, size * 1.1f };
    const float knob = size * 0.8f, inset = (box.h - knob) / 2;

    open_group(control, PARAM_TURN, box);
    scene_rect(control->scene, &(struct draw_rect){ .rect = box,
                                                    .radius = box.h / 2,
                                                    .fill = on ? INK_FORWARD : INK_CARD,
                                                    .stroke = on ? INK_FORWARD : INK_TEXT_SECOND,
                                                    .width = 1.5f });
    scene_rect(control->scene,
               &(struct draw_rect){ .rect = { on ? box.x + box.w - inset - knob : box.x + inset,
                                              box.y + inset, knob, knob },
                                    .radius = knob / 2,
                                    .fill = on ? INK_CARD : INK_TEXT_SECOND });
    scene_group_end(control->scene);
    take_left(control, size * 0.5f);
    write(control, control->now, control->room, ALIGN_LEFT,
          control->changed ? INK_SELECTION : INK_TEXT);
}

static float options_width(const struct control *control)
{
    char shown[LITERAL_SIZE];
    float width = 0;

    for (int i = 0; i < control->param->option_count; i++) {
        width += width_of(control, literal_typed(control->param->options[i], shown)) +
                 control->size * 1.4f;
    }
    return width;
}

static void draw_option(const struct control *control, int option, struct rect part)
{
    const struct rect box = box_in(part, control->size);
    char shown[LITERAL_SIZE], now[LITERAL_SIZE];
    const bool chosen = strcmp(literal_typed(control->param->options[option], shown),
                               literal_typed(control->now, now)) == 0;

    open_group(control, PARAM_OPTION + option, box);
    draw_box(control, box, chosen, PARAM_OPTION + option);
    write(control, shown, box, ALIGN_CENTRE, INK_TEXT);
    scene_group_end(control->scene);
}

/* All options side by side; where they have no room, the one that is set, and a click takes the next. */
static void draw_choice(struct control *control)
{
    const float size = control->size;
    char shown[LITERAL_SIZE];

    if (control->param->free || options_width(control) > control->room.w) {
        draw_field(control, control->room);
        return;
    }
    for (int i = 0; i < control->param->option_count; i++) {
        const float width = width_of(control, literal_typed(control->param->options[i], shown));
        draw_option(control, i, take_left(control, width + size));
        take_left(control, size * 0.4f);
    }
}

static void draw_control(struct control *control)
{
    const float em = fonts_measure(control->view->fonts, TYPE_MONO, "0", 1) * control->size;

    switch (control->param->kind) {
    case PARAM_SLIDER:
        draw_field(control, take_right(control, (FIELD_CHARACTERS + 1) * em));
        take_right(control, control->size * 0.5f);
        draw_slider(control);
        break;
    case PARAM_BOOL:
        draw_switch(control);
        break;
    case PARAM_CHOICE:
        draw_choice(control);
        break;
    case PARAM_NUMBER:
    case PARAM_WHOLE:
        draw_field(control, take_left(control, (FIELD_CHARACTERS + 1) * em));
        break;
    case PARAM_STRING:
    case PARAM_RAW:
        draw_field(control, take_left(control, (2 * FIELD_CHARACTERS + 1) * em));
        break;
    }
}

float code_param_row(const struct view *view, const struct trace_cell *cell, int line,
                     struct rect room, struct scene *scene)
{
    static const float most_name = 0.3f;
    struct param param;
    char text[LITERAL_SIZE];
    struct control control = { .view = view,
                               .scene = scene,
                               .param = &param,
                               .place = code_place(cell->in_number, line),
                               .size = view->type.caption,
                               .room = room };

    if (cell->in_number == 0 || !param_in_line(cell, line, &param)) {
        return 0;
    }
    control.room.h = control.size * ROW;
    if (scene) {
        find_value(&control, cell, line, text);
        const float name = fminf(width_of(&control, param.name), room.w * most_name);
        write(&control, param.name, take_left(&control, name), ALIGN_LEFT, INK_TEXT_SECOND);
        take_left(&control, control.size * 0.8f);
        draw_control(&control);
    }
    return control.room.h;
}
