#pragma once
/* The engine's observer that writes the trace: operations with their tensors and nodes, backward
 * walks, modules, optimizers, what is gone. Order and ids are those of lessons/trace/FORMAT.md. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "engine/engine.h"
#include "lessons/runner/code_info.h"
#include "lessons/runner/outlet.h"
#include "lessons/runner/tracer.h"

struct recorder;

/* Watches `engine` until the process ends. All are lent. */
struct recorder *recorder_create(struct engine *engine, struct outlet *outlet,
                                 const struct code_table *codes);

/* What a tracer asks of this recorder; and the tracer that is told of tested tensors. */
struct tracer_calls recorder_tracer_calls(struct recorder *recorder);
void recorder_set_tracer(struct recorder *recorder, struct tracer *tracer);

/* The node whose saved tensors were gone, if that is what the error says; else 0. */
int64_t recorder_failed_node(void *recorder, const char *error_text);
