#pragma once
/* An episode as cards and edges, before it has places: what the graph view draws and the layout is
 * asked about. Private to the graph. Made once per episode; nothing here depends on the moment. */

#include "lessons/trace/sheet.h"
#include "render/id_map.h"
#include "render/layout/layout.h"
#include "render/view.h"

/* The type scale of a layout: `text` is 16 units, the others keep the screen's proportions. So a
 * layout serves every window size, and zoom is `type.text / UNIT_TEXT` for the screen's own size. */
static const float UNIT_TEXT = 16;
struct graph_units {
    float value, caption;
    /* For a graph that has no room otherwise: less high, with a gradient's number beside its name; less
     * wide, with slots for numbers in text size and shorter edges. */
    bool flat;
    int narrow; /* 0 … GRAPH_NARROWEST, one more if terse: without numbers at the edges */
    /* Flat all the same, but in cards with parameters the result stands below these, and beneath a row of
     * numbers its gradient. */
    bool below;
    bool rows; /* of a chain: in two rows */
    /* Of the screen's own scale: less than 1 where all of the graph is seen only so, names and numbers
     * smaller, captions as they are. */
    float scale;
    /* The modules that no step is in are closed; a step is in the call that begins with that record, 0: in none. */
    bool closed;
    uint32_t inside;
    bool aside; /* what stands before and behind that call is put together */
    int64_t
        within; /* the step is in the box with that key, which is open with all around it; 0: in none */
    /* Numbers without shape and type, what passes without what becomes of it, matrices without their numbers. */
    bool terse;
    bool steady; /* not so: old values stand beside the new, as large as they are */
    bool parts;  /* nothing helps: it is looked at in parts */
};
enum { GRAPH_NARROWEST = 2 };

/* Room for the sign that a box opens or closes, and how far the sheets of a pile stand apart. */
static const float GRAPH_CHEVRON = 16, GRAPH_SHEET = 5;
/* The width of a heat map's range, "-0.1234 … 0.1234", in em of captions. */
static const float GRAPH_RANGE = 9.5f;
/* The height of the chip with the operation's sign, in em of captions. */
static const float GRAPH_CHIP = 1.45f;
/* A mark of a saved value, in em of captions, and what is between two; of more they are counted. */
static const float GRAPH_MARK = 0.62f, GRAPH_MARK_GAP = 4;
enum { GRAPH_MARKS_MAX = 8 };
/* Between two rows of a chain: the line from one to the other with what is written at it. */
static const float GRAPH_ROW_GAP = 58;
/* Between the tiles of a heat map. */
static const float GRAPH_TILE_GAP = 3;

/* How a tensor's value is shown, from its shape alone. */
enum value_look { VALUE_NUMBER, VALUE_CELLS, VALUE_HEAT, VALUE_EMPTY };
struct value_form {
    enum value_look look;
    int rows, columns;  /* VALUE_CELLS */
    struct sheet sheet; /* VALUE_HEAT: what is drawn of the tensor, or of its sample */
    float w, h;
};

enum card_kind {
    CARD_LEAF,       /* made by no operation, or by one that creates */
    CARD_RESULT,     /* of an operation */
    CARD_CONSTANT,   /* a number in the code */
    CARD_NODE,       /* PyTorch level: a grad_fn */
    CARD_ACCUMULATE, /* PyTorch level: where a leaf's gradient is added up */
    CARD_GROUP,      /* a closed box: a module, a repeat */
    CARD_ARM,        /* the arm of an `if` that was not taken */
};

/* What a box holds (graph_fold.c). */
enum fold_kind {
    FOLD_EPISODE, /* everything */
    FOLD_MODULE,  /* one call of a module */
    FOLD_REPEAT,  /* equal neighbours */
    FOLD_ROUND,   /* one of them, where it is more than one box */
    FOLD_SPAN,    /* some of very many */
    FOLD_CALL,    /* what one call in the code does, where the graph has no room */
    FOLD_ASIDE,   /* what the step is not about, where the graph has no room */
};

/* The lines of a closed box. */
struct graph_group {
    enum fold_kind kind;
    int64_t key; /* TARGET_FOLD */
    int64_t module;
    const char *count;      /* "×30", "" */
    const char *detail;     /* the class; what is repeated */
    const char *shapes;     /* "(3, 2) → (3, 4)" */
    const char *parameters; /* "12 parameters", "" */
    /* Its one result is the card's tensor, made by that record and called so; NEVER, "" where it has
     * several. */
    uint32_t made;
    const char *result;
    const int64_t *nodes; /* in it that keep values for backward */
    int node_count, saved_count;
    struct rect detail_place, parameters_place; /* in the card */
};

