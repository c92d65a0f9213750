#include "render/canvas/gif.h"

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "render/canvas/gif_palette.h"

enum { THROUGH = PALETTE_MOST, MAP_SIZE = 256 };

struct gif {
    int width, height;
    struct colour_count seen;
    uint32_t fixed[INK_COUNT];
    size_t fixed_count;
    struct gif_palette palette;
    GifFileType *file;
    void (*put)(void *owner, const char *bytes, size_t length);
    void *owner;
    unsigned char *shown, *next; /* indices of all pixels */
    bool begun;
};

static uint32_t rgb_of(struct colour c)
{
    return (uint32_t)(c.r * 255 + 0.5f) << 16 | (uint32_t)(c.g * 255 + 0.5f) << 8 |
           (uint32_t)(c.b * 255 + 0.5f);
}

static void fix(struct gif *gif, uint32_t rgb)
{
    for (size_t i = 0; i < gif->fixed_count; i++) {
        if (gif->fixed[i] == rgb) {
            return;
        }
    }
    gif->fixed[gif->fixed_count++] = rgb;
}

struct gif *gif_create(int width, int height, const struct theme *theme)
{
    struct gif *const gif = memory_allocate(1, sizeof(*gif));
    const size_t pixels = (size_t)width * (size_t)height;

    gif->width = width;
    gif->height = height;
    gif->shown = memory_allocate(pixels, 1);
    gif->next = memory_allocate(pixels, 1);
    for (enum ink ink = INK_PAGE; ink < INK_HEAT; ink++) {
        if (theme_colour(theme, ink, 0).a >= 1) {
            fix(gif, rgb_of(theme_colour(theme, ink, 0)));
        }
    }
    return gif;
}

void gif_destroy(struct gif *gif)
{
    int code;

    if (gif->file) {
        EGifCloseFile(gif->file, &code);
    }
    colour_count_finish(&gif->seen);
    free(gif->shown);
    free(gif->next);
    free(gif);
}

void gif_look(struct gif *gif, const uint32_t *pixels)
{
    const size_t count = (size_t)gif->width * (size_t)gif->height;

    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && pixels[to] == pixels[from]; to++) {
        }
        colour_count_add(&gif->seen, pixels[from], to - from);
    }
}

/* ---- writing ---------------------------------------------------------------------------- */

static int put_bytes(GifFileType *file, const GifByteType *bytes, int length)
{
    const struct gif *const gif = file->UserData;

    gif->put(gif->owner, (const char *)bytes, (size_t)length);
    return length;
}

static bool failed(const struct gif *gif, struct error *err)
{
    const char *const why = gif->file ? GifErrorString(gif->file->Error) : NULL;

    return error_set_kind(err, ERROR_IO, "the GIF could not be made: %s", why ? why : "no memory");
}

