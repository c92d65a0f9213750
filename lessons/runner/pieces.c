#include "lessons/runner/pieces.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "lessons/runner/ast_node.h"

/* ---- lines ---- */

struct line_list lines_of(const char *text, size_t length)
{
    struct line_list lines = { .text = text, .length = length };
    size_t capacity = 0;
    for (size_t at = 0; at <= length;) {
        lines.starts =
            array_reserve(lines.starts, &capacity, lines.count + 2, sizeof(*lines.starts));
        lines.starts[lines.count++] = at;
        const char *end = memchr(text + at, '\n', length - at);
        at = end ? (size_t)(end - text) + 1 : length + 1;
    }
    lines.starts[lines.count] = length + 1;
    return lines;
}

const char *line_at(const struct line_list *lines, int number, size_t *length)
{
    if (number < 1 || (size_t)number > lines->count) {
        *length = 0;
        return "";
    }
    size_t start = lines->starts[number - 1];
    *length = lines->starts[number] - 1 - start;
    return lines->text + start;
}

static bool line_is_blank(const struct line_list *lines, int number)
{
    size_t length;
    const char *line = line_at(lines, number, &length);
    for (size_t i = 0; i < length; i++) {
        if (!strchr(" \t\f", line[i])) {
            return false;
        }
    }
    return true;
}

/* ---- pieces ---- */

static void add(struct piece_list *list, int start, int stop)
{
    if (start >= stop) {
        return;
    }
    /* Statements on one line, separated by semicolons, are one piece. */
    if (list->count > 0 && start < list->items[list->count - 1].stop) {
        struct piece *last = &list->items[list->count - 1];
        last->stop = stop > last->stop ? stop : last->stop;
        return;
    }
    list->items =
        array_reserve(list->items, &list->capacity, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = (struct piece){ start, stop };
}

/* A decorated function begins at its first decorator; a `case` has no position of its own. */
static struct piece range_of(PyObject *node)
{
    PyObject *pattern = ast_field(node, "pattern");
    PyObject *decorators = ast_field(node, "decorator_list");
    PyObject *body = pattern ? ast_field(node, "body") : NULL;
    struct piece range = { ast_number(node, "lineno"), ast_number(node, "end_lineno") + 1 };
    if (body && PyList_Check(body) && PyList_GET_SIZE(body) > 0) {
        range.start = ast_number(pattern, "lineno");
        range.stop = ast_number(PyList_GET_ITEM(body, PyList_GET_SIZE(body) - 1), "end_lineno") + 1;
    }
    if (decorators && PyList_Check(decorators) && PyList_GET_SIZE(decorators) > 0) {
        range.start = ast_number(PyList_GET_ITEM(decorators, 0), "lineno");
    }
    Py_XDECREF(pattern);
    Py_XDECREF(decorators);
    Py_XDECREF(body);
    return range;
}

static bool holds_statements(PyObject *value)
{
    if (!PyList_Check(value) || PyList_GET_SIZE(value) == 0) {
        return false;
    }
    PyObject *first = PyList_GET_ITEM(value, 0);
    PyObject *pattern = ast_field(first, "pattern");
    bool is_case = pattern != NULL;
    Py_XDECREF(pattern);
    /* Among nodes in lists, expressions and patterns come without statements; `stmt` is the base of
     * all statements. */
    const char *base = Py_TYPE(first)->tp_base ? Py_TYPE(first)->tp_base->tp_name : "";
    return is_case || strstr(base, "stmt") || ast_is(first, "ExceptHandler");
}

static void split(struct piece_list *list, PyObject *node, struct piece range);

/* What stands before a statement of the body (a head, comments), then the statement's own pieces. */
static int split_body(struct piece_list *list, PyObject *body, int start)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(body); i++) {
        PyObject *statement = PyList_GET_ITEM(body, i);
        struct piece range = range_of(statement);
        if (range.start > start) {
            add(list, start, range.start);
        }
        split(list, statement, range);
        start = range.stop > start ? range.stop : start;
    }
    return start;
}

/* Recursion is as deep as the lesson's indentation, which Python limits to 100. */
static void split(struct piece_list *list, PyObject *node, struct piece range)
{
    PyObject *names = ast_field(node, "_fields");
    int start = range.start;
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *value = PyObject_GetAttr(node, PyTuple_GET_ITEM(names, i));
        if (!value) {
            PyErr_Clear();
            continue;
        }
        if (holds_statements(value)) {
            start = split_body(list, value, start);
        }
        Py_DECREF(value);
    }
    Py_XDECREF(names);
    add(list, start, range.stop);
}

struct piece_list pieces_of(PyObject *tree, const struct line_list *lines)
{
    struct piece_list all = { 0 }, kept = { 0 };
    split(&all, tree, (struct piece){ 1, (int)lines->count + 1 });
    for (size_t i = 0; i < all.count; i++) {
        struct piece piece = all.items[i];
        while (piece.start < piece.stop && line_is_blank(lines, piece.start)) {
            piece.start++;
        }
        while (piece.start < piece.stop && line_is_blank(lines, piece.stop - 1)) {
            piece.stop--;
        }
        add(&kept, piece.start, piece.stop);
    }
    pieces_finish(&all);
    return kept;
}

void pieces_finish(struct piece_list *list)
{
    free(list->items);
    *list = (struct piece_list){ 0 };
}

/* ---- scope ---- */

static bool holds(PyObject *node, int line, int column)
{
    struct span span = ast_span(node, node, 0);
    struct piece range = range_of(node);
    if (line < range.start || line >= range.stop) {
        return false;
    }
    bool before = line == span.line && column < span.column;
    bool after = line == span.end_line && column >= span.end_column && span.end_column > 0;
    return !before && !after;
}

static bool is_scope(PyObject *node)
{
    return ast_is(node, "FunctionDef") || ast_is(node, "AsyncFunctionDef") ||
           ast_is(node, "ClassDef");
}

/* The statement among the bodies of `node` that holds the place, a new reference; NULL: none. */
static PyObject *inner_statement(PyObject *node, int line, int column)
{
    PyObject *names = ast_field(node, "_fields");
    PyObject *found = NULL;
    for (Py_ssize_t i = 0; names && !found && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *value = PyObject_GetAttr(node, PyTuple_GET_ITEM(names, i));
        if (!value) {
            PyErr_Clear();
            continue;
        }
        bool body = holds_statements(value);
        for (Py_ssize_t k = 0; body && !found && k < PyList_GET_SIZE(value); k++) {
            PyObject *statement = PyList_GET_ITEM(value, k);
            found = holds(statement, line, column) ? Py_NewRef(statement) : NULL;
        }
        Py_DECREF(value);
    }
    Py_XDECREF(names);
    return found;
}

struct piece scope_at(PyObject *tree, const struct line_list *lines, int line, int column)
{
    struct piece scope = { 1, (int)lines->count + 1 };
    PyObject *node = Py_NewRef(tree);
    for (;;) {
        PyObject *inner = inner_statement(node, line, column);
        /* The function's own statement (its defaults, its decorators) belongs to the outer scope. */
        if (inner && is_scope(node)) {
            scope = range_of(node);
        }
        Py_DECREF(node);
        if (!inner) {
            return scope;
        }
        node = inner;
    }
}
