/* torch.load: PyTorch's zip files, and its layout of before 2020. */
#include "lessons/torch/functions.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/zip.h"
#include "engine/devices.h"
#include "engine/tensor/compute.h"
#include "lessons/torch/lesson_file.h"
#include "lessons/torch/pickle.h"

/* ---- storages of a file --------------------------------------------------------------------------- */

struct loading {
    struct face *face;
    PyObject *location; /* lent: map_location; NULL: tensors go where they were */
    bool whole;         /* objects of classes, too */
    size_t budget;      /* bytes that storages may still take from the file */
    struct zip *zip;    /* NULL: the old layout */
    struct text prefix; /* of the entries: "model/data/" */
    PyObject *tensors;  /* dict: key -> 1-d tensor */
    PyObject *kinds;    /* dict: key -> mark of its kind; the old layout reads its bytes later */
};

/* What a persistent id says. */
struct storage_id {
    const struct pickle_storage_kind *kind;
    struct backend *backend;
    PyObject *key, *mark; /* lent */
    int64_t count;
};

/* "cuda:1", as the file says it, on this machine. */
static bool find_location(const struct loading *loading, const char *name, struct backend **out)
{
    struct engine *engine = loading->face->engine;
    *out = strcmp(name, "cpu") == 0 ? engine_cpu(engine) : NULL;
    if (*out) {
        return true;
    }
    const int count = devices_count(engine);
    const char *colon = strchr(name, ':');
    const int index = colon ? atoi(colon + 1) : 0;
    if (strncmp(name, "cuda", 4) != 0) {
        PyErr_Format(PyExc_RuntimeError,
                     "don't know how to restore data location of torch.storage.UntypedStorage "
                     "(tagged with %s)",
                     name);
    } else if (count == 0) {
        PyErr_Format(
            PyExc_RuntimeError,
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is "
            "False. If you are running on a CPU-only machine, please use torch.load with "
            "map_location=torch.device('cpu') to map your storages to the CPU.");
    } else if (!(*out = devices_find(engine, index))) {
        PyErr_Format(PyExc_RuntimeError,
                     "Attempting to deserialize object on CUDA device %d but "
                     "torch.cuda.device_count() is %d. Please use torch.load with map_location to "
                     "map your storages to an existing device.",
                     index, count);
    }
    return *out != NULL;
}

/* A string or a torch.device. */
static bool named_location(const struct loading *loading, PyObject *location, struct backend **out)
{
    PyObject *text = PyObject_Str(location);
    const char *name = text ? PyUnicode_AsUTF8(text) : NULL;
    const bool found = name && find_location(loading, name, out);
    Py_XDECREF(text);
    return found;
}

/* map_location(storage, location): a tensor stands for the storage, and says where it goes by where it is
 * when it comes back; None leaves it where it was. */
static bool asked_location(const struct loading *loading, const char *name, struct backend **out)
{
    const struct tensor_spec spec = { .dtype = DTYPE_UINT8, .shape = { 1, { 0 } } };
    struct face *face = loading->face;
    struct error err;
    PyObject *storage = tensor_object_take(face, tensor_create(face->engine, &spec, &err), &err);
    PyObject *answer =
        storage ? PyObject_CallFunction(loading->location, "Os", storage, name) : NULL;
    bool found = false;
    if (answer && tensor_object_is(face, answer)) {
        *out = tensor_backend(tensor_object_tensor(answer));
        found = true;
    } else if (answer && answer == Py_None) {
        found = find_location(loading, name, out);
    } else if (answer) {
        PyErr_Format(PyExc_TypeError, "map_location should return a storage or None, not %s",
                     Py_TYPE(answer)->tp_name);
    }
    Py_XDECREF(answer);
    Py_XDECREF(storage);
    return found;
}

