#pragma once
/* The texts of derivatives that an operation's definition gives. Private to the ledger. */

#include "render/view.h"

/* That with the index, over the letters of the operands. Of a power with a number the number is known: "2 · a",
 * "3 · a²" for "n · aⁿ⁻¹". Lives in the definition or in the arena. */
struct trace_string derivative_text(const struct trace_op *op, size_t index, struct arena *arena);
