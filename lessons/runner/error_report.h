#pragma once
/* An exception of a lesson as a notebook prints it, and as data: type, text, frames with spans. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lessons/runner/code_info.h"
#include "lessons/runner/pieces.h"

/* A cell that was executed: its text and its tree. */
struct cell_source {
    struct line_list lines;
    PyObject *tree; /* owned; NULL if it could not be parsed */
};

struct error_report {
    char *type, *text, *traceback; /* UTF-8, cut to what a record holds */
    struct error_frame *frames;    /* of the lesson, outermost first; names are owned */
    size_t frame_count;
};

/* What a report is made from. `cells[n]` is code cell n. */
struct report_source {
    const struct code_table *codes;
    const struct cell_source *cells;
    size_t cell_count;
};

/* Takes the exception that is set and clears it. */
struct error_report error_report_take(const struct report_source *source);
void error_report_finish(struct error_report *report);
