#include "lessons/runner/code_info.h"

#include <stdlib.h>
#include <string.h>

#include <opcode.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

#if PY_VERSION_HEX >= 0x030c0000
#define CODE_EXTRA_INDEX PyUnstable_Eval_RequestCodeExtraIndex
#define CODE_EXTRA_FIND PyUnstable_Code_GetExtra
#define CODE_EXTRA_SET PyUnstable_Code_SetExtra
#else
#define CODE_EXTRA_INDEX _PyEval_RequestCodeExtraIndex
#define CODE_EXTRA_FIND _PyCode_GetExtra
#define CODE_EXTRA_SET _PyCode_SetExtra
#endif

/* A code object dies with its info. */
static void code_info_destroy(void *memory)
{
    struct code_info *info = memory;
    if (info) {
        free(info->name);
        free(info->stores);
        free(info->inlined);
        free(info->spans);
        free(info);
    }
}

bool code_table_init(struct code_table *table, struct error *err)
{
    table->index = CODE_EXTRA_INDEX(code_info_destroy);
    table->conditions = memory_allocate(CODE_CELLS_MAX + 1, sizeof(*table->conditions));
    table->statements = memory_allocate(CODE_CELLS_MAX + 1, sizeof(*table->statements));
    return table->index >= 0 || error_set(err, "Python keeps no place for the tracer");
}

bool code_table_add_cell(struct code_table *table, int cell, PyObject *tree)
{
    return cell > CODE_CELLS_MAX || (conditions_find(&table->conditions[cell], tree, cell) &&
                                     statements_find(&table->statements[cell], tree));
}

int cell_of_file_name(PyObject *name)
{
    static const char prefix[] = "Cell In[";
    const char *text = PyUnicode_AsUTF8(name);
    if (!text) {
        PyErr_Clear();
        return 0;
    }
    if (strncmp(text, prefix, sizeof(prefix) - 1) != 0) {
        return 0;
    }
    long cell = strtol(text + sizeof(prefix) - 1, NULL, 10);
    return cell > 0 && cell <= CODE_CELLS_MAX ? (int)cell : 0;
}

/* "Net.forward"; of a function within a function what comes after "<locals>.". */
static char *code_name(PyCodeObject *code)
{
    static const char locals[] = "<locals>.";
    const char *name = PyUnicode_AsUTF8(code->co_qualname);
    if (!name) {
        PyErr_Clear();
        return memory_copy_string("?");
    }
    for (const char *inner = name; (inner = strstr(inner, locals));) {
        inner += sizeof(locals) - 1;
        name = inner;
    }
    return memory_copy_string(name);
}

/* ---- where instructions stand ---- */

/* Numbers may be None: the compiler's own instructions stand nowhere, or have a line alone. */
static struct span read_position(PyObject *tuple, int cell)
{
    int numbers[4] = { 0 }; /* line, end line, column, end column */
    Py_ssize_t known = 0;
    while (known < 4 && PyLong_Check(PyTuple_GET_ITEM(tuple, known))) {
        numbers[known] = (int)PyLong_AsLong(PyTuple_GET_ITEM(tuple, known));
        known++;
    }
    if (known < 4) {
        return (struct span){ .line = numbers[0] };
    }
    return (struct span){ cell, numbers[0], numbers[2], numbers[1], numbers[3] };
}

/* All at once: PyCode_Addr2Location reads the whole table for each instruction. */
static void find_spans(struct code_info *info, PyCodeObject *code)
{
    PyObject *positions = PyObject_CallMethod((PyObject *)code, "co_positions", NULL);
    size_t capacity = 0;
    PyObject *tuple;
    while (positions && (tuple = PyIter_Next(positions))) {
        info->spans = array_reserve(info->spans, &capacity, (size_t)info->instruction_count + 1,
                                    sizeof(*info->spans));
        info->spans[info->instruction_count++] = read_position(tuple, info->cell);
        Py_DECREF(tuple);
    }
    Py_XDECREF(positions);
    PyErr_Clear(); /* without positions there are no spans; nothing else is lost */
}

