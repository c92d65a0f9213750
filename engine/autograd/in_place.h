#pragma once
/* What an operation in place means to the graph. Private to the engine. */

#include "engine/autograd/autograd.h"

/* "a leaf Variable that requires grad is being used in an in-place operation.", "a view of a leaf
 * Variable ...". Asked before a tracked operation changes `tensor`. */
bool in_place_allowed(const struct tensor *tensor, struct error *err);

/* `node` is now what made the elements of `tensor`: takes the reference. Where tensor is a view, its
 * base has them from a CopySlices around the node (unless it changed the view's shape alone), and the
 * view a history through the base. Returns the
 * node that is to be seen (lent): the node itself or the CopySlices. */
struct node *in_place_rebase(struct tensor *tensor, struct node *node);

/* The backward of a CopySlices: the elements of the view take the way through the inner node, those
 * around it the way they had before. */
bool copy_slices_backward(struct rule *rule);
