/* What a lesson may not do, and how much of the rest: it is told so in words, and what it has done until
 * then stays recorded. (The kernel's side is test_box.c and test_hostile.c.) */

#include "tests/run_lesson.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct client_options usual;

/* ---- budgets ---- */

static void output_has_a_budget(void **state)
{
    (void)state;
    struct lesson_run run =
        run_text("for i in range(5):\n    print('x' * (1 << 20))\n1/0\n", usual);
    assert_has(&run, "\"k\":\"budget\",\"what\":\"output\",\"limit\":4194304,");
    assert_has(&run, "\"type\":\"ZeroDivisionError\"");
    assert_true(run.trace.length < 5 << 20);
    text_finish(&run.trace);
}

/* What is past the budget runs on, and its output and end are told. */
static void records_have_a_budget(void **state)
{
    (void)state;
    struct lesson_run run = run_text("import torch\nx = torch.ones(1)\nfor i in range(1000):\n"
                                     "    x = x + 1\nprint(x)\nx\n",
                                     (struct client_options){ .events = 200 });
    assert_has(&run, "\"k\":\"budget\",\"what\":\"events\",\"limit\":200,");
    assert_has(&run, "\"text\":\"tensor([1001.])\\n\"");
    assert_has(&run, "{\"k\":\"display\",\"in\":1,\"text\":\"tensor([1001.])\"}");
    assert_has(&run, "\"how\":\"finished\"");
    text_finish(&run.trace);
}

static void bytes_have_a_budget(void **state)
{
    (void)state;
    struct lesson_run run = run_text("import torch\nx = torch.ones(64, 64)\nfor i in range(1000):\n"
                                     "    x = x + 1\nprint(x.sum())\n",
                                     (struct client_options){ .trace_bytes = 1 << 20 });
    assert_has(&run, "\"k\":\"budget\",\"what\":\"bytes\",\"limit\":786432,");
    assert_has(&run, "\"text\":\"tensor(4100096.)\\n\"");
    assert_has(&run, "\"how\":\"finished\"");
    assert_int_equal(run.ending.end, CLIENT_EXITED);
    text_finish(&run.trace);
}

/* The address sanitizer ends a process itself when memory is refused. */
static void memory_has_a_limit(void **state)
{
    (void)state;
    if (TEST_SANITIZED) {
        skip();
    }
    struct lesson_run run = run_text("a = []\nwhile True:\n    a.append(bytearray(1 << 20))\n",
                                     (struct client_options){ .memory_mb = 64 });
    assert_has(&run, "\"k\":\"budget\",\"what\":\"memory\",\"limit\":67108864,");
    assert_has(&run, "\"type\":\"MemoryError\"");
    assert_has(&run, "\"how\":\"error\"");
    text_finish(&run.trace);
}

/* ---- refusals ---- */

static void refusals_are_told_in_words(void **state)
{
    (void)state;
    assert_records(
        "def f(x):\n    try:\n        x()\n    except PermissionError as e:\n"
        "        print(e)\n"
        "import os, socket, sys\n"
        "f(lambda: open('/tmp/x', 'w'))\nf(lambda: socket.socket())\n"
        "f(lambda: os.system('ls'))\nf(lambda: os.fork())\nf(lambda: sys.settrace(None))\n"
        "f(lambda: open('/etc/passwd'))\n",
        "denied",
        "\"what\":\"open\",\"text\":\"a lesson may not write files: it runs in a box that can "
        "only read. What it prints and computes is in its trace\",\"at\":[1,7,10,7,29]\n"
        "\"what\":\"socket\",\"text\":\"a lesson may not use the network: nothing comes into its "
        "box or leaves it. Bring the files from elsewhere and put them beside the lesson\","
        "\"at\":[1,8,10,8,25]\n"
        "\"what\":\"program\",\"text\":\"a lesson may not start programs: in its box there is "
        "nothing but Python\",\"at\":[1,9,10,9,25]\n"
        "\"what\":\"process\",\"text\":\"a lesson may not start processes: one is all that its "
        "box has; threads work\",\"at\":[1,10,10,10,19]\n"
        "\"what\":\"recording\",\"text\":\"a lesson may not set a trace function: it is being "
        "recorded with one. At full speed, with --no-trace, it may\",\"at\":[1,11,10,11,28]\n"
        "\"what\":\"read\",\"text\":\"a lesson may not read /etc/passwd: it sees Python's library "
        "and numpy, and when you allow it what lies in its own folder\","
        "\"at\":[1,12,10,12,29]\n");
}

