/* PNG, row by row, so that a large one can say how far it is and be given up; with its size where a program
 * that places it should know that. */

#include "engine/base/system_error.h"
#include "render/canvas/impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST /* it only reads its input */
#include <zlib.h>

#include "engine/base/memory.h"

enum {
    FILTERS = 3, /* of PNG's: none, less the pixel at the left, less the one above */
    HEAD = 13,
    ROWS_BETWEEN = 64, /* after so many rows it says how far it is */
    ROOM = 1 << 16
};

struct png_writer {
    const struct png_pixels *png;
    FILE *file;
    z_stream stream;
    size_t channels, length;          /* of a row, in bytes */
    unsigned char *row, *above;       /* as they are */
    unsigned char *filtered[FILTERS]; /* behind the filter's number */
    unsigned char *packed;            /* ROOM bytes */
    bool failed;
};

/* ---- chunks ----------------------------------------------------------------------------- */

static void put_number(unsigned char *to, uint32_t number)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (unsigned char)(number >> (24 - 8 * i));
    }
}

static void write_bytes(struct png_writer *writer, const unsigned char *bytes, size_t length)
{
    writer->failed = writer->failed || fwrite(bytes, 1, length, writer->file) != length;
}

static void write_chunk(struct png_writer *writer, const char *kind, const unsigned char *bytes,
                        size_t length)
{
    unsigned char head[8], sum[4];

    put_number(head, (uint32_t)length);
    memcpy(head + 4, kind, 4);
    uLong crc = crc32(0, head + 4, 4);
    if (length > 0) {
        crc = crc32(crc, bytes, (uInt)length);
    }
    put_number(sum, (uint32_t)crc);
    write_bytes(writer, head, sizeof(head));
    write_bytes(writer, bytes, length);
    write_bytes(writer, sum, sizeof(sum));
}

static void write_head(struct png_writer *writer)
{
    static const unsigned char signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
    const struct png_pixels *const png = writer->png;
    unsigned char head[HEAD] = { [8] = 8, [9] = png->transparent ? 6 : 2 };
    unsigned char density[9] = { [8] = 1 }; /* in metres */

    put_number(head, (uint32_t)png->width);
    put_number(head + 4, (uint32_t)png->height);
    write_bytes(writer, signature, sizeof(signature));
    write_chunk(writer, "IHDR", head, sizeof(head));
    if (png->density > 0) {
        put_number(density, (uint32_t)(png->density + 0.5));
        put_number(density + 4, (uint32_t)(png->density + 0.5));
        write_chunk(writer, "pHYs", density, sizeof(density));
    }
}

/* ---- rows ------------------------------------------------------------------------------- */

/* Colours in memory are multiplied by their opacity; in the file they are not. */
static unsigned char undone(uint32_t channel, uint32_t alpha)
{
    return alpha == 0 ? 0 : (unsigned char)((channel * 255 + alpha / 2) / alpha);
}

static void read_row(struct png_writer *writer, int y)
{
    const struct png_pixels *const png = writer->png;
    const unsigned char *const from =
        (const unsigned char *)png->pixels + (size_t)y * (size_t)png->stride;
    unsigned char *to = writer->row;

    for (int x = 0; x < png->width; x++, to += writer->channels) {
        uint32_t pixel;
        memcpy(&pixel, from + 4 * (size_t)x, sizeof(pixel));
        const uint32_t alpha = png->transparent ? pixel >> 24 : 255;
        for (int c = 0; c < 3; c++) {
            const uint32_t channel = pixel >> (16 - 8 * c) & 255;
            to[c] = alpha == 255 ? (unsigned char)channel : undone(channel, alpha);
        }
        if (png->transparent) {
            to[3] = (unsigned char)alpha;
        }
    }
}

