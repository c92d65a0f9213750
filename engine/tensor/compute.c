#include "engine/tensor/compute.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/tensor/fallback.h"
#include "engine/tensor/print.h"
#include "engine/tensor/storage.h"

/* ---- views --------------------------------------------------------------------------------------- */

/* Whole arrays are copied: of a fixed size, that is a few instructions. */
static void view_of(const struct tensor *tensor, struct backend_view *view)
{
    view->data = storage_address(tensor->storage, tensor->offset, tensor->dtype);
    view->dtype = tensor->dtype;
    view->dims = tensor->shape.dims;
    memcpy(view->shape, tensor->shape.size, sizeof(view->shape));
    memcpy(view->strides, tensor->strides, sizeof(view->strides));
}

static bool view_broadcast(const struct tensor *tensor, const struct shape *shape,
                           struct backend_view *view, struct error *err)
{
    view->data = storage_address(tensor->storage, tensor->offset, tensor->dtype);
    view->dtype = tensor->dtype;
    view->dims = shape->dims;
    memcpy(view->shape, shape->size, sizeof(view->shape));
    if (shape_equal(&tensor->shape, shape)) {
        memcpy(view->strides, tensor->strides, sizeof(view->strides));
        return true;
    }
    return shape_expand(&tensor->shape, tensor->strides, shape, view->strides, err);
}

/* Same storage, but not element for element the same place. */
static bool overlaps(const struct tensor *in, const struct tensor *out)
{
    if (in->storage != out->storage) {
        return false;
    }
    const bool same =
        in->offset == out->offset && in->dtype == out->dtype &&
        shape_equal(&in->shape, &out->shape) &&
        memcmp(in->strides, out->strides, (size_t)in->shape.dims * sizeof(*in->strides)) == 0;
    return !same;
}

/* ---- devices ------------------------------------------------------------------------------------- */

static bool joins_any_device(const struct tensor *tensor)
{
    return tensor->shape.dims == 0 && tensor_backend(tensor) == engine_cpu(tensor->engine);
}

static bool different_devices(const struct backend *a, const struct backend *b, struct error *err)
{
    struct text first = { 0 }, second = { 0 };
    backend_append_name(&first, a);
    backend_append_name(&second, b);
    error_set(err,
              "Expected all tensors to be on the same device, but found at least two devices, %s "
              "and %s!",
              text_string(&first), text_string(&second));
    text_finish(&first);
    text_finish(&second);
    return false;
}

bool compute_device(struct engine *engine, const struct operand *operands, int count,
                    struct backend **out, struct error *err)
{
    struct backend *found = NULL;
    for (int i = 0; i < count; i++) {
        const struct tensor *tensor =
            operands[i].kind == OPERAND_TENSOR ? operands[i].tensor : NULL;
        if (!tensor || joins_any_device(tensor)) {
            continue;
        }
        if (found && found != tensor_backend(tensor)) {
            return different_devices(found, tensor_backend(tensor), err);
        }
        found = tensor_backend(tensor);
    }
    *out = found ? found : engine_cpu(engine);
    return true;
}

/* ---- maps ---------------------------------------------------------------------------------------- */

/* A copy on the tensor's device, of that dtype. */
static struct tensor *converted(struct tensor *tensor, enum dtype dtype, struct error *err)
{
    const struct tensor_spec spec = { dtype, tensor->shape, tensor_backend(tensor) };
    struct tensor *copy = tensor_create(tensor->engine, &spec, err);
    if (copy && !compute_copy(copy, tensor, err)) {
        tensor_unref(copy);
        return NULL;
    }
    return copy;
}

/* A call to the backend being made ready. */
struct preparation {
    struct tensor *out;
    struct backend_map call;
    struct backend_view out_view, in_view[3];
    struct tensor *copy[3]; /* owned: inputs that had to be converted, or NULL */
};

static enum dtype input_dtype(const struct preparation *p, int i)
{
    return p->call.function == MAP_WHERE && i == 0 ? DTYPE_BOOL : p->call.dtype;
}

