#pragma once
/* The loss over two numbers as a run's probes answered it, the way that the training took there, and the
 * questions that are to be put. */

#include "render/view.h"

/* An element of a parameter, over a range. */
struct landscape_axis {
    int64_t tensor, element;
    const char *name; /* "w", "model.weight[0, 1]" */
    double from, to;
    int count; /* places of the grid */
};

struct landscape {
    int64_t backward; /* whose loss it is */
    struct landscape_axis x, y;
    bool exact;          /* the loss depends on nothing else; else it is a slice */
    const float *losses; /* rows of y; nan where there is none */
    const char *refused; /* why there is none, "" */
};

/* The latest answer. False when nothing was asked, or its answer is not all here. Lives in `arena`. */
bool landscape_find(const struct run_view *run, struct landscape *out, struct arena *arena);
/* Its loss beside these numbers; nan outside of it. */
double landscape_loss(const struct landscape *landscape, double x, double y);

/* Where the two numbers were at each backward of that loss, and in the end. */
struct landscape_way {
    double *x, *y, *losses; /* nan at the end, where nothing was walked back from */
    uint32_t *moments;
    size_t count, done; /* points that had come at the moment */
    bool hidden;        /* a question asks for some of these numbers */
};
struct landscape_way landscape_way(const struct run_view *run, const struct landscape_axis *x,
                                   const struct landscape_axis *y, struct arena *arena);

enum { LANDSCAPE_RACERS = 8, LANDSCAPE_STATES = 2 };

struct landscape_racer {
    const char *name;
    size_t count;                         /* points: the start, and one after each step */
    const float *points, *losses;         /* pairs */
    const char *states[LANDSCAPE_STATES]; /* "exp_avg"; NULL: no more */
    const float *kept[LANDSCAPE_STATES];  /* pairs */
};

struct landscape_race {
    double lr;
    size_t steps;
    struct landscape_racer racers[LANDSCAPE_RACERS];
    size_t count;
    const char *refused; /* "" */
};
/* The latest race over the axes of that landscape. */
bool landscape_race(const struct run_view *run, const struct landscape *landscape,
                    struct landscape_race *out, struct arena *arena);

/* Whether the loss of the last backward depends on two numbers and nothing else, so that there is but one
 * landscape; and whether it depends on two at least. */
bool landscape_is_exact(const struct run_view *run);
bool landscape_offered(const struct run_view *run);

/* What can stand on an axis: elements of the leaves of the last backward. Of many those that have moved
 * furthest. Named, in the order in which they came to be; returns how many. */
enum { LANDSCAPE_CHOICES = 32 };
size_t landscape_choices(const struct run_view *run, struct landscape_axis out[LANDSCAPE_CHOICES],
                         struct arena *arena);

/* `reach` 1 (or 0) is what the training went over and as much again around it, 2 twice as far. An axis
 * with tensor 0, or one that is no choice, is taken by how far it has moved. */
struct landscape_wish {
    double reach;
    struct landscape_axis x, y;
};

/* Questions in the runner's words (lessons/runner/probes.h). False when the run has no such loss. */
bool landscape_question(const struct run_view *run, const struct landscape_wish *wish,
                        struct text *out);
bool landscape_race_question(const struct run_view *run, const struct landscape *landscape,
                             double lr, struct text *out);
/* The learning rate that the lesson's own optimizer has, 0.01 where it has none. */
double landscape_lesson_lr(const struct run_view *run);
