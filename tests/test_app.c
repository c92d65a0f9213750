/* The real program with SDL's dummy video driver, injected events and a clock of our own: what is in
 * the trace, what is on the screen, and what the keys do. */

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "tests/app_driver.h"

#include "config.h"

static void open_app(struct driver *driver, const char *lesson)
{
    open_app_with(driver, lesson, NULL);
}

static uint64_t area_hash(struct driver *driver, struct rect area)
{
    struct window_pixels pixels;
    uint64_t hash = HASH_START;

    assert_true(window_pixels(driver->app->window, &pixels, NULL));
    for (int y = (int)area.y; y < (int)(area.y + area.h); y++) {
        hash = hash_bytes(hash,
                          (const char *)pixels.pixels + (size_t)y * (size_t)pixels.stride +
                              (size_t)area.x * 4,
                          (size_t)area.w * 4);
    }
    return hash;
}

static uint64_t screen_hash(struct driver *driver)
{
    struct window_pixels pixels;

    assert_true(window_pixels(driver->app->window, &pixels, NULL));
    return area_hash(driver, (struct rect){ 0, 0, (float)pixels.width, (float)pixels.height });
}

/* How many different colours there are: an empty or half-drawn window has few. */
static size_t count_colours(struct driver *driver)
{
    struct window_pixels pixels;
    uint32_t seen[256];
    size_t count = 0;

    assert_true(window_pixels(driver->app->window, &pixels, NULL));
    for (int y = 0; y < pixels.height; y += 3) {
        const uint32_t *const row =
            (const uint32_t *)((const char *)pixels.pixels + (size_t)y * (size_t)pixels.stride);
        for (int x = 0; x < pixels.width && count < 256; x += 3) {
            size_t i = 0;
            while (i < count && seen[i] != row[x]) {
                i++;
            }
            if (i == count) {
                seen[count++] = row[x];
            }
        }
    }
    return count;
}

static const char autograd[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/autograd.py";
static const char second[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/second_backward.py";

static void steps_forward_and_back_to_the_same_pixels(void **state)
{
    enum { STEPS = 9 };
    struct driver driver;
    uint64_t forward[STEPS];

    (void)state;
    open_app(&driver, autograd);
    assert_true(count_colours(&driver) > 30);
    press_key(&driver, "Home");
    for (int i = 0; i < STEPS; i++) {
        forward[i] = screen_hash(&driver);
        assert_true(i == 0 || forward[i] != forward[i - 1]);
        press_key(&driver, "Right");
    }
    for (int i = STEPS - 1; i >= 0; i--) {
        press_key(&driver, "Left");
        assert_true(screen_hash(&driver) == forward[i]);
    }
    app_destroy(driver.app);
}

static void the_trace_holds_what_pytorch_does(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, autograd);
    press_key(&driver, "End");
    const struct trace *const trace = session_trace(driver.app->session);
    const struct trace_tensor *const grad =
        trace_grad_at(trace, trace_tensor(trace, 1), driver.app->player.moment);
    assert_non_null(grad);
    assert_true(trace_element(trace_value_at(grad, driver.app->player.moment), 0) == 18);
    app_destroy(driver.app);
}

static void shows_the_error_and_steps_back_from_it(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, second);
    press_key(&driver, "End");
    const struct trace *const trace = session_trace(driver.app->session);
    const struct record_error *const error = trace_error_at(trace, driver.app->player.moment);
    assert_non_null(error);
    assert_non_null(
        strstr(error->text.bytes, "Trying to backward through the graph a second time"));
    assert_true(error->node > 0);
    assert_true(trace_freed_at(trace_node(trace, error->node), driver.app->player.moment));
    const uint64_t with_error = screen_hash(&driver);
    press_key(&driver, "Left");
    assert_null(trace_error_at(trace, driver.app->player.moment));
    assert_true(screen_hash(&driver) != with_error);
    press_key(&driver, "Right");
    assert_true(screen_hash(&driver) == with_error);
    app_destroy(driver.app);
}

