#include "app/window/desktop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/paths.h"
#include "engine/base/text.h"

/* A line "name=value" of a file in the folder of configurations. */
struct switch_line {
    const char *file, *name;
};

static const struct switch_line lines[] = {
    { "gtk-4.0/settings.ini", "gtk-enable-animations" },
    { "gtk-3.0/settings.ini", "gtk-enable-animations" },
    { "kdeglobals", "AnimationDurationFactor" },
};

static bool open_path(char *out, const char *file)
{
    const char *const config = getenv("XDG_CONFIG_HOME"), *const home = getenv("HOME");

    if (config && config[0] == '/') {
        return snprintf(out, PATH_SIZE, "%s/%s", config, file) < PATH_SIZE;
    }
    return home && snprintf(out, PATH_SIZE, "%s/.config/%s", home, file) < PATH_SIZE;
}

/* "false", "0" and "0.0" are off. */
static bool is_off(const char *value)
{
    const size_t length = strcspn(value, " \t\r\n");
    double number;

    return (length == strlen("false") && strncmp(value, "false", length) == 0) ||
           (number_parse(value, length, &number) && number == 0);
}

static bool is_switched_off(FILE *file, const char *name)
{
    const size_t length = strlen(name);
    char line[512];
    bool off = false;

    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, length) != 0) {
            continue;
        }
        const char *const value = line + length + strspn(line + length, " \t");
        if (*value == '=') {
            off = is_off(value + 1 + strspn(value + 1, " \t"));
        }
    }
    return off;
}

bool desktop_reduces_motion(void)
{
    char path[PATH_SIZE];

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        FILE *const file = open_path(path, lines[i].file) ? fopen(path, "re") : NULL;
        const bool off = file && is_switched_off(file, lines[i].name);
        if (file) {
            fclose(file);
        }
        if (off) {
            return true;
        }
    }
    return false;
}
