/* torch.lstm and its kin: sequences and single steps. The modules around them are Python. */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/nn/recurrent.h"
#include "lessons/torch/functions.h"

static enum nn_cell cell_of(const struct function_row *row)
{
    switch (row->name[0]) {
    case 'l':
        return NN_CELL_LSTM;
    case 'g':
        return NN_CELL_GRU;
    default:
        return row->name[4] == 't' ? NN_CELL_TANH : NN_CELL_RELU;
    }
}

static bool check_dims(const struct tensor *t, int dims, const char *what)
{
    if (t->shape.dims == dims) {
        return true;
    }
    PyErr_Format(PyExc_RuntimeError, "%s must have %d dimensions, got %d", what, dims,
                 t->shape.dims);
    return false;
}

/* A state: a tensor, for an LSTM two of them in a sequence. That of a single step is looked at by
 * the engine. */
enum { ANY_DIMS = -1 };
static bool read_state(const struct call *call, enum nn_cell cell, int dims, struct nn_state *out)
{
    PyObject *given = call->arguments[1];
    if (cell != NN_CELL_LSTM) {
        out->h = argument_tensor(call, 1);
        return out->h && (dims == ANY_DIMS || check_dims(out->h, dims, "hx"));
    }
    if ((!PyTuple_Check(given) && !PyList_Check(given)) || PySequence_Fast_GET_SIZE(given) != 2) {
        PyErr_Format(PyExc_RuntimeError, "%s expects two hidden states", call->row->name);
        return false;
    }
    PyObject *const *items = PySequence_Fast_ITEMS(given);
    if (!tensor_object_is(call->face, items[0]) || !tensor_object_is(call->face, items[1])) {
        return argument_refuse(call, 1, "tuple of Tensors");
    }
    out->h = tensor_object_tensor(items[0]);
    out->c = tensor_object_tensor(items[1]);
    return dims == ANY_DIMS ||
           (check_dims(out->h, dims, "hx[0]") && check_dims(out->c, dims, "hx[1]"));
}

/* (output, h) or (output, h, c); without an output (h, c) or h alone. Takes all references. */
static PyObject *results(const struct call *call, struct tensor *output, struct nn_state *state)
{
    PyObject *h = tensor_object_take(call->face, state->h, NULL);
    PyObject *c = state->c && h ? tensor_object_take(call->face, state->c, NULL) : NULL;
    PyObject *y = output && h ? tensor_object_take(call->face, output, NULL) : NULL;
    if (!h || (state->c && !c) || (output && !y)) {
        Py_XDECREF(h);
        Py_XDECREF(c);
        Py_XDECREF(y);
        return NULL;
    }
    if (!y) {
        return c ? Py_BuildValue("(NN)", h, c) : h;
    }
    return c ? Py_BuildValue("(NNN)", y, h, c) : Py_BuildValue("(NN)", y, h);
}

/* ---- sequences --------------------------------------------------------------------------------- */

enum { X, HX, PARAMS, HAS_BIASES, LAYERS, DROPOUT, TRAIN, BIDIRECTIONAL, BATCH_FIRST };

static bool read_how(const struct call *call, struct nn_recurrent *how, int64_t *layers,
                     bool *has_biases)
{
    return argument_bool(call, HAS_BIASES, has_biases) && argument_integer(call, LAYERS, layers) &&
           argument_real(call, DROPOUT, &how->dropout) &&
           argument_bool(call, TRAIN, &how->training) &&
           argument_bool(call, BIDIRECTIONAL, &how->bidirectional) &&
           argument_bool(call, BATCH_FIRST, &how->batch_first);
}

