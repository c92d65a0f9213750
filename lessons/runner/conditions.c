#include "lessons/runner/conditions.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "lessons/runner/ast_node.h"

bool span_contains(const struct span *outer, const struct span *inner)
{
    bool begins =
        inner->line > outer->line || (inner->line == outer->line && inner->column >= outer->column);
    bool ends = inner->end_line < outer->end_line ||
                (inner->end_line == outer->end_line && inner->end_column <= outer->end_column);
    return begins && ends;
}

/* An arm is a list of statements, or one expression; an empty list is none. */
static struct span arm_span(PyObject *arm, int cell)
{
    if (!PyList_Check(arm)) {
        return ast_span(arm, arm, cell);
    }
    Py_ssize_t count = PyList_GET_SIZE(arm);
    if (count == 0) {
        return (struct span){ 0 };
    }
    return ast_span(PyList_GET_ITEM(arm, 0), PyList_GET_ITEM(arm, count - 1), cell);
}

static bool shares_line(const struct span *test, const struct span *arm)
{
    return arm->line != 0 && arm->line <= test->end_line && arm->end_line >= test->line;
}

static void add(struct condition_list *list, PyObject *node, const char *kind, int cell)
{
    PyObject *test = ast_field(node, "test");
    PyObject *body = ast_field(node, "body");
    PyObject *otherwise = ast_field(node, "orelse");
    if (test && body && otherwise && !ast_is(test, "Constant")) {
        struct condition made = {
            .kind = kind,
            .test = ast_span(test, test, cell),
            .body_at = arm_span(body, cell),
            .otherwise_at = arm_span(otherwise, cell),
        };
        made.body = (struct line_range){ made.body_at.line, made.body_at.end_line };
        made.otherwise = (struct line_range){ made.otherwise_at.line, made.otherwise_at.end_line };
        made.by_instruction =
            shares_line(&made.test, &made.body_at) || shares_line(&made.test, &made.otherwise_at);
        list->items =
            array_reserve(list->items, &list->capacity, list->count + 1, sizeof(*list->items));
        list->items[list->count++] = made;
    }
    Py_XDECREF(test);
    Py_XDECREF(body);
    Py_XDECREF(otherwise);
}

static const char *condition_kind(PyObject *node)
{
    if (ast_is(node, "If")) {
        return "if";
    }
    if (ast_is(node, "While")) {
        return "while";
    }
    return ast_is(node, "IfExp") ? "ifexp" : NULL;
}

static int compare_tests(const void *left, const void *right)
{
    const struct span *a = &((const struct condition *)left)->test;
    const struct span *b = &((const struct condition *)right)->test;
    return a->line != b->line ? a->line - b->line : a->column - b->column;
}

/* What conditions_find looks for. */
struct search {
    struct condition_list *list;
    int cell;
};

static bool visit(PyObject *node, void *context)
{
    const struct search *search = context;
    const char *kind = condition_kind(node);
    if (kind) {
        add(search->list, node, kind, search->cell);
    }
    return true;
}

bool conditions_find(struct condition_list *list, PyObject *tree, int cell)
{
    const bool fine = ast_walk(tree, visit, &(struct search){ list, cell });
    if (list->count > 0) {
        qsort(list->items, list->count, sizeof(*list->items), compare_tests);
    }
    return fine;
}
