/* Matrix products: a cell of the result is a row times a column, and so is a cell of either gradient. */

#include "render/ledger/chain_ways.h"

/* ---- matrix products: a (n, m) @ b (m, p), gradient (n, p) -------------------------------------- */

/* (g @ bᵀ)[i, k] = Σⱼ g[i, j] · b[k, j] */
static void by_left(struct asking *asking, size_t right)
{
    const struct trace_tensor *const b = way_tensor(asking, right);
    if (!b || b->ndim != 2 || asking->upstream->ndim != 2) {
        return;
    }
    const int64_t m = b->shape[0], p = b->shape[1];
    if (m <= 0) {
        return;
    }
    const int64_t i = asking->element / m, k = asking->element % m;
    for (int64_t j = 0; j < p && !asking->lost; j++) {
        way_add_pair(asking, way_upstream(asking, i * p + j),
                     way_operand(asking, right, k * p + j));
    }
}

/* (aᵀ @ g)[k, j] = Σᵢ a[i, k] · g[i, j] */
static void by_right(struct asking *asking, size_t left)
{
    const struct trace_tensor *const a = way_tensor(asking, left);
    if (!a || a->ndim != 2 || asking->upstream->ndim != 2) {
        return;
    }
    const int64_t n = a->shape[0], m = a->shape[1], p = asking->upstream->shape[1];
    if (p <= 0) {
        return;
    }
    const int64_t k = asking->element / p, j = asking->element % p;
    for (int64_t i = 0; i < n && !asking->lost; i++) {
        way_add_pair(asking, way_operand(asking, left, i * m + k), way_upstream(asking, i * p + j));
    }
}

void way_mm(struct asking *asking)
{
    if (asking->operand == 0) {
        by_left(asking, 1);
    } else {
        by_right(asking, 0);
    }
}

void way_mv(struct asking *asking)
{
    const struct trace_tensor *const a = way_tensor(asking, 0);
    const int64_t m = a && a->ndim == 2 ? a->shape[1] : 0;
    if (m > 0 && asking->operand == 0) {
        way_add_pair(asking, way_upstream(asking, asking->element / m),
                     way_operand(asking, 1, asking->element % m));
    }
    for (int64_t i = 0; m > 0 && asking->operand == 1 && i < a->shape[0] && !asking->lost; i++) {
        way_add_pair(asking, way_operand(asking, 0, i * m + asking->element),
                     way_upstream(asking, i));
    }
}

void way_dot(struct asking *asking)
{
    way_add_pair(asking, way_upstream(asking, 0),
                 way_operand(asking, 1 - asking->operand, asking->element));
}

/* The same for each of a pile of matrices. */
void way_bmm(struct asking *asking)
{
    const struct trace_tensor *const a = way_tensor(asking, 0), *const b = way_tensor(asking, 1);
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
        way_add_pair(asking, way_upstream(asking, (pile * n + row) * p + j),
                     way_operand(asking, 1, (pile * m + column) * p + j));
    }
    for (int64_t i = 0; asking->operand == 1 && i < n && !asking->lost; i++) {
        way_add_pair(asking, way_operand(asking, 0, (pile * n + i) * m + row),
                     way_upstream(asking, (pile * n + i) * p + column));
    }
}

void way_addmm(struct asking *asking)
{
    double number;
    if (way_attr(asking->op->record, "beta", &number) ||
        way_attr(asking->op->record, "alpha", &number)) {
        return;
    }
    if (asking->operand == 0) {
        way_broadcast(asking);
    } else if (asking->operand == 1) {
        by_left(asking, 2);
    } else {
        by_right(asking, 1);
    }
}

/* ---- results ---------------------------------------------------------------------------------- */

/* a (n, m) @ b (m, p), of which each cell is a row times a column; piles of them with `pile`. */
static void times(struct asking *asking, size_t left, size_t right, bool pile)
{
    const struct trace_tensor *const a = way_tensor(asking, left), *const b =
                                                                       way_tensor(asking, right);
    const int dims = pile ? 3 : 2;
    asking->unknown = !a || !b || a->ndim != dims || b->ndim != dims;
    if (asking->unknown) {
        return;
    }
    const int64_t n = a->shape[dims - 2], m = a->shape[dims - 1], p = b->shape[dims - 1];
    asking->unknown = n <= 0 || p <= 0;
    if (asking->unknown) {
        return;
    }
    const int64_t which = asking->element / (n * p), in = asking->element % (n * p);
    for (int64_t k = 0; k < m && !asking->lost; k++) {
        way_add_pair(asking, way_operand(asking, left, (which * n + in / p) * m + k),
                     way_operand(asking, right, (which * m + k) * p + in % p));
    }
}

void way_mm_result(struct asking *asking)
{
    times(asking, 0, 1, false);
}

void way_bmm_result(struct asking *asking)
{
    times(asking, 0, 1, true);
}

void way_addmm_result(struct asking *asking)
{
    double number;
    const struct trace_tensor *const bias = way_tensor(asking, 0);
    asking->unknown = !bias || way_attr(asking->op->record, "beta", &number) ||
                      way_attr(asking->op->record, "alpha", &number);
    if (!asking->unknown) {
        times(asking, 1, 2, false);
        way_add(asking, way_operand(asking, 0, way_shown_at(asking->to, asking->element, bias)));
    }
}

void way_mv_result(struct asking *asking)
{
    const struct trace_tensor *const a = way_tensor(asking, 0);
    asking->unknown = !a || a->ndim != 2;
    for (int64_t k = 0; !asking->unknown && k < a->shape[1] && !asking->lost; k++) {
        way_add_pair(asking, way_operand(asking, 0, asking->element * a->shape[1] + k),
                     way_operand(asking, 1, k));
    }
}
