#pragma once
/* The layers of torch.nn, one row each: what their constructors and forward functions take, and what
 * they print. Their mathematics is in engine/nn. */

#include "lessons/torch/module.h"

struct layer {
    const char *name, *module;         /* "Linear", "torch.nn.modules.linear"; NULL ends a table */
    struct function_row begin;         /* __init__ */
    struct function_row forward;       /* without a name: none */
    struct function_row text;          /* extra_repr; without a name: nothing to say */
    const struct function_row *others; /* further methods (of the class: `cls` first); NULL: none */
};

extern const struct layer weight_layers[];      /* layers_weights.c: those with parameters */
extern const struct layer plain_layers[];       /* layers_plain.c: softmax, Flatten */
extern const struct layer activation_layers[];  /* layers_activation.c */
extern const struct layer loss_layers[];        /* layers_loss.c */
extern const struct layer container_layers[];   /* containers.c */
extern const struct layer convolution_layers[]; /* layers_convolution.c */
extern const struct layer shape_layers[];       /* layers_shape.c: Unflatten, padding */
extern const struct layer norm_layers[];        /* layers_norm.c: norms, dropout */
extern const struct layer pool_layers[];        /* layers_pool.c */

#define FORWARD(name, function)                                               \
    {                                                                         \
        name ".forward", { "self", "input" }, .required = 2, .call = function \
    }
#define NO_FORWARD   \
    {                \
        .name = NULL \
    }
#define TEXT(function)                                            \
    {                                                             \
        "extra_repr", { "self" }, .required = 1, .call = function \
    }
#define NO_TEXT      \
    {                \
        .name = NULL \
    }

/* reset_parameters() of the layers that have it, as further methods (layers_reset.c). */
extern const struct function_row linear_resets[]; /* convolutions, too */
extern const struct function_row bilinear_resets[];
extern const struct function_row norm_resets[];
extern const struct function_row batch_norm_resets[]; /* and reset_running_stats() */
PyObject *layer_reset_embedding(struct call *call);

/* An attribute of a module; takes the value. */
bool layer_set(PyObject *self, const char *name, PyObject *value);
/* Lent by the module; NULL where the parameter is None. `name` is one of face->words. */
struct tensor *layer_parameter(PyObject *self, PyObject *name);
/* A Parameter that is not initialised yet, registered. Lent; NULL with an exception. */
struct tensor *layer_add_parameter(struct face *face, PyObject *self, const char *name,
                                   const struct shape *shape);

/* __init__ of a layer whose parameters may be made on another device, of another dtype: calls `begin` with
 * the row's arguments `device` and `dtype` as the defaults. */
PyObject *layer_begin_on_device(struct call *call, PyObject *(*begin)(struct call *call));
#define BEGIN_THERE(begin)                            \
    static PyObject *begin##_there(struct call *call) \
    {                                                 \
        return layer_begin_on_device(call, begin);    \
    }

/* Calls the function of torch.nn.functional of that name on the first `given` arguments of forward, and
 * on attributes of the module at the places `at`. */
struct held_argument {
    const char *attribute;
    int at;
};
PyObject *layer_call_held(struct call *call, const char *function, int given,
                          const struct held_argument *held, int count);
/* The same for a row at hand. */
PyObject *layer_call_row(struct call *call, const struct function_row *row, int given,
                         const struct held_argument *held, int count);
/* Sets the attribute `name` to argument i, or to `fallback` (taken) where that is not given. */
bool layer_set_argument(const struct call *call, int i, const char *name, PyObject *fallback);
/* The same as a tuple of `count`, a number repeated. */
bool layer_set_tuple(const struct call *call, int i, const char *name, int count, long fallback);
/* Appends ", name=value" of the attribute. */
bool layer_append(PyObject **text, PyObject *self, const char *name);
