/* The views beside the graph: code, lesson, output, timeline. */

#include "tests/test.h"

#include "engine/base/memory.h"
#include "render/text/markdown.h"
#include "tests/panel.h"

static const struct rect column = { 0, 0, 436, 640 };

static void golden_panels(void **state)
{
    (void)state;
    static const struct {
        const char *name, *fixture;
        enum screen_mode mode;
        size_t stop;
        struct rect area;
        void (*draw)(const struct view *, struct rect, struct scene *);
    } cases[] = {
        { "lesson_forward", "autograd", SCREEN_EXPLORE, 8, { 0, 0, 436, 640 }, view_lesson },
        { "lesson_error", "second_backward", SCREEN_EXPLORE, 16, { 0, 0, 436, 640 }, view_lesson },
        { "code_strip", "autograd", SCREEN_PRESENT, 8, { 0, 77, 600, 107 }, view_code },
        { "code_error", "second_backward", SCREEN_PRESENT, 16, { 0, 77, 600, 107 }, view_code },
        { "output", "autograd", SCREEN_EXPLORE, 14, { 0, 0, 600, 200 }, view_output },
        { "curve", "linear_adam", SCREEN_EXPLORE, 40, { 0, 0, 700, 200 }, view_curve },
        { "curve_one", "autograd", SCREEN_EXPLORE, 14, { 0, 0, 700, 200 }, view_curve },
        { "timeline", "autograd", SCREEN_EXPLORE, 11, { 0, 690, 1366, 77 }, view_timeline },
        { "timeline_error",
          "second_backward",
          SCREEN_PRESENT,
          16,
          { 0, 706, 1366, 62 },
          view_timeline },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct panel panel;
        panel_open(&panel, cases[i].fixture, cases[i].mode);
        panel_show(&panel, cases[i].stop, cases[i].area, cases[i].draw);
        assert_golden_scene(cases[i].name, &panel.scene);
        panel_close(&panel);
    }
}

/* At every stop of every fixture the current line is in the column, and what is drawn is a scene
 * with balanced clips and groups. */
static void the_current_line_is_in_sight(void **state)
{
    (void)state;
    static const char *const fixtures[] = { "autograd",       "branch",      "diamond",
                                            "indexing",       "linear_adam", "retain_graph",
                                            "second_backward" };
    for (size_t f = 0; f < sizeof(fixtures) / sizeof(fixtures[0]); f++) {
        struct panel panel;
        panel_open(&panel, fixtures[f], SCREEN_EXPLORE);
        const struct rect low = { 10, 50, 436, 150 };
        for (size_t s = 1; s <= stops_count(panel.stops, STOP_OPERATION); s++) {
            panel_show(&panel, s, low, view_lesson);
            int marks = 0, depth = 0;
            for (size_t i = 0; i < panel.scene.draw_count; i++) {
                const struct draw *draw = &panel.scene.draws[i];
                const bool current =
                    draw->kind == DRAW_RECT &&
                    (draw->rect.fill == INK_CODE_CURRENT || draw->rect.fill == INK_ERROR_SOFT);
                marks += current && draw->rect.rect.y + draw->rect.rect.h > low.y &&
                         draw->rect.rect.y < low.y + low.h;
                depth += (draw->kind == DRAW_GROUP) + (draw->kind == DRAW_CLIP) -
                         (draw->kind == DRAW_GROUP_END) - (draw->kind == DRAW_CLIP_END);
                assert_true(depth >= 0);
            }
            assert_true(marks > 0);
            assert_int_equal(depth, 0);
        }
        panel_close(&panel);
    }
}

/* A lesson begins with its title whole, though the first line that does something stands past the middle;
 * further down the column follows the line. */
static void the_beginning_stands_still(void **state)
{
    (void)state;
    struct panel panel;

    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel_show(&panel, 4, (struct rect){ 0, 0, 436, 2000 }, view_lesson);
    const float first = text_of(&panel, "1")->at.y;
    float line = 0;
    for (size_t i = 0; i < panel.scene.draw_count && line == 0; i++) {
        const struct draw *const draw = &panel.scene.draws[i];
        line =
            draw->kind == DRAW_RECT && draw->rect.fill == INK_CODE_CURRENT ? draw->rect.rect.y : 0;
    }
    assert_true(line > 0);
    panel_show(&panel, 4, (struct rect){ 0, 0, 436, line * 1.8f }, view_lesson);
    assert_float_equal(text_of(&panel, "1")->at.y, first, 0.01);
    panel_show(&panel, 4, (struct rect){ 0, 0, 436, line * 1.2f }, view_lesson);
    assert_true(text_of(&panel, "1") == NULL || text_of(&panel, "1")->at.y < first);
    panel_close(&panel);
}

