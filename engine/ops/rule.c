#include "engine/ops/rows.h"

#include <assert.h>

#include "engine/autograd/autograd.h"
#include "engine/base/array.h"
#include "engine/engine.h"
#include "engine/nn/nn.h"

/* ---- lending ----------------------------------------------------------------------------------- */

struct tensor *rule_take(struct rule *rule, struct tensor *tensor)
{
    if (!tensor) {
        rule->failed = true;
        return NULL;
    }
    rule->owned = array_reserve(rule->owned, &rule->owned_capacity, rule->owned_count + 1,
                                sizeof(struct tensor *));
    rule->owned[rule->owned_count++] = tensor;
    return tensor;
}

void rule_clear(struct rule *rule)
{
    while (rule->owned_count > 0) {
        tensor_unref(rule->owned[--rule->owned_count]);
    }
}

bool rule_done(const struct rule *rule)
{
    return !rule->failed;
}

/* ---- what the node kept ------------------------------------------------------------------------ */

/* The walk has checked all slots. A result is lent as its stand-in, which has the id of the tensor
 * that the lesson saw, unless the formula itself will be differentiated. */
struct tensor *rule_saved(struct rule *rule, int slot)
{
    const struct saved *saved = &rule->node->saved[slot];
    if (rule->failed || !saved_was_kept(saved)) {
        return NULL;
    }
    if (saved->tensor && (saved->output < 0 || !rule->engine->grad_enabled)) {
        return saved->tensor;
    }
    return rule_take(rule, node_saved(rule->node, slot, rule->err));
}

/* Where the operand is wanted: copies of what was just written have to wait for it. */
static void read_slot(struct rule *rule, int slot, struct operand *out)
{
    const struct saved *saved = &rule->node->saved[slot];
    if (saved->is_number) {
        out->kind = OPERAND_NUMBER;
        out->number = saved->number;
    } else {
        out->tensor = rule_saved(rule, slot);
        out->kind = out->tensor ? OPERAND_TENSOR : OPERAND_NONE;
    }
}

struct number rule_saved_number(struct rule *rule, int slot)
{
    assert(rule->node->saved[slot].is_number);
    return rule->node->saved[slot].number;
}

struct operand rule_operand(struct rule *rule, int slot)
{
    struct operand operand;
    read_slot(rule, slot, &operand);
    return operand;
}

const struct shape *rule_edge_shape(const struct rule *rule, int edge)
{
    const struct node_edge *to = &rule->node->edges[edge];
    assert(to->node);
    return &to->node->outputs[to->output].shape;
}

const struct shape *rule_operand_shape(const struct rule *rule, int number)
{
    assert(rule->node->shapes);
    return &rule->node->shapes[number];
}

bool rule_edge_by_columns(const struct rule *rule, int edge)
{
    const struct node_edge *to = &rule->node->edges[edge];
    return to->node->outputs[to->output].by_columns;
}

const struct op_attrs *rule_attrs(const struct rule *rule)
{
    return &rule->node->attrs;
}

/* ---- steps ------------------------------------------------------------------------------------- */

struct tensor *rule_apply(struct rule *rule, const struct op_use *use)
{
    for (int i = 0; i < use->in_count; i++) {
        if (use->in[i].kind == OPERAND_NONE) {
            return NULL;
        }
    }
    return rule->failed ? NULL : rule_take(rule, op_apply_one(rule->engine, use, rule->err));
}

struct tensor *rule_unary(struct rule *rule, enum op_id op, struct tensor *a)
{
    if (!a || rule->failed) {
        return NULL;
    }
    return rule_take(rule, op_unary(rule->engine, op, a, rule->err));
}

static struct tensor *apply_to_two(struct rule *rule, enum op_id op, const struct operand *in)
{
    if (in[0].kind == OPERAND_NONE || in[1].kind == OPERAND_NONE || rule->failed) {
        return NULL;
    }
    return rule_take(rule, op_plain(rule->engine, op, in, 2, rule->err));
}

struct tensor *rule_binary(struct rule *rule, enum op_id op, struct operand a, struct operand b)
{
    return apply_to_two(rule, op, (const struct operand[]){ a, b });
}

