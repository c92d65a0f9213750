#pragma once
/* A record that is too long for a line: a lesson may join twenty thousand tensors, or call a class by a name
 * of a megabyte. */

#include <stddef.h>

#include "engine/base/text.h"

/* Cuts the strings and lists of the JSON object that stands in `text` from `start` on, in turns until it
 * has at most `most` bytes: a string ends in "…" then, a list after its first items. What is cut means as
 * much as before of what is left. The object is well-formed, and has few members at its top. */
void shorten_object(struct text *text, size_t start, size_t most);
