#include "tests/parity/parity.h"

#include <float.h>

#include "engine/tensor/dtype.h"

/* ---- products -------------------------------------------------------------------------------------- */

struct gemm_try {
    enum dtype dtype;
    int64_t batch, m, n, k;
    enum parity_layout a, b, out;
    double alpha, beta;
};

/* A batch of one matrix with its last two dimensions turned; parity_layout turns all of them. */
static struct parity_operand matrices(struct parity *p, const struct parity_spec *spec)
{
    struct parity_spec lying = *spec;
    const bool turned = spec->layout == PARITY_TURNED;
    if (turned) {
        lying.layout = PARITY_DENSE;
        lying.shape.size[1] = spec->shape.size[2];
        lying.shape.size[2] = spec->shape.size[1];
    }
    struct parity_operand operand = operand_create(p, &lying);
    for (int s = 0; s < PARITY_SIDES && turned; s++) {
        struct backend_view *view = &operand.view[s];
        const int64_t step = view->strides[1];
        view->strides[1] = view->strides[2];
        view->strides[2] = step;
        view->shape[1] = spec->shape.size[1];
        view->shape[2] = spec->shape.size[2];
    }
    return operand;
}

static struct parity_operand absolute(struct parity *p, const struct parity_operand *of)
{
    struct backend *cpu = p->side[PARITY_CPU];
    struct parity_spec spec = {
        .dtype = of->view[0].dtype,
        .shape = { 3, { of->view[0].shape[0], of->view[0].shape[1], of->view[0].shape[2] } }
    };
    struct parity_operand sizes = operand_create(p, &spec);
    const struct backend_map call = { .function = MAP_ABS,
                                      .dtype = spec.dtype,
                                      .out = &sizes.view[PARITY_CPU],
                                      .in = { &of->view[PARITY_CPU] } };
    cpu->impl->map(cpu, &call, NULL);
    return sizes;
}

/* |alpha| |a| |b| + |beta| |out|, laid out as out is. */
static struct parity_operand product_bound(struct parity *p, const struct gemm_try *try,
                                           const struct parity_operand *a,
                                           const struct parity_operand *b,
                                           const struct parity_spec *out_spec)
{
    struct backend *cpu = p->side[PARITY_CPU];
    struct parity_spec spec = *out_spec;
    spec.values = PARITY_NATURAL; /* at least as large as what out held */
    struct parity_operand bound = matrices(p, &spec), a_size = absolute(p, a),
                          b_size = absolute(p, b);
    const struct backend_gemm call = { .out = &bound.view[PARITY_CPU],
                                       .a = &a_size.view[PARITY_CPU],
                                       .b = &b_size.view[PARITY_CPU],
                                       .alpha = try->alpha < 0 ? -try->alpha : try->alpha,
                                       .beta = 1 };
    cpu->impl->gemm(cpu, &call, NULL);
    operand_destroy(p, &b_size);
    operand_destroy(p, &a_size);
    return bound;
}

static void run_gemm(struct parity *p, const struct gemm_try *try)
{
    const struct parity_spec a_spec = { .dtype = try->dtype,
                                        .shape = { 3, { try->batch, try->m, try->k } },
                                        .layout = try->a };
    const struct parity_spec b_spec = { .dtype = try->dtype,
                                        .shape = { 3, { try->batch, try->k, try->n } },
                                        .layout = try->b };
    /* What is not to be read is nan. */
    const struct parity_spec out_spec = { .dtype = try->dtype,
                                          .shape = { 3, { try->batch, try->m, try->n } },
                                          .layout = try->out,
                                          .values = try->beta == 0 ? PARITY_NAN : PARITY_MILD };
    parity_name(p, "gemm %s [%d] %dx%dx%d, layouts %d %d to %d, %g %g", dtype_name(try->dtype),
                (int)try->batch, (int)try->m, (int)try->n, (int)try->k, (int)try->a, (int)try->b,
                (int)try->out, try->alpha, try->beta);
    struct parity_operand a = matrices(p, &a_spec), b = matrices(p, &b_spec),
                          out = matrices(p, &out_spec), bound = { .bytes = 0 };
    struct backend_gemm call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_gemm){ .out = &out.view[s],
                                         .a = &a.view[s],
                                         .b = &b.view[s],
                                         .alpha = try->alpha,
                                         .beta = try->beta };
    }
    struct parity_tolerance tolerance = { 0 };
    if (dtype_is_float(try->dtype)) {
        const double eps = try->dtype == DTYPE_FLOAT32 ? FLT_EPSILON : DBL_EPSILON;
        bound = product_bound(p, try, &a, &b, &out_spec);
        tolerance.scale = eps * (double)(try->k + 2);
        tolerance.bound = &bound;
    }
    if (PARITY_RUN(p, gemm, call)) {
        parity_compare(p, &out, &tolerance);
    }
    operand_destroy(p, &bound);
    operand_destroy(p, &out);
    operand_destroy(p, &b);
    operand_destroy(p, &a);
}

static void try_layouts(struct parity *p, struct gemm_try try)
{
    for (int layouts = 0; layouts < 64; layouts++) {
        try.a = (enum parity_layout)(layouts % 4);
        try.b = (enum parity_layout)(layouts / 4 % 4);
        try.out = (enum parity_layout)(layouts / 16);
        if (try.out != PARITY_BROADCAST) {
            run_gemm(p, &try);
        }
    }
}

