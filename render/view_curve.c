/* The curve of what the lesson calls backward on: its value at each call, in their order, with the
 * one that the moment stands at. */

#include <math.h>
#include <string.h>

#include "render/plot.h"
#include "render/screen.h"

/* One scalar by its name, over the backward passes from it. */
struct curve {
    const char *name, *label; /* of the root; what to call it where it has no name */
    double *values;
    uint32_t *moments; /* of the passes */
    size_t count;
    size_t done; /* passes that have begun at the moment */
};

/* Its value as the pass began; false if the root is no single number. */
static bool root_value(const struct trace *trace, const struct trace_backward *backward,
                       double *value)
{
    const struct trace_tensor *root = trace_tensor(trace, backward->record->root);
    const struct trace_value *at = root ? trace_value_at(root, backward->born) : NULL;
    if (!at || at->count != 1 || at->sampled) {
        return false;
    }
    *value = trace_element(at, 0);
    return true;
}

static const char *root_name(const struct trace *trace, const struct trace_backward *backward)
{
    const struct trace_tensor *root = trace_tensor(trace, backward->record->root);
    return root ? trace_name_at(trace, root, NEVER) : "";
}

/* Of several scalars the one that a pass was last made from at the moment; before all, the first. */
static const struct trace_backward *latest(const struct run_view *run)
{
    const struct trace_backward *found = NULL;
    double value;
    for (int64_t id = 1; id <= trace_backward_count(run->trace); id++) {
        const struct trace_backward *backward = trace_backward(run->trace, id);
        if (found && backward->born >= run->moment) {
            break;
        }
        found = root_value(run->trace, backward, &value) ? backward : found;
    }
    return found;
}

static struct curve curve_of(const struct view *view, const struct trace_backward *of)
{
    const struct run_view *run = &view->runs[0];
    const size_t most = (size_t)trace_backward_count(run->trace);
    struct curve curve = { .name = root_name(run->trace, of),
                           .label = run_label(run, of->record->root, view->arena),
                           .values = arena_allocate(view->arena, most, sizeof(double)),
                           .moments = arena_allocate(view->arena, most, sizeof(uint32_t)) };
    for (int64_t id = 1; id <= (int64_t)most; id++) {
        const struct trace_backward *backward = trace_backward(run->trace, id);
        double value;
        if (root_value(run->trace, backward, &value) &&
            strcmp(root_name(run->trace, backward), curve.name) == 0) {
            curve.values[curve.count] = value;
            curve.moments[curve.count++] = backward->born + 1;
            curve.done += backward->born < run->moment;
        }
    }
    return curve;
}

/* False when there is nothing to draw on that axis. */
static bool range_of(const struct curve *curve, bool logarithmic, double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (size_t i = 0; i < curve->count; i++) {
        const double value = curve->values[i];
        if (isfinite(value) && (!logarithmic || value > 0)) {
            *least = fmin(*least, value);
            *most = fmax(*most, value);
        }
    }
    return *least <= *most;
}

static void say(const struct view *view, struct rect area, const char *words, enum ink ink,
                struct scene *scene)
{
    const float size = view->type.text;
    scene_text(scene, &(struct draw_text){ .at = { area.x + size, area.y + size * 1.4f },
                                           .bytes = words,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = ink,
                                           .max_width = area.w - 2 * size });
}

/* What the x axis counts. */
static const char *counted(const struct view *view)
{
    return view_word(view, stops_iteration_count(view->runs[0].stops) > 0 ? "iteration"
                                                                          : "backward pass");
}

static const char *point_title(const struct view *view, const struct curve *curve, size_t index)
{
    return arena_format(view->arena, "%s %zu/%zu · %s = %s", counted(view), index + 1, curve->count,
                        curve->label, view_number(view, curve->values[index]));
}

/* A mark on the point; where a value cannot be drawn there is none. */
static void draw_mark(const struct view *view, const struct plot *plot, const struct curve *curve,
                      size_t index, enum ink ink, struct scene *scene)
{
    const double value = curve->values[index];
    const float r = view->type.text * 0.38f;
    if (!isfinite(value) || (plot->y.logarithmic && value <= 0)) {
        return;
    }
    const struct point at = plot_at(plot, (double)index + 1, value);
    scene_rect(scene, &(struct draw_rect){ .rect = { at.x - r, at.y - r, 2 * r, 2 * r },
                                           .radius = r,
                                           .fill = ink,
                                           .stroke = INK_PANEL,
                                           .width = 2 });
}

