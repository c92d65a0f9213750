#include "engine/probe/surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/tensor/compute.h"

/*
 * Cells go through the steps together, as many as keep the tensors of a step within a cache. Where a
 * step has no rule for that they go one by one, and how many there are is bounded by what a step and an
 * element cost about, not by a clock: the same lesson has the same picture on every machine.
 */
enum { TOGETHER_ELEMENTS = 1 << 15, TOGETHER_MOST = 4096 };
static const double step_cost = 1e-6, element_cost = 4e-9, patience = 1.5;

struct surface {
    struct engine *engine;
    const struct tape_walk *walk;
    const struct surface_question *question;
    struct replay *replay;
    double *base[2]; /* owned: the elements of the axes' leaves */
    int64_t count[2];
    int64_t largest; /* elements of a tensor of the walk */
    double cost;     /* seconds for one cell by itself, about */
};

bool surface_write(struct tensor *tensor, const double *elements, struct error *err)
{
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT64, .shape = tensor->shape };
    struct tensor *wide = tensor_from_host(tensor->engine, &spec, elements, err);
    const bool fine = wide && compute_copy(tensor, wide, err);
    tensor_unref(wide);
    return fine;
}

bool surface_give(struct replay *replay, const struct surface_value *values, size_t count,
                  struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!surface_write(replay_leaf(replay, values[i].leaf), values[i].elements, err)) {
            return false;
        }
    }
    return true;
}

/* ---- the axes ------------------------------------------------------------------------------------ */

static double place(const struct surface_axis *axis, int index)
{
    return axis->from + (axis->to - axis->from) * index / (axis->count - 1);
}

static bool check_axis(const struct tape_walk *walk, const struct surface_axis *axis,
                       struct error *err)
{
    const struct tape_value *value = walk->leaves[axis->leaf].value;
    if (axis->element < 0 || axis->element >= value->count) {
        return error_set(err, "there is no such element");
    }
    if (!dtype_is_float(value->dtype)) {
        return error_set(err, "only real numbers can be varied");
    }
    if (!isfinite(axis->from) || !isfinite(axis->to) || !(axis->from < axis->to)) {
        return error_set(err, "the range of an axis is empty");
    }
    if (axis->count < SURFACE_LEAST || axis->count > SURFACE_MOST) {
        return error_set(err, "a grid has from %d to %d rows and columns", SURFACE_LEAST,
                         SURFACE_MOST);
    }
    return true;
}

static bool is_exact(const struct tape_walk *walk, const struct surface_axis *x,
                     const struct surface_axis *y)
{
    int64_t varied = 0;
    for (size_t i = 0; i < walk->leaf_count; i++) {
        varied += walk->leaves[i].value->count;
    }
    return varied == 2 && !(x->leaf == y->leaf && x->element == y->element);
}

static bool read_base(struct surface *surface, struct error *err)
{
    const struct surface_axis *axes[] = { &surface->question->x, &surface->question->y };
    for (int i = 0; i < 2; i++) {
        const struct tensor *leaf = replay_leaf(surface->replay, axes[i]->leaf);
        surface->count[i] = leaf->count;
        surface->base[i] = memory_allocate((size_t)leaf->count + 1, sizeof(double));
        if (!tensor_read_real(leaf, surface->base[i], err)) {
            return false;
        }
    }
    return true;
}

/* ---- one by one ---------------------------------------------------------------------------------- */

static bool set_one(struct surface *surface, int which, const struct surface_axis *axis, double to,
                    struct error *err)
{
    surface->base[which][axis->element] = to;
    return surface_write(replay_leaf(surface->replay, axis->leaf), surface->base[which], err);
}

static bool loss_at(struct surface *surface, double x, double y, double *loss, struct error *err)
{
    const struct surface_question *q = surface->question;
    if (q->x.leaf == q->y.leaf) { /* both in one tensor */
        surface->base[1][q->x.element] = x;
    } else if (!set_one(surface, 0, &q->x, x, err)) {
        return false;
    }
    return set_one(surface, 1, &q->y, y, err) && replay_loss(surface->replay, loss, err);
}

static void bound(struct surface_question *question, double cost)
{
    const int most = (int)fmax(fmin(sqrt(patience / cost), SURFACE_MOST), 8);
    question->x.count = question->x.count < most ? question->x.count : most;
    question->y.count = question->y.count < most ? question->y.count : most;
}

