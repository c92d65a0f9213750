#include "app/command/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/settings.h"
#include "app/window/window.h"
#include "engine/base/arena.h"
#include "engine/base/memory.h"

enum { COMMANDS_MOST = 256, TROUBLE_SIZE = 400 };

struct row {
    const char *keys[COMMAND_KEYS];
    bool own; /* from the settings */
};

struct keys {
    struct row rows[COMMANDS_MOST];
    struct arena arena;
    char trouble[TROUBLE_SIZE];
};

static size_t index_of(const struct command *command)
{
    return (size_t)(command - command_at(0));
}

/* Two commands that never hear the same key. */
static bool are_apart(const struct command *a, const struct command *b)
{
    return (a->section == COMMAND_PRESENT) != (b->section == COMMAND_PRESENT);
}

/* ---- the settings ------------------------------------------------------------------------ */

/* The first fault is told: the others show when it is mended. */
static void complain(struct keys *keys, const char *command, const char *what, const char *key)
{
    if (!keys->trouble[0]) {
        snprintf(keys->trouble, sizeof(keys->trouble), "keys.%s in the settings: %s “%s”", command,
                 what, key);
    }
}

static void remove_key(struct row *row, size_t at)
{
    for (; at + 1 < COMMAND_KEYS; at++) {
        row->keys[at] = row->keys[at + 1];
    }
    row->keys[COMMAND_KEYS - 1] = NULL;
}

/* Takes the key from the command that has it by default. The command that has it by the settings as well;
 * NULL: none. */
static const struct command *take_from_others(struct keys *keys, const struct command *command,
                                              const char *key)
{
    for (size_t i = 0; command_at(i); i++) {
        struct row *const row = &keys->rows[i];
        for (size_t k = 0; k < COMMAND_KEYS && row->keys[k]; k++) {
            if (command_at(i) == command || are_apart(command_at(i), command) ||
                strcmp(row->keys[k], key) != 0) {
                continue;
            }
            if (row->own) {
                return command_at(i);
            }
            remove_key(row, k--);
        }
    }
    return NULL;
}

static void add_key(struct keys *keys, const struct command *command, const char *name)
{
    struct row *const row = &keys->rows[index_of(command)];
    char key[WINDOW_KEY_SIZE];
    size_t count = 0;

    if (!window_key(name, key)) {
        complain(keys, command->name, "there is no key", name);
        return;
    }
    const struct command *const other = take_from_others(keys, command, key);
    if (other) {
        complain(keys, command->name,
                 arena_format(&keys->arena, "keys.%s has it too:", other->name), key);
        return;
    }
    while (count < COMMAND_KEYS && row->keys[count] && strcmp(row->keys[count], key) != 0) {
        count++;
    }
    if (count == COMMAND_KEYS) {
        complain(keys, command->name, "there are more keys than there is room for, from", name);
        return;
    }
    row->keys[count] = arena_copy_text(&keys->arena, key, strlen(key));
}

static void take_line(struct keys *keys, const struct command *command, const char *value)
{
    static const char between[] = ",", blanks[] = " \t";
    struct row *const row = &keys->rows[index_of(command)];

    *row = (struct row){ .own = true };
    while (*value) {
        value += strspn(value, blanks);
        const size_t length = strcspn(value, between);
        size_t end = length;
        while (end > 0 && strchr(blanks, value[end - 1])) {
            end--;
        }
        if (end > 0) {
            add_key(keys, command, arena_copy_text(&keys->arena, value, end));
        }
        value += length + (value[length] != '\0');
    }
}

static void take_settings(struct keys *keys, const struct settings *settings)
{
    static const char prefix[] = "keys.";
    const size_t length = strlen(prefix);

    for (size_t i = 0; settings_name(settings, i); i++) {
        const char *const name = settings_name(settings, i);
        if (strncmp(name, prefix, length) != 0) {
            continue;
        }
        const struct command *const command = command_find(name + length);
        if (command) {
            take_line(keys, command, settings_text(settings, name, ""));
        } else {
            complain(keys, name + length, "there is no command", name + length);
        }
    }
}

struct keys *keys_create(const struct settings *settings)
{
    struct keys *const keys = memory_allocate(1, sizeof(*keys));

    for (size_t i = 0; command_at(i) && i < COMMANDS_MOST; i++) {
        memcpy(keys->rows[i].keys, command_at(i)->keys, sizeof(keys->rows[i].keys));
    }
    take_settings(keys, settings);
    return keys;
}

void keys_destroy(struct keys *keys)
{
    if (keys) {
        arena_finish(&keys->arena);
        free(keys);
    }
}

const char *keys_trouble(const struct keys *keys)
{
    return keys->trouble;
}

/* ---- asking ------------------------------------------------------------------------------ */

static bool has_key(const struct row *row, const char *key)
{
    for (size_t k = 0; k < COMMAND_KEYS && row->keys[k]; k++) {
        if (strcmp(row->keys[k], key) == 0) {
            return true;
        }
    }
    return false;
}

const struct command *keys_find(const struct keys *keys, const char *key, bool presenting)
{
    const struct command *found = NULL;

    for (size_t i = 0; command_at(i); i++) {
        const bool first = command_at(i)->section == COMMAND_PRESENT;
        if (!has_key(&keys->rows[i], key) || (first && !presenting)) {
            continue;
        }
        if (first) {
            return command_at(i);
        }
        found = command_at(i);
    }
    return found;
}

const char *keys_of(const struct keys *keys, const struct command *command, size_t index)
{
    return index < COMMAND_KEYS ? keys->rows[index_of(command)].keys[index] : NULL;
}

const char *keys_shown(const struct keys *keys, const struct command *command,
                       char out[COMMAND_KEY_SIZE])
{
    const char *const key = keys_of(keys, command, 0);

    out[0] = '\0';
    return key ? command_key_shown(key, out) : out;
}
