#include "tests/canvas_scene.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/system_error.h"
struct folder {
    char path[64];
};

static int folder_make(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));
    strcpy(folder->path, "/tmp/gradlight-canvas-XXXXXX");
    *state = folder;
    return folder && mkdtemp(folder->path) ? 0 : -1;
}

/* Removes what is left and says how many files that were. */
static int folder_empty(const struct folder *folder)
{
    int count = 0;
    DIR *directory = opendir(folder->path);
    assert_non_null(directory);
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        char path[512];
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof(path), "%s/%s", folder->path, entry->d_name);
            assert_int_equal(unlink(path), 0);
            count++;
        }
    }
    closedir(directory);
    return count;
}

static int folder_remove(void **state)
{
    struct folder *folder = *state;
    folder_empty(folder);
    const int failed = rmdir(folder->path);
    free(folder);
    return failed;
}

/* Writes draw_all's scene and reads the file back. */
static struct text written(const struct folder *folder, const struct canvas_file_options *options,
                           struct fonts *fonts)
{
    char path[128];
    struct error err = { 0 };
    struct scene scene = { .width = 64, .height = 64 };
    scene_group(&scene, &(struct draw_group){ .target = { TARGET_TENSOR, 3, 0 },
                                              .bounds = { 0, 0, 64, 64 },
                                              .title = "y < \"z\" & w" });
    draw_all(&scene);
    scene_group_end(&scene);
    scene_group(&scene, &(struct draw_group){ .target = { TARGET_TENSOR, 3, 0 } });
    scene_group_end(&scene);
    snprintf(path, sizeof(path), "%s/file", folder->path);
    struct canvas_file *file =
        canvas_file_create(path, options, theme_at(THEME_LIGHT), fonts, &err);
    assert_non_null(file);
    assert_true(canvas_file_page(file, &scene, &err));
    assert_int_equal(access(path, F_OK), -1); /* not before it is whole */
    assert_true(canvas_file_finish(file, &err));
    struct text bytes = { 0 };
    char piece[4096];
    size_t length;
    FILE *input = fopen(path, "rb");
    assert_non_null(input);
    while ((length = fread(piece, 1, sizeof(piece), input)) > 0) {
        text_append(&bytes, piece, length);
    }
    fclose(input);
    assert_int_equal(folder_empty(folder), 1);
    scene_finish(&scene);
    return bytes;
}

static int times_in(const struct text *text, const char *needle)
{
    int count = 0;
    for (const char *at = text->bytes; (at = strstr(at, needle)); at += strlen(needle)) {
        count++;
    }
    return count;
}

static void svg_names_what_it_shows(void **state)
{
    struct fonts *fonts = fonts_create_fixed();
    struct text svg = written(
        *state,
        &(struct canvas_file_options){
            .format = FILE_SVG_TEXT, .title = "Bước 3", .description = "a < b", .language = "vi" },
        fonts);
    assert_int_equal(times_in(&svg, "viewBox=\"0 0 64 64\" width=\"64\" height=\"64\" role=\"img\" "
                                    "aria-labelledby=\"title description\" xml:lang=\"vi\""),
                     1);
    assert_int_equal(times_in(&svg, "<title id=\"title\">Bước 3</title>"), 1);
    assert_int_equal(times_in(&svg, "<desc id=\"description\">a &lt; b</desc>"), 1);
    assert_int_equal(times_in(&svg, "<g id=\"tensor-3\">"), 1); /* an id stands once */
    assert_int_equal(times_in(&svg, "<title>y &lt; &quot;z&quot; &amp; w</title>"), 1);
    assert_int_equal(times_in(&svg, ">∂y ế</text>"), 2); /* the halo and the text */
    assert_int_equal(times_in(&svg, "<g") - times_in(&svg, "</g>"), 0);
    assert_int_equal(times_in(&svg, "style="), 0);
    assert_int_equal(times_in(&svg, "class="), 0);
    assert_true(utf8_valid(svg.bytes, svg.length));
    text_finish(&svg);
    fonts_destroy(fonts);
}

static void svg_for_slides_has_outlines(void **state)
{
    struct fonts *fonts = fonts_create(NULL);
    if (!fonts) {
        print_message("skipped: no font for Vietnamese text is installed\n");
        skip();
    }
    struct text svg = written(*state, &(struct canvas_file_options){ .format = FILE_SVG }, fonts);
    assert_int_equal(times_in(&svg, "<text"), 0);
    assert_int_equal(times_in(&svg, "font"), 0);
    assert_int_equal(times_in(&svg, "aria-labelledby"), 0);
    assert_true(svg.length > 3000);
    struct text again = written(*state, &(struct canvas_file_options){ .format = FILE_SVG }, fonts);
    assert_string_equal(svg.bytes, again.bytes);
    text_finish(&svg);
    text_finish(&again);
    fonts_destroy(fonts);
}