struct span code_info_span(const struct code_info *info, int offset)
{
    int instruction = offset / 2;
    if (instruction < 0 || instruction >= info->instruction_count) {
        return (struct span){ 0 };
    }
    return info->spans[instruction];
}

/* ---- comprehensions ---- */

bool code_info_is_inlined(const struct code_info *info, int offset)
{
    const int instruction = offset / 2;
    for (size_t i = 0; i < info->inlined_count; i++) {
        if (instruction >= info->inlined[i].first && instruction <= info->inlined[i].last) {
            return true;
        }
    }
    return false;
}

#if PY_VERSION_HEX >= 0x030c0000
enum { FOR_ITER_CACHES = 1 };

/* Only comprehensions put their variables aside; the loop comes next, and jumps to its end. */
static void find_inlined(struct code_info *info, const unsigned char *units, int count)
{
    int first = -1, extended = 0;
    for (int i = 0; i < count; i++) {
        const int opcode = units[2 * i], argument = units[2 * i + 1] | extended;
        extended = opcode == EXTENDED_ARG ? argument << 8 : 0;
        if (opcode == LOAD_FAST_AND_CLEAR) {
            first = i + 1;
        } else if (opcode == GET_AITER) {
            first = -1;
        } else if (opcode == FOR_ITER && first >= 0) {
            info->inlined = array_reserve(info->inlined, &info->inlined_capacity,
                                          info->inlined_count + 1, sizeof(*info->inlined));
            info->inlined[info->inlined_count++] =
                (struct loop_range){ first, i + 1 + FOR_ITER_CACHES + argument };
            first = -1;
        }
    }
}
#else
static void find_inlined(struct code_info *info, const unsigned char *units, int count)
{
    (void)info;
    (void)units;
    (void)count; /* they have code of their own */
}
#endif

/* ---- what lines bind ---- */

static int slot_of(struct code_info *info, PyObject *name)
{
    for (size_t i = 0; i < info->store_count; i++) {
        if (info->stores[i].name == name) {
            return info->stores[i].slot;
        }
    }
    return info->slot_count++;
}

/* Names such as __module__ in a class body, and ".0" of a comprehension, are the compiler's. */
static bool name_is_hidden(PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    if (!text) {
        PyErr_Clear();
        return true;
    }
    return strncmp(text, "__", 2) == 0 || text[0] == '.';
}

/* `store` says where the name stands, and is filled in. */
static void add_store(struct code_info *info, PyObject *names, int number, int line,
                      struct store store)
{
    if (line <= 0 || number < 0 || number >= PyTuple_GET_SIZE(names)) {
        return;
    }
    PyObject *name = PyTuple_GET_ITEM(names, number);
    if (name_is_hidden(name)) {
        return;
    }
    for (size_t i = 0; i < info->store_count; i++) {
        if (info->stores[i].name == name && info->stores[i].line == line) {
            return;
        }
    }
    store.line = line;
    store.order = (int)info->store_count;
    store.slot = slot_of(info, name);
    store.name = name;
    info->stores = array_reserve(info->stores, &info->store_capacity, info->store_count + 1,
                                 sizeof(*info->stores));
    info->stores[info->store_count++] = store;
}

static void add_variable(struct code_info *info, PyCodeObject *code, int place, int line)
{
    add_store(info, code->co_localsplusnames, place, line, (struct store){ .place = place });
}

/* The un-quickened instruction, so the number of real opcodes that store is small. */
static void add_stores_of(struct code_info *info, PyCodeObject *code, int opcode, int argument,
                          int line)
{
    PyObject *names = code->co_names;
    switch (opcode) {
    case STORE_NAME:
        add_store(info, names, argument, line, (struct store){ .place = -1 });
        break;
    case STORE_GLOBAL:
        add_store(info, names, argument, line, (struct store){ .place = -1, .global = true });
        break;
    case STORE_FAST:
    case STORE_DEREF:
        add_variable(info, code, argument, line);
        break;
#if PY_VERSION_HEX >= 0x030d0000
    case STORE_FAST_STORE_FAST:
        add_variable(info, code, argument >> 4, line);
        add_variable(info, code, argument & 15, line);
        break;
    case STORE_FAST_LOAD_FAST:
        add_variable(info, code, argument >> 4, line);
        break;
#endif
    default:
        break;
    }
}

