#pragma once
/* Where the cells of an operation's result come from, and where the cells of its operands go: by its
 * name and provenance class, its attributes, the shapes, and the recorded indices where those decide.
 *
 *     const struct provenance *links = provenance_of(trace, op, 0, arena);
 *     struct tensor_cells from = provenance_sources(links, element, 64, arena);
 *
 * Elements are counted in row-major order. Operands are numbered as in the record's `in`. */

#include "lessons/trace/trace.h"

struct provenance;

/* For output number `output`. NULL when the trace does not say it: an operation that this does not
 * know, an index of which only a sample was recorded. Lives in `arena`. */
const struct provenance *provenance_of(const struct trace *trace, const struct trace_op *op,
                                       int output, struct arena *arena);

struct tensor_cell {
    int operand;
    bool index; /* it says where to look, not what stands there: an index, a mask, a condition */
    int64_t element;
};
struct tensor_cells {
    const struct tensor_cell *at;
    size_t count;
    bool more; /* there are others than these */
};

/* The operands' cells that an element of the output is computed from, at most `most`. */
struct tensor_cells provenance_sources(const struct provenance *links, int64_t element, size_t most,
                                       struct arena *arena);

/* The output's elements that are computed from an operand's cell, at most `most`: `operand` of these
 * is the one asked for. In backward the gradients of these elements come together in that cell's. */
struct tensor_cells provenance_uses(const struct provenance *links, int operand, int64_t element,
                                    size_t most, struct arena *arena);

/* What an operand held when the operation read it, which one in place has overwritten since. NULL if
 * the trace has no value of it. */
const struct trace_value *provenance_operand_value(const struct trace_op *op,
                                                   const struct trace_tensor *operand);
