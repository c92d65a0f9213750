#pragma once
/* What came before a backward, so that it can be computed again with other numbers: each tracked
 * operation is a step, and a walk keeps the steps that its roots are made of. Questions about the loss
 * (gradient check, surface, race) are answered from it without the lesson (replay.h).
 *
 * Numbers that no step made are copied when they are used: what a lesson changes later changes no
 * tape. A step lives as long as its node, and as long as a walk that is kept needs it.
 *
 * What the forward of a function of the lesson's own (autograd.Function) does untracked is on the tape as
 * well: so finite differences go through it, and past its backward.
 *
 * Whoever observes the engine passes on what the tape is to know: `created`, `operation`, `tracked`,
 * `forward_begun`, `applied`, `forward_ended`, `taken` and `shared`, `node_died`, `backward_started`,
 * `visited`, `accumulated`, `backward_ended`. */

#include "engine/observer.h"

struct tape;

/* Elements in row-major order in the host's memory, shared by the steps that use them. */
struct tape_value {
    int references;
    uint64_t tensor; /* id of the tensor that they were read from */
    int64_t version;
    enum dtype dtype;
    struct shape shape;
    int64_t count;
    void *elements; /* behind the value itself */
};

enum tape_source {
    TAPE_NOTHING,  /* bias=None */
    TAPE_NUMBER,   /* a plain number */
    TAPE_CONSTANT, /* a tensor that requires no gradient */
    TAPE_LEAF,     /* a leaf that requires one */
    TAPE_STEP,     /* output `output` of an earlier step */
};

struct tape_operand {
    enum tape_source source;
    int output;
    struct number number;
    struct tape_value *value; /* owned, of CONSTANT and LEAF */
    struct tape_step *step;   /* owned */
};

struct tape_step {
    int references;
    const char *name; /* of its node, "MulBackward0"; NULL of a function of the lesson's own */
    uint64_t node_id; /* which may have died */
    const struct op
        *op;         /* NULL: it cannot be computed again, for the reason in `why`, or hands on */
    bool hands_on;   /* a function of the lesson's own: its outputs are its operands */
    const char *why; /* a sentence: "a view was changed in place" */
    struct op_attrs *attrs;  /* NULL: none; `lengths` is owned */
    struct tape_operand *in; /* these two lie behind the step itself */
    int in_count, out_count;

    /* private state */
    const struct node *node; /* lent; NULL when it has died */
    uint64_t mark;           /* of the walk that collected it last */
    size_t place;            /* in that walk's steps */
    struct tape_step *next_dead;
};

/* A leaf of a walk, and what the walk's backward said of it. */
struct tape_leaf {
    uint64_t tensor;
    const struct tape_value *value; /* when it was first used */
    /* What arrived in this walk, summed as it was there; NULL: nothing arrived. */
    double *gradient;
    bool accumulated;
};

/* output `output` of step `step`; or a leaf, step SIZE_MAX. */
struct tape_root {
    size_t step;
    int output;
    size_t leaf;
    int64_t count;
    double *value, *gradient; /* owned; what it was, and what backward began with */
};

struct tape_walk {
    uint64_t id;
    bool ended;
    bool hooked;              /* hooks of the lesson may have changed gradients */
    const char *why;          /* why it cannot be computed again, or NULL */
    const char *node;         /* whose fault that is, or NULL */
    struct tape_step **steps; /* owned; operands first */
    size_t step_count, step_capacity;
    struct tape_leaf *leaves;
    size_t leaf_count, leaf_capacity;
    struct tape_root *roots;
    size_t root_count;
    size_t bytes; /* about how much memory it holds */
};

struct tape *tape_create(void);
/* NULL is allowed. Steps of nodes that still live are let go when they die. */
void tape_destroy(struct tape *tape);

void tape_tracked(struct tape *tape, const struct observed_operation *operation);
/* An operation, tracked or not; a tensor that none made. Outside of a forward nothing is done. */
void tape_operation(struct tape *tape, const struct observed_operation *operation);
void tape_created(struct tape *tape, const struct observed_creation *creation);
/* The elements of a tensor are plain numbers from now on, or NumPy's: what becomes of them nobody tells. */
void tape_taken(struct tape *tape);
void tape_forward_begun(struct tape *tape, const struct observed_forward *forward);
void tape_applied(struct tape *tape, const struct observed_application *application);
void tape_forward_ended(struct tape *tape);
void tape_node_died(struct tape *tape, const struct node *node);
void tape_backward(struct tape *tape, const struct observed_backward *backward);
void tape_visited(struct tape *tape, const struct observed_visit *visit);
void tape_accumulated(struct tape *tape, const struct observed_accumulation *accumulation);
void tape_backward_ended(struct tape *tape, uint64_t walk, const struct node *failed);

/* The walks that are kept: the first few, the latest, and the last of each set of leaves before, as far as
 * there is room; those that an error cut off left out. */
size_t tape_walk_count(const struct tape *tape);
const struct tape_walk *tape_walk_at(const struct tape *tape, size_t index);
/* NULL when it is not kept. */
const struct tape_walk *tape_walk_find(const struct tape *tape, uint64_t id);
/* Index in walk->leaves, SIZE_MAX when the tensor is no leaf of it. */
size_t tape_leaf_find(const struct tape_walk *walk, uint64_t tensor);
