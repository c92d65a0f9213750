#include "lessons/runner/streams.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lessons/runner/order.h"

/* ---- sinks ---- */

static void outlet_sink_print(void *context, enum outlet_stream stream, const char *bytes,
                              size_t length)
{
    struct outlet *outlet = context;
    outlet_print(outlet, stream, bytes, length);
}

static void outlet_sink_flush(void *context)
{
    (void)context; /* the outlet knows better when a record is whole */
}

struct sink sink_of_outlet(struct outlet *outlet)
{
    return (struct sink){ outlet_sink_print, outlet_sink_flush, outlet };
}

enum { HELD_BYTES = 8192 };

/* What a lesson prints to nobody, or to a full disk, is no use to go on for. */
static void write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            _exit(ORDER_STATUS_NO_READER);
        }
        bytes += written;
        length -= (size_t)written;
    }
}

static void direct_flush(void *context)
{
    struct direct_output *output = context;
    write_all(STDOUT_FILENO, output->held.bytes, output->held.length);
    text_clear(&output->held);
}

static void direct_print(void *context, enum outlet_stream stream, const char *bytes, size_t length)
{
    struct direct_output *output = context;
    if (stream == OUTLET_STDERR) {
        direct_flush(output);
        write_all(STDERR_FILENO, bytes, length);
        return;
    }
    text_append(&output->held, bytes, length);
    bool line_ended = output->by_line && length > 0 && memchr(bytes, '\n', length);
    if (line_ended || output->held.length >= HELD_BYTES) {
        direct_flush(output);
    }
}

struct sink sink_of_direct(struct direct_output *output)
{
    output->by_line = isatty(STDOUT_FILENO) == 1;
    return (struct sink){ direct_print, direct_flush, output };
}

/* ---- the Python objects ---- */

struct stream_object {
    PyObject_HEAD const struct sink *sink; /* lent */
    enum outlet_stream stream;
    bool takes_bytes; /* it is somebody's `.buffer` */
};

static struct stream_object *stream_create(PyTypeObject *type, const struct sink *sink,
                                           enum outlet_stream stream, bool takes_bytes)
{
    struct stream_object *self = PyObject_New(struct stream_object, type);
    if (self) {
        self->sink = sink;
        self->stream = stream;
        self->takes_bytes = takes_bytes;
    }
    return self;
}

/* Takes the reference to `bytes`. */
static bool print_bytes(const struct stream_object *self, PyObject *bytes)
{
    char *text;
    Py_ssize_t length;
    if (!bytes || PyBytes_AsStringAndSize(bytes, &text, &length) < 0) {
        Py_XDECREF(bytes);
        return false;
    }
    self->sink->print(self->sink->context, self->stream, text, (size_t)length);
    Py_DECREF(bytes);
    return true;
}

/* Half a surrogate pair has no UTF-8: it comes out as \udc80, as on Python's own stderr. */
static bool print_text(const struct stream_object *self, PyObject *text)
{
    Py_ssize_t length;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &length);
    if (bytes) {
        self->sink->print(self->sink->context, self->stream, bytes, (size_t)length);
        return true;
    }
    PyErr_Clear();
    return print_bytes(self, PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace"));
}

