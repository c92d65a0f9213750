#include "render/canvas/cairo.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cairo-ft.h>
#include <cairo-pdf.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/base/system_error.h"
#include "render/canvas/pdf_figures.h"

static void page_begin(struct canvas *canvas, const struct canvas_view *view)
{
    (void)canvas;
    (void)view;
}

static struct rect inset(struct rect rect, float by)
{
    return (struct rect){ rect.x + by, rect.y + by, rect.w - 2 * by, rect.h - 2 * by };
}

/* The second border of a loss lies inside the first. */
static void stroke_doubled(struct cairo_canvas *self, const struct draw_rect *rect, float width)
{
    struct draw_rect inner = *rect;
    inner.rect = inset(rect->rect, 2 * width + 1);
    inner.radius = fmaxf(0, rect->radius - 2 * width - 1);
    cairo_stroke_rect(self, &inner, width);
}

/* Cairo takes a rectangle over the whole page for a paint that covers it, and forgets all that came
 * before, the figure's tag too. The same rectangle twice is the same area, and none to Cairo. */
static void path_of_fill(struct cairo_canvas *self, const struct draw_rect *rect)
{
    double left, top, right, bottom;

    cairo_round_path(self->cr, rect->rect, rect->radius);
    cairo_clip_extents(self->cr, &left, &top, &right, &bottom);
    if ((double)rect->rect.x <= left && (double)rect->rect.y <= top &&
        (double)(rect->rect.x + rect->rect.w) >= right &&
        (double)(rect->rect.y + rect->rect.h) >= bottom) {
        cairo_round_path(self->cr, rect->rect, rect->radius);
    }
}

static void page_rect(struct canvas *canvas, const struct draw_rect *rect)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    if (rect->fill == INK_SHADOW) {
        return;
    }
    if (rect->fill != INK_NONE) {
        cairo_set_colour(self->cr, canvas_colour(canvas, rect->fill, rect->heat, rect->alpha));
        path_of_fill(self, rect);
        cairo_fill(self->cr);
    }
    if (rect->stroke != INK_NONE) {
        const float width = canvas_line_width(canvas, rect->width);
        cairo_stroke_rect(self, rect, width);
        if (rect->doubled) {
            stroke_doubled(self, rect, width);
        }
    }
}

static void page_path(struct canvas *canvas, const struct draw_path *path)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    const struct path_shape shape = path_shape(path, canvas->theme->line_scale, &canvas->scratch);
    cairo_fill_shape(self, path, &shape);
    if (path->stroke != INK_NONE) {
        cairo_stroke_shape(self, path, &shape, canvas_line_width(canvas, path->width));
        cairo_fill_heads(self, path, &shape);
    }
}

/* Cairo opens the file again for itself: it keeps faces for longer than `fonts` may live. */
static cairo_font_face_t *page_face(struct cairo_canvas *self, enum type_role role, size_t index)
{
    cairo_font_face_t **face = &self->faces[role][index];
    if (!*face) {
        const char *file = fonts_file(self->base.fonts, role, index);
        FcPattern *pattern = FcPatternCreate();
        FcPatternAddString(pattern, FC_FILE, (const FcChar8 *)file);
        FcPatternAddInteger(pattern, FC_INDEX, fonts_file_face(self->base.fonts, role, index));
        FcPatternAddBool(pattern, FC_HINTING, FcFalse);
        *face = cairo_ft_font_face_create_for_pattern(pattern);
        FcPatternDestroy(pattern);
    }
    return *face;
}

/* The first byte of a run; a run from right to left has its first byte last. */
static size_t run_start(const struct glyph_run *run)
{
    const uint32_t first = run->glyphs[0].cluster, last = run->glyphs[run->count - 1].cluster;
    return first < last ? first : last;
}

/* Which bytes became which glyphs, so that text can be selected and searched. Glyphs of the same
 * cluster, a letter and its marks, stand for the same bytes. `end`: where the run's bytes end. */
