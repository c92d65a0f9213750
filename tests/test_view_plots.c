/* Golden scenes of what stands beside a curve, from answers that are written here. */

#include "tests/test.h"

#include <math.h>

#include "tests/panel.h"

enum { SIDE = 9, STEPS = 3, WEIGHT = 3, BIAS = 4 };

static void add_numbers(struct text *out, const char *name, const float *numbers, size_t count)
{
    text_format(out, ",\"%s\":\"", name);
    text_append_base64(out, numbers, count * sizeof(*numbers));
    text_append_char(out, '"');
}

/* A bowl around w = 2, b = 1, with a place that has no number. */
static void add_surface(struct text *out)
{
    float losses[SIDE * SIDE];

    for (int i = 0; i < SIDE * SIDE; i++) {
        const float w = -1 + 4 * (float)(i % SIDE) / (SIDE - 1) - 2;
        const float b = -1 + 3 * (float)(i / SIDE) / (SIDE - 1) - 1;
        losses[i] = 5 * w * w + b * b + 0.5f;
    }
    losses[0] = NAN;
    text_format(out,
                "{\"k\":\"probe\",\"what\":\"surface\",\"b\":3,\"x\":[{\"t\":%d},0,-1,3,%d],"
                "\"y\":[{\"t\":%d},0,-1,2,%d],\"exact\":true,\"row\":0",
                WEIGHT, SIDE, BIAS, SIDE);
    add_numbers(out, "numbers", losses, 45);
    text_append_string(out, ",\"more\":true}\n");
    text_format(out,
                "{\"k\":\"probe\",\"what\":\"surface\",\"b\":3,\"x\":[{\"t\":%d},0,-1,3,%d],"
                "\"y\":[{\"t\":%d},0,-1,2,%d],\"exact\":true,\"row\":5",
                WEIGHT, SIDE, BIAS, SIDE);
    add_numbers(out, "numbers", losses + 45, 36);
    text_append_string(out, "}\n");
}

static void add_racer(struct text *out, const char *name, float pace, const char *state, bool more)
{
    float points[2 * (STEPS + 1)], losses[STEPS + 1];

    for (int i = 0; i <= STEPS; i++) {
        points[2 * i] = pace * (float)i;
        points[2 * i + 1] = 1 - pace * (float)i;
        losses[i] = 10 - (float)i;
    }
    text_format(out,
                "{\"k\":\"probe\",\"what\":\"race\",\"b\":3,\"x\":[{\"t\":%d},0,0],"
                "\"y\":[{\"t\":%d},0,1],\"lr\":0.1,\"steps\":%d,\"optimizer\":\"%s\"",
                WEIGHT, BIAS, STEPS, name);
    add_numbers(out, "points", points, 2 * (STEPS + 1));
    add_numbers(out, "losses", losses, STEPS + 1);
    if (state) {
        text_format(out, ",\"state\":[[\"%s\",\"", state);
        text_append_base64(out, points, sizeof(points));
        text_append_string(out, "\"]]");
    }
    text_append_string(out, more ? ",\"more\":true}\n" : "}\n");
}

static void draw(const char *name, const struct text *more, enum screen_mode mode, uint32_t moment,
                 struct rect area, void (*view)(const struct view *, struct rect, struct scene *))
{
    struct panel panel;

    panel_open_more(&panel, "linear_adam", text_string(more), mode);
    panel.state.series = 1;
    panel_show_at(&panel, moment ? moment : trace_record_count(panel.trace), area, view);
    assert_golden_scene(name, &panel.scene);
    panel_close(&panel);
}

static void golden_plots(void **state)
{
    (void)state;
    static const struct rect wide = { 0, 0, 900, 300 }, tall = { 0, 0, 480, 520 };
    struct text more = { 0 };

    draw("landscape_none", &more, SCREEN_EXPLORE, 0, wide, view_landscape);
    draw("fit", &more, SCREEN_EXPLORE, 0, tall, view_fit);
    draw("curve_parameters", &more, SCREEN_EXPLORE, 0, tall, view_curve);
    add_surface(&more);
    draw("landscape", &more, SCREEN_EXPLORE, 0, tall, view_landscape);
    draw("landscape_present", &more, SCREEN_PRESENT, 0, (struct rect){ 0, 0, 700, 560 },
         view_landscape);
    draw("training", &more, SCREEN_EXPLORE, 0, wide, view_training);
    add_racer(&more, "SGD", 0.1f, NULL, true);
    add_racer(&more, "Adam", 0.4f, "exp_avg", false);
    draw("race", &more, SCREEN_EXPLORE, 0, tall, view_landscape);
    draw("race_wide", &more, SCREEN_EXPLORE, 0, wide, view_landscape);
    text_finish(&more);
}

static void broken_answers_are_no_picture(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"k\":\"probe\",\"what\":\"surface\"}\n",
        ("{\"k\":\"probe\",\"what\":\"surface\",\"x\":[{\"t\":3},0,-1,3,9],\"y\":[{\"t\":4},0,-1,2,"
         "9],"
         "\"row\":0,\"numbers\":\"AAAA\"}\n"),
        ("{\"k\":\"probe\",\"what\":\"surface\",\"x\":[{\"t\":3},7,-1,3,9],\"y\":[{\"t\":4},0,-1,2,"
         "9],"
         "\"row\":0,\"numbers\":\"\"}\n"),
        ("{\"k\":\"probe\",\"what\":\"surface\",\"x\":[{\"t\":3},0,3,-1,1e9],"
         "\"y\":[{\"t\":4},0,\"nan\",2,-9],\"row\":0,\"numbers\":\"????\"}\n"),
        "{\"k\":\"probe\",\"what\":\"surface\",\"refused\":\"the loss is not a finite number\"}\n",
    };
    static const struct rect area = { 0, 0, 500, 300 };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct panel panel;
        panel_open_more(&panel, "linear_adam", lines[i], SCREEN_EXPLORE);
        panel_show_at(&panel, trace_record_count(panel.trace), area, view_landscape);
        for (size_t d = 0; d < panel.scene.draw_count; d++) {
            assert_true(panel.scene.draws[d].kind == DRAW_TEXT);
        }
        panel_close(&panel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_plots),
        cmocka_unit_test(broken_answers_are_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
