#include "render/theme.h"

#include <math.h>
#include <string.h>

/* 0xRRGGBB, opaque, and with an opacity in 1/255. */
#define RGB(hex) RGBA(hex, 255)
#define RGBA(hex, opacity)                                                               \
    {                                                                                    \
        ((hex) >> 16 & 255) / 255.0f, ((hex) >> 8 & 255) / 255.0f, ((hex)&255) / 255.0f, \
            (opacity) / 255.0f                                                           \
    }

enum { HEAT_STOPS = 5 };

/* The signed map, PRGn, from 0 to the strongest on either side; the first stop is the card. What
 * stands in a cell must be readable on every shade: the projector and paper end where black on it
 * still has a contrast of 10. */
struct heat_map {
    struct colour negative[HEAT_STOPS], positive[HEAT_STOPS];
};

static const struct heat_map heat_light = {
    .negative = { RGB(0xffffff), RGB(0xe7d4e8), RGB(0xc2a5cf), RGB(0x9970ab), RGB(0x762a83) },
    .positive = { RGB(0xffffff), RGB(0xd9f0d3), RGB(0xa6dba0), RGB(0x5aae61), RGB(0x1b7837) },
};
static const struct heat_map heat_dark = {
    .negative = { RGB(0x172033), RGB(0x44305a), RGB(0x6c4785), RGB(0x9970ab), RGB(0xc9a6d8) },
    .positive = { RGB(0x172033), RGB(0x1f4636), RGB(0x2f6f45), RGB(0x5aae61), RGB(0xa6dba0) },
};
static const struct heat_map heat_bright = {
    .negative = { RGB(0xffffff), RGB(0xf1e6f2), RGB(0xe3cfe6), RGB(0xd6bcdc), RGB(0xcdb1d7) },
    .positive = { RGB(0xffffff), RGB(0xe3f4de), RGB(0xc7e9c0), RGB(0xa6dba0), RGB(0x8bcf8b) },
};

