#pragma once
/* What graph_picture keeps, for the graph view alone. */

#include "render/graph/graph.h"
#include "render/graph/model.h"
#include "render/graph/turn.h"

/* The model and layout on show; NULL before the first layout is there. */
const struct graph_model *graph_picture_model(const struct graph_picture *picture);
const struct layout *graph_picture_layout(const struct graph_picture *picture);

/* The box that opens or closes; not active at rest. */
const struct graph_turn *graph_picture_turn(const struct graph_picture *picture);

/* What the line under the graph of an episode takes from the stage, in points. */
float graph_footnote_room(const struct view *view, const struct episode *episode);
/* The size in units of what is seen whole while presenting at the screen's own type scale, less so many
 * points at the foot; infinite where text may be smaller, or where the room of the view is. */
struct point graph_camera_room(const struct view *view, float less);

/* The call of a module that the step of the moment is in, as the record that begins it; 0: in none. */
uint32_t graph_inside(const struct run_view *run, const struct episode *episode);
/* The key of the box in which the card of that step stands, drawn or hidden; 0: in none. The same for all
 * models of the episode, whatever is open in them, that have the same modules closed. */
int64_t graph_within(const struct graph_model *model, const struct run_view *run,
                     const struct episode *episode);

/* The sizes to try next for a graph that is larger than the room (in units, at the screen's own scale) for it:
 * less high and less wide, in two rows, on a smaller scale; then the same with closed modules; of one that
 * fits in no way as much as can be is seen at `own` sizes. Each is tried once; false: the layout is as it is to be. */
bool graph_make_smaller(const struct layout *layout, struct point room,
                        const struct graph_units *own, struct graph_units *units);

/* Where the camera stood at the stops from the first of an episode on, so that it is not found anew several
 * times a frame. It is about what is on show and about that stage; else it is begun anew. */
struct graph_way {
    float w, h, zoom;
    enum stop_granularity granularity;
    size_t first; /* stop */
    struct graph_way_point {
        uint32_t moment;
        struct point centre;
    } * points;
    size_t count, capacity;
};
struct graph_way *graph_picture_way(struct graph_picture *picture);

/* The card in the layout's points, and its body without what hangs below. */
struct rect graph_card_rect(const struct graph_model *model, const struct layout *layout, int card);
struct rect graph_card_body(const struct graph_model *model, const struct layout *layout, int card);

/* The camera at a moment (state applied), and whether it shows less than the whole graph. */
struct graph_camera graph_camera_at(const struct view *view, struct rect area, uint32_t moment,
                                    bool *partial);
