/* The machine that reads a pickle: a stack of objects, and a memo of those that are named again. */
#include "lessons/torch/pickle.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

struct machine {
    struct face *face;
    struct pickle_input *input;
    PyObject *stack; /* list */
    PyObject *memo;  /* dict by number */
    size_t *marks;   /* heights of the stack */
    size_t mark_count, mark_capacity;
    bool stopped;
};

PyObject *pickle_refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *reason = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    PyObject *pickle = reason ? PyImport_ImportModule("pickle") : NULL;
    PyObject *type = pickle ? PyObject_GetAttrString(pickle, "UnpicklingError") : NULL;
    if (type) {
        PyErr_Format(type, "Weights only load failed. WeightsUnpickler error: %U", reason);
    }
    Py_XDECREF(reason);
    Py_XDECREF(pickle);
    Py_XDECREF(type);
    return NULL;
}

/* ---- bytes ------------------------------------------------------------------------------------- */

/* Lent: the next `size` bytes; NULL with an exception. */
static const uint8_t *take(struct machine *machine, size_t size)
{
    struct pickle_input *input = machine->input;
    if (size > input->length - input->at) {
        pickle_refuse("the file is cut short");
        return NULL;
    }
    const uint8_t *bytes = input->bytes + input->at;
    input->at += size;
    return bytes;
}

static bool take_whole(struct machine *machine, size_t size, uint64_t *out)
{
    const uint8_t *bytes = take(machine, size);
    *out = 0;
    for (size_t i = 0; bytes && i < size; i++) {
        *out |= (uint64_t)bytes[i] << 8 * i;
    }
    return bytes != NULL;
}

/* A text that ends with a line break, which is left out. */
static bool take_line(struct machine *machine, char *out, size_t size)
{
    struct pickle_input *input = machine->input;
    const uint8_t *start = input->bytes + input->at;
    const uint8_t *end = memchr(start, '\n', input->length - input->at);
    const size_t length = end ? (size_t)(end - start) : size;
    if (length >= size || memchr(start, '\0', length)) {
        pickle_refuse("the file is damaged: a name does not end");
        return false;
    }
    memcpy(out, start, length);
    out[length] = '\0';
    input->at += length + 1;
    return true;
}

/* ---- the stack --------------------------------------------------------------------------------- */

/* Takes the object. */
static bool push(struct machine *machine, PyObject *object)
{
    const bool pushed = object && PyList_Append(machine->stack, object) == 0;
    Py_XDECREF(object);
    return pushed;
}

/* How many objects stand above the last mark. */
static size_t height(const struct machine *machine)
{
    const size_t floor = machine->mark_count > 0 ? machine->marks[machine->mark_count - 1] : 0;
    return (size_t)PyList_GET_SIZE(machine->stack) - floor;
}

/* Lent: the object `depth` below the top, of those above the last mark. NULL with an exception. */
static PyObject *at_depth(const struct machine *machine, size_t depth)
{
    if (depth >= height(machine)) {
        return pickle_refuse("the file is damaged: an object is missing");
    }
    return PyList_GET_ITEM(machine->stack, PyList_GET_SIZE(machine->stack) - 1 - (Py_ssize_t)depth);
}

/* The topmost `count` objects as a tuple, which leave the stack. */
static PyObject *pop_tuple(struct machine *machine, size_t count)
{
    const Py_ssize_t end = PyList_GET_SIZE(machine->stack);
    if (count > height(machine)) {
        return pickle_refuse("the file is damaged: an object is missing");
    }
    PyObject *list = PyList_GetSlice(machine->stack, end - (Py_ssize_t)count, end);
    PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    if (tuple && PyList_SetSlice(machine->stack, end - (Py_ssize_t)count, end, NULL) != 0) {
        Py_CLEAR(tuple);
    }
    return tuple;
}

static bool set_mark(struct machine *machine)
{
    machine->marks = array_reserve(machine->marks, &machine->mark_capacity, machine->mark_count + 1,
                                   sizeof(*machine->marks));
    machine->marks[machine->mark_count++] = (size_t)PyList_GET_SIZE(machine->stack);
    return true;
}

/* Everything above the last mark, which goes. */
static PyObject *pop_marked(struct machine *machine)
{
    if (machine->mark_count == 0) {
        return pickle_refuse("the file is damaged: a mark is missing");
    }
    PyObject *tuple = pop_tuple(machine, height(machine));
    machine->mark_count--;
    return tuple;
}

/* ---- memo -------------------------------------------------------------------------------------- */

