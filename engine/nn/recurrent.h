#pragma once
/* Layers that read a sequence step by step. Their gates are PyTorch's, in its order: of the rows of
 * weight_ih and weight_hh, the first H are the first gate's, and so on. */

#include "engine/ops/ops.h"

enum nn_cell {
    NN_CELL_TANH, /* h' = tanh(W x + b + U h + c) */
    NN_CELL_RELU,
    NN_CELL_LSTM, /* i, f, g, o: c' = f·c + i·g,  h' = o·tanh c' */
    NN_CELL_GRU,  /* r, z, n = tanh(Wn x + r·Un h): h' = (h - n)·z + n */
};

/* Lent. Biases may be NULL. */
struct nn_cell_weights {
    struct tensor *ih, *hh, *bias_ih, *bias_hh;
};

struct nn_state {
    struct tensor *h, *c; /* c: of the LSTM alone */
};
void nn_state_finish(struct nn_state *state);

/* One step: x [batch, in], state [batch, hidden]; *out takes references. */
bool nn_cell_step(struct engine *engine, enum nn_cell cell, struct tensor *x,
                  const struct nn_cell_weights *weights, const struct nn_state *state,
                  struct nn_state *out, struct error *err);

/* A whole sequence x [time, batch, in], or [batch, time, in] where batch_first, through `layers` layers:
 * the states of the last layer at every step, and in *last the states of all layers [layers · directions,
 * batch, hidden] after the last step. `weights` are those of each layer, forwards and then backwards. */
struct nn_recurrent {
    enum nn_cell cell;
    int layers;
    bool bidirectional, batch_first, training;
    double dropout; /* between layers, while training */
    const struct nn_cell_weights *weights;
    struct nn_state first; /* like *last; lent */
};
struct tensor *nn_recurrent(struct engine *engine, const struct nn_recurrent *how, struct tensor *x,
                            struct nn_state *last, struct error *err);
