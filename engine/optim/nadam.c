#include <math.h>

#include "engine/optim/step.h"

/* t ← t + 1
 * μ = β₁·(1 - ½·0.96^(t·decay)),   ν the same of t + 1,   M ← M·μ
 * m ← m + (1 - β₁)·(g - m),   v ← β₂·v + (1 - β₂)·g·g,   d = √(v/(1 - β₂ᵗ)) + ε
 * p ← p - lr·(1 - μ)/(1 - M) · g/d
 * p ← p - lr·ν/(1 - M·ν) · m/d */

enum { NADAM_PRODUCT, NADAM_MEAN, NADAM_SQUARE };

static bool nadam_check(const struct optimizer_group *group, struct error *err)
{
    return step_check_adam(group, err) &&
           step_check_positive(group, "momentum_decay", "momentum_decay value", err);
}

/* M·μ, kept as a single number like PyTorch's; *out is its value. */
static bool update_product(struct optimizer_step *step, double mu, double *out, struct error *err)
{
    struct tensor **place = &step->state->tensors[NADAM_PRODUCT];
    struct number value;
    if (!*place) {
        *place = tensor_from_number(step->engine, number_integer(1), DTYPE_FLOAT32, err);
    }
    if (!*place || !compute_map2(*place, MAP_MUL, operand_tensor(*place), operand_real(mu), err) ||
        !tensor_item(*place, &value, err)) {
        return false;
    }
    *out = number_as_real(value);
    return true;
}

/* √(v/correction) + ε: a reference. */
static struct tensor *divisor_of(const struct optimizer_step *step, struct tensor *square,
                                 double correction, struct error *err)
{
    struct tensor *divisor = step_like(step, err);
    const struct operand divided[] = { operand_tensor(square), operand_real(correction) };
    const struct operand root[] = { operand_tensor(divisor) };
    const struct operand sum[] = { operand_tensor(divisor),
                                   operand_real(step_real(step->group, "eps")) };
    const bool ok = divisor && step_map(step, divisor, MAP_DIV, divided, 1, err) &&
                    step_map(step, divisor, MAP_SQRT, root, 1, err) &&
                    step_map(step, divisor, MAP_ADD, sum, 1, err);
    if (!ok) {
        tensor_unref(divisor);
        return NULL;
    }
    return divisor;
}

static double momentum_at(const struct optimizer_group *group, double beta1, double t)
{
    return beta1 * (1 - 0.5 * pow(0.96, t * step_real(group, "momentum_decay")));
}

static bool nadam_move(struct optimizer_step *step, struct tensor *grad, struct error *err)
{
    const double count = (double)step->state->step, lr = step_real(step->group, "lr");
    double beta1, beta2, product;
    step_pair(step->group, "betas", &beta1, &beta2);
    const double mu = momentum_at(step->group, beta1, count);
    const double next = momentum_at(step->group, beta1, count + 1);
    struct tensor *mean = NULL, *square = NULL;
    const bool updated = update_product(step, mu, &product, err) &&
                         step_moments(step, NADAM_MEAN, grad, &mean, &square, err);
    struct tensor *divisor = updated ? divisor_of(step, square, 1 - pow(beta2, count), err) : NULL;
    const bool ok = divisor &&
                    step_add_quotient(step, step->param, step->param, grad, divisor,
                                      -lr * (1 - mu) / (1 - product), err) &&
                    step_add_quotient(step, step->param, step->param, mean, divisor,
                                      -lr * next / (1 - product * next), err);
    tensor_unref(divisor);
    return ok;
}

static bool nadam_step(struct optimizer_step *step, struct error *err)
{
    struct tensor *grad = step_decayed_gradient(step, err);
    const bool ok = grad && nadam_move(step, grad, err);
    tensor_unref(grad);
    return ok;
}

const struct optimizer_kind optimizer_nadam = {
    .name = "NAdam",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(2e-3) },
                 { .name = "betas",
                   .kind = OPTION_PAIR,
                   .first = OPTION_REAL(0.9),
                   .second = OPTION_REAL(0.999) },
                 { .name = "eps", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-8) },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "momentum_decay", .kind = OPTION_NUMBER, .first = OPTION_REAL(4e-3) },
                 { .name = "decoupled_weight_decay", .kind = OPTION_BOOL },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "capturable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true } },
    .positional = { "lr", "betas", "eps", "weight_decay", "momentum_decay",
                    "decoupled_weight_decay" },
    .state_names = { [NADAM_PRODUCT] = "mu_product",
                     [NADAM_MEAN] = "exp_avg",
                     [NADAM_SQUARE] = "exp_avg_sq" },
    .counts_steps = true,
    .check = nadam_check,
    .step = nadam_step,
};
