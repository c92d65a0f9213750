/* A file of settings of any bytes: read, keys and places taken from it, changed, saved, and read again. */

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command/keys.h"
#include "app/remember.h"
#include "app/settings.h"

static char folder[] = "/tmp/gradlight-fuzz-XXXXXX", path[sizeof(folder) + 16];

static void remove_place(void)
{
    unlink(path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    if (!mkdtemp(folder)) {
        abort();
    }
    snprintf(path, sizeof(path), "%s/settings", folder);
    atexit(remove_place);
    return 0;
}

static void look(const struct settings *settings)
{
    for (size_t i = 0; settings_name(settings, i) && i < 64; i++) {
        const char *const name = settings_name(settings, i);
        MUST(settings_text(settings, name, NULL));
        settings_number(settings, name, 0);
        settings_flag(settings, name, false);
    }
    settings_trouble(settings);
    remember_place(settings);
    struct keys *const keys = keys_create(settings);
    keys_trouble(keys);
    keys_find(keys, "Right", true);
    keys_destroy(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    FILE *const file = fopen(path, "w");
    struct error err = { 0 };
    if (!file) {
        abort();
    }
    fwrite(bytes, 1, length, file);
    fclose(file);
    struct settings *settings = settings_open(path);
    look(settings);
    settings_set_text(settings, "a name", "a value\nof two lines ");
    settings_set_number(settings, "theme", 0.1);
    const bool saved = settings_save(settings, &err);
    settings_destroy(settings);
    settings = settings_open(path);
    if (saved) {
        MUST(strcmp(settings_text(settings, "a name", ""), "a value\nof two lines ") == 0);
        MUST(settings_number(settings, "theme", 0) == 0.1);
    }
    settings_destroy(settings);
    return 0;
}
