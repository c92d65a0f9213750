#pragma once
/* Which lines a notebook shows around an error: whole statements, two before and two after, within
 * the function that holds the line. A piece is a statement, the head of a compound one, or the
 * comments between statements. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stddef.h>

/* Lines from `start` to before `stop`, counted from 1. */
struct piece {
    int start, stop;
};

struct piece_list {
    struct piece *items;
    size_t count, capacity;
};

/* A text as lines; the last may lack its newline. */
struct line_list {
    const char *text;
    size_t length;
    size_t *starts; /* count + 1 of them, kept until the process ends */
    size_t count;
};

struct line_list lines_of(const char *text, size_t length);
/* Line `number` from 1, without its newline; "" beyond the text. */
const char *line_at(const struct line_list *lines, int number, size_t *length);

/* The pieces of a cell, from its tree (a Module of Python's `ast`). */
struct piece_list pieces_of(PyObject *tree, const struct line_list *lines);
void pieces_finish(struct piece_list *list);

/* The lines of the innermost function, class or module that holds the statement at (line, column). */
struct piece scope_at(PyObject *tree, const struct line_list *lines, int line, int column);