/* For photocopies: grey, darker below zero; the numbers' signs say the rest. */
static const struct heat_map heat_print = {
    .negative = { RGB(0xffffff), RGB(0xe6e6e6), RGB(0xd4d4d4), RGB(0xc6c6c6), RGB(0xb6b6b6) },
    .positive = { RGB(0xffffff), RGB(0xf4f4f4), RGB(0xebebeb), RGB(0xe3e3e3), RGB(0xdadada) },
};
static const struct theme themes[THEME_COUNT] = {
    [THEME_LIGHT] = {
        .name = "light",
        .heat = &heat_light,
        .line_scale = 1,
        .shadows = true,
        .colours = {
            [INK_PAGE] = RGB(0xf6f8fb),
            [INK_PANEL] = RGB(0xffffff),
            [INK_PANEL_LINE] = RGB(0xd5dde8),
            [INK_CARD] = RGB(0xffffff),
            [INK_CARD_LINE] = RGB(0x7f91ab),
            [INK_SHADOW] = RGBA(0x0f172a, 44),
            [INK_TEXT] = RGB(0x0f172a),
            [INK_TEXT_SECOND] = RGB(0x475569),
            [INK_TEXT_ON_ACCENT] = RGB(0xffffff),
            [INK_FORWARD] = RGB(0x1d4ed8),
            [INK_FORWARD_SOFT] = RGB(0xe8effe),
            [INK_BACKWARD] = RGB(0xb8420b),
            [INK_BACKWARD_SOFT] = RGB(0xfff1e5),
            [INK_LEAF] = RGB(0x0b6e63),
            [INK_LEAF_SOFT] = RGB(0xe2f5f1),
            [INK_PARAMETER] = RGB(0x6d28d9),
            [INK_PARAMETER_SOFT] = RGB(0xf1ebfe),
            [INK_CONSTANT] = RGB(0x566377),
            [INK_LOSS] = RGB(0x1e293b),
            [INK_SELECTION] = RGB(0x9c1596),
            [INK_SELECTION_SOFT] = RGB(0xfbe8f9),
            [INK_DONE] = RGB(0x04694a),
            [INK_ERROR] = RGB(0xb91c1c),
            [INK_ERROR_SOFT] = RGB(0xfdeeee),
            [INK_MODULE] = RGB(0xeef2f8),
            [INK_MODULE_LINE] = RGB(0xb7c4d6),
            [INK_CODE_KEYWORD] = RGB(0x6d28d9),
            [INK_CODE_STRING] = RGB(0x0a6b4a),
            [INK_CODE_NUMBER] = RGB(0x0b5c78),
            [INK_CODE_COMMENT] = RGB(0x56647a),
            [INK_CODE_NAME] = RGB(0x0f172a),
            [INK_CODE_CURRENT] = RGB(0xebf1fd),
            [INK_CODE_SPAN] = RGB(0xcadcfd),
            [INK_TRACK] = RGB(0xd9e1ec),
            [INK_LEVEL_0] = RGB(0xfffdf4),
            [INK_LEVEL_1] = RGB(0xf7f3e6),
            [INK_LEVEL_2] = RGB(0xeee9d8),
            [INK_LEVEL_3] = RGB(0xe6dfcb),
            [INK_LEVEL_4] = RGB(0xded6bd),
            [INK_LEVEL_5] = RGB(0xd5ccaf),
            [INK_LEVEL_6] = RGB(0xcdc2a2),
            [INK_LEVEL_7] = RGB(0xc4b894),
            [INK_LEVEL_8] = RGB(0xbcae86),
            [INK_RACER_0] = RGB(0x1b5fa8),
            [INK_RACER_1] = RGB(0xa3195b),
            [INK_RACER_2] = RGB(0x6b4300),
            [INK_RACER_3] = RGB(0x00695c),
            [INK_RACER_4] = RGB(0xb93a00),
            [INK_BLACK] = RGB(0x000000),
            [INK_WHITE] = RGB(0xffffff),
        },
    },
    [THEME_DARK] = {
        .name = "dark",
        .heat = &heat_dark,
        .line_scale = 1,
        .shadows = true,
        .colours = {
            [INK_PAGE] = RGB(0x0b1120),
            [INK_PANEL] = RGB(0x111a2c),
            [INK_PANEL_LINE] = RGB(0x2c3a52),
            [INK_CARD] = RGB(0x172033),
            [INK_CARD_LINE] = RGB(0x6f86a8),
            [INK_SHADOW] = RGBA(0x000000, 110),
            [INK_TEXT] = RGB(0xf1f5f9),
            [INK_TEXT_SECOND] = RGB(0xb3c0d3),
            [INK_TEXT_ON_ACCENT] = RGB(0x0b1120),
            [INK_FORWARD] = RGB(0x7cb7ff),
            [INK_FORWARD_SOFT] = RGB(0x16294a),
            [INK_BACKWARD] = RGB(0xfdb863),
            [INK_BACKWARD_SOFT] = RGB(0x3a2710),
            [INK_LEAF] = RGB(0x52cdb6),
            [INK_LEAF_SOFT] = RGB(0x0f332f),
            [INK_PARAMETER] = RGB(0xc3a8ff),
            [INK_PARAMETER_SOFT] = RGB(0x2a2150),
            [INK_CONSTANT] = RGB(0xa3b1c6),
            [INK_LOSS] = RGB(0xe2e8f0),
            [INK_SELECTION] = RGB(0xf2a3f5),
            [INK_SELECTION_SOFT] = RGB(0x3a1742),
            [INK_DONE] = RGB(0x62d6a4),
            [INK_ERROR] = RGB(0xff9a94),
            [INK_ERROR_SOFT] = RGB(0x411a1f),
            [INK_MODULE] = RGB(0x0f182a),
            [INK_MODULE_LINE] = RGB(0x3a4c6b),
            [INK_CODE_KEYWORD] = RGB(0xc3a8ff),
            [INK_CODE_STRING] = RGB(0x8ed8a8),
            [INK_CODE_NUMBER] = RGB(0x7fd6ea),
            [INK_CODE_COMMENT] = RGB(0x93a3bb),
            [INK_CODE_NAME] = RGB(0xf1f5f9),
            [INK_CODE_CURRENT] = RGB(0x17284a),
            [INK_CODE_SPAN] = RGB(0x27457f),
            [INK_TRACK] = RGB(0x2c3a52),
            [INK_LEVEL_0] = RGB(0x131c2d),
            [INK_LEVEL_1] = RGB(0x1c232f),
            [INK_LEVEL_2] = RGB(0x252a30),
            [INK_LEVEL_3] = RGB(0x2e3032),
            [INK_LEVEL_4] = RGB(0x363734),
            [INK_LEVEL_5] = RGB(0x3f3e36),
            [INK_LEVEL_6] = RGB(0x484438),
            [INK_LEVEL_7] = RGB(0x514b39),
            [INK_LEVEL_8] = RGB(0x5a523b),
            [INK_RACER_0] = RGB(0x8cc4ff),
            [INK_RACER_1] = RGB(0xff9ecf),
            [INK_RACER_2] = RGB(0xe6c46a),
            [INK_RACER_3] = RGB(0x6fe0c4),
            [INK_RACER_4] = RGB(0xff9a6b),
            [INK_BLACK] = RGB(0x000000),
            [INK_WHITE] = RGB(0xffffff),
        },
    },
    /* Washed out by daylight and seen from afar: text is ink (contrast 10 and more), colour sits on
     * strokes and marks (7 and more), lines are thicker, nothing is shaded. */
    [THEME_PROJECTOR] = {
        .name = "projector",
        .heat = &heat_bright,
        .line_scale = 1.6f,
        .shadows = false,
        .colours = {
            [INK_PAGE] = RGB(0xffffff),
            [INK_PANEL] = RGB(0xffffff),
            [INK_PANEL_LINE] = RGB(0x8a8a8a),
            [INK_CARD] = RGB(0xffffff),
            [INK_CARD_LINE] = RGB(0x404040),
            [INK_SHADOW] = RGBA(0x000000, 0),
            [INK_TEXT] = RGB(0x1a1a1a),
            [INK_TEXT_SECOND] = RGB(0x404040),
            [INK_TEXT_ON_ACCENT] = RGB(0xffffff),
            [INK_FORWARD] = RGB(0x0b5394),
            [INK_FORWARD_SOFT] = RGB(0xe3eef9),
            [INK_BACKWARD] = RGB(0x9a3412),
            [INK_BACKWARD_SOFT] = RGB(0xfcebe0),
            [INK_LEAF] = RGB(0x1a1a1a),
            [INK_LEAF_SOFT] = RGB(0xeeeeee),
            [INK_PARAMETER] = RGB(0x1a1a1a),
            [INK_PARAMETER_SOFT] = RGB(0xeeeeee),
            [INK_CONSTANT] = RGB(0x404040),
            [INK_LOSS] = RGB(0x1a1a1a),
            [INK_SELECTION] = RGB(0x7a0177),
            [INK_SELECTION_SOFT] = RGB(0xf8e6f7),
            [INK_DONE] = RGB(0x00664d),
            [INK_ERROR] = RGB(0x1a1a1a),
            [INK_ERROR_SOFT] = RGB(0xececec),
            [INK_MODULE] = RGB(0xf7f7f7),
            [INK_MODULE_LINE] = RGB(0x737373),
            [INK_CODE_KEYWORD] = RGB(0x4a0d78),
            [INK_CODE_STRING] = RGB(0x00432f),
            [INK_CODE_NUMBER] = RGB(0x063a63),
            [INK_CODE_COMMENT] = RGB(0x363636),
            [INK_CODE_NAME] = RGB(0x1a1a1a),
            [INK_CODE_CURRENT] = RGB(0xf0f5fb),
            [INK_CODE_SPAN] = RGB(0xd6e6f7),
            [INK_TRACK] = RGB(0xc9c9c9),
            [INK_LEVEL_0] = RGB(0xffffff),
            [INK_LEVEL_1] = RGB(0xf9f8f4),
            [INK_LEVEL_2] = RGB(0xf4f1e9),
            [INK_LEVEL_3] = RGB(0xeeeade),
            [INK_LEVEL_4] = RGB(0xe8e3d4),
            [INK_LEVEL_5] = RGB(0xe3dcc9),
            [INK_LEVEL_6] = RGB(0xddd5be),
            [INK_LEVEL_7] = RGB(0xd8ceb3),
            [INK_LEVEL_8] = RGB(0xd2c7a8),
            [INK_RACER_0] = RGB(0x0b4f8a),
            [INK_RACER_1] = RGB(0x8a0f4c),
            [INK_RACER_2] = RGB(0x5a3700),
            [INK_RACER_3] = RGB(0x00574b),
            [INK_RACER_4] = RGB(0x9c2f00),
            [INK_BLACK] = RGB(0x000000),
            [INK_WHITE] = RGB(0xffffff),
        },
    },
    [THEME_PRINT] = {
        .name = "print",
        .heat = &heat_print,
        .line_scale = 1,
        .shadows = false,
        .colours = {
            [INK_PAGE] = RGB(0xffffff),
            [INK_PANEL] = RGB(0xffffff),
            [INK_PANEL_LINE] = RGB(0x8c8c8c),
            [INK_CARD] = RGB(0xffffff),
            [INK_CARD_LINE] = RGB(0x000000),
            [INK_SHADOW] = RGBA(0x000000, 0),
            [INK_TEXT] = RGB(0x000000),
            [INK_TEXT_SECOND] = RGB(0x333333),
            [INK_TEXT_ON_ACCENT] = RGB(0xffffff),
            [INK_FORWARD] = RGB(0x000000),
            [INK_FORWARD_SOFT] = RGB(0xf2f2f2),
            [INK_BACKWARD] = RGB(0x000000),
            [INK_BACKWARD_SOFT] = RGB(0xf2f2f2),
            [INK_LEAF] = RGB(0x000000),
            [INK_LEAF_SOFT] = RGB(0xf2f2f2),
            [INK_PARAMETER] = RGB(0x000000),
            [INK_PARAMETER_SOFT] = RGB(0xf2f2f2),
            [INK_CONSTANT] = RGB(0x333333),
            [INK_LOSS] = RGB(0x000000),
            [INK_SELECTION] = RGB(0x000000),
            [INK_SELECTION_SOFT] = RGB(0xe6e6e6),
            [INK_DONE] = RGB(0x000000),
            [INK_ERROR] = RGB(0x000000),
            [INK_ERROR_SOFT] = RGB(0xececec),
            [INK_MODULE] = RGB(0xf8f8f8),
            [INK_MODULE_LINE] = RGB(0x8c8c8c),
            [INK_CODE_KEYWORD] = RGB(0x000000),
            [INK_CODE_STRING] = RGB(0x000000),
            [INK_CODE_NUMBER] = RGB(0x000000),
            [INK_CODE_COMMENT] = RGB(0x333333),
            [INK_CODE_NAME] = RGB(0x000000),
            [INK_CODE_CURRENT] = RGB(0xf0f0f0),
            [INK_CODE_SPAN] = RGB(0xdcdcdc),
            [INK_TRACK] = RGB(0xcccccc),
            [INK_LEVEL_0] = RGB(0xffffff),
            [INK_LEVEL_1] = RGB(0xf8f8f8),
            [INK_LEVEL_2] = RGB(0xf1f1f1),
            [INK_LEVEL_3] = RGB(0xeaeaea),
            [INK_LEVEL_4] = RGB(0xe2e2e2),
            [INK_LEVEL_5] = RGB(0xdbdbdb),
            [INK_LEVEL_6] = RGB(0xd4d4d4),
            [INK_LEVEL_7] = RGB(0xcdcdcd),
            [INK_LEVEL_8] = RGB(0xc6c6c6),
            [INK_RACER_0] = RGB(0x000000),
            [INK_RACER_1] = RGB(0x000000),
            [INK_RACER_2] = RGB(0x000000),
            [INK_RACER_3] = RGB(0x000000),
            [INK_RACER_4] = RGB(0x000000),
            [INK_BLACK] = RGB(0x000000),
            [INK_WHITE] = RGB(0xffffff),
        },
    },
};

