#include "tests/parity/parity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/cpu/value.h"
#include "engine/tensor/dtype.h"

/* ---- values --------------------------------------------------------------------------------------- */

static uint64_t random_bits(struct parity *p)
{
    p->random ^= p->random << 13;
    p->random ^= p->random >> 7;
    p->random ^= p->random << 17;
    return p->random;
}

/* Between -1 and 1. */
static double random_unit(struct parity *p)
{
    return (double)(random_bits(p) >> 11) * 0x1p-52 - 1;
}

static const double special_reals[] = { NAN,       0.0,    -0.0,  1,      -1,       INFINITY,
                                        -INFINITY, 0.5,    -1.5,  2.5,    0x1p-149, -0x1p-130,
                                        0x1p-126,  3.4e38, -3e38, 1e-30,  88.5,     -103.5,
                                        16777217,  1e10,   -3e9,  255.75, 0.99999,  3.14159,
                                        -2.71828,  1e20,   -7.5,  100.25 };
static const int64_t special_wholes[] = { 0,         1,         -1,
                                          2,         -2,        7,
                                          -7,        127,       128,
                                          255,       INT32_MAX, INT32_MIN,
                                          INT64_MAX, INT64_MIN, (int64_t)1 << 32,
                                          -12345,    1000003 };

enum {
    SPECIAL_REALS = sizeof(special_reals) / sizeof(*special_reals),
    SPECIAL_WHOLES = sizeof(special_wholes) / sizeof(*special_wholes),
};

static struct value special_value(const struct parity_spec *spec, int64_t i)
{
    const int64_t at = i / (spec->turn ? spec->turn : 1);
    if (dtype_is_float(spec->dtype)) {
        return (struct value){ .is_real = true, .real = special_reals[at % SPECIAL_REALS] };
    }
    const int64_t skipped = spec->values == PARITY_NONZERO ? 1 : 0;
    const int64_t whole = special_wholes[skipped + at % (SPECIAL_WHOLES - skipped)];
    const uint64_t limit = spec->dtype == DTYPE_BOOL ? 1 : spec->dtype == DTYPE_UINT8 ? 255 : 0;
    /* (Not a zero where none may be: 256 would be one.) */
    return (struct value){ .whole = limit && (uint64_t)whole > limit ? 1
                                    : spec->dtype == DTYPE_INT32     ? (int32_t)(whole | skipped)
                                                                     : whole };
}

static struct value random_value(struct parity *p, const struct parity_spec *spec)
{
    const double unit = random_unit(p);
    const bool wide = spec->values == PARITY_WIDE;
    if (dtype_is_float(spec->dtype)) {
        return (struct value){ .is_real = true,
                               .real =
                                   wide ? ldexp(unit, (int)(random_bits(p) % 80) - 40) : 2 * unit };
    }
    const int64_t limit = spec->dtype == DTYPE_BOOL ? 2 : spec->dtype == DTYPE_UINT8 ? 256 : 200;
    const uint64_t bits = random_bits(p);
    if (spec->dtype < DTYPE_INT32) {
        return (struct value){ .whole = (int64_t)(bits % (uint64_t)limit) };
    }
    return (struct value){ .whole =
                               wide ? (int64_t)bits : (int64_t)(bits % (uint64_t)limit) - 100 };
}

static struct value whole_value(const struct parity_spec *spec, int64_t whole)
{
    return (struct value){ .is_real = dtype_is_float(spec->dtype),
                           .real = (double)whole,
                           .whole = spec->dtype == DTYPE_BOOL ? whole != 0 : whole };
}

static struct value value_of(struct parity *p, const struct parity_spec *spec, int64_t i)
{
    switch (spec->values) {
    case PARITY_MILD:
    case PARITY_WIDE:
        return random_value(p, spec);
    case PARITY_SPECIAL:
    case PARITY_NONZERO:
        return special_value(spec, i);
    case PARITY_SMALL:
        return whole_value(spec,
                           (int64_t)(random_bits(p) % 74) - (spec->dtype == DTYPE_UINT8 ? 0 : 3));
    case PARITY_NATURAL:
        return whole_value(spec, (int64_t)(random_bits(p) % 10));
    case PARITY_COUNTED:
        return whole_value(spec, i * 7 % spec->modulus);
    case PARITY_NAN:
        return (struct value){ .is_real = dtype_is_float(spec->dtype),
                               .real = NAN,
                               .whole = spec->dtype == DTYPE_BOOL ? 1 : -1 };
    }
    return (struct value){ 0 };
}

