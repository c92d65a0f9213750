#include "engine/tensor/fallback.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/work.h"

/* Everything a primitive can be called with, so that the way over the CPU is written once. */
struct request {
    enum backend_primitive primitive;
    const struct backend_map *map;
    const struct backend_reduce *reduce;
    const struct backend_gemm *gemm;
    const struct backend_index *index;
    const struct backend_scan *scan;
    const struct backend_lu *lu;
    const struct backend_rows *rows;
    const struct backend_chain *chain;
};

enum { MAX_VIEWS = CHAIN_MAX_VIEWS };

/* A view's elements on the CPU, widened where they are narrow: the whole stretch of memory that it
 * reaches. */
struct transfer {
    const struct backend_view *view;
    struct backend_view host;
    void *memory, *device, *wide;
    size_t bytes, count;
};

static enum backend_status request_run(struct backend *backend, const struct request *request,
                                       struct error *err)
{
    switch (request->primitive) {
    case PRIMITIVE_MAP:
        return backend->impl->map(backend, request->map, err);
    case PRIMITIVE_REDUCE:
        return backend->impl->reduce(backend, request->reduce, err);
    case PRIMITIVE_GEMM:
        return backend->impl->gemm(backend, request->gemm, err);
    case PRIMITIVE_GATHER:
        return backend->impl->gather(backend, request->index, err);
    case PRIMITIVE_SCATTER:
        return backend->impl->scatter(backend, request->index, err);
    case PRIMITIVE_SCAN:
        return backend->impl->scan(backend, request->scan, err);
    case PRIMITIVE_LU:
        return backend->impl->lu(backend, request->lu, err);
    case PRIMITIVE_ROWS:
        return backend->impl->rows(backend, request->rows, err);
    case PRIMITIVE_CHAIN:
        return backend->impl->chain(backend, request->chain, err);
    }
    assert(!"no such primitive");
    return BACKEND_INTERNAL;
}

static size_t wide_bytes(const struct transfer *transfer)
{
    return transfer->count * dtype_size(dtype_widened(transfer->view->dtype));
}

/* `first`: where the stretch begins, in elements from the view's. */
static bool transfer_widen(struct transfer *transfer, struct backend *cpu, int64_t first,
                           struct error *err)
{
    const enum dtype narrow = transfer->view->dtype, wide = dtype_widened(narrow);
    if (cpu->impl->alloc(cpu, wide_bytes(transfer), &transfer->wide, err) != BACKEND_OK) {
        return false;
    }
    narrow_widen(narrow, transfer->memory, transfer->wide, transfer->count);
    transfer->host.dtype = wide;
    transfer->host.data = (char *)transfer->wide - first * (int64_t)dtype_size(wide);
    return true;
}

static bool transfer_in(struct transfer *transfer, struct backend *device, struct backend *cpu,
                        struct error *err)
{
    const struct backend_view *view = transfer->view;
    int64_t first = 0, last = 0;
    if (device == cpu && !dtype_is_narrow(view->dtype)) {
        transfer->host = *view;
        return true;
    }
    for (int d = 0; d < view->dims; d++) {
        if (view->shape[d] == 0) {
            transfer->host = *view;
            transfer->host.dtype = dtype_widened(view->dtype);
            return true;
        }
        const int64_t reach = (view->shape[d] - 1) * view->strides[d];
        first += reach < 0 ? reach : 0;
        last += reach > 0 ? reach : 0;
    }
    const int64_t size = (int64_t)dtype_size(view->dtype);
    transfer->count = (size_t)(last - first + 1);
    transfer->bytes = transfer->count * (size_t)size;
    transfer->device = (char *)view->data + first * size;
    transfer->host = *view;
    if (cpu->impl->alloc(cpu, transfer->bytes, &transfer->memory, err) != BACKEND_OK) {
        return false;
    }
    transfer->host.data = (char *)transfer->memory - first * size;
    assert(cpu->impl->host_memory);
    return device->impl->read(device, transfer->memory, transfer->device, transfer->bytes, err) ==
               BACKEND_OK &&
           (!dtype_is_narrow(view->dtype) || transfer_widen(transfer, cpu, first, err));
}

static bool transfer_out(const struct transfer *transfer, struct backend *device, struct error *err)
{
    if (transfer->wide) {
        narrow_cut(transfer->view->dtype, transfer->wide, transfer->memory, transfer->count);
    }
    return transfer->bytes == 0 || device->impl->write(device, transfer->device, transfer->memory,
                                                       transfer->bytes, err) == BACKEND_OK;
}

/* Collects the views of the request (outputs first), and makes `over` the same request on the host
 * views of `transfers`. */
