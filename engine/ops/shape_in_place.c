#include "engine/ops/rows.h"

/* The changes of shape (shape.c) that PyTorch makes in place: to the tensor itself, or to a result of
 * several steps that nobody has seen yet. The nodes are others, the mathematics is the same. */

static bool unsqueeze_in_place_forward(struct op_call *call, struct error *err)
{
    return op_table[OP_UNSQUEEZE]->forward(call, err);
}

static bool unsqueeze_in_place_backward(struct rule *rule)
{
    return op_table[OP_UNSQUEEZE]->backward(rule);
}

const struct op op_row_unsqueeze_in_place = {
    .id = OP_UNSQUEEZE_IN_PLACE,
    .name = "unsqueeze",
    .symbol = "unsqueeze",
    .node = "UnsqueezeBackward1",
    .formula = "a.unsqueeze(dim)",
    .derivatives = { "g.squeeze(dim)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .reshapes = true,
    .forward = unsqueeze_in_place_forward,
    .backward = unsqueeze_in_place_backward,
};

static bool squeeze_in_place_forward(struct op_call *call, struct error *err)
{
    return op_table[OP_SQUEEZE]->forward(call, err);
}

static bool squeeze_in_place_backward(struct rule *rule)
{
    return op_table[OP_SQUEEZE]->backward(rule);
}

const struct op op_row_squeeze_in_place = {
    .id = OP_SQUEEZE_IN_PLACE,
    .name = "squeeze",
    .symbol = "squeeze",
    .node = "SqueezeBackward3",
    .formula = "a.squeeze()",
    .derivatives = { "g.view(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .outputs = 1,
    .reshapes = true,
    .forward = squeeze_in_place_forward,
    .backward = squeeze_in_place_backward,
};

static bool squeeze_dim_in_place_forward(struct op_call *call, struct error *err)
{
    return op_table[OP_SQUEEZE_DIM]->forward(call, err);
}

static bool squeeze_dim_in_place_backward(struct rule *rule)
{
    return op_table[OP_SQUEEZE_DIM]->backward(rule);
}

const struct op op_row_squeeze_dim_in_place = {
    .id = OP_SQUEEZE_DIM_IN_PLACE,
    .name = "squeeze",
    .symbol = "squeeze",
    .node = "SqueezeBackward4",
    .formula = "a.squeeze()",
    .derivatives = { "g.view(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .reshapes = true,
    .forward = squeeze_dim_in_place_forward,
    .backward = squeeze_dim_in_place_backward,
};

static bool squeeze_dims_in_place_forward(struct op_call *call, struct error *err)
{
    return op_table[OP_SQUEEZE_DIMS]->forward(call, err);
}

static bool squeeze_dims_in_place_backward(struct rule *rule)
{
    return op_table[OP_SQUEEZE_DIMS]->backward(rule);
}

const struct op op_row_squeeze_dims_in_place = {
    .id = OP_SQUEEZE_DIMS_IN_PLACE,
    .name = "squeeze",
    .symbol = "squeeze",
    .node = "SqueezeBackward5",
    .formula = "a.squeeze()",
    .derivatives = { "g.view(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIMS),
    .outputs = 1,
    .reshapes = true,
    .forward = squeeze_dims_in_place_forward,
    .backward = squeeze_dims_in_place_backward,
};

static bool t_in_place_forward(struct op_call *call, struct error *err)
{
    return op_table[OP_T]->forward(call, err);
}

static bool t_in_place_backward(struct rule *rule)
{
    return op_table[OP_T]->backward(rule);
}

const struct op op_row_t_in_place = {
    .id = OP_T_IN_PLACE,
    .name = "t",
    .symbol = "ᵀ",
    .node = "TBackward1",
    .formula = "aᵀ",
    .derivatives = { "gᵀ" },
    .provenance = PROVENANCE_AFFINE,
    .outputs = 1,
    .reshapes = true,
    .forward = t_in_place_forward,
    .backward = t_in_place_backward,
};

static bool transpose_in_place_forward(struct op_call *call, struct error *err)
{
    return op_table[OP_TRANSPOSE]->forward(call, err);
}

static bool transpose_in_place_backward(struct rule *rule)
{
    return op_table[OP_TRANSPOSE]->backward(rule);
}

const struct op op_row_transpose_in_place = {
    .id = OP_TRANSPOSE_IN_PLACE,
    .name = "transpose",
    .symbol = "ᵀ",
    .node = "TransposeBackward1",
    .formula = "aᵀ",
    .derivatives = { "gᵀ" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM0) | ATTR(DIM1),
    .outputs = 1,
    .reshapes = true,
    .forward = transpose_in_place_forward,
    .backward = transpose_in_place_backward,
};
