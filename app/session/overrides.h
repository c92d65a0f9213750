#pragma once
/* Numbers of a lesson that were changed in the window, not in its file: which literal, and what stands
 * in its place when the lesson is run. Plain data; the runner gets the text with all of them set, so
 * that spans, line numbers and tracebacks are true of what was run.
 *
 * Places are those of the file's text. What was run has other columns behind a literal that became
 * longer or shorter; its lines are the same. */

#include <stddef.h>

#include "engine/base/text.h"
#include "lessons/runner/client.h"
#include "render/view.h"

enum { OVERRIDES_MAX = 48, OVERRIDE_TEXT_SIZE = 64 };

struct override {
    int64_t cell;       /* number of the code cell */
    int line;           /* in it */
    size_t column, end; /* bytes of the line in the file */
    char was[OVERRIDE_TEXT_SIZE], now[OVERRIDE_TEXT_SIZE];
};

/* By place. Zero is none. */
struct overrides {
    struct override list[OVERRIDES_MAX];
    int count;
};

/* NULL: that literal is as in the file. */
const struct override *overrides_find(const struct overrides *overrides, int64_t cell, int line,
                                      size_t column);
/* Sets one, or takes it away when `now` is what it was. False when there are too many. */
bool overrides_set(struct overrides *overrides, const struct override *override);
bool overrides_same(const struct overrides *a, const struct overrides *b);

/* A column of the file's line in the text with the overrides set, and back. Neither may lie inside an
 * overridden literal, only at its edges. */
size_t overrides_to_run(const struct overrides *overrides, int64_t cell, int line, size_t column);
size_t overrides_to_file(const struct overrides *overrides, int64_t cell, int line, size_t column);

/* The lesson with the overrides set. False with a sentence when one of them is not where it was. */
bool overrides_apply(const struct overrides *overrides, const struct text *file, struct text *out,
                     struct error *err);

/* Where a line of a cell is in another version of the lesson: the same text, as near as can be. False
 * when it is gone. */
bool overrides_follow(const struct lesson *from, const struct lesson *to, int64_t *cell, int *line);
/* Keeps those whose line is still there in the new version of the file; true if all are. */
bool overrides_keep(struct overrides *overrides, const struct text *before,
                    const struct text *after);

/* For the views: what is wanted, at its places in a text that was run with `applied`. In the arena. */
const struct code_change *overrides_changes(const struct overrides *wanted,
                                            const struct overrides *applied, struct arena *arena,
                                            size_t *count);