/* The weights of all layers, to free; NULL with an exception. */
static struct nn_cell_weights *read_weights(const struct call *call, Py_ssize_t count, bool biases)
{
    PyObject *given = call->arguments[PARAMS];
    const Py_ssize_t each = biases ? 4 : 2;
    if ((!PyList_Check(given) && !PyTuple_Check(given)) ||
        PySequence_Fast_GET_SIZE(given) != count * each) {
        PyErr_Format(PyExc_RuntimeError, "%s expects %zd weights for each of %zd layers",
                     call->row->name, each, count);
        return NULL;
    }
    struct nn_cell_weights *weights = memory_allocate((size_t)count, sizeof(*weights));
    for (Py_ssize_t i = 0; i < count * each; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(given, i);
        if (!tensor_object_is(call->face, item)) {
            free(weights);
            argument_refuse(call, PARAMS, "tuple of Tensors");
            return NULL;
        }
        struct tensor *const tensor = tensor_object_tensor(item);
        struct nn_cell_weights *const w = &weights[i / each];
        struct tensor **const places[] = { &w->ih, &w->hh, &w->bias_ih, &w->bias_hh };
        *places[i % each] = tensor;
    }
    return weights;
}

static PyObject *call_recurrent(struct call *call)
{
    struct nn_recurrent how = { .cell = cell_of(call->row) };
    struct tensor *x = argument_tensor(call, X);
    int64_t layers = 1;
    bool has_biases = true;
    if (!x || !check_dims(x, 3, "input") || !read_state(call, how.cell, 3, &how.first) ||
        !read_how(call, &how, &layers, &has_biases)) {
        return NULL;
    }
    const int64_t count = layers * (how.bidirectional ? 2 : 1);
    if (layers < 1 || how.first.h->shape.size[0] != count ||
        (how.first.c && how.first.c->shape.size[0] != count)) {
        return PyErr_Format(PyExc_RuntimeError, "%s expects a hidden state for each of %lld layers",
                            call->row->name, (long long)count);
    }
    struct nn_cell_weights *weights = read_weights(call, (Py_ssize_t)count, has_biases);
    if (!weights) {
        return NULL;
    }
    how.layers = (int)layers;
    how.weights = weights;
    struct error err;
    struct nn_state last;
    struct tensor *output = nn_recurrent(call->face->engine, &how, x, &last, &err);
    free(weights);
    return output ? results(call, output, &last) : torch_raise(&err);
}

/* ---- single steps ------------------------------------------------------------------------------ */

/* (input, hx, w_ih, w_hh, b_ih, b_hh) */
static PyObject *call_cell(struct call *call)
{
    const enum nn_cell cell = cell_of(call->row);
    struct tensor *x = argument_tensor(call, 0);
    struct nn_cell_weights weights = { NULL, NULL, NULL, NULL };
    struct nn_state state = { NULL, NULL }, out;
    struct error err;
    if (!x || !check_dims(x, 2, "input") || !read_state(call, cell, ANY_DIMS, &state) ||
        !(weights.ih = argument_tensor(call, 2)) || !(weights.hh = argument_tensor(call, 3)) ||
        !argument_tensor_or_none(call, 4, &weights.bias_ih) ||
        !argument_tensor_or_none(call, 5, &weights.bias_hh)) {
        return NULL;
    }
    return nn_cell_step(call->face->engine, cell, x, &weights, &state, &out, &err)
               ? results(call, NULL, &out)
               : torch_raise(&err);
}

/* ---- the table --------------------------------------------------------------------------------- */

#define SEQUENCE(name)                                                           \
    {                                                                            \
        name, { "input",   "hx",    "params",        "has_biases", "num_layers", \
                "dropout", "train", "bidirectional", "batch_first" },            \
            .required = 9, .call = call_recurrent, .places = PLACE_TORCH         \
    }
#define CELL(name)                                                                                 \
    {                                                                                              \
        name, { "input", "hx", "w_ih", "w_hh", "b_ih", "b_hh" }, .required = 4, .call = call_cell, \
                                                                 .places = PLACE_TORCH             \
    }

const struct function_row recurrent_rows[] = {
    SEQUENCE("lstm"),      SEQUENCE("gru"),       SEQUENCE("rnn_tanh"),
    SEQUENCE("rnn_relu"),  CELL("lstm_cell"),     CELL("gru_cell"),
    CELL("rnn_tanh_cell"), CELL("rnn_relu_cell"), { .name = NULL },
};