/* ---- changed numbers -------------------------------------------------------------------- */

/* The 2 of `y = x + 2` is to be 5, and somebody writes over the 3 of `z = y * y * 3`. */
static void golden_changed(void **state)
{
    static const struct code_change change = {
        .cell = 1, .line = 7, .column = 8, .end = 9, .was = "2", .now = "5"
    };
    static const struct {
        const char *name;
        enum screen_mode mode;
        struct rect area;
        void (*draw)(const struct view *, struct rect, struct scene *);
    } cases[] = {
        { "lesson_changed", SCREEN_EXPLORE, { 0, 0, 436, 640 }, view_lesson },
        { "code_written", SCREEN_PRESENT, { 0, 77, 600, 107 }, view_code },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct panel panel;
        panel_open(&panel, "autograd", cases[i].mode);
        panel.run.changes = &change;
        panel.run.change_count = 1;
        panel.state.editable = true;
        panel.state.hovered =
            (struct target){ .kind = TARGET_LITERAL, .id = (int64_t)1 << 32 | 3, .part = 15 };
        panel.state.field = (struct view_field){
            .cell = 1, .line = 14, .column = 12, .end = 13, .text = "-4", .caret = 2
        };
        panel_show(&panel, 8, cases[i].area, cases[i].draw);
        assert_golden_scene(cases[i].name, &panel.scene);
        panel_close(&panel);
    }
}

static const char *struck_in(const struct panel *panel)
{
    for (size_t i = 0; i < panel->scene.draw_count; i++) {
        const struct draw *draw = &panel->scene.draws[i];
        if (draw->kind == DRAW_TEXT && draw->text.strike) {
            return draw->text.bytes;
        }
    }
    return "";
}

/* What is to be is shown whether or not the run has it; taken back it is as it was. */
static void a_changed_number_is_shown_with_what_it_was(void **state)
{
    struct code_change change = {
        .cell = 1, .line = 7, .column = 8, .end = 9, .was = "2", .now = "5"
    };
    struct panel panel;

    (void)state;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel.run.changes = &change;
    panel.run.change_count = 1;
    panel_show(&panel, 8, column, view_lesson);
    assert_string_equal(struck_in(&panel), "2");
    change.now = "2";
    panel_show(&panel, 8, column, view_lesson);
    assert_string_equal(struck_in(&panel), "");
    panel_close(&panel);
}

/* ---- branches --------------------------------------------------------------------------- */

static float alpha_of(const struct panel *panel, const char *bytes)
{
    const struct draw_text *const text = text_of(panel, bytes);

    assert_non_null(text);
    return text->alpha;
}

/* `choose` is called with a positive sum, then with a negative one: each time the other arm is pale, and
 * before the first test none is. */
static void the_arm_that_was_not_taken_is_pale(void **state)
{
    struct panel panel;
    size_t count;

    (void)state;
    panel_open(&panel, "branch", SCREEN_EXPLORE);
    const uint32_t *const conds = trace_records_of(panel.trace, RECORD_COND, &count);
    assert_int_equal(count, 2);
    panel_show_at(&panel, conds[0], column, view_lesson);
    assert_true(alpha_of(&panel, "*") == 0 && alpha_of(&panel, "-") == 0);
    assert_null(text_of(&panel, "→ True"));
    for (int i = 0; i < 2; i++) {
        panel_show_at(&panel, conds[i] + 1, column, view_lesson);
        assert_non_null(text_of(&panel, i == 0 ? "→ True" : "→ False"));
        assert_true((alpha_of(&panel, "*") > 0) == (i == 1));
        assert_true((alpha_of(&panel, "-") > 0) == (i == 0));
    }
    assert_golden_scene("lesson_branch", &panel.scene);
    panel_close(&panel);
}

