/* The class nn.Module: attributes that register themselves, calling, and telling the observer. */
#include "lessons/torch/module.h"

#include <stdlib.h>

#include <structmember.h>

#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/observer.h"

/* ---- life -------------------------------------------------------------------------------------- */

bool module_begin(PyObject *self)
{
    struct module_object *module = module_object(self);
    if (module->parameters) {
        return true;
    }
    module->parameters = PyDict_New();
    module->buffers = PyDict_New();
    module->children = PyDict_New();
    module->training = true;
    module->changed = true;
    module->id = ++face_current()->engine->module_ids;
    return module->parameters && module->buffers && module->children;
}

static int module_init(PyObject *self, PyObject *args, PyObject *keywords)
{
    if (PyTuple_GET_SIZE(args) > 0 || (keywords && PyDict_GET_SIZE(keywords) > 0)) {
        PyErr_Format(PyExc_TypeError,
                     "%s.__init__() takes 1 positional argument but %zd were given",
                     Py_TYPE(self)->tp_name,
                     1 + PyTuple_GET_SIZE(args) + (keywords ? PyDict_GET_SIZE(keywords) : 0));
        return -1;
    }
    return module_begin(self) ? 0 : -1;
}

static int module_traverse(PyObject *self, visitproc visit, void *arg)
{
    const struct module_object *module = module_object(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(module->dict);
    Py_VISIT(module->parameters);
    Py_VISIT(module->buffers);
    Py_VISIT(module->children);
    for (int i = 0; i < HOOK_COUNT; i++) {
        Py_VISIT(module->hooks[i]);
    }
    return 0;
}

static int module_clear(PyObject *self)
{
    struct module_object *module = module_object(self);
    Py_CLEAR(module->dict);
    Py_CLEAR(module->parameters);
    Py_CLEAR(module->buffers);
    Py_CLEAR(module->children);
    Py_CLEAR(module->transient);
    for (int i = 0; i < HOOK_COUNT; i++) {
        Py_CLEAR(module->hooks[i]);
    }
    return 0;
}

static void module_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    const uint64_t id = module_object(self)->id;
    const struct engine *engine = face_current()->engine;
    PyObject_GC_UnTrack(self);
    if (module_object(self)->weak_references) {
        PyObject_ClearWeakRefs(self);
    }
    if (id && OBSERVED(engine, module_died)) {
        engine->observer->calls->module_died(engine->observer->context, id);
    }
    module_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- registering ------------------------------------------------------------------------------- */

bool module_has_begun(PyObject *self, const char *what)
{
    if (module_object(self)->parameters) {
        return true;
    }
    PyErr_Format(PyExc_AttributeError, "cannot assign %s before Module.__init__() call", what);
    return false;
}

bool module_accepts_any(const struct face *face, PyObject *self)
{
    if (module_object_is(face, self)) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, "a method of a Module was called on an object of type %s",
                 Py_TYPE(self)->tp_name);
    return false;
}

bool module_accepts(const struct face *face, PyObject *self)
{
    if (!module_accepts_any(face, self)) {
        return false;
    }
    if (!module_object(self)->parameters) {
        PyErr_Format(PyExc_AttributeError, "%s.__init__() has not called super().__init__() yet",
                     Py_TYPE(self)->tp_name);
        return false;
    }
    return true;
}

static bool forget(PyObject *dictionary, PyObject *name)
{
    if (!dictionary) {
        return true;
    }
    const int there = PyDict_Contains(dictionary, name);
    return there == 0 || (there == 1 && PyDict_DelItem(dictionary, name) == 0);
}

bool module_register(PyObject *self, PyObject *dictionary, PyObject *name, PyObject *value)
{
    struct module_object *module = module_object(self);
    PyObject *const others[] = { module->dict, module->parameters, module->buffers,
                                 module->children };
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (others[i] != dictionary && !forget(others[i], name)) {
            return false;
        }
    }
    module->changed = true;
    face_current()->module_changes++;
    return PyDict_SetItem(dictionary, name, value) == 0;
}

/* "torch.FloatTensor" for a tensor, else the class: what is said of a value that does not fit. */
static PyObject *kind_of(struct face *face, PyObject *value)
{
    return tensor_object_is(face, value)
               ? PyUnicode_FromFormat("torch.%sTensor",
                                      dtype_type_name(tensor_object_tensor(value)->dtype))
               : PyUnicode_FromString(Py_TYPE(value)->tp_name);
}

static int refuse_value(struct face *face, PyObject *value, PyObject *name, const char *place)
{
    PyObject *kind = kind_of(face, value);
    if (kind) {
        PyErr_Format(PyExc_TypeError, "cannot assign '%U' as %s '%U' (torch.%s or None expected)",
                     kind, place, name,
                     *place == 'p'   ? "nn.Parameter"
                     : *place == 'c' ? "nn.Module"
                                     : "nn.Buffer, torch.Tensor");
        Py_DECREF(kind);
    }
    return -1;
}

