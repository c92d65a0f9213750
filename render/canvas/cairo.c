#include "render/canvas/cairo.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "render/scene/path.h"

/* Text smaller than this many pixels is not drawn: it could not be read. */
static const float SMALLEST_TEXT = 3.5f;
/* Glyphs larger than this are filled as outlines; masks of them would flood the cache. */
static const float LARGEST_MASK = 160;
/* A quarter circle as a cubic. */
static const double ARC = 0.5522847498;

struct cairo_canvas *cairo_canvas_from(struct canvas *canvas)
{
    return (struct cairo_canvas *)canvas;
}

/* ---- what pixels and pages share ---- */

void cairo_set_colour(cairo_t *cr, struct colour c)
{
    cairo_set_source_rgba(cr, (double)c.r, (double)c.g, (double)c.b, (double)c.a);
}

void cairo_round_path(cairo_t *cr, struct rect rect, float corner)
{
    const double x0 = (double)rect.x, y0 = (double)rect.y;
    const double x1 = (double)(rect.x + rect.w), y1 = (double)(rect.y + rect.h);
    const double r = (double)fmaxf(0, fminf(corner, fminf(rect.w, rect.h) / 2));
    if (r == 0) {
        cairo_rectangle(cr, x0, y0, x1 - x0, y1 - y0);
        return;
    }
    const double k = r - r * ARC;
    cairo_move_to(cr, x0 + r, y0);
    cairo_line_to(cr, x1 - r, y0);
    cairo_curve_to(cr, x1 - k, y0, x1, y0 + k, x1, y0 + r);
    cairo_line_to(cr, x1, y1 - r);
    cairo_curve_to(cr, x1, y1 - k, x1 - k, y1, x1 - r, y1);
    cairo_line_to(cr, x0 + r, y1);
    cairo_curve_to(cr, x0 + k, y1, x0, y1 - k, x0, y1 - r);
    cairo_line_to(cr, x0, y0 + r);
    cairo_curve_to(cr, x0, y0 + k, x0 + k, y0, x0 + r, y0);
    cairo_close_path(cr);
}

static void set_line(cairo_t *cr, float width, bool dashed, float offset)
{
    cairo_set_line_width(cr, (double)width);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    if (dashed) {
        float dashes[2];
        path_dashes(width, dashes);
        cairo_set_dash(cr, (double[]){ (double)dashes[0], (double)dashes[1] }, 2, (double)offset);
        cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
    } else {
        cairo_set_dash(cr, NULL, 0, 0);
        cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    }
}

void cairo_stroke_rect(struct cairo_canvas *self, const struct draw_rect *rect, float width)
{
    cairo_set_colour(self->cr, canvas_colour(&self->base, rect->stroke, rect->heat, rect->alpha));
    set_line(self->cr, width, rect->dashed, 0);
    cairo_round_path(self->cr, rect->rect, rect->radius);
    cairo_stroke(self->cr);
}

static void trace_points(cairo_t *cr, const struct point *p, size_t count, bool curves)
{
    cairo_move_to(cr, (double)p[0].x, (double)p[0].y);
    for (size_t i = 1; curves && i + 2 < count; i += 3) {
        cairo_curve_to(cr, (double)p[i].x, (double)p[i].y, (double)p[i + 1].x, (double)p[i + 1].y,
                       (double)p[i + 2].x, (double)p[i + 2].y);
    }
    for (size_t i = 1; !curves && i < count; i++) {
        cairo_line_to(cr, (double)p[i].x, (double)p[i].y);
    }
}

static void fill_head(cairo_t *cr, const struct path_head *head)
{
    if (head->shown) {
        trace_points(cr, head->points, HEAD_POINTS, false);
        cairo_close_path(cr);
        cairo_fill(cr);
    }
}

void cairo_fill_shape(struct cairo_canvas *self, const struct draw_path *path,
                      const struct path_shape *shape)
{
    if (path->fill != INK_NONE && shape->count > 0) {
        trace_points(self->cr, shape->points, shape->count, shape->curves);
        cairo_set_colour(self->cr, canvas_colour(&self->base, path->fill, 0, path->alpha));
        cairo_fill(self->cr);
    }
}

static bool has_heads(const struct draw_path *path)
{
    return path->head_start > 0 || path->head_end > 0;
}