/* An old result says so, at the end of the line that everybody reads first. */
static void an_old_result_says_so(void **state)
{
    static const struct rect line = { 0, 0, 900, 40 };
    struct panel panel;

    (void)state;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel_show(&panel, 8, line, view_sentence);
    assert_null(text_of(&panel, "Old result"));
    panel.state.age = AGE_OLD;
    panel_show(&panel, 8, line, view_sentence);
    assert_non_null(text_of(&panel, "Old result"));
    panel.state.age = AGE_BROKEN;
    panel_show(&panel, 8, line, view_sentence);
    assert_non_null(text_of(&panel, "Old result: the file has an error"));
    panel_close(&panel);
}

static void the_same_twice(void **state)
{
    (void)state;
    struct panel panel;
    struct text first = { 0 }, second = { 0 };
    panel_open(&panel, "linear_adam", SCREEN_EXPLORE);
    panel_show(&panel, 20, column, view_lesson);
    canvas_text(&panel.scene, &first);
    panel_show(&panel, 40, column, view_lesson);
    panel_show(&panel, 20, column, view_lesson);
    canvas_text(&panel.scene, &second);
    assert_string_equal(first.bytes, second.bytes);
    text_finish(&first);
    text_finish(&second);
    panel_close(&panel);
}

static void output_never_runs_ahead(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel_show(&panel, 2, column, view_output);
    assert_null(text_of(&panel, "x: tensor([1.], requires_grad=True)"));
    assert_non_null(text_of(&panel, "Nothing was printed yet."));
    panel_show(&panel, 3, column, view_output);
    assert_non_null(text_of(&panel, "x: tensor([1.], requires_grad=True)"));
    panel_close(&panel);
}

static void on_the_stage(const struct view *view, struct rect area, struct scene *scene)
{
    assert_true(view_section(view, area, scene));
}

/* A long line that a cell printed is broken before it is small; rows of numbers are not. */
static void a_long_line_is_broken_before_it_is_small(void **state)
{
    (void)state;
    static const char cell[] = "{\"k\":\"cell\",\"in\":2,\"f\":5}\n";
    static const char out[] = "{\"k\":\"out\",\"stream\":\"stdout\",\"text\":";
    static const char *const said[] = { "one line of words that is too long for the width it has",
                                        "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]" };
    for (int lines = 1; lines <= 2; lines++) {
        const char *const line = said[lines - 1];
        struct panel panel;
        char more[512];
        snprintf(more, sizeof(more), "%s%s\"%s%s%s\\n\"}\n", cell, out, line,
                 lines > 1 ? "\\n" : "", lines > 1 ? line : "");
        panel_open_more(&panel, "branch_asked", more, SCREEN_PRESENT);
        const float one = fonts_measure(panel.view.fonts, TYPE_MONO, line, strlen(line));
        const float side = panel.view.type.sentence * 2.4f;
        const float between = (panel.view.type.text + panel.view.type.caption) / 2;
        const struct rect area = { 0, 0, one * between + side, 500 };
        panel_show_at(&panel, (uint32_t)trace_record_count(panel.trace), area, on_the_stage);
        const struct draw_text *const whole = text_of(&panel, line);
        assert_true(lines > 1 ? whole && whole->size < panel.view.type.text : !whole);
        for (size_t i = 0; i < panel.scene.draw_count && lines == 1; i++) {
            const struct draw *const draw = &panel.scene.draws[i];
            assert_true(draw->kind != DRAW_TEXT || draw->text.size >= panel.view.type.text);
        }
        panel_close(&panel);
    }
}

/* ---- timeline ---- */

static const struct rect wide = { 0, 0, 1366, 77 }, narrow = { 0, 0, 240, 77 };

/* Every stop can be pointed at, and nothing else answers. */
static void every_stop_is_a_target(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "linear_adam", SCREEN_PRESENT);
    panel_show(&panel, 5, wide, view_timeline);
    const size_t count = stops_count(panel.stops, STOP_OPERATION);
    size_t found = 0, before = SIZE_MAX;
    for (float x = 0; x < wide.w; x++) {
        const struct target target = scene_hit(&panel.scene, (struct point){ x, 40 });
        if (target.kind == TARGET_STOP) {
            const size_t index = stops_index_at(panel.stops, STOP_OPERATION, (uint32_t)target.id);
            assert_true(before == SIZE_MAX || index == before || index == before + 1);
            found += index != before;
            before = index;
        }
    }
    assert_int_equal(found, count);
    assert_int_equal(scene_hit(&panel.scene, (struct point){ 40, 90 }).kind, TARGET_NONE);
    panel_close(&panel);
}

