/* Backward as the lesson calls it, and anomaly mode: while it is on, each node notes where the
 * forward made it, and a backward that fails says so. */
#include "lessons/torch/anomaly.h"

#include "engine/autograd/autograd.h"
#include "lessons/torch/functions.h"

/* ---- notes of nodes ---------------------------------------------------------------------------- */

static void release_note(void *note)
{
    Py_DECREF((PyObject *)note);
}

PyObject *node_note(struct node *node)
{
    if (!node->note) {
        node->note = PyDict_New();
        node->release_note = node->note ? release_note : NULL;
    }
    return node->note;
}

/* What traceback.format_stack() says of the lesson's place; NULL with an exception. */
static PyObject *stack_text(void)
{
    PyObject *traceback = PyImport_ImportModule("traceback");
    PyObject *stack = traceback ? PyObject_CallMethod(traceback, "format_stack", NULL) : NULL;
    Py_XDECREF(traceback);
    return stack;
}

/* A node that cannot be noted down is one without forward information, and no more. */
static void note_node(struct node *node)
{
    if (!node->op && node->sequence == UINT64_MAX) {
        return;
    }
    PyObject *stack = stack_text();
    PyObject *note = stack ? node_note(node) : NULL;
    if (!note || PyDict_SetItemString(note, "traceback_", stack) != 0) {
        PyErr_Clear();
    }
    Py_XDECREF(stack);
}

/* ---- a walk that fails ------------------------------------------------------------------------- */

/* A new reference: where the forward made the node, NULL without an exception if nobody knows. */
static PyObject *forward_text(const struct node *node)
{
    PyObject *stack = node->note ? PyDict_GetItemString(node->note, "traceback_") : NULL;
    PyObject *nothing = stack ? PyUnicode_FromString("") : NULL;
    PyObject *text = nothing ? PyUnicode_Join(nothing, stack) : NULL;
    Py_XDECREF(nothing);
    return text;
}

static bool warn_of(const struct node *node)
{
    PyObject *forward = forward_text(node);
    if (!forward && PyErr_Occurred()) {
        return false;
    }
    int status;
    if (forward) {
        status = PyErr_WarnFormat(PyExc_UserWarning, 1,
                                  "Error detected in %s. Traceback of forward call that caused the "
                                  "error:\n%U",
                                  node->name, forward);
    } else {
        status = PyErr_WarnFormat(PyExc_UserWarning, 1,
                                  "Error detected in %s. No forward pass information available. "
                                  "Enable detect anomaly during forward pass for more information.",
                                  node->name);
    }
    Py_XDECREF(forward);
    return status == 0;
}

/* The exception of the walk, which may be the lesson's own, goes on unless the warning became one. */
static void report(const struct face *face, const struct node *failed)
{
    if (!failed || !face->engine->detect_anomaly) {
        return;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (warn_of(failed)) {
        PyErr_Restore(type, value, traceback);
        return;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

bool face_backward(struct face *face, struct backward_call *backward, struct error *err)
{
    struct node *failed = NULL;
    backward->failed = &failed;
    const bool done = autograd_backward(face->engine, backward, err);
    if (!done) {
        report(face, failed);
    }
    node_unref(failed);
    return done;
}

/* ---- the mode ---------------------------------------------------------------------------------- */

/* torch.autograd._set_anomaly(mode, check_nan); the classes around it are written in Python. */
static PyObject *call_set_anomaly(struct call *call)
{
    struct engine *engine = call->face->engine;
    bool on = false, check_nan = true;
    if (!argument_bool(call, 0, &on) || !argument_bool(call, 1, &check_nan)) {
        return NULL;
    }
    engine->detect_anomaly = on;
    engine->check_nan = check_nan;
    engine->node_made = on ? note_node : NULL;
    Py_RETURN_NONE;
}

static PyObject *call_is_anomaly_enabled(struct call *call)
{
    return PyBool_FromLong(call->face->engine->detect_anomaly);
}

static PyObject *call_is_check_nan_enabled(struct call *call)
{
    return PyBool_FromLong(call->face->engine->check_nan);
}

const struct function_row anomaly_rows[] = {
    { "_set_anomaly",
      { "mode", "check_nan" },
      .required = 2,
      .call = call_set_anomaly,
      .places = PLACE_AUTOGRAD },
    { "is_anomaly_enabled", { NULL }, .call = call_is_anomaly_enabled, .places = PLACE_TORCH },
    { "is_anomaly_check_nan_enabled",
      { NULL },
      .call = call_is_check_nan_enabled,
      .places = PLACE_TORCH },
    { .name = NULL },
};
