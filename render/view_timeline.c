/* The timeline: where in the run we are. Stops stand at even distances; what has been played is in the
 * ink of its direction, what is to come is pale; cells, backward passes and errors are marked. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "render/screen.h"

enum kind { KIND_OTHER, KIND_FORWARD, KIND_BACKWARD, KIND_UPDATE, KIND_ERROR, KINDS };

static const float DOT_ROOM = 7;      /* points between stops from which each gets its dot */
static const float DENSE_ROOM = 2.5f; /* below, stops are shown by their shares */
static const float BUCKET = 3;        /* points of one pointer target or column in a dense run */

enum { SHARE_SAMPLES = 48 }; /* stops looked at for one column */

struct timeline {
    const struct view *view;
    struct scene *scene;
    enum stop_granularity granularity;
    size_t count, now; /* stops; index of the current one, SIZE_MAX before the first */
    float left, right, y, thickness;
};

/* ---- where and what --------------------------------------------------------------------- */

static float stop_x(const struct timeline *t, size_t index)
{
    return t->count < 2 ? t->left
                        : t->left + (t->right - t->left) * (float)index / (float)(t->count - 1);
}

static float spacing(const struct timeline *t)
{
    return t->count < 2 ? t->right - t->left : (t->right - t->left) / (float)(t->count - 1);
}

static enum kind phase_of(const struct timeline *t, size_t index)
{
    const struct run_view *const run = &t->view->runs[0];
    const struct stop *const stop = stops_at(run->stops, t->granularity, index);

    switch ((int)trace_record(run->trace, stop->record)->kind) {
    case RECORD_OP:
        return KIND_FORWARD;
    case RECORD_BACKWARD:
    case RECORD_VISIT:
    case RECORD_ACCUMULATE:
        return KIND_BACKWARD;
    case RECORD_STEP:
    case RECORD_UPDATE:
        return KIND_UPDATE;
    case RECORD_ERROR:
        return KIND_ERROR;
    default:
        return KIND_OTHER;
    }
}

static enum ink kind_ink(enum kind phase)
{
    static const enum ink inks[] = { [KIND_OTHER] = INK_TEXT_SECOND,
                                     [KIND_FORWARD] = INK_FORWARD,
                                     [KIND_BACKWARD] = INK_BACKWARD,
                                     [KIND_UPDATE] = INK_DONE,
                                     [KIND_ERROR] = INK_ERROR };

    return inks[phase];
}

/* ---- the track -------------------------------------------------------------------------- */

static void draw_segment(const struct timeline *t, size_t from, size_t to, enum ink ink)
{
    const struct point ends[] = { { stop_x(t, from), t->y }, { stop_x(t, to), t->y } };

    scene_path(t->scene, &(struct draw_path){
                             .points = ends, .count = 2, .stroke = ink, .width = t->thickness });
}

/* Pieces of equal phase are one line each, however many stops they hold. */
static void draw_track(const struct timeline *t)
{
    if (t->count < 2) {
        return;
    }
    draw_segment(t, 0, t->count - 1, INK_TRACK);
    if (t->now == SIZE_MAX) {
        return;
    }
    for (size_t from = 0, i = 1; i <= t->now; i++) {
        if (i == t->now || phase_of(t, i) != phase_of(t, i + 1)) {
            draw_segment(t, from, i, kind_ink(phase_of(t, i)));
            from = i;
        }
    }
}

/* In a long run stops are finer than pixels. A column then shows which share of the stops around it
 * went forwards (above), backwards (below) and updated: even bands where iteration follows
 * iteration, and a change where the lesson changes. */
static void count_shares(const struct timeline *t, size_t middle, unsigned shares[KINDS])
{
    const size_t half = (size_t)(8 * BUCKET / spacing(t)) + 1;
    const size_t from = middle > half ? middle - half : 0;
    const size_t to = middle + half < t->count ? middle + half : t->count - 1;
    const size_t step = (to - from) / SHARE_SAMPLES + 1;

    for (size_t i = from; i <= to; i += step) {
        shares[phase_of(t, i)]++;
    }
}

