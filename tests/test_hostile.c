/* What a stranger's lesson might try, tried: tests/hostile/ holds the lessons, each with what it is to
 * get. Whatever it does, no file is written, no process is left, nothing is sent, the window's process
 * hears no signal, and what happened until then can be read. A word names the tests to run, as in
 * "test_hostile files" or "test_hostile 'what*'". */

#include "tests/run_lesson.h"

#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

#include "lessons/trace/trace.h"
#include "tests/kernel.h"

enum { MEMORY_MB = 512, EVENTS = 5000, TEXT_SIZE = 256 };

/* A lesson of the files: its code, and the lines "#: word value" above it. */
struct script {
    char title[TEXT_SIZE];
    char out[TEXT_SIZE];     /* stdout has this */
    char error[TEXT_SIZE];   /* class of the exception; "any": some exception */
    char denied[TEXT_SIZE];  /* what the box is to say it refused */
    char ends[TEXT_SIZE];    /* exited (the usual), crashed, timeout, flood,
                               memory, threads; "any" */
    char machine[TEXT_SIZE]; /* only there: it is made of machine code; "": anywhere */
    char kernel[TEXT_SIZE];  /* "landlock": where it is lacking, out and error are not looked at */
    unsigned memory_mb;
    struct text code;
};

/* What must be as it was when a lesson is over. */
struct outside {
    char folder[64];
    int stream, datagrams; /* nobody connects, nothing arrives */
    unsigned port;
    struct text faults; /* of all lessons, to be said at once */
};

/* ---- reading the lessons ------------------------------------------------------------------ */

static bool take_word(const char *line, const char *word, char *value)
{
    const size_t length = strlen(word);

    if (strncmp(line, "#: ", 3) != 0 || strncmp(line + 3, word, length) != 0 ||
        line[3 + length] != ' ') {
        return false;
    }
    snprintf(value, TEXT_SIZE, "%s", line + 4 + length);
    return true;
}

static void take_line(struct script *script, const char *line)
{
    char memory[TEXT_SIZE];

    if (take_word(line, "memory", memory)) {
        script->memory_mb = (unsigned)strtoul(memory, NULL, 10);
    } else if (!take_word(line, "out", script->out) && !take_word(line, "error", script->error) &&
               !take_word(line, "denied", script->denied) &&
               !take_word(line, "ends", script->ends) &&
               !take_word(line, "machine", script->machine) &&
               !take_word(line, "kernel", script->kernel)) {
        text_append_string(&script->code, line);
        text_append_char(&script->code, '\n');
    }
}

/* The number of a system call on this machine, of its name; `at` is moved behind that. What another machine
 * alone has is a number that no kernel has. */
static int call_number(const char **at)
{
    char name[64];
    const size_t length = strspn(*at, "abcdefghijklmnopqrstuvwxyz0123456789_");

    assert_true(length < sizeof(name));
    memcpy(name, *at, length);
    name[length] = '\0';
    *at += length;
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) {
        fail_msg("no system call is named %s", name);
    }
    return number;
}

/* "@FOLDER@" and "@PORT@" are what the lesson is to leave alone, "SYS_name" is a system call. */
static void fill_in(struct text *code, const struct outside *outside)
{
    const char *at = text_string(code);
    struct text out = { 0 };

    while (*at) {
        if (strncmp(at, "@FOLDER@", 8) == 0) {
            text_append_string(&out, outside->folder);
            at += 8;
        } else if (strncmp(at, "@PORT@", 6) == 0) {
            text_format(&out, "%u", outside->port);
            at += 6;
        } else if (strncmp(at, "SYS_", 4) == 0) {
            at += 4;
            text_format(&out, "%d", call_number(&at));
        } else {
            text_append_char(&out, *at++);
        }
    }
    text_finish(code);
    *code = out;
}

/* ---- the world outside -------------------------------------------------------------------- */

static volatile sig_atomic_t signals_heard;

static void on_signal(int number)
{
    (void)number;
    signals_heard = signals_heard + 1;
}

static int bound_socket(int kind, unsigned *port)
{
    struct sockaddr_in name = { .sin_family = AF_INET,
                                .sin_port = htons((uint16_t)*port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(name);
    const int fd = socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &size), 0);
    *port = ntohs(name.sin_port);
    return fd;
}

static void write_canary(const char *folder)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/canary", folder);
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fputs("sings", file);
    assert_int_equal(fclose(file), 0);
}

