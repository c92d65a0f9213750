/* Views, which show the elements of one operand in another order or shape, and what lays operands one
 * behind the other: no element is computed. */

#include "lessons/trace/provenance_rules.h"

static bool same(struct rules *rules)
{
    return relate_same(rules, 0);
}

/* out[i, j, k] = a[i, j, k] with the axes in another order: axis d of the result is axes[d] of a. */
static bool reordered(struct rules *rules, const int64_t *axes, int count)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);

    if (!in || count != in->ndim || rules->out->ndim != in->ndim) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int d = 0; d < count; d++) {
        if (axes[d] < 0 || axes[d] >= count) {
            return false;
        }
        rule_follow(relation, (int)axes[d], d);
    }
    return true;
}

static bool permute(struct rules *rules)
{
    int64_t axes[AXES];
    const int count = rule_list(rules, "dim", axes);

    return reordered(rules, axes, count);
}

static bool swapped(struct rules *rules, int one, int other)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    int64_t axes[AXES];

    if (!in) {
        return false;
    }
    if (in->ndim == 0) {
        return same(rules);
    }
    for (int d = 0; d < in->ndim; d++) {
        axes[d] = d == one ? other : d == other ? one : d;
    }
    return one >= 0 && other >= 0 && reordered(rules, axes, in->ndim);
}

static bool transpose(struct rules *rules)
{
    return swapped(rules, rule_axis(rules, "dim0", TRACE_MAX_DIMS),
                   rule_axis(rules, "dim1", TRACE_MAX_DIMS));
}

static bool t(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);

    return in && in->ndim < 2 ? same(rules) : swapped(rules, 0, 1);
}

static bool expand(struct rules *rules)
{
    return relate_broadcast(rules, 0);
}

/* One place of an axis that the result does not have. */
static bool chosen(struct rules *rules, int axis, int64_t place)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);

    if (!in || axis < 0 || axis >= in->ndim || rules->out->ndim != in->ndim - 1) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        if (k == axis) {
            relation->rules[k].shift = place;
        } else {
            rule_follow(relation, k, k < axis ? k : k - 1);
        }
    }
    return true;
}

static bool select(struct rules *rules)
{
    int64_t place;

    return rule_number(rules, "index", &place) &&
           chosen(rules, rule_axis(rules, "dim", TRACE_MAX_DIMS), place);
}

static bool unbind(struct rules *rules)
{
    return chosen(rules, rule_axis(rules, "dim", TRACE_MAX_DIMS), rules->output);
}

/* Every `step`-th place of an axis, from `start` on. */
static bool stretch(struct rules *rules, int axis, int64_t start, int64_t step)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);

    if (!in || axis < 0 || axis >= in->ndim || rules->out->ndim != in->ndim) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        rule_follow(relation, k, k);
    }
    relation->rules[axis].shift = start;
    relation->rules[axis].scale[axis] = step;
    return true;
}

static bool slice(struct rules *rules)
{
    int64_t start;

    return rule_number(rules, "start", &start) &&
           stretch(rules, rule_axis(rules, "dim", TRACE_MAX_DIMS), start,
                   rule_number_or(rules, "step", 1));
}

/* Behind the outputs before it. */
static bool split(struct rules *rules)
{
    const int axis = rule_axis(rules, "dim", rules->out->ndim);
    int64_t before = 0;

    for (int i = 0; axis >= 0 && i < rules->output; i++) {
        const struct trace_tensor *const other =
            trace_tensor(rules->trace, rules->record->out.ids[i]);
        if (!other || other->ndim <= axis) {
            return false;
        }
        before += other->shape[axis];
    }
    return axis >= 0 && stretch(rules, axis, before, 1);
}

