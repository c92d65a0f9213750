#include <assert.h>
#include <string.h>

#include "engine/cpu/map_kernels.h"
#include "engine/cpu/private.h"

static enum dtype input_dtype(const struct backend_map *map, int i)
{
    return map->function == MAP_WHERE && i == 0 ? DTYPE_BOOL : map->dtype;
}

/* The bytes of one element that a number stands for. */
union element {
    uint8_t u8;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
};

/* Converted as a cast in C does, whole numbers exactly; out of range saturates or wraps. */
static void element_set(union element *element, enum dtype dtype, struct number number)
{
    const bool real = number.kind == NUMBER_REAL;
    const int64_t whole = real ? parameter_int64(number.real) : number.integer;
    switch ((int)dtype) {
    case DTYPE_BOOL:
        element->u8 = real ? number.real != 0 : number.integer != 0;
        break;
    case DTYPE_UINT8:
        element->u8 = (uint8_t)whole;
        break;
    case DTYPE_INT32:
        element->i32 = (int32_t)whole;
        break;
    case DTYPE_INT64:
        element->i64 = whole;
        break;
    case DTYPE_FLOAT32:
        element->f32 = (float)(real ? number.real : (double)number.integer);
        break;
    case DTYPE_FLOAT64:
        element->f64 = real ? number.real : (double)number.integer;
        break;
    default:
        assert(!"no such dtype");
    }
}

/* Dimension d and the one before it. */
static void exchange(struct walk *walk, int d)
{
    const int64_t size = walk->shape[d];
    walk->shape[d] = walk->shape[d - 1];
    walk->shape[d - 1] = size;
    for (int v = 0; v < walk->views; v++) {
        const int64_t stride = walk->strides[v][d];
        walk->strides[v][d] = walk->strides[v][d - 1];
        walk->strides[v][d - 1] = stride;
    }
}

/* Outermost first: by out's strides, so that a transposed pair runs along its memory. */
static void sort_dims(struct walk *walk)
{
    for (int i = 1; i < walk->dims; i++) {
        for (int d = i; d > 0 && walk->strides[0][d - 1] < walk->strides[0][d]; d--) {
            exchange(walk, d);
        }
    }
}

/* Runs the kernel over every innermost row. */
static void run_rows(const struct walk *walk, map_kernel *kernel, struct map_row_call *call,
                     const size_t *sizes)
{
    const int inner = walk->dims - 1;
    char *const out = call->out;
    const char *in[3] = { call->in[0], call->in[1], call->in[2] };
    struct odometer odometer = { .dims = inner };
    call->n = walk->shape[inner];
    call->out_step = walk->strides[0][inner];
    for (int i = 0; i < 3; i++) {
        call->in_step[i] = i + 1 < walk->views ? walk->strides[i + 1][inner] : 0;
    }
    do {
        call->out = out + odometer.offset[0] * (int64_t)sizes[0];
        for (int i = 0; i + 1 < walk->views; i++) {
            call->in[i] = in[i] + odometer.offset[i + 1] * (int64_t)sizes[i + 1];
        }
        kernel(call);
    } while (odometer_next(&odometer, walk));
}

enum { TILE = 16, TILED_FROM = 64, NARROW = 32, NARROW_TILE = 128 };

/* Whether an input runs along the last but one dimension: row by row, each element of a row would come
 * from another line of the cache, which is gone when the next row wants the element beside it. */
static bool is_turned(const struct walk *walk)
{
    const int inner = walk->dims - 1;
    if (inner < 1 || walk->dims == BACKEND_MAX_DIMS || walk->shape[inner] < TILED_FROM ||
        walk->shape[inner - 1] < TILE) {
        return false;
    }
    for (int v = 1; v < walk->views; v++) {
        if (walk->strides[v][inner - 1] == 1 && walk->strides[v][inner] > TILE) {
            return true;
        }
    }
    return false;
}

/* Whether rows are short, their elements apart, and there are more of them than each has elements: every
 * other pixel of an image. A call for each row would cost more than what it does. */
static bool is_narrow(const struct walk *walk)
{
    const int inner = walk->dims - 1;
    if (inner < 1 || walk->dims == BACKEND_MAX_DIMS || walk->shape[inner] >= NARROW ||
        walk->shape[inner - 1] < NARROW_TILE) {
        return false;
    }
    for (int v = 0; v < walk->views; v++) {
        if (walk->strides[v][inner] > 1) {
            return true;
        }
    }
    return false;
}

/* Cuts the last dimension into tiles, counted outside of the one before it; it must be a multiple. */
static struct walk tiled(const struct walk *walk, int64_t tile)
{
    struct walk cut = *walk;
    const int inner = walk->dims - 1;
    cut.dims++;
    cut.shape[inner - 1] = walk->shape[inner] / tile;
    cut.shape[inner] = walk->shape[inner - 1];
    cut.shape[inner + 1] = tile;
    for (int v = 0; v < walk->views; v++) {
        cut.strides[v][inner - 1] = walk->strides[v][inner] * tile;
        cut.strides[v][inner] = walk->strides[v][inner - 1];
        cut.strides[v][inner + 1] = walk->strides[v][inner];
    }
    return cut;
}

