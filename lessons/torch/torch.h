#pragma once
/* The engine presented to Python as `torch`: what the program that hosts the interpreter needs of
 * it. No mathematics here, only types, registration and the reading of arguments.
 *
 *     struct engine *engine = engine_create(&err);
 *     Py_InitializeFromConfig(&config);
 *     PyObject *torch = torch_module_create(engine);     before a line of the lesson runs
 *     ... run the lesson ...
 *     Py_XDECREF(torch);
 *     Py_FinalizeEx();                                   or _exit, without the last two
 *     engine_destroy(engine);
 *
 * One interpreter has one torch. Objects of the face never know who watches: operations, creations,
 * backward walks, modules entered and left, and modes reach `engine->observer` and nobody else. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "engine/engine.h"
#include "engine/tensor/tensor.h"

struct optimizer;

/* The module `torch`, a new reference, with its submodules (torch.nn, torch.optim, ...) in
 * sys.modules. Lends `engine`, which must outlive the interpreter. NULL with an exception. */
PyObject *torch_module_create(struct engine *engine);

/* From now on torch.save keeps what it would write to a file in memory, and torch.load of that path reads
 * it: for lessons that run where nothing can be written. False with an exception. */
bool torch_keep_files(void);

/* What is behind a Python object: lent, valid while the object lives. NULL if it is not one (no
 * exception is set); any object may be passed. */
struct tensor *torch_tensor_of(PyObject *object);
struct optimizer *torch_optimizer_of(PyObject *object);

/* True for an nn.Module. */
bool torch_is_module(PyObject *object);

/* The id of a module, 0 if `object` is not one. Tells the observer (its call `module`) of the module
 * and, first, of its children, each only if it is new or has changed since it was last told. The
 * same happens by itself before a module is entered. If the lesson's own `extra_repr` raises, that is
 * reported as an unraisable exception and the text is the class name with "(...)". */
uint64_t torch_module_describe(PyObject *module);

/* What `gradlight doctor --torch` prints: all that this torch has, by area, from its own tables, and
 * what of PyTorch's usual names it lacks. A new reference to a str, or NULL with an exception. */
PyObject *torch_surface_text(void);

/* Adds to the text of an ImportError what a lesson can import, or where the list of what torch has
 * stands. Any exception may be passed; others stay as they are. */
void torch_explain_import(PyObject *exception);

/* Sets the Python exception that `err` means, unless one is set already (an exception that a hook
 * raised on its way through the engine). Always returns NULL. */
PyObject *torch_raise(const struct error *err);
