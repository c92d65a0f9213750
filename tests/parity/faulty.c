/* A plug-in that is the CPU with one mistake, which PARITY_FAULT names (faults.py): the test of the test. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cpu/cpu.h"
#include "engine/cpu/private.h"

enum backend_status backend_open(uint32_t abi, int index, struct backend **out, struct error *err);

static bool is_planted(const char *fault)
{
    const char *planted = getenv("PARITY_FAULT");
    return planted && strcmp(planted, fault) == 0;
}

/* The view's first element, where there is one and it is a float32; or NULL. */
static float *first_float(const struct backend_view *view)
{
    for (int d = 0; d < view->dims; d++) {
        if (view->shape[d] == 0) {
            return NULL;
        }
    }
    return view->dtype == DTYPE_FLOAT32 ? view->data : NULL;
}

static void spoil_map(const struct backend_map *map, float *first)
{
    if (is_planted("one-bit") && map->function == MAP_ADD) {
        *first = nextafterf(*first, 1e9f);
    } else if (is_planted("series") && map->function == MAP_SIN) {
        *first *= 1.00001f;
    } else if (is_planted("nan-as-number") && map->function == MAP_EXP && isnan(*first)) {
        *first = 0;
    } else if (is_planted("number-as-nan") && map->function == MAP_TANH) {
        *first = NAN;
    } else if (is_planted("minus-zero") && map->function == MAP_RELU && *first == 0) {
        *first = -*first;
    } else if (is_planted("beside-the-view") && map->function == MAP_NEG && map->out->dims > 0 &&
               map->out->strides[map->out->dims - 1] == 2) {
        first[1] = 7;
    }
}

static enum backend_status map(struct backend *backend, const struct backend_map *map,
                               struct error *err)
{
    const enum backend_status status = cpu_map(backend, map, err);
    float *first = first_float(map->out);
    if (first) {
        spoil_map(map, first);
    }
    if (status == BACKEND_BAD_ARGUMENT && is_planted("division-by-zero")) {
        return BACKEND_OK;
    }
    return status;
}

static enum backend_status reduce(struct backend *backend, const struct backend_reduce *reduce,
                                  struct error *err)
{
    const enum backend_status status = cpu_reduce(backend, reduce, err);
    float *first = reduce->out ? first_float(reduce->out) : NULL;
    if (first && is_planted("sum") && reduce->function == REDUCE_SUM) {
        *first += 1e-3f;
    }
    if (reduce->index && is_planted("position") && first) {
        *(int64_t *)reduce->index->data += 1;
    }
    return status;
}

static enum backend_status gemm(struct backend *backend, const struct backend_gemm *gemm,
                                struct error *err)
{
    struct backend_gemm call = *gemm;
    call.beta = is_planted("reads-what-was-there") && gemm->beta == 0 ? 1e-9 : gemm->beta;
    const enum backend_status status = cpu_gemm(backend, &call, err);
    float *first = first_float(gemm->out);
    if (first && is_planted("product")) {
        *first += 0.01f;
    }
    return status;
}

static enum backend_status gather(struct backend *backend, const struct backend_index *index,
                                  struct error *err)
{
    const enum backend_status status = cpu_gather(backend, index, err);
    if (status != BACKEND_OK && is_planted("index-text")) {
        error_set_kind(err, ERROR_INDEX, "a bad index");
    }
    return status;
}

static enum backend_status scan(struct backend *backend, const struct backend_scan *scan,
                                struct error *err)
{
    const enum backend_status status = cpu_scan(backend, scan, err);
    if (is_planted("order-of-equals") && scan->function == SCAN_SORT && scan->out->dims == 1 &&
        scan->out->shape[0] > 1) {
        int64_t *places = scan->out->data;
        const int64_t first = places[0], step = scan->out->strides[0];
        places[0] = places[step];
        places[step] = first;
    }
    return status;
}

static enum backend_status rows(struct backend *backend, const struct backend_rows *rows,
                                struct error *err)
{
    const enum backend_status status = cpu_rows(backend, rows, err);
    float *first = first_float(rows->out);
    if (first && is_planted("row")) {
        *first = *first + 1e-6f;
    }
    return status;
}

static enum backend_status chain(struct backend *backend, const struct backend_chain *chain,
                                 struct error *err)
{
    const enum backend_status status = cpu_chain(backend, chain, err);
    float *first = first_float(chain->views[0]);
    if (first && is_planted("chain")) {
        *first = *first + 1e-3f;
    }
    return status;
}

enum backend_status backend_open(uint32_t abi, int index, struct backend **out, struct error *err)
{
    static struct backend_impl impl; /* the CPU's, but for what is above */
    (void)abi, (void)index;
    *out = cpu_create(err);
    if (!*out) {
        return BACKEND_UNSUPPORTED;
    }
    impl = *(*out)->impl;
    impl.map = map;
    impl.reduce = reduce;
    impl.gemm = gemm;
    impl.gather = gather;
    impl.scan = scan;
    impl.rows = rows;
    impl.chain = chain;
    (*out)->impl = &impl;
    return BACKEND_OK;
}
