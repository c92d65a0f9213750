#pragma once
/* What a lesson may not read, told in words where Python would only say that permission is denied: files
 * beside it, as long as nobody has allowed them, and files elsewhere. */

#include "lessons/runner/guard.h"

enum reading {
    READING_FINE,
    READING_BESIDE,
    READING_ELSEWHERE,
    READING_CLOSED, /* by a strict box */
};

/* What the box would say to opening that: a text, bytes, or None for the folder itself; all else is
 * fine, and so is what is not there. */
enum reading reading_of(const struct guard *guard, PyObject *path);
/* A new sentence; NULL with an exception. */
PyObject *reading_words(enum reading reading, PyObject *path);

/* Says the same of a module that lies beside the lesson, once nothing else of its name was found. False
 * with an exception. */
bool reading_watch_imports(struct guard *guard);

/* For a strict box, once all is imported that lessons usually want: from now on there is nothing but what
 * is imported, and whatever else is asked for is refused in words. False with an exception. */
bool reading_close_imports(struct guard *guard);
