#include "tests/parity/parity.h"

#include <float.h>
#include <stdlib.h>

#include "engine/tensor/dtype.h"

struct reduce_try {
    enum reduce_function function;
    enum dtype dtype;
    struct parity_shape shape;
    unsigned dims; /* a bit for each dimension that is reduced */
    enum parity_layout in, out;
    enum parity_values values;
    bool index, only_index;
    double parameter;
};

static enum dtype out_dtype(const struct reduce_try *try)
{
    const enum reduce_function f = try->function;
    if (f == REDUCE_ANY || f == REDUCE_ALL) {
        return DTYPE_BOOL;
    }
    const bool sum = f == REDUCE_SUM || f == REDUCE_PROD;
    return sum && !dtype_is_float(try->dtype) ? DTYPE_INT64 : try->dtype;
}

static struct parity_shape reduced(const struct reduce_try *try)
{
    struct parity_shape shape = try->shape;
    for (int d = 0; d < shape.dims; d++) {
        shape.size[d] = try->dims >> d & 1 ? 1 : shape.size[d];
    }
    return shape;
}

/* The sum of the absolute values, on the CPU, laid out as `out`: what a sum's error is measured by. */
static struct parity_operand sum_of_sizes(struct parity *p, const struct parity_operand *in,
                                          const struct parity_spec *out_spec,
                                          const struct reduce_try *try)
{
    struct backend *cpu = p->side[PARITY_CPU];
    const struct parity_spec spec = { .dtype = try->dtype, .shape = try->shape };
    struct parity_operand sizes = operand_create(p, &spec), sum = operand_create(p, out_spec);
    const struct backend_map size = { .function = MAP_ABS,
                                      .dtype = try->dtype,
                                      .out = &sizes.view[PARITY_CPU],
                                      .in = { &in->view[PARITY_CPU] } };
    const struct backend_reduce call = { .function = REDUCE_SUM,
                                         .out = &sum.view[PARITY_CPU],
                                         .in = &sizes.view[PARITY_CPU] };
    cpu->impl->map(cpu, &size, NULL);
    cpu->impl->reduce(cpu, &call, NULL);
    operand_destroy(p, &sizes);
    return sum;
}

static void compare_out(struct parity *p, const struct reduce_try *try,
                        const struct parity_operand *in, const struct parity_operand *out,
                        const struct parity_spec *out_spec)
{
    const bool narrow = try->dtype == DTYPE_FLOAT32;
    const double eps = narrow ? FLT_EPSILON : DBL_EPSILON;
    struct parity_tolerance tolerance = { 0 };
    struct parity_operand bound = { .bytes = 0 };
    if (dtype_is_float(try->dtype)) {
        if (try->function == REDUCE_SUM) {
            bound = sum_of_sizes(p, in, out_spec, try);
            tolerance = (struct parity_tolerance){ .scale = 4 * eps, .bound = &bound };
        } else if (try->function == REDUCE_PROD) {
            tolerance.relative = eps * (double)shape_elements(&try->shape);
        } else if (try->function == REDUCE_VAR || try->function == REDUCE_STD) {
            /* In double, however: a float32 is right but for its last bit. */
            tolerance.relative = narrow ? 2 * eps : 1e-12;
        }
    }
    parity_compare(p, out, &tolerance);
    operand_destroy(p, &bound);
}

static void run_try(struct parity *p, const struct reduce_try *try)
{
    char text[80];
    const struct parity_spec in_spec = {
        .dtype = try->dtype, .shape = try->shape, .layout = try->in, .values = try->values
    };
    const struct parity_spec out_spec = {
        .dtype = out_dtype(try), .shape = reduced(try), .layout = try->out, .values = PARITY_NAN
    };
    const struct parity_spec index_spec = {
        .dtype = DTYPE_INT64, .shape = reduced(try), .layout = try->out, .values = PARITY_NAN
    };
    parity_name(p, "reduce %s %s %s, dimensions %x, layout %d to %d, values %d%s",
                reduce_name(try->function), dtype_name(try->dtype),
                shape_text(&try->shape, text, sizeof(text)), try->dims, (int)try->in, (int)try->out,
                (int)try->values, try->index ? ", with index" : "");
    struct parity_operand in = operand_create(p, &in_spec), out = operand_create(p, &out_spec);
    struct parity_operand index = operand_create(p, &index_spec);
    struct backend_reduce call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_reduce){ .function = try->function,
                                           .out = try->only_index ? NULL : &out.view[s],
                                           .in = &in.view[s],
                                           .index = try->index ? &index.view[s] : NULL,
                                           .parameter = try->parameter };
    }
    if (PARITY_RUN(p, reduce, call)) {
        compare_out(p, try, &in, &out, &out_spec);
        parity_compare(p, &index, &(struct parity_tolerance){ 0 });
    }
    operand_destroy(p, &index);
    operand_destroy(p, &out);
    operand_destroy(p, &in);
}

