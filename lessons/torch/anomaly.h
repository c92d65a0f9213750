#pragma once
/* Backward walks that the lesson starts, and what is said when one fails. */

#include "lessons/torch/face.h"

struct backward_call;

/* autograd_backward; in anomaly mode the node that failed is named in a warning, with the lines of
 * the forward that made it. The caller still raises `err`. */
bool face_backward(struct face *face, struct backward_call *backward, struct error *err);

/* Lent: the dictionary fn.metadata of a node, made when first asked for. */
PyObject *node_note(struct node *node);
