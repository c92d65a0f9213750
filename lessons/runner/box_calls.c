#include "lessons/runner/box.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <seccomp.h>

#include "lessons/runner/box_private.h"

/* Allowed whatever the arguments are. */
/* clang-format off */
static const int allowed_calls[] = {
    /* reading what is open, looking at files */
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(lstat),
    SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64),
    SCMP_SYS(fstatfs), SCMP_SYS(statfs), SCMP_SYS(dup), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(select), SCMP_SYS(pselect6),
    /* within the process alone; so a refused program is told as that, not as a refused pipe */
    SCMP_SYS(pipe), SCMP_SYS(pipe2),
    /* memory and threads */
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(brk),
    SCMP_SYS(mincore), SCMP_SYS(membarrier), SCMP_SYS(futex), SCMP_SYS(futex_waitv),
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu),
    /* signals to itself */
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(pause),
    /* time, randomness, who am I */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
    SCMP_SYS(getrusage), SCMP_SYS(getrandom), SCMP_SYS(uname), SCMP_SYS(sysinfo),
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
    SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getpgrp), SCMP_SYS(getpgid),
    SCMP_SYS(getrlimit), SCMP_SYS(exit), SCMP_SYS(exit_group),
};
/* clang-format on */

enum { PRCTL_SET_VMA = 0x53564d41 };

enum { DESCRIPTOR_BITS = 16 }; /* there are at most 1024 (box.c) */

/* Anything that could write, create or shorten a file. */
enum {
    OPEN_WRITES = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY),
    OPEN_CREATES = OPEN_WRITES & ~(O_WRONLY | O_RDWR),
    /* RLIMIT_DATA counts neither shared anonymous memory nor what grows down like a stack. */
    MAP_KIND = MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN,
    MAP_SHARED_AT_ALL = MAP_SHARED | MAP_ANONYMOUS,
};

/* A thread as the C library makes it, and nothing else in the same call: no namespace, no tracer, no
 * handle. (The filter compares 64 bits; so nothing hides above either.) */
static const scmp_datum_t thread_needs = CLONE_THREAD | CLONE_VM;
static const scmp_datum_t thread_may = CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM |
                                       CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
                                       CLONE_CHILD_SETTID | CLONE_DETACHED;

/* What memory will be used for. Above stands what root can do to the machine's own: take a page away. */
enum { ADVICE_END = 100 };

struct call_rule {
    int call;
    struct scmp_arg_cmp argument;
};

/* In place of libseccomp's macros, which leave a member out of their initialiser. */
static struct scmp_arg_cmp equal(unsigned argument, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){ argument, SCMP_CMP_EQ, value, 0 };
}

static struct scmp_arg_cmp masked(unsigned argument, scmp_datum_t mask, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ, mask, value };
}

struct rules {
    const struct call_rule *list;
    size_t count;
};

static int add_rules(scmp_filter_ctx filter, const struct rules *rules)
{
    int failure = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct call_rule *const rule = &rules->list[i];
        int code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->call, 1, &rule->argument);
        failure = code != 0 && code != -EDOM ? code : failure; /* -EDOM: not on this machine */
    }
    return failure;
}

static int add_calls(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int failure = 0;
    for (size_t i = 0; i < count; i++) {
        int code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i], 0, NULL);
        failure = code != 0 && code != -EDOM ? code : failure;
    }
    return failure;
}

/* What is written down as well as refused or allowed comes as a signal, but for the second time. */
static int add_logged(scmp_filter_ctx filter, const struct box *box, const struct rules *rules)
{
    if (box->log_fd <= 0) {
        return add_rules(filter, rules);
    }
    int failure = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct scmp_arg_cmp both[] = { rules->list[i].argument,
                                             equal(BOX_LOG_MARK_AT, BOX_LOG_MARK) };
        int code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules->list[i].call, 2, both);
        failure = code != 0 && code != -EDOM ? code : failure;
    }
    return failure;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Any descriptor but this one: some bit differs of those that a descriptor can have here. Comparing the
 * whole would let it be named with something above the 32 bits that the kernel looks at. */
static int add_closing(scmp_filter_ctx filter, int kept_fd)
{
    struct call_rule closing[DESCRIPTOR_BITS];
    for (unsigned i = 0; i < DESCRIPTOR_BITS; i++) {
        const scmp_datum_t bit = (scmp_datum_t)1 << i;
        closing[i] =
            (struct call_rule){ SCMP_SYS(close), masked(0, bit, ~(scmp_datum_t)kept_fd & bit) };
    }
    return add_rules(filter, &(struct rules){ closing, DESCRIPTOR_BITS });
}

