#include "engine/nn/recurrent.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/nn/norms.h"

void nn_state_finish(struct nn_state *state)
{
    tensor_unref(state->h);
    tensor_unref(state->c);
    *state = (struct nn_state){ NULL, NULL };
}

/* ---- steps ----------------------------------------------------------------------------------------- */

/* Formulas are written with tensors that it lends until it ends; after a failure all are NULL. */
struct steps {
    struct engine *engine;
    struct error *err;
    bool failed;
    struct tensor **owned;
    size_t count, capacity;
};

static struct tensor *own(struct steps *steps, struct tensor *tensor)
{
    if (!tensor) {
        steps->failed = true;
        return NULL;
    }
    steps->owned =
        array_reserve(steps->owned, &steps->capacity, steps->count + 1, sizeof(struct tensor *));
    steps->owned[steps->count++] = tensor;
    return tensor;
}

static void steps_end(struct steps *steps)
{
    while (steps->count > 0) {
        tensor_unref(steps->owned[--steps->count]);
    }
    free(steps->owned);
}

static struct tensor *unary(struct steps *steps, enum op_id op, struct tensor *a)
{
    return steps->failed ? NULL : own(steps, op_unary(steps->engine, op, a, steps->err));
}

static struct tensor *binary(struct steps *steps, enum op_id op, struct tensor *a, struct tensor *b)
{
    return steps->failed ? NULL
                         : own(steps, op_binary(steps->engine, op, operand_tensor(a),
                                                operand_tensor(b), steps->err));
}

static struct tensor *linear(struct steps *steps, struct tensor *x, struct tensor *weight,
                             struct tensor *bias)
{
    return steps->failed ? NULL : own(steps, nn_linear(steps->engine, x, weight, bias, steps->err));
}

enum { MOST_GATES = 4 };

/* The gates of [batch, count · hidden]: UnsafeSplitBackward0. */
static void split(struct steps *steps, struct tensor *all, int count, struct tensor **gates)
{
    const struct operand in = operand_tensor(all);
    struct tensor *out[MOST_GATES] = { NULL };
    for (int i = 0; i < count; i++) {
        gates[i] = NULL;
    }
    if (steps->failed) {
        return;
    }
    const struct op_use use = { .op = OP_UNSAFE_SPLIT,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DIM) | ATTR(SPLIT_SIZE),
                                           .dim = 1,
                                           .split_size = all->shape.size[1] / count },
                                .out_count = count };
    if (!op_apply(steps->engine, &use, out, steps->err)) {
        steps->failed = true;
        return;
    }
    for (int i = 0; i < count; i++) {
        gates[i] = own(steps, out[i]);
    }
}

/* ---- cells ----------------------------------------------------------------------------------------- */

/* What a cell is given: x, or already W x + b where a whole sequence was multiplied at once. */
struct cell_input {
    struct tensor *x;
    bool multiplied;
};

static struct tensor *input_gates(struct steps *steps, const struct cell_input *in,
                                  const struct nn_cell_weights *w)
{
    return in->multiplied ? in->x : linear(steps, in->x, w->ih, w->bias_ih);
}

static struct tensor *plain_cell(struct steps *steps, enum op_id function,
                                 const struct cell_input *in, const struct nn_cell_weights *w,
                                 struct tensor *h)
{
    struct tensor *own_part = linear(steps, h, w->hh, w->bias_hh);
    return unary(steps, function, binary(steps, OP_ADD, own_part, input_gates(steps, in, w)));
}

