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
 * Every cell stop is a line stop, every line stop an operation stop. */

#include "lessons/trace/trace.h"

enum stop_granularity { STOP_OPERATION = 1, STOP_LINE = 2, STOP_CELL = 4 };

struct stop {
    uint32_t moment;
    uint32_t record;      /* that caused it */
    unsigned granularity; /* the STOP_ bits at which it is a stop */
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
