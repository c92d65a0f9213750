#pragma once
/* Inside of render/text*.c: how fonts are found, shaped and turned into pixels. */

#include "render/text/text.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb.h>

enum { RUN_SLOTS = 4096, RUNS_MAX = 16384, MASK_SLOTS = 16384, MASKS_MAX = 12288 };
/* A line may have thousands of glyphs, and a glyph thousands of pixels. */
enum { RUN_BYTES_MAX = 8 << 20, MASK_BYTES_MAX = FONTS_CACHE_MOST - RUN_BYTES_MAX };

/* One font file. Roles share it. */
struct font {
    char *path, *family;
    int index; /* of the face in the file */
    FT_Face face;
    hb_font_t *shaper; /* in font units: not hinted, linear in size */
    float em;          /* units of one em */
};

struct font_chain {
    struct font *fonts[FONTS_PER_ROLE];
    size_t count;
    float ascent, descent;
};

/* One shaped line. */
struct shaped {
    struct shaped *next; /* in its slot */
    uint64_t hash;
    enum type_role role;
    char *bytes;
    size_t length;
    float width;
    struct glyph_run *runs;
    size_t run_count;
    struct glyph *glyphs;
    size_t glyph_count;
};

struct cached_mask {
    uint64_t key; /* 0: free */
    struct glyph_mask mask;
};

struct fonts {
    bool fixed;
    FT_Library library;
    struct font files[TYPE_ROLE_COUNT * FONTS_PER_ROLE];
    size_t file_count;
    struct font_chain chains[TYPE_ROLE_COUNT];
    hb_buffer_t *buffer;

    /* Grow to a bound, then are emptied whole. */
    struct shaped *slots[RUN_SLOTS];
    size_t shaped_count, shaped_bytes;
    struct cached_mask *masks;
    size_t mask_count, mask_bytes;

    /* Of the last fonts_outline. */
    struct point *outline;
    size_t outline_count, outline_capacity;
};

/* text_chain.c: fills the chains; false when a role has no font that can write Vietnamese. */
bool chains_load(struct fonts *fonts, struct error *err);
void chains_unload(struct fonts *fonts);

/* text_shape.c: the shaped line, from the cache. */
const struct shaped *shaped_line(struct fonts *fonts, enum type_role role, const char *bytes,
                                 size_t length);
void shaped_clear(struct fonts *fonts);
/* Whether a character is drawn on the one before it. */
bool is_mark(uint32_t character);

/* text_glyph.c */
void masks_clear(struct fonts *fonts);
