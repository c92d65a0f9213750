/* The call of an autograd.Function: runs its forward without recording, then makes a node whose way
 * back is the lesson's own code. */
#include "lessons/torch/function_context.h"

#include <stdlib.h>

#include "engine/autograd/autograd.h"
#include "engine/base/memory.h"
#include "engine/observer.h"
#include "lessons/torch/arguments.h"

/* One call while it lasts. */
struct application {
    struct face *face;
    struct context_object *context;
    PyObject *inputs;  /* lent: the tuple of arguments */
    PyObject *outputs; /* owned: a tuple of what is handed out */
    bool single;       /* the forward returned one thing, no tuple */
    struct node *node; /* owned until the outputs have it; NULL: nothing is recorded */
};

/* ---- what goes in ------------------------------------------------------------------------------ */

static bool describe_inputs(struct application *call, bool *any)
{
    const Py_ssize_t count = PyTuple_GET_SIZE(call->inputs);
    call->context->needs_input_grad = PyTuple_New(count);
    call->context->is_tensor = PyTuple_New(count);
    if (!call->context->needs_input_grad || !call->context->is_tensor) {
        return false;
    }
    *any = false;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(call->inputs, i);
        const bool is_tensor = tensor_object_is(call->face, item);
        if (is_tensor) {
            tensor_refresh_history(tensor_object_tensor(item));
        }
        const bool needs = is_tensor && tensor_object_tensor(item)->requires_grad;
        PyTuple_SET_ITEM(call->context->needs_input_grad, i, PyBool_FromLong(needs));
        PyTuple_SET_ITEM(call->context->is_tensor, i, PyBool_FromLong(is_tensor));
        *any = *any || needs;
    }
    return true;
}

/* Where the gradients of the inputs will go, as it is before the forward changes anything. */
static struct node_edge *edges_of(const struct application *call, int *count)
{
    const Py_ssize_t inputs = PyTuple_GET_SIZE(call->inputs);
    struct node_edge *edges = memory_allocate((size_t)inputs + 1, sizeof(*edges));
    *count = 0;
    for (Py_ssize_t i = 0; i < inputs; i++) {
        PyObject *item = PyTuple_GET_ITEM(call->inputs, i);
        if (tensor_object_is(call->face, item)) {
            edges[(*count)++] = tensor_edge(tensor_object_tensor(item));
        }
    }
    return edges;
}

static void make_node(struct application *call, struct node_edge *edges, int count)
{
    struct node *node = node_create(call->face->engine, Py_TYPE(call->context)->tp_name, count,
                                    (int)PyTuple_GET_SIZE(call->outputs));
    for (int i = 0; i < count; i++) {
        node->edges[i] = edges[i];
    }
    node->function = &context_function;
    node->context = Py_NewRef((PyObject *)call->context);
    node->wrapper = call->context;
    call->context->base.node = node;
    call->context->attached = true;
    call->node = node;
}

/* ---- the forward ------------------------------------------------------------------------------- */

/* function._forward(ctx, arguments), in no_grad mode. */
static bool run_forward(struct application *call, PyObject *function)
{
    struct engine *engine = call->face->engine;
    const bool grad_enabled = engine->grad_enabled;
    engine->grad_enabled = false;
    PyObject *result =
        PyObject_CallMethod(function, "_forward", "OO", (PyObject *)call->context, call->inputs);
    engine->grad_enabled = grad_enabled;
    if (!result) {
        return false;
    }
    /* A tuple of our own: what the lesson may still hold is not changed. */
    const Py_ssize_t count = PyTuple_Check(result) ? PyTuple_GET_SIZE(result) : 1;
    call->single = !PyTuple_Check(result);
    call->outputs = PyTuple_New(count);
    for (Py_ssize_t i = 0; call->outputs && i < count; i++) {
        PyTuple_SET_ITEM(call->outputs, i,
                         Py_NewRef(call->single ? result : PyTuple_GET_ITEM(result, i)));
    }
    Py_DECREF(result);
    return call->outputs != NULL;
}

/* ---- what comes out ---------------------------------------------------------------------------- */

static bool is_among(PyObject *tuple, PyObject *item)
{
    for (Py_ssize_t i = 0; tuple && i < PyTuple_GET_SIZE(tuple); i++) {
        if (PyTuple_GET_ITEM(tuple, i) == item) {
            return true;
        }
    }
    return false;
}

/* An input that comes out as it went in: the output is another look at it. */
static bool replace_by_look(struct application *call, Py_ssize_t i)
{
    struct tensor *source = tensor_object_tensor(PyTuple_GET_ITEM(call->outputs, i));
    struct tensor *look = tensor_alias(source);
    const struct observed_creation creation = { .tensor = look, .by = "view_as", .source = source };
    face_observe_creation(call->face, &creation);
    PyObject *object = tensor_object_take(call->face, look, NULL);
    if (!object) {
        return false;
    }
    return PyTuple_SetItem(call->outputs, i, object) == 0;
}

