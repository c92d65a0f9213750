#pragma once
/* What an operation in place means to the graph. Private to the engine. */

#include "engine/autograd/autograd.h"

/* "a leaf Variable that requires grad is being used in an in-place operation.", "a view of a leaf
 * Variable ...". Asked before a tracked operation changes `tensor`. */
bool in_place_allowed(const struct tensor *tensor, struct error *err);

/* `node` is now what made `tensor`: takes the reference. */
void in_place_rebase(struct tensor *tensor, struct node *node);