static int page_clusters(const struct glyph_run *run, size_t end, cairo_text_cluster_t *clusters)
{
    int count = 0;
    for (size_t i = 0; i < run->count;) {
        size_t next = i + 1;
        while (next < run->count && run->glyphs[next].cluster == run->glyphs[i].cluster) {
            next++;
        }
        const size_t from = run->glyphs[i].cluster;
        const size_t to = next < run->count ? run->glyphs[next].cluster : end;
        if (to <= from) {
            /* From right to left: one piece. */
            clusters[0] = (cairo_text_cluster_t){ (int)(end - run_start(run)), (int)run->count };
            return 1;
        }
        clusters[count++] = (cairo_text_cluster_t){ (int)(to - from), (int)(next - i) };
        i = next;
    }
    return count;
}

static void page_run(struct cairo_canvas *self, const struct draw_text *text,
                     const struct text_place *place, const struct glyph_run *run, size_t end)
{
    struct arena *arena = &self->base.scratch;
    cairo_glyph_t *glyphs = arena_allocate(arena, run->count, sizeof(*glyphs));
    for (size_t i = 0; i < run->count; i++) {
        glyphs[i].index = run->glyphs[i].id;
        glyphs[i].x = (double)(place->at.x + run->glyphs[i].x * text->size);
        glyphs[i].y = (double)(place->at.y + run->glyphs[i].y * text->size);
    }
    cairo_text_cluster_t *clusters = arena_allocate(arena, run->count, sizeof(*clusters));
    const int cluster_count = page_clusters(run, end, clusters);
    const size_t from = run_start(run);
    cairo_set_font_face(self->cr, page_face(self, text->role, run->font));
    cairo_set_font_size(self->cr, (double)text->size);
    cairo_show_text_glyphs(self->cr, place->bytes + from, (int)(end - from), glyphs,
                           (int)run->count, clusters, cluster_count, 0);
}

static void page_text(struct canvas *canvas, const struct draw_text *text)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    const struct text_place place = canvas_place_text(canvas, text);
    if (text->halo) {
        cairo_draw_halo(self, text, &place);
    }
    cairo_set_colour(self->cr, canvas_colour(canvas, text->ink, text->heat, text->alpha));
    size_t run_count;
    const struct glyph_run *runs =
        fonts_shape(canvas->fonts, text->role, place.bytes, place.length, &run_count);
    for (size_t r = 0; r < run_count; r++) {
        if (runs[r].count > 0) {
            const bool last = r + 1 == run_count || runs[r + 1].count == 0;
            page_run(self, text, &place, &runs[r], last ? place.length : run_start(&runs[r + 1]));
        }
    }
    if (text->strike) {
        cairo_round_path(self->cr, text_strike(text, &place), 0);
        cairo_fill(self->cr);
    }
}

static void page_clip(struct canvas *canvas, struct rect clip)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    cairo_save(self->cr);
    cairo_round_path(self->cr, clip, 0);
    cairo_clip(self->cr);
}

static void page_clip_end(struct canvas *canvas)
{
    cairo_restore(cairo_canvas_from(canvas)->cr);
}

static void page_end(struct canvas *canvas)
{
    cairo_tag_end(cairo_canvas_from(canvas)->cr, "Figure");
    cairo_show_page(cairo_canvas_from(canvas)->cr);
}

static const struct canvas_impl pdf_impl = {
    .begin = page_begin,
    .rect = page_rect,
    .path = page_path,
    .text = page_text,
    .heat = canvas_heat_as_rects,
    .clip = page_clip,
    .clip_end = page_clip_end,
    .end = page_end,
    .destroy = cairo_canvas_destroy,
};

/* Cairo draws a page when it is shown, and that is half of the work. Of what is given up it need write no more. */
static cairo_status_t keep_bytes(void *canvas, const unsigned char *bytes, unsigned length)
{
    struct cairo_canvas *const self = canvas;
    const struct canvas_file_options *const options = self->options;

    if (self->given_up || (options->step && !options->step(options->owner, 1, 2))) {
        self->given_up = true;
        return CAIRO_STATUS_WRITE_ERROR;
    }
    text_append(&self->document, (const char *)bytes, length);
    return CAIRO_STATUS_SUCCESS;
}

static bool step_of_first_half(void *canvas, size_t done, size_t count)
{
    const struct canvas_file_options *const options = cairo_canvas_from(canvas)->options;

    return options->step(options->owner, done, 2 * count);
}

