/* The losses and distances as layers: what they are told when they are made, and the function of
 * torch.nn.functional that they call. */
#include "lessons/torch/functions.h"
#include "lessons/torch/layers.h"

#include <assert.h>
#include <string.h>

/* ---- what each of them keeps ----------------------------------------------------------------------- */

enum held_kind { HELD_END, HELD_REDUCTION, HELD_BUFFER, HELD_REAL, HELD_WHOLE, HELD_BOOL };

/* An attribute: under its name the constructor and the function have a parameter. */
struct held {
    const char *name;
    enum held_kind kind;
    double number; /* where the lesson gives none */
};

enum { MOST_HELD = 5 };

static const struct loss {
    const char *layer, *function;
    int given; /* arguments of forward */
    struct held held[MOST_HELD];
} losses[] = {
#define REDUCTION                      \
    {                                  \
        "reduction", HELD_REDUCTION, 0 \
    }
    { "MSELoss", "mse_loss", 2, { REDUCTION } },
    { "L1Loss", "l1_loss", 2, { REDUCTION } },
    { "SmoothL1Loss", "smooth_l1_loss", 2, { REDUCTION, { "beta", HELD_REAL, 1 } } },
    { "HuberLoss", "huber_loss", 2, { REDUCTION, { "delta", HELD_REAL, 1 } } },
    { "NLLLoss",
      "nll_loss",
      2,
      { REDUCTION, { "weight", HELD_BUFFER, 0 }, { "ignore_index", HELD_WHOLE, -100 } } },
    { "CrossEntropyLoss",
      "cross_entropy",
      2,
      { REDUCTION,
        { "weight", HELD_BUFFER, 0 },
        { "ignore_index", HELD_WHOLE, -100 },
        { "label_smoothing", HELD_REAL, 0 } } },
    { "BCELoss", "binary_cross_entropy", 2, { REDUCTION, { "weight", HELD_BUFFER, 0 } } },
    { "BCEWithLogitsLoss",
      "binary_cross_entropy_with_logits",
      2,
      { REDUCTION, { "weight", HELD_BUFFER, 0 }, { "pos_weight", HELD_BUFFER, 0 } } },
    { "KLDivLoss", "kl_div", 2, { REDUCTION, { "log_target", HELD_BOOL, 0 } } },
    { "CosineEmbeddingLoss",
      "cosine_embedding_loss",
      3,
      { REDUCTION, { "margin", HELD_REAL, 0 } } },
    { "MarginRankingLoss", "margin_ranking_loss", 3, { REDUCTION, { "margin", HELD_REAL, 0 } } },
    { "HingeEmbeddingLoss", "hinge_embedding_loss", 2, { REDUCTION, { "margin", HELD_REAL, 1 } } },
    { "TripletMarginLoss",
      "triplet_margin_loss",
      3,
      { REDUCTION,
        { "margin", HELD_REAL, 1 },
        { "p", HELD_REAL, 2 },
        { "eps", HELD_REAL, 1e-6 },
        { "swap", HELD_BOOL, 0 } } },
    { "SoftMarginLoss", "soft_margin_loss", 2, { REDUCTION } },
    { "CosineSimilarity",
      "cosine_similarity",
      2,
      { { "dim", HELD_WHOLE, 1 }, { "eps", HELD_REAL, 1e-8 } } },
    { "PairwiseDistance",
      "pairwise_distance",
      2,
      { { "p", HELD_REAL, 2 }, { "eps", HELD_REAL, 1e-6 }, { "keepdim", HELD_BOOL, 0 } } },
};

/* Rows are called "L1Loss.__init__", "L1Loss.forward". */
static const struct loss *loss_of(const struct call *call)
{
    const size_t length = strcspn(call->row->name, ".");
    for (size_t i = 0; i < sizeof(losses) / sizeof(*losses); i++) {
        if (strlen(losses[i].layer) == length &&
            strncmp(losses[i].layer, call->row->name, length) == 0) {
            return &losses[i];
        }
    }
    assert(!"no such loss");
    return NULL;
}

