#include "render/text/search_text.h"

#include <string.h>

#include "engine/base/text.h"

/* Letters with marks, as ranges of characters with the same letter without. */
struct marked {
    uint32_t first, last;
    char letter;
};

static const struct marked marked[] = {
    { 0xC0, 0xC5, 'a' },     { 0xC7, 0xC7, 'c' },     { 0xC8, 0xCB, 'e' },
    { 0xCC, 0xCF, 'i' },     { 0xD1, 0xD1, 'n' },     { 0xD2, 0xD6, 'o' },
    { 0xD8, 0xD8, 'o' },     { 0xD9, 0xDC, 'u' },     { 0xDD, 0xDD, 'y' },
    { 0xE0, 0xE5, 'a' },     { 0xE7, 0xE7, 'c' },     { 0xE8, 0xEB, 'e' },
    { 0xEC, 0xEF, 'i' },     { 0xF1, 0xF1, 'n' },     { 0xF2, 0xF6, 'o' },
    { 0xF8, 0xF8, 'o' },     { 0xF9, 0xFC, 'u' },     { 0xFD, 0xFD, 'y' },
    { 0x102, 0x103, 'a' },   { 0x110, 0x111, 'd' },   { 0x128, 0x129, 'i' },
    { 0x168, 0x169, 'u' },   { 0x1A0, 0x1A1, 'o' },   { 0x1AF, 0x1B0, 'u' },
    { 0x1EA0, 0x1EB7, 'a' }, { 0x1EB8, 0x1EC7, 'e' }, { 0x1EC8, 0x1ECB, 'i' },
    { 0x1ECC, 0x1EE3, 'o' }, { 0x1EE4, 0x1EF1, 'u' }, { 0x1EF2, 0x1EF9, 'y' },
};

static uint32_t plain(uint32_t character)
{
    if (character >= 'A' && character <= 'Z') {
        return character - 'A' + 'a';
    }
    for (size_t i = 0; i < sizeof(marked) / sizeof(marked[0]); i++) {
        if (character >= marked[i].first && character <= marked[i].last) {
            return (uint32_t)marked[i].letter;
        }
    }
    return character;
}

static bool is_mark(uint32_t character)
{
    return character >= 0x300 && character <= 0x36F;
}

/* The next character of the text that counts; 0 at its end. The text is a whole lesson's: no more of it is looked at
 * for one character than that has. */
static uint32_t next_plain(const char **at)
{
    enum { LONGEST = 4 };
    while (**at) {
        size_t size;
        const uint32_t character = utf8_decode(*at, strnlen(*at, LONGEST), &size);
        *at += size > 0 ? size : 1;
        if (!is_mark(character)) {
            return plain(character);
        }
    }
    return 0;
}

static bool starts_with(const char *text, const char *query)
{
    for (;;) {
        const uint32_t wanted = next_plain(&query);
        if (wanted == 0) {
            return true;
        }
        if (next_plain(&text) != wanted) {
            return false;
        }
    }
}

bool search_text(const char *text, const char *query)
{
    if (!query[0]) {
        return false;
    }
    for (const char *at = text; *at; next_plain(&at)) {
        if (starts_with(at, query)) {
            return true;
        }
    }
    return false;
}
