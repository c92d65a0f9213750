#pragma once
/* The decisions in a cell: every if, elif, while and conditional expression, where its test stands
 * and where its arms are, from the syntax tree. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lessons/trace/records.h"

struct condition {
    const char *kind; /* "if", "while", "ifexp" */
    struct span test;
    struct line_range body, otherwise; /* otherwise 0, 0: there is none */
    struct span body_at, otherwise_at;
    bool
        by_instruction; /* an arm stands on a line of the test: lines do not tell which was taken */
};

/* In the order of their tests. Kept until the process ends. */
struct condition_list {
    struct condition *items;
    size_t count, capacity;
};

/* Adds those of cell `cell`, whose tree is a Module of Python's `ast`. A test that is a constant
 * decides nothing and is left out. False with an exception. */
bool conditions_find(struct condition_list *list, PyObject *tree, int cell);

/* True if `inner` lies within `outer`. */
bool span_contains(const struct span *outer, const struct span *inner);
