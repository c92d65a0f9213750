/* Grids of cells: the same colours wherever they are drawn, and nothing between the cells. */

#include "tests/test.h"

#include <math.h>
#include <string.h>

#include "render/canvas/canvas.h"

enum { SIDE = 30 };

static const float cells[6] = { -1, 0, 1, 0.5f, -0.5f, 0 };

/* 2 rows of 3 cells over 15 by 10 points: at a scale of 2 each is 10 by 10 pixels. */
static void heat_scene(struct scene *scene)
{
    scene->width = SIDE;
    scene->height = SIDE;
    scene_heat(scene, &(struct draw_heat){
                          .rect = { 0, 0, 15, 10 }, .rows = 2, .columns = 3, .cells = cells });
}

static uint32_t pixel_of(float heat)
{
    const struct colour c = theme_colour(theme_at(THEME_LIGHT), INK_HEAT, heat);
    return (uint32_t)lrintf(c.r * 255) << 16 | (uint32_t)lrintf(c.g * 255) << 8 |
           (uint32_t)lrintf(c.b * 255);
}

static void test_pixels(void **state)
{
    (void)state;
    uint32_t pixels[SIDE * SIDE];
    struct fonts *fonts = fonts_create_fixed();
    struct canvas *canvas =
        canvas_create_pixels(pixels, SIDE, SIDE, SIDE * 4, theme_at(THEME_LIGHT), fonts);
    struct scene scene = { 0 };
    heat_scene(&scene);
    canvas_fill_page(canvas, NULL);
    canvas_play(canvas, &scene, &(struct canvas_view){ .scale = 2 });
    for (int y = 0; y < 20; y++) {
        for (int x = 0; x < SIDE; x++) {
            assert_int_equal(pixels[y * SIDE + x] & 0xffffff, pixel_of(cells[y / 10 * 3 + x / 10]));
        }
    }
    canvas_destroy(canvas);
    fonts_destroy(fonts);
    scene_finish(&scene);
}

/* Where cells do not end on whole pixels they still leave no gap: 3 cells over 20 pixels. */
static void test_no_gaps(void **state)
{
    (void)state;
    uint32_t pixels[SIDE * SIDE];
    struct fonts *fonts = fonts_create_fixed();
    struct canvas *canvas =
        canvas_create_pixels(pixels, SIDE, SIDE, SIDE * 4, theme_at(THEME_LIGHT), fonts);
    struct scene scene = { 0 };
    const float full[3] = { 1, 1, 1 };
    scene_heat(&scene, &(struct draw_heat){
                           .rect = { 0, 0, 20, 5 }, .rows = 1, .columns = 3, .cells = full });
    canvas_fill_page(canvas, NULL);
    canvas_play(canvas, &scene, NULL);
    for (int x = 0; x < 20; x++) {
        assert_int_equal(pixels[x] & 0xffffff, pixel_of(1));
    }
    canvas_destroy(canvas);
    fonts_destroy(fonts);
    scene_finish(&scene);
}

static void test_text(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    struct text out = { 0 };
    heat_scene(&scene);
    canvas_text(&scene, &out);
    assert_string_equal(text_string(&out), "heat 0,0 15x10 2x3 i09 4d0\n");
    text_finish(&out);
    scene_finish(&scene);
}

static void test_same(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    float other[6];
    memcpy(other, cells, sizeof(other));
    heat_scene(&scene);
    heat_scene(&scene);
    other[4] = 0.25f;
    scene_heat(&scene, &(struct draw_heat){
                           .rect = { 0, 0, 15, 10 }, .rows = 2, .columns = 3, .cells = other });
    assert_true(scene_same(&scene.draws[0], &scene.draws[1]));
    assert_false(scene_same(&scene.draws[0], &scene.draws[2]));
    scene_finish(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_no_gaps),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