static void draw_column(const struct timeline *t, float x, float width, size_t index, bool played)
{
    static const enum kind order[] = { KIND_FORWARD, KIND_OTHER, KIND_UPDATE, KIND_BACKWARD };
    const float height = t->thickness * 4;
    unsigned shares[KINDS] = { 0 }, total = 0;
    float y = t->y - height / 2;

    count_shares(t, index, shares);
    for (size_t i = 0; i < 4; i++) {
        total += shares[order[i]];
    }
    for (size_t i = 0; i < 4 && total > 0; i++) {
        const float part = height * (float)shares[order[i]] / (float)total;
        if (part > 0) {
            scene_rect(t->scene, &(struct draw_rect){ .rect = { x, y, width, part },
                                                      .fill = kind_ink(order[i]),
                                                      .alpha = played ? 1 : 0.3f });
        }
        y += part;
    }
}

static size_t stop_near(const struct timeline *t, float x)
{
    const float part = (x - t->left) / (t->right - t->left);
    const float index = fminf(fmaxf(part, 0), 1) * (float)(t->count - 1);

    return (size_t)lrintf(index);
}

static void draw_shares(const struct timeline *t)
{
    for (float x = t->left; x < t->right; x += BUCKET) {
        const float width = fminf(BUCKET, t->right - x);
        const size_t index = stop_near(t, x + width / 2);
        draw_column(t, x, width, index, t->now != SIZE_MAX && index <= t->now);
    }
}

static void draw_dot(const struct timeline *t, size_t index, float radius, enum ink fill,
                     enum ink stroke)
{
    const struct rect box = { stop_x(t, index) - radius, t->y - radius, 2 * radius, 2 * radius };

    scene_rect(t->scene, &(struct draw_rect){ .rect = box,
                                              .radius = radius,
                                              .fill = fill,
                                              .stroke = stroke,
                                              .width = t->thickness * 0.6f });
}

static void draw_cross(const struct timeline *t, size_t index, float radius, enum ink ink)
{
    const float x = stop_x(t, index);
    const struct point down[] = { { x - radius, t->y - radius }, { x + radius, t->y + radius } };
    const struct point up[] = { { x - radius, t->y + radius }, { x + radius, t->y - radius } };

    scene_path(t->scene, &(struct draw_path){
                             .points = down, .count = 2, .stroke = ink, .width = t->thickness });
    scene_path(t->scene, &(struct draw_path){
                             .points = up, .count = 2, .stroke = ink, .width = t->thickness });
}

static void draw_stops(const struct timeline *t)
{
    const float radius = t->thickness * 1.3f;
    const bool dots = spacing(t) >= DOT_ROOM;

    /* Only the last stop can be an error: it ends the run. */
    for (size_t i = dots ? 0 : t->count - 1; i < t->count; i++) {
        const enum kind phase = phase_of(t, i);
        const bool played = t->now != SIZE_MAX && i <= t->now;
        if (phase == KIND_ERROR) {
            draw_cross(t, i, radius * 1.4f, INK_ERROR);
        } else if (dots) {
            draw_dot(t, i, radius, played ? kind_ink(phase) : INK_PANEL,
                     played ? kind_ink(phase) : INK_TRACK);
        }
    }
    if (t->now == SIZE_MAX) {
        return;
    }
    if (phase_of(t, t->now) == KIND_ERROR) {
        draw_dot(t, t->now, radius * 2.2f, INK_ERROR, INK_ERROR);
        draw_cross(t, t->now, radius, INK_TEXT_ON_ACCENT);
    } else {
        draw_dot(t, t->now, radius * 1.9f, INK_CARD, kind_ink(phase_of(t, t->now)));
    }
}

/* A target for every stop, or in a dense run for every few points of the track. */
static void draw_targets(const struct timeline *t, struct rect area)
{
    const struct run_view *const run = &t->view->runs[0];
    const float room = spacing(t) > BUCKET ? spacing(t) : BUCKET;
    const size_t places = t->count < 2 ? t->count : (size_t)((t->right - t->left) / room + 1.5f);

    for (size_t place = 0; place < places; place++) {
        const float x = t->left + (float)place * room;
        const size_t i = stop_near(t, x);
        const struct draw_group group = {
            .target = { .kind = TARGET_STOP,
                        .id = (int64_t)stops_at(run->stops, t->granularity, i)->moment },
            .bounds = { x - room / 2, area.y, room, area.h },
        };
        scene_group(t->scene, &group);
        scene_group_end(t->scene);
    }
}

/* ---- cells ------------------------------------------------------------------------------ */

/* Baseline of what stands under the track. */
static float foot_of(const struct timeline *t, struct rect area)
{
    return area.y + area.h - t->view->type.caption * 0.4f;
}