struct tensor *rule_mul(struct rule *rule, struct tensor *a, struct operand b)
{
    return apply_to_two(rule, OP_MUL, (const struct operand[]){ operand_tensor(a), b });
}

struct tensor *rule_mul_saved(struct rule *rule, struct tensor *a, int slot)
{
    struct operand in[2];
    in[0].kind = a ? OPERAND_TENSOR : OPERAND_NONE;
    in[0].tensor = a;
    read_slot(rule, slot, &in[1]);
    return apply_to_two(rule, OP_MUL, in);
}

struct tensor *rule_scale(struct rule *rule, struct tensor *a, struct number factor)
{
    return number_is_one(factor) ? a : rule_mul(rule, a, operand_number(factor));
}

struct tensor *rule_reshape(struct rule *rule, struct tensor *a, const struct shape *shape)
{
    if (!a || rule->failed) {
        return NULL;
    }
    return rule_take(rule, nn_reshape(rule->engine, a, shape, rule->err));
}

struct tensor *rule_expand(struct rule *rule, struct tensor *a, const struct shape *shape)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(rule, &(struct op_use){ .op = OP_EXPAND,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(SIZE), .size = *shape } });
}

struct tensor *rule_transpose(struct rule *rule, struct tensor *a)
{
    return rule_unary(rule, OP_T, a);
}

struct tensor *rule_unsqueeze(struct rule *rule, struct tensor *a, int dim)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(rule, &(struct op_use){ .op = OP_UNSQUEEZE,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(DIM), .dim = dim } });
}

struct tensor *rule_sum(struct rule *rule, struct tensor *a, const struct shape *dims, bool keepdim)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(rule, &(struct op_use){ .op = OP_SUM_DIM,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM),
                                                         .dims = *dims,
                                                         .keepdim = keepdim } });
}

struct tensor *rule_times(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return rule_binary(rule, OP_MUL, operand_tensor(a), operand_tensor(b));
}

struct tensor *rule_over(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return rule_binary(rule, OP_DIV, operand_tensor(a), operand_tensor(b));
}

struct tensor *rule_square(struct rule *rule, struct tensor *a)
{
    return rule_binary(rule, OP_POW, operand_tensor(a), operand_number(number_integer(2)));
}

struct tensor *rule_with(struct rule *rule, enum op_id op, struct tensor *a, double number)
{
    return rule_binary(rule, op, operand_tensor(a), operand_real(number));
}

struct tensor *rule_where(struct rule *rule, struct tensor *mask, struct operand a,
                          struct operand b)
{
    const struct operand in[] = { operand_tensor(mask), a, b };
    return rule_apply(rule, &(struct op_use){ .op = OP_WHERE, .in = in, .in_count = 3 });
}

struct tensor *rule_as(struct rule *rule, struct tensor *a, const struct tensor *like)
{
    if (!like) {
        return NULL;
    }
    const struct operand in = operand_tensor(a);
    return rule_apply(
        rule, &(struct op_use){ .op = OP_TO_COPY,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DTYPE), .dtype = like->dtype } });
}

struct shape rule_reduced_dims(const struct rule *rule)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    const int dims = rule_edge_shape(rule, 0)->dims;
    struct shape reduced = { .dims = 0 };
    if (attrs->present & ATTR(DIM)) {
        reduced = (struct shape){ 1, { attrs->dim } };
    } else if (attrs->present & ATTR(DIMS)) {
        reduced = attrs->dims;
    }
    for (int i = 0; i < reduced.dims; i++) {
        reduced.size[i] += reduced.size[i] < 0 ? dims : 0;
    }
    if (reduced.dims == 0) {
        reduced.dims = dims;
        for (int d = 0; d < dims; d++) {
            reduced.size[d] = d;
        }
    }
    return reduced;
}

