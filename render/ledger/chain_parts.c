/* Operations that write a part of a tensor: whose gradient goes to all of it but that part. */

#include <string.h>

#include "render/ledger/chain_ways.h"

/* The element of the whole that lies where that one of the part does; -1 if none. */
static int64_t same_place(const struct trace_tensor *whole, const struct trace_tensor *part,
                          int64_t element)
{
    for (int64_t i = 0; i < whole->count; i++) {
        if (way_address(whole, i) == way_address(part, element)) {
            return i;
        }
    }
    return -1;
}

/* `b[0] = c`: what was not written passes, and what was written goes to c. */
bool way_part(struct asking *asking)
{
    const struct record_op *const op = asking->op->record;
    const struct record_opdef *const def = asking->op->def;
    const struct trace_tensor *const part = way_tensor(asking, 0);
    const struct trace_tensor *const whole = trace_tensor(asking->run->trace, op->whole);

    if (!part || !whole || !asking->upstream || !way_is_small(whole)) {
        return false;
    }
    if (asking->operand > 0) {
        const bool copied = strcmp(op->name, "copy_") == 0 && asking->to->count == part->count;
        const int64_t from = copied ? same_place(whole, part, asking->element) : -1;
        if (from >= 0) {
            way_add(asking, way_upstream(asking, from));
        }
        return from >= 0;
    }
    if (asking->element >= whole->count) {
        return false;
    }
    const bool kept = same_place(part, whole, asking->element) < 0;
    if (kept) {
        way_add(asking, way_upstream(asking, asking->element));
    }
    return kept || (def->derivative_count > 0 && strcmp(def->derivatives[0].bytes, "0") == 0);
}
