/* Data and what the model says of them: a line over one feature, regions of classes over two. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/trace/mask.h"
#include "render/plots/contour.h"
#include "render/plots/fit.h"
#include "render/plots/plot.h"
#include "render/plots/plot_panel.h"
#include "render/plots/series.h"
#include "render/scene/mark.h"
#include "render/screen.h"

struct picture {
    const struct view *view;
    struct fit fit;
    struct plot plot;
    struct rect head;
};

static const char *name_of(const struct picture *p, const struct trace_tensor *tensor)
{
    return run_label(&p->view->runs[0], tensor->id, p->view->arena);
}

static enum ink class_ink(int class)
{
    return (enum ink)(INK_RACER_0 + class % (INK_RACER_4 - INK_RACER_0 + 1));
}

/* ---- one feature --------------------------------------------------------------------------- */

struct datum {
    double x, prediction;
};

static int by_x(const void *a, const void *b)
{
    const double one = ((const struct datum *)a)->x, other = ((const struct datum *)b)->x;

    return (one > other) - (one < other);
}

static void draw_residuals(const struct picture *p, struct scene *scene)
{
    enum { FEW = 40 };

    for (size_t i = 0; i < p->fit.count && p->fit.count <= FEW; i++) {
        const double x = trace_element(p->fit.inputs, i);
        const struct point line[] = {
            plot_at(&p->plot, x, trace_element(p->fit.targets, i)),
            plot_at(&p->plot, x, trace_element(p->fit.predictions, i)),
        };
        if (isfinite(line[0].y) && isfinite(line[1].y)) {
            scene_path(scene, &(struct draw_path){
                                  .points = line, .count = 2, .stroke = INK_TRACK, .width = 2 });
        }
    }
}

/* What was said of each datum, from left to right. */
static void draw_prediction(const struct picture *p, struct scene *scene)
{
    const size_t count = p->fit.count;
    struct datum *const data = arena_allocate(p->view->arena, count, sizeof(*data));
    struct point *const points = arena_allocate(p->view->arena, count, sizeof(*points));
    size_t drawn = 0;

    for (size_t i = 0; i < count; i++) {
        data[i] =
            (struct datum){ trace_element(p->fit.inputs, i), trace_element(p->fit.predictions, i) };
    }
    qsort(data, count, sizeof(*data), by_x);
    for (size_t i = 0; i < count; i++) {
        if (isfinite(data[i].x) && isfinite(data[i].prediction)) {
            points[drawn++] = plot_at(&p->plot, data[i].x, data[i].prediction);
        }
    }
    if (drawn > 1) {
        scene_path(scene,
                   &(struct draw_path){ .points = points,
                                        .count = drawn,
                                        .stroke = INK_FORWARD,
                                        .width = fmaxf(p->view->type.caption * 0.16f, 2.4f) });
    }
}

static void widen(const struct trace_value *value, size_t count, double *least, double *most)
{
    for (size_t i = 0; i < count; i++) {
        const double element = trace_element(value, i);
        if (isfinite(element)) {
            *least = fmin(*least, element);
            *most = fmax(*most, element);
        }
    }
}

/* Where no part of what was said is in the frame: on which side, and from where to where it goes. */
static void draw_beyond(const struct picture *p, struct scene *scene)
{
    const struct view *const view = p->view;
    const struct rect box = p->plot.box;
    const float size = view->type.caption;
    double least = INFINITY, most = -INFINITY;

    widen(p->fit.predictions, p->fit.count, &least, &most);
    const bool above = least > p->plot.y.to;
    if (least > most || (!above && most >= p->plot.y.from)) {
        return;
    }
    const char *const words = arena_format(view->arena, "%s %s … %s", above ? "▲" : "▼",
                                           view_number(view, least), view_number(view, most));
    const float w = fonts_measure(view->fonts, TYPE_UI_BOLD, words, strlen(words)) * size;
    const struct point at = { box.x + box.w / 2,
                              above ? box.y + size * 1.4f : box.y + box.h - size * 0.8f };
    /* The lines from the data run to what is out of sight, behind it. */
    scene_rect(scene, &(struct draw_rect){ .rect = { at.x - w / 2 - size * 0.4f, at.y - size,
                                                     w + size * 0.8f, size * 1.4f },
                                           .fill = INK_PANEL });
    scene_text(scene, &(struct draw_text){ .at = at,
                                           .bytes = words,
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = INK_FORWARD,
                                           .align = ALIGN_CENTRE,
                                           .max_width = box.w });
}

