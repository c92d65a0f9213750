#include "engine/probe/replay_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/tensor/compute.h"

/* ---- making ------------------------------------------------------------------------------------ */

static struct tensor *tensor_of_value(const struct replay *replay, const struct tape_value *value,
                                      struct error *err)
{
    const struct tensor_spec spec = { .dtype = value->dtype, .shape = value->shape };
    struct tensor *plain = tensor_from_host(replay->engine, &spec, value->elements, err);
    if (!plain || !dtype_is_float(value->dtype) || value->dtype == replay->dtype) {
        return plain;
    }
    const struct tensor_spec other = { .dtype = replay->dtype, .shape = value->shape };
    struct tensor *out = tensor_create(replay->engine, &other, err);
    if (out && !compute_copy(out, plain, err)) {
        tensor_unref(out);
        out = NULL;
    }
    tensor_unref(plain);
    return out;
}

static void reserve(struct replay *replay)
{
    const struct tape_walk *walk = replay->walk;
    size_t operands = 0, outputs = 0, most = 0;
    replay->first_operand = memory_allocate(walk->step_count + 1, sizeof(size_t));
    replay->first_out = memory_allocate(walk->step_count + 1, sizeof(size_t));
    for (size_t i = 0; i < walk->step_count; i++) {
        const struct tape_step *step = walk->steps[i];
        replay->first_operand[i] = operands;
        replay->first_out[i] = outputs;
        operands += (size_t)step->in_count;
        outputs += (size_t)step->out_count;
        most = (size_t)step->in_count > most ? (size_t)step->in_count : most;
    }
    replay->first_operand[walk->step_count] = operands;
    replay->first_out[walk->step_count] = outputs;
    replay->constants = memory_allocate(operands + 1, sizeof(struct tensor *));
    replay->from = memory_allocate(operands + 1, sizeof(struct tensor **));
    replay->out = memory_allocate(outputs + 1, sizeof(struct tensor *));
    replay->in = memory_allocate(most + 1, sizeof(*replay->in));
    replay->leaves = memory_allocate(walk->leaf_count + 1, sizeof(struct tensor *));
    replay->leaf_many = memory_allocate(walk->leaf_count + 1, sizeof(bool));
    replay->out_many = memory_allocate(outputs + 1, sizeof(bool));
}

static bool make_constants(struct replay *replay, struct error *err)
{
    const struct tape_walk *walk = replay->walk;
    for (size_t i = 0; i < walk->step_count; i++) {
        const struct tape_step *step = walk->steps[i];
        for (int k = 0; k < step->in_count; k++) {
            struct tensor **place = &replay->constants[replay->first_operand[i] + (size_t)k];
            if (step->in[k].source == TAPE_CONSTANT &&
                !(*place = tensor_of_value(replay, step->in[k].value, err))) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < walk->leaf_count; i++) {
        if (!(replay->leaves[i] = tensor_of_value(replay, walk->leaves[i].value, err))) {
            return false;
        }
    }
    return true;
}

/* Walks share steps: where a step stands is so only in the walk that is looked at now. */
static void find_operands(struct replay *replay)
{
    const struct tape_walk *walk = replay->walk;
    for (size_t i = 0; i < walk->step_count; i++) {
        struct tape_step *step = walk->steps[i];
        step->place = i;
        for (int k = 0; k < step->in_count; k++) {
            const struct tape_operand *in = &step->in[k];
            const size_t at = replay->first_operand[i] + (size_t)k;
            if (in->source == TAPE_CONSTANT) {
                replay->from[at] = &replay->constants[at];
            } else if (in->source == TAPE_LEAF) {
                replay->from[at] = &replay->leaves[tape_leaf_find(walk, in->value->tensor)];
            } else if (in->source == TAPE_STEP) {
                replay->from[at] =
                    &replay->out[replay->first_out[in->step->place] + (size_t)in->output];
            }
        }
    }
}

struct replay *replay_create(struct engine *engine, const struct tape_walk *walk, enum dtype dtype,
                             struct error *err)
{
    if (walk->why) {
        error_set(err, "%s", walk->why);
        return NULL;
    }
    struct replay *replay = memory_allocate(1, sizeof(*replay));
    replay->engine = engine;
    replay->walk = walk;
    replay->dtype = dtype;
    reserve(replay);
    find_operands(replay);
    if (!make_constants(replay, err)) {
        replay_destroy(replay);
        return NULL;
    }
    return replay;
}

static void drop_all(struct tensor **tensors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tensor_unref(tensors[i]);
        tensors[i] = NULL;
    }
}

void replay_destroy(struct replay *replay)
{
    if (!replay) {
        return;
    }
    const size_t steps = replay->walk->step_count;
    drop_all(replay->out, replay->first_out[steps]);
    drop_all(replay->constants, replay->first_operand[steps]);
    drop_all(replay->leaves, replay->walk->leaf_count);
    free(replay->leaves);
    free(replay->constants);
    free(replay->from);
    free(replay->first_operand);
    free(replay->out);
    free(replay->first_out);
    free(replay->in);
    free(replay->leaf_many);
    free(replay->out_many);
    free(replay);
}

struct tensor *replay_leaf(const struct replay *replay, size_t index)
{
    return replay->leaves[index];
}

void replay_set(struct replay *replay, size_t index, struct tensor *tensor)
{
    tensor_ref(tensor);
    tensor_unref(replay->leaves[index]);
    replay->leaves[index] = tensor;
    replay->leaf_many[index] = false;
}

/* ---- running ----------------------------------------------------------------------------------- */

