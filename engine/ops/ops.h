#pragma once
/* The operation table. An operation of a lesson is one execution of a row: `op_apply` runs its
 * forward, makes the node that remembers how to go back, saves what that will need, and tells the
 * observer. All arithmetic is the backend's (engine/tensor/compute.h); no row touches an element.
 *
 *     struct tensor *y = op_binary(engine, OP_MUL, operand_tensor(x), operand_real(3), err);
 *     struct tensor *s = op_apply_one(engine, &(struct op_use){
 *         .op = OP_SUM_DIM, .in = (struct operand[]){ operand_tensor(y) }, .in_count = 1,
 *         .attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM), .dims = { 1, { 0 } }, .keepdim = true },
 *     }, err);
 *
 * A row is a `const struct op op_row_<name>` in a file of engine/ops, under its formula and beside
 * its forward and backward, and one line in op_list.h. Leave one out and the program does not link. */

#include "engine/ops/op_list.h"
#include "engine/tensor/tensor.h"

struct engine;
struct node;

/* clang-format off */
enum op_id {
#define X(id, name) OP_##id,
    OP_LIST(X)
#undef X
    OP_COUNT
};
/* clang-format on */

/* How cells of the output come from cells of the inputs; the names of FORMAT.md's opdef. */
enum provenance {
    PROVENANCE_CREATE,
    PROVENANCE_MAP,
    PROVENANCE_AFFINE, /* a view: one input cell for each output cell, by strides */
    PROVENANCE_REDUCE,
    PROVENANCE_MATMUL,
    PROVENANCE_ROWS,
    PROVENANCE_CONCAT,
    PROVENANCE_WINDOW,
};
const char *provenance_name(enum provenance provenance); /* "create", "map", ... */

/*
 * Attributes: everything a row is told besides its operands. X(ID, field, name in the trace, kind);
 * the kinds name the fields' types: INTEGER int64_t, BOOL bool, LIST struct shape, NUMBER struct
 * number, DTYPE enum dtype. DIM and DIMS have the same name: a row uses one of them.
 */