static void png_has_the_asked_size(void **state)
{
    struct fonts *fonts = best_fonts();
    struct text png =
        written(*state, &(struct canvas_file_options){ .format = FILE_PNG, .scale = 2.5f }, fonts);
    static const unsigned char start[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,
                                           0,    0,   13,  'I', 'H',  'D',  'R',  0,    0,
                                           0,    160, 0,   0,   0,    160,  8,    2 };
    assert_memory_equal(png.bytes, start, sizeof(start));
    text_finish(&png);
    png = written(*state, &(struct canvas_file_options){ .format = FILE_PNG, .transparent = true },
                  fonts);
    assert_int_equal(png.bytes[25], 6); /* colour with an alpha channel */
    text_finish(&png);
    fonts_destroy(fonts);
}

/* A shadow in a PNG would show: the same scene without it is the same file. */
static void files_have_no_shadows(void **state)
{
    const struct folder *folder = *state;
    struct fonts *fonts = fonts_create_fixed();
    char first[1 << 14], second[1 << 14];
    size_t lengths[2];
    for (int shadow = 0; shadow < 2; shadow++) {
        char path[128];
        struct scene scene = { .width = 64, .height = 64 };
        const struct draw_rect rect = { .rect = { 16, 16, 32, 32 }, .fill = INK_CARD };
        if (shadow) {
            scene_rect(&scene, &(struct draw_rect){ .rect = rect.rect, .fill = INK_SHADOW });
        }
        scene_rect(&scene, &rect);
        snprintf(path, sizeof(path), "%s/shadow", folder->path);
        struct canvas_file *file =
            canvas_file_create(path, &(struct canvas_file_options){ .format = FILE_PNG },
                               theme_at(THEME_LIGHT), fonts, NULL);
        assert_true(canvas_file_page(file, &scene, NULL));
        assert_true(canvas_file_finish(file, NULL));
        FILE *input = fopen(path, "rb");
        lengths[shadow] = fread(shadow ? second : first, 1, sizeof(first), input);
        fclose(input);
        scene_finish(&scene);
    }
    assert_true(lengths[0] > 60 && lengths[0] == lengths[1]);
    assert_memory_equal(first, second, lengths[0]);
    assert_int_equal(folder_empty(folder), 1);
    fonts_destroy(fonts);
}

static void pdf_holds_text_and_title(void **state)
{
    struct fonts *fonts = best_fonts();
    struct text pdf =
        written(*state,
                &(struct canvas_file_options){
                    .format = FILE_PDF, .title = "Gradient", .description = "One step" },
                fonts);
    assert_memory_equal(pdf.bytes, "%PDF-1.", 7);
    assert_memory_equal(pdf.bytes + pdf.length - 6, "%%EOF\n", 6);
    bool titled = false, described = false, embedded = false;
    for (size_t i = 0; i + 20 < pdf.length; i++) {
        titled = titled || memcmp(pdf.bytes + i, "/Title (Gradient)", 17) == 0;
        described = described || memcmp(pdf.bytes + i, "/Subject (One step)", 19) == 0;
        embedded = embedded || memcmp(pdf.bytes + i, "/FontFile", 9) == 0;
    }
    assert_true(titled && described);
    assert_int_equal(embedded, fonts_file(fonts, TYPE_UI, 0) != NULL);
    text_finish(&pdf);
    fonts_destroy(fonts);
}

static void a_file_that_cannot_be_made_is_reported(void **state)
{
    (void)state;
    struct fonts *fonts = fonts_create_fixed();
    struct error err = { 0 };
    assert_null(canvas_file_create("/nonexistent/x.png",
                                   &(struct canvas_file_options){ .format = FILE_PNG },
                                   theme_at(THEME_LIGHT), fonts, &err));
    assert_int_equal(err.kind, ERROR_IO);
    assert_non_null(strstr(err.text, "/nonexistent/x.png"));
    fonts_destroy(fonts);
}

