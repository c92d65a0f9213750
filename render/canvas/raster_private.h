#pragma once
/* What render/raster*.c share: colours as pixels, and pixels over pixels. */

#include <stddef.h>

#include "render/canvas/raster.h"

/* fminf and fmaxf mind NaN and are calls; there is none here, and these are one instruction. */
static inline float smaller(float a, float b)
{
    return a < b ? a : b;
}

static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

static inline uint32_t byte_of(float part)
{
    return (uint32_t)(smaller(larger(part, 0), 1) * 255 + 0.5f);
}

/* The opaque pixel of a colour; its opacity goes with the coverage. */
static inline uint32_t pixel_of(struct colour c)
{
    return 0xff000000u | byte_of(c.r) << 16 | byte_of(c.g) << 8 | byte_of(c.b);
}

/* Two channels at once, each times its weight, weights adding up to 255, divided by 255 and rounded. */
static inline uint32_t weighted(uint32_t over, uint32_t weight, uint32_t under)
{
    const uint32_t sum =
        (over & 0xff00ff) * weight + (under & 0xff00ff) * (255 - weight) + 0x800080;
    return (sum + (sum >> 8 & 0xff00ff)) >> 8 & 0xff00ff;
}

/* `over` is opaque and counts by `weight` of 255; right for premultiplied pixels underneath. */
static inline uint32_t blended(uint32_t under, uint32_t over, uint32_t weight)
{
    return weighted(over, weight, under) | weighted(over >> 8, weight, under >> 8) << 8;
}

static inline uint32_t *row_at(const struct raster *raster, int y)
{
    return raster->pixels + (ptrdiff_t)y * raster->pitch;
}

/* Clamped so that far away coordinates stay in an int. */
static inline int whole(float value)
{
    return (int)smaller(larger(value, -1e6f), 1e6f);
}
