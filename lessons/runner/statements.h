#pragma once
/* Which lines of a cell are one statement, from the syntax tree: Python comes to each line of a list that is
 * written over several, and to a `try:`, though nothing may happen there. */

#include <stdbool.h>

#define PY_SSIZE_T_CLEAN
#include <Python.h>

enum { LINE_OF_TRY = -1 };

struct statement_lines {
    /* At [line]: the first line of the statement of several lines that it belongs to (without what stands
     * below its header); 0: its statement has no other line; LINE_OF_TRY. */
    int *first;
    int count;
};

/* Finds those of a cell, whose tree is a Module of Python's `ast`. Kept until the process ends. False with
 * an exception. */
bool statements_find(struct statement_lines *out, PyObject *tree);

/* What stands at [line]; 0 beyond the end. */
int statement_of_line(const struct statement_lines *lines, int line);
