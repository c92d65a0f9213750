#include "tests/canvas_scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/canvas/raster.h"

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

/* The darkness of the page, in black pixels. */
static float ink_on(const struct page *page)
{
    float sum = 0;
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        sum += (float)(255 - (page->pixels[i] & 0xff)) / 255;
    }
    return sum;
}

static bool draw_line(struct page *page, const struct point *points, size_t count, float width,
                      float on)
{
    const struct raster raster = { page->pixels, SIDE, SIDE, SIDE, { 0, 0, SIDE, SIDE } };
    const struct raster_line line = {
        .width = width, .on = on, .off = on, .colour = { 0, 0, 0, 1 }
    };
    canvas_fill_page(page->canvas, NULL);
    return raster_line(&raster, points, count, &line);
}

static void a_line_has_its_area(void **state)
{
    (void)state;
    static const struct point flat[] = { { 10, 20 }, { 50, 20 } };
    struct page page;
    page_open(&page, THEME_PRINT, fonts_create_fixed());
    assert_true(draw_line(&page, flat, 2, 2, 0));
    expect_pixel(&page, 30, 18, 0xffffff);
    expect_pixel(&page, 10, 19, 0);
    expect_pixel(&page, 49, 20, 0);
    expect_pixel(&page, 9, 20, 0xffffff);
    expect_pixel(&page, 50, 20, 0xffffff);
    expect_pixel(&page, 30, 21, 0xffffff);
    for (int i = 0; i < 12; i++) { /* however it lies and however thin it is */
        const float turn = (float)i * 0.55f, width = 0.6f + (float)i * 0.3f;
        const struct point line[] = { { 32.3f - 20 * cosf(turn), 31.6f - 20 * sinf(turn) },
                                      { 32.3f, 31.6f },
                                      { 32.3f + 20 * cosf(turn), 31.6f + 20 * sinf(turn) } };
        assert_true(draw_line(&page, line, 3, width, 0));
        assert_float_equal(ink_on(&page), 40 * width, 40 * width * 0.02f);
        assert_true(draw_line(&page, line, 3, width, 5)); /* half of it is gaps */
        assert_float_equal(ink_on(&page), 20 * width, 20 * width * 0.02f);
    }
    page_close(&page);
}

static void no_pixel_of_a_bend_is_left_out_or_painted_twice(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    struct point ring[COUNT];
    struct page page;
    page_open(&page, THEME_PRINT, fonts_create_fixed());
    for (int i = 0; i < COUNT; i++) {
        const float turn = (float)i * 6.2831853f / (COUNT - 1);
        ring[i] = (struct point){ 32 + 20 * cosf(turn), 32 + 20 * sinf(turn) };
    }
    assert_true(draw_line(&page, ring, COUNT, 3, 0));
    assert_float_equal(ink_on(&page), 3 * 40 * 3.14159f, 6);
    for (int i = 2; i < 198; i++) { /* not where its ends meet */
        const float turn = (float)i * 6.2831853f / 200;
        expect_pixel(&page, (int)(32 + 20 * cosf(turn)), (int)(32 + 20 * sinf(turn)), 0);
    }
    page_close(&page);
}

static void a_sharp_bend_is_no_smooth_line(void **state)
{
    (void)state;
    static const struct point corner[] = { { 10, 10 }, { 40, 10 }, { 40, 40 } };
    static const struct point tight[] = { { 10, 10 }, { 20, 10 }, { 20.5f, 10.3f }, { 20.6f, 11 } };
    struct page page;
    page_open(&page, THEME_PRINT, fonts_create_fixed());
    assert_false(draw_line(&page, corner, 3, 2, 0));
    assert_false(draw_line(&page, tight, 4, 8, 0));
    assert_true(ink_on(&page) == 0);
    assert_true(draw_line(&page, corner, 1, 2, 0)); /* nothing to draw */
    assert_true(ink_on(&page) == 0);
    page_close(&page);
}

static void a_polygon_has_its_area(void **state)
{
    (void)state;
    static const struct point head[] = { { 40, 30 }, { 20, 21.5f }, { 25.2f, 30 }, { 20, 38.5f } };
    struct page page;
    page_open(&page, THEME_PRINT, fonts_create_fixed());
    const struct raster raster = { page.pixels, SIDE, SIDE, SIDE, { 0, 0, SIDE, SIDE } };
    canvas_fill_page(page.canvas, NULL);
    assert_true(raster_polygon(&raster, head, 4, (struct colour){ 0, 0, 0, 1 }));
    assert_float_equal(ink_on(&page), (40 - 25.2f) * 17 / 2, 1);
    expect_pixel(&page, 32, 29, 0);
    expect_pixel(&page, 22, 30, 0xffffff); /* in the notch */
    page_close(&page);
}

static void a_picture_is_scaled_in_its_place(void **state)
{
    (void)state;
    enum { OWN = 8 };
    uint32_t own[OWN * OWN];
    struct page page;
    page_open(&page, THEME_PRINT, fonts_create_fixed());
    const struct raster raster = { page.pixels, SIDE, SIDE, SIDE, { 0, 0, 40, SIDE } };
    const struct raster from = { own, OWN, OWN, OWN, { 0, 0, OWN, OWN } };
    for (int i = 0; i < OWN * OWN; i++) {
        own[i] = i % OWN < OWN / 2 ? 0xff204060 : 0xff60a0e0;
    }
    struct pixel_box box = raster_scaled(&raster, &from, 1, (struct point){ 3, 5 });
    assert_true(box.x0 == 3 && box.y0 == 5 && box.x1 == 11 && box.y1 == 13);
    for (int y = 0; y < OWN; y++) {
        assert_memory_equal(&page.pixels[(y + 5) * SIDE + 3], own + y * OWN, sizeof(own) / OWN);
    }
    box = raster_scaled(&raster, &from, 4, (struct point){ 20.5f, 20 });
    assert_true(box.x0 == 21 && box.y0 == 20 && box.x1 == 40 && box.y1 == 52); /* clipped */
    expect_pixel(&page, 22, 30, 0x204060);
    expect_pixel(&page, 39, 51, 0x60a0e0);
    expect_pixel(&page, 20, 30, 0xffffff);
    expect_pixel(&page, 40, 30, 0xffffff);
    box = raster_scaled(&raster, &from, 0.5f, (struct point){ 50, 50 });
    assert_true(box.x0 >= box.x1);
    page_close(&page);
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
                   "text 7,8 centre mono-bold 15 text-second max 90 halo \"a b\"\n");
    text_finish(&out);
    scene_finish(&scene);
}

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
        cmocka_unit_test(a_line_has_its_area),
        cmocka_unit_test(no_pixel_of_a_bend_is_left_out_or_painted_twice),
        cmocka_unit_test(a_sharp_bend_is_no_smooth_line),
        cmocka_unit_test(a_polygon_has_its_area),
        cmocka_unit_test(a_picture_is_scaled_in_its_place),
        cmocka_unit_test(odd_paths_are_drawn_or_not),
        cmocka_unit_test(text_is_drawn_where_it_is_measured),
        cmocka_unit_test(scenes_become_lines),
    };
    return test_run(tests);
}
