#include "gpu/map_kernels.h"

static const int input_counts[MAP_COUNT] = {
#define X(id, name, inputs, to_bool, formula) inputs,
    MAP_LIST(X)
#undef X
};

static map_launch *find(enum map_function function, enum dtype dtype)
{
    map_launch *const truth = map_find_truth(function, dtype);
    if (truth) {
        return truth;
    }
    switch (dtype) {
    case DTYPE_FLOAT32:
        return map_find_float(function);
    case DTYPE_FLOAT64:
        return map_find_double(function);
    default:
        return map_find_whole(function, dtype);
    }
}

bool cuda_has_map(enum map_function function, enum dtype dtype)
{
    return function == MAP_FILL || function == MAP_COPY || find(function, dtype);
}

/* Converted as a cast in C does, whole numbers exactly; out of range saturates or wraps. */
static union map_element number_element(enum dtype dtype, const struct number *number)
{
    const bool real = number->kind == NUMBER_REAL;
    const int64_t whole = real ? parameter_int64(number->real) : number->integer;
    const double value = real ? number->real : (double)number->integer;
    union map_element element = {};
    switch (dtype) {
    case DTYPE_BOOL:
        element.u8 = real ? number->real != 0 : number->integer != 0;
        break;
    case DTYPE_UINT8:
        element.u8 = (uint8_t)whole;
        break;
    case DTYPE_INT32:
        element.i32 = (int32_t)whole;
        break;
    case DTYPE_INT64:
        element.i64 = whole;
        break;
    case DTYPE_FLOAT32:
        element.f32 = (float)value;
        break;
    default:
        element.f64 = value;
        break;
    }
    return element;
}

static union map_element parameter_element(enum dtype dtype, double value)
{
    union map_element element = {};
    switch (dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        element.u8 = parameter_uint8(value);
        break;
    case DTYPE_INT32:
        element.i32 = parameter_int32(value);
        break;
    case DTYPE_INT64:
        element.i64 = parameter_int64(value);
        break;
    case DTYPE_FLOAT32:
        element.f32 = (float)value;
        break;
    default:
        element.f64 = value;
        break;
    }
    return element;
}

enum { MAP_VIEWS = 4 };

/* The call without the fault's address. A fill is a copy of one element. */
static void prepare(struct map_call *call, const struct backend_map *map, int inputs)
{
    const bool fill = map->function == MAP_FILL;
    const struct backend_view *views[MAP_VIEWS] = { map->out };
    call->out = map->out->data;
    for (int i = 0; i < inputs; i++) {
        const enum dtype dtype = fill                                   ? map->out->dtype
                                 : map->function == MAP_WHERE && i == 0 ? DTYPE_BOOL
                                                                        : map->dtype;
        views[i + 1] = map->in[i];
        if (map->in[i]) {
            call->in[i] = map->in[i]->data;
        } else {
            call->number[i] = number_element(dtype, &map->number[i]);
        }
    }
    call->p = parameter_element(map->dtype, map->p);
    call->q = parameter_element(map->dtype, map->q);
    walk_init(&call->walk, views, MAP_VIEWS);
    walk_by_memory(&call->walk);
    call->dense = walk_is_dense(&call->walk, 1);
    for (int i = 0; i < inputs; i++) {
        const struct walk *const walk = &call->walk;
        call->dense &= !call->in[i] || walk->dims == 0 || walk->strides[i + 1][0] == 1;
    }
}

/* ---- what no whole number answers: the host has to know at once ---------------------------------------- */

static bool may_fault(const struct backend_map *map)
{
    const enum map_function function = map->function;
    return !dtype_is_real(map->dtype) &&
           (function == MAP_FLOOR_DIVIDE || function == MAP_REMAINDER || function == MAP_FMOD ||
            function == MAP_POW);
}

static enum backend_status fault_status(enum map_function function, struct error *err)
{
    error_set(err, function == MAP_POW ? "Integers to negative integer powers are not allowed."
                                       : "ZeroDivisionError");
    return BACKEND_BAD_ARGUMENT;
}

/* Launches with a counter of its own and waits for it. */
static enum backend_status run_watched(struct cuda *cuda, map_launch *launch, struct map_call *call,
                                       enum map_function function, struct error *err)
{
    unsigned faults = 0;
    void *counter;
    enum backend_status status = cuda_alloc(&cuda->base, sizeof(faults), &counter, err);
    if (status != BACKEND_OK) {
        return status;
    }
    call->fault = (unsigned *)counter;
    status =
        cuda_answer(cuda, cudaMemsetAsync(counter, 0, sizeof(faults), cuda->stream), "map", err);
    if (status == BACKEND_OK) {
        launch(cuda, call);
        status = cuda_launched(cuda, "map", err);
    }
    if (status == BACKEND_OK) {
        status = cuda_read(&cuda->base, &faults, counter, sizeof(faults), err);
    }
    cuda_release(&cuda->base, counter, sizeof(faults));
    return status == BACKEND_OK && faults > 0 ? fault_status(function, err) : status;
}

enum backend_status cuda_map(struct backend *backend, const struct backend_map *map,
                             struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const bool fill = map->function == MAP_FILL;
    map_launch *const launch = fill ? map_find_copy(map->out->dtype, map->out->dtype)
                               : map->function == MAP_COPY
                                   ? map_find_copy(map->dtype, map->out->dtype)
                                   : find(map->function, map->dtype);
    if (!launch) {
        return cuda_unsupported("map", map->dtype, err);
    }
    const enum backend_status status = cuda_enter(cuda, err);
    struct map_call call = {};
    prepare(&call, map, fill ? 1 : input_counts[map->function]);
    if (status != BACKEND_OK || call.walk.count == 0) {
        return status;
    }
    if (may_fault(map)) {
        return run_watched(cuda, launch, &call, map->function, err);
    }
    launch(cuda, &call);
    return cuda_launched(cuda, "map", err);
}
