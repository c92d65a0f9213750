#pragma once
/* What the rows of losses share. Private to engine/ops. */

#include "engine/ops/rows.h"

enum { REDUCTION_NONE, REDUCTION_MEAN, REDUCTION_SUM };

/* The attribute, or the mean. */
int64_t loss_reduction(const struct op_attrs *attrs);

/* Output 0: the losses themselves, their mean or their sum. */
bool loss_reduce(struct op_call *call, struct tensor *losses, struct error *err);

/* The same of losses that other rows said. */
struct tensor *loss_reduced(struct rule *rule, struct tensor *losses, const struct op_attrs *attrs);

/* dy divided by n where the loss is the mean of `count` losses. */
struct tensor *loss_share(struct rule *rule, struct tensor *grad, int64_t count);

/* A walk back wants one dtype, that of `self`: "Found dtype Long but expected Float". `other` may be
 * NULL. */
bool loss_same_dtype(struct rule *rule, const struct tensor *self, const struct tensor *other);
