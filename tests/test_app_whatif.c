/* Numbers changed in the window, and files changed beside it: the real program, real runs. */

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "render/code/fields.h"
#include "tests/app_driver.h"

#include "config.h"

static const char lesson[] = "import torch\n"
                             "x = torch.tensor(1.0, requires_grad=True)\n"
                             "y = x + 2\n"
                             "z = y * y\n"
                             "z.backward()\n"
                             "print(x.grad)\n";

struct rig {
    struct driver driver;
    char folder[64], path[96];
};

static void write_file(const char *path, const char *text)
{
    FILE *const file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void open_rig(struct rig *rig, const char *text)
{
    snprintf(rig->folder, sizeof(rig->folder), "/tmp/gradlight-whatif-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof(rig->path), "%s/lesson.py", rig->folder);
    write_file(rig->path, text);
    open_app_with(&rig->driver, rig->path, NULL);
    press_key(&rig->driver, "Home");
}

static void close_rig(struct rig *rig)
{
    app_destroy(rig->driver.app);
    unlink(rig->path);
    rmdir(rig->folder);
}

/* Until no run is under way. */
static void settle_runs(struct rig *rig)
{
    const struct timespec nap = { .tv_nsec = 2000000 };
    const struct whatif *const whatif = &rig->driver.app->whatif;

    for (int i = 0; i < 5000 && (whatif->next || whatif->pending); i++) {
        turn(&rig->driver, 1);
        nanosleep(&nap, NULL);
    }
    assert_false(whatif->next || whatif->pending);
    settle(&rig->driver);
}

static void key(struct rig *rig, const char *name)
{
    struct window_event event = { .kind = WINDOW_EVENT_KEY };

    snprintf(event.key, sizeof(event.key), "%s", name);
    window_push(rig->driver.app->window, &event);
    turn(&rig->driver, 1);
}

/* Steps to the end of a line of the first cell. */
static void go_to_line(struct rig *rig, int line)
{
    struct app *const app = rig->driver.app;
    const struct moment_address address = { .cell = 1, .line = line, .visit = 1 };
    bool exact;
    const uint32_t moment =
        address_find(session_trace(app->session), session_stops(app->session), &address, &exact);

    assert_true(exact);
    player_jump(&app->player, moment);
    turn(&rig->driver, 90);
}

static int64_t line_now(const struct rig *rig)
{
    const struct app *const app = rig->driver.app;

    return address_of(session_trace(app->session), session_stops(app->session), app->player.moment)
        .line;
}

/* The latest value of a name by the moment of a run. */
static double value_of(const struct run_view *run, const char *name)
{
    for (int64_t id = trace_tensor_count(run->trace); id > 0; id--) {
        const struct trace_tensor *const tensor = trace_tensor(run->trace, id);
        const struct trace_value *const value = trace_value_at(tensor, run->moment);
        if (value && strcmp(trace_name_at(run->trace, tensor, run->moment), name) == 0) {
            return trace_element(value, 0);
        }
    }
    return NAN;
}

static double value_now(struct rig *rig, const char *name)
{
    return value_of(&app_view(rig->driver.app, 1280, 800).runs[0], name);
}

/* ---- in place --------------------------------------------------------------------------- */

static void a_number_is_changed_in_place_and_the_moment_stays(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, lesson);
    go_to_line(&rig, 3);
    assert_true(value_now(&rig, "y") == 3);
    key(&rig, "A");
    assert_true(rig.driver.app->field.open);
    assert_int_equal(rig.driver.app->view.field.line, 3);
    assert_string_equal(rig.driver.app->view.field.text, "2");
    type_text(&rig.driver, "5");
    key(&rig, "Return");
    assert_false(rig.driver.app->field.open);
    settle_runs(&rig);
    assert_int_equal(rig.driver.app->view.age, AGE_CURRENT);
    assert_int_equal(line_now(&rig), 3);
    assert_true(value_now(&rig, "y") == 6);

    /* What it was stands beside it. */
    const struct view view = app_view(rig.driver.app, 1280, 800);
    assert_int_equal(view.run_count, 2);
    assert_true(value_of(&view.runs[1], "y") == 3);
    assert_int_equal(view.runs[0].change_count, 1);
    assert_string_equal(view.runs[0].changes[0].was, "2");
    assert_string_equal(view.runs[0].changes[0].now, "5");

    /* The trace is that of the changed text, line for line. */
    const struct trace_cell *const cell =
        trace_code_cell(session_trace(rig.driver.app->session), 1);
    assert_non_null(strstr(cell->text.bytes, "y = x + 5\nz = y * y\n"));

    key(&rig, "Shift+A");
    settle_runs(&rig);
    assert_true(value_now(&rig, "y") == 3);
    assert_int_equal(line_now(&rig), 3);
    assert_int_equal(app_view(rig.driver.app, 1280, 800).run_count, 1);
    close_rig(&rig);
}

/* Until the new run has come to the moment, what is on show says that it is old. */
static void an_old_result_is_never_shown_as_current(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, lesson);
    go_to_line(&rig, 4);
    const struct session *const before = rig.driver.app->session;
    key(&rig, "A"); /* no number in this line: the one above */
    assert_int_equal(rig.driver.app->view.field.line, 3);
    type_text(&rig.driver, "4");
    struct window_event event = { .kind = WINDOW_EVENT_KEY, .key = "Return" };
    window_push(rig.driver.app->window, &event);
    for (int i = 0; i < 5000; i++) {
        turn(&rig.driver, 1);
        const bool old = rig.driver.app->session == before;
        assert_int_equal(rig.driver.app->view.age, old ? AGE_OLD : AGE_CURRENT);
        assert_true(value_now(&rig, "z") == (old ? 9 : 25));
        if (!old) {
            break;
        }
        nanosleep(&(const struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    assert_true(rig.driver.app->session != before);
    close_rig(&rig);
}

static void what_is_typed_can_be_left_and_must_be_a_literal(void **state)
{
    static const char *const wrong[] = { "1)#", "exit()", "", "True", "2,5" };
    struct rig rig;

    (void)state;
    open_rig(&rig, lesson);
    go_to_line(&rig, 3);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        key(&rig, "A");
        if (wrong[i][0]) {
            type_text(&rig.driver, wrong[i]);
        } else {
            key(&rig, "Backspace");
        }
        key(&rig, "Return");
        assert_true(rig.driver.app->field.open); /* refused, and said why */
        key(&rig, "Escape");
        assert_false(rig.driver.app->field.open);
        assert_int_equal(rig.driver.app->whatif.wanted.count, 0);
    }
    key(&rig, "A");
    key(&rig, "Up"); /* applied at once, and taken back by leaving */
    assert_int_equal(rig.driver.app->whatif.wanted.count, 1);
    key(&rig, "Escape");
    settle_runs(&rig);
    assert_true(value_now(&rig, "y") == 3);
    close_rig(&rig);
}

static void keys_walk_from_number_to_number(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, lesson);
    go_to_line(&rig, 3);
    key(&rig, "A");
    key(&rig, "Shift+Tab");
    assert_string_equal(rig.driver.app->view.field.text, "True");
    key(&rig, "Shift+Tab");
    assert_string_equal(rig.driver.app->view.field.text, "1.0");
    key(&rig, "Down");
    key(&rig, "Down");
    assert_string_equal(rig.driver.app->view.field.text, "0.8");
    key(&rig, "Return");
    settle_runs(&rig);
    assert_true(fabs(value_now(&rig, "x") - 0.8) < 1e-6);
    /* The remote goes on stepping. */
    key(&rig, "A");
    key(&rig, "PageDown");
    assert_false(rig.driver.app->field.open);
    assert_true(line_now(&rig) > 3);
    close_rig(&rig);
}

/* Many changes at once: one run is awaited, and the last value is what stands there. */
static void the_latest_of_many_changes_wins(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, lesson);
    go_to_line(&rig, 3);
    const uint32_t runs = session_run_number(rig.driver.app->session);
    key(&rig, "A");
    for (int i = 0; i < 40; i++) {
        window_push(rig.driver.app->window,
                    &(struct window_event){ .kind = WINDOW_EVENT_KEY, .key = "Up" });
    }
    turn(&rig.driver, 1);
    key(&rig, "Return");
    settle_runs(&rig);
    assert_true(value_now(&rig, "y") == 43);
    assert_true(session_run_number(rig.driver.app->session) < runs + 20);
    close_rig(&rig);
}

