/* What a lesson asks for, and what comes of the answers: the real program, real runs in real boxes. */

#include "tests/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/settings.h"
#include "app/start/start.h"
#include "app/window/chrome.h"
#include "render/graph/picture.h"
#include "render/lesson/consent.h"
#include "render/screen.h"
#include "tests/app_driver.h"
#include "tests/kernel.h"
#include "tests/older_kernel.h"

static const char lesson[] = "import torch\n"
                             "x = torch.tensor(3.0, requires_grad=True)\n"
                             "y = x * x\n"
                             "print(open('data.csv').read())\n"
                             "z = y + 1\n";

/* A lesson and its data in a folder of their own, and a window with it. */
struct rig {
    char folder[64], path[96], data[96];
    struct driver driver;
};

static void write_text(const char *path, const char *text)
{
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(struct rig *rig)
{
    *rig = (struct rig){ .folder = "/tmp/gradlight-consent-XXXXXX" };
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof(rig->path), "%s/asks.lesson.py", rig->folder);
    snprintf(rig->data, sizeof(rig->data), "%s/data.csv", rig->folder);
    write_text(rig->path, lesson);
    write_text(rig->data, "1,2");
}

static void open_rig(struct rig *rig)
{
    make_folder(rig);
    open_app_with(&rig->driver, rig->path, NULL);
}

static void close_rig(struct rig *rig)
{
    app_destroy(rig->driver.app);
    unlink(rig->path);
    unlink(rig->data);
    rmdir(rig->folder);
}

static void push(struct driver *driver, enum window_event_kind kind, struct point at)
{
    const struct window_event event = { .kind = kind, .at = at, .button = 1 };

    window_push(driver->app->window, &event);
    turn(driver, 2);
}

static bool has_ended_well(const struct rig *rig)
{
    return session_status(rig->driver.app->session) == 0;
}

static bool is_remembered(const struct rig *rig)
{
    char name[128], whole[PATH_SIZE];

    assert_non_null(realpath(rig->folder, whole));
    snprintf(name, sizeof(name), "read.%.100s", whole);
    return settings_flag(rig->driver.app->settings, name, false);
}

static void it_asks_and_is_run_again_at_its_moment(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig);
    struct app *const app = rig.driver.app;

    assert_false(has_ended_well(&rig));
    assert_non_null(consent_page(app));
    assert_int_equal(consent_page(app)->kind, CONSENT_FOLDER);
    assert_true(app_regions(app).consent.h > 0);
    press_key(&rig.driver, "Right");
    press_key(&rig.driver, "Right");
    const struct moment_address before =
        address_of(session_trace(app->session), session_stops(app->session), app->player.moment);
    press_key(&rig.driver, "Alt+Y");
    assert_true(has_ended_well(&rig));
    const struct moment_address after =
        address_of(session_trace(app->session), session_stops(app->session), app->player.moment);
    assert_int_equal(before.line, after.line);
    assert_int_equal(before.ordinal, after.ordinal);
    assert_null(consent_page(app));
    assert_true(app_regions(app).consent.h == 0);
    assert_false(is_remembered(&rig));
    /* Running it again asks nothing more. */
    press_key(&rig.driver, "R");
    assert_true(has_ended_well(&rig));
    close_rig(&rig);
}

static void what_is_always_allowed_is_remembered_until_it_is_taken_back(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig);
    struct app *const app = rig.driver.app;

    press_key(&rig.driver, "Alt+Shift+Y");
    assert_true(has_ended_well(&rig));
    assert_true(is_remembered(&rig));
    app_open(app, rig.path);
    settle(&rig.driver);
    assert_true(has_ended_well(&rig));
    press_key(&rig.driver, "Alt+Shift+Z");
    assert_false(has_ended_well(&rig));
    assert_false(is_remembered(&rig));
    assert_null(consent_page(app)); /* it was said to be silent */
    app_open(app, rig.path);
    settle(&rig.driver);
    assert_non_null(consent_page(app));
    close_rig(&rig);
}

static void no_is_an_answer(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig);
    struct app *const app = rig.driver.app;
    const uint32_t run = session_run_number(app->session);

    press_key(&rig.driver, "Escape");
    assert_null(consent_page(app));
    assert_int_equal(session_run_number(app->session), run); /* nothing was run again */
    /* Whoever thinks again needs no bar. */
    press_key(&rig.driver, "Alt+Y");
    assert_true(has_ended_well(&rig));
    close_rig(&rig);
}

