#pragma once
/* Members of a probe's answer, which is as little to be trusted as the rest of a trace. */

#include "lessons/trace/trace.h"

/* The member of that name and kind, NULL if there is none. */
const struct argument *answer_member(const struct record_probe *probe, const char *name,
                                     enum argument_kind kind);
/* "" and `fallback` where there is none. */
const char *answer_string(const struct record_probe *probe, const char *name);
double answer_number(const struct record_probe *probe, const char *name, double fallback);
/* False where there is none. */
bool answer_truth(const struct record_probe *probe, const char *name);

/* Number `index` of a list, nan where there is none. */
double answer_item(const struct argument *list, size_t index);

/* A text of packed numbers (FORMAT.md) as those; NULL if it is none. Lives in `arena`. */
const float *answer_floats(const struct argument *packed, size_t *count, struct arena *arena);