static void open_outside(struct outside *outside)
{
    static const int heard[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM };

    *outside = (struct outside){ .folder = "/tmp/gradlight-hostile-XXXXXX" };
    assert_non_null(mkdtemp(outside->folder));
    write_canary(outside->folder);
    outside->stream = bound_socket(SOCK_STREAM, &outside->port);
    assert_int_equal(listen(outside->stream, 4), 0);
    outside->datagrams = bound_socket(SOCK_DGRAM, &outside->port);
    for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++) {
        signal(heard[i], on_signal);
    }
    /* What loses its parent becomes our child, and is found. */
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void close_outside(struct outside *outside)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/canary", outside->folder);
    unlink(path);
    rmdir(outside->folder);
    close(outside->stream);
    close(outside->datagrams);
    text_finish(&outside->faults);
}

static bool folder_is_as_it_was(const char *folder)
{
    char path[128], content[16] = "";
    size_t entries = 0;
    struct stat about;
    DIR *const dir = opendir(folder);

    assert_non_null(dir);
    while (readdir(dir)) {
        entries++;
    }
    closedir(dir);
    snprintf(path, sizeof(path), "%s/canary", folder);
    FILE *const file = fopen(path, "r");
    if (!file || entries != 3) { /* with "." and ".." */
        return false;
    }
    const bool same = fstat(fileno(file), &about) == 0 && about.st_nlink == 1 &&
                      about.st_mtime > 1000 && fgets(content, sizeof(content), file) &&
                      strcmp(content, "sings") == 0;
    fclose(file);
    return same;
}

/* NULL: nothing happened there. */
static const char *what_happened(const struct outside *outside)
{
    char byte;

    if (!folder_is_as_it_was(outside->folder)) {
        return "a folder was changed";
    }
    if (accept(outside->stream, NULL, NULL) >= 0 || recv(outside->datagrams, &byte, 1, 0) >= 0) {
        return "something was sent";
    }
    if (waitpid(-1, NULL, WNOHANG) >= 0) {
        return "a process is left";
    }
    return signals_heard > 0 ? "a signal came" : NULL;
}

/* ---- a lesson ----------------------------------------------------------------------------- */

static struct lesson_run run_for(const struct script *script, const char *folder, unsigned seconds)
{
    const struct client_options options = {
        .folder = folder,
        .memory_mb = script->memory_mb ? script->memory_mb : MEMORY_MB,
        .wall_seconds = seconds,
        .events = EVENTS,
    };

    return run_text(text_string(&script->code), options);
}

/* It stands in a folder with a file, which nobody has let it read. What takes for ever is given a second, and
 * more where a machine is so slow that nothing has happened by then (an emulated one, box_vm.sh). */
static struct lesson_run run_script(const struct script *script, const char *folder)
{
    if (strcmp(script->ends, "timeout") != 0) {
        return run_for(script, folder, 60);
    }
    struct lesson_run run = run_for(script, folder, 1);
    if (!strstr(text_string(&run.trace), "\"k\":\"line\"")) {
        text_finish(&run.trace);
        run = run_for(script, folder, 20);
    }
    return run;
}

static const char *end_name(enum client_end end)
{
    static const char *const names[] = {
        [CLIENT_EXITED] = "exited",   [CLIENT_CRASHED] = "crashed", [CLIENT_STOPPED] = "stopped",
        [CLIENT_TIMEOUT] = "timeout", [CLIENT_FLOOD] = "flood",     [CLIENT_MEMORY] = "memory",
        [CLIENT_THREADS] = "threads"
    };

    return names[end];
}

static void add_fault(struct outside *outside, const struct script *script, const char *what,
                      const char *expected, const char *actual)
{
    text_format(&outside->faults, "\n  %s: %s: expected %s, got %.300s", script->title, what,
                expected, actual);
}

/* What was recorded can be read up to where it was cut or forged, and a line had run by then. */
static void check_trace(struct outside *outside, const struct script *script,
                        const struct lesson_run *run)
{
    struct trace *const trace = trace_create();
    struct error err = { 0 };
    size_t lines, errors;

    if (trace_feed(trace, text_string(&run->trace), run->trace.length, &err)) {
        trace_finish_input(trace, &err);
    }
    trace_records_of(trace, RECORD_LINE, &lines);
    trace_records_of(trace, RECORD_ERROR, &errors);
    if (!trace_hello(trace) || lines + errors == 0) {
        add_fault(outside, script, "trace", "what happened", err.text);
    }
    trace_destroy(trace);
}

