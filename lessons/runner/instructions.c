#include "lessons/runner/instructions.h"

#include <frameobject.h>

#if PY_VERSION_HEX >= 0x030c0000
/* From 3.12 on, a code object is made to tell its instructions before it runs; asking when it has
 * begun is too late for that time. The way to ask is a frame, so one is made that never runs; 3.13
 * listens only to frames that seem to have a trace function. */
void instructions_prepare(const struct code_table *codes, PyObject *code, PyObject *globals)
{
    if (code_info_of(codes, (PyCodeObject *)code)->by_instruction) {
        PyFrameObject *frame =
            PyFrame_New(PyThreadState_Get(), (PyCodeObject *)code, globals, NULL);
        if (!frame || PyObject_SetAttrString((PyObject *)frame, "f_trace", Py_True) < 0 ||
            PyObject_SetAttrString((PyObject *)frame, "f_trace_opcodes", Py_True) < 0) {
            PyErr_Clear(); /* then decisions within a line are not told */
        }
        Py_XDECREF(frame);
    }
    PyObject *constants = ((PyCodeObject *)code)->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        if (PyCode_Check(PyTuple_GET_ITEM(constants, i))) {
            instructions_prepare(codes, PyTuple_GET_ITEM(constants, i), globals);
        }
    }
}
#else
void instructions_prepare(const struct code_table *codes, PyObject *code, PyObject *globals)
{
    (void)codes;
    (void)code;
    (void)globals;
}
#endif
