/* The curve of what the lesson calls backward on: its value at each call, in their order, with the
 * one that the moment stands at. Where it calls backward on no single number, of what it prints in a
 * loop. */

#include <math.h>
#include <string.h>

#include "lessons/trace/mask.h"
#include "render/plots/curve.h"
#include "render/plots/plot.h"
#include "render/plots/series_draw.h"
#include "render/screen.h"

static void widen(const double *values, size_t count, bool logarithmic, double *least, double *most)
{
    for (size_t i = 0; i < count; i++) {
        if (isfinite(values[i]) && (!logarithmic || values[i] > 0)) {
            *least = fmin(*least, values[i]);
            *most = fmax(*most, values[i]);
        }
    }
}

/* False when there is nothing to draw on that axis. */
static bool range_of(const struct drawn *drawn, bool logarithmic, double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    widen(drawn->curve.values, drawn->curve.count, logarithmic, least, most);
    widen(drawn->other.values, drawn->other.count, logarithmic, least, most);
    widen(drawn->former.values, drawn->former.count, logarithmic, least, most);
    for (size_t i = 0; i < drawn->evaluated_count; i++) {
        widen(drawn->evaluated[i].values, drawn->curve.count, logarithmic, least, most);
    }
    return *least <= *most;
}

/* A loss is seen from 0: how far it has come, and against the next one. */
static struct plot_axis axis_of(const struct drawn *drawn, double least, double most,
                                bool logarithmic)
{
    const bool from_zero = !drawn->curve.printed && !logarithmic && least > 0;

    return plot_axis_around(from_zero ? 0 : least, most, logarithmic);
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

/* What the x axis counts. Of several loops that go on with one curve each counts its iterations anew. */
static const char *counted(const struct view *view, const struct curve *curve)
{
    const struct stops *const stops = view->runs[0].stops;
    const bool one_loop =
        curve->count > 0 && stops_iteration_count(stops) > 0 &&
        curve_loop(stops, curve->moments[0]) == curve_loop(stops, curve->moments[curve->count - 1]);

    return view_word(view, one_loop ? "iteration" : "backward pass");
}

static const char *point_title(const struct view *view, const struct curve *curve, size_t index)
{
    return arena_format(view->arena, "%s %zu/%zu · %s %s", counted(view, curve), index + 1,
                        curve->count, curve->label,
                        equals_number(view->arena, view_number(view, curve->values[index])));
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

/* A switch whose right edge is there; returns its left edge. */
static float draw_switch(const struct view *view, enum screen_button button, const char *label,
                         struct point right, struct scene *scene)
{
    const float size = view->type.caption;
    const float w = fonts_measure(view->fonts, TYPE_UI, label, strlen(label)) * size + size * 1.4f;
    const struct rect box = { right.x - w, right.y, w, size * 1.7f };
    scene_group(scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = button },
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

/* Presenting, keys do it. Returns their left edge. */
static float draw_switches(const struct view *view, const struct drawn *drawn, struct rect head,
                           struct scene *scene)
{
    const float gap = view->type.caption * 0.4f;
    float right = head.x + head.w;
    if (view->state->mode == SCREEN_PRESENT) {
        return right;
    }
    const char *const scale = view_word(view, view->state->curve_log ? "logarithmic" : "linear");
    right = draw_switch(view, BUTTON_CURVE_SCALE, scale, (struct point){ right, head.y }, scene);
    if (drawn->parameter_count > 0) {
        right = draw_switch(view, BUTTON_SERIES, view_word(view, "parameters"),
                            (struct point){ right - gap, head.y }, scene);
    }
    return right;
}

/* ---- parameters ---------------------------------------------------------------------------- */

/* The chosen parameters, each in the place that it has among all. */
static void draw_parameters(const struct view *view, struct rect area, const struct drawn *drawn,
                            struct scene *scene)
{
    const float size = view->type.text, caption = view->type.caption;
    const size_t count = drawn->curve.count, all = drawn->parameter_count;
    const size_t one = (size_t)view->state->series - 2;
    const bool single = view->state->series >= 2 && one < all;
    const size_t first = single ? one : 0, end = single ? one + 1 : all;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = first; i < end; i++) {
        widen(drawn->parameters[i].values, count, false, &least, &most);
    }
    for (size_t i = first; i < end && i < drawn->were_count; i++) {
        widen(drawn->were[i].values, drawn->other.count, false, &least, &most);
    }
    if (!(least <= most)) {
        return;
    }
    const struct plot plot = {
        .box = { area.x + size + caption * 4.2f, area.y + caption * 1.6f,
                 area.w - 3 * size - caption * 4.2f,
                 area.h - caption * (1.6f + PLOT_NAMED) - size * 0.4f },
        .named_below = true,
        .x = plot_axis_counting(count > drawn->other.count ? count : drawn->other.count),
        .y = plot_axis_around(least, most, false),
    };
    if (plot.box.h < caption * 2) {
        return;
    }
    plot_axes(view, &plot, counted(view, &drawn->curve), scene);
    for (size_t i = first; i < end && i < drawn->were_count; i++) {
        plot_line(view, &plot,
                  &(struct plot_line){ .values = drawn->were[i].values,
                                       .count = drawn->other.count,
                                       .x_from = 1,
                                       .ink = INK_CARD_LINE,
                                       .width = 1.4f },
                  scene);
    }
    for (size_t i = first; i < end; i++) {
        series_draw(view, &plot, &drawn->parameters[i], drawn->curve.done, i, scene);
    }
    series_names(view, drawn->parameters + first, end - first, first,
                 (struct rect){ area.x + size, area.y + caption,
                                plot.box.x + plot.box.w - area.x - size, 0 },
                 scene);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* Whole if there is room for it, else only what it is at the moment. */
static const char *heading(const struct view *view, const struct curve *curve, size_t at,
                           float room)
{
    const char *const whole = point_title(view, curve, at);
    const float width =
        fonts_measure(view->fonts, TYPE_UI_BOLD, whole, strlen(whole)) * view->type.text;
    return width <= room
               ? whole
               : arena_format(view->arena, "%s %s", curve->label,
                              equals_number(view->arena, view_number(view, curve->values[at])));
}

/* How another run's line looks, at the right end of the row; returns what is left of it. */
static struct rect name_run(const struct view *view, struct rect row, const char *name, bool dashed,
                            struct scene *scene)
{
    const float size = view->type.caption, right = row.x + row.w;
    const float w = fonts_measure(view->fonts, TYPE_UI, name, strlen(name)) * size;
    const struct point line[] = { { right - w - size * 2.2f, row.y - size * 0.36f },
                                  { right - w - size * 0.4f, row.y - size * 0.36f } };
    if (line[0].x < row.x) {
        return row;
    }
    scene_path(
        scene,
        &(struct draw_path){
            .points = line, .count = 2, .stroke = INK_CARD_LINE, .width = 1.4f, .dashed = dashed });
    scene_text(scene, &(struct draw_text){ .at = { right - w, row.y },
                                           .bytes = name,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND });
    row.w = line[0].x - size * 0.8f - row.x;
    return row;
}

/* Pale, beneath the run on show: that of the lesson as it is in its file, dashed the one before. */
static void draw_other_runs(const struct view *view, const struct plot *plot,
                            const struct drawn *drawn, struct scene *scene)
{
    const struct curve *const all[] = { &drawn->other, &drawn->former };
    for (size_t i = 0; i < 2; i++) {
        const struct plot_line line = { .values = all[i]->values,
                                        .count = all[i]->count,
                                        .x_from = 1,
                                        .ink = INK_CARD_LINE,
                                        .width = 1.4f,
                                        .dashed = i == 1 };
        if (line.count > 0) {
            plot_line(view, plot, &line, scene);
        }
    }
}

/* How many of its last points lie between those heights. */
static size_t points_between(const struct plot *plot, const double *values, size_t count, float top,
                             float foot)
{
    enum { LOOKS = 200 };
    const size_t from = count - count / 4, step = (count - from) / LOOKS + 1;
    size_t found = 0;

    for (size_t i = from; i < count; i += step) {
        const bool drawn = isfinite(values[i]) && (!plot->y.logarithmic || values[i] > 0);
        const float y = drawn ? plot_at(plot, (double)i + 1, values[i]).y : -1;
        found += drawn && y >= top && y <= foot;
    }
    return found;
}

static size_t lines_between(const struct plot *plot, const struct drawn *drawn, float top,
                            float foot)
{
    const struct curve *const all[] = { &drawn->curve, &drawn->other, &drawn->former };
    size_t met = 0;

    for (size_t i = 0; i < 3; i++) {
        met += points_between(plot, all[i]->values, all[i]->count, top, foot);
    }
    for (size_t i = 0; i < drawn->evaluated_count; i++) {
        met += points_between(plot, drawn->evaluated[i].values, drawn->curve.count, top, foot);
    }
    return met;
}

/* Names stand at the upper end, where most losses are not in the end; of one that rises, lower: the first
 * row that the fewest points are in. */
static float row_of_names(const struct view *view, const struct plot *plot,
                          const struct drawn *drawn)
{
    const float size = view->type.caption, line = size * 1.6f, upper = size * 1.2f;
    size_t fewest = SIZE_MAX;
    float best = 0;

    for (float top = 0; top == 0 || top + line < plot->box.h; top += line) {
        const float y = plot->box.y + top;
        const size_t met = lines_between(plot, drawn, y, y + line);
        best = met < fewest ? top : best;
        fewest = met < fewest ? met : fewest;
    }
    return plot->box.y + best + upper;
}

static void draw_lines(const struct view *view, const struct plot *plot, const struct drawn *drawn,
                       struct scene *scene)
{
    const struct curve *const curve = &drawn->curve;
    const size_t at = curve->done > 0 ? curve->done - 1 : 0;
    draw_other_runs(view, plot, drawn, scene);
    plot_line(view, plot,
              &(struct plot_line){ .values = curve->values + at,
                                   .count = curve->count - at,
                                   .x_from = (double)at + 1,
                                   .ink = INK_TRACK,
                                   .width = 2 },
              scene);
    const float thick = fmaxf(2.2f, view->type.caption * 0.11f);
    plot_line(view, plot,
              &(struct plot_line){ .values = curve->values,
                                   .count = curve->done,
                                   .x_from = 1,
                                   .ink = INK_LOSS,
                                   .width = thick },
              scene);
    for (size_t i = 0; i < drawn->evaluated_count; i++) {
        series_draw(view, plot, &drawn->evaluated[i], curve->done, i, scene);
    }
    const struct rect row = { plot->box.x, row_of_names(view, plot, drawn),
                              plot->box.w - view->type.caption * 0.5f, 0 };
    const float left = series_names(view, drawn->evaluated, drawn->evaluated_count, 0, row, scene);
    struct rect free_row = { row.x, row.y, left - row.x, 0 };
    if (drawn->other.count > 0) {
        free_row = name_run(view, free_row, view_word(view, "as in the file"), false, scene);
    }
    if (drawn->former.count > 0) {
        name_run(view, free_row, view_word(view, "the run before"), true, scene);
    }
    if (curve->done > 0) {
        draw_mark(view, plot, curve, at, INK_LOSS, scene);
    }
}

/* What a question asks for is no fault. */
static void say_no_value(const struct view *view, const struct curve *curve, struct rect area,
                         struct scene *scene)
{
    const bool asked = curve->count > 0 && trace_is_masked_number(curve->values[curve->count - 1]);

    say(view, area, asked ? "?" : view_word(view, "No finite value to draw."),
        asked ? INK_TEXT_SECOND : INK_ERROR, scene);
}

static void draw_curve(const struct view *view, struct rect area, const struct drawn *drawn,
                       struct scene *scene)
{
    static const float part = 0.58f;
    const struct curve *const curve = &drawn->curve;
    const float size = view->type.text, caption = view->type.caption;
    const struct rect head = { area.x + size, area.y + size * 0.5f, area.w - 2 * size, size };
    const bool below =
        view->state->series > 0 && drawn->parameter_count > 0 && area.h * (1 - part) > caption * 7;
    const float h = below ? area.h * part : area.h;
    double least, most;
    const bool logarithmic = view->state->curve_log && range_of(drawn, true, &least, &most);
    if (!range_of(drawn, logarithmic, &least, &most)) {
        say_no_value(view, curve, area, scene);
        return;
    }
    size_t longest = curve->count > drawn->other.count ? curve->count : drawn->other.count;
    longest = longest > drawn->former.count ? longest : drawn->former.count;
    /* Where there is little room the plot comes close to its heading and to its lower edge. */
    const bool low = h < size * 3 + caption * 6;
    const float above = size * (low ? 2.3f : 2.4f), beneath = low ? 0 : size * 0.4f;
    const struct plot plot = {
        .box = { area.x + size + caption * 4.2f, area.y + above, area.w - 3 * size - caption * 4.2f,
                 h - above - beneath - caption * (low ? 1.9f : PLOT_NAMED) },
        .named_below = !low,
        .x = plot_axis_counting(longest),
        .y = axis_of(drawn, least, most, logarithmic),
    };
    const float room = draw_switches(view, drawn, head, scene) - head.x - size;
    const size_t at = curve->done > 0 ? curve->done - 1 : 0;
    scene_text(scene,
               &(struct draw_text){ .at = { head.x, head.y + size },
                                    .bytes = view->state->bare ? curve->label
                                                               : heading(view, curve, at, room),
                                    .role = TYPE_UI_BOLD,
                                    .size = size,
                                    .ink = INK_TEXT,
                                    .max_width = room });
    if (plot.box.h < caption * 2) {
        return;
    }
    plot_axes(view, &plot, counted(view, curve), scene);
    draw_lines(view, &plot, drawn, scene);
    draw_strips(view, &plot, curve, scene);
    if (below) {
        draw_parameters(view, (struct rect){ area.x, area.y + h, area.w, area.h - h }, drawn,
                        scene);
    }
}

void view_curve(const struct view *view, struct rect area, struct scene *scene)
{
    struct drawn drawn;

    if (!curve_find(view, &drawn)) {
        say(view, area, view_word(view, "No backward() from a single number yet."), INK_TEXT_SECOND,
            scene);
    } else if (drawn.curve.count == 1) { /* one point is no curve: the number */
        say(view, area,
            arena_format(view->arena, "%s %s", drawn.curve.label,
                         equals_number(view->arena, view_number(view, drawn.curve.values[0]))),
            INK_TEXT, scene);
    } else {
        draw_curve(view, area, &drawn, scene);
    }
}