void cairo_stroke_shape(struct cairo_canvas *self, const struct draw_path *path,
                        const struct path_shape *shape, float width)
{
    cairo_t *cr = self->cr;
    if (shape->count == 0) {
        return;
    }
    cairo_set_colour(cr, canvas_colour(&self->base, path->stroke, 0, path->alpha));
    set_line(cr, width, path->dashed, path->dash_offset);
    if (has_heads(path)) {
        cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
    }
    trace_points(cr, shape->points, shape->count, shape->curves);
    if (path->closed) {
        cairo_close_path(cr);
    }
    cairo_stroke(cr);
}

void cairo_fill_heads(struct cairo_canvas *self, const struct draw_path *path,
                      const struct path_shape *shape)
{
    if (has_heads(path)) {
        cairo_set_colour(self->cr, canvas_colour(&self->base, path->stroke, 0, path->alpha));
        fill_head(self->cr, &shape->start);
        fill_head(self->cr, &shape->end);
    }
}

static void add_contour(void *context, const struct point *points, size_t count)
{
    trace_points(context, points, count, true);
    cairo_close_path(context);
}

/* A band of the page's colour around the letters. */
void cairo_draw_halo(struct cairo_canvas *self, const struct draw_text *text,
                     const struct text_place *place)
{
    canvas_text_outline(&self->base, text, place, add_contour, self->cr);
    cairo_set_colour(self->cr, canvas_colour(&self->base, INK_PAGE, 0, text->alpha));
    set_line(self->cr, fmaxf(text->size * 0.28f, 3), false, 0);
    cairo_stroke(self->cr);
}

struct rect text_strike(const struct draw_text *text, const struct text_place *place)
{
    const float thick = fmaxf(text->size * 0.07f, 1);
    return (struct rect){ place->at.x, place->at.y - text->size * 0.28f - thick / 2, place->width,
                          thick };
}

/* ---- pixels ---- */

static struct rect in_pixels(const struct cairo_canvas *self, struct rect rect)
{
    return (struct rect){ (rect.x + self->origin.x) * self->scale,
                          (rect.y + self->origin.y) * self->scale, rect.w * self->scale,
                          rect.h * self->scale };
}

static int to_int(float value)
{
    return (int)fminf(fmaxf(value, -1e6f), 1e6f);
}

static struct pixel_box box_around(struct rect rect)
{
    return (struct pixel_box){ to_int(floorf(rect.x)), to_int(floorf(rect.y)),
                               to_int(ceilf(rect.x + rect.w)), to_int(ceilf(rect.y + rect.h)) };
}

static struct pixel_box box_rounded(struct rect rect)
{
    return (struct pixel_box){ to_int(roundf(rect.x)), to_int(roundf(rect.y)),
                               to_int(roundf(rect.x + rect.w)), to_int(roundf(rect.y + rect.h)) };
}

/* Clips lie on whole pixels, so that Cairo and the raster agree and both stay fast. */
static void clip_apply(struct cairo_canvas *self)
{
    const struct pixel_box box = self->clips[self->clip_count - 1];
    const int width = box.x1 > box.x0 ? box.x1 - box.x0 : 0;
    const int height = box.y1 > box.y0 ? box.y1 - box.y0 : 0;
    self->raster.clip = box;
    cairo_reset_clip(self->cr);
    cairo_save(self->cr);
    cairo_identity_matrix(self->cr);
    cairo_rectangle(self->cr, box.x0, box.y0, width, height);
    cairo_restore(self->cr);
    cairo_clip(self->cr);
}

static void clip_push(struct cairo_canvas *self, struct pixel_box box)
{
    self->clips = array_reserve(self->clips, &self->clip_capacity, self->clip_count + 1,
                                sizeof(*self->clips));
    if (self->clip_count > 0) {
        box = box_intersect(box, self->clips[self->clip_count - 1]);
    }
    self->clips[self->clip_count++] = box;
}

static void pixels_begin(struct canvas *canvas, const struct canvas_view *view)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    self->scale = view->scale;
    self->origin = view->origin;
    cairo_identity_matrix(self->cr);
    cairo_scale(self->cr, (double)view->scale, (double)view->scale);
    cairo_translate(self->cr, (double)view->origin.x, (double)view->origin.y);
    self->clip_count = 0;
    clip_push(self, (struct pixel_box){ 0, 0, self->raster.width, self->raster.height });
    if (view->clip.w > 0) {
        clip_push(self, box_around(in_pixels(self, view->clip)));
    }
    clip_apply(self);
}

static void pixels_clip(struct canvas *canvas, struct rect clip)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    clip_push(self, box_rounded(in_pixels(self, clip)));
    clip_apply(self);
}

