/* torch.cuda as far as devices themselves answer: what they are, what their memory holds, waiting for
 * them, marks in time. What is made of that is in python/torch/cuda. */
#include <time.h>

#include "engine/base/memory.h"
#include "engine/devices.h"
#include "lessons/torch/functions.h"

/* ---- which ------------------------------------------------------------------------------------- */

static PyObject *call_is_available(struct call *call)
{
    return PyBool_FromLong(devices_count(call->face->engine) > 0);
}

static PyObject *call_device_count(struct call *call)
{
    return PyLong_FromLong(devices_count(call->face->engine));
}

/* Whether something was asked of a device that is there. */
static PyObject *call_is_initialized(struct call *call)
{
    struct engine *engine = call->face->engine;
    return PyBool_FromLong(devices_asked(engine) && devices_count(engine) > 0);
}

/* A number, a name, a torch.device; NULL is the current one. NULL with an exception. */
static struct backend *device_named(struct face *face, PyObject *name)
{
    struct backend *backend = NULL;
    PyObject *given = name ? Py_NewRef(name) : PyUnicode_FromString("cuda");
    const bool found = given && device_of(face, given, &backend);
    Py_XDECREF(given);
    if (found && backend == engine_cpu(face->engine)) {
        PyErr_Format(PyExc_ValueError, "Expected a cuda device, but got: %S", name);
        return NULL;
    }
    return found ? backend : NULL;
}

/* Of argument 0. */
static struct backend *device_asked(const struct call *call)
{
    return device_named(call->face, argument_given(call, 0) ? call->arguments[0] : NULL);
}

static PyObject *call_current_device(struct call *call)
{
    const struct backend *backend = device_named(call->face, NULL);
    return backend ? PyLong_FromLong(backend->index) : NULL;
}

static PyObject *call_set_device(struct call *call)
{
    const struct backend *backend = device_asked(call);
    if (!backend) {
        return NULL;
    }
    call->face->engine->current_device = backend->index;
    Py_RETURN_NONE;
}

static PyObject *call_index(struct call *call)
{
    const struct backend *backend = device_asked(call);
    return backend ? PyLong_FromLong(backend->index) : NULL;
}

/* ---- what they are ----------------------------------------------------------------------------- */

/* The numbers of a device by name. */
static PyObject *call_info(struct call *call)
{
    struct backend *backend = device_asked(call);
    struct backend_info info = { 0 };
    if (!backend) {
        return NULL;
    }
    backend->impl->info(backend, &info);
    return Py_BuildValue(
        "{s:s,s:i,s:i,s:i,s:i,s:i,s:K,s:K,s:K,s:K,s:K}", "name", info.name, "major",
        info.capability[0], "minor", info.capability[1], "multiprocessors", info.multiprocessors,
        "driver", info.driver, "runtime", info.runtime, "used",
        (unsigned long long)info.memory_used, "peak", (unsigned long long)info.memory_peak,
        "cached", (unsigned long long)info.memory_cached, "free",
        (unsigned long long)info.memory_free, "total", (unsigned long long)info.memory_total);
}

static PyObject *call_why(struct call *call)
{
    devices_count(call->face->engine);
    return PyUnicode_FromString(devices_why(call->face->engine));
}

/* ---- waiting and memory ------------------------------------------------------------------------- */

static PyObject *call_synchronize(struct call *call)
{
    struct backend *backend = device_asked(call);
    struct error err;
    if (!backend) {
        return NULL;
    }
    if (backend->impl->sync(backend, &err) != BACKEND_OK) {
        return torch_raise(&err);
    }
    Py_RETURN_NONE;
}

/* Of all devices, where there are any. */
static PyObject *call_empty_cache(struct call *call)
{
    struct engine *engine = call->face->engine;
    for (int i = 1; i < engine->backend_count; i++) {
        struct backend *backend = engine->backends[i];
        if (backend->impl->trim) {
            backend->impl->trim(backend);
        }
    }
    Py_RETURN_NONE;
}

static PyObject *call_reset_peak(struct call *call)
{
    struct backend *backend = device_asked(call);
    if (!backend) {
        return NULL;
    }
    if (backend->impl->reset_peak) {
        backend->impl->reset_peak(backend);
    }
    Py_RETURN_NONE;
}

/* ---- events ------------------------------------------------------------------------------------ */

/* A mark, or the host's clock for a device that has no marks: that one has always done what it was told
 * when it returns. */
