#pragma once
/* Loops while they run, for stops.c only: which iterations a stop lies in. The lines say where
 * execution is, the cells' text which of them are loops. */

#include "lessons/trace/loop_text.h"
#include "lessons/trace/stops.h"

/* How many stops an iteration gets by itself. */
enum loop_detail { DETAIL_ALL, DETAIL_PHASES, DETAIL_PRINTS };

enum { LOOPS_DEEP = 64 };

/* A loop that is being executed. */
struct active_loop {
    uint32_t loop, iteration;
    int64_t frame;
    int64_t header, header_last, body_last; /* lines */
    bool one_line, entered; /* entered: a line of the body was executed in this iteration */
    bool again;  /* the statement ran before, or it trains line by line as one that did */
    bool varies; /* it trains after another that did, in another way */
    enum loop_detail detail;
};

struct loops {
    const struct trace *trace;
    struct loop_text *cells; /* by number - 1 */
    size_t cell_count, cell_capacity;
    struct stop_loop *loops;
    size_t loop_count, loop_capacity;
    struct stop_iteration *iterations;
    size_t iteration_count, iteration_capacity;
    struct active_loop active[LOOPS_DEEP]; /* the innermost last */
    int depth;
};

void loops_finish(struct loops *loops);

/* What the text says about a line of the cell that the frame belongs to; NULL if it has none. */
const struct loop_line *loops_line(struct loops *loops, int64_t frame, int64_t line);

/* The innermost loop; NULL outside of all. */
struct active_loop *loops_top(struct loops *loops);
uint32_t loops_iteration(const struct loops *loops);
enum loop_detail loops_detail(const struct loops *loops);

/* Before the frame executes the line: whether the innermost loop is over. */
bool loops_leaves(const struct loops *loops, int64_t frame, int64_t line);
/* Whether the line begins an iteration of the innermost loop, or a loop. */
bool loops_turns(struct loops *loops, int64_t frame, int64_t line);

/* Ends the innermost loop before that record, where there are `stops` operation stops. An iteration
 * that was only looked for is none. */
void loops_leave(struct loops *loops, uint32_t record, size_t stops);
/* Begins what loops_turns has said. */
void loops_turn(struct loops *loops, int64_t frame, int64_t line, uint32_t record, size_t stops);
/* The frame executes a line that begins nothing. */
void loops_stay(struct loops *loops, int64_t frame, int64_t line);

/* Whether the header of the innermost loop is being executed, or a function that it calls. */
bool loops_at_header(const struct loops *loops);

/* A stop of the phase lies in all active loops. */
void loops_add_phase(struct loops *loops, enum stop_phase phase);
