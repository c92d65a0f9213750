#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "render/text/text.h"

/* Where no suitable font is installed the tests that need one are skipped. */
static int open_fonts(void **state)
{
    *state = fonts_create(NULL);
    return 0;
}

static int close_fonts(void **state)
{
    fonts_destroy(*state);
    return 0;
}

#define NEED_FONTS(fonts)                                                     \
    if (!(fonts)) {                                                           \
        print_message("skipped: no font for Vietnamese text is installed\n"); \
        skip();                                                               \
    }

static float width(struct fonts *fonts, enum type_role role, const char *text)
{
    return fonts_measure(fonts, role, text, strlen(text));
}

static void the_fixed_measurer_counts_characters(void **state)
{
    (void)state;
    struct fonts *fonts = fonts_create_fixed();
    assert_true(fabsf(width(fonts, TYPE_MONO, "ab∂ế") - 4 * 0.6f) < 1e-5f);
    assert_true(fabsf(width(fonts, TYPE_UI, "ab∂ế") - 4 * 0.55f) < 1e-5f);
    /* e + circumflex + acute is one letter, a broken byte one too. */
    assert_true(fabsf(width(fonts, TYPE_MONO, "e\xcc\x82\xcc\x81z\xff") - 3 * 0.6f) < 1e-5f);
    assert_true(width(fonts, TYPE_MONO, "") == 0);
    assert_int_equal(fonts_fit(fonts, TYPE_MONO, "abcdef", 6, 3 * 0.6f), 3);
    assert_int_equal(fonts_fit(fonts, TYPE_MONO, "ếếế", 9, 2 * 0.6f), 6);
    assert_int_equal(fonts_fit(fonts, TYPE_MONO, "e\xcc\x82x", 4, 0.6f), 3);
    assert_int_equal(fonts_fit(fonts, TYPE_MONO, "abc", 3, 0.1f), 0);
    assert_int_equal(fonts_fit(fonts, TYPE_MONO, "abc", 3, -1), 0);
    assert_null(fonts_file(fonts, TYPE_UI, 0));
    size_t runs = 9;
    assert_null(fonts_shape(fonts, TYPE_UI, "abc", 3, &runs));
    assert_int_equal(runs, 0);
    fonts_destroy(fonts);
    fonts_destroy(NULL);
}

struct line_break {
    const char *text;
    int columns;
    size_t prose, code;
};

/* Prose stops before the blank, code behind it; code breaks no line before its half. */
static void lines_are_broken_at_blanks(void **state)
{
    static const struct line_break rows[] = {
        { "one two", 7, 7, 7 },    { "one two", 5, 3, 4 },  { "one two", 3, 3, 3 },
        { "a longword", 8, 1, 8 }, { "unbroken", 5, 5, 5 }, { "abc", 0, 3, 3 },
        { "", 4, 0, 0 },
    };
    (void)state;
    struct fonts *fonts = fonts_create_fixed();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const text = rows[i].text;
        const float width = (float)rows[i].columns * 0.6f;
        assert_int_equal(fonts_break_prose(fonts, TYPE_MONO, text, strlen(text), width),
                         rows[i].prose);
        assert_int_equal(fonts_break_code(fonts, TYPE_MONO, text, strlen(text), width),
                         rows[i].code);
    }
    fonts_destroy(fonts);
}

static void cut_lines_end_in_an_ellipsis(void **state)
{
    (void)state;
    struct fonts *fonts = fonts_create_fixed();
    char room[FONTS_LINE_MAX + 4];
    const char *out;
    const char text[] = "tensor of shape";
    assert_int_equal(fonts_elide(fonts, TYPE_MONO, text, 15, 15 * 0.6f, room, &out), 15);
    assert_ptr_equal(out, text);
    size_t length = fonts_elide(fonts, TYPE_MONO, text, 15, 10 * 0.6f, room, &out);
    assert_int_equal(length, strlen("tensor of…"));
    assert_memory_equal(out, "tensor of…", length);
    /* No blank before the ellipsis. */
    length = fonts_elide(fonts, TYPE_MONO, text, 15, 8 * 0.6f, room, &out);
    assert_memory_equal(out, "tensor…", length);
    length = fonts_elide(fonts, TYPE_MONO, text, 15, 0.1f, room, &out);
    assert_memory_equal(out, "…", length);
    fonts_destroy(fonts);
}

static void every_role_has_a_font(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        assert_non_null(fonts_file(fonts, (enum type_role)role, 0));
        assert_non_null(fonts_family(fonts, (enum type_role)role, 0));
        assert_null(fonts_file(fonts, (enum type_role)role, FONTS_PER_ROLE));
        assert_true(fonts_ascent(fonts, (enum type_role)role) > 0.5f);
        assert_true(fonts_descent(fonts, (enum type_role)role) > 0.1f);
    }
}

