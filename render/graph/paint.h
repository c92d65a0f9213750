#pragma once
/* Drawing in a layout's points through a camera. Private to the graph. */

#include "render/graph/moment.h"
#include "render/graph/picture.h"

struct painter {
    const struct view *view;
    struct scene *scene;
    const struct graph_model *model;
    const struct layout *layout;
    const struct graph_moment *moment;
    struct rect area;
    struct point origin; /* of the layout, on the page */
    float zoom;
    float least_text;                  /* smaller text is not drawn at all */
    bool whole_only;                   /* nothing is drawn that the stage's border would cut */
    float flow, land;                  /* 0 … 1: along the edges, then the number lands */
    const struct graph_turned *turned; /* NULL at rest */
    struct rect *labels;               /* of each edge that has been painted, w 0: it has none */
};

static inline struct point paint_at(const struct painter *painter, struct point at)
{
    return (struct point){ painter->origin.x + at.x * painter->zoom,
                           painter->origin.y + at.y * painter->zoom };
}
static inline struct rect paint_rect_at(const struct painter *painter, struct rect rect)
{
    const struct point at = paint_at(painter, (struct point){ rect.x, rect.y });
    return (struct rect){ at.x, at.y, rect.w * painter->zoom, rect.h * painter->zoom };
}
static inline struct rect rect_in(struct rect outer, struct rect inner)
{
    return (struct rect){ outer.x + inner.x, outer.y + inner.y, inner.w, inner.h };
}

/* A line of text centred on the middle of its box's height, sizes in units; alpha 0 means 1. */
struct paint_label {
    struct rect box;
    const char *text;
    enum type_role role;
    float size;
    enum ink ink;
    enum text_align align;
    float alpha;
    bool halo, strike;
};
void paint_label(const struct painter *painter, const struct paint_label *label);
/* Whether text of that size is drawn at all, seen from so far. */
bool paint_can_read(const struct painter *painter, float size);
float paint_width(const struct painter *painter, enum type_role role, const char *text, float size);

/* A box in units; widths of strokes are in points of the page. */
void paint_box(const struct painter *painter, struct rect box, const struct draw_rect *style);
float paint_line(const struct painter *painter, float width);

/* Whether that place of the layout is drawn at all: where the camera stands by itself nothing is cut at the
 * stage's border. */
bool paint_is_whole(const struct painter *painter, struct rect place);

/* Moves the place along a line, between those sides, or across it to where it meets no card; false, and nothing
 * is moved, where that is nowhere (clear.c). */
bool paint_clear_place(const struct painter *painter, struct rect *place, float left, float right);

/* Whether an edge's label that has been painted stands there (clear.c). */
bool paint_meets_label(const struct painter *painter, struct rect place);
/* Moves it aside, between left and right, off the lines and labels of other edges; false if it cannot
 * (clear.c). */
bool paint_avoid_lines(const struct painter *painter, int edge, struct rect *place, float left,
                       float right);
/* Whether a number that stands beside a card would cover it (clear.c). */
bool paint_meets_number(const struct painter *painter, struct rect place);

/* Whether any of what is drawn for that place of the layout can be on the stage. */
bool paint_reaches(const struct painter *painter, struct rect place);

/* A value in its form, in that box of the layout; NULL draws nothing. `fresh`: it lands now. */
struct paint_value {
    struct rect box;
    const struct value_form *form;
    int64_t tensor; /* whose elements, or gradient, its cells are: to choose one */
    const struct trace_value *value;
    float size; /* of a lone number */
    bool fresh;
};
void paint_value(const struct painter *painter, const struct paint_value *value);

/* The number of a value that has one element, else NULL. */
const char *paint_number(const struct painter *painter, const struct trace_value *value);

/* "-0.5 … 2": from the least to the largest, as it stands below a heat map. */
const char *paint_range_text(const struct painter *painter, const struct trace_value *value);

/* A name that is too long without what it begins with, if the rest has room: "…weight" of
 * "embedding_layer.weight"; else as it is. */
const char *paint_path(const struct painter *painter, enum type_role role, const char *text,
                       float size, float room);

/* Shape and type, or what a number was taken by: a line in the small type below what it is about. */
void paint_caption_line(const struct painter *painter, struct rect box, const char *text);

