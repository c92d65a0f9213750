#include "app/export/clipboard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/export/progress.h"
#include "render/words.h"

extern char **environ;

/* It reads the picture, then goes on in the background. */
static bool start(char *const words[], int picture, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, picture, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const int number = posix_spawnp(pid, words[0], &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return number == 0;
}

/* Whether it took the picture; one that does not within two seconds, or that is not waited for, is ended. */
static bool took(pid_t pid, struct progress *progress)
{
    static const struct timespec moment = { .tv_nsec = 5000000 };
    int status;

    for (int i = 0; i < 400 && !progress_stopped(progress); i++) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        nanosleep(&moment, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return false;
}

bool clipboard_picture(const char *path, struct progress *progress, struct error *err)
{
    char wl[] = "wl-copy", type[] = "--type", png[] = "image/png";
    char x[] = "xclip", selection[] = "-selection", which[] = "clipboard", t[] = "-t", in[] = "-i";
    char *const wayland[] = { wl, type, png, NULL };
    char *const x11[] = { x, selection, which, t, png, in, NULL };
    char *const *const programs[] = { getenv("WAYLAND_DISPLAY") ? wayland : NULL, x11 };
    bool found = false;

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        const int picture = programs[i] ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        pid_t pid;
        if (picture < 0) {
            continue;
        }
        const bool started = start(programs[i], picture, &pid);
        close(picture);
        found = found || started;
        if (started && took(pid, progress)) {
            return true;
        }
        if (progress_stopped(progress)) {
            return error_set(err, "stopped");
        }
    }
    return error_set(
        err, "%s",
        found
            ? WORD("The picture could not be copied: the clipboard did not take it.")
            : WORD("Copying a picture needs the program wl-copy or xclip; neither is installed."));
}
