#include "render/ledger/chain_ways.h"

#include <math.h>
#include <string.h>

/*
 * An element of a contribution is a sum of products of recorded numbers. Which ones follows from how
 * the operation's cells come from one another: element-wise, a matrix product, a view, rows, pieces.
 * Here they are collected; what they add up to is compared with what was recorded, and written out
 * only if it agrees.
 */

enum { PRODUCTS_MAX = 1 << 16, ELEMENTS_MAX = 1 << 16, SIDE_MAX = 1 << 16 };

const struct trace_tensor *way_tensor(const struct asking *asking, size_t operand)
{
    const struct record_op *const op = asking->op->record;

    return operand < op->in_count && op->in[operand].kind == ARGUMENT_TENSOR
               ? trace_tensor(asking->run->trace, op->in[operand].id)
               : NULL;
}

const struct trace_tensor *way_result(const struct asking *asking, size_t result)
{
    const struct id_list *const out = &asking->op->record->out;

    return result < out->count ? trace_tensor(asking->run->trace, out->ids[result]) : NULL;
}

/* ---- shapes ------------------------------------------------------------------------------------ */

bool way_is_small(const struct trace_tensor *tensor)
{
    bool small = !tensor || tensor->count <= ELEMENTS_MAX;

    for (int d = 0; tensor && d < tensor->ndim; d++) {
        small = small && tensor->shape[d] <= ELEMENTS_MAX;
    }
    return small;
}

bool element_in_reach(const struct asking *asking)
{
    const struct record_op *const op = asking->op->record;
    bool small = way_is_small(asking->to) && way_is_small(asking->upstream);

    for (size_t i = 0; i < op->in_count; i++) {
        small = small && way_is_small(way_tensor(asking, i));
    }
    for (size_t i = 0; i < op->out.count; i++) {
        small = small && way_is_small(way_result(asking, i));
    }
    return small;
}

bool way_fits(const struct asking *asking)
{
    const struct trace_tensor *const to = asking->to;
    const struct trace_tensor *const in =
        asking->visit ? way_tensor(asking, asking->operand) : asking->to;

    return in && in->ndim == to->ndim &&
           (to->ndim == 0 ||
            memcmp(in->shape, to->shape, sizeof(*to->shape) * (size_t)to->ndim) == 0);
}

/* ---- products --------------------------------------------------------------------------------- */

struct factor way_plain(double number)
{
    return (struct factor){ .number = number };
}

struct factor way_upstream(struct asking *asking, int64_t element)
{
    struct factor factor = { .tensor = asking->upstream, .upstream = true, .element = element };

    asking->lost |= !element_number(asking->upstream, NEVER, element, &factor.number);
    return factor;
}

/* The transpose that nn.Linear makes is read from the weight itself. */
struct factor way_operand(struct asking *asking, size_t operand, int64_t element)
{
    const struct trace_tensor *tensor = way_tensor(asking, operand);
    const struct trace_tensor *const whole = chain_transposed(asking->run->trace, tensor);
    struct factor factor = { .tensor = tensor, .element = element };

    asking->lost |= !element_number(tensor, asking->op->born, element, &factor.number);
    if (whole && tensor->shape[1] > 0) {
        factor.tensor = whole;
        factor.element = element % tensor->shape[1] * tensor->shape[0] + element / tensor->shape[1];
    }
    return factor;
}

static void add(struct asking *asking, struct factor one, struct factor other, int count)
{
    if (asking->count == PRODUCTS_MAX) {
        asking->lost = true;
        return;
    }
    if (asking->count == asking->capacity) {
        const size_t capacity = asking->capacity ? asking->capacity * 2 : 16;
        struct product *const more =
            arena_allocate(asking->arena, capacity, sizeof(struct product));
        if (asking->count > 0) {
            memcpy(more, asking->products, asking->count * sizeof(struct product));
        }
        asking->products = more;
        asking->capacity = capacity;
    }
    asking->products[asking->count++] = (struct product){ { one, other, { 0 } }, count };
}

void way_add(struct asking *asking, struct factor factor)
{
    add(asking, factor, way_plain(1), 1);
}

void way_add_pair(struct asking *asking, struct factor one, struct factor other)
{
    add(asking, one, other, 2);
}