/* Makes input i a number, or a view of the tensor or of a converted copy of it. */
static bool prepare_input(struct preparation *p, int i, const struct operand *operand,
                          struct error *err)
{
    if (operand->kind == OPERAND_NUMBER) {
        p->call.number[i] = operand->number;
        return true;
    }
    assert(operand->kind == OPERAND_TENSOR);
    struct tensor *tensor = operand->tensor;
    if (tensor_backend(tensor) != tensor_backend(p->out)) {
        if (!joins_any_device(tensor)) {
            return different_devices(tensor_backend(p->out), tensor_backend(tensor), err);
        }
        return tensor_item(tensor, &p->call.number[i], err);
    }
    if (tensor->dtype != input_dtype(p, i) || overlaps(tensor, p->out)) {
        p->copy[i] = tensor = converted(tensor, input_dtype(p, i), err);
        if (!tensor) {
            return false;
        }
    }
    p->call.in[i] = &p->in_view[i];
    return view_broadcast(tensor, &p->out->shape, &p->in_view[i], err);
}

bool compute_map(struct tensor *out, const struct compute_map *map, struct error *err)
{
    return compute_map_of(out, map, map->in, err);
}

/* Field by field: the numbers are the larger part of the call, and mostly nobody reads them. */
bool compute_map_of(struct tensor *out, const struct compute_map *map, const struct operand *in,
                    struct error *err)
{
    const struct map_row *row = map_row(map->function);
    assert(map->function != MAP_FILL); /* compute_fill */
    assert(out->dtype == (row->to_bool ? DTYPE_BOOL : map->dtype));
    struct preparation p;
    p.out = out;
    p.call.function = map->function;
    p.call.dtype = map->dtype;
    p.call.out = &p.out_view;
    p.call.in[0] = p.call.in[1] = p.call.in[2] = NULL;
    p.call.p = map->p;
    p.call.q = map->q;
    view_of(out, &p.out_view);
    bool ok = true;
    for (int i = 0; i < row->inputs; i++) {
        p.copy[i] = NULL;
        ok = ok && prepare_input(&p, i, &in[i], err);
    }
    ok = ok && backend_run_map(out->engine, tensor_backend(out), &p.call, err);
    for (int i = 0; i < row->inputs; i++) {
        tensor_unref(p.copy[i]);
    }
    return ok;
}

static void view_as_row(const struct tensor *tensor, struct backend_view *view)
{
    view->data = storage_address(tensor->storage, tensor->offset, tensor->dtype);
    view->dtype = tensor->dtype;
    view->dims = 1;
    view->shape[0] = tensor->count;
    view->strides[0] = 1;
}

bool compute_map_alike(struct tensor *out, const struct compute_map *map, const struct operand *in,
                       struct error *err)
{
    const int inputs = map_row(map->function)->inputs;
    struct backend_view out_view, in_view[3];
    struct backend_map call; /* field by field, as above */
    call.function = map->function;
    call.dtype = map->dtype;
    call.out = &out_view;
    call.in[0] = call.in[1] = call.in[2] = NULL;
    call.p = map->p;
    call.q = map->q;
    view_as_row(out, &out_view);
    for (int i = 0; i < inputs; i++) {
        if (in[i].kind == OPERAND_NUMBER) {
            call.number[i] = in[i].number;
        } else {
            call.in[i] = &in_view[i];
            view_as_row(in[i].tensor, &in_view[i]);
        }
    }
    return backend_run_map(out->engine, tensor_backend(out), &call, err);
}

bool compute_fill(struct tensor *out, struct number value, struct error *err)
{
    struct backend_view out_view;
    struct backend_map call; /* field by field, as above */
    call.function = MAP_FILL;
    call.dtype = out->dtype;
    call.out = &out_view;
    call.in[0] = call.in[1] = call.in[2] = NULL;
    call.number[0] = value;
    call.p = call.q = 0;
    view_of(out, &out_view);
    return backend_run_map(out->engine, tensor_backend(out), &call, err);
}

/* Elements as `in` has them, put where `out` wants them: at once, or over a dense tensor there. */
static bool write_there(struct tensor *out, const struct tensor *in, const void *elements,
                        struct error *err)
{
    if (in->dtype == out->dtype && shape_equal(&in->shape, &out->shape)) {
        return tensor_write_from(out, elements, in, out, err);
    }
    const struct tensor_spec spec = { in->dtype, in->shape, tensor_backend(out) };
    struct tensor *dense = tensor_create(in->engine, &spec, err);
    const bool ok =
        dense && tensor_write_from(dense, elements, in, out, err) && compute_copy(out, dense, err);
    tensor_unref(dense);
    return ok;
}

