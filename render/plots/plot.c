#include "render/plots/plot.h"

#include <math.h>
#include <string.h>

/* ---- axes ------------------------------------------------------------------------------------ */

/* The least of 1, 2 and 5 times a power of ten that divides the span into at most `most` parts. */
static double round_step(double span, double most)
{
    static const double steps[] = { 1, 2, 5, 10 };
    const double power = pow(10, floor(log10(span / most)));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (span / (steps[i] * power) <= most * (1 + 1e-9)) {
            return steps[i] * power;
        }
    }
    return 10 * power;
}

/* More than two powers of ten are counted in powers, less in steps between them. */
static bool is_wide(double from, double to)
{
    return to / from >= 100 * (1 - 1e-9);
}

/* The greatest of 1, 2 and 5 times a power of ten that is not above the value. */
static double below(double value)
{
    const double power = pow(10, floor(log10(value) + 1e-9));
    const double part = value / power * (1 + 1e-9);

    return power * (part >= 5 ? 5 : part >= 2 ? 2 : 1);
}

static struct plot_axis axis_of_powers(double least, double most)
{
    static const double PARTS = 5;
    const double from = pow(10, floor(log10(least))), to = pow(10, ceil(log10(most)));

    if (is_wide(least, most)) {
        return (struct plot_axis){ from, to, true, false, false };
    }
    if (!(most > least)) {
        return (struct plot_axis){ least / 2, most * 2, true, false, false };
    }
    const double step = round_step(most - least, PARTS), floored = floor(least / step) * step;
    return (struct plot_axis){ floored > 0 ? floored : below(least), ceil(most / step) * step, true,
                               false, false };
}

struct plot_axis plot_axis_around(double least, double most, bool logarithmic)
{
    static const double PARTS = 5;
    if (logarithmic) {
        return axis_of_powers(least, most);
    }
    if (!(most > least)) {
        const double room = least != 0 ? fabs(least) / 2 : 1;
        most = least + room;
        least -= room;
    }
    const double step = round_step(most - least, PARTS);
    return (struct plot_axis){ floor(least / step) * step, ceil(most / step) * step, false, false,
                               false };
}

struct plot_axis plot_axis_counting(size_t count)
{
    return (struct plot_axis){ .from = 1, .to = count > 1 ? (double)count : 2, .counts = true };
}

static size_t ticks_of_powers(const struct plot_axis *axis, size_t most, double *ticks)
{
    const double base = axis->doubles ? 2 : 10, unit = log10(base);
    const double first = ceil(log10(axis->from) / unit - 1e-9);
    const double last = floor(log10(axis->to) / unit + 1e-9);
    const double step = fmax(ceil((last - first) / (double)(most - 1)), 1);
    size_t count = 0;
    for (double power = first; power <= last && count < most; power += step) {
        ticks[count++] = pow(base, power);
    }
    return count;
}

/* 1, 2 and 5 times powers of ten; 0 where they are too many, or too few to read a number from. */
static size_t ticks_between_powers(const struct plot_axis *axis, size_t most, double *ticks)
{
    enum { FEW = 3 };
    static const double steps[] = { 1, 2, 5 };
    size_t count = 0;

    for (double power = pow(10, floor(log10(axis->from) + 1e-9)); power <= axis->to; power *= 10) {
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            const double tick = steps[i] * power;
            if (tick < axis->from * (1 - 1e-9) || tick > axis->to * (1 + 1e-9)) {
                continue;
            }
            if (count == most) {
                return 0;
            }
            ticks[count++] = tick;
        }
    }
    return count < FEW ? 0 : count;
}

size_t plot_ticks(const struct plot_axis *axis, size_t most, double ticks[PLOT_TICKS_MAX])
{
    most = most < 2 ? 2 : most > PLOT_TICKS_MAX ? PLOT_TICKS_MAX : most;
    if (axis->logarithmic && (axis->doubles || is_wide(axis->from, axis->to))) {
        return ticks_of_powers(axis, most, ticks);
    }
    const size_t between = axis->logarithmic ? ticks_between_powers(axis, most, ticks) : 0;
    if (between > 0) {
        return between;
    }
    const double least = axis->counts ? 1 : 0;
    const double step = fmax(round_step(axis->to - axis->from, (double)(most - 1)), least);
    size_t count = 0;
    for (double i = ceil(axis->from / step - 1e-9); count < most; i++) {
        const double tick = i * step + 0.0; /* no -0 */
        if (tick > axis->to + step * 1e-9) {
            break;
        }
        ticks[count++] = tick;
    }
    return count;
}

static double place(const struct plot_axis *axis, double value)
{
    return axis->logarithmic
               ? (log10(value) - log10(axis->from)) / (log10(axis->to) - log10(axis->from))
               : (value - axis->from) / (axis->to - axis->from);
}

struct point plot_at(const struct plot *plot, double x, double y)
{
    return (struct point){ plot->box.x + plot->box.w * (float)place(&plot->x, x),
                           plot->box.y + plot->box.h * (1 - (float)place(&plot->y, y)) };
}

/* ---- drawn ----------------------------------------------------------------------------------- */

/* Numbers stand so far left of the axis, in em, that a mark on it hides none. */
static const float NUMBERS_LEFT = 0.7f;