/* A run with more stops than room is drawn by shares: few commands, and targets that still span it. */
static void a_dense_run_is_no_smear(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "linear_adam", SCREEN_PRESENT);
    panel_show(&panel, 30, narrow, view_timeline);
    float last = -1;
    int columns = 0;
    for (size_t i = 0; i < panel.scene.draw_count; i++) {
        const struct draw *draw = &panel.scene.draws[i];
        /* Marks are filled; a piece of track for each stop would be a smear. */
        assert_true(draw->kind != DRAW_PATH || draw->path.stroke == INK_NONE);
        if (draw->kind == DRAW_RECT && draw->rect.fill == INK_BACKWARD) {
            assert_true(draw->rect.rect.x > last);
            last = draw->rect.rect.x;
            columns++;
        }
    }
    assert_true(columns > 10);
    const size_t count = stops_count(panel.stops, STOP_OPERATION);
    assert_true(text_of(&panel, "30/60") && count == 60);
    struct target target = { 0 };
    for (float x = narrow.w; x > 0 && target.kind != TARGET_STOP; x--) {
        target = scene_hit(&panel.scene, (struct point){ x, 40 });
    }
    assert_int_equal(target.id, stops_at(panel.stops, STOP_OPERATION, count - 1)->moment);
    panel_close(&panel);
}

/* Where the first cell is short its end stands over what one step is: not through it. */
static void no_tick_goes_through_words(void **state)
{
    (void)state;
    struct panel panel;
    int over = 0;
    panel_open(&panel, "branch_asked", SCREEN_PRESENT);
    for (float width = 240; width < 900; width += 60) {
        panel_show(&panel, 3, (struct rect){ 0, 0, width, 62 }, view_timeline);
        const struct draw_text *const words = text_of(&panel, "Step: operation");
        assert_non_null(words);
        const float right =
            words->at.x + words->size * fonts_measure(panel.view.fonts, words->role, words->bytes,
                                                      strlen(words->bytes));
        for (size_t i = 0; i < panel.scene.draw_count; i++) {
            const struct draw *const draw = &panel.scene.draws[i];
            if (draw->kind == DRAW_RECT && draw->rect.fill == INK_TEXT_SECOND &&
                draw->rect.rect.w == 1 && draw->rect.rect.x < right) {
                const struct rect tick = draw->rect.rect;
                assert_true(tick.h > 0 && tick.y + tick.h <= words->at.y - words->size);
                over++;
            }
        }
    }
    assert_true(over > 0);
    panel_close(&panel);
}

static void buttons_stand_only_where_one_explores(void **state)
{
    (void)state;
    for (int mode = SCREEN_EXPLORE; mode <= SCREEN_PRESENT; mode++) {
        struct panel panel;
        int buttons = 0;
        panel_open(&panel, "autograd", (enum screen_mode)mode);
        panel_show(&panel, 0, wide, view_timeline);
        for (size_t i = 0; i < panel.scene.draw_count; i++) {
            const struct draw *draw = &panel.scene.draws[i];
            buttons += draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_COMMAND;
        }
        assert_int_equal(buttons, mode == SCREEN_EXPLORE ? 3 : 0);
        assert_non_null(text_of(&panel, "0/14"));
        panel_close(&panel);
    }
}

/* ---- narrative ---- */

