#pragma once
/* A tensor that operations change in place has one value after the other, each made by an operation with
 * its own node: which of them is meant, and what it is called. The last has the tensor's name; those before
 * have none any more and are called by the expression that made them, `a * 2`, `b.mul_(3)`, `b[0] ← 0`. */

#include "lessons/trace/state.h"

/* The tensor that the operation made or changed: where it wrote a part, the whole. 0: none. */
int64_t trace_op_result(const struct trace_op *op);
/* The tensor whose grad_fn the node is or was, that output of its operation; 0: none that was told. */
int64_t trace_node_result(const struct trace *trace, int64_t node, int output);
/* Which output of the node's operation the tensor is. */
int trace_node_output(const struct trace *trace, const struct trace_node *node,
                      const struct trace_tensor *tensor);
/* Its grad_fn at the moment; 0: it has none. */
int64_t trace_grad_fn_at(const struct trace_tensor *tensor, uint32_t moment);
/* The last that it had by then, also where detach_ has taken it away; 0: never one. */
int64_t trace_last_grad_fn_at(const struct trace_tensor *tensor, uint32_t moment);
/* The record that last set its requires_grad, as detach_ does; NEVER: none did, or an operation in place has
 * given it a node since. */
uint32_t trace_switch_at(const struct trace_tensor *tensor, uint32_t moment);

/* The first record after that one at which the tensor was changed in place; NEVER: none did. */
uint32_t trace_rewritten_next(const struct trace_tensor *tensor, uint32_t born);

/* What that output of the operation is called at the moment, in `arena`. */
const char *trace_version_label(const struct trace *trace, const struct trace_op *op, int output,
                                uint32_t moment, struct arena *arena);
/* The same of the node's result; "AsStridedBackward0" where none was told, "" for no node. */
const char *trace_node_label(const struct trace *trace, int64_t node, int output, uint32_t moment,
                             struct arena *arena);

/* What `b[0] = 0` and `b[mask] = 0` write; NULL for any other operation. */
const struct argument *trace_assigned(const struct trace *trace, const struct trace_op *op);

/* Whether what the operation wrote into is masked then: a part, b[0][1], or what it is a part of. */
bool trace_target_masked(const struct trace *trace, const struct trace_op *op);
/* "b[0] ← 0" with that sign, "b[0].mul_(2)": what wrote a part of a tracked tensor, or assigned; "" for
 * others. */
const char *trace_write_text(const struct trace *trace, const struct trace_op *op, const char *sign,
                             struct arena *arena);
/* Where the operation wrote into the whole: "[0]", "[:, 1]"; "[i]" where the lesson does not say it so. */
const char *trace_written_place(const struct trace *trace, const struct trace_op *op,
                                struct arena *arena);
