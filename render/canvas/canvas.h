#pragma once
/* Plays a scene onto something: pixels (the window's or a PNG's), a PDF page, SVG, text for tests.
 * Everything goes through canvas_play; the kinds differ in how they are created and finished. */

#include "engine/base/error.h"
#include "render/scene/scene.h"
#include "render/text/text.h"
#include "render/theme.h"

struct canvas;

/* Draws the scene, scaled by `scale` (device pixels per point) and moved by `origin` (points, added
 * before scaling). With a clip (w > 0, in points of the page) only what lies in it is touched. */
struct canvas_view {
    float scale;
    struct point origin;
    struct rect clip;
    bool layers[3];            /* which layers to draw; all false means all */
    const struct rect *bounds; /* scene_bounds of each command where they are known, else NULL */
    /* Asked now and then, how many commands are done of all; false: give up. NULL: nobody asks. */
    bool (*step)(void *owner, size_t done, size_t count);
    void *owner;
};
/* False when it was given up: then what was drawn is good for nothing. */
bool canvas_play(struct canvas *canvas, const struct scene *scene, const struct canvas_view *view);
void canvas_destroy(struct canvas *canvas);

/* Pixels in memory that the caller owns (32-bit XRGB, native endian, `stride` bytes a row): the
 * window's surface or a layer. The canvas must be destroyed before the pixels go. */
struct canvas *canvas_create_pixels(void *pixels, int width, int height, int stride,
                                    const struct theme *theme, struct fonts *fonts);
/* Fills with the theme's page colour (the clip of the view, or everything). */
void canvas_fill_page(struct canvas *canvas, const struct rect *pixels);

/* Files, written beside and renamed when finished: nothing half-written is left. Each plays one
 * scene per page (PDF: any number of pages through repeated calls of canvas_file_page). */
enum file_format { FILE_PNG, FILE_SVG, FILE_SVG_TEXT, FILE_PDF };
struct canvas_file_options {
    enum file_format format;
    float scale;      /* PNG: pixels per point; 0: 1 */
    bool transparent; /* no page colour */
    bool points;      /* SVG and PNG say how large they are, a point being 1/72 inch */
    const char *title, *description, *language;
    /* Told now and then how much of a page is done; false: give up. NULL: nobody asks. */
    bool (*step)(void *owner, size_t done, size_t count);
    void *owner;
};
struct canvas_file;
struct canvas_file *canvas_file_create(const char *path, const struct canvas_file_options *options,
                                       const struct theme *theme, struct fonts *fonts,
                                       struct error *err);
bool canvas_file_page(struct canvas_file *file, const struct scene *scene, struct error *err);
/* Leaves nothing behind, and frees the file. */
void canvas_file_abandon(struct canvas_file *file);
/* Finishes and renames; false with the reason when writing failed. Frees the file in any case. */
bool canvas_file_finish(struct canvas_file *file, struct error *err);

/* What stands inside an <svg> of an HTML page, an element or tag a line, so that pages that share much can
 * share it; no ids. Text is in the classes u, b, i, m, n for the roles, which the page gives fonts. */
void svg_write_web(struct text *out, const struct scene *scene, const struct theme *theme,
                   struct fonts *fonts, struct used_letters *letters);

/* One line per command, rounded to whole points: golden scenes. */
void canvas_text(const struct scene *scene, struct text *out);
