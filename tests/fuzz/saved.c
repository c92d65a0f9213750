/* Files of tensors, of any bytes: as what torch.save wrote, in both layouts, as safetensors, and as the
 * pickle inside of an archive whose checksums are right. Each is loaded or refused, and nothing of it
 * stays. */

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/zip.h"
#include "tests/torch_host.h"

static const char script[] =
    "import io, pickle, warnings\n"
    "import torch, safetensors.torch\n"
    "warnings.simplefilter('ignore')\n"
    "refusals = (pickle.UnpicklingError, safetensors.SafetensorError, RuntimeError, EOFError,\n"
    "            NotImplementedError, MemoryError, RecursionError)\n"
    "def look(value, deep):\n"
    "    if isinstance(value, torch.Tensor):\n"
    "        assert value.numel() >= 0 and len(repr(value)) < 1 << 20\n"
    "        value.double().sum() if value.dtype is not torch.bool else value.any()\n"
    "    elif isinstance(value, dict) and deep < 8:\n"
    "        [look(item, deep + 1) for item in list(value.values())[:100]]\n"
    "    elif isinstance(value, (list, tuple)) and deep < 8:\n"
    "        [look(item, deep + 1) for item in value[:100]]\n"
    "def try_one(load, data):\n"
    "    try:\n"
    "        look(load(data), 0)\n"
    "    except refusals:\n"
    "        pass\n"
    "def try_all(data, archive):\n"
    "    try_one(lambda data: torch.load(io.BytesIO(data), map_location='cpu'), data)\n"
    "    try_one(lambda data: torch.load(io.BytesIO(data)), archive)\n"
    "    try_one(safetensors.torch.load, data)\n";

static struct torch_host host;
static PyObject *try_all;

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    torch_host_begin(&host);
    torch_host_run(script);
    try_all = PyObject_GetAttrString(PyImport_AddModule("__main__"), "try_all");
    return try_all ? 0 : 1;
}

/* The bytes as the pickle of an archive, beside storages of some sizes. */
static PyObject *archive_of(const uint8_t *bytes, size_t length)
{
    static const uint8_t data[64] = { 0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f };
    static const size_t sizes[] = { 24, 12, 12, 4, 64 };
    struct zip_writer writer = { .folder = "archive" };
    zip_add(&writer, "data.pkl", bytes, length);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        char name[16];
        snprintf(name, sizeof(name), "data/%zu", i);
        zip_add(&writer, name, data, sizes[i]);
    }
    zip_end(&writer, NULL);
    PyObject *const archive =
        PyBytes_FromStringAndSize(writer.out.bytes, (Py_ssize_t)writer.out.length);
    zip_writer_finish(&writer);
    return archive;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    PyObject *const archive = archive_of(bytes, length);
    PyObject *const result =
        PyObject_CallFunction(try_all, "y#O", (const char *)bytes, (Py_ssize_t)length, archive);
    Py_XDECREF(archive);
    if (!result) {
        PyErr_Print();
        abort();
    }
    Py_DECREF(result);
    if (host.engine->live_tensors != 0) {
        PyGC_Collect(); /* a file may make a list that holds itself */
    }
    if (host.engine->live_tensors != 0) {
        fprintf(stderr, "%zu tensors stay\n", (size_t)host.engine->live_tensors);
        abort();
    }
    return 0;
}
