#pragma once
/* What is remembered from one start to the next: one text file of `name = value` lines that can be
 * edited by hand. Lines that are not known, comments and broken lines stay where they are. Two windows
 * may keep the same file: each writes only the names that it changed.
 *
 *     struct settings *settings = settings_open(path);
 *     settings_set_text(settings, "theme", "dark");
 *     settings_save(settings, &err);
 */

#include <stddef.h>

#include "engine/base/error.h"

struct settings;

/* XDG_CONFIG_HOME/gradlight/settings, or .config in the home folder; `out` holds PATH_SIZE bytes
 * (app/paths.h). False when there is no home. */
bool settings_path(char *out);

/* Never NULL: a file that is not there is a store without names. With path NULL it lives in memory
 * alone. */
struct settings *settings_open(const char *path);
void settings_destroy(struct settings *settings);

/* What was wrong with the file, as an English sentence; "" if nothing. */
const char *settings_trouble(const struct settings *settings);

/* The value of a name, or `otherwise` when there is none, or none of that kind. A name or value is any
 * UTF-8. Text is lent until the next settings_set_ or settings_save. */
const char *settings_text(const struct settings *settings, const char *name, const char *otherwise);
double settings_number(const struct settings *settings, const char *name, double otherwise);
bool settings_flag(const struct settings *settings, const char *name, bool otherwise);

/* Sets a value; nothing is written before settings_save. Text NULL takes the name away. */
void settings_set_text(struct settings *settings, const char *name, const char *value);
void settings_set_number(struct settings *settings, const char *name, double value);
void settings_set_flag(struct settings *settings, const char *name, bool value); /* yes, no */

/* The names in the file's order, for those who keep many ("bookmarks.…"); NULL past the end. */
const char *settings_name(const struct settings *settings, size_t index);

/* Whether there is something to write. */
bool settings_changed(const struct settings *settings);
/* Writes beside the file and renames. False with a sentence when that cannot be; then nothing on disk
 * has changed, and all values stay as they are set. */
bool settings_save(struct settings *settings, struct error *err);
