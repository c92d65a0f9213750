#include "tests/scene_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

/* What letters cover: marks above and tails below may reach into the neighbouring line, as in a book. */
static const float ABOVE = 0.74f, BELOW = 0.2f;
static const float SHARE = 0.08f; /* of an em: less is no overlap that anybody sees */

enum { DEPTH = 32 };

struct label {
    const char *bytes;
    size_t length;
    struct rect box, seen; /* all of it, and what its clips leave */
    struct rect group;     /* of the innermost group; w 0: none */
    float size;
    bool hidden;
};

struct walk {
    const struct text_rules *rules;
    struct label *labels;
    size_t count;
    struct rect clips[DEPTH], groups[DEPTH];
    int clip_count, group_count;
    size_t faults;
    void (*found)(void *owner, enum text_fault fault, const char *text, const char *other);
    void *owner;
};

const char *text_fault_name(enum text_fault fault)
{
    static const char *const names[FAULT_COUNT] = {
        [FAULT_OVERLAP] = "overlaps",           [FAULT_CUT] = "is cut",
        [FAULT_NOTHING] = "has no room",        [FAULT_BOX] = "leaves its box",
        [FAULT_COVERED] = "is covered in part", [FAULT_SMALL] = "is too small",
    };

    return names[fault];
}

/* ---- rectangles ------------------------------------------------------------------------- */

static struct rect meet(struct rect a, struct rect b)
{
    const float x = fmaxf(a.x, b.x), y = fmaxf(a.y, b.y);
    const float right = fminf(a.x + a.w, b.x + b.w), foot = fminf(a.y + a.h, b.y + b.h);

    return right > x && foot > y ? (struct rect){ x, y, right - x, foot - y }
                                 : (struct rect){ 0, 0, 0, 0 };
}

static bool holds(struct rect outer, struct rect inner, float across, float down)
{
    return inner.x >= outer.x - across && inner.x + inner.w <= outer.x + outer.w + across &&
           inner.y >= outer.y - down && inner.y + inner.h <= outer.y + outer.h + down;
}

