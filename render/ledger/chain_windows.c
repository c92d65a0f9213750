/* Windows that slide over rows and images: convolutions and pools. */

#include <math.h>
#include <string.h>

#include "render/ledger/chain_ways.h"

enum { SIDES_MAX = 2 };

/* The next index of a box of that size; false behind the last. */
static bool step_on(int64_t *index, const int64_t *size, int dims)
{
    for (int d = dims - 1; d >= 0; d--) {
        if (++index[d] < size[d]) {
            return true;
        }
        index[d] = 0;
    }
    return false;
}

static int64_t volume(const int64_t *size, int dims)
{
    int64_t cells = 1;
    for (int d = 0; d < dims; d++) {
        cells *= size[d];
    }
    return cells;
}

static int64_t flat(const int64_t *index, const int64_t *size, int dims)
{
    int64_t at = 0;
    for (int d = 0; d < dims; d++) {
        at = at * size[d] + index[d];
    }
    return at;
}

static void unflatten(int64_t at, const int64_t *size, int dims, int64_t *index)
{
    for (int d = dims - 1; d >= 0; d--) {
        index[d] = at % size[d];
        at /= size[d];
    }
}

/* ---- convolutions ------------------------------------------------------------------------------ */

/*
 * A convolution ties a large picture to a small one: small cell s and kernel cell k meet at large cell
 * s · stride − padding + k · dilation. The weight is [small channel][large channel of the group][k]. A
 * transposed convolution is the same with the small picture as its input; and so are the gradients of
 * both: each of the three is a sum of products of the other two.
 */
struct conv {
    int dims;
    int64_t batch, groups, large_channels, small_channels;
    int64_t stride[SIDES_MAX], pad[SIDES_MAX], dilation[SIDES_MAX];
    int64_t large[SIDES_MAX], small[SIDES_MAX], kernel[SIDES_MAX];
    bool transposed;
};

/* The tensor on the other side of the operation from its input: the gradient, or the result. */
static const struct trace_tensor *far_side(const struct asking *asking)
{
    return asking->upstream ? asking->upstream : asking->to;
}

static bool conv_read(const struct asking *asking, struct conv *conv)
{
    const struct trace_tensor *const input = way_tensor(asking, 0);
    const struct trace_tensor *const weight = way_tensor(asking, 1);
    const struct trace_tensor *const other = far_side(asking);
    double groups = 1, transposed = 0;
    if (!input || !weight || input->ndim < 3 || input->ndim > 2 + SIDES_MAX ||
        weight->ndim != input->ndim || other->ndim != input->ndim ||
        other->shape[0] != input->shape[0]) {
        return false;
    }
    way_attr(asking->op->record, "groups", &groups);
    groups = groups >= 1 && groups <= (double)weight->count ? groups : 0;
    way_attr(asking->op->record, "transposed", &transposed);
    const struct trace_tensor *const large = transposed != 0 ? other : input;
    const struct trace_tensor *const small = transposed != 0 ? input : other;
    *conv = (struct conv){ .dims = input->ndim - 2,
                           .batch = input->shape[0],
                           .groups = (int64_t)groups,
                           .large_channels = large->shape[1],
                           .small_channels = small->shape[1],
                           .transposed = transposed != 0 };
    for (int d = 0; d < conv->dims; d++) {
        conv->large[d] = large->shape[d + 2];
        conv->small[d] = small->shape[d + 2];
        conv->kernel[d] = weight->shape[d + 2];
    }
    return conv->groups >= 1 && input->count > 0 && weight->count > 0 && other->count > 0 &&
           conv->large_channels == weight->shape[1] * conv->groups &&
           conv->small_channels == weight->shape[0] && conv->small_channels >= conv->groups &&
           (asking->operand == 2 || way_fits(asking)) &&
           way_sides(asking, "stride", conv->dims, conv->stride) &&
           way_sides(asking, "padding", conv->dims, conv->pad) &&
           way_sides(asking, "dilation", conv->dims, conv->dilation);
}

