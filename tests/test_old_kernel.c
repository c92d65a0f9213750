/* A kernel that lacks a part of the box, as older ones do: what is left of it, what is said, and that a lesson
 * is not run unasked where nothing is. The kernel at hand is made older by a filter, in a process of its own. */

#include "tests/run_lesson.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel.h"
#include "tests/older_kernel.h"

static const char lesson[] = "import os\n"
                             "def f(x):\n"
                             "    try:\n"
                             "        x()\n"
                             "        print('done')\n"
                             "    except OSError as e:\n"
                             "        print('refused')\n"
                             "f(lambda: open('/tmp/gradlight-old-kernel', 'w'))\n"
                             "f(lambda: open('/etc/passwd'))\n"
                             "f(lambda: os.fork() or os._exit(0))\n";

static bool has(const struct lesson_run *run, const char *text)
{
    const bool there = strstr(text_string(&run->trace), text) != NULL;

    if (!there) {
        print_error("expected %s in\n%.2000s\n", text, text_string(&run->trace));
    }
    return there;
}

static bool prints(const struct lesson_run *run, const char *text)
{
    char *const out = run_stdout(&run->trace);
    const bool same = strcmp(out, text) == 0;

    if (!same) {
        print_error("expected %s, got %s\n", text, out);
    }
    free(out);
    return same;
}

