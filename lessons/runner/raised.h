#pragma once
/* What an exception says, read without running anything of the lesson's. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

struct raised;

/* `event` is (type, exception, traceback), as Python gives it to who follows a frame. False if it is
 * not. The strings live as long as the exception. */
bool raised_read(struct raised *raised, PyObject *event);
