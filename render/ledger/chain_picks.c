/* Elements that were taken by an index: gather, rows of an embedding, a[i, j], sorted, the largest. Each
 * element of the result is one of the operand's; its gradient goes back there. */

#include <string.h>

#include "render/ledger/chain_ways.h"

/* What was asked for, as the result of the operation has its cells. */
struct pick {
    const struct asking *asking;
    const struct trace_tensor *in, *out, *index;
    int dim;
};

enum { NOWHERE = -1 };

static int64_t index_at(const struct pick *pick, const struct trace_tensor *index, int64_t at,
                        int64_t size)
{
    double number;
    if (!element_number(index, pick->asking->op->born, at, &number) &&
        !element_number(index, NEVER, at, &number)) {
        return NOWHERE;
    }
    if (!(number >= (double)-size && number < (double)size)) {
        return NOWHERE;
    }
    return (int64_t)number < 0 ? (int64_t)number + size : (int64_t)number;
}

/* Whole rows: an embedding. */
static int64_t from_row(const struct pick *pick, int64_t o)
{
    const int64_t width = pick->in->shape[0] > 0 ? pick->in->count / pick->in->shape[0] : 0;
    const int64_t row =
        width > 0 ? index_at(pick, pick->index, o / width, pick->in->shape[0]) : NOWHERE;
    return row < 0 ? NOWHERE : row * width + o % width;
}

/* The coordinates of the result, but along `dim` what the index says. `along`: at which of its elements. */
static int64_t with_index(const struct pick *pick, const int64_t *at, int64_t along)
{
    const int64_t taken = index_at(pick, pick->index, along, pick->in->shape[pick->dim]);
    int64_t element = 0;
    for (int d = 0; d < pick->in->ndim; d++) {
        element = element * pick->in->shape[d] + (d == pick->dim ? taken : at[d]);
    }
    return taken < 0 ? NOWHERE : element;
}

/* An index for each slice along `dim`. */
static int64_t from_slice(const struct pick *pick, int64_t o)
{
    int64_t at[TRACE_MAX_DIMS] = { 0 };
    for (int d = pick->out->ndim - 1; d >= 0; d--) {
        at[d] = o % pick->out->shape[d];
        o /= pick->out->shape[d];
    }
    return pick->out->ndim == pick->in->ndim ? with_index(pick, at, at[pick->dim]) : NOWHERE;
}

/* An index for each element of the result, which may lack the dimension: gather, sort, max(dim). */
static int64_t from_each(const struct pick *pick, int64_t o)
{
    const bool lacks = pick->out->ndim == pick->in->ndim - 1;
    const int64_t along = o;
    int64_t at[TRACE_MAX_DIMS] = { 0 };
    if (pick->index->count != pick->out->count || (!lacks && pick->out->ndim != pick->in->ndim)) {
        return NOWHERE;
    }
    for (int d = pick->out->ndim - 1; d >= 0; d--) {
        at[d + (lacks && d >= pick->dim)] = o % pick->out->shape[d];
        o /= pick->out->shape[d];
    }
    return with_index(pick, at, along);
}

/* ---- a[i, :, j] -------------------------------------------------------------------------------- */

/* Several indices are broadcast together. They stand where the first of them stood, or, with others
 * between them, before all. */
struct indices {
    const struct trace_tensor *at[TRACE_MAX_DIMS]; /* NULL: the whole dimension */
    int count, first, last;                        /* of those that are there */
    int ndim;                                      /* of all of them together */
};

static bool indices_read(const struct pick *pick, struct indices *out)
{
    const struct record_op *const op = pick->asking->op->record;
    *out = (struct indices){ .first = -1 };
    for (size_t i = 1; i < op->in_count; i++) {
        const struct trace_tensor *const tensor = way_tensor(pick->asking, i);
        if (i > TRACE_MAX_DIMS || (int)i > pick->in->ndim) {
            return false;
        }
        if (tensor && (strcmp(tensor->dtype, "bool") == 0 || strcmp(tensor->dtype, "uint8") == 0)) {
            return false;
        }
        out->at[i - 1] = tensor;
        if (tensor) {
            out->first = out->first < 0 ? (int)i - 1 : out->first;
            out->last = (int)i - 1;
            out->ndim = tensor->ndim > out->ndim ? tensor->ndim : out->ndim;
            out->count++;
        }
    }
    return out->count > 0 && pick->out->ndim == pick->in->ndim - out->count + out->ndim;
}

/* The element of an index that goes with a place in all of them together: sizes 1 repeat. */
static int64_t broadcast_at(const struct trace_tensor *index, const int64_t *place, int ndim)
{
    int64_t at = 0;
    for (int d = 0; d < index->ndim; d++) {
        const int64_t own = place[ndim - index->ndim + d];
        at = at * index->shape[d] + (index->shape[d] == 1 ? 0 : own);
    }
    return at;
}