static void hand_on(struct replay *replay, size_t index)
{
    const struct tape_step *step = replay->walk->steps[index];
    for (int k = 0; k < step->in_count; k++) {
        struct tensor **from = replay->from[replay->first_operand[index] + (size_t)k];
        replay->out[replay->first_out[index] + (size_t)k] = from ? tensor_ref(*from) : NULL;
    }
}

/* What changed a tensor in place makes a new one here: the graph says who uses the old. */
bool replay_step(struct replay *replay, size_t index, struct error *err)
{
    const struct tape_step *step = replay->walk->steps[index];
    if (step->hands_on) {
        hand_on(replay, index);
        return true;
    }
    for (int k = 0; k < step->in_count; k++) {
        struct tensor **from = replay->from[replay->first_operand[index] + (size_t)k];
        replay->in[k] = from                                ? operand_tensor(*from)
                        : step->in[k].source == TAPE_NUMBER ? operand_number(step->in[k].number)
                                                            : operand_tensor(NULL);
    }
    struct op_use use = {
        .op = step->op->id,
        .in = replay->in,
        .in_count = step->in_count,
        .attrs = step->attrs ? *step->attrs : (struct op_attrs){ 0 },
        .out_count = step->out_count,
    };
    if (use.attrs.present & ATTR(DTYPE) && dtype_is_float(use.attrs.dtype)) {
        use.attrs.dtype = replay->dtype;
    }
    return op_apply(replay->engine, &use, &replay->out[replay->first_out[index]], err) ||
           error_prefix(err, "%s", step->name);
}

enum dtype replay_begin(const struct replay *replay)
{
    const enum dtype before = replay->engine->default_dtype;
    replay->engine->default_dtype = replay->dtype;
    replay->engine->quiet++;
    return before;
}

void replay_end(const struct replay *replay, enum dtype before)
{
    replay->engine->quiet--;
    replay->engine->default_dtype = before;
}

/* False: outputs of earlier steps are still there. */
static bool run_steps(struct replay *replay, struct error *err)
{
    const enum dtype before = replay_begin(replay);
    bool fine = true;
    for (size_t i = 0; fine && i < replay->walk->step_count; i++) {
        fine = replay_step(replay, i, err);
    }
    replay_end(replay, before);
    return fine;
}

size_t replay_out_count(const struct replay *replay)
{
    return replay->first_out[replay->walk->step_count];
}

void replay_forget_steps(struct replay *replay)
{
    drop_all(replay->out, replay_out_count(replay));
}

struct tensor *replay_root(const struct replay *replay, size_t root)
{
    const struct tape_root *place = &replay->walk->roots[root];
    return replay->out[replay->first_out[place->step] + (size_t)place->output];
}

struct tensor *replay_run(struct replay *replay, size_t root, struct error *err)
{
    struct tensor *out = run_steps(replay, err) ? tensor_ref(replay_root(replay, root)) : NULL;
    replay_forget_steps(replay);
    return out;
}

static bool add_root(const struct replay *replay, size_t root, double *loss, struct error *err)
{
    const struct tensor *tensor = replay_root(replay, root);
    const struct tape_root *recorded = &replay->walk->roots[root];
    double one, *numbers = &one;
    if (tensor->count != recorded->count) {
        return error_set(err, "the root came out with another shape");
    }
    if (tensor->count != 1) {
        numbers = memory_allocate((size_t)tensor->count + 1, sizeof(*numbers));
    }
    const bool fine = tensor_read_real(tensor, numbers, err);
    for (int64_t i = 0; fine && i < tensor->count; i++) {
        *loss += numbers[i] * recorded->gradient[i];
    }
    if (numbers != &one) {
        free(numbers);
    }
    return fine;
}

bool replay_loss(struct replay *replay, double *loss, struct error *err)
{
    const bool grad_enabled = replay->engine->grad_enabled;
    replay->engine->grad_enabled = false;
    bool fine = run_steps(replay, err);
    *loss = 0;
    for (size_t i = 0; fine && i < replay->walk->root_count; i++) {
        fine = add_root(replay, i, loss, err);
    }
    replay_forget_steps(replay);
    replay->engine->grad_enabled = grad_enabled;
    return fine;
}

double replay_recorded_loss(const struct tape_walk *walk)
{
    double loss = 0;
    for (size_t i = 0; i < walk->root_count; i++) {
        const struct tape_root *root = &walk->roots[i];
        for (int64_t k = 0; k < root->count; k++) {
            loss += root->value[k] * root->gradient[k];
        }
    }
    return loss;
}

bool replay_is_true(const struct tape_walk *walk, double loss, struct error *err)
{
    const double recorded = replay_recorded_loss(walk);
    if (!isfinite(loss) || !isfinite(recorded)) {
        return error_set(err, "the loss is not a finite number");
    }
    if (fabs(loss - recorded) > 1e-3 * fmax(fabs(recorded), fabs(loss)) + 1e-4) {
        return error_set(err, "computing the loss again gave another number: values were changed "
                              "past the graph");
    }
    return true;
}

bool replay_sizes(struct replay *replay, int64_t *elements, int64_t *largest, struct error *err)
{
    const bool grad_enabled = replay->engine->grad_enabled;
    replay->engine->grad_enabled = false;
    const bool fine = run_steps(replay, err);
    *elements = *largest = 0;
    for (size_t i = 0; fine && i < replay_out_count(replay); i++) {
        const int64_t count = replay->out[i] ? replay->out[i]->count : 0;
        *elements += count;
        *largest = count > *largest ? count : *largest;
    }
    replay_forget_steps(replay);
    replay->engine->grad_enabled = grad_enabled;
    return fine;
}
