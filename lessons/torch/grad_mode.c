/* torch.no_grad, enable_grad, set_grad_enabled, inference_mode: each a context manager and a
 * decorator of functions. */
#include "lessons/torch/face.h"

#include "engine/observer.h"

/* What a mode is about: whether operations are recorded, and whether what they make ever can be. */
struct modes {
    bool grad, inference;
};

struct grad_mode {
    PyObject_HEAD struct modes wanted; /* inside */
    struct modes previous;             /* outside */
};

static struct modes modes_now(const struct face *face)
{
    return (struct modes){ face->engine->grad_enabled, face->engine->inference };
}

static void set_modes(struct face *face, struct modes modes)
{
    struct engine *engine = face->engine;
    engine->inference = modes.inference;
    if (engine->grad_enabled == modes.grad) {
        return;
    }
    engine->grad_enabled = modes.grad;
    if (OBSERVED(engine, mode)) {
        const struct observed_mode mode = { .is_grad = true,
                                            .inference = !modes.grad && modes.inference,
                                            .on = modes.grad };
        engine->observer->calls->mode(engine->observer->context, &mode);
    }
}

static PyObject *mode_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct face *face = face_current();
    struct grad_mode *mode = (struct grad_mode *)self;
    mode->previous = modes_now(face);
    set_modes(face, mode->wanted);
    Py_RETURN_NONE;
}

static PyObject *mode_exit(PyObject *self, PyObject *exception)
{
    (void)exception;
    set_modes(face_current(), ((struct grad_mode *)self)->previous);
    Py_RETURN_FALSE;
}

/* ---- a function that runs inside a mode -------------------------------------------------------- */

struct guarded {
    PyObject_HEAD PyObject *function; /* owned */
    struct modes wanted;
};

static PyObject *guarded_create(struct face *face, PyObject *function, struct modes wanted)
{
    PyObject *self = face->types.guarded->tp_alloc(face->types.guarded, 0);
    if (self) {
        ((struct guarded *)self)->function = Py_NewRef(function);
        ((struct guarded *)self)->wanted = wanted;
    }
    return self;
}

/* A generator of the lesson that runs in a mode: takes the reference. */
static PyObject *generator_guard(struct face *face, PyObject *generator, struct modes wanted)
{
    PyObject *self = face->types.guarded_generator->tp_alloc(face->types.guarded_generator, 0);
    if (!self) {
        Py_DECREF(generator);
        return NULL;
    }
    ((struct guarded *)self)->function = generator;
    ((struct guarded *)self)->wanted = wanted;
    return self;
}

static PyObject *generator_next(PyObject *self)
{
    struct face *face = face_current();
    const struct guarded *guarded = (const struct guarded *)self;
    const struct modes previous = modes_now(face);
    set_modes(face, guarded->wanted);
    PyObject *item = Py_TYPE(guarded->function)->tp_iternext(guarded->function);
    set_modes(face, previous);
    return item;
}

/* send, throw and close, which are looked up on the generator itself. */
static PyObject *generator_call(PyObject *self, const char *method, PyObject *args)
{
    struct face *face = face_current();
    const struct guarded *guarded = (const struct guarded *)self;
    const struct modes previous = modes_now(face);
    PyObject *function = PyObject_GetAttrString(guarded->function, method);
    set_modes(face, guarded->wanted);
    PyObject *result = function ? PyObject_CallObject(function, args) : NULL;
    set_modes(face, previous);
    Py_XDECREF(function);
    return result;
}

static PyObject *generator_send(PyObject *self, PyObject *args)
{
    return generator_call(self, "send", args);
}

static PyObject *generator_throw(PyObject *self, PyObject *args)
{
    return generator_call(self, "throw", args);
}

static PyObject *generator_close(PyObject *self, PyObject *unused)
{
    (void)unused;
    return generator_call(self, "close", NULL);
}

