#pragma once
/* An operation written out: formula first, then numbers. The equation line and the ledger say what was
 * computed with these texts, the sentence the first of them. */

#include "render/view.h"

struct forward {
    const char *formula; /* "z = y * y * 3"; "w -= 0.5 * w"; "self.linear(x): t" */
    const char
        *numbers; /* "= 9 · 3 = 27"; for more than one element, the shapes: "(4, 1) @ (1, 1)" */
};
struct forward forward_at(const struct view *view, const struct trace_op *op);

/* The operation's formula with numbers for its operands a, b, c: "9 · 3"; "" where it cannot be filled.
 * NULL: there is no such operand. */
enum { LETTERS = 3 };
struct letters {
    const char *of[LETTERS];
};
const char *forward_filled(const struct trace_op *op, const struct letters *letters,
                           struct arena *arena);

/* Whether it writes into cells that the expression picks, "row[0]" of "row[0] = 100", and nothing tracks it: the
 * result is what was picked. */
bool forward_assigns(const struct trace *trace, const struct trace_op *op);
/* "b[0] = 0" where a tracked tensor is written in part, or `x[mask] = 0`: the result is all of it. Else "". */
const char *forward_writes(const struct trace *trace, const struct trace_op *op,
                           struct arena *arena);

/* How an operation stands to the expression it was called by. */
enum statement {
    STATEMENT_EXPRESSION, /* nobody has named its result: "y * y" */
    STATEMENT_NAMED,      /* "z = y * y * 3" */
    STATEMENT_IN_PLACE,   /* "w -= 0.5 * w" */
    STATEMENT_INSIDE      /* one of several operations behind it: the transpose in self.linear(x) */
};
/* `out`: its result, NULL for none; `label`: what that is called. */
enum statement statement_of(const struct trace *trace, const struct trace_tensor *out,
                            const char *label, const char *expression);