static void expect_glyphs(struct fonts *fonts, enum type_role role, const char *text)
{
    size_t count;
    const struct glyph_run *runs = fonts_shape(fonts, role, text, strlen(text), &count);
    for (size_t r = 0; r < count; r++) {
        for (size_t g = 0; g < runs[r].count; g++) {
            if (runs[r].glyphs[g].id == 0) {
                fail_msg("role %d has no glyph for \"%s\"", (int)role,
                         text + runs[r].glyphs[g].cluster);
            }
        }
    }
}

/* All that a screen writes. Where a fallback font is missing a sign may be, so only letters are
 * demanded of every machine. */
static void vietnamese_can_be_written_in_every_role(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    static const char *const samples[] = {
        "Lan truyền ngược, đạo hàm riêng, cộng dồn vào ĐÂY",
        "ẮẰẲẴẶẤẦẨẪẬẾỀỂỄỆỐỒỔỖỘỚỜỞỠỢỨỪỬỮỰỲÝỶỸỴ",
        "ắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữựỳýỷỹỵ",
        "αβγδεζηθικλμνξοπρστυφχψω",
        "e\xcc\x82\xcc\x81 o\xcc\x9b\xcc\xa3 u\xcc\x9b\xcc\x83 a\xcc\x86\xcc\xa3",
    };
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
            expect_glyphs(fonts, (enum type_role)role, samples[i]);
        }
    }
}

static void signs_come_from_the_chain(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    if (!fonts_file(fonts, TYPE_UI, 3) || !fonts_file(fonts, TYPE_MONO, 3)) {
        print_message("skipped: not all recommended fonts are installed\n");
        skip();
    }
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        expect_glyphs(fonts, (enum type_role)role, "∂∇∑√∞≈≠≤≥−×·←→✕✓ᵀ⇒ŷ⇆␣␀␛␡\uFFFD");
    }
    size_t count;
    fonts_shape(fonts, TYPE_UI, "a∇b", strlen("a∇b"), &count);
    assert_int_equal(count, 3);
}

static void decomposed_letters_are_as_wide(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        const float whole = width(fonts, (enum type_role)role, "ế ợ ữ ặ");
        const float parts = width(fonts, (enum type_role)role,
                                  "e\xcc\x82\xcc\x81 o\xcc\x9b\xcc\xa3 "
                                  "u\xcc\x9b\xcc\x83 a\xcc\x86\xcc\xa3");
        assert_true(fabsf(whole - parts) < 1e-4f);
    }
}

static void widths_add_up(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    assert_true(width(fonts, TYPE_UI, "") == 0);
    const float one = width(fonts, TYPE_MONO, "0");
    assert_true(one > 0.4f && one < 0.8f);
    /* Not ligatures: code keeps its columns. */
    assert_true(fabsf(width(fonts, TYPE_MONO, "-> != ==") - 8 * one) < 1e-4f);
    assert_true(fabsf(width(fonts, TYPE_MONO, "\t\n\x01") - 3 * one) < 1e-4f);
    assert_true(width(fonts, TYPE_UI_BOLD, "gradient") > width(fonts, TYPE_UI, "gradient"));
}

static void hostile_bytes_are_drawn_as_something(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    char bytes[256];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (char)(i * 37);
    }
    for (size_t length = 0; length <= sizeof(bytes); length += 5) {
        size_t count;
        assert_true(fonts_measure(fonts, TYPE_UI, bytes, length) >= 0);
        fonts_shape(fonts, TYPE_MONO, bytes, length, &count);
        assert_true(fonts_fit(fonts, TYPE_UI, bytes, length, 5) <= length);
    }
    /* Right-to-left, emoji with joiners, marks without a letter. */
    assert_true(width(fonts, TYPE_UI, "\xcc\x81\xcc\x81 שלום 👩‍💻") > 0);
}

static void long_lines_are_cut_at_a_character(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    const size_t length = 3 * 400000;
    char *bytes = memory_allocate(length + 1, 1);
    for (size_t i = 0; i < length; i += 3) {
        memcpy(bytes + i, "ế", 3);
    }
    const float one = width(fonts, TYPE_MONO, "ế");
    assert_true(fabsf(fonts_measure(fonts, TYPE_MONO, bytes, length) - 1365 * one) < 0.05f);
    char room[FONTS_LINE_MAX + 4];
    const char *out;
    const size_t cut = fonts_elide(fonts, TYPE_MONO, bytes, length, 10 * one, room, &out);
    assert_int_equal(cut, 9 * 3 + 3);
    assert_memory_equal(out + 9 * 3, "…", 3);
    free(bytes);
}

static void what_fits_fits(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    const char text[] = "Lan truyền ngược: ∂z/∂y = 9 + 9, ∇f, e\xcc\x82\xcc\x81 xong";
    const size_t length = sizeof(text) - 1;
    size_t before = 0;
    for (float limit = 0; limit < 40; limit += 0.25f) {
        const size_t fits = fonts_fit(fonts, TYPE_UI, text, length, limit);
        assert_true(fits >= before && fits <= length);
        assert_true(fonts_measure(fonts, TYPE_UI, text, fits) <= limit + 0.05f);
        /* Never in the middle of a character, nor between a letter and its mark. */
        assert_true(((unsigned char)text[fits] & 0xC0) != 0x80);
        assert_true((unsigned char)text[fits] != 0xCC);
        before = fits;
    }
    assert_int_equal(before, length);
}

