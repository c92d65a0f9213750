#include "engine/nn/recurrent.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/nn/cell_words.h"
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

/* A cell at work. */
struct cell {
    struct steps steps;
    const struct nn_cell_weights *weights;
    struct cell_words words;
};

static struct tensor *input_gates(struct cell *cell, const struct cell_input *in)
{
    const struct nn_cell_weights *const w = cell->weights;
    struct tensor *const out =
        in->multiplied ? in->x : linear(&cell->steps, in->x, w->ih, w->bias_ih);
    cell_sum_word(&cell->words, out, CELL_OF_INPUT, 'h');
    return out;
}

static struct tensor *state_gates(struct cell *cell, struct tensor *h)
{
    struct tensor *const out = linear(&cell->steps, h, cell->weights->hh, cell->weights->bias_hh);
    cell_sum_word(&cell->words, out, CELL_OF_STATE, 'h');
    return out;
}

static struct tensor *all_gates(struct cell *cell, const struct cell_input *in, struct tensor *h)
{
    struct tensor *const of_state = state_gates(cell, h);
    struct tensor *const out = binary(&cell->steps, OP_ADD, of_state, input_gates(cell, in));
    cell_sum_word(&cell->words, out, CELL_OF_BOTH, 'h');
    return out;
}

static void split_gates(struct cell *cell, struct tensor *all, enum cell_sum sum,
                        const char *letters, struct tensor **gates)
{
    split(&cell->steps, all, (int)strlen(letters), gates);
    for (size_t i = 0; letters[i]; i++) {
        cell_sum_word(&cell->words, gates[i], sum, letters[i]);
    }
}

static struct tensor *call(struct cell *cell, const char *format, struct tensor *tensor)
{
    cell_word(&cell->words, tensor, format, '\0');
    return tensor;
}

static struct tensor *plain_cell(struct cell *cell, enum op_id function,
                                 const struct cell_input *in, struct tensor *h)
{
    return call(cell, "h%t%n%l", unary(&cell->steps, function, all_gates(cell, in, h)));
}

static void lstm_cell(struct cell *cell, const struct cell_input *in, const struct nn_state *state,
                      struct nn_state *out)
{
    struct steps *const steps = &cell->steps;
    struct tensor *gates[MOST_GATES];
    split_gates(cell, all_gates(cell, in, state->h), CELL_OF_BOTH, "ifgo", gates);
    struct tensor *i = call(cell, "i%t%l", unary(steps, OP_SIGMOID, gates[0]));
    struct tensor *f = call(cell, "f%t%l", unary(steps, OP_SIGMOID, gates[1]));
    struct tensor *g = call(cell, "g%t%l", unary(steps, OP_TANH, gates[2]));
    struct tensor *o = call(cell, "o%t%l", unary(steps, OP_SIGMOID, gates[3]));
    struct tensor *kept = call(cell, "f%t%l * c%b%l", binary(steps, OP_MUL, f, state->c));
    struct tensor *added = call(cell, "i%t%l * g%t%l", binary(steps, OP_MUL, i, g));
    out->c = call(cell, "c%t%n%l", binary(steps, OP_ADD, kept, added));
    struct tensor *seen = call(cell, "tanh(c%t%n%l)", unary(steps, OP_TANH, out->c));
    out->h = call(cell, "h%t%n%l", binary(steps, OP_MUL, o, seen));
}

static struct tensor *gru_cell(struct cell *cell, const struct cell_input *in, struct tensor *h)
{
    struct steps *const steps = &cell->steps;
    struct tensor *of_x[MOST_GATES], *of_h[MOST_GATES], *sums[2];
    split_gates(cell, input_gates(cell, in), CELL_OF_INPUT, "rzn", of_x);
    split_gates(cell, state_gates(cell, h), CELL_OF_STATE, "rzn", of_h);
    sums[0] = binary(steps, OP_ADD, of_h[0], of_x[0]);
    cell_sum_word(&cell->words, sums[0], CELL_OF_BOTH, 'r');
    struct tensor *r = call(cell, "r%t%l", unary(steps, OP_SIGMOID, sums[0]));
    sums[1] = binary(steps, OP_ADD, of_h[1], of_x[1]);
    cell_sum_word(&cell->words, sums[1], CELL_OF_BOTH, 'z');
    struct tensor *z = call(cell, "z%t%l", unary(steps, OP_SIGMOID, sums[1]));
    const bool biases = cell->words.biases;
    struct tensor *kept =
        call(cell, biases ? "r%t%l * (W_hn%l h%b + b_hn%l)" : "r%t%l * (W_hn%l h%b)",
             binary(steps, OP_MUL, of_h[2], r));
    struct tensor *sum =
        call(cell, biases ? "W_in%l x%t+…+r%t%l * (…)" : "W_in%l x%t + r%t%l * (…)",
             binary(steps, OP_ADD, of_x[2], kept));
    struct tensor *n = call(cell, "n%t%l", unary(steps, OP_TANH, sum));
    struct tensor *apart = call(cell, "h%b%l - n%t%l", binary(steps, OP_SUB, h, n));
    struct tensor *change = call(cell, "(h%b%l - n%t%l) * z%t%l", binary(steps, OP_MUL, apart, z));
    return call(cell, "h%t%n%l", binary(steps, OP_ADD, change, n));
}

