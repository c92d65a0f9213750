#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lessons/runner/box.h"
#include "tests/kernel.h"

enum { MEMORY = 256 << 20, KEPT_FD = 50 };

/* Runs `attempt` within that box, which is to be as whole as this kernel lets it, in a child of its own and
 * returns how the child ended. The attempt returns the errno of what it tried, 0 when that succeeded. */
static int in_box_of(const struct box_options *options, int (*attempt)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const bool landlock = kernel_has_landlock();
        struct box box = { 0 };
        dup2(1, KEPT_FD);
        box_restrict(&box, options);
        box_limit_memory(&box, MEMORY);
        box_seal(&box, KEPT_FD);
        const bool whole = box.rlimits && box.no_new_privs && box.seccomp &&
                           (box.landlock > 0) == landlock && (box.why[0] == '\0') == landlock;
        _exit(whole ? attempt() : 200);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int in_box(int (*attempt)(void))
{
    return in_box_of(&(struct box_options){ .cpu_seconds = 1 }, attempt);
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

struct attempt {
    const char *what;
    int (*attempt)(void);
    int expected;
};

static void try_all(const struct box_options *options, const struct attempt *attempts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const int status = in_box_of(options, attempts[i].attempt);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != attempts[i].expected) {
            fail_msg("%s: wait status %#x, expected exit status %d", attempts[i].what,
                     (unsigned)status, attempts[i].expected);
        }
    }
}

static void what_a_lesson_may_not_do_fails(void **state)
{
    (void)state;
    const int unread =
        kernel_has_landlock() ? EACCES : 0; /* nothing else keeps files from being read */
    const struct attempt cases[] = {
        { "write a file", write_file, EPERM },
        { "read a file", read_password_file, unread },
        { "list a folder", list_root, unread },
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
    try_all(&(struct box_options){ .cpu_seconds = 1 }, cases, sizeof(cases) / sizeof(cases[0]));
}

/* ---- for the GPU ---------------------------------------------------------------------------- */

/* Its own name in a folder that is made for the thread after the box was closed. */
static void *name_thread(void *result)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%ld/comm", syscall(SYS_gettid));
    const int fd = open(path, O_RDWR);
    *(int *)result = outcome(fd >= 0 && write(fd, "cuda", 4) == 4);
    return NULL;
}

static int name_a_thread(void)
{
    pthread_t thread;
    int result = EIO;
    errno = pthread_create(&thread, NULL, name_thread, &result);
    return errno == 0 && pthread_join(thread, NULL) == 0 ? result : EIO;
}

static int write_old_file(void)
{
    return outcome(open("/etc/passwd", O_WRONLY) >= 0);
}

static int change_kernel(void)
{
    return outcome(open("/proc/sys/kernel/core_pattern", O_WRONLY) >= 0);
}

static int look_at_parent(void)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/maps", (int)getppid());
    return outcome(open(path, O_RDONLY) >= 0);
}

static int open_other_device(void)
{
    return outcome(open("/dev/tty", O_RDWR) >= 0);
}

static int control_device(void)
{
    const int fd = open("/dev/null", O_RDWR);
    return outcome(ioctl(fd, _IOWR('F', 42, char[32]), NULL) == 0);
}

static int control_device_otherwise(void)
{
    const int fd = open("/dev/null", O_RDWR);
    return outcome(ioctl(fd, _IOWR('E', 1, char[32]), NULL) == 0);
}