static const char *const ink_names[INK_COUNT] = {
    [INK_NONE] = "none",
    [INK_PAGE] = "page",
    [INK_PANEL] = "panel",
    [INK_PANEL_LINE] = "panel-line",
    [INK_CARD] = "card",
    [INK_CARD_LINE] = "card-line",
    [INK_SHADOW] = "shadow",
    [INK_TEXT] = "text",
    [INK_TEXT_SECOND] = "text-second",
    [INK_TEXT_ON_ACCENT] = "text-on-accent",
    [INK_FORWARD] = "forward",
    [INK_FORWARD_SOFT] = "forward-soft",
    [INK_BACKWARD] = "backward",
    [INK_BACKWARD_SOFT] = "backward-soft",
    [INK_LEAF] = "leaf",
    [INK_LEAF_SOFT] = "leaf-soft",
    [INK_PARAMETER] = "parameter",
    [INK_PARAMETER_SOFT] = "parameter-soft",
    [INK_CONSTANT] = "constant",
    [INK_LOSS] = "loss",
    [INK_SELECTION] = "selection",
    [INK_SELECTION_SOFT] = "selection-soft",
    [INK_DONE] = "done",
    [INK_ERROR] = "error",
    [INK_ERROR_SOFT] = "error-soft",
    [INK_MODULE] = "module",
    [INK_MODULE_LINE] = "module-line",
    [INK_CODE_KEYWORD] = "code-keyword",
    [INK_CODE_STRING] = "code-string",
    [INK_CODE_NUMBER] = "code-number",
    [INK_CODE_COMMENT] = "code-comment",
    [INK_CODE_NAME] = "code-name",
    [INK_CODE_CURRENT] = "code-current",
    [INK_CODE_SPAN] = "code-span",
    [INK_TRACK] = "track",
    [INK_LEVEL_0] = "level-0",
    [INK_LEVEL_1] = "level-1",
    [INK_LEVEL_2] = "level-2",
    [INK_LEVEL_3] = "level-3",
    [INK_LEVEL_4] = "level-4",
    [INK_LEVEL_5] = "level-5",
    [INK_LEVEL_6] = "level-6",
    [INK_LEVEL_7] = "level-7",
    [INK_LEVEL_8] = "level-8",
    [INK_RACER_0] = "racer-0",
    [INK_RACER_1] = "racer-1",
    [INK_RACER_2] = "racer-2",
    [INK_RACER_3] = "racer-3",
    [INK_RACER_4] = "racer-4",
    [INK_BLACK] = "black",
    [INK_WHITE] = "white",
    [INK_HEAT] = "heat",
    [INK_HEAT_TEXT] = "heat-text",
};