static void narrative_is_set(void **state)
{
    (void)state;
    static const char text[] =
        "# Đạo hàm\n\nMột **đoạn** *nghiêng* ~~bỏ~~ với `y * y` và $\\partial z$; 3 &lt; 5.\nDòng "
        "tiếp.\n\n"
        "- một\n- hai\n\n3. ba\n\n```\nfor i in x:\n    f(i)\n```\n"
        "Riêng $$x^2$$ sau.\n\n<b>html</b>\n\n> trích\n\n---\n\n"
        "| a | b |\n|---|---|\n| một ô dài phải xuống dòng mới vừa | 2 |\n\nhết\n";
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    const struct rect area = { 20, 10, 300, 0 };
    const float measured = markdown_draw(&panel.view, text, sizeof(text) - 1, area, NULL);
    const float drawn = markdown_draw(&panel.view, text, sizeof(text) - 1, area, &panel.scene);
    assert_true(measured == drawn && measured > 100);
    assert_golden_scene("narrative", &panel.scene);
    const struct draw_text *heading = text_of(&panel, "Đạo"), *word = text_of(&panel, "đoạn");
    assert_true(heading && heading->role == TYPE_UI_BOLD && heading->size > word->size);
    assert_true(word->role == TYPE_UI_BOLD);
    assert_true(text_of(&panel, "y * y")->role == TYPE_MONO);
    const struct draw_text *body = text_of(&panel, "f"), *loop = text_of(&panel, "for");
    assert_true(body->at.y > loop->at.y && body->at.x > loop->at.x);
    assert_int_equal(text_of(&panel, "nghiêng")->role, TYPE_UI_ITALIC);
    assert_true(text_of(&panel, "bỏ")->strike);
    assert_true(text_of(&panel, "trích")->at.x > area.x);
    const struct draw_text *a = text_of(&panel, "a"), *two = text_of(&panel, "2");
    assert_true(a && two && a->role == TYPE_UI_BOLD && two->at.x > area.x + area.w / 3);
    assert_true(text_of(&panel, "hết")->at.y > two->at.y + 2 * two->size); /* below the long cell */
    assert_true(text_of(&panel, "x²")->at.x == area.x);
    assert_true(text_of(&panel, "sau.")->at.x == area.x);
    for (size_t i = 0; i < panel.scene.draw_count; i++) {
        const enum draw_kind kind = panel.scene.draws[i].kind;
        const struct rect box = scene_bounds(&panel.scene.draws[i], panel.view.fonts);
        if (kind == DRAW_GROUP || kind == DRAW_GROUP_END) {
            continue;
        }
        assert_true(box.x + box.w < area.x + area.w + 6 && box.y > 5 && box.y < 10 + drawn);
    }
    panel_close(&panel);
}

static void hostile_narrative_is_set_as_well(void **state)
{
    (void)state;
    static const char *const pieces[] = { "> ", "- ",    "*",    "$",    "$$", "\\",
                                          "[",  "```\n", "&lt;", "\xff", "# ", "ế\xcc\x81" };
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct text text = { 0 };
        for (int k = 0; k < 2000; k++) {
            text_append_string(&text, pieces[i]);
        }
        const float height = markdown_draw(&panel.view, text.bytes, text.length, column, NULL);
        assert_true(height >= 0);
        text_finish(&text);
    }
    assert_true(markdown_draw(&panel.view, "", 0, column, NULL) == 0);
    panel_close(&panel);
}

/* A function that calls itself stands once, and of a long way there the first and the last part. */
static void a_recursion_is_told_in_a_line(void **state)
{
    (void)state;
    struct panel panel;
    struct text error = { 0 };
    text_append_string(&error, "{\"k\":\"error\",\"type\":\"RecursionError\",\"text\":\"deep\","
                               "\"frames\":[{\"name\":\"<module>\",\"at\":[1,9,0,9,4]}");
    for (int i = 0; i < 40; i++) {
        text_append_string(&error, ",{\"name\":\"f\",\"at\":[1,4,0,4,4]}");
    }
    for (int i = 0; i < 30; i++) {
        text_format(&error, ",{\"name\":\"g\",\"at\":[1,%d,0,%d,4]}", 5 + i % 2, 5 + i % 2);
    }
    text_append_string(&error, "],\"traceback\":\"\"}\n");
    panel_open_more(&panel, "diamond", text_string(&error), SCREEN_EXPLORE);
    panel_show(&panel, stops_count(panel.stops, STOP_OPERATION), (struct rect){ 0, 0, 900, 640 },
               view_lesson);
    struct text all = { 0 };
    for (size_t i = 0; i < panel.scene.draw_count; i++) {
        const struct draw *const draw = &panel.scene.draws[i];
        if (draw->kind == DRAW_TEXT) {
            text_format(&all, "%s ", draw->text.bytes);
        }
    }
    const char *const told = text_string(&all);
    if (!strstr(told, "In[1] line 9 → f line 4 ×40 →") || !strstr(told, "→ … →") ||
        !strstr(told, "RecursionError: deep")) {
        fail_msg("%s", told);
    }
    text_finish(&all);
    text_finish(&error);
    panel_close(&panel);
}

