#include "tests/parity/parity.h"

#include <stdlib.h>
#include <string.h>

#include "engine/tensor/dtype.h"

/* What a function is tried with besides what all are. */
struct map_try {
    enum map_function function;
    enum dtype dtype;
    struct parity_shape shape;
    enum parity_layout out, in; /* the second input lies as the first but one, the third as next */
    enum parity_values values;
    int number; /* this input is a number; -1: none */
    bool in_place;
};

static const double parameters[][2] = { { 1, 1 }, { 0.3, 0.75 }, { -2, 3 } };

/* By the C library, or by our own series: engine/backend.h does not say how they are rounded. */
static bool is_series(enum map_function function)
{
    static const enum map_function series[] = {
        MAP_EXP,   MAP_EXPM1, MAP_LOG,  MAP_LOG1P,   MAP_LOG2, MAP_LOG10, MAP_SIN,   MAP_COS,
        MAP_TAN,   MAP_ASIN,  MAP_ACOS, MAP_SINH,    MAP_COSH, MAP_TANH,  MAP_ASINH, MAP_ACOSH,
        MAP_ATANH, MAP_ERF,   MAP_ERFC, MAP_SIGMOID, MAP_POW,  MAP_ATAN2, MAP_GELU,  MAP_EXP_SUB,
    };
    for (size_t i = 0; i < sizeof(series) / sizeof(*series); i++) {
        if (function == series[i]) {
            return true;
        }
    }
    return false;
}

static enum dtype input_dtype(const struct map_try *try, int i)
{
    return try->function == MAP_WHERE && i == 0 ? DTYPE_BOOL : try->dtype;
}

/* No division by zero, no negative exponent: those are errors, and parity_errors tries them. */
static enum parity_values values_of(const struct map_try *try, int i)
{
    const enum map_function f = try->function;
    if (i != 1 || dtype_is_float(try->dtype)) {
        return try->values;
    }
    if (f == MAP_FLOOR_DIVIDE || f == MAP_REMAINDER || f == MAP_FMOD) {
        return PARITY_NONZERO;
    }
    if (f == MAP_POW) {
        return PARITY_NATURAL;
    }
    return f == MAP_SHIFT_LEFT || f == MAP_SHIFT_RIGHT ? PARITY_SMALL : try->values;
}

static void name_try(struct parity *p, const struct map_try *try)
{
    static const char *const layouts[] = { "dense", "turned", "broadcast", "sliced" };
    char text[80];
    parity_name(p, "map %s %s %s, %s to %s%s%s", map_row(try->function)->name,
                dtype_name(try->dtype), shape_text(&try->shape, text, sizeof(text)),
                layouts[try->in], layouts[try->out], try->number >= 0 ? ", with a number" : "",
                try->in_place ? ", in place" : "");
}

static void run_try(struct parity *p, const struct map_try *try, const double *parameter)
{
    const struct map_row *row = map_row(try->function);
    const struct parity_spec out_spec = { .dtype = row->to_bool ? DTYPE_BOOL : try->dtype,
                                          .shape = try->shape,
                                          .layout = try->out,
                                          .values = try->in_place ? try->values : PARITY_NAN };
    struct backend_map call[PARITY_SIDES];
    struct parity_operand in[3] = { { .bytes = 0 } };
    name_try(p, try);
    struct parity_operand out = operand_create(p, &out_spec);
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_map){ .function = try->function,
                                        .dtype = try->dtype,
                                        .out = &out.view[s],
                                        .p = parameter[0],
                                        .q = parameter[1] };
    }
    int64_t turn = 1;
    for (int i = 0; i < row->inputs; i++, turn *= 28) {
        const struct parity_spec spec = { .dtype = input_dtype(try, i),
                                          .shape = try->shape,
                                          .layout = (try->in + (unsigned)i) % PARITY_LAYOUTS,
                                          .values = values_of(try, i),
                                          .turn = turn };
        const bool itself = try->in_place && i == 0;
        in[i] = try->number == i || itself ? in[i] : operand_create(p, &spec);
        for (int s = 0; s < PARITY_SIDES; s++) {
            call[s].in[i] = try->number == i ? NULL : itself ? &out.view[s] : &in[i].view[s];
            call[s].number[i] =
                dtype_is_float(try->dtype) ? number_real(1.7) : number_integer(i == 0 ? -5 : 3);
        }
    }
    if (PARITY_RUN(p, map, call)) {
        const bool narrow = try->dtype == DTYPE_FLOAT32;
        const bool loose = is_series(try->function) && dtype_is_float(try->dtype);
        parity_compare(p, &out,
                       &(struct parity_tolerance){ .relative = !loose   ? 0
                                                               : narrow ? 2e-6
                                                                        : 4e-15 });
    }
    for (int i = 0; i < row->inputs; i++) {
        operand_destroy(p, &in[i]);
    }
    operand_destroy(p, &out);
}

static void try_sizes(struct parity *p, struct map_try try)
{
    static const struct {
        int64_t size;
        enum parity_values values;
    } sizes[] = {
        { 0, PARITY_MILD },       { 1, PARITY_MILD },    { 31, PARITY_MILD },  { 32, PARITY_WIDE },
        { 33, PARITY_SPECIAL },   { 255, PARITY_MILD },  { 256, PARITY_WIDE }, { 257, PARITY_WIDE },
        { 1025, PARITY_SPECIAL }, { 5000, PARITY_WIDE },
    };
    const int64_t large = 300007; /* more than a large grid has threads */
    for (size_t i = p->quick ? 7 : 0; i < (p->quick ? 9 : sizeof(sizes) / sizeof(*sizes)); i++) {
        try.shape = (struct parity_shape){ 1, { sizes[i].size } };
        try.values = sizes[i].values;
        run_try(p, &try, parameters[i % 3]);
    }
    if (!p->emulated && !p->quick) {
        try.shape.size[0] = large;
        run_try(p, &try, parameters[1]);
    }
}