/* Runs a lesson on such a kernel and looks at what came of it. */
static void check_lesson(const char *text, int lacking, struct client_options options,
                         bool (*look)(const struct lesson_run *run))
{
    int status;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (!make_older(lacking)) {
            _exit(2);
        }
        const struct lesson_run run = run_text(text, options);
        _exit(look(&run) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void check(int lacking, struct client_options options,
                  bool (*look)(const struct lesson_run *run))
{
    check_lesson(lesson, lacking, options, look);
}

static bool writes_nothing_and_says_what_it_could(const struct lesson_run *run)
{
    return has(run,
               "\"landlock\":0,\"seccomp\":true,\"why\":\"Landlock: this kernel is made without") &&
           has(run, "\"what\":\"open\"") && has(run, "\"what\":\"read\"") &&
           prints(run, "refused\nrefused\nrefused\n");
}

static void without_landlock(void **state)
{
    (void)state;
    check(LACKS_LANDLOCK, (struct client_options){ 0 }, writes_nothing_and_says_what_it_could);
}

static bool says_that_it_is_off(const struct lesson_run *run)
{
    return has(run, "\"landlock\":0,\"seccomp\":true,\"why\":\"Landlock: this kernel has it "
                    "switched off") &&
           prints(run, "refused\nrefused\nrefused\n");
}

static void with_landlock_switched_off(void **state)
{
    (void)state;
    check(LANDLOCK_OFF, (struct client_options){ 0 }, says_that_it_is_off);
}

static bool keeps_files_closed(const struct lesson_run *run)
{
    return has(run, "\"seccomp\":false,\"why\":\"seccomp: ") &&
           prints(run, "refused\nrefused\nrefused\n");
}

static void without_seccomp(void **state)
{
    (void)state;
    if (!kernel_has_landlock()) {
        skip();
    }
    check(LACKS_SECCOMP, (struct client_options){ 0 }, keeps_files_closed);
}

static bool is_not_run(const struct lesson_run *run)
{
    return has(run, "\"landlock\":0,\"seccomp\":false") && has(run, "\"what\":\"box\"") &&
           has(run, "\"k\":\"source\"") && !strstr(text_string(&run->trace), "\"k\":\"line\"") &&
           has(run, "\"how\":\"refused\"") && run->ending.status == 4;
}

static void without_a_box_nothing_is_run(void **state)
{
    (void)state;
    check(LACKS_LANDLOCK | LACKS_SECCOMP, (struct client_options){ 0 }, is_not_run);
}

static bool is_run(const struct lesson_run *run)
{
    return has(run, "\"landlock\":0,\"seccomp\":false") &&
           prints(run, "refused\nrefused\nrefused\n");
}

static void but_when_somebody_wants_it(void **state)
{
    (void)state;
    check(LACKS_LANDLOCK | LACKS_SECCOMP, (struct client_options){ .unboxed = true }, is_run);
}

/* Whoever could open devices could open files. */
static bool has_no_gpu(const struct lesson_run *run)
{
    return has(run, "\"seccomp\":true,\"why\":\"Landlock: ") &&
           !strstr(text_string(&run->trace), "\"gpu\":true");
}

static void without_landlock_no_gpu(void **state)
{
    (void)state;
    check(LACKS_LANDLOCK, (struct client_options){ .gpu = true }, has_no_gpu);
}

/* ---- a strict box ---- */

/* What lessons usually want is there, and nothing can be opened, by machine code neither. */
static const char closed_lesson[] =
    "import ctypes, json, os, random, numpy, torch, torchvision\n"
    "from torch.utils.data import DataLoader\n"
    "def f(x):\n"
    "    try:\n"
    "        print(x())\n"
    "    except (OSError, ImportError) as e:\n"
    "        print(type(e).__name__)\n"
    "c = ctypes.CDLL(None)\n"
    "f(lambda: (torch.ones(2) * numpy.ones(2, 'float32')).sum().item())\n"
    "f(lambda: open('/etc/passwd'))\n"
    "f(lambda: open('/usr/lib/python3/no'))\n"
    "f(lambda: os.listdir('/'))\n"
    "f(lambda: __import__('sqlite3'))\n"
    "f(lambda: (c.open(b'/etc/passwd', 0), c.openat(-100, b'/', 0), c.fopen(b'/etc/group', "
    "b'r')))\n"
    "import sys, importlib.machinery\n"
    "sys.meta_path.append(importlib.machinery.PathFinder)\n"
    "f(lambda: __import__('wave'))\n";

static bool opens_nothing(const struct lesson_run *run)
{
    return has(run, "\"landlock\":0,\"seccomp\":true,") && has(run, "\"strict\":true}") &&
           has(run, "\"what\":\"read\",\"text\":\"a lesson may not read /etc/passwd: its box is "
                    "strict") &&
           has(run, "\"what\":\"import\",\"text\":\"sqlite3 cannot be imported: ") &&
           prints(run, "2.0\nPermissionError\nPermissionError\nPermissionError\nImportError\n"
                       "(-1, -1, 0)\nImportError\n");
}

static void without_landlock_all_files_can_be_closed(void **state)
{
    (void)state;
    check_lesson(closed_lesson, LACKS_LANDLOCK, (struct client_options){ .strict = true },
                 opens_nothing);
}

/* Not by allowing the folder either. */
static void closed_is_closed(void **state)
{
    (void)state;
    check_lesson(closed_lesson, LACKS_LANDLOCK,
                 (struct client_options){
                     .strict = true, .reads_folder = true, .folder = GRADLIGHT_SOURCE_ROOT },
                 opens_nothing);
}

static bool is_the_usual_box(const struct lesson_run *run)
{
    return !strstr(text_string(&run->trace), "\"strict\":true") &&
           prints(run, "refused\nrefused\nrefused\n") && run->ending.status == 0;
}

static void with_landlock_a_box_is_never_strict(void **state)
{
    (void)state;
    if (!kernel_has_landlock()) {
        skip();
    }
    check(0, (struct client_options){ .strict = true }, is_the_usual_box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_landlock),
        cmocka_unit_test(with_landlock_switched_off),
        cmocka_unit_test(without_seccomp),
        cmocka_unit_test(without_a_box_nothing_is_run),
        cmocka_unit_test(but_when_somebody_wants_it),
        cmocka_unit_test(without_landlock_no_gpu),
        cmocka_unit_test(without_landlock_all_files_can_be_closed),
        cmocka_unit_test(closed_is_closed),
        cmocka_unit_test(with_landlock_a_box_is_never_strict),
    };
    return test_run(tests);
}
