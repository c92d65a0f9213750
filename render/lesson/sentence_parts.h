#pragma once
/* What the files that make sentences share: sentence.c with its parts, and views with blanks to fill. */

#include "render/view.h"

enum { SENTENCE_BLANKS = 5 };

struct speaker {
    const struct run_view *run;
    const struct words *words;
    enum language language;
    struct arena *arena;
};

/* The translation of the pattern with {0} {1} … filled in. */
const char *sentence_say(const struct speaker *speaker, const char *pattern,
                         const char *const blanks[SENTENCE_BLANKS]);
#define SAY(speaker, pattern, ...) \
    sentence_say(speaker, pattern, (const char *const[SENTENCE_BLANKS]){ __VA_ARGS__ })

/* A tensor's value: "18", "[1, 2]", "shape (3, 4)". */
const char *sentence_value(const struct speaker *speaker, int64_t tensor);

/* The first line, cut to a length that a sentence bears. */
const char *sentence_first_line(const struct speaker *speaker, const char *bytes, size_t length);
/* One sentence behind the other. */
const char *sentence_join(const struct speaker *speaker, const char *first, const char *second);
/* The moment of the stop before this one: the step's first record. */
uint32_t sentence_step_start(const struct run_view *run);

/* Whether its value is told by its shape. */
bool sentence_is_shaped(const struct speaker *speaker, int64_t tensor);

/* What it is called. */
const char *sentence_label(const struct speaker *speaker, int64_t tensor);
/* What a backward function computes the gradient of: the label of its operation's result. */
const char *sentence_node_label(const struct speaker *speaker, int64_t node);

/* A backward pass (sentence_backward.c): its start, a node's visit, a gradient that arrives. */
const char *say_backward(const struct speaker *speaker, const struct record_backward *record);
const char *say_visit(const struct speaker *speaker, const struct record_visit *visit);
const char *say_accumulate(const struct speaker *speaker, const struct record_accumulate *record);

/* What a line did that left no more than this (sentence_lines.c): names that it bound, of which the
 * record is the last; that it was executed; that a loop found no further item, or NULL. */
const char *say_bind(const struct speaker *speaker, uint32_t record);
const char *say_line(const struct speaker *speaker, uint32_t record);
const char *say_loop_end(const struct speaker *speaker, const struct stop *stop);
/* The text of a line without its indent, cut like a first line; "" if there is none. */
const char *sentence_line_text(const struct speaker *speaker, const struct record_line *line);

/* What a record of output holds (sentence_printed.c). */
const char *say_printed(const struct speaker *speaker, uint32_t record);

/* The life of the graph (sentence_life.c): a tensor changed in place, a .grad cleared; and, behind what
 * was said of the step, that it took a number out of the graph, that it let go of a graph. */
const char *say_update(const struct speaker *speaker, const struct record_update *update);
const char *say_taken(const struct speaker *speaker, const char *said);
const char *say_released(const struct speaker *speaker, const char *said);
/* Devices (sentence_devices.c), in the same way: copies between them, and what the CPU did for them. */
const char *say_devices(const struct speaker *speaker, const struct record *record,
                        const char *said);
