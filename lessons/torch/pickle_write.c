/* Writes a pickle of protocol 2 opcode for opcode as Python's own pickler does, so that a file of ours
 * is PyTorch's, byte for byte. */
#include "lessons/torch/pickle.h"

#include <string.h>

#include "engine/base/text.h"
#include "engine/tensor/print.h"
#include "lessons/torch/module.h"

enum { BATCH = 1000 }; /* items that one opcode takes */

struct writer {
    struct face *face;
    const struct pickle_output *output;
    struct text *out;
    PyObject *memo; /* dict: address -> number */
    PyObject *kept; /* list: what has an address in the memo must live */
    Py_ssize_t count;
};

static bool write_any(struct writer *writer, PyObject *object);

static bool put(struct writer *writer, char code)
{
    text_append_char(writer->out, code);
    return true;
}

static bool put_whole(struct writer *writer, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        text_append_char(writer->out, (char)(value >> 8 * i & 0xff));
    }
    return true;
}

/* ---- memo -------------------------------------------------------------------------------------- */

/* Gives the object on the reader's stack a number. */
static bool remember(struct writer *writer, PyObject *object)
{
    PyObject *address = PyLong_FromVoidPtr(object);
    PyObject *number = PyLong_FromSsize_t(writer->count);
    const bool done = address && number && PyDict_SetItem(writer->memo, address, number) == 0 &&
                      PyList_Append(writer->kept, object) == 0;
    Py_XDECREF(address);
    Py_XDECREF(number);
    const bool small = writer->count < 256;
    put(writer, small ? 'q' : 'r');
    put_whole(writer, (uint64_t)writer->count++, small ? 1 : 4);
    return done;
}

/* 1: written as the number that it has; 0: it has none; -1 with an exception. */
static int recall(struct writer *writer, PyObject *object)
{
    PyObject *address = PyLong_FromVoidPtr(object);
    PyObject *number = address ? PyDict_GetItemWithError(writer->memo, address) : NULL;
    Py_XDECREF(address);
    if (!number) {
        return PyErr_Occurred() ? -1 : 0;
    }
    const uint64_t value = PyLong_AsUnsignedLongLong(number);
    put(writer, value < 256 ? 'h' : 'j');
    put_whole(writer, value, value < 256 ? 1 : 4);
    return 1;
}

/* ---- plain objects ----------------------------------------------------------------------------- */

/* Little endian, signed; -1 with a Python error. */
static int as_bytes(PyObject *object, uint8_t *bytes, size_t size)
{
    PyLongObject *const number = (PyLongObject *)(void *)object;

#if PY_VERSION_HEX >= 0x030d0000
    return _PyLong_AsByteArray(number, bytes, size, 1, 1, 1);
#else
    return _PyLong_AsByteArray(number, bytes, size, 1, 1);
#endif
}

static bool write_long(struct writer *writer, PyObject *object)
{
    uint8_t bytes[255];
    const size_t size = _PyLong_NumBits(object) / 8 + 1;
    if (size > sizeof(bytes)) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "a number of more than 2000 bits is not supported by Gradlight in a file");
        return false;
    }
    put(writer, (char)0x8a);
    put_whole(writer, size, 1);
    if (as_bytes(object, bytes, size) != 0) {
        return false;
    }
    text_append(writer->out, (const char *)bytes, size);
    return true;
}

static bool write_whole(struct writer *writer, PyObject *object)
{
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow || value < INT32_MIN || value > INT32_MAX) {
        return write_long(writer, object);
    }
    const int bytes = value < 0 ? 4 : value < 256 ? 1 : value < 65536 ? 2 : 4;
    put(writer, bytes == 1 ? 'K' : bytes == 2 ? 'M' : 'J');
    return put_whole(writer, (uint64_t)value, bytes);
}

static bool write_real(struct writer *writer, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put(writer, 'G');
    for (int i = 7; i >= 0; i--) {
        text_append_char(writer->out, (char)(bits >> 8 * i & 0xff));
    }
    return true;
}

