#pragma once
/* Follows the lesson line by line: writes where execution is (line, call, return), what names mean
 * (bind) and how decisions went (cond), and tells others where "here" is in the text. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lessons/runner/code_info.h"
#include "lessons/runner/outlet.h"

/* An exception at the sub-expression where it was raised. */
struct raised {
    const char *type, *text; /* text "": it is not a plain one */
    size_t length;           /* of so much of the text as a record holds */
    struct span at;
};

/* What the tracer asks of the recorder, which knows tensors and modules. */
struct tracer_calls {
    /* Fills the ids or type and text of a bind record for `value`; text lives in `arena`. False when
     * the value is not to be told (a function, a Python module). */
    bool (*describe)(void *context, struct record_bind *bind, PyObject *value, struct arena *arena);
    /* The engine's id of a tensor, 0 for any other value. */
    uint64_t (*tensor_id)(PyObject *value);
    /* A line of a frame is over: the things that have gone meanwhile. */
    void (*line_over)(void *context);
    void (*raised)(void *context, const struct raised *raised);
    void *context;
};

struct tracer;

/* Lives until the process ends. `outlet`, `codes` and `calls` are lent. */
struct tracer *tracer_create(struct outlet *outlet, const struct code_table *codes,
                             const struct tracer_calls *calls);

/* A code cell begins: its module-level code runs in one frame, in however many parts. */
void tracer_begin_cell(struct tracer *tracer, int cell);
/* Tells what its last line left to tell. */
void tracer_end_cell(struct tracer *tracer);

/* Follow the code that runs between these, in this thread: `code` and what it defines and calls.
 * False with an exception. */
bool tracer_attach(struct tracer *tracer, PyObject *code);
void tracer_detach(struct tracer *tracer);

/* Tensor `tensor` has just been asked whether it is true. */
void tracer_tested(struct tracer *tracer, int64_t tensor);

/* The tensor, by the engine's id, has taken the place of another in the same variable of the lesson
 * (it has another shape now): names that mean it are told again. */
void tracer_renewed(struct tracer *tracer, uint64_t tensor);