static void draw_targets(const struct picture *p, struct scene *scene)
{
    static const float least = 3; /* the rim takes a part of it */
    const float r = fmaxf(p->view->type.caption * (p->fit.count > 60 ? 0.2f : 0.28f), least);

    for (size_t i = 0; i < p->fit.count; i++) {
        const double x = trace_element(p->fit.inputs, i), y = trace_element(p->fit.targets, i);
        if (isfinite(x) && isfinite(y)) {
            mark_draw(&(struct mark){ .shape = MARK_CIRCLE,
                                      .at = plot_at(&p->plot, x, y),
                                      .radius = r,
                                      .ink = INK_CONSTANT },
                      scene);
        }
    }
}

/* What was said at an end of the training that the pass belongs to: where it began, or the last so far. */
static bool fit_at_end(const struct run_view *run, int64_t backward, bool last, struct fit *out)
{
    const struct training training = training_of(run, backward);
    int64_t id = last ? trace_backward_count(run->trace) : 1;

    while (id != backward && !training_has(run, &training, id)) {
        id += last ? -1 : 1;
    }
    return fit_find(run, id, out) && out->kind == FIT_LINE;
}

/* Of the targets, and of where the model began and ended, unless that is far away: it stands still while the
 * model learns. */
static struct fit_range target_range(const struct run_view *run, const struct fit *fit)
{
    static const double around = 0.15, far = 1.5;
    double least = INFINITY, most = -INFINITY;
    struct fit_range range;

    widen(fit->targets, fit->count, &least, &most);
    if (!(least <= most)) {
        return (struct fit_range){ 0, 1 };
    }
    range = (struct fit_range){ least, most };
    for (int last = 0; last <= 1; last++) {
        double low = INFINITY, high = -INFINITY;
        struct fit end;
        if (fit_at_end(run, fit->backward, last, &end)) {
            widen(end.predictions, end.count, &low, &high);
            range.from = fmin(range.from, fmax(low, least - far * (most - least)));
            range.to = fmax(range.to, fmin(high, most + far * (most - least)));
        }
    }
    const double span = range.to - range.from;
    const double room = span > 0 ? span * around : fmax(fabs(most), 1);
    return (struct fit_range){ range.from - room, range.to + room };
}

/* ---- two features -------------------------------------------------------------------------- */

/* How far the class is from being the answer there: not above 0 where it is. */
static double behind(const struct fit *fit, const struct fit_regions *regions, size_t place,
                     int class)
{
    const float *const values = regions->values + place * (size_t)regions->outputs;
    double best = -INFINITY;

    if (fit->rule == FIT_ABOVE) {
        const double above = (double)values[0] - fit->boundary;
        return class == 1 ? -above : above;
    }
    for (int k = 0; k < regions->outputs; k++) {
        best = k != class ? fmax(best, (double)values[k]) : best;
    }
    return class < regions->outputs ? best - (double)values[class] : (double)INFINITY;
}

static void draw_region(const struct picture *p, const struct fit_regions *regions, int class,
                        struct scene *scene)
{
    const size_t places = (size_t)regions->columns * (size_t)regions->rows;
    float *const heights = arena_allocate(p->view->arena, places, sizeof(*heights));
    const double level = 0;

    for (size_t i = 0; i < places; i++) {
        heights[i] = (float)behind(&p->fit, regions, i, class);
    }
    const struct contour_grid grid = { heights, regions->columns, regions->rows };
    const struct contours contours = contours_trace(&grid, &level, 1, p->view->arena);
    const struct rect box = p->plot.box;
    for (size_t i = 0; i < contours.count; i++) {
        const struct contour_loop *const loop = &contours.loops[i];
        struct point *const points = arena_allocate(p->view->arena, loop->count, sizeof(*points));
        for (size_t k = 0; k < loop->count; k++) {
            points[k] =
                (struct point){ box.x + loop->points[k].x / (float)(regions->columns - 1) * box.w,
                                box.y + box.h -
                                    loop->points[k].y / (float)(regions->rows - 1) * box.h };
        }
        if (loop->hole) { /* what lies in it belongs to another class, which is drawn as well */
            scene_path(scene, &(struct draw_path){ .points = points,
                                                   .count = loop->count,
                                                   .closed = true,
                                                   .fill = INK_PANEL });
            continue;
        }
        scene_path(scene, &(struct draw_path){ .points = points,
                                               .count = loop->count,
                                               .closed = true,
                                               .fill = class_ink(class),
                                               .alpha = 0.16f });
        scene_path(scene, &(struct draw_path){ .points = points,
                                               .count = loop->count,
                                               .closed = true,
                                               .stroke = INK_TEXT,
                                               .width = 1.6f });
    }
}

/* One answer everywhere, as far as two decimals of a probability tell, and it is neither class: where that
 * crosses the boundary means nothing. */
