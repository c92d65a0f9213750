#include "render/canvas/canvas.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "render/canvas/impl.h"

void canvas_init(struct canvas *canvas, const struct canvas_impl *impl, const struct theme *theme,
                 struct fonts *fonts)
{
    assert(impl->begin && impl->rect && impl->path && impl->text && impl->heat);
    assert(impl->clip && impl->clip_end && impl->end && impl->destroy &&
           !impl->group == !impl->group_end);
    canvas->impl = impl;
    canvas->theme = theme;
    canvas->fonts = fonts;
}

void canvas_destroy(struct canvas *canvas)
{
    if (canvas) {
        arena_finish(&canvas->scratch);
        canvas->impl->destroy(canvas);
    }
}

struct colour canvas_colour(const struct canvas *canvas, enum ink ink, float heat, float alpha)
{
    struct colour colour = theme_colour(canvas->theme, ink, heat);
    if (alpha > 0) {
        colour.a *= fminf(alpha, 1);
    }
    return colour;
}

float canvas_line_width(const struct canvas *canvas, float width)
{
    return (width > 0 ? width : 1) * canvas->theme->line_scale;
}

struct text_place canvas_place_text(struct canvas *canvas, const struct draw_text *text)
{
    struct text_place place = { text->at, text->bytes, text->length, 0 };
    if (text->max_width > 0) {
        char *room = arena_allocate(&canvas->scratch, FONTS_LINE_MAX + 4, 1);
        place.length = fonts_elide(canvas->fonts, text->role, text->bytes, text->length,
                                   text->max_width / text->size, room, &place.bytes);
    }
    place.width = text->size * fonts_measure(canvas->fonts, text->role, place.bytes, place.length);
    if (text->align == ALIGN_CENTRE) {
        place.at.x -= place.width / 2;
    } else if (text->align == ALIGN_RIGHT) {
        place.at.x -= place.width;
    }
    return place;
}

void canvas_heat_as_rects(struct canvas *canvas, const struct draw_heat *heat)
{
    const float w = heat->rect.w / (float)heat->columns, h = heat->rect.h / (float)heat->rows;
    for (int row = 0; row < heat->rows; row++) {
        const float *cells = heat->cells + (size_t)row * (size_t)heat->columns;
        int from = 0;
        for (int column = 1; column <= heat->columns; column++) {
            if (column < heat->columns && cells[column] == cells[from]) {
                continue;
            }
            canvas->impl->rect(canvas,
                               &(struct draw_rect){ .rect = { heat->rect.x + (float)from * w,
                                                              heat->rect.y + (float)row * h,
                                                              (float)(column - from) * w, h },
                                                    .fill = INK_HEAT,
                                                    .heat = cells[from],
                                                    .alpha = heat->alpha });
            from = column;
        }
    }
}

struct outline_placer {
    struct canvas *canvas;
    struct point at;
    float size;
    void (*visit)(void *context, const struct point *points, size_t count);
    void *context;
};

static void place_contour(void *context, const struct point *points, size_t count)
{
    const struct outline_placer *placer = context;
    struct point *placed = arena_allocate(&placer->canvas->scratch, count, sizeof(*placed));
    for (size_t i = 0; i < count; i++) {
        placed[i].x = placer->at.x + points[i].x * placer->size;
        placed[i].y = placer->at.y + points[i].y * placer->size;
    }
    placer->visit(placer->context, placed, count);
}

void canvas_text_outline(struct canvas *canvas, const struct draw_text *text,
                         const struct text_place *place,
                         void (*visit)(void *context, const struct point *points, size_t count),
                         void *context)
{
    size_t run_count;
    const struct glyph_run *runs =
        fonts_shape(canvas->fonts, text->role, place->bytes, place->length, &run_count);
    struct outline_placer placer = { canvas, { 0, 0 }, text->size, visit, context };
    for (size_t r = 0; r < run_count; r++) {
        for (size_t g = 0; g < runs[r].count; g++) {
            const struct glyph *glyph = &runs[r].glyphs[g];
            placer.at.x = place->at.x + glyph->x * text->size;
            placer.at.y = place->at.y + glyph->y * text->size;
            fonts_outline(canvas->fonts, text->role, runs[r].font, glyph->id, place_contour,
                          &placer);
        }
    }
}

static bool meets(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool paints(const struct draw *draw)
{
    return draw->kind == DRAW_RECT || draw->kind == DRAW_PATH || draw->kind == DRAW_TEXT ||
           draw->kind == DRAW_HEAT;
}

/* Clips and groups must stay balanced; only what paints can be left out. */
static bool is_wanted(const struct canvas *canvas, const struct scene *scene, size_t index,
                      const struct canvas_view *view)
{
    const struct draw *const draw = &scene->draws[index];
    if (!paints(draw)) {
        return true;
    }
    const bool all = !view->layers[0] && !view->layers[1] && !view->layers[2];
    if (!all && !view->layers[draw->layer]) {
        return false;
    }
    return view->clip.w <= 0 ||
           meets(view->bounds ? view->bounds[index] : scene_bounds(draw, canvas->fonts),
                 view->clip);
}

static void play(struct canvas *canvas, const struct draw *draw)
{
    switch (draw->kind) {
    case DRAW_RECT:
        canvas->impl->rect(canvas, &draw->rect);
        break;
    case DRAW_PATH:
        canvas->impl->path(canvas, &draw->path);
        break;
    case DRAW_TEXT:
        canvas->impl->text(canvas, &draw->text);
        break;
    case DRAW_HEAT:
        canvas->impl->heat(canvas, &draw->heat);
        break;
    case DRAW_CLIP:
        canvas->impl->clip(canvas, draw->clip);
        break;
    case DRAW_CLIP_END:
        canvas->impl->clip_end(canvas);
        break;
    case DRAW_GROUP:
        if (canvas->impl->group) {
            canvas->impl->group(canvas, &draw->group);
        }
        break;
    case DRAW_GROUP_END:
        if (canvas->impl->group_end) {
            canvas->impl->group_end(canvas);
        }
        break;
    }
}

/* Often enough that nobody waits, seldom enough that asking costs nothing. */
static bool goes_on(const struct canvas_view *view, size_t done, size_t count)
{
    static const size_t between = 64;

    return !view->step || done % between != 0 || view->step(view->owner, done, count);
}

bool canvas_play(struct canvas *canvas, const struct scene *scene, const struct canvas_view *view)
{
    static const struct canvas_view plain = { .scale = 1 };
    if (!view) {
        view = &plain;
    }
    assert(view->scale > 0);
    canvas->impl->begin(canvas, view);
    for (size_t i = 0; i < scene->draw_count; i++) {
        if (!goes_on(view, i, scene->draw_count)) {
            return false;
        }
        if (is_wanted(canvas, scene, i, view)) {
            play(canvas, &scene->draws[i]);
            /* Emptying costs what was used; most commands use nothing. */
            if (canvas->scratch.used > 0) {
                arena_clear(&canvas->scratch);
            }
        }
    }
    canvas->impl->end(canvas);
    return true;
}
