#include "render/text/private.h"

#include <stdlib.h>
#include <string.h>

#include <fontconfig/fontconfig.h>
#include <hb-ot.h>

#include "engine/base/memory.h"

/* What a role's chain asks fontconfig for. The chain is fixed: fontconfig would choose per string,
 * and differently on every machine. */
struct wanted {
    const char *family;
    int weight; /* of fontconfig */
    bool italic;
};

static const struct wanted wanted[TYPE_ROLE_COUNT][FONTS_PER_ROLE] = {
    [TYPE_UI] = { { "Inter", FC_WEIGHT_REGULAR, false },
                  { "Noto Sans Math", FC_WEIGHT_REGULAR, false },
                  { "DejaVu Sans", FC_WEIGHT_REGULAR, false },
                  { "JetBrains Mono", FC_WEIGHT_REGULAR, false } },
    [TYPE_UI_BOLD] = { { "Inter", FC_WEIGHT_DEMIBOLD, false },
                       { "Noto Sans Math", FC_WEIGHT_REGULAR, false },
                       { "DejaVu Sans", FC_WEIGHT_BOLD, false },
                       { "JetBrains Mono", FC_WEIGHT_BOLD, false } },
    [TYPE_UI_ITALIC] = { { "Inter", FC_WEIGHT_REGULAR, true },
                         { "Noto Sans Math", FC_WEIGHT_REGULAR, false },
                         { "DejaVu Sans", FC_WEIGHT_REGULAR, false },
                         { "JetBrains Mono", FC_WEIGHT_REGULAR, false } },
    [TYPE_MONO] = { { "JetBrains Mono", FC_WEIGHT_REGULAR, false },
                    { "Noto Sans Mono", FC_WEIGHT_REGULAR, false },
                    { "Noto Sans Math", FC_WEIGHT_REGULAR, false },
                    { "DejaVu Sans", FC_WEIGHT_REGULAR, false } },
    [TYPE_MONO_BOLD] = { { "JetBrains Mono", FC_WEIGHT_BOLD, false },
                         { "Noto Sans Mono", FC_WEIGHT_BOLD, false },
                         { "Noto Sans Math", FC_WEIGHT_REGULAR, false },
                         { "DejaVu Sans", FC_WEIGHT_BOLD, false } },
};

static bool has_family(const FcPattern *match, const char *family)
{
    FcChar8 *name;
    for (int i = 0; FcPatternGetString(match, FC_FAMILY, i, &name) == FcResultMatch; i++) {
        if (FcStrCmpIgnoreCase(name, (const FcChar8 *)family) == 0) {
            return true;
        }
    }
    return false;
}

/* What was found for each place of the chains, so that nothing is asked for twice, and the fonts of the
 * families that are wanted at all: to choose among all that are installed takes long. */
struct search {
    FcConfig *config;
    FcFontSet *fonts;
    struct font *found[TYPE_ROLE_COUNT][FONTS_PER_ROLE]; /* NULL: not installed */
};

static bool is_wanted(const FcPattern *font)
{
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        for (size_t i = 0; i < FONTS_PER_ROLE && wanted[role][i].family; i++) {
            if (has_family(font, wanted[role][i].family)) {
                return true;
            }
        }
    }
    return false;
}

static FcFontSet *fonts_of_families(FcConfig *config)
{
    static const FcSetName names[] = { FcSetSystem, FcSetApplication };
    FcFontSet *const chosen = FcFontSetCreate();

    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        const FcFontSet *const all = FcConfigGetFonts(config, names[n]);
        for (int i = 0; all && i < all->nfont; i++) {
            if (is_wanted(all->fonts[i])) {
                FcPatternReference(all->fonts[i]);
                FcFontSetAdd(chosen, all->fonts[i]);
            }
        }
    }
    return chosen;
}

/* The best match, which may be of another family: the caller looks. Owned by the caller. */
static FcPattern *pattern_find(struct search *search, const struct wanted *want)
{
    FcPattern *pattern = FcPatternCreate();
    FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)want->family);
    FcPatternAddInteger(pattern, FC_WEIGHT, want->weight);
    FcPatternAddInteger(pattern, FC_SLANT, want->italic ? FC_SLANT_ITALIC : FC_SLANT_ROMAN);
    FcPatternAddInteger(pattern, FC_WIDTH, FC_WIDTH_NORMAL);
    FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
    FcConfigSubstitute(search->config, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcResult result;
    FcPattern *match = FcFontSetMatch(search->config, &search->fonts, 1, pattern, &result);
    FcPatternDestroy(pattern);
    return match;
}

static hb_font_t *shaper_create(const char *path, int index, int em)
{
    hb_blob_t *blob = hb_blob_create_from_file(path);
    hb_face_t *face = hb_face_create(blob, (unsigned)index & 0xffff);
    hb_blob_destroy(blob);
    hb_font_t *shaper = hb_font_create(face);
    hb_face_destroy(face);
    hb_font_set_scale(shaper, em, em);
    /* A variable font: fontconfig and FreeType number its named instances in the upper half. */
    if (index >> 16 > 0) {
        hb_font_set_var_named_instance(shaper, (unsigned)(index >> 16) - 1);
    }
    return shaper;
}

