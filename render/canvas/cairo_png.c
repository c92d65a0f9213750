/* PNG, with its size where a program that places it should know that. */

#include "render/canvas/cairo.h"

enum { PNG_HEAD = 33 }; /* signature and IHDR, behind which other chunks may stand */

struct png_writer {
    FILE *file;
    size_t written;
    double density; /* pixels per metre; 0: not said */
};

/* The checksum of PNG's chunks. */
static uint32_t crc_of(const unsigned char *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xEDB88320) : 0);
        }
    }
    return ~crc;
}

static void put_number(unsigned char *to, uint32_t number)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (unsigned char)(number >> (24 - 8 * i));
    }
}

static cairo_status_t put_density(struct png_writer *writer)
{
    unsigned char chunk[21] = { 0, 0, 0, 9, 'p', 'H', 'Y', 's' };

    put_number(chunk + 8, (uint32_t)(writer->density + 0.5));
    put_number(chunk + 12, (uint32_t)(writer->density + 0.5));
    chunk[16] = 1; /* metres */
    put_number(chunk + 17, crc_of(chunk + 4, 13));
    return cairo_write_bytes(writer->file, chunk, sizeof(chunk));
}

static cairo_status_t write_png_bytes(void *owner, const unsigned char *bytes, unsigned length)
{
    struct png_writer *const writer = owner;
    cairo_status_t status = CAIRO_STATUS_SUCCESS;

    if (writer->density > 0 && writer->written <= PNG_HEAD &&
        writer->written + length >= PNG_HEAD) {
        const unsigned head = (unsigned)(PNG_HEAD - writer->written);
        status = cairo_write_bytes(writer->file, bytes, head);
        status = status == CAIRO_STATUS_SUCCESS ? put_density(writer) : status;
        writer->written = PNG_HEAD + 1;
        bytes += head;
        length -= head;
    }
    writer->written += length;
    return status == CAIRO_STATUS_SUCCESS && length > 0
               ? cairo_write_bytes(writer->file, bytes, length)
               : status;
}

bool pixels_write_png(const struct png_pixels *png, FILE *file, struct error *err)
{
    struct png_writer writer = { .file = file, .density = png->density };

    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        png->pixels, png->transparent ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24, png->width,
        png->height, png->stride);
    const cairo_status_t status =
        cairo_surface_write_to_png_stream(surface, write_png_bytes, &writer);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS) {
        return error_set_kind(err, ERROR_IO, "%s", cairo_status_to_string(status));
    }
    return true;
}
