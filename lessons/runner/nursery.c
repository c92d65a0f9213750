#include "lessons/runner/nursery.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/base/system_error.h"
#include "lessons/runner/launch.h"

enum { ANSWER_MILLISECONDS = 250 };

struct nursery {
    pid_t pid; /* 0: gone and reaped */
    int fd;
    bool ready;
};

struct nursery *nursery_start(const struct client_options *options, struct error *err)
{
    int ends[2];
    pid_t pid = 0;
    if (!launch_make_ends(ends, true, err)) {
        return NULL;
    }
    const struct launch_ends child = { .out = -1, .err = -1, .trace = -1, .order = ends[1] };
    const int code = launch_runner(options, &child, true, &pid);
    close(ends[1]);
    if (code != 0) {
        close(ends[0]);
        error_set_kind(err, ERROR_IO, "cannot start %s: %s", options->runner, system_error(code));
        return NULL;
    }
    struct nursery *nursery = memory_allocate(1, sizeof(*nursery));
    *nursery = (struct nursery){ .pid = pid, .fd = ends[0] };
    return nursery;
}

static void give_up(struct nursery *nursery)
{
    if (nursery->pid > 0) {
        kill(nursery->pid, SIGKILL);
        while (waitpid(nursery->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    nursery->pid = 0;
}

void nursery_destroy(struct nursery *nursery)
{
    if (nursery) {
        give_up(nursery);
        close(nursery->fd);
        free(nursery);
    }
}

bool nursery_is_alive(struct nursery *nursery)
{
    if (nursery->pid > 0 && waitpid(nursery->pid, NULL, WNOHANG) == nursery->pid) {
        nursery->pid = 0;
    }
    return nursery->pid > 0;
}

bool nursery_is_ready(struct nursery *nursery)
{
    char word;
    if (!nursery->ready && recv(nursery->fd, &word, 1, MSG_DONTWAIT) == 1) {
        nursery->ready = true;
    }
    return nursery->ready && nursery_is_alive(nursery);
}

static bool send_ends(const struct nursery *nursery, const int ends[NURSERY_ENDS])
{
    char word = 0;
    struct iovec bytes = { &word, 1 };
    union {
        char bytes[CMSG_SPACE(NURSERY_ENDS * sizeof(int))];
        struct cmsghdr align;
    } control = { 0 };
    struct msghdr message = { .msg_iov = &bytes,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof(control.bytes) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(NURSERY_ENDS * sizeof(int));
    memcpy(CMSG_DATA(header), ends, NURSERY_ENDS * sizeof(int));
    return sendmsg(nursery->fd, &message, MSG_NOSIGNAL) == 1;
}

static bool read_pid(const struct nursery *nursery, pid_t *pid)
{
    struct pollfd wait = { .fd = nursery->fd, .events = POLLIN };
    int got;
    do {
        got = poll(&wait, 1, ANSWER_MILLISECONDS);
    } while (got < 0 && errno == EINTR);
    return got == 1 && recv(nursery->fd, pid, sizeof(*pid), 0) == (ssize_t)sizeof(*pid) && *pid > 0;
}

bool nursery_split(struct nursery *nursery, const int ends[NURSERY_ENDS], pid_t *pid)
{
    if (!nursery_is_ready(nursery)) {
        return false;
    }
    if (!send_ends(nursery, ends) || !read_pid(nursery, pid)) {
        give_up(nursery);
        return false;
    }
    return true;
}
