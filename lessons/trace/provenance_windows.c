/* Windows that slide over pictures: convolution, pooling, and what looks up pixels by their place. */

#include "lessons/trace/provenance_rules.h"

#include <string.h>

/* A number for each axis of the picture; `otherwise` where the list is missing or empty. */
static void each_axis(const struct rules *rules, const char *name, int axes, int64_t otherwise,
                      int64_t out[AXES])
{
    int64_t list[AXES];
    const int count = rule_list(rules, name, list);

    for (int d = 0; d < axes; d++) {
        out[d] = count == axes ? list[d] : count == 1 ? list[0] : otherwise;
    }
}

/* ---- pooling -------------------------------------------------------------------------------- */

/* The last two axes in windows, those in front shared. */
static bool pool(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    int64_t kernel[AXES], stride[AXES], padding[AXES], dilation[AXES], given[AXES];

    if (!in || in->ndim < 2 || in->ndim != rules->out->ndim ||
        rule_list(rules, "kernel_size", given) == 0) {
        return false;
    }
    each_axis(rules, "kernel_size", 2, 1, kernel);
    each_axis(rules, "padding", 2, 0, padding);
    each_axis(rules, "dilation", 2, 1, dilation);
    if (rule_list(rules, "stride", given) == 0) {
        memcpy(stride, kernel, sizeof(stride));
    } else {
        each_axis(rules, "stride", 2, 1, stride);
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        const int d = k - (in->ndim - 2);
        rule_follow(relation, k, k);
        if (d >= 0) {
            relation->rules[k].scale[k] = stride[d];
            relation->rules[k].shift = -padding[d];
            relation->rules[k].count = kernel[d];
            relation->rules[k].step = dilation[d];
        }
    }
    return true;
}

/* As many windows as asked for: the i-th of n begins at i·size/n rounded down, and ends at
 * (i + 1)·size/n rounded up. */
static bool adaptive_axis(struct rules *rules, struct relation *relation, int k)
{
    const int64_t size = relation->to.shape[k], parts = relation->from.shape[k];
    struct axis_rule *const rule = &relation->rules[k];

    if (parts <= 0 || parts > 1 << 16) {
        return false;
    }
    int64_t *const starts = arena_allocate(rules->arena, (size_t)parts, sizeof(int64_t));
    int64_t *const counts = arena_allocate(rules->arena, (size_t)parts, sizeof(int64_t));
    for (int64_t i = 0; i < parts; i++) {
        starts[i] = i * size / parts;
        counts[i] = ((i + 1) * size + parts - 1) / parts - starts[i];
    }
    rule->starts = starts;
    rule->counts = counts;
    rule->at[k] = 1;
    rule->step = 1;
    return true;
}

static bool adaptive_pool(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);

    if (!in || in->ndim < 2 || in->ndim != rules->out->ndim) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim - 2; k++) {
        rule_follow(relation, k, k);
    }
    return adaptive_axis(rules, relation, in->ndim - 2) &&
           adaptive_axis(rules, relation, in->ndim - 1);
}

/* ---- convolution ---------------------------------------------------------------------------- */

struct convolution {
    int axes; /* of the pictures */
    int64_t groups, stride[AXES], padding[AXES], dilation[AXES];
    bool transposed;
};

/* [images, groups, channels of a group, picture...] */
static bool split_channels(const struct trace_tensor *tensor, const struct convolution *c,
                           struct space *out)
{
    if (!tensor || tensor->ndim != c->axes + 2 || tensor->shape[1] % c->groups != 0) {
        return false;
    }
    *out = (struct space){ .ndim = c->axes + 3,
                           .shape = { tensor->shape[0], c->groups, tensor->shape[1] / c->groups } };
    for (int d = 0; d < c->axes; d++) {
        out->shape[3 + d] = tensor->shape[2 + d];
    }
    return true;
}

/* out[.., y] sees x[.., stride·y − padding + dilation·j]; transposed the other way round: x[.., y] is
 * added to out[.., stride·y − padding + dilation·j]. */
static bool relate_picture(struct rules *rules, const struct convolution *c,
                           const struct trace_tensor *weight)
{
    struct space from, to;

    if (!split_channels(rules->out, c, &from) || !split_channels(rules_tensor(rules, 0), c, &to)) {
        return false;
    }
    struct relation *const relation =
        c->transposed ? relate_spaces(rules, 0, to, from) : relate_spaces(rules, 0, from, to);
    relation->scattered = c->transposed;
    rule_follow(relation, 0, 0);
    rule_follow(relation, 1, 1);
    rule_whole(relation, 2);
    for (int d = 0; d < c->axes; d++) {
        struct axis_rule *const rule = &relation->rules[3 + d];
        rule->scale[3 + d] = c->stride[d];
        rule->shift = -c->padding[d];
        rule->count = weight->shape[2 + d];
        rule->step = c->dilation[d];
    }
    return true;
}

/* Of a kernel the taps along picture axis d that lie on the picture. */
static bool leave_out_padding(struct rules *rules, const struct convolution *c,
                              struct relation *relation, int d)
{
    struct axis_rule *const rule = &relation->rules[3 + d];
    const int64_t parts = relation->from.shape[3 + d], taps = relation->to.shape[3 + d];
    const int64_t size = rules_tensor(rules, 0)->shape[2 + d];

