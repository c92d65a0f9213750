#pragma once
/* What tests of the engine share: an engine on the CPU and one on another device, whose memory only it
 * can touch, and tensors from and to plain numbers. */

#include <string.h>

#include "engine/engine.h"
#include "engine/tensor/compute.h"
#include "tests/backend_opaque.h"
#include "tests/test.h"

/* Ends the test with the error's text. */
#define assert_ok(condition, err)        \
    do {                                 \
        if (!(condition)) {              \
            fail_msg("%s", (err)->text); \
        }                                \
    } while (0)

/* Set-ups for tests whose state is an engine; all of them run on both (TEST_ON_BOTH). */
static inline int engine_on_cpu(void **state)
{
    struct error err = { 0 };
    *state = engine_create(&err);
    return *state ? 0 : -1;
}

static inline int engine_on_device(void **state)
{
    struct error err = { 0 };
    struct backend *device = backend_of_tests(&err);
    if (!device) {
        print_error("%s\n", err.text);
        return -1;
    }
    *state = engine_create_on(device);
    return 0;
}

/* Whether a number of the engine's device is what the CPU has: to the bit, but for a plug-in's, which may
 * add in another order. */
static inline bool same_as_on_cpu(const struct engine *engine, double ours, double cpus)
{
    const bool other = strcmp(engine_cpu(engine)->impl->device, "cpu") != 0;
    const double size = cpus < 0 ? -cpus : cpus, error = ours < cpus ? cpus - ours : ours - cpus;
    return other ? error <= 1e-5 * (size + 0.01) : memcmp(&ours, &cpus, sizeof(ours)) == 0;
}

/* Nothing may be left when a test is done. */
static inline int engine_gone(void **state)
{
    struct engine *engine = *state;
    const bool clean =
        engine->live_tensors == 0 && engine->live_storages == 0 && engine->live_nodes == 0;
    if (clean) {
        engine_destroy(engine);
    }
    return clean ? 0 : -1;
}

#define TEST_ON_BOTH(test)                                              \
    { #test " on the cpu", test, engine_on_cpu, engine_gone, NULL },    \
    {                                                                   \
#test " on a device", test, engine_on_device, engine_gone, NULL \
    }

/* A contiguous tensor of that dtype with these elements. */
static inline struct tensor *tensor_of(struct engine *engine, enum dtype dtype, struct shape shape,
                                       const double *values)
{
    struct error err = { 0 };
    const struct tensor_spec wide_spec = { .dtype = DTYPE_FLOAT64, .shape = shape };
    const struct tensor_spec spec = { .dtype = dtype, .shape = shape };
    struct tensor *wide = tensor_from_host(engine, &wide_spec, values, &err);
    struct tensor *t = wide ? tensor_create(engine, &spec, &err) : NULL;
    assert_ok(t && compute_copy(t, wide, &err), &err);
    tensor_unref(wide);
    return t;
}

static inline struct tensor *empty_of(struct engine *engine, enum dtype dtype, struct shape shape)
{
    struct error err = { 0 };
    struct tensor *t =
        tensor_create(engine, &(struct tensor_spec){ .dtype = dtype, .shape = shape }, &err);
    assert_ok(t, &err);
    return t;
}

/* Compares as doubles, bit for bit but for the payload of a nan. */
static inline void assert_elements(const struct tensor *t, const double *expected)
{
    struct error err = { 0 };
    double *ours = test_malloc(((size_t)t->count + 1) * sizeof(*ours));
    assert_ok(tensor_read_real(t, ours, &err), &err);
    for (int64_t i = 0; i < t->count; i++) {
        const bool both_nan = ours[i] != ours[i] && expected[i] != expected[i];
        if (!both_nan && memcmp(&ours[i], &expected[i], sizeof(*ours)) != 0) {
            fail_msg("element %d is %.17g, not %.17g", (int)i, ours[i], expected[i]);
        }
    }
    test_free(ours);
}

#define ELEMENTS(...) ((const double[]){ __VA_ARGS__ })
#define SHAPE(...) \
    ((struct shape){ (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), { __VA_ARGS__ } })
#define SCALAR ((struct shape){ 0, { 0 } })

/* A view with dimensions a and b exchanged. */
static inline struct tensor *turned(struct tensor *t, int a, int b)
{
    struct shape shape = t->shape;
    int64_t strides[BACKEND_MAX_DIMS];
    memcpy(strides, t->strides, sizeof(strides));
    shape.size[a] = t->shape.size[b];
    shape.size[b] = t->shape.size[a];
    strides[a] = t->strides[b];
    strides[b] = t->strides[a];
    return tensor_view(t, &shape, strides, t->offset);
}
