/* backward, detach, requires_grad_, torch.autograd.grad. */
#include "lessons/torch/functions.h"

#include <stdlib.h>

#include "engine/autograd/autograd.h"
#include "engine/base/memory.h"
#include "engine/observer.h"
#include "lessons/torch/anomaly.h"

/* ---- lists of tensors -------------------------------------------------------------------------- */

/* An argument that is a tensor or a sequence of tensors; entries are lent, NULL for None. */
struct tensors {
    struct tensor **items;
    int count;
    PyObject *objects;  /* keeps them: the tensor itself, or a tuple */
    struct tensor *one; /* where items point to if it is a tensor itself */
};

static void tensors_finish(struct tensors *tensors)
{
    if (tensors->items != &tensors->one) {
        free(tensors->items);
    }
    Py_CLEAR(tensors->objects);
}

/* `wrong`: what is said of an item that is neither a tensor nor None. */
static bool read_tensors(const struct call *call, int i, const char *wrong, struct tensors *out)
{
    PyObject *object = call->arguments[i];
    if (tensor_object_is(call->face, object)) {
        out->objects = Py_NewRef(object);
        out->one = tensor_object_tensor(object);
        out->items = &out->one;
        out->count = 1;
        return true;
    }
    out->objects = PySequence_Tuple(object);
    if (!out->objects) {
        return false;
    }
    out->count = (int)PyTuple_GET_SIZE(out->objects);
    out->items = memory_allocate((size_t)out->count + 1, sizeof(*out->items));
    for (int k = 0; k < out->count; k++) {
        PyObject *item = PyTuple_GET_ITEM(out->objects, k);
        if (item != Py_None && !tensor_object_is(call->face, item)) {
            PyErr_Format(PyExc_TypeError, wrong, Py_TYPE(item)->tp_name);
            return false;
        }
        out->items[k] = item == Py_None ? NULL : tensor_object_tensor(item);
    }
    return true;
}

/* The same where None is no tensor either. */
static bool read_real_tensors(const struct call *call, int i, const char *wrong,
                              struct tensors *out)
{
    if (!read_tensors(call, i, wrong, out)) {
        return false;
    }
    for (int k = 0; k < out->count; k++) {
        if (!out->items[k]) {
            PyErr_Format(PyExc_TypeError, wrong, "NoneType");
            return false;
        }
    }
    return true;
}

/* ---- backward ---------------------------------------------------------------------------------- */

static const char wrong_root[] = "a backward pass starts from Tensors, but got %s";
static const char wrong_gradient[] = "gradients can be either Tensors or None, but got %s";
static const char wrong_input[] = "all inputs have to be Tensors or GradientEdges, but got %s";

/* A call as it is being read: the roots, what they start with, and what gets gradients. */
struct autograd_call {
    struct tensors roots, gradients, inputs;
    struct backward_call backward;
};

static void autograd_call_finish(struct autograd_call *call)
{
    tensors_finish(&call->roots);
    tensors_finish(&call->gradients);
    tensors_finish(&call->inputs);
}

/* retain_graph None means: as create_graph says. */
static bool read_graph_flags(const struct call *call, int retain, int create,
                             struct backward_call *out)
{
    if (!argument_bool(call, create, &out->create_graph)) {
        return false;
    }
    if (!argument_given(call, retain)) {
        return true;
    }
    if (!argument_bool(call, retain, &out->retain_graph)) {
        return false;
    }
    out->free_graph = !out->retain_graph;
    return true;
}

static bool read_gradients(const struct call *call, int i, struct autograd_call *out)
{
    if (argument_given(call, i) && !read_tensors(call, i, wrong_gradient, &out->gradients)) {
        return false;
    }
    if (out->gradients.items && out->gradients.count != out->roots.count) {
        PyErr_Format(PyExc_RuntimeError, "got %d tensors and %d gradients", out->roots.count,
                     out->gradients.count);
        return false;
    }
    out->backward.roots = out->roots.items;
    out->backward.root_count = out->roots.count;
    out->backward.gradients = out->gradients.items;
    return true;
}

static bool read_inputs(const struct call *call, int i, struct autograd_call *out)
{
    if (!argument_given(call, i)) {
        return true;
    }
    if (!read_real_tensors(call, i, wrong_input, &out->inputs)) {
        return false;
    }
    if (out->inputs.count == 0) {
        PyErr_SetString(PyExc_RuntimeError, "`inputs` argument to `backward()` cannot be empty.");
        return false;
    }
    out->backward.inputs = out->inputs.items;
    out->backward.input_count = out->inputs.count;
    return true;
}