/* Where elements go that were on device `name`. */
static bool read_location(const struct loading *loading, const char *name, struct backend **out)
{
    PyObject *location = loading->location;
    if (!location) {
        return find_location(loading, name, out);
    }
    if (PyDict_Check(location)) {
        PyObject *to = PyDict_GetItemString(location, name); /* lent */
        return to ? named_location(loading, to, out) : find_location(loading, name, out);
    }
    return PyCallable_Check(location) ? asked_location(loading, name, out)
                                      : named_location(loading, location, out);
}

/* ("storage", class, key, location, count), and None for a view in the old layout. */
static bool read_id(const struct loading *loading, PyObject *id, struct storage_id *out)
{
    const Py_ssize_t size = PyTuple_GET_SIZE(id);
    const bool good = (size == 5 || (size == 6 && PyTuple_GET_ITEM(id, 5) == Py_None)) &&
                      PyUnicode_Check(PyTuple_GET_ITEM(id, 0)) &&
                      PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(id, 0), "storage") == 0 &&
                      PyUnicode_Check(PyTuple_GET_ITEM(id, 2)) &&
                      PyUnicode_Check(PyTuple_GET_ITEM(id, 3)) &&
                      PyLong_Check(PyTuple_GET_ITEM(id, 4));
    out->kind = good ? pickle_storage_kind(PyTuple_GET_ITEM(id, 1)) : NULL;
    if (!out->kind) {
        pickle_refuse("the file is damaged: a storage is not described as one");
        return false;
    }
    int overflow;
    out->mark = PyTuple_GET_ITEM(id, 1);
    out->key = PyTuple_GET_ITEM(id, 2);
    out->count = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(id, 4), &overflow);
    const char *location = PyUnicode_AsUTF8(PyTuple_GET_ITEM(id, 3));
    if (!location || !read_location(loading, location, &out->backend)) {
        return false;
    }
    if (overflow || out->count < 0 ||
        (uint64_t)out->count > loading->budget / (size_t)out->kind->size) {
        pickle_refuse("the file is damaged: its tensors are larger than itself");
        return false;
    }
    return true;
}

static PyObject *flat_tensor(struct loading *loading, const struct storage_id *id)
{
    struct error err;
    const struct tensor_spec spec = { id->kind->dtype, { 1, { id->count } }, id->backend };
    loading->budget -= (size_t)id->count * (size_t)id->kind->size;
    struct tensor *tensor = tensor_create(loading->face->engine, &spec, &err);
    return tensor_object_take(loading->face, tensor, &err);
}

/* ---- the zip layout ------------------------------------------------------------------------------- */

static bool fill_from_entry(const struct loading *loading, PyObject *object,
                            const struct storage_id *id)
{
    const char *key = PyUnicode_AsUTF8(id->key);
    const struct zip_entry *entry = key ? zip_find(loading->zip, &loading->prefix, key) : NULL;
    struct error err;
    if (!entry || entry->size != (size_t)id->count * (size_t)id->kind->size) {
        pickle_refuse("the file is damaged: tensor data %R is %s", id->key,
                      entry ? "of another size" : "not there");
        return false;
    }
    return (zip_check(entry, &err) || torch_raise(&err)) &&
           pickle_storage_fill(object, id->kind, entry->data);
}

static PyObject *storage_of_entry(void *context, PyObject *tuple)
{
    struct loading *loading = context;
    struct storage_id id;
    if (!read_id(loading, tuple, &id)) {
        return NULL;
    }
    PyObject *known = PyDict_GetItemWithError(loading->tensors, id.key);
    if (known || PyErr_Occurred()) {
        return Py_XNewRef(known);
    }
    PyObject *object = flat_tensor(loading, &id);
    if (object && (!fill_from_entry(loading, object, &id) ||
                   PyDict_SetItem(loading->tensors, id.key, object) != 0)) {
        Py_CLEAR(object);
    }
    return object;
}

