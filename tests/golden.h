#pragma once
/* Golden cases from PyTorch: JSON files beside this one in golden/, read with engine/base/json.h. */

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/base/memory.h"

/* The cases of golden/<name>.json, in `arena`; ends the test program if the file cannot be read. */
static const struct json *golden_cases(struct arena *arena, const char *name)
{
    struct error err = { 0 };
    const char *path = arena_format(arena, "%s/golden/%s.json", GRADLIGHT_TESTS_ROOT, name);
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t length = 0, capacity = 0, got = 1;
    while (file && got > 0) {
        capacity = length + 65536;
        bytes = memory_resize(bytes, capacity, 1);
        got = fread(bytes + length, 1, capacity - length, file);
        length += got;
    }
    const struct json *all = file ? json_parse(arena, bytes, length, &err) : NULL;
    if (!all) {
        fprintf(stderr, "%s: %s\n", path, file ? err.text : "cannot be opened");
        exit(1);
    }
    fclose(file);
    free(bytes);
    return json_find(all, "cases")->first;
}

/* The member of a case, as PyTorch 2.6 has it. */
static inline const struct json *golden_find(const struct json *object, const char *name)
{
    const struct json *newer = json_find(json_find(object, "v26"), name);
    return newer ? newer : json_find(object, name);
}