static void draw_tick(const struct view *view, const struct plot *plot, struct point at,
                      bool across, const char *number, struct scene *scene)
{
    const float size = view->type.caption;
    const struct rect box = plot->box;
    const float tick = size * 0.3f;
    const bool short_line = plot->filled || view->state->bare;
    const struct rect line = !across      ? (struct rect){ at.x, box.y + box.h, 1, tick }
                             : short_line ? (struct rect){ box.x - tick, at.y, tick, 1 }
                                          : (struct rect){ box.x, at.y, box.w, 1 };
    scene_rect(scene, &(struct draw_rect){ .rect = line, .fill = INK_PANEL_LINE });
    if (!number[0]) {
        return;
    }
    scene_text(scene,
               &(struct draw_text){
                   .at = across ? (struct point){ box.x - size * NUMBERS_LEFT, at.y + size * 0.36f }
                                : (struct point){ at.x, box.y + box.h + size * 1.25f },
                   .bytes = number,
                   .role = TYPE_UI,
                   .size = size,
                   .ink = INK_TEXT_SECOND,
                   .align = across ? ALIGN_RIGHT : ALIGN_CENTRE });
}

void plot_axes(const struct view *view, const struct plot *plot, const char *x_name,
               struct scene *scene)
{
    const float size = view->type.caption;
    const float name_w = fonts_measure(view->fonts, TYPE_UI, x_name, strlen(x_name)) * size;
    const struct rect box = plot->box;
    double ticks[PLOT_TICKS_MAX];
    size_t count = plot_ticks(&plot->y, (size_t)fmaxf(box.h / (size * 1.8f), 2), ticks);
    for (size_t i = 0; i < count; i++) {
        draw_tick(view, plot, plot_at(plot, plot->x.from, ticks[i]), true,
                  view_number(view, ticks[i]), scene);
    }
    if (plot->filled) {
        scene_rect(scene, &(struct draw_rect){ .rect = box, .stroke = INK_TEXT_SECOND });
    } else {
        scene_rect(scene, &(struct draw_rect){ .rect = { box.x, box.y + box.h, box.w, 1.5f },
                                               .fill = INK_TEXT_SECOND });
    }
    if (plot->y_name) {
        scene_text(scene, &(struct draw_text){ .at = { box.x - size * 0.5f, box.y - size * 0.7f },
                                               .bytes = plot->y_name,
                                               .role = TYPE_UI_BOLD,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = box.w });
    }
    const float wide = plot->filled ? 3.4f : 4.5f;
    const bool below = plot->filled || plot->named_below;
    count = plot_ticks(&plot->x, (size_t)fmaxf(box.w / (size * wide), 2), ticks);
    for (size_t i = 0; i < count; i++) {
        const struct point at = plot_at(plot, ticks[i], plot->y.from);
        /* What the axis counts stands below the numbers; where there is no room, at its end instead of one. */
        const bool room = below || at.x + size * 2 < box.x + box.w - name_w;
        draw_tick(view, plot, at, false, room ? view_number(view, ticks[i]) : "", scene);
    }
    const float row = below ? 2.5f : 1.25f;
    scene_text(scene, &(struct draw_text){ .at = { box.x + box.w, box.y + box.h + size * row },
                                           .bytes = x_name,
                                           .role = plot->filled ? TYPE_UI_BOLD : TYPE_UI,
                                           .size = size,
                                           .ink = plot->filled ? INK_TEXT : INK_TEXT_SECOND,
                                           .align = ALIGN_RIGHT,
                                           .max_width = box.w });
}

static bool can_be_drawn(const struct plot *plot, double value)
{
    return isfinite(value) && (!plot->y.logarithmic || value > 0);
}

/* Points of one piece of the line, without gaps. */
struct piece {
    struct point *points;
    size_t count;
};

static void end_piece(struct piece *piece, const struct plot_line *line, struct scene *scene)
{
    if (piece->count > 0) {
        scene_path(scene, &(struct draw_path){ .points = piece->points,
                                               .count = piece->count,
                                               .stroke = line->ink,
                                               .width = line->width,
                                               .dashed = line->dashed });
    }
    piece->count = 0;
}

/* A value of the line at its place among all. */
struct sample {
    size_t index;
    double value;
};

/* A column of pixels that the line goes through. Values are compared as they are, and placed only at its
 * end: a million logarithms would be seen. */
struct pixel_column {
    float x;
    struct sample first, least, most, last;
    size_t count;
};

static void end_column(const struct plot *plot, const struct plot_line *line,
                       struct pixel_column *column, struct piece *piece)
{
    const struct sample ends[] = { column->first, column->least, column->most, column->last };
    const size_t count = column->count > 1 ? 4 : column->count;
    for (size_t i = 0; i < count; i++) {
        piece->points[piece->count++] =
            plot_at(plot, line->x_from + (double)ends[i].index, ends[i].value);
    }
    column->count = 0;
}

static void add_to_column(struct pixel_column *column, float x, struct sample sample)
{
    if (column->count == 0) {
        *column = (struct pixel_column){ x, sample, sample, sample, sample, 0 };
    }
    column->least = sample.value < column->least.value ? sample : column->least;
    column->most = sample.value > column->most.value ? sample : column->most;
    column->last = sample;
    column->count++;
}

void plot_line(const struct view *view, const struct plot *plot, const struct plot_line *line,
               struct scene *scene)
{
    const size_t columns = (size_t)plot->box.w + 2;
    const size_t most = line->count < columns * 4 ? line->count * 4 : columns * 4;
    struct piece piece = { arena_allocate(view->arena, most + 4, sizeof(struct point)), 0 };
    struct pixel_column column = { 0 };
    for (size_t i = 0; i < line->count; i++) {
        if (!can_be_drawn(plot, line->values[i])) {
            end_column(plot, line, &column, &piece);
            end_piece(&piece, line, scene);
            continue;
        }
        const double along = place(&plot->x, line->x_from + (double)i);
        const float x = floorf(plot->box.x + plot->box.w * (float)along);
        if (column.count > 0 && x != column.x) {
            end_column(plot, line, &column, &piece);
        }
        add_to_column(&column, x, (struct sample){ i, line->values[i] });
    }
    end_column(plot, line, &column, &piece);
    end_piece(&piece, line, scene);
}
