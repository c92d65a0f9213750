#pragma once
/* What the step of one parameter is given, and the few words that update formulas are written in.
 * Private to engine/optim. */

#include "engine/optim/optim.h"
#include "engine/tensor/compute.h"

struct optimizer_step {
    struct engine *engine;
    const struct optimizer_group *group;
    struct optimizer_state *state;
    struct tensor *param, *grad; /* lent */
    struct step_chain
        *chain; /* takes the maps on param, grad and state up; NULL: each is run at once */
};

/* The maps of a step, to be run together: tensors by their registers (backend.h), each held. */
struct step_chain {
    struct tensor *registers[CHAIN_MAX_REGISTERS];
    struct backend_link links[CHAIN_MAX_LINKS];
    int count;
};

/* Whether a chain can do the step: all it works on lies apart, and is alike. */
bool step_chains(const struct optimizer_step *step);
/* Runs what was taken up. */
bool step_chain_run(struct step_chain *chain, struct error *err);
void step_chain_finish(struct step_chain *chain);

/* The number that an option holds, of a pair the first; and the second of a pair. */
struct number step_option(const struct optimizer_group *group, const char *name);
struct number step_option_second(const struct optimizer_group *group, const char *name);
double step_real(const struct optimizer_group *group, const char *name);
bool step_flag(const struct optimizer_group *group, const char *name);
void step_pair(const struct optimizer_group *group, const char *name, double *first,
               double *second);

/* State tensor `index`, made of zeros if it is not there yet. NULL with err. */
struct tensor *step_zeros(const struct optimizer_step *step, int index, struct error *err);

/* Like the parameter, not initialised. */
struct tensor *step_like(const struct optimizer_step *step, struct error *err);

/* The gradient that the formulas start from, negated when maximising, with `decay` times the parameter
 * added: a reference. */
struct tensor *step_gradient(const struct optimizer_step *step, double decay, struct error *err);

/* The same where weight_decay may be decoupled: then it shrinks the parameter instead. */
struct tensor *step_decayed_gradient(const struct optimizer_step *step, struct error *err);

/* Brings the means of g and of g·g up to date by betas: state tensors `first` and first + 1. adam.c */
bool step_moments(const struct optimizer_step *step, int first, struct tensor *grad,
                  struct tensor **mean, struct tensor **square, struct error *err);

/* out = function(a, b, c) with parameter p; operands without value are left out. */
bool step_map(const struct optimizer_step *step, struct tensor *out, enum map_function function,
              const struct operand *in, double p, struct error *err);
bool step_map2(const struct optimizer_step *step, struct tensor *out, enum map_function function,
               struct tensor *a, struct tensor *b, double p, struct error *err);
bool step_scale(const struct optimizer_step *step, struct tensor *out, double factor,
                struct error *err); /* out = out·factor */

/* out = a + p·b·c, and out = a + p·b/c */
bool step_add_product(const struct optimizer_step *step, struct tensor *out, struct tensor *a,
                      struct tensor *b, struct tensor *c, double p, struct error *err);
bool step_add_quotient(const struct optimizer_step *step, struct tensor *out, struct tensor *a,
                       struct tensor *b, struct tensor *c, double p, struct error *err);
/* √a/divide + add, like the parameter: a reference. */
struct tensor *step_root(const struct optimizer_step *step, struct tensor *a, double divide,
                         double add, struct error *err);

/* lr, eps, betas and weight_decay of Adam and its kin (adam.c). */
bool step_check_adam(const struct optimizer_group *group, struct error *err);

/* For the tables of options. */
#define OPTION_REAL(value)                   \
    {                                        \
        .kind = NUMBER_REAL, .real = (value) \
    }
#define OPTION_WHOLE(value)                        \
    {                                              \
        .kind = NUMBER_INTEGER, .integer = (value) \
    }

/* "Invalid learning rate: -1" unless the option is at least 0. */
bool step_check_positive(const struct optimizer_group *group, const char *name, const char *what,
                         struct error *err);
