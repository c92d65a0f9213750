#pragma once
/* sys.stdout and sys.stderr of a lesson: text goes to a sink, in order, without Python's layers of
 * buffers in between. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lessons/runner/outlet.h"

/* Where printed text goes: into the trace, or straight to the process's own output. */
struct sink {
    void (*print)(void *context, enum outlet_stream stream, const char *bytes, size_t length);
    void (*flush)(void *context);
    void *context;
};

/* Into a trace. */
struct sink sink_of_outlet(struct outlet *outlet);

/* Straight to descriptors 1 and 2: standard output collected up to 8 KiB, or to the end of a line
 * when it is a terminal, standard error at once. */
struct direct_output {
    struct text held;
    bool by_line;
};
struct sink sink_of_direct(struct direct_output *output);

/* Puts both into `sys`, in place of Python's. Lends `sink`, which must outlive the interpreter.
 * False with an exception. */
bool streams_install(const struct sink *sink);
