#pragma once
/* Names to colours. Sizes of the screen's type scale are in render/view.h. */

#include "engine/base/error.h"
#include "render/scene/scene.h"

struct colour {
    float r, g, b, a;
};

enum theme_id { THEME_LIGHT, THEME_DARK, THEME_PROJECTOR, THEME_PRINT, THEME_COUNT };

struct theme {
    const char *name; /* "light", "dark", "projector", "print" */
    struct colour colours[INK_COUNT];
    float line_scale; /* factor for stroke widths: 1, projector 1.6 */
    bool shadows;
    const struct heat_map *heat; /* colours of INK_HEAT */
};

const struct theme *theme_at(enum theme_id id);
/* False for a name that is none; err lists the names. */
bool theme_find(enum theme_id *out, const char *name, struct error *err);

/* The colour of an ink; for INK_HEAT and INK_HEAT_TEXT it depends on heat in -1 … 1 (PRGn, 0 is the
 * card's colour). */
struct colour theme_colour(const struct theme *theme, enum ink ink, float heat);

/* "card-line", "backward-soft", ...: for golden scenes and class names. */
const char *ink_name(enum ink ink);

/* WCAG contrast ratio of two opaque colours. */
float colour_contrast(struct colour a, struct colour b);
