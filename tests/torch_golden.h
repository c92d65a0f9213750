#pragma once
/* Compares one kind of golden cases with what our torch does (torch_golden.py). */

#include "tests/torch_host.h"

static inline void torch_golden_compare(const struct torch_host *host, const char *kind)
{
    PyObject *module = PyImport_ImportModule("torch_golden");
    PyObject *result = module ? PyObject_CallMethod(module, "compare", "Oss", host->torch,
                                                    GRADLIGHT_TESTS_ROOT, kind)
                              : NULL;
    if (!result) {
        PyErr_Print();
    }
    assert_non_null(result);
    const char *summary;
    PyObject *differences;
    assert_true(PyArg_ParseTuple(result, "sO!", &summary, &PyList_Type, &differences));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(differences); i++) {
        print_error("%s\n", PyUnicode_AsUTF8(PyList_GET_ITEM(differences, i)));
    }
    print_message("%s\n", summary);
    assert_int_equal(PyList_GET_SIZE(differences), 0);
    Py_DECREF(result);
    Py_DECREF(module);
}