/* More lines than the cache holds: the first is shaped again and the same. */
static void the_caches_are_bounded(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    const float before = width(fonts, TYPE_UI, "first");
    size_t count;
    const uint32_t glyph = fonts_shape(fonts, TYPE_UI, "g", 1, &count)->glyphs[0].id;
    const struct glyph_mask mask = *fonts_mask(fonts, TYPE_UI, 0, glyph, 20, 0);
    assert_true(mask.width > 3 && mask.height > 8 && mask.top < 0);
    const int top = mask.top, columns = mask.width;
    for (int i = 0; i < 40000; i++) {
        char text[16];
        fonts_measure(fonts, TYPE_UI, text, (size_t)snprintf(text, sizeof(text), "%d", i));
        fonts_mask(fonts, TYPE_UI, 0, glyph, 4 + (float)(i % 10000) / 16, i % GLYPH_PHASES);
    }
    assert_true(width(fonts, TYPE_UI, "first") == before);
    const struct glyph_mask *again = fonts_mask(fonts, TYPE_UI, 0, glyph, 20, 0);
    assert_int_equal(again->top, top);
    assert_int_equal(again->width, columns);
}

/* Few of them, but each as long and as large as there are. */
static void the_caches_are_bounded_in_bytes(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    char text[FONTS_LINE_MAX];
    size_t most = 0;

    memset(text, 'g', sizeof(text));
    for (int i = 0; i < 300; i++) {
        text[i] = 'h';
        size_t count;
        const uint32_t glyph =
            fonts_shape(fonts, TYPE_UI, text, sizeof(text), &count)->glyphs[i].id;
        fonts_mask(fonts, TYPE_UI, 0, glyph, 600 + (float)i, i % GLYPH_PHASES);
        most = fonts_cached(fonts) > most ? fonts_cached(fonts) : most;
    }
    assert_true(most > FONTS_CACHE_MOST / 2);
    assert_true(most < FONTS_CACHE_MOST + (1 << 20));
}

static void grow(void *context, const struct point *points, size_t count)
{
    struct rect *box = context;
    assert_int_equal(count % 3, 1);
    for (size_t i = 0; i < count; i++) {
        box->x = fminf(box->x, points[i].x);
        box->y = fminf(box->y, points[i].y);
        box->w = fmaxf(box->w, points[i].x);
        box->h = fmaxf(box->h, points[i].y);
    }
}

static void outlines_and_masks_are_the_same_shape(void **state)
{
    struct fonts *fonts = *state;
    NEED_FONTS(fonts);
    static const char *const samples[] = { "g", "ế", "W" };
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        for (size_t i = 0; i < 3; i++) {
            size_t count;
            const struct glyph_run *run =
                fonts_shape(fonts, (enum type_role)role, samples[i], strlen(samples[i]), &count);
            const uint32_t glyph = run->glyphs[0].id;
            const struct glyph_mask *mask =
                fonts_mask(fonts, (enum type_role)role, 0, glyph, 100, 0);
            struct rect box = { 9, 9, -9, -9 };
            fonts_outline(fonts, (enum type_role)role, 0, glyph, grow, &box);
            assert_true(fabsf(box.x * 100 - (float)mask->left) <= 1.5f);
            assert_true(fabsf(box.y * 100 - (float)mask->top) <= 1.5f);
            assert_true(fabsf(box.w * 100 - (float)(mask->left + mask->width)) <= 1.5f);
            assert_true(fabsf(box.h * 100 - (float)(mask->top + mask->height)) <= 1.5f);
        }
    }
}

#define WITH_FONTS(test) cmocka_unit_test_setup_teardown(test, open_fonts, close_fonts)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fixed_measurer_counts_characters),
        cmocka_unit_test(lines_are_broken_at_blanks),
        cmocka_unit_test(cut_lines_end_in_an_ellipsis),
        WITH_FONTS(every_role_has_a_font),
        WITH_FONTS(vietnamese_can_be_written_in_every_role),
        WITH_FONTS(signs_come_from_the_chain),
        WITH_FONTS(decomposed_letters_are_as_wide),
        WITH_FONTS(widths_add_up),
        WITH_FONTS(hostile_bytes_are_drawn_as_something),
        WITH_FONTS(long_lines_are_cut_at_a_character),
        WITH_FONTS(what_fits_fits),
        WITH_FONTS(the_caches_are_bounded),
        WITH_FONTS(the_caches_are_bounded_in_bytes),
        WITH_FONTS(outlines_and_masks_are_the_same_shape),
    };
    return test_run(tests);
}
