#include "render/text/private.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "engine/base/visible.h"

/* The characters of a line with the bytes they begin at. */
struct characters {
    uint32_t code[FONTS_LINE_MAX];
    uint32_t byte[FONTS_LINE_MAX];
    size_t count;
};

bool is_mark(uint32_t c)
{
    return (c >= 0x300 && c < 0x370) || (c >= 0x1AB0 && c < 0x1B00) ||
           (c >= 0x1DC0 && c < 0x1E00) || (c >= 0x20D0 && c < 0x2100) ||
           (c >= 0xFE00 && c < 0xFE10) || c == 0x200D;
}

static void decode(struct characters *out, const char *bytes, size_t length)
{
    out->count = 0;
    for (size_t at = 0; at < length;) {
        size_t size;
        out->code[out->count] = visible_character(utf8_decode(bytes + at, length - at, &size));
        out->byte[out->count++] = (uint32_t)at;
        at += size;
    }
}

/* The first font of the chain that has the character; the first of all if none has. */
static size_t font_for(const struct font_chain *chain, uint32_t character)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (FT_Get_Char_Index(chain->fonts[i]->face, character) != 0) {
            return i;
        }
    }
    return 0;
}

/* End of the piece that starts at `from` and stays in one font. A mark belongs to what it stands
 * on, in whatever font that is. */
static size_t piece_end(const struct font_chain *chain, const struct characters *text, size_t from,
                        size_t font)
{
    size_t to = from + 1;
    while (to < text->count &&
           (is_mark(text->code[to]) || font_for(chain, text->code[to]) == font)) {
        to++;
    }
    return to;
}

/* Shapes characters [from, to) in one font and appends the glyphs. */
static void piece_shape(struct fonts *fonts, struct shaped *line, const struct characters *text,
                        size_t from, size_t to, const struct font *font)
{
    hb_buffer_t *buffer = fonts->buffer;
    hb_buffer_reset(buffer);
    for (size_t i = from; i < to; i++) {
        hb_buffer_add(buffer, text->code[i], text->byte[i]);
    }
    hb_buffer_set_content_type(buffer, HB_BUFFER_CONTENT_TYPE_UNICODE);
    hb_buffer_guess_segment_properties(buffer);
    /* "->" and "!=" stay what was typed. */
    static const hb_feature_t features[] = {
        { HB_TAG('l', 'i', 'g', 'a'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END },
        { HB_TAG('c', 'a', 'l', 't'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END },
    };
    hb_shape(font->shaper, buffer, features, 2);
    unsigned count;
    const hb_glyph_info_t *infos = hb_buffer_get_glyph_infos(buffer, &count);
    const hb_glyph_position_t *places = hb_buffer_get_glyph_positions(buffer, &count);
    line->glyphs =
        memory_resize(line->glyphs, line->glyph_count + count + 1, sizeof(*line->glyphs));
    for (unsigned i = 0; i < count; i++) {
        line->glyphs[line->glyph_count++] =
            (struct glyph){ .id = infos[i].codepoint,
                            .x = line->width + (float)places[i].x_offset / font->em,
                            .y = -(float)places[i].y_offset / font->em,
                            .cluster = infos[i].cluster };
        line->width += (float)places[i].x_advance / font->em;
    }
}

static void runs_point(struct shaped *line)
{
    const struct glyph *at = line->glyphs;
    for (size_t i = 0; i < line->run_count; i++) {
        line->runs[i].glyphs = at;
        at += line->runs[i].count;
    }
}

static void line_shape(struct fonts *fonts, struct shaped *line)
{
    struct characters *text = memory_allocate(1, sizeof(*text));
    decode(text, line->bytes, line->length);
    const struct font_chain *chain = &fonts->chains[line->role];
    for (size_t from = 0; from < text->count;) {
        const size_t font = font_for(chain, text->code[from]);
        const size_t to = piece_end(chain, text, from, font);
        const size_t before = line->glyph_count;
        piece_shape(fonts, line, text, from, to, chain->fonts[font]);
        line->runs = memory_resize(line->runs, line->run_count + 1, sizeof(*line->runs));
        line->runs[line->run_count++] =
            (struct glyph_run){ .font = font, .count = line->glyph_count - before };
        from = to;
    }
    runs_point(line);
    free(text);
}

/* The most bytes that are looked at, without a torn character at the end. */
static size_t looked_at(const char *bytes, size_t length)
{
    if (length <= FONTS_LINE_MAX) {
        return length;
    }
    size_t end = FONTS_LINE_MAX;
    while (end > FONTS_LINE_MAX - 3 && ((unsigned char)bytes[end] & 0xC0) == 0x80) {
        end--;
    }
    return end;
}

static void shaped_destroy(struct shaped *line)
{
    free(line->bytes);
    free(line->runs);
    free(line->glyphs);
    free(line);
}

/* In bytes, without what the allocator adds. */
static size_t shaped_size(const struct shaped *line)
{
    return sizeof(*line) + line->length + 1 + line->run_count * sizeof(*line->runs) +
           line->glyph_count * sizeof(*line->glyphs);
}

void shaped_clear(struct fonts *fonts)
{
    for (size_t i = 0; i < RUN_SLOTS; i++) {
        while (fonts->slots[i]) {
            struct shaped *line = fonts->slots[i];
            fonts->slots[i] = line->next;
            shaped_destroy(line);
        }
    }
    fonts->shaped_count = fonts->shaped_bytes = 0;
}

const struct shaped *shaped_line(struct fonts *fonts, enum type_role role, const char *bytes,
                                 size_t length)
{
    length = looked_at(bytes, length);
    const uint64_t hash = hash_bytes(HASH_START + (uint64_t)role, bytes, length);
    struct shaped **slot = &fonts->slots[hash % RUN_SLOTS];
    for (struct shaped *line = *slot; line; line = line->next) {
        if (line->hash == hash && line->role == role && line->length == length &&
            memcmp(line->bytes, bytes, length) == 0) {
            return line;
        }
    }
    if (fonts->shaped_count >= RUNS_MAX || fonts->shaped_bytes >= RUN_BYTES_MAX) {
        shaped_clear(fonts);
    }
    struct shaped *line = memory_allocate(1, sizeof(*line));
    line->hash = hash;
    line->role = role;
    line->bytes = memory_copy_text(bytes, length);
    line->length = length;
    line->next = *slot;
    *slot = line;
    line_shape(fonts, line);
    fonts->shaped_count++;
    fonts->shaped_bytes += shaped_size(line);
    return line;
}
