/* What one cell is computed from many: reductions, normalizations, losses, matrix products. */

#include "lessons/trace/provenance_rules.h"

#include <string.h>

/* ---- reductions ----------------------------------------------------------------------------- */

static void mark(bool axes[AXES], const int64_t *list, int count, int ndim)
{
    for (int i = 0; i < count; i++) {
        if (list[i] >= 0 && list[i] < ndim) {
            axes[list[i]] = true;
        }
    }
}

/* The axes of the operand that `dim` names; all when it is missing or empty. */
static void reduced_axes(const struct rules *rules, int ndim, bool axes[AXES])
{
    int64_t list[AXES];
    const int count = rule_list(rules, "dim", list);

    memset(axes, 0, AXES * sizeof(bool));
    for (int k = 0; k < ndim && count == 0; k++) {
        axes[k] = true;
    }
    mark(axes, list, count, ndim);
}

/* out[i] = f(a[i, :]) */
static bool reduce(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    bool reduced[AXES];
    int kept = 0;

    if (!in) {
        return false;
    }
    reduced_axes(rules, in->ndim, reduced);
    for (int k = 0; k < in->ndim; k++) {
        kept += !reduced[k];
    }
    const bool same_axes = rules->out->ndim == in->ndim;
    if (!same_axes && rules->out->ndim != kept) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0, d = 0; k < in->ndim; k++) {
        if (reduced[k]) {
            rule_whole(relation, k);
        } else {
            rule_follow(relation, k, same_axes ? k : d++);
        }
    }
    return true;
}

/* out[i, j] = f(a[i, :]), of the shape of a. */
static bool relate_along(struct rules *rules, size_t operand, const bool whole[AXES])
{
    const struct trace_tensor *const in = rules_tensor(rules, operand);

    if (!in || in->ndim != rules->out->ndim || in->count != rules->out->count) {
        return false;
    }
    struct relation *const relation = relate(rules, operand);
    for (int k = 0; k < in->ndim; k++) {
        if (whole[k]) {
            rule_whole(relation, k);
        } else {
            rule_follow(relation, k, k);
        }
    }
    return true;
}

static bool softmax(struct rules *rules)
{
    bool whole[AXES] = { false };
    const int dim = rule_axis(rules, "dim", rules->out->ndim);

    if (rules->out->ndim == 0) {
        return relate_same(rules, 0);
    }
    if (dim < 0) {
        return false;
    }
    whole[dim] = true;
    return relate_along(rules, 0, whole);
}

/* The first i + 1 of an axis. */
static bool cumulative(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const int dim = rule_axis(rules, "dim", rules->out->ndim);

    if (!in || in->ndim != rules->out->ndim || in->count != rules->out->count ||
        (dim < 0 && in->ndim > 0) || (dim >= 0 && in->shape[dim] > 1 << 16)) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        rule_follow(relation, k, k);
    }
    if (dim >= 0) {
        struct axis_rule *const rule = &relation->rules[dim];
        int64_t *const counts =
            arena_allocate(rules->arena, (size_t)in->shape[dim] + 1, sizeof(int64_t));
        for (int64_t i = 0; i < in->shape[dim]; i++) {
            counts[i] = i + 1;
        }
        rule->scale[dim] = 0;
        rule->step = 1;
        rule->counts = counts;
        rule->at[dim] = 1;
    }
    return true;
}

/* Σ a[i, i] */
static bool trace_of_matrix(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);

    if (!in || in->ndim != 2) {
        return false;
    }
    struct relation *const relation =
        relate_spaces(rules, 0, space_flat(rules->out->count), space_flat(in->count));
    relation->rules[0].count = in->shape[0] < in->shape[1] ? in->shape[0] : in->shape[1];
    relation->rules[0].step = in->shape[1] + 1;
    return true;
}

/* Every cell of every operand. */
static bool all(struct rules *rules)
{
    for (size_t i = 0; i < rules->record->in_count; i++) {
        if (rules_tensor(rules, i)) {
            rule_whole_all(relate(rules, i));
        }
    }
    return rules->record->in_count > 0;
}

