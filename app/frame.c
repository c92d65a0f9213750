#include "app/frame.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"

enum { DAMAGE_MAX = 24 };

struct frame {
    struct window *window;
    struct fonts *fonts;
    struct scene scenes[2];
    int now;
    bool drawn; /* scenes[!now] is what the window shows */
    const struct theme *theme;
    uint64_t overlay_stamp;
    struct rect overlay_area;
    struct rect damage[DAMAGE_MAX];
    size_t damage_count;
    size_t pixels_drawn;
};

struct frame *frame_create(struct window *window, struct fonts *fonts)
{
    struct frame *const frame = memory_allocate(1, sizeof(*frame));

    frame->window = window;
    frame->fonts = fonts;
    return frame;
}

void frame_destroy(struct frame *frame)
{
    if (!frame) {
        return;
    }
    scene_finish(&frame->scenes[0]);
    scene_finish(&frame->scenes[1]);
    free(frame);
}

struct scene *frame_begin(struct frame *frame)
{
    struct scene *const scene = &frame->scenes[frame->now];

    scene_clear(scene);
    return scene;
}

/* ---- damage ----------------------------------------------------------------------------- */

static struct rect unite(struct rect a, struct rect b)
{
    const float x = fminf(a.x, b.x), y = fminf(a.y, b.y);

    return (struct rect){ x, y, fmaxf(a.x + a.w, b.x + b.w) - x, fmaxf(a.y + a.h, b.y + b.h) - y };
}

static bool touch(struct rect a, struct rect b)
{
    return a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h;
}

/* Whole pixels, with a rim for antialiasing, inside the page. Empty (w 0) when it lies outside. */
static struct rect pixel_rect(struct rect r, const struct window_pixels *pixels)
{
    const float left = fmaxf(floorf(r.x) - 2, 0), top = fmaxf(floorf(r.y) - 2, 0);
    const float right = fminf(ceilf(r.x + r.w) + 2, (float)pixels->width);
    const float bottom = fminf(ceilf(r.y + r.h) + 2, (float)pixels->height);

    return right > left && bottom > top ? (struct rect){ left, top, right - left, bottom - top }
                                        : (struct rect){ 0 };
}

/* Rectangles that touch become one; when there are too many, so do the last two. */
static void add_damage(struct frame *frame, struct rect r, const struct window_pixels *pixels)
{
    r = pixel_rect(r, pixels);
    if (r.w <= 0) {
        return;
    }
    for (size_t i = 0; i < frame->damage_count;) {
        if (!touch(frame->damage[i], r)) {
            i++;
            continue;
        }
        r = unite(frame->damage[i], r);
        frame->damage[i] = frame->damage[--frame->damage_count];
        i = 0;
    }
    if (frame->damage_count == DAMAGE_MAX) {
        r = unite(frame->damage[--frame->damage_count], r);
    }
    frame->damage[frame->damage_count++] = r;
}

static void add_draw(struct frame *frame, const struct draw *draw,
                     const struct window_pixels *pixels)
{
    if (draw->kind == DRAW_CLIP) {
        add_damage(frame, draw->clip, pixels);
    } else if (draw->kind == DRAW_RECT || draw->kind == DRAW_PATH || draw->kind == DRAW_TEXT ||
               draw->kind == DRAW_HEAT) {
        add_damage(frame, scene_bounds(draw, frame->fonts), pixels);
    }
}

/* With as many commands as before, each is held against its predecessor; else all between the first
 * and the last difference counts as changed. */