static bool same(struct rect a, struct rect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

/* ---- faults ----------------------------------------------------------------------------- */

static void tell(struct walk *walk, enum text_fault fault, const struct label *label,
                 const struct label *other)
{
    char text[128], beside[128] = "";

    snprintf(text, sizeof(text), "%.*s", (int)label->length, label->bytes);
    if (other) {
        snprintf(beside, sizeof(beside), "%.*s", (int)other->length, other->bytes);
    }
    walk->faults++;
    walk->found(walk->owner, fault, text, beside);
}

static bool is_scrolling(const struct walk *walk, struct rect clip)
{
    return same(clip, walk->rules->scrolling[0]) || same(clip, walk->rules->scrolling[1]);
}

/* What the graph is clipped by: the stage, or most of it where a note stands beneath, or half of it
 * where two graphs stand side by side. */
static struct rect graph_part(const struct walk *walk, struct rect clip)
{
    const struct rect stage = walk->rules->stage;
    const bool part = clip.x == stage.x && clip.y == stage.y && clip.w == stage.w;
    const bool most = part && clip.h < stage.h && clip.h > stage.h * 0.8f;
    const bool half = clip.w > stage.w * 0.49f && clip.w < stage.w * 0.51f && clip.y > stage.y &&
                      clip.h > stage.h * 0.5f && clip.h < stage.h;

    return half || most ? clip : stage;
}

/* A card at the stage's border is cut with all that is on it. */
static bool goes_with_card(const struct walk *walk, const struct label *label, struct rect clip)
{
    const struct rect stage = graph_part(walk, clip), *const card = &label->group;
    return stage.w > 0 && meet(label->seen, stage).w > 0 &&
           (card->w <= 0 || !holds(stage, *card, 0, 0));
}

static void check_cut(struct walk *walk, const struct label *label)
{
    for (int i = 0; i < walk->clip_count; i++) {
        const float down = is_scrolling(walk, walk->clips[i]) ? INFINITY : label->size * SHARE;
        if (!holds(walk->clips[i], label->box, label->size * SHARE, down) &&
            !goes_with_card(walk, label, walk->clips[i])) {
            tell(walk, FAULT_CUT, label, NULL);
            return;
        }
    }
}

static void check_label(struct walk *walk, const struct label *label, const struct draw_text *text)
{
    const float width = fonts_measure(walk->rules->fonts, text->role, label->bytes, label->length);

    check_cut(walk, label);
    if (text->max_width > 0 && width * text->size > text->max_width &&
        text->max_width < 1.6f * text->size) {
        tell(walk, FAULT_NOTHING, label, NULL);
    }
    if (label->group.w > 0 &&
        !holds(label->group, label->box, 1 + label->size * 0.06f, 1 + label->size * 0.25f)) {
        tell(walk, FAULT_BOX, label, NULL);
    }
    if (text->size < walk->rules->least * 0.99f) {
        tell(walk, FAULT_SMALL, label, NULL);
    }
}

/* ---- the walk --------------------------------------------------------------------------- */

static void take_text(struct walk *walk, const struct draw_text *text)
{
    const size_t length = text->length > 0 ? text->length : strlen(text->bytes);
    float w = fonts_measure(walk->rules->fonts, text->role, text->bytes, length) * text->size;
    struct label *const label = &walk->labels[walk->count];

    if (length == 0 || strspn(text->bytes, " ") >= length) {
        return;
    }
    w = text->max_width > 0 ? fminf(w, text->max_width) : w;
    const float shift = text->align == ALIGN_CENTRE ? w / 2 : text->align == ALIGN_RIGHT ? w : 0;
    *label = (struct label){
        .bytes = text->bytes,
        .length = length,
        .size = text->size,
        .box = { text->at.x - shift, text->at.y - ABOVE * text->size, w,
                 (ABOVE + BELOW) * text->size },
        .group = walk->group_count > 0 ? walk->groups[walk->group_count - 1]
                                       : (struct rect){ 0, 0, 0, 0 },
    };
    label->seen = label->box;
    for (int i = 0; i < walk->clip_count; i++) {
        label->seen = meet(label->seen, walk->clips[i]);
    }
    if (label->seen.w > 0) {
        check_label(walk, label, text);
        walk->count++;
    }
}

/* What is filled hides the text beneath it; half-hidden text would be read wrongly. An overlay (the small
 * map, the search field) cuts what lies beneath as the border of the stage does. */
static void take_rect(struct walk *walk, const struct draw_rect *rect, bool overlay)
{
    const bool opaque = rect->fill != INK_NONE && rect->fill != INK_SHADOW &&
                        (rect->alpha == 0 || rect->alpha >= 0.9f);
    struct rect cover = rect->rect;

    for (int i = 0; i < walk->clip_count; i++) {
        cover = meet(cover, walk->clips[i]);
    }
    for (size_t i = 0; i < walk->count && opaque; i++) {
        struct label *const label = &walk->labels[i];
        const struct rect both = meet(label->seen, cover);
        const float share = label->size * SHARE;
        if (label->hidden || both.w <= share || both.h <= share) {
            continue;
        }
        label->hidden = true; /* told once */
        if (!holds(cover, label->seen, share, share) && !overlay) {
            tell(walk, FAULT_COVERED, label, NULL);
        }
    }
}

static void take(struct walk *walk, const struct draw *draw)
{
    switch (draw->kind) {
    case DRAW_TEXT:
        take_text(walk, &draw->text);
        break;
    case DRAW_RECT:
        take_rect(walk, &draw->rect, draw->layer == LAYER_OVERLAY);
        break;
    case DRAW_CLIP:
        walk->clips[walk->clip_count++] = draw->clip;
        break;
    case DRAW_CLIP_END:
        walk->clip_count--;
        break;
    case DRAW_GROUP:
        walk->groups[walk->group_count++] = draw->group.bounds;
        break;
    case DRAW_GROUP_END:
        walk->group_count--;
        break;
    case DRAW_HEAT:
        take_rect(walk, &(struct draw_rect){ .rect = draw->heat.rect, .fill = INK_HEAT },
                  draw->layer == LAYER_OVERLAY);
        break;
    case DRAW_PATH:
        break;
    }
}

static void check_pairs(struct walk *walk)
{
    for (size_t i = 0; i < walk->count; i++) {
        const struct label *const one = &walk->labels[i];
        for (size_t k = i + 1; k < walk->count && !one->hidden; k++) {
            const struct label *const other = &walk->labels[k];
            const struct rect both = meet(one->seen, other->seen);
            const float share = SHARE * fminf(one->size, other->size);
            if (!other->hidden && both.w > share && both.h > share) {
                tell(walk, FAULT_OVERLAP, one, other);
            }
        }
    }
}

size_t scene_text_check(const struct scene *scene, const struct text_rules *rules,
                        void (*found)(void *owner, enum text_fault fault, const char *text,
                                      const char *other),
                        void *owner)
{
    struct walk walk = { .rules = rules, .found = found, .owner = owner };

    walk.labels = memory_allocate(scene->draw_count + 1, sizeof(*walk.labels));
    walk.clips[walk.clip_count++] = (struct rect){ 0, 0, scene->width, scene->height };
    for (size_t i = 0; i < scene->draw_count; i++) {
        take(&walk, &scene->draws[i]);
    }
    check_pairs(&walk);
    free(walk.labels);
    return walk.faults;
}
