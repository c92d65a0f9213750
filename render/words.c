#include "render/words.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

/* A catalogue as msgfmt writes it: a header of 32-bit numbers, then for originals and translations a
 * table of (length, offset) each; originals are sorted, every text ends with a NUL. */
enum {
    MO_MAGIC = 0x950412de,
    MO_COUNT = 2,
    MO_ORIGINALS = 3,
    MO_TRANSLATIONS = 4,
    MO_HEADER = 28,
    MO_BYTES_MAX = 4 << 20
};

struct catalogue {
    struct text bytes;
    uint32_t count, originals, translations;
};

struct words {
    struct catalogue catalogues[LANGUAGE_COUNT]; /* count 0: none */
};

static const char *const codes[LANGUAGE_COUNT] = { [LANGUAGE_EN] = "en", [LANGUAGE_VI] = "vi" };

static uint32_t number_at(const struct catalogue *catalogue, size_t offset)
{
    uint32_t number;

    memcpy(&number, catalogue->bytes.bytes + offset, sizeof(number));
    return number;
}

/* Text `index` of a table, or NULL if it does not lie in the file with its NUL. */
static const char *text_at(const struct catalogue *catalogue, uint32_t table, uint32_t index)
{
    const size_t entry = (size_t)table + (size_t)index * 8;
    const size_t length = number_at(catalogue, entry), offset = number_at(catalogue, entry + 4);

    if (offset + length >= catalogue->bytes.length ||
        catalogue->bytes.bytes[offset + length] != '\0') {
        return NULL;
    }
    return catalogue->bytes.bytes + offset;
}

static bool table_fits(const struct catalogue *catalogue, uint32_t table)
{
    return (size_t)table + (size_t)catalogue->count * 8 <= catalogue->bytes.length;
}

/* Everything is checked once here, so that looking up needs no checks. */
static bool check(struct catalogue *catalogue)
{
    if (catalogue->bytes.length < MO_HEADER || number_at(catalogue, 0) != (uint32_t)MO_MAGIC) {
        return false;
    }
    catalogue->count = number_at(catalogue, (size_t)MO_COUNT * 4);
    catalogue->originals = number_at(catalogue, (size_t)MO_ORIGINALS * 4);
    catalogue->translations = number_at(catalogue, (size_t)MO_TRANSLATIONS * 4);
    if (!table_fits(catalogue, catalogue->originals) ||
        !table_fits(catalogue, catalogue->translations)) {
        return false;
    }
    for (uint32_t i = 0; i < catalogue->count; i++) {
        if (!text_at(catalogue, catalogue->originals, i) ||
            !text_at(catalogue, catalogue->translations, i)) {
            return false;
        }
    }
    return true;
}

static bool load(struct catalogue *catalogue, const char *path, struct error *err)
{
    if (!file_read(path, MO_BYTES_MAX, &catalogue->bytes, err)) {
        return error_prefix(err, "no translation");
    }
    if (!check(catalogue)) {
        catalogue->count = 0;
        return error_set_kind(err, ERROR_IO, "no translation: %s is no gettext catalogue", path);
    }
    return true;
}

struct words *words_create(const char *directory, struct error *err)
{
    struct words *const words = memory_allocate(1, sizeof(*words));
    struct text path = { 0 };

    text_format(&path, "%s/%s/LC_MESSAGES/gradlight.mo", directory, codes[LANGUAGE_VI]);
    load(&words->catalogues[LANGUAGE_VI], text_string(&path), err);
    text_finish(&path);
    return words;
}

void words_destroy(struct words *words)
{
    if (!words) {
        return;
    }
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        text_finish(&words->catalogues[i].bytes);
    }
    free(words);
}

const char *words_in(const struct words *words, enum language language, const char *english)
{
    const struct catalogue *const catalogue = &words->catalogues[language];
    uint32_t low = 0, high = catalogue->count;

    /* The empty original is the catalogue's own header. */
    while (low < high && english[0]) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = strcmp(english, text_at(catalogue, catalogue->originals, middle));
        if (order == 0) {
            const char *const found = text_at(catalogue, catalogue->translations, middle);
            return found[0] ? found : english;
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    return english;
}

bool language_find(enum language *out, const char *name)
{
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const size_t length = strlen(codes[i]);
        const char after = strncmp(name, codes[i], length) == 0 ? name[length] : 'x';
        if (after == '\0' || after == '_' || after == '.' || after == '@') {
            *out = (enum language)i;
            return true;
        }
    }
    return false;
}

const char *language_code(enum language language)
{
    return codes[language];
}
