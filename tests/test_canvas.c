#include "tests/test.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "render/canvas.h"

enum { SIDE = 64 };

/* A page of 64 × 64 pixels, drawn anew. */
struct page {
    uint32_t pixels[SIDE * SIDE];
    struct canvas *canvas;
    struct fonts *fonts;
};

static void page_open(struct page *page, enum theme_id theme, struct fonts *fonts)
{
    memset(page->pixels, 0, sizeof(page->pixels));
    page->fonts = fonts;
    page->canvas = canvas_create_pixels(page->pixels, SIDE, SIDE, SIDE * 4, theme_at(theme), fonts);
    canvas_fill_page(page->canvas, NULL);
}

static void page_close(struct page *page)
{
    canvas_destroy(page->canvas);
    fonts_destroy(page->fonts);
}

static uint32_t pixel_of(enum theme_id theme, enum ink ink, float heat)
{
    const struct colour c = theme_colour(theme_at(theme), ink, heat);
    return (uint32_t)lrintf(c.r * 255) << 16 | (uint32_t)lrintf(c.g * 255) << 8 |
           (uint32_t)lrintf(c.b * 255);
}

static bool is_near(uint32_t a, uint32_t b, int tolerance)
{
    for (int shift = 0; shift < 24; shift += 8) {
        if (abs((int)(a >> shift & 255) - (int)(b >> shift & 255)) > tolerance) {
            return false;
        }
    }
    return true;
}

static void expect_pixel(const struct page *page, int x, int y, uint32_t wanted)
{
    const uint32_t got = page->pixels[y * SIDE + x] & 0xffffff;
    if (!is_near(got, wanted, 3)) {
        fail_msg("pixel %d,%d is %06x, not %06x", x, y, got, wanted);
    }
}

static void the_page_is_filled(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, THEME_DARK, fonts_create_fixed());
    expect_pixel(&page, 0, 0, pixel_of(THEME_DARK, INK_PAGE, 0));
    expect_pixel(&page, SIDE - 1, SIDE - 1, pixel_of(THEME_DARK, INK_PAGE, 0));
    page.pixels[5 * SIDE + 5] = page.pixels[30 * SIDE + 30] = 0xff123456;
    canvas_fill_page(page.canvas, &(struct rect){ 0, 0, 10, 10 });
    expect_pixel(&page, 5, 5, pixel_of(THEME_DARK, INK_PAGE, 0));
    expect_pixel(&page, 30, 30, 0x123456);
    page_close(&page);
}

static void rectangles_are_crisp(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    struct page page;
    page_open(&page, THEME_PRINT, fonts_create_fixed());
    scene_rect(&scene, &(struct draw_rect){
                           .rect = { 10.3f, 10.3f, 20, 20 }, .fill = INK_HEAT, .heat = -0.5f });
    scene_rect(&scene, &(struct draw_rect){ .rect = { 36, 10, 20, 20 },
                                            .radius = 6,
                                            .fill = INK_FORWARD_SOFT,
                                            .stroke = INK_TEXT,
                                            .width = 2 });
    canvas_play(page.canvas, &scene, NULL);
    const uint32_t white = 0xffffff, heat = pixel_of(THEME_PRINT, INK_HEAT, -0.5f);
    expect_pixel(&page, 9, 20, white);
    expect_pixel(&page, 10, 20, heat);
    expect_pixel(&page, 29, 29, heat);
    expect_pixel(&page, 30, 20, white);
    expect_pixel(&page, 34, 20, white);
    expect_pixel(&page, 35, 20, 0); /* two whole pixels of border */
    expect_pixel(&page, 36, 20, 0);
    expect_pixel(&page, 37, 20, pixel_of(THEME_PRINT, INK_FORWARD_SOFT, 0));
    expect_pixel(&page, 35, 9, white); /* the corner is round */
    page_close(&page);
    scene_finish(&scene);
}

