#include "lessons/runner/statements.h"

#include <string.h>

#include "engine/base/memory.h"
#include "lessons/runner/ast_node.h"

static void mark(struct statement_lines *lines, int line, int first)
{
    if (line >= lines->count) {
        const int count = 2 * line + 16;
        lines->first = memory_resize(lines->first, (size_t)count, sizeof(*lines->first));
        memset(lines->first + lines->count, 0,
               (size_t)(count - lines->count) * sizeof(*lines->first));
        lines->count = count;
    }
    lines->first[line] = first;
}

static bool is_statement(PyObject *node)
{
    const PyTypeObject *base = Py_TYPE(node)->tp_base;
    return base && strcmp(ast_kind_of(base), "stmt") == 0;
}

/* The line where the first of the statements begins, decorators included; 0: there are none. */
static int line_of_body(PyObject *node)
{
    PyObject *body = ast_field(node, "body");
    int line = 0;
    if (body && PyList_Check(body) && PyList_GET_SIZE(body) > 0) {
        PyObject *first = PyList_GET_ITEM(body, 0);
        PyObject *decorators = ast_field(first, "decorator_list");
        const bool decorated =
            decorators && PyList_Check(decorators) && PyList_GET_SIZE(decorators) > 0;
        line = ast_number(decorated ? PyList_GET_ITEM(decorators, 0) : first, "lineno");
        Py_XDECREF(decorators);
    }
    Py_XDECREF(body);
    return line;
}

static bool add(PyObject *node, void *context)
{
    struct statement_lines *lines = context;
    if (!is_statement(node) || ast_is(node, "Match")) {
        return true;
    }
    const int first = ast_number(node, "lineno"), body = line_of_body(node);
    const int last = body > 0 ? body - 1 : ast_number(node, "end_lineno");
    if (ast_is(node, "Try") && body > first) {
        mark(lines, first, LINE_OF_TRY);
        return true;
    }
    for (int line = first; first < last && line <= last; line++) {
        mark(lines, line, first);
    }
    return true;
}

bool statements_find(struct statement_lines *out, PyObject *tree)
{
    return ast_walk(tree, add, out);
}

int statement_of_line(const struct statement_lines *lines, int line)
{
    return line > 0 && line < lines->count ? lines->first[line] : 0;
}
