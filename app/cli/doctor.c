/* gradlight doctor: what is there, what is missing, what to do. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/session/session.h"
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
    char text[256];

    report(box_state_of(hello) == BOX_WHOLE, "box", box_state_meaning(hello));
    report(true, "Python", hello->python);
    report(hello->rlimits, "limits", "memory, time and files of a lesson");
    snprintf(text, sizeof(text), hello->landlock ? "ABI %d" : "the kernel lacks it (ABI %d)",
             (int)hello->landlock);
    report(hello->landlock > 0, "Landlock", text);
    report(hello->seccomp, "seccomp", hello->seccomp ? "system calls filtered" : hello->why);
    return true;
}

/* A lesson of one line, run as every lesson is. */
static bool check_runner(const struct paths *paths)
{
    char path[] = "/tmp/gradlight-doctor-XXXXXX";
    static const char lesson[] = "import torch\n";
    struct error err = { 0 };
    const int file = mkstemp(path);
    bool good = false;

    if (file < 0 || write(file, lesson, sizeof(lesson) - 1) != (ssize_t)sizeof(lesson) - 1) {
        return report(false, "runner", "no file can be written in /tmp");
    }
    struct session *const session =
        session_open(path, &(struct session_options){ .paths = paths, .wall_seconds = 20 }, &err);
    if (session) {
        session_wait(session, NULL, NULL);
        const struct record_hello *const hello = trace_hello(session_trace(session));
        good = hello && session_status(session) == STATUS_GOOD;
        report(good, "runner", good ? "runs a lesson" : session_trouble(session));
        if (hello) {
            report_box(hello);
        }
        session_destroy(session);
    } else {
        report(false, "runner", err.text);
    }
    close(file);
    unlink(path);
    return good;
}

static void report_gpu(const struct paths *paths)
{
    char plugin[PATH_SIZE + 32];

    snprintf(plugin, sizeof(plugin), "%.*s/gradlight-cuda.so",
             (int)(strrchr(paths->runner, '/') - paths->runner), paths->runner);
    report(access(plugin, R_OK) == 0, "GPU",
           access(plugin, R_OK) == 0 ? plugin : "no GPU plug-in; lessons run on the CPU");
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
    report_gpu(&paths);
    return good ? STATUS_GOOD : STATUS_OUTPUT;
}