/* Behind the error stands what the lesson says about it; then nothing more, and the way back. */
static void a_presented_lesson_ends_with_its_own_words(void **state)
{
    static const char lesson[] = GRADLIGHT_SOURCE_ROOT "/lessons/course/23-autograd.lesson.py";
    struct driver driver;

    (void)state;
    open_app(&driver, lesson);
    press_key(&driver, "F5");
    press_key(&driver, "End");
    const uint32_t last = driver.app->player.moment;
    for (int i = 0; i < 40 && !driver.app->view.card; i++) {
        press_key(&driver, "PageDown"); /* the questions that were passed over come first */
    }
    press_key(&driver, "PageUp");
    assert_false(driver.app->view.card);
    const uint64_t error = screen_hash(&driver);
    press_key(&driver, "PageDown");
    const uint64_t explained = screen_hash(&driver);
    assert_true(explained != error);
    press_key(&driver, "PageDown");
    assert_true(screen_hash(&driver) == explained);
    assert_int_equal(driver.app->player.moment, last);
    press_key(&driver, "PageUp");
    assert_true(screen_hash(&driver) == error);
    app_destroy(driver.app);
}

static void keys_change_language_theme_and_mode(void **state)
{
    static const char *const keys[] = { "L", "T", "G", "Tab", "F1", "Ctrl+=", "=", "F5", "C" };
    struct driver driver;

    (void)state;
    open_app(&driver, autograd);
    press_key(&driver, "End");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const uint64_t before = screen_hash(&driver);
        press_key(&driver, keys[i]);
        if (screen_hash(&driver) == before) {
            fail_msg("%s changes nothing", keys[i]);
        }
    }
    for (int i = 0; i < 3; i++) { /* the help, the focus, presenting */
        press_key(&driver, "Escape");
    }
    assert_int_equal(driver.app->view.mode, SCREEN_EXPLORE);
    assert_false(driver.app->finished);
    press_key(&driver, "Ctrl+Q");
    assert_true(driver.app->finished);
    app_destroy(driver.app);
}

/* ---- the graph ------------------------------------------------------------------------------- */

static const char blocks[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/graphs/blocks.py";

static void push_pointer(struct driver *driver, enum window_event_kind kind, struct point at)
{
    const struct window_event event = { .kind = kind, .at = at, .button = 1 };

    window_push(driver->app->window, &event);
    turn(driver, 2);
}

static void click(struct driver *driver, struct point at)
{
    push_pointer(driver, WINDOW_EVENT_PRESS, at);
    push_pointer(driver, WINDOW_EVENT_RELEASE, at);
    settle(driver);
}

/* Where the corner of a box of the graph is in the window. */
static struct point corner_of(struct driver *driver, int64_t key)
{
    const struct rect box =
        graph_picture_box(driver->app->graph, (struct target){ .kind = TARGET_FOLD, .id = key });
    const struct rect stage = app_regions(driver->app).stage;
    struct graph_camera camera;

    assert_true(box.w > 0);
    assert_true(app_camera(driver->app, &camera));
    return (struct point){ stage.x + stage.w / 2 + (box.x - camera.centre.x) * camera.zoom,
                           stage.y + stage.h / 2 + (box.y - camera.centre.y) * camera.zoom };
}

static bool is_open(struct driver *driver, int64_t key)
{
    int64_t found;
    bool open = false;

    assert_true(graph_picture_fold(
        driver->app->graph, (struct target){ .kind = TARGET_FOLD, .id = key }, &found, &open));
    return open;
}

static void a_click_opens_and_closes_a_box_where_it_is(void **state)
{
    struct driver driver;
    int64_t key = 0;
    bool open;

    (void)state;
    open_app(&driver, blocks);
    press_key(&driver, "End");
    press_key(&driver, "Shift+M");
    assert_true(
        graph_picture_fold_at(driver.app->graph,
                              &(struct run_view){ .trace = session_trace(driver.app->session),
                                                  .stops = session_stops(driver.app->session),
                                                  .episodes = session_episodes(driver.app->session),
                                                  .moment = driver.app->player.moment },
                              &key, &open));
    assert_false(open);
    for (int i = 0; i < 4; i++) {
        const struct point before = corner_of(&driver, key);
        click(&driver, (struct point){ before.x + 22, before.y + 16 });
        const struct point after = corner_of(&driver, key);
        assert_int_equal(is_open(&driver, key), i % 2 == 0);
        assert_true(fabsf(after.x - before.x) < 1 && fabsf(after.y - before.y) < 1);
    }
    /* A drag that begins on it moves the picture and opens nothing. */
    const struct point at = corner_of(&driver, key);
    push_pointer(&driver, WINDOW_EVENT_PRESS, (struct point){ at.x + 22, at.y + 16 });
    push_pointer(&driver, WINDOW_EVENT_MOVE, (struct point){ at.x + 82, at.y + 46 });
    push_pointer(&driver, WINDOW_EVENT_RELEASE, (struct point){ at.x + 82, at.y + 46 });
    settle(&driver);
    assert_false(is_open(&driver, key));
    assert_true(fabsf(corner_of(&driver, key).x - at.x - 60) < 1);
    /* The key does the same for the box of the step. */
    driver.app->view.hovered = (struct target){ 0 };
    press_key(&driver, "M");
    assert_true(is_open(&driver, key));
    app_destroy(driver.app);
}

/* Where the map is in the window. */
static struct rect map_of(struct driver *driver)
{
    struct window_pixels pixels;
    struct scene scene = { 0 };
    struct rect map = { 0, 0, 0, 0 };

    assert_true(window_pixels(driver->app->window, &pixels, NULL));
    const struct view view = app_view(driver->app, (float)pixels.width, (float)pixels.height);
    screen_draw(&view, (float)pixels.width, (float)pixels.height, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_MAP) {
            map = draw->group.bounds;
        }
    }
    scene_finish(&scene);
    assert_true(map.w > 0);
    return map;
}

