#pragma once
/* What goes into an operation, one after the other. Private to the graph. */

#include "lessons/trace/trace.h"

enum { INPUTS_MAX = 64 };

/* One tensor or number that goes into an operation. */
struct operand {
    int64_t tensor; /* 0: the number */
    double number;
};

/* Tensors and numbers of the arguments, lists opened, behind the `filled` first; of more than INPUTS_MAX the rest is
 * left out. Returns how many there are. */
int operands_collect(const struct argument *arguments, size_t count, struct operand *out,
                     int filled);
