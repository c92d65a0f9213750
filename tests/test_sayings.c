/* What others say in English - the box to a lesson, the system of a file, a reader - as the window shows it
 * in Vietnamese. */

#include "tests/run_lesson.h"

#include <errno.h>

#include "engine/base/system_error.h"
#include "lessons/trace/trace.h"
#include "render/sayings.h"

struct reader {
    struct words *words;
    struct arena arena;
};

static int open_reader(void **state)
{
    static struct reader reader;
    struct error err = { 0 };
    reader = (struct reader){ .words = words_create(GRADLIGHT_BUILD_ROOT "/assets/po", &err) };
    *state = &reader;
    return err.text[0] ? -1 : 0;
}

static int close_reader(void **state)
{
    struct reader *const reader = *state;
    words_destroy(reader->words);
    arena_finish(&reader->arena);
    return 0;
}

/* ---- the box ------------------------------------------------------------------------------ */

/* Everything that the audit hook refuses in words. */
static const char everything[] =
    "import os, resource, socket, subprocess, sys\n"
    "def attempt(what):\n"
    "    try:\n"
    "        what()\n"
    "    except PermissionError:\n"
    "        pass\n"
    "attempt(lambda: socket.socket())\n"
    "attempt(lambda: os.system('true'))\n"
    "attempt(lambda: subprocess.run(['true']))\n"
    "attempt(lambda: os.fork())\n"
    "attempt(lambda: os.remove('x'))\n"
    "attempt(lambda: open('x', 'w'))\n"
    "attempt(lambda: os.chdir('/usr/lib'))\n"
    "attempt(lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1)))\n"
    "attempt(lambda: sys.settrace(lambda *of: None))\n"
    "attempt(lambda: sys.setprofile(lambda *of: None))\n"
    "attempt(lambda: open('/etc/passwd'))\n"
    "attempt(lambda: open('/proc/self/mem', 'w'))\n";

enum { ATTEMPTS = 12 };

static void every_refusal_is_translated(void **state)
{
    struct reader *const reader = *state;
    struct error err = { 0 };
    struct lesson_run run = run_text(everything, (struct client_options){ 0 });
    struct trace *const trace = trace_create();
    size_t count;

    assert_true(trace_feed(trace, run.trace.bytes, run.trace.length, &err));
    const uint32_t *const records = trace_records_of(trace, RECORD_DENIED, &count);
    assert_true(count >= ATTEMPTS);
    for (size_t i = 0; i < count; i++) {
        const char *const said = trace_record(trace, records[i])->denied.text.bytes;
        const char *const told = refusal_in(reader->words, LANGUAGE_VI, said, &reader->arena);
        if (strncmp(told, "bài học không được ", strlen("bài học không được ")) != 0) {
            fail_msg("%s: %s", said, told);
        }
        assert_string_equal(refusal_in(reader->words, LANGUAGE_EN, said, &reader->arena), said);
    }
    trace_destroy(trace);
    text_finish(&run.trace);
}

/* Those that take a kernel without Landlock or a folder beside the lesson. */
static void refusals_name_what_was_wanted(void **state)
{
    static const struct {
        const char *said, *told;
    } cases[] = {
        { "a lesson may not read {1}: what lies beside it is read only when you allow it, in the "
          "window or with --allow-read",
          "bài học không được đọc {1}: tệp nằm cạnh bài" },
        { "a lesson may not read a: b: it sees Python's library and numpy, and when you allow it "
          "what lies in its own folder",
          "bài học không được đọc a: b: nó chỉ thấy" },
        { "a lesson may not read x.csv: its box is strict, and no file can be opened in it. You "
          "chose that with --strict-box or in the window, as this kernel lacks Landlock",
          "bài học không được đọc x.csv: hộp cát đang kín" },
        { "smtplib cannot be imported: the lesson's box is strict, and has nothing but the most "
          "used of Python's library, numpy, and Gradlight's torch and torchvision",
          "không import được smtplib: " },
        { "this lesson was not run: the kernel has neither Landlock nor seccomp, so that it could "
          "do whatever you can. Run only what you know, with --no-box",
          "bài chưa chạy: " },
    };
    struct reader *const reader = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *const told =
            refusal_in(reader->words, LANGUAGE_VI, cases[i].said, &reader->arena);
        if (strncmp(told, cases[i].told, strlen(cases[i].told)) != 0) {
            fail_msg("%s: %s", cases[i].said, told);
        }
    }
}

static void a_lesson_speaks_for_itself(void **state)
{
    static const char *const own[] = {
        "the disk is full",
        "queue is empty",
        "Output",
        "",
        "a lesson may not sleep",
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
    };
    struct reader *const reader = *state;

    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
        assert_ptr_equal(refusal_in(reader->words, LANGUAGE_VI, own[i], &reader->arena), own[i]);
    }
}

