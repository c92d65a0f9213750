#pragma once
/* The inside of struct stops, for the files stops*.c only. */

#include "lessons/trace/loops.h"
#include "lessons/trace/reader.h"

/* A line that a frame is executing. */
struct open_line {
    uint32_t record;  /* its `line` record, NEVER: none */
    uint32_t ordinal; /* that record's place among the line records */
};

/* Line, cell, phase, auto. */
enum { STOP_LISTS = 4 };

struct stops {
    const struct trace *trace;
    uint32_t read; /* records looked at */

    struct stop *stops;
    size_t stop_count, stop_capacity;
    struct index_list lists[STOP_LISTS]; /* indices in stops */
    int64_t last_frame;                  /* that the last stop belongs to */

    struct open_line *open; /* by frame id - 1 */
    size_t open_count, open_capacity;
    uint32_t *line_ends; /* for each line record the index of the stop at its end, or NO_STOP */
    size_t line_count, line_capacity;
    int64_t frame;    /* executing now */
    int64_t cell;     /* frame of the open code cell, 0: none */
    int backwards;    /* under way */
    uint32_t notable; /* the latest record that printed or bound, for a stop without an operation */

    /* Updates that may turn out to belong to an operation that follows. */
    uint32_t update_first, update_last; /* NEVER: none waiting */

    struct loops loops;
    size_t held; /* index + 1 of a stop that may be a part of one thing with the next; 0: none */
    size_t undecided; /* the first stop that stops_choose has not looked at */
};

void stops_mark(struct stops *stops, size_t index, unsigned granularities);

/* stops_phase.c: gives the last stop its phase; a backward also gives its loss one. */
void stops_find_phase(struct stops *stops);

/* stops_choose.c. A stretch of stops within one iteration is over: decides which of them are stops by
 * phase and by themselves. */
void stops_choose(struct stops *stops);
/* The same at the end of the innermost loop, which it ends before the record. */
void stops_end_loop(struct stops *stops, uint32_t record);
/* Whether nothing happens at a stop that is worth a step: a line that is only a word, a turn of a
 * comprehension. */
bool stops_is_empty(const struct stops *stops, size_t index);
/* Decides about the stop that is held, when the next is there or its line has ended. */
void stops_settle(struct stops *stops, bool ended);
/* Whether the one that is held is an operation whose code was executed before, so that the next line may
 * go on with it. */
bool stops_repeats(const struct stops *stops);
