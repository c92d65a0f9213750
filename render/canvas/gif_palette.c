#include "render/canvas/gif_palette.h"

#include <stdlib.h>

#include "engine/base/memory.h"

static const uint32_t RGB = 0xFFFFFF;

/* ---- counting --------------------------------------------------------------------------- */

static struct colour_slot *find_slot(const struct colour_count *count, uint32_t rgb)
{
    size_t at = (size_t)(rgb * UINT32_C(2654435761) >> 8) & (count->capacity - 1);

    while (count->slots[at].count > 0 && count->slots[at].rgb != rgb) {
        at = (at + 1) & (count->capacity - 1);
    }
    return &count->slots[at];
}

/* At most half of the slots are taken. */
static void grow(struct colour_count *count)
{
    static const size_t least = 4096;
    struct colour_count larger = { .capacity = count->capacity ? 2 * count->capacity : least };

    larger.slots = memory_allocate(larger.capacity, sizeof(*larger.slots));
    for (size_t i = 0; i < count->capacity; i++) {
        if (count->slots[i].count > 0) {
            *find_slot(&larger, count->slots[i].rgb) = count->slots[i];
            larger.used++;
        }
    }
    free(count->slots);
    *count = larger;
}

static struct colour_slot *slot_of(struct colour_count *count, uint32_t rgb)
{
    if (2 * (count->used + 1) > count->capacity) {
        grow(count);
    }
    struct colour_slot *const slot = find_slot(count, rgb & RGB);
    if (slot->count == 0) {
        slot->rgb = rgb & RGB;
        count->used++;
    }
    return slot;
}

void colour_count_add(struct colour_count *count, uint32_t rgb, uint64_t pixels)
{
    slot_of(count, rgb)->count += pixels;
}

void colour_count_finish(struct colour_count *count)
{
    free(count->slots);
}

/* ---- median cut ------------------------------------------------------------------------- */

/* Colours that will be one: a part of the array, with how far apart they are in red, green or blue. */
struct box {
    size_t from, to;
    int shift;   /* of the widest part: 16, 8 or 0 */
    double cost; /* of leaving it one */
};

static int part(uint32_t rgb, int shift)
{
    return (int)(rgb >> shift & 0xFF);
}

static void measure(struct box *box, const struct palette_colour *colours)
{
    uint64_t pixels = 0;
    int widest = -1;

    for (size_t i = box->from; i < box->to; i++) {
        pixels += colours[i].count;
    }
    for (int shift = 0; shift <= 16; shift += 8) {
        int least = 255, most = 0;
        for (size_t i = box->from; i < box->to; i++) {
            const int value = part(colours[i].rgb, shift);
            least = value < least ? value : least;
            most = value > most ? value : most;
        }
        if (most - least > widest) {
            widest = most - least;
            box->shift = shift;
        }
    }
    /* Few pixels of very different colours are worth as much as many of almost the same. */
    double weight = 1;
    for (uint64_t left = pixels; left > 1; left /= 4) {
        weight += 1;
    }
    box->cost = box->to - box->from > 1 ? (double)widest * weight : 0;
}

static int compare_red(const void *a, const void *b)
{
    const struct palette_colour *const x = a, *const y = b;
    return part(x->rgb, 16) - part(y->rgb, 16);
}

static int compare_green(const void *a, const void *b)
{
    const struct palette_colour *const x = a, *const y = b;
    return part(x->rgb, 8) - part(y->rgb, 8);
}

static int compare_blue(const void *a, const void *b)
{
    const struct palette_colour *const x = a, *const y = b;
    return part(x->rgb, 0) - part(y->rgb, 0);
}

/* In the middle of its widest part. */
static void cut(struct box *box, struct box *other, struct palette_colour *colours)
{
    const size_t length = box->to - box->from;

    qsort(colours + box->from, length, sizeof(*colours),
          box->shift == 16  ? compare_red
          : box->shift == 8 ? compare_green
                            : compare_blue);
    *other = (struct box){ .from = box->from + length / 2, .to = box->to };
    box->to = other->from;
    measure(box, colours);
    measure(other, colours);
}

static uint32_t mean(const struct box *box, const struct palette_colour *colours)
{
    double sums[3] = { 0, 0, 0 }, all = 0;

    for (size_t i = box->from; i < box->to; i++) {
        const double pixels = (double)colours[i].count;
        for (int k = 0; k < 3; k++) {
            sums[k] += pixels * part(colours[i].rgb, 8 * k);
        }
        all += pixels;
    }
    uint32_t rgb = 0;
    for (int k = 0; k < 3; k++) {
        rgb |= (uint32_t)(sums[k] / all + 0.5) << 8 * k;
    }
    return rgb;
}

static size_t cut_all(struct box *boxes, size_t most, struct palette_colour *colours, size_t count)
{
    size_t made = count > 0;

    boxes[0] = (struct box){ .from = 0, .to = count };
    measure(&boxes[0], colours);
    while (made > 0 && made < most) {
        size_t dearest = 0;
        for (size_t i = 1; i < made; i++) {
            dearest = boxes[i].cost > boxes[dearest].cost ? i : dearest;
        }
        if (boxes[dearest].cost <= 0) {
            break;
        }
        cut(&boxes[dearest], &boxes[made], colours);
        made++;
    }
    return made;
}

static size_t collect(const struct colour_count *count, struct palette_colour *colours)
{
    size_t found = 0;

    for (size_t i = 0; i < count->capacity; i++) {
        if (count->slots[i].count > 0) {
            colours[found++] =
                (struct palette_colour){ count->slots[i].rgb, count->slots[i].count };
        }
    }
    return found;
}

void gif_palette_make(struct gif_palette *palette, const struct colour_count *count,
                      const uint32_t *fixed, size_t fixed_count)
{
    struct palette_colour *const colours = memory_allocate(count->used + 1, sizeof(*colours));
    struct box boxes[PALETTE_MOST];
    const size_t found = collect(count, colours);

    palette->count = 0;
    for (size_t i = 0; i < fixed_count && i < PALETTE_MOST / 2; i++) {
        palette->colours[palette->count++] = fixed[i] & RGB;
    }
    const size_t made = cut_all(boxes, PALETTE_MOST - palette->count, colours, found);
    for (size_t i = 0; i < made; i++) {
        palette->colours[palette->count++] = mean(&boxes[i], colours);
    }
    free(colours);
}

/* ---- finding ---------------------------------------------------------------------------- */

static size_t nearest(const struct gif_palette *palette, uint32_t rgb)
{
    size_t best = 0;
    int least = INT32_MAX;

    for (size_t i = 0; i < palette->count; i++) {
        int distance = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            const int by = part(palette->colours[i], shift) - part(rgb, shift);
            distance += by * by;
        }
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

size_t gif_palette_index(const struct gif_palette *palette, struct colour_count *count,
                         uint32_t rgb)
{
    struct colour_slot *const slot = slot_of(count, rgb);

    slot->count += slot->count == 0;
    if (slot->index == 0) {
        slot->index = (uint16_t)(nearest(palette, slot->rgb) + 1);
    }
    return slot->index - 1u;
}