static void lstm_cell(struct steps *steps, const struct cell_input *in,
                      const struct nn_cell_weights *w, const struct nn_state *state,
                      struct nn_state *out)
{
    struct tensor *gates[MOST_GATES];
    struct tensor *own_part = linear(steps, state->h, w->hh, w->bias_hh);
    split(steps, binary(steps, OP_ADD, own_part, input_gates(steps, in, w)), 4, gates);
    struct tensor *i = unary(steps, OP_SIGMOID, gates[0]);
    struct tensor *f = unary(steps, OP_SIGMOID, gates[1]);
    struct tensor *g = unary(steps, OP_TANH, gates[2]);
    struct tensor *o = unary(steps, OP_SIGMOID, gates[3]);
    struct tensor *kept = binary(steps, OP_MUL, f, state->c);
    out->c = binary(steps, OP_ADD, kept, binary(steps, OP_MUL, i, g));
    out->h = binary(steps, OP_MUL, o, unary(steps, OP_TANH, out->c));
}

static struct tensor *gru_cell(struct steps *steps, const struct cell_input *in,
                               const struct nn_cell_weights *w, struct tensor *h)
{
    struct tensor *of_x[MOST_GATES], *of_h[MOST_GATES];
    split(steps, input_gates(steps, in, w), 3, of_x);
    split(steps, linear(steps, h, w->hh, w->bias_hh), 3, of_h);
    struct tensor *r = unary(steps, OP_SIGMOID, binary(steps, OP_ADD, of_h[0], of_x[0]));
    struct tensor *z = unary(steps, OP_SIGMOID, binary(steps, OP_ADD, of_h[1], of_x[1]));
    struct tensor *kept = binary(steps, OP_MUL, of_h[2], r);
    struct tensor *n = unary(steps, OP_TANH, binary(steps, OP_ADD, of_x[2], kept));
    struct tensor *change = binary(steps, OP_MUL, binary(steps, OP_SUB, h, n), z);
    return binary(steps, OP_ADD, change, n);
}

static bool step(struct engine *engine, enum nn_cell cell, const struct cell_input *in,
                 const struct nn_cell_weights *w, const struct nn_state *state,
                 struct nn_state *out, struct error *err)
{
    struct steps steps = { .engine = engine, .err = err };
    struct nn_state made = { NULL, NULL };
    switch (cell) {
    case NN_CELL_TANH:
    case NN_CELL_RELU:
        made.h = plain_cell(&steps, cell == NN_CELL_TANH ? OP_TANH : OP_RELU, in, w, state->h);
        break;
    case NN_CELL_LSTM:
        lstm_cell(&steps, in, w, state, &made);
        break;
    case NN_CELL_GRU:
        made.h = gru_cell(&steps, in, w, state->h);
        break;
    }
    *out = (struct nn_state){ steps.failed ? NULL : tensor_ref(made.h),
                              steps.failed ? NULL : tensor_ref(made.c) };
    steps_end(&steps);
    return !steps.failed;
}

/* One state of a single step: as many rows as x has, as wide as the weights say. */
static bool check_state(const struct tensor *x, const struct tensor *state,
                        const struct nn_cell_weights *weights, int number, struct error *err)
{
    const int64_t width = weights->hh->shape.size[1];
    if (state->shape.dims == 0) {
        return error_set_kind(err, ERROR_INDEX,
                              "Dimension specified as 0 but tensor has no dimensions");
    }
    if (x->shape.size[0] != state->shape.size[0]) {
        return error_set(err,
                         "Input batch size %" PRId64 " doesn't match hidden%d batch size %" PRId64,
                         x->shape.size[0], number, state->shape.size[0]);
    }
    if (state->shape.dims == 1) {
        return error_set_kind(err, ERROR_INDEX,
                              "Dimension out of range (expected to be in range of [-1, 0], but "
                              "got 1)");
    }
    if (state->shape.size[1] != width) {
        return error_set(
            err, "hidden%d has inconsistent hidden_size: got %" PRId64 ", expected %" PRId64,
            number, state->shape.size[1], width);
    }
    return state->shape.dims == 2 ||
           error_set(err, "hidden%d must have 2 dimensions, got %d", number, state->shape.dims);
}

