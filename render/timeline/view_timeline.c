/* The timeline: where in the run we are. Stops stand at even distances; what has been played is in the
 * ink of its direction, what is to come is pale; what happened is marked along it. It zooms until each
 * stop has its dot. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "render/lesson/question.h"
#include "render/timeline/phases.h"
#include "render/timeline/timeline.h"

static const float DOT_ROOM = 7;      /* points between stops from which each gets its dot */
static const float DENSE_ROOM = 2.5f; /* below, stops are shown by their shares */
static const float BUCKET = 3;        /* points of one pointer target or column in a dense run */
static const double LEAST_SPAN = 4;   /* stops on show at the largest zoom */

enum { SHARE_SAMPLES = 48 }; /* stops looked at for one column */

/* ---- where and what --------------------------------------------------------------------- */

float timeline_x(const struct timeline *t, double place)
{
    return t->count < 2 ? t->left
                        : t->left + (t->right - t->left) * (float)((place - t->from) / t->span);
}

float timeline_spacing(const struct timeline *t)
{
    return t->count < 2 ? t->right - t->left : (t->right - t->left) / (float)t->span;
}

static const struct stop *stop_at(const struct timeline *t, size_t index)
{
    return stops_at(t->view->runs[0].stops, t->granularity, index);
}

double timeline_place(const struct timeline *t, uint32_t moment)
{
    const size_t index = stops_index_at(t->view->runs[0].stops, t->granularity, moment);

    if (index == SIZE_MAX) {
        return 0;
    }
    const uint32_t here = stop_at(t, index)->moment;
    if (here == moment || index + 1 >= t->count) {
        return (double)index;
    }
    return (double)index + (double)(moment - here) / (double)(stop_at(t, index + 1)->moment - here);
}

uint32_t timeline_moment_at(const struct timeline *t, double place)
{
    const double last = (double)t->count - 1;

    if (t->count == 0) {
        return 0;
    }
    if (place >= last) {
        return stop_at(t, t->count - 1)->moment + (place > last);
    }
    const size_t index = place > 0 ? (size_t)place : 0;
    const uint32_t here = stop_at(t, index)->moment, next = stop_at(t, index + 1)->moment;
    const double part = place > 0 ? place - (double)index : 0;
    return here + (uint32_t)ceil(part * (double)(next - here));
}

static bool is_error(const struct timeline *t, size_t index)
{
    return trace_record(t->view->runs[0].trace, stop_at(t, index)->record)->kind == RECORD_ERROR;
}

enum ink timeline_ink(const struct timeline *t, size_t index)
{
    return is_error(t, index) ? INK_ERROR : phase_ink(stop_at(t, index)->phase);
}

/* The first and last stop on show. */
static size_t first_shown(const struct timeline *t)
{
    return t->from > 0 ? (size_t)ceil(t->from - 1e-6) : 0;
}

static size_t last_shown(const struct timeline *t)
{
    const double last = floor(t->from + t->span + 1e-6);

    return last < (double)(t->count - 1) ? (size_t)last : t->count - 1;
}

/* ---- the track -------------------------------------------------------------------------- */

static void draw_segment(const struct timeline *t, double from, double to, enum ink ink)
{
    const struct point ends[] = { { timeline_x(t, from), t->y }, { timeline_x(t, to), t->y } };

    scene_path(t->scene, &(struct draw_path){
                             .points = ends, .count = 2, .stroke = ink, .width = t->thickness });
}

/* Pieces of equal phase are one line each, however many stops they hold. */
static void draw_track(const struct timeline *t)
{
    const double end = t->from + t->span;

    if (t->count < 2) {
        return;
    }
    draw_segment(t, t->from, end, INK_TRACK);
    if (t->now == SIZE_MAX) {
        return;
    }
    const size_t last = last_shown(t) + 1 < t->now ? last_shown(t) + 1 : t->now;
    double from = t->from;
    for (size_t i = first_shown(t); i <= last; i++) {
        const double to = fmin((double)i, end);
        if (i == last || timeline_ink(t, i) != timeline_ink(t, i + 1)) {
            if (to > from) {
                draw_segment(t, from, to, timeline_ink(t, i));
            }
            from = to;
        }
    }
}