/* The lines of an arm that was not taken, and who went there: another graph, else nobody. */
enum { GRAPH_ARM_LINES = 3 };
struct graph_arm {
    const char *lines[GRAPH_ARM_LINES];
    int line_count;
    const char *who;
    bool taken;
};

/* A parameter that is drawn inside the card of the operation that uses it. */
struct card_parameter {
    int64_t tensor;
    const char *name;               /* "weight" */
    const char *letter;             /* as in the card's formula: "W" */
    struct rect place, value, grad; /* in the card */
    bool abreast;                   /* the gradient stands beside the value */
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
    /* What it is called from `until` on, when the name is the next card's; NULL: as before. */
    const char *former;
    struct card_parameter *parameters;
    int parameter_count;
    int cluster; /* 0: none, else index + 1 */
    int beside; /* a number that stands beside that card, index + 1; 0: it has a place of its own */
    bool drawer;  /* shows its .grad */
    bool abreast; /* the passing gradient's words stand beside its cells */
    bool passing; /* a gradient passes through it in a backward walk */
    bool has_saved;
    /* A result that keeps no way back though an operand is tracked: why, "no_grad", "inference_mode", "detach()", ""
     * where PyTorch has no derivative. NULL for all others. */
    const char *cut;
    struct graph_group *group; /* CARD_GROUP */
    struct graph_arm *arm;     /* CARD_ARM */
    struct value_form form;
    /* Places in the card, units; h 0: not there. The body is the card itself; the gradient hangs
     * below it: a drawer on a leaf, a passing chip on what keeps none. */
    float w, h, body_h;
    float nudge; /* of the whole card, from where the layout puts it */
    struct rect head, value, caption, gradient;
    struct rect saved; /* what is kept for backward, or that nothing is */
    /* Says on its upper border which device it is on: some of the episode are not on the CPU. */
    bool placed;
    struct rect crossing; /* made of elements of another device: which, and how they came */
};

/* How data and gradient run between two cards. */
struct graph_wire {
    int64_t op;
    int input;     /* which tensor or number of the operation, for TARGET_EDGE */
    int64_t node;  /* 0: no gradient can come back along it */
    int node_edge; /* index in the node's edges */
    int output;    /* which output of the node the gradient comes from */
};

struct graph_edge {
    int from, to; /* cards, in the direction of the data */
    bool cut;     /* data runs along it, but no gradient will ever come back */
    struct graph_wire wire;
    struct graph_wire *more; /* of a closed box: the others between the same two cards */
    int more_count;
};

/* An open box. Before folding: one call of a module. */
struct graph_cluster {
    int64_t module; /* 0: no module */
    int parent;     /* index + 1 */
    int64_t key;    /* TARGET_FOLD */
    enum fold_kind kind;
    const char *title;
    float title_w;
    uint32_t enter; /* before folding: the record that begins the call */
};

/* A card that stands in a closed box. */
struct graph_hidden {
    const char *label;
    int64_t tensor, op, node;
    int card; /* that is drawn for it */
};

struct graph_model {
    struct graph_card *cards;
    int card_count;
    struct graph_edge *edges;
    int edge_count;
    struct graph_cluster *clusters;
    int cluster_count;
    int left_out; /* operations beyond what can be folded */
    struct graph_hidden *hidden;
    int hidden_count;
    struct id_map hidden_tensors, hidden_ops, hidden_nodes, hidden_parameters; /* to cards */
    /* Operations that have a card, drawn or hidden: which of the keys is that of the box it stands in, or of itself
     * where it is a round of a repeat. */
    struct id_map homes;
    int64_t *home_keys;
    float gap, rank_gap;
    struct graph_units units;
    bool brief; /* what was freed is called so by the shorter word, in all its cards */
    enum graph_level level;
    struct arena arena;
};

/* More boxes than this are not laid out and not read by anybody: they are folded. Of more cards than
 * the second number the rest is left out before. */
enum { GRAPH_BOXES_MAX = 300, GRAPH_CARDS_MAX = 50000 };

/* `view` gives the trace (runs[0]), level, language, fonts and which boxes are open; its moment does
 * not matter. */
void graph_model_build(struct graph_model *model, const struct view *view,
                       const struct episode *episode, struct graph_units units);
/* All of it, unfolded and without sizes: for those that draw nothing. */
void graph_model_build_whole(struct graph_model *model, const struct view *view,
                             const struct episode *episode);
void graph_model_finish(struct graph_model *model);

/* All cards of the episode, in no box but their module's call; called by graph_model_build. The first
 * as mathematics, the second as PyTorch's nodes. */
void graph_model_add_mathematics(struct graph_model *model, const struct view *view,
                                 const struct episode *episode);
