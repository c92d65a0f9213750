#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lessons/runner/split.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lessons/runner/nursery.h"

static void close_ends(const int ends[NURSERY_ENDS])
{
    for (int i = 0; i < NURSERY_ENDS; i++) {
        close(ends[i]);
    }
}

/* False when nobody will ask any more, or asks for something else. */
static bool receive_ends(int fd, int ends[NURSERY_ENDS])
{
    char word;
    struct iovec bytes = { &word, 1 };
    union {
        char bytes[CMSG_SPACE(NURSERY_ENDS * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = { .msg_iov = &bytes,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof(control.bytes) };
    ssize_t got;
    do {
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    const struct cmsghdr *header = got == 1 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!header || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(NURSERY_ENDS * sizeof(int))) {
        return false;
    }
    memcpy(ends, CMSG_DATA(header), NURSERY_ENDS * sizeof(int));
    return true;
}

/* A fork whose child is a child of whoever started us, to be waited for and killed by its id like a
 * runner that was started. The C library has no call for it; what its fork() does besides is for
 * threads, and there is only this one. */
static pid_t fork_beside(void)
{
    PyOS_BeforeFork();
    const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        PyOS_AfterFork_Child();
    } else {
        PyOS_AfterFork_Parent();
    }
    return pid;
}

/* Whoever imports numpy in a process of its own gets random numbers of its own. */
static void seed_numpy(void)
{
    PyObject *modules = PyImport_GetModuleDict();                     /* lent */
    PyObject *random = PyDict_GetItemString(modules, "numpy.random"); /* lent */
    PyObject *done = random ? PyObject_CallMethod(random, "seed", NULL) : NULL;
    PyErr_Clear();
    Py_XDECREF(done);
}

static void become_runner(int fd, const int ends[NURSERY_ENDS])
{
    close(fd);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* is not inherited */
    setsid();                         /* whatever it starts ends with it */
    dup2(ends[NURSERY_OUTPUT], 1);
    dup2(ends[NURSERY_OUTPUT], 2);
    close(ends[NURSERY_OUTPUT]);
    seed_numpy();
}

bool split_serve(int fd, int *trace_fd, int *order_fd)
{
    const char ready = 1;
    int ends[NURSERY_ENDS];
    bool asked = send(fd, &ready, 1, MSG_NOSIGNAL) == 1;
    while (asked && receive_ends(fd, ends)) {
        const pid_t pid = fork_beside();
        if (pid == 0) {
            become_runner(fd, ends);
            *trace_fd = ends[NURSERY_TRACE];
            *order_fd = ends[NURSERY_ORDER];
            return true;
        }
        close_ends(ends);
        asked = send(fd, &pid, sizeof(pid), MSG_NOSIGNAL) == (ssize_t)sizeof(pid);
    }
    return false;
}
