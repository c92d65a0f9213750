#pragma once
/* Files that are written for the user: whole or not at all, and never over what must stay. */

#include <stdio.h>

#include "engine/base/error.h"
#include "engine/base/text.h"

/* Whether a file may be written at `path`. False for a folder, a device or a pipe, which a finished
 * file would take the place of, and for `input` itself, from which it is made. */
bool output_check(const char *path, const char *input, struct error *err);

/* Makes the folder if it is not there, and says whether it did. */
bool output_folder(const char *path, bool *made, struct error *err);

/* A file that has its name once it is finished; until then it stands beside it. */
struct output;
struct output *output_create(const char *path, struct error *err);
/* What fails to be written is told by output_finish. */
void output_put(struct output *output, const char *bytes, size_t length);
/* Gives the file its name and frees the output; after any failed write the file is removed. */
bool output_finish(struct output *output, struct error *err);

/* Leaves nothing behind, and frees the output. */
void output_abandon(struct output *output);

/* All of it at once. */
bool output_write(const char *path, const struct text *text, struct error *err);

/* Everything that was printed has arrived. A reader that has gone, as in `gradlight list | head -1`,
 * is no error of ours: false with an empty text. */
bool output_flush(FILE *stream, struct error *err);

/* Prints one line. What comes from lessons and traces is shown on it: no terminal obeys it. */
void output_line(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
