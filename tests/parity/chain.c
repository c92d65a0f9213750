#include "tests/parity/parity.h"

#include "engine/tensor/dtype.h"

enum { STEP = CHAIN_MAX_VIEWS };

/* Adam's step: parameter, gradient and two means. */
static const struct backend_link adam[] = {
    { .function = MAP_LERP, .out = 2, .in = { 2, 1 }, .p = 0.1 },
    { .function = MAP_MUL, .out = 3, .in = { 3, -1 }, .number = { 0, 0.999 } },
    { .function = MAP_ADDCMUL, .out = 3, .in = { 3, 1, 1 }, .p = 0.001 },
    { .function = MAP_SQRT, .out = STEP, .in = { 3 } },
    { .function = MAP_DIV, .out = STEP, .in = { STEP, -1 }, .number = { 0, 0.3 } },
    { .function = MAP_ADD, .out = STEP, .in = { STEP, -1 }, .number = { 0, 1e-8 }, .p = 1 },
    { .function = MAP_ADDCDIV, .out = 0, .in = { 0, 2, STEP }, .p = -0.01 },
};

/* The other functions; view 4 is written before it is read. */
static const struct backend_link others[] = {
    { .function = MAP_COPY, .out = 4, .in = { 1 } },
    { .function = MAP_NEG, .out = STEP, .in = { 4 } },
    { .function = MAP_ABS, .out = STEP + 1, .in = { STEP } },
    { .function = MAP_RECIPROCAL, .out = STEP + 2, .in = { 2 } },
    { .function = MAP_SUB, .out = STEP + 3, .in = { STEP + 2, STEP + 1 }, .p = 0.7 },
    { .function = MAP_MAXIMUM, .out = 3, .in = { 3, STEP + 3 } },
    { .function = MAP_MINIMUM, .out = 0, .in = { 0, 3 } },
    { .function = MAP_LERP, .out = 4, .in = { 4, 2 }, .p = 0.9 },
};

struct chain_try {
    const struct backend_link *links;
    int count;
    enum dtype dtype;
    struct parity_shape shape;
    enum parity_values values;
    enum parity_layout layout; /* of the first; the next ones have the next ones */
};

static void run_chain(struct parity *p, const struct chain_try *try)
{
    char text[80];
    struct parity_operand views[CHAIN_MAX_VIEWS];
    struct backend_chain call[PARITY_SIDES];
    parity_name(p, "chain %s %s of %d, layout %d, values %d", dtype_name(try->dtype),
                shape_text(&try->shape, text, sizeof(text)), try->count, (int)try->layout,
                (int)try->values);
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] =
            (struct backend_chain){ .dtype = try->dtype, .links = try->links, .count = try->count };
    }
    for (int v = 0; v < CHAIN_MAX_VIEWS; v++) {
        const enum parity_layout layout = ((unsigned)try->layout + (unsigned)v) % PARITY_LAYOUTS;
        const bool is_lone = try->layout == PARITY_DENSE;
        const struct parity_spec spec = { .dtype = try->dtype,
                                          .shape = try->shape,
                                          .layout = is_lone                      ? PARITY_DENSE
                                                    : layout == PARITY_BROADCAST ? PARITY_SLICED
                                                                                 : layout,
                                          .values = v == 4 ? PARITY_NAN : try->values };
        views[v] = operand_create(p, &spec);
        for (int s = 0; s < PARITY_SIDES; s++) {
            call[s].views[v] = v == 4 && try->links == adam ? NULL : &views[v].view[s];
        }
    }
    const bool ran = PARITY_RUN(p, chain, call);
    for (int v = 0; v < CHAIN_MAX_VIEWS; v++) {
        if (ran) {
            parity_compare(p, &views[v], &(struct parity_tolerance){ 0 });
        }
        operand_destroy(p, &views[v]);
    }
}

static void try_chain(struct parity *p, struct chain_try try)
{
    static const struct parity_shape shapes[] = {
        { 1, { 33 } }, { 2, { 31, 17 } }, { 3, { 2, 5, 300 } }, { 1, { 5000 } },
        { 0, { 0 } },  { 1, { 0 } },      { 1, { 1 } },
    };
    static const enum parity_values values[] = { PARITY_MILD, PARITY_WIDE, PARITY_SPECIAL };
    for (size_t i = 0; i < (p->quick ? 2 : sizeof(shapes) / sizeof(*shapes)); i++) {
        try.shape = shapes[i];
        for (int way = 0; way < 12; way += p->quick ? 5 : 1) {
            try.values = values[way / 4];
            try.layout = (enum parity_layout)(way % PARITY_LAYOUTS);
            run_chain(p, &try);
        }
    }
}

void parity_chains(struct parity *p)
{
    for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
        if (parity_covers(p, PRIMITIVE_CHAIN, 0, (enum dtype)dtype)) {
            struct chain_try try = { .dtype = (enum dtype)dtype };
            try.links = adam;
            try.count = sizeof(adam) / sizeof(*adam);
            try_chain(p, try);
            try.links = others;
            try.count = sizeof(others) / sizeof(*others);
            try_chain(p, try);
        }
    }
}
