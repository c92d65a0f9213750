/* Golden scenes of devices: on cards, between cards, on the stage, and how CPU and GPU compare. */

#include "tests/test.h"

#include "render/device/device.h"
#include "render/device/timing.h"
#include "tests/graph_stage.h"
#include "tests/panel.h"

static const char timed_on_both[] =
    "{\"k\":\"probe\",\"what\":\"timing\",\"op\":\"mm\",\"device\":\"NVIDIA H100\","
    "\"unit\":\"side\",\"sizes\":[16,32,64,128,256,512,1024],"
    "\"cpu\":[0.002,0.004,0.012,0.06,0.45,3.2,24],"
    "\"gpu\":[0.012,0.012,0.012,0.013,0.016,0.03,0.1],"
    "\"copied\":[0.04,0.04,0.045,0.06,0.13,0.42,1.5]}\n";
static const char timed_on_the_cpu[] =
    "{\"k\":\"probe\",\"what\":\"timing\",\"op\":\"add\",\"unit\":\"elements\","
    "\"sizes\":[256,1024,4096,16384],\"cpu\":[0.001,0.0012,0.002,0.006]}\n";
static const char without[] = "{\"k\":\"device\",\"device\":\"cuda\",\"why\":\"no NVIDIA driver is "
                              "installed\"}\n";
static const struct rect wide = { 0, 0, 1000, 420 }, narrow = { 0, 0, 420, 420 };

struct shown {
    const char *name, *fixture;
    const char *more[2];
    size_t stop;
    enum screen_mode mode;
    struct rect area;
    void (*view)(const struct view *, struct rect, struct scene *);
};

static void draw(const struct shown *shown)
{
    struct panel panel;
    struct text more = { 0 };

    for (int i = 0; i < 2 && shown->more[i]; i++) {
        text_append_string(&more, shown->more[i]);
    }
    panel_open_more(&panel, shown->fixture, text_string(&more), shown->mode);
    panel_show(&panel, shown->stop, shown->area, shown->view);
    assert_golden_scene(shown->name, &panel.scene);
    panel_close(&panel);
    text_finish(&more);
}

static void golden_stage(void **state)
{
    (void)state;
    const struct rect screen = { 0, 0, 1366, 520 };
    const struct shown all[] = {
        { "devices", "devices_copy", { timed_on_both }, 7, SCREEN_EXPLORE, wide, view_devices },
        { "devices_present",
          "devices_copy",
          { timed_on_both },
          7,
          SCREEN_PRESENT,
          screen,
          view_devices },
        { "devices_backward", "devices_copy", { NULL }, 12, SCREEN_EXPLORE, wide, view_devices },
        { "devices_none",
          "autograd",
          { without, timed_on_the_cpu },
          3,
          SCREEN_EXPLORE,
          wide,
          view_devices },
        { "devices_narrow",
          "autograd",
          { without, timed_on_the_cpu },
          3,
          SCREEN_EXPLORE,
          narrow,
          view_devices },
        { "timing", "devices_copy", { timed_on_both }, 7, SCREEN_EXPLORE, narrow, view_timing },
        { "timing_cpu",
          "autograd",
          { without, timed_on_the_cpu },
          3,
          SCREEN_EXPLORE,
          narrow,
          view_timing },
        { "timing_none", "autograd", { NULL }, 3, SCREEN_EXPLORE, narrow, view_timing },
        { "devices_ledger", "devices_copy", { NULL }, 5, SCREEN_EXPLORE, narrow, view_ledger },
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        draw(&all[i]);
    }
}

static void a_card_says_what_its_memory_holds(void **state)
{
    struct panel panel;

    (void)state;
    panel_open(&panel, "devices_copy", SCREEN_EXPLORE);
    panel_show(&panel, 9, wide, view_devices);
    assert_non_null(text_of(&panel, "NVIDIA H100"));
    assert_non_null(text_of(&panel, "tensors 2 KiB"));
    assert_non_null(text_of(&panel, "free 78.1 GiB"));
    assert_non_null(text_of(&panel, "most for tensors so far: 2.5 KiB, of 79.6 GiB"));
    panel_close(&panel);
}