/* A folder with a module and a file in a folder of their own. */
struct beside {
    char folder[64], module[96], data[96], file[96];
};

static void write_text(const char *path, const char *text)
{
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void make_beside(struct beside *out)
{
    snprintf(out->folder, sizeof(out->folder), "/tmp/gradlight-beside-XXXXXX");
    assert_non_null(mkdtemp(out->folder));
    snprintf(out->module, sizeof(out->module), "%s/helper.py", out->folder);
    snprintf(out->data, sizeof(out->data), "%s/data", out->folder);
    snprintf(out->file, sizeof(out->file), "%s/data/x.csv", out->folder);
    assert_int_equal(mkdir(out->data, 0700), 0);
    write_text(out->module, "word = 'found'\n");
    write_text(out->file, "1,2\n");
}

static void remove_beside(const struct beside *beside)
{
    unlink(beside->module);
    unlink(beside->file);
    rmdir(beside->data);
    rmdir(beside->folder);
}

static const char reads_beside[] =
    "import os\n"
    "def f(x):\n    try:\n        print(x())\n    except (OSError, ImportError) as e:\n"
    "        print(type(e).__name__)\n"
    "f(lambda: open('data/x.csv').read().strip())\n"
    "f(lambda: __import__('helper').word)\n"
    "f(lambda: sorted(os.listdir()))\n"
    "f(lambda: [e.name for e in os.scandir('data')])\n"
    "f(lambda: open(os.path.join(os.getcwd(), 'data', 'x.csv')).read().strip())\n"
    "f(lambda: open('data/none.csv'))\n"
    "f(lambda: __import__('nothing'))\n"
    "print(os.path.exists('data/x.csv'))\n";

static void what_lies_beside_is_read_only_if_allowed(void **state)
{
    (void)state;
    struct beside beside;
    make_beside(&beside);
    struct client_options options = { .folder = beside.folder };
    struct lesson_run run = run_text(reads_beside, options);
    char *out = run_stdout(&run.trace);
    assert_string_equal(out,
                        "PermissionError\nModuleNotFoundError\nPermissionError\nPermissionError\n"
                        "PermissionError\nFileNotFoundError\nModuleNotFoundError\nTrue\n");
    free(out);
    out = run_gathered(&run.trace, "denied", "what", NULL, NULL);
    assert_string_equal(out, "folderfolderfolderfolderfolder");
    assert_has(&run,
               "\"text\":\"a lesson may not read data/x.csv: what lies beside it is read only "
               "when you allow it, in the window or with --allow-read\"");
    assert_has(&run, "\"text\":\"a lesson may not read helper.py: ");
    assert_has(&run, "\"text\":\"a lesson may not read its folder: ");
    free(out);
    text_finish(&run.trace);

    options.reads_folder = true;
    run = run_text(reads_beside, options);
    out = run_stdout(&run.trace);
    assert_string_equal(out, "1,2\nfound\n['data', 'helper.py']\n['x.csv']\n1,2\n"
                             "FileNotFoundError\nModuleNotFoundError\nTrue\n");
    free(out);
    text_finish(&run.trace);
    remove_beside(&beside);
}

static void only_numpy_is_found_beside_the_library(void **state)
{
    (void)state;
    struct lesson_run run = run_text("import scipy\n", usual);
    assert_has(&run, "\"text\":\"No module named 'scipy' (a lesson can import Python's own "
                     "library, numpy, Gradlight's torch and torchvision, and files beside it)\"");
    text_finish(&run.trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_has_a_budget),
        cmocka_unit_test(records_have_a_budget),
        cmocka_unit_test(bytes_have_a_budget),
        cmocka_unit_test(memory_has_a_limit),
        cmocka_unit_test(refusals_are_told_in_words),
        cmocka_unit_test(what_lies_beside_is_read_only_if_allowed),
        cmocka_unit_test(only_numpy_is_found_beside_the_library),
    };
    return test_run(tests);
}
