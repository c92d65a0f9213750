#include "engine/base/visible.h"

enum { CONTROL_PICTURES = 0x2400, OPEN_BOX = 0x2423, ARROWS = 0x21C6, REPLACEMENT = 0xFFFD };

static bool steers_direction(uint32_t c)
{
    return c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x206F);
}

/* A joiner (U+200D) is not among them: what it joins can be seen. */
static bool has_no_width(uint32_t c)
{
    return c == 0x200B || (c >= 0x2060 && c <= 0x2064) || c == 0x180E || c == 0xFEFF ||
           c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0;
}

/* Tags are letters that nobody sees. */
static bool is_unseen(uint32_t c)
{
    return (c >= 0x80 && c < 0xA0) || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE0FFF);
}

uint32_t visible_character(uint32_t character)
{
    if (character < 0x20) {
        const bool blank = character == '\t' || character == '\n' || character == '\r';
        return blank ? ' ' : CONTROL_PICTURES + character;
    }
    if (character < 0x7F) {
        return character;
    }
    if (character == 0x7F) {
        return CONTROL_PICTURES + 0x21;
    }
    if (character == 0x2028 || character == 0x2029) {
        return ' ';
    }
    if (steers_direction(character)) {
        return ARROWS;
    }
    if (has_no_width(character)) {
        return OPEN_BOX;
    }
    return is_unseen(character) ? REPLACEMENT : character;
}

bool text_is_visible(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t size = 1;
        const unsigned char byte = (unsigned char)bytes[at];
        if (byte < 0x80) {
            if (byte < 0x20 || byte == 0x7F) {
                return false;
            }
        } else {
            const uint32_t character = utf8_decode(bytes + at, length - at, &size);
            if (size == 1 || visible_character(character) != character) {
                return false;
            }
        }
        at += size;
    }
    return true;
}

void text_append_visible(struct text *out, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t size;
        const uint32_t character = utf8_decode(bytes + at, length - at, &size);
        text_append_utf8(out, visible_character(character));
        at += size;
    }
}