/* In a long run stops are finer than pixels. A column then shows which share of the stops around it
 * went forwards (above), backwards (below) and updated: even bands where iteration follows
 * iteration, and a change where the lesson changes. */
static void count_shares(const struct timeline *t, size_t middle, unsigned shares[PHASE_COUNT])
{
    const size_t half = (size_t)(8 * BUCKET / timeline_spacing(t)) + 1;
    const size_t from = middle > half ? middle - half : 0;
    const size_t to = middle + half < t->count ? middle + half : t->count - 1;
    const size_t step = (to - from) / SHARE_SAMPLES + 1;

    for (size_t i = from; i <= to; i += step) {
        shares[stop_at(t, i)->phase]++;
    }
}

static void draw_column(const struct timeline *t, float x, float width, size_t index, bool played)
{
    static const enum stop_phase order[] = { PHASE_FORWARD,   PHASE_LOSS, PHASE_OTHER,
                                             PHASE_ZERO_GRAD, PHASE_STEP, PHASE_BACKWARD };
    const float height = t->thickness * 4;
    unsigned shares[PHASE_COUNT] = { 0 }, total = 0;
    float y = t->y - height / 2;

    count_shares(t, index, shares);
    for (int i = 0; i < PHASE_COUNT; i++) {
        total += shares[i];
    }
    for (int i = 0; i < PHASE_COUNT && total > 0; i++) {
        const float part = height * (float)shares[order[i]] / (float)total;
        if (part > 0) {
            scene_rect(t->scene, &(struct draw_rect){ .rect = { x, y, width, part },
                                                      .fill = phase_ink(order[i]),
                                                      .alpha = played ? 1 : 0.3f });
        }
        y += part;
    }
}

static size_t stop_near(const struct timeline *t, float x)
{
    const double part = (double)(x - t->left) / (double)(t->right - t->left);
    const double place = t->from + fmin(fmax(part, 0), 1) * t->span;

    return (size_t)lrint(fmin(place, (double)(t->count - 1)));
}

static void draw_shares(const struct timeline *t)
{
    for (float x = t->left; x < t->right; x += BUCKET) {
        const float width = fminf(BUCKET, t->right - x);
        const size_t index = stop_near(t, x + width / 2);
        draw_column(t, x, width, index, t->now != SIZE_MAX && index <= t->now);
    }
}

static void draw_dot(const struct timeline *t, double place, float radius, enum ink fill,
                     enum ink stroke)
{
    const struct rect box = { timeline_x(t, place) - radius, t->y - radius, 2 * radius,
                              2 * radius };

    scene_rect(t->scene, &(struct draw_rect){ .rect = box,
                                              .radius = radius,
                                              .fill = fill,
                                              .stroke = stroke,
                                              .width = t->thickness * 0.6f });
}

static void draw_cross(const struct timeline *t, size_t index, float radius, enum ink ink)
{
    const float x = timeline_x(t, (double)index);
    const struct point down[] = { { x - radius, t->y - radius }, { x + radius, t->y + radius } };
    const struct point up[] = { { x - radius, t->y + radius }, { x + radius, t->y - radius } };

    scene_path(t->scene, &(struct draw_path){
                             .points = down, .count = 2, .stroke = ink, .width = t->thickness });
    scene_path(t->scene, &(struct draw_path){
                             .points = up, .count = 2, .stroke = ink, .width = t->thickness });
}

static bool is_shown(const struct timeline *t, double place)
{
    return place >= t->from - 1e-6 && place <= t->from + t->span + 1e-6;
}

/* The knob: where we are, also between two stops. */
static void draw_now(const struct timeline *t, float radius)
{
    const double place = timeline_place(t, t->view->runs[0].moment);

    if (t->now == SIZE_MAX || !is_shown(t, place)) {
        return;
    }
    if (is_error(t, t->now)) {
        draw_dot(t, place, radius * 2.2f, INK_ERROR, INK_ERROR);
        draw_cross(t, t->now, radius, INK_TEXT_ON_ACCENT);
    } else {
        draw_dot(t, place, radius * 1.9f, INK_CARD, timeline_ink(t, t->now));
    }
}

