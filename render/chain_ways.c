#include "render/chain_ways.h"

#include <math.h>
#include <string.h>

/*
 * An element of a contribution is a sum of products of recorded numbers. Which ones follows from how
 * the operation's cells come from one another: element-wise, a matrix product, a view, rows, pieces.
 * Here they are collected; what they add up to is compared with what was recorded, and written out
 * only if it agrees.
 */

enum { PRODUCTS_MAX = 1 << 16 };

static const struct trace_tensor *tensor_of(const struct asking *asking, size_t operand)
{
    const struct record_op *const op = asking->op->record;

    return operand < op->in_count && op->in[operand].kind == ARGUMENT_TENSOR
               ? trace_tensor(asking->run->trace, op->in[operand].id)
               : NULL;
}

/* ---- products --------------------------------------------------------------------------------- */

static struct factor plain(double number)
{
    return (struct factor){ .number = number };
}

static struct factor upstream_at(struct asking *asking, int64_t element)
{
    struct factor factor = { asking->upstream, true, element, 0 };

    asking->lost |= !element_number(asking->upstream, NEVER, element, &factor.number);
    return factor;
}

/* An operand's element before the operation, which may have changed it in place. The transpose that
 * nn.Linear makes is read from the weight itself. */
static struct factor operand_at(struct asking *asking, size_t operand, int64_t element)
{
    const struct trace_tensor *tensor = tensor_of(asking, operand);
    const struct trace_tensor *const whole = chain_transposed(asking->run->trace, tensor);
    struct factor factor = { tensor, false, element, 0 };

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

static void add_one(struct asking *asking, struct factor factor)
{
    add(asking, factor, plain(1), 1);
}

static void add_pair(struct asking *asking, struct factor one, struct factor other)
{
    add(asking, one, other, 2);
}

/* ---- matrix products: a (n, m) @ b (m, p), gradient (n, p) -------------------------------------- */

/* (g @ bᵀ)[i, k] = Σⱼ g[i, j] · b[k, j] */
static void by_left(struct asking *asking, size_t right)
{
    const struct trace_tensor *const b = tensor_of(asking, right);
    if (!b || b->ndim != 2 || asking->upstream->ndim != 2) {
        return;
    }
    const int64_t m = b->shape[0], p = b->shape[1];
    if (m <= 0) {
        return;
    }
    const int64_t i = asking->element / m, k = asking->element % m;
    for (int64_t j = 0; j < p && !asking->lost; j++) {
        add_pair(asking, upstream_at(asking, i * p + j), operand_at(asking, right, k * p + j));
    }
}

/* (aᵀ @ g)[k, j] = Σᵢ a[i, k] · g[i, j] */
static void by_right(struct asking *asking, size_t left)
{
    const struct trace_tensor *const a = tensor_of(asking, left);
    if (!a || a->ndim != 2 || asking->upstream->ndim != 2) {
        return;
    }
    const int64_t n = a->shape[0], m = a->shape[1], p = asking->upstream->shape[1];
    if (p <= 0) {
        return;
    }
    const int64_t k = asking->element / p, j = asking->element % p;
    for (int64_t i = 0; i < n && !asking->lost; i++) {
        add_pair(asking, operand_at(asking, left, i * m + k), upstream_at(asking, i * p + j));
    }
}

static void by_mm(struct asking *asking)
{
    if (asking->operand == 0) {
        by_left(asking, 1);
    } else {
        by_right(asking, 0);
    }
}

static void by_mv(struct asking *asking)
{
    const struct trace_tensor *const a = tensor_of(asking, 0);
    const int64_t m = a && a->ndim == 2 ? a->shape[1] : 0;
    if (m > 0 && asking->operand == 0) {
        add_pair(asking, upstream_at(asking, asking->element / m),
                 operand_at(asking, 1, asking->element % m));
    }
    for (int64_t i = 0; m > 0 && asking->operand == 1 && i < a->shape[0] && !asking->lost; i++) {
        add_pair(asking, operand_at(asking, 0, i * m + asking->element), upstream_at(asking, i));
    }
}

static void by_dot(struct asking *asking)
{
    add_pair(asking, upstream_at(asking, 0),
             operand_at(asking, 1 - asking->operand, asking->element));
}

/* The same for each of a pile of matrices. */
static void by_bmm(struct asking *asking)
{
    const struct trace_tensor *const a = tensor_of(asking, 0), *const b = tensor_of(asking, 1);
    if (!a || !b || a->ndim != 3 || b->ndim != 3) {
        return;
    }
    const int64_t n = a->shape[1], m = a->shape[2], p = b->shape[2];
    const int64_t across = asking->operand == 0 ? m : p, down = asking->operand == 0 ? n : m;
    if (across <= 0 || down <= 0) {
        return;
    }
    const int64_t pile = asking->element / (across * down), in = asking->element % (across * down);
    const int64_t row = in / across, column = in % across;
    for (int64_t j = 0; asking->operand == 0 && j < p && !asking->lost; j++) {
        add_pair(asking, upstream_at(asking, (pile * n + row) * p + j),
                 operand_at(asking, 1, (pile * m + column) * p + j));
    }
    for (int64_t i = 0; asking->operand == 1 && i < n && !asking->lost; i++) {
        add_pair(asking, operand_at(asking, 0, (pile * n + i) * m + row),
                 upstream_at(asking, (pile * n + i) * p + column));
    }
}

/* ---- element-wise, with broadcasting ------------------------------------------------------------ */

/* The element of a tensor that stands at the place `element` has in the larger tensor `whole` (sizes 1
 * and missing dimensions repeat); -1 when the shapes do not fit. */
static int64_t shown_at(const struct trace_tensor *whole, int64_t element,
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
        const int64_t element = shown_at(asking->upstream, at, local);
        const size_t other = asking->op->record->in_count == 2 ? 1 - asking->operand : SIZE_MAX;
        asking->lost |= !local_number(asking, local, element, &factor.number);
        /* Where it is the other operand itself (a product) that is what it is called. */
        if (local == tensor_of(asking, other)) {
            return operand_at(asking, other, element);
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
        const int64_t at = shown_at(asking->to, asking->element, local);
        asking->lost |= !local_number(asking, local, at, &factor.number);
    }
    return factor;
}

static bool attr_number(const struct record_op *op, const char *name, double *out)
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

/* 0 where it is not told, -1 where it is no dimension at all. */
static int dim_of(const struct asking *asking)
{
    double dim = 0;
    attr_number(asking->op->record, "dim", &dim);
    return dim >= 0 && dim < TRACE_MAX_DIMS ? (int)dim : -1;
}

static bool is_reduced_dim(const struct record_op *op, int dim)
{
    double number;
    if (attr_number(op, "dim", &number)) {
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
        add_pair(asking, upstream_at(asking, reduced_at(asking)), local_of_element(asking));
        return;
    }
    for (int64_t i = 0; i < asking->upstream->count && !asking->lost; i++) {
        if (shown_at(asking->upstream, i, asking->to) == asking->element) {
            add_pair(asking, upstream_at(asking, i), local_at(asking, i));
        }
    }
}

/* Σ g over what was broadcast. */
static void by_broadcast(struct asking *asking)
{
    for (int64_t i = 0; i < asking->upstream->count && !asking->lost; i++) {
        if (shown_at(asking->upstream, i, asking->to) == asking->element) {
            add_one(asking, upstream_at(asking, i));
        }
    }
}

static void by_addmm(struct asking *asking)
{
    double number;
    if (attr_number(asking->op->record, "beta", &number) ||
        attr_number(asking->op->record, "alpha", &number)) {
        return;
    }
    if (asking->operand == 0) {
        by_broadcast(asking);
    } else if (asking->operand == 1) {
        by_left(asking, 2);
    } else {
        by_right(asking, 1);
    }
}

/* ---- views, rows, pieces ------------------------------------------------------------------------ */

/* Where in its storage an element lies. */
static int64_t address(const struct trace_tensor *tensor, int64_t element)
{
    int64_t at = tensor->offset;
    for (int d = tensor->ndim - 1; d >= 0; d--) {
        at += element % tensor->shape[d] * tensor->strides[d];
        element /= tensor->shape[d];
    }
    return at;
}

/* A view: the same place in the same storage. */
static void by_place(struct asking *asking)
{
    const struct trace_tensor *const in = tensor_of(asking, asking->operand);
    if (!in || asking->element >= in->count) {
        return;
    }
    for (size_t o = 0; o < asking->op->record->out.count && o < asking->visit->in.count; o++) {
        const struct trace_tensor *const out =
            trace_tensor(asking->run->trace, asking->op->record->out.ids[o]);
        asking->upstream = trace_tensor(asking->run->trace, asking->visit->in.ids[o]);
        for (int64_t i = 0; out && asking->upstream && i < out->count && !asking->lost; i++) {
            const bool same = out->storage == in->storage
                                  ? address(out, i) == address(in, asking->element)
                                  : out->count == in->count && i == asking->element;
            if (same) {
                add_one(asking, upstream_at(asking, i));
            }
        }
    }
}

/* Rows that an index took: each gradient goes back to the row that it came from. */
static void by_rows(struct asking *asking)
{
    const struct trace_tensor *const index = tensor_of(asking, 1);
    const int64_t width = asking->to->ndim > 1 ? asking->to->count / asking->to->shape[0] : 1;
    const int64_t row = asking->element / width, column = asking->element % width;
    for (int64_t i = 0; index && i < index->count && !asking->lost; i++) {
        double taken = 0;
        asking->lost |= !element_number(index, asking->op->born, i, &taken);
        if (taken == (double)row) {
            add_one(asking, upstream_at(asking, i * width + column));
        }
    }
}

/* The pieces of a cat lie one behind the other along `dim`. */
static void by_pieces(struct asking *asking)
{
    int64_t before = 0, inner = 1, whole = 0;
    const int d = dim_of(asking);
    if (d < 0 || d >= asking->to->ndim || asking->upstream->ndim != asking->to->ndim) {
        return;
    }
    for (size_t i = 0; i < asking->operand; i++) {
        const struct trace_tensor *const piece = tensor_of(asking, i);
        before += piece && piece->ndim > d ? piece->shape[d] : 0;
    }
    for (int k = d + 1; k < asking->to->ndim; k++) {
        inner *= asking->to->shape[k];
    }
    whole = asking->upstream->shape[d] * inner;
    const int64_t mine = asking->to->shape[d] * inner;
    add_one(asking, upstream_at(asking, asking->element / mine * whole + before * inner +
                                            asking->element % mine));
}

static void by_stack(struct asking *asking)
{
    int64_t inner = 1;
    for (int k = dim_of(asking); k >= 0 && k < asking->to->ndim; k++) {
        inner *= asking->to->shape[k];
    }
    const int64_t pieces = (int64_t)asking->op->record->in_count;
    add_one(
        asking,
        upstream_at(asking, (asking->element / inner * pieces + (int64_t)asking->operand) * inner +
                                asking->element % inner));
}

/* [t] ← −1 / n: only the target's log-probability counts. */
static void by_target(struct asking *asking)
{
    const struct trace_tensor *const target = tensor_of(asking, 1);
    if (asking->to->ndim < 1) {
        return;
    }
    const int64_t classes = asking->to->shape[asking->to->ndim - 1];
    const int64_t row = asking->element / classes;
    double taken = 0, reduction = 1;
    attr_number(asking->op->record, "reduction", &reduction);
    asking->lost |= !element_number(target, asking->op->born, row, &taken);
    if (asking->lost || asking->to->ndim > 2 || taken != (double)(asking->element % classes)) {
        return;
    }
    add_pair(asking, upstream_at(asking, reduction == 0 ? row : 0),
             plain(reduction == 1 ? -1.0 / (double)target->count : -1));
}

/* ---- softmax: every output depends on every input of its row -------------------------------------- */

struct row_of {
    int64_t first, step, count;
};

static struct row_of row_along(const struct asking *asking)
{
    struct row_of row = { .step = 1, .count = 1 };
    const int d = dim_of(asking);
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

static const struct trace_tensor *output_of(const struct asking *asking)
{
    return trace_tensor(asking->run->trace, asking->op->record->out.ids[0]);
}

/* dx[i] = g[i] − eʸ · Σ g: as products, g[i] and −eʸ·g[k]. */
static void by_log_softmax(struct asking *asking)
{
    const struct row_of row = row_along(asking);
    double y = 0;
    asking->lost |= !element_number(output_of(asking), asking->op->born, asking->element, &y) &&
                    !element_number(output_of(asking), NEVER, asking->element, &y);
    add_one(asking, upstream_at(asking, asking->element));
    for (int64_t k = 0; k < row.count && !asking->lost; k++) {
        add_pair(asking, plain(-exp(y)), upstream_at(asking, row.first + k * row.step));
    }
    asking->common = "eʸ";
}

static struct factor output_at(struct asking *asking, int64_t element)
{
    struct factor factor = { output_of(asking), false, element, 0 };