static bool write_text(struct writer *writer, PyObject *object)
{
    PyObject *bytes = PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass");
    if (!bytes) {
        return false;
    }
    put(writer, 'X');
    put_whole(writer, (uint64_t)PyBytes_GET_SIZE(bytes), 4);
    text_append(writer->out, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return remember(writer, object);
}

/* A text of our own, which must be the same object each time it is written. */
static bool write_word(struct writer *writer, const char *word)
{
    PyObject *text = PyUnicode_InternFromString(word);
    const bool done = text && write_any(writer, text);
    Py_XDECREF(text);
    return done;
}

/* A name is remembered under the text "module name". */
static bool write_global(struct writer *writer, const char *module, const char *name)
{
    PyObject *full = PyUnicode_FromFormat("%s %s", module, name);
    if (full) {
        PyUnicode_InternInPlace(&full);
    }
    const int known = full ? recall(writer, full) : -1;
    bool done = known > 0;
    if (known == 0) {
        text_format(writer->out, "c%s\n%s\n", module, name);
        done = remember(writer, full);
    }
    Py_XDECREF(full);
    return done;
}

/* ---- containers -------------------------------------------------------------------------------- */

static bool write_tuple(struct writer *writer, PyObject *object)
{
    const Py_ssize_t count = PyTuple_GET_SIZE(object);
    if (count == 0) {
        return put(writer, ')');
    }
    if (count > 3) {
        put(writer, '(');
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!write_any(writer, PyTuple_GET_ITEM(object, i))) {
            return false;
        }
    }
    put(writer, count > 3 ? 't' : (char)(0x84 + count));
    return remember(writer, object);
}

/* `items` is a copy. One item has an opcode of its own. */
static bool write_batches(struct writer *writer, PyObject *list)
{
    PyObject *items = PyList_AsTuple(list);
    bool done = items != NULL;
    for (Py_ssize_t i = 0; done && i < PyTuple_GET_SIZE(items); i += BATCH) {
        const Py_ssize_t left = PyTuple_GET_SIZE(items) - i;
        const Py_ssize_t count = left < BATCH ? left : BATCH;
        done = count == 1 || put(writer, '(');
        for (Py_ssize_t k = i; done && k < i + count; k++) {
            done = write_any(writer, PyTuple_GET_ITEM(items, k));
        }
        put(writer, count == 1 ? 'a' : 'e');
    }
    Py_XDECREF(items);
    return done;
}

static bool write_list(struct writer *writer, PyObject *object)
{
    return put(writer, ']') && remember(writer, object) && write_batches(writer, object);
}

/* `items` is a list of pairs. */
static bool write_pairs(struct writer *writer, PyObject *items)
{
    bool done = true;
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(items); i += BATCH) {
        const Py_ssize_t left = PyList_GET_SIZE(items) - i;
        const Py_ssize_t count = left < BATCH ? left : BATCH;
        done = count == 1 || put(writer, '(');
        for (Py_ssize_t k = i; done && k < i + count; k++) {
            done = write_any(writer, PyTuple_GET_ITEM(PyList_GET_ITEM(items, k), 0)) &&
                   write_any(writer, PyTuple_GET_ITEM(PyList_GET_ITEM(items, k), 1));
        }
        put(writer, count == 1 ? 's' : 'u');
    }
    return done;
}

static bool write_items(struct writer *writer, PyObject *object)
{
    PyObject *items = PyMapping_Items(object);
    const bool done = items && write_pairs(writer, items);
    Py_XDECREF(items);
    return done;
}

static bool write_ordered(struct writer *writer, PyObject *object)
{
    PyObject *attributes = PyObject_GetAttrString(object, "__dict__");
    const bool done =
        attributes && write_global(writer, "collections", "OrderedDict") && put(writer, ')') &&
        put(writer, 'R') && remember(writer, object) && write_items(writer, object) &&
        (PyDict_GET_SIZE(attributes) == 0 || (write_any(writer, attributes) && put(writer, 'b')));
    Py_XDECREF(attributes);
    return done;
}

/* A Counter is made of a dictionary, a Size of a tuple. */
static bool write_call(struct writer *writer, PyObject *object, const char *module,
                       const char *name, PyObject *argument)
{
    PyObject *args = argument ? PyTuple_Pack(1, argument) : NULL;
    const bool done = args && write_global(writer, module, name) && write_any(writer, args) &&
                      put(writer, 'R') && remember(writer, object);
    Py_XDECREF(args);
    Py_XDECREF(argument);
    return done;
}

/* ---- tensors ----------------------------------------------------------------------------------- */

static bool write_numbers(struct writer *writer, const int64_t *numbers, int count)
{
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple && i < count; i++) {
        PyTuple_SET_ITEM(tuple, i, PyLong_FromLongLong(numbers[i]));
    }
    const bool done = tuple && write_any(writer, tuple);
    Py_XDECREF(tuple);
    return done;
}