static void draw_hovered(const struct timeline *t, float radius)
{
    const struct target *const hovered = &t->view->state->hovered;
    const double place = timeline_place(t, (uint32_t)hovered->id);

    if (hovered->kind == TARGET_STOP && is_shown(t, place)) {
        draw_dot(t, place, radius * 1.5f, INK_NONE, INK_SELECTION);
    }
}

/* That the run ends with an error: a class learns it when it happens, and who explores, unless an open
 * question asks it. */
static bool gives_away(const struct timeline *t, size_t index)
{
    struct question question;

    if (!is_error(t, index) || t->view->state->mode != SCREEN_EXPLORE) {
        return is_error(t, index) && (t->now == SIZE_MAX || t->now < index);
    }
    return question_between(t->view, t->view->runs[0].moment, stop_at(t, index)->moment, &question);
}

static void draw_stops(const struct timeline *t)
{
    const size_t last = t->count - 1;
    const bool asked = gives_away(t, last);
    const float radius = t->thickness * 1.3f;
    const bool dots = timeline_spacing(t) >= DOT_ROOM;

    for (size_t i = first_shown(t); i <= last_shown(t) && dots; i++) {
        const bool played = t->now != SIZE_MAX && i <= t->now;
        const enum ink ink = timeline_ink(t, i);
        if (ink != INK_ERROR || asked) {
            draw_dot(t, (double)i, radius, played ? ink : INK_PANEL, played ? ink : INK_TRACK);
        }
    }
    /* Only the last stop can be an error: it ends the run. */
    if (is_error(t, last) && !asked && is_shown(t, (double)last)) {
        draw_cross(t, last, radius * 1.4f, INK_ERROR);
    }
    draw_hovered(t, radius);
    draw_now(t, radius);
}

/* A target for every stop, or in a dense run for every few points of the track. */
static void draw_targets(const struct timeline *t)
{
    const bool each = timeline_spacing(t) > BUCKET || t->count < 2;
    const float room = each ? timeline_spacing(t) : BUCKET;
    const size_t first = first_shown(t);
    const size_t places =
        each ? last_shown(t) - first + 1 : (size_t)((t->right - t->left) / room + 1.5f);

    for (size_t k = 0; k < places; k++) {
        const float x = each ? timeline_x(t, (double)(first + k)) : t->left + (float)k * room;
        const size_t i = each ? first + k : stop_near(t, x);
        const struct draw_group group = {
            .target = { .kind = TARGET_STOP, .id = (int64_t)stop_at(t, i)->moment },
            .bounds = { x - room / 2, t->area.y, room, t->area.h },
        };
        scene_group(t->scene, &group);
        scene_group_end(t->scene);
    }
}

/* ---- cells ------------------------------------------------------------------------------ */

static void draw_cell_name(const struct timeline *t, struct timeline_foot *foot, float from,
                           float to, size_t number)
{
    const float size = t->view->type.caption, middle = (from + to) / 2;
    char label[32];
    const int length = snprintf(label, sizeof(label), "In[%zu]", number);
    const float width = size * fonts_measure(t->view->fonts, TYPE_MONO, label, (size_t)length);

    if (to - from < size * 3.5f || middle - width / 2 < foot->free_from ||
        middle + width / 2 > foot->right) {
        return;
    }
    scene_text(t->scene, &(struct draw_text){ .at = { middle, t->foot },
                                              .bytes = label,
                                              .role = TYPE_MONO,
                                              .size = size,
                                              .ink = INK_TEXT_SECOND,
                                              .align = ALIGN_CENTRE });
    foot->free_from = middle + width / 2 + size * 0.6f;
}

/* A tick where a code cell ends and the next begins, with the number of the cell before it. It stops
 * over what one step is. */
