#pragma once
/* How wide the first weights of a layer are drawn: the formulas of nn.init, in double and in PyTorch's
 * order of operations. */

#include "engine/tensor/tensor.h"

/* calculate_gain: how much a nonlinearity shrinks what goes through it. `parameter` is leaky_relu's
 * slope. "Unsupported nonlinearity ...", ValueError. */
bool init_gain(const char *nonlinearity, double parameter, double *out, struct error *err);

/* How many numbers each output is made of, and how many outputs each input goes to: weight
 * [out, in, ...], where what follows is a window. "Fan in and fan out can not be computed for tensor
 * with fewer than 2 dimensions", ValueError. */
struct init_fans {
    int64_t in, out;
};
bool init_fans_of(const struct tensor *weight, struct init_fans *out, struct error *err);

/* gain·√(2/(in + out)) */
double init_xavier_deviation(const struct init_fans *fans, double gain);
/* The a of a uniform [-a, a) with that deviation: √3·deviation. */
double init_uniform_bound(double deviation);

struct generator;
/* orthogonal_: a standard normal matrix [out, in·...] is drawn, and its rows (or columns, if there are
 * fewer of these) are made orthogonal to each other and of length `gain`. ValueError with fewer than two
 * dimensions. orthogonal.c */
bool init_orthogonal(struct generator *generator, struct tensor *tensor, double gain,
                     struct error *err);