/* A tick where a code cell ends and the next begins, with the number of the cell before it. */
static void draw_cells(const struct timeline *t, struct rect area)
{
    const struct run_view *const run = &t->view->runs[0];
    const float size = t->view->type.caption;
    const size_t cells = stops_count(run->stops, STOP_CELL);
    float free_from = t->left;

    for (size_t c = 0; c < cells && cells > 1; c++) {
        const size_t index =
            stops_index_at(run->stops, t->granularity, stops_at(run->stops, STOP_CELL, c)->moment);
        if (index == SIZE_MAX) {
            continue;
        }
        const float x = stop_x(t, index) + (index + 1 < t->count ? spacing(t) / 2 : 0);
        char label[32];
        snprintf(label, sizeof(label), "In[%zu]", c + 1);
        if (c + 1 < cells) {
            scene_rect(t->scene,
                       &(struct draw_rect){ .rect = { x, t->y - area.h * 0.3f, 1, area.h * 0.6f },
                                            .fill = INK_TEXT_SECOND });
        }
        if (x - free_from > size * 3.5f) {
            scene_text(t->scene,
                       &(struct draw_text){ .at = { (x + free_from) / 2, foot_of(t, area) },
                                            .bytes = label,
                                            .role = TYPE_MONO,
                                            .size = size,
                                            .ink = INK_TEXT_SECOND,
                                            .align = ALIGN_CENTRE });
        }
        free_from = x;
    }
}

/* ---- transport -------------------------------------------------------------------------- */

static void draw_triangle(struct scene *scene, struct point at, float size, bool left, enum ink ink)
{
    const float side = left ? -size : size;
    const struct point points[] = { { at.x - side * 0.5f, at.y - size },
                                    { at.x + side * 0.9f, at.y },
                                    { at.x - side * 0.5f, at.y + size } };

    scene_path(scene,
               &(struct draw_path){ .points = points, .count = 3, .closed = true, .fill = ink });
}

static void draw_bar(struct scene *scene, float x, float y, float w, float h, enum ink ink)
{
    scene_rect(scene, &(struct draw_rect){ .rect = { x, y, w, h }, .radius = w / 3, .fill = ink });
}

static void draw_icon(struct scene *scene, enum screen_button button, bool playing, struct point at,
                      float size)
{
    const enum ink ink = button == BUTTON_PLAY ? INK_TEXT_ON_ACCENT : INK_TEXT;

    if (button == BUTTON_PLAY && playing) {
        draw_bar(scene, at.x - size * 0.75f, at.y - size, size * 0.5f, size * 2, ink);
        draw_bar(scene, at.x + size * 0.25f, at.y - size, size * 0.5f, size * 2, ink);
        return;
    }
    draw_triangle(scene, at, size, button == BUTTON_PREVIOUS, ink);
    if (button == BUTTON_PREVIOUS) {
        draw_bar(scene, at.x - size * 1.2f, at.y - size, size * 0.3f, size * 2, ink);
    } else if (button == BUTTON_NEXT) {
        draw_bar(scene, at.x + size * 0.9f, at.y - size, size * 0.3f, size * 2, ink);
    }
}

/* Three round buttons; returns the right edge. */
static float draw_transport(const struct view *view, struct rect area, struct scene *scene)
{
    static const struct {
        enum screen_button id;
        const char *title;
    } buttons[] = { { BUTTON_PREVIOUS, WORD("Previous step") },
                    { BUTTON_PLAY, WORD("Play or pause") },
                    { BUTTON_NEXT, WORD("Next step") } };
    const float radius = fminf(area.h * 0.3f, view->type.text * 1.3f), gap = radius * 0.5f;
    float x = area.x + view->type.text;

    for (size_t i = 0; i < 3; i++, x += 2 * radius + gap) {
        const struct rect box = { x, area.y + area.h / 2 - radius, 2 * radius, 2 * radius };
        const bool hot = view->state->hovered.kind == TARGET_COMMAND &&
                         view->state->hovered.id == (int64_t)buttons[i].id;
        const bool main_one = buttons[i].id == BUTTON_PLAY;
        scene_group(scene,
                    &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = buttons[i].id },
                                          .bounds = box,
                                          .title = view_word(view, buttons[i].title) });
        scene_rect(scene, &(struct draw_rect){ .rect = box,
                                               .radius = radius,
                                               .fill = main_one ? INK_FORWARD
                                                       : hot    ? INK_FORWARD_SOFT
                                                                : INK_CARD,
                                               .stroke = main_one ? INK_FORWARD : INK_PANEL_LINE });
        draw_icon(scene, buttons[i].id, view->state->playing,
                  (struct point){ x + radius, area.y + area.h / 2 }, radius * 0.38f);
        scene_group_end(scene);
    }
    return x;
}

