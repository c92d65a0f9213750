#pragma once
/* Measures the text of a scene: does it stand on other text, is it cut, does it leave its box, is it
 * too small to read? */

#include "render/scene/scene.h"
#include "render/text/text.h"

enum text_fault {
    FAULT_OVERLAP, /* on other text */
    FAULT_CUT,     /* by the border of its region, without an ellipsis */
    FAULT_NOTHING, /* an ellipsis is all that is left */
    FAULT_BOX,     /* out of its group's bounds */
    FAULT_COVERED, /* in part, by something painted later */
    FAULT_SMALL,
    FAULT_COUNT
};
const char *text_fault_name(enum text_fault fault);

struct text_rules {
    struct fonts *fonts;
    float least; /* size in points; 0: any */
    /* Regions whose content scrolls: text may be cut at their upper and lower border. On the stage what
     * belongs to a card at the border is cut with it. */
    struct rect scrolling[2], stage;
};

/* Calls `found` for each fault with the text and, where there is one, the other text ("" else);
 * returns their number. */
size_t scene_text_check(const struct scene *scene, const struct text_rules *rules,
                        void (*found)(void *owner, enum text_fault fault, const char *text,
                                      const char *other),
                        void *owner);