struct tensor *rule_kept(struct rule *rule, struct tensor *a)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    const int dims = rule_edge_shape(rule, 0)->dims;
    const struct shape reduced = rule_reduced_dims(rule);
    if (reduced.dims == dims || (attrs->present & ATTR(KEEPDIM) && attrs->keepdim)) {
        return a;
    }
    for (int d = 0; d < dims; d++) {
        for (int i = 0; i < reduced.dims; i++) {
            if (reduced.size[i] == d) {
                a = rule_unsqueeze(rule, a, d);
            }
        }
    }
    return a;
}

struct tensor *rule_zeros(struct rule *rule, const struct tensor *like, const struct shape *shape)
{
    if (!like || rule->failed) {
        return NULL;
    }
    const struct tensor_spec spec = { like->dtype, *shape, tensor_backend(like) };
    return rule_take(rule, tensor_full(rule->engine, &spec, number_integer(0), rule->err));
}

bool rule_pass(struct rule *rule)
{
    for (int e = 0; e < rule->node->edge_count; e++) {
        rule->result[e] = rule->grad[0];
    }
    return rule_done(rule);
}

bool rule_send_all(struct rule *rule, rule_send *send)
{
    for (int e = 0; e < rule->node->edge_count; e++) {
        if (rule->needs[e]) {
            rule->result[e] = send(rule, e, rule->grad[0]);
        }
    }
    return rule_done(rule);
}

bool rule_send_zeros(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    for (int e = 0; e < rule->node->edge_count; e++) {
        rule->result[e] = grad ? rule_zeros(rule, grad, &grad->shape) : NULL;
    }
    return rule_done(rule);
}

/* ---- broadcasting undone ----------------------------------------------------------------------- */

static bool set_invalid(const struct rule *rule, const struct tensor *grad, int edge,
                        const struct shape *shape)
{
    struct text got = { 0 }, expected = { 0 };
    shape_append(&got, &grad->shape);
    shape_append(&expected, shape);
    error_set(rule->err,
              "Function %s returned an invalid gradient at index %d - got %s but expected shape "
              "compatible with %s",
              rule->node->name, edge, text_string(&got), text_string(&expected));
    text_finish(&got);
    text_finish(&expected);
    return false;
}

struct tensor *rule_sum_to(struct rule *rule, struct tensor *grad, int edge,
                           const struct shape *shape)
{
    const int lead = grad->shape.dims - shape->dims;
    struct shape dims = { 0 };
    bool fits = lead >= 0;
    for (int d = 0; fits && d < grad->shape.dims; d++) {
        const int64_t size = d < lead ? 1 : shape->size[d - lead];
        if (d < lead || (size == 1 && grad->shape.size[d] != 1)) {
            dims.size[dims.dims++] = d;
        } else if (size != grad->shape.size[d]) {
            fits = false;
        }
    }
    if (!fits) {
        rule->failed = !set_invalid(rule, grad, edge, shape);
        return NULL;
    }
    struct tensor *sum = dims.dims > 0 ? rule_sum(rule, grad, &dims, true) : grad;
    return lead > 0 ? rule_reshape(rule, sum, shape) : sum;
}

/* ---- local derivatives ------------------------------------------------------------------------- */

bool local_one(struct rule *rule, int edge, struct operand *out)
{
    (void)rule;
    (void)edge;
    *out = operand_number(number_integer(1));
    return true;
}

bool local_zero(struct rule *rule, int edge, struct operand *out)
{
    (void)rule;
    (void)edge;
    *out = operand_number(number_integer(0));
    return true;
}

bool local_send(struct rule *rule, int edge, rule_send *send, struct operand *out)
{
    const struct node_output *output = &rule->node->outputs[0];
    const struct tensor_spec spec = { output->dtype, output->shape, output->backend };
    struct tensor *ones =
        rule_take(rule, tensor_full(rule->engine, &spec, number_integer(1), rule->err));
    return local_tensor(rule, send(rule, edge, ones), out);
}

bool local_slot(struct rule *rule, int slot, struct operand *out)
{
    *out = rule_operand(rule, slot);
    return rule_done(rule);
}

bool local_tensor(struct rule *rule, struct tensor *tensor, struct operand *out)
{
    *out = operand_tensor(tensor);
    return rule_done(rule);
}
