#pragma once
/* What the files of the tape share. Private to engine/probe. */

#include "engine/probe/tape.h"

enum { TAPE_RECENT = 32 };

/* A tensor that a forward of the lesson's own has seen or made, as it was at that version. */
struct tape_known {
    uint64_t tensor;
    int64_t version;
    struct tape_operand operand; /* owned */
};

/* The forward of a function of the lesson's own while it runs (tape_own.c). */
struct tape_own {
    int depth;       /* functions that call functions; 0: none runs */
    uint64_t newest; /* tensor that there was when the outermost began */
    const char *why; /* why it cannot be computed again, or NULL */
    struct tape_known *known;
    size_t count, capacity;
};

struct tape {
    struct tape_own own;
    struct tape_value *recent[TAPE_RECENT]; /* by id; owned */
    struct tape_walk **walks;               /* owned, in the order of their start */
    size_t walk_count, walk_capacity;
    size_t
        unlike; /* no walk before this place has the next one's leaves, but perhaps of the first kept */
    size_t bytes;
    uint64_t marks;

    /* Scratch of tape_walk.c: a step and how many of its operands have been looked at. */
    struct tape_pending {
        struct tape_step *step;
        int next;
    } * pending;
    size_t pending_capacity;
};

/* Made of an operation: without its operands. */
struct tape_step *tape_step_create(const struct observed_operation *operation);
void tape_step_unref(struct tape_step *step);
/* It cannot be computed again, for that reason. */
void tape_step_refuse(struct tape_step *step, const char *why);
/* Where a gradient goes is where the tensor came from. Returns NULL, or why it cannot be told. */
const char *tape_operand_take(struct tape *tape, struct tape_operand *out,
                              const struct tensor *tensor, const struct node_edge *edge);
void tape_operand_drop(struct tape_operand *operand);
struct tape_operand tape_operand_copy(const struct tape_operand *operand);
/* The outputs of a tracked operation, seen by a forward that runs. */
void tape_own_outputs(struct tape *tape, const struct observed_operation *operation,
                      struct tape_step *step);
void tape_own_forget(struct tape *tape);
void tape_walk_destroy(struct tape_walk *walk);
