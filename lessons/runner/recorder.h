#pragma once
/* The engine's observer that writes the trace: operations with their tensors and nodes, backward
 * walks, modules, optimizers, what is gone. Order and ids are those of lessons/trace/FORMAT.md. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "engine/engine.h"
#include "engine/probe/tape.h"
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

/* For whoever asks after the end. A backward walk by its number in the trace, NULL when it is not kept;
 * a leaf of it, SIZE_MAX when the tensor is none. Nothing is recorded from then on. */
void recorder_stop(struct recorder *recorder);
bool recorder_knows_tensor(const struct recorder *recorder, int64_t tensor);
const struct tape_walk *recorder_walk(const struct recorder *recorder, int64_t walk);
size_t recorder_leaf(const struct recorder *recorder, const struct tape_walk *walk, int64_t tensor);
/* What the engine calls a tensor that a step of the walk was given, and the node of a step; 0: the walk
 * has none of that number. */
uint64_t recorder_constant(const struct recorder *recorder, const struct tape_walk *walk,
                           int64_t tensor);
uint64_t recorder_step(const struct recorder *recorder, const struct tape_walk *walk, int64_t node);

/* The node whose saved tensors were gone or changed, if that is what the error says; else 0. */
int64_t recorder_failed_node(void *recorder, const char *error_text);