static bool is_undecided(const struct picture *p, const struct fit_regions *regions)
{
    const double close = p->fit.boundary == 0 ? 0.02 : 0.005; /* of a logit; of a probability */
    const size_t places = (size_t)regions->columns * (size_t)regions->rows;

    if (p->fit.rule != FIT_ABOVE) {
        return false;
    }
    for (size_t i = 0; i < places; i++) {
        if (!(fabs((double)regions->values[i] - p->fit.boundary) < close)) {
            return false;
        }
    }
    return true;
}

static void say_undecided(const struct picture *p, struct scene *scene)
{
    const struct view *const view = p->view;
    const struct rect box = p->plot.box;
    const char *const words = view_word(view, "no decision: p ≈ 0.5 everywhere");
    const float room = box.w - view->type.caption * 2;
    const float one = fonts_measure(view->fonts, TYPE_UI_BOLD, words, strlen(words));

    scene_text(scene,
               &(struct draw_text){ .at = { box.x + box.w / 2, box.y + box.h / 2 },
                                    .bytes = words,
                                    .role = TYPE_UI_BOLD,
                                    .size = one * view->type.text <= room ? view->type.text
                                                                          : view->type.caption,
                                    .ink = INK_TEXT,
                                    .align = ALIGN_CENTRE,
                                    .max_width = room });
}

static void draw_regions(const struct picture *p, struct scene *scene)
{
    struct fit_regions regions;

    if (!fit_regions(&p->view->runs[0], &p->fit, &regions, p->view->arena)) {
        return;
    }
    if (is_undecided(p, &regions)) {
        say_undecided(p, scene);
        return;
    }
    for (int class = 0; class < p->fit.classes; class ++) {
        draw_region(p, &regions, class, scene);
    }
}

static void draw_points(const struct picture *p, struct scene *scene)
{
    const float r = p->view->type.caption * (p->fit.count > 200 ? 0.22f : 0.3f);

    for (size_t i = 0; i < p->fit.count; i++) {
        const double x = trace_element(p->fit.inputs, 2 * i);
        const double y = trace_element(p->fit.inputs, 2 * i + 1);
        const int class = fit_class(&p->fit, i);
        if (isfinite(x) && isfinite(y)) {
            mark_draw(&(struct mark){ .shape = (enum mark_shape)(class % MARK_SHAPES),
                                      .at = plot_at(&p->plot, x, y),
                                      .radius = r,
                                      .ink = class_ink(class) },
                      scene);
        }
    }
}

/* ---- legend -------------------------------------------------------------------------------- */

/* From the right edge leftwards; returns where the next one ends. */
static float draw_legend(const struct picture *p, float right, const char *name,
                         const struct mark *mark, struct scene *scene)
{
    const struct view *const view = p->view;
    const float size = view->type.caption, base = p->plot.box.y - size * 0.7f;
    const float measured = fonts_measure(view->fonts, TYPE_UI, name, strlen(name)) * size;
    const float w = fminf(measured, size * 9), x = right - w;
    struct mark shown = *mark;

    scene_text(scene, &(struct draw_text){ .at = { x, base },
                                           .bytes = name,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT,
                                           .max_width = w + 1 });
    shown.at = (struct point){ x - size * 0.8f, base - size * 0.36f };
    shown.radius = size * 0.3f;
    if (mark->radius > 0) {
        mark_draw(&shown, scene);
    } else {
        const struct point line[] = { { x - size * 1.7f, shown.at.y },
                                      { x - size * 0.4f, shown.at.y } };
        scene_path(scene, &(struct draw_path){ .points = line,
                                               .count = 2,
                                               .stroke = mark->ink,
                                               .width = fmaxf(size * 0.16f, 2.4f) });
    }
    return x - size * 2.4f;
}

