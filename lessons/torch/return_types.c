/* torch.return_types: tuples whose items have names, for functions with several results. */
#include "lessons/torch/functions.h"

#include <structmember.h>

#include "engine/base/text.h"

enum { RESULTS_MAX = 3 };

static const struct return_row {
    const char *name;
    const char *fields[RESULTS_MAX + 1];
} return_rows[] = {
    { "max", { "values", "indices" } },
    { "min", { "values", "indices" } },
    { "aminmax", { "min", "max" } },
    { "sort", { "values", "indices" } },
    { "topk", { "values", "indices" } },
    { "kthvalue", { "values", "indices" } },
    { "median", { "values", "indices" } },
    { "cummax", { "values", "indices" } },
    { "cummin", { "values", "indices" } },
    { "mode", { "values", "indices" } },
    { "slogdet", { "sign", "logabsdet" } },
    { "linalg_slogdet", { "sign", "logabsdet" } },
    { "linalg_inv_ex", { "inverse", "info" } },
    { "linalg_solve_ex", { "result", "info" } },
};

/* "torch.return_types.max(\nvalues=tensor(...),\nindices=tensor(...))" */
static PyObject *results_text(PyObject *self)
{
    const PyTypeObject *type = Py_TYPE(self);
    PyObject *text = PyUnicode_FromFormat("%s(\n", type->tp_name);
    const Py_ssize_t count = PyTuple_GET_SIZE(self);
    for (Py_ssize_t i = 0; text && i < count; i++) {
        PyObject *item = PyObject_Repr(PyTuple_GET_ITEM(self, i));
        PyObject *longer = item ? PyUnicode_FromFormat("%U%s=%U%s", text, type->tp_members[i].name,
                                                       item, i + 1 < count ? ",\n" : ")")
                                : NULL;
        Py_XDECREF(item);
        Py_DECREF(text);
        text = longer;
    }
    return text;
}

static PyTypeObject *type_create(const struct return_row *row)
{
    PyStructSequence_Field fields[RESULTS_MAX + 1] = { { NULL, NULL } };
    int count = 0;
    while (row->fields[count]) {
        fields[count] = (PyStructSequence_Field){ row->fields[count], NULL };
        count++;
    }
    struct text name = { 0 };
    text_format(&name, "torch.return_types.%s", row->name);
    PyStructSequence_Desc description = { .name = text_string(&name),
                                          .fields = fields,
                                          .n_in_sequence = count };
    PyTypeObject *type = PyStructSequence_NewType(&description);
    text_finish(&name);
    if (type) {
        type->tp_repr = results_text;
    }
    return type;
}

bool return_types_create(struct face *face, PyObject *module)
{
    face->return_types = PyModule_GetDict(module);
    for (size_t i = 0; i < sizeof(return_rows) / sizeof(*return_rows); i++) {
        PyObject *type = (PyObject *)type_create(&return_rows[i]);
        const int status =
            type ? PyDict_SetItemString(face->return_types, return_rows[i].name, type) : -1;
        Py_XDECREF(type);
        if (status != 0) {
            return false;
        }
    }
    return true;
}

PyObject *function_results(const struct call *call, const char *type, struct tensor **out)
{
    PyTypeObject *found = (PyTypeObject *)PyDict_GetItemString(call->face->return_types, type);
    PyObject *results = found ? PyStructSequence_New(found) : NULL;
    const Py_ssize_t count = results ? PyTuple_GET_SIZE(results) : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyStructSequence_SET_ITEM(results, i, tensor_object_take(call->face, out[i], NULL));
    }
    return results;
}

PyObject *function_apply_all(const struct call *call, const struct op_use *use, const char *type)
{
    struct tensor *out[RESULTS_MAX];
    struct error err;
    return op_apply(call->face->engine, use, out, &err) ? function_results(call, type, out)
                                                        : torch_raise(&err);
}
