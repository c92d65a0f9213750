#pragma once
/* How long an operation takes, over sizes: on the CPU and, where there is another device, on that one,
 * with and without its operands being copied there and the result back. What is measured is the time
 * until the result is there, the launch and the waiting included. Made of new tensors, so that nothing
 * of the lesson is touched. */

#include "engine/engine.h"

enum timing_curve { TIMING_CPU, TIMING_DEVICE, TIMING_COPIED, TIMING_CURVES };
enum { TIMING_SIZES_MOST = 16 };

/* Of the operation: n is the side of its square matrices, else the number of elements. */
enum timing_unit { TIMING_SIDE, TIMING_ELEMENTS };

struct timing_question {
    const char *op;         /* a row's name: "mm", "add", or any other that is computed element by
                               element from one or two tensors */
    struct backend *device; /* NULL: there is none */
    double (*clock)(void);  /* seconds; NULL: the machine's */
};

struct timing_answer {
    enum timing_unit unit;
    double sizes[TIMING_SIZES_MOST]; /* ascending */
    /* Milliseconds, the shortest of several runs, of the first sizes: a curve ends where a run takes too
     * long, or the memory does not suffice. */
    double ms[TIMING_CURVES][TIMING_SIZES_MOST];
    int counts[TIMING_CURVES];
};

/* False with a sentence when it cannot be measured at all. Takes a second or two at the most, unless
 * the machine stands still. */
bool timing_measure(struct engine *engine, const struct timing_question *question,
                    struct timing_answer *out, struct error *err);
