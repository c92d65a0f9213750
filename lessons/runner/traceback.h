#pragma once
/* The steps of a traceback, and which of them stand at the same place: a recursion has a hundred thousand. */

#include "lessons/runner/code_info.h"

/* One step of a traceback. */
struct step {
    PyCodeObject *code; /* owned */
    int cell, line;
    struct span at;       /* line 0: unknown */
    size_t place, before; /* number of its code and line; how many steps before it have the same */
};

struct traceback {
    struct step *items;
    size_t count, capacity;
    size_t *place_sizes; /* how many steps each place has */
    size_t place_count;
};

struct traceback traceback_of(PyObject *exception, const struct code_table *codes);
void traceback_finish(struct traceback *steps);

/* A place that stands more than three times in a traceback is shown twice and once more at its end: whether
 * this step is one of those between. */
bool traceback_is_repeated(const struct traceback *steps, size_t index);
