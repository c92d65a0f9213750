#include "render/scene/scene.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/visible.h"
#include "render/text/text.h"

void scene_finish(struct scene *scene)
{
    free(scene->draws);
    arena_finish(&scene->arena);
    *scene = (struct scene){ 0 };
}

void scene_clear(struct scene *scene)
{
    arena_clear(&scene->arena);
    scene->draw_count = 0;
    scene->layer = LAYER_STILL;
    scene->title = NULL;
    scene->description = NULL;
    scene->has_code = scene->has_output = false;
}

static struct draw *append(struct scene *scene, enum draw_kind kind)
{
    scene->draws = array_reserve(scene->draws, &scene->draw_capacity, scene->draw_count + 1,
                                 sizeof(*scene->draws));
    struct draw *draw = &scene->draws[scene->draw_count++];
    memset(draw, 0, sizeof(*draw));
    draw->kind = kind;
    draw->layer = scene->layer;
    return draw;
}

void scene_rect(struct scene *scene, const struct draw_rect *rect)
{
    append(scene, DRAW_RECT)->rect = *rect;
}

void scene_path(struct scene *scene, const struct draw_path *path)
{
    assert(path->count > 0 && (!path->curves || path->count % 3 == 1));
    struct point *points = arena_allocate(&scene->arena, path->count, sizeof(*points));
    memcpy(points, path->points, path->count * sizeof(*points));
    struct draw *draw = append(scene, DRAW_PATH);
    draw->path = *path;
    draw->path.points = points;
}

/* In the scene's memory. Texts come from lessons and traces: whatever plays the scene draws the signs that
 * they were measured with, and obeys none. */
static const char *keep_text(struct scene *scene, const char *bytes, size_t *length)
{
    if (text_is_visible(bytes, *length)) {
        return arena_copy_text(&scene->arena, bytes, *length);
    }
    struct text shown = { 0 };
    text_append_visible(&shown, bytes, *length);
    *length = shown.length;
    const char *const kept = arena_copy_text(&scene->arena, text_string(&shown), shown.length);
    text_finish(&shown);
    return kept;
}

void scene_text(struct scene *scene, const struct draw_text *text)
{
    size_t length = text->length ? text->length : strlen(text->bytes);
    const char *bytes = keep_text(scene, text->bytes, &length);
    struct draw *draw = append(scene, DRAW_TEXT);
    draw->text = *text;
    draw->text.bytes = bytes;
    draw->text.length = length;
}

void scene_heat(struct scene *scene, const struct draw_heat *heat)
{
    assert(heat->rows > 0 && heat->columns > 0);
    const size_t count = (size_t)heat->rows * (size_t)heat->columns;
    float *cells = arena_allocate(&scene->arena, count, sizeof(*cells));
    memcpy(cells, heat->cells, count * sizeof(*cells));
    struct draw *draw = append(scene, DRAW_HEAT);
    draw->heat = *heat;
    draw->heat.cells = cells;
}

void scene_clip(struct scene *scene, struct rect clip)
{
    append(scene, DRAW_CLIP)->clip = clip;
}

void scene_clip_end(struct scene *scene)
{
    append(scene, DRAW_CLIP_END);
}

void scene_group(struct scene *scene, const struct draw_group *group)
{
    const char *title = group->title ? group->title : "";
    size_t length = strlen(title);
    title = keep_text(scene, title, &length);
    struct draw *draw = append(scene, DRAW_GROUP);
    draw->group = *group;
    draw->group.title = title;
}

void scene_group_end(struct scene *scene)
{
    append(scene, DRAW_GROUP_END);
}