/* The graph under a drag is moved as pixels and drawn only where it comes in: to the same picture, but
 * for a hair's breadth in how letters are set. */
static void a_dragged_graph_is_the_same_as_drawn_anew(void **state)
{
    struct driver driver;
    struct window_pixels pixels;
    static uint32_t moved[1280 * 800];

    (void)state;
    open_app(&driver, blocks);
    press_key(&driver, "End");
    press_key(&driver, "=");
    press_key(&driver, "=");
    const struct rect stage = app_regions(driver.app).stage;
    struct point at = { stage.x + stage.w * 0.5f, stage.y + 3 };
    push_pointer(&driver, WINDOW_EVENT_PRESS, at);
    size_t least = SIZE_MAX;
    for (int i = 0; i < 24; i++) {
        at.x += i < 12 ? 7 : -5;
        at.y += i % 8 < 4 ? 3 : -2;
        window_push(driver.app->window,
                    &(struct window_event){ .kind = WINDOW_EVENT_MOVE, .at = at, .held = true });
        turn(&driver, 1);
        const size_t drawn = frame_pixels_drawn(driver.app->frame);
        least = drawn > 0 && drawn < least ? drawn : least;
    }
    assert_true((float)least < stage.w * stage.h / 4);
    assert_true(window_pixels(driver.app->window, &pixels, NULL));
    for (int y = 0; y < pixels.height; y++) {
        memcpy(&moved[y * pixels.width], (const char *)pixels.pixels + (ptrdiff_t)y * pixels.stride,
               (size_t)pixels.width * 4);
    }
    driver.app->exposed = true;
    turn(&driver, 1);
    size_t wrong = 0;
    for (int y = 0; y < pixels.height; y++) {
        const unsigned char *const now =
            (const unsigned char *)pixels.pixels + (ptrdiff_t)y * pixels.stride;
        const unsigned char *const was = (const unsigned char *)&moved[y * pixels.width];
        for (int x = 0; x < pixels.width * 4; x++) {
            wrong += abs(now[x] - was[x]) > 96;
        }
    }
    assert_true(wrong < 400);
    app_destroy(driver.app);
}

/* The graph under the wheel is scaled as pixels; when it rests it is as sharp as if drawn anew. (The
 * stage alone: Cairo rounds the edge of a triangle that a clip cuts otherwise than that of a whole
 * one, which is seen in the timeline.) */