/* Through the host. */
static bool copy_between(struct tensor *out, const struct tensor *in, struct error *err)
{
    const size_t bytes = (size_t)in->count * dtype_size(in->dtype);
    if (bytes == 0) {
        return true;
    }
    void *elements = malloc(bytes);
    if (!elements) {
        return error_set_kind(err, ERROR_MEMORY, "no memory for a copy of %zu bytes", bytes);
    }
    const bool ok = tensor_read_for(in, elements, out, err) && write_there(out, in, elements, err);
    free(elements);
    return ok;
}

bool compute_copy(struct tensor *out, const struct tensor *in, struct error *err)
{
    if (tensor_backend(in) != tensor_backend(out)) {
        return copy_between(out, in, err);
    }
    struct backend_view out_view, in_view;
    view_of(out, &out_view);
    if (!view_broadcast(in, &out->shape, &in_view, err)) {
        return false;
    }
    struct tensor *copy = NULL;
    if (overlaps(in, out)) {
        const struct tensor_spec spec = tensor_spec_of(in);
        copy = tensor_create(in->engine, &spec, err);
        if (!copy || !compute_copy(copy, in, err)) {
            tensor_unref(copy);
            return false;
        }
        view_broadcast(copy, &out->shape, &in_view, err);
    }
    const struct backend_map call = {
        .function = MAP_COPY, .dtype = in->dtype, .out = &out_view, .in[0] = &in_view
    };
    const bool ok = backend_run_map(out->engine, tensor_backend(out), &call, err);
    tensor_unref(copy);
    return ok;
}

bool compute_map2(struct tensor *out, enum map_function function, struct operand a,
                  struct operand b, struct error *err)
{
    const struct compute_map map = {
        .function = function, .dtype = out->dtype, .in = { a, b }, .p = 1
    };
    return compute_map(out, &map, err);
}

/* ---- the others ---------------------------------------------------------------------------------- */

bool compute_reduce(struct tensor *out, const struct compute_reduce *reduce, struct error *err)
{
    struct backend_view out_view, in_view, index_view;
    struct backend_reduce call = { .function = reduce->function,
                                   .in = &in_view,
                                   .parameter = reduce->parameter };
    view_of(reduce->in, &in_view);
    if (out) {
        assert(tensor_backend(out) == tensor_backend(reduce->in));
        assert(out->storage != reduce->in->storage);
        view_of(out, &out_view);
        call.out = &out_view;
    }
    if (reduce->index) {
        view_of(reduce->index, &index_view);
        call.index = &index_view;
    }
    return backend_run_reduce(reduce->in->engine, tensor_backend(reduce->in), &call, err);
}

/* A matrix as a batch of one. */
static void view_as_batch(const struct tensor *tensor, struct backend_view *view)
{
    view_of(tensor, view);
    if (view->dims == 3) {
        return;
    }
    assert(view->dims == 2);
    memmove(view->shape + 1, view->shape, 2 * sizeof(*view->shape));
    memmove(view->strides + 1, view->strides, 2 * sizeof(*view->strides));
    view->dims = 3;
    view->shape[0] = 1;
    view->strides[0] = 0;
}

bool compute_gemm(struct tensor *out, const struct compute_gemm *gemm, struct error *err)
{
    struct backend *backend = tensor_backend(out);
    if (tensor_backend(gemm->a) != backend || tensor_backend(gemm->b) != backend) {
        return different_devices(
            backend, tensor_backend(tensor_backend(gemm->a) != backend ? gemm->a : gemm->b), err);
    }
    assert(out->storage != gemm->a->storage && out->storage != gemm->b->storage);
    struct backend_view out_view, a_view, b_view;
    view_as_batch(out, &out_view);
    view_as_batch(gemm->a, &a_view);
    view_as_batch(gemm->b, &b_view);
    const struct backend_gemm call = {
        .out = &out_view, .a = &a_view, .b = &b_view, .alpha = gemm->alpha, .beta = gemm->beta
    };
    return backend_run_gemm(out->engine, backend, &call, err);
}