static void pixels_clip_end(struct canvas *canvas)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    assert(self->clip_count > 1);
    self->clip_count--;
    clip_apply(self);
}

/* The outer sides of a border lie on whole pixels, so that straight sides are crisp. What is as
 * round as can be stays a circle. */
static struct rect crisp(struct rect rect, float width, float radius)
{
    if (radius >= fminf(rect.w, rect.h) / 2 - 0.5f) {
        return rect;
    }
    const float half = width / 2;
    const float x0 = roundf(rect.x - half) + half, y0 = roundf(rect.y - half) + half;
    const float x1 = roundf(rect.x + rect.w + half) - half;
    const float y1 = roundf(rect.y + rect.h + half) - half;
    return (struct rect){ x0, y0, fmaxf(x1 - x0, 0), fmaxf(y1 - y0, 0) };
}

static void pixels_shadow(struct cairo_canvas *self, const struct draw_rect *rect)
{
    if (self->base.theme->shadows) {
        raster_shadow(&self->raster, in_pixels(self, rect->rect), rect->radius * self->scale,
                      SHADOW_REACH * self->scale,
                      canvas_colour(&self->base, INK_SHADOW, 0, rect->alpha));
    }
}

static struct rect inset(struct rect rect, float by)
{
    return (struct rect){ rect.x + by, rect.y + by, rect.w - 2 * by, rect.h - 2 * by };
}

/* False for what is no smooth line. Lines, unlike what Cairo fills, are the same whatever the clip. */
static bool pixels_line(struct cairo_canvas *self, const struct draw_path *path,
                        const struct path_shape *shape, float width, struct colour colour)
{
    static const float exact = 0.05f; /* of a pixel */
    const float scale = self->scale;
    float dashes[2] = { 0, 0 };
    size_t count;
    if (path->closed) {
        return false;
    }
    struct point *const points = path_flatten(shape, exact / scale, &self->base.scratch, &count);
    for (size_t i = 0; i < count; i++) {
        points[i].x = (points[i].x + self->origin.x) * scale;
        points[i].y = (points[i].y + self->origin.y) * scale;
    }
    if (path->dashed) {
        path_dashes(width, dashes);
    }
    return raster_line(&self->raster, points, count,
                       &(struct raster_line){ .width = width * scale,
                                              .round = !path->dashed && !has_heads(path),
                                              .on = dashes[0] * scale,
                                              .off = dashes[1] * scale,
                                              .offset = path->dash_offset * scale,
                                              .colour = colour });
}

/* Four sides and four corners, from the upper left one on. */
enum { ROUND_POINTS = 1 + 3 * 8 };

static void round_points(struct rect rect, float r, struct point out[ROUND_POINTS])
{
    const float x0 = rect.x, y0 = rect.y, x1 = rect.x + rect.w, y1 = rect.y + rect.h;
    const float k = r - r * (float)ARC, w = rect.w - 2 * r, h = rect.h - 2 * r;
    const struct point points[ROUND_POINTS] = {
        { x0 + r, y0 }, { x0 + r + w / 3, y0 }, { x1 - r - w / 3, y0 },
        { x1 - r, y0 }, { x1 - k, y0 },         { x1, y0 + k },
        { x1, y0 + r }, { x1, y0 + r + h / 3 }, { x1, y1 - r - h / 3 },
        { x1, y1 - r }, { x1, y1 - k },         { x1 - k, y1 },
        { x1 - r, y1 }, { x1 - r - w / 3, y1 }, { x0 + r + w / 3, y1 },
        { x0 + r, y1 }, { x0 + k, y1 },         { x0, y1 - k },
        { x0, y1 - r }, { x0, y1 - r - h / 3 }, { x0, y0 + r + h / 3 },
        { x0, y0 + r }, { x0, y0 + k },         { x0 + k, y0 },
        { x0 + r, y0 },
    };
    memcpy(out, points, sizeof(points));
}

/* `width` in points. */
static void pixels_dashed(struct cairo_canvas *self, const struct draw_rect *rect, float width)
{
    struct point points[ROUND_POINTS];
    const struct draw_path path = { .dashed = true };
    const struct path_shape shape = { .points = points, .count = ROUND_POINTS, .curves = true };
    round_points(rect->rect, fmaxf(fminf(rect->radius, fminf(rect->rect.w, rect->rect.h) / 2), 0),
                 points);
    if (!pixels_line(self, &path, &shape, width,
                     canvas_colour(&self->base, rect->stroke, rect->heat, rect->alpha))) {
        cairo_stroke_rect(self, rect, width);
    }
}