struct canvas *pdf_create(FILE *file, const struct canvas_file_options *options,
                          const struct theme *theme, struct fonts *fonts)
{
    struct cairo_canvas *self = memory_allocate(1, sizeof(*self));
    self->options = options;
    self->surface = cairo_pdf_surface_create_for_stream(keep_bytes, self, 1, 1);
    /* Everything drawn here exists in 1.4, which every program reads; later versions of Cairo would
     * otherwise pack title and fonts into 1.7's object streams. */
    cairo_pdf_surface_restrict_to_version(self->surface, CAIRO_PDF_VERSION_1_4);
    self->cr = cairo_create(self->surface);
    self->file = file;
    cairo_font_options_t *font_options = cairo_font_options_create();
    cairo_font_options_set_hint_style(font_options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(font_options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(self->cr, font_options);
    cairo_font_options_destroy(font_options);
    cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_CREATOR, "Gradlight");
    /* No date: the same lesson gives the same bytes. */
    cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
    if (options->title) {
        cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_TITLE, options->title);
    }
    if (options->description) {
        cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_SUBJECT,
                                       options->description);
    }
    canvas_init(&self->base, &pdf_impl, theme, fonts);
    return &self->base;
}

/* The outline has a line where a heading begins. */
static void add_to_outline(struct cairo_canvas *self, const char *heading)
{
    char place[48];

    if (!heading || !heading[0] || (self->heading && strcmp(self->heading, heading) == 0)) {
        return;
    }
    snprintf(place, sizeof(place), "page=%zu pos=[0 0]", self->page_count);
    cairo_pdf_surface_add_outline(self->surface, CAIRO_PDF_OUTLINE_ROOT, heading, place, 0);
    free(self->heading);
    self->heading = memory_copy_string(heading);
}

bool pdf_page(struct canvas *canvas, const struct scene *scene)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    const char *const description = scene->description ? scene->description : "";

    self->descriptions = array_reserve(self->descriptions, &self->page_capacity,
                                       self->page_count + 1, sizeof(*self->descriptions));
    self->descriptions[self->page_count++] = memory_copy_string(description);
    cairo_pdf_surface_set_size(self->surface, (double)scene->width, (double)scene->height);
    if (!self->options->transparent) {
        cairo_set_colour(self->cr, theme_colour(canvas->theme, INK_PAGE, 0));
        cairo_paint(self->cr);
    }
    /* Behind the paint: what covers a page makes Cairo forget all that came before it, tags too. */
    cairo_tag_begin(self->cr, "Figure", NULL);
    add_to_outline(self, scene->title);
    const struct canvas_view view = { .scale = 1,
                                      .step = self->options->step ? step_of_first_half : NULL,
                                      .owner = canvas };
    self->given_up = !canvas_play(canvas, scene, &view) || self->given_up;
    return !self->given_up;
}

/* What a Cairo of another way of writing leaves without descriptions is a good document all the same. */
static bool write_document(struct cairo_canvas *self, struct error *err)
{
    union {
        char **owned;
        const char *const *lent;
    } texts = { .owned = self->descriptions };

    pdf_describe_figures(&self->document, texts.lent, self->page_count, self->options->language);
    if (fwrite(self->document.bytes, 1, self->document.length, self->file) ==
        self->document.length) {
        return true;
    }
    return error_set_kind(err, ERROR_IO, "cannot write the PDF: %s", system_error(errno));
}

static void forget_pages(struct cairo_canvas *self)
{
    for (size_t i = 0; i < self->page_count; i++) {
        free(self->descriptions[i]);
    }
    free(self->descriptions);
    free(self->heading);
    text_finish(&self->document);
}

bool pdf_finish(struct canvas *canvas, struct error *err)
{
    struct cairo_canvas *self = cairo_canvas_from(canvas);
    cairo_status_t status = cairo_status(self->cr);
    cairo_surface_finish(self->surface);
    if (status == CAIRO_STATUS_SUCCESS) {
        status = cairo_surface_status(self->surface);
    }
    const bool good = self->given_up ? error_set(err, "stopped")
                      : status == CAIRO_STATUS_SUCCESS
                          ? write_document(self, err)
                          : error_set_kind(err, ERROR_IO, "%s", cairo_status_to_string(status));
    forget_pages(self);
    canvas_destroy(canvas);
    return good;
}
