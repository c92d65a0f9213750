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
 * points at the foot; infinite where text may be smaller. */
struct point graph_camera_room(const struct view *view, float less);

/* The card in the layout's points, and its body without what hangs below. */
struct rect graph_card_rect(const struct graph_model *model, const struct layout *layout, int card);
struct rect graph_card_body(const struct graph_model *model, const struct layout *layout, int card);

/* The camera at a moment (state applied), and whether it shows less than the whole graph. */
struct graph_camera graph_camera_at(const struct view *view, struct rect area, uint32_t moment,
                                    bool *partial);
