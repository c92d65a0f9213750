#include "lessons/runner/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "lessons/runner/box.h"

static const char beside_words[] =
    "a lesson may not read %.200s: what lies beside it is read only when you allow it, in the "
    "window or with --allow-read";
static const char elsewhere_words[] =
    "a lesson may not read %.200s: it sees Python's library and numpy, and when you allow it what "
    "lies in its own folder";

static const char closed_words[] =
    "a lesson may not read %.200s: its box is strict, and no file can be opened in it. You chose "
    "that with --strict-box or in the window, as this kernel lacks Landlock";
static const char import_words[] =
    "%.200s cannot be imported: the lesson's box is strict, and has nothing but the most used of "
    "Python's library, numpy, and Gradlight's torch and torchvision";

/* ---- paths ------------------------------------------------------------------------------------ */

/* New bytes as the system has them; NULL without an exception for what is no path. */
static PyObject *path_bytes(PyObject *path)
{
    PyObject *bytes = NULL;
    if (path == Py_None) {
        return PyBytes_FromString(".");
    }
    if ((PyUnicode_Check(path) || PyBytes_Check(path)) && !PyUnicode_FSConverter(path, &bytes)) {
        PyErr_Clear(); /* it has a zero in it, which opening it will say */
    }
    return bytes;
}

/* From the root on, links followed, in `out` of PATH_MAX bytes; false for what is not there. */
static bool path_whole(PyObject *path, char *out)
{
    PyObject *const bytes = path_bytes(path);
    const bool there = bytes && realpath(PyBytes_AS_STRING(bytes), out);
    Py_XDECREF(bytes);
    return there;
}

static bool is_in_folder(const struct guard *guard, const char *whole)
{
    const size_t length = guard->folder ? strlen(guard->folder) : 0;
    return length > 0 && strncmp(whole, guard->folder, length) == 0 &&
           (whole[length] == '/' || whole[length] == '\0');
}

/* Only trying tells what Landlock says. Without it all that a lesson has no business with is refused here:
 * that does not stop machine code, but most of what would read a file by mistake or for a joke. */
static bool is_refused(const struct guard *guard, const char *whole)
{
    if (guard->alone) {
        static const char *const ours[] = { GRADLIGHT_PYTHON_STDLIB, GRADLIGHT_DATADIR };
        bool fine = box_reads_for_all(whole) || (guard->reads_folder && is_in_folder(guard, whole));
        for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
            fine |= strncmp(whole, ours[i], strlen(ours[i])) == 0;
        }
        return !fine;
    }
    const int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const bool refused = fd < 0 && (errno == EACCES || errno == EPERM);
    if (fd >= 0) {
        close(fd);
    }
    return refused;
}

/* The machinery of imports looks into folders by itself; what it finds missing is told elsewhere. */
static bool is_import(void)
{
    PyFrameObject *const frame = PyEval_GetFrame(); /* lent */
    PyCodeObject *const code = frame ? PyFrame_GetCode(frame) : NULL;
    const char *const file = code ? PyUnicode_AsUTF8(code->co_filename) : NULL;
    const bool import = file && strncmp(file, "<frozen importlib", 17) == 0;
    PyErr_Clear();
    Py_XDECREF(code);
    return import;
}

enum reading reading_of(const struct guard *guard, PyObject *path)
{
    char whole[PATH_MAX];
    if (guard->closed) {
        return path_whole(path, whole) ? READING_CLOSED : READING_FINE;
    }
    if (!path_whole(path, whole) || !is_refused(guard, whole) || is_import()) {
        return READING_FINE;
    }
    if (!is_in_folder(guard, whole)) {
        return READING_ELSEWHERE;
    }
    /* One that is closed to everybody is no matter of the box. */
    return guard->reads_folder ? READING_FINE : READING_BESIDE;
}

PyObject *reading_words(enum reading reading, PyObject *path)
{
    PyObject *const bytes = path_bytes(path);
    const char *const name = !bytes            ? "?"
                             : path == Py_None ? "its folder"
                                               : PyBytes_AS_STRING(bytes);
    PyObject *const words = PyUnicode_FromFormat(reading == READING_BESIDE   ? beside_words
                                                 : reading == READING_CLOSED ? closed_words
                                                                             : elsewhere_words,
                                                 name);
    Py_XDECREF(bytes);
    return words;
}

/* ---- modules ---------------------------------------------------------------------------------- */