/* Where a pointer finds the passes: the nearest one, in strips of three points at least. */
static void draw_strips(const struct view *view, const struct plot *plot, const struct curve *curve,
                        struct scene *scene)
{
    const size_t most = (size_t)fmaxf(plot->box.w / 3, 1);
    const size_t count = curve->count < most ? curve->count : most;
    const float w = plot->box.w / (float)(count > 1 ? count - 1 : 1);
    for (size_t i = 0; i < count; i++) {
        const size_t index = count > 1 ? i * (curve->count - 1) / (count - 1) : 0;
        const float left = fmaxf(((float)i - 0.5f) * w, 0);
        const float right = fminf(((float)i + 0.5f) * w, plot->box.w);
        scene_group(scene,
                    &(struct draw_group){
                        .target = { .kind = TARGET_MOMENT, .id = curve->moments[index] },
                        .bounds = { plot->box.x + left, plot->box.y, right - left, plot->box.h },
                        .title = point_title(view, curve, index) });
        scene_group_end(scene);
        if (view->state->hovered.kind == TARGET_MOMENT &&
            view->state->hovered.id == (int64_t)curve->moments[index]) {
            draw_mark(view, plot, curve, index, INK_SELECTION, scene);
        }
    }
}

/* The switch between the two scales, at the right of the heading; returns its left edge. */
static float draw_switch(const struct view *view, struct rect head, struct scene *scene)
{
    const float size = view->type.caption;
    const char *const label = view_word(view, view->state->curve_log ? "logarithmic" : "linear");
    const float w = fonts_measure(view->fonts, TYPE_UI, label, strlen(label)) * size + size * 1.4f;
    const struct rect box = { head.x + head.w - w, head.y, w, size * 1.7f };
    scene_group(
        scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = BUTTON_CURVE_SCALE },
                                     .bounds = box,
                                     .title = label });
    scene_rect(scene,
               &(struct draw_rect){
                   .rect = box, .radius = box.h / 2, .fill = INK_CARD, .stroke = INK_PANEL_LINE });
    scene_text(scene, &(struct draw_text){ .at = { box.x + w / 2, box.y + size * 1.2f },
                                           .bytes = label,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT,
                                           .align = ALIGN_CENTRE });
    scene_group_end(scene);
    return box.x;
}

static void draw_curve(const struct view *view, struct rect area, const struct curve *curve,
                       struct scene *scene)
{
    const float size = view->type.text, caption = view->type.caption;
    const struct rect head = { area.x + size, area.y + size * 0.5f, area.w - 2 * size, size };
    double least, most;
    const bool logarithmic = view->state->curve_log && range_of(curve, true, &least, &most);
    if (!range_of(curve, logarithmic, &least, &most)) {
        say(view, area, view_word(view, "No finite value to draw."), INK_ERROR, scene);
        return;
    }
    const struct plot plot = {
        .box = { area.x + size + caption * 4.2f, area.y + size * 2.4f,
                 area.w - 3 * size - caption * 4.2f, area.h - size * 3 - caption * 1.9f },
        .x = plot_axis_counting(curve->count),
        .y = plot_axis_around(least, most, logarithmic),
    };
    const float right = draw_switch(view, head, scene);
    const size_t at = curve->done > 0 ? curve->done - 1 : 0;
    scene_text(scene, &(struct draw_text){ .at = { head.x, head.y + size },
                                           .bytes = point_title(view, curve, at),
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = INK_TEXT,
                                           .max_width = right - head.x - size });
    if (plot.box.h < caption * 2) {
        return;
    }
    plot_axes(view, &plot, counted(view), scene);
    plot_line(
        view, &plot,
        &(struct plot_line){ curve->values + at, curve->count - at, (double)at + 1, INK_TRACK, 2 },
        scene);
    plot_line(view, &plot, &(struct plot_line){ curve->values, curve->done, 1, INK_LOSS, 2.2f },
              scene);
    if (curve->done > 0) {
        draw_mark(view, &plot, curve, at, INK_LOSS, scene);
    }
    draw_strips(view, &plot, curve, scene);
}

bool view_curve_offered(const struct view *view)
{
    const struct trace *const trace = view->runs[0].trace;
    int single = 0;

    for (int64_t id = 1; id <= trace_backward_count(trace) && single < 2; id++) {
        double value;
        single += root_value(trace, trace_backward(trace, id), &value);
    }
    return single > 1;
}

void view_curve(const struct view *view, struct rect area, struct scene *scene)
{
    const struct trace_backward *const of = latest(&view->runs[0]);
    if (!of) {
        say(view, area, view_word(view, "No backward() from a single number yet."), INK_TEXT_SECOND,
            scene);
        return;
    }
    const struct curve curve = curve_of(view, of);
    if (curve.count == 1) { /* one point is no curve: the number */
        say(view, area,
            arena_format(view->arena, "%s = %s", curve.label, view_number(view, curve.values[0])),
            INK_TEXT, scene);
        return;
    }
    draw_curve(view, area, &curve, scene);
}
