#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/tensor/sequence.h"

/* Rows of a table by their numbers, put together by the bag that each belongs to:
 * y[b] = Σ_{r in b} w[r]·a[i[r]]        so   da[i[r]] += w[r]·dy[b[r]],   dw[r] += dy[b[r]]·a[i[r]]
 * or the mean of a bag's rows, or the largest of each column, whose gradient goes to the first row that
 * has it. Rows of the padding index do not count; a bag without rows gives 0. */

enum { BAG_TABLE, BAG_INDICES, BAG_BAGS, BAG_WEIGHTS };
enum { BAG_SUM, BAG_MEAN, BAG_MAX };

static struct tensor *along_rows(struct rule *rule, enum op_id op, struct tensor *a,
                                 struct tensor *index, struct tensor *added)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(index), operand_tensor(added) };
    return rule_apply(rule, &(struct op_use){ .op = op,
                                              .in = in,
                                              .in_count = added ? 3 : 2,
                                              .attrs = { .present = ATTR(DIM) } });
}

/* What both ways need. */
struct bags {
    struct tensor *table, *indices, *number; /* of rows [n]; the bag of each [n] */
    struct tensor *rows;                     /* a[i]: [n, width] */
    struct tensor *counts;                   /* [n, 1]: whether a row counts */
    struct shape shape;                      /* [bags, width] */
    int64_t mode;
};

static struct bags bags_of(struct rule *rule, struct tensor *table, struct tensor *indices,
                           struct tensor *number, const struct op_attrs *attrs)
{
    struct bags bags = { .table = table, .indices = indices, .number = number, .mode = attrs->k };
    if (!table || !indices || !number) {
        return bags;
    }
    bags.shape = (struct shape){ 2, { attrs->size.size[0], table->shape.size[1] } };
    const struct operand in[] = { operand_tensor(indices), operand_tensor(table) };
    const struct operand swapped[] = { in[1], in[0] };
    bags.rows =
        rule_apply(rule, &(struct op_use){ .op = OP_EMBEDDING, .in = swapped, .in_count = 2 });
    const int64_t padding = attrs->present & ATTR(PADDING_IDX) ? attrs->padding_idx : -1;
    bags.counts = rule_unsqueeze(
        rule, rule_binary(rule, OP_NE, in[0], operand_number(number_integer(padding))), 1);
    return bags;
}

/* How many rows each bag has: [bags, 1], at least 1. */
static struct tensor *row_counts(struct rule *rule, const struct bags *bags)
{
    const struct shape shape = { 2, { bags->shape.size[0], 1 } };
    struct tensor *zeros = rule_zeros(rule, bags->rows, &shape);
    struct tensor *counts = along_rows(rule, OP_INDEX_ADD, zeros, bags->number,
                                       rule_as(rule, bags->counts, bags->rows));
    return rule_where(rule, rule_with(rule, OP_EQ, counts, 0), operand_real(1),
                      operand_tensor(counts));
}

static struct tensor *spread_numbers(struct rule *rule, const struct bags *bags)
{
    const struct shape shape = { 2, { bags->number->count, bags->shape.size[1] } };
    return rule_expand(rule, rule_unsqueeze(rule, bags->number, 1), &shape);
}

/* The largest (or the smallest) of what falls into each cell, of `start` where nothing does. */
static struct tensor *extremes(struct rule *rule, const struct bags *bags, struct tensor *values,
                               double start, bool largest)
{
    enum { BY_AMAX = 3, BY_AMIN = 4 };
    struct tensor *zeros = rule_zeros(rule, values, &bags->shape);
    const struct operand in[] = { operand_tensor(rule_with(rule, OP_ADD, zeros, start)),
                                  operand_tensor(spread_numbers(rule, bags)),
                                  operand_tensor(values) };
    return rule_apply(rule, &(struct op_use){ .op = OP_SCATTER_REDUCE,
                                              .in = in,
                                              .in_count = 3,
                                              .attrs = { .present = ATTR(DIM) | ATTR(REDUCTION) |
                                                                    ATTR(ACCUMULATE),
                                                         .reduction = largest ? BY_AMAX : BY_AMIN,
                                                         .accumulate = true } });
}

static struct tensor *largest(struct rule *rule, const struct bags *bags)
{
    struct tensor *counted =
        rule_where(rule, bags->counts, operand_tensor(bags->rows), operand_real(-INFINITY));
    struct tensor *most = extremes(rule, bags, counted, -INFINITY, true);
    struct tensor *none = rule_with(rule, OP_EQ, most, -INFINITY);
    return rule_where(rule, none, operand_real(0), operand_tensor(most));
}