/* ---- element-wise, with broadcasting ------------------------------------------------------------ */

/* The element of a tensor that stands at the place `element` has in the larger tensor `whole` (sizes 1
 * and missing dimensions repeat); -1 when the shapes do not fit. */
int64_t way_shown_at(const struct trace_tensor *whole, int64_t element,
                     const struct trace_tensor *part)
{
    int64_t at = 0, stride = 1;
    if (part->ndim > whole->ndim) {
        return -1;
    }
    for (int d = whole->ndim - 1, k = part->ndim - 1; k >= 0; d--, k--) {
        const int64_t index = element % whole->shape[d];
        element /= whole->shape[d];
        if (part->shape[k] != 1 && part->shape[k] != whole->shape[d]) {
            return -1;
        }
        at += (part->shape[k] == 1 ? 0 : index) * stride;
        stride *= part->shape[k];
    }
    return at;
}

/* A local derivative may be an operand, which the lesson may have changed since: as it was saved. */
static bool local_number(const struct asking *asking, const struct trace_tensor *local,
                         int64_t element, double *out)
{
    return element_number(local, asking->op->born, element, out) ||
           element_number(local, NEVER, element, out);
}

/* The local derivative that goes with element `at` of the upstream gradient. */
static struct factor local_at(struct asking *asking, int64_t at)
{
    const struct trace_tensor *const local =
        trace_tensor(asking->run->trace, asking->edge->local_tensor);
    struct factor factor = { .number = asking->edge->local_number };
    if (local) {
        const int64_t element = way_shown_at(asking->upstream, at, local);
        const size_t other = asking->op->record->in_count == 2 ? 1 - asking->operand : SIZE_MAX;
        asking->lost |= !local_number(asking, local, element, &factor.number);
        /* Where it is the other operand itself (a product) that is what it is called. */
        if (local == way_tensor(asking, other)) {
            return way_operand(asking, other, element);
        }
    }
    return factor;
}

/* Reduced: one gradient for many elements. */
static struct factor local_of_element(struct asking *asking)
{
    const struct trace_tensor *const local =
        trace_tensor(asking->run->trace, asking->edge->local_tensor);
    struct factor factor = { .number = asking->edge->local_number };
    if (local) {
        const int64_t at = way_shown_at(asking->to, asking->element, local);
        asking->lost |= !local_number(asking, local, at, &factor.number);
    }
    return factor;
}

bool way_attr(const struct record_op *op, const char *name, double *out)
{
    for (size_t i = 0; i < op->attr_count; i++) {
        if (strcmp(op->attrs[i].name, name) == 0 &&
            (op->attrs[i].kind == ARGUMENT_NUMBER || op->attrs[i].kind == ARGUMENT_BOOL)) {
            *out = op->attrs[i].number;
            return true;
        }
    }
    return false;
}

const struct argument *way_list(const struct record_op *op, const char *name)
{
    for (size_t i = 0; i < op->attr_count; i++) {
        if (strcmp(op->attrs[i].name, name) == 0 && op->attrs[i].kind == ARGUMENT_LIST) {
            return &op->attrs[i];
        }
    }
    return NULL;
}

bool way_sides(const struct asking *asking, const char *name, int dims, int64_t *out)
{
    const struct argument *const list = way_list(asking->op->record, name);
    if (!list || list->item_count != (size_t)dims) {
        return false;
    }
    for (int d = 0; d < dims; d++) {
        const double number = list->items[d].number;
        if (!(number >= -SIDE_MAX && number <= SIDE_MAX)) {
            return false;
        }
        out[d] = (int64_t)number;
    }
    return true;
}

int way_dim(const struct asking *asking)
{
    double dim = 0;
    way_attr(asking->op->record, "dim", &dim);
    return dim >= 0 && dim < TRACE_MAX_DIMS ? (int)dim : -1;
}

static bool is_reduced_dim(const struct record_op *op, int dim)
{
    double number;
    if (way_attr(op, "dim", &number)) {
        return number == (double)dim;
    }
    for (size_t i = 0; i < op->attr_count; i++) {
        const struct argument *const list = &op->attrs[i];
        for (size_t k = 0; strcmp(list->name, "dim") == 0 && k < list->item_count; k++) {
            if (list->items[k].number == (double)dim) {
                return true;
            }
        }
    }
    return false;
}