static void scale_and_origin_place_the_scene(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    struct page page;
    page_open(&page, THEME_PRINT, fonts_create_fixed());
    scene_rect(&scene, &(struct draw_rect){ .rect = { 1, 2, 3, 4 }, .fill = INK_TEXT });
    canvas_play(page.canvas, &scene, &(struct canvas_view){ .scale = 4, .origin = { 2, 3 } });
    /* x from (1 + 2) · 4 to (4 + 2) · 4, y from (2 + 3) · 4 to (6 + 3) · 4 */
    expect_pixel(&page, 12, 20, 0);
    expect_pixel(&page, 23, 35, 0);
    expect_pixel(&page, 11, 20, 0xffffff);
    expect_pixel(&page, 12, 19, 0xffffff);
    expect_pixel(&page, 24, 35, 0xffffff);
    expect_pixel(&page, 23, 36, 0xffffff);
    page_close(&page);
    scene_finish(&scene);
}

/* Everything that can be drawn, at several layers. */
static void draw_all(struct scene *scene)
{
    const struct point curve[] = { { 5, 40 }, { 25, 5 }, { 40, 60 }, { 60, 20 } };
    scene_rect(scene,
               &(struct draw_rect){ .rect = { 8, 8, 40, 30 }, .radius = 8, .fill = INK_SHADOW });
    scene_rect(scene, &(struct draw_rect){ .rect = { 8, 8, 40, 30 },
                                           .radius = 8,
                                           .fill = INK_CARD,
                                           .stroke = INK_LOSS,
                                           .doubled = true });
    scene_clip(scene, (struct rect){ 4, 4, 50, 50 });
    scene->layer = LAYER_MOVING;
    scene_path(scene, &(struct draw_path){ .points = curve,
                                           .count = 4,
                                           .curves = true,
                                           .stroke = INK_BACKWARD,
                                           .width = 3,
                                           .dashed = true,
                                           .head_start = 9 });
    scene_clip_end(scene);
    scene->layer = LAYER_OVERLAY;
    scene_rect(scene, &(struct draw_rect){ .rect = { 30, 44, 26, 14 },
                                           .radius = 7,
                                           .fill = INK_SELECTION_SOFT,
                                           .stroke = INK_SELECTION,
                                           .dashed = true,
                                           .alpha = 0.7f });
    scene_text(scene, &(struct draw_text){ .at = { 12, 26 },
                                           .bytes = "∂y ế",
                                           .size = 14,
                                           .ink = INK_TEXT,
                                           .halo = true,
                                           .strike = true });
}

static struct fonts *best_fonts(void)
{
    struct fonts *fonts = fonts_create(NULL);
    return fonts ? fonts : fonts_create_fixed();
}

static void a_clip_protects_what_is_outside(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    struct page page;
    page_open(&page, THEME_LIGHT, best_fonts());
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        page.pixels[i] = 0xff00ff00;
    }
    draw_all(&scene);
    canvas_play(page.canvas, &scene,
                &(struct canvas_view){ .scale = 1, .clip = { 16, 16, 20, 12 } });
    int changed = 0;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const bool inside = x >= 16 && x < 36 && y >= 16 && y < 28;
            const bool touched = (page.pixels[y * SIDE + x] & 0xffffff) != 0x00ff00;
            assert_true(inside || !touched);
            changed += touched;
        }
    }
    assert_int_equal(changed, 20 * 12); /* the card covers all of it */
    page_close(&page);
    scene_finish(&scene);
}

/* A picture drawn in pieces is the picture: what damage rectangles rely on. */
static void pieces_make_the_whole(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    struct page whole, pieces;
    page_open(&whole, THEME_LIGHT, best_fonts());
    page_open(&pieces, THEME_LIGHT, best_fonts());
    draw_all(&scene);
    canvas_play(whole.canvas, &scene, NULL);
    for (int y = 0; y < SIDE; y += 16) {
        for (int x = 0; x < SIDE; x += 16) {
            canvas_play(
                pieces.canvas, &scene,
                &(struct canvas_view){ .scale = 1, .clip = { (float)x, (float)y, 16, 16 } });
        }
    }
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        assert_true(is_near(whole.pixels[i], pieces.pixels[i], 2));
    }
    page_close(&whole);
    page_close(&pieces);
    scene_finish(&scene);
}

static void layers_are_drawn_apart(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    struct page whole, layered;
    page_open(&whole, THEME_LIGHT, best_fonts());
    page_open(&layered, THEME_LIGHT, best_fonts());
    draw_all(&scene);
    canvas_play(whole.canvas, &scene, NULL);
    for (int layer = LAYER_STILL; layer <= LAYER_OVERLAY; layer++) {
        assert_memory_not_equal(whole.pixels, layered.pixels, sizeof(whole.pixels));
        struct canvas_view view = { .scale = 1 };
        view.layers[layer] = true;
        canvas_play(layered.canvas, &scene, &view);
    }
    assert_memory_equal(whole.pixels, layered.pixels, sizeof(whole.pixels));
    page_close(&whole);
    page_close(&layered);
    scene_finish(&scene);
}

