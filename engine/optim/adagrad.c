#include "engine/optim/step.h"

/* t ← t + 1
 * s ← s + g·g
 * p ← p - lr/(1 + (t - 1)·decay) · g/(√s + ε) */

enum { ADAGRAD_SUM };

static bool adagrad_check(const struct optimizer_group *group, struct error *err)
{
    return step_check_positive(group, "lr", "learning rate", err) &&
           step_check_positive(group, "lr_decay", "lr_decay value", err) &&
           step_check_positive(group, "weight_decay", "weight_decay value", err) &&
           step_check_positive(group, "initial_accumulator_value",
                               "initial_accumulator_value value", err) &&
           step_check_positive(group, "eps", "epsilon value", err);
}

/* The sum is there from the beginning. */
static bool adagrad_begin(struct optimizer_step *step, struct error *err)
{
    struct tensor *sum = step_zeros(step, ADAGRAD_SUM, err);
    return sum && compute_fill(sum, step_option(step->group, "initial_accumulator_value"), err);
}

static bool adagrad_step(struct optimizer_step *step, struct error *err)
{
    const double past = (double)(step->state->step - 1);
    const double rate =
        step_real(step->group, "lr") / (1 + past * step_real(step->group, "lr_decay"));
    struct tensor *sum = step->state->tensors[ADAGRAD_SUM];
    struct tensor *grad = step_gradient(step, step_real(step->group, "weight_decay"), err);
    struct tensor *divisor = grad && step_add_product(step, sum, sum, grad, grad, 1, err)
                                 ? step_root(step, sum, 1, step_real(step->group, "eps"), err)
                                 : NULL;
    const bool ok =
        divisor && step_add_quotient(step, step->param, step->param, grad, divisor, -rate, err);
    tensor_unref(divisor);
    tensor_unref(grad);
    return ok;
}

const struct optimizer_kind optimizer_adagrad = {
    .name = "Adagrad",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-2) },
                 { .name = "lr_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "eps", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-10) },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "initial_accumulator_value",
                   .kind = OPTION_NUMBER,
                   .first = OPTION_WHOLE(0) },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "fused", .kind = OPTION_NONE, .technical = true } },
    .positional = { "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps",
                    "foreach" },
    .state_names = { [ADAGRAD_SUM] = "sum" },
    .counts_steps = true,
    .begin = adagrad_begin,
    .check = adagrad_check,
    .step = adagrad_step,
};
