#pragma once
/* What the rows share: forward functions for the usual shapes of an operation, and the small words
 * that backward formulas are written in. Private to engine/ops, the walk, and engine/nn where it says long formulas. */

#include "engine/ops/ops.h"
#include "engine/tensor/compute.h"

/* ---- forward ----------------------------------------------------------------------------------- */

/* An element-wise function of `count` operands: promoted, broadcast, computed. Promotion looks at all
 * operands of the call, also those beyond `count`. */
struct forward_map {
    enum map_function function;
    const struct operand *in; /* NULL: the call's own */
    int count;                /* 0: as many as the call has */
    bool to_float;            /* integers and bools become the default float first */
    bool p_is_alpha;          /* p is the attribute alpha, 1 where absent */
    double p, q;
};
bool forward_map(struct op_call *call, const struct forward_map *map, struct error *err);

/* Which dimensions of operand 0 a reduction takes away: those that the attribute `dims` (or `dim`)
 * names, or all. */
struct reduced {
    bool dim[BACKEND_MAX_DIMS];
    struct shape kept, out; /* with size 1 where reduced; of the result */
    int64_t count;          /* of the elements that one element of the result is made of */
};
bool forward_reduced(const struct op_call *call, struct reduced *reduced, struct error *err);
/* Makes output `number`: a look at it that has shape `kept`, a reference. */
struct tensor *reduced_output(struct op_call *call, int number, enum dtype dtype,
                              const struct reduced *reduced, struct error *err);

/* Output `output`, of `dtype`: operand 0 with its dimensions reduced. */
struct forward_reduce {
    enum reduce_function function;
    enum dtype dtype;
    double parameter; /* of VAR: the correction */
    int output;
};
bool forward_reduce(struct op_call *call, const struct forward_reduce *how, struct error *err);

/* Output 0 as another look at operand 0; in place that operand itself takes it (rows that reshape). */
bool forward_view(struct op_call *call, const struct shape *shape, const int64_t *strides,
                  int64_t offset);

/* "kernel" not implemented for 'Long', unless operand 0 is a float. */
bool forward_needs_float(const struct op_call *call, const char *kernel, struct error *err);

/* The forward of a function that other rows can say: a rule to write it with, whose steps are neither
 * tracked nor told; forward_finish makes `result` output 0 and gives back what the rule lent. */
struct rule forward_begin(const struct op_call *call, struct error *err);
bool forward_finish(struct op_call *call, struct rule *steps, struct tensor *result);

/* The same function of one operand, element by element, a piece at a time where there is much of it:
 * what its steps make on the way then stays near the processor. */
typedef bool forward_function(struct op_call *call, struct error *err);
bool forward_in_pieces(struct op_call *call, forward_function *forward, struct error *err);

/* The plainest forward functions: of floats (whole numbers become floats first), and of any dtype. */
#define FLOAT_FORWARD(name, map)                                                                   \
    static bool name##_forward(struct op_call *call, struct error *err)                            \
    {                                                                                              \
        return forward_map(call, &(struct forward_map){ .function = map, .to_float = true }, err); \
    }
#define MAP_FORWARD(name, map)                                                   \
    static bool name##_forward(struct op_call *call, struct error *err)          \
    {                                                                            \
        return forward_map(call, &(struct forward_map){ .function = map }, err); \
    }

struct number attr_alpha(const struct op_attrs *attrs);
struct number attr_beta(const struct op_attrs *attrs);
bool number_is_one(struct number number);
/* The number with the other sign; of a bool the integer. */
struct number number_negative(struct number number);

/* ---- backward ---------------------------------------------------------------------------------- */

/* All of them accept NULL and a failed rule, and then return NULL. */
struct tensor *rule_scale(struct rule *rule, struct tensor *a,
                          struct number factor); /* 1: a itself */
