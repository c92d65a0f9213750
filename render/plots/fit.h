#pragma once
/* What a training fits: the data, what the loss compares them with, and what the model said of them, as
 * far as the operations of a backward pass tell. Nothing is guessed: where several inputs come into
 * question there is no fit. */

#include "render/view.h"

enum fit_kind {
    FIT_LINE,    /* one feature: target and prediction over it */
    FIT_CLASSES, /* two features: classes of points */
};

/* How a class follows from a prediction. */
enum fit_rule {
    FIT_LARGEST, /* a number for each class: the largest */
    FIT_ABOVE,   /* one number: class 1 above `boundary` */
};

struct fit {
    enum fit_kind kind;
    int64_t backward;
    const struct trace_tensor *input, *target, *prediction;
    const struct trace_value *inputs, *targets, *predictions; /* when backward began, whole */
    size_t count;                                             /* of data */
    enum fit_rule rule;
    double boundary;
    int classes;
};

/* Of that backward. False when it fits no data that can be drawn. */
bool fit_find(const struct run_view *run, int64_t backward, struct fit *out);
/* The backward whose fit is shown: the latest that has begun at the moment, else the first. */
int64_t fit_backward(const struct run_view *run);
/* Whether the last backward fits something. */
bool fit_offered(const struct run_view *run);

/* The class of a point, from 0. */
int fit_class(const struct fit *fit, size_t index);

/* The range of feature `feature`, with room around it. */
struct fit_range {
    double from, to;
};
struct fit_range fit_range(const struct fit *fit, int feature);

/* What the model says of a grid of inputs with that backward's parameters, as it was answered. */
struct fit_regions {
    int columns, rows, outputs;
    struct fit_range x, y;
    const float *values; /* row by row, `outputs` for each place */
};
bool fit_regions(const struct run_view *run, const struct fit *fit, struct fit_regions *out,
                 struct arena *arena);
/* The question for them. False when there is nothing to ask. */
bool fit_question(const struct run_view *run, const struct fit *fit, struct text *out);