/* ---- errors ------------------------------------------------------------------------------------ */

/* The text of the equation's region, put together again; false where a piece is smaller than text. */
static bool read_error(struct panel *panel, float w, float h, struct text *out)
{
    panel->view.type = screen_type(&panel->state, w, h);
    panel->run.moment = trace_record_count(panel->trace);
    const struct screen_regions regions = screen_regions_now(&panel->view, w, h);
    bool large = true;
    panel_show_at(panel, panel->run.moment, regions.equation, view_equation);
    for (size_t i = 0; i < panel->scene.draw_count; i++) {
        const struct draw_text *const line = &panel->scene.draws[i].text;
        if (panel->scene.draws[i].kind != DRAW_TEXT) {
            continue;
        }
        const float across =
            fonts_measure(panel->view.fonts, line->role, line->bytes, line->length) * line->size;
        assert_true(across <= line->max_width + 0.5f); /* whole */
        assert_true(line->at.y <= regions.equation.y + regions.equation.h);
        large = large && line->size >= panel->view.type.text;
        text_format(out, "%s%.*s", out->length > 0 ? " " : "", (int)line->length, line->bytes);
    }
    return large && regions.stage.h > 0.35f * h;
}

static void errors_stand_whole_and_large(void **state)
{
    (void)state;
    static const float sizes[][2] = { { 1280, 800 }, { 1920, 1080 }, { 1366, 768 },
                                      { 1024, 768 }, { 1920, 1200 }, { 3840, 2160 } };
    struct panel panel;
    panel_open(&panel, "second_backward", SCREEN_PRESENT);
    const struct record_error *const error =
        trace_error_at(panel.trace, trace_record_count(panel.trace));
    const char *const whole = arena_format(&panel.arena, "%s: %s", error->type, error->text.bytes);
    char *const kept = memory_copy_string(whole);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct text read = { 0 };
        assert_true(read_error(&panel, sizes[i][0], sizes[i][1], &read));
        assert_string_equal(text_string(&read), kept);
        text_finish(&read);
    }
    free(kept);
    panel_close(&panel);
}

/* The room comes from the stage, and only while the error is on show. */
static void only_errors_take_from_the_stage(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "second_backward", SCREEN_PRESENT);
    panel.view.type = screen_type(&panel.state, 1280, 800);
    const struct screen_regions usual = screen_regions(&panel.state, 1280, 800);
    panel.run.moment = stops_at(panel.stops, STOP_OPERATION, 3)->moment;
    const struct screen_regions before = screen_regions_now(&panel.view, 1280, 800);
    assert_memory_equal(&before, &usual, sizeof(usual));
    panel.run.moment = trace_record_count(panel.trace);
    const struct screen_regions after = screen_regions_now(&panel.view, 1280, 800);
    assert_true(after.stage.y > usual.stage.y);
    assert_true(after.stage.y + after.stage.h == usual.stage.y + usual.stage.h);
    panel.state.mode = SCREEN_EXPLORE;
    const struct screen_regions near = screen_regions_now(&panel.view, 1280, 800);
    assert_true(near.equation.h == 0);
    panel_close(&panel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_panels),
        cmocka_unit_test(the_current_line_is_in_sight),
        cmocka_unit_test(the_beginning_stands_still),
        cmocka_unit_test(golden_changed),
        cmocka_unit_test(a_changed_number_is_shown_with_what_it_was),
        cmocka_unit_test(the_arm_that_was_not_taken_is_pale),
        cmocka_unit_test(an_old_result_says_so),
        cmocka_unit_test(the_same_twice),
        cmocka_unit_test(output_never_runs_ahead),
        cmocka_unit_test(a_long_line_is_broken_before_it_is_small),
        cmocka_unit_test(every_stop_is_a_target),
        cmocka_unit_test(a_dense_run_is_no_smear),
        cmocka_unit_test(no_tick_goes_through_words),
        cmocka_unit_test(buttons_stand_only_where_one_explores),
        cmocka_unit_test(narrative_is_set),
        cmocka_unit_test(hostile_narrative_is_set_as_well),
        cmocka_unit_test(a_recursion_is_told_in_a_line),
        cmocka_unit_test(errors_stand_whole_and_large),
        cmocka_unit_test(only_errors_take_from_the_stage),
    };
    return test_run(tests);
}