static void the_pointer_answers_as_well(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig);
    struct app *const app = rig.driver.app;
    const struct rect bar = app_regions(app).consent;
    struct point at = { 0, bar.y + bar.h / 2 };

    for (at.x = 0; at.x < bar.w; at.x += 8) {
        push(&rig.driver, WINDOW_EVENT_MOVE, at);
        if (app->view.hovered.kind == TARGET_COMMAND && app->view.hovered.id == BUTTON_ALLOW) {
            break;
        }
    }
    assert_true(at.x < bar.w);
    push(&rig.driver, WINDOW_EVENT_PRESS, at);
    push(&rig.driver, WINDOW_EVENT_RELEASE, at);
    settle(&rig.driver);
    assert_true(has_ended_well(&rig));
    close_rig(&rig);
}

/* Where anybody may write, as in /tmp, no lesson may read. */
static void a_shared_folder_is_not_offered(void **state)
{
    (void)state;
    struct rig rig;
    make_folder(&rig);
    assert_int_equal(chmod(rig.folder, 0777), 0);
    open_app_with(&rig.driver, rig.path, NULL);
    struct app *const app = rig.driver.app;

    assert_non_null(consent_page(app));
    assert_int_equal(consent_page(app)->kind, CONSENT_FOLDER_SHARED);
    press_key(&rig.driver, "Alt+Shift+Y");
    assert_null(app->whatif.next);
    assert_false(session_leave(app->session).reads_folder);
    assert_false(is_remembered(&rig));
    close_rig(&rig);
}

/* As a runner asks whose machine has a GPU. The weaker box is the same where there is none. */
static void the_gpu_is_allowed_by_lesson(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig);
    struct app *const app = rig.driver.app;

    app->consent.folder = false;
    app->consent.gpu = true;
    assert_int_equal(consent_page(app)->kind, CONSENT_GPU);
    assert_false(trace_hello(session_trace(app->session))->gpu);
    press_key(&rig.driver, "Alt+Shift+Y");
    const struct record_hello *const hello = trace_hello(session_trace(app->session));
    assert_int_equal(hello->gpu, hello->landlock > 0);
    assert_true(session_leave(app->session).gpu);
    assert_false(session_leave(app->session).reads_folder);
    assert_false(is_remembered(&rig));
    app_open(app, rig.path);
    settle(&rig.driver);
    assert_true(session_leave(app->session).gpu);
    press_key(&rig.driver, "Alt+Shift+Z");
    assert_false(session_leave(app->session).gpu);
    assert_false(trace_hello(session_trace(app->session))->gpu);
    close_rig(&rig);
}

static void what_the_box_is_can_be_asked(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig);
    struct app *const app = rig.driver.app;

    press_key(&rig.driver, "Alt+B");
    assert_int_equal(consent_page(app)->kind, CONSENT_EXPLAIN);
    assert_false(consent_page(app)->revocable);
    press_key(&rig.driver, "Escape");
    assert_int_equal(consent_page(app)->kind, CONSENT_FOLDER); /* that is still asked */
    press_key(&rig.driver, "Alt+Y");
    press_key(&rig.driver, "Alt+B");
    assert_true(consent_page(app)->revocable);
    assert_true(consent_page(app)->reads_folder);
    press_key(&rig.driver, "Alt+B");
    assert_null(consent_page(app));
    close_rig(&rig);
}

static const char *bar(struct rig *rig)
{
    struct driver *const driver = &rig->driver;
    const struct view view = app_view(driver->app, 800, 600);

    return view.consent ? view_consent_text(&view) : "";
}

/* What ended a run before its time stays in sight, in the language of the window, until it is closed. */
static void what_ended_a_run_is_said(void **state)
{
    static const char *const lessons[] = { "import os\nx = 1\nos._exit(7)\n",
                                           "import os\nx = 1\nos.kill(os.getpid(), 9)\n" };
    static const char *const said[] = {
        "This is not all: the lesson left its process, with status 7, before it was finished.",
        "This is not all: the runner was ended by signal 9 (",
    };
    static const char *const translated[] = {
        "Chưa phải toàn bộ: bài học đã tự thoát với mã 7 trước khi chạy xong.",
        "Chưa phải toàn bộ: tiến trình chạy bài đã bị kết thúc bởi tín hiệu 9 (",
    };
    struct rig rig;
    (void)state;
    open_rig(&rig);

    for (size_t i = 0; i < 2; i++) {
        write_text(rig.path, lessons[i]);
        app_open(rig.driver.app, rig.path);
        settle(&rig.driver);
        assert_int_equal(strncmp(bar(&rig), said[i], strlen(said[i])), 0);
        rig.driver.app->view.language = LANGUAGE_VI;
        assert_int_equal(strncmp(bar(&rig), translated[i], strlen(translated[i])), 0);
        rig.driver.app->view.language = LANGUAGE_EN;
        press_key(&rig.driver, "Alt+Z");
        assert_string_equal(bar(&rig), "");
    }
    close_rig(&rig);
}

