#pragma once
/* An optimizer's step written out for one element of a parameter: a line for each quantity that it
 * brings up to date, formula first, then numbers; the last one moves the parameter. */

#include "render/view.h"

enum { UPDATE_LINES_MAX = 10 };

struct update_line {
    const char *formula; /* "w ← w − lr·grad" */
    const char *numbers; /* "0.5 − 0.01·(-3.2)"; "" where the recorded numbers do not say so */
    const char *value;   /* "0.532" */
};

struct update {
    const char *of;         /* "model.weight[0, 1]" */
    const char *class_name; /* "Adam" */
    const char *grad;       /* "-3.2", which the step leaves as it is; "" for None */
    struct update_line lines[UPDATE_LINES_MAX];
    int count;
    int64_t element; /* that it is of */
};

/* The parameter that the step is shown for: the one that was chosen if it is one of the step's, else
 * the first that moved; 0: none did. */
int64_t update_subject(const struct run_view *run, const struct view_state *state,
                       const struct record_step *step);

/* `record` is the step's record, `before` a moment at which nothing of it had happened. False when the
 * step did not move the tensor. */
struct update_question {
    uint32_t record, before;
    int64_t tensor, element;
};
bool update_at(const struct run_view *run, const struct update_question *question,
               struct update *out, struct arena *arena);
