#pragma once
/* y = (a - m)·r·w + b,   m = mean a,   r = 1 / √(mean (a - m)² + eps)
 *
 * so, with h = (a - m)·r and u = dy·w:   da += r·(u - mean u - h·mean (u·h)),   dw += Σ dy·h,   db += Σ dy
 *
 * The rows differ in what a mean is taken over and what a weight belongs to. All see a as four
 * dimensions. Where the way back is to be differentiated itself, m and r are computed from a again.
 * Private to engine/ops. */

#include "engine/ops/ops.h"

enum { NORM_DIMS = 4, IN_X = 0, IN_WEIGHT, IN_BIAS };
enum { OUT_Y, OUT_MEAN, OUT_SCALE };

struct norm_layout {
    struct shape whole;                         /* of a */
    bool averaged[NORM_DIMS], owned[NORM_DIMS]; /* by a mean; by a weight */
};

struct shape norm_stat_shape(const struct norm_layout *layout);   /* of m and r */
struct shape norm_weight_shape(const struct norm_layout *layout); /* of w and b */
int64_t norm_count_from(const struct shape *shape, int first); /* of the dimensions from there on */

/* ---- forward ----------------------------------------------------------------------------------- */

/* The output and what the way back needs, all as four dimensions; no mean and scale where `stats` is
 * empty. End it in any case. */
struct norm_work {
    struct tensor *y, *a, *mean, *scale;
};
bool norm_work_begin(struct norm_work *work, struct op_call *call, const struct norm_layout *layout,
                     const struct shape *stats, struct error *err);
void norm_work_end(struct norm_work *work);

/* The whole of it, from a's own mean and variance. `running` (NULL: nobody) is shown these before the
 * variance in work->scale becomes r; n values went into each. */
typedef bool norm_running(struct op_call *call, struct norm_work *work, int64_t n,
                          struct error *err);
bool norm_run(struct op_call *call, const struct norm_layout *layout, struct norm_work *work,
              norm_running *running, struct error *err);

/* Its steps. */
struct tensor *norm_as_shape(struct tensor *dense, const struct shape *shape);
struct tensor *norm_operand(const struct op_call *call, int i, const struct shape *shape,
                            struct error *err);
bool norm_map_number(struct tensor *out, enum map_function function, struct tensor *in,
                     double number, struct error *err);
bool norm_make_scale(struct tensor *scale, struct tensor *variance, const struct op_attrs *attrs,
                     struct error *err);
bool norm_apply_weight(const struct op_call *call, const struct norm_layout *layout,
                       struct tensor *y, struct error *err);
/* "\"batch_norm\" not implemented for 'Long'" */
bool norm_check_float(const struct op_call *call, const char *kernel, struct error *err);

/* ---- backward ---------------------------------------------------------------------------------- */

/* What the formulas are written with, as four dimensions. */
struct norm_way {
    const struct norm_layout *layout;
    struct tensor *grad, *weight, *h, *scale;
};
/* h and scale from a and the saved mean and scale, or from a alone. */
void norm_way_find(struct rule *rule, struct norm_way *way, struct tensor *a, struct tensor *mean,
                   struct tensor *scale);
/* constant: m and r do not depend on a. */
bool norm_send(struct rule *rule, struct norm_way *way, const struct shape *shape, bool constant);
struct tensor *norm_minus(struct rule *rule, struct tensor *a, struct tensor *b);
struct tensor *norm_scale_of(struct rule *rule, struct tensor *variance);