/* NULL when FreeType cannot open it or it has no outlines: the chain goes on without. */
static struct font *font_open(struct fonts *fonts, const char *path, int index, const char *family)
{
    for (size_t i = 0; i < fonts->file_count; i++) {
        struct font *font = &fonts->files[i];
        if (font->index == index && strcmp(font->path, path) == 0) {
            return font;
        }
    }
    FT_Face face;
    if (FT_New_Face(fonts->library, path, index, &face)) {
        return NULL;
    }
    if (!FT_IS_SCALABLE(face) || face->units_per_EM == 0) {
        FT_Done_Face(face);
        return NULL;
    }
    struct font *font = &fonts->files[fonts->file_count++];
    *font = (struct font){ .path = memory_copy_string(path),
                           .family = memory_copy_string(family),
                           .index = index,
                           .face = face,
                           .shaper = shaper_create(path, index, face->units_per_EM),
                           .em = (float)face->units_per_EM };
    return font;
}

static bool can_write_vietnamese(const struct font *font)
{
    static const uint32_t letters[] = { 'a', 0x1EBF, 0x1EE3, 0x1EEF, 0x1EB7, 0x0111 };
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (FT_Get_Char_Index(font->face, letters[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* Letters come from the first font of a chain. When the best one is not installed, the next that
 * has all letters takes its place, not one of mathematical signs. */
static bool chain_order(struct font_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        struct font *font = chain->fonts[i];
        if (can_write_vietnamese(font)) {
            memmove(&chain->fonts[1], &chain->fonts[0], i * sizeof(chain->fonts[0]));
            chain->fonts[0] = font;
            chain->ascent = (float)font->face->ascender / font->em;
            chain->descent = (float)-font->face->descender / font->em;
            return true;
        }
    }
    return false;
}

static bool is_same_wish(const struct wanted *a, const struct wanted *b)
{
    return b->family && strcmp(a->family, b->family) == 0 && a->weight == b->weight &&
           a->italic == b->italic;
}

static struct font *font_find(struct fonts *fonts, struct search *search, const struct wanted *want)
{
    FcPattern *const match = pattern_find(search, want);
    FcChar8 *path = NULL;
    struct font *font = NULL;
    int index = 0;

    if (match && has_family(match, want->family) &&
        FcPatternGetString(match, FC_FILE, 0, &path) == FcResultMatch) {
        FcPatternGetInteger(match, FC_INDEX, 0, &index);
        font = font_open(fonts, (const char *)path, index, want->family);
    }
    if (match) {
        FcPatternDestroy(match);
    }
    return font;
}

/* As an earlier role found it, which may be that it is not there. */
static struct font *font_for(struct fonts *fonts, struct search *search, enum type_role role,
                             size_t place)
{
    const struct wanted *const want = &wanted[role][place];

    for (enum type_role r = 0; r < role; r++) {
        for (size_t i = 0; i < FONTS_PER_ROLE; i++) {
            if (is_same_wish(want, &wanted[r][i])) {
                return search->found[r][i];
            }
        }
    }
    return font_find(fonts, search, want);
}

static void chain_load(struct fonts *fonts, struct search *search, enum type_role role)
{
    struct font_chain *const chain = &fonts->chains[role];

    for (size_t i = 0; i < FONTS_PER_ROLE && wanted[role][i].family; i++) {
        struct font *const font = font_for(fonts, search, role, i);
        search->found[role][i] = font;
        if (font) {
            chain->fonts[chain->count++] = font;
        }
    }
}

bool chains_load(struct fonts *fonts, struct error *err)
{
    if (FT_Init_FreeType(&fonts->library)) {
        return error_set(err, "the font library FreeType could not be started");
    }
    struct search search = { .config = FcInitLoadConfigAndFonts() };
    if (!search.config) {
        return error_set(err, "fontconfig could not read its configuration; "
                              "install the package fontconfig-config");
    }
    search.fonts = fonts_of_families(search.config);
    bool complete = true;
    for (int role = 0; role < TYPE_ROLE_COUNT; role++) {
        chain_load(fonts, &search, (enum type_role)role);
        complete = chain_order(&fonts->chains[role]) && complete;
    }
    FcFontSetDestroy(search.fonts);
    FcConfigDestroy(search.config);
    if (!complete) {
        return error_set(err, "no font for Vietnamese text is installed; install the packages "
                              "fonts-inter, fonts-jetbrains-mono, fonts-noto-core, fonts-noto-mono "
                              "and fonts-dejavu-core");
    }
    return true;
}

void chains_unload(struct fonts *fonts)
{
    for (size_t i = 0; i < fonts->file_count; i++) {
        struct font *font = &fonts->files[i];
        hb_font_destroy(font->shaper);
        FT_Done_Face(font->face);
        free(font->path);
        free(font->family);
    }
    if (fonts->library) {
        FT_Done_FreeType(fonts->library);
    }
}
