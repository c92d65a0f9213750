#pragma once
/* What the cards and edges of a model show at a moment: values, gradients that have arrived,
 * contributions that have travelled, and which of it is the step just taken. Private to the graph. */

#include "render/graph/model.h"

enum step_kind {
    STEP_OTHER, /* nothing of the graph: printing, binding */
    STEP_OP,
    STEP_BACKWARD, /* a walk starts */
    STEP_VISIT,
    STEP_ACCUMULATE,
    STEP_UPDATE, /* the optimizer, zero_grad */
    STEP_ERROR,
};

/* The .grad of a tensor. */
struct drawer_moment {
    const struct trace_value *total;          /* NULL: None */
    const struct trace_value *before, *added; /* `before + added = total` just happened */
    const struct trace_value *emptied;        /* what was in it until this step */
    bool fresh;                               /* changed by this step */
};

/* What a node keeps for its backward. */
struct saved_moment {
    bool freed;  /* it is gone */
    bool kept;   /* backward has run and left it: retain_graph */
    bool stored; /* this step put it there */
    bool passed; /* this step's backward ran through: it freed or kept */
};

struct card_moment {
    bool visible, current, failed, root;
    bool gone;   /* nobody holds the tensor and its node any more */
    bool fading; /* since this step */
    struct saved_moment saved;
    struct saved_moment
        *inside; /* of a closed box: of each of its nodes, those that are there first */
    int inside_count;
    const struct trace_value *value;
    bool value_fresh;
    /* The gradient passing through, or arriving at a leaf: complete when all parts are there. */
    const struct trace_value *arrived;
    const struct trace_value **parts;
    size_t part_count, parts_in_all;
    bool arrived_fresh;
    struct drawer_moment drawer;
    struct drawer_moment *parameters; /* one for each */
    const struct trace_value **parameter_values;
};

/* What of a node's contribution has come through the output that the wire is of, where the node has several:
 * the operand's cells that this output holds, zeros elsewhere. NULL: nothing. `whole` where the trace does not
 * tell them apart, or they are more than anybody reads. Lives in `arena`. */
const struct trace_value *graph_output_share(const struct trace *trace,
                                             const struct graph_wire *wire,
                                             const struct record_visit *visit,
                                             const struct trace_value *whole, struct arena *arena);

struct edge_moment {
    bool visible, fresh;                    /* fresh: the data ran along it in this step */
    bool many;                              /* stands for several: no number is its own */
    const struct trace_value *contribution; /* NULL: no gradient has come back along it */
    const struct trace_value *upstream, *local;
    bool local_is_number;
    double local_number;
    bool running; /* the gradient runs along it in this step */
    bool gone, fading;
};

struct graph_moment {
    uint32_t moment;
    uint32_t gone_until; /* what was let go of before that record is gone */
    enum step_kind step;
    int focus;                             /* the card that the step is about, or that of the last
                                               step that was about one; -1: none */
    const struct trace_backward *backward; /* the walk on show; NULL before the first */
    const char *root;                      /* label of its root, "" */
    const struct record_error *error;
    struct card_moment *cards;
    struct edge_moment *edges;
};

/* All in view->arena. */
void graph_moment_read(struct graph_moment *moment, const struct graph_model *model,
                       const struct view *view, uint32_t at);

/* What a stop's record is to the graph, and the card that it is about; -1: none. */
enum step_kind step_kind_of(const struct record *record);
int step_card(const struct graph_model *model, const struct trace *trace,
              const struct record *record, uint32_t at);

/* Only `focus` and `step`: for the camera. */
int graph_moment_focus(const struct graph_model *model, const struct run_view *run, uint32_t at,
                       enum step_kind *step);