/* A name that is registered already keeps its kind: only such a value or None may replace it. */
static int replace_registered(struct face *face, PyObject *self, PyObject *name, PyObject *value)
{
    struct module_object *module = module_object(self);
    if (PyDict_Contains(module->parameters, name) == 1) {
        return value != Py_None ? refuse_value(face, value, name, "parameter")
                                : module_register(self, module->parameters, name, value) - 1;
    }
    if (PyDict_Contains(module->children, name) == 1) {
        return value != Py_None ? refuse_value(face, value, name, "child module")
                                : module_register(self, module->children, name, value) - 1;
    }
    if (PyDict_Contains(module->buffers, name) == 1) {
        return value != Py_None && !tensor_object_is(face, value)
                   ? refuse_value(face, value, name, "buffer")
                   : module_register(self, module->buffers, name, value) - 1;
    }
    return PyObject_GenericSetAttr(self, name, value);
}

static int delete_attribute(PyObject *self, PyObject *name)
{
    const struct module_object *module = module_object(self);
    PyObject *const places[] = { module->parameters, module->buffers, module->children };
    for (size_t i = 0; module->parameters && i < sizeof(places) / sizeof(*places); i++) {
        if (PyDict_Contains(places[i], name) == 1) {
            module_object(self)->changed = true;
            face_current()->module_changes++;
            return PyDict_DelItem(places[i], name);
        }
    }
    return PyObject_GenericSetAttr(self, name, NULL);
}

static int module_set_attribute(PyObject *self, PyObject *name, PyObject *value)
{
    struct face *face = face_current();
    if (!value) {
        return delete_attribute(self, name);
    }
    if (PyObject_TypeCheck(value, face->types.parameter)) {
        return module_has_begun(self, "parameters") &&
                       module_register(self, module_object(self)->parameters, name, value)
                   ? 0
                   : -1;
    }
    if (module_object_is(face, value)) {
        return module_has_begun(self, "module") &&
                       module_register(self, module_object(self)->children, name, value)
                   ? 0
                   : -1;
    }
    return module_object(self)->parameters ? replace_registered(face, self, name, value)
                                           : PyObject_GenericSetAttr(self, name, value);
}

static PyObject *module_attribute(PyObject *self, PyObject *name)
{
    const struct module_object *module = module_object(self);
    PyObject *const places[] = { module->parameters, module->children, module->buffers };
    for (size_t i = 0; module->parameters && i < sizeof(places) / sizeof(*places); i++) {
        /* (Most of them are empty.) */
        PyObject *found =
            PyDict_GET_SIZE(places[i]) > 0 ? PyDict_GetItemWithError(places[i], name) : NULL;
        if (found || (PyDict_GET_SIZE(places[i]) > 0 && PyErr_Occurred())) {
            return Py_XNewRef(found);
        }
    }
    return PyObject_GenericGetAttr(self, name);
}

/* ---- telling the observer ---------------------------------------------------------------------- */

bool torch_is_module(PyObject *object)
{
    return module_object_is(face_current(), object);
}

static char *text_of(PyObject *self)
{
    PyObject *text = PyObject_Repr(self);
    const char *bytes = text ? PyUnicode_AsUTF8(text) : NULL;
    struct text copy = { 0 };
    if (bytes) {
        text_append_string(&copy, bytes);
    } else {
        PyErr_WriteUnraisable(self);
        text_format(&copy, "%s(...)", Py_TYPE(self)->tp_name);
    }
    Py_XDECREF(text);
    return copy.bytes;
}

static void list_tensors(PyObject *dictionary, struct observed_parameter *list, int *count)
{
    PyObject *name, *value;
    for (Py_ssize_t at = 0; PyDict_Next(dictionary, &at, &name, &value);) {
        if (value != Py_None) {
            list[(*count)++] =
                (struct observed_parameter){ PyUnicode_AsUTF8(name), tensor_object_tensor(value) };
        }
    }
}

static void tell(struct face *face, PyObject *self)
{
    const struct module_object *module = module_object(self);
    char *const text = text_of(self); /* first: the lesson's own extra_repr may register more */
    const size_t parameters =
        (size_t)PyDict_GET_SIZE(module->parameters) + (size_t)PyDict_GET_SIZE(module->buffers);
    const size_t children = (size_t)PyDict_GET_SIZE(module->children);
    struct observed_parameter *parameter_list =
        memory_allocate(parameters + 1, sizeof(*parameter_list));
    struct observed_child *child_list = memory_allocate(children + 1, sizeof(*child_list));
    struct observed_module observed = { .id = module->id,
                                        .class_name = Py_TYPE(self)->tp_name,
                                        .text = text,
                                        .parameters = parameter_list,
                                        .children = child_list };
    PyObject *name, *value;
    list_tensors(module->parameters, parameter_list, &observed.parameter_count);
    list_tensors(module->buffers, parameter_list, &observed.parameter_count);
    for (Py_ssize_t at = 0; PyDict_Next(module->children, &at, &name, &value);) {
        if (value != Py_None) {
            child_list[observed.child_count++] =
                (struct observed_child){ PyUnicode_AsUTF8(name), module_object(value)->id };
        }
    }
    face->engine->observer->calls->module(face->engine->observer->context, &observed);
    free(parameter_list);
    free(child_list);
    free(text);
}

