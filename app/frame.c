#include "app/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    bool scrolled; /* in the last frame */
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

static float area_of(struct rect r)
{
    return r.w * r.h;
}

/* Rectangles that touch become one; in a picture that was moved not if that one were mostly something
 * else, as of two strips at a corner. When there are too many, the last two become one too. */
static void add_damage(struct frame *frame, struct rect r, const struct window_pixels *pixels)
{
    static const float waste = 1.5f;

    r = pixel_rect(r, pixels);
    if (r.w <= 0) {
        return;
    }
    for (size_t i = 0; i < frame->damage_count;) {
        const struct rect both = unite(frame->damage[i], r);
        const bool apart =
            frame->scrolled && area_of(both) > waste * (area_of(frame->damage[i]) + area_of(r));
        if (!touch(frame->damage[i], r) || apart) {
            i++;
            continue;
        }
        r = both;
        frame->damage[i] = frame->damage[--frame->damage_count];
        i = 0;
    }
    if (frame->damage_count == DAMAGE_MAX) {
        r = unite(frame->damage[--frame->damage_count], r);
    }
    frame->damage[frame->damage_count++] = r;
}

/* Commands [from, to) of a scene. */
struct stretch {
    const struct scene *scene;
    size_t from, to;
};

/* Two frames side by side, the earlier one moved: what differs is damaged. */
struct comparison {
    struct frame *frame;
    const struct window_pixels *pixels;
    struct point by;
    int searches; /* that may still be made */
};

static bool is_same(const struct comparison *c, const struct draw *now, const struct draw *was)
{
    return c->by.x != 0 || c->by.y != 0 ? scene_same_moved(now, was, c->by) : scene_same(now, was);
}

static void add_rect(const struct comparison *c, struct rect r, bool earlier)
{
    if (earlier) {
        r.x += c->by.x;
        r.y += c->by.y;
    }
    add_damage(c->frame, r, c->pixels);
}

static void add_draw(const struct comparison *c, const struct draw *draw, bool earlier)
{
    if (draw->kind == DRAW_CLIP) {
        add_rect(c, draw->clip, earlier);
    } else if (draw->kind == DRAW_RECT || draw->kind == DRAW_PATH || draw->kind == DRAW_TEXT ||
               draw->kind == DRAW_HEAT) {
        add_rect(c, scene_bounds(draw, c->frame->fonts), earlier);
    }
}

/* An end is like any other: it says nothing about where both frames go on alike. */
static bool can_meet(const struct draw *draw)
{
    return draw->kind != DRAW_CLIP_END && draw->kind != DRAW_GROUP_END;
}

/* How many commands of one frame stand before the one that the other frame goes on with; 0: not found
 * nearby. */
static size_t find_meeting(const struct comparison *c, const struct stretch *in, size_t at,
                           const struct draw *wanted, bool in_now)
{
    enum { NEARBY = 64 };

    for (size_t k = 1; k <= NEARBY && at + k < in->to && can_meet(wanted); k++) {
        const struct draw *const here = &in->scene->draws[at + k];
        if (in_now ? is_same(c, here, wanted) : is_same(c, wanted, here)) {
            return k;
        }
    }
    return 0;
}

/* With as many commands as before, each is held against its predecessor; else all between the first
 * and the last difference counts as changed. */
static void compare_still(const struct comparison *c, struct stretch now, struct stretch was)
{
    const bool aligned = now.to - now.from == was.to - was.from;

    while (now.from < now.to && was.from < was.to &&
           is_same(c, &now.scene->draws[now.from], &was.scene->draws[was.from])) {
        now.from++;
        was.from++;
    }
    while (now.from < now.to && was.from < was.to &&
           is_same(c, &now.scene->draws[now.to - 1], &was.scene->draws[was.to - 1])) {
        now.to--;
        was.to--;
    }
    for (size_t i = now.from; i < now.to; i++) {
        if (!aligned ||
            !is_same(c, &now.scene->draws[i], &was.scene->draws[was.from + i - now.from])) {
            add_draw(c, &now.scene->draws[i], false);
        }
    }
    for (size_t i = was.from; i < was.to; i++) {
        if (!aligned ||
            !is_same(c, &now.scene->draws[now.from + i - was.from], &was.scene->draws[i])) {
            add_draw(c, &was.scene->draws[i], true);
        }
    }
}

/* While the camera moves, cards that come in and go out shift what follows in the list, not on the page:
 * both lists are walked, and where they part the next command in common is looked for. In a frame that
 * has nothing in common that is given up soon. */