static void take_layout(struct app *app, const char *program)
{
    graph_picture_destroy(app->graph);
    app->graph = graph_picture_create(program);
    app->stale = true;
}

/* The graph is drawn without its layout program, too, and nobody would know why it looks different. */
static void a_layout_that_is_missing_is_said_once(void **state)
{
    static const char said[] =
        "the graph is laid out more plainly: cannot start /nonexistent/layout: there is no such "
        "file or folder; build or install Gradlight again";
    static const char translated[] =
        "đồ thị đang được bố trí đơn giản hơn: không khởi động được /nonexistent/layout: không có "
        "tệp hay thư mục ấy; hãy cài lại Gradlight";
    struct rig rig;
    (void)state;
    open_rig(&rig);
    struct app *const app = rig.driver.app;
    app_open(app, "23-autograd");
    settle(&rig.driver);
    press_key(&rig.driver, "End");
    turn(&rig.driver, 900);
    assert_string_equal(graph_picture_trouble(app->graph), "");
    assert_false(chrome_says(app->chrome, rig.driver.clock));

    take_layout(app, "/nonexistent/layout");
    turn(&rig.driver, 2);
    assert_non_null(graph_picture_model(app->graph));
    assert_string_equal(graph_picture_trouble(app->graph), said);
    assert_true(chrome_says(app->chrome, rig.driver.clock));
    assert_string_equal(app_trouble(app, graph_picture_trouble(app->graph)), said);
    app->view.language = LANGUAGE_VI;
    assert_string_equal(app_trouble(app, graph_picture_trouble(app->graph)), translated);
    app->view.language = LANGUAGE_EN;
    turn(&rig.driver, 1200);
    assert_false(chrome_says(app->chrome, rig.driver.clock));

    take_layout(app, "/bin/true"); /* answers nothing */
    settle(&rig.driver);
    assert_non_null(strstr(graph_picture_trouble(app->graph), "no answer that can be used"));
    assert_false(chrome_says(app->chrome, rig.driver.clock));
    close_rig(&rig);
}

/* Started by a desktop, nobody reads what a terminal would say. */
static void what_cannot_be_opened_opens_a_window(void **state)
{
    struct app_options options = { .lesson = "/nonexistent/lesson.py",
                                   .width = 800,
                                   .height = 600,
                                   .settings = settings_open(NULL) };
    struct error err = { 0 };
    struct rig rig = { 0 };

    (void)state;
    assert_null(app_create(&options, &err));
    assert_non_null(strstr(err.text, "/nonexistent/lesson.py"));
    options.settings = settings_open(NULL);
    options.desktop = true;
    rig.driver.app = app_create(&options, &err);
    assert_non_null(rig.driver.app);
    turn(&rig.driver, 3);
    assert_true(rig.driver.app->view.start);
    start_hide(rig.driver.app);
    turn(&rig.driver, 1);
    assert_non_null(strstr(bar(&rig), "/nonexistent/lesson.py"));
    press_key(&rig.driver, "F5"); /* what else one might press there */
    press_key(&rig.driver, "Alt+B");
    press_key(&rig.driver, "End");
    app_open(rig.driver.app, "12-tensor");
    settle(&rig.driver);
    assert_true(stops_count(session_stops(rig.driver.app->session), STOP_LINE) > 3);
    assert_string_equal(bar(&rig), "");
    app_destroy(rig.driver.app);
}

/* The lessons that come with the program read their folder unasked. */
static void the_course_asks_nothing(void **state)
{
    (void)state;
    struct driver driver;

    open_app_with(&driver, "51-images", NULL);
    assert_null(consent_page(driver.app));
    assert_true(session_reads_folder(driver.app->session));
    assert_false(session_leave(driver.app->session).reads_folder);
    app_destroy(driver.app);
}