/* Where a small cell and a kernel cell meet in the large picture; false beyond its border. */
static bool meet_large(const struct conv *conv, const int64_t *s, const int64_t *k, int64_t *l)
{
    for (int d = 0; d < conv->dims; d++) {
        l[d] = s[d] * conv->stride[d] - conv->pad[d] + k[d] * conv->dilation[d];
        if (l[d] < 0 || l[d] >= conv->large[d]) {
            return false;
        }
    }
    return true;
}

static bool meet_small(const struct conv *conv, const int64_t *l, const int64_t *k, int64_t *s)
{
    for (int d = 0; d < conv->dims; d++) {
        const int64_t from = l[d] + conv->pad[d] - k[d] * conv->dilation[d];
        if (conv->stride[d] < 1 || from < 0 || from % conv->stride[d] != 0 ||
            from / conv->stride[d] >= conv->small[d]) {
            return false;
        }
        s[d] = from / conv->stride[d];
    }
    return true;
}

static struct factor input_side(struct asking *asking, int64_t element, bool is_input)
{
    return is_input ? way_operand(asking, 0, element) : way_upstream(asking, element);
}

static struct factor large_at(struct asking *asking, const struct conv *conv, int64_t batch,
                              int64_t channel, const int64_t *l)
{
    const int64_t element =
        (batch * conv->large_channels + channel) * volume(conv->large, conv->dims) +
        flat(l, conv->large, conv->dims);
    return input_side(asking, element, !conv->transposed);
}

static struct factor small_at(struct asking *asking, const struct conv *conv, int64_t batch,
                              int64_t channel, const int64_t *s)
{
    const int64_t element =
        (batch * conv->small_channels + channel) * volume(conv->small, conv->dims) +
        flat(s, conv->small, conv->dims);
    return input_side(asking, element, conv->transposed);
}

static struct factor kernel_at(struct asking *asking, const struct conv *conv, int64_t small,
                               int64_t large_in_group, const int64_t *k)
{
    const int64_t each = conv->large_channels / conv->groups;
    return way_operand(asking, 1,
                       (small * each + large_in_group) * volume(conv->kernel, conv->dims) +
                           flat(k, conv->kernel, conv->dims));
}

/* A cell of the small picture: the window under it times the kernel. */
static void sum_window(struct asking *asking, const struct conv *conv)
{
    const int64_t cells = volume(conv->small, conv->dims);
    const int64_t channel = asking->element / cells % conv->small_channels;
    const int64_t batch = asking->element / cells / conv->small_channels;
    const int64_t each = conv->large_channels / conv->groups;
    const int64_t first = channel / (conv->small_channels / conv->groups) * each;
    int64_t s[SIDES_MAX], l[SIDES_MAX];
    unflatten(asking->element % cells, conv->small, conv->dims, s);
    for (int64_t c = 0; c < each; c++) {
        int64_t k[SIDES_MAX] = { 0 };
        do {
            if (meet_large(conv, s, k, l)) {
                way_add_pair(asking, large_at(asking, conv, batch, first + c, l),
                             kernel_at(asking, conv, channel, c, k));
            }
        } while (step_on(k, conv->kernel, conv->dims) && !asking->lost);
    }
}

/* A cell of the large picture: all small cells whose window covers it. */
static void sum_covering(struct asking *asking, const struct conv *conv)
{
    const int64_t cells = volume(conv->large, conv->dims);
    const int64_t channel = asking->element / cells % conv->large_channels;
    const int64_t batch = asking->element / cells / conv->large_channels;
    const int64_t each = conv->small_channels / conv->groups;
    const int64_t of_group = conv->large_channels / conv->groups;
    const int64_t first = channel / of_group * each;
    int64_t l[SIDES_MAX], s[SIDES_MAX];
    unflatten(asking->element % cells, conv->large, conv->dims, l);
    for (int64_t c = 0; c < each; c++) {
        int64_t k[SIDES_MAX] = { 0 };
        do {
            if (meet_small(conv, l, k, s)) {
                way_add_pair(asking, small_at(asking, conv, batch, first + c, s),
                             kernel_at(asking, conv, first + c, channel % of_group, k));
            }
        } while (step_on(k, conv->kernel, conv->dims) && !asking->lost);
    }
}