static bool remember(struct machine *machine, size_t size)
{
    uint64_t number;
    PyObject *top = take_whole(machine, size, &number) ? at_depth(machine, 0) : NULL;
    PyObject *key = top ? PyLong_FromUnsignedLongLong(number) : NULL;
    const bool done = key && PyDict_SetItem(machine->memo, key, top) == 0;
    Py_XDECREF(key);
    return done;
}

static bool recall(struct machine *machine, size_t size)
{
    uint64_t number;
    PyObject *key = take_whole(machine, size, &number) ? PyLong_FromUnsignedLongLong(number) : NULL;
    PyObject *found = key ? PyDict_GetItemWithError(machine->memo, key) : NULL;
    Py_XDECREF(key);
    if (!found && !PyErr_Occurred()) {
        pickle_refuse("the file is damaged: it names an object that it has not shown");
    }
    return push(machine, Py_XNewRef(found));
}

/* ---- plain objects ----------------------------------------------------------------------------- */

static bool push_whole(struct machine *machine, size_t size)
{
    uint64_t value;
    if (!take_whole(machine, size, &value)) {
        return false;
    }
    /* Four bytes are signed, one and two are not. */
    return push(machine,
                PyLong_FromLongLong(size == 4 ? (int32_t)(uint32_t)value : (long long)value));
}

/* Any number of bytes in little endian, with a sign. */
static bool push_long(struct machine *machine)
{
    uint64_t size;
    const uint8_t *bytes = take_whole(machine, 1, &size) ? take(machine, (size_t)size) : NULL;
    return bytes && push(machine, _PyLong_FromByteArray(bytes, (size_t)size, 1, 1));
}

static bool push_real(struct machine *machine)
{
    const uint8_t *bytes = take(machine, 8);
    uint64_t bits = 0;
    double value;
    for (int i = 0; bytes && i < 8; i++) {
        bits = bits << 8 | bytes[i];
    }
    memcpy(&value, &bits, sizeof(value));
    return bytes && push(machine, PyFloat_FromDouble(value));
}

static bool push_text(struct machine *machine, size_t size_bytes)
{
    uint64_t size;
    const uint8_t *bytes =
        take_whole(machine, size_bytes, &size) ? take(machine, (size_t)size) : NULL;
    if (!bytes) {
        return false;
    }
    PyObject *text = PyUnicode_DecodeUTF8((const char *)bytes, (Py_ssize_t)size, "surrogatepass");
    if (!text) {
        PyErr_Clear();
        pickle_refuse("the file is damaged: a text is not UTF-8");
    }
    return push(machine, text);
}

static bool push_global(struct machine *machine)
{
    char module[128], name[128];
    return take_line(machine, module, sizeof(module)) && take_line(machine, name, sizeof(name)) &&
           push(machine, pickle_global(machine->face, module, name));
}

/* ---- containers -------------------------------------------------------------------------------- */

bool pickle_is_key(PyObject *object)
{
    return PyUnicode_Check(object) || PyLong_Check(object) || PyFloat_Check(object) ||
           object == Py_None;
}

static bool check_key(PyObject *key)
{
    if (!pickle_is_key(key)) {
        pickle_refuse("a key of a dictionary is a %s, not a text or a number",
                      Py_TYPE(key)->tp_name);
        return false;
    }
    return true;
}

/* Puts pairs (a tuple, taken) into the dictionary at the top. */
static bool set_items(struct machine *machine, PyObject *pairs)
{
    PyObject *dictionary = pairs ? at_depth(machine, 0) : NULL;
    bool done = dictionary != NULL;
    if (done && (!PyDict_Check(dictionary) || PyTuple_GET_SIZE(pairs) % 2 != 0)) {
        pickle_refuse("the file is damaged: an item belongs to no dictionary");
        done = false;
    }
    for (Py_ssize_t i = 0; done && i < PyTuple_GET_SIZE(pairs); i += 2) {
        done = check_key(PyTuple_GET_ITEM(pairs, i)) &&
               PyObject_SetItem(dictionary, PyTuple_GET_ITEM(pairs, i),
                                PyTuple_GET_ITEM(pairs, i + 1)) == 0;
    }
    Py_XDECREF(pairs);
    return done;
}

/* Puts items (a tuple, taken) at the end of the list at the top. */
static bool append_items(struct machine *machine, PyObject *items)
{
    PyObject *list = items ? at_depth(machine, 0) : NULL;
    bool done = list != NULL;
    if (done && !PyList_CheckExact(list)) {
        pickle_refuse("the file is damaged: an item belongs to no list");
        done = false;
    }
    const Py_ssize_t end = done ? PyList_GET_SIZE(list) : 0;
    done = done && PyList_SetSlice(list, end, end, items) == 0;
    Py_XDECREF(items);
    return done;
}

