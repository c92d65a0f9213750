#pragma once
/* Which key does what: the keys of the table of commands, but for those that the settings give to others.
 *
 *     keys.next = Right, PageDown, Ctrl+J
 *     keys.play =
 *
 * A command has the keys of its line and no others; a key that it takes is no longer another's. Keys of the
 * section "Presenting" count while presenting alone, and there before all others. */

#include <stdbool.h>

#include "app/command/command.h"

struct keys;
struct settings;

struct keys *keys_create(const struct settings *settings);
void keys_destroy(struct keys *keys);

/* What is wrong with the lines of the settings, as an English sentence; "" if nothing. Such keys are left
 * out, all others count. */
const char *keys_trouble(const struct keys *keys);

/* The command of a key, or NULL. */
const struct command *keys_find(const struct keys *keys, const char *key, bool presenting);

/* The keys of a command; NULL past the last. */
const char *keys_of(const struct keys *keys, const struct command *command, size_t index);

/* Its first key as people know it, "" if it has none; `out` is returned. */
const char *keys_shown(const struct keys *keys, const struct command *command,
                       char out[COMMAND_KEY_SIZE]);
