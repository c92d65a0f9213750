#include "lessons/runner/guard.h"

#include <fcntl.h>
#include <string.h>

#include "lessons/runner/reading.h"

enum { DENIED_MAX = 1000 }; /* told; more are refused all the same */

/* Which of Python's audit events are refused, and in which words. */
struct refusal {
    const char *event;
    const char *what, *words;
};

static const char recording[] = "recording";
static const char network[] = "a lesson may not use the network: nothing comes into its box or "
                              "leaves it. Bring the files from "
                              "elsewhere and put them beside the lesson";
static const char programs[] =
    "a lesson may not start programs: in its box there is nothing but Python";
static const char processes[] =
    "a lesson may not start processes: one is all that its box has; threads work";
static const char files[] = "a lesson may not change files: it runs in a box that can only read. "
                            "What it prints and computes "
                            "is in its trace";
static const char folders[] = "a lesson may not leave its folder: names of files begin there. "
                              "Write the folder into the name, "
                              "as in data/x.csv";
static const char limits[] = "a lesson may not change its limits: they are those of its box";

static const struct refusal refusals[] = {
    { "socket.__new__", "socket", network },
    { "socket.getaddrinfo", "socket", network },
    { "socket.gethostbyname", "socket", network },
    { "socket.gethostbyaddr", "socket", network },
    { "os.system", "program", programs },
    { "subprocess.Popen", "program", programs },
    { "os.exec", "program", programs },
    { "os.spawn", "program", programs },
    { "os.posix_spawn", "program", programs },
    { "os.startfile", "program", programs },
    { "os.fork", "process", processes },
    { "os.forkpty", "process", processes },
    { "os.remove", "file", files },
    { "os.rename", "file", files },
    { "os.mkdir", "file", files },
    { "os.rmdir", "file", files },
    { "os.link", "file", files },
    { "os.symlink", "file", files },
    { "os.truncate", "file", files },
    { "os.chmod", "file", files },
    { "os.chown", "file", files },
    { "os.utime", "file", files },
    { "os.setxattr", "file", files },
    { "os.removexattr", "file", files },
    { "os.chdir", "folders", folders },
    { "resource.setrlimit", "limit", limits },
    { "resource.prlimit", "limit", limits },
    { "sys.settrace", recording,
      "a lesson may not set a trace function: it is being recorded with one. At full speed, with "
      "--no-trace, it may" },
    { "sys.setprofile", recording,
      "a lesson may not set a profile function: it is being recorded. At full speed, with "
      "--no-trace, it may" },
};

static const struct refusal refused_open = { "open", "open",
                                             "a lesson may not write files: it runs in a box that "
                                             "can only read. What it prints and computes "
                                             "is in its trace" };

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
    return refusal->what == recording && (!guard->outlet || outlet_is_full(guard->outlet));
}

void guard_tell(struct guard *guard, const char *what, const char *text)
{
    if (guard->outlet && guard->told < DENIED_MAX) {
        guard->told++;
        outlet_write(guard->outlet, &(struct record){ .kind = RECORD_DENIED,
                                                      .denied = {
                                                          .what = what,
                                                          .text = { text, strlen(text) },
                                                          .at = code_here(guard->codes),
                                                      } });
    }
}

/* Events that read: open(path, ...), os.listdir(path), os.scandir(path). -1 with an exception. */
static int refuse_reading(struct guard *guard, PyObject *arguments)
{
    PyObject *const path = PyTuple_GET_SIZE(arguments) > 0 ? PyTuple_GET_ITEM(arguments, 0) : NULL;
    const enum reading reading = path ? reading_of(guard, path) : READING_FINE;
    if (reading == READING_FINE) {
        return 0;
    }
    PyObject *const words = reading_words(reading, path);
    const char *const text = words ? PyUnicode_AsUTF8(words) : NULL;
    if (text) {
        guard_tell(guard, reading == READING_BESIDE ? "folder" : "read", text);
        PyErr_SetObject(PyExc_PermissionError, words);
    }
    Py_XDECREF(words);
    return -1;
}

static bool is_reading(const char *event)
{
    return strcmp(event, "open") == 0 || strcmp(event, "os.listdir") == 0 ||
           strcmp(event, "os.scandir") == 0;
}

static int on_audit(const char *event, PyObject *arguments, void *context)
{
    struct guard *guard = context;
    const struct refusal *refusal = guard->on ? refusal_of(event, arguments) : NULL;
    if (!refusal || is_harmless(guard, refusal)) {
        return guard->on && is_reading(event) ? refuse_reading(guard, arguments) : 0;
    }
    guard_tell(guard, refusal->what, refusal->words);
    PyErr_SetString(PyExc_PermissionError, refusal->words);
    return -1;
}

/* ---- recursion -------------------------------------------------------------------------------- */

/* sys.setrecursionlimit(limit), whose original is `own`. Python needs no stack of C for its own calls, so
 * that without a limit a recursion takes all memory, and then the same again for the traceback of each of
 * its millions of calls: minutes, in which no signal is heard. */
static PyObject *set_recursion_limit(PyObject *own, PyObject *limit)
{
    enum { MOST = 100000 };
    int beyond = 0;
    const long wanted = PyLong_Check(limit) ? PyLong_AsLongAndOverflow(limit, &beyond) : 0;
    if (beyond > 0 || wanted > MOST) {
        return PyObject_CallFunction(own, "i", MOST);
    }
    return PyObject_CallOneArg(own, limit);
}

static PyMethodDef set_recursion_limit_method = { "setrecursionlimit", set_recursion_limit, METH_O,
                                                  NULL };

static bool limit_recursion(void)
{
    PyObject *const own = PySys_GetObject("setrecursionlimit"); /* lent */
    PyObject *const limited = own ? PyCFunction_New(&set_recursion_limit_method, own) : NULL;
    const bool fine = limited && PySys_SetObject("setrecursionlimit", limited) == 0;
    Py_XDECREF(limited);
    return fine;
}

bool guard_install(struct guard *guard)
{
    guard->on = false;
    return PySys_AddAuditHook(on_audit, guard) == 0 && reading_watch_imports(guard) &&
           limit_recursion();
}