/* The sign that a box opens (to the right) or closes (down), around its middle. */
void paint_chevron(const struct painter *painter, struct point middle, bool open);
void paint_card(const struct painter *painter, int card);
/* The gradient that hangs below a card at that place: its drawer, or what passes through. */
void paint_gradient(const struct painter *painter, const struct graph_card *card,
                    const struct card_moment *now, struct rect rect);
/* A number of the code, and the arm of an `if` that was not taken (plain.c). */
void paint_constant(const struct painter *painter, const struct graph_card *card, struct rect rect);
void paint_arm(const struct painter *painter, const struct graph_card *card, struct rect rect);
/* What a drawer holds, in that look: "None", "18", "18 + 18 = 36", or cells. */
void paint_drawer_value(const struct painter *painter, const struct drawer_moment *drawer,
                        const struct paint_value *look);
/* A card that is a closed box (graph_closed.c). */
void paint_closed(const struct painter *painter, int card, struct rect body);
/* What a card is for the pointer: its node where it stands for one of several values of a tensor, or for PyTorch's
 * node, else its tensor in that way. */
struct target paint_target(const struct painter *painter, const struct graph_card *card,
                           enum target_kind of_tensor);
/* What all cards have: the ring of what is selected or pointed at, the colour of the step, the cross
 * of an error. */
void paint_pointed(const struct painter *painter, int card, struct rect body, float radius);
void paint_ring(const struct painter *painter, struct rect body, float radius, enum ink ink,
                float width, float alpha);
/* The card to the outside of all its borders, where lines end: around a loss stands a ring. */
struct rect paint_frame(const struct painter *painter, int card);
enum ink paint_step_ink(const struct painter *painter);
void paint_cross(const struct painter *painter, struct rect body);
void paint_edge(const struct painter *painter, int edge);

/* Something that may be coming out of a box: it is drawn in that one alone, and appears. */
size_t paint_begin_held(const struct painter *painter, struct rect hold);
void paint_end_held(const struct painter *painter, size_t first, struct rect hold, float alpha);

/* The life of the graph (graph_life.c): what a node keeps, that a result keeps nothing, and what has
 * been drawn since the scene's `first` command as faded, because nobody holds it any more. */
void paint_saved(const struct painter *painter, const struct graph_card *card,
                 const struct card_moment *now, struct rect box);
/* The same for all nodes of a closed box together. */
void paint_saved_inside(const struct painter *painter, const struct graph_group *group,
                        const struct card_moment *now, struct rect box);
void paint_cut_note(const struct painter *painter, const struct graph_card *card, struct rect box);
void paint_faded(const struct painter *painter, size_t first, bool fading);
/* A card so, without the parameters in it that are still held. */
void paint_faded_card(const struct painter *painter, const struct graph_card *card, size_t first,
                      bool fading);
/* All that was drawn since then, weaker. */
void paint_weaker(const struct painter *painter, size_t first, float by);
/* A cut across a line at that point of the layout; `along` is its direction there. `there` false: not
 * yet, the data still runs to it. */
void paint_cut(const struct painter *painter, struct point at, struct point along, bool there);
/* How much of the edges and their labels lies in that place of the layout; 0: it is free. */
float edges_in_rect(const struct painter *painter, struct rect rect);
bool paint_rects_meet(struct rect a, struct rect b);
/* What came along all paths to the card, path by path, and its sum. */
void paint_sum(const struct painter *painter, int card);
/* The small map, for a graph that is larger than the stage (graph_map.c). */
void paint_map(const struct painter *painter);
/* At its borders, how many cards lie beyond (beyond.c). */
void paint_beyond(const struct painter *painter);
/* What a search has found, and its field (graph_search.c). */
void paint_search(const struct painter *painter);
/* What was there before the last step back, as outlines. */
void paint_vanished(const struct painter *painter);

/* An expression without what stands in brackets that are so deep (1: the outermost): "(…) ** 2", for where all of
 * it has no room. */
const char *paint_brief(const struct painter *painter, const char *text, int deep);

/* "∂z/∂y": the derivative of the walk's root by a card's tensor; of a root that has no name and no room
 * "∂…/∂y", by what has no room "∂z/∂(…)". */
const char *paint_derivative(const struct painter *painter, const struct graph_card *card,
                             float room);
