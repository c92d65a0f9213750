#include "tests/test.h"

#include <math.h>
#include <string.h>

#include "render/theme.h"

static float contrast(enum theme_id id, enum ink text, enum ink on)
{
    const struct theme *theme = theme_at(id);
    return colour_contrast(theme_colour(theme, text, 0), theme_colour(theme, on, 0));
}

static void expect(enum theme_id id, enum ink text, enum ink on, float least)
{
    const float got = contrast(id, text, on);
    if (got < least) {
        fail_msg("%s: %s on %s has a contrast of %d/100, below %d/100", theme_at(id)->name,
                 ink_name(text), ink_name(on), (int)(got * 100), (int)(least * 100));
    }
}

static void contrast_is_that_of_the_standard(void **state)
{
    (void)state;
    const struct colour black = { 0, 0, 0, 1 }, white = { 1, 1, 1, 1 };
    const struct colour grey = { 0x76 / 255.0f, 0x76 / 255.0f, 0x76 / 255.0f, 1 };
    assert_true(fabsf(colour_contrast(black, white) - 21) < 0.01f);
    assert_true(fabsf(colour_contrast(white, black) - 21) < 0.01f);
    assert_true(fabsf(colour_contrast(grey, white) - 4.54f) < 0.01f);
    assert_true(fabsf(colour_contrast(grey, grey) - 1) < 0.001f);
}

/* Everything that is ever drawn as text, on everything it can stand on. */
static void text_can_be_read_in_every_theme(void **state)
{
    (void)state;
    static const enum ink texts[] = { INK_TEXT,        INK_TEXT_SECOND,  INK_FORWARD,
                                      INK_BACKWARD,    INK_LEAF,         INK_PARAMETER,
                                      INK_CONSTANT,    INK_SELECTION,    INK_DONE,
                                      INK_CODE_NAME,   INK_CODE_KEYWORD, INK_CODE_STRING,
                                      INK_CODE_NUMBER, INK_CODE_COMMENT };
    static const enum ink grounds[] = { INK_PAGE, INK_PANEL, INK_CARD, INK_MODULE,
                                        INK_CODE_CURRENT };
    for (int id = 0; id < THEME_COUNT; id++) {
        for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
            for (size_t g = 0; g < sizeof(grounds) / sizeof(grounds[0]); g++) {
                expect((enum theme_id)id, texts[t], grounds[g], 4.5f);
            }
        }
    }
}

static void chips_can_be_read_in_every_theme(void **state)
{
    (void)state;
    static const enum ink chips[][2] = {
        { INK_FORWARD, INK_FORWARD_SOFT },     { INK_BACKWARD, INK_BACKWARD_SOFT },
        { INK_LEAF, INK_LEAF_SOFT },           { INK_PARAMETER, INK_PARAMETER_SOFT },
        { INK_SELECTION, INK_SELECTION_SOFT }, { INK_TEXT, INK_FORWARD_SOFT },
        { INK_TEXT, INK_BACKWARD_SOFT },       { INK_TEXT, INK_SELECTION_SOFT },
        { INK_TEXT, INK_ERROR_SOFT },          { INK_TEXT_ON_ACCENT, INK_FORWARD },
        { INK_TEXT_ON_ACCENT, INK_BACKWARD },  { INK_TEXT_ON_ACCENT, INK_ERROR },
        { INK_TEXT_ON_ACCENT, INK_DONE },      { INK_TEXT_ON_ACCENT, INK_SELECTION },
        { INK_CODE_NAME, INK_CODE_SPAN },      { INK_CODE_NUMBER, INK_CODE_SPAN },
        { INK_CODE_STRING, INK_CODE_SPAN },    { INK_CODE_KEYWORD, INK_CODE_SPAN },
    };
    for (int id = 0; id < THEME_COUNT; id++) {
        for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
            expect((enum theme_id)id, chips[i][0], chips[i][1], 4.5f);
        }
    }
}

static void a_projector_gets_ink(void **state)
{
    (void)state;
    static const enum ink texts[] = { INK_TEXT,         INK_TEXT_SECOND, INK_CODE_NAME,
                                      INK_CODE_KEYWORD, INK_CODE_STRING, INK_CODE_NUMBER,
                                      INK_CODE_COMMENT };
    static const enum ink marks[] = { INK_FORWARD, INK_BACKWARD, INK_SELECTION };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        expect(THEME_PROJECTOR, texts[i], INK_PAGE, 10);
        expect(THEME_PROJECTOR, texts[i], INK_PANEL, 10);
        expect(THEME_PROJECTOR, texts[i], INK_CARD, 10);
        expect(THEME_PRINT, texts[i], INK_PAGE, 10);
    }
    expect(THEME_PROJECTOR, INK_TEXT, INK_CODE_CURRENT, 10);
    expect(THEME_PROJECTOR, INK_TEXT, INK_CODE_SPAN, 10);
    expect(THEME_PROJECTOR, INK_TEXT_ON_ACCENT, INK_ERROR, 10);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        expect(THEME_PROJECTOR, marks[i], INK_PAGE, 7);
    }
    expect(THEME_PROJECTOR, INK_DONE, INK_PAGE, 6.9f);
}