static bool leave_constant(struct application *call, Py_ssize_t i, bool unchanged_input)
{
    struct tensor *tensor = tensor_object_tensor(PyTuple_GET_ITEM(call->outputs, i));
    struct error err;
    if (unchanged_input) {
        return replace_by_look(call, i);
    }
    if (tensor->requires_grad && !tensor->base && !tensor_detach_in_place(tensor, &err)) {
        torch_raise(&err);
        return false;
    }
    return true;
}

static bool attach_changed(const struct application *call, struct tensor *tensor, Py_ssize_t i)
{
    struct error err;
    if (!node_attach_changed(call->node, (int)i, tensor, &err)) {
        torch_raise(&err);
        return false;
    }
    return true;
}

static bool attach_output(struct application *call, Py_ssize_t i)
{
    PyObject *object = PyTuple_GET_ITEM(call->outputs, i);
    if (!tensor_object_is(call->face, object)) {
        return true;
    }
    const bool changed = is_among(call->context->dirty, object);
    const bool unchanged_input = !changed && is_among(call->inputs, object);
    if (!call->node || is_among(call->context->non_differentiable, object) ||
        !dtype_is_float(tensor_object_tensor(object)->dtype)) {
        const bool left = leave_constant(call, i, unchanged_input);
        if (left && call->node) {
            node_describe_output(call->node, (int)i,
                                 tensor_object_tensor(PyTuple_GET_ITEM(call->outputs, i)));
        }
        return left;
    }
    if (unchanged_input && !replace_by_look(call, i)) {
        return false;
    }
    struct tensor *tensor = tensor_object_tensor(PyTuple_GET_ITEM(call->outputs, i));
    if (changed) {
        return attach_changed(call, tensor, i);
    }
    node_attach_output(call->node, (int)i, tensor);
    return true;
}

static bool check_dirty(const struct application *call)
{
    PyObject *dirty = call->context->dirty;
    for (Py_ssize_t i = 0; dirty && i < PyTuple_GET_SIZE(dirty); i++) {
        PyObject *item = PyTuple_GET_ITEM(dirty, i);
        if (!tensor_object_is(call->face, item)) {
            PyErr_Format(PyExc_TypeError,
                         "mark_dirty can only accept variables, but argument %zd is of type %s", i,
                         Py_TYPE(item)->tp_name);
            return false;
        }
        if (!is_among(call->outputs, item)) {
            PyErr_SetString(PyExc_RuntimeError,
                            "Some elements marked as dirty during the forward method were not "
                            "returned as output. The inputs that are modified inplace must all be "
                            "outputs of the Function.");
            return false;
        }
    }
    return true;
}

/* ---- what is kept ------------------------------------------------------------------------------ */

static const char *const slot_names[] = {
    "saved_tensors[0]", "saved_tensors[1]", "saved_tensors[2]", "saved_tensors[3]",
    "saved_tensors[4]", "saved_tensors[5]", "saved_tensors[6]", "saved_tensors[7]",
};
enum { SLOT_NAMES = sizeof(slot_names) / sizeof(*slot_names) };

static bool check_saved(const struct face *face, PyObject *to_save)
{
    for (Py_ssize_t i = 0; to_save && i < PyTuple_GET_SIZE(to_save); i++) {
        PyObject *item = PyTuple_GET_ITEM(to_save, i);
        if (item != Py_None && !tensor_object_is(face, item)) {
            PyErr_Format(PyExc_TypeError,
                         "save_for_backward can only save variables, but argument %zd is of type "
                         "%s",
                         i, Py_TYPE(item)->tp_name);
            return false;
        }
    }
    return true;
}

static void save_slot(struct node *node, int slot, struct tensor *tensor)
{
    node->saved[slot].name = slot < SLOT_NAMES ? slot_names[slot] : "saved_tensors";
    if (tensor && tensor->grad_fn == node) {
        node_save_output(node, slot, tensor, tensor->output_number);
    } else if (tensor) {
        const struct operand operand = operand_tensor(tensor);
        node_save_operand(node, slot, &operand);
    }
}

static void save(struct application *call)
{
    PyObject *to_save = call->context->to_save;
    const int count = to_save ? (int)PyTuple_GET_SIZE(to_save) : 0;
    if (count > 0 && call->node) {
        node_reserve_saved(call->node, count);
    }
    for (int i = 0; call->node && i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(to_save, i);
        save_slot(call->node, i, item == Py_None ? NULL : tensor_object_tensor(item));
    }
    Py_CLEAR(call->context->to_save);
    Py_CLEAR(call->context->dirty);
    Py_CLEAR(call->context->non_differentiable);
}