static PyObject *guarded_call(PyObject *self, PyObject *args, PyObject *keywords)
{
    struct face *face = face_current();
    const struct guarded *guarded = (const struct guarded *)self;
    const struct modes previous = modes_now(face), wanted = guarded->wanted;
    set_modes(face, wanted);
    PyObject *result = PyObject_Call(guarded->function, args, keywords);
    set_modes(face, previous);
    /* What a generator does comes later, when it is asked for. */
    return result && PyGen_CheckExact(result) ? generator_guard(face, result, wanted) : result;
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

static PyMethodDef generator_methods[] = {
    { "send", generator_send, METH_VARARGS, NULL },
    { "throw", generator_throw, METH_VARARGS, NULL },
    { "close", generator_close, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot generator_slots[] = {
    { Py_tp_iter, PyObject_SelfIter },
    { Py_tp_iternext, generator_next },
    { Py_tp_methods, generator_methods },
    { Py_tp_traverse, guarded_traverse },
    { Py_tp_clear, guarded_clear },
    { Py_tp_dealloc, guarded_dealloc },
    { 0, NULL },
};

static PyType_Spec generator_spec = {
    .name = "torch.guarded_generator",
    .basicsize = sizeof(struct guarded),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = generator_slots,
};

/* ---- the modes --------------------------------------------------------------------------------- */

static PyObject *mode_create(PyTypeObject *type, struct modes wanted)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self) {
        ((struct grad_mode *)self)->wanted = wanted;
        ((struct grad_mode *)self)->previous = modes_now(face_current());
    }
    return self;
}

/* `@torch.no_grad` without brackets hands over the function itself. */
static PyObject *mode_or_guarded(PyTypeObject *type, PyObject *args, PyObject *keywords, bool grad)
{
    const struct modes wanted = { grad, face_current()->engine->inference };
    PyObject *function = NULL;
    if (keywords && PyDict_GET_SIZE(keywords) > 0) {
        return PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", type->tp_name);
    }
    if (!PyArg_UnpackTuple(args, type->tp_name, 0, 1, &function)) {
        return NULL;
    }
    return function ? guarded_create(face_current(), function, wanted) : mode_create(type, wanted);
}

static PyObject *no_grad_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    return mode_or_guarded(type, args, keywords, false);
}

static PyObject *enable_grad_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    return mode_or_guarded(type, args, keywords, true);
}

/* inference_mode(mode=True); without brackets it is a decorator. */
static PyObject *inference_mode_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char mode_word[] = "mode";
    static char *words[] = { mode_word, NULL };
    PyObject *mode = Py_True;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:inference_mode", words, &mode)) {
        return NULL;
    }
    if (PyCallable_Check(mode)) {
        return guarded_create(face_current(), mode, (struct modes){ false, true });
    }
    const int on = PyObject_IsTrue(mode);
    return on < 0 ? NULL : mode_create(type, (struct modes){ !on, on });
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
    const struct modes wanted = { on != 0, face_current()->engine->inference };
    PyObject *self = mode_create(type, wanted);
    if (self) {
        set_modes(face_current(), wanted);
    }
    return self;
}

static PyObject *set_grad_enabled_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    set_modes(face_current(), ((struct grad_mode *)self)->wanted);
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

/* As a decorator it is for the function alone: what it changed at once is changed back. */
static PyObject *set_grad_enabled_call(PyObject *self, PyObject *args, PyObject *keywords)
{
    set_modes(face_current(), ((struct grad_mode *)self)->previous);
    return mode_call(self, args, keywords);
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

static bool mode_type_create(PyObject *module, const char *name, newfunc create, ternaryfunc call,
                             PyMethodDef *methods)
{
    PyType_Slot slots[] = {
        { Py_tp_new, create },
        { Py_tp_call, call },
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
    face->types.guarded_generator = face_create_type(NULL, &generator_spec, NULL);
    return face->types.guarded && face->types.guarded_generator &&
           mode_type_create(module, "torch.no_grad", no_grad_new, mode_call, mode_methods) &&
           mode_type_create(module, "torch.enable_grad", enable_grad_new, mode_call,
                            mode_methods) &&
           mode_type_create(module, "torch.inference_mode", inference_mode_new, mode_call,
                            mode_methods) &&
           mode_type_create(module, "torch.set_grad_enabled", set_grad_enabled_new,
                            set_grad_enabled_call, set_grad_enabled_methods);
}
