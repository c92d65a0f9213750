#include "engine/ops/ops.h"

#include <stddef.h>

/* clang-format off */
#define X(id, name) extern const struct op op_row_##name;
OP_LIST(X)
#undef X

const struct op *const op_table[OP_COUNT] = {
#define X(id, name) [OP_##id] = &op_row_##name,
    OP_LIST(X)
#undef X
};

_Static_assert(ATTR_COUNT <= 64, "a set of attributes has 64 bits");

const struct attr_row attr_table[ATTR_COUNT] = {
#define X(id, field, name, kind) \
    [ATTR_INDEX_##id] = { name, ATTR_KIND_##kind, offsetof(struct op_attrs, field) },
    ATTR_LIST(X)
#undef X
};
/* clang-format on */

const char *op_attr_name(const struct op *op, int attr)
{
    for (int i = 0; i < OP_MAX_ALIASES && op->aliases[i].name; i++) {
        if (op->aliases[i].attr == attr) {
            return op->aliases[i].name;
        }
    }
    return attr_table[attr].name;
}

const char *provenance_name(enum provenance provenance)
{
    static const char *const names[] = {
        [PROVENANCE_CREATE] = "create", [PROVENANCE_MAP] = "map",
        [PROVENANCE_AFFINE] = "affine", [PROVENANCE_REDUCE] = "reduce",
        [PROVENANCE_MATMUL] = "matmul", [PROVENANCE_ROWS] = "rows",
        [PROVENANCE_CONCAT] = "concat", [PROVENANCE_WINDOW] = "window",
    };
    return names[provenance];
}
