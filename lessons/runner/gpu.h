#pragma once
/* What stands between a lesson and the GPU: the driver, the plug-in, and the user's leave. Of each it
 * is said in words when it is missing. */

#include <limits.h>
#include <stdbool.h>

#include "lessons/runner/box.h"

/* The plug-in's file, beside this program's, in `out`, which holds PATH_MAX bytes. It is readable in a
 * box for the GPU. False when the path is too long.
 *
 * For tests, a program that was not installed takes GRADLIGHT_CUDA_PLUGIN instead, where a device may be a
 * simulation and needs no driver. */
bool gpu_plugin_path(char *out);
bool gpu_is_test(void);

/* Whether the driver of a GPU is loaded. */
bool gpu_is_there(void);

/* Why the plug-in must not be opened, as a sentence for whoever reads the lesson; NULL: it may be.
 * `leave`: the user allows it. Call it in the box. */
const char *gpu_refusal(const struct box *box, bool leave);