static bool step(struct cell *cell, enum nn_cell kind, const struct cell_input *in,
                 const struct nn_state *state, struct nn_state *out)
{
    struct nn_state made = { NULL, NULL };
    switch (kind) {
    case NN_CELL_TANH:
    case NN_CELL_RELU:
        made.h = plain_cell(cell, kind == NN_CELL_TANH ? OP_TANH : OP_RELU, in, state->h);
        break;
    case NN_CELL_LSTM:
        lstm_cell(cell, in, state, &made);
        break;
    case NN_CELL_GRU:
        made.h = gru_cell(cell, in, state->h);
        break;
    }
    const bool done = !cell->steps.failed;
    *out = (struct nn_state){ done ? tensor_ref(made.h) : NULL,
                              done && made.c ? tensor_ref(made.c) : NULL };
    steps_end(&cell->steps);
    return done;
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
           step(&(struct cell){ .steps = { .engine = engine, .err = err },
                                .weights = weights,
                                .words = { .engine = engine,
                                           .step = -1,
                                           .before = -1,
                                           .biases = weights->bias_ih != NULL,
                                           .layer = "" } },
                cell, &(struct cell_input){ x, false }, state, out);
}

/* ---- one direction of one layer -------------------------------------------------------------------- */

struct direction {
    enum nn_cell cell;
    bool backwards;
    const struct nn_cell_weights *weights;
    struct cell_words words;
};

/* Runs the cell over all steps of x [time, batch, in]; h[t] and the last state are references. */
static bool run_steps(const struct direction *direction, const struct nn_parts *inputs,
                      struct nn_state *state, struct nn_parts *outputs, struct error *err)
{
    const int count = outputs->count = inputs->count;
    struct cell_words words = direction->words;
    for (int k = 0; k < count; k++) {
        const int t = direction->backwards ? count - 1 - k : k;
        struct nn_state next;
        words.step = t + 1;
        struct cell cell = { .steps = { .engine = words.engine, .err = err },
                             .weights = direction->weights,
                             .words = words };
        if (!step(&cell, direction->cell, &(struct cell_input){ inputs->items[t], true }, state,
                  &next)) {
            return false;
        }
        nn_state_finish(state);
        *state = next;
        outputs->items[t] = tensor_ref(next.h);
        words.before = words.step;
    }
    return true;
}

/* The states at every step, as one. */
static struct tensor *join_steps(const struct direction *direction, const struct nn_parts *outputs,
                                 struct error *err)
{
    struct cell_words words = direction->words;
    struct tensor *const result = nn_stack(words.engine, outputs->items, outputs->count, 0, err);
    words.before = 1;
    words.step = outputs->count;
    cell_word(&words, result, words.step == 1 ? "[h%t%l]" : "[h%b%l, …, h%t%l]", '\0');
    return result;
}

/* The states at every step [time, batch, hidden]; *state goes from the first to the last. */
static struct tensor *run_direction(const struct direction *direction, struct tensor *x,
                                    struct nn_state *state, struct error *err)
{
    if (x->shape.size[0] == 0) {
        error_set(err, "Expected sequence length to be larger than 0 in RNN");
        return NULL;
    }
    struct engine *const engine = direction->words.engine;
    struct cell_words whole = direction->words;
    struct nn_parts inputs = { 0 }, outputs = { 0 };
    struct tensor *multiplied =
        nn_linear(engine, x, direction->weights->ih, direction->weights->bias_ih, err);
    struct tensor *result = NULL;
    whole.step = -1;
    cell_sum_word(&whole, multiplied, CELL_OF_INPUT, 'h');
    if (multiplied && nn_unbind(engine, multiplied, 0, &inputs, err)) {
        if (nn_parts_begin(&outputs, inputs.count) &&
            run_steps(direction, &inputs, state, &outputs, err)) {
            result = join_steps(direction, &outputs, err);
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

enum { LAYER_NAME = 32 };

/* As the parameters are called, where there are several of a kind. */
static struct cell_words words_of(struct engine *engine, const struct nn_recurrent *how, int at,
                                  char name[LAYER_NAME])
{
    const int directions = how->bidirectional ? 2 : 1;
    name[0] = '\0';
    if (how->layers * directions > 1) {
        snprintf(name, LAYER_NAME, "_l%d%s", at / directions, at % directions ? "_reverse" : "");
    }
    return (struct cell_words){ .engine = engine,
                                .biases = how->weights[at].bias_ih != NULL,
                                .layer = name };
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
        char name[LAYER_NAME];
        const struct direction direction = { .cell = how->cell,
                                             .backwards = d == 1,
                                             .weights = &how->weights[at],
                                             .words = words_of(engine, how, at, name) };
        out[d] = run_direction(&direction, x, &states[at], err);
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
static bool split_states(struct engine *engine, const struct nn_recurrent *how,
                         struct nn_state *states, int count, struct error *err)
{
    const struct nn_state *const all = &how->first;
    struct nn_parts h = { 0 }, c = { 0 };
    if (!nn_unbind(engine, all->h, 0, &h, err)) {
        return false;
    }
    const bool ok = !all->c || nn_unbind(engine, all->c, 0, &c, err);
    for (int i = 0; ok && i < count; i++) {
        char name[LAYER_NAME];
        const struct cell_words words = words_of(engine, how, i, name);
        states[i].h = tensor_ref(h.items[i]);
        states[i].c = all->c ? tensor_ref(c.items[i]) : NULL;
        cell_word(&words, states[i].h, "h%t%l", '\0');
        cell_word(&words, states[i].c, "c%t%l", '\0');
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
    const struct cell_words words = { .engine = engine, .step = -1, .layer = "" };
    last->h = nn_stack(engine, parts, count, 0, err);
    cell_word(&words, last->h, "h_n", '\0');
    for (int i = 0; i < count; i++) {
        parts[i] = states[i].c;
    }
    last->c = last->h && states[0].c ? nn_stack(engine, parts, count, 0, err) : NULL;
    cell_word(&words, last->c, "c_n", '\0');
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
    if (split_states(engine, how, states, count, err)) {
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