static bool one_by_one(struct surface *surface, const struct surface_question *q,
                       struct surface_answer *out, struct error *err)
{
    for (int j = 0; j < q->y.count; j++) {
        for (int i = 0; i < q->x.count; i++) {
            double *loss = &out->losses[j * q->x.count + i];
            if (!loss_at(surface, place(&q->x, i), place(&q->y, j), loss, err)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- many at once -------------------------------------------------------------------------------- */

/* The leaf of an axis with a row for each of the cells from `first` on. */
static struct tensor *many_of(const struct surface *surface, int which, int first, int count,
                              struct error *err)
{
    const struct surface_question *q = surface->question;
    const struct surface_axis *axis = which == 0 ? &q->x : &q->y;
    const struct tensor *leaf = replay_leaf(surface->replay, axis->leaf);
    const struct tape_value *value = surface->walk->leaves[axis->leaf].value;
    const int64_t size = surface->count[which];
    struct tensor_spec spec = { .dtype = leaf->dtype,
                                .shape = { value->shape.dims + 1, { count } } };
    if (value->shape.dims == BACKEND_MAX_DIMS) {
        error_set(err, "a tensor has too many dimensions");
        return NULL;
    }
    memcpy(&spec.shape.size[1], value->shape.size,
           (size_t)value->shape.dims * sizeof(spec.shape.size[0]));
    double *elements = memory_allocate((size_t)(count * size) + 1, sizeof(*elements));
    for (int i = 0; i < count; i++) {
        double *row = elements + i * size;
        memcpy(row, surface->base[which], (size_t)size * sizeof(*row));
        if (q->x.leaf == axis->leaf) {
            row[q->x.element] = place(&q->x, (first + i) % q->x.count);
        }
        if (q->y.leaf == axis->leaf) {
            row[q->y.element] = place(&q->y, (first + i) / q->x.count);
        }
    }
    struct tensor *many = tensor_create(surface->engine, &spec, err);
    if (many && !surface_write(many, elements, err)) {
        tensor_unref(many);
        many = NULL;
    }
    free(elements);
    return many;
}

static bool run_together(struct surface *surface, int first, int count, double *losses,
                         struct error *err)
{
    const struct surface_question *q = surface->question;
    struct tensor *before[2] = { tensor_ref(replay_leaf(surface->replay, q->x.leaf)),
                                 tensor_ref(replay_leaf(surface->replay, q->y.leaf)) };
    struct tensor *many[2] = { many_of(surface, 0, first, count, err),
                               many_of(surface, 1, first, count, err) };
    bool fine = many[0] && many[1];
    if (fine) {
        replay_set_many(surface->replay, q->x.leaf, many[0]);
        replay_set_many(surface->replay, q->y.leaf, many[1]);
        fine = replay_losses(surface->replay, losses, err);
    }
    replay_set(surface->replay, q->x.leaf, before[0]);
    replay_set(surface->replay, q->y.leaf, before[1]);
    for (int i = 0; i < 2; i++) {
        tensor_unref(before[i]);
        tensor_unref(many[i]);
    }
    return fine;
}

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= 1e-4 * fmax(fabs(a), fabs(b)) + 1e-6;
}

/* The first and the last of the cells by themselves: whether the rules did what the steps do. */
static bool is_right(struct surface *surface, const double *losses, struct error *err)
{
    const struct surface_question *q = surface->question;
    const int last = q->x.count * q->y.count - 1;
    double first_loss, last_loss;
    return loss_at(surface, q->x.from, q->y.from, &first_loss, err) &&
           loss_at(surface, q->x.to, q->y.to, &last_loss, err) && same(first_loss, losses[0]) &&
           same(last_loss, losses[last]);
}

static bool together(struct surface *surface, struct surface_answer *out, struct error *err)
{
    const struct surface_question *q = surface->question;
    const int cells = q->x.count * q->y.count;
    int64_t each = TOGETHER_ELEMENTS / (surface->largest > 0 ? surface->largest : 1);
    each = each < 16 ? 16 : each > TOGETHER_MOST ? TOGETHER_MOST : each;
    for (int first = 0; first < cells; first += (int)each) {
        const int count = cells - first < each ? cells - first : (int)each;
        if (!run_together(surface, first, count, out->losses + first, err)) {
            return false;
        }
    }
    return is_right(surface, out->losses, err);
}

/* ---- the whole ----------------------------------------------------------------------------------- */

/* What the walk's tensors are as large as; results are not kept, so they are made once. */
static bool measure(struct surface *surface, struct error *err)
{
    int64_t elements;
    double loss;
    if (!replay_loss(surface->replay, &loss, err) || !replay_is_true(surface->walk, loss, err) ||
        !replay_sizes(surface->replay, &elements, &surface->largest, err)) {
        return false;
    }
    surface->cost = step_cost * (double)surface->walk->step_count + element_cost * (double)elements;
    return true;
}

static void fill(struct surface *surface, struct surface_answer *out, bool *fine, struct error *err)
{
    struct surface_question q = *surface->question;
    struct error refused = { 0 };
    const size_t cells = (size_t)q.x.count * (size_t)q.y.count;
    out->losses = memory_allocate(cells, sizeof(*out->losses));
    out->columns = q.x.count;
    out->rows = q.y.count;
    out->at_once = together(surface, out, &refused);
    *fine = true;
    if (!out->at_once) {
        bound(&q, surface->cost);
        out->columns = q.x.count;
        out->rows = q.y.count;
        *fine = one_by_one(surface, &q, out, err);
    }
    for (size_t i = 0; i < (size_t)out->columns * (size_t)out->rows; i++) {
        out->losses[i] = isfinite(out->losses[i]) ? out->losses[i] : NAN;
    }
}

static void surface_finish(struct surface *surface)
{
    free(surface->base[0]);
    free(surface->base[1]);
    replay_destroy(surface->replay);
}

bool surface_compute(struct engine *engine, const struct tape_walk *walk,
                     const struct surface_question *question, struct surface_answer *out,
                     struct error *err)
{
    struct surface surface = { .engine = engine, .walk = walk, .question = question };
    *out = (struct surface_answer){ .exact = is_exact(walk, &question->x, &question->y) };
    if (!check_axis(walk, &question->x, err) || !check_axis(walk, &question->y, err)) {
        return false;
    }
    const enum dtype dtype = walk->leaves[question->x.leaf].value->dtype;
    if (!(surface.replay = replay_create(engine, walk, dtype, err))) {
        out->node = walk->node;
        return false;
    }
    bool fine = measure(&surface, err) &&
                surface_give(surface.replay, question->values, question->value_count, err) &&
                read_base(&surface, err);
    if (fine) {
        fill(&surface, out, &fine, err);
    }
    if (!fine) {
        free(out->losses);
        out->losses = NULL;
    }
    surface_finish(&surface);
    return fine;
}