static void cells_can_be_read_at_every_heat(void **state)
{
    (void)state;
    for (int id = 0; id < THEME_COUNT; id++) {
        const struct theme *theme = theme_at((enum theme_id)id);
        const float least = id == THEME_PROJECTOR || id == THEME_PRINT ? 10 : 4.5f;
        for (int i = -20; i <= 20; i++) {
            const float heat = (float)i / 20;
            const struct colour cell = theme_colour(theme, INK_HEAT, heat);
            assert_true(colour_contrast(theme_colour(theme, INK_HEAT_TEXT, heat), cell) >= least);
        }
    }
}

static void zero_is_the_card(void **state)
{
    (void)state;
    for (int id = 0; id < THEME_COUNT; id++) {
        const struct theme *theme = theme_at((enum theme_id)id);
        const struct colour card = theme_colour(theme, INK_CARD, 0);
        const struct colour zero = theme_colour(theme, INK_HEAT, 0);
        const struct colour none = theme_colour(theme, INK_HEAT, NAN);
        assert_memory_equal(&zero, &card, sizeof(card));
        assert_memory_equal(&none, &card, sizeof(card));
    }
}

static void heat_grows_away_from_zero(void **state)
{
    (void)state;
    for (int id = 0; id < THEME_COUNT; id++) {
        const struct theme *theme = theme_at((enum theme_id)id);
        const struct colour card = theme_colour(theme, INK_CARD, 0);
        assert_true(id != THEME_PRINT ||
                    theme_colour(theme, INK_HEAT, -1).g < theme_colour(theme, INK_HEAT, 1).g);
        for (int sign = -1; sign <= 1; sign += 2) {
            float before = 0;
            for (int i = 1; i <= 8; i++) {
                const struct colour c = theme_colour(theme, INK_HEAT, (float)(sign * i) / 8);
                const float now = colour_contrast(c, card);
                assert_true(now > before);
                before = now;
            }
            const struct colour end = theme_colour(theme, INK_HEAT, (float)sign);
            const struct colour beyond = theme_colour(theme, INK_HEAT, (float)sign * 7);
            assert_memory_equal(&end, &beyond, sizeof(end));
            /* Purple below zero, green above; on paper grey, darker below. */
            assert_int_equal(end.g > end.r, sign > 0 && id != THEME_PRINT);
            assert_true(id != THEME_PRINT || (end.r == end.g && end.g == end.b));
        }
    }
}

static void themes_are_found_by_name(void **state)
{
    (void)state;
    enum theme_id id = THEME_COUNT;
    assert_true(theme_find(&id, "projector", NULL));
    assert_int_equal(id, THEME_PROJECTOR);
    struct error err = { 0 };
    assert_false(theme_find(&id, "Projector", &err));
    assert_non_null(strstr(err.text, "Projector"));
    assert_non_null(strstr(err.text, "light, dark, projector and print"));
    assert_int_equal(id, THEME_PROJECTOR);
}

static void every_ink_has_a_name_and_a_colour(void **state)
{
    (void)state;
    for (int ink = INK_PAGE; ink < INK_COUNT; ink++) {
        assert_non_null(ink_name((enum ink)ink));
        for (int other = INK_NONE; other < ink; other++) {
            assert_string_not_equal(ink_name((enum ink)ink), ink_name((enum ink)other));
        }
        for (int id = 0; id < THEME_COUNT && ink != INK_SHADOW; id++) {
            assert_true(theme_colour(theme_at((enum theme_id)id), (enum ink)ink, 0.5f).a == 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrast_is_that_of_the_standard),
        cmocka_unit_test(text_can_be_read_in_every_theme),
        cmocka_unit_test(chips_can_be_read_in_every_theme),
        cmocka_unit_test(a_projector_gets_ink),
        cmocka_unit_test(cells_can_be_read_at_every_heat),
        cmocka_unit_test(zero_is_the_card),
        cmocka_unit_test(heat_grows_away_from_zero),
        cmocka_unit_test(themes_are_found_by_name),
        cmocka_unit_test(every_ink_has_a_name_and_a_colour),
    };
    return test_run(tests);
}
