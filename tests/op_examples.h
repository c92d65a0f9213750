#pragma once
/* At least one way to call every row of the operation table that has a backward: the gradient check
 * and the parity test loop over these. A new row needs a line here only if it wants more than
 * operands of shape [2, 3] without attributes. */

#include "engine/ops/ops.h"

enum example_kind {
    EXAMPLE_END,
    EXAMPLE_TENSOR,    /* values around 0, away from 0 itself, no two alike */
    EXAMPLE_POSITIVE,  /* values in (0.3, 3) */
    EXAMPLE_FRACTION,  /* values in (0.1, 0.9) */
    EXAMPLE_ABOVE_ONE, /* values in (1.3, 4) */
    EXAMPLE_CONDITION, /* bools */
    EXAMPLE_ROWS,      /* whole numbers from 0 to 3, some of them twice */
    EXAMPLE_NUMBER,
    EXAMPLE_NOTHING,
};

struct example_operand {
    enum example_kind kind;
    struct shape shape;
    struct number number;
};

enum { EXAMPLE_OPERANDS = 5 };

struct op_example {
    enum op_id op;
    struct example_operand in[EXAMPLE_OPERANDS];
    struct op_attrs attrs;
    bool in_place; /* on a copy of operand 0 */
    /* Where the row leaves it open, or not only the first matters: all of them are looked at, one after
     * another. */
    int out_count;
};

/* Ends with an example without operands. */
extern const struct op_example op_examples[];

/* For a row that has none: as many tensors of shape [2, 3] as the row has derivative texts. */
struct op_example op_example_default(enum op_id op);
