/* torch.save: PyTorch's zip files. */
#include "lessons/torch/functions.h"

#include <stdint.h>

#include "engine/base/hash.h"
#include "engine/base/zip.h"
#include "engine/tensor/compute.h"
#include "lessons/torch/lesson_file.h"
#include "lessons/torch/pickle.h"

/* The storages of the file in order of first use: their keys and one tensor of each. */
struct saving {
    struct face *face;
    PyObject *keys;    /* dict: id of a storage -> its key */
    PyObject *tensors; /* list */
};

/* "0" as an object of its own: the short texts that Python keeps would be taken for a text of the same
 * letters elsewhere in the file, which PyTorch's are not. */
static PyObject *number_text(Py_ssize_t number)
{
    char digits[24];
    const int length = snprintf(digits, sizeof(digits), "%zd", number);
    PyObject *text = PyUnicode_New(length, 127);
    if (text) {
        memcpy(PyUnicode_1BYTE_DATA(text), digits, (size_t)length);
    }
    return text;
}

static PyObject *key_of(void *context, struct tensor *tensor)
{
    const struct saving *saving = context;
    PyObject *id = PyLong_FromUnsignedLongLong(tensor->storage->id);
    PyObject *key = id ? PyDict_GetItemWithError(saving->keys, id) : NULL;
    if (key || !id || PyErr_Occurred()) {
        Py_XDECREF(id);
        return Py_XNewRef(key);
    }
    PyObject *object = tensor_object_of(saving->face, tensor);
    key = number_text(PyList_GET_SIZE(saving->tensors));
    if (!object || !key || PyDict_SetItem(saving->keys, id, key) != 0 ||
        PyList_Append(saving->tensors, object) != 0) {
        Py_CLEAR(key);
    }
    Py_XDECREF(object);
    Py_DECREF(id);
    return key;
}

/* The whole storage of a tensor, as the file's bytes. */
static bool add_storage(struct zip_writer *writer, const char *name, struct tensor *tensor)
{
    const struct storage *storage = tensor->storage;
    const int64_t count = (int64_t)(storage->bytes / dtype_size(tensor->dtype));
    void *bytes = malloc(storage->bytes + 1);
    struct error err = { 0 };
    struct tensor *flat = tensor_view(tensor, &(struct shape){ 1, { count } }, (int64_t[]){ 1 }, 0);
    const bool read =
        bytes ? tensor_read(flat, bytes, &err)
              : error_set_kind(&err, ERROR_MEMORY,
                               "no memory for a tensor of %zu bytes to be saved", storage->bytes);
    if (read) {
        zip_add(writer, name, bytes, storage->bytes);
    }
    tensor_unref(flat);
    free(bytes);
    return read || torch_raise(&err);
}

static bool add_storages(struct zip_writer *writer, PyObject *tensors)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(tensors); i++) {
        char name[32];
        snprintf(name, sizeof(name), "data/%zd", i);
        if (!add_storage(writer, name, tensor_object_tensor(PyList_GET_ITEM(tensors, i)))) {
            return false;
        }
    }
    return true;
}

/* Forty digits that tell files apart: PyTorch hashes what it wrote, and so do we. */
static void add_identity(struct zip_writer *writer)
{
    const uint64_t names =
        hash_bytes(HASH_START, text_string(&writer->directory), writer->directory.length);
    const uint64_t data = hash_bytes(HASH_START, text_string(&writer->out), writer->out.length);
    char digits[48];
    snprintf(digits, sizeof(digits), "%020llu%020llu", (unsigned long long)names,
             (unsigned long long)data);
    zip_add(writer, "version", "3\n", 2);
    zip_add(writer, ".data/serialization_id", digits, 40);
}

static bool write_archive(struct face *face, PyObject *object, struct zip_writer *writer)
{
    struct saving saving = { face, PyDict_New(), PyList_New(0) };
    struct text pickle = { 0 };
    struct error err;
    const struct pickle_output output = { &pickle, key_of, &saving };
    bool done = saving.keys && saving.tensors && pickle_write(face, &output, object);
    if (done) {
        zip_add(writer, "data.pkl", text_string(&pickle), pickle.length);
        zip_add(writer, "byteorder", "little", 6);
        done = add_storages(writer, saving.tensors);
    }
    if (done) {
        add_identity(writer);
        done = zip_end(writer, &err) || torch_raise(&err);
    }
    text_finish(&pickle);
    Py_XDECREF(saving.keys);
    Py_XDECREF(saving.tensors);
    return done;
}

/* "model" of "runs/model.pt"; a file without a name is an "archive". */
static PyObject *folder_of(PyObject *file)
{
    PyObject *path = file_is_path(file) ? PyOS_FSPath(file) : NULL;
    PyObject *library = path ? PyImport_ImportModule("os.path") : NULL;
    PyObject *name = library ? PyObject_CallMethod(library, "basename", "O", path) : NULL;
    PyObject *parts = name ? PyObject_CallMethod(library, "splitext", "O", name) : NULL;
    PyObject *stem = parts ? PySequence_GetItem(parts, 0) : NULL;
    if (stem && !PyUnicode_Check(stem)) {
        Py_SETREF(stem, PyUnicode_DecodeFSDefault(PyBytes_AsString(stem)));
    }
    Py_XDECREF(path);
    Py_XDECREF(library);
    Py_XDECREF(name);
    Py_XDECREF(parts);
    PyErr_Clear();
    return stem && PyUnicode_GET_LENGTH(stem) > 0 ? stem : PyUnicode_FromString("archive");
}

/* save(obj, f, pickle_module, pickle_protocol=2, _use_new_zipfile_serialization=True) */
static PyObject *call_save(struct call *call)
{
    PyObject *file = call->arguments[1];
    bool zip = true;
    if (!argument_bool(call, 4, &zip)) {
        return NULL;
    }
    if (!zip) {
        return PyErr_Format(PyExc_NotImplementedError, "save(_use_new_zipfile_serialization=False) "
                                                       "is not supported by Gradlight");
    }
    if (!file_is_path(file) && !PyObject_HasAttrString(file, "write")) {
        return PyErr_Format(PyExc_AttributeError, "expected 'f' to be string, path, or a file-like "
                                                  "object with a 'write' attribute");
    }
    PyObject *folder = folder_of(file);
    struct zip_writer writer = { .folder = folder ? PyUnicode_AsUTF8(folder) : NULL };
    PyObject *content = NULL, *result = NULL;
    if (writer.folder && write_archive(call->face, call->arguments[0], &writer)) {
        content = PyBytes_FromStringAndSize(writer.out.bytes, (Py_ssize_t)writer.out.length);
    }
    zip_writer_finish(&writer);
    if (content) {
        result = file_write(file, content);
    }
    Py_XDECREF(folder);
    Py_XDECREF(content);
    return result;
}

const struct function_row save_rows[] = {
    { "save",
      { "obj", "f", "pickle_module", "pickle_protocol", "_use_new_zipfile_serialization" },
      .required = 2,
      .call = call_save,
      .places = PLACE_TORCH },
    { .name = NULL },
};
