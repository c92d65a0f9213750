/* Beside a tensor's cells: its statistics, and how its values and gradients are spread. */

#include <math.h>
#include <string.h>

#include "render/tensor/figure.h"
#include "render/tensor/tensor_stats.h"

static const float PITCH = 1.5f, NAMES = 9.5f, NUMBERS = 6.5f, CHART = 13, CHART_LEAST = 6.5f,
                   SHARE = 0.7f;

static void write(const struct view *view, struct point at, const char *text, enum ink ink,
                  enum text_align align, float width, struct scene *scene)
{
    scene_text(scene, &(struct draw_text){ .at = at,
                                           .bytes = text,
                                           .role = TYPE_UI,
                                           .size = view->type.caption,
                                           .ink = ink,
                                           .align = align,
                                           .max_width = width });
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void write_statistics(const struct view *view, const struct trace_value *value,
                             struct rect area, struct scene *scene)
{
    const struct tensor_stats stats = tensor_stats_of(value);
    const float size = view->type.caption;
    const struct {
        const char *name;
        double number;
    } rows[] = {
        { WORD("least"), stats.least },
        { WORD("greatest"), stats.most },
        { WORD("mean"), stats.mean },
        { WORD("standard deviation"), stats.std },
        { stats.sampled ? WORD("zeros in the sample") : WORD("zeros"),
          value->masked ? trace_element(value, 0) : (double)stats.zeros },
        { stats.sampled ? WORD("NaN or inf in the sample") : WORD("NaN or inf"),
          value->masked ? trace_element(value, 0) : (double)stats.odd },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const float y = area.y + size * (1.1f + PITCH * (float)i);
        if (y + size * 0.3f > area.y + area.h) {
            break;
        }
        const bool none = isnan(rows[i].number) && !value->masked;
        write(view, (struct point){ area.x, y }, view_word(view, rows[i].name), INK_TEXT_SECOND,
              ALIGN_LEFT, size * NAMES, scene);
        write(view, (struct point){ area.x + size * (NAMES + NUMBERS - 0.5f), y },
              none ? "–"
                   : view_number(view, value->masked ? trace_element(value, 0) : rows[i].number),
              INK_TEXT, ALIGN_RIGHT, size * (NUMBERS - 0.5f), scene);
    }
}

/* ---- histograms ----------------------------------------------------------------------------- */

static void draw_bars(const size_t bins[HISTOGRAM_BINS], struct rect area, enum ink ink,
                      struct scene *scene)
{
    const float w = area.w / HISTOGRAM_BINS;
    size_t most = 1;

    for (int i = 0; i < HISTOGRAM_BINS; i++) {
        most = bins[i] > most ? bins[i] : most;
    }
    for (int i = 0; i < HISTOGRAM_BINS; i++) {
        /* What is there at all is to be seen. */
        const float h = bins[i] > 0 ? fmaxf(area.h * (float)bins[i] / (float)most, 2) : 0;
        if (h > 0) {
            scene_rect(scene,
                       &(struct draw_rect){ .rect = { area.x + (float)i * w + 0.5f,
                                                      area.y + area.h - h, fmaxf(w - 1, 0.5f), h },
                                            .fill = ink });
        }
    }
    scene_rect(scene, &(struct draw_rect){ .rect = { area.x, area.y + area.h, area.w, 1 },
                                           .fill = INK_TEXT_SECOND });
}

static void draw_histogram(const struct view *view, const char *title,
                           const struct trace_value *value, enum ink ink, struct rect area,
                           struct scene *scene)
{
    const struct tensor_stats stats = tensor_stats_of(value);
    const float size = view->type.caption, foot = size * 1.5f;
    size_t bins[HISTOGRAM_BINS];

    write(view, (struct point){ area.x, area.y + size * 1.1f }, title, INK_TEXT, ALIGN_LEFT, area.w,
          scene);
    if (stats.finite == 0 || area.h < size * 5) {
        return;
    }
    tensor_histogram(value, &stats, bins);
    draw_bars(bins,
              (struct rect){ area.x, area.y + size * 1.8f, area.w, area.h - size * 1.8f - foot },
              ink, scene);
    const float y = area.y + area.h - size * 0.3f;
    if (stats.least == stats.most) {
        write(view, (struct point){ area.x + area.w / 2, y }, view_number(view, stats.least),
              INK_TEXT_SECOND, ALIGN_CENTRE, area.w, scene);
        return;
    }
    write(view, (struct point){ area.x, y }, view_number(view, stats.least), INK_TEXT_SECOND,
          ALIGN_LEFT, area.w / 2, scene);
    write(view, (struct point){ area.x + area.w, y }, view_number(view, stats.most),
          INK_TEXT_SECOND, ALIGN_RIGHT, area.w / 2, scene);
}

/* Its `.grad`, else what arrived at it in the latest walk; NULL for neither. */
static const struct trace_value *gradient_of(const struct view *view,
                                             const struct trace_tensor *tensor)
{
    const struct run_view *const run = &view->runs[0];
    const struct trace_backward *const walk = trace_last_backward_at(run->trace, run->moment);
    const struct trace_tensor *gradient = trace_grad_at(run->trace, tensor, run->moment);

    if (!gradient && walk) {
        gradient = trace_tensor(
            run->trace, trace_arrival_at(run->trace, tensor, walk, run->moment, view->arena).sum);
    }
    return gradient ? trace_value_at(gradient, run->moment) : NULL;
}

/* ---- both ----------------------------------------------------------------------------------- */

float tensor_stats_draw(const struct view *view, const struct trace_tensor *tensor,
                        struct rect area, struct scene *scene)
{
    const struct trace_value *const value = trace_value_at(tensor, view->runs[0].moment);
    const struct trace_value *const gradient = gradient_of(view, tensor);
    const float size = view->type.caption, numbers = size * (NAMES + NUMBERS);
    const float gap = size * 1.5f, room = area.w * SHARE - numbers;
    int charts = 2; /* also where there is no gradient yet: nothing is to move when it comes */

    if (!value || value->count == 0 || room < 0) {
        return 0;
    }
    while (charts > 0 && room / (float)charts - gap < size * CHART_LEAST) {
        charts--;
    }
    const float chart = charts > 0 ? fminf(room / (float)charts - gap, size * CHART) : 0;
    const int shown = gradient ? charts : charts > 0;
    const float w = numbers + (float)charts * (chart + gap);
    struct rect place = { area.x + area.w - w, area.y, chart, area.h };
    write_statistics(view, value, place, scene);
    place.x += numbers + gap;
    if (shown > 0) {
        draw_histogram(view, view_word(view, "values"), value, INK_FORWARD, place, scene);
    }
    place.x += chart + gap;
    if (shown > 1) {
        draw_histogram(view, view_word(view, "gradients"), gradient, INK_BACKWARD, place, scene);
    }
    return w;
}
