#include "lessons/runner/box.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

static void complain(struct box *box, const char *what, int code)
{
    size_t used = strlen(box->why);
    snprintf(box->why + used, sizeof(box->why) - used, "%s%s: %s", used > 0 ? "; " : "", what,
             strerror(code));
}

/* ---- resource limits ---- */

static bool limit(int resource, rlim_t soft, rlim_t hard)
{
    const struct rlimit value = { soft, hard };
    return setrlimit((__rlimit_resource_t)resource, &value) == 0;
}

static bool restrict_resources(const struct box_options *options)
{
    rlim_t cpu = options->cpu_seconds;
    bool fine = cpu == 0 || limit(RLIMIT_CPU, cpu, cpu + 2);
    fine &= limit(RLIMIT_CORE, 0, 0);
    fine &= options->writes_output || limit(RLIMIT_FSIZE, 0, 0);
    fine &= limit(RLIMIT_NOFILE, 64, 64);
    fine &= limit(RLIMIT_MEMLOCK, 0, 0);
    fine &= limit(RLIMIT_MSGQUEUE, 0, 0);
    return fine;
}

/* From /proc/self/statm, in pages: all of the address space, and what RLIMIT_DATA counts. */
static bool memory_in_use(int fd, int64_t *mapped, int64_t *data)
{
    char line[128];
    ssize_t length = fd < 0 ? -1 : pread(fd, line, sizeof(line) - 1, 0);
    if (length <= 0) {
        return false;
    }
    line[length] = '\0';
    long long all, private;
    if (sscanf(line, "%lld %*d %*d %*d %*d %lld", &all, &private) != 2) {
        return false;
    }
    *mapped = all * sysconf(_SC_PAGESIZE);
    *data = private * sysconf(_SC_PAGESIZE);
    return true;
}

void box_measure(struct box *box)
{
    if (!memory_in_use(box->memory_fd, &box->mapped, &box->data)) {
        complain(box, "memory in use", errno);
    }
    if (box->memory_fd >= 0) {
        close(box->memory_fd);
        box->memory_fd = -1;
    }
}

void box_limit_memory(struct box *box, int64_t bytes)
{
    if (box->data == 0) {
        box_measure(box);
    }
    const rlim_t most = (rlim_t)(box->data + bytes),
                 most_mapped = (rlim_t)(box->mapped + 4 * bytes);
    /* RLIMIT_DATA counts private memory. The address space alone would be a bad measure: every
     * thread reserves a hundred megabytes of it without using them. */
    if (!limit(RLIMIT_DATA, most, most) || !limit(RLIMIT_AS, most_mapped, most_mapped)) {
        complain(box, "memory limit", errno);
    }
}

/* ---- Landlock: which files can be opened. Declared here, since Debian 12's header stops at ABI 2
 * and the kernel may know more ---- */

struct landlock_rules {
    uint64_t files, network, scopes;
};

struct landlock_path {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

enum {
    FILE_WRITE = 1 << 1,
    FILE_READ = 1 << 2,
    FOLDER_READ = 1 << 3,
    FILE_TRUNCATE = 1 << 14,
    DEVICE_CONTROL = 1 << 15,
};

/* Every right that this ABI knows is refused unless a path below allows it. The size tells the
 * kernel which members there are. */
static int landlock_open(int abi)
{
    struct landlock_rules rules = { .files = (1u << 13) - 1 };
    rules.files |= abi >= 2 ? 1u << 13 : 0; /* moving between folders */
    rules.files |= abi >= 3 ? FILE_TRUNCATE : 0;
    rules.files |= abi >= 5 ? DEVICE_CONTROL : 0;
    rules.network = abi >= 4 ? 3 : 0; /* bind, connect */
    rules.scopes = abi >= 6 ? 3 : 0;  /* abstract sockets, signals */
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

/* A path that does not exist needs no permission. */
static bool landlock_allow(int rules, const char *path, uint64_t allowed)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return true;
    }
    struct stat what;
    if (fstat(fd, &what) == 0 && !S_ISDIR(what.st_mode)) {
        allowed &= ~(uint64_t)FOLDER_READ;
    }
    const struct landlock_path rule = { allowed, fd };
    bool fine = syscall(SYS_landlock_add_rule, rules, 1, &rule, 0) == 0;
    close(fd);
    return fine;
}

static bool landlock_allow_all(int rules, const char *const *paths)
{
    bool fine = true;
    for (; paths && *paths; paths++) {
        fine &= landlock_allow(rules, *paths, FILE_READ | FOLDER_READ);
    }
    return fine;
}