/* Two halves along an axis: out = a · σ(b). */
static bool glu(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const int dim = rule_axis(rules, "dim", rules->out->ndim);
    int64_t outer = 1, inner = 1;

    if (!in || dim < 0 || in->ndim != rules->out->ndim || in->count != 2 * rules->out->count) {
        return false;
    }
    for (int k = 0; k < in->ndim; k++) {
        outer *= k < dim ? in->shape[k] : 1;
        inner *= k >= dim ? rules->out->shape[k] : 1;
    }
    struct relation *const relation = relate_spaces(rules, 0, (struct space){ 2, { outer, inner } },
                                                    (struct space){ 3, { outer, 2, inner } });
    rule_follow(relation, 0, 0);
    rule_whole(relation, 1);
    rule_follow(relation, 2, 1);
    return true;
}

/* ---- normalizations ------------------------------------------------------------------------- */

static bool layer_norm(struct rules *rules)
{
    int64_t shape[AXES];
    const int count = rule_list(rules, "normalized_shape", shape);
    const int ndim = rules->out->ndim;
    bool whole[AXES] = { false };

    if (rules->output != 0 || count > ndim) {
        return false;
    }
    for (int k = ndim - count; k < ndim; k++) {
        whole[k] = true;
    }
    if (!relate_along(rules, 0, whole)) {
        return false;
    }
    for (size_t i = 1; i < rules->record->in_count; i++) {
        if (rules_tensor(rules, i) && !relate_broadcast(rules, i)) {
            return false;
        }
    }
    return true;
}

/* A number for each channel: axis 1 of the result, in groups. */
static bool relate_channels(struct rules *rules, struct space from)
{
    for (size_t i = 1; i < rules->record->in_count; i++) {
        const struct trace_tensor *const each = rules_tensor(rules, i);
        if (!each) {
            continue;
        }
        if (each->count != from.shape[1] * from.shape[2]) {
            return false;
        }
        const struct space to = { 2, { from.shape[1], from.shape[2] } };
        struct relation *const relation = relate_spaces(rules, i, from, to);
        rule_follow(relation, 0, 1);
        rule_follow(relation, 1, 2);
    }
    return true;
}

/* [images, groups, channels of a group, pixels] */
static bool grouped(const struct trace_tensor *tensor, int64_t groups, struct space *out)
{
    if (!tensor || tensor->ndim < 2 || groups <= 0 || tensor->shape[1] <= 0 ||
        tensor->shape[1] % groups != 0 || tensor->shape[0] <= 0) {
        return false;
    }
    *out = (struct space){ 4,
                           { tensor->shape[0], groups, tensor->shape[1] / groups,
                             tensor->count / (tensor->shape[0] * tensor->shape[1]) } };
    return true;
}

static bool group_norm(struct rules *rules)
{
    struct space space;

    if (rules->output != 0 || !grouped(rules->out, rule_number_or(rules, "group", 0), &space)) {
        return false;
    }
    struct relation *const relation = relate_spaces(rules, 0, space, space);
    rule_follow(relation, 0, 0);
    rule_follow(relation, 1, 1);
    rule_whole(relation, 2);
    rule_whole(relation, 3);
    return rules_tensor(rules, 0) && rules_tensor(rules, 0)->count == rules->out->count &&
           relate_channels(rules, space);
}

/* In training over all images and pixels of a channel, later with the means that were kept. */
static bool batch_norm(struct rules *rules)
{
    const bool training = rule_number_or(rules, "training", 0) != 0;
    struct space space;

    if (rules->output != 0 || !rules_tensor(rules, 0) ||
        rules_tensor(rules, 0)->count != rules->out->count || !grouped(rules->out, 1, &space)) {
        return false;
    }
    struct relation *const relation = relate_spaces(rules, 0, space, space);
    for (int k = 0; k < 4; k++) {
        if (training && (k == 0 || k == 3)) {
            rule_whole(relation, k);
        } else {
            rule_follow(relation, k, k);
        }
    }
    return relate_channels(rules, space);
}

/* ---- losses --------------------------------------------------------------------------------- */

static bool loss(struct rules *rules)
{
    return rule_number_or(rules, "reduction", 1) == 0 ? rules_map(rules) : all(rules);
}

/* All of the operand at the place of the result's first axis along `axis`; all of it where it has no
 * such axis. */
static void follow_sample(struct rules *rules, size_t operand, int axis)
{
    const struct trace_tensor *const in = rules_tensor(rules, operand);
    struct relation *const relation = in ? relate(rules, operand) : NULL;

    for (int d = 0; in && d < in->ndim; d++) {
        if (d == axis && in->shape[d] == rules->out->shape[0]) {
            rule_follow(relation, d, 0);
        } else {
            rule_whole(relation, d);
        }
    }
}

