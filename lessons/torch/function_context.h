#pragma once
/* autograd.Function: the `ctx` that its forward fills and its backward reads, which is also the
 * grad_fn of what it returned; and the call of a function. The class itself is written in Python
 * (python/torch/autograd). */

#include "lessons/torch/function.h"

struct context_object {
    struct node_object base; /* its node is lent: it owns this object, and clears it when it goes */
    PyObject *dictionary;    /* what the lesson keeps on it */
    PyObject *weak_references;

    /* Owned; NULL or what was handed over in the forward. */
    PyObject *to_save, *dirty, *non_differentiable;
    PyObject *needs_input_grad, *is_tensor; /* of each argument of the call: tuples of bools */
    bool materialize_grads;
    bool attached; /* a node was made: saved tensors are its own */
};

bool context_type_create(struct face *face, PyObject *module);

static inline struct context_object *context_of(PyObject *object)
{
    return (struct context_object *)object;
}

/* What the node of a context does: calls ctx.apply with the gradients of the outputs. */
extern const struct node_function context_function;

extern const struct function_row function_rows[]; /* function_apply.c */
