#include "tests/parity/parity.h"

#include "engine/tensor/dtype.h"

struct rows_try {
    enum rows_function function;
    enum dtype dtype;
    struct parity_shape shape;
    int dim;
    enum parity_layout layout;
    enum parity_values values;
};

static void run_rows(struct parity *p, const struct rows_try *try)
{
    static const char *const names[] = { "softmax", "log_softmax", "softmax_grad",
                                         "log_softmax_grad" };
    char text[80];
    const bool binary = try->function >= ROWS_SOFTMAX_GRAD;
    const struct parity_spec in_spec = {
        .dtype = try->dtype, .shape = try->shape, .layout = try->layout, .values = try->values
    };
    struct parity_spec out_spec = in_spec;
    out_spec.layout = try->layout == PARITY_DENSE ? PARITY_DENSE : PARITY_SLICED;
    out_spec.values = PARITY_NAN;
    parity_name(p, "rows %s %s %s along %d, layout %d, values %d", names[try->function],
                dtype_name(try->dtype), shape_text(&try->shape, text, sizeof(text)), try->dim,
                (int)try->layout, (int)try->values);
    struct parity_operand a = operand_create(p, &in_spec), b = operand_create(p, &in_spec),
                          out = operand_create(p, &out_spec);
    struct backend_rows call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_rows){ .function = try->function,
                                         .out = &out.view[s],
                                         .a = &a.view[s],
                                         .b = binary ? &b.view[s] : NULL,
                                         .dim = try->dim };
    }
    /* (float64's e^x and ln x are those of one library and of another.) */
    const bool is_series = try->dtype == DTYPE_FLOAT64 && try->function != ROWS_SOFTMAX_GRAD;
    if (PARITY_RUN(p, rows, call)) {
        parity_compare(p, &out, &(struct parity_tolerance){ .relative = is_series ? 1e-12 : 0 });
    }
    operand_destroy(p, &out);
    operand_destroy(p, &b);
    operand_destroy(p, &a);
}

static void try_rows(struct parity *p, struct rows_try try)
{
    static const struct {
        struct parity_shape shape;
        int dim;
    } shapes[] = {
        { { 2, { 33, 10 } }, 1 }, { { 2, { 5, 3 } }, 1 },       { { 3, { 2, 9, 4 } }, 1 },
        { { 2, { 3, 300 } }, 1 }, { { 2, { 257, 3 } }, 0 },     { { 1, { 5000 } }, 0 },
        { { 2, { 300, 8 } }, 1 }, { { 4, { 2, 3, 2, 5 } }, 1 }, { { 2, { 3000, 2 } }, 1 },
        { { 1, { 1 } }, 0 },      { { 0, { 0 } }, 0 },          { { 2, { 3, 0 } }, 1 },
        { { 2, { 0, 3 } }, 1 },
    };
    static const enum parity_values values[] = { PARITY_MILD, PARITY_NATURAL, PARITY_SPECIAL };
    for (size_t i = 0; i < (p->quick ? 5 : sizeof(shapes) / sizeof(*shapes)); i++) {
        try.shape = shapes[i].shape;
        try.dim = shapes[i].dim;
        for (int way = 0; way < 12; way += p->quick ? 5 : 1) {
            try.values = values[way / 4];
            try.layout = (enum parity_layout)(way % PARITY_LAYOUTS);
            run_rows(p, &try);
        }
    }
}

void parity_rows(struct parity *p)
{
    for (int f = ROWS_SOFTMAX; f <= ROWS_LOG_SOFTMAX_GRAD; f++) {
        for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
            if (parity_covers(p, PRIMITIVE_ROWS, f, (enum dtype)dtype)) {
                try_rows(p, (struct rows_try){ .function = (enum rows_function)f,
                                               .dtype = (enum dtype)dtype });
            }
        }
    }
}
