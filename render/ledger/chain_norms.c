/* Normalisations and softmax: every element depends on all of its group. What is said of one is a formula
 * with the group's own numbers. */

#include <math.h>
#include <string.h>

#include "render/ledger/chain_ways.h"

/* ---- groups ------------------------------------------------------------------------------------ */

/* The elements that share mean and variance: `runs` of `length` neighbours, `apart` from one another.
 * Weight and bias are found by the element's channel. */
struct norm_group {
    int64_t number, first, runs, length, apart;
    const struct trace_tensor *input, *weight, *bias;
    double mean, r; /* r: 1 / √(variance + ε) */
    double eps;
    bool frozen; /* the running numbers were taken: no gradient goes through them */
};

static int64_t cells_behind(const struct trace_tensor *tensor, int dim)
{
    int64_t cells = 1;
    for (int d = dim; d < tensor->ndim; d++) {
        cells *= tensor->shape[d];
    }
    return cells;
}

/* The last dimensions together. */
static void group_of_layer(const struct asking *asking, int64_t element, struct norm_group *group)
{
    const struct argument *const shape = way_list(asking->op->record, "normalized_shape");
    const int dims = shape ? (int)shape->item_count : 0;
    group->length = dims <= group->input->ndim
                        ? cells_behind(group->input, group->input->ndim - dims)
                        : group->input->count;
    group->runs = 1;
    group->number = element / group->length;
    group->first = group->number * group->length;
}

/* Some channels of one example. */
static void group_of_channels(const struct asking *asking, int64_t element,
                              struct norm_group *group)
{
    double groups = 1;
    way_attr(asking->op->record, "group", &groups);
    const int64_t all = cells_behind(group->input, 1);
    group->length = groups >= 1 && groups <= (double)all ? all / (int64_t)groups : all;
    group->runs = 1;
    group->number = group->length > 0 ? element / group->length : 0;
    group->first = group->number * group->length;
}

/* One channel of all examples. */
static void group_of_batch(int64_t element, struct norm_group *group)
{
    group->length = cells_behind(group->input, 2);
    group->apart = cells_behind(group->input, 1);
    group->runs = group->input->shape[0];
    group->number = element / group->length % group->input->shape[1];
    group->first = group->number * group->length;
}

/* Mean and 1 / √(variance + ε): as the operation has noted them, or of what it has seen before. */
static bool read_numbers(const struct asking *asking, struct norm_group *group)
{
    double training = 1, variance;
    way_attr(asking->op->record, "training", &training);
    way_attr(asking->op->record, "eps", &group->eps);
    group->frozen = training == 0;
    if (!group->frozen) {
        return element_number(way_result(asking, 1), NEVER, group->number, &group->mean) &&
               element_number(way_result(asking, 2), NEVER, group->number, &group->r) &&
               group->r > 0;
    }
    const uint32_t then = asking->op->born;
    const bool known = element_number(way_tensor(asking, 3), then, group->number, &group->mean) &&
                       element_number(way_tensor(asking, 4), then, group->number, &variance);
    group->r = known ? 1 / sqrt(variance + group->eps) : 0;
    return known;
}

static bool group_read(const struct asking *asking, int64_t element, struct norm_group *group)
{
    const char *const name = asking->op->record->name;
    *group = (struct norm_group){ .input = way_tensor(asking, 0),
                                  .weight = way_tensor(asking, 1),
                                  .bias = way_tensor(asking, 2) };
    if (!group->input || group->input->ndim < 1 || element >= group->input->count) {
        return false;
    }
    if (strcmp(name, "layer_norm") == 0) {
        group_of_layer(asking, element, group);
    } else if (group->input->ndim < 2) {
        return false;
    } else if (strcmp(name, "group_norm") == 0) {
        group_of_channels(asking, element, group);
    } else {
        group_of_batch(element, group);
    }
    return group->length > 0 && read_numbers(asking, group);
}

static int64_t group_cell(const struct norm_group *group, int64_t i)
{
    return group->first + i / group->length * group->apart + i % group->length;
}

/* Which element of weight and bias goes with an element of the input. */
static int64_t channel_of(const struct asking *asking, const struct norm_group *group,
                          int64_t element)
{
    if (strcmp(asking->op->record->name, "layer_norm") == 0) {
        return element % group->length;
    }
    return element / cells_behind(group->input, 2) % group->input->shape[1];
}

/* The element with mean 0 and variance 1. */
static double normal(struct asking *asking, const struct norm_group *group, int64_t element)
{
    return (way_operand(asking, 0, element).number - group->mean) * group->r;
}

/* ---- gradients --------------------------------------------------------------------------------- */

/* What arrives at the normalised element: g, times its weight. */
static double arriving(struct asking *asking, const struct norm_group *group, int64_t element)
{
    const double g = way_upstream(asking, element).number;
    return group->weight ? g * way_operand(asking, 1, channel_of(asking, group, element)).number
                         : g;
}

