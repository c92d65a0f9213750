#pragma once
/* The pages of the ledger: lines of text from the top down, and the grid of cells at its right. Private
 * to the ledger. */

#include "render/view.h"

struct ledger {
    const struct view *view;
    struct scene *scene;
    struct rect area; /* of the lines */
    float y;          /* of the next line's foot */
    int64_t subject;
    int line;
};

/* Writes a piece of the line from x on; returns where it ends. */
float ledger_piece(struct ledger *ledger, float x, const char *text, enum type_role role,
                   enum ink ink);
/* A sum that may be longer than a line: goes on in the next ones, from `left` on, before a plus sign.
 * Returns where it ends. */
float ledger_sum(struct ledger *ledger, float x, float left, const char *text, bool lit);
float ledger_width(const struct ledger *ledger, const char *text, enum type_role role);
/* A line that can be pointed at; `lit`: it is what this step brought. */
void ledger_begin(struct ledger *ledger, bool lit);
/* The line that was begun speaks of that tensor: it is framed while the pointer is on it elsewhere, on
 * its card or on its code. */
void ledger_speaks_of(const struct ledger *ledger, int64_t tensor);
void ledger_end(struct ledger *ledger);

/* All cells of a tensor at the right, with a ring around the chosen one; takes its room from the lines.
 * `of` is whose cells they are to whoever points at one. Nothing where there is no room for both. */
struct ledger_grid {
    const char *title;
    enum ink ink; /* of the title */
    int64_t of;
    const struct trace_tensor *tensor;
    const struct trace_value *value;
    int64_t chosen;
};
void ledger_draw_grid(struct ledger *ledger, const struct ledger_grid *grid);