/* It begins again when it has ended. */
static bool put_loop(struct gif *gif)
{
    static const unsigned char for_ever[] = { 1, 0, 0 };

    return EGifPutExtensionLeader(gif->file, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
           EGifPutExtensionBlock(gif->file, 11, "NETSCAPE2.0") == GIF_OK &&
           EGifPutExtensionBlock(gif->file, sizeof(for_ever), for_ever) == GIF_OK &&
           EGifPutExtensionTrailer(gif->file) == GIF_OK;
}

bool gif_begin(struct gif *gif, void (*put)(void *owner, const char *bytes, size_t length),
               void *owner, struct error *err)
{
    GifColorType colours[MAP_SIZE] = { 0 };
    int code;

    gif->put = put;
    gif->owner = owner;
    gif_palette_make(&gif->palette, &gif->seen, gif->fixed, gif->fixed_count);
    for (size_t i = 0; i < gif->palette.count; i++) {
        const uint32_t rgb = gif->palette.colours[i];
        colours[i] = (GifColorType){ rgb >> 16 & 0xFF, rgb >> 8 & 0xFF, rgb & 0xFF };
    }
    gif->file = EGifOpen(gif, put_bytes, &code);
    ColorMapObject *const map = GifMakeMapObject(MAP_SIZE, colours);
    if (gif->file) {
        EGifSetGifVersion(gif->file, true);
    }
    const bool good = gif->file && map &&
                      EGifPutScreenDesc(gif->file, gif->width, gif->height, 8, 0, map) == GIF_OK &&
                      put_loop(gif);
    GifFreeMapObject(map);
    return good || failed(gif, err);
}

/* The smallest part of the picture with all that is not shown already; at least a pixel, since a frame
 * must have one. */
struct part {
    int left, top, right, bottom; /* right and bottom are behind it */
};

static struct part changed_part(const struct gif *gif)
{
    struct part part = { gif->width, gif->height, 0, 0 };

    for (int y = 0; y < gif->height; y++) {
        const unsigned char *const was = gif->shown + (size_t)y * (size_t)gif->width;
        const unsigned char *const is = gif->next + (size_t)y * (size_t)gif->width;
        if (memcmp(was, is, (size_t)gif->width) == 0) {
            continue;
        }
        int left = 0, right = gif->width;
        while (was[left] == is[left]) {
            left++;
        }
        while (was[right - 1] == is[right - 1]) {
            right--;
        }
        part.left = left < part.left ? left : part.left;
        part.right = right > part.right ? right : part.right;
        part.top = y < part.top ? y : part.top;
        part.bottom = y + 1;
    }
    return part.bottom > 0 ? part : (struct part){ 0, 0, 1, 1 };
}

static bool put_part(struct gif *gif, struct part part, bool whole)
{
    const int width = part.right - part.left;
    unsigned char *const line = memory_allocate((size_t)width, 1);
    bool good = EGifPutImageDesc(gif->file, part.left, part.top, width, part.bottom - part.top,
                                 false, NULL) == GIF_OK;

    for (int y = part.top; y < part.bottom && good; y++) {
        const size_t at = (size_t)y * (size_t)gif->width + (size_t)part.left;
        for (int x = 0; x < width; x++) {
            const bool same = !whole && gif->shown[at + (size_t)x] == gif->next[at + (size_t)x];
            line[x] = same ? THROUGH : gif->next[at + (size_t)x];
        }
        good = EGifPutLine(gif->file, line, width) == GIF_OK;
    }
    free(line);
    return good;
}

bool gif_frame(struct gif *gif, const uint32_t *pixels, int hundredths, struct error *err)
{
    const size_t count = (size_t)gif->width * (size_t)gif->height;
    const GraphicsControlBlock control = { .DisposalMode = DISPOSE_DO_NOT,
                                           .DelayTime = hundredths,
                                           .TransparentColor =
                                               gif->begun ? THROUGH : NO_TRANSPARENT_COLOR };
    unsigned char bytes[4];

    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && pixels[to] == pixels[from]; to++) {
        }
        memset(gif->next + from, (int)gif_palette_index(&gif->palette, &gif->seen, pixels[from]),
               to - from);
    }
    const struct part part =
        gif->begun ? changed_part(gif) : (struct part){ 0, 0, gif->width, gif->height };
    EGifGCBToExtension(&control, bytes);
    const bool good =
        EGifPutExtension(gif->file, GRAPHICS_EXT_FUNC_CODE, sizeof(bytes), bytes) == GIF_OK &&
        put_part(gif, part, !gif->begun);
    unsigned char *const shown = gif->shown;
    gif->shown = gif->next;
    gif->next = shown;
    gif->begun = true;
    return good || failed(gif, err);
}

bool gif_finish(struct gif *gif, struct error *err)
{
    int code;
    const bool good = EGifCloseFile(gif->file, &code) == GIF_OK;

    gif->file = NULL;
    return good ||
           error_set_kind(err, ERROR_IO, "the GIF could not be made: %s", GifErrorString(code));
}
