/* safetensors.torch.load_file and load: a header of JSON that says where each tensor's bytes lie, then
 * the bytes. What is read is treated as hostile. */
#include "lessons/torch/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/lesson_file.h"
#include "lessons/torch/pickle.h"

enum { LENGTH_SIZE = 8 };
static const uint64_t header_max = 100000000;

/* A tensor of the file and its bytes, counted from the end of the header. */
struct entry {
    const char *name;
    const struct pickle_storage_kind *kind;
    struct shape shape;
    uint64_t begin, end;
};

struct file {
    const uint8_t *data;     /* behind the header */
    struct backend *backend; /* where its tensors go */
    uint64_t size;
    struct entry *entries;
    size_t count;
};

static bool refuse(const char *what)
{
    PyObject *module = PyImport_ImportModule("safetensors");
    PyObject *type = module ? PyObject_GetAttrString(module, "SafetensorError") : NULL;
    if (type) {
        PyErr_Format(type, "Error while deserializing header: %s", what);
    }
    Py_XDECREF(module);
    Py_XDECREF(type);
    return false;
}

/* ---- the header ----------------------------------------------------------------------------------- */

static const struct pickle_storage_kind *kind_of(const char *dtype)
{
    static const struct {
        const char *dtype, *storage;
    } names[] = {
        { "F32", "FloatStorage" }, { "F64", "DoubleStorage" },    { "F16", "HalfStorage" },
        { "I64", "LongStorage" },  { "BF16", "BFloat16Storage" }, { "I32", "IntStorage" },
        { "I16", "ShortStorage" }, { "I8", "CharStorage" },       { "U8", "ByteStorage" },
        { "BOOL", "BoolStorage" },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const struct pickle_storage_kind *kind = pickle_storage_kinds;
        while (strcmp(names[i].dtype, dtype) == 0) {
            if (strcmp(kind->name, names[i].storage) == 0) {
                return kind;
            }
            kind++;
        }
    }
    return NULL;
}

/* A whole number from 0 that a double holds exactly. */
static bool read_whole(const struct json *value, uint64_t *out)
{
    if (!value || value->kind != JSON_NUMBER || !(value->number >= 0) || value->number > 0x1p53 ||
        value->number != (double)(uint64_t)value->number) {
        return false;
    }
    *out = (uint64_t)value->number;
    return true;
}

/* Sizes, and how many elements they make; none of this may overflow. */
static bool read_shape(const struct json *value, struct shape *out, uint64_t *elements)
{
    *out = (struct shape){ 0 };
    *elements = 1;
    if (!value || value->kind != JSON_ARRAY || value->length > BACKEND_MAX_DIMS) {
        return false;
    }
    for (const struct json *item = value->first; item; item = item->next) {
        uint64_t size;
        if (!read_whole(item, &size) || __builtin_mul_overflow(*elements, size, elements) ||
            *elements > INT64_MAX / 8) {
            return false;
        }
        out->size[out->dims++] = (int64_t)size;
    }
    return true;
}

static bool read_entry(const struct json *value, const struct file *file, struct entry *out)
{
    const char *dtype = json_find_string(value, "dtype", NULL);
    const struct json *offsets = json_find(value, "data_offsets");
    uint64_t elements;
    out->name = value->name;
    out->kind = dtype ? kind_of(dtype) : NULL;
    if (!out->kind) {
        return refuse("a tensor has no dtype that is known");
    }
    if (!read_shape(json_find(value, "shape"), &out->shape, &elements) || !offsets ||
        offsets->kind != JSON_ARRAY || offsets->length != 2 ||
        !read_whole(offsets->first, &out->begin) || !read_whole(offsets->first->next, &out->end)) {
        return refuse("a tensor's shape or data_offsets are not what they should be");
    }
    if (out->begin > out->end || out->end > file->size ||
        out->end - out->begin != elements * (uint64_t)out->kind->size) {
        return refuse("TensorInvalidInfo: a tensor's bytes are not as many as its shape needs");
    }
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct entry *first = a, *second = b;
    return first->begin != second->begin
               ? (first->begin > second->begin) - (first->begin < second->begin)
               : (first->end > second->end) - (first->end < second->end);
}

