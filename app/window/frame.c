#include "app/window/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/window/damage.h"
#include "app/window/layer.h"
#include "engine/base/array.h"
#include "engine/base/memory.h"

/* A scene and where its commands paint, as damage_bounds says. */
struct picture {
    struct scene scene;
    struct rect *bounds, *seen;
    size_t bounds_capacity, seen_capacity;
};

struct frame {
    struct window *window;
    struct fonts *fonts;
    struct picture pictures[2];
    int now;
    bool drawn; /* pictures[!now] is what the window shows */
    const struct theme *theme;
    uint64_t overlay_stamp;
    struct rect overlay_area;
    struct damage damage;
    struct arena scratch; /* of one frame */
    bool scrolled;        /* in this frame, or scaled */
    struct layer layer;   /* while zooming */
    struct rect moved;    /* in any frame since it was last drawn; w 0: nothing */
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
    for (int i = 0; i < 2; i++) {
        scene_finish(&frame->pictures[i].scene);
        free(frame->pictures[i].bounds);
        free(frame->pictures[i].seen);
    }
    arena_finish(&frame->scratch);
    layer_finish(&frame->layer);
    free(frame);
}

struct scene *frame_begin(struct frame *frame)
{
    struct scene *const scene = &frame->pictures[frame->now].scene;

    scene_clear(scene);
    return scene;
}

static void find_bounds(struct frame *frame)
{
    struct picture *const now = &frame->pictures[frame->now];
    const size_t count = now->scene.draw_count;

    now->bounds = array_reserve(now->bounds, &now->bounds_capacity, count, sizeof(*now->bounds));
    now->seen = array_reserve(now->seen, &now->seen_capacity, count, sizeof(*now->seen));
    damage_bounds(&now->scene, frame->fonts, now->bounds, now->seen, &frame->scratch);
}

/* ---- damage ----------------------------------------------------------------------------- */

static bool clips_to(const struct draw *draw, struct rect area)
{
    return draw->kind == DRAW_CLIP && draw->clip.x == area.x && draw->clip.y == area.y &&
           draw->clip.w == area.w && draw->clip.h == area.h;
}

static struct stretch stretch_of(const struct picture *picture, size_t from, size_t to)
{
    return (struct stretch){ &picture->scene, picture->bounds, picture->seen, from, to };
}

/* What stands in an area of the page that a clip of its own keeps; false if there is none. Of clips to
 * the same area within one another the innermost counts. */
static bool find_area(const struct picture *picture, struct rect area, struct stretch *out)
{
    const struct scene *const scene = &picture->scene;
    int depth = 0;

    *out = stretch_of(picture, 0, 0);
    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw *const draw = &scene->draws[i];
        if (clips_to(draw, area) && (depth == 0 || out->from == i)) {
            out->from = i + 1;
            depth = 1;
        } else if (depth > 0) {
            depth += (draw->kind == DRAW_CLIP) - (draw->kind == DRAW_CLIP_END);
            if (depth == 0) {
                out->to = i;
                return true;
            }
        }
    }
    return false;
}

/* The area in whole pixels. */
static struct rect whole_of(struct rect r)
{
    const float left = ceilf(r.x), top = ceilf(r.y);

    return (struct rect){ left, top, floorf(r.x + r.w) - left, floorf(r.y + r.h) - top };
}

/* Moves the pixels of the area; what comes in from outside is damaged. */
static void scroll(struct frame *frame, const struct frame_move *move,
                   const struct window_pixels *pixels)
{
    const struct rect r = whole_of(move->area);
    const int dx = (int)move->by.x, dy = (int)move->by.y, x = (int)r.x, y = (int)r.y;
    const int w = (int)r.w - abs(dx), h = (int)r.h - abs(dy);
    char *const base = pixels->pixels;

    for (int i = 0; i < h; i++) {
        const int row = dy > 0 ? h - 1 - i : i; /* never over what is still to be moved */
        const int from = y + row + (dy < 0 ? -dy : 0), to = y + row + (dy > 0 ? dy : 0);
        memmove(base + (ptrdiff_t)to * pixels->stride + (ptrdiff_t)(x + (dx > 0 ? dx : 0)) * 4,
                base + (ptrdiff_t)from * pixels->stride + (ptrdiff_t)(x + (dx < 0 ? -dx : 0)) * 4,
                (size_t)w * 4);
    }
    const float across = (float)abs(dx), down = (float)abs(dy);
    damage_add(&frame->damage,
               (struct rect){ dx > 0 ? r.x : r.x + r.w - across, r.y, across, r.h });
    damage_add(&frame->damage, (struct rect){ r.x, dy > 0 ? r.y : r.y + r.h - down, r.w, down });
}

static bool is_on_page(struct rect r, const struct window_pixels *pixels)
{
    return r.w > 0 && r.h > 0 && r.x >= 0 && r.y >= 0 && r.x + r.w <= (float)pixels->width &&
           r.y + r.h <= (float)pixels->height;
}

