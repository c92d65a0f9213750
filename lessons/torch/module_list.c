/* named_parameters, modules and their kin: lists of a module's parts, given out by generators. */
#include "lessons/torch/module.h"

#include "lessons/torch/arguments.h"

/* Takes a list; a generator of its items that is called Module.<name>, as PyTorch's are. */
static PyObject *generator_of(const struct call *call, PyObject *list)
{
    PyObject *module = list ? PyImport_ImportModule("torch.nn.modules.module") : NULL;
    PyObject *owner = module ? PyObject_GetAttrString(module, "Generators") : NULL;
    PyObject *function = owner ? PyObject_GetAttrString(owner, call->row->name) : NULL;
    PyObject *generator = function ? PyObject_CallOneArg(function, list) : NULL;
    Py_XDECREF(list);
    Py_XDECREF(module);
    Py_XDECREF(owner);
    Py_XDECREF(function);
    return generator;
}

/* parameters(recurse=True), buffers(recurse=True) */
static PyObject *objects(const struct call *call, enum module_part part)
{
    bool recurse = true;
    if (!argument_bool(call, 1, &recurse)) {
        return NULL;
    }
    const struct module_walk walk = { .part = part, .recurse = recurse };
    return generator_of(call, module_objects(call->face, call->arguments[0], &walk));
}

static PyObject *call_parameters(struct call *call)
{
    return objects(call, PART_PARAMETERS);
}

static PyObject *call_buffers(struct call *call)
{
    return objects(call, PART_BUFFERS);
}

static PyObject *call_children(struct call *call)
{
    const struct module_walk walk = { .part = PART_CHILDREN };
    return generator_of(call, module_objects(call->face, call->arguments[0], &walk));
}

static PyObject *call_modules(struct call *call)
{
    const struct module_walk walk = { .part = PART_MODULES, .recurse = true };
    return generator_of(call, module_objects(call->face, call->arguments[0], &walk));
}

static bool read_prefix(const struct call *call, int i, struct module_walk *walk)
{
    if (argument_given(call, i) && !PyUnicode_Check(call->arguments[i])) {
        return argument_refuse(call, i, "str");
    }
    walk->prefix = argument_given(call, i) ? call->arguments[i] : NULL;
    return true;
}

static bool read_duplicates(const struct call *call, int i, struct module_walk *walk)
{
    bool remove = true;
    const bool read = argument_bool(call, i, &remove);
    walk->keep_duplicates = !remove;
    return read;
}

/* named_parameters(prefix='', recurse=True, remove_duplicate=True) */
static PyObject *named(const struct call *call, enum module_part part)
{
    struct module_walk walk = { .part = part, .recurse = true };
    return read_prefix(call, 1, &walk) && argument_bool(call, 2, &walk.recurse) &&
                   read_duplicates(call, 3, &walk)
               ? generator_of(call, module_walk_list(call->face, call->arguments[0], &walk))
               : NULL;
}

static PyObject *call_named_parameters(struct call *call)
{
    return named(call, PART_PARAMETERS);
}

static PyObject *call_named_buffers(struct call *call)
{
    return named(call, PART_BUFFERS);
}

static PyObject *call_named_children(struct call *call)
{
    const struct module_walk walk = { .part = PART_CHILDREN };
    return generator_of(call, module_walk_list(call->face, call->arguments[0], &walk));
}

/* named_modules(memo=None, prefix='', remove_duplicate=True): the memo is for PyTorch itself. */
static PyObject *call_named_modules(struct call *call)
{
    struct module_walk walk = { .part = PART_MODULES, .recurse = true };
    return read_prefix(call, 2, &walk) && read_duplicates(call, 3, &walk)
               ? generator_of(call, module_walk_list(call->face, call->arguments[0], &walk))
               : NULL;
}

#define SELF .required = 1

const struct function_row module_list_rows[] = {
    { "parameters", { "self", "recurse" }, SELF, .call = call_parameters },
    { "named_parameters",
      { "self", "prefix", "recurse", "remove_duplicate" },
      SELF,
      .call = call_named_parameters },
    { "buffers", { "self", "recurse" }, SELF, .call = call_buffers },
    { "named_buffers",
      { "self", "prefix", "recurse", "remove_duplicate" },
      SELF,
      .call = call_named_buffers },
    { "children", { "self" }, SELF, .call = call_children },
    { "named_children", { "self" }, SELF, .call = call_named_children },
    { "modules", { "self" }, SELF, .call = call_modules },
    { "named_modules",
      { "self", "memo", "prefix", "remove_duplicate" },
      SELF,
      .call = call_named_modules },
    { .name = NULL },
};
