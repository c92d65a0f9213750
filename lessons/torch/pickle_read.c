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
    PyObject *named; /* list: what the file has named, which alone may be called */
    size_t *marks;   /* heights of the stack */
    size_t mark_count, mark_capacity;
    bool stopped;
};

/* Takes the text. */
static PyObject *raise_text(PyObject *text)
{
    PyObject *pickle = text ? PyImport_ImportModule("pickle") : NULL;
    PyObject *type = pickle ? PyObject_GetAttrString(pickle, "UnpicklingError") : NULL;
    if (type) {
        PyErr_SetObject(type, text);
    }
    Py_XDECREF(text);
    Py_XDECREF(pickle);
    Py_XDECREF(type);
    return NULL;
}

PyObject *pickle_raise(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    return raise_text(text);
}

PyObject *pickle_refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *reason = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    PyObject *text =
        reason
            ? PyUnicode_FromFormat("Weights only load failed. WeightsUnpickler error: %U", reason)
            : NULL;
    Py_XDECREF(reason);
    return raise_text(text);
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

static bool drop(PyObject *objects)
{
    Py_XDECREF(objects);
    return objects != NULL;
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
    if (!take_line(machine, module, sizeof(module)) || !take_line(machine, name, sizeof(name))) {
        return false;
    }
    PyObject *found = pickle_global(machine->face, module, name, machine->input->whole);
    return found && PyList_Append(machine->named, found) == 0 && push(machine, found);
}

/* Whether the file has named that class or function, which is not a mark. */
static bool is_named(const struct machine *machine, PyObject *object)
{
    bool named = false;
    for (Py_ssize_t i = 0; !named && i < PyList_GET_SIZE(machine->named); i++) {
        named = PyList_GET_ITEM(machine->named, i) == object;
    }
    return named && PyCallable_Check(object);
}

/* ---- containers -------------------------------------------------------------------------------- */

static bool is_plain_key(PyObject *object, int depth)
{
    bool plain = PyTuple_CheckExact(object) && depth > 0;
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(object); i++) {
        plain = is_plain_key(PyTuple_GET_ITEM(object, i), depth - 1);
    }
    return plain || PyUnicode_Check(object) || PyLong_Check(object) || PyFloat_Check(object) ||
           object == Py_None;
}

bool pickle_is_key(PyObject *object)
{
    return is_plain_key(object, 4);
}

/* Of whole objects also what is not made of others. */
static bool check_key(const struct machine *machine, PyObject *key)
{
    if (!pickle_is_key(key) && (!machine->input->whole || PyTuple_Check(key))) {
        pickle_refuse("a key of a dictionary is a %s, not a text or a number",
                      Py_TYPE(key)->tp_name);
        return false;
    }
    return true;
}

/* Whether it is an object of a class that the file has named. */
static bool is_made(const struct machine *machine, PyObject *object)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(machine->named); i++) {
        PyObject *named = PyList_GET_ITEM(machine->named, i);
        if (PyType_Check(named) && PyObject_TypeCheck(object, (PyTypeObject *)named)) {
            return true;
        }
    }
    return false;
}

/* Puts pairs (a tuple, taken) into the dictionary at the top. */
static bool set_items(struct machine *machine, PyObject *pairs)
{
    PyObject *dictionary = pairs ? at_depth(machine, 0) : NULL;
    bool done = dictionary != NULL;
    if (done && ((!PyDict_Check(dictionary) && !is_made(machine, dictionary)) ||
                 PyTuple_GET_SIZE(pairs) % 2 != 0)) {
        pickle_refuse("the file is damaged: an item belongs to no dictionary");
        done = false;
    }
    for (Py_ssize_t i = 0; done && i < PyTuple_GET_SIZE(pairs); i += 2) {
        done = check_key(machine, PyTuple_GET_ITEM(pairs, i)) &&
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
    if (done && is_made(machine, list)) {
        PyObject *extended = PyObject_CallMethod(list, "extend", "(O)", items);
        Py_DECREF(items);
        Py_XDECREF(extended);
        return extended != NULL;
    }
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
    PyObject *function = pair ? PyTuple_GET_ITEM(pair, 0) : NULL, *made = NULL;
    if (pair && is_named(machine, function) && PyTuple_Check(PyTuple_GET_ITEM(pair, 1))) {
        made = PyObject_CallObject(function, PyTuple_GET_ITEM(pair, 1));
    } else if (pair) {
        made = pickle_call(machine->face, function, PyTuple_GET_ITEM(pair, 1));
    }
    Py_XDECREF(pair);
    return push(machine, made);
}

static bool make(struct machine *machine)
{
    PyObject *pair = pop_tuple(machine, 2), *made = NULL;
    if (pair && !is_named(machine, PyTuple_GET_ITEM(pair, 0))) {
        pickle_refuse("an object is made of something that is no class");
    } else if (pair) {
        made = pickle_new(PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    }
    Py_XDECREF(pair);
    return push(machine, made);
}

/* The state of an object, or what an OrderedDict carries besides its items: a state_dict's _metadata. */
static bool build(struct machine *machine)
{
    PyObject *pair = pop_tuple(machine, 2);
    PyObject *object = pair ? PyTuple_GET_ITEM(pair, 0) : NULL;
    PyObject *state = pair ? PyTuple_GET_ITEM(pair, 1) : NULL;
    bool done = false;
    if (pair && is_made(machine, object)) {
        done = pickle_build(object, state) && push(machine, Py_NewRef(object));
    } else if (pair &&
               (!PyDict_Check(object) || PyDict_CheckExact(object) || !PyDict_Check(state))) {
        pickle_refuse("attributes are set on a %s", Py_TYPE(object)->tp_name);
    } else if (pair) {
        PyObject *metadata = PyDict_GetItemString(state, "_metadata");
        done = (!metadata || PyObject_SetAttrString(object, "_metadata", metadata) == 0) &&
               push(machine, Py_NewRef(object));
    }
    Py_XDECREF(pair);
    return done;
}

/* ("module", class, file, text): with a class the old layout keeps its code. */
static bool is_source(PyObject *id)
{
    return PyTuple_GET_SIZE(id) >= 2 && PyUnicode_Check(PyTuple_GET_ITEM(id, 0)) &&
           PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(id, 0), "module") == 0;
}

static bool push_storage(struct machine *machine)
{
    PyObject *id = pop_tuple(machine, 1);
    bool done = false;
    if (id && !PyTuple_Check(PyTuple_GET_ITEM(id, 0))) {
        pickle_refuse("the file is damaged: a storage has no id");
    } else if (id && is_source(PyTuple_GET_ITEM(id, 0)) && machine->input->whole) {
        done = push(machine, Py_NewRef(PyTuple_GET_ITEM(PyTuple_GET_ITEM(id, 0), 1)));
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
    case 0x81: /* NEWOBJ */
        return make(machine);
    case '0': /* POP */
        return drop(pop_tuple(machine, 1));
    case '1': /* POP_MARK */
        return drop(pop_marked(machine));
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
    struct machine machine = { .face = face,
                               .input = input,
                               .stack = PyList_New(0),
                               .memo = PyDict_New(),
                               .named = PyList_New(0) };
    bool good = machine.stack && machine.memo && machine.named;
    while (good && !machine.stopped) {
        const uint8_t *code = take(&machine, 1);
        good = code && run_one(&machine, *code);
    }
    PyObject *result = good ? Py_XNewRef(at_depth(&machine, 0)) : NULL;
    Py_XDECREF(machine.stack);
    Py_XDECREF(machine.memo);
    Py_XDECREF(machine.named);
    free(machine.marks);
    return result;
}
