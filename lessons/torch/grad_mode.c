/* torch.no_grad, enable_grad, set_grad_enabled, inference_mode: each a context manager and a
 * decorator of functions. */
#include "lessons/torch/face.h"

#include "engine/observer.h"

struct grad_mode {
    PyObject_HEAD bool wanted; /* what the mode is inside */
    bool previous;             /* what it was outside */
};

static void set_mode(struct face *face, bool on)
{
    struct engine *engine = face->engine;
    if (engine->grad_enabled == on) {
        return;
    }
    engine->grad_enabled = on;
    if (OBSERVED(engine, mode)) {
        const struct observed_mode mode = { .is_grad = true, .on = on };
        engine->observer->calls->mode(engine->observer->context, &mode);
    }
}

static PyObject *mode_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct face *face = face_current();
    struct grad_mode *mode = (struct grad_mode *)self;
    mode->previous = face->engine->grad_enabled;
    set_mode(face, mode->wanted);
    Py_RETURN_NONE;
}

static PyObject *mode_exit(PyObject *self, PyObject *exception)
{
    (void)exception;
    set_mode(face_current(), ((struct grad_mode *)self)->previous);
    Py_RETURN_FALSE;
}

/* ---- a function that runs inside a mode -------------------------------------------------------- */

struct guarded {
    PyObject_HEAD PyObject *function; /* owned */
    bool wanted;
};

static PyObject *guarded_create(struct face *face, PyObject *function, bool wanted)
{
    PyObject *self = face->types.guarded->tp_alloc(face->types.guarded, 0);
    if (self) {
        ((struct guarded *)self)->function = Py_NewRef(function);
        ((struct guarded *)self)->wanted = wanted;
    }
    return self;
}

static PyObject *guarded_call(PyObject *self, PyObject *args, PyObject *keywords)
{
    struct face *face = face_current();
    const struct guarded *guarded = (const struct guarded *)self;
    const bool previous = face->engine->grad_enabled;
    set_mode(face, guarded->wanted);
    PyObject *result = PyObject_Call(guarded->function, args, keywords);
    set_mode(face, previous);
    return result;
}

/* A decorated method binds as a plain one does. */
static PyObject *guarded_bind(PyObject *self, PyObject *object, PyObject *type)
{
    (void)type;
    return object ? PyMethod_New(self, object) : Py_NewRef(self);
}

static PyObject *guarded_attribute(PyObject *self, PyObject *name)
{
    return PyObject_GetAttr(((struct guarded *)self)->function, name);
}

static int guarded_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((struct guarded *)self)->function);
    return 0;
}

static int guarded_clear(PyObject *self)
{
    Py_CLEAR(((struct guarded *)self)->function);
    return 0;
}

static void guarded_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    guarded_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot guarded_slots[] = {
    { Py_tp_call, guarded_call },
    { Py_tp_descr_get, guarded_bind },
    { Py_tp_getattro, guarded_attribute },
    { Py_tp_traverse, guarded_traverse },
    { Py_tp_clear, guarded_clear },
    { Py_tp_dealloc, guarded_dealloc },
    { 0, NULL },
};

static PyType_Spec guarded_spec = {
    .name = "torch.guarded_function",
    .basicsize = sizeof(struct guarded),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = guarded_slots,
};

/* ---- the modes --------------------------------------------------------------------------------- */

static PyObject *mode_create(PyTypeObject *type, bool wanted)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self) {
        ((struct grad_mode *)self)->wanted = wanted;
        ((struct grad_mode *)self)->previous = face_current()->engine->grad_enabled;
    }
    return self;
}

/* `@torch.no_grad` without brackets hands over the function itself. */
static PyObject *mode_or_guarded(PyTypeObject *type, PyObject *args, bool wanted)
{
    PyObject *function = NULL;
    if (!PyArg_UnpackTuple(args, type->tp_name, 0, 1, &function)) {
        return NULL;
    }
    return function ? guarded_create(face_current(), function, wanted) : mode_create(type, wanted);
}

static PyObject *no_grad_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    return mode_or_guarded(type, args, false);
}

static PyObject *enable_grad_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    return mode_or_guarded(type, args, true);
}

/* Takes effect at once; as a context manager it also restores. */
static PyObject *set_grad_enabled_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char mode_word[] = "mode";
    static char *words[] = { mode_word, NULL };
    int on;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "p:set_grad_enabled", words, &on)) {
        return NULL;
    }
    PyObject *self = mode_create(type, on != 0);
    if (self) {
        set_mode(face_current(), on != 0);
    }
    return self;
}

static PyObject *set_grad_enabled_enter(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    Py_RETURN_NONE;
}

static PyObject *mode_call(PyObject *self, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    PyObject *function;
    if (!PyArg_UnpackTuple(args, Py_TYPE(self)->tp_name, 1, 1, &function)) {
        return NULL;
    }
    return guarded_create(face_current(), function, ((struct grad_mode *)self)->wanted);
}

static PyMethodDef mode_methods[] = {
    { "__enter__", mode_enter, METH_NOARGS, NULL },
    { "__exit__", mode_exit, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyMethodDef set_grad_enabled_methods[] = {
    { "__enter__", set_grad_enabled_enter, METH_NOARGS, NULL },
    { "__exit__", mode_exit, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static bool mode_type_create(PyObject *module, const char *name, newfunc create,
                             PyMethodDef *methods)
{
    PyType_Slot slots[] = {
        { Py_tp_new, create },
        { Py_tp_call, mode_call },
        { Py_tp_methods, methods },
        { 0, NULL },
    };
    PyType_Spec spec = {
        .name = name,
        .basicsize = sizeof(struct grad_mode),
        .flags = Py_TPFLAGS_DEFAULT,
        .slots = slots,
    };
    PyTypeObject *type = face_create_type(module, &spec, NULL);
    Py_XDECREF(type); /* the module keeps it */
    return type != NULL;
}

bool grad_mode_types_create(struct face *face, PyObject *module)
{
    face->types.guarded = face_create_type(NULL, &guarded_spec, NULL);
    return face->types.guarded &&
           mode_type_create(module, "torch.no_grad", no_grad_new, mode_methods) &&
           mode_type_create(module, "torch.enable_grad", enable_grad_new, mode_methods) &&
           mode_type_create(module, "torch.inference_mode", no_grad_new, mode_methods) &&
           mode_type_create(module, "torch.set_grad_enabled", set_grad_enabled_new,
                            set_grad_enabled_methods);
}
