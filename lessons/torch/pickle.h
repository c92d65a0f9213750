#pragma once
/* Python objects as PyTorch keeps them in its files: pickles of protocol 2. Reading calls only what
 * pickle_globals.c lists and what python/torch/serialization.py lets through, whatever the bytes say. */

#include "lessons/torch/face.h"

/* ---- reading: pickle_read.c ---- */

struct pickle_input {
    const uint8_t *bytes;
    size_t length, at; /* at: the next byte; behind the pickle once it is read */
    /* The 1-d tensor that a persistent id ("storage", class, key, location, count[, view]) means: a
     * new reference, or NULL with an exception. */
    PyObject *(*storage)(void *context, PyObject *id);
    void *context;
    bool whole; /* objects of classes, too: weights_only=False */
};

/* The object, a new reference; NULL with pickle.UnpicklingError, or what `storage` raised. */
PyObject *pickle_read(struct face *face, struct pickle_input *input);
/* Raises UnpicklingError "Weights only load failed. ..." and returns NULL. */
PyObject *pickle_refuse(const char *format, ...);
/* Raises UnpicklingError with that text alone and returns NULL. */
PyObject *pickle_raise(const char *format, ...);

/* Whether an object may be the key of a dictionary: a text or a number, or a tuple of a few such. Hashing
 * anything deep could run out of stack. */
bool pickle_is_key(PyObject *object);

/* How the elements of a storage lie in a file. */
struct pickle_storage_kind {
    const char *name; /* "FloatStorage" */
    enum dtype dtype; /* of the tensor that it becomes */
    int size;         /* bytes of an element in the file */
    /* NULL: the bytes are the elements. */
    void (*read)(const uint8_t *bytes, void *elements, size_t count);
};
extern const struct pickle_storage_kind pickle_storage_kinds[]; /* up to the one without a name */
/* The kind that a dtype is saved as. */
const struct pickle_storage_kind *pickle_storage_of(enum dtype dtype);

/* The file's bytes, wherever they lie, become the elements of a new tensor of that kind. */
bool pickle_storage_fill(PyObject *object, const struct pickle_storage_kind *kind,
                         const uint8_t *bytes);

/* The object that "module name" means: a dtype, a mark that only pickle_call understands, or what
 * pickle_find finds. */
PyObject *pickle_global(struct face *face, const char *module, const char *name, bool whole);
/* Calls a mark. */
PyObject *pickle_call(struct face *face, PyObject *mark, PyObject *args);
/* The storage kind of a mark; NULL (no exception) if it is none. */
const struct pickle_storage_kind *pickle_storage_kind(PyObject *mark);

/* ---- objects of classes: pickle_objects.c ---- */

/* The class or function of that name, of those that torch.serialization lets through. */
PyObject *pickle_find(const char *module, const char *name, bool whole);
/* An object of the class, before its state. */
PyObject *pickle_new(PyObject *class, PyObject *args);
bool pickle_build(PyObject *object, PyObject *state);
/* (function, arguments, state, list of items, list of pairs) that make the object; (module, name) of a
 * class or function. */
PyObject *pickle_reduced(PyObject *object);
/* Whether that function is copyreg.__newobj__: 1, 0; -1 with an exception. */
int pickle_is_newobj(PyObject *function);

/* ---- writing: pickle_write.c ---- */

struct pickle_output {
    struct text *out;
    /* The key of a tensor's storage, "0" for the first that is named; NULL with an exception. */
    PyObject *(*storage)(void *context, struct tensor *tensor);
    void *context;
};

/* False with pickle.PicklingError, or what the object's own methods raise, for what cannot be kept in a
 * file. */
bool pickle_write(struct face *face, const struct pickle_output *output, PyObject *object);