/* The folder of data.pkl, then "data/": what the keys stand behind. */
static bool find_pickle(struct loading *loading, const struct zip_entry **out)
{
    static const char name[] = "/data.pkl";
    struct error err;
    *out = zip_find_ending(loading->zip, name);
    if (!*out) {
        PyErr_SetString(PyExc_RuntimeError, "PytorchStreamReader failed locating file data.pkl: "
                                            "file not found");
        return false;
    }
    text_append(&loading->prefix, (*out)->name, (*out)->name_length - strlen(name) + 1);
    const struct zip_entry *order = zip_find(loading->zip, &loading->prefix, "byteorder");
    if (order && (order->size != 6 || memcmp(order->data, "little", 6) != 0)) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "a file of big-endian numbers is not supported by "
                        "Gradlight");
        return false;
    }
    if (zip_find(loading->zip, &loading->prefix, "constants.pkl")) {
        PyErr_SetString(PyExc_NotImplementedError, "a TorchScript archive is not supported by "
                                                   "Gradlight");
        return false;
    }
    text_append_string(&loading->prefix, "data/");
    return zip_check(*out, &err) || torch_raise(&err);
}

static PyObject *load_zip(struct loading *loading, const uint8_t *bytes, size_t length)
{
    struct zip zip;
    struct error err;
    const struct zip_entry *pickle;
    if (!zip_open(&zip, bytes, length, &err)) {
        error_prefix(&err, "PytorchStreamReader failed reading zip archive");
        return torch_raise(&err);
    }
    loading->zip = &zip;
    PyObject *object = NULL;
    if (find_pickle(loading, &pickle)) {
        struct pickle_input input = {
            pickle->data, pickle->size, 0, storage_of_entry, loading, loading->whole,
        };
        object = pickle_read(loading->face, &input);
    }
    zip_close(&zip);
    return object;
}

/* ---- the old layout ------------------------------------------------------------------------------- */

/* Five pickles: a magic number, the version, the machine, the object, the keys of its storages; then
 * for each key its number of elements and their bytes. */

static PyObject *storage_of_old(void *context, PyObject *tuple)
{
    struct loading *loading = context;
    struct storage_id id;
    if (!read_id(loading, tuple, &id)) {
        return NULL;
    }
    PyObject *known = PyDict_GetItemWithError(loading->tensors, id.key);
    if (known || PyErr_Occurred()) {
        return Py_XNewRef(known);
    }
    PyObject *object = flat_tensor(loading, &id);
    struct error err;
    if (object && !compute_fill(tensor_object_tensor(object), number_integer(0), &err)) {
        Py_CLEAR(object);
        return torch_raise(&err);
    }
    if (object && (PyDict_SetItem(loading->tensors, id.key, object) != 0 ||
                   PyDict_SetItem(loading->kinds, id.key, id.mark) != 0)) {
        Py_CLEAR(object);
    }
    return object;
}

static bool read_old_storage(const struct loading *loading, struct pickle_input *input,
                             PyObject *key)
{
    PyObject *object = PyUnicode_Check(key) ? PyDict_GetItemWithError(loading->tensors, key) : NULL;
    PyObject *mark = object ? PyDict_GetItemWithError(loading->kinds, key) : NULL;
    const struct pickle_storage_kind *kind = mark ? pickle_storage_kind(mark) : NULL;
    const uint8_t *at = input->bytes + input->at;
    uint64_t count = 0;
    if (!kind || input->length - input->at < 8) {
        pickle_refuse("the file is damaged: its storages are not those of its tensors");
        return false;
    }
    for (int i = 0; i < 8; i++) {
        count |= (uint64_t)at[i] << 8 * i;
    }
    const size_t left = input->length - input->at - 8;
    if (count != (uint64_t)tensor_object_tensor(object)->count ||
        count > left / (size_t)kind->size) {
        pickle_refuse("the file is cut short, or a storage is of another size");
        return false;
    }
    input->at += 8 + (size_t)count * (size_t)kind->size;
    return pickle_storage_fill(object, kind, at + 8);
}

