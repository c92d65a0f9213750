#include "engine/cpu/private.h"

/* Softmax and its kin. Rows that lie in memory element by element have kernels; the others take the maps
 * and folds that the contract names, one after the other, on as much at a time as the host's caches hold. */

enum { PIECE_BYTES = 128 * 1024 };

/* A piece of a call, and room for the steps on the way. */
struct piece {
    struct backend *backend;
    enum rows_function function;
    int dim;
    struct backend_view out, a, b;
    struct backend_view most, sum; /* an element for each row */
    struct backend_view powers;    /* of LOG_SOFTMAX */
    struct error *err;
};

/* ---- words for the steps --------------------------------------------------------------------------- */

/* The elements of `one` again along the whole dimension. */
static struct backend_view spread(const struct piece *piece, const struct backend_view *one)
{
    struct backend_view view = *one;
    view.shape[piece->dim] = piece->out.shape[piece->dim];
    view.strides[piece->dim] = 0;
    return view;
}

static bool map(const struct piece *piece, enum map_function function,
                const struct backend_view *out, const struct backend_view *const *in, double p)
{
    struct backend_map call = { .function = function, .dtype = out->dtype, .out = out, .p = p };
    for (int i = 0; i < map_row(function)->inputs; i++) {
        call.in[i] = in[i];
    }
    return cpu_map(piece->backend, &call, piece->err) == BACKEND_OK;
}

static bool map1(const struct piece *piece, enum map_function function,
                 const struct backend_view *out, const struct backend_view *a)
{
    return map(piece, function, out, &a, 1);
}

static bool map2(const struct piece *piece, enum map_function function,
                 const struct backend_view *out, const struct backend_view *a,
                 const struct backend_view *b)
{
    return map(piece, function, out, (const struct backend_view *[]){ a, b }, 1);
}

static bool fold(const struct piece *piece, enum reduce_function function,
                 const struct backend_view *out, const struct backend_view *in)
{
    const struct backend_reduce call = { .function = function, .out = out, .in = in };
    return cpu_reduce(piece->backend, &call, piece->err) == BACKEND_OK;
}

/* ---- the functions -------------------------------------------------------------------------------- */

static bool softmax(const struct piece *p)
{
    const struct backend_view most = spread(p, &p->most), sum = spread(p, &p->sum);
    const bool last = p->dim == p->out.dims - 1;
    return fold(p, REDUCE_MAX, &p->most, &p->a) && map2(p, MAP_EXP_SUB, &p->out, &p->a, &most) &&
           fold(p, REDUCE_SUM_LANES, &p->sum, &p->out) &&
           (!last || map1(p, MAP_RECIPROCAL, &p->sum, &p->sum)) &&
           map2(p, last ? MAP_MUL : MAP_DIV, &p->out, &p->out, &sum);
}

static bool log_softmax(const struct piece *p)
{
    const struct backend_view most = spread(p, &p->most), sum = spread(p, &p->sum);
    return fold(p, REDUCE_MAX, &p->most, &p->a) && map2(p, MAP_SUB, &p->out, &p->a, &most) &&
           map1(p, MAP_EXP, &p->powers, &p->out) &&
           fold(p, REDUCE_SUM_LANES, &p->sum, &p->powers) && map1(p, MAP_LOG, &p->sum, &p->sum) &&
           map2(p, MAP_SUB, &p->out, &p->out, &sum);
}

static bool softmax_grad(const struct piece *p)
{
    const struct backend_view sum = spread(p, &p->sum);
    return map2(p, MAP_MUL, &p->out, &p->a, &p->b) && fold(p, REDUCE_SUM_LANES, &p->sum, &p->out) &&
           map2(p, MAP_SUB, &p->out, &p->a, &sum) && map2(p, MAP_MUL, &p->out, &p->out, &p->b);
}

static bool log_softmax_grad(const struct piece *p)
{
    const struct backend_view sum = spread(p, &p->sum);
    const struct backend_view *const in[] = { &p->a, &p->out, &sum };
    return fold(p, REDUCE_SUM_LANES, &p->sum, &p->a) && map1(p, MAP_EXP, &p->out, &p->b) &&
           map(p, MAP_ADDCMUL, &p->out, in, -1);
}

/* ---- dense rows ------------------------------------------------------------------------------------ */

/* Whether the rows run along the last dimension and their elements lie beside each other in all views. */
static bool is_dense(const struct piece *all)
{
    const int last = all->out.dims - 1;
    const bool unit =
        all->out.strides[last] == 1 && all->a.strides[last] == 1 && all->b.strides[last] == 1;
    return all->dim == last && (unit || all->out.shape[last] == 1);
}