/* Weights of another kind are left to the products that they go into. */
static bool check_step(const struct tensor *x, const struct nn_cell_weights *weights,
                       const struct nn_state *state, struct error *err)
{
    if (weights->ih->shape.dims != 2 || weights->hh->shape.dims != 2) {
        return true;
    }
    if (x->shape.size[1] != weights->ih->shape.size[1]) {
        return error_set(err,
                         "input has inconsistent input_size: got %" PRId64 " expected %" PRId64,
                         x->shape.size[1], weights->ih->shape.size[1]);
    }
    return check_state(x, state->h, weights, 0, err) &&
           (!state->c || check_state(x, state->c, weights, 1, err));
}

bool nn_cell_step(struct engine *engine, enum nn_cell cell, struct tensor *x,
                  const struct nn_cell_weights *weights, const struct nn_state *state,
                  struct nn_state *out, struct error *err)
{
    return check_step(x, weights, state, err) &&
           step(engine, cell, &(struct cell_input){ x, false }, weights, state, out, err);
}

/* ---- one direction of one layer -------------------------------------------------------------------- */

/* Runs the cell over all steps of x [time, batch, in]; h[t] and the last state are references. */
static bool run_steps(struct engine *engine, enum nn_cell cell, const struct nn_parts *inputs,
                      bool backwards, const struct nn_cell_weights *weights, struct nn_state *state,
                      struct nn_parts *outputs, struct error *err)
{
    const int count = outputs->count = inputs->count;
    for (int k = 0; k < count; k++) {
        const int t = backwards ? count - 1 - k : k;
        struct nn_state next;
        if (!step(engine, cell, &(struct cell_input){ inputs->items[t], true }, weights, state,
                  &next, err)) {
            return false;
        }
        nn_state_finish(state);
        *state = next;
        outputs->items[t] = tensor_ref(next.h);
    }
    return true;
}

/* The states at every step [time, batch, hidden]; *state goes from the first to the last. */
static struct tensor *run_direction(struct engine *engine, enum nn_cell cell, struct tensor *x,
                                    bool backwards, const struct nn_cell_weights *weights,
                                    struct nn_state *state, struct error *err)
{
    if (x->shape.size[0] == 0) {
        error_set(err, "Expected sequence length to be larger than 0 in RNN");
        return NULL;
    }
    struct nn_parts inputs = { 0 }, outputs = { 0 };
    struct tensor *multiplied = nn_linear(engine, x, weights->ih, weights->bias_ih, err);
    struct tensor *result = NULL;
    if (multiplied && nn_unbind(engine, multiplied, 0, &inputs, err)) {
        if (nn_parts_begin(&outputs, inputs.count) &&
            run_steps(engine, cell, &inputs, backwards, weights, state, &outputs, err)) {
            result = nn_stack(engine, outputs.items, outputs.count, 0, err);
        }
        nn_parts_finish(&outputs);
        nn_parts_finish(&inputs);
    }
    tensor_unref(multiplied);
    return result;
}

/* ---- all layers ------------------------------------------------------------------------------------ */

static struct tensor *turned(struct engine *engine, enum op_id op, struct tensor *x,
                             struct error *err)
{
    const struct operand in = operand_tensor(x);
    const struct op_use use = {
        .op = op,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM0) | ATTR(DIM1), .dim0 = 0, .dim1 = 1 },
    };
    return op_apply_one(engine, &use, err);
}

/* Both directions of layer number `layer`; takes over x. */
static struct tensor *run_layer(struct engine *engine, const struct nn_recurrent *how, int layer,
                                struct tensor *x, struct nn_state *states, struct error *err)
{
    const int directions = how->bidirectional ? 2 : 1;
    struct tensor *out[2] = { NULL, NULL };
    bool ok = true;
    for (int d = 0; ok && d < directions; d++) {
        const int at = layer * directions + d;
        out[d] = run_direction(engine, how->cell, x, d == 1, &how->weights[at], &states[at], err);
        ok = out[d] != NULL;
    }
    tensor_unref(x);
    if (directions == 1 || !ok) {
        tensor_unref(out[1]);
        if (!ok) {
            tensor_unref(out[0]);
        }
        return ok ? out[0] : NULL;
    }
    struct tensor *both = nn_cat(engine, out, 2, out[0]->shape.dims - 1, err);
    tensor_unref(out[0]);
    tensor_unref(out[1]);
    return both;
}