static bool read_old_storages(const struct loading *loading, struct pickle_input *input)
{
    PyObject *keys = pickle_read(loading->face, input);
    bool done = keys != NULL;
    if (done && !PyList_Check(keys)) {
        pickle_refuse("the file is damaged: its storages are not listed");
        done = false;
    }
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(keys); i++) {
        done = read_old_storage(loading, input, PyList_GET_ITEM(keys, i));
    }
    Py_XDECREF(keys);
    return done;
}

/* Whether the next pickle is that text's number, in hexadecimal. */
static bool expect_number(const struct loading *loading, struct pickle_input *input,
                          const char *digits)
{
    PyObject *wanted = PyLong_FromString(digits, NULL, 16);
    PyObject *number = wanted ? pickle_read(loading->face, input) : NULL;
    const int equal = number ? PyObject_RichCompareBool(number, wanted, Py_EQ) : -1;
    Py_XDECREF(wanted);
    Py_XDECREF(number);
    if (equal == 0) {
        pickle_refuse("this is not a file that torch.save has written");
    }
    return equal == 1;
}

static PyObject *load_old(struct loading *loading, const uint8_t *bytes, size_t length)
{
    struct pickle_input input = { bytes, length, 0, storage_of_old, loading, loading->whole };
    PyObject *object = NULL;
    if (!expect_number(loading, &input, "1950a86a20f9469cfc6c") ||
        !expect_number(loading, &input, "3e9" /* 1001 */)) {
        return NULL;
    }
    PyObject *machine = pickle_read(loading->face, &input);
    PyObject *little =
        machine && PyDict_Check(machine) ? PyDict_GetItemString(machine, "little_endian") : NULL;
    if (machine && little != Py_True) {
        pickle_refuse("the file holds big-endian numbers, or is damaged");
    } else if (machine) {
        object = pickle_read(loading->face, &input);
    }
    if (object && !read_old_storages(loading, &input)) {
        Py_CLEAR(object);
    }
    Py_XDECREF(machine);
    return object;
}

/* ---- torch.load ----------------------------------------------------------------------------------- */

static PyObject *load_content(const struct call *call, PyObject *content, bool whole)
{
    const uint8_t *bytes = (const uint8_t *)PyBytes_AS_STRING(content);
    const size_t length = (size_t)PyBytes_GET_SIZE(content);
    struct loading loading = {
        .face = call->face,
        .location = argument_given(call, 1) ? call->arguments[1] : NULL,
        .whole = whole,
        .budget = length,
        .tensors = PyDict_New(),
        .kinds = PyDict_New(),
    };
    PyObject *object = NULL;
    if (length == 0) {
        PyErr_SetNone(PyExc_EOFError);
    } else if (loading.tensors && loading.kinds) {
        object = zip_recognise(bytes, length) ? load_zip(&loading, bytes, length)
                                              : load_old(&loading, bytes, length);
    }
    text_finish(&loading.prefix);
    Py_XDECREF(loading.tensors);
    Py_XDECREF(loading.kinds);
    return object;
}

/* load(f, map_location=None, pickle_module=None, weights_only=True, mmap=None) */
static PyObject *call_load(struct call *call)
{
    bool weights_only = true, mapped = false;
    if (!argument_bool(call, 3, &weights_only) || !argument_bool(call, 4, &mapped)) {
        return NULL;
    }
    PyObject *content = file_content(call->arguments[0]);
    PyObject *object = content ? load_content(call, content, !weights_only) : NULL;
    Py_XDECREF(content);
    return object;
}

const struct function_row load_rows[] = {
    { "load",
      { "f", "map_location", "pickle_module", "weights_only", "mmap" },
      .required = 1,
      .keyword_only = 3,
      .call = call_load,
      .places = PLACE_TORCH },
    { .name = NULL },
};