static int compare_lines(const void *left, const void *right)
{
    const struct store *a = left, *b = right;
    return a->line != b->line ? a->line - b->line : a->order - b->order;
}

static void find_stores(struct code_info *info, PyCodeObject *code, const unsigned char *units,
                        int count)
{
    int extended = 0;
    for (int i = 0; i < count; i++) {
        int argument = units[2 * i + 1] | extended;
        extended = units[2 * i] == EXTENDED_ARG ? argument << 8 : 0;
        add_stores_of(info, code, units[2 * i], argument, info->spans[i].line);
    }
    if (info->store_count > 0) {
        qsort(info->stores, info->store_count, sizeof(*info->stores), compare_lines);
    }
}

static void read_instructions(struct code_info *info, PyCodeObject *code)
{
    PyObject *bytes = PyCode_GetCode(code);
    if (!bytes) {
        PyErr_Clear();
        return;
    }
    const unsigned char *units = (const unsigned char *)PyBytes_AS_STRING(bytes);
    const int all = (int)(PyBytes_GET_SIZE(bytes) / 2);
    const int count = all < info->instruction_count ? all : info->instruction_count;
    find_stores(info, code, units, count);
    find_inlined(info, units, count);
    Py_DECREF(bytes);
}

const struct store *code_info_stores(const struct code_info *info, int line, size_t *count)
{
    size_t low = 0, high = info->store_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (info->stores[middle].line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t end = low;
    while (end < info->store_count && info->stores[end].line == line) {
        end++;
    }
    *count = end - low;
    return info->stores ? info->stores + low : NULL;
}

/* ---- all of it ---- */

/* True if one of its instructions belongs to the test of a condition that lines cannot follow. */
static bool needs_instructions(const struct code_info *info)
{
    for (size_t i = 0; i < info->conditions->count; i++) {
        const struct condition *condition = &info->conditions->items[i];
        for (int k = 0; condition->by_instruction && k < info->instruction_count; k++) {
            if (info->spans[k].cell > 0 && span_contains(&condition->test, &info->spans[k])) {
                return true;
            }
        }
    }
    return false;
}

const struct code_info *code_info_of(const struct code_table *table, PyCodeObject *code)
{
    void *found = NULL;
    CODE_EXTRA_FIND((PyObject *)code, table->index, &found);
    if (found) {
        return found;
    }
    /* Asked from within the engine, maybe while an exception is on its way. */
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    struct code_info *info = memory_allocate(1, sizeof(*info));
    info->cell = cell_of_file_name(code->co_filename);
    info->conditions = &table->conditions[info->cell];
    info->statements = &table->statements[info->cell];
    if (info->cell > 0) {
        info->first_line = code->co_firstlineno;
        info->name = code_name(code);
        info->is_expression = strchr(info->name, '<') && strcmp(info->name, "<module>") != 0;
        info->is_inner = info->is_expression && !strstr(info->name, "<lambda>");
        find_spans(info, code);
        read_instructions(info, code);
        info->by_instruction = needs_instructions(info);
    }
    CODE_EXTRA_SET((PyObject *)code, table->index, info);
    PyErr_Restore(type, value, traceback);
    return info;
}

struct span code_here(const struct code_table *table)
{
    struct span span = { 0 };
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    while (frame && span.cell == 0) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        const struct code_info *info = code_info_of(table, code);
        if (info->cell > 0) {
            span = code_info_span(info, PyFrame_GetLasti(frame));
        }
        Py_DECREF(code);
        PyFrameObject *caller = span.cell == 0 ? PyFrame_GetBack(frame) : NULL;
        Py_DECREF(frame);
        frame = caller;
    }
    Py_XDECREF(frame);
    return span;
}