/* ---- the system ---------------------------------------------------------------------------- */

static void every_usual_error_has_words(void **state)
{
    static const int numbers[] = {
        ENOENT, EACCES,  EPERM,     EROFS, ENOSPC,       EDQUOT, EISDIR,
        EMFILE, ENOTDIR, ENOTEMPTY, EIO,   ENAMETOOLONG, EEXIST, EFBIG,
        ENFILE, ENOEXEC, ETXTBSY,   ELOOP, ENOMEM,       EBUSY,  EAGAIN
    };
    struct reader *const reader = *state;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        const char *const words = system_error(numbers[i]);
        char said[256], told[256];
        assert_string_not_equal(words, strerror(numbers[i]));
        const char *const alone = trouble_in(reader->words, LANGUAGE_VI, words, &reader->arena);
        if (strcmp(alone, words) == 0) {
            fail_msg("%s", words);
        }
        snprintf(said, sizeof(said), "cannot write /tmp/a: b.png: %s", words);
        snprintf(told, sizeof(told), "không ghi được /tmp/a: b.png: %s", alone);
        assert_string_equal(trouble_in(reader->words, LANGUAGE_VI, said, &reader->arena), told);
        assert_string_equal(trouble_in(reader->words, LANGUAGE_EN, said, &reader->arena), said);
    }
    assert_string_equal(system_error(ERANGE), strerror(ERANGE));
    assert_string_equal(
        trouble_in(reader->words, LANGUAGE_VI, "cannot read /x: Numbers fell out", &reader->arena),
        "không đọc được /x: Numbers fell out");
}

/* ---- files --------------------------------------------------------------------------------- */

static void what_cannot_be_opened_is_told(void **state)
{
    static const struct {
        const char *said, *told;
    } cases[] = {
        { "/usr is a folder; give a lesson in it", "/usr là thư mục; hãy chọn một bài trong đó" },
        { "a.py: line 3 is not UTF-8 text: save the file as UTF-8",
          "a.py: dòng 3 không phải văn bản UTF-8: hãy lưu tệp dạng UTF-8" },
        { "a.py: line 4 is code within a narrative cell: begin a code cell before it with a line "
          "\"# %%\"",
          "a.py: dòng 4 là mã nằm trong ô lời dẫn: hãy mở một ô mã trước nó bằng dòng \"# %%\"" },
        { "cannot start /x/runner: there is no such file or folder; build or install Gradlight "
          "again",
          "không khởi động được /x/runner: không có tệp hay thư mục ấy; hãy cài lại Gradlight" },
        { "cannot read /c/settings: it is a folder; settings are not remembered",
          "không đọc được /c/settings: đó là thư mục; thiết lập sẽ không được nhớ" },
        { "the runner was ended by signal 9 (Killed)",
          "tiến trình chạy bài đã bị kết thúc bởi tín hiệu 9 (Killed)" },
        { "no words for this one", "no words for this one" },
    };
    struct reader *const reader = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_string_equal(trouble_in(reader->words, LANGUAGE_VI, cases[i].said, &reader->arena),
                            cases[i].told);
    }
}

/* A lesson that writes its trace itself chooses what is looked for. */
static void absurd_texts_take_no_time(void **state)
{
    enum { LONG = 65536, SHORT = ERROR_TEXT_SIZE - 1, TIMES = 20 };
    static const char *const pieces[] = { "a lesson may not read ", ": ", "\n", "{0}",
                                          " cannot be imported: " };
    static char text[LONG + 1];
    struct reader *const reader = *state;
    const double since = run_clock();

    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        for (size_t at = 0; at < LONG; at++) {
            text[at] = pieces[i][at % strlen(pieces[i])];
        }
        assert_ptr_equal(refusal_in(reader->words, LANGUAGE_VI, text, &reader->arena), text);
        text[SHORT] = '\0';
        for (int k = 0; k < TIMES; k++) {
            trouble_in(reader->words, LANGUAGE_VI, text, &reader->arena);
            refusal_in(reader->words, LANGUAGE_VI, text, &reader->arena);
        }
    }
    assert_true(run_clock() - since < (TEST_SANITIZED ? 20 : 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_is_translated),
        cmocka_unit_test(refusals_name_what_was_wanted),
        cmocka_unit_test(a_lesson_speaks_for_itself),
        cmocka_unit_test(every_usual_error_has_words),
        cmocka_unit_test(what_cannot_be_opened_is_told),
        cmocka_unit_test(absurd_texts_take_no_time),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}