static void compare_moved(struct comparison *c, struct stretch now, struct stretch was)
{
    size_t i = now.from, j = was.from;

    while (i < now.to && j < was.to) {
        const struct draw *const here = &now.scene->draws[i], *const there = &was.scene->draws[j];
        if (is_same(c, here, there)) {
            i++;
            j++;
            continue;
        }
        const bool search = c->searches > 0;
        const size_t added = search ? find_meeting(c, &now, i, there, true) : 0;
        const size_t gone = search && !added ? find_meeting(c, &was, j, here, false) : 0;
        c->searches -= search && !added && !gone;
        size_t more = added ? added : gone ? 0 : 1, less = gone ? gone : added ? 0 : 1;
        for (; more > 0; more--) {
            add_draw(c, &now.scene->draws[i++], false);
        }
        for (; less > 0; less--) {
            add_draw(c, &was.scene->draws[j++], true);
        }
    }
    for (; i < now.to; i++) {
        add_draw(c, &now.scene->draws[i], false);
    }
    for (; j < was.to; j++) {
        add_draw(c, &was.scene->draws[j], true);
    }
}

enum { SEARCHES = 48 };

static bool clips_to(const struct draw *draw, struct rect area)
{
    return draw->kind == DRAW_CLIP && draw->clip.x == area.x && draw->clip.y == area.y &&
           draw->clip.w == area.w && draw->clip.h == area.h;
}

/* What stands in an area of the page that a clip of its own keeps; false if there is none. Of clips to
 * the same area within one another the innermost counts. */
static bool find_area(const struct scene *scene, struct rect area, struct stretch *out)
{
    int depth = 0;

    *out = (struct stretch){ .scene = scene };
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
    add_damage(frame, (struct rect){ dx > 0 ? r.x : r.x + r.w - across, r.y, across, r.h }, pixels);
    add_damage(frame, (struct rect){ r.x, dy > 0 ? r.y : r.y + r.h - down, r.w, down }, pixels);
}

static bool can_scroll(const struct frame_move *move, const struct window_pixels *pixels)
{
    const struct rect r = whole_of(move->area);

    return move->area.w > 0 && (move->by.x != 0 || move->by.y != 0) && r.x >= 0 && r.y >= 0 &&
           r.x + r.w <= (float)pixels->width && r.y + r.h <= (float)pixels->height &&
           fabsf(move->by.x) < r.w / 2 && fabsf(move->by.y) < r.h / 2;
}

/* What lies over the picture would be moved with it. */
static bool is_covered(const struct frame *frame, const struct frame_options *options)
{
    const struct rect was = frame->overlay_area, now = options->overlay.area;

    return (was.w > 0 && touch(was, options->move.area)) ||
           (now.w > 0 && touch(now, options->move.area));
}

static void find_damage(struct frame *frame, const struct frame_options *options,
                        const struct window_pixels *pixels)
{
    const struct frame_move *const move = &options->move;
    const struct scene *const now = &frame->scenes[frame->now];
    const struct scene *const was = &frame->scenes[!frame->now];
    const struct comparison still = { frame, pixels, { 0, 0 }, 0 };
    struct comparison moved = { frame, pixels, move->by, SEARCHES };
    struct stretch in_now, in_was;

    frame->scrolled = can_scroll(move, pixels) && !is_covered(frame, options) &&
                      find_area(now, move->area, &in_now) && find_area(was, move->area, &in_was);
    if (!frame->scrolled) {
        compare_still(&still, (struct stretch){ now, 0, now->draw_count },
                      (struct stretch){ was, 0, was->draw_count });
        return;
    }
    scroll(frame, move, pixels);
    compare_moved(&moved, in_now, in_was);
    compare_still(&still, (struct stretch){ now, 0, in_now.from },
                  (struct stretch){ was, 0, in_was.from });
    compare_still(&still, (struct stretch){ now, in_now.to, now->draw_count },
                  (struct stretch){ was, in_was.to, was->draw_count });
}

static void collect_damage(struct frame *frame, const struct frame_options *options,
                           const struct window_pixels *pixels)
{
    const struct rect page = { 0, 0, (float)pixels->width, (float)pixels->height };
    const struct scene *const now = &frame->scenes[frame->now];
    const struct scene *const was = &frame->scenes[!frame->now];

    frame->damage_count = 0;
    frame->scrolled = false;
    if (options->everything || !frame->drawn || options->theme != frame->theme ||
        now->width != was->width || now->height != was->height) {
        add_damage(frame, page, pixels);
        return;
    }
    find_damage(frame, options, pixels);
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
        if (frame->scrolled) {
            add_damage(frame, options->move.area, &pixels); /* shown, not drawn: it was moved */
        }
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