void parity_products(struct parity *p)
{
    static const int64_t sizes[][4] = {
        { 1, 1, 1, 1 },     { 1, 5, 7, 3 },    { 3, 5, 7, 3 },       { 1, 31, 32, 33 },
        { 2, 33, 31, 5 },   { 1, 1, 257, 17 }, { 1, 257, 1, 17 },    { 1, 1, 1, 1025 },
        { 0, 3, 3, 3 },     { 2, 0, 3, 3 },    { 2, 3, 0, 3 },       { 2, 3, 4, 0 },
        { 1, 64, 10, 784 }, { 40, 2, 2, 2 },   { 1, 100, 100, 100 }, { 1, 130, 70, 7 },
    };
    for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
        if (!parity_covers(p, PRIMITIVE_GEMM, 0, (enum dtype)dtype)) {
            continue;
        }
        for (size_t i = 0; i < (p->quick ? 5 : sizeof(sizes) / sizeof(*sizes)); i++) {
            struct gemm_try try = { .dtype = (enum dtype)dtype,
                                    .batch = sizes[i][0],
                                    .m = sizes[i][1],
                                    .n = sizes[i][2],
                                    .k = sizes[i][3],
                                    .alpha = 1 };
            run_gemm(p, &try);
            try.alpha = 2;
            try.beta = dtype_is_float(try.dtype) ? -0.5 : -1;
            run_gemm(p, &try);
        }
        if (!p->quick) {
            try_layouts(p, (struct gemm_try){ .dtype = (enum dtype)dtype,
                                              .batch = 3,
                                              .m = 9,
                                              .n = 10,
                                              .k = 11,
                                              .alpha = 1,
                                              .beta = 1 });
        }
        if (!p->quick && dtype_is_float((enum dtype)dtype)) {
            /* Large enough for a library of the device's. */
            try_layouts(p, (struct gemm_try){ .dtype = (enum dtype)dtype,
                                              .batch = 2,
                                              .m = 41,
                                              .n = 42,
                                              .k = 43,
                                              .alpha = 1,
                                              .beta = 1 });
        }
    }
}

/* ---- factors ---------------------------------------------------------------------------------------- */

struct lu_try {
    enum dtype dtype;
    int64_t batch, n, m; /* m -1: no right side */
    enum parity_layout matrix, right;
    bool turned;
};

static void run_lu(struct parity *p, const struct lu_try *try)
{
    const struct parity_spec matrix_spec = { .dtype = try->dtype,
                                             .shape = { 3, { try->batch, try->n, try->n } },
                                             .layout = try->matrix };
    const struct parity_spec pivot_spec = { .dtype = DTYPE_INT32,
                                            .shape = { 2, { try->batch, try->n } } };
    const struct parity_spec right_spec = {
        .dtype = try->dtype,
        .shape = { 3, { try->batch, try->n, try->m > 0 ? try->m : 1 } },
        .layout = try->right
    };
    parity_name(p, "lu %s [%d] %dx%d, right %d%s, layouts %d %d", dtype_name(try->dtype),
                (int)try->batch, (int)try->n, (int)try->n, (int)try->m,
                try->turned ? ", turned" : "", (int)try->matrix, (int)try->right);
    struct parity_operand matrix = matrices(p, &matrix_spec), right = matrices(p, &right_spec);
    struct parity_operand pivots = operand_create(p, &pivot_spec);
    struct backend_lu call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_lu){ .matrix = &matrix.view[s],
                                       .pivots = &pivots.view[s],
                                       .right = try->m < 0 ? NULL : &right.view[s],
                                       .turned = try->turned };
    }
    if (PARITY_RUN(p, lu, call)) {
        parity_compare(p, &matrix, &(struct parity_tolerance){ 0 });
        parity_compare(p, &pivots, &(struct parity_tolerance){ 0 });
        parity_compare(p, &right, &(struct parity_tolerance){ 0 });
    }
    operand_destroy(p, &pivots);
    operand_destroy(p, &right);
    operand_destroy(p, &matrix);
}

void parity_factors(struct parity *p)
{
    static const int64_t sizes[][3] = { { 1, 1, 1 },  { 1, 2, 1 }, { 3, 5, 4 }, { 2, 33, 3 },
                                        { 40, 3, 2 }, { 0, 3, 1 }, { 1, 0, 1 }, { 1, 7, -1 },
                                        { 1, 4, 40 }, { 1, 64, 1 } };
    for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
        if (!parity_covers(p, PRIMITIVE_LU, 0, (enum dtype)dtype)) {
            continue;
        }
        for (size_t i = 0; i < (p->quick ? 4 : sizeof(sizes) / sizeof(*sizes)); i++) {
            for (int way = 0; way < 4; way++) {
                run_lu(p, &(struct lu_try){ .dtype = (enum dtype)dtype,
                                            .batch = sizes[i][0],
                                            .n = sizes[i][1],
                                            .m = sizes[i][2],
                                            .matrix = way < 2 ? PARITY_DENSE : PARITY_TURNED,
                                            .right = way < 2 ? PARITY_SLICED : PARITY_TURNED,
                                            .turned = way % 2 == 1 });
            }
        }
    }
}