static bool write_count(struct writer *writer, int64_t count)
{
    PyObject *number = PyLong_FromLongLong(count);
    const bool done = number && write_whole(writer, number);
    Py_XDECREF(number);
    return done;
}

/* An object that nothing else refers to, so that it takes a number of the memo. */
static bool remember_new(struct writer *writer)
{
    PyObject *object = PyList_New(0);
    const bool done = object && remember(writer, object);
    Py_XDECREF(object);
    return done;
}

/* "cpu", "cuda:0" */
static bool write_location(struct writer *writer, const struct tensor *tensor)
{
    struct text name = { 0 };
    backend_append_name(&name, tensor_backend(tensor));
    const bool done = write_word(writer, text_string(&name));
    text_finish(&name);
    return done;
}

static bool write_storage(struct writer *writer, struct tensor *tensor)
{
    const struct pickle_storage_kind *kind = pickle_storage_of(tensor->dtype);
    const int64_t count = (int64_t)(tensor->storage->bytes / dtype_size(tensor->dtype));
    PyObject *key = writer->output->storage(writer->output->context, tensor);
    const bool done = key && put(writer, '(') && write_word(writer, "storage") &&
                      write_global(writer, "torch", kind->name) && write_any(writer, key) &&
                      write_location(writer, tensor) && write_count(writer, count) &&
                      put(writer, 't') && remember_new(writer) && put(writer, 'Q');
    Py_XDECREF(key);
    return done;
}

static bool write_no_hooks(struct writer *writer)
{
    return write_global(writer, "collections", "OrderedDict") && put(writer, ')') &&
           put(writer, 'R') && remember_new(writer);
}

/* The result of an operation comes back as a leaf, as a loss in a checkpoint does in PyTorch. */
static bool write_tensor(struct writer *writer, PyObject *object, struct tensor *tensor)
{
    return write_global(writer, "torch._utils", "_rebuild_tensor_v2") && put(writer, '(') &&
           write_storage(writer, tensor) && write_count(writer, tensor->offset) &&
           write_numbers(writer, tensor->shape.size, tensor->shape.dims) &&
           write_numbers(writer, tensor->strides, tensor->shape.dims) &&
           put(writer, tensor->requires_grad ? (char)0x88 : (char)0x89) && write_no_hooks(writer) &&
           put(writer, 't') && remember_new(writer) && put(writer, 'R') && remember(writer, object);
}

/* A Parameter is made of the plain tensor on its memory. */
static bool write_parameter(struct writer *writer, PyObject *object, struct tensor *tensor)
{
    PyObject *plain = tensor_object_take(writer->face, tensor_alias(tensor), NULL);
    const bool done = plain && write_global(writer, "torch._utils", "_rebuild_parameter") &&
                      write_any(writer, plain) &&
                      put(writer, tensor->requires_grad ? (char)0x88 : (char)0x89) &&
                      write_no_hooks(writer) && put(writer, (char)0x87) && remember_new(writer) &&
                      put(writer, 'R') && remember(writer, object);
    Py_XDECREF(plain);
    return done;
}

/* ---- any object -------------------------------------------------------------------------------- */

/* A class or function by its name; else how the object is made, then what it holds. */
static bool write_made(struct writer *writer, PyObject *object, PyObject *pieces)
{
    PyObject *function = PyTuple_GET_ITEM(pieces, 0), *args = PyTuple_GET_ITEM(pieces, 1);
    PyObject *state = PyTuple_GET_ITEM(pieces, 2), *items = PyTuple_GET_ITEM(pieces, 3);
    PyObject *pairs = PyTuple_GET_ITEM(pieces, 4);
    const int is_new = PyTuple_Check(args) ? pickle_is_newobj(function) : 0;
    PyObject *rest = is_new > 0 && PyTuple_GET_SIZE(args) > 0
                         ? PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args))
                         : Py_NewRef(args);
    bool done = is_new >= 0 && rest &&
                write_any(writer, is_new ? PyTuple_GET_ITEM(args, 0) : function) &&
                write_any(writer, rest) && put(writer, is_new ? (char)0x81 : 'R') &&
                remember(writer, object) && (items == Py_None || write_batches(writer, items)) &&
                (pairs == Py_None || write_pairs(writer, pairs)) &&
                (state == Py_None || (write_any(writer, state) && put(writer, 'b')));
    Py_XDECREF(rest);
    return done;
}