#define ATTR_LIST(X)                                                   \
    X(DIM, dim, "dim", INTEGER)                                        \
    X(DIMS, dims, "dim", LIST)                                         \
    X(KEEPDIM, keepdim, "keepdim", BOOL)                               \
    X(SIZE, size, "size", LIST)                                        \
    X(STRIDE, stride, "stride", LIST)                                  \
    X(OFFSET, offset, "storage_offset", INTEGER)                       \
    X(DIM0, dim0, "dim0", INTEGER)                                     \
    X(DIM1, dim1, "dim1", INTEGER)                                     \
    X(INDEX, index, "index", INTEGER)                                  \
    X(START, start, "start", INTEGER)                                  \
    X(END, end, "end", INTEGER)                                        \
    X(STEP, step, "step", INTEGER)                                     \
    X(ALPHA, alpha, "alpha", NUMBER)                                   \
    X(BETA, beta, "beta", NUMBER)                                      \
    X(MIN, min, "min", NUMBER)                                         \
    X(MAX, max, "max", NUMBER)                                         \
    X(DTYPE, dtype, "dtype", DTYPE)                                    \
    X(REDUCTION, reduction, "reduction", INTEGER)                      \
    X(PADDING_IDX, padding_idx, "padding_idx", INTEGER)                \
    X(IGNORE_INDEX, ignore_index, "ignore_index", INTEGER)             \
    X(DECIMALS, decimals, "decimals", INTEGER)                         \
    X(SPLIT_SIZE, split_size, "split_size", INTEGER)                   \
    X(EPS, eps, "eps", NUMBER)                                         \
    X(CORRECTION, correction, "correction", NUMBER)                    \
    X(ORD, ord, "ord", NUMBER)                                         \
    X(K, k, "k", INTEGER)                                              \
    X(DESCENDING, descending, "descending", BOOL)                      \
    X(VALUE, value, "value", NUMBER)                                   \
    X(NEGATIVE_SLOPE, negative_slope, "negative_slope", NUMBER)        \
    X(MIN_VAL, min_val, "min_val", NUMBER)                             \
    X(MAX_VAL, max_val, "max_val", NUMBER)                             \
    X(LAMBD, lambd, "lambd", NUMBER)                                   \
    X(THRESHOLD, threshold, "threshold", NUMBER)                       \
    X(SCALE, scale, "scale", NUMBER)                                   \
    X(INPUT_SCALE, input_scale, "input_scale", NUMBER)                 \
    X(WEIGHT, weight, "weight", NUMBER)                                \
    X(RTOL, rtol, "rtol", NUMBER)                                      \
    X(ATOL, atol, "atol", NUMBER)                                      \
    X(EQUAL_NAN, equal_nan, "equal_nan", BOOL)                         \
    X(KERNEL_SIZE, kernel_size, "kernel_size", LIST)                   \
    X(PADDING, padding, "padding", LIST)                               \
    X(DILATION, dilation, "dilation", LIST)                            \
    X(OUTPUT_PADDING, output_padding, "output_padding", LIST)          \
    X(TRANSPOSED, transposed, "transposed", BOOL)                      \
    X(GROUPS, groups, "groups", INTEGER)                               \
    X(CEIL_MODE, ceil_mode, "ceil_mode", BOOL)                         \
    X(COUNT_INCLUDE_PAD, count_include_pad, "count_include_pad", BOOL) \
    X(DIVISOR_OVERRIDE, divisor_override, "divisor_override", INTEGER) \
    X(PAD, pad, "pad", LIST)                                           \
    X(NORMALIZED_SHAPE, normalized_shape, "normalized_shape", LIST)    \
    X(TRAINING, training, "training", BOOL)                            \
    X(MOMENTUM, momentum, "momentum", NUMBER)                          \
    X(REPEATS, repeats, "repeats", LIST)                               \
    X(SHIFTS, shifts, "shifts", LIST)                                  \
    X(DIAGONAL, diagonal, "diagonal", INTEGER)                         \
    X(ACCUMULATE, accumulate, "accumulate", BOOL)                      \
    X(DROPOUT_P, dropout_p, "dropout_p", NUMBER)                       \
    X(IS_CAUSAL, training, "is_causal", BOOL)                          \
    X(BASE_STRIDE, base_stride, "base_stride", LIST)                   \
    X(LEFT, left, "left", BOOL)                                        \
    X(CHECK_ERRORS, check_errors, "check_errors", BOOL)                \
    X(DEVICE, device, "device", DEVICE)

enum attr_kind {
    ATTR_KIND_INTEGER,
    ATTR_KIND_BOOL,
    ATTR_KIND_LIST,
    ATTR_KIND_NUMBER,
    ATTR_KIND_DTYPE,
    ATTR_KIND_DEVICE
};

/* clang-format off */
enum attr_index {
#define X(id, field, name, kind) ATTR_INDEX_##id,
    ATTR_LIST(X)
#undef X
    ATTR_COUNT
};
/* clang-format on */

_Static_assert(ATTR_COUNT <= 64, "a set of attributes is 64 bits");

/* The bit of an attribute in a set of them: ATTR(DIM) | ATTR(KEEPDIM). */
#define ATTR(id) (UINT64_C(1) << ATTR_INDEX_##id)

/* Only the fields whose bit is in `present` mean something. PyTorch's default for an absent alpha and
 * beta is 1, for an absent end "open". Dimensions are already counted from 0. */
struct op_attrs {
    uint64_t present; /* of ATTR(id) */
    /* Of ATTR(id): the lesson gave a negative one, or a slice no end; only _saved_* tells. */
    uint64_t from_end;
    int64_t dim, dim0, dim1, index, start, end, step, split_size;
    bool accumulate;
    int64_t diagonal;       /* how far above the main one */
    const int64_t *lengths; /* split with sizes: one for each output; lent while op_apply runs */
    int64_t offset;         /* from the first element of the operand */
    int64_t reduction;      /* 0 none, 1 mean, 2 sum */
    int64_t padding_idx;
    int64_t ignore_index; /* absent: no target is ignored */
    int64_t decimals;
    int64_t groups, divisor_override;
    int64_t k;
    bool keepdim, descending, equal_nan, transposed, ceil_mode, count_include_pad, training;
    bool left, check_errors;
    struct shape size, stride, dilation;
    /* No row has two of one union. */
    union {
        struct shape dims, padding, pad, normalized_shape;
    };
    union {
        struct shape kernel_size, output_padding, repeats, shifts, base_stride;
    };
    union {
        struct number alpha, value, weight, eps, rtol, negative_slope, lambd;
        struct number correction; /* of a variance: the divisor is n less this */
        struct number ord;        /* of a norm */
    };
    union {
        struct number beta, atol, momentum, scale;
    };
    union {
        struct number min, dropout_p, min_val, threshold, input_scale;
    };
    union {
        struct number max, max_val;
    };
    enum dtype dtype;
    struct backend *device;
};

