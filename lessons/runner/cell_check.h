#pragma once
/* Looks a lesson through as its author would want it: what Jupyter, VS Code and Gradlight would read
 * differently, what cannot be read, and what a class would miss. */

#include "engine/base/text.h"
#include "lessons/runner/cells.h"

struct cell_fault {
    int line;         /* of the file, from 1; 0: of no line */
    bool error;       /* else advice */
    bool fixable;     /* cell_fix mends it */
    const char *text; /* an English sentence, valid during the call */
};

/* Tells each fault in the order of lines, then those of the lesson as a whole; returns the number of
 * errors. */
size_t cell_check(const char *bytes, size_t length,
                  void (*tell)(void *owner, const struct cell_fault *fault), void *owner);

/* Appends the script with its cell marks mended; line ends become "\n", all else stays as it is.
 * Returns the number of marks that were mended. */
size_t cell_fix(const char *bytes, size_t length, struct text *out);