/* Where the element went in the reduced tensor. */
static int64_t reduced_at(const struct asking *asking)
{
    int64_t element = asking->element, at = 0, stride = 1;
    if (asking->upstream->count == 1) {
        return 0;
    }
    for (int d = asking->to->ndim - 1; d >= 0; d--) {
        const int64_t index = element % asking->to->shape[d];
        element /= asking->to->shape[d];
        if (!is_reduced_dim(asking->op->record, d)) {
            at += index * stride;
            stride *= asking->to->shape[d];
        }
    }
    return stride == asking->upstream->count ? at : -1;
}

static void by_local(struct asking *asking)
{
    if (strcmp(asking->op->def->provenance, "reduce") == 0 &&
        asking->to->count >= asking->upstream->count) {
        way_add_pair(asking, way_upstream(asking, reduced_at(asking)), local_of_element(asking));
        return;
    }
    for (int64_t i = 0; i < asking->upstream->count && !asking->lost; i++) {
        if (way_shown_at(asking->upstream, i, asking->to) == asking->element) {
            way_add_pair(asking, way_upstream(asking, i), local_at(asking, i));
        }
    }
}

/* Σ g over what was broadcast. */
void way_broadcast(struct asking *asking)
{
    for (int64_t i = 0; i < asking->upstream->count && !asking->lost; i++) {
        if (way_shown_at(asking->upstream, i, asking->to) == asking->element) {
            way_add(asking, way_upstream(asking, i));
        }
    }
}

/* Where a mask says so the gradient comes through. */
static void by_mask(struct asking *asking, size_t operand, bool wanted)
{
    const struct trace_tensor *const mask = way_tensor(asking, operand);
    asking->unknown = !mask;
    for (int64_t i = 0; mask && i < asking->upstream->count && !asking->lost; i++) {
        double set = 0;
        if (way_shown_at(asking->upstream, i, asking->to) != asking->element) {
            continue;
        }
        asking->lost |=
            !element_number(mask, asking->op->born, way_shown_at(asking->upstream, i, mask), &set);
        if ((set != 0) == wanted) {
            way_add(asking, way_upstream(asking, i));
        }
    }
}

static void by_filled(struct asking *asking)
{
    by_mask(asking, 1, false);
}

static void by_where(struct asking *asking)
{
    by_mask(asking, 0, asking->operand == 1);
}

/* ---- views, rows, pieces ------------------------------------------------------------------------ */

uint64_t way_address(const struct trace_tensor *tensor, int64_t element)
{
    uint64_t at = (uint64_t)tensor->offset; /* a forged one lies anywhere */
    for (int d = tensor->ndim - 1; d >= 0; d--) {
        at += (uint64_t)(element % tensor->shape[d]) * (uint64_t)tensor->strides[d];
        element /= tensor->shape[d];
    }
    return at;
}

/* A view: the same place in the same storage. */
static void by_place(struct asking *asking)
{
    const struct trace_tensor *const in = way_tensor(asking, asking->operand);
    if (!in || asking->element >= in->count) {
        return;
    }
    for (size_t o = 0; o < asking->op->record->out.count && o < asking->visit->in.count; o++) {
        const struct trace_tensor *const out =
            trace_tensor(asking->run->trace, asking->op->record->out.ids[o]);
        asking->upstream = trace_tensor(asking->run->trace, asking->visit->in.ids[o]);
        const bool told = way_is_small(out) && way_is_small(asking->upstream) && asking->upstream;
        for (int64_t i = 0; out && told && i < out->count && !asking->lost; i++) {
            const bool same = out->storage == in->storage
                                  ? way_address(out, i) == way_address(in, asking->element)
                                  : out->count == in->count && i == asking->element;
            if (same) {
                way_add(asking, way_upstream(asking, i));
            }
        }
    }
}