/* ---- the whole --------------------------------------------------------------------------------- */

/* The tensors among the items of a tuple; returns how many. */
static int tensors_of(const struct face *face, PyObject *tuple, struct tensor **out)
{
    int count = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        if (tensor_object_is(face, item)) {
            out[count++] = tensor_object_tensor(item);
        }
    }
    return count;
}

static void observe(const struct application *call, PyObject *function)
{
    struct engine *engine = call->face->engine;
    if (engine->quiet > 0 || !OBSERVED(engine, applied)) {
        return;
    }
    const size_t inputs = (size_t)PyTuple_GET_SIZE(call->inputs);
    const size_t outputs = (size_t)PyTuple_GET_SIZE(call->outputs);
    struct tensor **tensors = memory_allocate(inputs + outputs + 1, sizeof(*tensors));
    const int in_count = tensors_of(call->face, call->inputs, tensors);
    const struct observed_application application = {
        .name = ((PyTypeObject *)function)->tp_name,
        .in = tensors,
        .in_count = in_count,
        .out = tensors + in_count,
        .out_count = tensors_of(call->face, call->outputs, tensors + in_count),
        .node = call->node,
    };
    engine->observer->calls->applied(engine->observer->context, &application);
    free(tensors);
}

static bool finish_outputs(struct application *call)
{
    if (!check_dirty(call) || !check_saved(call->face, call->context->to_save)) {
        return false;
    }
    PyObject *dirty = call->context->dirty;
    for (Py_ssize_t i = 0; dirty && i < PyTuple_GET_SIZE(dirty); i++) {
        tensor_bump_version(tensor_object_tensor(PyTuple_GET_ITEM(dirty, i)));
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(call->outputs); i++) {
        if (!attach_output(call, i)) {
            return false;
        }
    }
    save(call);
    return true;
}

static bool is_observed(const struct engine *engine)
{
    return engine->quiet == 0 && OBSERVED(engine, forward_begun);
}

static void observe_begin(const struct application *call, const struct node_edge *edges, int count)
{
    const struct engine *engine = call->face->engine;
    if (!is_observed(engine)) {
        return;
    }
    struct tensor **tensors = memory_allocate((size_t)count + 1, sizeof(*tensors));
    tensors_of(call->face, call->inputs, tensors);
    const struct observed_forward forward = { tensors, edges, count };
    engine->observer->calls->forward_begun(engine->observer->context, &forward);
    free(tensors);
}

static void observe_end(const struct application *call)
{
    const struct engine *engine = call->face->engine;
    if (is_observed(engine)) {
        engine->observer->calls->forward_ended(engine->observer->context);
    }
}

/* The forward and what comes of it; `edges` (taken; NULL: nothing is recorded) are its inputs'. */
static PyObject *run(struct application *call, PyObject *function, struct node_edge *edges,
                     int count)
{
    PyObject *result = NULL;
    if (!run_forward(call, function)) {
        for (int i = 0; i < count; i++) {
            node_unref(edges[i].node);
        }
        free(edges);
        return NULL;
    }
    if (edges) {
        make_node(call, edges, count);
        free(edges);
    }
    if (finish_outputs(call)) {
        observe(call, function);
        result = Py_NewRef(call->single ? PyTuple_GET_ITEM(call->outputs, 0) : call->outputs);
    }
    node_unref(call->node);
    return result;
}

static PyObject *apply(struct application *call, PyObject *function)
{
    bool any;
    if (!describe_inputs(call, &any)) {
        return NULL;
    }
    int count = 0;
    struct node_edge *edges =
        any && call->face->engine->grad_enabled ? edges_of(call, &count) : NULL;
    const bool tracked = edges != NULL;
    if (tracked) {
        observe_begin(call, edges, count);
    }
    PyObject *const result = run(call, function, edges, count);
    if (tracked) {
        observe_end(call);
    }
    return result;
}

/* torch.autograd._apply(function, ctx, arguments) */
static PyObject *call_apply(struct call *call)
{
    PyObject *function = call->arguments[0], *context = call->arguments[1];
    if (!PyType_Check(function) || !PyObject_TypeCheck(context, call->face->types.context) ||
        !PyTuple_Check(call->arguments[2]) || context_of(context)->needs_input_grad) {
        PyErr_SetString(PyExc_TypeError, "a function is called by its class: Function.apply(...)");
        return NULL;
    }
    struct application application = { .face = call->face,
                                       .context = context_of(context),
                                       .inputs = call->arguments[2] };
    PyObject *result = apply(&application, function);
    Py_XDECREF(application.outputs);
    return result;
}

const struct function_row function_rows[] = {
    { "_apply",
      { "function", "ctx", "arguments" },
      .required = 3,
      .call = call_apply,
      .places = PLACE_AUTOGRAD },
    { .name = NULL },
};
