#pragma once
/* The file behind a session: read whole, told apart from a trace, looked through before it is run. */

#include "engine/base/error.h"
#include "engine/base/text.h"

/* Reads it. False with a sentence when it is not there, a folder, a device, or empty. */
bool lesson_file_read(const char *path, struct text *out, struct error *err);
/* Whether it is a recorded run. */
bool lesson_file_is_trace(const struct text *bytes);
/* A lesson is looked through before a runner is troubled with it: false when it is none. */
bool lesson_file_check(const char *path, const struct text *bytes, struct error *err);
/* Its name without folders and without ".lesson.py", ".py", ".trace"; to be freed. */
char *lesson_file_name(const char *path);
