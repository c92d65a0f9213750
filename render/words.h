#pragma once
/* Interface strings in the language of the moment, from gettext catalogues (assets/po, compiled
 * by msgfmt). Read here and not by libintl, whose language is a setting of the whole process and
 * needs generated locales: both languages are shown side by side in exports, and the key that
 * switches must work in the C locale. */

#include "engine/base/error.h"
#include "engine/base/text.h"

enum language { LANGUAGE_EN, LANGUAGE_VI, LANGUAGE_COUNT };

struct words;

/* English needs no file. When a catalogue is missing err says so and English stands in. */
struct words *words_create(const char *directory, struct error *err);
void words_destroy(struct words *words);

/* Marks an English text that stands in a table and is translated where it is shown. */
#define WORD(english) english

/* The translation of the English text, or the text itself. Lives as long as `words`. */
const char *words_in(const struct words *words, enum language language, const char *english);

/* "vi" or "en" (also "vi_VN.UTF-8"); false for others. */
bool language_find(enum language *out, const char *name);
const char *language_code(enum language language);
