#pragma once
/* What the results of operations are for; for film.c only. */

#include "lessons/trace/trace.h"

/* Of all operations of the trace as it is now; the caller's. */
struct film_uses;
struct film_uses *film_uses_create(const struct trace *trace);
void film_uses_destroy(struct film_uses *uses);

/* A condition asks for its result, or such an operation uses it, and nobody else does:
 *     if x.sum() > 0: y = 2 * x      sum and > are tests, 2 * x is none */
bool film_op_is_test(const struct film_uses *uses, int64_t op);
/* Such a test, or one whose result goes into a graph sooner or later. */
bool film_op_serves(const struct film_uses *uses, int64_t op);