const char *target_name(enum target_kind kind)
{
    static const char *const names[] = {
        [TARGET_NONE] = "none",       [TARGET_TENSOR] = "tensor",   [TARGET_OP] = "op",
        [TARGET_NODE] = "node",       [TARGET_EDGE] = "edge",       [TARGET_DRAWER] = "drawer",
        [TARGET_MODULE] = "module",   [TARGET_LINE] = "line",       [TARGET_STOP] = "stop",
        [TARGET_MOMENT] = "moment",   [TARGET_COMMAND] = "command", [TARGET_PANEL] = "panel",
        [TARGET_LEDGER] = "ledger",   [TARGET_FOLD] = "fold",       [TARGET_MAP] = "map",
        [TARGET_DIVIDER] = "divider", [TARGET_CELL] = "cell",       [TARGET_ELEMENT] = "element",
        [TARGET_LESSON] = "lesson",   [TARGET_ROOM] = "room",       [TARGET_PLACE] = "place",
        [TARGET_LITERAL] = "literal", [TARGET_PARAM] = "param",     [TARGET_FRAME] = "frame",
    };
    return names[kind];
}

bool target_same(struct target a, struct target b)
{
    return a.kind == b.kind && a.id == b.id && a.part == b.part;
}

bool rect_holds(struct rect rect, struct point at)
{
    return at.x >= rect.x && at.x < rect.x + rect.w && at.y >= rect.y && at.y < rect.y + rect.h;
}

/* Clips nest. `outside` counts those that the point is not in, from the outermost such on; while it
 * is not zero nothing is hit. */
static const struct draw_group *group_at(const struct scene *scene, struct point at)
{
    const struct draw_group *found = NULL;
    size_t outside = 0;
    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw *draw = &scene->draws[i];
        if (draw->kind == DRAW_CLIP && (outside > 0 || !rect_holds(draw->clip, at))) {
            outside++;
        } else if (draw->kind == DRAW_CLIP_END && outside > 0) {
            outside--;
        } else if (draw->kind == DRAW_GROUP && outside == 0 && rect_holds(draw->group.bounds, at)) {
            found = &draw->group;
        }
    }
    return found;
}

struct target scene_hit(const struct scene *scene, struct point at)
{
    const struct draw_group *group = group_at(scene, at);
    return group ? group->target : (struct target){ TARGET_NONE, 0, 0 };
}

const char *scene_hit_title(const struct scene *scene, struct point at)
{
    const struct draw_group *group = group_at(scene, at);
    return group ? group->title : "";
}

struct rect scene_hit_bounds(const struct scene *scene, struct point at)
{
    const struct draw_group *group = group_at(scene, at);
    return group ? group->bounds : (struct rect){ 0 };
}

static struct rect grown(struct rect rect, float by)
{
    return (struct rect){ rect.x - by, rect.y - by, rect.w + 2 * by, rect.h + 2 * by };
}

static struct rect rect_bounds(const struct draw_rect *rect)
{
    float reach = 0;
    if (rect->stroke != INK_NONE) {
        /* Themes make lines thicker, by a factor below 2; half of it lies outside. */
        reach = rect->width > 0 ? rect->width : 1;
    }
    if (rect->fill == INK_SHADOW) {
        reach = SHADOW_REACH;
    }
    return grown(rect->rect, reach);
}

static struct rect path_bounds(const struct draw_path *path)
{
    struct point low = path->points[0], high = low;
    for (size_t i = 1; i < path->count; i++) {
        low.x = fminf(low.x, path->points[i].x);
        low.y = fminf(low.y, path->points[i].y);
        high.x = fmaxf(high.x, path->points[i].x);
        high.y = fmaxf(high.y, path->points[i].y);
    }
    const float width = path->width > 0 ? path->width : 1;
    /* Themes make lines and heads larger, by a factor below 2. */
    const float reach = 2 * fmaxf(width, fmaxf(path->head_start, path->head_end));
    return grown((struct rect){ low.x, low.y, high.x - low.x, high.y - low.y }, reach);
}

static struct rect text_bounds(const struct draw_text *text, struct fonts *fonts)
{
    float width = text->size * fonts_measure(fonts, text->role, text->bytes, text->length);
    if (text->max_width > 0 && width > text->max_width) {
        width = text->max_width;
    }
    const float ascent = fonts_ascent(fonts, text->role),
                descent = fonts_descent(fonts, text->role);
    float x = text->at.x;
    if (text->align == ALIGN_CENTRE) {
        x -= width / 2;
    } else if (text->align == ALIGN_RIGHT) {
        x -= width;
    }
    const struct rect box = { x, text->at.y - ascent * text->size, width,
                              (ascent + descent) * text->size };
    /* Italics, stacked marks and the halo reach a little out of the line's box. */
    return grown(box, text->size * 0.2f);
}

