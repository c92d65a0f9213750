#pragma once
/* The command line, read by a table of options. */

#include <stddef.h>

#include "engine/base/error.h"

/* One option of one subcommand: "--name", or "--name VALUE" when `value` names what it takes. */
struct option {
    const char *name;  /* without dashes */
    char letter;       /* "-o"; 0: none */
    const char *value; /* NULL: a switch */
    const char *help;
    const char **into; /* the value is put here; for a switch its name */
};

/* Reads argv[0..count): options anywhere, "--" ends them, what is left goes into `rest` (at most
 * `most`), their number into *found. False with a sentence that names the word. */
bool options_read(const struct option *options, int count, char **argv, const char **rest,
                  size_t most, size_t *found, struct error *err);

/* Reads "1920x1080": both from 64 to 16384. */
bool options_size(const char *text, int *width, int *height, struct error *err);
/* Reads a whole number from `least` to `most`. */
bool options_number(const char *text, long least, long most, long *out, struct error *err);
