#pragma once
/* What the files of the tape share. Private to engine/probe. */

#include "engine/probe/tape.h"

enum { TAPE_RECENT = 32 };

struct tape {
    struct tape_value *recent[TAPE_RECENT]; /* by id; owned */
    struct tape_walk **walks;               /* owned, in the order of their start */
    size_t walk_count, walk_capacity;
    size_t bytes;
    uint64_t marks;

    /* Scratch of tape_walk.c: a step and how many of its operands have been looked at. */
    struct tape_pending {
        struct tape_step *step;
        int next;
    } * pending;
    size_t pending_capacity;
};

/* Why nothing behind a function of the lesson's own is computed again; it is no other node's fault. */
extern const char tape_own_function[];

void tape_step_unref(struct tape_step *step);
void tape_walk_destroy(struct tape_walk *walk);
