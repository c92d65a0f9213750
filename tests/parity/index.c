#include "tests/parity/parity.h"

#include <string.h>

#include "engine/tensor/dtype.h"

/* ---- gather and scatter ------------------------------------------------------------------------------ */

struct index_try {
    enum backend_primitive primitive;
    enum scatter_function function;
    enum dtype dtype;
    struct parity_shape places; /* out's of a gather, in's of a scatter */
    int dim;
    int64_t positions; /* the size of the indexed side along dim */
    enum parity_layout layout;
    bool rows; /* one index for each row: stride 0 beside dim */
};

static void spread_rows(struct parity_operand *index, const struct index_try *try)
{
    for (int s = 0; s < PARITY_SIDES && try->rows; s++) {
        struct backend_view *view = &index->view[s];
        for (int d = 0; d < view->dims; d++) {
            view->shape[d] = try->places.size[d];
            view->strides[d] = d == try->dim ? view->strides[d] : 0;
        }
    }
}

static void run_index(struct parity *p, const struct index_try *try)
{
    char text[80];
    const bool gather = try->primitive == PRIMITIVE_GATHER;
    struct parity_spec spec = { .dtype = try->dtype,
                                .shape = try->places,
                                .layout = try->layout,
                                .values = gather ? PARITY_NAN : PARITY_WIDE };
    parity_name(p, "%s %s %s along %d of %d, layout %d%s", gather ? "gather" : "scatter",
                dtype_name(try->dtype), shape_text(&try->places, text, sizeof(text)), try->dim,
                (int)try->positions, (int)try->layout, try->rows ? ", rows" : "");
    struct parity_operand places = operand_create(p, &spec);
    spec.shape.size[try->dim] = try->positions;
    spec.layout = gather ? try->layout : PARITY_SLICED;
    spec.values = PARITY_WIDE;
    struct parity_operand indexed = operand_create(p, &spec);
    struct parity_spec index_spec = { .dtype = DTYPE_INT64,
                                      .shape = try->places,
                                      .values = PARITY_COUNTED,
                                      .modulus = try->positions > 0 ? try->positions : 1 };
    for (int d = 0; d < try->places.dims && try->rows; d++) {
        index_spec.shape.size[d] = d == try->dim ? try->places.size[d] : 1;
    }
    struct parity_operand index = operand_create(p, &index_spec);
    spread_rows(&index, try);
    struct backend_index call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_index){ .out = gather ? &places.view[s] : &indexed.view[s],
                                          .in = gather ? &indexed.view[s] : &places.view[s],
                                          .index = &index.view[s],
                                          .dim = try->dim,
                                          .function = try->function };
    }
    if (gather ? PARITY_RUN(p, gather, call) : PARITY_RUN(p, scatter, call)) {
        parity_compare(p, &places, &(struct parity_tolerance){ 0 });
        parity_compare(p, &indexed, &(struct parity_tolerance){ 0 });
    }
    operand_destroy(p, &index);
    operand_destroy(p, &indexed);
    operand_destroy(p, &places);
}

static void try_indices(struct parity *p, struct index_try try)
{
    static const struct {
        struct parity_shape places;
        int dim;
        int64_t positions;
        bool rows;
    } shapes[] = {
        { { 2, { 20, 8 } }, 0, 7, true },   { { 2, { 200, 33 } }, 0, 11, true },
        { { 2, { 33, 1 } }, 1, 10, false }, { { 3, { 3, 5, 7 } }, 1, 4, false },
        { { 1, { 1025 } }, 0, 31, false },  { { 1, { 0 } }, 0, 5, false },
        { { 2, { 0, 4 } }, 0, 5, true },    { { 2, { 257, 2 } }, 0, 1, true },
        { { 3, { 6, 5, 4 } }, 2, 9, true }, { { 2, { 5000, 2 } }, 0, 3, false },
        { { 2, { 2, 3000 } }, 0, 2, true },
    };
    for (size_t i = 0; i < (p->quick ? 4 : sizeof(shapes) / sizeof(*shapes)); i++) {
        try.places = shapes[i].places;
        try.dim = shapes[i].dim;
        try.positions = shapes[i].positions;
        try.rows = shapes[i].rows;
        for (int layout = 0; layout < PARITY_LAYOUTS; layout++) {
            const bool out = try.primitive == PRIMITIVE_GATHER && layout == PARITY_BROADCAST;
            try.layout = (enum parity_layout)layout;
            if (!out) {
                run_index(p, &try);
            }
        }
    }
}

