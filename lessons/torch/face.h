#pragma once
/* What the files of the face share: its state, which lives in the module `torch`, and its objects.
 *
 * Functions that return `PyObject *` return a new reference, or NULL with an exception set, unless
 * they say "lent". Functions that return bool return false with an exception set. A `struct error`
 * from the engine becomes an exception through torch_raise, nowhere else. */

#include "lessons/torch/torch.h"

struct node;
struct tensor_object;

/* Where the list of what is supported stands. */
#define LIST_HINT "`gradlight doctor --torch` lists what is"

/* The state of the module `torch`: one for each interpreter. All references are owned. */
struct face {
    struct engine *engine; /* lent */
    PyObject *torch;       /* lent: the module */

    struct face_types {
        PyTypeObject *tensor, *parameter;
        PyTypeObject *size, *dtype, *device, *generator;
        PyTypeObject *function, *node, *raw_saved, *context, *guarded, *guarded_generator, *handle;
        PyTypeObject *module, *optimizer;
    } types;

    /* Names that are looked up with every call of a module, as interned strings. */
    struct face_words {
        PyObject *forward, *weight, *bias, *reduction, *inplace;
    } words;

    PyObject *dtypes[DTYPE_ALL]; /* torch.float32, ... */
    PyObject *cpu;               /* torch.device('cpu') */
    PyObject *node_types;        /* dict: "AddBackward0" -> its type */
    PyObject *return_types;      /* lent: the dictionary of torch.return_types */
    PyObject *default_generator; /* torch.default_generator: the engine's own */
    PyObject *linalg_error;      /* torch.linalg.LinAlgError */

    struct tensor_object *idle_objects; /* memory for the next tensors' objects (tensor_type.c) */
    int idle_count;

    PyObject *kept_files; /* dict: path -> bytes, of torch_keep_files; NULL: files are written */
    bool told_of_kept;    /* that files are kept in memory, once */

    struct backend
        *outer_devices[32]; /* what the default was where `with torch.device(...)` began */
    int entered_devices;

    bool refused;            /* by what arguments are: a call may say it with all its signatures */
    bool warned_of_cycle;    /* of backward(create_graph=True), once */
    uint64_t module_changes; /* counts changes of any module's parameters and children */
    uint64_t module_hooks;   /* counts hooks of modules */
};

/* The state of this interpreter's `torch`; never NULL once torch_module_create has begun. */
struct face *face_current(void);

/* Creates a heap type from its spec and adds it to `module` (NULL: to none). Its name in messages is
 * the last part of spec->name, as for PyTorch's classes; the rest is its __module__. */
PyTypeObject *face_create_type(PyObject *module, PyType_Spec *spec, PyTypeObject *base);

/* Tells the observer of a tensor that no operation made. attrs and source may be NULL. */
struct observed_creation;
void face_observe_creation(const struct face *face, const struct observed_creation *creation);

/* ---- tensors (tensor_type.c) ---------------------------------------------------------------- */

struct tensor_object {
    PyObject_HEAD union {
        struct tensor *tensor; /* owned; its `wrapper` is this object */
        struct tensor_object *next_idle;
    };
    PyObject *dict; /* attributes that the lesson gave it; NULL until there are some */
    PyObject *weak_references;
};

bool tensor_type_create(struct face *face, PyObject *module);
/* Gives back the memory that is kept for objects. */
void tensor_objects_drop_idle(struct face *face);

/* Classes derived from Tensor are made while the lesson runs, so for Python's own numbers and lists there
 * is nothing to search. */
static inline bool tensor_object_is(const struct face *face, PyObject *object)
{
    PyTypeObject *const type = Py_TYPE(object);
    return type == face->types.tensor || (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
                                          PyType_IsSubtype(type, face->types.tensor));
}

static inline struct tensor *tensor_object_tensor(PyObject *object)
{
    return ((struct tensor_object *)object)->tensor;
}

/* The object of a tensor: the one that it has, or a new one (a Parameter for a parameter). Takes the
 * caller's reference to `tensor`; NULL gives torch_raise(err). */
PyObject *tensor_object_take(struct face *face, struct tensor *tensor, const struct error *err);
/* A new object of `type` (Tensor or a class derived from it) that takes the reference. */
PyObject *tensor_object_create(PyTypeObject *type, struct tensor *tensor);
/* The object of a tensor that somebody else keeps: None for NULL. */
PyObject *tensor_object_of(struct face *face, struct tensor *tensor);

/* The objects of several views in a tuple; takes the references. */
struct nn_parts;
PyObject *tensor_objects(struct face *face, struct nn_parts *parts);

/* A Python bool, int or float. */
PyObject *number_object(struct number number);

/* ---- values (value_types.c) ----------------------------------------------------------------- */

struct dtype_object {
    PyObject_HEAD enum dtype dtype;
};

struct device_object {
    PyObject_HEAD char type[16]; /* "cpu", "cuda" */
    int index;                   /* -1: not said */
};

bool generator_type_create(struct face *face, PyObject *module); /* generator.c */
bool value_types_create(struct face *face, PyObject *module);
PyObject *size_object_create(struct face *face, const struct shape *shape);
PyObject *dtype_object_of(struct face *face, enum dtype dtype);
PyObject *device_object_of(struct face *face, const struct backend *backend);

/* ---- graph (node_type.c), modes (grad_mode.c) ----------------------------------------------- */

struct node_object {
    PyObject_HEAD struct node *node; /* owned; its `wrapper` is this object */
};

bool node_type_create(struct face *face, PyObject *module);
/* What the node keeps under that name (node_saved.c). NULL without an exception when it keeps no such
 * thing. */
PyObject *node_saved_object(struct face *face, struct node *node, const char *name);
/* The object of a node; None for NULL. */
PyObject *node_object_of(struct face *face, struct node *node);

bool grad_mode_types_create(struct face *face, PyObject *module);
bool handle_type_create(struct face *face); /* hooks.c */
/* A RemovableHandle that takes hook `number` away from a tensor, a node, or from the dictionary of hooks
 * that `owner` is a weak reference to. */
PyObject *handle_create(struct face *face, PyObject *owner, uint64_t number);
bool return_types_create(struct face *face, PyObject *module);

/* ---- modules (module.h) and optimizers (optimizer_type.c) ------------------------------------- */

bool module_type_create(struct face *face, PyObject *nn);
bool layers_create(struct face *face, PyObject *nn);
bool optimizer_types_create(struct face *face, PyObject *optim);
