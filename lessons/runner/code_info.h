#pragma once
/* What the tracer needs to know of a code object, found once and kept with it: whether a cell of the
 * lesson holds it, where each of its instructions stands in the text, which names each line binds,
 * and which decisions it takes. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lessons/runner/cells.h"
#include "lessons/runner/conditions.h"
#include "lessons/runner/statements.h"
#include "lessons/trace/records.h"

/* An assignment: after `line` was executed, `name` may mean something else. */
struct store {
    int line;
    int order;      /* in the code */
    bool global;    /* declared so in a function */
    int slot;       /* number of the name among those of this code */
    int place;      /* among the variables of a function; -1: it stands in a dict */
    PyObject *name; /* lent by the code object */
};

struct code_info {
    int cell; /* number of the code cell, 0: not the lesson's; then the rest is empty */
    int first_line;
    char *name;         /* "choose", "Net.forward", "<module>" */
    bool is_expression; /* a lambda or comprehension: it holds no statements */
    bool is_inner;      /* a comprehension: a part of the line that it stands on */

    struct store *stores; /* by line, then by order in the code */
    size_t store_count, store_capacity;
    int slot_count; /* distinct names */

    const struct condition_list *conditions; /* of its cell, lent */
    const struct statement_lines *statements;
    bool by_instruction; /* it has a condition that can only be followed by instruction */

    /* Comprehensions that stand in the code of their line (since Python 3.12): the instructions of their
     * loops, counted from 0, the last one included. */
    struct loop_range {
        int first, last;
    } * inlined;
    size_t inlined_count, inlined_capacity;

    struct span *spans; /* for each instruction; cell 0: it stands nowhere in the text */
    int instruction_count;
};

/* No lesson has more cells: each begins with a mark and a newline. */
enum { CODE_CELLS_MAX = LESSON_BYTES_MAX / 4 };

/* Where infos are kept: one for each run. */
struct code_table {
    Py_ssize_t index;                  /* of co_extra */
    struct condition_list *conditions; /* of cell n at [n] */
    struct statement_lines *statements;
};

/* False when Python has no place left for us. */
bool code_table_init(struct code_table *table, struct error *err);

/* What is known of a code cell must be found before its code runs. False with an exception. */
bool code_table_add_cell(struct code_table *table, int cell, PyObject *tree);

/* Lent by the code object, never NULL. */
const struct code_info *code_info_of(const struct code_table *table, PyCodeObject *code);

/* Where the instruction at that byte offset stands in the text; cell 0 if it stands nowhere. */
struct span code_info_span(const struct code_info *info, int offset);

/* Whether the instruction at that byte offset is one of such a comprehension's loop. */
bool code_info_is_inlined(const struct code_info *info, int offset);

/* The sub-expression of the lesson that is being executed: in the innermost frame that is the
 * lesson's. Cell 0 if none is. For any thread that holds the interpreter. */
struct span code_here(const struct code_table *table);

/* The stores of a line: the first of them, and how many there are. */
const struct store *code_info_stores(const struct code_info *info, int line, size_t *count);

/* The number in a cell's file name "Cell In[n]"; 0 for any other name. */
int cell_of_file_name(PyObject *name);
