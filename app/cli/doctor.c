/* gradlight doctor: what is there, what is missing, what to do. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/session/session.h"
#include "engine/base/text.h"
#include "render/lesson/consent.h"
#include "render/text/text.h"
#include "render/words.h"

#include "config.h"

/* One line: a mark, what it is about, and what was found or what to do. */
static bool report(bool good, const char *what, const char *found)
{
    printf("%s %-12s %s\n", good ? "ok     " : "missing", what, found);
    return good;
}

static bool check_fonts(void)
{
    static const struct {
        enum type_role role;
        const char *name;
    } roles[] = { { TYPE_UI, "font" },
                  { TYPE_UI_BOLD, "bold font" },
                  { TYPE_MONO, "code font" },
                  { TYPE_MONO_BOLD, "bold code" } };
    struct error err = { 0 };
    struct fonts *const fonts = fonts_create(&err);

    if (!fonts) {
        return report(false, "fonts", err.text);
    }
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        for (size_t f = 0; fonts_file(fonts, roles[i].role, f); f++) {
            report(true, f == 0 ? roles[i].name : "  then", fonts_file(fonts, roles[i].role, f));
        }
    }
    fonts_destroy(fonts);
    return true;
}

static bool check_display(void)
{
    const char *const x11 = getenv("DISPLAY"), *const wayland = getenv("WAYLAND_DISPLAY");

    if ((x11 && x11[0]) || (wayland && wayland[0])) {
        return report(true, "display", x11 && x11[0] ? x11 : wayland);
    }
    report(false, "display",
           "neither DISPLAY nor WAYLAND_DISPLAY is set; export and describe work without");
    return true;
}

static bool check_file(const char *what, const char *path, int mode)
{
    char text[PATH_SIZE + 64];

    if (access(path, mode) == 0) {
        return report(true, what, path);
    }
    snprintf(text, sizeof(text), "%s is not there; install or build Gradlight again", path);
    return report(false, what, text);
}

static bool check_words(const struct paths *paths)
{
    struct error err = { 0 };
    struct words *const words = words_create(paths->words, &err);
    const bool good = err.text[0] == '\0';

    report(good, "Vietnamese", good ? "interface translated" : err.text);
    words_destroy(words);
    return good;
}

/* Its parts, and what is left of it. */
static bool report_box(const struct record_hello *hello)
{
    char text[32];

    report(box_state_of(hello) <= BOX_STRICT, "box", box_state_meaning(hello));
    report(true, "Python", hello->python);
    report(hello->rlimits, "limits", "memory, time and files of a lesson");
    snprintf(text, sizeof(text), "ABI %d", (int)hello->landlock);
    report(hello->landlock > 0, "Landlock", hello->landlock > 0 ? text : hello->why);
    report(hello->seccomp, "seccomp", hello->seccomp ? "system calls filtered" : hello->why);
    return true;
}

/* A lesson of our own, run as every lesson is; the caller destroys the session. NULL: `trouble` says why
 * it could not be. */
static struct session *run_lesson(const struct session_options *options, const char *lesson,
                                  struct error *trouble)
{
    char path[] = "/tmp/gradlight-doctor-XXXXXX";
    const int file = mkstemp(path);
    const ssize_t length = (ssize_t)strlen(lesson);
    const bool written = file >= 0 && write(file, lesson, (size_t)length) == length;

    error_clear(trouble);
    if (!written) {
        error_set(trouble, "no file can be written in /tmp");
    }
    struct session *const session = written ? session_open(path, options, trouble) : NULL;
    if (session) {
        session_wait(session, NULL, NULL);
    }
    if (file >= 0) {
        close(file);
        unlink(path);
    }
    return session;
}

static bool check_runner(const struct paths *paths)
{
    const struct session_options options = { .paths = paths, .wall_seconds = 20 };
    struct error err;
    struct session *const session = run_lesson(&options, "import torch\n", &err);

    if (!session) {
        return report(false, "runner", err.text);
    }
    const struct record_hello *const hello = trace_hello(session_trace(session));
    const bool good = hello && session_status(session) == STATUS_GOOD;
    const char *const refusal = cli_refusal(session);
    report(good, "runner",
           good      ? "runs a lesson"
           : refusal ? "runs no lesson without a box, unless told to"
                     : session_trouble(session));
    if (hello) {
        report_box(hello);
    }
    session_destroy(session);
    return good;
}

static void report_device(const struct record_device *device)
{
    struct text text = { 0 };

    if (device->why[0]) {
        text_format(&text, "%s; lessons run on the CPU", device->why);
        report(false, "GPU", text_string(&text));
    } else {
        text_format(&text, "%s: %s, ", device->device, device->name);
        text_append_number(&text, round(device->total / (1 << 30) * 10) / 10);
        text_format(&text, " GiB, compute %s, %d multiprocessors, driver CUDA %s, plug-in CUDA %s",
                    device->capability, (int)device->multiprocessors, device->driver,
                    device->runtime);
        report(true, "GPU", text_string(&text));
    }
    text_finish(&text);
}

/* What a lesson is told that may use the GPU. */
static void check_gpu(const struct paths *paths)
{
    const struct session_options options = { .paths = paths,
                                             .wall_seconds = 60,
                                             .leave.gpu = true };
    struct error err;
    struct session *const session =
        run_lesson(&options, "import torch\ntorch.cuda.is_available()\n", &err);
    size_t count = 0;
    bool any = false;

    if (!session) {
        report(false, "GPU", err.text);
        return;
    }
    const uint32_t *const records = trace_records_of(session_trace(session), RECORD_DEVICE, &count);
    for (size_t i = 0; i < count; i++) {
        const struct record *const record = trace_record(session_trace(session), records[i]);
        report_device(&record->device);
        any = any || !record->device.why[0];
    }
    if (any) {
        report(true, "  random",
               "numbers drawn on a GPU are the CPU's, as everywhere in Gradlight");
    }
    session_destroy(session);
}

/* The runner knows what its torch has: it takes the place of this program and says it. */
static int list_torch(const struct paths *paths)
{
    struct error err = { 0 };

    execl(paths->runner, paths->runner, "--torch", (char *)NULL);
    error_set(&err, "%s cannot be started; install or build Gradlight again", paths->runner);
    return cli_fail(STATUS_OUTPUT, &err);
}

int cli_doctor(int count, char **argv)
{
    const char *help = NULL, *torch = NULL;
    const struct option options[] = {
        { "torch", 0, NULL, "list what torch has in lessons, and what it lacks", &torch },
        { "help", 'h', NULL, "show this", &help },
        { 0 }
    };
    struct error err = { 0 };
    struct paths paths;
    size_t found;

    if (!options_read(options, count, argv, NULL, 0, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help("doctor", "", "Says what is there, what is missing and what to do.",
                        options);
    }
    if (!paths_find(&paths, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    if (torch) {
        return list_torch(&paths);
    }
    printf("gradlight %s, %s\n", GRADLIGHT_VERSION,
           paths.installed ? "installed" : "in its build folder");
    bool good = check_fonts();
    good = check_display() && good;
    good = check_words(&paths) && good;
    good = check_file("layout", paths.layout, X_OK) && good;
    good = check_file("lessons", paths.lessons, R_OK) && good;
    good = check_runner(&paths) && good;
    check_gpu(&paths);
    return good ? STATUS_GOOD : STATUS_OUTPUT;
}