/* A cell of the kernel: wherever it lay, what was under it times what came of it. */
static void sum_places(struct asking *asking, const struct conv *conv)
{
    const int64_t cells = volume(conv->kernel, conv->dims);
    const int64_t each = conv->large_channels / conv->groups;
    const int64_t small = asking->element / cells / each;
    const int64_t group = small / (conv->small_channels / conv->groups);
    const int64_t large = group * each + asking->element / cells % each;
    int64_t k[SIDES_MAX], l[SIDES_MAX];
    unflatten(asking->element % cells, conv->kernel, conv->dims, k);
    for (int64_t batch = 0; batch < conv->batch; batch++) {
        int64_t s[SIDES_MAX] = { 0 };
        do {
            if (meet_large(conv, s, k, l)) {
                way_add_pair(asking, large_at(asking, conv, batch, large, l),
                             small_at(asking, conv, batch, small, s));
            }
        } while (step_on(s, conv->small, conv->dims) && !asking->lost);
    }
}

/* Σ g over a channel. */
static void sum_channel(struct asking *asking)
{
    const struct trace_tensor *const g = asking->upstream;
    const int64_t cells = volume(g->shape + 2, g->ndim - 2);
    for (int64_t batch = 0; batch < g->shape[0]; batch++) {
        for (int64_t i = 0; i < cells && !asking->lost; i++) {
            way_add(asking,
                    way_upstream(asking, (batch * g->shape[1] + asking->element) * cells + i));
        }
    }
}

void way_convolution(struct asking *asking)
{
    struct conv conv;
    asking->unknown = !conv_read(asking, &conv);
    if (asking->unknown) {
        return;
    }
    if (asking->operand == 2) {
        sum_channel(asking);
    } else if (asking->operand == 1) {
        sum_places(asking, &conv);
    } else if (conv.transposed) {
        sum_window(asking, &conv);
    } else {
        sum_covering(asking, &conv);
    }
}

void way_convolved(struct asking *asking)
{
    struct conv conv;
    asking->unknown = !conv_read(asking, &conv);
    if (asking->unknown) {
        return;
    }
    if (conv.transposed) {
        sum_covering(asking, &conv);
    } else {
        sum_window(asking, &conv);
    }
    if (way_tensor(asking, 2)) {
        const int64_t cells = volume(asking->to->shape + 2, conv.dims);
        way_add(asking, way_operand(asking, 2, asking->element / cells % asking->to->shape[1]));
    }
}

/* ---- pools ------------------------------------------------------------------------------------- */

/* The windows of a pool over the last two dimensions. */
struct pool {
    int64_t in[2], out[2], kernel[2], stride[2], pad[2], dilation[2];
    bool adaptive, pads_count;
};

static bool pool_read(const struct asking *asking, struct pool *pool)
{
    const struct trace_tensor *const input = way_tensor(asking, 0);
    const struct trace_tensor *const other = far_side(asking);
    double counted = 1, divisor;
    if (!input || input->ndim < 2 || other->ndim != input->ndim || input->count == 0 ||
        other->count == 0 || !way_fits(asking) ||
        way_attr(asking->op->record, "divisor_override", &divisor)) {
        return false;
    }
    *pool = (struct pool){ .dilation = { 1, 1 } };
    for (int d = 0; d < 2; d++) {
        pool->in[d] = input->shape[input->ndim - 2 + d];
        pool->out[d] = other->shape[other->ndim - 2 + d];
    }
    pool->adaptive = strncmp(asking->op->record->name, "adaptive", strlen("adaptive")) == 0;
    if (pool->adaptive) {
        return true;
    }
    way_attr(asking->op->record, "count_include_pad", &counted);
    pool->pads_count = counted != 0;
    way_sides(asking, "dilation", 2, pool->dilation);
    if (!way_sides(asking, "kernel_size", 2, pool->kernel) ||
        !way_sides(asking, "padding", 2, pool->pad)) {
        return false;
    }
    if (!way_sides(asking, "stride", 2, pool->stride)) { /* not told: as large as the window */
        memcpy(pool->stride, pool->kernel, sizeof(pool->stride));
    }
    return true;
}

