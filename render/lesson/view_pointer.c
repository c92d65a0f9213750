/* Spotlight, lens and pen, over a page that is drawn already. */

#include "render/lesson/pointer.h"

#include <math.h>

/* ---- spotlight --------------------------------------------------------------------------- */

static const float SPOT_RADIUS = 0.17f, DARKNESS = 0.6f; /* of the page's height */
static const float KAPPA = 0.5522847f; /* a quarter of a circle as a Bézier piece */

/* Straight pieces of a path of curves. */
static void add_line(struct point *points, size_t *count, struct point to)
{
    const struct point from = points[*count - 1];

    points[(*count)++] = from;
    points[(*count)++] = to;
    points[(*count)++] = to;
}

/* A quarter from the angle of (fx, fy) to that of (tx, ty), both of length 1. */
static void add_quarter(struct point *points, size_t *count, struct point centre, float radius,
                        const float quarter[4])
{
    const float fx = quarter[0], fy = quarter[1], tx = quarter[2], ty = quarter[3];

    points[(*count)++] = (struct point){ centre.x + radius * (fx + KAPPA * tx),
                                         centre.y + radius * (fy + KAPPA * ty) };
    points[(*count)++] = (struct point){ centre.x + radius * (tx + KAPPA * fx),
                                         centre.y + radius * (ty + KAPPA * fy) };
    points[(*count)++] = (struct point){ centre.x + radius * tx, centre.y + radius * ty };
}

/* Everything around the circle: a square with a hole, which is gone round the other way. */
static void darken_around(struct point centre, float radius, float reach, struct scene *scene)
{
    enum { POINTS = 1 + 3 * (4 + 1 + 4 + 1) };
    static const float quarters[4][4] = {
        { -1, 0, 0, 1 }, { 0, 1, 1, 0 }, { 1, 0, 0, -1 }, { 0, -1, -1, 0 }
    };
    const float left = centre.x - reach, right = centre.x + reach;
    const float top = centre.y - reach, bottom = centre.y + reach;
    struct point points[POINTS] = { { left, centre.y } };
    size_t count = 1;

    add_line(points, &count, (struct point){ left, top });
    add_line(points, &count, (struct point){ right, top });
    add_line(points, &count, (struct point){ right, bottom });
    add_line(points, &count, (struct point){ left, bottom });
    add_line(points, &count, (struct point){ left, centre.y });
    points[count - 1] = points[0];
    add_line(points, &count, (struct point){ centre.x - radius, centre.y });
    for (int i = 0; i < 4; i++) {
        add_quarter(points, &count, centre, radius, quarters[i]);
    }
    scene_path(scene, &(struct draw_path){ .points = points,
                                           .count = count,
                                           .curves = true,
                                           .closed = true,
                                           .fill = INK_BLACK,
                                           .alpha = DARKNESS });
}

/* How far the nearest and the furthest place of a tile are from the centre. */
static void distances(struct rect tile, struct point centre, float *nearest, float *furthest)
{
    const float left = tile.x - centre.x, right = tile.x + tile.w - centre.x;
    const float top = tile.y - centre.y, bottom = tile.y + tile.h - centre.y;
    const float dx = left > 0 ? left : right < 0 ? -right : 0;
    const float dy = top > 0 ? top : bottom < 0 ? -bottom : 0;

    *nearest = hypotf(dx, dy);
    *furthest = hypotf(fmaxf(fabsf(left), fabsf(right)), fmaxf(fabsf(top), fabsf(bottom)));
}

static void darken_tile(struct rect tile, struct point centre, float radius, struct scene *scene)
{
    float nearest, furthest;

    distances(tile, centre, &nearest, &furthest);
    if (furthest <= radius) {
        return;
    }
    if (nearest >= radius) {
        scene_rect(scene,
                   &(struct draw_rect){ .rect = tile, .fill = INK_BLACK, .alpha = DARKNESS });
        return;
    }
    scene_clip(scene, tile);
    darken_around(centre, radius, radius + hypotf(tile.w, tile.h), scene);
    scene_clip_end(scene);
}

/* In tiles, so that a pointer that moves costs only those that it touches. */
static void draw_spotlight(struct point centre, struct scene *scene)
{
    const float side = ceilf(scene->height / 12), radius = scene->height * SPOT_RADIUS;

    for (float y = 0; y < scene->height; y += side) {
        for (float x = 0; x < scene->width; x += side) {
            const struct rect tile = { x, y, fminf(side, scene->width - x),
                                       fminf(side, scene->height - y) };
            darken_tile(tile, centre, radius, scene);
        }
    }
}

/* ---- lens -------------------------------------------------------------------------------- */

static const float LENS_WIDTH = 0.62f, LENS_HEIGHT = 0.4f; /* of the page's height */
static const float LENS_SCALE = 2;

/* What lies under the pointer stays under it. */
static void draw_lens(struct point centre, struct scene *scene)
{
    const float w = roundf(scene->height * LENS_WIDTH), h = roundf(scene->height * LENS_HEIGHT);
    const struct rect lens = { roundf(centre.x - w / 2), roundf(centre.y - h / 2), w, h };
    const struct point corner = { centre.x * (1 - LENS_SCALE), centre.y * (1 - LENS_SCALE) };
    struct scene page = { 0 };

    scene_append(&page, scene, (struct point){ 0 }, 1);
    scene_clip(scene, lens);
    scene_rect(scene, &(struct draw_rect){ .rect = lens, .fill = INK_PAGE });
    scene_append(scene, &page, corner, LENS_SCALE);
    scene_clip_end(scene);
    scene_rect(scene, &(struct draw_rect){
                          .rect = lens, .stroke = INK_TEXT, .width = scene->height * 0.004f });
    scene_finish(&page);
}

/* ---- pen --------------------------------------------------------------------------------- */

static void draw_mark(const struct pointer_mark *mark, struct scene *scene)
{
    const float width = scene->height * 0.006f;
    struct point *const points = arena_allocate(&scene->arena, mark->count, sizeof(*points));

    for (size_t i = 0; i < mark->count; i++) {
        points[i] =
            (struct point){ mark->points[i].x * scene->width, mark->points[i].y * scene->height };
    }
    if (mark->count > 1) {
        scene_path(scene, &(struct draw_path){ .points = points,
                                               .count = mark->count,
                                               .stroke = INK_SELECTION,
                                               .width = width,
                                               .alpha = mark->alpha });
    }
}

/* Where the pen is: the class sees no other pointer. */
static void draw_pen(struct point at, struct scene *scene)
{
    const float r = scene->height * 0.008f;

    scene_rect(scene, &(struct draw_rect){ .rect = { at.x - r, at.y - r, 2 * r, 2 * r },
                                           .radius = r,
                                           .fill = INK_SELECTION,
                                           .stroke = INK_PAGE,
                                           .width = r / 3 });
}

void view_pointer(const struct pointer_page *page, struct scene *scene)
{
    const struct point at = { page->at.x * scene->width, page->at.y * scene->height };

    for (size_t i = 0; i < page->mark_count; i++) {
        draw_mark(&page->marks[i], scene);
    }
    switch (page->tool) {
    case POINTER_SPOTLIGHT:
        draw_spotlight(at, scene);
        break;
    case POINTER_LENS:
        draw_lens(at, scene);
        break;
    case POINTER_PEN:
        draw_pen(at, scene);
        break;
    case POINTER_NONE:
        break;
    }
}
