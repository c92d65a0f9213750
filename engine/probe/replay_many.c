/* Steps for many values at once: a tensor that has many has a dimension in front of its own, and each
 * rule below says how a step does the same to all of them with the operations that there are. */

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/probe/replay_private.h"

enum { OPERANDS_MAX = 6, OWNED_MAX = 16 };

/* A step that is being run: its operands, those that have many marked. */
struct lift {
    struct engine *engine;
    const struct tape_step *step;
    struct op_attrs attrs;
    int64_t many;
    struct operand in[OPERANDS_MAX];
    bool has_many[OPERANDS_MAX];
    struct tensor *owned[OWNED_MAX]; /* what the rule made on its way */
    int owned_count;
    struct error *err;
};

/* The lift owns it, and lends it. NULL stays NULL. */
static struct tensor *keep(struct lift *lift, struct tensor *tensor)
{
    if (tensor && lift->owned_count == OWNED_MAX) {
        error_set(lift->err, "a rule makes too many tensors");
        tensor_unref(tensor);
        return NULL;
    }
    if (tensor) {
        lift->owned[lift->owned_count++] = tensor;
    }
    return tensor;
}

/* Lent, as are all tensors that rules return. */
static struct tensor *apply(struct lift *lift, enum op_id op, const struct operand *in, int count,
                            const struct op_attrs *attrs)
{
    struct op_use use = { .op = op, .in = in, .in_count = count };
    for (int i = 0; i < count; i++) {
        if (in[i].kind == OPERAND_TENSOR && !in[i].tensor) {
            return NULL;
        }
    }
    if (attrs) {
        use.attrs = *attrs;
    }
    return keep(lift, op_apply_one(lift->engine, &use, lift->err));
}

/* Dimensions of operand `i` without the one in front. */
static int own_dims(const struct lift *lift, int i)
{
    return lift->in[i].tensor->shape.dims - lift->has_many[i];
}

static struct shape own_shape(const struct lift *lift, int i)
{
    const struct shape *whole = &lift->in[i].tensor->shape;
    struct shape own = { .dims = own_dims(lift, i) };
    for (int d = 0; d < own.dims; d++) {
        own.size[d] = whole->size[d + lift->has_many[i]];
    }
    return own;
}

/* Operand `i` with a dimension in front, and dimensions of size 1 between so that its own are `dims`. */
static struct tensor *in_front(struct lift *lift, int i, int dims)
{
    struct tensor *const tensor = lift->in[i].tensor;
    const int own = own_dims(lift, i), gap = dims - own, first = lift->has_many[i];
    struct shape shape = { .dims = dims + 1, .size = { lift->many } };
    int64_t strides[BACKEND_MAX_DIMS] = { 0 };
    if (dims + 1 > BACKEND_MAX_DIMS) {
        error_set(lift->err, "%s: a tensor has too many dimensions", lift->step->name);
        return NULL;
    }
    strides[0] = first ? tensor->strides[0] : 0;
    for (int d = 0; d < dims; d++) {
        const int at = d - gap + first;
        shape.size[d + 1] = d < gap ? 1 : tensor->shape.size[at];
        strides[d + 1] = d < gap ? 0 : tensor->strides[at];
    }
    return keep(lift, tensor_view(tensor, &shape, strides, tensor->offset));
}

/* ---- rules --------------------------------------------------------------------------------------- */

/* Element by element: what has many is lined up from behind with what has not. */
static void line_up(struct lift *lift, struct operand *in)
{
    int dims = 0;
    for (int i = 0; i < lift->step->in_count; i++) {
        in[i] = lift->in[i];
        if (in[i].kind == OPERAND_TENSOR && own_dims(lift, i) > dims) {
            dims = own_dims(lift, i);
        }
    }
    for (int i = 0; i < lift->step->in_count; i++) {
        if (in[i].kind == OPERAND_TENSOR && lift->has_many[i] && own_dims(lift, i) < dims) {
            in[i].tensor = in_front(lift, i, dims);
        }
    }
}

static struct tensor *lift_map(struct lift *lift)
{
    struct operand in[OPERANDS_MAX];
    line_up(lift, in);
    return apply(lift, lift->step->op->id, in, lift->step->in_count, &lift->attrs);
}

/* Reduces all but the dimension in front. */
static struct tensor *reduce_own(struct lift *lift, enum op_id op, struct tensor *tensor)
{
    struct op_attrs attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM) };
    if (!tensor || tensor->shape.dims == 1) {
        return tensor;
    }
    attrs.dims.dims = tensor->shape.dims - 1;
    for (int d = 0; d < attrs.dims.dims; d++) {
        attrs.dims.size[d] = d + 1;
    }
    return apply(lift, op, (struct operand[]){ operand_tensor(tensor) }, 1, &attrs);
}

