#pragma once
/* An operation's time over sizes, as a run's probe answered it: on the CPU and on another device, that
 * with the copies and without. */

#include "render/view.h"

enum timing_kind { TIMING_OF_CPU, TIMING_OF_GPU, TIMING_WITH_COPIES, TIMING_KINDS };
enum { TIMING_MOST = 32 };

struct timing {
    const char *op;      /* "mm" */
    bool side;           /* sizes are sides of square matrices; else numbers of elements */
    const char *device;  /* "NVIDIA H100"; "": only the CPU was timed */
    const char *refused; /* why nothing was; "" */
    size_t count;        /* sizes, ascending */
    double sizes[TIMING_MOST];
    double ms[TIMING_KINDS][TIMING_MOST]; /* of the first sizes */
    size_t counts[TIMING_KINDS];
};

/* The latest answer. False when there is none, or it makes no sense. */
bool timing_find(const struct run_view *run, struct timing *out);

/* The first size from which on a curve stays below that of the CPU, as far as both were measured;
 * SIZE_MAX: it is not below at the last one. */
size_t timing_crossover(const struct timing *timing, enum timing_kind kind);