static void a_zoomed_graph_becomes_sharp(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, blocks);
    press_key(&driver, "End");
    const struct rect stage = app_regions(driver.app).stage;
    const struct point at = { stage.x + stage.w * 0.4f, stage.y + stage.h * 0.6f };
    for (int i = 0; i < 8; i++) {
        window_push(driver.app->window,
                    &(struct window_event){
                        .kind = WINDOW_EVENT_WHEEL, .at = at, .wheel = { 0, i < 4 ? 1 : -0.7f } });
        turn(&driver, 1);
        assert_true(frame_is_moved(driver.app->frame));
        assert_true((float)frame_pixels_drawn(driver.app->frame) < stage.w * stage.h * 0.7f);
    }
    const uint64_t scaled = area_hash(&driver, stage);
    turn(&driver, 12);
    const uint64_t sharp = area_hash(&driver, stage);
    assert_false(frame_is_moved(driver.app->frame));
    assert_true(sharp != scaled);
    driver.app->exposed = true;
    turn(&driver, 1);
    assert_true(area_hash(&driver, stage) == sharp);
    app_destroy(driver.app);
}

static void the_small_map_moves_the_stage(void **state)
{
    struct driver driver;
    struct graph_camera camera;

    (void)state;
    open_app(&driver, blocks);
    press_key(&driver, "End");
    const struct rect map = map_of(&driver);
    assert_true(app_camera(driver.app, &camera));
    const struct point at = { map.x + map.w - 8, map.y + map.h - 8 };
    push_pointer(&driver, WINDOW_EVENT_PRESS, at);
    const struct point size = graph_picture_size(driver.app->graph);
    const float zoom = camera.zoom;
    assert_true(app_camera(driver.app, &camera));
    assert_true(camera.centre.x > size.x * 0.85f && camera.centre.x <= size.x * 1.1f);
    assert_true(camera.zoom == zoom);
    const float right = camera.centre.x;
    push_pointer(&driver, WINDOW_EVENT_MOVE, (struct point){ at.x - 40, at.y });
    assert_true(app_camera(driver.app, &camera));
    assert_true(camera.centre.x < right);
    const struct rect still = map_of(&driver); /* it does not jump under the pointer */
    assert_memory_equal(&still, &map, sizeof(map));
    push_pointer(&driver, WINDOW_EVENT_RELEASE, at);
    app_destroy(driver.app);
}

static void search_walks_through_what_it_finds(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, blocks);
    press_key(&driver, "End");
    const uint32_t moment = driver.app->player.moment;
    type_text(&driver, "x"); /* nowhere: the field is closed */
    assert_string_equal(driver.app->view.query, "");
    press_key(&driver, "/");
    assert_true(driver.app->view.searching);
    type_text(&driver, "FC");
    type_text(&driver, "2");
    press_key(&driver, "N"); /* text, not the next step */
    assert_int_equal(driver.app->player.moment, moment);
    assert_string_equal(driver.app->view.query, "FC2");
    press_key(&driver, "Return");
    const struct point first = driver.app->view.camera;
    assert_int_equal(driver.app->view.match, 0);
    assert_int_equal(driver.app->view.selected.kind, TARGET_TENSOR);
    press_key(&driver, "Return");
    assert_int_equal(driver.app->view.match, 1);
    assert_true(driver.app->view.camera.x > first.x);
    press_key(&driver, "Shift+Return");
    assert_int_equal(driver.app->view.match, 0);
    press_key(&driver, "Backspace");
    assert_string_equal(driver.app->view.query, "FC");
    press_key(&driver, "Escape");
    assert_false(driver.app->view.searching);
    press_key(&driver, "Left");
    assert_true(driver.app->player.moment < moment);
    app_destroy(driver.app);
}

static void search_opens_the_box_that_hides_what_is_found(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, blocks);
    press_key(&driver, "End");
    press_key(&driver, "Shift+M"); /* all modules closed */
    turn(&driver, 40);
    press_key(&driver, "/");
    type_text(&driver, "fc2.bias");
    assert_int_equal(driver.app->view.fold_count, 0);
    press_key(&driver, "Return");
    assert_true(driver.app->view.fold_count > 0);
    for (int i = 0; i < 200 && driver.app->view.selected.kind != TARGET_TENSOR; i++) {
        turn(&driver, 5); /* boxes stand in boxes, and a layout takes its time */
    }
    assert_int_equal(driver.app->view.selected.kind, TARGET_TENSOR);
    const struct view view = app_view(driver.app, 0, 0);
    const struct graph_match *matches;
    assert_true(graph_search(&view, &matches) > driver.app->view.match);
    const struct rect box = matches[driver.app->view.match].box;
    assert_true(matches[driver.app->view.match].fold == 0);
    assert_true(fabsf(driver.app->view.camera.x - box.x - box.w / 2) < 1);
    app_destroy(driver.app);
}