struct rect scene_bounds(const struct draw *draw, struct fonts *fonts)
{
    switch (draw->kind) {
    case DRAW_RECT:
        return rect_bounds(&draw->rect);
    case DRAW_PATH:
        return path_bounds(&draw->path);
    case DRAW_TEXT:
        return text_bounds(&draw->text, fonts);
    case DRAW_HEAT:
        return grown(draw->heat.rect, 1);
    case DRAW_CLIP:
        return draw->clip;
    case DRAW_GROUP:
        return draw->group.bounds;
    case DRAW_CLIP_END:
    case DRAW_GROUP_END:
        break;
    }
    return (struct rect){ 0, 0, 0, 0 };
}

static bool same_rect(struct rect a, struct rect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

static bool same_draw_rect(const struct draw_rect *a, const struct draw_rect *b)
{
    return same_rect(a->rect, b->rect) && a->radius == b->radius && a->fill == b->fill &&
           a->stroke == b->stroke && a->width == b->width && a->dashed == b->dashed &&
           a->doubled == b->doubled && a->heat == b->heat && a->alpha == b->alpha;
}

static bool same_draw_path(const struct draw_path *a, const struct draw_path *b)
{
    if (a->count != b->count || a->curves != b->curves || a->closed != b->closed ||
        a->fill != b->fill || a->stroke != b->stroke || a->width != b->width ||
        a->dashed != b->dashed || a->dash_offset != b->dash_offset ||
        a->head_start != b->head_start || a->head_end != b->head_end || a->from != b->from ||
        a->to != b->to || a->alpha != b->alpha) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->points[i].x != b->points[i].x || a->points[i].y != b->points[i].y) {
            return false;
        }
    }
    return true;
}

static bool same_draw_text(const struct draw_text *a, const struct draw_text *b)
{
    return a->at.x == b->at.x && a->at.y == b->at.y && a->length == b->length &&
           a->role == b->role && a->size == b->size && a->ink == b->ink && a->align == b->align &&
           a->max_width == b->max_width && a->heat == b->heat && a->alpha == b->alpha &&
           a->halo == b->halo && a->strike == b->strike &&
           memcmp(a->bytes, b->bytes, a->length) == 0;
}

static bool same_draw_heat(const struct draw_heat *a, const struct draw_heat *b)
{
    return same_rect(a->rect, b->rect) && a->rows == b->rows && a->columns == b->columns &&
           a->alpha == b->alpha &&
           memcmp(a->cells, b->cells, (size_t)a->rows * (size_t)a->columns * sizeof(*a->cells)) ==
               0;
}

/* A group paints nothing, but what lies in it is found by it. */
static bool same_draw_group(const struct draw_group *a, const struct draw_group *b)
{
    return a->target.kind == b->target.kind && a->target.id == b->target.id &&
           a->target.part == b->target.part && same_rect(a->bounds, b->bounds) &&
           strcmp(a->title, b->title) == 0;
}

bool scene_same(const struct draw *a, const struct draw *b)
{
    if (a->kind != b->kind || a->layer != b->layer) {
        return false;
    }
    switch (a->kind) {
    case DRAW_RECT:
        return same_draw_rect(&a->rect, &b->rect);
    case DRAW_PATH:
        return same_draw_path(&a->path, &b->path);
    case DRAW_TEXT:
        return same_draw_text(&a->text, &b->text);
    case DRAW_HEAT:
        return same_draw_heat(&a->heat, &b->heat);
    case DRAW_CLIP:
        return same_rect(a->clip, b->clip);
    case DRAW_GROUP:
        return same_draw_group(&a->group, &b->group);
    case DRAW_CLIP_END:
    case DRAW_GROUP_END:
        break;
    }
    return true;
}
