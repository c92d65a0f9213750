#pragma once
/* A Python with our torch inside the test program, without the box. */

#include "lessons/torch/torch.h"

#include "config.h"
#include "tests/test.h"

struct torch_host {
    struct engine *engine;
    PyObject *torch;
};

static void torch_host_add_path(PyConfig *config, const char *path)
{
    wchar_t *wide = Py_DecodeLocale(path, NULL);
    PyWideStringList_Append(&config->module_search_paths, wide);
    PyMem_RawFree(wide);
}

/* Takes the engine (NULL: creating it failed, err says why). The standard library, the system's
 * packages (numpy), and this folder can be imported. */
static inline void torch_host_begin_on(struct torch_host *host, struct engine *engine,
                                       const struct error *err)
{
    PyPreConfig before;
    PyConfig config;
    assert_string_equal(err->text, "");
    host->engine = engine;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    Py_PreInitialize(&before);
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.module_search_paths_set = 1;
    torch_host_add_path(&config, GRADLIGHT_PYTHON_STDLIB);
    torch_host_add_path(&config, GRADLIGHT_PYTHON_STDLIB "/lib-dynload");
    torch_host_add_path(&config, "/usr/lib/python3/dist-packages");
    torch_host_add_path(&config, GRADLIGHT_TESTS_ROOT);
    const PyStatus status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    assert_false(PyStatus_Exception(status));
    host->torch = torch_module_create(host->engine);
    if (!host->torch) {
        PyErr_Print();
    }
    assert_non_null(host->torch);
}

static inline void torch_host_begin(struct torch_host *host)
{
    struct error err = { 0 };
    struct engine *engine = engine_create(&err);
    torch_host_begin_on(host, engine, &err);
}

/* Everything that Python held must be given back to the engine. */
static inline void torch_host_end(struct torch_host *host)
{
    Py_CLEAR(host->torch);
    assert_int_equal(Py_FinalizeEx(), 0);
    assert_int_equal(host->engine->live_tensors, 0);
    assert_int_equal(host->engine->live_nodes, 0);
    engine_destroy(host->engine);
}

/* Runs a script; an exception is printed and fails the test. */
static inline void torch_host_run(const char *script)
{
    if (PyRun_SimpleString(script) != 0) {
        fail();
    }
}
