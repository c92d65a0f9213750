#pragma once
/* Optimizers: kinds with their options and named state, groups of parameters, and the step, bit for
 * bit PyTorch's. Each update formula stands once, in its kind's step, made of backend maps; nothing
 * is recorded by autograd. */

#include "engine/tensor/tensor.h"

struct engine;

enum { OPTIMIZER_MAX_OPTIONS = 16, OPTIMIZER_MAX_STATE = 4 };

enum option_kind { OPTION_NONE, OPTION_NUMBER, OPTION_BOOL, OPTION_PAIR };

/* One key of a parameter group. NUMBER uses first, PAIR (betas) both, BOOL first as a bool. Technical
 * ones (foreach, capturable, ...) have no effect here: they are printed, and left out of traces. */
struct option {
    const char *name;
    enum option_kind kind;
    bool technical;
    struct number first, second;
};

struct optimizer_group {
    struct option options[OPTIMIZER_MAX_OPTIONS]; /* as many as the kind has, in its order */
    struct tensor **params;                       /* owned references */
    struct optimizer_state *state;                /* one for each parameter */
    int param_count;
};

/* Tensors in the order of kind->state_names; NULL until the first step that needs them. */
struct optimizer_state {
    bool started;
    int64_t step; /* of kinds that count (kind->counts_steps); PyTorch's 0-d tensor "step" */
    struct tensor *tensors[OPTIMIZER_MAX_STATE];
};

struct optimizer_step; /* what one parameter's step is given; private to engine/optim */

/* A row: SGD, Adam, AdamW, Adamax, NAdam, RAdam, RMSprop, Adagrad, Adadelta. */
struct optimizer_kind {
    const char *name; /* "SGD" */
    /* With defaults, in the order of PyTorch's dictionary `defaults`; NULL ends. `positional` names
     * those that may be given without a name where their order is another; NULL: the same. */
    struct option options[OPTIMIZER_MAX_OPTIONS];
    const char *positional[OPTIMIZER_MAX_OPTIONS];
    const char *state_names[OPTIMIZER_MAX_STATE]; /* "exp_avg", ...; NULL ends */
    bool counts_steps;
    /* "Invalid learning rate: -1", ValueError. */
    bool (*check)(const struct optimizer_group *group, struct error *err);
    /* (optional) Makes the state that a parameter has before its first step; it has no gradient yet. */
    bool (*begin)(struct optimizer_step *step, struct error *err);
    bool (*step)(struct optimizer_step *step, struct error *err); /* NULL: of optimizer_custom */
};

extern const struct optimizer_kind optimizer_sgd, optimizer_adam, optimizer_adamw,
    optimizer_rmsprop, optimizer_adagrad, optimizer_adadelta, optimizer_adamax, optimizer_nadam,
    optimizer_radam;
/* Whose step somebody else makes (a class of the lesson's): groups without options. */
extern const struct optimizer_kind optimizer_custom;

struct optimizer {
    uint64_t id; /* from engine->optimizer_ids */
    struct engine *engine;
    const struct optimizer_kind *kind;
    struct optimizer_group *groups;
    int group_count;
};

struct optimizer *optimizer_create(struct engine *engine, const struct optimizer_kind *kind);
void optimizer_destroy(struct optimizer *optimizer); /* NULL is allowed */

/* Adds a group with the kind's defaults changed by `options` (by name); keeps references to params.
 * "can't optimize a non-leaf Tensor", "optimizer got an empty parameter list", "some parameters appear
 * in more than one parameter group". */
struct optimizer_group_spec {
    struct tensor *const *params;
    int param_count;
    const struct option *options;
    int option_count;
};
bool optimizer_add_group(struct optimizer *optimizer, const struct optimizer_group_spec *spec,
                         struct error *err);

/* Makes these the groups, unchecked, with the options of `specs` (by name); parameters that were in a
 * group before keep their state. */
void optimizer_regroup(struct optimizer *optimizer, const struct optimizer_group_spec *specs,
                       int count);
/* Lets go of what a parameter's steps left; so it was before the first of them. */
void optimizer_state_clear(struct optimizer_state *state);

/* Tells the observer of the optimizer and its groups: when it has them all, and again when one more
 * was added. */
void optimizer_announce(const struct optimizer *optimizer);

/* The option of that name; NULL if the kind has none. May be changed between steps (schedulers). */
struct option *optimizer_option(struct optimizer_group *group, const char *name);

/* One step over all parameters that have a gradient; versions rise by one, the observer is told
 * (`updated` for each parameter, then `stepped`). */
bool optimizer_step(struct optimizer *optimizer, struct error *err);
/* .grad = None for every parameter, or zeroed in place. */
bool optimizer_zero_grad(struct optimizer *optimizer, bool set_to_none, struct error *err);