struct mark {
    struct backend *backend;
    struct backend_event *event;
    double milliseconds;
};

static const char mark_name[] = "torch.cuda.mark";

static void mark_destroy(PyObject *capsule)
{
    struct mark *mark = PyCapsule_GetPointer(capsule, mark_name);
    if (mark && mark->event) {
        mark->backend->impl->events->destroy(mark->backend, mark->event);
    }
    free(mark);
}

/* Lent; NULL with an exception. */
static struct mark *argument_mark(const struct call *call, int i)
{
    return PyCapsule_GetPointer(call->arguments[i], mark_name);
}

static PyObject *call_mark(struct call *call)
{
    struct backend *backend = device_asked(call);
    struct error err;
    if (!backend) {
        return NULL;
    }
    struct mark *mark = memory_allocate(1, sizeof(*mark));
    mark->backend = backend;
    if (backend->impl->events &&
        backend->impl->events->create(backend, &mark->event, &err) != BACKEND_OK) {
        free(mark);
        return torch_raise(&err);
    }
    PyObject *capsule = PyCapsule_New(mark, mark_name, mark_destroy);
    if (!capsule) {
        free(mark);
    }
    return capsule;
}

static PyObject *call_mark_record(struct call *call)
{
    struct mark *mark = argument_mark(call, 0);
    struct timespec now;
    struct error err;
    if (!mark) {
        return NULL;
    }
    if (mark->event &&
        mark->backend->impl->events->record(mark->backend, mark->event, &err) != BACKEND_OK) {
        return torch_raise(&err);
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    mark->milliseconds = (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
    Py_RETURN_NONE;
}

static PyObject *call_mark_reached(struct call *call)
{
    struct mark *mark = argument_mark(call, 0);
    bool reached = true;
    struct error err;
    if (!mark) {
        return NULL;
    }
    if (mark->event && mark->backend->impl->events->reached(mark->backend, mark->event, &reached,
                                                            &err) != BACKEND_OK) {
        return torch_raise(&err);
    }
    return PyBool_FromLong(reached);
}

static PyObject *call_mark_wait(struct call *call)
{
    struct mark *mark = argument_mark(call, 0);
    struct error err;
    if (!mark) {
        return NULL;
    }
    if (mark->event &&
        mark->backend->impl->events->wait(mark->backend, mark->event, &err) != BACKEND_OK) {
        return torch_raise(&err);
    }
    Py_RETURN_NONE;
}

static PyObject *call_mark_elapsed(struct call *call)
{
    const struct mark *from = argument_mark(call, 0), *to = from ? argument_mark(call, 1) : NULL;
    struct error err;
    if (!to) {
        return NULL;
    }
    double milliseconds = to->milliseconds - from->milliseconds;
    if (from->event && to->event &&
        from->backend->impl->events->elapsed(from->backend, from->event, to->event, &milliseconds,
                                             &err) != BACKEND_OK) {
        return torch_raise(&err);
    }
    return PyFloat_FromDouble(milliseconds);
}

/* ---- the table ----------------------------------------------------------------------------------- */

#define ASKED { "device" }, .places = PLACE_CUDA
#define MARK { "mark" }, .required = 1, .places = PLACE_CUDA

const struct function_row cuda_rows[] = {
    { "is_available", { NULL }, .call = call_is_available, .places = PLACE_CUDA },
    { "device_count", { NULL }, .call = call_device_count, .places = PLACE_CUDA },
    { "is_initialized", { NULL }, .call = call_is_initialized, .places = PLACE_CUDA },
    { "current_device", { NULL }, .call = call_current_device, .places = PLACE_CUDA },
    { "synchronize", ASKED, .call = call_synchronize },
    { "empty_cache", { NULL }, .call = call_empty_cache, .places = PLACE_CUDA },
    { "_set_device", ASKED, .call = call_set_device },
    { "_index", ASKED, .call = call_index },
    { "_info", ASKED, .call = call_info },
    { "_why", { NULL }, .call = call_why, .places = PLACE_CUDA },
    { "_reset_peak", ASKED, .call = call_reset_peak },
    { "_mark", ASKED, .call = call_mark },
    { "_mark_record", MARK, .call = call_mark_record },
    { "_mark_reached", MARK, .call = call_mark_reached },
    { "_mark_wait", MARK, .call = call_mark_wait },
    { "_mark_elapsed",
      { "mark", "end" },
      .required = 2,
      .call = call_mark_elapsed,
      .places = PLACE_CUDA },
    { .name = NULL },
};
