#pragma once
/* How tensors are filled with random numbers: on the host, then written. Private to engine/tensor. */

#include "engine/tensor/random.h"

/* What a fill draws: one of these functions, with its numbers. */
struct draw {
    struct generator *generator;
    enum dtype dtype;
    double a, b;
    uint64_t range;
    int64_t low;
    const struct bounds *bounds;
    /* Fills elements[0..count) of the dtype. */
    void (*fill)(const struct draw *draw, void *elements, int64_t count);
};

bool random_draw_into(struct tensor *out, const struct draw *draw, struct error *err);

/* [0, 1) with 24 and with 53 bits. */
static inline float random_uniform32(struct generator *generator)
{
    return (float)(generator_next32(generator) & 0xffffff) * 0x1p-24f;
}

static inline double random_uniform64(struct generator *generator)
{
    return (double)(generator_next64(generator) & 0x1fffffffffffff) * 0x1p-53;
}

/* Puts a whole number where an element of any dtype stands. */
void random_put_whole(enum dtype dtype, void *elements, int64_t i, int64_t value);
/* False with "\"normal_kernel_cpu\" not implemented for 'Long'". */
bool random_only_floats(const char *what, const struct tensor *out, struct error *err);
