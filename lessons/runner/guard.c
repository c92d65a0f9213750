#include "lessons/runner/guard.h"

#include <fcntl.h>
#include <string.h>

enum { DENIED_MAX = 1000 }; /* told; more are refused all the same */

/* Which of Python's audit events are refused, and in which words. */
struct refusal {
    const char *event;
    const char *what, *words;
};

static const char recording[] = "recording";

static const struct refusal refusals[] = {
    { "socket.__new__", "socket", "use the network" },
    { "socket.getaddrinfo", "socket", "use the network" },
    { "socket.gethostbyname", "socket", "use the network" },
    { "socket.gethostbyaddr", "socket", "use the network" },
    { "os.system", "program", "start programs" },
    { "subprocess.Popen", "program", "start programs" },
    { "os.exec", "program", "start programs" },
    { "os.posix_spawn", "program", "start programs" },
    { "os.startfile", "program", "start programs" },
    { "os.fork", "process", "start processes" },
    { "os.forkpty", "process", "start processes" },
    { "os.remove", "file", "change files" },
    { "os.rename", "file", "change files" },
    { "os.mkdir", "file", "change files" },
    { "os.rmdir", "file", "change files" },
    { "os.link", "file", "change files" },
    { "os.symlink", "file", "change files" },
    { "os.truncate", "file", "change files" },
    { "os.chmod", "file", "change files" },
    { "os.chown", "file", "change files" },
    { "os.utime", "file", "change files" },
    { "os.setxattr", "file", "change files" },
    { "os.removexattr", "file", "change files" },
    { "resource.setrlimit", "limit", "change its limits" },
    { "resource.prlimit", "limit", "change its limits" },
    { "sys.settrace", recording, "set a trace function" },
    { "sys.setprofile", recording, "set a profile function" },
};

static const struct refusal refused_open = { "open", "open", "write files" };

/* open(path, mode, flags): reading is the box's business, writing is told here. */
static bool opens_to_write(PyObject *arguments)
{
    if (PyTuple_GET_SIZE(arguments) < 3 || !PyLong_Check(PyTuple_GET_ITEM(arguments, 2))) {
        return false;
    }
    long flags = PyLong_AsLong(PyTuple_GET_ITEM(arguments, 2));
    if (flags == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) != 0;
}

static const struct refusal *refusal_of(const char *event, PyObject *arguments)
{
    if (strcmp(event, "open") == 0) {
        return opens_to_write(arguments) ? &refused_open : NULL;
    }
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strcmp(event, refusals[i].event) == 0) {
            return &refusals[i];
        }
    }
    return NULL;
}

/* Nobody is disturbed when nothing is recorded, or no longer. */
static bool is_harmless(const struct guard *guard, const struct refusal *refusal)
{
    return refusal->what == recording && (!guard->outlet || guard->outlet->full);
}

static void tell(struct guard *guard, const struct refusal *refusal, const char *text)
{
    if (guard->outlet && guard->told < DENIED_MAX) {
        guard->told++;
        outlet_write(guard->outlet, &(struct record){ .kind = RECORD_DENIED,
                                                      .denied = {
                                                          .what = refusal->what,
                                                          .text = { text, strlen(text) },
                                                          .at = code_here(guard->codes),
                                                      } });
    }
}

static int on_audit(const char *event, PyObject *arguments, void *context)
{
    struct guard *guard = context;
    const struct refusal *refusal = guard->on ? refusal_of(event, arguments) : NULL;
    if (!refusal || is_harmless(guard, refusal)) {
        return 0;
    }
    char text[160];
    snprintf(text, sizeof(text), "a lesson may not %s: it %s", refusal->words,
             refusal->what == recording
                 ? "is being recorded"
                 : "runs in a box without network, other programs and writing");
    tell(guard, refusal, text);
    PyErr_SetString(PyExc_PermissionError, text);
    return -1;
}

bool guard_install(struct guard *guard)
{
    guard->on = false;
    return PySys_AddAuditHook(on_audit, guard) == 0;
}
