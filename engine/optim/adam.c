#include <math.h>

#include "engine/optim/step.h"
#include "engine/tensor/print.h"

/* t ← t + 1
 * m ← m + (1 - β₁)·(g - m)                       (lerp)
 * v ← β₂·v + (1 - β₂)·g·g                        (addcmul)
 * p ← p - lr/(1 - β₁ᵗ) · m / (√v/√(1 - β₂ᵗ) + ε)  (addcdiv)
 * amsgrad: in the last line the largest v so far instead of v.
 * The scalars are made in double and rounded once. */

enum { ADAM_MEAN, ADAM_SQUARE, ADAM_LARGEST };
enum { ADAMAX_MEAN, ADAMAX_INFINITE };

static bool check_beta(const struct optimizer_group *group, int index, struct error *err)
{
    const struct number beta =
        index == 0 ? step_option(group, "betas") : step_option_second(group, "betas");
    if (number_as_real(beta) >= 0 && number_as_real(beta) < 1) {
        return true;
    }
    struct text text = { 0 };
    number_append_python(&text, beta);
    error_set_kind(err, ERROR_VALUE, "Invalid beta parameter at index %d: %s", index,
                   text_string(&text));
    text_finish(&text);
    return false;
}

bool step_check_adam(const struct optimizer_group *group, struct error *err)
{
    return step_check_positive(group, "lr", "learning rate", err) &&
           step_check_positive(group, "eps", "epsilon value", err) && check_beta(group, 0, err) &&
           check_beta(group, 1, err) &&
           step_check_positive(group, "weight_decay", "weight_decay value", err);
}

/* The mean of the squares that the step is divided by: v, or the largest so far. */
static struct tensor *second_moment(struct optimizer_step *step, struct error *err)
{
    struct tensor *square = step->state->tensors[ADAM_SQUARE];
    if (!step_flag(step->group, "amsgrad")) {
        return square;
    }
    struct tensor *largest = step_zeros(step, ADAM_LARGEST, err);
    return largest && step_map2(step, largest, MAP_MAXIMUM, largest, square, 1, err) ? largest
                                                                                     : NULL;
}

bool step_moments(const struct optimizer_step *step, int first, struct tensor *grad,
                  struct tensor **mean, struct tensor **square, struct error *err)
{
    double beta1, beta2;
    step_pair(step->group, "betas", &beta1, &beta2);
    *mean = step_zeros(step, first, err);
    *square = *mean ? step_zeros(step, first + 1, err) : NULL;
    return *square && step_map2(step, *mean, MAP_LERP, *mean, grad, 1 - beta1, err) &&
           step_scale(step, *square, beta2, err) &&
           step_add_product(step, *square, *square, grad, grad, 1 - beta2, err);
}

static bool move(struct optimizer_step *step, double beta1, double beta2, struct error *err)
{
    const double count = (double)step->state->step;
    const double rate = step_real(step->group, "lr") / (1 - pow(beta1, count));
    const double correction = sqrt(1 - pow(beta2, count));
    struct tensor *square = second_moment(step, err);
    struct tensor *divisor =
        square ? step_root(step, square, correction, step_real(step->group, "eps"), err) : NULL;
    const bool ok =
        divisor && step_add_quotient(step, step->param, step->param,
                                     step->state->tensors[ADAM_MEAN], divisor, -rate, err);
    tensor_unref(divisor);
    return ok;
}

static bool adam_step_with(struct optimizer_step *step, double decay, struct error *err)
{
    double beta1, beta2;
    step_pair(step->group, "betas", &beta1, &beta2);
    struct tensor *grad = step_gradient(step, decay, err);
    if (!grad) {
        return false;
    }
    struct tensor *mean, *square;
    const bool ok =
        step_moments(step, ADAM_MEAN, grad, &mean, &square, err) && move(step, beta1, beta2, err);
    tensor_unref(grad);
    return ok;
}

static bool adam_step(struct optimizer_step *step, struct error *err)
{
    return adam_step_with(step, step_real(step->group, "weight_decay"), err);
}