/* A loss of rows: all of a row's scores and of its target, and all weights. Output 1 marks the classes of
 * a row's target. */
static bool loss_of_rows(struct rules *rules)
{
    const bool each = rules->output == 0
                          ? rule_number_or(rules, "reduction", 1) == 0 && rules->out->ndim == 1
                          : rules->out->ndim == 2;
    if (!each) {
        return all(rules);
    }
    for (size_t i = 0; i < rules->record->in_count; i++) {
        follow_sample(rules, i, i < 2 ? 0 : -1);
    }
    return rules->record->in_count > 0;
}

/* A sequence's loss: all its steps, its target and both lengths. Output 1 is of the samples, too. */
static bool ctc_loss(struct rules *rules)
{
    const struct trace_tensor *const logs = rules_tensor(rules, 0);

    if (!logs || logs->ndim != 3 || rules->out->ndim < 1) {
        return false;
    }
    for (size_t i = 0; i < rules->record->in_count; i++) {
        follow_sample(rules, i, i == 0 ? 1 : 0);
    }
    return true;
}

/* −Σ a[i, t[i]]: in each row only the cell of its class, and no row whose class is ignored. */
static bool nll_loss(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0), *const target =
                                                                      rules_tensor(rules, 1);
    const bool each = rule_number_or(rules, "reduction", 1) == 0;

    if (rules->output != 0 || !in || !target || in->ndim != 2 || target->ndim != 1 ||
        target->count != in->shape[0] || (each && rules->out->count != target->count)) {
        return false;
    }
    const int64_t *const classes = rule_elements(rules, 1, 0);
    int64_t *const cells = arena_allocate(rules->arena, (size_t)target->count + 1, sizeof(int64_t));
    for (int64_t i = 0; classes && i < target->count; i++) {
        const bool counted = classes[i] >= 0 && classes[i] < in->shape[1];
        cells[i] = counted ? i * in->shape[1] + classes[i] : -1;
    }
    struct relation *const relation =
        relate_spaces(rules, 0, space_flat(rules->out->count), space_flat(in->count));
    struct relation *const chooses =
        relate_spaces(rules, 1, space_flat(rules->out->count), space_flat(target->count));
    chooses->index = true;
    if (each) {
        relation->rules[0].starts = cells;
        relation->rules[0].at[0] = 1;
        rule_follow(chooses, 0, 0);
    } else {
        relation->rules[0].list = cells;
        relation->rules[0].count = target->count;
        rule_whole_all(chooses);
    }
    for (size_t i = 2; i < rules->record->in_count; i++) {
        if (rules_tensor(rules, i)) {
            rule_whole_all(relate(rules, i)); /* a weight for each class */
        }
    }
    return classes != NULL;
}

/* ---- matrix products ------------------------------------------------------------------------ */

/* a[.., i, :] with the last axes of the result [.., i, j]; `lead` axes in front are shared. */
static bool relate_left(struct rules *rules, size_t operand, int lead)
{
    const struct trace_tensor *const in = rules_tensor(rules, operand);

    if (!in || in->ndim != lead + 2 || rules->out->ndim < lead + 1) {
        return false;
    }
    struct relation *const relation = relate(rules, operand);
    for (int k = 0; k <= lead; k++) {
        rule_follow(relation, k, k);
    }
    rule_whole(relation, lead + 1);
    return true;
}

/* b[.., :, j] */
static bool relate_right(struct rules *rules, size_t operand, int lead)
{
    const struct trace_tensor *const in = rules_tensor(rules, operand);

    if (!in || in->ndim != lead + 2 || rules->out->ndim != lead + 2) {
        return false;
    }
    struct relation *const relation = relate(rules, operand);
    for (int k = 0; k < lead; k++) {
        rule_follow(relation, k, k);
    }
    rule_whole(relation, lead);
    rule_follow(relation, lead + 1, lead + 1);
    return true;
}

static bool mm(struct rules *rules)
{
    return relate_left(rules, 0, 0) && relate_right(rules, 1, 0);
}

static bool bmm(struct rules *rules)
{
    return relate_left(rules, 0, 1) && relate_right(rules, 1, 1);
}

static bool addmm(struct rules *rules)
{
    return relate_broadcast(rules, 0) && relate_left(rules, 1, 0) && relate_right(rules, 2, 0);
}