static void find_damage(struct frame *frame, const struct window_pixels *pixels)
{
    const struct scene *const now = &frame->scenes[frame->now];
    const struct scene *const was = &frame->scenes[!frame->now];
    const bool aligned = now->draw_count == was->draw_count;
    size_t head = 0, tail = 0;

    while (head < now->draw_count && head < was->draw_count &&
           scene_same(&now->draws[head], &was->draws[head])) {
        head++;
    }
    while (head + tail < now->draw_count && head + tail < was->draw_count &&
           scene_same(&now->draws[now->draw_count - 1 - tail],
                      &was->draws[was->draw_count - 1 - tail])) {
        tail++;
    }
    for (size_t i = head; i + tail < now->draw_count; i++) {
        if (!aligned || !scene_same(&now->draws[i], &was->draws[i])) {
            add_draw(frame, &now->draws[i], pixels);
        }
    }
    for (size_t i = head; i + tail < was->draw_count; i++) {
        if (!aligned || !scene_same(&now->draws[i], &was->draws[i])) {
            add_draw(frame, &was->draws[i], pixels);
        }
    }
}

static void collect_damage(struct frame *frame, const struct frame_options *options,
                           const struct window_pixels *pixels)
{
    const struct rect page = { 0, 0, (float)pixels->width, (float)pixels->height };
    const struct scene *const now = &frame->scenes[frame->now];
    const struct scene *const was = &frame->scenes[!frame->now];

    frame->damage_count = 0;
    if (options->everything || !frame->drawn || options->theme != frame->theme ||
        now->width != was->width || now->height != was->height) {
        add_damage(frame, page, pixels);
        return;
    }
    find_damage(frame, pixels);
    if (options->overlay.stamp != frame->overlay_stamp) {
        add_damage(frame, frame->overlay_area, pixels);
        add_damage(frame, options->overlay.area, pixels);
    }
}

/* ---- drawing ---------------------------------------------------------------------------- */

static void draw_damage(struct frame *frame, const struct frame_options *options,
                        const struct window_pixels *pixels)
{
    struct canvas *const canvas =
        canvas_create_pixels(pixels->pixels, pixels->width, pixels->height, pixels->stride,
                             options->theme, frame->fonts);

    for (size_t i = 0; i < frame->damage_count; i++) {
        const struct rect r = frame->damage[i];
        canvas_fill_page(canvas, &r);
        canvas_play(canvas, &frame->scenes[frame->now],
                    &(struct canvas_view){ .scale = 1, .clip = r });
        frame->pixels_drawn += (size_t)(r.w * r.h);
    }
    canvas_destroy(canvas);
}

/* The overlay lies on top: where the picture beneath it was redrawn, or it changed, all of it is
 * painted again (its area was then damaged as a whole). */
static void draw_overlay(struct frame *frame, const struct frame_options *options,
                         const struct window_pixels *pixels)
{
    bool under = false;

    if (options->overlay.area.w <= 0) {
        return;
    }
    for (size_t i = 0; i < frame->damage_count; i++) {
        under = under || touch(frame->damage[i], options->overlay.area);
    }
    if (under) {
        options->overlay.draw(options->overlay.owner, pixels);
    }
}

/* A translucent overlay must never be painted twice over the same pixels. */
static void widen_to_overlay(struct frame *frame, const struct frame_options *options,
                             const struct window_pixels *pixels)
{
    for (size_t i = 0; i < frame->damage_count; i++) {
        if (options->overlay.area.w > 0 && touch(frame->damage[i], options->overlay.area)) {
            add_damage(frame, options->overlay.area, pixels);
            return;
        }
    }
}

bool frame_end(struct frame *frame, const struct frame_options *options, struct error *err)
{
    struct window_pixels pixels;

    frame->pixels_drawn = 0;
    if (!window_pixels(frame->window, &pixels, err)) {
        return false;
    }
    collect_damage(frame, options, &pixels);
    widen_to_overlay(frame, options, &pixels);
    if (frame->damage_count > 0) {
        draw_damage(frame, options, &pixels);
        draw_overlay(frame, options, &pixels);
        window_present(frame->window, frame->damage, frame->damage_count);
    }
    frame->theme = options->theme;
    frame->overlay_stamp = options->overlay.stamp;
    frame->overlay_area = options->overlay.area;
    frame->drawn = true;
    frame->now = !frame->now;
    return true;
}

size_t frame_pixels_drawn(const struct frame *frame)
{
    return frame->pixels_drawn;
}
