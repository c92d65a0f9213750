#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "app/cli/options.h"

struct reading {
    const char *format, *all, *output, *rest[2];
    size_t found;
    struct error err;
};

static bool read_words(struct reading *r, int count, char **words)
{
    const struct option options[] = {
        { "format", 'f', "png|svg", "kind", &r->format },
        { "all", 0, NULL, "every step", &r->all },
        { "output", 'o', "PATH", "where", &r->output },
        { 0 },
    };

    return options_read(options, count, words, r->rest, 2, &r->found, &r->err);
}

/* Words separated by blanks. */
static bool read_line(struct reading *r, const char *line)
{
    static char copy[256];
    char *words[16];
    int count = 0;

    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    return read_words(r, count, words);
}

static void reads_options_anywhere(void **state)
{
    struct reading r = { 0 };

    (void)state;
    assert_true(read_line(&r, "a.py --format svg -o x.svg --all b.py"));
    assert_string_equal(r.format, "svg");
    assert_string_equal(r.output, "x.svg");
    assert_non_null(r.all);
    assert_int_equal(r.found, 2);
    assert_string_equal(r.rest[1], "b.py");
}

static void reads_values_behind_a_sign_and_stops_at_dashes(void **state)
{
    struct reading r = { 0 };

    (void)state;
    assert_true(read_line(&r, "--format=svg -- --all -"));
    assert_string_equal(r.format, "svg");
    assert_null(r.all);
    assert_string_equal(r.rest[0], "--all");
    assert_string_equal(r.rest[1], "-");
}

static void says_which_word_is_wrong(void **state)
{
    struct reading r = { 0 };

    (void)state;
    assert_false(read_line(&r, "--formt svg"));
    assert_non_null(strstr(r.err.text, "--formt"));
    assert_false(read_line(&r, "-x"));
    assert_non_null(strstr(r.err.text, "-x"));
    assert_false(read_line(&r, "--format"));
    assert_non_null(strstr(r.err.text, "png|svg"));
    assert_false(read_line(&r, "--all=yes"));
    assert_non_null(strstr(r.err.text, "--all"));
    assert_false(read_line(&r, "a b c"));
    assert_non_null(strstr(r.err.text, "c is one word too many"));
}

static void reads_sizes_and_numbers(void **state)
{
    struct error err = { 0 };
    int w, h;
    long n;

    (void)state;
    assert_true(options_size("1920x1080", &w, &h, &err));
    assert_int_equal(w, 1920);
    assert_int_equal(h, 1080);
    static const char *const sizes[] = { "",          "x",         "1920",   "1920x",  "10x10",
                                         "99999x100", "640x480x1", "-5x100", "1e3x100" };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_false(options_size(sizes[i], &w, &h, &err));
    }
    assert_true(options_number("12", 1, 20, &n, &err));
    assert_int_equal(n, 12);
    static const char *const numbers[] = { "", "0", "21", "3x", "99999999999999999999", "1.5" };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_false(options_number(numbers[i], 1, 20, &n, &err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_options_anywhere),
        cmocka_unit_test(reads_values_behind_a_sign_and_stops_at_dashes),
        cmocka_unit_test(says_which_word_is_wrong),
        cmocka_unit_test(reads_sizes_and_numbers),
    };
    return test_run(tests);
}
