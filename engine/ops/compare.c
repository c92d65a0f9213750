#include "engine/ops/rows.h"

/* y = a ? b, a bool: true or false has no slope, so the result never requires a gradient. */

static bool eq_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_EQ }, err);
}

const struct op op_row_eq = {
    .id = OP_EQ,
    .name = "eq",
    .symbol = "=",
    .formula = "a = b",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = eq_forward,
};

static bool ne_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_NE }, err);
}

const struct op op_row_ne = {
    .id = OP_NE,
    .name = "ne",
    .symbol = "≠",
    .formula = "a ≠ b",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = ne_forward,
};

static bool lt_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_LT }, err);
}

const struct op op_row_lt = {
    .id = OP_LT,
    .name = "lt",
    .symbol = "<",
    .formula = "a < b",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = lt_forward,
};

static bool le_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_LE }, err);
}

const struct op op_row_le = {
    .id = OP_LE,
    .name = "le",
    .symbol = "≤",
    .formula = "a ≤ b",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = le_forward,
};

static bool gt_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_GT }, err);
}

const struct op op_row_gt = {
    .id = OP_GT,
    .name = "gt",
    .symbol = ">",
    .formula = "a > b",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = gt_forward,
};

static bool ge_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_GE }, err);
}

const struct op op_row_ge = {
    .id = OP_GE,
    .name = "ge",
    .symbol = "≥",
    .formula = "a ≥ b",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = ge_forward,
};