static bool baddbmm(struct rules *rules)
{
    return relate_broadcast(rules, 0) && relate_left(rules, 1, 1) && relate_right(rules, 2, 1);
}

static bool mv(struct rules *rules)
{
    if (!rules_tensor(rules, 1) || rules->out->ndim != 1 || !relate_left(rules, 0, 0)) {
        return false;
    }
    rule_whole_all(relate(rules, 1));
    return true;
}

/* ‖a[.., i, :] − b[.., j, :]‖ */
static bool cdist(struct rules *rules)
{
    const struct trace_tensor *const b = rules_tensor(rules, 1);
    const int lead = rules->out->ndim - 2;

    if (lead < 0 || !b || b->ndim != lead + 2 || !relate_left(rules, 0, lead)) {
        return false;
    }
    struct relation *const relation = relate(rules, 1);
    for (int k = 0; k < lead; k++) {
        rule_follow(relation, k, k);
    }
    rule_follow(relation, lead, lead + 1);
    rule_whole(relation, lead + 1);
    return true;
}

/* softmax(q kᵀ) v: one row of q, all of k, one column of v. */
static bool attention(struct rules *rules)
{
    const int lead = rules->out->ndim - 2;
    const struct trace_tensor *const k = rules_tensor(rules, 1);

    if (rules->output != 0 || lead < 0 || !k || k->ndim != lead + 2 ||
        !relate_left(rules, 0, lead) || !relate_right(rules, 2, lead)) {
        return false;
    }
    struct relation *const keys = relate(rules, 1);
    for (int d = 0; d < lead; d++) {
        rule_follow(keys, d, d);
    }
    rule_whole(keys, lead);
    rule_whole(keys, lead + 1);
    return true;
}

/* out[n, o] = Σ a[n, i] · b[o, i, j] · c[n, j] */
static bool trilinear(struct rules *rules)
{
    const struct trace_tensor *const b = rules_tensor(rules, 1), *const c = rules_tensor(rules, 2);

    if (rules->out->ndim != 2 || !b || b->ndim != 3 || !c || c->ndim != 2 ||
        !relate_left(rules, 0, 0)) {
        return false;
    }
    struct relation *const weight = relate(rules, 1);
    rule_follow(weight, 0, 1);
    rule_whole(weight, 1);
    rule_whole(weight, 2);
    return relate_left(rules, 2, 0);
}

const struct rule_row *rules_of_sums(const char *name)
{
    static const struct rule_row table[] = {
        { "addmm", addmm },
        { "all", reduce },
        { "amax", reduce },
        { "amin", reduce },
        { "aminmax", reduce },
        { "any", reduce },
        { "argmax", reduce },
        { "argmin", reduce },
        { "argsort", softmax },
        { "attention", attention },
        { "baddbmm", baddbmm },
        { "batch_norm", batch_norm },
        { "binary_cross_entropy", loss },
        { "binary_cross_entropy_with_logits", loss },
        { "bmm", bmm },
        { "cdist", cdist },
        { "ctc_loss", ctc_loss },
        { "cummax", cumulative },
        { "cummin", cumulative },
        { "cumprod", cumulative },
        { "cumsum", cumulative },
        { "dist", all },
        { "dot", all },
        { "glu", glu },
        { "group_norm", group_norm },
        { "huber_loss", loss },
        { "kthvalue", reduce },
        { "layer_norm", layer_norm },
        { "log_softmax", softmax },
        { "logcumsumexp", cumulative },
        { "logsumexp", reduce },
        { "max", reduce },
        { "mean", reduce },
        { "median", reduce },
        { "min", reduce },
        { "mm", mm },
        { "mode", reduce },
        { "mse_loss", loss },
        { "multi_margin_loss", loss_of_rows },
        { "multilabel_margin_loss", loss_of_rows },
        { "mv", mv },
        { "nansum", reduce },
        { "nll_loss", nll_loss },
        { "norm", reduce },
        { "prod", reduce },
        { "smooth_l1_loss", loss },
        { "softmax", softmax },
        { "std", reduce },
        { "std_mean", reduce },
        { "sum", reduce },
        { "trace", trace_of_matrix },
        { "trilinear", trilinear },
        { "var", reduce },
        { "var_mean", reduce },
        { "vdot", all },
    };

    return rule_find(table, sizeof(table) / sizeof(table[0]), name);
}
