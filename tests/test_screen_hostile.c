/* Traces that nobody's runner would write: whole screens are drawn from them at every stop, in both
 * modes and levels. Nothing is expected but that it ends without harm. */

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "tests/hostile_screen.h"

static const char *const fixtures[] = { "autograd",     "second_backward", "diamond",
                                        "linear_adam",  "branch",          "indexing",
                                        "retain_graph", "graphs/blocks",   "ledger/tensors" };

static char *read_fixture(const char *name, size_t *length)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/tests/fixtures/%s.trace", GRADLIGHT_SOURCE_ROOT, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *bytes = malloc(1 << 18);
    *length = fread(bytes, 1, 1 << 18, file);
    fclose(file);
    return bytes;
}

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Digits become other digits: ids, shapes, spans and values that do not fit each other. Changing
 * more would mostly break the syntax, which the reader's own tests see to. */
static void change_digits(char *bytes, size_t length, uint32_t *random)
{
    static const char other[] = "0123456789";
    for (int changes = 1 + (int)(next(random) % 6); changes > 0;) {
        const size_t at = next(random) % length;
        if (bytes[at] >= '0' && bytes[at] <= '9') {
            bytes[at] = other[next(random) % 10];
            changes--;
        }
    }
}

/* One line goes missing, or stands somewhere else as well. */
static size_t move_line(char *bytes, size_t length, uint32_t *random)
{
    const size_t at = next(random) % length;
    const char *begin = bytes + at;
    while (begin > bytes && begin[-1] != '\n') {
        begin--;
    }
    const char *end = memchr(begin, '\n', (size_t)(bytes + length - begin));
    if (!end) {
        return length;
    }
    const size_t start = (size_t)(begin - bytes), after = (size_t)(end - bytes) + 1;
    memmove(bytes + start, bytes + after, length - after);
    return length - (after - start);
}

static void forged_numbers_do_no_harm(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    uint32_t random = 7;
    for (size_t f = 0; f < sizeof(fixtures) / sizeof(fixtures[0]); f++) {
        size_t length;
        char *whole = read_fixture(fixtures[f], &length);
        char *bytes = malloc(length);
        for (int round = 0; round < 60; round++) {
            memcpy(bytes, whole, length);
            change_digits(bytes, length, &random);
            draw_trace(&rig, bytes, length, round);
        }
        free(bytes);
        free(whole);
    }
    rig_close(&rig);
}

static void missing_records_do_no_harm(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    uint32_t random = 11;
    for (size_t f = 0; f < sizeof(fixtures) / sizeof(fixtures[0]); f++) {
        size_t length;
        char *whole = read_fixture(fixtures[f], &length);
        char *bytes = malloc(length);
        for (int round = 0; round < 40; round++) {
            memcpy(bytes, whole, length);
            const size_t left = move_line(bytes, length, &random);
            draw_trace(&rig, bytes, left, round);
        }
        free(bytes);
        free(whole);
    }
    rig_close(&rig);
}

static void a_trace_cut_anywhere_is_drawn(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    size_t length;
    char *whole = read_fixture("second_backward", &length);
    for (size_t cut = 0; cut < length; cut += 97) {
        draw_trace(&rig, whole, cut, (int)(cut / 97));
    }
    free(whole);
    rig_close(&rig);
}

/* Drawing costs what is in sight: not the pieces of a row for each of its rows, nor the width of all that
 * stands before each piece. It took twenty seconds. */
static void a_line_of_many_pieces_is_drawn_at_once(void **state)
{
    enum { PARTS = 40, PIECES = 5000 };
    static const char head[] =
        "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3\",\"device\":\"cpu\","
        "\"box\":"
        "{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":7,\"seccomp\":true,\"why\":\"\"}}\n";
    static const char source[] =
        "{\"k\":\"source\",\"cell\":1,\"kind\":\"code\",\"in\":1,\"line\":1,%s\"text\":\"";
    static const char run[] =
        "{\"k\":\"cell\",\"in\":1,\"f\":1}\n{\"k\":\"line\",\"f\":1,\"line\":1}\n"
        "{\"k\":\"bind\",\"f\":1,\"name\":\"y\",\"type\":\"list\"}\n"
        "{\"k\":\"end\",\"how\":\"finished\",\"status\":0}\n";
    struct text trace = { 0 };
    struct rig rig;

    (void)state;
    text_append_string(&trace, head);
    for (int part = 0; part < PARTS; part++) {
        text_format(&trace, source, part + 1 < PARTS ? "\"more\":true," : "");
        text_append_string(&trace, part > 0 ? "" : "y = [");
        for (int piece = 0; piece < PIECES; piece++) {
            text_append_string(&trace, "1,");
        }
        text_append_string(&trace, part + 1 < PARTS ? "\"}\n" : "]\\n\"}\n");
    }
    text_append_string(&trace, run);
    rig_open(&rig);
    const clock_t before = clock();
    draw_trace(&rig, text_string(&trace), trace.length, 0);
    const double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    rig_close(&rig);
    text_finish(&trace);
    print_message("%.2f s\n", seconds);
    assert_true(seconds < (TEST_SANITIZED ? 10 : 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_numbers_do_no_harm),
        cmocka_unit_test(missing_records_do_no_harm),
        cmocka_unit_test(a_trace_cut_anywhere_is_drawn),
        cmocka_unit_test(a_line_of_many_pieces_is_drawn_at_once),
    };
    return test_run(tests);
}