void graph_model_add_nodes(struct graph_model *model, const struct view *view,
                           const struct episode *episode);

/* Cards for plain numbers that were taken out of tensors, whose cards are given; called last. */
void graph_model_add_taken(struct graph_model *model, const struct trace *trace,
                           const struct episode *episode, const struct id_map *cards);
/* Ids of the operations that only say where the next one writes. */
void graph_written_find(const struct trace *trace, const struct episode *episode,
                        struct id_map *pointing);
/* The number of the code that went in as a tensor which nobody sees, as in `b[0] = 0`; false: it is none. */
bool graph_written_number(const struct trace *trace, int64_t tensor, uint32_t moment,
                          double *number);
/* What the card is headed with at the moment. */
const char *graph_card_label(const struct graph_card *card, uint32_t moment);

/* Which call of a module the operations of an episode stand in, asked in their order. */
struct graph_calls;
struct graph_calls *graph_calls_create(struct graph_model *model, const struct trace *trace);
void graph_calls_destroy(struct graph_calls *calls);
/* Index + 1 of its cluster, made when it is first asked for; 0: in none. */
int graph_calls_find(struct graph_calls *calls, const struct trace_op *op);
/* The same for what was made at that record, seen from the operation that was asked for last: the
 * innermost call around both. */
int graph_calls_home(const struct graph_calls *calls, uint32_t record);

/* Puts what is too much or repeats itself into closed boxes (graph_fold.c). */
void graph_model_fold(struct graph_model *model, const struct view *view);
/* Boxes for the arms that the conditions of that episode (its index) left out, where the film of the run
 * is known (arms.c). */
void graph_model_add_arms(struct graph_model *model, const struct view *view, size_t index);
/* The open box with that key as index of a cluster, the closed one as index of a card; -1. */
int graph_model_find_open(const struct graph_model *model, int64_t key);
int graph_model_find_closed(const struct graph_model *model, int64_t key);
/* The first open box of the module. */
int graph_model_find_module(const struct graph_model *model, int64_t module);

/* Index of the card that shows the tensor (of several the one at the moment), the result of the
 * node or operation, or of the closed box that holds it; -1 if none. */
int graph_model_find_tensor(const struct graph_model *model, int64_t tensor, uint32_t moment);
int graph_model_find_node(const struct graph_model *model, int64_t node);
int graph_model_find_op(const struct graph_model *model, int64_t op);
/* The card that shows what a target stands for. */
int graph_model_find_target(const struct graph_model *model, struct target target);
/* The card inside which the parameter is drawn; -1 if none. */
int graph_model_find_parameter(const struct graph_model *model, int64_t tensor, uint32_t moment);

/* Appends to the model's arrays. */
int graph_model_add_card(struct graph_model *model, const struct graph_card *card);
void graph_model_add_edge(struct graph_model *model, const struct graph_edge *edge);
int graph_model_add_cluster(struct graph_model *model,
                            const struct graph_cluster *cluster); /* index + 1 */

/* Gives every card its size and the places in it (form.c), and the room between them (apart.c; tagged: on an
 * upper border stands which device it is on). */
void graph_form_cards(struct graph_model *model, const struct view *view);
void graph_stand_apart(struct graph_model *model, const struct view *view, bool tagged);
/* Whether the gradient below the card stands in one row with what it is called. */
bool graph_gradient_is_row(const struct graph_card *card, struct graph_units units);
/* "no_grad: no node": what a card says that keeps no way back. In the view's arena. */
const char *graph_cut_text(const struct graph_card *card, const struct view *view);
/* How wide the line is that says what a card keeps (life.c): at least, with the shorter word for what was
 * freed; of a closed box, "saved ■■■", or with numbers where they are too many to be counted at a glance. */
float graph_saved_least(const struct graph_card *card, const struct view *view,
                        struct graph_units units);
float graph_saved_inside_width(const struct graph_group *group, const struct view *view,
                               struct graph_units units, bool brief);
/* Whether the longer word has no room beside the names in one of the cards, which are formed. */
bool graph_saved_is_brief(const struct graph_model *model, const struct view *view);
/* "(4, 1)" and the look of a shape. */
const char *graph_shape_text(const struct trace_tensor *tensor, struct arena *arena);
const char *graph_parameter_title(const struct card_parameter *parameter,
                                  const struct trace_tensor *tensor, struct arena *arena);
/* "(4, 1) · float32"; "" where there is no room for it. */
const char *graph_caption_text(const struct graph_card *card, const struct trace_tensor *tensor,
                               struct graph_units units, struct arena *arena);
/* Whether what passes says what becomes of it. */
bool graph_gradient_is_told(const struct graph_model *model);
struct value_form graph_value_form(const struct trace_tensor *tensor, struct graph_units units);
