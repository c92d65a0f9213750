#include "engine/probe/race.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/autograd/autograd.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/optim/optim.h"

static const struct racer {
    const char *name;
    const struct optimizer_kind *kind;
    double momentum; /* of SGD */
} racers[RACE_OPTIMIZERS] = {
    { "SGD", &optimizer_sgd, 0 },         { "momentum", &optimizer_sgd, 0.9 },
    { "RMSprop", &optimizer_rmsprop, 0 }, { "Adagrad", &optimizer_adagrad, 0 },
    { "Adam", &optimizer_adam, 0 },
};

/* One optimizer on its way. */
struct run {
    struct engine *engine;
    const struct tape_walk *walk;
    const struct race_question *question;
    struct replay *replay;
    struct optimizer *optimizer;
    struct tensor *gradient;  /* that backward begins with */
    struct tensor *leaves[2]; /* lent; both the same where one tensor has both numbers */
    int leaf_count;
    double *scratch; /* as long as the larger leaf */
};

/* The element of axis `axis` in a tensor like its leaf; 0 where there is none. */
static bool element_of(const struct run *run, const struct tensor *tensor, int axis, double *out,
                       struct error *err)
{
    *out = 0;
    if (!tensor) {
        return true;
    }
    if (!tensor_read_real(tensor, run->scratch, err)) {
        return false;
    }
    *out = run->scratch[run->question->element[axis]];
    return true;
}

/* ---- making -------------------------------------------------------------------------------------- */

static bool put_at_start(const struct run *run, struct error *err)
{
    const struct race_question *q = run->question;
    for (int axis = 0; axis < 2; axis++) {
        struct tensor *leaf = replay_leaf(run->replay, q->leaf[axis]);
        if (!tensor_read_real(leaf, run->scratch, err)) {
            return false;
        }
        run->scratch[q->element[axis]] = q->start[axis];
        if (!surface_write(leaf, run->scratch, err)) {
            return false;
        }
        leaf->requires_grad = true;
    }
    return true;
}

static bool make_optimizer(struct run *run, const struct racer *racer, struct error *err)
{
    struct option options[] = {
        { .name = "lr", .kind = OPTION_NUMBER, .first = number_real(run->question->lr) },
        { .name = "momentum", .kind = OPTION_NUMBER, .first = number_real(racer->momentum) },
    };
    const struct optimizer_group_spec spec = { .params = run->leaves,
                                               .param_count = run->leaf_count,
                                               .options = options,
                                               .option_count = racer->momentum > 0 ? 2 : 1 };
    run->optimizer = optimizer_create(run->engine, racer->kind);
    return optimizer_add_group(run->optimizer, &spec, err);
}

static bool run_begin(struct run *run, const struct racer *racer, struct error *err)
{
    const struct race_question *q = run->question;
    const struct tape_root *root = &run->walk->roots[0];
    const enum dtype dtype = run->walk->leaves[q->leaf[0]].value->dtype;
    size_t most = 1;
    for (int axis = 0; axis < 2; axis++) {
        const size_t count = (size_t)run->walk->leaves[q->leaf[axis]].value->count;
        most = count > most ? count : most;
    }
    run->scratch = memory_allocate(most, sizeof(*run->scratch));
    if (!(run->replay = replay_create(run->engine, run->walk, dtype, err)) ||
        !surface_give(run->replay, q->values, q->value_count, err)) {
        return false;
    }
    for (int axis = 0; axis < 2; axis++) {
        run->leaves[axis] = replay_leaf(run->replay, q->leaf[axis]);
    }
    run->leaf_count = run->leaves[0] == run->leaves[1] ? 1 : 2;
    struct tensor *value = replay_run(run->replay, 0, err);
    if (value) {
        const struct tensor_spec spec = { .dtype = value->dtype, .shape = value->shape };
        run->gradient = tensor_create(run->engine, &spec, err);
    }
    tensor_unref(value);
    return run->gradient && surface_write(run->gradient, root->gradient, err) &&
           put_at_start(run, err) && make_optimizer(run, racer, err);
}

static void run_end(struct run *run)
{
    optimizer_destroy(run->optimizer);
    tensor_unref(run->gradient);
    replay_destroy(run->replay);
    free(run->scratch);
}

/* ---- steps --------------------------------------------------------------------------------------- */

/* What stands still has no gradient. With a zero gradient no optimizer here moves an element. */
static bool hold_others(const struct run *run, struct error *err)
{
    const struct race_question *q = run->question;
    for (int i = 0; i < run->leaf_count; i++) {
        struct tensor *grad = run->leaves[i]->grad;
        if (!grad || grad->count <= 1) {
            continue;
        }
        if (!tensor_read_real(grad, run->scratch, err)) {
            return false;
        }
        for (int64_t k = 0; k < grad->count; k++) {
            const bool moves = (q->leaf[0] == q->leaf[i] && k == q->element[0]) ||
                               (q->leaf[1] == q->leaf[i] && k == q->element[1]);
            run->scratch[k] = moves ? run->scratch[k] : 0;
        }
        if (!surface_write(grad, run->scratch, err)) {
            return false;
        }
    }
    return true;
}

