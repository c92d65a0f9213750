#pragma once
/* The part of the face that is written in Python because it is Python by nature: the files under
 * lessons/torch/python/torch, carried inside the program. A module's part runs when a name is asked
 * for that the module does not have yet, so a lesson that needs none of it does not pay for it. */

#include "lessons/torch/face.h"

struct embedded_source {
    const char *module; /* "torch.utils.data"; NULL ends the table */
    const char *file;   /* as a traceback names it */
    const char *text;
};
extern const struct embedded_source embedded_sources[]; /* written by python/embed.py */

/* Runs the part that `module`, called `name`, has in Python, if it has one that has not run yet.
 * *ran says whether. False with the exception that it raised. */
bool embedded_run(PyObject *module, const char *name, bool *ran);
