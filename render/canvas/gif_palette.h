#pragma once
/* At most 255 colours for the many of a picture: those that must be exact, then by median cut. */

#include <stddef.h>
#include <stdint.h>

enum { PALETTE_MOST = 255 };

struct palette_colour {
    uint32_t rgb;
    uint64_t count; /* pixels */
};

/* How often each colour occurs, and later which of the palette it becomes. Zero-initialise to start. */
struct colour_count {
    struct colour_slot {
        uint32_t rgb;
        uint16_t index; /* in the palette, and 1; 0: not looked for yet */
        uint64_t count; /* 0: a free slot */
    } * slots;
    size_t used, capacity;
};
void colour_count_add(struct colour_count *count, uint32_t rgb, uint64_t pixels);
void colour_count_finish(struct colour_count *count);

struct gif_palette {
    uint32_t colours[PALETTE_MOST];
    size_t count;
};
/* `fixed` colours come first, as they are. */
void gif_palette_make(struct gif_palette *palette, const struct colour_count *count,
                      const uint32_t *fixed, size_t fixed_count);
/* The index of the colour that is nearest; remembered in `count`. */
size_t gif_palette_index(const struct gif_palette *palette, struct colour_count *count,
                         uint32_t rgb);
