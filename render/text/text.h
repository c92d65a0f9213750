#pragma once
/* Text is shaped and measured here and nowhere else: FreeType and HarfBuzz in font units, a fixed
 * chain of fonts for each role, no hinting of metrics. So a width is linear in size and the same in
 * the window and in every export. */

#include "engine/base/error.h"
#include "render/scene/scene.h"

enum { FONTS_PER_ROLE = 4 };

/* Fonts of all roles, and bounded caches of shaped lines and of glyphs' pixels. */
struct fonts;

/* Finds the chain's files through fontconfig once. NULL when no usable font is installed for a role;
 * err names the packages to install. A missing member of a chain is not an error. */
struct fonts *fonts_create(struct error *err);
/* A measurer of fixed advances (0.6 em mono, 0.55 em others, no files): for golden scenes. It cannot
 * draw. */
struct fonts *fonts_create_fixed(void);
void fonts_destroy(struct fonts *fonts);

/* Bytes of the caches, which grow to FONTS_CACHE_MOST and are emptied then: for who measures whether
 * anything else grows. */
enum { FONTS_CACHE_MOST = 40 << 20 };
size_t fonts_cached(const struct fonts *fonts);

/* Path of the font file in use and its family, for `doctor`; NULL past the end of the chain. */
const char *fonts_file(const struct fonts *fonts, enum type_role role, size_t index);
const char *fonts_family(const struct fonts *fonts, enum type_role role, size_t index);
/* Which face of that file. */
int fonts_file_face(const struct fonts *fonts, enum type_role role, size_t index);

/* Width in em of one line of UTF-8; broken bytes count as U+FFFD, what cannot be seen as
 * visible_character (engine/base/visible.h) has it;
 * at most 4,096 bytes are looked at. */
float fonts_measure(struct fonts *fonts, enum type_role role, const char *bytes, size_t length);

/* Ascent and descent of the role's first font, in em, both positive. */
float fonts_ascent(const struct fonts *fonts, enum type_role role);
float fonts_descent(const struct fonts *fonts, enum type_role role);

/* The longest prefix (whole characters with their combining marks) that is at most `width` em wide;
 * in bytes. */
size_t fonts_fit(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
                 float width);

/* How much of a text goes on a line of `width` em; in bytes, `length` if it fits or if not even one
 * character does. Prose ends before a blank, which the next line leaves out. Code and output end
 * behind a blank, but keep at least half of what fits. Without such a blank: anywhere. */
size_t fonts_break_prose(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
                         float width);
size_t fonts_break_code(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
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

/* The line as it is when it is at most `width` em wide, else its longest beginning that leaves room
 * for an ellipsis, and the ellipsis. Returns the length and lets *out point at `bytes` or `room`. */
enum { FONTS_LINE_MAX = 4096 };
size_t fonts_elide(struct fonts *fonts, enum type_role role, const char *bytes, size_t length,
                   float width, char room[FONTS_LINE_MAX + 4], const char **out);

/* The pixels of a glyph at `size` pixels per em, not hinted, moved right by `phase` quarters of a
 * pixel: coverage 0 … 255. `left` and `top` place its first pixel from the origin, y down. `rows` is
 * NULL for an empty glyph. Kept in a bounded cache; lent until the next call with these fonts. */
enum { GLYPH_PHASES = 4 };
struct glyph_mask {
    int width, height, left, top;
    unsigned char *rows; /* width bytes each */
};
const struct glyph_mask *fonts_mask(struct fonts *fonts, enum type_role role, size_t font,
                                    uint32_t glyph, float size, int phase);

/* The outline of a glyph in em, y down, as closed contours of cubic pieces (1 + 3 k points each).
 * `visit` is called once for each contour. */
void fonts_outline(struct fonts *fonts, enum type_role role, size_t font, uint32_t glyph,
                   void (*visit)(void *context, const struct point *points, size_t count),
                   void *context);

/* Which characters a file shows in each role; zero-initialise to start. */
struct used_letters {
    uint64_t *sets[TYPE_ROLE_COUNT]; /* a bit each */
};
void used_letters_add(struct used_letters *letters, enum type_role role, const char *bytes,
                      size_t length);
void used_letters_finish(struct used_letters *letters);

/* Appends the index-th font of the role's chain, cut down to those of the letters that it has to show: what
 * an earlier one has it leaves to that. False when there are none. */
bool fonts_subset(const struct fonts *fonts, const struct used_letters *letters,
                  enum type_role role, size_t index, struct text *out);