/* On a kernel without a box, in a process of its own: the way back to this one does not exist. */
static int look_without_a_box(void)
{
    struct rig rig;
    size_t sources;

    if (!make_older(LACKS_LANDLOCK | LACKS_SECCOMP)) {
        return 2;
    }
    open_rig(&rig);
    struct app *const app = rig.driver.app;
    trace_records_of(session_trace(app->session), RECORD_SOURCE, &sources);
    /* It is there to be read, it has not run, and that is asked and no fault. */
    bool fine = sources == 1 && stops_count(session_stops(app->session), STOP_LINE) == 0 &&
                consent_page(app) && consent_page(app)->kind == CONSENT_BOX &&
                session_trouble(app->session)[0] == '\0';
    press_key(&rig.driver, "Alt+Z");
    fine = fine && !consent_page(app);
    press_key(&rig.driver, "Alt+Y");
    fine = fine && stops_count(session_stops(app->session), STOP_LINE) > 2 && !consent_page(app);
    press_key(&rig.driver, "Alt+Shift+Z");
    fine = fine && stops_count(session_stops(app->session), STOP_LINE) == 0;
    close_rig(&rig);
    return fine ? 0 : 1;
}

/* Where Landlock is lacking, all files can be closed to lessons by a key, and opened again. */
static int look_without_landlock(void)
{
    struct rig rig;

    if (!make_older(LACKS_LANDLOCK)) {
        return 2;
    }
    open_rig(&rig);
    struct app *const app = rig.driver.app;
    bool fine = !trace_hello(session_trace(app->session))->strict && consent_page(app) &&
                consent_page(app)->kind == CONSENT_FOLDER;
    press_key(&rig.driver, "Alt+Shift+B");
    const struct record_hello *hello = trace_hello(session_trace(app->session));
    fine = fine && hello->strict && box_state_of(hello) == BOX_STRICT && !consent_page(app) &&
           !has_ended_well(&rig) && settings_flag(app->settings, "strict-box", false);
    app_open(app, rig.path); /* another lesson, as well */
    settle(&rig.driver);
    fine = fine && trace_hello(session_trace(app->session))->strict;
    press_key(&rig.driver, "Alt+Shift+B");
    hello = trace_hello(session_trace(app->session));
    fine = fine && !hello->strict && box_state_of(hello) == BOX_PARTLY && consent_page(app) &&
           !settings_flag(app->settings, "strict-box", false);
    close_rig(&rig);
    return fine ? 0 : 1;
}

static void check_in_child(int (*look)(void))
{
    int status;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        _exit(look());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void without_a_box_it_is_shown_and_not_run(void **state)
{
    (void)state;
    check_in_child(look_without_a_box);
}

static void without_landlock_all_files_can_be_closed(void **state)
{
    (void)state;
    check_in_child(look_without_landlock);
}

static void with_landlock_there_is_nothing_to_close(void **state)
{
    (void)state;
    struct rig rig;
    if (!kernel_has_landlock()) {
        skip();
    }
    open_rig(&rig);
    const uint32_t run = session_run_number(rig.driver.app->session);
    press_key(&rig.driver, "Alt+Shift+B");
    assert_int_equal(session_run_number(rig.driver.app->session), run);
    assert_false(settings_flag(rig.driver.app->settings, "strict-box", false));
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_and_is_run_again_at_its_moment),
        cmocka_unit_test(what_is_always_allowed_is_remembered_until_it_is_taken_back),
        cmocka_unit_test(no_is_an_answer),
        cmocka_unit_test(the_pointer_answers_as_well),
        cmocka_unit_test(a_shared_folder_is_not_offered),
        cmocka_unit_test(the_gpu_is_allowed_by_lesson),
        cmocka_unit_test(what_the_box_is_can_be_asked),
        cmocka_unit_test(what_ended_a_run_is_said),
        cmocka_unit_test(a_layout_that_is_missing_is_said_once),
        cmocka_unit_test(what_cannot_be_opened_opens_a_window),
        cmocka_unit_test(the_course_asks_nothing),
        cmocka_unit_test(without_a_box_it_is_shown_and_not_run),
        cmocka_unit_test(without_landlock_all_files_can_be_closed),
        cmocka_unit_test(with_landlock_there_is_nothing_to_close),
    };
    return test_run(tests);
}