void parity_indices(struct parity *p)
{
    for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
        if (parity_covers(p, PRIMITIVE_GATHER, 0, (enum dtype)dtype)) {
            try_indices(
                p, (struct index_try){ .primitive = PRIMITIVE_GATHER, .dtype = (enum dtype)dtype });
        }
        for (int f = SCATTER_ADD; f <= SCATTER_PUT; f++) {
            if (parity_covers(p, PRIMITIVE_SCATTER, f, (enum dtype)dtype)) {
                try_indices(p, (struct index_try){ .primitive = PRIMITIVE_SCATTER,
                                                   .function = (enum scatter_function)f,
                                                   .dtype = (enum dtype)dtype });
            }
        }
    }
}

/* ---- scans ------------------------------------------------------------------------------------------- */

struct scan_try {
    enum scan_function function;
    enum dtype dtype;
    struct parity_shape shape;
    int dim;
    enum parity_layout layout;
    enum parity_values values;
    bool reverse;
};

static void run_scan(struct parity *p, const struct scan_try *try)
{
    static const char *const names[] = { "sum", "prod", "sort", "max", "min", "log_sum_exp" };
    char text[80];
    const bool places = try->function >= SCAN_SORT && try->function <= SCAN_MIN;
    const bool whole = places || !dtype_is_float(try->dtype);
    const struct parity_spec in_spec = {
        .dtype = try->dtype, .shape = try->shape, .layout = try->layout, .values = try->values
    };
    const struct parity_spec out_spec = { .dtype = whole ? DTYPE_INT64 : try->dtype,
                                          .shape = try->shape,
                                          .layout = PARITY_SLICED,
                                          .values = PARITY_NAN };
    parity_name(p, "scan %s %s %s along %d, layout %d, values %d%s", names[try->function],
                dtype_name(try->dtype), shape_text(&try->shape, text, sizeof(text)), try->dim,
                (int)try->layout, (int)try->values, try->reverse ? ", reverse" : "");
    struct parity_operand in = operand_create(p, &in_spec), out = operand_create(p, &out_spec);
    struct backend_scan call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_scan){ .function = try->function,
                                         .out = &out.view[s],
                                         .in = &in.view[s],
                                         .dim = try->dim,
                                         .reverse = try->reverse };
    }
    /* (Logarithms of one library and of another.) */
    const double relative = try->function != SCAN_LOG_SUM_EXP ? 0
                            : try->dtype == DTYPE_FLOAT32     ? 2e-7
                                                              : 1e-12;
    if (PARITY_RUN(p, scan, call)) {
        parity_compare(p, &out, &(struct parity_tolerance){ .relative = relative });
    }
    operand_destroy(p, &out);
    operand_destroy(p, &in);
}

static void try_scans(struct parity *p, struct scan_try try)
{
    static const struct {
        struct parity_shape shape;
        int dim;
    } shapes[] = {
        { { 1, { 33 } }, 0 },       { { 2, { 3, 257 } }, 1 }, { { 2, { 130, 5 } }, 0 },
        { { 3, { 2, 31, 3 } }, 1 }, { { 1, { 1025 } }, 0 },   { { 1, { 0 } }, 0 },
        { { 2, { 3000, 2 } }, 1 },  { { 1, { 1 } }, 0 },      { { 0, { 0 } }, 0 },
    };
    static const enum parity_values values[] = { PARITY_MILD, PARITY_NATURAL, PARITY_SPECIAL };
    for (size_t i = 0; i < (p->quick ? 3 : sizeof(shapes) / sizeof(*shapes)); i++) {
        try.shape = shapes[i].shape;
        try.dim = shapes[i].dim;
        for (int way = 0; way < 6; way++) {
            try.reverse = way % 2 == 1;
            try.values = values[way / 2];
            try.layout = (enum parity_layout)(way % PARITY_LAYOUTS);
            run_scan(p, &try);
        }
    }
}

void parity_scans(struct parity *p)
{
    for (int f = SCAN_SUM; f <= SCAN_LOG_SUM_EXP; f++) {
        for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
            if (parity_covers(p, PRIMITIVE_SCAN, f, (enum dtype)dtype)) {
                try_scans(p, (struct scan_try){ .function = (enum scan_function)f,
                                                .dtype = (enum dtype)dtype });
            }
        }
    }
}