/* Whatever goes wrong, no half file is left, and a file that stood there before stays. */
static void nothing_half_written_is_left(void **state)
{
    const struct folder *folder = *state;
    static const float widths[] = { 0, -5, 1e9f, NAN };
    struct fonts *fonts = fonts_create_fixed();
    char path[128];
    snprintf(path, sizeof(path), "%s/old.png", folder->path);
    FILE *old = fopen(path, "wb");
    assert_non_null(old);
    fputs("old", old);
    fclose(old);
    const struct canvas_file_options options = { .format = FILE_PNG };
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        struct error err = { 0 };
        struct scene scene = { .width = widths[i], .height = 10 };
        struct canvas_file *file =
            canvas_file_create(path, &options, theme_at(THEME_LIGHT), fonts, &err);
        assert_non_null(file);
        assert_false(canvas_file_page(file, &scene, &err));
        assert_non_null(strstr(err.text, "pixels"));
        assert_false(canvas_file_finish(file, &err));
        scene_finish(&scene);
    }
    struct error err = { 0 };
    struct canvas_file *file =
        canvas_file_create(path, &options, theme_at(THEME_LIGHT), fonts, &err);
    assert_false(canvas_file_finish(file, &err)); /* no page */
    char bytes[8] = { 0 };
    old = fopen(path, "rb");
    assert_int_equal(fread(bytes, 1, sizeof(bytes), old), 3);
    fclose(old);
    assert_string_equal(bytes, "old");
    assert_int_equal(folder_empty(folder), 1);
    fonts_destroy(fonts);
}

/* How far a page has come, told to somebody who gives up there. */
struct listener {
    size_t told, done, count, until;
    bool good;
};

static bool listen(void *owner, size_t done, size_t count)
{
    struct listener *const listener = owner;

    listener->good = listener->good && done >= listener->done && done < count &&
                     (listener->told == 0 || count == listener->count);
    listener->told++;
    listener->done = done;
    listener->count = count;
    return done < listener->until;
}

static void a_picture_tells_how_far_it_is_and_can_be_given_up(void **state)
{
    static const size_t until[] = { SIZE_MAX, 1, 2000, 2200 };
    const struct folder *folder = *state;
    struct fonts *fonts = fonts_create_fixed();
    struct scene scene = { .width = 40, .height = 2000 };
    char path[128];

    scene_rect(&scene, &(struct draw_rect){ .rect = { 1, 1, 30, 1990 }, .fill = INK_TEXT });
    snprintf(path, sizeof(path), "%s/long.png", folder->path);
    for (size_t i = sizeof(until) / sizeof(until[0]); i-- > 0;) {
        struct listener listener = { .until = until[i], .good = true };
        struct error err = { 0 };
        struct canvas_file *const file = canvas_file_create(
            path,
            &(struct canvas_file_options){
                .format = FILE_PNG, .transparent = i % 2 == 0, .step = listen, .owner = &listener },
            theme_at(THEME_LIGHT), fonts, &err);
        const bool all = until[i] == SIZE_MAX;
        assert_int_equal(canvas_file_page(file, &scene, &err), all);
        assert_true(listener.good && listener.told > 1 && listener.count == 4000);
        if (all) {
            assert_true(canvas_file_finish(file, &err));
            assert_true(listener.done > 3900);
        } else {
            assert_string_equal(err.text, "stopped");
            canvas_file_abandon(file);
        }
        assert_int_equal(folder_empty(folder), all);
    }
    scene_finish(&scene);
    fonts_destroy(fonts);
}

/* Of much on one page, too; and then no more of it is drawn. */
static void a_page_can_be_given_up_in_every_format(void **state)
{
    static const enum file_format formats[] = { FILE_PNG, FILE_SVG, FILE_SVG_TEXT, FILE_PDF };
    static const size_t until[] = { 1, 3000, SIZE_MAX };
    const struct folder *folder = *state;
    struct fonts *fonts = fonts_create_fixed();
    struct scene scene = { .width = 400, .height = 4000 };
    char path[128];

    for (int i = 0; i < 20000; i++) {
        const struct rect rect = { (float)(i % 100) * 4, (float)(i / 100) * 20, 3, 15 };
        scene_rect(&scene, &(struct draw_rect){ .rect = rect, .fill = INK_TEXT });
    }
    snprintf(path, sizeof(path), "%s/much", folder->path);
    for (size_t i = 0; i < 12; i++) {
        struct listener listener = { .until = SIZE_MAX };
        struct error err = { 0 };
        struct canvas_file *const file =
            canvas_file_create(path,
                               &(struct canvas_file_options){
                                   .format = formats[i % 4], .step = listen, .owner = &listener },
                               theme_at(THEME_LIGHT), fonts, &err);
        const bool all = until[i / 4] == SIZE_MAX;
        listener = (struct listener){ .until = until[i / 4] }; /* a PDF's head was a beginning */
        assert_int_equal(canvas_file_page(file, &scene, &err), all);
        if (all) {
            assert_true(listener.told > 5 && canvas_file_finish(file, &err));
            unlink(path);
        } else {
            const size_t told = listener.told;
            assert_string_equal(err.text, "stopped");
            canvas_file_abandon(file);
            assert_int_equal(listener.told, told); /* nobody is asked twice */
        }
        assert_int_equal(folder_empty(folder), 0);
    }
    scene_finish(&scene);
    fonts_destroy(fonts);
}