static PyObject *write_bytes_like(const struct stream_object *self, PyObject *argument)
{
    Py_buffer view;
    if (PyObject_GetBuffer(argument, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    PyObject *text = PyUnicode_DecodeUTF8(view.buf, view.len, "replace");
    Py_ssize_t length = view.len;
    PyBuffer_Release(&view);
    bool fine = text && print_text(self, text);
    Py_XDECREF(text);
    return fine ? PyLong_FromSsize_t(length) : NULL;
}

static PyObject *stream_write(PyObject *object, PyObject *argument)
{
    const struct stream_object *self = (const struct stream_object *)object;
    if (self->takes_bytes) {
        return write_bytes_like(self, argument);
    }
    if (!PyUnicode_Check(argument)) {
        return PyErr_Format(PyExc_TypeError, "write() argument must be str, not %s",
                            Py_TYPE(argument)->tp_name);
    }
    return print_text(self, argument) ? PyLong_FromSsize_t(PyUnicode_GET_LENGTH(argument)) : NULL;
}

static PyObject *stream_writelines(PyObject *self, PyObject *lines)
{
    PyObject *iterator = PyObject_GetIter(lines);
    if (!iterator) {
        return NULL;
    }
    PyObject *line;
    while ((line = PyIter_Next(iterator))) {
        PyObject *written = stream_write(self, line);
        Py_DECREF(line);
        if (!written) {
            Py_DECREF(iterator);
            return NULL;
        }
        Py_DECREF(written);
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred()) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *stream_flush(PyObject *object, PyObject *nothing)
{
    (void)nothing;
    const struct stream_object *self = (const struct stream_object *)object;
    self->sink->flush(self->sink->context);
    Py_RETURN_NONE;
}

static PyObject *stream_false(PyObject *self, PyObject *nothing)
{
    (void)self;
    (void)nothing;
    Py_RETURN_FALSE;
}

static PyObject *stream_true(PyObject *self, PyObject *nothing)
{
    (void)self;
    (void)nothing;
    Py_RETURN_TRUE;
}

static PyObject *stream_fileno(PyObject *self, PyObject *nothing)
{
    (void)self;
    (void)nothing;
    PyErr_SetString(PyExc_OSError, "a lesson's output is not a file");
    return NULL;
}

static PyObject *stream_encoding(PyObject *self, void *nothing)
{
    (void)self;
    (void)nothing;
    return PyUnicode_FromString("utf-8");
}

static PyObject *stream_errors(PyObject *self, void *nothing)
{
    (void)self;
    (void)nothing;
    return PyUnicode_FromString("backslashreplace");
}

static PyObject *stream_closed(PyObject *self, void *nothing)
{
    (void)self;
    (void)nothing;
    Py_RETURN_FALSE;
}

static PyObject *stream_name(PyObject *object, void *nothing)
{
    (void)nothing;
    const struct stream_object *self = (const struct stream_object *)object;
    return PyUnicode_FromString(self->stream == OUTLET_STDOUT ? "<stdout>" : "<stderr>");
}

static PyObject *stream_buffer(PyObject *object, void *nothing)
{
    (void)nothing;
    const struct stream_object *self = (const struct stream_object *)object;
    return (PyObject *)stream_create(Py_TYPE(object), self->sink, self->stream, true);
}

static void stream_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyMethodDef stream_methods[] = {
    { "write", stream_write, METH_O, NULL },
    { "writelines", stream_writelines, METH_O, NULL },
    { "flush", stream_flush, METH_NOARGS, NULL },
    { "close", stream_flush, METH_NOARGS, NULL },
    { "isatty", stream_false, METH_NOARGS, NULL },
    { "readable", stream_false, METH_NOARGS, NULL },
    { "seekable", stream_false, METH_NOARGS, NULL },
    { "writable", stream_true, METH_NOARGS, NULL },
    { "fileno", stream_fileno, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef stream_attributes[] = {
    { "encoding", stream_encoding, NULL, NULL, NULL },
    { "errors", stream_errors, NULL, NULL, NULL },
    { "closed", stream_closed, NULL, NULL, NULL },
    { "name", stream_name, NULL, NULL, NULL },
    { "buffer", stream_buffer, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot stream_slots[] = {
    { Py_tp_methods, stream_methods },
    { Py_tp_getset, stream_attributes },
    { Py_tp_dealloc, (void *)stream_dealloc },
    { 0, NULL },
};

static PyType_Spec stream_spec = {
    .name = "gradlight.Stream",
    .basicsize = sizeof(struct stream_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = stream_slots,
};

static bool install(PyTypeObject *type, const struct sink *sink, enum outlet_stream stream,
                    const char *name, const char *original)
{
    PyObject *object = (PyObject *)stream_create(type, sink, stream, false);
    bool fine =
        object && PySys_SetObject(name, object) == 0 && PySys_SetObject(original, object) == 0;
    Py_XDECREF(object);
    return fine;
}

bool streams_install(const struct sink *sink)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(&stream_spec);
    if (!type) {
        return false;
    }
    bool fine = install(type, sink, OUTLET_STDOUT, "stdout", "__stdout__") &&
                install(type, sink, OUTLET_STDERR, "stderr", "__stderr__");
    Py_DECREF(type);
    return fine;
}