/* For whoever writes attributes down (the recorder, `_saved_dim`): name, kind, and where the field
 * stands in struct op_attrs. */
struct attr_row {
    const char *name;
    enum attr_kind kind;
    size_t offset;
};
extern const struct attr_row attr_table[ATTR_COUNT];

enum { OP_MAX_SLOTS = BACKEND_MAX_DIMS, OP_MAX_TEXTS = 4, OP_MAX_ALIASES = 4 };

/* What a node keeps: operand or output number `from`, under PyTorch's name, but only if one of the
 * edges in the bit set `used_by` needs a gradient (0: if any does). A number operand is kept as a
 * number; `plain` says that PyTorch keeps it so too (pow's exponent), and not as a 0-d tensor: traces
 * leave it out. Shapes need no slot: a node knows those of its outputs and of what its edges lead to. */
struct op_slot {
    const char *name; /* NULL ends the list */
    bool is_output;
    int from;
    uint32_t used_by;
    bool plain;
    bool is_list; /* one of several with this name; none behind the last operand */
};

/* Another name for an attribute (ATTR_INDEX_...), where PyTorch calls it so in this operation; NULL ends
 * the list. Bits are few: prefer this to a further attribute of the same kind. */
struct op_alias {
    int attr;
    const char *name;
};

struct op_call;
struct rule;

struct op {
    enum op_id id;
    const char *name;    /* in traces; rows with one name agree in all texts */
    const char *symbol;  /* "×"; NULL: show the name */
    const char *node;    /* "MulBackward0"; NULL: the result never requires a gradient */
    const char *formula; /* "a · b" */
    const char *derivatives[OP_MAX_TEXTS]; /* for each tensor operand, in order: "b", "a" */
    enum provenance provenance;
    uint64_t attributes; /* those it understands */
    struct op_alias aliases[OP_MAX_ALIASES];

    int outputs;       /* 0: op_use.out_count says how many (unbind, split) */
    bool keeps_shapes; /* its node knows the shapes of all operands: rule_operand_shape */
    bool reshapes; /* in place it gives operand 0 another shape, and leaves the elements alone */
    bool is_view;  /* outputs share the storage of operand 0 and are differentiable views of it */
    uint32_t gradless; /* bit i: output i never requires a gradient, even if it is a float */
    uint32_t edgeless; /* bit i: operand i gets no edge (an index, a scalar exponent) */
    struct op_slot saves[OP_MAX_SLOTS];

    /* Makes the outputs: checks shapes and dtypes (PyTorch's texts), creates them with op_output, and
     * computes. Never sees autograd. */
    bool (*forward)(struct op_call *call, struct error *err);

    /* Sends the gradients of the outputs to the operands: rule->result[e] for every edge e with
     * rule->needs[e]. Made of operations (rule_*), so that it can be differentiated again. A result
     * may be larger than its operand where that was broadcast: the walk sums it down. NULL with a
     * `node`: "derivative for ... is not implemented" when backward reaches it. */
    bool (*backward)(struct rule *rule);

    /* (optional) The derivative of the output by the operand of edge `edge`, for the observer: a
     * number where it is one number for all elements (sum: 1, mean: 1/n), a tensor where the row is
     * element-wise; without `local` only the text in `derivatives` says it. Where it *is* a
     * saved tensor (mul: the other factor) that very tensor. Runs before saved tensors are freed. */
    bool (*local)(struct rule *rule, int edge, struct operand *out);
};

extern const struct op *const op_table[OP_COUNT];

/* What attribute number `attr` is called in that operation. */
const char *op_attr_name(const struct op *op, int attr);

/* ---- applying ------------------------------------------------------------------------------- */

