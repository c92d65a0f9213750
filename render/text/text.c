#include "render/text/text.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "render/text/private.h"

/* The measurer of golden scenes. */
static const float FIXED_MONO = 0.6f, FIXED_OTHER = 0.55f, FIXED_ASCENT = 0.95f,
                   FIXED_DESCENT = 0.25f;

struct fonts *fonts_create(struct error *err)
{
    struct fonts *fonts = memory_allocate(1, sizeof(*fonts));
    fonts->buffer = hb_buffer_create();
    fonts->masks = memory_allocate(MASK_SLOTS, sizeof(*fonts->masks));
    if (!chains_load(fonts, err)) {
        fonts_destroy(fonts);
        return NULL;
    }
    return fonts;
}

struct fonts *fonts_create_fixed(void)
{
    struct fonts *fonts = memory_allocate(1, sizeof(*fonts));
    fonts->fixed = true;
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        fonts->chains[role].ascent = FIXED_ASCENT;
        fonts->chains[role].descent = FIXED_DESCENT;
    }
    return fonts;
}

void fonts_destroy(struct fonts *fonts)
{
    if (!fonts) {
        return;
    }
    shaped_clear(fonts);
    if (fonts->masks) {
        masks_clear(fonts);
    }
    free(fonts->masks);
    free(fonts->outline);
    if (fonts->buffer) {
        hb_buffer_destroy(fonts->buffer);
    }
    chains_unload(fonts);
    free(fonts);
}

static const struct font *font_at(const struct fonts *fonts, enum type_role role, size_t index)
{
    const struct font_chain *chain = &fonts->chains[role];
    return index < chain->count ? chain->fonts[index] : NULL;
}

const char *fonts_file(const struct fonts *fonts, enum type_role role, size_t index)
{
    const struct font *font = font_at(fonts, role, index);
    return font ? font->path : NULL;
}

const char *fonts_family(const struct fonts *fonts, enum type_role role, size_t index)
{
    const struct font *font = font_at(fonts, role, index);
    return font ? font->family : NULL;
}

int fonts_file_face(const struct fonts *fonts, enum type_role role, size_t index)
{
    const struct font *font = font_at(fonts, role, index);
    return font ? font->index : 0;
}

size_t fonts_cached(const struct fonts *fonts)
{
    return fonts->shaped_bytes + fonts->mask_bytes;
}

float fonts_ascent(const struct fonts *fonts, enum type_role role)
{
    return fonts->chains[role].ascent;
}

float fonts_descent(const struct fonts *fonts, enum type_role role)
{
    return fonts->chains[role].descent;
}

static float fixed_advance(enum type_role role)
{
    return role == TYPE_MONO || role == TYPE_MONO_BOLD ? FIXED_MONO : FIXED_OTHER;
}

/* The bytes of the longest beginning with at most `limit` characters that take room; their number in
 * *count. Marks after the last belong to it. */
static size_t fixed_prefix(const char *bytes, size_t length, size_t limit, size_t *count)
{
    *count = 0;
    size_t at = 0;
    while (at < length) {
        size_t size;
        const bool mark = is_mark(utf8_decode(bytes + at, length - at, &size));
        if (!mark && *count == limit) {
            break;
        }
        *count += !mark;
        at += size;
    }
    return at;
}

float fonts_measure(struct fonts *fonts, enum type_role role, const char *bytes, size_t length)
{
    if (fonts->fixed) {
        size_t count;
        length = length < FONTS_LINE_MAX ? length : FONTS_LINE_MAX;
        fixed_prefix(bytes, length, SIZE_MAX, &count);
        return (float)count * fixed_advance(role);
    }
    return shaped_line(fonts, role, bytes, length)->width;
}

/* Byte offset and left edge of the cluster that follows glyph `index` of the line. */
static size_t next_cluster(const struct shaped *line, size_t index, float *edge)
{
    const uint32_t cluster = line->glyphs[index].cluster;
    for (size_t i = index + 1; i < line->glyph_count; i++) {
        if (line->glyphs[i].cluster != cluster) {
            *edge = line->glyphs[i].x;
            return line->glyphs[i].cluster;
        }
    }
    *edge = line->width;
    return line->length;
}

size_t fonts_fit(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
                 float width)
{
    if (fonts->fixed) {
        size_t count;
        /* A little more than a count of whole advances is still that count. */
        const float limit = (width + 1e-4f) / fixed_advance(role);
        return fixed_prefix(bytes, length, limit > 0 ? (size_t)limit : 0, &count);
    }
    const struct shaped *line = shaped_line(fonts, role, bytes, length);
    if (line->width <= width) {
        return line->length;
    }
    size_t fits = 0;
    for (size_t i = 0; i < line->glyph_count; i++) {
        float edge;
        const size_t end = next_cluster(line, i, &edge);
        if (edge <= width && end > fits) {
            fits = end;
        } else if (edge > width) {
            break;
        }
    }
    return fits;
}

size_t fonts_break_prose(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
                         float width)
{
    const size_t fit = fonts_fit(fonts, role, bytes, length, width);
    size_t blank = fit;

    if (fit == length || fit == 0) {
        return length;
    }
    while (blank > 0 && bytes[blank] != ' ') {
        blank--;
    }
    return blank > 0 ? blank : fit;
}

size_t fonts_break_code(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
                        float width)
{
    const size_t fit = fonts_fit(fonts, role, bytes, length, width);
    size_t blank = fit;

    if (fit == length || fit == 0) {
        return length;
    }
    while (blank > fit / 2 && bytes[blank - 1] != ' ') {
        blank--;
    }
    return blank > fit / 2 ? blank : fit;
}

size_t fonts_elide(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
                   float width, char room[FONTS_LINE_MAX + 4], const char **out)
{
    static const char ellipsis[] = "…";
    *out = bytes;
    /* Widths are computed in several ways: a text that was measured to fit must fit. */
    if (fonts_measure(fonts, role, bytes, length) <= width + 1e-3f) {
        return length;
    }
    const float left = width - fonts_measure(fonts, role, ellipsis, sizeof(ellipsis) - 1);
    size_t kept = left > 0 ? fonts_fit(fonts, role, bytes, length, left) : 0;
    kept = kept < FONTS_LINE_MAX ? kept : FONTS_LINE_MAX;
    while (kept > 0 && bytes[kept - 1] == ' ') {
        kept--;
    }
    memcpy(room, bytes, kept);
    memcpy(room + kept, ellipsis, sizeof(ellipsis));
    *out = room;
    return kept + sizeof(ellipsis) - 1;
}

const struct glyph_run *fonts_shape(struct fonts *fonts, enum type_role role, const char *bytes,
                                    size_t length, size_t *run_count)
{
    *run_count = 0;
    if (fonts->fixed) {
        return NULL;
    }
    const struct shaped *line = shaped_line(fonts, role, bytes, length);
    *run_count = line->run_count;
    return line->runs;
}