static int dark_pixels(const struct page *page, int x0, int x1)
{
    int count = 0;
    for (int y = 0; y < SIDE; y++) {
        for (int x = x0; x < x1; x++) {
            count += (page->pixels[y * SIDE + x] & 0xff) < 0x80;
        }
    }
    return count;
}

static void half_a_path_is_half_as_long(void **state)
{
    (void)state;
    const struct point line[] = { { 10, 32 }, { 50, 32 } };
    const struct point curve[] = { { 10, 32 }, { 20, 32 }, { 40, 32 }, { 50, 32 } };
    for (int curves = 0; curves < 2; curves++) {
        struct scene scene = { 0 };
        struct page page;
        page_open(&page, THEME_PRINT, fonts_create_fixed());
        scene_path(&scene, &(struct draw_path){ .points = curves ? curve : line,
                                                .count = curves ? 4 : 2,
                                                .curves = curves,
                                                .stroke = INK_TEXT,
                                                .width = 4,
                                                .from = 0.25f,
                                                .to = 0.5f,
                                                .head_end = 6 });
        canvas_play(page.canvas, &scene, NULL);
        assert_true(dark_pixels(&page, 19, 31) > 20);
        assert_int_equal(dark_pixels(&page, 0, 17) + dark_pixels(&page, 32, SIDE), 0);
        page_close(&page);
        scene_finish(&scene);
    }
}

/* Points that are all the same, far away or few: nothing breaks. */
static void odd_paths_are_drawn_or_not(void **state)
{
    (void)state;
    const struct point points[] = { { 5, 5 },        { 5, 5 }, { 5, 5 }, { 5, 5 },
                                    { 1e9f, -1e9f }, { 5, 5 }, { 0, 0 } };
    for (size_t count = 1; count <= 7; count++) {
        for (int curves = 0; curves < 2; curves++) {
            struct scene scene = { 0 };
            struct page page;
            if (curves && count % 3 != 1) {
                continue;
            }
            page_open(&page, THEME_LIGHT, fonts_create_fixed());
            scene_path(&scene, &(struct draw_path){ .points = points,
                                                    .count = count,
                                                    .curves = curves,
                                                    .closed = true,
                                                    .stroke = INK_TEXT,
                                                    .head_start = 4,
                                                    .head_end = 4,
                                                    .to = 0.5f });
            scene_rect(&scene, &(struct draw_rect){ .rect = { -1e9f, -1e9f, 2e9f, 2e9f },
                                                    .radius = 1e8f,
                                                    .fill = INK_CARD,
                                                    .stroke = INK_TEXT });
            canvas_play(page.canvas, &scene, NULL);
            page_close(&page);
            scene_finish(&scene);
        }
    }
}

static void text_is_drawn_where_it_is_measured(void **state)
{
    (void)state;
    struct fonts *fonts = fonts_create(NULL);
    if (!fonts) {
        print_message("skipped: no font for Vietnamese text is installed\n");
        skip();
    }
    for (int align = ALIGN_LEFT; align <= ALIGN_RIGHT; align++) {
        struct scene scene = { 0 };
        struct page page;
        page_open(&page, THEME_PRINT, fonts_create(NULL));
        scene_text(&scene, &(struct draw_text){ .at = { 32, 40 },
                                                .bytes = "HH",
                                                .size = 16,
                                                .ink = INK_TEXT,
                                                .align = (enum text_align)align });
        canvas_play(page.canvas, &scene, NULL);
        const float width = 16 * fonts_measure(fonts, TYPE_UI, "HH", 2);
        const int from = (int)(32 - width * (float)align / 2), to = from + (int)ceilf(width) + 1;
        assert_true(dark_pixels(&page, from, to) > 40);
        assert_int_equal(dark_pixels(&page, 0, from) + dark_pixels(&page, to, SIDE), 0);
        page_close(&page);
        scene_finish(&scene);
    }
    fonts_destroy(fonts);
}

/* ---- scenes as text ---- */