static bool embedding_bag_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    const struct bags bags =
        bags_of(&steps, call->in[BAG_TABLE].tensor, call->in[BAG_INDICES].tensor,
                call->in[BAG_BAGS].tensor, call->attrs);
    struct tensor *result = NULL;
    if (bags.mode == BAG_MAX) {
        result = largest(&steps, &bags);
    } else {
        struct tensor *rows =
            rule_where(&steps, bags.counts, operand_tensor(bags.rows), operand_real(0));
        if (call->in_count > BAG_WEIGHTS) {
            rows =
                rule_times(&steps, rows, rule_unsqueeze(&steps, call->in[BAG_WEIGHTS].tensor, 1));
        }
        struct tensor *zeros = rows ? rule_zeros(&steps, rows, &bags.shape) : NULL;
        result = along_rows(&steps, OP_INDEX_ADD, zeros, bags.number, rows);
        if (bags.mode == BAG_MEAN) {
            result = rule_over(&steps, result, row_counts(&steps, &bags));
        }
    }
    return forward_finish(call, &steps, result);
}

/* dy of each row's bag, for the mode max only where the row was the first that was the largest. */
static struct tensor *sent_to_rows(struct rule *rule, const struct bags *bags)
{
    struct tensor *grad = rule->grad[0];
    if (bags->mode == BAG_MEAN) {
        grad = rule_over(rule, grad, row_counts(rule, bags));
    }
    struct tensor *sent = along_rows(rule, OP_INDEX_SELECT, grad, bags->number, NULL);
    if (bags->mode != BAG_MAX) {
        return sent;
    }
    const double count = (double)bags->number->count;
    const struct number bounds[] = { number_real(0), number_real(count), number_real(1) };
    struct tensor *places =
        rule_take(rule, tensor_arange(rule->engine, bounds, DTYPE_FLOAT64, rule->err));
    const struct tensor_spec spec = { DTYPE_FLOAT64,
                                      { 2, { bags->number->count, 1 } },
                                      tensor_backend(bags->number) };
    struct tensor *there = rule_take(rule, tensor_create(rule->engine, &spec, rule->err));
    struct tensor *column = rule_unsqueeze(rule, places, 1);
    if (!column || !there || !compute_copy(there, column, rule->err)) {
        rule->failed = true;
        return NULL;
    }
    struct tensor *most =
        along_rows(rule, OP_INDEX_SELECT, largest(rule, bags), bags->number, NULL);
    struct tensor *is_most = rule_binary(
        rule, OP_LOGICAL_AND, operand_tensor(bags->counts),
        operand_tensor(rule_binary(rule, OP_EQ, operand_tensor(bags->rows), operand_tensor(most))));
    struct tensor *first =
        extremes(rule, bags, rule_where(rule, is_most, operand_tensor(there), operand_real(count)),
                 count, false);
    struct tensor *is_first = rule_binary(
        rule, OP_EQ, operand_tensor(along_rows(rule, OP_INDEX_SELECT, first, bags->number, NULL)),
        operand_tensor(there));
    return rule_where(rule, is_first, operand_tensor(sent), operand_real(0));
}

static bool embedding_bag_backward(struct rule *rule)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    struct tensor *weights = rule_saved(rule, BAG_WEIGHTS);
    const struct bags bags =
        bags_of(rule, rule_saved(rule, BAG_TABLE), rule_saved(rule, BAG_INDICES),
                rule_saved(rule, BAG_BAGS), attrs);
    struct tensor *sent = bags.rows ? sent_to_rows(rule, &bags) : NULL;
    if (rule->needs[0]) {
        struct tensor *rows =
            weights ? rule_times(rule, sent, rule_unsqueeze(rule, weights, 1)) : sent;
        const struct operand in[] = { operand_tensor(rows), operand_tensor(bags.indices) };
        struct op_use use = {
            .op = OP_EMBEDDING_BACKWARD,
            .in = in,
            .in_count = 2,
            .attrs = { .present = (attrs->present & ATTR(PADDING_IDX)) | ATTR(SIZE),
                       .padding_idx = attrs->padding_idx,
                       .size = *rule_edge_shape(rule, 0) },
        };
        rule->result[0] = rule_apply(rule, &use);
    }
    if (weights && rule->needs[1]) {
        struct tensor *product = rule_times(rule, sent, bags.rows);
        struct tensor *counted =
            rule_where(rule, bags.counts, operand_tensor(product), operand_real(0));
        rule->result[1] = rule_sum(rule, counted, &(struct shape){ 1, { 1 } }, false);
    }
    return rule_done(rule);
}

const struct op op_row_embedding_bag = {
    .id = OP_EMBEDDING_BAG,
    .name = "embedding_bag",
    .symbol = "bags",
    .node = "EmbeddingBagBackward0",
    .formula = "Σ w · a[i]",
    .derivatives = { "0, [i] ← Σ g · w", "Σ g · a[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(PADDING_IDX) | ATTR(K) | ATTR(SIZE),
    .aliases = { { ATTR_INDEX_K, "mode" } },
    .outputs = 1,
    .edgeless = 1 << BAG_INDICES | 1 << BAG_BAGS,
    .saves = { [BAG_TABLE] = { .name = "weight", .from = BAG_TABLE },
               [BAG_INDICES] = { .name = "indices", .from = BAG_INDICES },
               [BAG_BAGS] = { .name = "offset2bag", .from = BAG_BAGS },
               [BAG_WEIGHTS] = { .name = "per_sample_weights", .from = BAG_WEIGHTS } },
    .forward = embedding_bag_forward,
    .backward = embedding_bag_backward,
};
