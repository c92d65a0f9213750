#pragma once
/* Files as bytes. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"
#include "engine/base/text.h"

/* Appends the first `most` bytes of the file to `out`, or all of it if it is shorter. False,
 * ERROR_IO, when it cannot be opened or read; `out` may then hold a part of it. */
bool file_read(const char *path, size_t most, struct text *out, struct error *err);