static void pixels_rect(struct canvas *canvas, const struct draw_rect *rect)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    if (rect->fill == INK_SHADOW) {
        pixels_shadow(self, rect);
        return;
    }
    const struct rect box = in_pixels(self, rect->rect);
    const struct colour fill = canvas_colour(canvas, rect->fill, rect->heat, rect->alpha);
    if (rect->stroke == INK_NONE && rect->radius <= 0) {
        raster_fill(&self->raster, box, fill);
        return;
    }
    const bool border = rect->stroke != INK_NONE;
    const float width = fmaxf(canvas_line_width(canvas, rect->width) * self->scale, 1);
    struct round_rect round = {
        crisp(box, border && !rect->dashed ? width : 0, rect->radius * self->scale),
        rect->radius * self->scale, border && !rect->dashed ? width : 0, fill,
        canvas_colour(canvas, rect->stroke, rect->heat, rect->alpha)
    };
    raster_round(&self->raster, &round);
    if (border && rect->dashed) {
        pixels_dashed(self, rect, width / self->scale);
    } else if (border && rect->doubled) {
        const float by = 2 * width + self->scale;
        round.rect = inset(round.rect, by);
        round.radius = fmaxf(0, round.radius - by);
        round.fill = (struct colour){ 0 };
        raster_round(&self->raster, &round);
    }
}

static void pixels_heat(struct canvas *canvas, const struct draw_heat *heat)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    const struct rect box = in_pixels(self, heat->rect);
    const float w = box.w / (float)heat->columns, h = box.h / (float)heat->rows;
    for (int row = 0; row < heat->rows; row++) {
        const float top = roundf(box.y + (float)row * h);
        const float bottom = roundf(box.y + (float)(row + 1) * h);
        for (int column = 0; column < heat->columns; column++) {
            const float left = roundf(box.x + (float)column * w);
            const float right = roundf(box.x + (float)(column + 1) * w);
            raster_fill(&self->raster, (struct rect){ left, top, right - left, bottom - top },
                        canvas_colour(canvas, INK_HEAT, heat->cells[row * heat->columns + column],
                                      heat->alpha));
        }
    }
}

/* What may be drawn on, in points. */
static struct rect open_to_drawing(const struct cairo_canvas *self)
{
    const struct pixel_box box = self->raster.clip;
    return (struct rect){ (float)box.x0 / self->scale - self->origin.x,
                          (float)box.y0 / self->scale - self->origin.y,
                          (float)(box.x1 - box.x0) / self->scale,
                          (float)(box.y1 - box.y0) / self->scale };
}

/* A head has four points: never too many. */
static void pixels_head(const struct cairo_canvas *self, const struct path_head *head,
                        struct colour colour)
{
    struct point points[HEAD_POINTS];
    for (int i = 0; i < HEAD_POINTS; i++) {
        points[i] = (struct point){ (head->points[i].x + self->origin.x) * self->scale,
                                    (head->points[i].y + self->origin.y) * self->scale };
    }
    if (head->shown) {
        raster_polygon(&self->raster, points, HEAD_POINTS, colour);
    }
}

static void pixels_path(struct canvas *canvas, const struct draw_path *path)
{
    static const float thinnest = 0.8f; /* pixels: what is finer would vanish */
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    if (!path_meets(path, open_to_drawing(self))) {
        return;
    }
    const struct path_shape shape = path_shape(path, canvas->theme->line_scale, &canvas->scratch);
    const float width = fmaxf(canvas_line_width(canvas, path->width), thinnest / self->scale);
    cairo_fill_shape(self, path, &shape);
    if (path->stroke == INK_NONE) {
        return;
    }
    const struct colour colour = canvas_colour(canvas, path->stroke, 0, path->alpha);
    if (!pixels_line(self, path, &shape, width, colour)) {
        cairo_stroke_shape(self, path, &shape, width);
    }
    pixels_head(self, &shape.start, colour);
    pixels_head(self, &shape.end, colour);
}