struct tensor *rule_reshape(struct rule *rule, struct tensor *a, const struct shape *shape);
struct tensor *rule_expand(struct rule *rule, struct tensor *a, const struct shape *shape);
struct tensor *rule_transpose(struct rule *rule, struct tensor *a); /* of a matrix: OP_T */
struct tensor *rule_unsqueeze(struct rule *rule, struct tensor *a, int dim);
struct tensor *rule_sum(struct rule *rule, struct tensor *a, const struct shape *dims,
                        bool keepdim);
/* For the node of a reduction of operand 0: a result of it, or its gradient, with a dimension of size
 * 1 wherever the reduction left one out; and the dimensions that it reduced. */
struct tensor *rule_kept(struct rule *rule, struct tensor *a);
struct shape rule_reduced_dims(const struct rule *rule);
/* grad[0] for the elements of `a` that are the single element y, each an equal share, 0 for the others. */
struct tensor *rule_share(struct rule *rule, struct tensor *a, struct tensor *y);
/* a[i] along `dim`; and a put at [i] along the node's `dim` into zeros of the shape of its operand. */
struct tensor *rule_pick(struct rule *rule, struct tensor *a, struct tensor *indices, int64_t dim);
struct tensor *rule_put_back(struct rule *rule, struct tensor *a, struct tensor *indices);
/* Whether the operand behind the edge is a matrix that lies column by column. */
bool rule_edge_by_columns(const struct rule *rule, int edge);
/* a·b, a/b, a²; a op n; mask ? a : b. */
struct tensor *rule_times(struct rule *rule, struct tensor *a, struct tensor *b);
struct tensor *rule_over(struct rule *rule, struct tensor *a, struct tensor *b);
struct tensor *rule_square(struct rule *rule, struct tensor *a);
struct tensor *rule_with(struct rule *rule, enum op_id op, struct tensor *a, double number);
struct tensor *rule_where(struct rule *rule, struct tensor *mask, struct operand a,
                          struct operand b);
/* A mask as numbers of like's dtype. */
struct tensor *rule_as(struct rule *rule, struct tensor *a, const struct tensor *like);
/* Zeros of that shape, like `like` in dtype and device. */
struct tensor *rule_zeros(struct rule *rule, const struct tensor *like, const struct shape *shape);

bool rule_pass(struct rule *rule); /* every edge gets grad[0] itself */

/* What an element-wise row sends to the operand of an edge for the gradient `grad` of its result. */
typedef struct tensor *rule_send(struct rule *rule, int edge, struct tensor *grad);
bool rule_send_all(struct rule *rule, rule_send *send);
bool local_send(struct rule *rule, int edge, rule_send *send, struct operand *out);
bool rule_send_zeros(struct rule *rule); /* to every edge */

/* name_backward and name_local from name_send. */
#define SEND_RULES(name)                                                       \
    static bool name##_backward(struct rule *rule)                             \
    {                                                                          \
        return rule_send_all(rule, name##_send);                               \
    }                                                                          \
    static bool name##_local(struct rule *rule, int edge, struct operand *out) \
    {                                                                          \
        return local_send(rule, edge, name##_send, out);                       \
    }

/* Sums a gradient that is larger than `shape` because the operand was broadcast. An error when it
 * cannot have been: "... returned an invalid gradient at index 0 - got [2] but expected shape
 * compatible with [3]". */
struct tensor *rule_sum_to(struct rule *rule, struct tensor *grad, int edge,
                           const struct shape *shape);

/* For the node of a view (strided.c): a copy that lies in memory as the base of the view does. */
struct tensor *rule_clone_laid(struct rule *rule, struct tensor *a);

/* Gives back what the rule lent. */
void rule_clear(struct rule *rule);

/* The usual `local`s: 1 or 0 for every edge, and "the value of slot 0". */
bool local_one(struct rule *rule, int edge, struct operand *out);
bool local_zero(struct rule *rule, int edge, struct operand *out);
bool local_slot(struct rule *rule, int slot, struct operand *out);
bool local_tensor(struct rule *rule, struct tensor *tensor, struct operand *out);
