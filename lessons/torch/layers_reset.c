/* reset_parameters(): a layer's parameters begin anew, in place and unseen by autograd, drawn as its
 * constructor draws them. */
#include "engine/nn/nn.h"
#include "engine/nn/norms.h"
#include "engine/observer.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/functions.h"
#include "lessons/torch/layers.h"

static void tell(struct tensor *tensor)
{
    const struct engine *engine = tensor ? tensor->engine : NULL;
    if (engine && OBSERVED(engine, updated)) {
        const struct observed_update update = { .tensor = tensor,
                                                .by = "reset_parameters",
                                                .elements = true };
        engine->observer->calls->updated(engine->observer->context, &update);
    }
}

/* What the call returns once `weight` and `bias` (each may be NULL) were to be filled. */
static PyObject *filled(bool done, struct tensor *weight, struct tensor *bias,
                        const struct error *err)
{
    if (!done) {
        return torch_raise(err);
    }
    tell(weight);
    tell(bias);
    Py_RETURN_NONE;
}

static struct tensor *weight_of(const struct call *call)
{
    return layer_parameter(call->arguments[0], call->face->words.weight);
}

static struct tensor *bias_of(const struct call *call)
{
    return layer_parameter(call->arguments[0], call->face->words.bias);
}

static PyObject *refuse_without_weight(void)
{
    PyErr_SetString(PyExc_AttributeError, "'NoneType' object has no attribute 'uniform_'");
    return NULL;
}

static PyObject *draw(struct call *call,
                      bool (*init)(struct generator *generator, struct tensor *weight,
                                   struct tensor *bias, struct error *err))
{
    struct tensor *weight = weight_of(call), *bias = bias_of(call);
    struct error err;
    return weight ? filled(init(&call->face->engine->generator, weight, bias, &err), weight, bias,
                           &err)
                  : refuse_without_weight();
}

static PyObject *reset_linear(struct call *call)
{
    return draw(call, nn_init_linear);
}

static PyObject *reset_bilinear(struct call *call)
{
    return draw(call, nn_init_bilinear);
}

PyObject *layer_reset_embedding(struct call *call)
{
    struct tensor *weight = weight_of(call);
    PyObject *held = PyObject_GetAttrString(call->arguments[0], "padding_idx");
    const int64_t padding = held && held != Py_None ? PyLong_AsLongLong(held) : -1;
    struct error err;
    Py_XDECREF(held);
    if (PyErr_Occurred()) {
        return NULL;
    }
    return weight ? filled(nn_init_embedding(&call->face->engine->generator, weight, padding, &err),
                           weight, NULL, &err)
                  : refuse_without_weight();
}

/* A layer without weight and bias has nothing to begin anew. */
static PyObject *reset_norm(struct call *call)
{
    struct tensor *weight = weight_of(call), *bias = bias_of(call);
    struct error err;
    return filled(nn_init_norm(weight, bias, &err), weight, bias, &err);
}

/* running_mean 0, running_var 1, num_batches_tracked 0 */
static PyObject *reset_running(struct call *call)
{
    static const struct {
        const char *buffer;
        long first;
    } buffers[] = { { "running_mean", 0 }, { "running_var", 1 }, { "num_batches_tracked", 0 } };
    for (size_t i = 0; i < sizeof(buffers) / sizeof(*buffers); i++) {
        PyObject *buffer = PyObject_GetAttrString(call->arguments[0], buffers[i].buffer);
        PyObject *done = buffer == Py_None ? Py_NewRef(Py_None)
                         : buffer ? PyObject_CallMethod(buffer, "fill_", "l", buffers[i].first)
                                  : NULL;
        Py_XDECREF(buffer);
        if (!done) {
            return NULL;
        }
        Py_DECREF(done);
    }
    Py_RETURN_NONE;
}

static PyObject *reset_batch_norm(struct call *call)
{
    PyObject *done = reset_running(call);
    Py_XDECREF(done);
    return done ? reset_norm(call) : NULL;
}

#define RESET(function)                                                 \
    {                                                                   \
        "reset_parameters", { "self" }, .required = 1, .call = function \
    }

const struct function_row linear_resets[] = { RESET(reset_linear), { .name = NULL } };
const struct function_row bilinear_resets[] = { RESET(reset_bilinear), { .name = NULL } };
const struct function_row norm_resets[] = { RESET(reset_norm), { .name = NULL } };
const struct function_row batch_norm_resets[] = {
    RESET(reset_batch_norm),
    { "reset_running_stats", { "self" }, .required = 1, .call = reset_running },
    { .name = NULL },
};