/* The pieces of a cat lie one behind the other along `dim`. */
static void by_pieces(struct asking *asking)
{
    int64_t before = 0, inner = 1, whole = 0;
    const int d = way_dim(asking);
    if (d < 0 || d >= asking->to->ndim || asking->upstream->ndim != asking->to->ndim) {
        return;
    }
    for (size_t i = 0; i < asking->operand; i++) {
        const struct trace_tensor *const piece = way_tensor(asking, i);
        before += piece && piece->ndim > d ? piece->shape[d] : 0;
    }
    for (int k = d + 1; k < asking->to->ndim; k++) {
        inner *= asking->to->shape[k];
    }
    whole = asking->upstream->shape[d] * inner;
    const int64_t mine = asking->to->shape[d] * inner;
    way_add(asking, way_upstream(asking, asking->element / mine * whole + before * inner +
                                             asking->element % mine));
}

static void by_stack(struct asking *asking)
{
    int64_t inner = 1;
    for (int k = way_dim(asking); k >= 0 && k < asking->to->ndim; k++) {
        inner *= asking->to->shape[k];
    }
    const int64_t pieces = (int64_t)asking->op->record->in_count;
    way_add(
        asking,
        way_upstream(asking, (asking->element / inner * pieces + (int64_t)asking->operand) * inner +
                                 asking->element % inner));
}

/* [t] ← −1 / n, or −weight[t] / Σ weight: only the target's log-probability counts. Classes stand in the
 * second dimension, or the first if there is no other. */
static void by_target(struct asking *asking)
{
    const struct trace_tensor *const target = way_tensor(asking, 1), *const to = asking->to;
    int64_t behind = 1;
    if (to->ndim < 1 || !target) {
        return;
    }
    const int dim = to->ndim > 1 ? 1 : 0;
    for (int d = dim + 1; d < to->ndim; d++) {
        behind *= to->shape[d];
    }
    const int64_t classes = to->shape[dim], own = asking->element / behind % classes;
    const int64_t row = asking->element / behind / classes * behind + asking->element % behind;
    double taken = 0, reduction = 1, ignored = -100, all = 1;
    way_attr(asking->op->record, "reduction", &reduction);
    way_attr(asking->op->record, "ignore_index", &ignored);
    asking->lost |= !element_number(target, asking->op->born, row, &taken);
    if (asking->lost || taken != (double)own || taken == ignored) {
        return;
    }
    double share = way_tensor(asking, 2) ? way_operand(asking, 2, own).number : 1;
    if (reduction == 1) {
        asking->lost |= !element_number(way_result(asking, 1), NEVER, 0, &all);
        share /= all;
    }
    way_add_pair(asking, way_upstream(asking, reduction == 0 ? row : 0), way_plain(-share));
}

/* ---- softmax: every output depends on every input of its row -------------------------------------- */

struct way_row way_row_along(const struct asking *asking)
{
    struct way_row row = { .step = 1, .count = 1 };
    const int d = way_dim(asking);
    if (d < 0 || d >= asking->to->ndim) {
        return row;
    }
    for (int k = d + 1; k < asking->to->ndim; k++) {
        row.step *= asking->to->shape[k];
    }
    row.count = asking->to->shape[d];
    const int64_t pile = row.step * row.count;
    row.first = asking->element / pile * pile + asking->element % row.step;
    return row;
}

/* dx[i] = g[i] − eʸ · Σ g: as products, g[i] and −eʸ·g[k]. */
static void by_log_softmax(struct asking *asking)
{
    const struct way_row row = way_row_along(asking);
    double y = 0;
    asking->lost |= !element_number(way_result(asking, 0), asking->op->born, asking->element, &y) &&
                    !element_number(way_result(asking, 0), NEVER, asking->element, &y);
    way_add(asking, way_upstream(asking, asking->element));
    for (int64_t k = 0; k < row.count && !asking->lost; k++) {
        way_add_pair(asking, way_plain(-exp(y)), way_upstream(asking, row.first + k * row.step));
    }
    asking->common = "eʸ";
}

static struct factor output_at(struct asking *asking, int64_t element)
{
    struct factor factor = { .tensor = way_result(asking, 0), .element = element };

    asking->lost |= !element_number(factor.tensor, NEVER, element, &factor.number);
    return factor;
}

