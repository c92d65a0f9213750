/* How long an operation takes, over sizes: a curve for the CPU, one for the device, one for the device
 * with the copies, and the size from which on the device is faster. */

#include <math.h>
#include <string.h>

#include "render/device/device.h"
#include "render/device/timing.h"
#include "render/lesson/sentence_parts.h"
#include "render/plots/plot.h"
#include "render/plots/plot_panel.h"
#include "render/scene/mark.h"
#include "render/screen.h"

static const struct look {
    enum ink ink;
    enum mark_shape shape;
    bool dashed;
    const char *name;
} looks[TIMING_KINDS] = {
    [TIMING_OF_CPU] = { INK_RACER_0, MARK_CIRCLE, false, WORD("CPU, one core") },
    [TIMING_OF_GPU] = { INK_RACER_1, MARK_SQUARE, true, WORD("GPU alone") },
    [TIMING_WITH_COPIES] = { INK_RACER_2, MARK_TRIANGLE, false, WORD("GPU, the copies included") },
};

static struct speaker speaker_of(const struct view *view)
{
    return (struct speaker){ view->runs, view->words, view->state->language, view->arena };
}

/* ---- words --------------------------------------------------------------------------------- */

static const char *symbol_of(const struct view *view, const struct timing *timing)
{
    const struct record_opdef *const def = trace_opdef(view->runs[0].trace, timing->op);

    return strcmp(timing->op, "mm") == 0    ? "A @ B"
           : strcmp(timing->op, "add") == 0 ? "a + b"
           : def && def->formula            ? def->formula
                                            : timing->op;
}

static const char *size_text(const struct view *view, const struct timing *timing, size_t index)
{
    return arena_format(view->arena, "n = %s", view_number(view, timing->sizes[index]));
}

/* From where on the device is faster; where it never is, that. */
static const char *verdict(const struct view *view, const struct timing *timing)
{
    const struct speaker speaker = speaker_of(view);
    const size_t with = timing_crossover(timing, TIMING_WITH_COPIES);
    const size_t alone = timing_crossover(timing, TIMING_OF_GPU);
    const size_t last = timing->counts[TIMING_OF_CPU] - 1;

    if (timing->counts[TIMING_OF_GPU] == 0) {
        return view_word(view, "Without a GPU only the CPU can be timed.");
    }
    if (with != SIZE_MAX) {
        return SAY(&speaker, "From {0} on the GPU is faster, the copies included.",
                   size_text(view, timing, with));
    }
    if (alone != SIZE_MAX) {
        return SAY(&speaker,
                   "From {0} on the GPU is faster alone; with the copies the CPU stays ahead.",
                   size_text(view, timing, alone));
    }
    return SAY(&speaker, "Up to {0} the CPU is faster.", size_text(view, timing, last));
}

/* ---- drawn --------------------------------------------------------------------------------- */

static struct plot plot_of(const struct timing *timing, struct rect box)
{
    double least = INFINITY, most = 0;

    for (int kind = 0; kind < TIMING_KINDS; kind++) {
        for (size_t i = 0; i < timing->counts[kind]; i++) {
            least = fmin(least, timing->ms[kind][i]);
            most = fmax(most, timing->ms[kind][i]);
        }
    }
    return (struct plot){
        .box = box,
        .x = { .from = timing->sizes[0] / 1.15,
               .to = timing->sizes[timing->count - 1] * 1.15,
               .logarithmic = true,
               .doubles = true },
        .y = plot_axis_around(least, most, true),
        .y_name = "ms",
        .named_below = true,
    };
}

static void draw_curve(const struct view *view, const struct plot *plot,
                       const struct timing *timing, enum timing_kind kind, struct scene *scene)
{
    const struct look *const look = &looks[kind];
    const size_t count = timing->counts[kind];
    struct point *const points = arena_allocate(view->arena, count + 1, sizeof(*points));

    for (size_t i = 0; i < count; i++) {
        points[i] = plot_at(plot, timing->sizes[i], timing->ms[kind][i]);
    }
    if (count == 0) {
        return;
    }
    scene_path(scene, &(struct draw_path){ .points = points,
                                           .count = count,
                                           .stroke = look->ink,
                                           .width = fmaxf(2, view->type.caption * 0.1f),
                                           .dashed = look->dashed });
    for (size_t i = 0; i < count; i++) {
        mark_draw(&(struct mark){ .shape = look->shape,
                                  .at = points[i],
                                  .radius = view->type.caption * 0.24f,
                                  .ink = look->ink },
                  scene);
    }
}

