#pragma once
/* A box of the graph that opens or closes: everything moves from where it stood to where it stands, the
 * box's corner stays. Private to the graph. */

#include "render/graph/model.h"

struct graph_turn {
    bool active;
    double begun; /* seconds */
    float left;   /* of the motion: 1 … 0 */
    /* The box, if it is one; 0: several at once. */
    int64_t key;
    bool opens;
    /* What stood where: cards by what they show, boxes by their keys. */
    struct id_map cards, open, closed; /* to places */
    struct rect *places;
    size_t count, capacity;
};

/* From one picture of an episode to another of it. Not active if no box differs. */
struct graph_pose {
    const struct graph_model *model;
    const struct layout *layout;
};
void graph_turn_begin(struct graph_turn *turn, struct graph_pose was, struct graph_pose is,
                      double seconds);
/* Goes on; ends after a second at the latest, or at once where nothing is left to be seen. */
void graph_turn_advance(struct graph_turn *turn, bool still, double seconds);
void graph_turn_finish(struct graph_turn *turn);

/* How the picture is drawn on its way. */
struct graph_turned {
    struct layout layout; /* in the arena given, not to be finished */
    /* What comes out of a box appears; the box that it comes out of, w 0 for all others. Of cards, and
     * of boxes in the box. */
    const float *alphas, *box_alphas;
    const struct rect *holds, *box_holds;
    const struct rect *bodies; /* of a closed box: while it shrinks; w 0: as it is */
};
struct graph_turned *graph_turn_at(const struct graph_turn *turn, struct graph_pose is,
                                   struct arena *arena);
