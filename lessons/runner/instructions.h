#pragma once
/* Following a lesson by instruction, where lines do not tell which way it went. */

#include "lessons/runner/code_info.h"

/* To be called before the code runs; nothing to do up to Python 3.11. A failure means that decisions
 * within a line are not told. */
void instructions_prepare(const struct code_table *codes, PyObject *code, PyObject *globals);
