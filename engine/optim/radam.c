#include <math.h>

#include "engine/optim/step.h"

/* t ← t + 1
 * m ← m + (1 - β₁)·(g - m),   v ← β₂·v + (1 - β₂)·g·g
 * ρ∞ = 2/(1 - β₂) - 1,   ρ = ρ∞ - 2t·β₂ᵗ/(1 - β₂ᵗ)
 * p ← p - m/(1 - β₁ᵗ)·lr                                     while ρ is at most 5, then
 * p ← p - m/(1 - β₁ᵗ)·lr·(√(1 - β₂ᵗ)/(√v + ε))·r,
 * r = √((ρ - 4)·(ρ - 2)·ρ∞/((ρ∞ - 4)·(ρ∞ - 2)·ρ)) */

enum { RADAM_MEAN, RADAM_SQUARE };

/* way·factor·(1/(√v + ε)·correction)·rectified, the factors that the variance brings. */
static bool adapt(struct optimizer_step *step, struct tensor *way, struct tensor *square,
                  double correction, double rectified, struct error *err)
{
    struct tensor *rate = step_root(step, square, 1, step_real(step->group, "eps"), err);
    const struct operand in[] = { operand_tensor(rate) };
    const bool ok = rate && step_map(step, rate, MAP_RECIPROCAL, in, 1, err) &&
                    step_scale(step, rate, correction, err) &&
                    step_map2(step, way, MAP_MUL, way, rate, 1, err) &&
                    step_scale(step, way, rectified, err);
    tensor_unref(rate);
    return ok;
}

static bool radam_move(struct optimizer_step *step, struct tensor *grad, struct tensor *way,
                       struct error *err)
{
    const double count = (double)step->state->step;
    double beta1, beta2;
    struct tensor *mean = NULL, *square = NULL;
    step_pair(step->group, "betas", &beta1, &beta2);
    if (!step_moments(step, RADAM_MEAN, grad, &mean, &square, err)) {
        return false;
    }
    const double power = pow(beta2, count), correction = 1 - power;
    const double limit = 2 / (1 - beta2) - 1;
    const double rho = limit - 2 * count * power / correction;
    const struct operand divided[] = { operand_tensor(mean), operand_real(1 - pow(beta1, count)) };
    if (!step_map(step, way, MAP_DIV, divided, 1, err) ||
        !step_scale(step, way, step_real(step->group, "lr"), err)) {
        return false;
    }
    if (rho > 5) {
        const double rectified =
            pow((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho), 0.5);
        if (!adapt(step, way, square, pow(correction, 0.5), rectified, err)) {
            return false;
        }
    }
    return step_map2(step, step->param, MAP_ADD, step->param, way, -1, err);
}

static bool radam_step(struct optimizer_step *step, struct error *err)
{
    struct tensor *grad = step_decayed_gradient(step, err);
    struct tensor *way = grad ? step_like(step, err) : NULL;
    const bool ok = way && radam_move(step, grad, way, err);
    tensor_unref(way);
    tensor_unref(grad);
    return ok;
}

const struct optimizer_kind optimizer_radam = {
    .name = "RAdam",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-3) },
                 { .name = "betas",
                   .kind = OPTION_PAIR,
                   .first = OPTION_REAL(0.9),
                   .second = OPTION_REAL(0.999) },
                 { .name = "eps", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-8) },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "capturable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "decoupled_weight_decay", .kind = OPTION_BOOL },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true } },
    .positional = { "lr", "betas", "eps", "weight_decay", "decoupled_weight_decay" },
    .state_names = { [RADAM_MEAN] = "exp_avg", [RADAM_SQUARE] = "exp_avg_sq" },
    .counts_steps = true,
    .check = step_check_adam,
    .step = radam_step,
};
