#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/save.h"
#include "engine/base/system_error.h"
#include "render/canvas/impl.h"

/* Cairo draws pictures of up to this many pixels a side. */
enum { PNG_SIDE_MAX = 32767 };
/* And this program so many in all: half a gigabyte. */
static const double PNG_PIXELS_MAX = 128e6;
static const double POINTS_PER_METRE = 72 / 0.0254;
/* A large picture is drawn in bands of so many rows, between which it can be given up. */
enum { BAND_ROWS = 512 };

struct canvas_file {
    struct canvas_file_options options; /* strings are copies */
    struct theme theme;                 /* without shadows: files have none */
    struct fonts *fonts;
    char *path; /* the name it will have */
    struct save save;
    struct canvas *pdf;
    int pages;
    bool failed; /* a page could not be drawn */
};

static char *copy_or_null(const char *string)
{
    return string ? memory_copy_string(string) : NULL;
}

static void options_copy(struct canvas_file_options *to, const struct canvas_file_options *from)
{
    *to = *from;
    to->title = copy_or_null(from->title);
    to->description = copy_or_null(from->description);
    to->language = copy_or_null(from->language);
}

static void string_free(const char *string)
{
    union {
        const char *lent;
        char *owned;
    } text = { .lent = string };
    free(text.owned);
}

static void file_destroy(struct canvas_file *file)
{
    string_free(file->options.title);
    string_free(file->options.description);
    string_free(file->options.language);
    free(file->path);
    free(file);
}

static bool write_failed(const struct canvas_file *file, int number, struct error *err)
{
    return error_set_kind(err, ERROR_IO, "cannot write %s: %s", file->path, system_error(number));
}

struct canvas_file *canvas_file_create(const char *path, const struct canvas_file_options *options,
                                       const struct theme *theme, struct fonts *fonts,
                                       struct error *err)
{
    struct canvas_file *file = memory_allocate(1, sizeof(*file));
    options_copy(&file->options, options);
    file->theme = *theme;
    file->theme.shadows = false;
    file->fonts = fonts;
    file->path = memory_copy_string(path);
    if (!save_open(&file->save, path)) {
        write_failed(file, errno, err);
        file_destroy(file);
        return NULL;
    }
    if (options->format == FILE_PDF) {
        file->pdf = pdf_create(file->save.stream, &file->options, &file->theme, fonts);
    }
    return file;
}

/* Every row is drawn, then written. */
static bool draws_on(const struct canvas_file *file, int row, int height)
{
    const struct canvas_file_options *const options = &file->options;

    return !options->step || options->step(options->owner, (size_t)row, 2 * (size_t)height);
}

static bool play_in_bands(const struct canvas_file *file, struct canvas *canvas,
                          const struct scene *scene, float scale, struct error *err)
{
    const float band = BAND_ROWS / scale;
    const int height = (int)roundf(scene->height * scale);

    if (scene->height <= band) {
        canvas_play(canvas, scene, &(struct canvas_view){ .scale = scale });
        return true;
    }
    for (int row = 0; (float)row * band < scene->height; row++) {
        if (!draws_on(file, row * BAND_ROWS, height)) {
            return error_set(err, "stopped");
        }
        canvas_play(canvas, scene,
                    &(struct canvas_view){ .scale = scale,
                                           .clip = { 0, (float)row * band, scene->width, band } });
    }
    return true;
}

static bool png_page(struct canvas_file *file, const struct scene *scene, struct error *err)
{
    const float scale = file->options.scale > 0 ? file->options.scale : 1;
    const float w = roundf(scene->width * scale), h = roundf(scene->height * scale);
    if (!(w >= 1 && h >= 1 && w <= PNG_SIDE_MAX && h <= PNG_SIDE_MAX &&
          (double)w * (double)h <= PNG_PIXELS_MAX)) {
        return error_set_kind(err, ERROR_VALUE,
                              "a picture of %.0f × %.0f pixels cannot be drawn; its sides may be "
                              "1 to %d pixels long, and all of it %.0f million pixels",
                              (double)w, (double)h, (int)PNG_SIDE_MAX, PNG_PIXELS_MAX / 1e6);
    }
    const int width = (int)w, height = (int)h, stride = width * 4;
    void *pixels = calloc((size_t)height, (size_t)stride);
    if (!pixels) {
        return error_set_kind(err, ERROR_MEMORY, "not enough memory for %d × %d pixels", width,
                              height);
    }
    struct canvas *canvas =
        file->options.transparent
            ? canvas_create_argb(pixels, width, height, stride, &file->theme, file->fonts)
            : canvas_create_pixels(pixels, width, height, stride, &file->theme, file->fonts);
    if (!file->options.transparent) {
        canvas_fill_page(canvas, NULL);
    }
    const bool drawn = play_in_bands(file, canvas, scene, scale, err);
    canvas_destroy(canvas);
    const struct png_pixels png = { .pixels = pixels,
                                    .width = width,
                                    .height = height,
                                    .stride = stride,
                                    .transparent = file->options.transparent,
                                    .density =
                                        file->options.points ? (double)scale * POINTS_PER_METRE : 0,
                                    .step = file->options.step,
                                    .owner = file->options.owner,
                                    .before = (size_t)height };
    errno = 0;
    const bool written = drawn && (pixels_write_png(&png, file->save.stream, err) ||
                                   (errno && write_failed(file, errno, err)));
    free(pixels);
    return written;
}

static bool svg_page(struct canvas_file *file, const struct scene *scene, struct error *err)
{
    struct text out = { 0 };
    const bool drawn = svg_write(&out, scene, &file->options, &file->theme, file->fonts);
    const bool written = drawn
                             ? fwrite(out.bytes, 1, out.length, file->save.stream) == out.length ||
                                   write_failed(file, errno, err)
                             : error_set(err, "stopped");
    text_finish(&out);
    return written;
}

static bool page_write(struct canvas_file *file, const struct scene *scene, struct error *err)
{
    switch (file->options.format) {
    case FILE_PNG:
        return png_page(file, scene, err);
    case FILE_SVG:
    case FILE_SVG_TEXT:
        return svg_page(file, scene, err);
    case FILE_PDF:
        break;
    }
    return pdf_page(file->pdf, scene) || error_set(err, "stopped");
}

bool canvas_file_page(struct canvas_file *file, const struct scene *scene, struct error *err)
{
    if (file->pages++ > 0 && file->options.format != FILE_PDF) {
        file->failed = true;
        return error_set_kind(err, ERROR_VALUE,
                              "'%s' can hold one picture; several need a PDF or a file each",
                              file->path);
    }
    file->failed = !page_write(file, scene, err) || file->failed;
    return !file->failed;
}

void canvas_file_abandon(struct canvas_file *file)
{
    struct error unsaid;

    file->failed = true;
    canvas_file_finish(file, &unsaid);
}

bool canvas_file_finish(struct canvas_file *file, struct error *err)
{
    bool done = true;
    if (file->pdf) {
        errno = 0;
        done = pdf_finish(file->pdf, err) || (errno && write_failed(file, errno, err));
    }
    if (done && (file->failed || file->pages == 0)) {
        done = error_set_kind(err, ERROR_VALUE, "'%s' was not written: it has no finished page",
                              file->path);
    }
    if (!done) {
        save_abandon(&file->save);
    } else if (!save_finish(&file->save)) {
        done = write_failed(file, errno, err);
    }
    file_destroy(file);
    return done;
}