static bool warn_of_cycle(const struct call *call, const struct backward_call *backward)
{
    if (!backward->create_graph || call->face->warned_of_cycle) {
        return true;
    }
    call->face->warned_of_cycle = true;
    return PyErr_WarnEx(PyExc_UserWarning,
                        "Using backward() with create_graph=True will create a reference cycle "
                        "between the parameter and its gradient which can cause a memory leak. We "
                        "recommend using autograd.grad when creating the graph to avoid this. If "
                        "you have to use this function, make sure to reset the .grad fields of "
                        "your parameters to None after use to break the cycle and avoid the leak.",
                        1) == 0;
}

/* Where the arguments stand in the two functions. */
struct backward_places {
    int gradient, retain, create, inputs;
};

static PyObject *run_backward(struct call *call, const struct backward_places *at)
{
    struct autograd_call read = { 0 };
    PyObject *result = NULL;
    if (read_real_tensors(call, 0, wrong_root, &read.roots) &&
        read_gradients(call, at->gradient, &read) &&
        read_graph_flags(call, at->retain, at->create, &read.backward) &&
        read_inputs(call, at->inputs, &read) && warn_of_cycle(call, &read.backward)) {
        struct error err;
        result = face_backward(call->face, &read.backward, &err) ? Py_NewRef(Py_None)
                                                                 : torch_raise(&err);
    }
    autograd_call_finish(&read);
    return result;
}

/* x.backward(gradient, retain_graph, create_graph, inputs) */
static PyObject *call_backward(struct call *call)
{
    return argument_tensor(call, 0) ? run_backward(call, &(struct backward_places){ 1, 2, 3, 4 })
                                    : NULL;
}

/* torch.autograd.backward(tensors, grad_tensors, retain_graph, create_graph, grad_variables,
 * inputs): several roots are walked as one. */
static PyObject *call_backward_all(struct call *call)
{
    if (argument_given(call, 4)) {
        if (argument_given(call, 1)) {
            PyErr_SetString(PyExc_RuntimeError,
                            "'grad_tensors' and 'grad_variables' (deprecated) arguments both "
                            "passed to backward(). Please only use 'grad_tensors'.");
            return NULL;
        }
        if (PyErr_WarnEx(PyExc_UserWarning,
                         "'grad_variables' is deprecated. Use 'grad_tensors' instead.", 1) != 0) {
            return NULL;
        }
        call->arguments[1] = call->arguments[4];
    }
    return run_backward(call, &(struct backward_places){ 1, 2, 3, 5 });
}

/* ---- grad -------------------------------------------------------------------------------------- */

enum {
    GRAD_OUTPUTS,
    GRAD_INPUTS,
    GRAD_GRADIENTS,
    GRAD_RETAIN,
    GRAD_CREATE,
    GRAD_ONLY_INPUTS,
    GRAD_ALLOW_UNUSED,
    GRAD_BATCHED,
    GRAD_MATERIALIZE,
};

static bool read_unused(const struct call *call, bool *materialize, struct backward_call *out)
{
    if (!argument_bool(call, GRAD_ALLOW_UNUSED, &out->allow_unused) ||
        !argument_bool(call, GRAD_MATERIALIZE, materialize)) {
        return false;
    }
    if (*materialize && argument_given(call, GRAD_ALLOW_UNUSED) && !out->allow_unused) {
        PyErr_SetString(PyExc_ValueError, "Expected allow_unused to be True or not passed when "
                                          "materialize_grads=True, but got: allow_unused=False.");
        return false;
    }
    out->allow_unused |= *materialize;
    return true;
}

static bool read_deprecated(const struct call *call)
{
    bool only_inputs = true, batched = false;
    if (!argument_bool(call, GRAD_ONLY_INPUTS, &only_inputs) ||
        !argument_bool(call, GRAD_BATCHED, &batched)) {
        return false;
    }
    if (batched) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "is_grads_batched=True is not supported by Gradlight; call grad() once "
                        "for each gradient");
        return false;
    }
    return only_inputs ||
           PyErr_WarnEx(PyExc_UserWarning,
                        "only_inputs argument is deprecated and is ignored now (defaults to True). "
                        "To accumulate gradient for other parts of the graph, please use "
                        "torch.autograd.backward.",
                        1) == 0;
}