static bool can_scroll(const struct frame_move *move, const struct window_pixels *pixels)
{
    const struct rect r = whole_of(move->area);

    return move->scale == 1 && (move->by.x != 0 || move->by.y != 0) && is_on_page(r, pixels) &&
           fabsf(move->by.x) < r.w / 2 && fabsf(move->by.y) < r.h / 2;
}

static bool can_zoom(const struct frame_move *move, const struct window_pixels *pixels)
{
    return move->scale > 0 && move->scale != 1 && is_on_page(whole_of(move->area), pixels);
}

/* Where what lies over the picture and does not move with it is drawn: the small map, a search. */
static struct rect fixed_parts(const struct stretch *in)
{
    struct damage all = { .width = (int)in->scene->width, .height = (int)in->scene->height };
    struct rect sum = { 0 };

    for (size_t i = in->from; i < in->to; i++) {
        if (in->scene->draws[i].layer == LAYER_OVERLAY) {
            damage_add(&all, in->seen[i]);
        }
    }
    for (size_t i = 0; i < all.count; i++) {
        sum = i == 0 ? all.rects[0] : damage_unite(sum, all.rects[i]);
    }
    return sum;
}

/* The layer is what the window shows, without the parts that stay where they are. */
static void take_layer(struct frame *frame, const struct frame_options *options,
                       const struct window_pixels *pixels, const struct stretch *in_was)
{
    struct layer *const layer = &frame->layer;
    struct rect fixed = fixed_parts(in_was);

    layer_take(layer, pixels, whole_of(options->move.area));
    if (fixed.w > 0) {
        struct canvas *const canvas =
            canvas_create_pixels(layer->pixels, layer->width, layer->height, layer->width * 4,
                                 options->theme, frame->fonts);
        const struct canvas_view view = { .scale = 1,
                                          .origin = { -layer->area.x, -layer->area.y },
                                          .clip = fixed,
                                          .layers = { [LAYER_STILL] = true, [LAYER_MOVING] = true },
                                          .bounds = in_was->seen };
        fixed.x -= layer->area.x;
        fixed.y -= layer->area.y;
        canvas_fill_page(canvas, &fixed);
        canvas_play(canvas, in_was->scene, &view);
        canvas_destroy(canvas);
    }
}

/* Scales the pixels of the area; what comes in from outside is damaged, and what does not move. */
static void zoom(struct frame *frame, const struct frame_options *options,
                 const struct window_pixels *pixels, const struct stretch *in_now,
                 const struct stretch *in_was)
{
    const struct rect a = whole_of(options->move.area);

    /* What has come in from outside is kept as well; seen from nearer, nothing comes in. */
    if (frame->layer.area.w <= 0 || options->move.scale < 1) {
        take_layer(frame, options, pixels, in_was);
    }
    layer_zoom(&frame->layer, options->move.scale, options->move.by);
    const struct rect c = layer_show(&frame->layer, pixels);
    const float right = a.x + a.w, bottom = a.y + a.h;
    damage_add(&frame->damage, (struct rect){ a.x, a.y, a.w, c.y - a.y });
    damage_add(&frame->damage, (struct rect){ a.x, c.y + c.h, a.w, bottom - c.y - c.h });
    damage_add(&frame->damage, (struct rect){ a.x, c.y, c.x - a.x, c.h });
    damage_add(&frame->damage, (struct rect){ c.x + c.w, c.y, right - c.x - c.w, c.h });
    if (c.w <= 0) {
        damage_add(&frame->damage, a);
    }
    damage_add(&frame->damage, fixed_parts(in_now));
}

static bool touch(struct rect a, struct rect b)
{
    return a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h;
}

/* What lies over the picture would be moved with it. */
static bool is_covered(const struct frame *frame, const struct frame_options *options)
{
    const struct rect was = frame->overlay_area, now = options->overlay.area;

    return (was.w > 0 && touch(was, options->move.area)) ||
           (now.w > 0 && touch(now, options->move.area));
}

static void compare(struct frame *frame, struct stretch now, struct stretch was, struct point by)
{
    damage_compare(&frame->damage, now, was, by, &frame->scratch);
}

/* What has been moved or scaled, and is compared no more: its commands. */
static void move_pixels(struct frame *frame, const struct frame_options *options,
                        const struct window_pixels *pixels, const struct stretch *in_now,
                        const struct stretch *in_was)
{
    if (can_zoom(&options->move, pixels)) {
        zoom(frame, options, pixels, in_now, in_was);
    } else {
        scroll(frame, &options->move, pixels);
        compare(frame, *in_now, *in_was, options->move.by);
        frame->layer.area.w = 0;
    }
}

