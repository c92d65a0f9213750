#include "lessons/runner/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/system_error.h"
#include "engine/base/text.h"

enum { RUNNER_FDS = 5 };

bool launch_make_ends(int ends[2], bool socket, struct error *err)
{
    int made[2];
    int code =
        socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made) : pipe2(made, O_CLOEXEC);
    if (code != 0) {
        return error_set_kind(err, ERROR_IO, "cannot make a pipe: %s", system_error(errno));
    }
    int moved = fcntl(made[1], F_DUPFD_CLOEXEC, LAUNCH_FREE_FD);
    close(made[1]);
    if (moved < 0) {
        close(made[0]);
        return error_set_kind(err, ERROR_IO, "cannot make a pipe: %s", system_error(errno));
    }
    fcntl(made[0], F_SETFL, O_NONBLOCK);
    ends[0] = made[0];
    ends[1] = moved;
    return true;
}

struct launch {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct text limits[4];
    const char *arguments[20];
    const char *environment[20];
};

static void add_environment(struct launch *launch, bool gpu)
{
    /* One thread: others would exist before the box is closed around them. The runner raises the
     * number later. */
    static const char *const own[] = { "LANG=C.UTF-8", "HOME=/nonexistent",
                                       "OPENBLAS_NUM_THREADS=1", "CUDA_CACHE_DISABLE=1" };
    static const char *const passed[] = { "GRADLIGHT_GEMM", "GRADLIGHT_BOX_LOG", "ASAN_OPTIONS",
                                          "UBSAN_OPTIONS", "TZ", "CUDA_VISIBLE_DEVICES",
                                          "CUDA_DEVICE_ORDER", "GRADLIGHT_CUDA_PLUGIN",
                                          /* Only for the GPU: */
                                          "LD_LIBRARY_PATH", "CUDA_HOME" };
    const size_t passed_count = sizeof(passed) / sizeof(passed[0]) - (gpu ? 0 : 2);
    size_t count = sizeof(own) / sizeof(own[0]);
    memcpy(launch->environment, own, sizeof(own));
    for (char **variable = environ; *variable; variable++) {
        for (size_t i = 0; i < passed_count; i++) {
            size_t length = strlen(passed[i]);
            if (strncmp(*variable, passed[i], length) == 0 && (*variable)[length] == '=' &&
                count + 1 < sizeof(launch->environment) / sizeof(launch->environment[0])) {
                launch->environment[count++] = *variable;
            }
        }
    }
}

static void add_arguments(struct launch *launch, const struct client_options *options, bool nursery)
{
    unsigned cpu = options->cpu_seconds == 0 && !options->no_trace ? 600 : options->cpu_seconds;
    text_format(&launch->limits[0], "%u", cpu);
    text_format(&launch->limits[1], "%u", options->memory_mb > 0 ? options->memory_mb : 1024);
    text_format(&launch->limits[2], "%u", options->events > 0 ? options->events : 1000000);
    /* So that it stops recording before it is stopped for what it records. */
    text_format(&launch->limits[3], "%u", (unsigned)(client_trace_bytes(options) / 4 * 3));
    const char *const always[] = {
        options->runner,         "--cpu",    launch->limits[0].bytes, "--memory",
        launch->limits[1].bytes, "--events", launch->limits[2].bytes, "--bytes",
        launch->limits[3].bytes,
    };
    size_t count = sizeof(always) / sizeof(always[0]);
    memcpy(launch->arguments, always, sizeof(always));
    if (options->no_trace) {
        launch->arguments[count++] = "--no-trace";
    }
    if (options->parse_only) {
        launch->arguments[count++] = "--parse";
    }
    if (options->numpy) {
        launch->arguments[count++] = "--numpy";
    }
    if (options->reads_folder) {
        launch->arguments[count++] = "--read-folder";
    }
    if (options->strict) {
        launch->arguments[count++] = "--strict";
    }
    if (options->unboxed) {
        launch->arguments[count++] = "--unboxed";
    }
    if (options->gpu) {
        launch->arguments[count++] = "--gpu";
    }
    if (nursery) {
        launch->arguments[count++] = "--nursery";
    }
    if (options->folder) {
        launch->arguments[count++] = "--folder";
        launch->arguments[count++] = options->folder;
    }
}

static void add_end(struct launch *launch, int end, int number)
{
    if (end < 0) {
        posix_spawn_file_actions_addopen(&launch->actions, number, "/dev/null", O_RDWR, 0);
    } else {
        posix_spawn_file_actions_adddup2(&launch->actions, end, number);
    }
}

static void add_actions(struct launch *launch, const struct launch_ends *ends)
{
    posix_spawn_file_actions_t *actions = &launch->actions;
    posix_spawn_file_actions_init(actions);
    /* When `out` is 2 or `err` is 1 the one must not overwrite the other before it is copied. */
    add_end(launch, ends->out, LAUNCH_FREE_FD - 1);
    add_end(launch, ends->err, LAUNCH_FREE_FD - 2);
    posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(actions, LAUNCH_FREE_FD - 1, 1);
    posix_spawn_file_actions_adddup2(actions, LAUNCH_FREE_FD - 2, 2);
    add_end(launch, ends->trace, 3);
    add_end(launch, ends->order, 4);
    posix_spawn_file_actions_addclosefrom_np(actions, RUNNER_FDS);
}

/* A session of its own, so that Ctrl-C in a terminal reaches us alone; signals as they are in a
 * fresh process. */
static void add_attributes(struct launch *launch)
{
    posix_spawnattr_t *attributes = &launch->attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setflags(attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

int launch_runner(const struct client_options *options, const struct launch_ends *ends,
                  bool nursery, pid_t *pid)
{
    struct launch launch = { 0 };
    add_environment(&launch, options->gpu);
    add_arguments(&launch, options, nursery);
    add_actions(&launch, ends);
    add_attributes(&launch);
    /* posix_spawn does not change the strings, only its types do not say so. */
    char *arguments[sizeof(launch.arguments) / sizeof(launch.arguments[0])];
    char *environment[sizeof(launch.environment) / sizeof(launch.environment[0])];
    memcpy(arguments, launch.arguments, sizeof(arguments));
    memcpy(environment, launch.environment, sizeof(environment));
    int code = posix_spawn(pid, options->runner, &launch.actions, &launch.attributes, arguments,
                           environment);
    posix_spawn_file_actions_destroy(&launch.actions);
    posix_spawnattr_destroy(&launch.attributes);
    for (size_t i = 0; i < sizeof(launch.limits) / sizeof(launch.limits[0]); i++) {
        text_finish(&launch.limits[i]);
    }
    return code;
}