static int64_t from_indices(const struct pick *pick, int64_t o)
{
    struct indices indices;
    int64_t at[TRACE_MAX_DIMS] = { 0 }, element = 0;
    if (!indices_read(pick, &indices)) {
        return NOWHERE;
    }
    for (int d = pick->out->ndim - 1; d >= 0; d--) {
        at[d] = o % pick->out->shape[d];
        o /= pick->out->shape[d];
    }
    const bool together = indices.last - indices.first + 1 == indices.count;
    const int place = together ? indices.first : 0;
    int whole = 0; /* the next dimension that was taken whole */
    for (int d = 0; d < pick->in->ndim; d++) {
        const struct trace_tensor *const index = d < TRACE_MAX_DIMS ? indices.at[d] : NULL;
        const int own = whole >= place ? whole + indices.ndim : whole;
        const int64_t taken =
            index ? index_at(pick, index, broadcast_at(index, at + place, indices.ndim),
                             pick->in->shape[d])
                  : at[own];
        whole += !index;
        if (taken < 0) {
            return NOWHERE;
        }
        element = element * pick->in->shape[d] + taken;
    }
    return element;
}

/* ---- a[mask] ----------------------------------------------------------------------------------- */

/* The mask covers the first dimensions; what stands behind them comes along. */
static int64_t from_mask(const struct pick *pick, int64_t o)
{
    const struct trace_tensor *const mask = pick->index;
    const int64_t width = mask->count > 0 ? pick->in->count / mask->count : 0;
    int64_t wanted = width > 0 ? o / width : 0;
    double number = 0;
    for (int64_t i = 0; i < mask->count && element_number(mask, pick->asking->op->born, i, &number);
         i++) {
        if (number != 0 && wanted-- == 0) {
            return i * width + o % width;
        }
    }
    return NOWHERE;
}

/* Where an element of the operand went; NOWHERE if the mask left it out. */
static int64_t into_mask(const struct pick *pick, int64_t element)
{
    const struct trace_tensor *const mask = pick->index;
    const int64_t width = mask->count > 0 ? pick->in->count / mask->count : 0;
    const int64_t own = width > 0 ? element / width : 0;
    int64_t before = 0;
    double number = 0;
    for (int64_t i = 0; width > 0 && i <= own; i++) {
        if (!element_number(mask, pick->asking->op->born, i, &number)) {
            return NOWHERE;
        }
        before += number != 0 && i < own;
    }
    return width > 0 && number != 0 ? before * width + element % width : NOWHERE;
}

static bool is_mask(const struct pick *pick)
{
    return pick->index && strcmp(pick->index->dtype, "bool") == 0 &&
           pick->asking->op->record->in_count == 2;
}

static int64_t from_brackets(const struct pick *pick, int64_t o)
{
    return is_mask(pick) ? from_mask(pick, o) : from_indices(pick, o);
}

/* ---- which ------------------------------------------------------------------------------------- */

static const struct {
    const char *op;
    int64_t (*from)(const struct pick *pick, int64_t o);
    bool noted; /* the index is the operation's second result */
} kinds[] = {
    { "embedding", from_row, false }, { "index_select", from_slice, false },
    { "gather", from_each, false },   { "index", from_brackets, false },
    { "sort", from_each, true },      { "topk", from_each, true },
    { "max", from_each, true },       { "min", from_each, true },
    { "median", from_each, true },    { "kthvalue", from_each, true },
    { "mode", from_each, true },      { "cummax", from_each, true },
    { "cummin", from_each, true },
};

static bool pick_read(const struct asking *asking, const struct trace_tensor *out,
                      struct pick *pick, int64_t (**from)(const struct pick *pick, int64_t o))
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].op, asking->op->record->name) == 0) {
            *pick = (struct pick){ .asking = asking,
                                   .in = way_tensor(asking, 0),
                                   .out = out,
                                   .index = kinds[i].noted ? way_result(asking, 1)
                                                           : way_tensor(asking, 1),
                                   .dim = way_dim(asking) };
            *from = kinds[i].from;
            const bool brackets = kinds[i].from == from_brackets; /* [:, i] begins with none */
            return pick->in && pick->in->ndim > 0 && pick->dim >= 0 && pick->dim < pick->in->ndim &&
                   (pick->index || brackets);
        }
    }
    return false;
}

void way_pick(struct asking *asking)
{
    struct pick pick;
    int64_t (*from)(const struct pick *, int64_t);
    asking->unknown = !pick_read(asking, asking->upstream, &pick, &from);
    if (!asking->unknown && from == from_brackets && is_mask(&pick)) {
        const int64_t o = into_mask(&pick, asking->element);
        if (o >= 0) {
            way_add(asking, way_upstream(asking, o));
        }
        return;
    }
    for (int64_t o = 0; !asking->unknown && o < asking->upstream->count && !asking->lost; o++) {
        if (from(&pick, o) == asking->element) {
            way_add(asking, way_upstream(asking, o));
        }
    }
}

void way_picked(struct asking *asking)
{
    struct pick pick;
    int64_t (*from)(const struct pick *, int64_t);
    asking->unknown = !pick_read(asking, asking->to, &pick, &from);
    const int64_t element = asking->unknown ? NOWHERE : from(&pick, asking->element);
    asking->unknown = element < 0;
    if (!asking->unknown) {
        way_add(asking, way_operand(asking, 0, element));
    }
}