static void a_changed_number_may_break_the_lesson(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "import torch\na = torch.ones(2, 3)\nb = torch.ones(3)\nc = a + b\n");
    go_to_line(&rig, 4);
    key(&rig, "A"); /* the 3 of line 3 */
    type_text(&rig.driver, "4");
    key(&rig, "Return");
    settle_runs(&rig);
    const struct app *const app = rig.driver.app;
    assert_non_null(trace_error_at(session_trace(app->session),
                                   trace_record_count(session_trace(app->session))));
    assert_int_equal(app->view.age, AGE_CURRENT);
    key(&rig, "Shift+A");
    settle_runs(&rig);
    assert_null(trace_error_at(session_trace(app->session),
                               trace_record_count(session_trace(app->session))));
    assert_int_equal(line_now(&rig), 4);
    close_rig(&rig);
}

static void a_recorded_run_cannot_be_changed(void **state)
{
    static const char trace[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/autograd.trace";
    struct rig rig;

    (void)state;
    open_app_with(&rig.driver, trace, NULL);
    press_key(&rig.driver, "End");
    key(&rig, "A");
    assert_false(rig.driver.app->field.open);
    assert_false(app_view(rig.driver.app, 1280, 800).state->editable);
    app_destroy(rig.driver.app);
}

/* ---- #@param ---------------------------------------------------------------------------- */

static const char params[] = "import torch\n"
                             "k = 2  #@param {type:\"slider\", min:0, max:10}\n"
                             "on = True  #@param {type:\"boolean\"}\n"
                             "y = torch.tensor(3.0) * k if on else torch.tensor(0.0)\n";

/* Where a part of a control is on the screen. */
static struct rect part_of(struct rig *rig, int line, int part)
{
    struct window_pixels pixels;
    struct scene scene = { 0 };
    struct rect bounds = { 0 };

    assert_true(window_pixels(rig->driver.app->window, &pixels, NULL));
    const float w = (float)pixels.width, h = (float)pixels.height;
    const struct view view = app_view(rig->driver.app, w, h);
    screen_draw(&view, w, h, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw_group *const group = &scene.draws[i].group;
        if (scene.draws[i].kind == DRAW_GROUP && group->target.kind == TARGET_PARAM &&
            group->target.id == code_place(1, line) && group->target.part == part) {
            bounds = group->bounds;
        }
    }
    scene_finish(&scene);
    assert_true(bounds.w > 0);
    return bounds;
}

static void pointer(struct rig *rig, enum window_event_kind kind, float x, float y)
{
    window_push(rig->driver.app->window,
                &(struct window_event){ .kind = kind, .at = { x, y }, .button = 1, .held = true });
    turn(&rig->driver, 1);
}

static void a_slider_is_dragged_and_a_switch_turned(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, params);
    press_key(&rig.driver, "End");
    assert_true(value_now(&rig, "y") == 6);
    const struct rect track = part_of(&rig, 2, PARAM_TRACK);
    const float y = track.y + track.h / 2;
    pointer(&rig, WINDOW_EVENT_PRESS, track.x + track.w * 0.3f, y);
    for (int i = 3; i <= 20; i++) {
        pointer(&rig, WINDOW_EVENT_MOVE, track.x + track.w * (float)i / 10, y);
    }
    pointer(&rig, WINDOW_EVENT_RELEASE, track.x + track.w * 2, y);
    settle_runs(&rig);
    assert_true(value_now(&rig, "y") == 30); /* at its end, and no further */

    const struct rect turn = part_of(&rig, 3, PARAM_TURN);
    pointer(&rig, WINDOW_EVENT_PRESS, turn.x + 3, turn.y + 3);
    pointer(&rig, WINDOW_EVENT_RELEASE, turn.x + 3, turn.y + 3);
    settle_runs(&rig);
    assert_true(value_now(&rig, "y") == 0);

    /* The slider's field takes what is typed, within its range. */
    const struct rect field = part_of(&rig, 2, PARAM_FIELD);
    pointer(&rig, WINDOW_EVENT_PRESS, field.x + 3, field.y + 3);
    type_text(&rig.driver, "11");
    key(&rig, "Return");
    assert_true(rig.driver.app->field.open);
    key(&rig, "Escape");
    key(&rig, "Shift+A");
    settle_runs(&rig);
    assert_true(value_now(&rig, "y") == 6);
    close_rig(&rig);
}

