#pragma once
/* An episode as cards and edges, before it has places: what the graph view draws and the layout is
 * asked about. Private to the graph. Made once per episode; nothing here depends on the moment. */

#include "render/layout.h"
#include "render/view.h"

/* The type scale of a layout: `text` is 16 units, the others keep the screen's proportions. So a
 * layout serves every window size, and zoom is `type.text / UNIT_TEXT` for the screen's own size. */
static const float UNIT_TEXT = 16;
struct graph_units {
    float value, caption;
};

/* How a tensor's value is shown, from its shape alone. */
enum value_look { VALUE_NUMBER, VALUE_CELLS, VALUE_HEAT, VALUE_EMPTY };
struct value_form {
    enum value_look look;
    int rows, columns;      /* cells that are drawn */
    int64_t columns_in_all; /* of the tensor */
    float w, h;
};

enum card_kind {
    CARD_LEAF,       /* made by no operation, or by one that creates */
    CARD_RESULT,     /* of an operation */
    CARD_CONSTANT,   /* a number in the code */
    CARD_NODE,       /* PyTorch level: a grad_fn */
    CARD_ACCUMULATE, /* PyTorch level: where a leaf's gradient is added up */
};

/* A parameter that is drawn inside the card of the operation that uses it. */
struct card_parameter {
    int64_t tensor;
    const char *name;               /* "weight" */
    const char *letter;             /* as in the card's formula: "W" */
    struct rect place, value, grad; /* in the card */
    struct value_form form;
};

struct graph_card {
    enum card_kind kind;
    int64_t tensor, op, node; /* 0: none */
    int output;               /* which output of the node */
    uint32_t born;            /* record: shown from the moment after it */
    uint32_t until;           /* its value is that of this moment at the latest: an operation in
                                 place makes the next card */
    double number;            /* CARD_CONSTANT */
    const char *label, *symbol, *formula, *shape;
    struct card_parameter *parameters;
    int parameter_count;
    int cluster;  /* 0: none, else index + 1 */
    bool drawer;  /* shows its .grad */
    bool passing; /* a gradient passes through it in a backward walk */
    bool has_saved;
    struct value_form form;
    /* Places in the card, units; h 0: not there. The body is the card itself; the gradient hangs
     * below it: a drawer on a leaf, a passing chip on what keeps none. */
    float w, h, body_h;
    float nudge; /* of the whole card, from where the layout puts it */
    struct rect head, value, caption, saved, gradient;
};

struct graph_edge {
    int from, to; /* cards, in the direction of the data */
    int64_t op;
    int input;     /* which tensor or number of the operation, for TARGET_EDGE */
    int64_t node;  /* 0: no gradient can come back along it */
    int node_edge; /* index in the node's edges */
};

struct graph_cluster {
    int64_t module;
    int parent; /* index + 1 */
    const char *title;
    float title_w;
};

struct graph_model {
    struct graph_card *cards;
    int card_count;
    struct graph_edge *edges;
    int edge_count;
    struct graph_cluster *clusters;
    int cluster_count;
    int left_out; /* cards that were too many to draw */
    float gap, rank_gap;
    struct graph_units units;
    enum graph_level level;
    struct arena arena;
};

/* More boxes than this are not laid out and not read by anybody. */
enum { GRAPH_CARDS_MAX = 300 };

/* `view` gives the trace (runs[0]), level, language and fonts; its moment does not matter. */
void graph_model_build(struct graph_model *model, const struct view *view,
                       const struct episode *episode, struct graph_units units);
void graph_model_finish(struct graph_model *model);

/* The PyTorch level of the same, called by graph_model_build. */
void graph_model_add_nodes(struct graph_model *model, const struct view *view,
                           const struct episode *episode);

/* Index of the card that shows the tensor (of several the one at the moment), the result of the
 * node; -1 if none. */
int graph_model_find_tensor(const struct graph_model *model, int64_t tensor, uint32_t moment);
int graph_model_find_node(const struct graph_model *model, int64_t node);
/* The card inside which the parameter is drawn; -1 if none. */
int graph_model_find_parameter(const struct graph_model *model, int64_t tensor, uint32_t moment);

/* Appends to the model's arrays. */
int graph_model_add_card(struct graph_model *model, const struct graph_card *card);
void graph_model_add_edge(struct graph_model *model, const struct graph_edge *edge);

/* Gives every card its size and the places in it (graph_form.c). */
void graph_form_cards(struct graph_model *model, const struct view *view);
/* "(4, 1)" and the look of a shape. */
const char *graph_shape_text(const struct trace_tensor *tensor, struct arena *arena);
struct value_form graph_value_form(const struct trace_tensor *tensor, struct graph_units units);