static struct tensor *lift_sum(struct lift *lift)
{
    return reduce_own(lift, OP_SUM_DIM, lift->in[0].tensor);
}

static struct tensor *lift_mean(struct lift *lift)
{
    return reduce_own(lift, OP_MEAN_DIM, lift->in[0].tensor);
}

/* The same along dimensions that stand one further back. */
static struct tensor *lift_dims(struct lift *lift)
{
    for (int d = 0; d < lift->attrs.dims.dims; d++) {
        lift->attrs.dims.size[d]++;
    }
    return apply(lift, lift->step->op->id, lift->in, 1, &lift->attrs);
}

static struct tensor *lift_dim(struct lift *lift)
{
    lift->attrs.dim++;
    return apply(lift, lift->step->op->id, lift->in, 1, &lift->attrs);
}

static struct tensor *lift_transpose(struct lift *lift)
{
    lift->attrs.dim0++;
    lift->attrs.dim1++;
    return apply(lift, OP_TRANSPOSE, lift->in, 1, &lift->attrs);
}

static struct tensor *lift_t(struct lift *lift)
{
    if (own_dims(lift, 0) < 2) {
        return lift->in[0].tensor;
    }
    lift->attrs = (struct op_attrs){ .present = ATTR(DIM0) | ATTR(DIM1), .dim0 = 1, .dim1 = 2 };
    return apply(lift, OP_TRANSPOSE, lift->in, 1, &lift->attrs);
}

static struct tensor *lift_view(struct lift *lift)
{
    struct shape *size = &lift->attrs.size;
    if (size->dims == BACKEND_MAX_DIMS) {
        error_set(lift->err, "%s: a tensor has too many dimensions", lift->step->name);
        return NULL;
    }
    memmove(&size->size[1], &size->size[0], (size_t)size->dims * sizeof(size->size[0]));
    size->size[0] = lift->many;
    size->dims++;
    return apply(lift, OP_VIEW, lift->in, 1, &lift->attrs);
}

/* Losses of two tensors: one number for each of many. */
static struct tensor *lift_compared(struct lift *lift)
{
    const int64_t reduction = lift->attrs.present & ATTR(REDUCTION) ? lift->attrs.reduction : 1;
    lift->attrs.present |= ATTR(REDUCTION);
    lift->attrs.reduction = 0;
    struct tensor *each = lift_map(lift);
    return reduction == 0   ? each
           : reduction == 1 ? reduce_own(lift, OP_MEAN_DIM, each)
                            : reduce_own(lift, OP_SUM_DIM, each);
}

/* [n, k] @ [k, m], each with a dimension in front. */
static struct tensor *product(struct lift *lift, int a, int b)
{
    const struct operand in[] = { operand_tensor(in_front(lift, a, 2)),
                                  operand_tensor(in_front(lift, b, 2)) };
    if (own_dims(lift, a) != 2 || own_dims(lift, b) != 2) {
        error_set(lift->err, "%s is no product of matrices", lift->step->name);
        return NULL;
    }
    return apply(lift, OP_BMM, in, 2, NULL);
}

static struct tensor *lift_mm(struct lift *lift)
{
    return product(lift, 0, 1);
}

static bool is_one(const struct op_attrs *attrs, uint64_t bit, const struct number *number)
{
    return !(attrs->present & bit) || number_as_real(*number) == 1;
}

static struct tensor *lift_addmm(struct lift *lift)
{
    if (!is_one(&lift->attrs, ATTR(ALPHA), &lift->attrs.alpha) ||
        !is_one(&lift->attrs, ATTR(BETA), &lift->attrs.beta)) {
        error_set(lift->err, "%s with factors", lift->step->name);
        return NULL;
    }
    const struct operand in[] = { operand_tensor(product(lift, 1, 2)),
                                  operand_tensor(in_front(lift, 0, 2)) };
    return apply(lift, OP_ADD, in, 2, NULL);
}

/* Σ a·b over one dimension: of a vector each, or of the rows of a matrix. */
static struct tensor *lift_dot(struct lift *lift)
{
    struct op_attrs last = { .present = ATTR(DIMS) | ATTR(KEEPDIM), .dims = { .dims = 1 } };
    struct operand in[OPERANDS_MAX];
    line_up(lift, in);
    struct tensor *each = apply(lift, OP_MUL, in, 2, NULL);
    if (!each) {
        return NULL;
    }
    last.dims.size[0] = each->shape.dims - 1;
    return apply(lift, OP_SUM_DIM, (struct operand[]){ operand_tensor(each) }, 1, &last);
}

