#pragma once
/* Random numbers, bit for bit those of PyTorch's CPU generator, on every device: drawn on the host
 * and written. The fills visit elements in PyTorch's order (memory order for a permuted dense
 * tensor, row-major otherwise), and do not touch the version. */

#include "engine/tensor/tensor.h"

enum { GENERATOR_WORDS = 624, GENERATOR_BYTES = 5056 };

/* MT19937 and the half of a normal pair that is waiting to be used. */
struct generator {
    uint32_t state[GENERATOR_WORDS];
    int next; /* words used of the state */
    uint64_t seed;
    bool has_normal;
    double normal;
};

/* Only the low 32 bits count for the stream; the waiting normal is forgotten. */
void generator_seed(struct generator *generator, uint64_t seed);
uint32_t generator_next32(struct generator *generator);
uint64_t generator_next64(struct generator *generator); /* first word high */

/* The whole state as PyTorch's bytes. "Invalid mt19937 state" where they cannot be one. */
void generator_save(const struct generator *generator, uint8_t out[GENERATOR_BYTES]);
bool generator_load(struct generator *generator, const uint8_t in[GENERATOR_BYTES],
                    struct error *err);

/* Floats only: [from, to). */
bool random_uniform(struct generator *generator, struct tensor *out, double from, double to,
                    struct error *err);
/* Floats only; standard normal times std plus mean. */
bool random_normal(struct generator *generator, struct tensor *out, double mean, double std,
                   struct error *err);
/* Element by element through the waiting normal, whatever the size: what torch.normal(tensor, ...)
 * and non-contiguous tensors get. */
bool random_normal_scalar(struct generator *generator, struct tensor *out, double mean, double std,
                          struct error *err);
/* Whole numbers in [low, high), any dtype. "random_ expects 'from' to be less than 'to', but got
 * from=5 >= to=5". */
bool random_integers(struct generator *generator, struct tensor *out, int64_t low, int64_t high,
                     struct error *err);
/* 0 .. n-1 in random order, n = out->count, out 1-d. */
bool random_permutation(struct generator *generator, struct tensor *out, struct error *err);
/* 1 with probability p, else 0: one 64-bit word an element. */
bool random_bernoulli(struct generator *generator, struct tensor *out, double p, struct error *err);
/* The same with a probability of its own for each element, of p's shape: one word of p's width each. */
bool random_bernoulli_each(struct generator *generator, struct tensor *out, const struct tensor *p,
                           struct error *err);
/* Floats only: how long one waits for what happens lambda times in a unit of time. */
bool random_exponential(struct generator *generator, struct tensor *out, double lambda,
                        struct error *err);
/* Any whole number that the dtype holds exactly, from 0. */
bool random_whole(struct generator *generator, struct tensor *out, struct error *err);

/* `count` categories for each row of weights p (1-d or 2-d floats, of any positive sum): int64. */
struct choice {
    const struct tensor *p;
    int64_t count;
    bool replacement;
};
struct tensor *random_choice(struct generator *generator, const struct choice *choice,
                             struct error *err);

/* Normal numbers that lie within bounds (nn.init.trunc_normal_), to float32's last bits. */
struct bounds {
    double low, high;
};
bool random_truncated_normal(struct generator *generator, struct tensor *out, double mean,
                             double std, const struct bounds *bounds, struct error *err);