static int reserve_all_addresses(void)
{
    void *block =
        mmap(NULL, (size_t)1 << 42, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return outcome(block != MAP_FAILED);
}

static int read_own_maps(void)
{
    return outcome(open("/proc/self/maps", O_RDONLY) >= 0);
}

static void the_gpu_takes_its_devices_and_no_more(void **state)
{
    (void)state;
    if (!kernel_has_landlock()) {
        skip(); /* there is none (test_old_kernel.c) */
    }
    const struct attempt cases[] = {
        { "write a file", write_file, EPERM },
        { "write a file that is there", write_old_file, EACCES },
        { "read a file", read_password_file, EACCES },
        { "list a folder", list_root, EACCES },
        { "open a socket", open_socket, EPERM },
        { "start a process", start_process, EPERM },
        { "run a program", run_program, EPERM },
        { "signal its parent", kill_parent, EPERM },
        { "look at its parent", look_at_parent, EACCES },
        { "change the kernel", change_kernel, EACCES },
        { "raise a limit", raise_limit, EPERM },
        { "close the trace", close_trace, EPERM },
        { "open another device", open_other_device, EACCES },
        { "another device's orders", control_device_otherwise, EPERM },
        { "a GPU's orders to what is none", control_device, ENOTTY },
        { "name a thread", name_a_thread, 0 },
        { "read its own maps", read_own_maps, 0 },
        { "map shared memory", shared_memory, 0 },
        { "reserve addresses", reserve_all_addresses, 0 },
        { "start a thread", start_thread, 0 },
    };
    const struct box_options options = { .cpu_seconds = 1, .gpu = true };
    try_all(&options, cases, sizeof(cases) / sizeof(cases[0]));
}

/* ---- Landlock alone, which each kernel has more of -------------------------------------------- */

static int shorten_file(void)
{
    return outcome(truncate("file", 0) == 0);
}

static int call_number(void)
{
    const struct sockaddr_in name = { .sin_family = AF_INET,
                                      .sin_port = htons(9),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    return outcome(connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0);
}

static int call_path(void)
{
    const struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "socket" };
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return outcome(connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0);
}

static int send_datagram(void)
{
    const struct sockaddr_in name = { .sin_family = AF_INET,
                                      .sin_port = htons(9),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return outcome(sendto(fd, "x", 1, 0, (const struct sockaddr *)&name, sizeof(name)) == 1);
}

static int under_landlock_alone(int (*attempt)(void))
{
    int status;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct box box = { 0 };
        box_restrict(&box, &(struct box_options){ .cpu_seconds = 1 });
        _exit(box.landlock > 0 ? attempt() : 200);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A folder of its own, where it is, with a file and a socket that listens; its descriptor. */
static int enter_folder_with_socket(char *folder)
{
    const struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "socket" };
    const int listening = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_true(close(open("file", O_WRONLY | O_CREAT, 0600)) == 0);
    assert_int_equal(bind(listening, (const struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(listening, 4), 0);
    return listening;
}

static void landlock_closes_what_its_kernel_knows(void **state)
{
    (void)state;
    const int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);
    char folder[] = "/tmp/gradlight-landlock-XXXXXX";
    if (abi < 1) {
        skip();
    }
    const int listening = enter_folder_with_socket(folder);
    const struct attempt cases[] = {
        { "read a file", read_password_file, EACCES },
        { "write a file", write_file, EACCES },
        { "shorten a file", shorten_file, abi >= 3 ? EACCES : 0 },
        { "call a number", call_number, abi >= 4 ? EACCES : ECONNREFUSED },
        { "signal its parent", kill_parent, abi >= 6 ? EPERM : 0 },
        { "call a path", call_path, abi >= 9 ? EACCES : 0 },
        { "send a datagram", send_datagram, abi >= 10 ? EACCES : 0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const int got = under_landlock_alone(cases[i].attempt);
        if (got != cases[i].expected) {
            fail_msg("%s, ABI %d: expected errno %d, got %d", cases[i].what, abi, cases[i].expected,
                     got);
        }
    }
    close(listening);
    unlink("socket");
    unlink("file");
    assert_int_equal(chdir("/"), 0);
    rmdir(folder);
}

/* ---- the log -------------------------------------------------------------------------------- */

static int several_refusals(void)
{
    const int read = read_password_file();
    const bool as_ever = (read == EACCES || read == 0) && write_file() == EPERM &&
                         open_socket() == EPERM && read_library_folder() == 0 &&
                         control_device_otherwise() == EPERM && start_thread() == 0;
    return as_ever ? 0 : EIO;
}

static void what_is_refused_can_be_written_down(void **state)
{
    (void)state;
    char path[] = "/tmp/gradlight-box-log-XXXXXX", text[4096];
    const int file = mkstemp(path);
    assert_true(file >= 0);
    const struct box_options options = { .cpu_seconds = 1, .log = path };
    const int status = in_box_of(&options, several_refusals);
    const ssize_t length = pread(file, text, sizeof(text) - 1, 0);
    unlink(path);
    close(file);
    assert_int_equal(status, 0);
    assert_true(length > 0);
    text[length] = '\0';
    assert_int_equal(strstr(text, "errno 13 /etc/passwd\n") != NULL, kernel_has_landlock());
    assert_non_null(strstr(text, "errno 1 /tmp/gradlight-box\n"));
    assert_non_null(strstr(text, "socket ("));
    assert_non_null(strstr(text, "ioctl ("));
    assert_null(strstr(text, "/usr/lib\n"));
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
        cmocka_unit_test(the_gpu_takes_its_devices_and_no_more),
        cmocka_unit_test(landlock_closes_what_its_kernel_knows),
        cmocka_unit_test(what_is_refused_can_be_written_down),
        cmocka_unit_test(processor_time_ends_with_a_signal),
#ifdef __x86_64__
        cmocka_unit_test(foreign_architecture_kills_the_process),
#endif
    };
    return test_run(tests);
}