/* Only as classes are compared: [n, k] with n targets, nothing weighted. */
static struct tensor *lift_nll(struct lift *lift)
{
    struct op_attrs attrs = { .present = ATTR(DIM), .dim = 2 };
    const struct shape own = own_shape(lift, 0);
    const struct tensor *target = lift->in[1].tensor;
    const bool ignores = lift->attrs.present & ATTR(IGNORE_INDEX) && lift->attrs.ignore_index >= 0;
    if (own.dims != 2 || lift->has_many[1] || lift->step->in_count > 2 || ignores ||
        target->shape.dims != 1) {
        error_set(lift->err, "%s of this kind", lift->step->name);
        return NULL;
    }
    const struct shape places = { 3, { lift->many, own.size[0], 1 } };
    const int64_t strides[BACKEND_MAX_DIMS] = { 0, target->strides[0], 0 };
    struct tensor *index =
        keep(lift, tensor_view(lift->in[1].tensor, &places, strides, target->offset));
    const struct operand in[] = { lift->in[0], operand_tensor(index) };
    struct tensor *picked = apply(lift, OP_GATHER, in, 2, &attrs);
    const int64_t reduction = lift->attrs.present & ATTR(REDUCTION) ? lift->attrs.reduction : 1;
    struct tensor *one = reduce_own(lift, reduction == 2 ? OP_SUM_DIM : OP_MEAN_DIM, picked);
    if (reduction == 0) {
        error_set(lift->err, "%s of this kind", lift->step->name);
        return NULL;
    }
    return apply(lift, OP_NEG, (struct operand[]){ operand_tensor(one) }, 1, NULL);
}

static const struct {
    enum op_id op;
    struct tensor *(*lift)(struct lift *lift);
} rules[] = {
    { OP_SUM, lift_sum },
    { OP_MEAN, lift_mean },
    { OP_SUM_DIM, lift_dims },
    { OP_MEAN_DIM, lift_dims },
    { OP_SQUEEZE_DIM, lift_dim },
    { OP_UNSQUEEZE, lift_dim },
    { OP_SELECT, lift_dim },
    { OP_SLICE, lift_dim },
    { OP_SOFTMAX, lift_dim },
    { OP_LOG_SOFTMAX, lift_dim },
    { OP_TRANSPOSE, lift_transpose },
    { OP_T, lift_t },
    { OP_VIEW, lift_view },
    { OP_UNSAFE_VIEW, lift_view },
    { OP_RESHAPE_ALIAS, lift_view },
    { OP_MSE_LOSS, lift_compared },
    { OP_SMOOTH_L1_LOSS, lift_compared },
    { OP_HUBER_LOSS, lift_compared },
    { OP_BINARY_CROSS_ENTROPY, lift_compared },
    { OP_BCE_WITH_LOGITS, lift_compared },
    { OP_MM, lift_mm },
    { OP_ADDMM, lift_addmm },
    { OP_MV, lift_dot },
    { OP_DOT, lift_dot },
    { OP_NLL_LOSS, lift_nll },
};

/* These are said to be element by element, and look at dimensions or write to an operand. */
static bool is_plain_map(const struct op *op)
{
    static const enum op_id others[] = {
        OP_PRELU, OP_TRIL,          OP_TRIU, OP_COPY,
        OP_ZERO,  OP_FILL_DIAGONAL, OP_FILL, OP_MASKED_FILL_TENSOR
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (op->id == others[i]) {
            return false;
        }
    }
    return op->provenance == PROVENANCE_MAP && op->outputs == 1;
}

/* ---- running ------------------------------------------------------------------------------------- */

static struct tensor *run_rule(struct lift *lift)
{
    const struct op *op = lift->step->op;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].op == op->id) {
            return rules[i].lift(lift);
        }
    }
    if (is_plain_map(op)) {
        return lift_map(lift);
    }
    error_set(lift->err, "%s cannot be run for many values at once", lift->step->name);
    return NULL;
}

static bool has_many(const struct replay *replay, const struct tape_operand *in)
{
    if (in->source == TAPE_LEAF) {
        return replay->leaf_many[tape_leaf_find(replay->walk, in->value->tensor)];
    }
    return in->source == TAPE_STEP &&
           replay->out_many[replay->first_out[in->step->place] + (size_t)in->output];
}