static float counter_size(const struct view *view)
{
    return view->type.caption * 1.1f;
}

static const char *phase_name(const struct view *view, enum kind phase)
{
    static const char *const names[] = { [KIND_FORWARD] = WORD("forward"),
                                         [KIND_BACKWARD] = WORD("backward"),
                                         [KIND_UPDATE] = WORD("update"),
                                         [KIND_ERROR] = WORD("error") };

    return phase == KIND_OTHER ? "" : view_word(view, names[phase]);
}

/* Room for the counter at its longest and for every phase. */
static float counter_width(const struct view *view, size_t count)
{
    const float caption = view->type.caption;
    char text[64];
    const int length = snprintf(text, sizeof(text), "%zu/%zu ✓", count, count);
    float widest =
        counter_size(view) * fonts_measure(view->fonts, TYPE_MONO_BOLD, text, (size_t)length);

    for (int phase = KIND_FORWARD; phase <= KIND_ERROR; phase++) {
        const char *const name = phase_name(view, (enum kind)phase);
        widest =
            fmaxf(widest, caption * fonts_measure(view->fonts, TYPE_UI_BOLD, name, strlen(name)));
    }
    return widest;
}

/* A lesson that is still running has no last stop yet. */
static bool has_ended(const struct timeline *t)
{
    size_t count;

    trace_records_of(t->view->runs[0].trace, RECORD_END, &count);
    return count > 0;
}

/* "7/22", with a tick at the end; under it the phase. */
static void draw_counter(const struct timeline *t, struct rect area)
{
    const float size = counter_size(t->view), right = area.x + area.w - t->view->type.text;
    const bool at_end = t->count > 0 && t->now == t->count - 1 && has_ended(t);
    const enum kind phase = t->now == SIZE_MAX ? KIND_OTHER : phase_of(t, t->now);
    const bool error = phase == KIND_ERROR;
    char text[64];

    snprintf(text, sizeof(text), "%zu/%zu%s", t->now == SIZE_MAX ? 0 : t->now + 1, t->count,
             error    ? " ✕"
             : at_end ? " ✓"
                      : "");
    scene_text(t->scene, &(struct draw_text){ .at = { right, t->y + size * 0.36f },
                                              .bytes = text,
                                              .role = TYPE_MONO_BOLD,
                                              .size = size,
                                              .ink = error    ? INK_ERROR
                                                     : at_end ? INK_DONE
                                                              : INK_TEXT,
                                              .align = ALIGN_RIGHT });
    scene_text(t->scene, &(struct draw_text){ .at = { right, foot_of(t, area) },
                                              .bytes = phase_name(t->view, phase),
                                              .role = TYPE_UI_BOLD,
                                              .size = t->view->type.caption,
                                              .ink = INK_TEXT,
                                              .align = ALIGN_RIGHT });
}

void view_timeline(const struct view *view, struct rect area, struct scene *scene)
{
    const struct run_view *const run = &view->runs[0];
    const enum stop_granularity granularity = view->state->granularity;
    const bool exploring = view->state->mode == SCREEN_EXPLORE;
    const size_t count = stops_count(run->stops, granularity);

    if (exploring) {
        scene_rect(scene, &(struct draw_rect){ .rect = area, .fill = INK_PANEL });
        scene_rect(scene, &(struct draw_rect){ .rect = { area.x, area.y, area.w, 1 },
                                               .fill = INK_PANEL_LINE });
    }
    const float after = exploring ? draw_transport(view, area, scene) : area.x;
    const float margin = view->type.text * 1.5f;
    const struct timeline timeline = {
        .view = view,
        .scene = scene,
        .granularity = granularity,
        .count = count,
        .now = stops_index_at(run->stops, granularity, run->moment),
        .left = after + margin,
        .right = area.x + area.w - view->type.text - counter_width(view, count) - margin,
        .y = area.y + area.h * (exploring ? 0.45f : 0.4f),
        .thickness = fmaxf(3, view->type.caption * 0.22f),
    };
    if (timeline.count > 0 && timeline.right > timeline.left) {
        if (timeline.count > 1 && spacing(&timeline) < DENSE_ROOM) {
            draw_shares(&timeline);
        } else {
            draw_track(&timeline);
        }
        draw_stops(&timeline);
        draw_cells(&timeline, area);
        draw_targets(&timeline, area);
    }
    draw_counter(&timeline, area);
}