static bool read_grad_call(const struct call *call, struct autograd_call *out, bool *materialize)
{
    if (!read_real_tensors(call, GRAD_OUTPUTS, wrong_root, &out->roots) ||
        !read_real_tensors(call, GRAD_INPUTS, wrong_input, &out->inputs) ||
        !read_deprecated(call) || !read_gradients(call, GRAD_GRADIENTS, out) ||
        !read_graph_flags(call, GRAD_RETAIN, GRAD_CREATE, &out->backward) ||
        !read_unused(call, materialize, &out->backward)) {
        return false;
    }
    if (out->inputs.count == 0) {
        PyErr_SetString(PyExc_ValueError, "grad requires non-empty inputs.");
        return false;
    }
    out->backward.inputs = out->inputs.items;
    out->backward.input_count = out->inputs.count;
    return true;
}

/* The gradient of an input that was not used, where the lesson wants zeros. */
static PyObject *zero_gradient(const struct call *call, struct tensor *input)
{
    const struct tensor_spec spec = tensor_spec_of(input);
    struct error err;
    struct tensor *zeros = tensor_full(call->face->engine, &spec, number_integer(0), &err);
    if (zeros) {
        zeros->requires_grad = true;
        const struct observed_creation creation = { .tensor = zeros, .by = "zeros_like" };
        face_observe_creation(call->face, &creation);
    }
    return tensor_object_take(call->face, zeros, &err);
}

/* Objects of the gradients, which it takes. */
static PyObject *gradient_tuple(const struct call *call, const struct backward_call *backward,
                                bool materialize)
{
    PyObject *tuple = PyTuple_New(backward->input_count);
    for (int i = 0; i < backward->input_count; i++) {
        struct tensor *gradient = backward->captured[i];
        PyObject *item = gradient      ? tensor_object_take(call->face, gradient, NULL)
                         : materialize ? zero_gradient(call, backward->inputs[i])
                                       : Py_NewRef(Py_None);
        if (tuple && item) {
            PyTuple_SET_ITEM(tuple, i, item);
        } else {
            Py_XDECREF(item);
            Py_CLEAR(tuple);
        }
    }
    return tuple;
}

static PyObject *call_grad(struct call *call)
{
    struct autograd_call read = { 0 };
    bool materialize = false;
    PyObject *result = NULL;
    if (read_grad_call(call, &read, &materialize)) {
        struct error err;
        struct backward_call *backward = &read.backward;
        backward->captured =
            memory_allocate((size_t)backward->input_count + 1, sizeof(*backward->captured));
        result = face_backward(call->face, backward, &err)
                     ? gradient_tuple(call, backward, materialize)
                     : torch_raise(&err);
        free(backward->captured);
    }
    autograd_call_finish(&read);
    return result;
}

/* ---- flags ------------------------------------------------------------------------------------- */

static PyObject *call_detach(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(call, tensor_detach(input, &err), &err) : NULL;
}

static PyObject *call_requires_grad(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    bool on = true;
    struct error err;
    if (!input || !argument_bool(call, 1, &on)) {
        return NULL;
    }
    return tensor_set_requires_grad(input, on, &err) ? Py_NewRef(call->arguments[0])
                                                     : torch_raise(&err);
}

static PyObject *call_retain_grad(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    if (!input) {
        return NULL;
    }
    if (!tensor_retain_grad(input, &err)) {
        return torch_raise(&err);
    }
    Py_RETURN_NONE;
}

/* No longer a result: a leaf that requires no gradient. */
static PyObject *call_detach_in_place(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    if (!input) {
        return NULL;
    }
    return tensor_detach_in_place(input, &err) ? Py_NewRef(call->arguments[0]) : torch_raise(&err);
}

/* ---- the table --------------------------------------------------------------------------------- */

const struct function_row autograd_rows[] = {
    { "backward",
      { "input", "gradient", "retain_graph", "create_graph", "inputs" },
      .required = 1,
      .call = call_backward,
      .places = PLACE_METHOD },
    { "detach",
      { "input" },
      .required = 1,
      .call = call_detach,
      .places = PLACE_METHOD | PLACE_TORCH },
    { "requires_grad_",
      { "input", "requires_grad" },
      .required = 1,
      .call = call_requires_grad,
      .places = PLACE_METHOD },
    { "retain_grad", { "input" }, .required = 1, .call = call_retain_grad, .places = PLACE_METHOD },
    { "detach_",
      { "input" },
      .required = 1,
      .call = call_detach_in_place,
      .places = PLACE_METHOD | PLACE_TORCH },
    { "backward",
      { "tensors", "grad_tensors", "retain_graph", "create_graph", "grad_variables", "inputs" },
      .required = 1,
      .call = call_backward_all,
      .places = PLACE_AUTOGRAD },
    { "grad",
      { "outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "only_inputs",
        "allow_unused", "is_grads_batched", "materialize_grads" },
      .required = 2,
      .call = call_grad,
      .places = PLACE_AUTOGRAD },
    { .name = NULL },
};