/* Whether one of the operands has many. */
static bool lift_begin(struct lift *lift, const struct replay *replay, size_t index)
{
    const struct tape_step *step = replay->walk->steps[index];
    bool any = false;
    for (int k = 0; k < step->in_count; k++) {
        const bool many = has_many(replay, &step->in[k]);
        any = any || many;
        if (k < OPERANDS_MAX) {
            struct tensor **from = replay->from[replay->first_operand[index] + (size_t)k];
            lift->in[k] = from                                ? operand_tensor(*from)
                          : step->in[k].source == TAPE_NUMBER ? operand_number(step->in[k].number)
                                                              : operand_tensor(NULL);
            lift->has_many[k] = many;
        }
    }
    return any;
}

static bool run_many(struct replay *replay, size_t index, struct error *err)
{
    const struct tape_step *step = replay->walk->steps[index];
    struct lift lift = { .engine = replay->engine,
                         .step = step,
                         .attrs = step->attrs ? *step->attrs : (struct op_attrs){ 0 },
                         .many = replay->many,
                         .err = err };
    for (int k = 0; step->hands_on && k < step->in_count; k++) {
        replay->out_many[replay->first_out[index] + (size_t)k] = has_many(replay, &step->in[k]);
    }
    if (step->hands_on || !lift_begin(&lift, replay, index)) {
        return replay_step(replay, index, err);
    }
    if (step->in_count > OPERANDS_MAX) {
        return error_set(err, "%s has too many operands", step->name);
    }
    if (lift.attrs.present & ATTR(DTYPE) && dtype_is_float(lift.attrs.dtype)) {
        lift.attrs.dtype = replay->dtype;
    }
    struct tensor *out = run_rule(&lift);
    if (out && (out->shape.dims == 0 || out->shape.size[0] != replay->many)) {
        out = NULL;
        error_set(err, "%s has lost what it had many of", step->name);
    }
    const size_t place = replay->first_out[index];
    replay->out[place] = tensor_ref(out);
    for (int k = 0; out && k < step->out_count; k++) {
        replay->out_many[place + (size_t)k] = true;
    }
    for (int i = 0; i < lift.owned_count; i++) {
        tensor_unref(lift.owned[i]);
    }
    return out != NULL;
}

void replay_set_many(struct replay *replay, size_t index, struct tensor *tensor)
{
    replay_set(replay, index, tensor);
    replay->leaf_many[index] = true;
    replay->many = tensor->shape.size[0];
}

/* Adds what root `root` has to do with each loss. */
static bool add_losses(const struct replay *replay, size_t root, double *losses, struct error *err)
{
    const struct tape_root *recorded = &replay->walk->roots[root];
    const struct tensor *tensor = replay_root(replay, root);
    const size_t place = replay->first_out[recorded->step] + (size_t)recorded->output;
    const int64_t rows = replay->out_many[place] ? replay->many : 1;
    if (tensor->count != rows * recorded->count) {
        return error_set(err, "the root came out with another shape");
    }
    double *numbers = memory_allocate((size_t)tensor->count + 1, sizeof(*numbers));
    const bool fine = tensor_read_real(tensor, numbers, err);
    for (int64_t i = 0; fine && i < replay->many; i++) {
        const double *row = numbers + (rows > 1 ? i * recorded->count : 0);
        for (int64_t k = 0; k < recorded->count; k++) {
            losses[i] += row[k] * recorded->gradient[k];
        }
    }
    free(numbers);
    return fine;
}

bool replay_losses(struct replay *replay, double *losses, struct error *err)
{
    const bool grad_enabled = replay->engine->grad_enabled;
    bool fine = true, any = false;
    for (size_t i = 0; i < replay->walk->leaf_count; i++) {
        any = any || replay->leaf_many[i];
    }
    replay->many = any ? replay->many : 1;
    memset(replay->out_many, 0, replay_out_count(replay) * sizeof(bool));
    memset(losses, 0, (size_t)replay->many * sizeof(*losses));
    replay->engine->grad_enabled = false;
    const enum dtype before = replay_begin(replay);
    for (size_t i = 0; fine && i < replay->walk->step_count; i++) {
        fine = run_many(replay, i, err);
    }
    replay_end(replay, before);
    for (size_t i = 0; fine && i < replay->walk->root_count; i++) {
        fine = add_losses(replay, i, losses, err);
    }
    replay_forget_steps(replay);
    replay->engine->grad_enabled = grad_enabled;
    return fine;
}
