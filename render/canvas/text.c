#include <math.h>
#include <string.h>

#include "render/canvas/canvas.h"

static void add_numbers(struct text *out, float a, float b, char between)
{
    text_format(out, "%ld%c%ld", lrintf(a), between, lrintf(b));
}

static void add_box(struct text *out, struct rect rect)
{
    add_numbers(out, rect.x, rect.y, ',');
    text_append_char(out, ' ');
    add_numbers(out, rect.w, rect.h, 'x');
}

static void add_heat(struct text *out, float heat)
{
    char digits[NUMBER_FIXED_SIZE];
    text_append_string(out, " heat ");
    text_append(out, digits, number_fixed(digits, (double)heat, 2));
}

static void add_alpha(struct text *out, float alpha)
{
    if (alpha > 0 && alpha < 1) {
        text_format(out, " alpha %ld%%", lrintf(alpha * 100));
    }
}

static void add_stroke(struct text *out, enum ink stroke, float width, bool dashed)
{
    if (stroke != INK_NONE) {
        text_format(out, " stroke %s", ink_name(stroke));
        if (width > 1) {
            text_format(out, " width %ld", lrintf(width));
        }
    }
    if (dashed) {
        text_append_string(out, " dashed");
    }
}

static void rect_line(const struct draw_rect *rect, struct text *out)
{
    text_append_string(out, "rect ");
    add_box(out, rect->rect);
    if (rect->radius > 0) {
        text_format(out, " round %ld", lrintf(rect->radius));
    }
    if (rect->fill != INK_NONE) {
        text_format(out, " fill %s", ink_name(rect->fill));
    }
    add_stroke(out, rect->stroke, rect->width, rect->dashed);
    if (rect->doubled) {
        text_append_string(out, " doubled");
    }
    if (rect->fill == INK_HEAT || rect->stroke == INK_HEAT) {
        add_heat(out, rect->heat);
    }
    add_alpha(out, rect->alpha);
}

static void path_line(const struct draw_path *path, struct text *out)
{
    text_append_string(out, path->curves ? "curve" : "path");
    for (size_t i = 0; i < path->count; i++) {
        text_append_char(out, ' ');
        add_numbers(out, path->points[i].x, path->points[i].y, ',');
    }
    if (path->closed) {
        text_append_string(out, " closed");
    }
    if (path->fill != INK_NONE) {
        text_format(out, " fill %s", ink_name(path->fill));
    }
    add_stroke(out, path->stroke, path->width, path->dashed);
    if (path->head_start > 0) {
        text_append_string(out, " head-start");
    }
    if (path->head_end > 0) {
        text_append_string(out, " head-end");
    }
    if (path->from > 0 || (path->to > 0 && path->to < 1)) {
        text_format(out, " part %ld%%-%ld%%", lrintf(path->from * 100), lrintf(path->to * 100));
    }
    add_alpha(out, path->alpha);
}

/* One line each, so line breaks in a text show as \n. */
static void add_quoted(struct text *out, const char *bytes, size_t length)
{
    text_append_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n') {
            text_append_string(out, "\\n");
        } else {
            text_append_char(out, bytes[i]);
        }
    }
    text_append_char(out, '"');
}

static void text_line(const struct draw_text *text, struct text *out)
{
    static const char *const roles[TYPE_ROLE_COUNT] = { [TYPE_UI] = "ui",
                                                        [TYPE_UI_BOLD] = "ui-bold",
                                                        [TYPE_UI_ITALIC] = "ui-italic",
                                                        [TYPE_MONO] = "mono",
                                                        [TYPE_MONO_BOLD] = "mono-bold" };
    static const char *const aligns[] = {
        [ALIGN_LEFT] = "left", [ALIGN_CENTRE] = "centre", [ALIGN_RIGHT] = "right"
    };
    text_append_string(out, "text ");
    add_numbers(out, text->at.x, text->at.y, ',');
    text_format(out, " %s %s %ld %s", aligns[text->align], roles[text->role], lrintf(text->size),
                ink_name(text->ink));
    if (text->ink == INK_HEAT || text->ink == INK_HEAT_TEXT) {
        add_heat(out, text->heat);
    }
    if (text->max_width > 0) {
        text_format(out, " max %ld", lrintf(text->max_width));
    }
    text_append_string(out, text->halo ? " halo" : "");
    text_append_string(out, text->strike ? " strike" : "");
    add_alpha(out, text->alpha);
    text_append_char(out, ' ');
    add_quoted(out, text->bytes, text->length);
}

/* A character for each cell: 1 to 9 above zero, a to i below, 0 between; rows apart by blanks. */
static void heat_line(const struct draw_heat *heat, struct text *out)
{
    text_append_string(out, "heat ");
    add_box(out, heat->rect);
    text_format(out, " %dx%d", heat->rows, heat->columns);
    add_alpha(out, heat->alpha);
    for (int i = 0; i < heat->rows * heat->columns; i++) {
        const long level = lrintf(heat->cells[i] * 9);
        text_append_string(out, i % heat->columns == 0 ? " " : "");
        text_append_char(out, (char)(level < 0 ? 'a' - 1 - level : '0' + level));
    }
}

static void group_line(const struct draw_group *group, struct text *out)
{
    text_format(out, "group %s", target_name(group->target.kind));
    if (group->target.kind != TARGET_NONE) {
        text_format(out, " %lld", (long long)group->target.id);
    }
    if (group->target.part != 0) {
        text_format(out, ".%d", group->target.part);
    }
    text_append_char(out, ' ');
    add_box(out, group->bounds);
    if (group->title[0]) {
        text_append_char(out, ' ');
        add_quoted(out, group->title, strlen(group->title));
    }
}

void canvas_text(const struct scene *scene, struct text *out)
{
    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw *draw = &scene->draws[i];
        switch (draw->kind) {
        case DRAW_RECT:
            rect_line(&draw->rect, out);
            break;
        case DRAW_PATH:
            path_line(&draw->path, out);
            break;
        case DRAW_TEXT:
            text_line(&draw->text, out);
            break;
        case DRAW_HEAT:
            heat_line(&draw->heat, out);
            break;
        case DRAW_CLIP:
            text_append_string(out, "clip ");
            add_box(out, draw->clip);
            break;
        case DRAW_CLIP_END:
            text_append_string(out, "clip end");
            break;
        case DRAW_GROUP:
            group_line(&draw->group, out);
            break;
        case DRAW_GROUP_END:
            text_append_string(out, "group end");
            break;
        }
        text_append_char(out, '\n');
    }
}
