#pragma once
/* What the files of the replay share. Private to engine/probe. */

#include "engine/probe/replay.h"

struct replay {
    struct engine *engine;
    const struct tape_walk *walk;
    enum dtype dtype;          /* that floats have here */
    struct tensor **leaves;    /* owned, of walk->leaves */
    struct tensor **constants; /* owned, of all operands of all steps; NULL where it is none */
    struct tensor ***from;     /* where each operand's tensor lies: a constant, a leaf, an output */
    size_t *first_operand;     /* in these two, of each step */
    struct tensor **out;       /* owned while steps run, of all steps */
    size_t *first_out;         /* of each step */
    struct operand *in;        /* scratch, of one step */

    /* Of replay_losses: which leaves and outputs have a dimension of values in front. */
    bool *leaf_many, *out_many;
    int64_t many;
};

bool replay_step(struct replay *replay, size_t index, struct error *err);
/* The number of outputs of all steps. */
size_t replay_out_count(const struct replay *replay);
void replay_forget_steps(struct replay *replay);
/* What the engine is while steps run; replay_begin returns what it was, for replay_end. */
enum dtype replay_begin(const struct replay *replay);
void replay_end(const struct replay *replay, enum dtype before);
/* Lent, while the steps' outputs are there. */
struct tensor *replay_root(const struct replay *replay, size_t root);
