/* The regions of the screen and its type scale: parts of the window, at the sizes of real displays. */

#include "tests/test.h"

#include <math.h>

#include "render/screen.h"

static void assert_part(float length, float all, double part)
{
    if (fabs((double)length - (double)all * part) > 1) {
        fail_msg("%g is not %g of %g", (double)length, part, (double)all);
    }
}

static void regions_of_exploring(void **state)
{
    const struct view_state explore = { .text_scale = 1 };

    (void)state;
    const struct screen_regions usual = screen_regions(&explore, 1366, 768);
    assert_part(usual.toolbar.h, 768, 0.06);
    assert_part(usual.panel.w, 1366, 0.32);
    assert_part(usual.sentence.h + usual.stage.h, 768, 0.60);
    assert_part(usual.tabs.h, 768, 0.24);
    assert_part(usual.timeline.h, 768, 0.10);
    assert_true(screen_regions(&explore, 1024, 700).panel.w >= 380);

    /* They cover the window, one beside the other. */
    assert_true(usual.stage.x == usual.panel.w && usual.tabs.x == usual.panel.w);
    assert_true(fabsf(usual.stage.y + usual.stage.h - usual.tabs.y) < 0.1f);
    assert_true(fabsf(usual.tabs.y + usual.tabs.h - usual.timeline.y) < 0.1f);
    assert_true(fabsf(usual.timeline.y + usual.timeline.h - 768) < 0.1f);
}

static void the_tabs_are_a_drawer_in_a_narrow_window(void **state)
{
    struct view_state explore = { .text_scale = 1 };

    (void)state;
    assert_true(screen_tabs_open(&explore, 1366));
    assert_false(screen_tabs_open(&explore, 1024));
    const float closed = screen_regions(&explore, 1024, 700).stage.h;
    explore.drawer_open = true;
    assert_true(screen_tabs_open(&explore, 1024));
    assert_true(screen_regions(&explore, 1024, 700).stage.h < closed - 100);
    explore.tabs_hidden = true;
    assert_false(screen_tabs_open(&explore, 1366));
}

static void bands_of_presenting(void **state)
{
    static const struct {
        float w, h;
        double sentence, code, equation; /* where each ends */
    } cases[] = {
        { 1920, 1080, 0.10, 0.24, 0.24 }, { 1366, 768, 0.10, 0.24, 0.24 },
        { 1280, 800, 0.10, 0.24, 0.24 },  { 1024, 768, 0.13, 0.23, 0.34 },
        { 1600, 1200, 0.13, 0.23, 0.34 },
    };
    const struct view_state present = { .mode = SCREEN_PRESENT, .text_scale = 1 };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const float w = cases[i].w, h = cases[i].h;
        const struct screen_regions r = screen_regions(&present, w, h);
        assert_part(r.sentence.h, h, cases[i].sentence);
        assert_part(r.code.y + r.code.h, h, cases[i].code);
        assert_part(r.equation.y + r.equation.h, h, cases[i].equation);
        assert_part(r.stage.y, h, cases[i].equation);
        assert_part(r.stage.y + r.stage.h, h, 0.92);
        assert_part(r.stage.w, w, 1);
        assert_part(r.timeline.h, h, 0.08);
    }
    const struct screen_regions wide = screen_regions(&present, 1920, 1080);
    assert_part(wide.code.w, 1920, 0.44);
    assert_part(wide.equation.w, 1920, 0.56);
}

static void code_is_a_strip_a_column_or_hidden(void **state)
{
    struct view_state present = { .mode = SCREEN_PRESENT, .text_scale = 1 };

    (void)state;
    for (int narrow = 0; narrow < 2; narrow++) {
        const float w = narrow ? 1024 : 1366, h = 768;
        present.code_style = CODE_COLUMN;
        const struct screen_regions column = screen_regions(&present, w, h);
        assert_part(column.code.w, w, 0.38);
        assert_true(column.stage.x == column.code.w && column.equation.x == column.code.w);
        assert_part(column.code.y + column.code.h, h, 0.92);
        present.code_style = CODE_HIDDEN;
        const struct screen_regions hidden = screen_regions(&present, w, h);
        assert_true(hidden.code.w == 0);
        assert_part(hidden.equation.w, w, 1);
    }
}

static void type_follows_the_page(void **state)
{
    const struct view_state present = { .mode = SCREEN_PRESENT, .text_scale = 1 };
    struct view_state explore = { .text_scale = 1 };

    (void)state;
    const struct type_scale big = screen_type(&present, 1920, 1080);
    assert_part(big.value, 1080, 0.050);
    assert_part(big.sentence, 1080, 0.042);
    assert_part(big.text, 1080, 0.032);
    assert_part(big.caption, 1080, 0.024);
    assert_true(screen_type(&explore, 1024, 700).caption >= 13);
    assert_true(screen_type(&explore, 640, 480).caption >= 13);
    assert_true(screen_type(&explore, 3840, 2160).text > 35);
    explore.density = 2;
    assert_true(screen_type(&explore, 1366, 768).caption >= 26);
    explore.density = 1;
    explore.text_scale = 1.5f;
    assert_true(screen_type(&explore, 1366, 768).text > 21);
    /* Bars grow with the text in them. */
    assert_true(screen_regions(&explore, 1366, 768).toolbar.h > 50);
}

/* Text is enlarged as far as its window has room for what it says, and made no smaller than can be read. */
static void text_grows_to_what_the_window_holds(void **state)
{
    (void)state;
    static const struct {
        float w, h;
    } windows[] = { { 1024, 700 }, { 1366, 768 }, { 3840, 2160 } };
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        const float w = windows[i].w, h = windows[i].h;
        struct view_state large = { .text_scale = 3 };
        const float most = screen_text_most(&large, w, h), text = screen_type(&large, w, h).text;
        assert_true(most > 1.4f && most < 2);
        assert_true(screen_text_scale(&large, w, h) == most);
        assert_true(w / text >= 49.9f && h / text >= 29.9f);
        large.text_scale = most;
        assert_true(screen_type(&large, w, h).text == text);
        large.text_scale = 0.75f;
        assert_true(screen_type(&large, w, h).text >= 13);
        struct view_state present = { .mode = SCREEN_PRESENT, .text_scale = 3, .room_scale = 1.6f };
        const struct screen_regions regions = screen_regions(&present, w, h);
        assert_true(screen_text_most(&present, w, h) == 1);
        assert_true(regions.stage.h > 0.4f * h);
        assert_true(screen_type(&present, w, h).text < regions.timeline.h);
    }
}

static void the_graph_alone_has_the_screen(void **state)
{
    struct view_state alone = { .text_scale = 1, .alone = true };

    (void)state;
    for (int mode = SCREEN_EXPLORE; mode <= SCREEN_PRESENT; mode++) {
        alone.mode = (enum screen_mode)mode;
        const struct screen_regions r = screen_regions(&alone, 1366, 768);
        assert_true(r.stage.w == 1366 && r.stage.h > 0.78f * 768);
        assert_true(r.sentence.h > 0 && r.timeline.h > 0);
        assert_true(r.panel.w == 0 && r.tabs.w == 0 && r.code.w == 0 && r.equation.w == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_of_exploring),
        cmocka_unit_test(the_tabs_are_a_drawer_in_a_narrow_window),
        cmocka_unit_test(bands_of_presenting),
        cmocka_unit_test(code_is_a_strip_a_column_or_hidden),
        cmocka_unit_test(type_follows_the_page),
        cmocka_unit_test(text_grows_to_what_the_window_holds),
        cmocka_unit_test(the_graph_alone_has_the_screen),
    };
    return test_run(tests);
}
