/* A picture drawn larger or smaller, each pixel from the four of the picture that it lies among. */

#include <math.h>

#include "render/canvas/raster_private.h"

enum { CHUNK = 512 };

/* Where a place of the page lies in the picture: the pixel before, and how far on to the next, in 256ths.
 * At the rim the next is the last once more. */
struct place {
    int before, next;
    uint32_t on;
};

static struct place place_of(float at, int count)
{
    const float held = smaller(larger(at, 0), (float)(count - 1));
    const int before = (int)held;

    return (struct place){ before, before + 1 < count ? before + 1 : before,
                           (uint32_t)((held - (float)before) * 256) };
}

/* A row of the picture between two of its rows. Bytes, as the compiler likes them best. */
static void mix_rows(const struct raster *from, struct place down, int first, int count,
                     uint32_t *out)
{
    const unsigned char *const upper = (const unsigned char *)(row_at(from, down.before) + first);
    const unsigned char *const lower = (const unsigned char *)(row_at(from, down.next) + first);
    unsigned char *const bytes = (unsigned char *)out;
    const uint16_t on = (uint16_t)down.on, off = (uint16_t)(256 - down.on);

    for (int i = 0; i < 4 * count; i++) {
        bytes[i] = (unsigned char)((uint16_t)(upper[i] * off + lower[i] * on) >> 8);
    }
}

/* Two channels at once, `on` 256ths of the way from a to b. */
static inline uint32_t mixed(uint32_t a, uint32_t b, uint32_t on)
{
    return ((a & 0xff00ff) * (256 - on) + (b & 0xff00ff) * on) >> 8 & 0xff00ff;
}

static void mix_columns(const uint32_t *row, int first, const struct place *across, int count,
                        uint32_t *out)
{
    for (int i = 0; i < count; i++) {
        const uint32_t a = row[across[i].before - first], b = row[across[i].next - first];
        const uint32_t on = across[i].on;
        out[i] = mixed(a, b, on) | mixed(a >> 8, b >> 8, on) << 8;
    }
}

/* Only pixels that lie wholly on the picture. */
static struct pixel_box covered_by(const struct raster *from, float scale, struct point at)
{
    return (struct pixel_box){ whole(ceilf(at.x)), whole(ceilf(at.y)),
                               whole(floorf(at.x + (float)from->width * scale)),
                               whole(floorf(at.y + (float)from->height * scale)) };
}

struct pixel_box raster_scaled(const struct raster *raster, const struct raster *from, float scale,
                               struct point at)
{
    const struct pixel_box box = box_intersect(raster->clip, covered_by(from, scale, at));
    /* As many columns as come from a row of the picture that there is room for. */
    const int most = whole(larger(smaller(CHUNK, (CHUNK - 2) * scale), 1));
    struct place across[CHUNK];
    uint32_t row[CHUNK + 2];

    for (int x = box.x0; x < box.x1; x += most) {
        const int count = box.x1 - x < most ? box.x1 - x : most;
        for (int i = 0; i < count; i++) {
            across[i] = place_of(((float)(x + i) + 0.5f - at.x) / scale - 0.5f, from->width);
        }
        const int first = across[0].before, last = across[count - 1].next;
        for (int y = box.y0; y < box.y1 && last - first < CHUNK + 2; y++) {
            const struct place down =
                place_of(((float)y + 0.5f - at.y) / scale - 0.5f, from->height);
            mix_rows(from, down, first, last - first + 1, row);
            mix_columns(row, first, across, count, row_at(raster, y) + x);
        }
    }
    return box;
}