static void find_damage(struct frame *frame, const struct frame_options *options,
                        const struct window_pixels *pixels)
{
    static const struct point still = { 0, 0 };
    const struct frame_move *const move = &options->move;
    const struct picture *const now = &frame->pictures[frame->now];
    const struct picture *const was = &frame->pictures[!frame->now];
    const size_t end = now->scene.draw_count, was_end = was->scene.draw_count;
    struct stretch in_now, in_was;

    frame->scrolled = (can_scroll(move, pixels) || can_zoom(move, pixels)) &&
                      !is_covered(frame, options) && find_area(now, move->area, &in_now) &&
                      find_area(was, move->area, &in_was);
    if (!frame->scrolled) {
        compare(frame, stretch_of(now, 0, end), stretch_of(was, 0, was_end), still);
        return;
    }
    compare(frame, stretch_of(now, 0, in_now.from), stretch_of(was, 0, in_was.from), still);
    compare(frame, stretch_of(now, in_now.to, end), stretch_of(was, in_was.to, was_end), still);
    move_pixels(frame, options, pixels, &in_now, &in_was);
}

static void collect_damage(struct frame *frame, const struct frame_options *options,
                           const struct window_pixels *pixels)
{
    const struct rect page = { 0, 0, (float)pixels->width, (float)pixels->height };
    const struct scene *const now = &frame->pictures[frame->now].scene;
    const struct scene *const was = &frame->pictures[!frame->now].scene;

    frame->damage = (struct damage){ .width = pixels->width, .height = pixels->height };
    frame->scrolled = false;
    if (options->everything || !frame->drawn || options->theme != frame->theme ||
        now->width != was->width || now->height != was->height) {
        damage_add(&frame->damage, page);
        frame->layer.area.w = 0;
        return;
    }
    find_damage(frame, options, pixels);
    if (!frame->scrolled && damage_touches(&frame->damage, frame->layer.area)) {
        frame->layer.area.w = 0;
    }
    if (options->settle) {
        damage_add(&frame->damage, frame->moved);
    }
    if (options->overlay.stamp != frame->overlay_stamp) {
        damage_add(&frame->damage, frame->overlay_area);
        damage_add(&frame->damage, options->overlay.area);
    }
}

/* ---- drawing ---------------------------------------------------------------------------- */

static void draw_damage(struct frame *frame, const struct frame_options *options,
                        const struct window_pixels *pixels)
{
    struct canvas *const canvas =
        canvas_create_pixels(pixels->pixels, pixels->width, pixels->height, pixels->stride,
                             options->theme, frame->fonts);

    const struct picture *const now = &frame->pictures[frame->now];

    for (size_t i = 0; i < frame->damage.count; i++) {
        const struct rect r = frame->damage.rects[i];
        canvas_fill_page(canvas, &r);
        canvas_play(canvas, &now->scene,
                    &(struct canvas_view){ .scale = 1, .clip = r, .bounds = now->seen });
        frame->pixels_drawn += (size_t)(r.w * r.h);
    }
    canvas_destroy(canvas);
}

/* The overlay lies on top: where the picture beneath it was redrawn, or it changed, all of it is
 * painted again (its area was then damaged as a whole). */
static void draw_overlay(struct frame *frame, const struct frame_options *options,
                         const struct window_pixels *pixels)
{
    if (options->overlay.area.w > 0 && damage_touches(&frame->damage, options->overlay.area)) {
        options->overlay.draw(options->overlay.owner, pixels);
    }
}

/* A translucent overlay must never be painted twice over the same pixels. */
static void widen_to_overlay(struct frame *frame, const struct frame_options *options)
{
    if (options->overlay.area.w > 0 && damage_touches(&frame->damage, options->overlay.area)) {
        damage_add(&frame->damage, options->overlay.area);
    }
}

bool frame_end(struct frame *frame, const struct frame_options *options, struct error *err)
{
    struct window_pixels pixels;

    frame->pixels_drawn = 0;
    if (!window_pixels(frame->window, &pixels, err)) {
        return false;
    }
    find_bounds(frame);
    collect_damage(frame, options, &pixels);
    widen_to_overlay(frame, options);
    if (options->settle || options->everything) {
        frame->moved = (struct rect){ 0 };
        frame->layer.area.w = 0;
    } else if (frame->scrolled) {
        frame->moved = options->move.area;
    }
    if (frame->damage.count > 0) {
        draw_damage(frame, options, &pixels);
        draw_overlay(frame, options, &pixels);
        if (frame->scrolled) {
            damage_add(&frame->damage, options->move.area); /* shown, not drawn: it was moved */
        }
        window_present(frame->window, frame->damage.rects, frame->damage.count);
    }
    frame->theme = options->theme;
    frame->overlay_stamp = options->overlay.stamp;
    frame->overlay_area = options->overlay.area;
    frame->drawn = true;
    frame->now = !frame->now;
    arena_clear(&frame->scratch);
    return true;
}

bool frame_is_moved(const struct frame *frame)
{
    return frame->moved.w > 0;
}

size_t frame_pixels_drawn(const struct frame *frame)
{
    return frame->pixels_drawn;
}