static void no_room_is_reported(void **state)
{
    (void)state;
    static const enum file_format formats[] = { FILE_PNG, FILE_SVG, FILE_PDF };
    struct rlimit before;
    struct fonts *fonts = fonts_create_fixed();
    const struct folder *folder = *state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t i = 0; i < 3; i++) {
        const struct rlimit small = { 16, before.rlim_max };
        char path[128];
        struct error err = { 0 };
        struct scene scene = { .width = 600, .height = 400 };
        scene_rect(&scene, &(struct draw_rect){ .rect = { 1, 1, 9, 9 }, .fill = INK_TEXT });
        snprintf(path, sizeof(path), "%s/full", folder->path);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        struct canvas_file *file =
            canvas_file_create(path, &(struct canvas_file_options){ .format = formats[i] },
                               theme_at(THEME_LIGHT), fonts, &err);
        const bool drawn = file && canvas_file_page(file, &scene, &err);
        const bool finished = file && canvas_file_finish(file, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_non_null(file);
        assert_false(finished && drawn);
        if (!strstr(err.text, system_error(EFBIG))) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(folder_empty(folder), 0);
        scene_finish(&scene);
    }
    fonts_destroy(fonts);
}

static void only_a_pdf_has_several_pages(void **state)
{
    const struct folder *folder = *state;
    struct fonts *fonts = fonts_create_fixed();
    struct scene scene = { .width = 20, .height = 20 };
    for (int format = FILE_PNG; format <= FILE_PDF; format++) {
        char path[128];
        struct error err = { 0 };
        snprintf(path, sizeof(path), "%s/pages", folder->path);
        struct canvas_file *file = canvas_file_create(
            path, &(struct canvas_file_options){ .format = (enum file_format)format },
            theme_at(THEME_LIGHT), fonts, &err);
        assert_true(canvas_file_page(file, &scene, &err));
        assert_int_equal(canvas_file_page(file, &scene, &err), format == FILE_PDF);
        assert_int_equal(canvas_file_finish(file, &err), format == FILE_PDF);
    }
    assert_int_equal(folder_empty(folder), 1);
    scene_finish(&scene);
    fonts_destroy(fonts);
}

/* Cairo forgets the tag of a figure when something like a paint covers the page after it. */
static void pdf_keeps_its_figures_on_covered_pages(void **state)
{
    const struct folder *folder = *state;
    struct fonts *fonts = fonts_create_fixed();
    struct scene scene = { .width = 20, .height = 20, .title = "One", .description = "a page" };
    struct error err = { 0 };
    char path[128];

    scene_rect(&scene, &(struct draw_rect){ .rect = { 0, 0, 20, 20 }, .fill = INK_PANEL });
    scene_rect(&scene, &(struct draw_rect){ .rect = { 5, 5, 5, 5 }, .fill = INK_FORWARD });
    snprintf(path, sizeof(path), "%s/pages", folder->path);
    struct canvas_file *file =
        canvas_file_create(path, &(struct canvas_file_options){ .format = FILE_PDF },
                           theme_at(THEME_LIGHT), fonts, &err);
    assert_true(canvas_file_page(file, &scene, &err));
    assert_true(canvas_file_page(file, &scene, &err));
    assert_true(canvas_file_finish(file, &err));
    assert_int_equal(folder_empty(folder), 1);
    scene_finish(&scene);
    fonts_destroy(fonts);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(svg_names_what_it_shows),
        WITH_FOLDER(svg_for_slides_has_outlines),
        WITH_FOLDER(png_has_the_asked_size),
        WITH_FOLDER(files_have_no_shadows),
        WITH_FOLDER(pdf_holds_text_and_title),
        cmocka_unit_test(a_file_that_cannot_be_made_is_reported),
        WITH_FOLDER(nothing_half_written_is_left),
        WITH_FOLDER(a_picture_tells_how_far_it_is_and_can_be_given_up),
        WITH_FOLDER(a_page_can_be_given_up_in_every_format),
        WITH_FOLDER(no_room_is_reported),
        WITH_FOLDER(only_a_pdf_has_several_pages),
        WITH_FOLDER(pdf_keeps_its_figures_on_covered_pages),
    };
    return test_run(tests);
}
