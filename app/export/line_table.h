#pragma once
/* Lines of text, each kept once and known by its number: pages of a lesson share most of theirs. */

#include "engine/base/text.h"

/* Zero-initialise to start. */
struct line_table {
    struct text bytes; /* of all lines, one behind the other */
    size_t *ends;      /* where each ends */
    size_t count, capacity;
    uint32_t *slots; /* number and 1 of the line whose hash begins looking here; 0: free */
    size_t slot_count;
};

/* The number of the line, which is new or was there. */
size_t line_table_add(struct line_table *table, const char *bytes, size_t length);
const char *line_table_at(const struct line_table *table, size_t index, size_t *length);
void line_table_finish(struct line_table *table);