static void draw_cells(const struct timeline *t, struct timeline_foot *foot)
{
    const struct run_view *const run = &t->view->runs[0];
    const size_t cells = stops_count(run->stops, STOP_CELL);
    const float reach = t->area.h * 0.3f, words = foot->free_from;
    const float under_words = fminf(t->foot - t->view->type.caption - t->y, reach);
    float before = t->left, drawn = -1;

    for (size_t c = 0; c < cells && cells > 1; c++) {
        const double index = timeline_place(t, stops_at(run->stops, STOP_CELL, c)->moment);
        const double place = index + (index + 1 < (double)t->count ? 0.5 : 0);
        const float x = fminf(fmaxf(timeline_x(t, place), t->left), t->right);
        if (c + 1 < cells && is_shown(t, place) && x - drawn >= BUCKET) {
            scene_rect(t->scene,
                       &(struct draw_rect){ .rect = { x, t->y - reach, 1,
                                                      reach + (x < words ? under_words : reach) },
                                            .fill = INK_TEXT_SECOND });
            drawn = x;
        }
        draw_cell_name(t, foot, before, x, c + 1);
        before = x;
    }
}

/* ---- the counter ------------------------------------------------------------------------ */

static float counter_size(const struct view *view)
{
    return view->type.caption * 1.1f;
}