struct redirected {
    struct backend_map map;
    struct backend_reduce reduce;
    struct backend_gemm gemm;
    struct backend_index index;
    struct backend_scan scan;
    struct backend_lu lu;
    struct backend_rows rows;
    struct backend_chain chain;
    struct request request;
    const struct backend_view **slots[MAX_VIEWS]; /* the pointers inside that are to be replaced */
    int count, outputs;
};

static void redirect_slot(struct redirected *over, const struct backend_view **slot)
{
    if (*slot) {
        over->slots[over->count++] = slot;
    }
}

static void redirect(struct redirected *over, const struct request *request)
{
    over->request.primitive = request->primitive;
    over->count = 0;
    if (request->map) {
        over->map = *request->map;
        over->map.dtype = dtype_widened(over->map.dtype);
        over->request.map = &over->map;
        redirect_slot(over, &over->map.out);
        over->outputs = over->count;
        for (int i = 0; i < 3; i++) {
            redirect_slot(over, &over->map.in[i]);
        }
    } else if (request->reduce) {
        over->reduce = *request->reduce;
        over->request.reduce = &over->reduce;
        redirect_slot(over, &over->reduce.out);
        redirect_slot(over, &over->reduce.index);
        over->outputs = over->count;
        redirect_slot(over, &over->reduce.in);
    } else if (request->gemm) {
        over->gemm = *request->gemm;
        over->request.gemm = &over->gemm;
        redirect_slot(over, &over->gemm.out);
        over->outputs = over->count;
        redirect_slot(over, &over->gemm.a);
        redirect_slot(over, &over->gemm.b);
    } else if (request->scan) {
        over->scan = *request->scan;
        over->request.scan = &over->scan;
        redirect_slot(over, &over->scan.out);
        over->outputs = over->count;
        redirect_slot(over, &over->scan.in);
    } else if (request->lu) {
        over->lu = *request->lu;
        over->request.lu = &over->lu;
        redirect_slot(over, &over->lu.matrix);
        redirect_slot(over, &over->lu.pivots);
        redirect_slot(over, &over->lu.right);
        over->outputs = over->count;
    } else if (request->rows) {
        over->rows = *request->rows;
        over->request.rows = &over->rows;
        redirect_slot(over, &over->rows.out);
        over->outputs = over->count;
        redirect_slot(over, &over->rows.a);
        redirect_slot(over, &over->rows.b);
    } else if (request->chain) {
        over->chain = *request->chain;
        over->chain.dtype = dtype_widened(over->chain.dtype);
        over->request.chain = &over->chain;
        for (int i = 0; i < CHAIN_MAX_VIEWS; i++) {
            redirect_slot(over, &over->chain.views[i]);
        }
        over->outputs = over->count;
    } else {
        over->index = *request->index;
        over->request.index = &over->index;
        redirect_slot(over, &over->index.out);
        over->outputs = over->count;
        redirect_slot(over, &over->index.in);
        redirect_slot(over, &over->index.index);
    }
}

static bool run_on_cpu(struct engine *engine, struct backend *device, const struct request *request,
                       size_t *bytes, struct error *err)
{
    struct backend *cpu = engine_cpu(engine);
    struct redirected over = { .request = { 0 } };
    struct transfer transfers[MAX_VIEWS] = { 0 };
    redirect(&over, request);
    bool ok = true;
    for (int i = 0; i < over.count && ok; i++) {
        transfers[i].view = *over.slots[i];
        ok = transfer_in(&transfers[i], device, cpu, err);
        *over.slots[i] = &transfers[i].host;
        *bytes += transfers[i].bytes * (i < over.outputs ? 2 : 1);
    }
    ok = ok && request_run(cpu, &over.request, err) == BACKEND_OK;
    for (int i = 0; i < over.outputs && ok; i++) {
        ok = transfer_out(&transfers[i], device, err);
    }
    for (int i = 0; i < over.count; i++) {
        if (transfers[i].memory) {
            cpu->impl->release(cpu, transfers[i].memory, transfers[i].bytes);
        }
        if (transfers[i].wide) {
            cpu->impl->release(cpu, transfers[i].wide, wide_bytes(&transfers[i]));
        }
    }
    return ok;
}

static enum backend_status run_on_device(struct engine *engine, struct backend *backend,
                                         const struct request *request, struct error *err)
{
    const struct observed_work work = { .backend = backend, .kind = WORK_PRIMITIVE };
    work_begin(engine, &work);
    const enum backend_status status = request_run(backend, request, err);
    work_end(engine, &work);
    return status;
}

static bool fall_back(struct engine *engine, struct backend *backend, const struct request *request,
                      const struct backend_query *query, struct error *err)
{
    struct observed_fallback fallback = { backend, query->primitive, query->function, query->dtype,
                                          0 };
    const bool ok = run_on_cpu(engine, backend, request, &fallback.bytes, err);
    if (OBSERVED(engine, fell_back)) {
        engine->observer->calls->fell_back(engine->observer->context, &fallback);
    }
    return ok;
}