/* A line at the size, which is said at its head. */
static void draw_crossover(const struct view *view, const struct plot *plot,
                           const struct timing *timing, struct scene *scene)
{
    const size_t with = timing_crossover(timing, TIMING_WITH_COPIES);
    const size_t at = with != SIZE_MAX ? with : timing_crossover(timing, TIMING_OF_GPU);
    const float size = view->type.caption;

    if (at == SIZE_MAX) {
        return;
    }
    const struct point foot = plot_at(plot, timing->sizes[at], plot->y.from);
    const struct point line[] = { { foot.x, plot->box.y }, foot };
    const bool right = foot.x + size * 6 < plot->box.x + plot->box.w;
    scene_path(scene, &(struct draw_path){ .points = line,
                                           .count = 2,
                                           .stroke = INK_SELECTION,
                                           .width = fmaxf(1.5f, size * 0.08f),
                                           .dashed = true });
    scene_text(scene, &(struct draw_text){
                          .at = { foot.x + (right ? size : -size) * 0.4f, plot->box.y + size },
                          .bytes = size_text(view, timing, at),
                          .role = TYPE_UI_BOLD,
                          .size = size,
                          .ink = INK_SELECTION,
                          .align = right ? ALIGN_LEFT : ALIGN_RIGHT,
                          .halo = true });
}

/* Names of the curves, on as many lines as they need; returns the height. */
static float draw_legend(const struct view *view, struct rect row, const struct timing *timing,
                         struct scene *scene)
{
    const float size = view->type.caption, line = size * 1.5f;
    struct point at = { row.x, row.y + size };

    for (int kind = 0; kind < TIMING_KINDS; kind++) {
        const char *const name = view_word(view, looks[kind].name);
        const float w = fonts_measure(view->fonts, TYPE_UI, name, strlen(name)) * size;
        if (timing->counts[kind] == 0) {
            continue;
        }
        if (at.x > row.x && at.x + size * 1.2f + w > row.x + row.w) {
            at = (struct point){ row.x, at.y + line };
        }
        mark_draw(&(struct mark){ .shape = looks[kind].shape,
                                  .at = { at.x + size * 0.4f, at.y - size * 0.34f },
                                  .radius = size * 0.32f,
                                  .ink = looks[kind].ink },
                  scene);
        scene_text(scene, &(struct draw_text){ .at = { at.x + size * 1.1f, at.y },
                                               .bytes = name,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = row.w - size * 1.1f });
        at.x += size * 2.6f + w;
    }
    return at.y + size * 0.5f - row.y;
}

static const char *heading(const struct view *view, const struct timing *timing)
{
    const struct speaker speaker = speaker_of(view);

    return timing->side
               ? SAY(&speaker, "How long {0} takes, n × n each", symbol_of(view, timing))
               : SAY(&speaker, "How long {0} takes, n elements each", symbol_of(view, timing));
}

static void draw_timing(const struct view *view, struct rect area, const struct timing *timing,
                        struct scene *scene)
{
    static const float least = 4; /* em of the plot's height */
    const float size = view->type.text, caption = view->type.caption, pad = size;
    const struct rect head = { area.x + pad, area.y + pad * 0.4f, area.w - 2 * pad, size * 1.6f };
    float y = head.y + head.h;

    plot_panel_title(view, head, heading(view, timing), scene);
    y += device_write(view, (struct rect){ head.x, y, head.w, area.y + area.h - y },
                      verdict(view, timing), size, INK_TEXT, scene);
    y += draw_legend(view, (struct rect){ head.x, y, head.w, caption }, timing, scene);
    y += caption * 1.7f;
    const float left = caption * 3.4f;
    const struct rect box = { head.x + left, y, head.w - left,
                              area.y + area.h - y - caption * PLOT_NAMED };
    if (box.h < caption * least || box.w < caption * least) {
        return;
    }
    const struct plot plot = plot_of(timing, box);
    plot_axes(view, &plot, "n", scene);
    for (int kind = 0; kind < TIMING_KINDS; kind++) {
        draw_curve(view, &plot, timing, (enum timing_kind)kind, scene);
    }
    draw_crossover(view, &plot, timing, scene);
}

void view_timing(const struct view *view, struct rect area, struct scene *scene)
{
    const struct run_view *const run = &view->runs[0];
    struct timing timing;

    if (!timing_find(run, &timing)) {
        plot_panel_say(view, area, view_word(view, "CPU and GPU have not been timed here."), scene);
    } else if (timing.refused[0]) {
        const struct speaker speaker = speaker_of(view);
        plot_panel_say(view, area,
                       SAY(&speaker, "{0} was not timed. {1}", symbol_of(view, &timing),
                           device_reason(view, timing.refused)),
                       scene);
    } else {
        draw_timing(view, area, &timing, scene);
    }
}
