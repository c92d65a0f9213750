#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/nn/init.h"
#include "engine/tensor/compute.h"
#include "engine/tensor/random.h"

/* Vectors in a host array: element i of vector v is at v·step + i·stride. */
struct vectors {
    double *elements;
    int64_t count, length, step, stride;
};

static double *element(const struct vectors *v, int64_t vector, int64_t i)
{
    return &v->elements[vector * v->step + i * v->stride];
}

static double dot(const struct vectors *v, int64_t a, int64_t b)
{
    double sum = 0;
    for (int64_t i = 0; i < v->length; i++) {
        sum += *element(v, a, i) * *element(v, b, i);
    }
    return sum;
}

/* Takes from vector a what it has of those before it. */
static void take_away(const struct vectors *v, int64_t a)
{
    for (int64_t b = 0; b < a; b++) {
        const double part = dot(v, a, b);
        for (int64_t i = 0; i < v->length; i++) {
            *element(v, a, i) -= part * *element(v, b, i);
        }
    }
}

/* Gram and Schmidt, each vector twice, for what rounding leaves the first time. It is the Q of a QR whose
 * R has a positive diagonal. */
static void make_orthonormal(const struct vectors *v)
{
    for (int64_t a = 0; a < v->count; a++) {
        take_away(v, a);
        take_away(v, a);
        const double length = sqrt(dot(v, a, a));
        for (int64_t i = 0; i < v->length && length > 0; i++) {
            *element(v, a, i) /= length;
        }
    }
}

static bool write_scaled(struct tensor *tensor, const double *elements, double gain,
                         struct error *err)
{
    const struct tensor_spec spec = { DTYPE_FLOAT64, tensor->shape, tensor_backend(tensor) };
    struct tensor *exact = tensor_from_host(tensor->engine, &spec, elements, err);
    const bool ok = exact && compute_copy(tensor, exact, err) &&
                    (gain == 1 || compute_map2(tensor, MAP_MUL, operand_tensor(tensor),
                                               operand_real(gain), err));
    tensor_unref(exact);
    return ok;
}

bool init_orthogonal(struct generator *generator, struct tensor *tensor, double gain,
                     struct error *err)
{
    if (tensor->shape.dims < 2) {
        return error_set_kind(err, ERROR_VALUE,
                              "Only tensors with 2 or more dimensions are supported");
    }
    if (tensor->count == 0) {
        return true;
    }
    const int64_t rows = tensor->shape.size[0], columns = tensor->count / rows;
    const struct tensor_spec spec = { tensor->dtype,
                                      { 2, { rows, columns } },
                                      tensor_backend(tensor) };
    struct tensor *drawn = tensor_create(tensor->engine, &spec, err);
    double *elements = memory_allocate((size_t)tensor->count, sizeof(*elements));
    bool ok = drawn && random_normal(generator, drawn, 0, 1, err) &&
              tensor_read_real(drawn, elements, err);
    if (ok) {
        const struct vectors by_row = { elements, rows, columns, columns, 1 };
        const struct vectors by_column = { elements, columns, rows, 1, columns };
        make_orthonormal(rows < columns ? &by_row : &by_column);
        ok = write_scaled(tensor, elements, gain, err);
        tensor_bump_version(tensor); /* of the two changes that PyTorch makes the first */
    }
    free(elements);
    tensor_unref(drawn);
    return ok;
}
