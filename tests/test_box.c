#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lessons/runner/box.h"
#include "tests/kernel.h"

enum { MEMORY = 256 << 20, KEPT_FD = 50 };

/* Runs `attempt` within the box in a child of its own and returns how the child ended. The attempt
 * returns the errno of what it tried, 0 when that succeeded. */
static int in_box(int (*attempt)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct box box = { 0 };
        dup2(1, KEPT_FD);
        box_restrict(&box, &(struct box_options){ .cpu_seconds = 1 });
        box_limit_memory(&box, MEMORY);
        box_seal(&box, KEPT_FD);
        bool whole = box.rlimits && box.no_new_privs && box.seccomp && box.landlock > 0;
        _exit(whole ? attempt() : 200);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int outcome(bool done)
{
    return done ? 0 : errno;
}

static int write_file(void)
{
    return outcome(open("/tmp/gradlight-box", O_WRONLY | O_CREAT, 0600) >= 0);
}

static int read_password_file(void)
{
    return outcome(open("/etc/passwd", O_RDONLY) >= 0);
}

static int list_root(void)
{
    return outcome(open("/", O_RDONLY | O_DIRECTORY) >= 0);
}

static int read_library_folder(void)
{
    return outcome(open("/usr/lib", O_RDONLY | O_DIRECTORY) >= 0);
}

static int open_socket(void)
{
    return outcome(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int start_process(void)
{
    return outcome(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0);
}

static int start_process_newly(void)
{
    return outcome(syscall(SYS_clone3, NULL, 0) >= 0);
}

static int run_program(void)
{
    char *const none[] = { NULL };
    return outcome(execve("/bin/true", none, none) == 0);
}

static int kill_parent(void)
{
    return outcome(kill(getppid(), 0) == 0);
}

static int raise_limit(void)
{
    return outcome(syscall(SYS_setrlimit, 0, NULL) == 0);
}

static int shared_memory(void)
{
    void *block = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return outcome(block != MAP_FAILED);
}

static int too_much_memory(void)
{
    void *block =
        mmap(NULL, MEMORY + (1 << 20), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return outcome(block != MAP_FAILED);
}

static int enough_memory(void)
{
    void *block =
        mmap(NULL, MEMORY / 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return outcome(block != MAP_FAILED);
}

static int close_trace(void)
{
    return outcome(close(KEPT_FD) == 0);
}

static int trace_control(void)
{
    return outcome(syscall(SYS_ptrace, 16, 1, 0, 0) == 0);
}

static void *nothing(void *argument)
{
    return argument;
}

static int start_thread(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, nothing, NULL);
    return outcome(errno == 0 && pthread_join(thread, NULL) == 0);
}

static int loop_for_ever(void)
{
    volatile bool on = true;
    while (on) {
    }
    return 0;
}

static void what_a_lesson_may_not_do_fails(void **state)
{
    (void)state;
    const struct {
        const char *what;
        int (*attempt)(void);
        int expected;
    } cases[] = {
        { "write a file", write_file, EPERM },
        { "read a file", read_password_file, EACCES },
        { "list a folder", list_root, EACCES },
        { "open a socket", open_socket, EPERM },
        { "start a process", start_process, EPERM },
        { "start a process with clone3", start_process_newly, ENOSYS },
        { "run a program", run_program, EPERM },
        { "signal its parent", kill_parent, EPERM },
        { "raise a limit", raise_limit, EPERM },
        { "map shared memory", shared_memory, EPERM },
        { "take all memory", too_much_memory, ENOMEM },
        { "close the trace", close_trace, EPERM },
        { "trace another process", trace_control, EPERM },
        { "read a library", read_library_folder, 0 },
        { "take some memory", enough_memory, 0 },
        { "start a thread", start_thread, 0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = in_box(cases[i].attempt);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].expected) {
            fail_msg("%s: wait status %#x, expected exit status %d", cases[i].what,
                     (unsigned)status, cases[i].expected);
        }
    }
}

static void processor_time_ends_with_a_signal(void **state)
{
    (void)state;
    int status = in_box(loop_for_ever);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGXCPU);
}

#ifdef __x86_64__
/* A call number with bit 30 set is the x32 architecture's. */
static int foreign_call(void)
{
    return outcome(syscall(0x40000000 + 39) >= 0);
}

static void foreign_architecture_kills_the_process(void **state)
{
    (void)state;
    int status = in_box(foreign_call);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_lesson_may_not_do_fails),
        cmocka_unit_test(processor_time_ends_with_a_signal),
#ifdef __x86_64__
        cmocka_unit_test(foreign_architecture_kills_the_process),
#endif
    };
    if (!kernel_has_landlock()) {
        print_message("skipped: this kernel has no Landlock\n");
        return 77; /* Meson's exit status for a skipped test */
    }
    return test_run(tests);
}