static void pixels_glyphs(struct cairo_canvas *self, const struct draw_text *text,
                          const struct text_place *place, struct colour colour)
{
    const float size = text->size * self->scale;
    const float x = (place->at.x + self->origin.x) * self->scale;
    const float y = (place->at.y + self->origin.y) * self->scale;
    size_t run_count;
    const struct glyph_run *runs =
        fonts_shape(self->base.fonts, text->role, place->bytes, place->length, &run_count);
    for (size_t r = 0; r < run_count; r++) {
        for (size_t g = 0; g < runs[r].count; g++) {
            const struct glyph *glyph = &runs[r].glyphs[g];
            /* To the nearest phase, the last of which is the next pixel's first. */
            const float at = x + glyph->x * size + 0.5f / GLYPH_PHASES;
            const float left = floorf(at);
            const int phase = (int)((at - left) * GLYPH_PHASES) % GLYPH_PHASES;
            const struct glyph_mask *mask =
                fonts_mask(self->base.fonts, text->role, runs[r].font, glyph->id, size, phase);
            raster_mask(&self->raster, mask, to_int(left),
                        to_int(roundf(y) + roundf(glyph->y * size)), colour);
        }
    }
}

static void pixels_text(struct canvas *canvas, const struct draw_text *text)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    if (text->size * self->scale < SMALLEST_TEXT) {
        return;
    }
    const struct text_place place = canvas_place_text(canvas, text);
    const struct colour colour = canvas_colour(canvas, text->ink, text->heat, text->alpha);
    if (text->halo) {
        cairo_draw_halo(self, text, &place);
    }
    if (text->size * self->scale > LARGEST_MASK) {
        canvas_text_outline(canvas, text, &place, add_contour, self->cr);
        cairo_set_colour(self->cr, colour);
        cairo_fill(self->cr);
    } else {
        pixels_glyphs(self, text, &place, colour);
    }
    if (text->strike) {
        raster_fill(&self->raster, in_pixels(self, text_strike(text, &place)), colour);
    }
}

static void pixels_end(struct canvas *canvas)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    cairo_reset_clip(self->cr);
    cairo_surface_flush(self->surface);
}

void cairo_canvas_destroy(struct canvas *canvas)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    cairo_destroy(self->cr);
    cairo_surface_destroy(self->surface);
    for (size_t i = 0; i < TYPE_ROLE_COUNT * FONTS_PER_ROLE; i++) {
        if (self->faces[i / FONTS_PER_ROLE][i % FONTS_PER_ROLE]) {
            cairo_font_face_destroy(self->faces[i / FONTS_PER_ROLE][i % FONTS_PER_ROLE]);
        }
    }
    free(self->clips);
    free(self);
}

static const struct canvas_impl pixels_impl = {
    .begin = pixels_begin,
    .rect = pixels_rect,
    .path = pixels_path,
    .text = pixels_text,
    .heat = pixels_heat,
    .clip = pixels_clip,
    .clip_end = pixels_clip_end,
    .end = pixels_end,
    .destroy = cairo_canvas_destroy,
};

static struct cairo_canvas *pixels_create(void *pixels, int width, int height, int stride,
                                          cairo_format_t format)
{
    assert(width > 0 && height > 0 && stride >= width * 4 && stride % 4 == 0);
    struct cairo_canvas *self = memory_allocate(1, sizeof(*self));
    self->surface = cairo_image_surface_create_for_data(pixels, format, width, height, stride);
    self->cr = cairo_create(self->surface);
    self->raster = (struct raster){ pixels, width, height, stride / 4, { 0, 0, width, height } };
    return self;
}

struct canvas *canvas_create_pixels(void *pixels, int width, int height, int stride,
                                    const struct theme *theme, struct fonts *fonts)
{
    struct cairo_canvas *self = pixels_create(pixels, width, height, stride, CAIRO_FORMAT_RGB24);
    canvas_init(&self->base, &pixels_impl, theme, fonts);
    return &self->base;
}

struct canvas *canvas_create_argb(void *pixels, int width, int height, int stride,
                                  const struct theme *theme, struct fonts *fonts)
{
    struct cairo_canvas *self = pixels_create(pixels, width, height, stride, CAIRO_FORMAT_ARGB32);
    canvas_init(&self->base, &pixels_impl, theme, fonts);
    return &self->base;
}

void canvas_fill_page(struct canvas *canvas, const struct rect *pixels)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    assert(canvas->impl == &pixels_impl);
    const struct pixel_box all = { 0, 0, self->raster.width, self->raster.height };
    self->raster.clip = pixels ? box_intersect(all, box_around(*pixels)) : all;
    raster_fill(&self->raster,
                (struct rect){ 0, 0, (float)self->raster.width, (float)self->raster.height },
                theme_colour(canvas->theme, INK_PAGE, 0));
}

cairo_status_t cairo_write_bytes(void *file, const unsigned char *bytes, unsigned length)
{
    return fwrite(bytes, 1, length, file) == length ? CAIRO_STATUS_SUCCESS
                                                    : CAIRO_STATUS_WRITE_ERROR;
}
