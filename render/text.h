#pragma once
/* Text is shaped and measured here and nowhere else: FreeType and HarfBuzz in font units, a fixed
 * chain of fonts for each role, no hinting of metrics. So a width is linear in size and the same in
 * the window and in every export. */

#include "engine/base/error.h"
#include "render/scene.h"

enum { FONTS_PER_ROLE = 4 };

/* Fonts of all roles, and a bounded cache of shaped runs. */
struct fonts;

/* Finds the chain's files through fontconfig once. NULL when no usable font is installed for a role;
 * err names the packages to install. A missing member of a chain is not an error. */
struct fonts *fonts_create(struct error *err);
/* A measurer of fixed advances (0.6 em mono, 0.55 em others, no files): for golden scenes. It cannot
 * draw. */
struct fonts *fonts_create_fixed(void);
void fonts_destroy(struct fonts *fonts);

/* Path of the font file in use and its family, for `doctor`; NULL past the end of the chain. */
const char *fonts_file(const struct fonts *fonts, enum type_role role, size_t index);

/* Width in em of one line of UTF-8; broken bytes count as U+FFFD, control characters as blanks;
 * at most 4,096 bytes are looked at. */
float fonts_measure(struct fonts *fonts, enum type_role role, const char *bytes, size_t length);

/* Ascent and descent of the role's first font, in em, both positive. */
float fonts_ascent(const struct fonts *fonts, enum type_role role);
float fonts_descent(const struct fonts *fonts, enum type_role role);

/* The longest prefix (whole characters with their combining marks) that is at most `width` em wide;
 * in bytes. */
size_t fonts_fit(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
                 float width);

/* One piece of a line in one font: glyph ids with positions in em from the line's start. Lent; valid
 * until the next call with these fonts. */
struct glyph {
    uint32_t id;
    float x, y;
    uint32_t cluster; /* byte offset in the text */
};
struct glyph_run {
    size_t font; /* index in the role's chain */
    const struct glyph *glyphs;
    size_t count;
};
const struct glyph_run *fonts_shape(struct fonts *fonts, enum type_role role, const char *bytes,
                                    size_t length, size_t *run_count);

/* The FreeType face of a font as an opaque pointer, for render/canvas_cairo.c only. */
void *fonts_face(struct fonts *fonts, enum type_role role, size_t index);
