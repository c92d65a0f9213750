/* What stands beside the lines of code, and how the code and the graph find each other. */

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "render/code/code.h"
#include "render/code/notes.h"
#include "tests/panel.h"

static const struct rect column = { 0, 0, 436, 900 };

static size_t last_stop(const struct panel *panel)
{
    return stops_count(panel->stops, STOP_OPERATION);
}

/* The notes of a line at a stop as one text. */
static const char *notes_of(struct panel *panel, size_t stop, int line)
{
    struct code_notes notes;
    const char *all = "";
    panel_show(panel, stop, column, view_lesson);
    code_notes_at(&panel->view, trace_code_cell(panel->trace, 1), line, panel->run.moment, &notes);
    for (size_t i = 0; i < notes.count; i++) {
        all = arena_format(&panel->arena, "%s%s%s", all, i > 0 ? ", " : "", notes.notes[i].text);
    }
    return arena_format(&panel->arena, "%s%s", all, notes.more ? ", …" : "");
}

static void lines_say_what_they_made(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    assert_string_equal(notes_of(&panel, 1, 3), "");
    assert_string_equal(notes_of(&panel, last_stop(&panel), 3), "x = 1");
    assert_string_equal(notes_of(&panel, last_stop(&panel), 7), "y = 3");
    assert_string_equal(notes_of(&panel, last_stop(&panel), 8), "");
    assert_string_equal(notes_of(&panel, last_stop(&panel), 17), "x.grad = 18");
    panel_close(&panel);
}

/* A number with a point is written as everywhere on the screen, not cut after so many digits. */
static void numbers_are_rounded(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "graphs/floats", SCREEN_EXPLORE);
    const size_t last = last_stop(&panel);
    assert_string_equal(notes_of(&panel, last, 3), "third = 0.3333");
    assert_string_equal(notes_of(&panel, last, 4), "tenth = 0.1");
    assert_string_equal(notes_of(&panel, last, 5), "root = -1.4142");
    panel_close(&panel);
}

/* Several results by their names, one by its value. */
static void a_return_says_what_it_gave_back(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "returns", SCREEN_EXPLORE);
    const size_t last = last_stop(&panel);
    assert_string_equal(notes_of(&panel, 1, 7), "");
    assert_string_equal(notes_of(&panel, last, 7), "a = 6, b = 7");
    assert_string_equal(notes_of(&panel, last, 11), "→ 2, 1");
    assert_string_equal(notes_of(&panel, last, 15), "→ 21");
    panel_close(&panel);
}

/* While a function runs again and ever after, what its lines made and gave back before would
   deceive, also beside a branch that the later call did not take. */
static void nothing_is_said_of_an_earlier_call_while_a_function_runs_again(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "branch_asked", SCREEN_EXPLORE);
    assert_string_equal(notes_of(&panel, 10, 9), "→ 6");
    assert_string_equal(notes_of(&panel, 14, 9), "");
    assert_string_equal(notes_of(&panel, 10, 6), "y = [2, 4]");
    assert_string_equal(notes_of(&panel, 14, 6), "");
    assert_string_equal(notes_of(&panel, last_stop(&panel), 9), "→ 2");
    assert_string_equal(notes_of(&panel, last_stop(&panel), 6), "");
    assert_string_equal(notes_of(&panel, last_stop(&panel), 8), "y = [-1, 3]");
    panel_close(&panel);
}

/* In a loop the latest iteration counts; a gradient that is cleared is None. */
static void the_latest_execution_counts(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "linear_adam", SCREEN_EXPLORE);
    const size_t last = last_stop(&panel);
    assert_string_equal(notes_of(&panel, last, 6), "x 4×1");
    assert_string_equal(notes_of(&panel, last, 8), "model Linear");
    assert_string_equal(notes_of(&panel, last, 9), "optimizer Adam");
    assert_string_equal(notes_of(&panel, last, 12),
                        "model.weight.grad = None, model.bias.grad = None");
    char latest[64]; /* the next notes take the place of these */
    snprintf(latest, sizeof(latest), "%s", notes_of(&panel, last, 13));
    assert_memory_equal(latest, "loss = ", 7);
    assert_string_not_equal(latest, notes_of(&panel, last / 2, 13));
    assert_memory_equal(notes_of(&panel, last, 15), "model.weight = ", 15);
    panel_close(&panel);
}

