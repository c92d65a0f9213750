/* Python has a call for it from 3.12 on; before, what a frame is stands in an internal header. */
#define Py_BUILD_CORE 1
#include "lessons/runner/frame_variable.h"

#if PY_VERSION_HEX >= 0x030c0000

PyObject *frame_variable(PyFrameObject *frame, int place, PyObject *name)
{
    (void)place;
    return PyFrame_GetVar(frame, name);
}

#else

#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>

/* A variable that inner functions share lies in a cell, once the function has begun. */
PyObject *frame_variable(PyFrameObject *frame, int place, PyObject *name)
{
    const struct _PyInterpreterFrame *const running = frame->f_frame;
    const _PyLocals_Kind kind = _PyLocals_GetKind(running->f_code->co_localspluskinds, place);
    PyObject *value = running->localsplus[place];
    (void)name;
    if (value && (kind & (CO_FAST_CELL | CO_FAST_FREE)) && PyCell_Check(value)) {
        value = PyCell_GET(value);
    }
    return Py_XNewRef(value);
}

#endif