/* ---- the file --------------------------------------------------------------------------- */

/* As editors do it: written beside, then moved into place. */
static void replace_file(struct rig *rig, const char *text)
{
    char beside[sizeof(rig->path) + 2];

    snprintf(beside, sizeof(beside), "%s~", rig->path);
    write_file(beside, text);
    assert_int_equal(rename(beside, rig->path), 0);
}

/* Time passes until the file was looked at twice and its run has come. */
static void let_it_be_seen(struct rig *rig)
{
    turn(&rig->driver, 60);
    settle_runs(rig);
}

static void a_saved_file_is_run_again_at_the_same_line(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, lesson);
    go_to_line(&rig, 4);
    replace_file(&rig, "import torch\n# a new line\nx = torch.tensor(1.0, requires_grad=True)\n"
                       "y = x + 7\nz = y * y\nz.backward()\nprint(x.grad)\n");
    let_it_be_seen(&rig);
    assert_int_equal(line_now(&rig), 5);
    assert_true(value_now(&rig, "z") == 64);
    assert_int_equal(rig.driver.app->view.age, AGE_CURRENT);
    close_rig(&rig);
}

/* Whether the screen has that text, or, NULL, the pale dashed line of the run before. */
static bool screen_has(struct rig *rig, const char *text)
{
    struct window_pixels pixels;
    struct scene scene = { 0 };
    bool found = false;

    assert_true(window_pixels(rig->driver.app->window, &pixels, NULL));
    const float w = (float)pixels.width, h = (float)pixels.height;
    const struct view view = app_view(rig->driver.app, w, h);
    screen_draw(&view, w, h, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        found = found || (text && draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, text) == 0) ||
                (!text && draw->kind == DRAW_PATH && draw->path.stroke == INK_CARD_LINE &&
                 draw->path.dashed);
    }
    scene_finish(&scene);
    return found;
}