static bool compute_index(enum backend_primitive primitive, enum scatter_function function,
                          struct tensor *out, const struct compute_index *index, struct error *err)
{
    struct backend *backend = tensor_backend(out);
    if (tensor_backend(index->in) != backend || tensor_backend(index->index) != backend) {
        return different_devices(
            backend,
            tensor_backend(tensor_backend(index->in) != backend ? index->in : index->index), err);
    }
    assert(out->storage != index->in->storage);
    struct backend_view out_view, in_view, index_view;
    view_of(out, &out_view);
    view_of(index->in, &in_view);
    const struct shape *shape = primitive == PRIMITIVE_GATHER ? &out->shape : &index->in->shape;
    if (!view_broadcast(index->index, shape, &index_view, err)) {
        return false;
    }
    const struct backend_index call = { .out = &out_view,
                                        .in = &in_view,
                                        .index = &index_view,
                                        .dim = index->dim,
                                        .function = function };
    return backend_run_index(out->engine, backend, primitive, &call, err);
}

bool compute_gather(struct tensor *out, const struct compute_index *index, struct error *err)
{
    return compute_index(PRIMITIVE_GATHER, SCATTER_ADD, out, index, err);
}

bool compute_scatter_add(struct tensor *out, const struct compute_index *index, struct error *err)
{
    return compute_scatter(out, SCATTER_ADD, index, err);
}

bool compute_scatter(struct tensor *out, enum scatter_function function,
                     const struct compute_index *index, struct error *err)
{
    return compute_index(PRIMITIVE_SCATTER, function, out, index, err);
}

bool compute_scan(struct tensor *out, const struct compute_scan *scan, struct error *err)
{
    assert(out->storage != scan->in->storage && shape_equal(&out->shape, &scan->in->shape));
    struct backend_view out_view, in_view;
    view_of(out, &out_view);
    view_of(scan->in, &in_view);
    const struct backend_scan call = { .function = scan->function,
                                       .out = &out_view,
                                       .in = &in_view,
                                       .dim = scan->dim,
                                       .reverse = scan->reverse };
    return backend_run_scan(out->engine, tensor_backend(out), &call, err);
}

bool compute_lu(const struct compute_lu *lu, struct error *err)
{
    struct backend_view matrix, pivots, right;
    view_of(lu->matrix, &matrix);
    view_of(lu->pivots, &pivots);
    if (lu->right) {
        view_of(lu->right, &right);
    }
    const struct backend_lu call = { .matrix = &matrix,
                                     .pivots = &pivots,
                                     .right = lu->right ? &right : NULL,
                                     .turned = lu->turned };
    return backend_run_lu(lu->matrix->engine, tensor_backend(lu->matrix), &call, err);
}

static void check_row_operand(const struct tensor *in, const struct tensor *out)
{
    assert(shape_equal(&in->shape, &out->shape) && in->dtype == out->dtype);
    assert(in->storage != out->storage);
    (void)in, (void)out;
}

bool compute_rows(struct tensor *out, const struct compute_rows *rows, struct error *err)
{
    const struct operand operands[] = { operand_tensor(out), operand_tensor(rows->a),
                                        operand_tensor(rows->b ? rows->b : out) };
    struct backend *backend;
    if (!compute_device(out->engine, operands, 3, &backend, err)) {
        return false;
    }
    struct backend_view out_view, a_view, b_view;
    view_of(out, &out_view);
    view_of(rows->a, &a_view);
    check_row_operand(rows->a, out);
    if (rows->b) {
        view_of(rows->b, &b_view);
        check_row_operand(rows->b, out);
    }
    const struct backend_rows call = { .function = rows->function,
                                       .out = &out_view,
                                       .a = &a_view,
                                       .b = rows->b ? &b_view : NULL,
                                       .dim = rows->dim };
    return backend_run_rows(out->engine, backend, &call, err);
}

bool compute_chain(const struct compute_chain *chain, struct error *err)
{
    const struct tensor *first = chain->views[0];
    struct backend_view views[CHAIN_MAX_VIEWS];
    struct backend_chain call = { .dtype = first->dtype,
                                  .links = chain->links,
                                  .count = chain->count };
    for (int i = 0; i < CHAIN_MAX_VIEWS; i++) {
        const struct tensor *tensor = chain->views[i];
        if (tensor) {
            assert(tensor->dtype == first->dtype && shape_equal(&tensor->shape, &first->shape));
            assert(tensor_backend(tensor) == tensor_backend(first));
            assert(i == 0 || tensor->storage != first->storage);
            view_of(tensor, &views[i]);
            call.views[i] = &views[i];
        }
    }
    return backend_run_chain(first->engine, tensor_backend(first), &call, err);
}
