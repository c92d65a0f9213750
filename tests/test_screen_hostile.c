/* Traces that nobody's runner would write: whole screens are drawn from them at every stop, in both
 * modes and levels. Nothing is expected but that it ends without harm. */

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "render/graph/graph.h"
#include "render/screen.h"

static const char *const fixtures[] = { "autograd",     "second_backward", "diamond",
                                        "linear_adam",  "branch",          "indexing",
                                        "retain_graph", "graphs/blocks",   "ledger/tensors" };

struct rig {
    struct fonts *fonts;
    struct words *words;
    struct scene scene;
    struct arena arena;
};

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

static void draw_at(struct rig *rig, const struct run_view *run, struct graph_picture *picture,
                    int variant)
{
    const float width = 1280, height = 800;
    const struct view_state state = {
        .mode = variant & 1 ? SCREEN_PRESENT : SCREEN_EXPLORE,
        .level = variant & 2 ? GRAPH_PYTORCH : GRAPH_MATHEMATICS,
        .text_scale = 1,
        .granularity = STOP_OPERATION,
        .tab = variant & 4 ? 1 : 0,
        .fold_all = (variant & 8) != 0,
        .searching = (variant & 16) != 0,
        .query = "e",
    };
    const struct view view = { .runs = run,
                               .run_count = 1,
                               .state = &state,
                               .motion = { .progress = variant & 4 ? 0.5f : 1 },
                               .graph = picture,
                               .fonts = rig->fonts,
                               .theme = theme_at(THEME_LIGHT),
                               .words = rig->words,
                               .type = screen_type(&state, width, height),
                               .arena = &rig->arena };
    graph_picture_prepare(picture, &view, true, 0);
    scene_clear(&rig->scene);
    rig->scene.width = width;
    rig->scene.height = height;
    screen_draw(&view, width, height, &rig->scene);
    struct text dot = { 0 };
    graph_dot(&view, &dot);
    text_finish(&dot);
    arena_clear(&rig->arena);
}

static void draw_trace(struct rig *rig, const char *bytes, size_t length, int seed)
{
    struct trace *trace = trace_create();
    trace_feed(trace, bytes, length, NULL);
    trace_finish_input(trace, NULL);
    struct stops *stops = stops_create(trace);
    stops_update(stops);
    stops_finish(stops);
    struct episodes *episodes = episodes_create(trace);
    episodes_update(episodes);
    struct graph_picture *picture = graph_picture_create("/nowhere/gradlight-layout");
    const size_t count = stops_count(stops, STOP_OPERATION);
    /* The last stops see everything; one in between sees a half. */
    const size_t places[] = { count, count / 2 + 1, count > 3 ? count - 2 : count };
    for (int i = 0; i < 3 && count > 0; i++) {
        const struct run_view run = {
            .trace = trace,
            .stops = stops,
            .episodes = episodes,
            .moment = stops_at(stops, STOP_OPERATION, places[i] - 1)->moment,
            .label = "broken",
            .granularity = STOP_AUTO,
        };
        draw_at(rig, &run, picture, seed + i);
    }
    graph_picture_destroy(picture);
    episodes_destroy(episodes);
    stops_destroy(stops);
    trace_destroy(trace);
}

static void rig_open(struct rig *rig)
{
    struct error err = { 0 };
    *rig = (struct rig){ .fonts = fonts_create_fixed(), .words = words_create("/nowhere", &err) };
}

static void rig_close(struct rig *rig)
{
    scene_finish(&rig->scene);
    arena_finish(&rig->arena);
    words_destroy(rig->words);
    fonts_destroy(rig->fonts);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_numbers_do_no_harm),
        cmocka_unit_test(missing_records_do_no_harm),
        cmocka_unit_test(a_trace_cut_anywhere_is_drawn),
    };
    return test_run(tests);
}