/* out[..., i] = a[.., i − o, .., i, ..], the axes without dim1 and dim2 in front. */
static bool diagonal(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const int64_t offset = rule_number_or(rules, "offset", 0);
    const int one = in ? rule_axis(rules, "dim1", in->ndim) : -1;
    const int other = in ? rule_axis(rules, "dim2", in->ndim) : -1;
    int before = 0;

    if (one < 0 || other < 0 || one == other || rules->out->ndim != in->ndim - 1) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        rule_follow(relation, k, k == one || k == other ? in->ndim - 2 : before++);
    }
    relation->rules[one].shift = offset < 0 ? -offset : 0;
    relation->rules[other].shift = offset > 0 ? offset : 0;
    return true;
}

/* out[.., i, .., k] = a[.., i · step + k, ..] */
static bool unfold(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const int dim = in ? rule_axis(rules, "dimension", in->ndim) : -1;

    if (dim < 0 || rules->out->ndim != in->ndim + 1) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        rule_follow(relation, k, k);
    }
    relation->rules[dim].scale[dim] = rule_number_or(rules, "step", 1);
    relation->rules[dim].scale[in->ndim] = 1;
    return true;
}

/* The other way: out[.., i − o, .., i, ..] = a[..., i], all else 0. The operand has one more axis with
 * a single place, which is met only where both indices agree. */
static bool diag_embed(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0), *const out = rules->out;
    const int64_t offset = rule_number_or(rules, "offset", 0);
    const int one = rule_axis(rules, "dim1", out->ndim);
    const int other = rule_axis(rules, "dim2", out->ndim);
    int next = 0;

    if (!in || one < 0 || other < 0 || one == other || out->ndim != in->ndim + 1) {
        return false;
    }
    struct space to = space_of(in);
    to.shape[to.ndim++] = 1;
    struct relation *const relation = relate_spaces(rules, 0, space_of(out), to);
    for (int k = 0; k < in->ndim - 1; k++, next++) {
        while (next == one || next == other) {
            next++;
        }
        rule_follow(relation, k, next);
    }
    struct axis_rule *const along = &relation->rules[in->ndim - 1];
    struct axis_rule *const agree = &relation->rules[in->ndim];
    along->scale[one] = 1;
    along->shift = offset < 0 ? offset : 0;
    agree->scale[other] = 1;
    agree->scale[one] = -1;
    agree->shift = -offset;
    return true;
}

/* The same places of one storage, which the operand fills without gaps. */
static bool as_strided(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0), *const out = rules->out;
    int64_t expected = 1;

    for (int k = in ? in->ndim - 1 : -1; k >= 0; k--) {
        if (in->strides[k] != expected && in->shape[k] != 1) {
            return false;
        }
        expected *= in->shape[k];
    }
    if (!in || in->storage == 0 || in->storage != out->storage) {
        return false;
    }
    struct relation *const relation = relate_spaces(rules, 0, space_of(out), space_flat(in->count));
    for (int d = 0; d < out->ndim; d++) {
        relation->rules[0].scale[d] = out->strides[d];
    }
    relation->rules[0].shift = out->offset - in->offset;
    return true;
}

/* PyTorch names the widths from the last axis on: left, right of it, then of the one before. */
static bool pad(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    int64_t widths[AXES];
    const int count = rule_list(rules, "pad", widths);

    if (!in || in->ndim != rules->out->ndim || count > 2 * in->ndim) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        rule_follow(relation, k, k);
    }
    for (int i = 0; i + 1 < count; i += 2) {
        relation->rules[in->ndim - 1 - i / 2].shift = -widths[i];
    }
    return true;
}

/* [outer, c, h, r, w, r] of what has the larger pictures, [outer, c, r, r, h, w] of the other. */
static struct space shuffled(const struct trace_tensor *large, int64_t r, bool apart)
{
    const int64_t *const tail = large->shape + large->ndim - 3;
    const int64_t c = tail[0], h = tail[1] / r, w = tail[2] / r;
    int64_t outer = 1;

