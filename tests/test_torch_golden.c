#include "tests/torch_host.h"

/* Calls torch_golden.py's function on (torch, folder of the tests, ...) and prints what differs. */
static void compare(void **state, const char *function, PyObject *more, long at_least)
{
    const struct torch_host *host = *state;
    PyObject *module = PyImport_ImportModule("torch_golden");
    PyObject *callable = module ? PyObject_GetAttrString(module, function) : NULL;
    PyObject *args = Py_BuildValue("(Os)", host->torch, GRADLIGHT_TESTS_ROOT);
    PyObject *all = more ? PySequence_Concat(args, more) : Py_NewRef(args);
    PyObject *result = callable ? PyObject_CallObject(callable, all) : NULL;
    if (!result) {
        PyErr_Print();
    }
    assert_non_null(result);
    long compared;
    PyObject *differences;
    assert_true(PyArg_ParseTuple(result, "lO", &compared, &differences));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(differences); i++) {
        print_error("%s\n", PyUnicode_AsUTF8(PyList_GET_ITEM(differences, i)));
    }
    print_message("%s: %ld compared\n", function, compared);
    assert_int_equal(PyList_GET_SIZE(differences), 0);
    assert_true(compared >= at_least);
    Py_DECREF(result);
    Py_DECREF(all);
    Py_DECREF(args);
    Py_XDECREF(more);
    Py_DECREF(callable);
    Py_DECREF(module);
}

static void course_scripts_print_what_pytorch_prints(void **state)
{
    compare(state, "course", NULL, 19);
}

static void texts_are_pytorchs(void **state)
{
    compare(state, "printed", Py_BuildValue("(s)", "text"), 251);
}

static void errors_are_pytorchs(void **state)
{
    compare(state, "printed", Py_BuildValue("(s)", "errors"), 207);
}

static void operations_are_pytorchs(void **state)
{
    compare(state, "operations", NULL, 169);
}

static void graphs_are_pytorchs(void **state)
{
    compare(state, "graphs", NULL, 118);
}

static void optimizers_are_pytorchs(void **state)
{
    compare(state, "optimizers", NULL, 400);
}

static int begin(void **state)
{
    static struct torch_host host;
    torch_host_begin(&host);
    *state = &host;
    return 0;
}

/* Python is not ended here: a hook of some case holds the tensor that holds the hook. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(course_scripts_print_what_pytorch_prints),
        cmocka_unit_test(texts_are_pytorchs),
        cmocka_unit_test(errors_are_pytorchs),
        cmocka_unit_test(operations_are_pytorchs),
        cmocka_unit_test(graphs_are_pytorchs),
        cmocka_unit_test(optimizers_are_pytorchs),
    };
    setlocale(LC_ALL, "");
    return cmocka_run_group_tests(tests, begin, NULL);
}