/* ---- calls ------------------------------------------------------------------------------------- */

static bool reduce(struct machine *machine)
{
    PyObject *pair = pop_tuple(machine, 2);
    const bool done = pair && push(machine, pickle_call(machine->face, PyTuple_GET_ITEM(pair, 0),
                                                        PyTuple_GET_ITEM(pair, 1)));
    Py_XDECREF(pair);
    return done;
}

/* What an OrderedDict carries besides its items: a state_dict's _metadata. */
static bool build(struct machine *machine)
{
    PyObject *pair = pop_tuple(machine, 2);
    PyObject *object = pair ? PyTuple_GET_ITEM(pair, 0) : NULL;
    PyObject *state = pair ? PyTuple_GET_ITEM(pair, 1) : NULL;
    bool done = false;
    if (pair && (!PyDict_Check(object) || PyDict_CheckExact(object) || !PyDict_Check(state))) {
        pickle_refuse("attributes are set on a %s", Py_TYPE(object)->tp_name);
    } else if (pair) {
        PyObject *metadata = PyDict_GetItemString(state, "_metadata");
        done = (!metadata || PyObject_SetAttrString(object, "_metadata", metadata) == 0) &&
               push(machine, Py_NewRef(object));
    }
    Py_XDECREF(pair);
    return done;
}

static bool push_storage(struct machine *machine)
{
    PyObject *id = pop_tuple(machine, 1);
    bool done = false;
    if (id && !PyTuple_Check(PyTuple_GET_ITEM(id, 0))) {
        pickle_refuse("the file is damaged: a storage has no id");
    } else if (id) {
        done = push(machine,
                    machine->input->storage(machine->input->context, PyTuple_GET_ITEM(id, 0)));
    }
    Py_XDECREF(id);
    return done;
}

/* ---- the machine ------------------------------------------------------------------------------- */

static bool run_one(struct machine *machine, uint8_t code)
{
    switch (code) {
    case 0x80: /* PROTO */
        return take(machine, 1) != NULL;
    case '.':
        machine->stopped = true;
        return true;
    case 'c':
        return push_global(machine);
    case 'q':
        return remember(machine, 1);
    case 'r':
        return remember(machine, 4);
    case 'h':
        return recall(machine, 1);
    case 'j':
        return recall(machine, 4);
    case 'X':
        return push_text(machine, 4);
    case 'U': /* SHORT_BINSTRING, of Python 2 */
        return push_text(machine, 1);
    case 'K':
        return push_whole(machine, 1);
    case 'M':
        return push_whole(machine, 2);
    case 'J':
        return push_whole(machine, 4);
    case 0x8a:
        return push_long(machine);
    case 'G':
        return push_real(machine);
    case 'N':
        return push(machine, Py_NewRef(Py_None));
    case 0x88:
        return push(machine, Py_NewRef(Py_True));
    case 0x89:
        return push(machine, Py_NewRef(Py_False));
    case ')':
        return push(machine, PyTuple_New(0));
    case ']':
        return push(machine, PyList_New(0));
    case '}':
        return push(machine, PyDict_New());
    case '(':
        return set_mark(machine);
    case 't':
        return push(machine, pop_marked(machine));
    case 0x85:
    case 0x86:
    case 0x87:
        return push(machine, pop_tuple(machine, code - 0x84u));
    case 'a':
        return append_items(machine, pop_tuple(machine, 1));
    case 'e':
        return append_items(machine, pop_marked(machine));
    case 's':
        return set_items(machine, pop_tuple(machine, 2));
    case 'u':
        return set_items(machine, pop_marked(machine));
    case 'R':
        return reduce(machine);
    case 'b':
        return build(machine);
    case 'Q':
        return push_storage(machine);
    default:
        pickle_refuse("Unsupported operand %d", code);
        return false;
    }
}

PyObject *pickle_read(struct face *face, struct pickle_input *input)
{
    struct machine machine = { face, input, PyList_New(0), PyDict_New(), NULL, 0, 0, false };
    bool good = machine.stack && machine.memo;
    while (good && !machine.stopped) {
        const uint8_t *code = take(&machine, 1);
        good = code && run_one(&machine, *code);
    }
    PyObject *result = good ? Py_XNewRef(at_depth(&machine, 0)) : NULL;
    Py_XDECREF(machine.stack);
    Py_XDECREF(machine.memo);
    free(machine.marks);
    return result;
}
