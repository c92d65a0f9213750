#include "render/text/private.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include FT_OUTLINE_H

#include "engine/base/array.h"
#include "engine/base/memory.h"

/* Sizes are kept in sixteenths of a pixel: a continuous zoom makes few of them. */
static const float SIZE_STEPS = 16;

void masks_clear(struct fonts *fonts)
{
    for (size_t i = 0; i < MASK_SLOTS; i++) {
        free(fonts->masks[i].mask.rows);
    }
    memset(fonts->masks, 0, MASK_SLOTS * sizeof(*fonts->masks));
    fonts->mask_count = fonts->mask_bytes = 0;
}

static void bitmap_copy(struct glyph_mask *mask, const FT_GlyphSlot slot)
{
    const FT_Bitmap *bitmap = &slot->bitmap;
    *mask = (struct glyph_mask){ .width = (int)bitmap->width,
                                 .height = (int)bitmap->rows,
                                 .left = slot->bitmap_left,
                                 .top = -slot->bitmap_top };
    if (mask->width == 0 || mask->height == 0) {
        return;
    }
    mask->rows = memory_allocate(bitmap->rows, bitmap->width);
    for (unsigned row = 0; row < bitmap->rows; row++) {
        memcpy(mask->rows + (size_t)row * bitmap->width,
               bitmap->buffer + (ptrdiff_t)row * bitmap->pitch, bitmap->width);
    }
}

static struct glyph_mask mask_render(const struct font *font, uint32_t glyph, int steps, int phase)
{
    struct glyph_mask mask = { 0 };
    /* FreeType's unit is 1/64 pixel. */
    FT_Set_Char_Size(font->face, 0, (FT_F26Dot6)(steps * (64 / (int)SIZE_STEPS)), 72, 72);
    if (FT_Load_Glyph(font->face, glyph, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP)) {
        return mask; /* not in the font, or broken: nothing to draw */
    }
    FT_Outline_Translate(&font->face->glyph->outline, phase * (64 / GLYPH_PHASES), 0);
    if (FT_Render_Glyph(font->face->glyph, FT_RENDER_MODE_NORMAL)) {
        return mask;
    }
    bitmap_copy(&mask, font->face->glyph);
    return mask;
}

static uint64_t mask_key(size_t file, uint32_t glyph, int steps, int phase)
{
    return (uint64_t)1 << 63 | (uint64_t)file << 52 | (uint64_t)phase << 48 |
           (uint64_t)(steps & 0xffff) << 32 | glyph;
}

const struct glyph_mask *fonts_mask(struct fonts *fonts, enum type_role role, size_t font_index,
                                    uint32_t glyph, float size, int phase)
{
    assert(!fonts->fixed && phase >= 0 && phase < GLYPH_PHASES);
    const struct font *font = fonts->chains[role].fonts[font_index];
    const int steps = (int)lrintf(size * SIZE_STEPS);
    const uint64_t key = mask_key((size_t)(font - fonts->files), glyph, steps, phase);
    if (fonts->mask_count >= MASKS_MAX || fonts->mask_bytes >= MASK_BYTES_MAX) {
        masks_clear(fonts);
    }
    size_t slot = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 50) % MASK_SLOTS;
    while (fonts->masks[slot].key != 0 && fonts->masks[slot].key != key) {
        slot = (slot + 1) % MASK_SLOTS;
    }
    struct cached_mask *cached = &fonts->masks[slot];
    if (cached->key == 0) {
        cached->key = key;
        cached->mask = mask_render(font, glyph, steps, phase);
        fonts->mask_count++;
        fonts->mask_bytes +=
            cached->mask.rows ? (size_t)cached->mask.width * (size_t)cached->mask.height : 0;
    }
    return &cached->mask;
}

/* ---- outlines ---- */

struct outline_walk {
    struct fonts *fonts;
    float scale;
    void (*visit)(void *context, const struct point *points, size_t count);
    void *context;
};

static struct point outline_point(const struct outline_walk *walk, const FT_Vector *at)
{
    return (struct point){ (float)at->x * walk->scale, -(float)at->y * walk->scale };
}

static void outline_add(struct fonts *fonts, struct point point)
{
    fonts->outline = array_reserve(fonts->outline, &fonts->outline_capacity,
                                   fonts->outline_count + 1, sizeof(*fonts->outline));
    fonts->outline[fonts->outline_count++] = point;
}

static void outline_flush(struct outline_walk *walk)
{
    if (walk->fonts->outline_count > 1) {
        walk->visit(walk->context, walk->fonts->outline, walk->fonts->outline_count);
    }
    walk->fonts->outline_count = 0;
}

static struct point between(struct point a, struct point b, float t)
{
    return (struct point){ a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t };
}

static struct point last_point(const struct outline_walk *walk)
{
    return walk->fonts->outline[walk->fonts->outline_count - 1];
}

static int move_to(const FT_Vector *to, void *user)
{
    struct outline_walk *walk = user;
    outline_flush(walk);
    outline_add(walk->fonts, outline_point(walk, to));
    return 0;
}

static int line_to(const FT_Vector *to, void *user)
{
    struct outline_walk *walk = user;
    const struct point a = last_point(walk), b = outline_point(walk, to);
    outline_add(walk->fonts, between(a, b, 1 / 3.0f));
    outline_add(walk->fonts, between(a, b, 2 / 3.0f));
    outline_add(walk->fonts, b);
    return 0;
}

/* A quadratic piece as the same cubic one. */
static int conic_to(const FT_Vector *control, const FT_Vector *to, void *user)
{
    struct outline_walk *walk = user;
    const struct point a = last_point(walk), c = outline_point(walk, control),
                       b = outline_point(walk, to);
    outline_add(walk->fonts, between(a, c, 2 / 3.0f));
    outline_add(walk->fonts, between(b, c, 2 / 3.0f));
    outline_add(walk->fonts, b);
    return 0;
}

static int cubic_to(const FT_Vector *first, const FT_Vector *second, const FT_Vector *to,
                    void *user)
{
    struct outline_walk *walk = user;
    outline_add(walk->fonts, outline_point(walk, first));
    outline_add(walk->fonts, outline_point(walk, second));
    outline_add(walk->fonts, outline_point(walk, to));
    return 0;
}

void fonts_outline(struct fonts *fonts, enum type_role role, size_t font_index, uint32_t glyph,
                   void (*visit)(void *context, const struct point *points, size_t count),
                   void *context)
{
    assert(!fonts->fixed);
    const struct font *font = fonts->chains[role].fonts[font_index];
    if (FT_Load_Glyph(font->face, glyph, FT_LOAD_NO_SCALE)) {
        return; /* not in the font, or broken: nothing to draw */
    }
    if (font->face->glyph->format != FT_GLYPH_FORMAT_OUTLINE) {
        return;
    }
    static const FT_Outline_Funcs functions = {
        .move_to = move_to, .line_to = line_to, .conic_to = conic_to, .cubic_to = cubic_to
    };
    struct outline_walk walk = { fonts, 1 / font->em, visit, context };
    fonts->outline_count = 0;
    FT_Outline_Decompose(&font->face->glyph->outline, &functions, &walk);
    outline_flush(&walk);
}