static void scenes_become_lines(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    const struct point line[] = { { 0.4f, 0 }, { 10, 19.6f } };
    scene_group(&scene, &(struct draw_group){ .target = { TARGET_EDGE, 4, 1 },
                                              .bounds = { 0, 0, 10, 20 },
                                              .title = "x → y" });
    scene_path(&scene, &(struct draw_path){ .points = line,
                                            .count = 2,
                                            .stroke = INK_BACKWARD,
                                            .width = 2,
                                            .dashed = true,
                                            .head_end = 8,
                                            .to = 0.25f });
    scene_group_end(&scene);
    scene_clip(&scene, (struct rect){ 1, 2, 3, 4 });
    scene_rect(&scene, &(struct draw_rect){ .rect = { 1, 2, 30, 40 },
                                            .radius = 6,
                                            .fill = INK_HEAT,
                                            .stroke = INK_LOSS,
                                            .doubled = true,
                                            .heat = -0.25f,
                                            .alpha = 0.5f });
    scene_clip_end(&scene);
    scene_text(&scene, &(struct draw_text){ .at = { 7, 8 },
                                            .bytes = "a\nb",
                                            .role = TYPE_MONO_BOLD,
                                            .size = 15,
                                            .ink = INK_TEXT_SECOND,
                                            .align = ALIGN_CENTRE,
                                            .max_width = 90,
                                            .halo = true });
    struct text out = { 0 };
    canvas_text(&scene, &out);
    assert_string_equal(
        out.bytes, "group edge 4.1 0,0 10x20 \"x → y\"\n"
                   "path 0,0 10,20 stroke backward width 2 dashed head-end part 0%-25%\n"
                   "group end\n"
                   "clip 1,2 3x4\n"
                   "rect 1,2 30x40 round 6 fill heat stroke loss doubled heat -0.25 alpha 50%\n"
                   "clip end\n"
                   "text 7,8 centre mono-bold 15 text-second max 90 halo \"a\\nb\"\n");
    text_finish(&out);
    scene_finish(&scene);
}

/* ---- files ---- */

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

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    static const enum file_format formats[] = { FILE_PNG, FILE_SVG, FILE_PDF };
    if (access("/dev/full", W_OK) != 0) {
        print_message("skipped: there is no /dev/full\n");
        skip();
    }
    struct fonts *fonts = fonts_create_fixed();
    const struct folder *folder = *state;
    for (size_t i = 0; i < 3; i++) {
        char path[128], beside[192];
        struct error err = { 0 };
        struct scene scene = { .width = 600, .height = 400 };
        scene_rect(&scene, &(struct draw_rect){ .rect = { 1, 1, 9, 9 }, .fill = INK_TEXT });
        snprintf(path, sizeof(path), "%s/full", folder->path);
        snprintf(beside, sizeof(beside), "%s.%ld.part", path, (long)getpid());
        assert_int_equal(symlink("/dev/full", beside), 0);
        struct canvas_file *file =
            canvas_file_create(path, &(struct canvas_file_options){ .format = formats[i] },
                               theme_at(THEME_LIGHT), fonts, &err);
        assert_non_null(file);
        const bool drawn = canvas_file_page(file, &scene, &err);
        assert_false(canvas_file_finish(file, &err) && drawn);
        assert_non_null(strstr(err.text, "full"));
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

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_filled),
        cmocka_unit_test(rectangles_are_crisp),
        cmocka_unit_test(scale_and_origin_place_the_scene),
        cmocka_unit_test(a_clip_protects_what_is_outside),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(layers_are_drawn_apart),
        cmocka_unit_test(half_a_path_is_half_as_long),
        cmocka_unit_test(odd_paths_are_drawn_or_not),
        cmocka_unit_test(text_is_drawn_where_it_is_measured),
        cmocka_unit_test(scenes_become_lines),
        WITH_FOLDER(svg_names_what_it_shows),
        WITH_FOLDER(svg_for_slides_has_outlines),
        WITH_FOLDER(png_has_the_asked_size),
        WITH_FOLDER(files_have_no_shadows),
        WITH_FOLDER(pdf_holds_text_and_title),
        cmocka_unit_test(a_file_that_cannot_be_made_is_reported),
        WITH_FOLDER(nothing_half_written_is_left),
        WITH_FOLDER(a_full_disk_is_reported),
        WITH_FOLDER(only_a_pdf_has_several_pages),
    };
    return test_run(tests);
}
