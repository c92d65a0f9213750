#include "engine/optim/step.h"

/* s ← α·s + (1 - α)·g·g
 * p ← p - lr · g/(√s + ε)
 * centered: a ← a + (1 - α)·(g - a), and s - a·a instead of s in the second line.
 * momentum μ: b ← μ·b + g/(√s + ε), p ← p - lr·b */

enum { RMSPROP_SQUARE, RMSPROP_BUFFER, RMSPROP_MEAN };

static bool rmsprop_check(const struct optimizer_group *group, struct error *err)
{
    return step_check_positive(group, "lr", "learning rate", err) &&
           step_check_positive(group, "eps", "epsilon value", err) &&
           step_check_positive(group, "momentum", "momentum value", err) &&
           step_check_positive(group, "weight_decay", "weight_decay value", err) &&
           step_check_positive(group, "alpha", "alpha value", err);
}

/* √s + ε, or √(s - a·a) + ε: a reference. */
static struct tensor *divisor_of(struct optimizer_step *step, struct tensor *square,
                                 struct tensor *grad, struct error *err)
{
    const double eps = step_real(step->group, "eps");
    if (!step_flag(step->group, "centered")) {
        return step_root(step, square, 1, eps, err);
    }
    struct tensor *mean = step_zeros(step, RMSPROP_MEAN, err);
    if (!mean ||
        !step_map2(step, mean, MAP_LERP, mean, grad, 1 - step_real(step->group, "alpha"), err)) {
        return NULL;
    }
    struct tensor *variance = step_like(step, err);
    struct tensor *divisor =
        variance && step_add_product(step, variance, square, mean, mean, -1, err)
            ? step_root(step, variance, 1, eps, err)
            : NULL;
    tensor_unref(variance);
    return divisor;
}

static bool move(struct optimizer_step *step, struct tensor *grad, struct tensor *divisor,
                 struct error *err)
{
    const double lr = step_real(step->group, "lr");
    const double momentum = step_real(step->group, "momentum");
    if (momentum == 0) {
        return step_add_quotient(step, step->param, step->param, grad, divisor, -lr, err);
    }
    struct tensor *buffer = step_zeros(step, RMSPROP_BUFFER, err);
    return buffer && step_scale(step, buffer, momentum, err) &&
           step_add_quotient(step, buffer, buffer, grad, divisor, 1, err) &&
           step_map2(step, step->param, MAP_ADD, step->param, buffer, -lr, err);
}

static bool rmsprop_step(struct optimizer_step *step, struct error *err)
{
    const double alpha = step_real(step->group, "alpha");
    struct tensor *grad = step_gradient(step, step_real(step->group, "weight_decay"), err);
    struct tensor *square = grad ? step_zeros(step, RMSPROP_SQUARE, err) : NULL;
    const bool updated = square && step_scale(step, square, alpha, err) &&
                         step_add_product(step, square, square, grad, grad, 1 - alpha, err);
    struct tensor *divisor = updated ? divisor_of(step, square, grad, err) : NULL;
    const bool ok = divisor && move(step, grad, divisor, err);
    tensor_unref(divisor);
    tensor_unref(grad);
    return ok;
}

const struct optimizer_kind optimizer_rmsprop = {
    .name = "RMSprop",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-2) },
                 { .name = "momentum", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "alpha", .kind = OPTION_NUMBER, .first = OPTION_REAL(0.99) },
                 { .name = "eps", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-8) },
                 { .name = "centered", .kind = OPTION_BOOL },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "capturable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true } },
    .positional = { "lr", "alpha", "eps", "weight_decay", "momentum", "centered", "capturable",
                    "foreach", "maximize", "differentiable" },
    .state_names = { [RMSPROP_SQUARE] = "square_avg",
                     [RMSPROP_BUFFER] = "momentum_buffer",
                     [RMSPROP_MEAN] = "grad_avg" },
    .counts_steps = true,
    .check = rmsprop_check,
    .step = rmsprop_step,
};