static void cards_say_where_tensors_are(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, "devices_copy", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage_show(&stage, 7);
    assert_golden_scene("graph_devices", &stage.scene);
    assert_int_equal(count_shown(&stage, "cpu"), 1);
    assert_int_equal(count_shown(&stage, "cuda:0"), 4);
    assert_int_equal(count_shown(&stage, "cpu → cuda:0"), 2);
    assert_int_equal(count_shown(&stage, "8 B · 4.9 µs · 1.63 MB/s"), 1);
    stage_close(&stage);
}

static void where_all_is_on_the_cpu_no_card_says_so(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, "autograd", nowhere);
    stage_show(&stage, stage_stops(&stage) - 1);
    assert_int_equal(count_shown(&stage, "cpu"), 0);
    stage_close(&stage);
}

static const char *said(struct panel *panel, size_t stop)
{
    panel_show(panel, stop, wide, view_sentence);
    return sentence_for(&panel->run, panel->view.words, LANGUAGE_EN, &panel->arena);
}

static void sentences_say_what_was_copied(void **state)
{
    struct panel panel;

    (void)state;
    panel_open(&panel, "devices_copy", SCREEN_EXPLORE);
    assert_string_equal(said(&panel, 4),
                        "x is a new tensor: [3, 4]. Copied from cpu to cuda:0: 8 B, 5.2 µs.");
    panel_close(&panel);
    panel_open(&panel, "devices", SCREEN_EXPLORE);
    assert_non_null(strstr(said(&panel, 15), "The CPU waited for cuda:0: 4 B, 4.1 µs."));
    assert_non_null(strstr(said(&panel, 17), "cuda:0 cannot do that: the CPU did, and "));
    panel_close(&panel);
}

static struct timing timing_in(const char *line, bool *found)
{
    struct panel panel;
    struct timing timing;

    panel_open_more(&panel, "autograd", line, SCREEN_EXPLORE);
    *found = timing_find(&panel.run, &timing);
    timing.op = timing.device = timing.refused = NULL; /* of the trace */
    panel_close(&panel);
    return timing;
}

static void a_crossover_lasts_to_the_end(void **state)
{
    bool found;
    const struct timing timing = timing_in(timed_on_both, &found);

    (void)state;
    assert_true(found);
    assert_true(timing_crossover(&timing, TIMING_OF_GPU) == 3);
    assert_true(timing_crossover(&timing, TIMING_WITH_COPIES) == 4);
    const struct timing alone = timing_in(timed_on_the_cpu, &found);
    assert_true(found && timing_crossover(&alone, TIMING_OF_GPU) == SIZE_MAX);
}

static void broken_answers_are_no_timing(void **state)
{
    static const char *const lines[] = {
        "{\"k\":\"probe\",\"what\":\"timing\"}\n",
        "{\"k\":\"probe\",\"what\":\"timing\",\"op\":\"mm\",\"sizes\":[2,1],\"cpu\":[1,2]}\n",
        "{\"k\":\"probe\",\"what\":\"timing\",\"op\":\"mm\",\"sizes\":[1,2],\"cpu\":[0,-1]}\n",
        "{\"k\":\"probe\",\"what\":\"timing\",\"op\":\"mm\",\"sizes\":\"x\",\"cpu\":[1,2]}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        bool found;
        timing_in(lines[i], &found);
        assert_false(found);
    }
}

static void amounts_have_three_digits(void **state)
{
    struct arena arena = { 0 };

    (void)state;
    assert_string_equal(device_bytes(&arena, 0), "0 B");
    assert_string_equal(device_bytes(&arena, 999), "999 B");
    assert_string_equal(device_bytes(&arena, 4e6), "3.81 MiB");
    assert_string_equal(device_bytes(&arena, 85520809984.0), "79.6 GiB");
    assert_string_equal(device_time(&arena, 0.0049), "4.9 µs");
    assert_string_equal(device_time(&arena, 0.42), "0.42 ms");
    assert_string_equal(device_time(&arena, 2500), "2.5 s");
    assert_string_equal(device_rate(&arena, 4e6, 0.42), "9.52 GB/s");
    assert_string_equal(device_rate(&arena, 8, 0), "");
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_stage),
        cmocka_unit_test(a_card_says_what_its_memory_holds),
        cmocka_unit_test(cards_say_where_tensors_are),
        cmocka_unit_test(where_all_is_on_the_cpu_no_card_says_so),
        cmocka_unit_test(sentences_say_what_was_copied),
        cmocka_unit_test(a_crossover_lasts_to_the_end),
        cmocka_unit_test(broken_answers_are_no_timing),
        cmocka_unit_test(amounts_have_three_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