/* dx[i] = y[i]·g[i] − y[i] · Σ y[k]·g[k]: as products, y[i]·g[i] and −y[i]·y[k]·g[k]. */
static void by_softmax(struct asking *asking)
{
    const struct way_row row = way_row_along(asking);
    const struct factor mine = output_at(asking, asking->element);
    way_add_pair(asking, mine, way_upstream(asking, asking->element));
    for (int64_t k = 0; k < row.count && !asking->lost; k++) {
        const int64_t at = row.first + k * row.step;
        way_add_pair(asking, way_plain(-mine.number), output_at(asking, at));
        if (!asking->lost) {
            asking->products[asking->count - 1].factors[2] = way_upstream(asking, at);
            asking->products[asking->count - 1].count = 3;
        }
    }
    asking->common = "y";
}

/* Along dim from here to the end: what a running sum went into. */
static void by_running(struct asking *asking)
{
    const struct way_row row = way_row_along(asking);
    const int64_t own = (asking->element - row.first) / row.step;
    for (int64_t k = own; k < row.count && !asking->lost; k++) {
        way_add(asking, way_upstream(asking, row.first + k * row.step));
    }
}

/* ---- which way -------------------------------------------------------------------------------- */

static const struct {
    const char *op;
    void (*collect)(struct asking *asking); /* of a contribution */
    void (*result)(struct asking *asking);  /* of the result; NULL: nobody can tell */
} ways[] = {
    { "mm", way_mm, way_mm_result },
    { "addmm", way_addmm, way_addmm_result },
    { "mv", way_mv, way_mv_result },
    { "dot", way_dot, NULL },
    { "bmm", way_bmm, way_bmm_result },
    { "masked_fill", by_filled, NULL },
    { "where", by_where, way_mapped },
    { "cat", by_pieces, NULL },
    { "stack", by_stack, NULL },
    { "nll_loss", by_target, NULL },
    { "log_softmax", by_log_softmax, way_log_softmaxed },
    { "softmax", by_softmax, way_softmaxed },
    { "cumsum", by_running, NULL },
    { "convolution", way_convolution, way_convolved },
    { "max_pool2d", way_max_pool, way_max_pooled },
    { "adaptive_max_pool2d", way_max_pool, way_max_pooled },
    { "avg_pool2d", way_avg_pool, way_avg_pooled },
    { "adaptive_avg_pool2d", way_avg_pool, way_avg_pooled },
    { "layer_norm", way_norm, way_normed },
    { "group_norm", way_norm, way_normed },
    { "batch_norm", way_norm, way_normed },
    { "embedding", way_pick, way_picked },
    { "index_select", way_pick, way_picked },
    { "gather", way_pick, way_picked },
    { "index", way_pick, way_picked },
    { "sort", way_pick, way_picked },
    { "topk", way_pick, way_picked },
    { "max", way_pick, way_picked },
    { "min", way_pick, way_picked },
    { "median", way_pick, way_picked },
    { "kthvalue", way_pick, way_picked },
    { "mode", way_pick, way_picked },
    { "cummax", way_pick, way_picked },
    { "cummin", way_pick, way_picked },
};

static size_t way_of(const struct asking *asking)
{
    size_t way = 0;
    while (way < sizeof(ways) / sizeof(ways[0]) &&
           strcmp(ways[way].op, asking->op->record->name) != 0) {
        way++;
    }
    return way;
}

bool element_collect(struct asking *asking)
{
    if (asking->op->record->whole) {
        return way_part(asking);
    }
    const size_t way = way_of(asking);
    const bool by_numbers = asking->edge->local_is_number || asking->edge->local_tensor;
    if (way < sizeof(ways) / sizeof(ways[0]) && !by_numbers) {
        ways[way].collect(asking);
        return !asking->unknown;
    }
    if (by_numbers) {
        by_local(asking);
        return true;
    }
    if (strcmp(asking->op->def->provenance, "affine") == 0) {
        by_place(asking);
        return true;
    }
    return false;
}

bool element_collect_result(struct asking *asking)
{
    const size_t way = way_of(asking);
    const bool own = way < sizeof(ways) / sizeof(ways[0]);
    if (own ? !ways[way].result : strcmp(asking->op->def->provenance, "map") != 0) {
        return false;
    }
    if (own) {
        ways[way].result(asking);
    } else {
        way_mapped(asking);
    }
    return !asking->unknown;
}