    asking->lost |= !element_number(factor.tensor, NEVER, element, &factor.number);
    return factor;
}

/* dx[i] = y[i]·g[i] − y[i] · Σ y[k]·g[k]: as products, y[i]·g[i] and −y[i]·y[k]·g[k]. */
static void by_softmax(struct asking *asking)
{
    const struct row_of row = row_along(asking);
    const struct factor mine = output_at(asking, asking->element);
    add_pair(asking, mine, upstream_at(asking, asking->element));
    for (int64_t k = 0; k < row.count && !asking->lost; k++) {
        const int64_t at = row.first + k * row.step;
        add_pair(asking, plain(-mine.number), output_at(asking, at));
        if (!asking->lost) {
            asking->products[asking->count - 1].factors[2] = upstream_at(asking, at);
            asking->products[asking->count - 1].count = 3;
        }
    }
    asking->common = "y";
}

/* ---- which way -------------------------------------------------------------------------------- */

static const struct {
    const char *op;
    void (*collect)(struct asking *asking);
} ways[] = {
    { "mm", by_mm },           { "addmm", by_addmm },
    { "mv", by_mv },           { "dot", by_dot },
    { "bmm", by_bmm },         { "embedding", by_rows },
    { "cat", by_pieces },      { "stack", by_stack },
    { "nll_loss", by_target }, { "log_softmax", by_log_softmax },
    { "softmax", by_softmax },
};

bool element_collect(struct asking *asking)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(ways[i].op, asking->op->record->name) == 0) {
            ways[i].collect(asking);
            return true;
        }
    }
    if (asking->edge->local_is_number || asking->edge->local_tensor) {
        by_local(asking);
        return true;
    }
    if (strcmp(asking->op->def->provenance, "affine") == 0) {
        by_place(asking);
        return true;
    }
    return false;
}
