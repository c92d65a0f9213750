/* Files that a lesson saves to and loads from, by Python's own means. */
#include "lessons/torch/lesson_file.h"

bool file_is_path(PyObject *file)
{
    return PyUnicode_Check(file) || PyBytes_Check(file) ||
           PyObject_HasAttrString(file, "__fspath__");
}

static PyObject *file_opened(PyObject *path, const char *mode)
{
    PyObject *io = PyImport_ImportModule("io");
    PyObject *file = io ? PyObject_CallMethod(io, "open", "Os", path, mode) : NULL;
    Py_XDECREF(io);
    return file;
}

/* Takes an open file; calls its method and closes it. */
static PyObject *use_and_close(PyObject *file, const char *method, PyObject *argument)
{
    PyObject *result = argument ? PyObject_CallMethod(file, method, "O", argument)
                                : PyObject_CallMethod(file, method, NULL);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *closed = PyObject_CallMethod(file, "close", NULL);
    if (type) {
        PyErr_Restore(type, value, traceback);
    }
    if (!closed && !type) {
        Py_CLEAR(result);
    }
    Py_XDECREF(closed);
    Py_DECREF(file);
    return result;
}

/* ---- files kept in memory ---------------------------------------------------------------------- */

bool torch_keep_files(void)
{
    struct face *face = face_current();
    if (!face->kept_files) {
        face->kept_files = PyDict_New();
    }
    return face->kept_files != NULL;
}

/* What names the same file however it is written. */
static PyObject *full_path(PyObject *path)
{
    PyObject *library = PyImport_ImportModule("os");
    PyObject *plain = library ? PyObject_CallMethod(library, "fsdecode", "O", path) : NULL;
    PyObject *paths = plain ? PyObject_GetAttrString(library, "path") : NULL;
    PyObject *full = paths ? PyObject_CallMethod(paths, "abspath", "O", plain) : NULL;
    Py_XDECREF(library);
    Py_XDECREF(plain);
    Py_XDECREF(paths);
    return full;
}

/* A new reference; NULL without an exception if there is none. */
static PyObject *kept_content(PyObject *path)
{
    PyObject *files = face_current()->kept_files;
    PyObject *full = files && PyDict_GET_SIZE(files) > 0 ? full_path(path) : NULL;
    PyObject *content = full ? PyDict_GetItemWithError(files, full) : NULL; /* lent */
    Py_XDECREF(full);
    return Py_XNewRef(content);
}

static bool keep(PyObject *path, PyObject *content)
{
    struct face *face = face_current();
    PyObject *full = full_path(path);
    bool kept = full && PyDict_SetItem(face->kept_files, full, content) == 0;
    if (kept && !face->told_of_kept) {
        face->told_of_kept = true;
        kept =
            PyErr_WarnFormat(PyExc_UserWarning, 1,
                             "Gradlight keeps %R in memory until this run ends: a lesson can load "
                             "it again, and leaves no file behind",
                             path) == 0;
    }
    Py_XDECREF(full);
    return kept;
}

/* ---- reading and writing ----------------------------------------------------------------------- */

PyObject *file_content(PyObject *file)
{
    PyObject *content = file_is_path(file) ? kept_content(file) : NULL;
    if (content || PyErr_Occurred()) {
        return content;
    }
    if (file_is_path(file)) {
        PyObject *opened = file_opened(file, "rb");
        content = opened ? use_and_close(opened, "read", NULL) : NULL;
    } else if (!PyObject_HasAttrString(file, "read")) {
        return PyErr_Format(PyExc_AttributeError,
                            "'%s' object has no attribute '%s'. You can only torch.load from a "
                            "file that is seekable. Please pre-load the data into a buffer like "
                            "io.BytesIO and try to load from it instead.",
                            Py_TYPE(file)->tp_name,
                            PyObject_HasAttrString(file, "seek") ? "read" : "seek");
    } else {
        content = PyObject_CallMethod(file, "read", NULL);
    }
    if (content && !PyBytes_Check(content)) {
        Py_CLEAR(content);
        PyErr_SetString(PyExc_TypeError, "a file to load from must be opened for bytes: mode 'rb'");
    }
    return content;
}

PyObject *file_write(PyObject *file, PyObject *content)
{
    PyObject *written = NULL;
    if (file_is_path(file) && face_current()->kept_files) {
        written = keep(file, content) ? Py_NewRef(Py_None) : NULL;
    } else if (file_is_path(file)) {
        PyObject *opened = file_opened(file, "wb");
        written = opened ? use_and_close(opened, "write", content) : NULL;
    } else {
        written = PyObject_CallMethod(file, "write", "O", content);
    }
    Py_XDECREF(written);
    return written ? Py_NewRef(Py_None) : NULL;
}