/* A series that is only collected stands beside the loss, and the curve of the run before beneath it. */
static void the_run_before_is_a_pale_curve(void **state)
{
    (void)state;
    static const char training[] = "import torch\n"
                                   "w = torch.tensor(0.0, requires_grad=True)\n"
                                   "kept = []\n"
                                   "for i in range(6):\n"
                                   "    loss = ((w - 3) ** 2).mean()\n"
                                   "    w.grad = None\n"
                                   "    loss.backward()\n"
                                   "    with torch.no_grad():\n"
                                   "        w -= RATE * w.grad\n"
                                   "        kept.append(((w - 2) ** 2).mean().item())\n";
    char text[sizeof(training) + 8];
    struct rig rig;

    const char *const rate = strstr(training, "RATE");
    snprintf(text, sizeof(text), "%.*s0.1%s", (int)(rate - training), training, rate + 4);
    open_rig(&rig, text);
    key(&rig, "End");
    key(&rig, "Ctrl+3");
    assert_true(screen_has(&rig, "((w - 2) ** 2).mean()"));
    assert_false(screen_has(&rig, NULL));
    key(&rig, "R"); /* nothing else comes out: one line says it */
    settle(&rig.driver);
    key(&rig, "End");
    assert_false(screen_has(&rig, NULL));
    snprintf(text, sizeof(text), "%.*s0.2%s", (int)(rate - training), training, rate + 4);
    replace_file(&rig, text);
    let_it_be_seen(&rig);
    settle_runs(&rig);
    key(&rig, "End");
    assert_true(screen_has(&rig, NULL));
    close_rig(&rig);
}