static void arguments_stand_at_the_definition(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "branch", SCREEN_EXPLORE);
    assert_string_equal(notes_of(&panel, last_stop(&panel), 4), "x = [1, -3]");
    assert_string_equal(notes_of(&panel, last_stop(&panel), 14), "a.grad = [2, 2]");
    panel_close(&panel);
}

/* Two calls of a function, and the second goes another way: what the first gave back does not stand at the arm
 * that the second has passed over. */
static void an_arm_that_was_passed_over_says_nothing(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "graphs/arms", SCREEN_EXPLORE);
    panel_show(&panel, last_stop(&panel), column, view_lesson);
    int first = 0, second = 0;
    for (size_t i = 0; i < panel.scene.draw_count; i++) {
        first += is_text(&panel.scene.draws[i], "→ 7");
        second += is_text(&panel.scene.draws[i], "→ 3");
    }
    assert_int_equal(first, 0);
    assert_int_equal(second, 1);
    panel_close(&panel);
}

/* Each method's `def` is a step; marked is the class that they stand in. */
static void a_class_is_marked_where_it_begins(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "graphs/arms", SCREEN_EXPLORE);
    for (size_t stop = 0; stop < last_stop(&panel); stop++) {
        panel_show(&panel, stop, column, view_lesson);
        const struct code_marks marks = code_marks_at(&panel.view);
        assert_true(marks.line != 9 && marks.line != 12);
    }
    panel_show(&panel, 1, column, view_lesson);
    const struct trace_cell *const cell = trace_code_cell(panel.trace, 1);
    assert_int_equal(code_class_around(cell, 9), 8);
    assert_int_equal(code_class_around(cell, 12), 8);
    assert_int_equal(code_class_around(cell, 10), 0);
    assert_int_equal(code_class_around(cell, 3), 0);
    panel_close(&panel);
}

static struct target hit(const struct panel *panel, const struct draw_text *text)
{
    return scene_hit(&panel->scene, (struct point){ text->at.x + 2, text->at.y - 4 });
}

/* The n-th of the texts, from 1. */
static const struct draw_text *nth_text(const struct panel *panel, const char *bytes, int n)
{
    for (size_t i = 0; i < panel->scene.draw_count; i++) {
        if (is_text(&panel->scene.draws[i], bytes) && --n == 0) {
            return &panel->scene.draws[i].text;
        }
    }
    fail_msg("%s is not drawn", bytes);
    return NULL;
}

static int count_fills(const struct panel *panel, enum ink ink)
{
    int count = 0;
    for (size_t i = 0; i < panel->scene.draw_count; i++) {
        const struct draw *draw = &panel->scene.draws[i];
        count += draw->kind == DRAW_RECT && draw->rect.fill == ink;
    }
    return count;
}

static void a_number_is_not_cut_in_half(void **state)
{
    (void)state;
    static const char *const told[] = { "w.grad (old) = -19.2", "…(old) = -19.2" };
    const struct code_notes notes = { .notes = { { told[0], true, 0 } }, .count = 1 };
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    const float whole = code_notes_width(&panel.view, &notes, 20);
    code_notes_draw(&panel.view, &notes, (struct rect){ 0, 0, whole, 30 }, 20, &panel.scene);
    nth_text(&panel, told[0], 1);
    scene_clear(&panel.scene);
    code_notes_draw(&panel.view, &notes, (struct rect){ 0, 0, whole * 0.74f, 30 }, 20,
                    &panel.scene);
    nth_text(&panel, told[1], 1);
    panel_close(&panel);
}

