#pragma once
/* Short ways to look at Python's syntax trees from C. Nothing here sets or clears exceptions but
 * where it says so. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lessons/trace/records.h"

/* The class of a node: "If", "Expr". */
const char *ast_kind_of(const PyTypeObject *type);
const char *ast_kind(PyObject *node);
bool ast_is(PyObject *node, const char *kind);

/* A field, a new reference; NULL (no exception) when it is not there. */
PyObject *ast_field(PyObject *node, const char *name);
/* A whole number field, 0 when it is not there. */
int ast_number(PyObject *node, const char *name);

/* Visits every node, in no order; false, with an exception, when a visit says so or memory is out. */
bool ast_walk(PyObject *tree, bool (*visit)(PyObject *node, void *context), void *context);

/* From the start of one node to the end of another, in cell `cell`. */
struct span ast_span(PyObject *first, PyObject *last, int cell);