/* The loss where it stands; its gradients are then at the leaves. */
static bool go_back(const struct run *run, double *loss, struct error *err)
{
    struct tensor *const gradients[] = { run->gradient };
    struct tensor *root = replay_run(run->replay, 0, err);
    const struct tape_root *recorded = &run->walk->roots[0];
    if (!root) {
        return false;
    }
    const struct backward_call call = { .roots = &root, .gradients = gradients, .root_count = 1 };
    double *values = memory_allocate((size_t)root->count + 1, sizeof(*values));
    bool fine = tensor_read_real(root, values, err);
    *loss = 0;
    for (int64_t i = 0; fine && i < root->count; i++) {
        *loss += values[i] * recorded->gradient[i];
    }
    free(values);
    fine = fine && optimizer_zero_grad(run->optimizer, true, err) &&
           autograd_backward(run->engine, &call, err) && hold_others(run, err);
    tensor_unref(root);
    return fine;
}

/* The numbers as they stand, and what the optimizer keeps of them. */
static bool note(const struct run *run, struct race_path *path, int at, struct error *err)
{
    const struct optimizer_group *group = &run->optimizer->groups[0];
    for (int axis = 0; axis < 2; axis++) {
        const struct optimizer_state *state = &group->state[run->leaf_count == 2 ? axis : 0];
        if (!element_of(run, run->leaves[axis], axis, &path->points[2 * at + axis], err)) {
            return false;
        }
        for (int s = 0; s < RACE_STATES && path->states[s]; s++) {
            if (!element_of(run, state->tensors[s], axis, &path->kept[s][2 * at + axis], err)) {
                return false;
            }
        }
    }
    return true;
}

static bool is_finite_at(const struct race_path *path, int at)
{
    return isfinite(path->points[2 * at]) && isfinite(path->points[2 * at + 1]) &&
           isfinite(path->losses[at]);
}

static bool take_steps(const struct run *run, struct race_path *path, struct error *err)
{
    for (int at = 0; at <= run->question->steps; at++) {
        if ((at > 0 && !optimizer_step(run->optimizer, err)) || !note(run, path, at, err) ||
            !go_back(run, &path->losses[at], err)) {
            return false;
        }
        if (!is_finite_at(path, at)) {
            return true;
        }
        path->count = at + 1;
    }
    return true;
}

static bool run_racer(struct run *run, const struct racer *racer, struct race_path *path,
                      struct error *err)
{
    const size_t points = (size_t)run->question->steps + 1;
    path->name = racer->name;
    path->points = memory_allocate(2 * points, sizeof(double));
    path->losses = memory_allocate(points, sizeof(double));
    const bool keeps = racer->kind != &optimizer_sgd || racer->momentum > 0;
    for (int s = 0; keeps && s < RACE_STATES && racer->kind->state_names[s]; s++) {
        path->states[s] = racer->kind->state_names[s];
        path->kept[s] = memory_allocate(2 * points, sizeof(double));
    }
    if (!take_steps(run, path, err)) {
        return false;
    }
    /* A kind names what it may keep; what it kept is there now. */
    const struct optimizer_state *state = &run->optimizer->groups[0].state[0];
    for (int s = 0; s < RACE_STATES; s++) {
        path->states[s] = state->tensors[s] ? path->states[s] : NULL;
    }
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static bool check(struct engine *engine, const struct tape_walk *walk,
                  const struct race_question *q, struct race_answer *out, struct error *err)
{
    double loss;
    if (walk->root_count != 1) {
        return error_set(err, "backward began at several tensors");
    }
    if (q->steps < 1 || q->steps > RACE_STEPS_MOST || !(q->lr > 0) || !isfinite(q->lr)) {
        return error_set(err, "a race has from 1 to %d steps, and a learning rate above 0",
                         RACE_STEPS_MOST);
    }
    for (int axis = 0; axis < 2; axis++) {
        const struct tape_value *value = walk->leaves[q->leaf[axis]].value;
        if (q->element[axis] < 0 || q->element[axis] >= value->count) {
            return error_set(err, "there is no such element");
        }
        if (!dtype_is_float(value->dtype) || !isfinite(q->start[axis])) {
            return error_set(err, "only real numbers can be varied");
        }
    }
    struct replay *replay = replay_create(engine, walk, walk->leaves[q->leaf[0]].value->dtype, err);
    out->node = replay ? NULL : walk->node;
    const bool fine = replay && replay_loss(replay, &loss, err) && replay_is_true(walk, loss, err);
    replay_destroy(replay);
    return fine;
}

bool race_run(struct engine *engine, const struct tape_walk *walk,
              const struct race_question *question, struct race_answer *out, struct error *err)
{
    const bool grad_enabled = engine->grad_enabled;
    *out = (struct race_answer){ 0 };
    bool fine = check(engine, walk, question, out, err);
    engine->grad_enabled = true;
    for (int i = 0; fine && i < RACE_OPTIMIZERS; i++) {
        struct run run = { .engine = engine, .walk = walk, .question = question };
        fine = run_begin(&run, &racers[i], err) && run_racer(&run, &racers[i], &out->paths[i], err);
        run_end(&run);
    }
    engine->grad_enabled = grad_enabled;
    return fine;
}

void race_answer_finish(struct race_answer *answer)
{
    for (int i = 0; i < RACE_OPTIMIZERS; i++) {
        free(answer->paths[i].points);
        free(answer->paths[i].losses);
        for (int s = 0; s < RACE_STATES; s++) {
            free(answer->paths[i].kept[s]);
        }
    }
}
