#include "engine/probe/fit.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/probe/replay_private.h"

enum { GRID_MOST = 256, FEATURES = 2 };

static size_t find_prediction(const struct tape_walk *walk, const struct fit_question *question)
{
    for (size_t i = 0; i < walk->step_count; i++) {
        if (walk->steps[i]->node_id == question->node &&
            question->output < walk->steps[i]->out_count) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The steps that this one is made of, itself among them: operands stand before what is made of them. */
static bool *needed_for(const struct tape_walk *walk, size_t last)
{
    bool *needed = memory_allocate(walk->step_count + 1, sizeof(*needed));
    needed[last] = true;
    for (size_t i = last + 1; i-- > 0;) {
        const struct tape_step *step = walk->steps[i];
        for (int k = 0; needed[i] && k < step->in_count; k++) {
            if (step->in[k].source == TAPE_STEP) {
                needed[step->in[k].step->place] = true;
            }
        }
    }
    return needed;
}

static struct tensor *grid_of(struct engine *engine, const struct fit_question *q, enum dtype dtype,
                              struct error *err)
{
    const int64_t cells = (int64_t)q->count[0] * q->count[1];
    const struct tensor_spec spec = { .dtype = dtype, .shape = { 2, { cells, FEATURES } } };
    double *elements = memory_allocate((size_t)cells * FEATURES, sizeof(*elements));
    for (int64_t i = 0; i < cells; i++) {
        const int64_t at[FEATURES] = { i % q->count[0], i / q->count[0] };
        for (int f = 0; f < FEATURES; f++) {
            elements[i * FEATURES + f] =
                q->from[f] + (q->to[f] - q->from[f]) * (double)at[f] / (q->count[f] - 1);
        }
    }
    struct tensor *grid = tensor_create(engine, &spec, err);
    if (grid && !surface_write(grid, elements, err)) {
        tensor_unref(grid);
        grid = NULL;
    }
    free(elements);
    return grid;
}

/* Puts the grid wherever the steps use the input. False when they do not. */
static bool replace_input(struct replay *replay, const struct fit_question *q, struct error *err)
{
    const struct tape_walk *walk = replay->walk;
    bool found = false;
    for (size_t i = 0; i < walk->step_count; i++) {
        for (int k = 0; k < walk->steps[i]->in_count; k++) {
            const struct tape_operand *in = &walk->steps[i]->in[k];
            struct tensor **place = &replay->constants[replay->first_operand[i] + (size_t)k];
            if (in->source != TAPE_CONSTANT || in->value->tensor != q->input) {
                continue;
            }
            struct tensor *grid = grid_of(replay->engine, q, (*place)->dtype, err);
            if (!grid) {
                return false;
            }
            tensor_unref(*place);
            *place = grid;
            found = true;
        }
    }
    return found || error_set(err, "the prediction does not depend on this input");
}

static bool read_prediction(const struct replay *replay, size_t step, const struct fit_question *q,
                            struct fit_answer *out, struct error *err)
{
    const int64_t cells = (int64_t)q->count[0] * q->count[1];
    const struct tensor *tensor = replay->out[replay->first_out[step] + (size_t)q->output];
    if (tensor->count % cells != 0 || tensor->count == 0 ||
        (tensor->shape.dims > 0 && tensor->shape.size[0] != cells)) {
        return error_set(err, "the prediction has no row for each input");
    }
    out->outputs = tensor->count / cells;
    out->values = memory_allocate((size_t)tensor->count, sizeof(*out->values));
    if (!tensor_read_real(tensor, out->values, err)) {
        free(out->values);
        out->values = NULL;
    }
    return out->values != NULL;
}

static bool run(struct replay *replay, size_t last, const struct fit_question *q,
                struct fit_answer *out, struct error *err)
{
    const bool grad_enabled = replay->engine->grad_enabled;
    bool *needed = needed_for(replay->walk, last);
    bool fine = true;
    replay->engine->grad_enabled = false;
    const enum dtype before = replay_begin(replay);
    for (size_t i = 0; fine && i <= last; i++) {
        fine = !needed[i] || replay_step(replay, i, err);
    }
    replay_end(replay, before);
    fine = fine && read_prediction(replay, last, q, out, err);
    replay_forget_steps(replay);
    replay->engine->grad_enabled = grad_enabled;
    free(needed);
    return fine;
}

static bool check(const struct fit_question *q, struct error *err)
{
    for (int f = 0; f < FEATURES; f++) {
        if (q->count[f] < 2 || q->count[f] > GRID_MOST || !isfinite(q->from[f]) ||
            !isfinite(q->to[f]) || !(q->from[f] < q->to[f])) {
            return error_set(err, "a grid has from 2 to %d rows and columns, and a range",
                             GRID_MOST);
        }
    }
    return true;
}

bool fit_compute(struct engine *engine, const struct tape_walk *walk,
                 const struct fit_question *question, struct fit_answer *out, struct error *err)
{
    *out = (struct fit_answer){ 0 };
    if (!check(question, err)) {
        return false;
    }
    const enum dtype dtype = walk->leaf_count > 0 ? walk->leaves[0].value->dtype : DTYPE_FLOAT32;
    struct replay *replay = replay_create(engine, walk, dtype, err);
    if (!replay) {
        out->node = walk->node;
        return false;
    }
    const size_t last = find_prediction(walk, question);
    const bool fine =
        (last != SIZE_MAX || error_set(err, "there is no such prediction in this backward")) &&
        surface_give(replay, question->values, question->value_count, err) &&
        replace_input(replay, question, err) && run(replay, last, question, out, err);
    replay_destroy(replay);
    return fine;
}
