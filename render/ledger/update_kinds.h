#pragma once
/* What the kinds of optimizers write their lines with. Private to the update. */

#include "render/ledger/update.h"

enum { SYMBOLS_MAX = 16 };

struct symbol {
    const char *name;
    double value;
};

struct writer {
    const struct run_view *run;
    struct arena *arena;
    const struct record_step *step;
    const struct step_param *param;
    const struct argument *group; /* the options; NULL: not told */
    uint32_t record, before;
    int64_t element;
    const char *target; /* "weight" */
    struct symbol symbols[SYMBOLS_MAX];
    int symbol_count;
    struct update *out;
};

/* Writes the lines of the optimizer's kind, the last of which ends at `moved`; none if it is not known
 * (update_kinds.c). */
void step_write(struct writer *writer, double moved);

/* ---- for the kinds ------------------------------------------------------------------------------ */

double step_option(const struct writer *writer, const char *name);
double step_option_of_pair(const struct writer *writer, const char *name, size_t index);
/* Which step it is for the parameter, from 1. */
double step_count(const struct writer *writer);

/* A state tensor of the parameter, before and after the step. False when it is not there; one that the
 * step made was 0 before. */
struct step_state {
    double before, after;
    bool fresh;
};
bool step_state(const struct writer *writer, const char *name, struct step_state *out);

/* A number that templates can name; step_at is NAN for a name that has none. */
void step_set(struct writer *writer, const char *name, double value);
double step_at(const struct writer *writer, const char *name);

/* One line: "name sign template", what the numbers make, and what was recorded (NAN: nothing was). The
 * name has that number from then on. */
struct step_line {
    const char *name, *sign, *template;
    double computed, recorded;
};
void step_line(struct writer *writer, const struct step_line *line);