static void the_pointer_finds_sub_expressions_and_names(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel_show(&panel, last_stop(&panel), column, view_lesson);
    /* y = x + 2: the sign is the operation's, the names are tensors'. */
    struct target target = hit(&panel, nth_text(&panel, "+", 1));
    assert_int_equal(target.kind, TARGET_OP);
    assert_int_equal(trace_op(panel.trace, target.id)->record->out.ids[0], 2);
    target = hit(&panel, nth_text(&panel, "y", 1));
    assert_int_equal(target.kind, TARGET_TENSOR);
    assert_int_equal(target.id, 2);
    /* z = y * y * 3: the first sign stands for y * y, the second for all of it. */
    target = hit(&panel, nth_text(&panel, "*", 1));
    assert_string_equal(
        run_label(&panel.run, trace_op(panel.trace, target.id)->record->out.ids[0], &panel.arena),
        "y * y");
    target = hit(&panel, nth_text(&panel, "*", 2));
    assert_string_equal(
        run_label(&panel.run, trace_op(panel.trace, target.id)->record->out.ids[0], &panel.arena),
        "z");
    panel_close(&panel);
}

static void nothing_is_found_before_it_ran(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel_show(&panel, 2, column, view_lesson);
    assert_int_equal(hit(&panel, nth_text(&panel, "*", 1)).kind, TARGET_LINE);
    assert_int_equal(hit(&panel, nth_text(&panel, "y", 1)).kind, TARGET_LINE);
    panel_close(&panel);
}

static void what_is_pointed_at_lights_in_the_code(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel_show(&panel, last_stop(&panel), column, view_lesson);
    assert_int_equal(count_fills(&panel, INK_SELECTION_SOFT), 0);
    const struct target targets[] = { { .kind = TARGET_TENSOR, .id = 3 },
                                      { .kind = TARGET_OP, .id = 3 },
                                      { .kind = TARGET_NODE, .id = 2 },
                                      { .kind = TARGET_DRAWER, .id = 3 },
                                      { .kind = TARGET_EDGE, .id = 3, .part = 1 } };
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        panel.state.hovered = targets[i];
        panel_show(&panel, last_stop(&panel), column, view_lesson);
        assert_int_equal(count_fills(&panel, INK_SELECTION_SOFT), 1);
    }
    panel.state.hovered = (struct target){ 0 };
    panel.state.selected = targets[0];
    panel_show(&panel, last_stop(&panel), column, view_lesson);
    assert_int_equal(count_fills(&panel, INK_SELECTION_SOFT), 1);
    panel_close(&panel);
}

/* The pointer on y * y, in the code or the graph, frames the terms of y's gradient that come through
 * it. */
static void the_ledger_knows_where_the_pointer_is(void **state)
{
    (void)state;
    struct panel panel;
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel.state.selected = (struct target){ .kind = TARGET_TENSOR, .id = 2 };
    for (int pointed = 0; pointed < 2; pointed++) {
        int framed = 0;
        panel.state.hovered = (struct target){ .kind = pointed ? TARGET_OP : TARGET_NONE, .id = 3 };
        panel_show(&panel, last_stop(&panel), column, view_ledger);
        for (size_t i = 0; i < panel.scene.draw_count; i++) {
            const struct draw *draw = &panel.scene.draws[i];
            framed += draw->kind == DRAW_RECT && draw->rect.stroke == INK_SELECTION;
        }
        assert_int_equal(framed, 2 * pointed);
    }
    panel_close(&panel);
}

/* However long the current line and small the strip, the sub-expression is in it, and no row is
 * outside. */
