#include "app/export/ffmpeg.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/base/save.h"
#include "engine/base/system_error.h"

extern char **environ;

enum { SAID_MOST = 1000 };

struct ffmpeg {
    pid_t pid;
    int to, said; /* its input; a file in memory with what it says */
    size_t frame_bytes;
    struct save save; /* which it writes */
};

/* Ctrl+C reaches it as usual, though this program looks after that itself while it exports. */
static void set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;

    sigemptyset(&none);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
}

static int spawn(struct ffmpeg *ffmpeg, int from, int width, int height, int rate)
{
    char size[32], speed[16];
    char name[] = "ffmpeg", level[] = "error", raw[] = "rawvideo", format[] = "bgr0";
    char codec[] = "libx264", out[] = "yuv420p", fast[] = "+faststart", mp4[] = "mp4";
    char v[] = "-loglevel", f[] = "-f", p[] = "-pix_fmt", s[] = "-s", r[] = "-r", i[] = "-i";
    char in[] = "-", c[] = "-c:v", m[] = "-movflags", y[] = "-y", q[] = "-nostdin";
    char x[] = "-xerror"; /* else it takes a full disk for a film that is done */
    char *const words[] = { name, q,     x,     v,      level,
                            f,    raw,   p,     format, s,
                            size, r,     speed, i,      in,
                            c,    codec, p,     out,    m,
                            fast, f,     mp4,   y,      ffmpeg->save.beside,
                            NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    snprintf(size, sizeof(size), "%dx%d", width, height);
    snprintf(speed, sizeof(speed), "%d", rate);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ffmpeg->said, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ffmpeg->said, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    set_signals(&attributes);
    const int number = posix_spawnp(&ffmpeg->pid, name, &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

static void destroy(struct ffmpeg *ffmpeg)
{
    if (ffmpeg->to >= 0) {
        close(ffmpeg->to);
    }
    if (ffmpeg->said >= 0) {
        close(ffmpeg->said);
    }
    free(ffmpeg);
}

struct ffmpeg *ffmpeg_start(const char *path, int width, int height, int rate, struct error *err)
{
    struct ffmpeg *const ffmpeg = memory_allocate(1, sizeof(*ffmpeg));
    int ends[2];

    *ffmpeg = (struct ffmpeg){ .to = -1,
                               .said = memfd_create("ffmpeg", MFD_CLOEXEC),
                               .frame_bytes = 4 * (size_t)width * (size_t)height };
    if (!save_open(&ffmpeg->save, path)) {
        error_set_kind(err, ERROR_IO, "cannot write %s: %s", path, system_error(errno));
        destroy(ffmpeg);
        return NULL;
    }
    /* A socket, not a pipe: writing to one that nobody reads is an error and no signal. */
    int number = ffmpeg->said < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0
                     ? errno
                     : 0;
    if (number == 0) {
        ffmpeg->to = ends[0];
        number = spawn(ffmpeg, ends[1], width, height, rate);
        close(ends[1]);
    }
    if (number == ENOENT) {
        error_set_kind(err, ERROR_IO,
                       "an MP4 needs the program ffmpeg, which is not installed; install it, or "
                       "choose gif");
    } else if (number != 0) {
        error_set_kind(err, ERROR_IO, "ffmpeg cannot be started: %s", system_error(number));
    }
    if (number != 0) {
        save_abandon(&ffmpeg->save);
        destroy(ffmpeg);
        return NULL;
    }
    return ffmpeg;
}

bool ffmpeg_frame(struct ffmpeg *ffmpeg, const uint32_t *pixels, struct error *err)
{
    const char *const bytes = (const char *)pixels;

    for (size_t done = 0; done < ffmpeg->frame_bytes;) {
        const ssize_t sent =
            send(ffmpeg->to, bytes + done, ffmpeg->frame_bytes - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return error_set_kind(err, ERROR_IO, "ffmpeg takes no more pictures");
        }
        done += sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

/* The last line that it wrote, without what stands before the reason. */
static bool tell_why(const struct ffmpeg *ffmpeg, struct error *err)
{
    char said[SAID_MOST + 1];
    ssize_t length = pread(ffmpeg->said, said, SAID_MOST, 0);

    length = length > 0 ? length : 0;
    while (length > 0 && said[length - 1] == '\n') {
        length--;
    }
    said[length] = '\0';
    const char *const line = strrchr(said, '\n');
    return error_set_kind(err, ERROR_IO, "ffmpeg could not write %s%s%s", ffmpeg->save.path,
                          length > 0 ? ": " : "", line ? line + 1 : said);
}

static int wait_for(struct ffmpeg *ffmpeg)
{
    int status = -1;

    close(ffmpeg->to);
    ffmpeg->to = -1;
    while (waitpid(ffmpeg->pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

bool ffmpeg_finish(struct ffmpeg *ffmpeg, struct error *err)
{
    bool good = wait_for(ffmpeg) == 0 || tell_why(ffmpeg, err);

    if (!good) {
        save_abandon(&ffmpeg->save);
    } else if (!save_finish(&ffmpeg->save)) {
        good = error_set_kind(err, ERROR_IO, "cannot write the film: %s", system_error(errno));
    }
    destroy(ffmpeg);
    return good;
}

void ffmpeg_abandon(struct ffmpeg *ffmpeg)
{
    kill(ffmpeg->pid, SIGTERM);
    wait_for(ffmpeg);
    save_abandon(&ffmpeg->save);
    destroy(ffmpeg);
}
