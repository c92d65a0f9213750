#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/zip.h"

static void make(struct zip_writer *writer)
{
    struct error err;
    writer->folder = "box";
    zip_add(writer, "first", "hello", 5);
    zip_add(writer, "empty", NULL, 0);
    zip_add(writer, "second", "zip", 3);
    assert_true(zip_end(writer, &err));
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct zip_writer writer = { 0 };
    struct zip zip;
    struct error err;
    struct text prefix = { 0 };
    make(&writer);
    assert_true(zip_recognise(writer.out.bytes, writer.out.length));
    assert_true(zip_open(&zip, writer.out.bytes, writer.out.length, &err));
    assert_int_equal(zip.count, 3);
    text_append_string(&prefix, "box/");
    const struct zip_entry *entry = zip_find(&zip, &prefix, "second");
    assert_ptr_equal(entry, zip_find_ending(&zip, "cond"));
    assert_memory_equal(entry->data, "zip", 3);
    assert_int_equal((entry->data - (const uint8_t *)writer.out.bytes) % 64, 0);
    assert_int_equal(zip_find(&zip, &prefix, "empty")->size, 0);
    assert_null(zip_find(&zip, &prefix, "third"));
    for (size_t i = 0; i < zip.count; i++) {
        assert_true(zip_check(&zip.entries[i], &err));
    }
    text_finish(&prefix);
    zip_close(&zip);
    zip_writer_finish(&writer);
}

static void checksums_are_those_of_the_standard(void **state)
{
    (void)state;
    const struct zip_entry entry = { .name = "x",
                                     .name_length = 1,
                                     .data = (const uint8_t *)"123456789",
                                     .size = 9,
                                     .checksum = 0xcbf43926 };
    struct zip_entry wrong = entry;
    struct error err;
    wrong.checksum++;
    assert_true(zip_check(&entry, &err));
    assert_false(zip_check(&wrong, &err));
    assert_string_equal(err.text, "the entry x of the archive is damaged: its checksum is wrong");
}

/* Cut at any length, and with any byte changed, it is refused or lies inside its bytes. */
static void damaged_archives_stay_inside(void **state)
{
    (void)state;
    struct zip_writer writer = { 0 };
    struct error err;
    make(&writer);
    for (size_t i = 0; i < 2 * writer.out.length; i++) {
        const bool cut = i < writer.out.length;
        const size_t length = cut ? i : writer.out.length;
        char *bytes = memcpy(malloc(length + 1), writer.out.bytes, length);
        struct zip zip;
        bytes[cut ? length : i - length] = (char)(i * 37);
        if (zip_open(&zip, bytes, length, &err)) {
            for (size_t k = 0; k < zip.count; k++) {
                (void)zip_check(&zip.entries[k], &err);
            }
            zip_close(&zip);
        }
        free(bytes);
    }
    zip_writer_finish(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(checksums_are_those_of_the_standard),
        cmocka_unit_test(damaged_archives_stay_inside),
    };
    setlocale(LC_ALL, "");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
