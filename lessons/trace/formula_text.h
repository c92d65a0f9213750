#pragma once
/* An operation that no line of the lesson spells out, as a backward with create_graph makes them: its formula
 * with its operands in it. */

#include "lessons/trace/state.h"

/* "x²", "3 · x²"; "" where the formula has no such form, or an operand no short name. Lives in `arena`.
 * An operand without a name is said by its own formula, and in a forged trace by what it is the gradient of, which
 * may be this result: `depth` is how many formulas this one stands in, "" below a few. */
const char *trace_formula_text(const struct trace *trace, const struct trace_op *op, int depth,
                               struct arena *arena);