uint64_t torch_module_describe(PyObject *self)
{
    struct face *face = face_current();
    if (!module_object_is(face, self) || !module_object(self)->parameters) {
        return 0;
    }
    struct module_object *module = module_object(self);
    if (!OBSERVED(face->engine, module) || module->checked_at == face->module_changes + 1) {
        return module->id;
    }
    module->checked_at = face->module_changes + 1; /* first, should a module hold itself */
    /* A copy: a lesson's extra_repr runs in between and may change anything. */
    PyObject *children = PyDict_Values(module->children);
    for (Py_ssize_t i = 0; children && i < PyList_GET_SIZE(children); i++) {
        torch_module_describe(PyList_GET_ITEM(children, i));
    }
    Py_XDECREF(children);
    if (module->changed) {
        module->changed = false;
        tell(face, self);
    }
    return module->id;
}

/* ---- calling ----------------------------------------------------------------------------------- */

static PyObject *call_forward(PyObject *self, PyObject *args, PyObject *keywords)
{
    if (Py_EnterRecursiveCall(" while calling a module") != 0) {
        return NULL;
    }
    PyObject *result;
    if (module_has_hooks(module_object(self))) {
        result = module_call_hooked(self, args, keywords);
    } else {
        PyObject *forward = PyObject_GetAttr(self, face_current()->words.forward);
        result = forward ? PyObject_Call(forward, args, keywords) : NULL;
        Py_XDECREF(forward);
    }
    Py_LeaveRecursiveCall();
    return result;
}

static PyObject *module_call(PyObject *self, PyObject *args, PyObject *keywords)
{
    const struct engine *engine = face_current()->engine;
    if (engine->quiet > 0 || !OBSERVED(engine, module_entered) ||
        !module_object(self)->parameters) {
        return call_forward(self, args, keywords);
    }
    const struct observer *observer = engine->observer;
    const uint64_t id = torch_module_describe(self);
    observer->calls->module_entered(observer->context, id);
    PyObject *result = call_forward(self, args, keywords);
    if (OBSERVED(engine, module_left)) {
        observer->calls->module_left(observer->context, id);
    }
    return result;
}

/* ---- the type ---------------------------------------------------------------------------------- */

static PyMemberDef module_members[] = {
    { "__dictoffset__", T_PYSSIZET, offsetof(struct module_object, dict), READONLY, NULL },
    { "__weaklistoffset__", T_PYSSIZET, offsetof(struct module_object, weak_references), READONLY,
      NULL },
    { "training", T_BOOL, offsetof(struct module_object, training), 0, NULL },
    { NULL, 0, 0, 0, NULL },
};

/* The dictionaries to look at: what they hold is checked when it is registered. `closure` is where
 * in the struct. */
static PyObject *dictionary_view(PyObject *self, void *closure)
{
    PyObject **dictionary = (PyObject **)(void *)((char *)self + (size_t)closure);
    return module_has_begun(self, "module") ? PyDictProxy_New(*dictionary) : NULL;
}

static PyGetSetDef module_attributes[] = {
    { "_parameters", dictionary_view, NULL, NULL,
      (void *)offsetof(struct module_object, parameters) },
    { "_buffers", dictionary_view, NULL, NULL, (void *)offsetof(struct module_object, buffers) },
    { "_modules", dictionary_view, NULL, NULL, (void *)offsetof(struct module_object, children) },
    { "__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot module_slots[] = {
    { Py_tp_init, module_init },
    { Py_tp_traverse, module_traverse },
    { Py_tp_clear, module_clear },
    { Py_tp_dealloc, module_dealloc },
    { Py_tp_getattro, module_attribute },
    { Py_tp_setattro, module_set_attribute },
    { Py_tp_call, module_call },
    { Py_tp_repr, module_slot_text },
    { Py_tp_members, module_members },
    { Py_tp_getset, module_attributes },
    { 0, NULL },
};

static PyType_Spec module_spec = {
    .name = "torch.nn.modules.module.Module",
    .basicsize = sizeof(struct module_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = module_slots,
};

bool module_type_create(struct face *face, PyObject *nn)
{
    face->types.module = face_create_type(nn, &module_spec, NULL);
    if (!face->types.module) {
        return false;
    }
    PyObject *dictionary = face->types.module->tp_dict;
    const struct function_row *const tables[] = { module_rows,          module_list_rows,
                                                  module_register_rows, module_state_rows,
                                                  module_load_rows,     module_move_rows,
                                                  module_hook_rows,     module_pickle_rows };
    PyObject *version = PyLong_FromLong(1);
    bool added = version && PyDict_SetItemString(dictionary, "_version", version) == 0;
    for (size_t i = 0; added && i < sizeof(tables) / sizeof(*tables); i++) {
        added = methods_add(face, dictionary, tables[i], module_accepts);
    }
    PyObject *set_state = function_object_create(face, &module_set_state_row, module_accepts_any);
    added = added && set_state && PyDict_SetItemString(dictionary, "__setstate__", set_state) == 0;
    Py_XDECREF(set_state);
    Py_XDECREF(version);
    PyType_Modified(face->types.module);
    return added;
}