/* Room for the counter at its longest, and for every phase. */
static float counter_width(const struct view *view, size_t count)
{
    const float caption = view->type.caption;
    char text[64];
    const int length = snprintf(text, sizeof(text), "%zu/%zu ✓", count, count);
    float widest =
        counter_size(view) * fonts_measure(view->fonts, TYPE_MONO_BOLD, text, (size_t)length);

    for (int phase = PHASE_FORWARD; phase < PHASE_COUNT; phase++) {
        const char *const name =
            phase_word(view->words, view->state->language, (enum stop_phase)phase);
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

/* "iteration 20/200 · backward", or the phase alone outside of training. */
static const char *place_words(const struct timeline *t)
{
    const struct view *const view = t->view;
    const struct run_view *const run = &view->runs[0];
    const enum language language = view->state->language;
    const uint32_t iteration = stops_training_at(run->stops, run->moment);

    if (t->now != SIZE_MAX && is_error(t, t->now)) {
        return view_word(view, "error");
    }
    const enum stop_phase now = stops_phase_at(run->stops, run->moment);
    /* Where nothing is trained the root of a backward pass is no loss. */
    const bool trains = iteration != NO_ITERATION || now != PHASE_LOSS;
    const char *const phase = phase_word(view->words, language, trains ? now : PHASE_FORWARD);
    if (iteration == NO_ITERATION) {
        return phase;
    }
    const char *const text = iteration_words(run, iteration, view->words, language, view->arena);
    return phase[0] ? arena_format(view->arena, "%s · %s", text, phase) : text;
}

/* "7/22", with a tick at the end; under it where that is in training. */
static void draw_counter(const struct timeline *t, struct timeline_foot *foot)
{
    const float size = counter_size(t->view), caption = t->view->type.caption;
    const float right = t->area.x + t->area.w - t->view->type.text;
    const bool at_end = t->count > 0 && t->now == t->count - 1 && has_ended(t);
    const bool error = t->now != SIZE_MAX && is_error(t, t->now);
    const char *const place = place_words(t);
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
    scene_text(t->scene, &(struct draw_text){ .at = { right, t->foot },
                                              .bytes = place,
                                              .role = TYPE_UI_BOLD,
                                              .size = caption,
                                              .ink = INK_TEXT,
                                              .align = ALIGN_RIGHT,
                                              .max_width = (right - t->left) * 0.6f });
    const float width = caption * fonts_measure(t->view->fonts, TYPE_UI_BOLD, place, strlen(place));
    foot->right = fminf(foot->right, right - width - caption);
}

/* What one step is, where no button says so. */
static void draw_granularity(const struct timeline *t, struct timeline_foot *foot)
{
    const float size = t->view->type.caption;
    const char *const text = view_granularity(t->view);

    if (t->view->state->mode == SCREEN_EXPLORE) {
        return;
    }
    scene_text(t->scene, &(struct draw_text){ .at = { t->left, t->foot },
                                              .bytes = text,
                                              .role = TYPE_UI,
                                              .size = size,
                                              .ink = INK_TEXT_SECOND });
    foot->free_from =
        t->left + size * (fonts_measure(t->view->fonts, TYPE_UI, text, strlen(text)) + 0.8f);
}

/* ---- the whole -------------------------------------------------------------------------- */

/* Which places are on show: all, or a part that lies within the run. */
static void set_window(struct timeline *t)
{
    const struct view_state *const state = t->view->state;
    const double all = t->count > 1 ? (double)(t->count - 1) : 1;
    const double zoom = state->timeline_zoom > 1 ? state->timeline_zoom : 1;

    t->span = fmax(all / zoom, fmin(all, LEAST_SPAN));
    t->from = fmin(fmax(state->timeline_from, 0), all - t->span);
}

static struct timeline timeline_in(const struct view *view, struct rect area, struct scene *scene)
{
    const struct run_view *const run = &view->runs[0];
    const bool exploring = view->state->mode == SCREEN_EXPLORE;
    const float margin = view->type.text * 1.5f, caption = view->type.caption;
    const enum stop_granularity granularity =
        view->state->granularity ? view->state->granularity : STOP_OPERATION;
    const size_t count = stops_count(run->stops, granularity);
    const float after = exploring ? timeline_transport_right(view, area) : area.x;
    struct timeline t = {
        .view = view,
        .scene = scene,
        .area = area,
        .granularity = granularity,
        .count = count,
        .now = stops_index_at(run->stops, granularity, run->moment),
        .left = after + margin,
        .right = area.x + area.w - view->type.text - counter_width(view, count) - margin,
        .y = area.y + area.h * (exploring ? 0.48f : 0.46f),
        .thickness = fmaxf(3, caption * 0.22f),
        .mark = fmaxf(4, caption * 0.3f),
        .foot = area.y + area.h - caption * 0.4f,
    };

    t.marks_y = t.y - t.thickness * 2.5f - t.mark * 1.4f;
    set_window(&t);
    return t;
}

bool timeline_moment(const struct view *view, struct rect area, float x, uint32_t *moment)
{
    const struct timeline t = timeline_in(view, area, NULL);

    if (t.count == 0 || t.right <= t.left) {
        return false;
    }
    *moment = stop_at(&t, stop_near(&t, x))->moment;
    return true;
}

struct timeline_window timeline_window(const struct view *view, struct rect area, float x)
{
    const struct timeline t = timeline_in(view, area, NULL);
    const double part = t.right > t.left ? (double)((x - t.left) / (t.right - t.left)) : 0;

    return (struct timeline_window){
        .from = t.from,
        .span = t.span,
        .all = t.count > 1 ? (double)(t.count - 1) : 1,
        .least = fmin(LEAST_SPAN, t.count > 1 ? (double)(t.count - 1) : 1),
        .at = t.from + fmin(fmax(part, 0), 1) * t.span,
        .now = timeline_place(&t, view->runs[0].moment),
    };
}

void view_timeline(const struct view *view, struct rect area, struct scene *scene)
{
    const struct timeline t = timeline_in(view, area, scene);
    struct timeline_foot foot = { .free_from = t.left, .right = t.right };

    if (view->state->mode == SCREEN_EXPLORE) {
        scene_rect(scene, &(struct draw_rect){ .rect = area, .fill = INK_PANEL });
        scene_rect(scene, &(struct draw_rect){ .rect = { area.x, area.y, area.w, 1 },
                                               .fill = INK_PANEL_LINE });
        timeline_transport(view, area, scene);
    }
    draw_counter(&t, &foot);
    if (t.count == 0 || t.right <= t.left) {
        return;
    }
    if (t.count > 1 && timeline_spacing(&t) < DENSE_ROOM) {
        draw_shares(&t);
    } else {
        draw_track(&t);
    }
    draw_stops(&t);
    if (!view->state->told) { /* a page of a deck has no buttons */
        draw_granularity(&t, &foot);
    }
    draw_targets(&t);
    draw_cells(&t, &foot);
    timeline_marks(&t, &foot);
}