/* r · (u − mean u − h · mean u·h), with u = g · weight; r · u where the group's numbers were fixed. */
static void way_input(struct asking *asking)
{
    struct norm_group group;
    double u_mean = 0, uh_mean = 0;
    asking->unknown = !group_read(asking, asking->element, &group);
    if (asking->unknown) {
        return;
    }
    const double u = arriving(asking, &group, asking->element);
    const double h = normal(asking, &group, asking->element);
    const int64_t cells = group.runs * group.length;
    for (int64_t i = 0; i < cells && !group.frozen && !asking->lost; i++) {
        const int64_t at = group_cell(&group, i);
        const double own = arriving(asking, &group, at);
        u_mean += own / (double)cells;
        uh_mean += own * normal(asking, &group, at) / (double)cells;
    }
    way_say_number(asking, "r", group.r);
    way_say(asking, "·");
    if (group.frozen) {
        way_say_number(asking, "u", u);
    } else {
        way_say(asking, "(");
        way_say_first(asking, "u", u);
        way_say(asking, " − ");
        way_say_number(asking, "mean u", u_mean);
        way_say(asking, " − ");
        way_say_number(asking, "h", h);
        way_say(asking, "·");
        way_say_number(asking, "mean u·h", uh_mean);
        way_say(asking, ")");
    }
    asking->said = group.r * (u - u_mean - h * uh_mean);
    asking->said_size = group.r * (fabs(u) + fabs(u_mean) + fabs(h * uh_mean)) +
                        fabs(group.mean * group.r * uh_mean * group.r);
}

/* Σ g · h for a weight, Σ g for a bias: over all elements of the channel. */
static void way_channel(struct asking *asking)
{
    const struct trace_tensor *const input = way_tensor(asking, 0);
    struct norm_group group;
    asking->unknown = !input;
    for (int64_t i = 0; input && i < input->count && !asking->lost && !asking->unknown; i++) {
        asking->unknown = !group_read(asking, i, &group);
        if (asking->unknown || channel_of(asking, &group, i) != asking->element) {
            continue;
        }
        if (asking->operand == 2) {
            way_add(asking, way_upstream(asking, i));
        } else {
            struct factor h = way_operand(asking, 0, i);
            h.letter = "h";
            h.number = normal(asking, &group, i);
            way_add_pair(asking, way_upstream(asking, i), h);
        }
    }
}

void way_norm(struct asking *asking)
{
    if (asking->operand == 0) {
        way_input(asking);
    } else {
        way_channel(asking);
    }
}

/* ---- values ------------------------------------------------------------------------------------ */

/* The variance that 1 / √(variance + ε), kept as a float32, was made of: so many digits of it are known. */
static double variance_of(const struct norm_group *group)
{
    static const double digits = 6;
    const double variance = 1 / (group->r * group->r) - group->eps;
    const double unit = variance > 0 ? pow(10, digits - 1 - floor(log10(variance))) : 0;
    return unit > 0 && isfinite(unit) ? nearbyint(variance * unit) / unit : variance;
}

/* (x − mean) / √(variance + ε) · weight + bias */
void way_normed(struct asking *asking)
{
    struct norm_group group;
    asking->unknown = !group_read(asking, asking->element, &group);
    if (asking->unknown) {
        return;
    }
    const int64_t channel = channel_of(asking, &group, asking->element);
    const struct factor x = way_operand(asking, 0, asking->element);
    way_say(asking, "(");
    way_say_factor(asking, &x, true);
    way_say(asking, " − ");
    way_say_number(asking, "mean", group.mean);
    way_say(asking, ") / √(");
    way_say_first(asking, "var", variance_of(&group));
    way_say(asking, " + ");
    way_say_number(asking, "ε", group.eps);
    way_say(asking, ")");
    asking->said = (x.number - group.mean) * group.r;
    asking->said_size = (fabs(x.number) + fabs(group.mean)) * group.r;
    if (group.weight) {
        const struct factor weight = way_operand(asking, 1, channel);
        way_say(asking, "·");
        way_say_factor(asking, &weight, false);
        asking->said *= weight.number;
        asking->said_size *= fabs(weight.number);
    }
    if (group.bias) {
        const struct factor bias = way_operand(asking, 2, channel);
        way_say(asking, " + ");
        way_say_factor(asking, &bias, false);
        asking->said += bias.number;
        asking->said_size += fabs(bias.number);
    }
}

/* Of more numbers than these a sum says the first and the last. */
enum { POWERS_MAX = 6 };

/* Returns Σ exp x along the row, as it says it. */
static double say_powers(struct asking *asking, const struct way_row *row)
{
    double sum = 0;
    for (int64_t k = 0; k < row->count && !asking->lost; k++) {
        const struct factor x = way_operand(asking, 0, row->first + k * row->step);
        const bool shown = row->count <= POWERS_MAX || k < 2 || k + 1 == row->count;
        sum += exp(x.number);
        if (shown) {
            way_say(asking, k > 0 ? " + exp(" : "exp(");
            way_say_factor(asking, &x, true);
            way_say(asking, ")");
        } else if (k == 2) {
            way_say(asking, " + …");
        }
    }
    return sum;
}

/* exp(x) / Σ exp(x) */
void way_softmaxed(struct asking *asking)
{
    const struct way_row row = way_row_along(asking);
    const struct factor x = way_operand(asking, 0, asking->element);
    way_say(asking, "exp(");
    way_say_factor(asking, &x, true);
    way_say(asking, ") / (");
    asking->said = exp(x.number) / say_powers(asking, &row);
    way_say(asking, ")");
    asking->said_size = asking->said * (1 + fabs(x.number));
}

/* x − ln Σ exp(x) */
void way_log_softmaxed(struct asking *asking)
{
    const struct way_row row = way_row_along(asking);
    const struct factor x = way_operand(asking, 0, asking->element);
    way_say_factor(asking, &x, true);
    way_say(asking, " − ln(");
    const double sum = say_powers(asking, &row);
    way_say(asking, ")");
    asking->said = x.number - log(sum);
    asking->said_size = fabs(x.number) + fabs(log(sum)) + 1;
}