static void a_broken_file_leaves_the_last_good_run(void **state)
{
    static const char *const broken[] = { "import torch\nx = torch.tensor(1.0\ny = x +\n", "",
                                          "\xFF\xFE broken" };
    struct rig rig;

    (void)state;
    open_rig(&rig, lesson);
    go_to_line(&rig, 4);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        replace_file(&rig, broken[i]);
        let_it_be_seen(&rig);
        assert_int_equal(rig.driver.app->view.age, AGE_BROKEN);
        assert_int_equal(line_now(&rig), 4);
        assert_true(value_now(&rig, "z") == 9);
        replace_file(&rig, lesson);
        let_it_be_seen(&rig);
        assert_int_equal(rig.driver.app->view.age, AGE_CURRENT);
        assert_true(value_now(&rig, "z") == 9);
    }
    assert_int_equal(unlink(rig.path), 0); /* one that is gone changes nothing */
    let_it_be_seen(&rig);
    assert_true(value_now(&rig, "z") == 9);
    close_rig(&rig);
}

static void changed_numbers_stay_when_other_lines_are_saved(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, lesson);
    go_to_line(&rig, 4);
    key(&rig, "A");
    type_text(&rig.driver, "4");
    key(&rig, "Return");
    settle_runs(&rig);
    assert_true(value_now(&rig, "z") == 25);
    replace_file(&rig, "import torch\nx = torch.tensor(2.0, requires_grad=True)\ny = x + 2\n"
                       "z = y * y\nz.backward()\n");
    let_it_be_seen(&rig);
    assert_true(value_now(&rig, "z") == 36);
    replace_file(&rig, "import torch\nx = torch.tensor(2.0, requires_grad=True)\ny = x + 1\n"
                       "z = y * y\nz.backward()\n");
    let_it_be_seen(&rig);
    assert_true(value_now(&rig, "z") == 9);
    assert_int_equal(rig.driver.app->whatif.wanted.count, 0);
    close_rig(&rig);
}

/* A line that is in two pieces has its note once, behind the last, and does not grow by another row: its
 * slider would run away from the hand. */
static void a_changed_line_has_its_note_once(void **state)
{
    struct rig rig;
    struct scene scene = { 0 };
    const struct override override = {
        .cell = 1, .line = 2, .column = 5, .end = 8, .was = "0.1", .now = "0.51"
    };
    int times = 0;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "lr = 0.1 #@param {type:\"slider\", min:0.01, max:1.0, step:0.01}\n"
                   "w = torch.tensor(1.0) * lr\n");
    whatif_set(rig.driver.app, &override);
    settle_runs(&rig);
    press_key(&rig.driver, "End");
    struct view view = app_view(rig.driver.app, 1366, 768);
    screen_draw(&view, 1366, 768, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        times += draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, "lr = 0.51") == 0;
    }
    assert_int_equal(times, 1);
    scene_finish(&scene);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_changed_in_place_and_the_moment_stays),
        cmocka_unit_test(an_old_result_is_never_shown_as_current),
        cmocka_unit_test(what_is_typed_can_be_left_and_must_be_a_literal),
        cmocka_unit_test(keys_walk_from_number_to_number),
        cmocka_unit_test(the_latest_of_many_changes_wins),
        cmocka_unit_test(a_changed_number_may_break_the_lesson),
        cmocka_unit_test(a_recorded_run_cannot_be_changed),
        cmocka_unit_test(a_slider_is_dragged_and_a_switch_turned),
        cmocka_unit_test(a_saved_file_is_run_again_at_the_same_line),
        cmocka_unit_test(the_run_before_is_a_pale_curve),
        cmocka_unit_test(a_broken_file_leaves_the_last_good_run),
        cmocka_unit_test(changed_numbers_stay_when_other_lines_are_saved),
        cmocka_unit_test(a_changed_line_has_its_note_once),
    };
    return test_run(tests);
}
