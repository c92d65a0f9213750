#include "tests/torch_host.h"

/* The bytes that the program has allocated by now. (Only the sanitizer counts them exactly.) */
#if TEST_SANITIZED
size_t __sanitizer_get_current_allocated_bytes(void);

static size_t bytes_allocated(void)
{
    return __sanitizer_get_current_allocated_bytes();
}
#else
static size_t bytes_allocated(void)
{
    return 0;
}
#endif

/* used(): what is there by now of the engine's tensors and nodes, and bytes. */
static PyObject *call_used(PyObject *capsule, PyObject *unused)
{
    (void)unused;
    const struct torch_host *host = PyCapsule_GetPointer(capsule, NULL);
    return Py_BuildValue("{s:n,s:n,s:n}", "tensors", (Py_ssize_t)host->engine->live_tensors,
                         "nodes", (Py_ssize_t)host->engine->live_nodes, "bytes",
                         (Py_ssize_t)bytes_allocated());
}

static PyMethodDef used = { "used", call_used, METH_NOARGS, NULL };

static void errors_leave_nothing_behind(void **state)
{
    struct torch_host *host = *state;
    PyObject *module = PyImport_ImportModule("torch_leaks");
    PyObject *capsule = PyCapsule_New(host, NULL, NULL);
    PyObject *measure = PyCFunction_New(&used, capsule);
    PyObject *found = module ? PyObject_CallMethod(module, "leaks", "OsO", host->torch,
                                                   GRADLIGHT_TESTS_ROOT, measure)
                             : NULL;
    if (!found) {
        PyErr_Print();
    }
    assert_non_null(found);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(found); i++) {
        print_error("%s\n", PyUnicode_AsUTF8(PyList_GET_ITEM(found, i)));
    }
    assert_int_equal(PyList_GET_SIZE(found), 0);
    Py_DECREF(found);
    Py_DECREF(measure);
    Py_DECREF(capsule);
    Py_DECREF(module);
}

/* Python is not ended: what it keeps until then is its own. */
int main(void)
{
    static struct torch_host host;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(errors_leave_nothing_behind, &host),
    };
    setlocale(LC_ALL, "");
    torch_host_begin(&host);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
