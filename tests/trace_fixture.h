#pragma once
/* The hand-written traces under tests/fixtures, for the tests of lessons/trace. Include after
 * tests/test.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "lessons/trace/trace.h"

static const char *const fixture_names[] = { "autograd", "second_backward", "retain_graph",
                                             "diamond",  "linear_adam",     "branch",
                                             "indexing", "dead_ends" };
enum { FIXTURE_COUNT = sizeof(fixture_names) / sizeof(*fixture_names) };

/* The file's bytes, NUL-terminated; free() them. */
static inline char *fixture_bytes(const char *name, size_t *length)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/tests/fixtures/%s.trace", GRADLIGHT_SOURCE_ROOT, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 20);
    *length = fread(bytes, 1, (1 << 20) - 1, file);
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

static inline struct trace *fixture_load(const char *name)
{
    size_t length;
    char *bytes = fixture_bytes(name, &length);
    struct trace *trace = trace_create();
    struct error err = { 0 };
    if (!trace_feed(trace, bytes, length, &err) || !trace_finish_input(trace, &err)) {
        fail_msg("%s: %s", name, err.text);
    }
    free(bytes);
    return trace;
}