/* The file, or folder, of such a module in a folder beside the lesson, as the lesson would call it. */
static bool find_in(const struct guard *guard, PyObject *folder, const char *name, char *file)
{
    static const char *const endings[] = { ".py", "" };
    char whole[PATH_MAX], path[PATH_MAX + 256];
    if (!path_whole(folder, whole) || !is_in_folder(guard, whole)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const int length = snprintf(path, sizeof(path), "%s/%s%s", whole, name, endings[i]);
        if (length < PATH_MAX && access(path, F_OK) == 0) {
            snprintf(file, PATH_MAX, "%s", path + strlen(guard->folder) + 1);
            return true;
        }
    }
    return false;
}

/* In the lesson's folder, or in one beside it that the lesson has put into sys.path. */
static bool find_module(const struct guard *guard, const char *name, char *file)
{
    PyObject *const folders = PySys_GetObject("path"); /* lent */
    const Py_ssize_t count = folders && PyList_Check(folders) ? PyList_GET_SIZE(folders) : 0;
    if (find_in(guard, Py_None, name, file)) {
        return true;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (find_in(guard, PyList_GET_ITEM(folders, i), name, file)) {
            return true;
        }
    }
    return false;
}

static const char capsule_name[] = "gradlight.guard";

/* find_spec(name, path, target), asked last: whatever is found here could not be read. */
static PyObject *find_spec(PyObject *capsule, PyObject *const *arguments, Py_ssize_t count)
{
    struct guard *const guard = PyCapsule_GetPointer(capsule, capsule_name);
    const char *const name =
        count > 0 && PyUnicode_Check(arguments[0]) ? PyUnicode_AsUTF8(arguments[0]) : NULL;
    char file[PATH_MAX];
    PyErr_Clear();
    if (!guard || !name || !guard->on || guard->reads_folder || strchr(name, '.') ||
        !find_module(guard, name, file)) {
        Py_RETURN_NONE;
    }
    PyObject *const words = PyUnicode_FromFormat(beside_words, file);
    const char *const text = words ? PyUnicode_AsUTF8(words) : NULL;
    if (text) {
        guard_tell(guard, "folder", text);
        PyErr_SetImportErrorSubclass(PyExc_ModuleNotFoundError, words, arguments[0], NULL);
    }
    Py_XDECREF(words);
    return NULL;
}

/* Another that finds nothing, where nothing can be read. */
static PyObject *refuse_spec(PyObject *capsule, PyObject *const *arguments, Py_ssize_t count)
{
    struct guard *const guard = PyCapsule_GetPointer(capsule, capsule_name);
    const char *const name =
        count > 0 && PyUnicode_Check(arguments[0]) ? PyUnicode_AsUTF8(arguments[0]) : NULL;
    PyErr_Clear();
    if (!guard || !name || !guard->on) {
        Py_RETURN_NONE;
    }
    PyObject *const words = PyUnicode_FromFormat(import_words, name);
    const char *const text = words ? PyUnicode_AsUTF8(words) : NULL;
    if (text) {
        guard_tell(guard, "import", text);
        PyErr_SetImportError(words, arguments[0], NULL);
    }
    Py_XDECREF(words);
    return NULL;
}

static PyMethodDef find_spec_method = { "find_spec", (PyCFunction)(void (*)(void))find_spec,
                                        METH_FASTCALL, NULL };
static PyMethodDef refuse_spec_method = { "find_spec", (PyCFunction)(void (*)(void))refuse_spec,
                                          METH_FASTCALL, NULL };

/* Is asked for modules that those before it do not have. */
static bool add_finder(struct guard *guard, PyMethodDef *method)
{
    PyObject *const finders = PySys_GetObject("meta_path"); /* lent */
    PyObject *const capsule = PyCapsule_New(guard, capsule_name, NULL);
    PyObject *const find = capsule ? PyCFunction_New(method, capsule) : NULL;
    PyObject *const finder = find ? PyModule_New("gradlight_finder") : NULL;
    const bool fine = finders && finder && PyObject_SetAttrString(finder, "find_spec", find) == 0 &&
                      PyList_Append(finders, finder) == 0;
    Py_XDECREF(capsule);
    Py_XDECREF(find);
    Py_XDECREF(finder);
    return fine;
}

bool reading_watch_imports(struct guard *guard)
{
    return add_finder(guard, &find_spec_method);
}

bool reading_close_imports(struct guard *guard)
{
    enum { WITHOUT_FILES = 2 }; /* what is built in and what is frozen come first */
    PyObject *const finders = PySys_GetObject("meta_path"); /* lent */
    return finders &&
           PyList_SetSlice(finders, WITHOUT_FILES, PyList_GET_SIZE(finders), NULL) == 0 &&
           add_finder(guard, &refuse_spec_method);
}
