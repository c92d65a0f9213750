#pragma once
/* Small words for tests of the engine: an engine that must be empty at the end, tensors from numbers,
 * calls that may not fail. Included by test files after tests/test.h. */

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/autograd/autograd.h"
#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/ops/ops.h"
#include "engine/tensor/compute.h"

/* A failure of ours says what the engine said. */
#define must(condition)                                                                           \
    do {                                                                                          \
        if (!(condition)) {                                                                       \
            fprintf(stderr, "%s:%d: %s\n  %s\n", __FILE__, __LINE__, #condition, world_err.text); \
            assert_true(condition);                                                               \
        }                                                                                         \
    } while (0)

static struct error world_err;

static inline struct tensor *must_have(struct tensor *tensor)
{
    if (!tensor) {
        fprintf(stderr, "%s\n", world_err.text);
    }
    assert_non_null(tensor);
    return tensor;
}

static inline struct engine *world_begin(void)
{
    struct engine *engine = engine_create(&world_err);
    assert_non_null(engine);
    return engine;
}

static inline void world_end(struct engine *engine)
{
    assert_int_equal(engine->live_tensors, 0);
    assert_int_equal(engine->live_storages, 0);
    assert_int_equal(engine->live_nodes, 0);
    engine_destroy(engine);
}

/* float32 with these elements. */
static inline struct tensor *floats(struct engine *engine, struct shape shape, const float *values)
{
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = shape };
    return must_have(tensor_from_host(engine, &spec, values, &world_err));
}

/* A leaf that requires a gradient: 0-d, or of shape [n] with all elements `value`. */
static inline struct tensor *leaf(struct engine *engine, double value)
{
    struct tensor *tensor =
        must_have(tensor_from_number(engine, number_real(value), DTYPE_FLOAT32, &world_err));
    tensor->requires_grad = true;
    return tensor;
}

static inline struct tensor *leaf_of(struct engine *engine, struct shape shape, double value)
{
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = shape };
    struct tensor *tensor = must_have(tensor_full(engine, &spec, number_real(value), &world_err));
    tensor->requires_grad = true;
    return tensor;
}

static inline struct tensor *binary(struct engine *engine, enum op_id op, struct tensor *a,
                                    struct tensor *b)
{
    return must_have(op_binary(engine, op, operand_tensor(a), operand_tensor(b), &world_err));
}

static inline struct tensor *with_number(struct engine *engine, enum op_id op, struct tensor *a,
                                         double number)
{
    return must_have(op_binary(engine, op, operand_tensor(a),
                               number == floor(number)
                                   ? operand_number(number_integer((int64_t)number))
                                   : operand_real(number),
                               &world_err));
}

static inline struct tensor *unary(struct engine *engine, enum op_id op, struct tensor *a)
{
    return must_have(op_unary(engine, op, a, &world_err));
}

static inline bool backward(struct tensor *root, bool retain_graph)
{
    return autograd_backward(
        root->engine,
        &(struct backward_call){ .roots = &root, .root_count = 1, .retain_graph = retain_graph },
        &world_err);
}

/* The value of element `i`, as a double. */
static inline double element(const struct tensor *tensor, int64_t i)
{
    double *values = malloc((size_t)tensor->count * sizeof(*values));
    assert_non_null(values);
    assert_true(tensor_read_real(tensor, values, &world_err));
    const double value = values[i];
    free(values);
    return value;
}

static inline double item(const struct tensor *tensor)
{
    assert_int_equal(tensor->count, 1);
    return element(tensor, 0);
}