    if (parts < 0 || parts > 1 << 16 || c->dilation[d] < 1) {
        return false;
    }
    int64_t *const starts = arena_allocate(rules->arena, (size_t)parts + 1, sizeof(int64_t));
    int64_t *const counts = arena_allocate(rules->arena, (size_t)parts + 1, sizeof(int64_t));
    for (int64_t i = 0; i < parts; i++) {
        const int64_t first = i * c->stride[d] - c->padding[d];
        const int64_t from = first < 0 ? (-first + c->dilation[d] - 1) / c->dilation[d] : 0;
        int64_t to = size > first ? (size - first - 1) / c->dilation[d] + 1 : 0;
        to = to < taps ? to : taps;
        starts[i] = from;
        counts[i] = to > from ? to - from : 0;
    }
    rule->starts = starts;
    rule->counts = counts;
    rule->at[3 + d] = 1;
    return true;
}

/* The kernels that make a channel of the result: weight (out, in of its group, kernel...), transposed
 * (in, out of its group, kernel...). */
static bool relate_kernel(struct rules *rules, const struct convolution *c,
                          const struct trace_tensor *weight)
{
    struct space from, to = { .ndim = c->axes + 3 };

    if (!split_channels(rules->out, c, &from) || weight->shape[0] % c->groups != 0) {
        return false;
    }
    to.shape[0] = c->groups;
    to.shape[1] = weight->shape[0] / c->groups;
    memcpy(to.shape + 2, weight->shape + 1, (size_t)(c->axes + 1) * sizeof(int64_t));
    struct relation *const relation = relate_spaces(rules, 1, from, to);
    rule_whole_all(relation);
    const int out_channel = c->transposed ? 2 : 1;
    if (to.shape[out_channel] != from.shape[2]) {
        return false;
    }
    relation->rules[0] = (struct axis_rule){ .count = 1 };
    relation->rules[out_channel] = (struct axis_rule){ .count = 1 };
    rule_follow(relation, 0, 1);
    rule_follow(relation, out_channel, 2);
    for (int d = 0; d < c->axes && !c->transposed; d++) {
        if (!leave_out_padding(rules, c, relation, d)) {
            return false;
        }
    }
    return true;
}

static bool relate_bias(struct rules *rules)
{
    const struct trace_tensor *const bias = rules_tensor(rules, 2);

    if (!bias) {
        return true;
    }
    if (bias->ndim != 1 || rules->out->ndim < 2 || bias->count != rules->out->shape[1]) {
        return false;
    }
    rule_follow(relate(rules, 2), 0, 1);
    return true;
}

static bool convolution(struct rules *rules)
{
    const struct trace_tensor *const weight = rules_tensor(rules, 1);
    struct convolution c = { .axes = weight ? weight->ndim - 2 : 0,
                             .groups = rule_number_or(rules, "groups", 1),
                             .transposed = rule_number_or(rules, "transposed", 0) != 0 };

    if (c.axes < 1 || c.groups < 1) {
        return false;
    }
    each_axis(rules, "stride", c.axes, 1, c.stride);
    each_axis(rules, "padding", c.axes, 0, c.padding);
    each_axis(rules, "dilation", c.axes, 1, c.dilation);
    return relate_picture(rules, &c, weight) && relate_kernel(rules, &c, weight) &&
           relate_bias(rules);
}

/* ---- edges and sizes ------------------------------------------------------------------------ */

/* Where place i of a widened axis comes from. */
static int64_t mirrored(int64_t i, int64_t size)
{
    return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
}

static int64_t held(int64_t i, int64_t size)
{
    return i < 0 ? 0 : i >= size ? size - 1 : i;
}

static bool pad_edge(struct rules *rules, int64_t (*place)(int64_t, int64_t))
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    int64_t widths[AXES];
    const int count = rule_list(rules, "padding", widths);

    if (!in || in->ndim != rules->out->ndim || count % 2 != 0 || count / 2 > in->ndim) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        const int back = in->ndim - 1 - k;
        const int64_t size = rules->out->shape[k];
        if (2 * back >= count) {
            rule_follow(relation, k, k);
            continue;
        }
        if (size > 1 << 16) {
            return false;
        }
        int64_t *const starts = arena_allocate(rules->arena, (size_t)size + 1, sizeof(int64_t));
        for (int64_t i = 0; i < size; i++) {
            starts[i] = place(i - widths[(size_t)2 * (size_t)back], in->shape[k]);
        }
        relation->rules[k].starts = starts;
        relation->rules[k].at[k] = 1;
    }
    return true;
}

static bool reflection_pad(struct rules *rules)
{
    return pad_edge(rules, mirrored);
}

static bool replication_pad(struct rules *rules)
{
    return pad_edge(rules, held);
}

/* Each pixel several times: only sizes that are whole multiples, of which nobody can doubt. */
static bool upsample_nearest(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    struct space from = { 0 };

    if (!in || in->ndim != rules->out->ndim) {
        return false;
    }
    for (int k = 0; k < in->ndim; k++) {
        if (in->shape[k] == 0 || rules->out->shape[k] % in->shape[k] != 0) {
            return false;
        }
        from.shape[from.ndim++] = in->shape[k];
        from.shape[from.ndim++] = rules->out->shape[k] / in->shape[k];
    }
    struct relation *const relation = relate_spaces(rules, 0, from, space_of(in));
    for (int k = 0; k < in->ndim; k++) {
        rule_follow(relation, k, 2 * k);
    }
    return true;
}

const struct rule_row *rules_of_windows(const char *name)
{
    static const struct rule_row table[] = {
        { "adaptive_avg_pool2d", adaptive_pool },
        { "adaptive_max_pool2d", adaptive_pool },
        { "avg_pool2d", pool },
        { "convolution", convolution },
        { "max_pool2d", pool },
        { "reflection_pad1d", reflection_pad },
        { "reflection_pad2d", reflection_pad },
        { "replication_pad1d", replication_pad },
        { "replication_pad2d", replication_pad },
        { "upsample_nearest1d", upsample_nearest },
        { "upsample_nearest2d", upsample_nearest },
    };

    return rule_find(table, sizeof(table) / sizeof(table[0]), name);
}
