#pragma once
/* Functions of the lesson that a walk calls: on the gradient of a tensor, before and after a node.
 * Private to engine/autograd; the calls that add and remove them stand in autograd.h. */

#include "engine/autograd/autograd.h"

/* Runs the hooks in order of registration; *grad (a reference) is replaced where one says so. */
bool tensor_hooks_run(const struct tensor_hooks *hooks, struct tensor **grad, struct error *err);
/* Those that wait for the accumulation. */
bool tensor_hooks_run_after(struct tensor *leaf, struct error *err);
void tensor_hooks_destroy(struct tensor_hooks *hooks); /* NULL is allowed */

/* grads: one reference for each output or edge; entries may be replaced. */
bool node_hooks_run_before(const struct node *node, struct tensor **grads, struct error *err);
bool node_hooks_run_after(const struct node *node, struct tensor **results,
                          struct tensor *const *grads, struct error *err);
void node_hooks_destroy(struct node_hooks *hooks); /* NULL is allowed */