static void draws_nothing_when_nothing_moves(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, autograd);
    turn(&driver, 400); /* messages have passed */
    app_redraw(driver.app);
    app_redraw(driver.app);
    assert_int_equal(frame_pixels_drawn(driver.app->frame), 0);
    assert_false(driver.app->stale);
    app_destroy(driver.app);
}

static void a_file_that_cannot_be_opened_leaves_the_lesson(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, autograd);
    const struct session *const session = driver.app->session;
    app_open(driver.app, "/no/such/lesson.py");
    assert_ptr_equal(driver.app->session, session);
    turn(&driver, 10);
    app_destroy(driver.app);
}

static void presenting_can_be_blanked_and_go_to_a_number(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, autograd);
    press_key(&driver, "B"); /* exploring nobody looks at a projector */
    assert_int_equal(driver.app->view.blank, BLANK_NONE);
    press_key(&driver, "F5");
    press_key(&driver, "B");
    assert_int_equal(driver.app->view.blank, BLANK_BLACK);
    const uint32_t moment = driver.app->player.moment;
    press_key(&driver, "Right");
    assert_int_equal(driver.app->player.moment, moment);
    press_key(&driver, ".");
    assert_int_equal(driver.app->view.blank, BLANK_NONE);
    press_key(&driver, ",");
    assert_int_equal(driver.app->view.blank, BLANK_WHITE);
    press_key(&driver, "Escape");
    assert_int_equal(driver.app->view.blank, BLANK_NONE);
    assert_int_equal(driver.app->view.mode, SCREEN_PRESENT);

    press_key(&driver, "5");
    press_key(&driver, "Return");
    assert_int_equal(player_position(&driver.app->player, session_stops(driver.app->session)), 5);
    press_key(&driver, "9");
    press_key(&driver, "9");
    press_key(&driver, "9");
    press_key(&driver, "Return"); /* there is no such step */
    assert_int_equal(player_position(&driver.app->player, session_stops(driver.app->session)), 5);
    press_key(&driver, "2");
    press_key(&driver, "Right"); /* another key means what it always means */
    assert_int_equal(player_position(&driver.app->player, session_stops(driver.app->session)), 6);
    app_destroy(driver.app);
}

/* A display is asked about once; the scale that was chosen is its own. */
static void the_first_presentation_asks_what_can_be_read(void **state)
{
    struct settings *const settings = settings_open(NULL);
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, settings);
    press_key(&driver, "F5");
    assert_true(driver.app->view.room);
    const uint32_t moment = driver.app->player.moment;
    press_key(&driver, "3");
    assert_false(driver.app->view.room);
    assert_true(driver.app->view.room_scale > 1.3f);
    assert_true(driver.app->view.text_scale == 1);
    press_key(&driver, "Escape");
    press_key(&driver, "F5");
    assert_false(driver.app->view.room);
    assert_true(driver.app->view.room_scale > 1.3f);
    assert_int_equal(driver.app->player.moment, moment);
    app_destroy(driver.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_forward_and_back_to_the_same_pixels),
        cmocka_unit_test(the_trace_holds_what_pytorch_does),
        cmocka_unit_test(shows_the_error_and_steps_back_from_it),
        cmocka_unit_test(a_presented_lesson_ends_with_its_own_words),
        cmocka_unit_test(keys_change_language_theme_and_mode),
        cmocka_unit_test(a_click_opens_and_closes_a_box_where_it_is),
        cmocka_unit_test(a_dragged_graph_is_the_same_as_drawn_anew),
        cmocka_unit_test(a_zoomed_graph_becomes_sharp),
        cmocka_unit_test(the_small_map_moves_the_stage),
        cmocka_unit_test(search_walks_through_what_it_finds),
        cmocka_unit_test(search_opens_the_box_that_hides_what_is_found),
        cmocka_unit_test(draws_nothing_when_nothing_moves),
        cmocka_unit_test(a_file_that_cannot_be_opened_leaves_the_lesson),
        cmocka_unit_test(presenting_can_be_blanked_and_go_to_a_number),
        cmocka_unit_test(the_first_presentation_asks_what_can_be_read),
    };
    return test_run(tests);
}