/* `value` is to stand in the trace between the two other texts. */
static void check_text(struct outside *outside, const struct script *script,
                       const struct lesson_run *run, const char *before, const char *value,
                       const char *after)
{
    const char *const bytes = text_string(&run->trace);
    const size_t length = run->trace.length;
    struct text wanted = { 0 };

    text_append_string(&wanted, before);
    text_append_string(&wanted, value);
    text_append_string(&wanted, after);
    if (value[0] && !memmem(bytes, length, text_string(&wanted), wanted.length)) {
        add_fault(outside, script, before, value, bytes + (length > 300 ? length - 300 : 0));
    }
    text_finish(&wanted);
}

static void check_script(struct outside *outside, struct script *script)
{
    struct utsname here;

    assert_int_equal(uname(&here), 0);
    if (script->machine[0] && strcmp(script->machine, here.machine) != 0) {
        return;
    }
    if (strcmp(script->kernel, "landlock") == 0 && !kernel_has_landlock()) {
        script->out[0] = script->error[0] = '\0';
    }
    fill_in(&script->code, outside);
    struct lesson_run run = run_script(script, outside->folder);
    const bool any_error = strcmp(script->error, "any") == 0;
    const char *const ends = script->ends[0] ? script->ends : "exited";

    if (strcmp(ends, "any") != 0 && strcmp(ends, end_name(run.ending.end)) != 0) {
        add_fault(outside, script, "end", ends, end_name(run.ending.end));
    }
    check_text(outside, script, &run, "", script->out, "");
    if (any_error) {
        check_text(outside, script, &run, "\"k\":\"error\"", ",", "");
    } else {
        check_text(outside, script, &run, "\"type\":\"", script->error, "\"");
    }
    check_text(outside, script, &run, "\"k\":\"denied\",\"what\":\"", script->denied, "\"");
    check_trace(outside, script, &run);
    const char *const fault = what_happened(outside);
    if (fault) {
        add_fault(outside, script, "outside", "nothing", fault);
    }
    text_finish(&run.trace);
}

/* ---- all of a file ------------------------------------------------------------------------ */

static void check_file(const char *name)
{
    struct outside outside;
    struct script script = { 0 };
    char path[512];
    size_t count = 0;

    open_outside(&outside);
    snprintf(path, sizeof(path), "%s/hostile/%s", GRADLIGHT_TESTS_ROOT, name);
    char *const all = run_file_text(path);
    for (char *line = strtok(all, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, "# === ", 6) != 0) {
            take_line(&script, line);
            continue;
        }
        if (count++ > 0) {
            check_script(&outside, &script);
        }
        text_finish(&script.code);
        script = (struct script){ 0 };
        snprintf(script.title, sizeof(script.title), "%s", line + 6);
    }
    assert_true(count > 0);
    check_script(&outside, &script);
    text_finish(&script.code);
    free(all);
    if (outside.faults.length > 0) {
        fail_msg("%s:%s", name, text_string(&outside.faults));
    }
    close_outside(&outside);
}

/* A sanitizer catches bad addresses and refused memory itself, its own way. */
static void skip_when_sanitized(void)
{
    if (TEST_SANITIZED) {
        skip();
    }
}

static void programs(void **state)
{
    (void)state;
    check_file("programs.py");
}

static void files(void **state)
{
    (void)state;
    check_file("files.py");
}

static void network(void **state)
{
    (void)state;
    check_file("network.py");
}

static void processes(void **state)
{
    (void)state;
    check_file("processes.py");
}

static void native_code(void **state)
{
    (void)state;
    skip_when_sanitized();
    check_file("native.py");
}

static void memory(void **state)
{
    (void)state;
    skip_when_sanitized();
    check_file("memory.py");
}

static void endless_loops(void **state)
{
    (void)state;
    check_file("time.py");
}

static void what_the_parser_gets(void **state)
{
    (void)state;
    skip_when_sanitized();
    check_file("parser.py");
}

static void what_the_recorder_gets(void **state)
{
    (void)state;
    check_file("recorder.py");
}

static void what_strangers_think_of(void **state)
{
    (void)state;
    skip_when_sanitized();
    check_file("strangers.py");
}

/* Between two rules of the box, and between two looks at the same thing. */
static void what_slips_through_cracks(void **state)
{
    (void)state;
    skip_when_sanitized();
    check_file("cracks.py");
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs),
        cmocka_unit_test(files),
        cmocka_unit_test(network),
        cmocka_unit_test(processes),
        cmocka_unit_test(native_code),
        cmocka_unit_test(memory),
        cmocka_unit_test(endless_loops),
        cmocka_unit_test(what_the_parser_gets),
        cmocka_unit_test(what_the_recorder_gets),
        cmocka_unit_test(what_strangers_think_of),
        cmocka_unit_test(what_slips_through_cracks),
    };
    if (count > 1) {
        cmocka_set_test_filter(words[1]);
    }
    return test_run(tests);
}