/* in_place: the result is written into operand 0, whose version rises and whose grad_fn is replaced. */
struct op_use {
    enum op_id op;
    const struct operand *in;
    int in_count;
    struct op_attrs attrs;
    bool in_place;
    int out_count; /* only for rows with outputs 0 */
};

/* Runs the operation; `out` takes a reference for each output (in place: a further one to operand 0).
 * On failure nothing changed and no output is given. Order: checks of autograd ("a leaf Variable that
 * requires grad is being used in an in-place operation."), forward, node with edges and saved tensors
 * if grad mode is on and an operand with an edge requires a gradient and the output is a float,
 * observer. */
bool op_apply(struct engine *engine, const struct op_use *use, struct tensor **out,
              struct error *err);

/* The same for the first output: the tensor or NULL. Further ones are let go. */
struct tensor *op_apply_one(struct engine *engine, const struct op_use *use, struct error *err);
/* Tells the observer of a use that is refused, for who finds out before it comes to op_apply. */
void op_tell_failed(struct engine *engine, const struct op_use *use, const char *why);
/* Without attributes. */
struct tensor *op_plain(struct engine *engine, enum op_id op, const struct operand *in, int count,
                        struct error *err);
struct tensor *op_unary(struct engine *engine, enum op_id op, struct tensor *a, struct error *err);
struct tensor *op_binary(struct engine *engine, enum op_id op, struct operand a, struct operand b,
                         struct error *err);

/* ---- for rows ------------------------------------------------------------------------------- */

/* What a forward function is given. */
struct op_call {
    struct engine *engine;
    const struct op *op;
    const struct operand *in;
    int in_count;
    const struct op_attrs *attrs;
    struct tensor *into; /* in place: the tensor to write to, else NULL */
    struct tensor **out; /* to fill: one reference each */
    int out_count;
};

/* Creates output `number`, or hands out `into` after checking that the result fits it ("result type
 * Float can't be cast to the desired output type Long"; "output with shape [2] doesn't match the
 * broadcast shape [3, 2]"). Lent: call->out owns it. */
struct tensor *op_output(struct op_call *call, int number, const struct tensor_spec *spec,
                         struct error *err);

/* What a backward function is given. Tensors that rule_* return are lent: the rule owns them until
 * it is done. They accept NULL operands and then return NULL, so that formulas read as formulas:
 *
 *     rule->result[0] = rule_mul(rule, rule->grad[0], rule_operand(rule, SLOT_OTHER));
 *     return rule_done(rule);
 */
struct rule {
    struct engine *engine;
    struct node *node;
    struct tensor *const *grad; /* for each output of the node; NULL where none arrived */
    const bool *needs;          /* for each edge */
    struct tensor **result;     /* for each edge; NULL at the start, lent by the rule */
    struct error *err;

    /* private state */
    bool failed;
    struct tensor **owned;
    size_t owned_count, owned_capacity;
    bool tracked; /* of a forward: the grad mode before it */
};

/* Saved slot number `slot` of the row. NULL with the second-backward text or the changed-in-place
 * text in rule->err. For a slot that holds a number use rule_saved_number or rule_operand. */
struct tensor *rule_saved(struct rule *rule, int slot);
struct number rule_saved_number(struct rule *rule, int slot);
/* Either. */
struct operand rule_operand(struct rule *rule, int slot);
/* The shape of the operand behind edge `edge`; of operand `number`, whether or not it has an edge, for
 * rows that keep shapes; the attributes of the operation. */
const struct shape *rule_edge_shape(const struct rule *rule, int edge);
const struct shape *rule_operand_shape(const struct rule *rule, int number);
const struct op_attrs *rule_attrs(const struct rule *rule);

struct tensor *rule_apply(struct rule *rule, const struct op_use *use);
struct tensor *rule_unary(struct rule *rule, enum op_id op, struct tensor *a);
struct tensor *rule_binary(struct rule *rule, enum op_id op, struct operand a, struct operand b);
struct tensor *rule_mul(struct rule *rule, struct tensor *a, struct operand b);
/* By what slot number `slot` holds. */
struct tensor *rule_mul_saved(struct rule *rule, struct tensor *a, int slot);
/* The rule takes the caller's reference and lends the tensor back; NULL marks the rule as failed. */
struct tensor *rule_take(struct rule *rule, struct tensor *tensor);
/* True unless a step failed. */
bool rule_done(const struct rule *rule);