static void run_tiles(struct walk *walk, int64_t tile, map_kernel *kernel,
                      struct map_row_call *call, const size_t *sizes)
{
    const int inner = walk->dims - 1;
    const int64_t whole = walk->shape[inner] / tile * tile, rest = walk->shape[inner] - whole;
    struct map_row_call last = *call;
    walk->shape[inner] = whole;
    const struct walk cut = tiled(walk, tile);
    run_rows(&cut, kernel, call, sizes);
    if (rest > 0) {
        walk->shape[inner] = rest;
        last.out = (char *)last.out + whole * walk->strides[0][inner] * (int64_t)sizes[0];
        for (int v = 1; v < walk->views; v++) {
            last.in[v - 1] =
                (const char *)last.in[v - 1] + whole * walk->strides[v][inner] * (int64_t)sizes[v];
        }
        run_rows(walk, kernel, &last, sizes);
        call->fault |= last.fault;
    }
}

/* Whether all views lie row by row without gaps: then they are one row of *n elements. */
static bool is_one_row(const struct backend_map *map, int inputs, int64_t *n)
{
    const struct backend_view *out = map->out;
    int64_t count = 1;
    for (int d = out->dims - 1; d >= 0; d--) {
        const int64_t size = out->shape[d];
        if (size == 1) {
            continue;
        }
        bool dense = out->strides[d] == count;
        for (int i = 0; i < inputs; i++) {
            dense = dense && (!map->in[i] || map->in[i]->strides[d] == count);
        }
        if (!dense) {
            return false;
        }
        count *= size;
    }
    *n = count;
    return true;
}

static void run_walk(struct map_row_call *call, map_kernel *kernel, const struct backend_map *map,
                     int inputs)
{
    const struct backend_view *views[WALK_MAX_VIEWS] = { map->out };
    size_t sizes[WALK_MAX_VIEWS] = { cpu_size(map->out->dtype) };
    for (int i = 0; i < inputs; i++) {
        views[i + 1] = map->in[i];
        sizes[i + 1] = cpu_size(input_dtype(map, i));
    }
    struct walk walk;
    walk_init(&walk, views, inputs + 1);
    if (walk.empty) {
        return;
    }
    sort_dims(&walk);
    walk_join(&walk);
    if (is_turned(&walk)) {
        run_tiles(&walk, TILE, kernel, call, sizes);
    } else if (is_narrow(&walk)) {
        exchange(&walk, walk.dims - 1);
        run_tiles(&walk, NARROW_TILE, kernel, call, sizes);
    } else {
        run_rows(&walk, kernel, call, sizes);
    }
}

/* Most tensors are dense, and need no walk: the steps of the call are already theirs. */
static void run(struct map_row_call *call, map_kernel *kernel, const struct backend_map *map,
                int inputs)
{
    if (!is_one_row(map, inputs, &call->n)) {
        run_walk(call, kernel, map, inputs);
        return;
    }
    if (call->n > 0) {
        kernel(call);
    }
}

static map_kernel *find_kernel(const struct cpu *cpu, const struct backend_map *map)
{
    if (map->function == MAP_FILL) {
        return cpu->kernels->copy(map->out->dtype, map->out->dtype);
    }
    if (map->function == MAP_COPY) {
        return cpu->kernels->copy(map->dtype, map->out->dtype);
    }
    return cpu->kernels->map(map->function, map->dtype);
}

enum backend_status cpu_map(struct backend *backend, const struct backend_map *map,
                            struct error *err)
{
    map_kernel *kernel = find_kernel(cpu_of(backend), map);
    if (!kernel) {
        return cpu_unsupported(map_row(map->function)->name, map->dtype, err);
    }
    /* A fill is a copy of one element. */
    const bool fill = map->function == MAP_FILL;
    const int inputs = fill ? 1 : map_row(map->function)->inputs;
    union element numbers[3];
    struct map_row_call call;
    call.out = map->out->data;
    call.in[1] = call.in[2] = NULL;
    call.out_step = 1;
    call.in_step[1] = call.in_step[2] = 0;
    call.p = map->p;
    call.q = map->q;
    call.fault = false;
    for (int i = 0; i < inputs; i++) {
        if (map->in[i]) {
            call.in[i] = map->in[i]->data;
            call.in_step[i] = 1;
        } else {
            element_set(&numbers[i], fill ? map->out->dtype : input_dtype(map, i), map->number[i]);
            call.in[i] = &numbers[i];
            call.in_step[i] = 0;
        }
    }
    run(&call, kernel, map, inputs);
    if (call.fault) {
        error_set(err, map->function == MAP_POW
                           ? "Integers to negative integer powers are not allowed."
                           : "ZeroDivisionError");
        return BACKEND_BAD_ARGUMENT;
    }
    return BACKEND_OK;
}
