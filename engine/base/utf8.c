#include "engine/base/text.h"

enum { REPLACEMENT = 0xFFFD };

/* Length of the sequence that `lead` begins, or 0 if nothing may begin with it. */
static size_t sequence_size(unsigned char lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC2) {
        return 0; /* a continuation byte, or an overlong two-byte form */
    }
    if (lead < 0xE0) {
        return 2;
    }
    if (lead < 0xF0) {
        return 3;
    }
    return lead < 0xF5 ? 4 : 0;
}

static bool allowed(uint32_t character, size_t size)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
    return character >= smallest[size] && character <= 0x10FFFF && !surrogate;
}

uint32_t utf8_decode(const char *bytes, size_t length, size_t *size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const size_t wanted = sequence_size(at[0]);
    *size = 1;
    if (wanted == 1) {
        return at[0];
    }
    if (wanted == 0 || wanted > length) {
        return REPLACEMENT;
    }
    uint32_t character = at[0] & (0x7Fu >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return REPLACEMENT;
        }
        character = character << 6 | (at[i] & 0x3Fu);
    }
    if (!allowed(character, wanted)) {
        return REPLACEMENT;
    }
    *size = wanted;
    return character;
}

/* Moves over whole words of ASCII. */
static size_t skip_ascii(const char *bytes, size_t at, size_t length)
{
    uint64_t word;
    for (; at + sizeof(word) <= length; at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        if (word & UINT64_C(0x8080808080808080)) {
            break;
        }
    }
    return at;
}

const char *utf8_find_broken(const char *bytes, size_t length)
{
    size_t at = skip_ascii(bytes, 0, length);
    while (at < length) {
        size_t size = 1;
        if ((unsigned char)bytes[at] >= 0x80) {
            utf8_decode(bytes + at, length - at, &size);
            if (size == 1) {
                return bytes + at;
            }
        }
        at += size;
    }
    return NULL;
}

bool utf8_valid(const char *bytes, size_t length)
{
    return !utf8_find_broken(bytes, length);
}

void text_append_utf8(struct text *text, uint32_t character)
{
    if (character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)) {
        character = REPLACEMENT;
    }
    char out[4];
    if (character < 0x80) {
        text_append_char(text, (char)character);
    } else if (character < 0x800) {
        out[0] = (char)(0xC0 | character >> 6);
        out[1] = (char)(0x80 | (character & 0x3F));
        text_append(text, out, 2);
    } else if (character < 0x10000) {
        out[0] = (char)(0xE0 | character >> 12);
        out[1] = (char)(0x80 | (character >> 6 & 0x3F));
        out[2] = (char)(0x80 | (character & 0x3F));
        text_append(text, out, 3);
    } else {
        out[0] = (char)(0xF0 | character >> 18);
        out[1] = (char)(0x80 | (character >> 12 & 0x3F));
        out[2] = (char)(0x80 | (character >> 6 & 0x3F));
        out[3] = (char)(0x80 | (character & 0x3F));
        text_append(text, out, 4);
    }
}
