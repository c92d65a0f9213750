#pragma once
/* One lesson, run from its first cell to its last or to the error that ends it: compiles and
 * executes the cells, shows the value of a last expression, and tells how it ended. */

#include "lessons/runner/cells.h"
#include "lessons/runner/code_info.h"
#include "lessons/runner/error_report.h"
#include "lessons/runner/guard.h"
#include "lessons/runner/outlet.h"
#include "lessons/runner/streams.h"
#include "lessons/runner/tracer.h"

/* What a session works with; all lent. Without a tracer it runs at full speed: nothing is recorded
 * but `hello` and `end`, and tracebacks go to the sink. */
struct session_parts {
    struct outlet *outlet;
    const struct sink *sink;
    struct code_table *codes;
    struct tracer *tracer; /* NULL: not traced */
    struct guard *guard;   /* on while the lesson's code runs */
    /* The node whose saved tensors were gone or changed, when that was why; 0: it was not. May be NULL. */
    int64_t (*failed_node)(void *context, const char *error_text);
    void *context;
    volatile bool *out_of_time; /* set by whoever interrupts the lesson for its processor time */
    uint64_t memory_limit, cpu_limit; /* to be told when they are reached */
    const char *refused;              /* why the lesson is shown and not run; NULL: it is run */
    bool
        parse_only; /* its cells are read as Python, each that is none is an `error`; none is run */
};

/* The lesson as a script: `path` is what it is called. Writes `source` records first and `end` last,
 * flushes everything and returns the exit status. */
int session_run(const struct session_parts *parts, const char *path, const char *bytes,
                size_t length);