static void draw_legends(const struct picture *p, struct scene *scene)
{
    float right = p->plot.box.x + p->plot.box.w;

    if (p->fit.kind == FIT_LINE) {
        right = draw_legend(p, right, name_of(p, p->fit.prediction),
                            &(struct mark){ .ink = INK_FORWARD }, scene);
        draw_legend(p, right, name_of(p, p->fit.target),
                    &(struct mark){ .shape = MARK_CIRCLE, .radius = 1, .ink = INK_CONSTANT },
                    scene);
        return;
    }
    for (int class = p->fit.classes; class -- > 0;) {
        right = draw_legend(
            p, right, arena_format(p->view->arena, "%s = %d", name_of(p, p->fit.target), class),
            &(struct mark){ .shape = (enum mark_shape)(class % MARK_SHAPES),
                            .radius = 1,
                            .ink = class_ink(class) },
            scene);
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

static void lay_out(struct picture *p, struct rect area)
{
    const struct view *const view = p->view;
    const float size = view->type.caption, text = view->type.text;
    const struct rect body = { area.x + text * 0.8f, area.y + text * 2.1f, area.w - text * 1.6f,
                               area.h - text * 2.6f };
    const bool line = p->fit.kind == FIT_LINE;
    const struct fit_range x = fit_range(&p->fit, 0);
    const struct fit_range y = line ? target_range(&view->runs[0], &p->fit) : fit_range(&p->fit, 1);
    const char *const input = name_of(p, p->fit.input);

    p->head = (struct rect){ body.x, area.y + text * 0.4f, body.w, text * 1.4f };
    p->plot = (struct plot){
        .box = { body.x + size * 4.2f, body.y + size * 1.3f, body.w - size * 4.2f,
                 body.h - size * 4.2f },
        .x = { .from = x.from, .to = x.to },
        .y = { .from = y.from, .to = y.to },
        .y_name = line ? "" : arena_format(view->arena, "%s[:, 1]", input),
        .filled = true,
    };
}

static const char *heading(const struct picture *p)
{
    const struct view *const view = p->view;

    if (p->fit.kind == FIT_CLASSES) {
        return view_word(view, "decision regions");
    }
    return view_word(view, "data and prediction");
}

/* A question asks for all that would be drawn. */
static bool is_asked(const struct fit *fit)
{
    bool asked = fit->kind == FIT_LINE;

    for (size_t i = 0; i < fit->count && asked; i++) {
        asked = trace_is_masked_number(trace_element(fit->targets, i)) &&
                trace_is_masked_number(trace_element(fit->predictions, i));
    }
    return asked;
}

void view_fit(const struct view *view, struct rect area, struct scene *scene)
{
    struct picture p = { .view = view };
    const struct run_view *const run = &view->runs[0];

    if (!fit_find(run, fit_backward(run), &p.fit)) {
        plot_panel_say(view, area, view_word(view, "This backward pass fits no data."), scene);
        return;
    }
    if (is_asked(&p.fit)) {
        plot_panel_say(view, area, "?", scene);
        return;
    }
    lay_out(&p, area);
    plot_panel_head(view, p.head, heading(&p), scene);
    if (p.plot.box.w < view->type.caption * 5 || p.plot.box.h < view->type.caption * 3) {
        return;
    }
    scene_group(scene, &(struct draw_group){ .target = { .kind = TARGET_PLACE, .id = PLOT_FIT },
                                             .bounds = p.plot.box });
    scene_clip(scene, p.plot.box);
    if (p.fit.kind == FIT_LINE) {
        draw_residuals(&p, scene);
        draw_targets(&p, scene);
        draw_prediction(&p, scene);
        draw_beyond(&p, scene);
    } else {
        draw_regions(&p, scene);
        draw_points(&p, scene);
    }
    scene_clip_end(scene);
    scene_group_end(scene);
    const char *const input = name_of(&p, p.fit.input);
    plot_axes(view, &p.plot,
              p.fit.kind == FIT_LINE ? input : arena_format(view->arena, "%s[:, 0]", input), scene);
    draw_legends(&p, scene);
}

/* The datum nearest to the pointer. */
const char *view_fit_title(const struct view *view, struct rect bounds, struct point at)
{
    const struct run_view *const run = &view->runs[0];
    struct picture p = { .view = view };
    double nearest = INFINITY;
    size_t found = SIZE_MAX;

    if (!fit_find(run, fit_backward(run), &p.fit)) {
        return "";
    }
    lay_out(&p, bounds);
    p.plot.box = bounds;
    const bool line = p.fit.kind == FIT_LINE;
    for (size_t i = 0; i < p.fit.count; i++) {
        const struct point place =
            line ? plot_at(&p.plot, trace_element(p.fit.inputs, i), trace_element(p.fit.targets, i))
                 : plot_at(&p.plot, trace_element(p.fit.inputs, 2 * i),
                           trace_element(p.fit.inputs, 2 * i + 1));
        const double far = (double)hypotf(place.x - at.x, place.y - at.y);
        if (far < nearest) {
            nearest = far;
            found = i;
        }
    }
    if (found == SIZE_MAX) {
        return "";
    }
    const char *const target = view_number(view, trace_element(p.fit.targets, found));
    if (line) {
        const char *const input = view_number(view, trace_element(p.fit.inputs, found));
        const char *const said = view_number(view, trace_element(p.fit.predictions, found));
        return arena_format(view->arena, "%s %s · %s %s · %s %s", name_of(&p, p.fit.input),
                            equals_number(view->arena, input), name_of(&p, p.fit.target),
                            equals_number(view->arena, target), name_of(&p, p.fit.prediction),
                            equals_number(view->arena, said));
    }
    return arena_format(view->arena, "%s[%zu] = (%s, %s) · %s %s", name_of(&p, p.fit.input), found,
                        view_number(view, trace_element(p.fit.inputs, 2 * found)),
                        view_number(view, trace_element(p.fit.inputs, 2 * found + 1)),
                        name_of(&p, p.fit.target), equals_number(view->arena, target));
}
