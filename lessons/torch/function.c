#include "lessons/torch/function.h"
#include "lessons/torch/functions.h"

#include <structmember.h>

#include <assert.h>
#include <string.h>

#include "engine/base/text.h"
#include "lessons/torch/functions.h"
#include "lessons/torch/signatures.h"

struct function_object {
    PyObject_HEAD vectorcallfunc vectorcall;
    const struct function_row *row;
    const struct engine *engine; /* lent */
    function_accepts *accepts;   /* NULL: anything */
    bool is_method;              /* of Tensor: its first argument stands before the dot */
    struct function_row *own;    /* owned: a row made for this object (in place), or NULL */
    int parameters;              /* how many there are */
    PyObject *names; /* a tuple of their names, interned; NULL until one is looked for */
};

static int parameter_count(const struct function_row *row)
{
    int count = 0;
    while (count < PARAMETERS_MAX && row->parameters[count]) {
        count++;
    }
    return count;
}

/* PyTorch's own functions say what is missing in words of their own; those that it has in Python, as
 * Python does. */
static bool is_native(const struct function_row *row)
{
    return (row->places & (PLACE_METHOD | PLACE_TORCH)) != 0;
}

static bool refuse_count(const struct call *call, Py_ssize_t limit, Py_ssize_t count)
{
    const char *name = call->row->name;
    const Py_ssize_t self = call->is_method ? 1 : 0;
    Py_ssize_t least = call->row->required - self;
    limit -= self;
    count -= self;
    call->face->refused = true;
    if (call->is_method && limit == 0 && !call->row->parameters[1]) {
        PyErr_Format(PyExc_TypeError, "TensorBase.%s() takes no arguments (%zd given)", name,
                     count);
    } else if (least != limit) {
        PyErr_Format(PyExc_TypeError,
                     "%s() takes from %zd to %zd positional arguments but %zd were given", name,
                     least, limit, count);
    } else {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd positional argument%s but %zd %s given", name,
                     limit, limit == 1 ? "" : "s", count, count == 1 ? "was" : "were");
    }
    return false;
}

static bool sort_positional(struct call *call, PyObject *const *args, Py_ssize_t count,
                            int parameters)
{
    const struct function_row *row = call->row;
    const Py_ssize_t limit = row->collects       ? row->collects
                             : row->keyword_only ? row->keyword_only
                                                 : parameters;
    if (count > limit) {
        if (!row->collects) {
            return refuse_count(call, limit, count);
        }
        call->collected = args + row->collects - 1;
        call->collected_count = count - row->collects + 1;
        count = row->collects;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        call->arguments[i] = args[i];
    }
    call->positional = count;
    return true;
}

/* Only for functions that are called with a keyword: there are thousands that no lesson calls so. */
static bool make_names(struct function_object *function)
{
    PyObject *names = PyTuple_New(function->parameters);
    for (int i = 0; names && i < function->parameters; i++) {
        PyObject *name = PyUnicode_InternFromString(function->row->parameters[i]);
        if (!name) {
            Py_CLEAR(names);
        } else {
            PyTuple_SET_ITEM(names, i, name);
        }
    }
    function->names = names;
    return names != NULL;
}

/* Which parameter that is; -1: none. What a program spells out is interned, and then one name is one object;
 * what it puts together (**options) need not be. */
