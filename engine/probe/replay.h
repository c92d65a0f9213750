#pragma once
/* A walk's forward pass, computed again in another dtype and with other numbers at its leaves. Python
 * is not asked: branches are those that were recorded, random numbers as well, since they are
 * constants of the tape.
 *
 *     struct replay *replay = replay_create(engine, walk, DTYPE_FLOAT64, &err);
 *     replay_leaf(replay, 0)      the tensor that stands for leaf 0: write to it, or replay_set
 *     replay_loss(replay, &loss, &err);
 *
 * With requires_grad on a leaf's tensor and grad mode on, replay_run makes a graph to go back
 * through. The engine's observer must be gone: nothing of this is the lesson's doing. */

#include "engine/probe/tape.h"

struct replay;

/* Lends the walk. NULL with a sentence when it cannot be computed again; walk->node is why. */
struct replay *replay_create(struct engine *engine, const struct tape_walk *walk, enum dtype dtype,
                             struct error *err);
/* NULL is allowed. */
void replay_destroy(struct replay *replay);

/* The tensor that stands for leaf `index` of the walk, lent; whoever writes to it changes it for all
 * later runs. */
struct tensor *replay_leaf(const struct replay *replay, size_t index);
/* Another tensor in its place from now on (a reference is kept): of any shape that the steps accept. */
void replay_set(struct replay *replay, size_t index, struct tensor *tensor);

/* Runs all steps: what stands for root `root` of the walk, a reference; NULL with a sentence. */
struct tensor *replay_run(struct replay *replay, size_t root, struct error *err);

/* Runs all steps: the sum over all roots of (root · the gradient that backward began with), which for
 * a loss is the loss. */
bool replay_loss(struct replay *replay, double *loss, struct error *err);
/* The same of the numbers that the lesson saw. */
double replay_recorded_loss(const struct tape_walk *walk);
/* Whether a loss computed again, with the leaves as they were, is the one that the lesson saw; a
 * sentence otherwise. */
bool replay_is_true(const struct tape_walk *walk, double loss, struct error *err);
/* How many elements the results of all steps have, and those of the largest. */
bool replay_sizes(struct replay *replay, int64_t *elements, int64_t *largest, struct error *err);

/* The loss for many values at once. A tensor in a leaf's place that has a dimension in front, of the
 * same length for all that are given so; replay_set takes it back. */
void replay_set_many(struct replay *replay, size_t index, struct tensor *tensor);
/* Runs all steps once: `losses` holds a loss for each of the values (one, if no leaf has many). False
 * with a sentence when some step cannot be run for many values at once; replay_loss can still be asked
 * for one after the other. */
bool replay_losses(struct replay *replay, double *losses, struct error *err);
