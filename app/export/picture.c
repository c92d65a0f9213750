#include "app/export/picture.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "app/export/deck.h"
#include "app/output.h"

static const struct {
    const char *name, *ending;
} formats[] = {
    [PICTURE_PNG] = { "png", "png" },           [PICTURE_SVG] = { "svg", "svg" },
    [PICTURE_SVG_TEXT] = { "svg-text", "svg" }, [PICTURE_PDF] = { "pdf", "pdf" },
    [PICTURE_DOT] = { "dot", "dot" },           [PICTURE_HTML] = { "html", "html" },
    [PICTURE_GIF] = { "gif", "gif" },           [PICTURE_MP4] = { "mp4", "mp4" },
};

bool picture_format_find(enum picture_format *out, const char *name, struct error *err)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *out = (enum picture_format)i;
            return true;
        }
    }
    return error_set_kind(
        err, ERROR_VALUE,
        "there is no format %s; choose png, svg, svg-text, pdf, dot, html, gif or mp4", name);
}

bool picture_format_of(enum picture_format *out, const char *path, struct error *err)
{
    const char *const slash = strrchr(path, '/'), *const name = slash ? slash + 1 : path;
    const char *const ending = strrchr(name, '.');

    *out = PICTURE_PNG;
    for (size_t i = 0; ending && i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcasecmp(formats[i].ending, ending + 1) == 0) {
            *out = (enum picture_format)i;
            return true;
        }
    }
    return !ending ||
           error_set_kind(err, ERROR_VALUE,
                          "%s ends in no format that is known here; choose one of png, svg, pdf, "
                          "dot, html, gif or mp4, or say it with --format",
                          name);
}

bool picture_is_single(enum picture_format format)
{
    return format <= PICTURE_SVG_TEXT || format == PICTURE_DOT;
}

const char *picture_ending(enum picture_format format)
{
    return formats[format].ending;
}

/* ---- one file --------------------------------------------------------------------------- */

static bool write_dot(const struct page_tools *tools, struct session *session,
                      const struct page *page, const struct page_look *look, const char *path,
                      struct error *err)
{
    struct text text = { 0 };

    page_dot(tools, session, page, look, &text);
    const bool good = output_write(path, &text, err);
    text_finish(&text);
    return good;
}

static enum file_format file_format_of(enum picture_format format)
{
    switch (format) {
    case PICTURE_SVG:
        return FILE_SVG;
    case PICTURE_SVG_TEXT:
        return FILE_SVG_TEXT;
    case PICTURE_PDF:
        return FILE_PDF;
    case PICTURE_PNG:
    case PICTURE_DOT:
    case PICTURE_HTML:
    case PICTURE_GIF:
    case PICTURE_MP4:
        break;
    }
    return FILE_PNG;
}

static bool tell_rows(void *progress, size_t done, size_t count)
{
    return progress_step(progress, done, count);
}

static bool is_seen(const struct draw *draw)
{
    switch (draw->kind) {
    case DRAW_RECT:
        return draw->rect.fill != INK_NONE || draw->rect.stroke != INK_NONE;
    case DRAW_TEXT:
        return draw->text.length > 0;
    case DRAW_PATH:
    case DRAW_HEAT:
        return true;
    case DRAW_CLIP:
    case DRAW_CLIP_END:
    case DRAW_GROUP:
    case DRAW_GROUP_END:
        break;
    }
    return false;
}

static bool has_content(const struct scene *scene)
{
    bool found = false;

    for (size_t i = 0; i < scene->draw_count && !found; i++) {
        found = is_seen(&scene->draws[i]);
    }
    return found;
}

static bool write_page(struct canvas_file *file, const struct page_tools *tools,
                       struct session *session, const struct page *page,
                       const struct picture_options *options, struct error *err)
{
    struct scene scene = { 0 };

    page_draw(tools, session, page, &options->look, &scene);
    const bool good =
        !options->needs_content || has_content(&scene)
            ? canvas_file_page(file, &scene, err)
            : error_set_kind(err, ERROR_VALUE, "%s",
                             WORD("there is nothing of that to be seen at this step; choose "
                                  "another step or another part"));
    scene_finish(&scene);
    return good;
}

bool picture_write(const struct page_tools *tools, struct session *session,
                   const struct page *pages, size_t count, const struct picture_options *options,
                   const char *path, struct error *err)
{
    assert(count == 1 || options->format == PICTURE_PDF);
    if (options->format == PICTURE_DOT) {
        return write_dot(tools, session, pages, &options->look, path, err);
    }
    struct canvas_file *const file =
        canvas_file_create(path,
                           &(struct canvas_file_options){
                               .format = file_format_of(options->format),
                               .scale = options->scale,
                               .transparent = options->transparent,
                               .title = session_name(session),
                               .points = options->look.slide != SLIDE_NONE,
                               .language = language_code(options->look.state.language),
                               /* Of many pages each is short. */
                               .step = count == 1 ? tell_rows : NULL,
                               .owner = options->progress,
                           },
                           theme_at(options->look.theme), tools->fonts, err);
    if (!file) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = progress_step(options->progress, i, count)
                   ? write_page(file, tools, session, &pages[i], options, err)
                   : error_set(err, "stopped");
    }
    if (!good) {
        canvas_file_abandon(file);
        return false;
    }
    return canvas_file_finish(file, err);
}

/* ---- a file each ------------------------------------------------------------------------ */

/* Names of more than 999 files have six digits, so that they sort. */
static const char *zeros_before(size_t number, size_t count)
{
    return count < 1000 || number > 99999 ? "" : number > 9999 ? "0" : number > 999 ? "00" : "000";
}

bool picture_write_each(const struct page_tools *tools, struct session *session,
                        const struct page *pages, size_t count,
                        const struct picture_options *options, const char *folder,
                        void (*each)(const char *path), struct error *err)
{
    struct picture_options single = *options;
    char path[PATH_SIZE];
    bool made, good = output_folder(folder, &made, err);

    single.progress = NULL;
    for (size_t i = 0; i < count && good; i++) {
        snprintf(path, sizeof(path), "%s/%s_step%s%03zu.%s", folder, session_name(session),
                 zeros_before(i + 1, count), i + 1, picture_ending(options->format));
        good = progress_step(options->progress, i, count) ||
               error_set(err, "stopped: %zu of %zu pictures are in %s", i, count, folder);
        good = good && picture_write(tools, session, &pages[i], 1, &single, path, err);
        if (good && each) {
            each(path);
        }
    }
    if (!good && made) {
        rmdir(folder); /* what has files in it stays */
    }
    return good;
}