/* -1: there is none. */
static int find(const struct function_row *row, const char *name)
{
    for (int i = 0; i < PARAMETERS_MAX && row->parameters[i]; i++) {
        if (row->parameters[i][0] == name[0] && strcmp(row->parameters[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- making them ------------------------------------------------------------------------------------- */

/* What size_average and reduce meant, with PyTorch's warning; new, NULL where neither was given. */
static PyObject *old_reduction(const struct call *call)
{
    const int first = find(call->row, "size_average"), second = find(call->row, "reduce");
    bool average = true, reduce = true;
    if (first < 0 || (!argument_given(call, first) && !argument_given(call, second)) ||
        !argument_bool(call, first, &average) || !argument_bool(call, second, &reduce)) {
        return NULL;
    }
    const char *name = !reduce ? "none" : average ? "mean" : "sum";
    return PyErr_WarnFormat(PyExc_UserWarning, 2,
                            "size_average and reduce args will be deprecated, please use "
                            "reduction='%s' instead.",
                            name) == 0
               ? PyUnicode_FromString(name)
               : NULL;
}

/* A new reference. */
static PyObject *held_value(const struct call *call, const struct held *held)
{
    const int i = find(call->row, held->name);
    PyObject *old = held->kind == HELD_REDUCTION ? old_reduction(call) : NULL;
    if (old || PyErr_Occurred()) {
        return old;
    }
    if (argument_given(call, i)) {
        return Py_NewRef(call->arguments[i]);
    }
    switch (held->kind) {
    case HELD_REDUCTION:
        return PyUnicode_FromString("mean");
    case HELD_BUFFER:
        return Py_NewRef(Py_None);
    case HELD_REAL:
        return PyFloat_FromDouble(held->number);
    case HELD_WHOLE:
        return PyLong_FromDouble(held->number);
    case HELD_BOOL:
        return PyBool_FromLong(0);
    case HELD_END:
        break;
    }
    return NULL;
}

/* Takes the value. A buffer moves with the module and is in its state. */
static bool hold(PyObject *self, const struct held *held, PyObject *value)
{
    if (held->kind != HELD_BUFFER) {
        return layer_set(self, held->name, value);
    }
    PyObject *done =
        value ? PyObject_CallMethod(self, "register_buffer", "sO", held->name, value) : NULL;
    Py_XDECREF(done);
    Py_XDECREF(value);
    return done != NULL;
}

static PyObject *loss_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    const struct loss *loss = loss_of(call);
    if (!module_begin(self)) {
        return NULL;
    }
    for (int i = 0; i < MOST_HELD && loss->held[i].name; i++) {
        if (!hold(self, &loss->held[i], held_value(call, &loss->held[i]))) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

static PyObject *loss_forward(struct call *call)
{
    const struct loss *loss = loss_of(call);
    const struct function_row *function = function_find(loss_rows, loss->function);
    struct held_argument held[MOST_HELD];
    assert(function);
    int count = 0;
    while (count < MOST_HELD && loss->held[count].name) {
        const char *name = loss->held[count].name;
        held[count] = (struct held_argument){ name, find(function, name) };
        count++;
    }
    return layer_call_row(call, function, loss->given, held, count);
}

/* ---- the table --------------------------------------------------------------------------------------- */

#define FORWARD_OF(name, count, ...)                                                        \
    {                                                                                       \
        name ".forward", { "self", __VA_ARGS__ }, .required = (count), .call = loss_forward \
    }
#define BEGIN_WITH(name, ...)                                                        \
    {                                                                                \
        name ".__init__", { "self", __VA_ARGS__ }, .required = 1, .call = loss_begin \
    }
#define LOSS(name, ...)                                               \
    {                                                                 \
        name, "torch.nn.modules.loss", BEGIN_WITH(name, __VA_ARGS__), \
            FORWARD_OF(name, 3, "input", "target"), NO_TEXT, NULL     \
    }
#define PAIR_LOSS(name, a, b, c, ...)                                 \
    {                                                                 \
        name, "torch.nn.modules.loss", BEGIN_WITH(name, __VA_ARGS__), \
            FORWARD_OF(name, 4, a, b, c), NO_TEXT, NULL               \
    }
#define DISTANCE(name, ...)                                               \
    {                                                                     \
        name, "torch.nn.modules.distance", BEGIN_WITH(name, __VA_ARGS__), \
            FORWARD_OF(name, 3, "x1", "x2"), NO_TEXT, NULL                \
    }
#define OLD "size_average", "reduce", "reduction"

const struct layer loss_layers[] = {
    LOSS("MSELoss", OLD),
    LOSS("L1Loss", OLD),
    LOSS("SmoothL1Loss", OLD, "beta"),
    LOSS("HuberLoss", "reduction", "delta"),
    LOSS("NLLLoss", "weight", "size_average", "ignore_index", "reduce", "reduction"),
    LOSS("CrossEntropyLoss", "weight", "size_average", "ignore_index", "reduce", "reduction",
         "label_smoothing"),
    LOSS("BCELoss", "weight", OLD),
    LOSS("BCEWithLogitsLoss", "weight", OLD, "pos_weight"),
    LOSS("KLDivLoss", OLD, "log_target"),
    LOSS("HingeEmbeddingLoss", "margin", OLD),
    LOSS("SoftMarginLoss", OLD),
    PAIR_LOSS("CosineEmbeddingLoss", "input1", "input2", "target", "margin", OLD),
    PAIR_LOSS("MarginRankingLoss", "input1", "input2", "target", "margin", OLD),
    PAIR_LOSS("TripletMarginLoss", "anchor", "positive", "negative", "margin", "p", "eps", "swap",
              OLD),
    DISTANCE("CosineSimilarity", "dim", "eps"),
    DISTANCE("PairwiseDistance", "p", "eps", "keepdim"),
    { .name = NULL },
};