/* That which leaves the smallest numbers packs best, as a rule of thumb. */
static const unsigned char *filter_row(struct png_writer *writer)
{
    unsigned long sums[FILTERS] = { 0 };
    size_t best = 0;

    for (size_t i = 0; i < writer->length; i++) {
        const unsigned char byte = writer->row[i];
        const unsigned char left = i < writer->channels ? 0 : writer->row[i - writer->channels];
        const unsigned char less[FILTERS] = { byte, (unsigned char)(byte - left),
                                              (unsigned char)(byte - writer->above[i]) };
        for (size_t f = 0; f < FILTERS; f++) {
            writer->filtered[f][1 + i] = less[f];
            sums[f] += less[f] < 128 ? less[f] : 256UL - less[f];
        }
    }
    for (size_t f = 1; f < FILTERS; f++) {
        best = sums[f] < sums[best] ? f : best;
    }
    return writer->filtered[best];
}

static void pack(struct png_writer *writer, const unsigned char *bytes, size_t length, int flush)
{
    z_stream *const stream = &writer->stream;
    int status = Z_OK;

    stream->next_in = bytes;
    stream->avail_in = (uInt)length;
    while (stream->avail_in > 0 || (flush == Z_FINISH && status != Z_STREAM_END)) {
        status = deflate(stream, flush);
        if (stream->avail_out == 0 || status == Z_STREAM_END) {
            write_chunk(writer, "IDAT", writer->packed, ROOM - stream->avail_out);
            stream->next_out = writer->packed;
            stream->avail_out = ROOM;
        }
    }
}

/* False when it should stop. */
static bool write_rows(struct png_writer *writer)
{
    const struct png_pixels *const png = writer->png;

    for (int y = 0; y < png->height && !writer->failed; y++) {
        if (png->step && y % ROWS_BETWEEN == 0 &&
            !png->step(png->owner, png->before + (size_t)y, png->before + (size_t)png->height)) {
            return false;
        }
        read_row(writer, y);
        pack(writer, filter_row(writer), writer->length + 1, Z_NO_FLUSH);
        unsigned char *const above = writer->above;
        writer->above = writer->row;
        writer->row = above;
    }
    pack(writer, writer->row, 0, Z_FINISH);
    return true;
}

/* ---- all of it -------------------------------------------------------------------------- */

static voidpf give(voidpf owner, uInt count, uInt size)
{
    (void)owner;
    return memory_allocate(count, size);
}

static void take(voidpf owner, voidpf block)
{
    (void)owner;
    free(block);
}

static bool writer_init(struct png_writer *writer, const struct png_pixels *png, FILE *file)
{
    const size_t channels = png->transparent ? 4 : 3, length = (size_t)png->width * channels;

    *writer = (struct png_writer){
        .png = png,
        .file = file,
        .stream = { .zalloc = give, .zfree = take },
        .channels = channels,
        .length = length,
    };
    if (deflateInit(&writer->stream, Z_DEFAULT_COMPRESSION) != Z_OK) {
        return false;
    }
    writer->row = memory_allocate(length, 1);
    writer->above = memory_allocate(length, 1);
    for (int f = 0; f < FILTERS; f++) {
        writer->filtered[f] = memory_allocate(length + 1, 1);
        writer->filtered[f][0] = (unsigned char)f;
    }
    writer->packed = memory_allocate(ROOM, 1);
    writer->stream.next_out = writer->packed;
    writer->stream.avail_out = ROOM;
    return true;
}

static void writer_finish(struct png_writer *writer)
{
    deflateEnd(&writer->stream);
    free(writer->row);
    free(writer->above);
    for (int f = 0; f < FILTERS; f++) {
        free(writer->filtered[f]);
    }
    free(writer->packed);
}

bool pixels_write_png(const struct png_pixels *png, FILE *file, struct error *err)
{
    struct png_writer writer;

    if (!writer_init(&writer, png, file)) {
        return error_set_kind(err, ERROR_IO, "zlib cannot be used: %s", zlibVersion());
    }
    write_head(&writer);
    const bool whole = write_rows(&writer);
    write_chunk(&writer, "IEND", NULL, 0);
    const bool failed = writer.failed;
    writer_finish(&writer);
    if (!whole) {
        errno = 0;
        return error_set(err, "stopped");
    }
    return !failed || error_set_kind(err, ERROR_IO, "%s", system_error(errno));
}
