#pragma once
/* Everything a person can do in the window, one row each: keys, help overlay and buttons come from
 * this table. Which keys count in the end, keys.h knows. */

#include <stddef.h>
#include <stdint.h>

struct app;

enum { COMMAND_KEYS = 8 };

enum command_section {
    COMMAND_STEP,
    COMMAND_PRESENT, /* while presenting */
    COMMAND_LOOK,
    COMMAND_PANELS,
    COMMAND_SHOW,
    COMMAND_FILE,
    COMMAND_SECTIONS
};

struct command {
    const char *name;               /* "next"; never changes, settings refer to it */
    enum command_section section;   /* of the help overlay */
    const char *keys[COMMAND_KEYS]; /* window key names; the first is the best known */
    const char *help;               /* English; translated when shown */
    void (*run)(struct app *app);
};

/* The table's rows; NULL past the end. */
const struct command *command_at(size_t index);
const struct command *command_find(const char *name);
/* A key as people know it: "Ctrl+→", "Esc"; `out` holds COMMAND_KEY_SIZE bytes and is returned. */
enum { COMMAND_KEY_SIZE = 32 };
const char *command_key_shown(const char *key, char *out);

/* The command behind a button of the screen (enum screen_button), NULL for an unknown number. */
const struct command *command_for_button(int64_t button);