static void restrict_files(struct box *box, const char *const *readable)
{
    static const char *const system[] = {
        "/usr/lib",
        "/usr/lib64",
        "/lib",
        "/lib64",
        "/etc/localtime",
        "/usr/share/zoneinfo",
        "/dev/urandom",
        "/etc/ld.so.cache",
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/sys/devices/system/cpu",
        NULL,
    };
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);
    if (abi < 1) {
        complain(box, "Landlock", errno);
        return;
    }
    int rules = landlock_open(abi);
    if (rules < 0) {
        complain(box, "Landlock", errno);
        return;
    }
    uint64_t null_rights = FILE_READ | FILE_WRITE | (abi >= 5 ? DEVICE_CONTROL : 0);
    if (!landlock_allow_all(rules, system) || !landlock_allow_all(rules, readable) ||
        !landlock_allow(rules, "/dev/null", null_rights) ||
        syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
        complain(box, "Landlock", errno);
    } else {
        box->landlock = abi;
    }
    close(rules);
}

void box_restrict(struct box *box, const struct box_options *options)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    box->memory_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    box->rlimits = restrict_resources(options);
    if (!box->rlimits) {
        complain(box, "resource limits", errno);
    }
    box->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!box->no_new_privs) {
        complain(box, "no_new_privs", errno);
        return; /* neither Landlock nor seccomp works without it */
    }
    restrict_files(box, options->readable);
}

/* ---- seccomp: which system calls there are ---- */

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
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(mincore), SCMP_SYS(membarrier), SCMP_SYS(futex), SCMP_SYS(futex_waitv),
    SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu),
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

/* Anything that could write, create or shorten a file. */
enum {
    OPEN_WRITES = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY),
    CLONE_OF_THREAD = CLONE_THREAD | CLONE_VM,
    MAP_KIND = MAP_SHARED | MAP_ANONYMOUS,
};

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

static int add_rules(scmp_filter_ctx filter, int trace_fd)
{
    const scmp_datum_t own = (scmp_datum_t)getpid();
    const struct call_rule rules[] = {
        { SCMP_SYS(close), { 0, SCMP_CMP_NE, (scmp_datum_t)trace_fd, 0 } },
        { SCMP_SYS(fcntl), equal(1, F_GETFD) },
        { SCMP_SYS(fcntl), equal(1, F_SETFD) },
        { SCMP_SYS(fcntl), equal(1, F_GETFL) },
        { SCMP_SYS(fcntl), equal(1, F_DUPFD_CLOEXEC) },
        { SCMP_SYS(open), masked(1, OPEN_WRITES, 0) },
        { SCMP_SYS(openat), masked(2, OPEN_WRITES, 0) },
        { SCMP_SYS(clone), masked(0, CLONE_OF_THREAD, CLONE_OF_THREAD) },
        /* Shared anonymous memory is not counted by RLIMIT_DATA. */
        { SCMP_SYS(mmap), masked(3, MAP_KIND, 0) },
        { SCMP_SYS(mmap), masked(3, MAP_KIND, MAP_SHARED) },
        { SCMP_SYS(mmap), masked(3, MAP_KIND, MAP_ANONYMOUS) },
        { SCMP_SYS(tgkill), equal(0, own) },
        { SCMP_SYS(kill), equal(0, own) },
        { SCMP_SYS(prctl), equal(0, PR_SET_NAME) },
        { SCMP_SYS(prctl), equal(0, PR_GET_NAME) },
        { SCMP_SYS(prctl), equal(0, PRCTL_SET_VMA) },
        { SCMP_SYS(prlimit64), equal(2, 0) },
        { SCMP_SYS(ioctl), equal(1, TCGETS) },
        { SCMP_SYS(ioctl), equal(1, FIOCLEX) },
        { SCMP_SYS(ioctl), equal(1, TIOCGWINSZ) },
    };
    int failure = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        int code =
            seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, 1, &rules[i].argument);
        failure = code != 0 && code != -EDOM ? code : failure;
    }
    for (size_t i = 0; i < sizeof(allowed_calls) / sizeof(allowed_calls[0]); i++) {
        int code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0, NULL);
        failure = code != 0 && code != -EDOM ? code : failure;
    }
    return failure;
}

static int fill_filter(scmp_filter_ctx filter, int trace_fd)
{
    /* For threads that exist already, such as those of a linear algebra library. */
    int code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    /* A call of another architecture would end only its thread, and leave the process hanging. */
    code = code ? code : seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    code = code ? code : seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    code = code ? code : add_rules(filter, trace_fd);
    /* Their arguments stand behind a pointer, which a filter cannot follow; libc then uses the
     * older calls. */
    code = code ? code : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
    code = code ? code : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return code ? code : seccomp_load(filter);
}

void box_seal(struct box *box, int trace_fd)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int code = filter ? fill_filter(filter, trace_fd) : -ENOMEM;
    seccomp_release(filter);
    box->seccomp = code == 0;
    if (code != 0) {
        complain(box, "seccomp", -code);
    }
}