/* One after the other, the tensors cover all bytes: nothing hides between them. */
static bool check_cover(const struct file *file)
{
    struct entry *sorted = malloc((file->count + 1) * sizeof(*sorted));
    uint64_t at = 0;
    bool covered = sorted != NULL;
    if (covered) {
        memcpy(sorted, file->entries, file->count * sizeof(*sorted));
        qsort(sorted, file->count, sizeof(*sorted), by_place);
    }
    for (size_t i = 0; covered && i < file->count; i++) {
        covered = sorted[i].begin == at;
        at = sorted[i].end;
    }
    free(sorted);
    return (covered && at == file->size) ||
           refuse("MetadataIncompleteBuffer: the tensors do not cover the file's bytes");
}

static bool read_entries(const struct json *header, struct file *file)
{
    file->entries = calloc(header->length + 1, sizeof(*file->entries));
    if (!file->entries) {
        PyErr_NoMemory();
        return false;
    }
    for (const struct json *member = header->first; member; member = member->next) {
        if (strcmp(member->name, "__metadata__") == 0) {
            continue;
        }
        if (!read_entry(member, file, &file->entries[file->count++])) {
            return false;
        }
    }
    return check_cover(file);
}

/* ---- tensors -------------------------------------------------------------------------------------- */

static bool add_tensor(struct face *face, PyObject *state, const struct file *file,
                       const struct entry *entry)
{
    const struct tensor_spec spec = { entry->kind->dtype, entry->shape, file->backend };
    struct error err;
    struct tensor *tensor = tensor_create(face->engine, &spec, &err);
    PyObject *object = tensor_object_take(face, tensor, &err);
    const bool added = object &&
                       pickle_storage_fill(object, entry->kind, file->data + entry->begin) &&
                       PyDict_SetItemString(state, entry->name, object) == 0;
    Py_XDECREF(object);
    return added;
}

static PyObject *state_of(struct face *face, const struct json *header, struct file *file)
{
    PyObject *state = PyDict_New();
    bool done = state && read_entries(header, file);
    for (size_t i = 0; done && i < file->count; i++) {
        done = add_tensor(face, state, file, &file->entries[i]);
    }
    free(file->entries);
    if (!done) {
        Py_CLEAR(state);
    }
    return state;
}

static PyObject *load_bytes(struct face *face, struct backend *backend, const uint8_t *bytes,
                            size_t length)
{
    uint64_t size = 0;
    if (length < LENGTH_SIZE) {
        refuse("HeaderTooSmall");
        return NULL;
    }
    for (int i = 0; i < LENGTH_SIZE; i++) {
        size |= (uint64_t)bytes[i] << 8 * i;
    }
    if (size > header_max || size > length - LENGTH_SIZE) {
        refuse(size > header_max ? "HeaderTooLarge" : "InvalidHeaderLength");
        return NULL;
    }
    struct arena arena = { 0 };
    struct error err;
    struct file file = { .data = bytes + LENGTH_SIZE + size,
                         .backend = backend,
                         .size = length - LENGTH_SIZE - size };
    const struct json *header =
        json_parse(&arena, (const char *)bytes + LENGTH_SIZE, (size_t)size, &err);
    PyObject *state = NULL;
    if (!header || header->kind != JSON_OBJECT) {
        refuse(header ? "InvalidHeader" : err.text);
    } else {
        state = state_of(face, header, &file);
    }
    arena_finish(&arena);
    return state;
}

/* load(data) */
static PyObject *call_load(struct call *call)
{
    PyObject *data = call->arguments[0];
    if (!PyBytes_Check(data)) {
        argument_refuse(call, 0, "bytes");
        return NULL;
    }
    return load_bytes(call->face, engine_cpu(call->face->engine),
                      (const uint8_t *)PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data));
}

/* load_file(filename, device='cpu') */
static PyObject *call_load_file(struct call *call)
{
    struct backend *backend = engine_cpu(call->face->engine);
    if (!argument_device(call, 1, &backend)) {
        return NULL;
    }
    PyObject *content = file_content(call->arguments[0]);
    PyObject *state =
        content ? load_bytes(call->face, backend, (const uint8_t *)PyBytes_AS_STRING(content),
                             (size_t)PyBytes_GET_SIZE(content))
                : NULL;
    Py_XDECREF(content);
    return state;
}

const struct function_row safetensors_rows[] = {
    { "load", { "data" }, .required = 1, .call = call_load },
    { "load_file", { "filename", "device" }, .required = 1, .call = call_load_file },
    { .name = NULL },
};
