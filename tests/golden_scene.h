#pragma once
/* Golden scenes: a scene as lines of text, held against tests/golden/scenes/NAME.txt. When a change
 * is meant, run the test with GRADLIGHT_UPDATE_GOLDEN=1 and read the difference before committing. */

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "render/canvas/canvas.h"

static inline void golden_scene_path(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/tests/golden/scenes/%s.txt", GRADLIGHT_SOURCE_ROOT, name);
}

static inline void golden_scene_write(const char *path, const struct text *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text->bytes, 1, text->length, file), text->length);
    assert_int_equal(fclose(file), 0);
}

static inline char *golden_scene_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        print_error("%s is missing; GRADLIGHT_UPDATE_GOLDEN=1 writes it\n", path);
        fail();
    }
    char *bytes = malloc(1 << 20);
    *length = fread(bytes, 1, (1 << 20) - 1, file);
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

/* Prints the first line that differs: a scene has hundreds. */
static inline void golden_scene_differ(const char *path, const char *want, const char *got)
{
    int line = 1;
    for (; *want && *want == *got; want++, got++) {
        line += *want == '\n';
    }
    while (want[-1] != '\n' && line > 1) {
        want--;
        got--;
    }
    print_error("%s:%d\n  golden: %.*s\n  scene:  %.*s\n", path, line, (int)strcspn(want, "\n"),
                want, (int)strcspn(got, "\n"), got);
    fail();
}

static inline void assert_golden_scene(const char *name, const struct scene *scene)
{
    char path[512];
    struct text text = { 0 };
    golden_scene_path(path, sizeof(path), name);
    canvas_text(scene, &text);
    if (getenv("GRADLIGHT_UPDATE_GOLDEN")) {
        golden_scene_write(path, &text);
    }
    size_t length;
    char *want = golden_scene_read(path, &length);
    if (strcmp(want, text_string(&text)) != 0) {
        golden_scene_differ(path, want, text_string(&text));
    }
    free(want);
    text_finish(&text);
}