static void run_dense(const struct piece *all)
{
    const struct cpu *cpu = cpu_of(all->backend);
    const int64_t size = (int64_t)cpu_size(all->out.dtype);
    struct backend_view lead[] = { all->out, all->a, all->b };
    for (int v = 0; v < 3; v++) {
        lead[v].dims--;
    }
    struct walk walk;
    walk_init(&walk, (const struct backend_view *[]){ &lead[0], &lead[1], &lead[2] }, 3);
    walk_join(&walk);
    const int inner = walk.dims - 1;
    struct odometer odometer = { .dims = inner < 0 ? 0 : inner };
    struct rows_call call = { .n = all->out.shape[all->dim], .rows = 1 };
    if (inner >= 0) {
        call.rows = walk.shape[inner];
        call.out_step = walk.strides[0][inner];
        call.a_step = walk.strides[1][inner];
        call.b_step = walk.strides[2][inner];
    }
    rows_kernel *kernel = cpu->kernels->rows(all->function, all->out.dtype);
    do {
        call.out = (char *)all->out.data + odometer.offset[0] * size;
        call.a = (const char *)all->a.data + odometer.offset[1] * size;
        call.b = (const char *)all->b.data + odometer.offset[2] * size;
        kernel(&call);
    } while (odometer_next(&odometer, &walk));
}

/* ---- pieces ------------------------------------------------------------------------------------------ */

/* A dense view of the piece's shape, with one element for each row if `folded`. */
static struct backend_view room_for(const struct piece *piece, bool folded, char **room)
{
    struct backend_view view = piece->out;
    int64_t step = 1;
    view.data = *room;
    view.shape[piece->dim] = folded ? 1 : view.shape[piece->dim];
    for (int d = view.dims - 1; d >= 0; d--) {
        view.strides[d] = step;
        step *= view.shape[d];
    }
    *room += step * (int64_t)cpu_size(view.dtype);
    return view;
}

static bool run_piece(struct piece *piece, char *room)
{
    static bool (*const runs[])(const struct piece *piece) = {
        [ROWS_SOFTMAX] = softmax,
        [ROWS_LOG_SOFTMAX] = log_softmax,
        [ROWS_SOFTMAX_GRAD] = softmax_grad,
        [ROWS_LOG_SOFTMAX_GRAD] = log_softmax_grad,
    };
    piece->most = room_for(piece, true, &room);
    piece->sum = room_for(piece, true, &room);
    if (piece->function == ROWS_LOG_SOFTMAX) {
        piece->powers = room_for(piece, false, &room);
    }
    return runs[piece->function](piece);
}

/* The same views with `size` of the elements of dimension d, from `at` on. */
static void cut(struct backend_view *view, int d, int64_t at, int64_t size)
{
    view->data = (char *)view->data + at * view->strides[d] * (int64_t)cpu_size(view->dtype);
    view->shape[d] = size;
}

/* The outermost dimension that has several rows; that of the rows themselves where none has. */
static int cut_dim(const struct backend_view *view, int dim)
{
    int d = 0;
    while (d < dim && view->shape[d] == 1) {
        d++;
    }
    return d;
}

static int64_t count_of(const struct backend_view *view)
{
    int64_t count = 1;
    for (int d = 0; d < view->dims; d++) {
        count *= view->shape[d];
    }
    return count;
}

/* What a number by itself is: a row of one element. */
static struct backend_view at_least_one_dim(const struct backend_view *view)
{
    struct backend_view row = *view;
    if (row.dims == 0) {
        row.dims = 1;
        row.shape[0] = row.strides[0] = 1;
    }
    return row;
}

enum backend_status cpu_rows(struct backend *backend, const struct backend_rows *rows,
                             struct error *err)
{
    const struct piece all = { .backend = backend,
                               .function = rows->function,
                               .dim = rows->dim,
                               .out = at_least_one_dim(rows->out),
                               .a = at_least_one_dim(rows->a),
                               .b = at_least_one_dim(rows->b ? rows->b : rows->a),
                               .err = err };
    const int64_t count = count_of(&all.out), size = (int64_t)cpu_size(all.out.dtype);
    if (count == 0) {
        return BACKEND_OK;
    }
    if (is_dense(&all)) {
        run_dense(&all);
        return BACKEND_OK;
    }
    const int d = cut_dim(&all.out, all.dim);
    const int64_t length = all.out.shape[d], bytes = count / length * size;
    const int64_t most = bytes < PIECE_BYTES ? PIECE_BYTES / bytes : 1;
    const int64_t many = d == all.dim || most > length ? length : most;
    const int64_t folded = many * bytes / all.out.shape[all.dim];
    const size_t room_bytes =
        (size_t)(2 * folded + (rows->function == ROWS_LOG_SOFTMAX ? many * bytes : 0));
    void *room;
    enum backend_status status = backend->impl->alloc(backend, room_bytes, &room, err);
    if (status != BACKEND_OK) {
        return status;
    }
    for (int64_t at = 0; status == BACKEND_OK && at < length; at += many) {
        struct piece piece = all;
        const int64_t left = length - at < many ? length - at : many;
        cut(&piece.out, d, at, left);
        cut(&piece.a, d, at, left);
        cut(&piece.b, d, at, left);
        status = run_piece(&piece, room) ? BACKEND_OK : BACKEND_INTERNAL;
    }
    backend->impl->release(backend, room, room_bytes);
    return status;
}
