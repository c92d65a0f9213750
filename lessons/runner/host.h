#pragma once
/* The Python that lessons run on: the system's library, isolated from the user's environment. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

struct engine;

/* Starts the interpreter: no site packages, UTF-8, fixed hash seed (so that a lesson's sets have the
 * same order in every run), SIGINT as KeyboardInterrupt. `folder` is where the lesson's own modules
 * are imported from, NULL for nowhere. */
bool host_start(const char *folder, struct error *err);

/* "3.11.2" */
void host_version(char *out, size_t size);

/* Lets `import numpy` find the system's, and nothing else that stands beside it: the real torch and
 * torchvision are often there. False with an exception. */
bool host_offer_numpy(void);
/* Imports it already, which takes longer than all else; where there is none, a lesson hears of it. */
void host_warm_numpy(void);
/* Imports what lessons use most of Python's library, for a box in which no file can be opened. */
void host_warm_library(void);

/* Makes `import torch` give the face of `engine`. False with an exception. */
bool host_offer_torch(struct engine *engine);