static struct tensor *between_layers(struct engine *engine, const struct nn_recurrent *how,
                                     struct tensor *x, struct error *err)
{
    const struct nn_dropout drop = { .p = how->dropout, .training = how->training };
    struct tensor *out = x ? nn_dropout(engine, &drop, x, err) : NULL;
    tensor_unref(x);
    return out;
}

static struct tensor *run_layers(struct engine *engine, const struct nn_recurrent *how,
                                 struct tensor *x, struct nn_state *states, struct error *err)
{
    struct tensor *out = how->batch_first ? turned(engine, OP_TRANSPOSE, x, err) : tensor_ref(x);
    for (int layer = 0; out && layer < how->layers; layer++) {
        out = run_layer(engine, how, layer, out, states, err);
        if (layer + 1 < how->layers) {
            out = between_layers(engine, how, out, err);
        }
    }
    if (!out || !how->batch_first) {
        return out;
    }
    /* What came of the cells is turned in place, an LSTM's as a view. */
    const enum op_id op = how->cell == NN_CELL_LSTM ? OP_TRANSPOSE : OP_TRANSPOSE_IN_PLACE;
    struct tensor *back = turned(engine, op, out, err);
    tensor_unref(out);
    return back;
}

/* The states [layers · directions, batch, hidden] as references, one for each. */
static bool split_states(struct engine *engine, const struct nn_state *all, struct nn_state *states,
                         int count, struct error *err)
{
    struct nn_parts h = { 0 }, c = { 0 };
    if (!nn_unbind(engine, all->h, 0, &h, err)) {
        return false;
    }
    const bool ok = !all->c || nn_unbind(engine, all->c, 0, &c, err);
    for (int i = 0; ok && i < count; i++) {
        states[i].h = tensor_ref(h.items[i]);
        states[i].c = all->c ? tensor_ref(c.items[i]) : NULL;
    }
    nn_parts_finish(&h);
    if (ok && all->c) {
        nn_parts_finish(&c);
    }
    return ok;
}

static bool join_states(struct engine *engine, const struct nn_state *states, int count,
                        struct nn_state *last, struct error *err)
{
    struct tensor **parts = memory_allocate((size_t)count, sizeof(struct tensor *));
    for (int i = 0; i < count; i++) {
        parts[i] = states[i].h;
    }
    last->h = nn_stack(engine, parts, count, 0, err);
    for (int i = 0; i < count; i++) {
        parts[i] = states[i].c;
    }
    last->c = last->h && states[0].c ? nn_stack(engine, parts, count, 0, err) : NULL;
    free(parts);
    return last->h && (last->c || !states[0].c);
}

struct tensor *nn_recurrent(struct engine *engine, const struct nn_recurrent *how, struct tensor *x,
                            struct nn_state *last, struct error *err)
{
    const int count = how->layers * (how->bidirectional ? 2 : 1);
    assert(how->first.h->shape.size[0] == count);
    struct nn_state *states = memory_allocate((size_t)count, sizeof(*states));
    struct tensor *out = NULL;
    *last = (struct nn_state){ NULL, NULL };
    if (split_states(engine, &how->first, states, count, err)) {
        out = run_layers(engine, how, x, states, err);
    }
    if (out && !join_states(engine, states, count, last, err)) {
        tensor_unref(out);
        nn_state_finish(last);
        out = NULL;
    }
    for (int i = 0; i < count; i++) {
        nn_state_finish(&states[i]);
    }
    free(states);
    return out;
}