/* Along one side: the cells of the window from `first`, `step` apart, up to `end`, and how many an
 * average takes for it. */
struct reach {
    int64_t first, end, step, counted;
};

static struct reach reach_of(const struct pool *pool, int side, int64_t o)
{
    const int64_t in = pool->in[side];
    if (pool->adaptive) {
        const int64_t out = pool->out[side];
        const int64_t first = o * in / out, end = ((o + 1) * in + out - 1) / out;
        return (struct reach){ first, end, 1, end - first };
    }
    const int64_t step = pool->dilation[side] > 0 ? pool->dilation[side] : 1;
    const int64_t from = o * pool->stride[side] - pool->pad[side];
    const int64_t to = from + (pool->kernel[side] - 1) * step + 1;
    const int64_t padded = to < in + pool->pad[side] ? to : in + pool->pad[side];
    const int64_t first = from < 0 ? from + (step - 1 - from) / step * step : from;
    const int64_t end = to < in ? to : in;
    return (struct reach){ first, end, step, pool->pads_count ? padded - from : end - first };
}

static bool reaches(const struct reach *reach, int64_t at)
{
    return at >= reach->first && at < reach->end;
}

/* Each window sends its gradient in equal parts to all its cells. */
void way_avg_pool(struct asking *asking)
{
    struct pool pool;
    asking->unknown = !pool_read(asking, &pool);
    if (asking->unknown) {
        return;
    }
    const int64_t cells = pool.in[0] * pool.in[1], in = asking->element % cells;
    const int64_t plane = asking->element / cells * pool.out[0] * pool.out[1];
    for (int64_t y = 0; y < pool.out[0]; y++) {
        const struct reach down = reach_of(&pool, 0, y);
        for (int64_t x = 0; x < pool.out[1] && reaches(&down, in / pool.in[1]); x++) {
            const struct reach across = reach_of(&pool, 1, x);
            if (reaches(&across, in % pool.in[1])) {
                way_add_pair(asking, way_upstream(asking, plane + y * pool.out[1] + x),
                             way_plain(1 / (double)(down.counted * across.counted)));
            }
        }
    }
}

/* The cells of the chosen window; returns how many an average takes for them. */
static int64_t collect_window(struct asking *asking, const struct pool *pool)
{
    const int64_t cells = pool->out[0] * pool->out[1], o = asking->element % cells;
    const int64_t plane = asking->element / cells * pool->in[0] * pool->in[1];
    const struct reach down = reach_of(pool, 0, o / pool->out[1]);
    const struct reach across = reach_of(pool, 1, o % pool->out[1]);
    for (int64_t y = down.first; y < down.end; y += down.step) {
        for (int64_t x = across.first; x < across.end && !asking->lost; x += across.step) {
            way_add(asking, way_operand(asking, 0, plane + y * pool->in[1] + x));
        }
    }
    return down.counted * across.counted;
}

void way_max_pooled(struct asking *asking)
{
    struct pool pool;
    asking->unknown = !pool_read(asking, &pool);
    if (!asking->unknown) {
        collect_window(asking, &pool);
        asking->largest = true;
    }
}

void way_avg_pooled(struct asking *asking)
{
    struct pool pool;
    asking->unknown = !pool_read(asking, &pool);
    if (!asking->unknown) {
        asking->divisor = (double)collect_window(asking, &pool);
    }
}

/* The gradient goes to the largest cell of each window, which the operation has noted. */
void way_max_pool(struct asking *asking)
{
    struct pool pool;
    const struct trace_tensor *const index = way_result(asking, 1);
    asking->unknown = !pool_read(asking, &pool) || !index;
    if (asking->unknown) {
        return;
    }
    const int64_t in = pool.in[0] * pool.in[1], out = pool.out[0] * pool.out[1];
    const int64_t plane = asking->element / in;
    for (int64_t o = plane * out; o < (plane + 1) * out && !asking->lost; o++) {
        double taken = 0;
        asking->lost |= !element_number(index, NEVER, o, &taken);
        if (!asking->lost && taken == (double)(asking->element % in)) {
            way_add(asking, way_upstream(asking, o));
        }
    }
}