/* Rows, columns and both of matrices; short ones and long ones. */
static void try_sizes(struct parity *p, struct reduce_try try)
{
    static const int64_t sizes[] = { 0, 1, 2, 7, 8, 31, 32, 33, 255, 256, 257, 1025, 5000 };
    const bool one = try.function == REDUCE_SUM_LANES;
    for (size_t i = p->quick ? 6 : 0; i < (p->quick ? 9 : sizeof(sizes) / sizeof(*sizes)); i++) {
        try.values = sizes[i] == 33 || sizes[i] == 256 ? PARITY_SPECIAL : PARITY_MILD;
        try.shape = (struct parity_shape){ 2, { 3, sizes[i] } };
        try.dims = 2;
        run_try(p, &try);
        try.shape = (struct parity_shape){ 2, { sizes[i], 5 } };
        try.dims = 1;
        run_try(p, &try);
        if (!one) {
            try.dims = 3;
            run_try(p, &try);
        }
    }
    /* More rows than a grid of blocks or threads has. */
    try.shape = (struct parity_shape){ 2, { p->quick ? 300 : 5000, 3 } };
    try.dims = 2;
    run_try(p, &try);
}

static void try_layouts(struct parity *p, struct reduce_try try)
{
    static const struct {
        struct parity_shape shape;
        unsigned dims;
    } shapes[] = {
        { { 3, { 5, 40, 6 } }, 2 },    { { 3, { 5, 4, 33 } }, 4 }, { { 3, { 50, 4, 3 } }, 1 },
        { { 4, { 2, 3, 4, 5 } }, 10 }, { { 2, { 9, 11 } }, 0 },    { { 0, { 0 } }, 0 },
    };
    const bool one = try.function == REDUCE_SUM_LANES || try.function == REDUCE_SUM_CASCADE;
    try.values = PARITY_MILD;
    for (size_t i = 0; i < (p->quick ? 2 : sizeof(shapes) / sizeof(*shapes)); i++) {
        if (one && (shapes[i].dims & (shapes[i].dims - 1)) != 0) {
            continue; /* the contract orders sums along one dimension */
        }
        try.shape = shapes[i].shape;
        try.dims = shapes[i].dims;
        for (int layout = 0; layout < PARITY_LAYOUTS; layout++) {
            try.in = (enum parity_layout)layout;
            try.out = layout % 2 ? PARITY_SLICED : PARITY_TURNED;
            run_try(p, &try);
        }
    }
}

/* Where the largest stands; also of equals, and beside nan. */
static void try_indices(struct parity *p, struct reduce_try try)
{
    static const enum parity_values values[] = { PARITY_MILD, PARITY_NATURAL, PARITY_SPECIAL };
    for (int i = 0; i < 3; i++) {
        for (int dim = 0; dim < 2; dim++) {
            try.values = values[i];
            try.shape = (struct parity_shape){ 2, { 37, 300 } };
            try.dims = 1u << dim;
            try.index = true;
            try.only_index = i == 1;
            try.out = i == 2 ? PARITY_SLICED : PARITY_DENSE;
            try.in = dim == 0 ? PARITY_SLICED : PARITY_DENSE;
            run_try(p, &try);
        }
    }
}

void parity_reductions(struct parity *p)
{
    for (int f = 0; f < REDUCE_COUNT; f++) {
        for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
            const struct reduce_try try = { .function = (enum reduce_function)f,
                                            .dtype = (enum dtype)dtype,
                                            .parameter = 1 };
            if (!parity_covers(p, PRIMITIVE_REDUCE, f, try.dtype)) {
                continue;
            }
            try_sizes(p, try);
            try_layouts(p, try);
            if (f == REDUCE_MAX || f == REDUCE_MIN) {
                try_indices(p, try);
            }
        }
    }
}