/* AdamW: first p ← p·(1 - lr·wd), then Adam without weight decay. */
static bool adamw_step(struct optimizer_step *step, struct error *err)
{
    const double decay = step_real(step->group, "weight_decay");
    if (decay != 0) {
        if (!step_scale(step, step->param, 1 - step_real(step->group, "lr") * decay, err)) {
            return false;
        }
        tensor_bump_version(step->param);
    }
    return adam_step_with(step, 0, err);
}

/* u ← max(β₂·u, |g| + ε) */
static bool update_infinite(struct optimizer_step *step, struct tensor *infinite,
                            struct tensor *grad, double beta2, struct error *err)
{
    struct tensor *size = step_like(step, err);
    const struct operand in[] = { operand_tensor(grad) };
    const struct operand sum[] = { operand_tensor(size),
                                   operand_real(step_real(step->group, "eps")) };
    const bool ok = size && step_map(step, size, MAP_ABS, in, 1, err) &&
                    step_map(step, size, MAP_ADD, sum, 1, err) &&
                    step_scale(step, infinite, beta2, err) &&
                    step_map2(step, infinite, MAP_MAXIMUM, infinite, size, 1, err);
    tensor_unref(size);
    return ok;
}

/* Adamax: Adam's m, u as above, p ← p - lr/(1 - β₁ᵗ) · m/u. */
static bool adamax_step(struct optimizer_step *step, struct error *err)
{
    double beta1, beta2;
    step_pair(step->group, "betas", &beta1, &beta2);
    const double rate = step_real(step->group, "lr") / (1 - pow(beta1, (double)step->state->step));
    struct tensor *mean = step_zeros(step, ADAMAX_MEAN, err);
    struct tensor *infinite = mean ? step_zeros(step, ADAMAX_INFINITE, err) : NULL;
    struct tensor *grad =
        infinite ? step_gradient(step, step_real(step->group, "weight_decay"), err) : NULL;
    const bool ok = grad && step_map2(step, mean, MAP_LERP, mean, grad, 1 - beta1, err) &&
                    update_infinite(step, infinite, grad, beta2, err) &&
                    step_add_quotient(step, step->param, step->param, mean, infinite, -rate, err);
    tensor_unref(grad);
    return ok;
}

const struct optimizer_kind optimizer_adam = {
    .name = "Adam",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-3) },
                 { .name = "betas",
                   .kind = OPTION_PAIR,
                   .first = OPTION_REAL(0.9),
                   .second = OPTION_REAL(0.999) },
                 { .name = "eps", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-8) },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "amsgrad", .kind = OPTION_BOOL },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "capturable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "fused", .kind = OPTION_NONE, .technical = true } },
    .state_names = { [ADAM_MEAN] = "exp_avg",
                     [ADAM_SQUARE] = "exp_avg_sq",
                     [ADAM_LARGEST] = "max_exp_avg_sq" },
    .counts_steps = true,
    .check = step_check_adam,
    .step = adam_step,
};

const struct optimizer_kind optimizer_adamw = {
    .name = "AdamW",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-3) },
                 { .name = "betas",
                   .kind = OPTION_PAIR,
                   .first = OPTION_REAL(0.9),
                   .second = OPTION_REAL(0.999) },
                 { .name = "eps", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-8) },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-2) },
                 { .name = "amsgrad", .kind = OPTION_BOOL },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "capturable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "fused", .kind = OPTION_NONE, .technical = true } },
    .state_names = { [ADAM_MEAN] = "exp_avg",
                     [ADAM_SQUARE] = "exp_avg_sq",
                     [ADAM_LARGEST] = "max_exp_avg_sq" },
    .counts_steps = true,
    .check = step_check_adam,
    .step = adamw_step,
};

const struct optimizer_kind optimizer_adamax = {
    .name = "Adamax",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(2e-3) },
                 { .name = "betas",
                   .kind = OPTION_PAIR,
                   .first = OPTION_REAL(0.9),
                   .second = OPTION_REAL(0.999) },
                 { .name = "eps", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-8) },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "capturable", .kind = OPTION_BOOL, .technical = true } },
    .positional = { "lr", "betas", "eps", "weight_decay", "foreach" },
    .state_names = { [ADAMAX_MEAN] = "exp_avg", [ADAMAX_INFINITE] = "exp_inf" },
    .counts_steps = true,
    .check = step_check_adam,
    .step = adamax_step,
};
