/* The sizes of a graph that has no room at those of the screen. */

#include "render/graph/picture.h"

#include <math.h>

static const float SMALLEST = 0.75f;
/* How much larger than the room a graph may be that has room when terse, at the most. */
static const float TERSE_SAVES = 1.6f;

/* What all tries go by: the room at the screen's own scale, and the sizes there. */
struct fit {
    const struct layout *layout;
    struct point room;
    const struct graph_units *own;
};

/* How large a layout of those units may be. */
static struct point room_at(const struct fit *fit, float scale)
{
    return (struct point){ fit->room.x / scale, fit->room.y / scale };
}

/* Names never become smaller than captions. */
static float least_scale(const struct fit *fit)
{
    return fmaxf(SMALLEST, fit->own->caption / UNIT_TEXT);
}

/* The next smaller scale, if it may do: captions keep their size, so that a card shrinks less than the
 * scale. */
static bool scale_down(const struct fit *fit, struct graph_units *units)
{
    static const float SCALES[] = { 0.87f, SMALLEST };
    for (size_t i = 0; i < sizeof(SCALES) / sizeof(SCALES[0]); i++) {
        const float scale = fmaxf(SCALES[i], least_scale(fit));
        const struct point room = room_at(fit, scale);
        if (scale < units->scale && fit->layout->w <= room.x && fit->layout->h <= room.y) {
            units->scale = scale;
            units->caption = fit->own->caption / scale;
            return true;
        }
    }
    return false;
}

/* Two rows have room on the smallest scale, and none has room for one. */
static bool try_rows(const struct fit *fit, struct graph_units *units)
{
    const struct point most = room_at(fit, least_scale(fit));
    const bool worth = !units->rows && fit->layout->w > most.x && fit->layout->w / 2 < most.x &&
                       fit->layout->h * 2 + GRAPH_ROW_GAP < most.y;
    units->rows = units->rows || worth;
    return worth;
}

/* Whether a graph with all modules open may have room once its cards are terse: then none opens or closes
 * from step to step. Of one that is far too large that is not tried, as each try is a layout. */
static bool may_stay_open(const struct fit *fit, const struct graph_units *were)
{
    const struct point most = room_at(fit, least_scale(fit));
    return !fit->own->closed && !were->terse && fit->layout->w < most.x * TERSE_SAVES &&
           fit->layout->h < most.y * TERSE_SAVES;
}

bool graph_make_smaller(const struct layout *layout, struct point room,
                        const struct graph_units *own, struct graph_units *units)
{
    const struct fit fit = { layout, room, own };
    const struct graph_units were = *units;
    const struct point has = room_at(&fit, units->scale);
    const bool high = layout->h > has.y, wide = layout->w > has.x;
    if (units->parts || (!high && !wide)) {
        return false;
    }
    units->flat = were.flat || high;
    units->narrow += wide && were.narrow < GRAPH_NARROWEST + were.terse;
    const bool other = units->flat != were.flat || units->narrow != were.narrow;
    if (other || (!own->steady && (try_rows(&fit, units) || scale_down(&fit, units)))) {
        return true;
    }
    units->scale = own->scale;
    units->caption = own->caption;
    units->rows = false;
    units->below = were.flat && !were.below;
    /* What has no end to the right goes on below as it is. */
    if (!units->below && !(own->closed && were.terse) && !isinf(room.x)) {
        const bool open = may_stay_open(&fit, &were);
        *units = *own;
        units->closed = !open;
        units->aside = own->closed && own->inside;
        units->terse = open || (own->closed && (were.aside || !own->inside));
    } else if (!units->below) {
        units->parts = true;
        units->terse = false;
        units->narrow = were.narrow < GRAPH_NARROWEST ? were.narrow : GRAPH_NARROWEST;
    }
    return true;
}
