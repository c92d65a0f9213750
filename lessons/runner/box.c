#include "lessons/runner/box.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lessons/runner/box_private.h"

enum { MEMORY_OF_GPU = 2 << 10 }; /* megabytes that a driver and its libraries take */

static void complain_in_words(struct box *box, const char *what, const char *words)
{
    size_t used = strlen(box->why);
    snprintf(box->why + used, sizeof(box->why) - used, "%s%s: %s", used > 0 ? "; " : "", what,
             words);
}

void box_complain(struct box *box, const char *what, int code)
{
    complain_in_words(box, what, strerror(code));
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
    fine &= options->writes_output || options->log || limit(RLIMIT_FSIZE, 0, 0);
    fine &= options->gpu ? limit(RLIMIT_NOFILE, 1024, 1024) : limit(RLIMIT_NOFILE, 64, 64);
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
        box_complain(box, "memory in use", errno);
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
    bytes += box->gpu ? (int64_t)MEMORY_OF_GPU << 20 : 0;
    const rlim_t most = (rlim_t)(box->data + bytes);
    /* A GPU's driver reserves address space for more than all memory there is. */
    const rlim_t most_mapped = box->gpu ? RLIM_INFINITY : (rlim_t)(box->mapped + 4 * bytes);
    /* RLIMIT_DATA counts private memory. The address space alone would be a bad measure: every
     * thread reserves a hundred megabytes of it without using them. */
    if (!limit(RLIMIT_DATA, most, most) || !limit(RLIMIT_AS, most_mapped, most_mapped)) {
        box_complain(box, "memory limit", errno);
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
    rules.files |= abi >= 9 ? 1u << 16 : 0; /* sockets that have a path */
    rules.network = abi >= 4 ? 3 : 0;       /* TCP: bind, connect */
    rules.network |= abi >= 10 ? 12 : 0;    /* UDP: bind; connect and send */
    rules.scopes = abi >= 6 ? 3 : 0;        /* abstract sockets, signals */
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

/* What every lesson may read. */
static const char *const system_paths[] = {
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

bool box_reads_for_all(const char *path)
{
    for (size_t i = 0; system_paths[i]; i++) {
        const size_t length = strlen(system_paths[i]);
        if (strncmp(path, system_paths[i], length) == 0 &&
            (path[length] == '/' || path[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* Folders of libraries that the user's environment names, from the root on: "/opt/a:/opt/b". */
static bool allow_named(int rules, const char *variable)
{
    const char *at = getenv(variable);
    bool fine = true;
    while (at && *at) {
        char folder[PATH_MAX];
        const size_t length = strcspn(at, ":");
        if (at[0] == '/' && length > 1 && length < sizeof(folder)) {
            memcpy(folder, at, length);
            folder[length] = '\0';
            fine &= landlock_allow(rules, folder, FILE_READ | FOLDER_READ);
        }
        at += length + (at[length] == ':');
    }
    return fine;
}

/* What a GPU's driver opens. Its devices: which GPUs there are, their memory (uvm), and those of
 * Windows. Read: about the machine and the process, and where CUDA's libraries are. Written: the names
 * of the process's threads. Those folders are made anew when nobody holds them, and a rule holds for
 * the very folder only: so it is held. */
static bool allow_gpu(struct box *box, int rules, int abi)
{
    static const char *const devices[] = { "/dev/nvidia[0-9]*", "/dev/nvidiactl",
                                           "/dev/nvidia-uvm*",  "/dev/nvidia-caps/*",
                                           "/dev/dxg",          NULL };
    static const char *const known[] = {
        "/proc/self",
        "/proc/driver/nvidia",
        "/proc/driver/nvidia-uvm",
        "/proc/devices",
        "/proc/modules",
        "/proc/version",
        "/proc/sys/vm",
        "/sys/devices",
        "/sys/bus/pci",
        "/sys/module/nvidia",
        "/sys/module/nvidia_uvm",
        "/etc/nvidia",
        "/usr/share/nvidia",
        "/usr/local/cuda",
        "/usr/local/lib",
        "/usr/local/nvidia",
        "/opt/cuda",
        NULL,
    };
    const uint64_t all = FILE_READ | FILE_WRITE | (abi >= 5 ? DEVICE_CONTROL : 0);
    bool fine = landlock_allow_all(rules, known) && allow_named(rules, "LD_LIBRARY_PATH") &&
                allow_named(rules, "CUDA_HOME");
    glob_t found = { 0 };
    for (size_t i = 0; devices[i]; i++) {
        fine &= glob(devices[i], i > 0 ? GLOB_APPEND : 0, NULL, &found) != GLOB_NOSPACE;
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        fine &= landlock_allow(rules, found.gl_pathv[i], all);
    }
    globfree(&found);
    box->tasks_fd = open("/proc/self/task", O_PATH | O_CLOEXEC);
    return fine && landlock_allow(rules, "/proc/self/task", FILE_READ | FOLDER_READ | FILE_WRITE);
}

static void restrict_files(struct box *box, const struct box_options *options)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);
    if (abi < 1) {
        /* Which of the two it is decides what a user can do about it. */
        complain_in_words(
            box, "Landlock",
            errno == ENOSYS ? "this kernel is made without it; Linux 5.13 was the "
                              "first that can have it"
            : errno == EOPNOTSUPP
                ? "this kernel has it switched off; lsm= on its command line does that"
                : strerror(errno));
        return;
    }
    int rules = landlock_open(abi);
    if (rules < 0) {
        box_complain(box, "Landlock", errno);
        return;
    }
    uint64_t null_rights = FILE_READ | FILE_WRITE | (abi >= 5 ? DEVICE_CONTROL : 0);
    if (!landlock_allow_all(rules, system_paths) || !landlock_allow_all(rules, options->readable) ||
        !landlock_allow(rules, "/dev/null", null_rights) ||
        (options->gpu && !allow_gpu(box, rules, abi)) ||
        syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
        box_complain(box, "Landlock", errno);
    } else {
        box->landlock = abi;
        box->gpu = options->gpu;
    }
    close(rules);
}

/* When the machine's memory is used up after all, the lesson goes and not what its user works with. */
static void offer_first(void)
{
    static const char most[] = "1000";
    const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return; /* the kernel chooses; nothing is promised of that */
    }
    const ssize_t put = write(file, most, sizeof(most) - 1);
    (void)put; /* the same */
    close(file);
}

void box_restrict(struct box *box, const struct box_options *options)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    offer_first();
    if (!options->gpu) {
        /* Its own folder in /proc would not be its own any more, where a GPU's driver looks. */
        prctl(PR_SET_DUMPABLE, 0);
    }
    if (options->log) {
        box->log_fd = open(options->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    box->memory_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    box->rlimits = restrict_resources(options);
    if (!box->rlimits) {
        box_complain(box, "resource limits", errno);
    }
    box->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!box->no_new_privs) {
        box_complain(box, "no_new_privs", errno);
        return; /* neither Landlock nor seccomp works without it */
    }
    restrict_files(box, options);
    box->strict = options->strict && box->landlock == 0;
}
