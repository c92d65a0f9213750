/* Fonts that travel inside a file: only the characters that it shows. */

#include <hb-subset.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "render/text/private.h"

enum { CHARACTERS = 0x110000, WORD_BITS = 64 };

void used_letters_add(struct used_letters *letters, enum type_role role, const char *bytes,
                      size_t length)
{
    uint64_t **const set = &letters->sets[role];

    if (!*set) {
        *set = memory_allocate(CHARACTERS / WORD_BITS, sizeof(**set));
    }
    for (size_t at = 0, size; at < length; at += size) {
        const uint32_t c = utf8_decode(bytes + at, length - at, &size);
        (*set)[c / WORD_BITS] |= UINT64_C(1) << c % WORD_BITS;
    }
}

void used_letters_finish(struct used_letters *letters)
{
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        free(letters->sets[role]);
    }
}

static void fill_set(hb_set_t *set, const uint64_t *words)
{
    for (uint32_t c = 0; c < CHARACTERS; c++) {
        if (words[c / WORD_BITS] >> c % WORD_BITS & 1) {
            hb_set_add(set, c);
        }
    }
}

static void remove_known(hb_set_t *set, const struct font *font)
{
    hb_set_t *const known = hb_set_create();

    hb_face_collect_unicodes(hb_font_get_face(font->shaper), known);
    hb_set_subtract(set, known);
    hb_set_destroy(known);
}

/* Those of the wanted characters that it has, with what shapes them. */
static bool subset(const struct font *font, const hb_set_t *wanted, struct text *out)
{
    hb_face_t *const face = hb_font_get_face(font->shaper);
    hb_subset_input_t *const input = hb_subset_input_create_or_fail();
    hb_set_t *const has = hb_set_create();
    hb_face_t *small = NULL;

    hb_face_collect_unicodes(face, has);
    hb_set_intersect(has, wanted);
    if (input && !hb_set_is_empty(has)) {
        hb_set_union(hb_subset_input_unicode_set(input), has);
        hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NO_HINTING);
        small = hb_subset_or_fail(face, input);
    }
    if (small) {
        hb_blob_t *const blob = hb_face_reference_blob(small);
        unsigned length;
        const char *const bytes = hb_blob_get_data(blob, &length);
        text_append(out, bytes, length);
        hb_blob_destroy(blob);
        hb_face_destroy(small);
    }
    hb_set_destroy(has);
    hb_subset_input_destroy(input);
    return small != NULL;
}

bool fonts_subset(const struct fonts *fonts, const struct used_letters *letters,
                  enum type_role role, size_t index, struct text *out)
{
    const struct font_chain *const chain = &fonts->chains[role];

    if (fonts->fixed || index >= chain->count || !letters->sets[role]) {
        return false;
    }
    hb_set_t *const wanted = hb_set_create();
    fill_set(wanted, letters->sets[role]);
    for (size_t i = 0; i < index; i++) {
        remove_known(wanted, chain->fonts[i]);
    }
    const bool any = subset(chain->fonts[index], wanted, out);
    hb_set_destroy(wanted);
    return any;
}