static void a_long_line_stays_in_the_strip(void **state)
{
    (void)state;
    for (float width = 120; width <= 700; width += 145) {
        struct panel panel;
        panel_open(&panel, "autograd", SCREEN_PRESENT);
        const struct rect strip = { 0, 77, width, 107 };
        for (size_t s = 1; s <= last_stop(&panel); s++) {
            panel_show(&panel, s, strip, view_code);
            const struct code_marks marks = code_marks_at(&panel.view);
            assert_true(marks.span.cell == 0 || count_fills(&panel, INK_CODE_SPAN) > 0);
            for (size_t i = 0; i < panel.scene.draw_count; i++) {
                const struct draw *draw = &panel.scene.draws[i];
                assert_true(draw->kind != DRAW_TEXT ||
                            (draw->text.at.y > strip.y && draw->text.at.y < strip.y + strip.h &&
                             draw->text.size >= panel.view.type.caption * 0.85f));
            }
        }
        panel_close(&panel);
    }
}

/* `x = torch.ones(1, requires_grad=True)` beside the line that prints x: smaller, and whole. */
static void a_neighbour_is_set_smaller_before_it_is_cut(void **state)
{
    (void)state;
    struct panel panel;
    const struct rect strip = { 0, 77, 601, 107 };
    bool smaller = false;
    panel_open(&panel, "autograd", SCREEN_PRESENT);
    for (size_t s = 1; s <= last_stop(&panel); s++) {
        panel_show(&panel, s, strip, view_code);
        for (size_t i = 0; i < panel.scene.draw_count; i++) {
            const struct draw *draw = &panel.scene.draws[i];
            smaller = smaller ||
                      (draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, "requires_grad") == 0 &&
                       draw->text.size < panel.view.type.text * 0.99f);
        }
    }
    assert_true(smaller);
    panel_close(&panel);
}

/* Ninety levels deep a line is as readable as any: it begins on a row of its own. */
static void what_is_set_in_too_far_is_still_seen(void **state)
{
    (void)state;
    enum { BLANKS = 360, PIECES = 16 };
    struct panel panel;
    size_t breaks[PIECES];
    char text[BLANKS + 16];
    panel_open(&panel, "autograd", SCREEN_EXPLORE);
    panel_show(&panel, 1, column, view_lesson);
    struct trace_cell cell = *trace_code_cell(panel.trace, 1);
    snprintf(text, sizeof(text), "%*s\n", BLANKS + 9, "z = y + 1");
    cell.text = (struct trace_string){ text, strlen(text) };
    assert_int_equal(code_wrap(&panel.view, &cell, 1, 400, 15, breaks, PIECES), 2);
    assert_int_equal(breaks[0], BLANKS);
    assert_int_equal(breaks[1], BLANKS + 9);
    assert_true(code_hang(&panel.view, &cell, 1, 15) < 250);
    panel_close(&panel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_say_what_they_made),
        cmocka_unit_test(numbers_are_rounded),
        cmocka_unit_test(an_arm_that_was_passed_over_says_nothing),
        cmocka_unit_test(a_class_is_marked_where_it_begins),
        cmocka_unit_test(a_return_says_what_it_gave_back),
        cmocka_unit_test(nothing_is_said_of_an_earlier_call_while_a_function_runs_again),
        cmocka_unit_test(the_latest_execution_counts),
        cmocka_unit_test(arguments_stand_at_the_definition),
        cmocka_unit_test(a_number_is_not_cut_in_half),
        cmocka_unit_test(the_pointer_finds_sub_expressions_and_names),
        cmocka_unit_test(nothing_is_found_before_it_ran),
        cmocka_unit_test(what_is_pointed_at_lights_in_the_code),
        cmocka_unit_test(the_ledger_knows_where_the_pointer_is),
        cmocka_unit_test(a_long_line_stays_in_the_strip),
        cmocka_unit_test(a_neighbour_is_set_smaller_before_it_is_cut),
        cmocka_unit_test(what_is_set_in_too_far_is_still_seen),
    };
    return test_run(tests);
}
