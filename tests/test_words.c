#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "render/words.h"

static void speaks_both_languages(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct words *words = words_create(GRADLIGHT_BUILD_ROOT "/assets/po", &err);
    assert_string_equal(err.text, "");
    assert_string_equal(words_in(words, LANGUAGE_VI, "How it is computed"), "Cách tính");
    assert_string_equal(words_in(words, LANGUAGE_EN, "How it is computed"), "How it is computed");
    assert_string_equal(words_in(words, LANGUAGE_VI, "sum over paths"), "cộng các đường");
    assert_string_equal(words_in(words, LANGUAGE_VI, "no such text"), "no such text");
    /* The catalogue's header stands under "". */
    assert_string_equal(words_in(words, LANGUAGE_VI, ""), "");
    words_destroy(words);
}

static void a_missing_catalogue_leaves_english(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct words *words = words_create("/nonexistent", &err);
    assert_non_null(words);
    assert_non_null(strstr(err.text, "/nonexistent/vi/LC_MESSAGES/gradlight.mo"));
    assert_string_equal(words_in(words, LANGUAGE_VI, "Output"), "Output");
    words_destroy(words);
    words_destroy(NULL);
}

/* A catalogue folder under a new temporary directory, with these bytes in it. */
static void write_catalogue(char *folder, const void *bytes, size_t length)
{
    char path[256];
    strcpy(folder, "/tmp/gradlight-words-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/vi", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/vi/LC_MESSAGES", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/vi/LC_MESSAGES/gradlight.mo", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void remove_catalogue(const char *folder)
{
    char path[256];
    static const char *const parts[] = { "/vi/LC_MESSAGES/gradlight.mo", "/vi/LC_MESSAGES", "/vi",
                                         "" };
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s%s", folder, parts[i]);
        assert_int_equal(remove(path), 0);
    }
}

/* The real catalogue with a word of its header or tables changed, or cut short: it is refused or its
 * texts stay inside the file; either way looking up is safe. */
static void broken_catalogues_are_harmless(void **state)
{
    (void)state;
    FILE *file = fopen(GRADLIGHT_BUILD_ROOT "/assets/po/vi/LC_MESSAGES/gradlight.mo", "rb");
    assert_non_null(file);
    static unsigned char good[1 << 17], bad[1 << 17];
    const size_t length = fread(good, 1, sizeof(good), file);
    fclose(file);
    assert_true(length > 28 && length < sizeof(good));
    static const uint32_t values[] = { 0, 1, 0x7fffffff, 0xffffffff, 0xfffffff8 };
    for (size_t word = 0; word < 14; word++) {
        for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
            char folder[64];
            memcpy(bad, good, length);
            memcpy(bad + word * 4, &values[v], 4);
            write_catalogue(folder, bad, v == 0 ? word * 9 : length);
            struct error err = { 0 };
            struct words *words = words_create(folder, &err);
            const char *text = words_in(words, LANGUAGE_VI, "Output");
            assert_true(strlen(text) < length);
            if (word == 0 || v == 0) {
                assert_string_not_equal(err.text, "");
                assert_string_equal(text, "Output");
            }
            words_destroy(words);
            remove_catalogue(folder);
        }
    }
}

static void languages_have_names(void **state)
{
    (void)state;
    enum language language;
    assert_true(language_find(&language, "vi_VN.UTF-8"));
    assert_int_equal(language, LANGUAGE_VI);
    assert_true(language_find(&language, "en"));
    assert_int_equal(language, LANGUAGE_EN);
    assert_false(language_find(&language, "vietnamese"));
    assert_false(language_find(&language, "C"));
    assert_false(language_find(&language, ""));
    assert_string_equal(language_code(LANGUAGE_VI), "vi");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks_both_languages),
        cmocka_unit_test(a_missing_catalogue_leaves_english),
        cmocka_unit_test(broken_catalogues_are_harmless),
        cmocka_unit_test(languages_have_names),
    };
    return test_run(tests);
}