    for (int d = 0; d < large->ndim - 3; d++) {
        outer *= large->shape[d];
    }
    return apart ? (struct space){ 6, { outer, c, r, r, h, w } }
                 : (struct space){ 6, { outer, c, h, r, w, r } };
}

static bool shuffle(struct rules *rules, const struct trace_tensor *large, int64_t r)
{
    /* Axis k of [outer, c, r, r, h, w] is axis order[k] of [outer, c, h, r, w, r]; and back. */
    static const int order[] = { 0, 1, 3, 5, 2, 4 }, back[] = { 0, 1, 4, 2, 5, 3 };
    const bool grows = large == rules->out;

    if (!large || r <= 0 || large->ndim < 3 || large->shape[large->ndim - 1] % r != 0 ||
        large->shape[large->ndim - 2] % r != 0) {
        return false;
    }
    struct relation *const relation =
        relate_spaces(rules, 0, shuffled(large, r, !grows), shuffled(large, r, grows));
    for (int k = 0; k < 6; k++) {
        rule_follow(relation, k, grows ? order[k] : back[k]);
    }
    return true;
}

static bool pixel_shuffle(struct rules *rules)
{
    return shuffle(rules, rules->out, rule_number_or(rules, "upscale_factor", 0));
}

static bool pixel_unshuffle(struct rules *rules)
{
    return shuffle(rules, rules_tensor(rules, 0), rule_number_or(rules, "downscale_factor", 0));
}

/* ---- one behind the other ------------------------------------------------------------------- */

static bool cat(struct rules *rules)
{
    const int axis = rule_axis(rules, "dim", rules->out->ndim);
    int64_t before = 0;

    for (size_t i = 0; axis >= 0 && i < rules->record->in_count; i++) {
        const struct trace_tensor *const in = rules_tensor(rules, i);
        if (in && in->ndim == 1 && in->count == 0) {
            continue; /* an old custom: it may be among tensors of any shape */
        }
        if (!in || in->ndim != rules->out->ndim) {
            return false;
        }
        struct relation *const relation = relate(rules, i);
        for (int k = 0; k < in->ndim; k++) {
            rule_follow(relation, k, k);
        }
        relation->rules[axis].shift = -before;
        before += in->shape[axis];
    }
    return axis >= 0;
}

/* Each operand has the new axis too, with a single place. */
static bool stack(struct rules *rules)
{
    const int axis = rule_axis(rules, "dim", rules->out->ndim);

    for (size_t i = 0; axis >= 0 && i < rules->record->in_count; i++) {
        const struct trace_tensor *const in = rules_tensor(rules, i);
        if (!in || in->ndim + 1 != rules->out->ndim) {
            return false;
        }
        struct space to = space_of(rules->out);
        to.shape[axis] = 1;
        struct relation *const relation = relate_spaces(rules, i, space_of(rules->out), to);
        for (int k = 0; k < to.ndim; k++) {
            rule_follow(relation, k, k);
        }
        relation->rules[axis].shift = -(int64_t)i;
    }
    return axis >= 0;
}

const struct rule_row *rules_of_views(const char *name)
{
    static const struct rule_row table[] = {
        { "_reshape_alias", same },
        { "alias", same },
        { "as_strided", as_strided },
        { "cat", cat },
        { "diag", diagonal },
        { "diag_embed", diag_embed },
        { "diagonal", diagonal },
        { "expand", expand },
        { "pad", pad },
        { "permute", permute },
        { "pixel_shuffle", pixel_shuffle },
        { "pixel_unshuffle", pixel_unshuffle },
        { "select", select },
        { "slice", slice },
        { "split", split },
        { "split_with_sizes", split },
        { "squeeze", same },
        { "stack", stack },
        { "t", t },
        { "transpose", transpose },
        { "unbind", unbind },
        { "unfold", unfold },
        { "unsafe_split", split },
        { "unsafe_view", same },
        { "unsqueeze", same },
        { "view", same },
    };

    return rule_find(table, sizeof(table) / sizeof(table[0]), name);
}