static int add_usual(scmp_filter_ctx filter, const struct box *box, int trace_fd)
{
    const scmp_datum_t own = (scmp_datum_t)getpid();
    const struct call_rule always[] = {
        { SCMP_SYS(fcntl), equal(1, F_GETFD) },
        { SCMP_SYS(fcntl), equal(1, F_SETFD) },
        { SCMP_SYS(fcntl), equal(1, F_GETFL) },
        { SCMP_SYS(fcntl), equal(1, F_DUPFD_CLOEXEC) },
        { SCMP_SYS(clone), masked(0, ~thread_may, thread_needs) },
        { SCMP_SYS(madvise), { 2, SCMP_CMP_LT, ADVICE_END, 0 } },
        { SCMP_SYS(mmap), masked(3, MAP_KIND, 0) },
        { SCMP_SYS(mmap), masked(3, MAP_KIND, MAP_SHARED) },
        { SCMP_SYS(mmap), masked(3, MAP_KIND, MAP_ANONYMOUS) },
        { SCMP_SYS(tgkill), equal(0, own) },
        { SCMP_SYS(kill), equal(0, own) },
        { SCMP_SYS(prctl), equal(0, PR_SET_NAME) },
        { SCMP_SYS(prctl), equal(0, PR_GET_NAME) },
        { SCMP_SYS(prctl), equal(0, PRCTL_SET_VMA) },
        { SCMP_SYS(prlimit64), equal(2, 0) },
    };
    const struct call_rule logged[] = {
        { SCMP_SYS(ioctl), equal(1, TCGETS) },
        { SCMP_SYS(ioctl), equal(1, FIOCLEX) },
        { SCMP_SYS(ioctl), equal(1, TIOCGWINSZ) },
    };
    int code = add_closing(filter, trace_fd);
    code = code ? code : add_rules(filter, &(struct rules){ always, COUNT(always) });
    code = code ? code : add_logged(filter, box, &(struct rules){ logged, COUNT(logged) });
    return code ? code : add_calls(filter, allowed_calls, COUNT(allowed_calls));
}

static int add_opening(scmp_filter_ctx filter, const struct box *box)
{
    /* A device is opened to be written to; Landlock says which. */
    const scmp_datum_t refused = box->gpu ? OPEN_CREATES : OPEN_WRITES;
    const struct call_rule logged[] = {
        { SCMP_SYS(open), masked(1, refused, 0) },
        { SCMP_SYS(openat), masked(2, refused, 0) },
    };
    return add_logged(filter, box, &(struct rules){ logged, COUNT(logged) });
}

/* What a GPU's driver needs besides. Shared anonymous memory is what it pins for copies, though
 * RLIMIT_DATA does not count it. */
static int add_gpu(scmp_filter_ctx filter, const struct box *box)
{
    static const int calls[] = {
        SCMP_SYS(eventfd2),       SCMP_SYS(epoll_create1),
        SCMP_SYS(epoll_ctl),      SCMP_SYS(epoll_wait),
        SCMP_SYS(epoll_pwait),    SCMP_SYS(mbind),
        SCMP_SYS(get_mempolicy),  SCMP_SYS(set_mempolicy),
        SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
        SCMP_SYS(getresuid),      SCMP_SYS(getresgid),
        SCMP_SYS(capget),         SCMP_SYS(rt_sigtimedwait),
        SCMP_SYS(msync),          SCMP_SYS(sched_get_priority_max),
        SCMP_SYS(umask),          SCMP_SYS(sched_get_priority_min),
    };
    const struct call_rule always[] = {
        { SCMP_SYS(mmap), masked(3, MAP_KIND, MAP_SHARED_AT_ALL) },
        { SCMP_SYS(fcntl), equal(1, F_SETFL) },
    };
    /* The numbers of NVIDIA's devices have the letter F, those of Windows' have G; those of its unified
     * memory are bare, but for two. The kernel looks at 32 bits. */
    const struct call_rule logged[] = {
        { SCMP_SYS(ioctl), masked(1, 0xff00, 'F' << 8) },
        { SCMP_SYS(ioctl), masked(1, 0xff00, 'G' << 8) },
        { SCMP_SYS(ioctl), masked(1, 0xffffff00, 0) },
        { SCMP_SYS(ioctl), masked(1, 0xfffffffc, 0x30000000) },
    };
    int code = add_calls(filter, calls, COUNT(calls));
    code = code ? code : add_rules(filter, &(struct rules){ always, COUNT(always) });
    return code ? code : add_logged(filter, box, &(struct rules){ logged, COUNT(logged) });
}

static int fill_filter(scmp_filter_ctx filter, const struct box *box, int trace_fd)
{
    /* For threads that exist already, such as those of a linear algebra library. */
    int code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    /* A call of another architecture would end only its thread, and leave the process hanging. */
    code = code ? code : seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    code = code ? code : seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    code = code ? code : add_usual(filter, box, trace_fd);
    code = code || box->strict ? code : add_opening(filter, box);
    code = code || !box->gpu ? code : add_gpu(filter, box);
    /* Their arguments stand behind a pointer, which a filter cannot follow; libc then uses the
     * older calls. */
    code = code ? code : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
    code = code ? code : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return code ? code : seccomp_load(filter);
}

void box_seal(struct box *box, int trace_fd)
{
    if (box->log_fd > 0 && !box_log_start(box->log_fd)) {
        box->log_fd = 0;
    }
    const uint32_t refuse = box->log_fd > 0 ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(EPERM);
    scmp_filter_ctx filter = seccomp_init(refuse);
    int code = filter ? fill_filter(filter, box, trace_fd) : -ENOMEM;
    seccomp_release(filter);
    box->seccomp = code == 0;
    if (code != 0) {
        box_complain(box, "seccomp", -code);
    }
}