static bool request_do(struct engine *engine, struct backend *backend,
                       const struct request *request, const struct backend_query *query,
                       struct error *err)
{
    if (backend == engine_cpu(engine)) {
        size_t bytes = 0;
        return dtype_is_narrow(query->dtype) ? run_on_cpu(engine, backend, request, &bytes, err)
                                             : request_run(backend, request, err) == BACKEND_OK;
    }
    if (!dtype_is_narrow(query->dtype) && backend->impl->supports(backend, query)) {
        const enum backend_status status = run_on_device(engine, backend, request, err);
        if (status != BACKEND_UNSUPPORTED) {
            return status == BACKEND_OK;
        }
    }
    return fall_back(engine, backend, request, query, err);
}

/* Without a request: the CPU has every primitive of dtypes that it computes in. */
static bool cpu_does(const struct engine *engine, const struct backend *backend, enum dtype dtype)
{
    return backend == engine_cpu(engine) && !dtype_is_narrow(dtype);
}

bool backend_run_map(struct engine *engine, struct backend *backend, const struct backend_map *map,
                     struct error *err)
{
    const enum dtype dtype = dtype_is_narrow(map->out->dtype) ? map->out->dtype : map->dtype;
    if (cpu_does(engine, backend, dtype)) {
        return backend->impl->map(backend, map, err) == BACKEND_OK;
    }
    const struct backend_query query = { PRIMITIVE_MAP, (int)map->function, dtype, map->out };
    return request_do(engine, backend, &(struct request){ .primitive = PRIMITIVE_MAP, .map = map },
                      &query, err);
}

bool backend_run_reduce(struct engine *engine, struct backend *backend,
                        const struct backend_reduce *reduce, struct error *err)
{
    if (cpu_does(engine, backend, reduce->in->dtype)) {
        return backend->impl->reduce(backend, reduce, err) == BACKEND_OK;
    }
    const struct backend_query query = { PRIMITIVE_REDUCE, (int)reduce->function, reduce->in->dtype,
                                         reduce->in };
    return request_do(engine, backend,
                      &(struct request){ .primitive = PRIMITIVE_REDUCE, .reduce = reduce }, &query,
                      err);
}

bool backend_run_gemm(struct engine *engine, struct backend *backend,
                      const struct backend_gemm *gemm, struct error *err)
{
    if (cpu_does(engine, backend, gemm->out->dtype)) {
        return backend->impl->gemm(backend, gemm, err) == BACKEND_OK;
    }
    const struct backend_query query = { PRIMITIVE_GEMM, 0, gemm->out->dtype, gemm->out };
    return request_do(engine, backend,
                      &(struct request){ .primitive = PRIMITIVE_GEMM, .gemm = gemm }, &query, err);
}

bool backend_run_index(struct engine *engine, struct backend *backend,
                       enum backend_primitive primitive, const struct backend_index *index,
                       struct error *err)
{
    const struct backend_query query = { primitive, (int)index->function, index->out->dtype,
                                         index->in };
    return request_do(engine, backend, &(struct request){ .primitive = primitive, .index = index },
                      &query, err);
}

bool backend_run_scan(struct engine *engine, struct backend *backend,
                      const struct backend_scan *scan, struct error *err)
{
    const struct backend_query query = { PRIMITIVE_SCAN, (int)scan->function, scan->in->dtype,
                                         scan->in };
    return request_do(engine, backend,
                      &(struct request){ .primitive = PRIMITIVE_SCAN, .scan = scan }, &query, err);
}

bool backend_run_lu(struct engine *engine, struct backend *backend, const struct backend_lu *lu,
                    struct error *err)
{
    const struct backend_query query = { PRIMITIVE_LU, 0, lu->matrix->dtype, lu->matrix };
    return request_do(engine, backend, &(struct request){ .primitive = PRIMITIVE_LU, .lu = lu },
                      &query, err);
}

bool backend_run_rows(struct engine *engine, struct backend *backend,
                      const struct backend_rows *rows, struct error *err)
{
    const struct backend_query query = { PRIMITIVE_ROWS, (int)rows->function, rows->out->dtype,
                                         rows->a };
    return request_do(engine, backend,
                      &(struct request){ .primitive = PRIMITIVE_ROWS, .rows = rows }, &query, err);
}

bool backend_run_chain(struct engine *engine, struct backend *backend,
                       const struct backend_chain *chain, struct error *err)
{
    if (cpu_does(engine, backend, chain->dtype)) {
        return backend->impl->chain(backend, chain, err) == BACKEND_OK;
    }
    const struct backend_query query = { PRIMITIVE_CHAIN, 0, chain->dtype, chain->views[0] };
    return request_do(engine, backend,
                      &(struct request){ .primitive = PRIMITIVE_CHAIN, .chain = chain }, &query,
                      err);
}
