#pragma once
/* Where stepping pauses. Found from the records; grows with the trace.
 *
 * A stop's moment lies after the record that caused it and after those that only complete it (free,
 * bind, gone, leave, return, backward_end, end), so that a resting frame shows all the step says.
 *   operation: after each op, backward, visit, accumulate, step, cond, mode, error, display, after
 *              a run of updates that belong to no operation (zero_grad, requires_grad_), and at the
 *              end of each line that printed or bound something after these, or had none of them.
 *   line:      at the end of each executed line.
 *   cell:      at the end of each code cell.
 *   phase:     at the end of each phase of training (see below), of what an iteration prints, and of
 *              each cell.
 *   auto:      coarser by itself in loops. Outside of them, and in a loop's first iteration, each
 *              operation; in its second each phase, or each line where there are none; then only
 *              iterations that print, and the loop's end. A loop that runs again begins as in its
 *              second iteration; one that trains after another that did, too, and where it has lines of
 *              its own its second iteration is by phases as well. In nested loops the coarser counts. A loop's last, empty look for
 *              another item is no stop, nor is a line that does nothing ("try:", "return y", the
 *              count of a range), that loads a library, or that defines a method, nor what a
 *              comprehension goes through. Operations that one expression is made of in one module
 *              are one stop, as are a comparison and the condition that asks for its result, and the
 *              third and further of the same code that are executed one after the other, or that a
 *              backward comes through.
 * Every cell stop is a line stop and a phase stop, every stop an operation stop; errors, displayed
 * values, refusals and reached limits are stops at each granularity but line and cell. */

#include "lessons/trace/trace.h"

enum stop_granularity {
    STOP_OPERATION = 1,
    STOP_LINE = 2,
    STOP_CELL = 4,
    STOP_PHASE = 8,
    STOP_AUTO = 16,
};

/* What a step does in training, found from its records:
 *   loss:      operations on the line of the one that made the root of a backward, if they do not
 *              belong to another module;
 *   zero_grad: what clears gradients, and a line that says so and finds none to clear;
 *   step:      an optimizer's step, what changes a leaf that requires grad, and operations on the
 *              elements of a gradient, to the end of their line;
 *   backward:  a backward pass, with the operations that it records of itself;
 *   forward:   all other operations;
 *   other:     prints, names, branches: they go with the phase before them. */
enum stop_phase {
    PHASE_OTHER,
    PHASE_FORWARD,
    PHASE_LOSS,
    PHASE_ZERO_GRAD,
    PHASE_BACKWARD,
    PHASE_STEP,
    PHASE_COUNT
};

static const uint32_t NO_ITERATION = UINT32_MAX;

struct stop {
    uint32_t moment;
    uint32_t record;       /* that caused it */
    uint32_t line;         /* the `line` record that was being executed, NEVER: none */
    uint32_t iteration;    /* the innermost it lies in, NO_ITERATION: in none */
    unsigned granularity;  /* the STOP_ bits at which it is a stop */
    enum stop_phase phase; /* a forward one becomes a loss when its backward comes */
};

/* One execution of a `for` or `while` statement. */
struct stop_loop {
    int64_t cell, line;  /* number of the code cell, line of the header */
    uint32_t parent;     /* iteration that it runs in, NO_ITERATION: none */
    uint32_t iterations; /* so far */
    uint32_t first;      /* iteration */
    bool ended;
    unsigned phases; /* bits 1 << enum stop_phase, of all stops within it */
};

struct stop_iteration {
    uint32_t loop;
    uint32_t number;     /* from 1 */
    uint32_t begin, end; /* records [begin, end); end NEVER while it goes on */
    size_t first, last;  /* operation stops [first, last); last SIZE_MAX while it goes on */
};

struct stops;

struct stops *stops_create(const struct trace *trace);
void stops_destroy(struct stops *stops);
/* Reads the records that came since; call it after trace_feed. */
void stops_update(struct stops *stops);

/* No more records will come: what was being executed when the run broke off ends here. */
void stops_finish(struct stops *stops);

size_t stops_count(const struct stops *stops, enum stop_granularity granularity);
/* The index-th stop, from 0, of that granularity. */
const struct stop *stops_at(const struct stops *stops, enum stop_granularity granularity,
                            size_t index);
/* Index of the last stop at or before the moment; SIZE_MAX if there is none. */
size_t stops_index_at(const struct stops *stops, enum stop_granularity granularity,
                      uint32_t moment);

/* The stop at the end of the execution of a line: `line` counts the `line` records from 0. NULL
 * while it goes on. */
const struct stop *stops_line_end(const struct stops *stops, size_t line);

/* ---- loops ---------------------------------------------------------------------------------- */

/* All iterations of all loops in the order in which they began, from 0. */
size_t stops_iteration_count(const struct stops *stops);
const struct stop_iteration *stops_iteration(const struct stops *stops, size_t index);
const struct stop_loop *stops_loop(const struct stops *stops, size_t index);
/* The loop that looked for one more item at the stop and found none; NULL: the stop is no loop's end. */
const struct stop_loop *stops_loop_ended_by(const struct stops *stops, const struct stop *stop);

/* The innermost iteration at the moment, or NO_ITERATION. */
uint32_t stops_iteration_at(const struct stops *stops, uint32_t moment);
/* The one of training: the innermost whose loop holds both a backward and an update, else the
 * innermost whose loop holds a backward, else NO_ITERATION. */
uint32_t stops_training_at(const struct stops *stops, uint32_t moment);

/* The phases of a training iteration's loop in the order in which the lesson comes to them; returns
 * their number. */
size_t stops_phase_order(const struct stops *stops, uint32_t iteration,
                         enum stop_phase order[PHASE_COUNT]);
/* The phase at the moment: that of the latest stop that has one, within the iteration. */
enum stop_phase stops_phase_at(const struct stops *stops, uint32_t moment);

/* The moment at the end of an iteration: `by` iterations on (or back, negative) from where the moment
 * stands. Inside an iteration, its own end is one on, and the end of the one before is one back; the
 * sequence goes on where the same loop runs again. Outside of loops the next one begins it.
 * NEVER when there is none there. */
uint32_t stops_walk_iterations(const struct stops *stops, uint32_t moment, int64_t by);
/* The end of the outermost loop around the moment, or of the next one; NEVER if there is none. */
uint32_t stops_loop_end(const struct stops *stops, uint32_t moment);

/* ---- addresses ------------------------------------------------------------------------------ */

/* The address of a moment, which survives a re-run: cell, line, visit count of the line, and how
 * many operation stops lie between the line's start and it. As text:
 * CELL:LINE[:VISIT[:ORDINAL]]. */
struct moment_address {
    int64_t cell, line;
    uint32_t visit, ordinal; /* ordinal 0: the end of the line */
};
struct moment_address address_of(const struct trace *trace, const struct stops *stops,
                                 uint32_t moment);
/* The moment at that address; if there is none the nearest one before it, with *exact false. */
uint32_t address_find(const struct trace *trace, const struct stops *stops,
                      const struct moment_address *address, bool *exact);
bool address_parse(struct moment_address *out, const char *text, struct error *err);
/* The shortest text that address_parse reads as the same. */
void address_write(struct text *out, const struct moment_address *address);
