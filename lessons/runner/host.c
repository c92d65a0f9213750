#include "lessons/runner/host.h"

#include <string.h>

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "config.h"
#include "lessons/torch/torch.h"

static bool status_fine(PyStatus status, struct error *err)
{
    if (!PyStatus_Exception(status)) {
        return true;
    }
    return error_set(err, "Python does not start: %s",
                     status.err_msg ? status.err_msg : "it does not say why");
}

static PyStatus append_path(PyConfig *config, const char *path)
{
    wchar_t *wide = Py_DecodeLocale(path, NULL);
    if (!wide) {
        return PyStatus_NoMemory();
    }
    PyStatus status = PyWideStringList_Append(&config->module_search_paths, wide);
    PyMem_RawFree(wide);
    return status;
}

/* Nothing is looked for: searching would cost time and could find another Python's files. */
static PyStatus set_paths(PyConfig *config, const char *folder)
{
    static const char stdlib[] = GRADLIGHT_PYTHON_STDLIB;
    config->module_search_paths_set = 1;
    PyStatus status = folder ? append_path(config, folder) : PyStatus_Ok();
    if (!PyStatus_Exception(status)) {
        status = append_path(config, stdlib);
    }
    if (!PyStatus_Exception(status)) {
        status = append_path(config, GRADLIGHT_PYTHON_STDLIB "/lib-dynload");
    }
    return status;
}

bool host_start(const char *folder, struct error *err)
{
    PyPreConfig before;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1; /* only here; later is too late */
    if (!status_fine(Py_PreInitialize(&before), err)) {
        return false;
    }
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.install_signal_handlers = 1;
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    PyStatus status = set_paths(&config, folder);
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&config);
    return status_fine(status, err);
}

void host_version(char *out, size_t size)
{
    const char *all = Py_GetVersion(); /* "3.11.2 (main, ...) [GCC ...]" */
    size_t length = strcspn(all, " +");
    length = length < size ? length : size - 1;
    memcpy(out, all, length);
    out[length] = '\0';
}

/* ---- numpy ---- */

/* find_spec(name, path, target): numpy itself is searched in the system's folders; its submodules
 * then come from its own __path__ by the usual finder. */
static PyObject *find_numpy(PyObject *folders, PyObject *const *arguments, Py_ssize_t count)
{
    if (count < 1 || !PyUnicode_Check(arguments[0]) ||
        PyUnicode_CompareWithASCIIString(arguments[0], "numpy") != 0) {
        Py_RETURN_NONE;
    }
    PyObject *machinery = PyImport_ImportModule("_frozen_importlib_external");
    PyObject *finder = machinery ? PyObject_GetAttrString(machinery, "PathFinder") : NULL;
    PyObject *spec =
        finder ? PyObject_CallMethod(finder, "find_spec", "OO", arguments[0], folders) : NULL;
    Py_XDECREF(machinery);
    Py_XDECREF(finder);
    return spec;
}

static PyMethodDef find_numpy_method = { "find_spec", (PyCFunction)(void (*)(void))find_numpy,
                                         METH_FASTCALL, NULL };

/* Debian's packages stand in /usr/lib/python3/dist-packages, others' in site-packages. */
static PyObject *package_folders(void)
{
    return Py_BuildValue("[ss]", GRADLIGHT_PYTHON_STDLIB "/../python3/dist-packages",
                         GRADLIGHT_PYTHON_STDLIB "/site-packages");
}

bool host_offer_numpy(void)
{
    PyObject *finders = PySys_GetObject("meta_path"); /* lent */
    PyObject *folders = package_folders();
    PyObject *find = folders ? PyCFunction_New(&find_numpy_method, folders) : NULL;
    PyObject *finder = find ? PyModule_New("gradlight_numpy_finder") : NULL;
    bool fine = finders && finder && PyObject_SetAttrString(finder, "find_spec", find) == 0 &&
                PyList_Append(finders, finder) == 0;
    Py_XDECREF(folders);
    Py_XDECREF(find);
    Py_XDECREF(finder);
    return fine;
}

void host_warm_numpy(void)
{
    PyObject *numpy = PyImport_ImportModule("numpy");
    if (!numpy) {
        PyErr_Clear();
    }
    Py_XDECREF(numpy);
}

/* clang-format off */
static const char *const usual_modules[] = {
    "abc", "argparse", "array", "ast", "base64", "bisect", "calendar", "cmath", "codecs",
    "collections", "collections.abc", "colorsys", "concurrent.futures", "contextlib", "copy", "csv",
    "ctypes", "dataclasses", "datetime", "decimal", "difflib", "dis", "doctest", "encodings.ascii",
    "encodings.latin_1", "encodings.utf_16", "encodings.utf_8_sig", "enum", "errno", "fractions",
    "functools", "gc", "glob", "gzip", "hashlib", "heapq", "html", "importlib", "inspect", "io",
    "itertools", "json", "keyword", "linecache", "locale", "logging", "math", "numbers", "operator",
    "os", "pathlib", "pickle", "platform", "pprint", "queue", "random", "re", "secrets", "shutil",
    "signal", "statistics", "string", "struct", "sys", "tempfile", "textwrap", "threading", "time",
    "timeit", "token", "tokenize", "traceback", "types", "typing", "unicodedata", "unittest",
    "uuid", "warnings", "weakref", "zipfile", "zlib",
};
/* clang-format on */

void host_warm_library(void)
{
    for (size_t i = 0; i < sizeof(usual_modules) / sizeof(usual_modules[0]); i++) {
        PyObject *const module = PyImport_ImportModule(usual_modules[i]);
        if (!module) {
            PyErr_Clear(); /* this Python came without it */
        }
        Py_XDECREF(module);
    }
}

bool host_offer_torch(struct engine *engine)
{
    PyObject *torch = torch_module_create(engine);
    bool fine = torch && PyDict_SetItemString(PyImport_GetModuleDict(), "torch", torch) == 0;
    Py_XDECREF(torch);
    return fine;
}