/* ---- layouts -------------------------------------------------------------------------------------- */

int64_t shape_elements(const struct parity_shape *shape)
{
    int64_t count = 1;
    for (int d = 0; d < shape->dims; d++) {
        count *= shape->size[d];
    }
    return count;
}

const char *shape_text(const struct parity_shape *shape, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int d = 0; d < shape->dims && used < size; d++) {
        used += (size_t)snprintf(text + used, size - used, d > 0 ? ", %lld" : "%lld",
                                 (long long)shape->size[d]);
    }
    if (used < size) {
        snprintf(text + used, size - used, "]");
    }
    return text;
}

/* Strides of the layout; the value is how many elements its memory holds, *first where the view begins. */
static int64_t lay_out(const struct parity_spec *spec, int64_t *strides, int64_t *first)
{
    const int dims = spec->shape.dims;
    const bool sliced = spec->layout == PARITY_SLICED;
    bool broadcast = spec->layout == PARITY_BROADCAST;
    int64_t step = 1;
    *first = sliced ? 3 : 0;
    for (int k = 0; k < dims; k++) {
        const int d = spec->layout == PARITY_TURNED ? k : dims - 1 - k;
        const int64_t size = spec->shape.size[d];
        strides[d] = sliced && k == 0 ? 2 * step : step;
        step *= sliced ? 2 * size + 1 : size;
    }
    for (int d = 0; d < dims && broadcast; d++) {
        if (spec->shape.size[d] > 1) {
            strides[d] = 0;
            broadcast = false;
        }
    }
    return step + (sliced ? 2 * *first : 0);
}

struct parity_operand operand_create(struct parity *p, const struct parity_spec *spec)
{
    struct parity_operand operand = { .bytes = 0 };
    struct backend_view view = { .dtype = spec->dtype, .dims = spec->shape.dims };
    int64_t first;
    const int64_t count = lay_out(spec, view.strides, &first);
    memcpy(view.shape, spec->shape.size, sizeof(view.shape));
    operand.bytes = (size_t)count * dtype_size(spec->dtype);
    char *elements = memory_allocate(operand.bytes + 1, 1);
    for (int64_t i = 0; i < count; i++) {
        value_put(elements, spec->dtype, i, value_of(p, spec, i));
    }
    for (int s = 0; s < PARITY_SIDES; s++) {
        struct error err = { 0 };
        operand.view[s] = view;
        if (operand.bytes > 0 &&
            p->side[s]->impl->alloc(p->side[s], operand.bytes, &operand.memory[s], &err)) {
            fprintf(stderr, "%s: no memory for a test: %s\n", p->what, err.text);
            exit(1);
        }
        operand.view[s].data =
            operand.memory[s] ? (char *)operand.memory[s] + first * (int64_t)dtype_size(spec->dtype)
                              : NULL;
    }
    operand_write(p, &operand, elements);
    free(elements);
    return operand;
}

void operand_destroy(struct parity *p, struct parity_operand *operand)
{
    for (int s = 0; s < PARITY_SIDES && operand->bytes > 0; s++) {
        p->side[s]->impl->release(p->side[s], operand->memory[s], operand->bytes);
    }
    *operand = (struct parity_operand){ .bytes = 0 };
}

void operand_write(struct parity *p, const struct parity_operand *operand, const void *elements)
{
    for (int s = 0; s < PARITY_SIDES && operand->bytes > 0; s++) {
        struct error err = { 0 };
        if (p->side[s]->impl->write(p->side[s], operand->memory[s], elements, operand->bytes,
                                    &err) != BACKEND_OK) {
            parity_fail(p, "not written: %s", err.text);
        }
    }
}

void *operand_read(struct parity *p, const struct parity_operand *operand, int side)
{
    struct backend *backend = p->side[side];
    struct error err = { 0 };
    void *elements = memory_allocate(operand->bytes + 1, 1);
    if (operand->bytes > 0 && backend->impl->read(backend, elements, operand->memory[side],
                                                  operand->bytes, &err) != BACKEND_OK) {
        parity_fail(p, "not read: %s", err.text);
    }
    return elements;
}