static void try_layouts(struct parity *p, struct map_try try)
{
    static const struct parity_shape shapes[] = {
        { 0, { 0 } },
        { 2, { 33, 31 } },
        { 3, { 3, 5, 7 } },
        { 8, { 2, 1, 3, 1, 2, 2, 1, 2 } },
    };
    try.values = PARITY_MILD;
    for (size_t i = p->quick ? 2 : 0; i < (p->quick ? 3 : sizeof(shapes) / sizeof(*shapes)); i++) {
        try.shape = shapes[i];
        for (int layout = p->quick ? PARITY_SLICED : 0; layout < PARITY_LAYOUTS; layout++) {
            try.in = (enum parity_layout)layout;
            try.out = layout % 2 && !p->quick ? PARITY_DENSE : PARITY_SLICED;
            run_try(p, &try, parameters[1]);
        }
    }
    try.in = PARITY_DENSE;
    try.out = PARITY_TURNED;
    run_try(p, &try, parameters[2]);
}

static void try_numbers(struct parity *p, struct map_try try)
{
    const struct map_row *row = map_row(try.function);
    try.shape = (struct parity_shape){ 2, { 9, 13 } };
    for (int i = 0; i < row->inputs && row->inputs > 1; i++) {
        /* (A condition is a bool: no number of the others' dtype.) */
        try.number = try.function == MAP_WHERE ? 1 + i % 2 : i;
        run_try(p, &try, parameters[0]);
    }
    try.number = -1;
    try.in_place = !row->to_bool && row->inputs > 0 && try.function != MAP_WHERE;
    if (try.in_place) {
        try.out = PARITY_SLICED;
        run_try(p, &try, parameters[1]);
    }
}

void parity_maps(struct parity *p)
{
    for (int f = MAP_COPY + 1; f < MAP_COUNT; f++) {
        for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
            const struct map_try try = { .function = (enum map_function)f,
                                         .dtype = (enum dtype)dtype,
                                         .number = -1 };
            if (parity_covers(p, PRIMITIVE_MAP, f, try.dtype)) {
                try_sizes(p, try);
                try_layouts(p, try);
                if (!p->quick) {
                    try_numbers(p, try);
                }
            }
        }
    }
}

/* ---- conversions, fills ----------------------------------------------------------------------------- */

static void try_copy(struct parity *p, enum dtype from, enum dtype to, const struct parity_spec *as)
{
    char text[80];
    const struct parity_spec in_spec = {
        .dtype = from, .shape = as->shape, .layout = as->layout, .values = as->values
    };
    const struct parity_spec out_spec = { .dtype = to,
                                          .shape = as->shape,
                                          .layout = as->layout == PARITY_DENSE ? PARITY_DENSE
                                                                               : PARITY_SLICED,
                                          .values = PARITY_NAN };
    parity_name(p, "copy %s to %s %s", dtype_name(from), dtype_name(to),
                shape_text(&as->shape, text, sizeof(text)));
    struct parity_operand in = operand_create(p, &in_spec), out = operand_create(p, &out_spec);
    struct backend_map call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_map){
            .function = MAP_COPY, .dtype = from, .out = &out.view[s], .in = { &in.view[s] }
        };
    }
    if (PARITY_RUN(p, map, call)) {
        parity_compare(p, &out, &(struct parity_tolerance){ 0 });
    }
    operand_destroy(p, &out);
    operand_destroy(p, &in);
}

static void try_fill(struct parity *p, enum dtype to, struct number number)
{
    const struct parity_spec spec = { .dtype = to,
                                      .shape = { 2, { 19, 17 } },
                                      .layout = PARITY_SLICED };
    parity_name(p, "fill %s with %g", dtype_name(to), number_as_real(number));
    struct parity_operand out = operand_create(p, &spec);
    struct backend_map call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_map){
            .function = MAP_FILL, .dtype = to, .out = &out.view[s], .number = { number }
        };
    }
    if (PARITY_RUN(p, map, call)) {
        parity_compare(p, &out, &(struct parity_tolerance){ 0 });
    }
    operand_destroy(p, &out);
}

void parity_copies(struct parity *p)
{
    static const struct parity_spec specs[] = {
        { .shape = { 1, { 0 } } },
        { .shape = { 1, { 1025 } }, .values = PARITY_SPECIAL },
        { .shape = { 2, { 33, 65 } }, .layout = PARITY_TURNED, .values = PARITY_MILD },
        { .shape = { 3, { 4, 5, 6 } }, .layout = PARITY_BROADCAST, .values = PARITY_WIDE },
        { .shape = { 0, { 0 } } },
    };
    for (int from = 0; from < DTYPE_COUNT; from++) {
        if (!parity_covers(p, PRIMITIVE_MAP, MAP_COPY, (enum dtype)from)) {
            continue;
        }
        for (int to = 0; to < DTYPE_COUNT; to++) {
            for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
                try_copy(p, (enum dtype)from, (enum dtype)to, &specs[i]);
            }
        }
    }
    for (int to = 0; to < DTYPE_COUNT; to++) {
        if (parity_covers(p, PRIMITIVE_MAP, MAP_FILL, (enum dtype)to)) {
            try_fill(p, (enum dtype)to, number_integer(((int64_t)1 << 53) + 1));
            try_fill(p, (enum dtype)to, number_integer(-3));
            try_fill(p, (enum dtype)to, number_real(2.75));
            try_fill(p, (enum dtype)to, number_real(-1e300));
            try_fill(p, (enum dtype)to, number_bool(true));
        }
    }
}