const char *ink_name(enum ink ink)
{
    return ink_names[ink];
}

const struct theme *theme_at(enum theme_id id)
{
    return &themes[id];
}

bool theme_find(enum theme_id *out, const char *name, struct error *err)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        if (strcmp(themes[id].name, name) == 0) {
            *out = (enum theme_id)id;
            return true;
        }
    }
    return error_set_kind(err, ERROR_VALUE, "there is no theme '%s'; there are %s, %s, %s and %s",
                          name, themes[0].name, themes[1].name, themes[2].name, themes[3].name);
}

static struct colour mixed(struct colour a, struct colour b, float t)
{
    return (struct colour){ a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t,
                            a.a + (b.a - a.a) * t };
}

static struct colour heat_colour(const struct theme *theme, float heat)
{
    const struct colour *stops = heat < 0 ? theme->heat->negative : theme->heat->positive;
    const float size = isnan(heat) ? 0 : fminf(fabsf(heat), 1);
    const float at = size * (HEAT_STOPS - 1);
    const int below = at >= HEAT_STOPS - 1 ? HEAT_STOPS - 2 : (int)at;
    return mixed(stops[below], stops[below + 1], at - (float)below);
}

/* WCAG 2: relative luminance of an sRGB colour. */
static float linear(float c)
{
    return c <= 0.04045f ? c / 12.92f : powf((c + 0.055f) / 1.055f, 2.4f);
}

static float luminance(struct colour c)
{
    return 0.2126f * linear(c.r) + 0.7152f * linear(c.g) + 0.0722f * linear(c.b);
}

struct colour theme_colour(const struct theme *theme, enum ink ink, float heat)
{
    if (ink == INK_HEAT) {
        return heat_colour(theme, heat);
    }
    if (ink == INK_HEAT_TEXT) {
        static const struct colour black = RGB(0x000000), white = RGB(0xffffff);
        /* Black contrasts more than white where (L + 0.05)² > 0.05 · 1.05. */
        const float shade = luminance(heat_colour(theme, heat)) + 0.05f;
        return shade * shade > 0.0525f ? black : white;
    }
    return theme->colours[ink];
}

float colour_contrast(struct colour a, struct colour b)
{
    const float la = luminance(a), lb = luminance(b);
    return (fmaxf(la, lb) + 0.05f) / (fminf(la, lb) + 0.05f);
}