static int find_parameter(const struct function_object *function, PyObject *name)
{
    for (int i = 0; i < function->parameters; i++) {
        if (PyTuple_GET_ITEM(function->names, i) == name) {
            return i;
        }
    }
    for (int i = 0; i < function->parameters; i++) {
        if (PyUnicode_CompareWithASCIIString(name, function->row->parameters[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static bool sort_keyword(struct call *call, const struct function_object *function, PyObject *name,
                         PyObject *value)
{
    const int found = find_parameter(function, name);
    if (found >= 0 && call->arguments[found]) {
        call->face->refused = true;
        PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", call->row->name,
                     name);
        return false;
    }
    if (found >= 0) {
        call->arguments[found] = value;
        return true;
    }
    if (call->row->takes_out && PyUnicode_CompareWithASCIIString(name, "out") == 0) {
        call->out = value == Py_None ? NULL : value;
        return true;
    }
    /* NumPy's spelling of dim, which PyTorch takes too. */
    if (PyUnicode_CompareWithASCIIString(name, "axis") == 0) {
        PyObject *dim = PyUnicode_FromString("dim");
        bool known = false;
        for (int i = 0; i < function->parameters; i++) {
            known = known || strcmp(call->row->parameters[i], "dim") == 0;
        }
        const bool sorted = dim && known && sort_keyword(call, function, dim, value);
        Py_XDECREF(dim);
        if (known || !dim) {
            return sorted;
        }
    }
    call->face->refused = true;
    PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", call->row->name,
                 name);
    return false;
}

/* What stands between the names: "a", "b", "c" or, as Python has it, 'a', 'b', and 'c'. */
static const char *name_joint(bool native, int named, int missing)
{
    if (named == 0) {
        return "";
    }
    return native || named + 1 < missing ? ", " : missing > 2 ? ", and " : " and ";
}

/* "sum() missing 2 required positional arguments: 'a' and 'b'" */
static void refuse_missing(const struct call *call, int missing)
{
    struct text names = { 0 };
    const bool native = is_native(call->row);
    for (int i = 0, named = 0; i < call->row->required; i++) {
        if (!call->arguments[i]) {
            text_format(&names, native ? "%s\"%s\"" : "%s'%s'", name_joint(native, named, missing),
                        call->row->parameters[i]);
            named++;
        }
    }
    call->face->refused = true;
    PyErr_Format(PyExc_TypeError, "%s() missing %d required positional argument%s: %s",
                 call->row->name, missing, missing == 1 && !native ? "" : "s", text_string(&names));
    text_finish(&names);
}

static bool check_required(const struct call *call)
{
    int missing = 0;
    for (int i = 0; i < call->row->required; i++) {
        missing += !call->arguments[i];
    }
    if (missing > 0) {
        refuse_missing(call, missing);
    }
    return missing == 0;
}

/* Sorts the arguments of a call whose face, row and is_method are set. */
static bool sort_arguments(struct call *call, struct function_object *function,
                           PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    const int parameters = function->parameters;
    call->collected = NULL;
    call->collected_count = 0;
    call->out = NULL;
    memset(call->arguments, 0, (size_t)parameters * sizeof(call->arguments[0]));
    if (!sort_positional(call, args, count, parameters)) {
        return false;
    }
    const Py_ssize_t keyword_count = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    if (keyword_count > 0 && !function->names && !make_names(function)) {
        return false;
    }
    for (Py_ssize_t i = 0; i < keyword_count; i++) {
        PyObject *name = PyTuple_GET_ITEM(keywords, i);
        if (!sort_keyword(call, function, name, args[count + i])) {
            return false;
        }
    }
    return !call->row->required || check_required(call);
}

static PyObject *function_call(PyObject *self, PyObject *const *args, size_t flags,
                               PyObject *keywords)
{
    struct function_object *function = (struct function_object *)self;
    const Py_ssize_t count = PyVectorcall_NARGS(flags);
    struct call call;
    call.face = function->engine->face;
    call.row = function->row;
    call.is_method = function->is_method;
    PyObject *result = NULL;
    if (sort_arguments(&call, function, args, count, keywords) &&
        (!function->accepts || function->accepts(call.face, call.arguments[0]))) {
        result = function->row->call(&call);
    }
    if (!result && call.face->refused) {
        call.face->refused = false;
        if (is_native(call.row)) {
            signatures_explain(&call, args, count, keywords);
        }
    }
    return result;
}

/* As a method: the object that it was looked up on becomes the first argument. */
static PyObject *function_bind(PyObject *self, PyObject *object, PyObject *type)
{
    (void)type;
    return object ? PyMethod_New(self, object) : Py_NewRef(self);
}

static PyObject *function_text(PyObject *self)
{
    return PyUnicode_FromFormat("<built-in function %s>",
                                ((struct function_object *)self)->row->name);
}

static PyObject *function_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(((struct function_object *)self)->row->name);
}

static void function_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyMem_Free(((struct function_object *)self)->own);
    Py_XDECREF(((struct function_object *)self)->names);
    type->tp_free(self);
    Py_DECREF(type);
}

/* A copy of what holds a function holds the same function. */
static PyObject *function_copy(PyObject *self, PyObject *memo)
{
    (void)memo;
    return Py_NewRef(self);
}

/* isinstance(x, torch.FloatTensor): in PyTorch these are types of tensors on the CPU. */
static PyObject *function_is_type_of(PyObject *self, PyObject *object)
{
    const struct face *face = face_current();
    const struct tensor *tensor =
        tensor_object_is(face, object) ? tensor_object_tensor(object) : NULL;
    enum dtype dtype;
    if (!dtype_of_type_name(((struct function_object *)self)->row->name, &dtype)) {
        PyErr_SetString(PyExc_TypeError,
                        "isinstance() arg 2 must be a type, a tuple of types, or a union");
        return NULL;
    }
    return PyBool_FromLong(tensor && tensor->dtype == dtype &&
                           tensor_backend(tensor) == engine_cpu(tensor->engine));
}

/* pickle: by its name, where it stands. */
static PyObject *function_reduce(PyObject *self, PyObject *protocol)
{
    (void)protocol;
    PyObject *module = PyImport_ImportModule("torch.serialization");
    PyObject *made = module ? PyObject_CallMethod(module, "_named", "O", self) : NULL;
    Py_XDECREF(module);
    return made;
}

static PyMethodDef function_methods[] = {
    { "__reduce_ex__", function_reduce, METH_O, NULL },
    { "__instancecheck__", function_is_type_of, METH_O, NULL },
    { "__copy__", function_copy, METH_NOARGS, NULL },
    { "__deepcopy__", function_copy, METH_O, NULL },
    { NULL, NULL, 0, NULL },
};

static PyMemberDef function_members[] = {
    { "__vectorcalloffset__", T_PYSSIZET, offsetof(struct function_object, vectorcall), READONLY,
      NULL },
    { NULL, 0, 0, 0, NULL },
};

static PyGetSetDef function_attributes[] = {
    { "__name__", function_name, NULL, NULL, NULL },
    { "__qualname__", function_name, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot function_slots[] = {
    { Py_tp_call, PyVectorcall_Call },     { Py_tp_descr_get, function_bind },
    { Py_tp_repr, function_text },         { Py_tp_dealloc, function_dealloc },
    { Py_tp_methods, function_methods },   { Py_tp_members, function_members },
    { Py_tp_getset, function_attributes }, { 0, NULL },
};

static PyType_Spec function_spec = {
    .name = "torch.builtin_function",
    .basicsize = sizeof(struct function_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = function_slots,
};

bool function_type_create(struct face *face, PyObject *module)
{
    face->types.function = face_create_type(module, &function_spec, NULL);
    return face->types.function != NULL;
}

PyObject *function_object_create(struct face *face, const struct function_row *row,
                                 function_accepts *accepts)
{
    PyObject *self = face->types.function->tp_alloc(face->types.function, 0);
    if (self) {
        struct function_object *function = (struct function_object *)self;
        function->vectorcall = function_call;
        function->row = row;
        function->parameters = parameter_count(row);
        function->engine = face->engine;
        function->accepts = accepts;
    }
    return self;
}

/* The function that works in place: the row's with "_" behind its name, which stands behind the row. */
static PyObject *in_place_create(struct face *face, const struct function_row *row)
{
    const size_t length = strlen(row->name);
    struct function_row *own = PyMem_Calloc(1, sizeof(*own) + length + 2);
    if (!own) {
        return PyErr_NoMemory();
    }
    char *name = (char *)(own + 1);
    memcpy(name, row->name, length);
    name[length] = '_';
    *own = *row;
    own->name = name;
    own->in_place = true;
    own->takes_out = false;
    PyObject *self = function_object_create(face, own, NULL);
    if (self) {
        ((struct function_object *)self)->own = own;
    } else {
        PyMem_Free(own);
    }
    return self;
}

static bool add_in_place(struct face *face, PyObject *dictionary, const struct function_row *row,
                         bool is_method)
{
    PyObject *function = in_place_create(face, row);
    if (function) {
        ((struct function_object *)function)->is_method = is_method;
    }
    const bool added =
        function && PyDict_SetItemString(
                        dictionary, ((struct function_object *)function)->own->name, function) == 0;
    Py_XDECREF(function);
    return added;
}

static bool has_parameter(const struct function_row *row, const char *name)
{
    bool found = false;
    for (int i = 0; i < PARAMETERS_MAX && row->parameters[i]; i++) {
        found = found || strcmp(row->parameters[i], name) == 0;
    }
    return found;
}

/* PyTorch has torch.exp_, but no torch.add_; F.elu_, since F.elu has an inplace. */
static bool appears_in_place(const struct function_row *row, unsigned place)
{
    if (!(row->places & PLACE_IN_PLACE)) {
        return false;
    }
    return place == PLACE_FUNCTIONAL
               ? has_parameter(row, "inplace")
               : row->places & place && (place == PLACE_METHOD || row->required == 1);
}

static bool add(struct face *face, PyObject *dictionary, const struct function_row *row,
                function_accepts *accepts, bool is_method)
{
    PyObject *function = function_object_create(face, row, accepts);
    if (function) {
        ((struct function_object *)function)->is_method = is_method;
    }
    const bool added = function && PyDict_SetItemString(dictionary, row->name, function) == 0;
    Py_XDECREF(function);
    return added;
}

bool functions_add(struct face *face, PyObject *dictionary, const struct function_row *rows,
                   unsigned place)
{
    for (const struct function_row *row = rows; row->name; row++) {
        const bool is_method = place == PLACE_METHOD;
        if ((!place || (row->places & place)) && !add(face, dictionary, row, NULL, is_method)) {
            return false;
        }
        if (appears_in_place(row, place) && !add_in_place(face, dictionary, row, is_method)) {
            return false;
        }
    }
    return true;
}

bool methods_add(struct face *face, PyObject *dictionary, const struct function_row *rows,
                 function_accepts *accepts)
{
    for (const struct function_row *row = rows; row->name; row++) {
        assert(row->required > 0); /* its object */
        if (!add(face, dictionary, row, accepts, false)) {
            return false;
        }
    }
    return true;
}
