#include "lessons/runner/box_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <seccomp.h>

enum { CALLS = 512, ARGUMENTS = 6, LINES_MAX = 20000 };

/* A signal's handler gets nothing but what the process has, so this is the process's. */
static struct {
    int fd;
    volatile sig_atomic_t lines;
    char *names[CALLS]; /* asked for beforehand: a handler may not allocate */
} noted;

/* A call as the registers have it. */
struct caught {
    long call, arguments[ARGUMENTS];
};

#if defined(__x86_64__)
static struct caught read_registers(const ucontext_t *context)
{
    const greg_t *const r = context->uc_mcontext.gregs;
    return (struct caught){
        r[REG_RAX], { r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9] }
    };
}

static void set_result(ucontext_t *context, long result)
{
    context->uc_mcontext.gregs[REG_RAX] = result;
}
#elif defined(__aarch64__)
static struct caught read_registers(const ucontext_t *context)
{
    const unsigned long long *const r = context->uc_mcontext.regs;
    return (struct caught){
        (long)r[8], { (long)r[0], (long)r[1], (long)r[2], (long)r[3], (long)r[4], (long)r[5] }
    };
}

static void set_result(ucontext_t *context, long result)
{
    context->uc_mcontext.regs[0] = (unsigned long long)result;
}
#endif

static const char *file_of(const struct caught *caught)
{
    if (caught->call == SYS_openat) {
        return (const char *)caught->arguments[1];
    }
#ifdef SYS_open
    if (caught->call == SYS_open) {
        return (const char *)caught->arguments[0];
    }
#endif
    return NULL;
}

/* Made again, with the mark; a call that is refused even so comes here once more, within itself. */
static long repeat(const struct caught *caught)
{
    const long *const a = caught->arguments;
    const long result = syscall(caught->call, a[0], a[1], a[2], a[3], a[4], (long)BOX_LOG_MARK);
    return result < 0 ? -errno : result;
}

static void write_line(const struct caught *caught, long result)
{
    char line[512];
    const long *const a = caught->arguments;
    const bool known = caught->call >= 0 && caught->call < CALLS && noted.names[caught->call];
    const char *const file = file_of(caught);
    if (noted.lines >= LINES_MAX) {
        return;
    }
    noted.lines = noted.lines + 1;
    int length = snprintf(line, sizeof(line),
                          "%s (%ld) %#lx %#lx %#lx %#lx %#lx %#lx -> errno %ld%s%.300s\n",
                          known ? noted.names[caught->call] : "?", caught->call, a[0], a[1], a[2],
                          a[3], a[4], a[5], -result, file ? " " : "", file ? file : "");
    length = length < (int)sizeof(line) ? length : (int)sizeof(line) - 1;
    if (write(noted.fd, line, (size_t)length) < 0) {
        noted.lines = LINES_MAX;
    }
}

static void on_call(int number, siginfo_t *info, void *context)
{
    (void)number;
    const int before = errno;
    struct caught caught = read_registers(context);
    caught.call = info->si_syscall;
    if (caught.arguments[BOX_LOG_MARK_AT] == BOX_LOG_MARK) {
        set_result(context, -EPERM);
    } else {
        const bool again = file_of(&caught) || caught.call == SYS_ioctl;
        const long result = again ? repeat(&caught) : -EPERM;
        if (result == -EPERM || result == -EACCES) {
            write_line(&caught, result);
        }
        set_result(context, result);
    }
    errno = before;
}

bool box_log_start(int fd)
{
    const struct sigaction action = { .sa_sigaction = on_call,
                                      .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART };
    noted.fd = fd;
    for (int i = 0; i < CALLS; i++) {
        noted.names[i] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
    }
    return sigaction(SIGSYS, &action, NULL) == 0;
}
