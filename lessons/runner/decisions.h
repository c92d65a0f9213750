#pragma once
/* Which arm each `if`, `while` and conditional expression took: a test that was begun waits until the
 * line or the instruction that comes next tells, and then is written as a `cond` record. */

#include "lessons/runner/code_info.h"
#include "lessons/runner/outlet.h"

/* A test that was begun, its arm not yet known. */
struct undecided {
    const struct condition *condition;
    int64_t tensor; /* that was asked whether it is true; 0: none was */
};

/* Those of all frames that are running, the innermost last. Zero but for the outlet, which is lent. */
struct decisions {
    struct outlet *outlet;
    struct undecided *items;
    size_t count, capacity;
};

/* Whose decisions are meant: a frame's, from item `from` on. */
struct decider {
    const struct code_info *info;
    int64_t frame;
    size_t from;
};

/* The frame comes to a line: the tests that stand on it begin. */
void decisions_begin_line(struct decisions *decisions, const struct decider *who, int line);
/* The frame has come to line `next`; 0 is its end, past every arm. */
void decisions_end_line(struct decisions *decisions, const struct decider *who, int next);

/* For tests whose arms stand on the same line: the frame comes to the instruction that stands `here` in
 * the text, or is still on it when its line is over. */
void decisions_begin_instruction(struct decisions *decisions, const struct decider *who,
                                 const struct span *here);
void decisions_end_instruction(struct decisions *decisions, const struct decider *who,
                               const struct span *here);

/* `tensor` was asked whether it is true, by what stands `here`. */
void decisions_name_tensor(struct decisions *decisions, size_t from, const struct span *here,
                           int64_t tensor);