static bool write_reduced(struct writer *writer, PyObject *object)
{
    PyObject *pieces = pickle_reduced(object);
    bool done = false;
    if (pieces && PyTuple_GET_SIZE(pieces) == 2) {
        const char *module = PyUnicode_AsUTF8(PyTuple_GET_ITEM(pieces, 0));
        const char *name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(pieces, 1));
        done = module && name && write_global(writer, module, name);
    } else if (pieces) {
        /* What is remembered by its address must live: a method is another object each time. */
        done = PyList_Append(writer->kept, pieces) == 0 && write_made(writer, object, pieces);
    }
    Py_XDECREF(pieces);
    return done;
}

/* "OrderedDict" and "Counter" of collections, and nothing derived from them. */
static bool is_called(PyObject *object, const char *name)
{
    return strcmp(Py_TYPE(object)->tp_name, name) == 0 ||
           (strncmp(Py_TYPE(object)->tp_name, "collections.", 12) == 0 &&
            strcmp(Py_TYPE(object)->tp_name + 12, name) == 0);
}

static PyObject *plain_tuple(PyObject *object)
{
    PyObject *list = PySequence_List(object);
    PyObject *plain = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return plain;
}

static PyObject *plain_dict(PyObject *object)
{
    PyObject *plain = PyDict_New();
    if (plain && PyDict_Update(plain, object) != 0) {
        Py_CLEAR(plain);
    }
    return plain;
}

static bool write_object(struct writer *writer, PyObject *object)
{
    const struct face *face = writer->face;
    struct tensor *tensor = torch_tensor_of(object);
    if (tensor) {
        return PyObject_TypeCheck(object, face->types.parameter)
                   ? write_parameter(writer, object, tensor)
                   : write_tensor(writer, object, tensor);
    }
    if (PyUnicode_CheckExact(object)) {
        return write_text(writer, object);
    }
    if (Py_TYPE(object) == face->types.size) {
        return write_call(writer, object, "torch", "Size", plain_tuple(object));
    }
    if (PyTuple_CheckExact(object)) {
        return write_tuple(writer, object);
    }
    if (PyList_CheckExact(object)) {
        return write_list(writer, object);
    }
    if (PyDict_CheckExact(object)) {
        return put(writer, '}') && remember(writer, object) && write_items(writer, object);
    }
    if (PyDict_Check(object) && is_called(object, "OrderedDict")) {
        return write_ordered(writer, object);
    }
    if (PyDict_Check(object) && is_called(object, "Counter")) {
        return write_call(writer, object, "collections", "Counter", plain_dict(object));
    }
    return write_reduced(writer, object);
}

static bool write_dtype(struct writer *writer, PyObject *object)
{
    PyObject *text = PyObject_Repr(object); /* "torch.float32" */
    const char *name = text ? PyUnicode_AsUTF8(text) : NULL;
    const bool done = name && write_global(writer, "torch", name + strlen("torch."));
    Py_XDECREF(text);
    return done;
}

static bool write_any(struct writer *writer, PyObject *object)
{
    if (object == Py_None || PyBool_Check(object)) {
        return put(writer, object == Py_None ? 'N' : object == Py_True ? (char)0x88 : (char)0x89);
    }
    if (PyLong_CheckExact(object)) {
        return write_whole(writer, object);
    }
    if (PyFloat_CheckExact(object)) {
        return write_real(writer, PyFloat_AS_DOUBLE(object));
    }
    if (Py_TYPE(object) == writer->face->types.dtype) {
        return write_dtype(writer, object);
    }
    const int known = recall(writer, object);
    if (known != 0 || Py_EnterRecursiveCall(" while saving an object") != 0) {
        return known > 0;
    }
    const bool done = write_object(writer, object);
    Py_LeaveRecursiveCall();
    return done;
}

bool pickle_write(struct face *face, const struct pickle_output *output, PyObject *object)
{
    struct writer writer = { face, output, output->out, PyDict_New(), PyList_New(0), 0 };
    const bool done = writer.memo && writer.kept && put(&writer, (char)0x80) && put(&writer, 2) &&
                      write_any(&writer, object) && put(&writer, '.');
    Py_XDECREF(writer.memo);
    Py_XDECREF(writer.kept);
    return done;
}
