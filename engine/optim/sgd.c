#include "engine/optim/step.h"

/* p ← p - lr·g
 * with momentum μ and dampening δ:   b ← μ·b + (1 - δ)·g, at first b ← g
 *                                    p ← p - lr·b           nesterov: p ← p - lr·(g + μ·b)
 * Every product is melted into the sum that takes it: fma, one rounding. */

enum { SGD_BUFFER };

static bool sgd_check(const struct optimizer_group *group, struct error *err)
{
    if (!step_check_positive(group, "lr", "learning rate", err) ||
        !step_check_positive(group, "momentum", "momentum value", err) ||
        !step_check_positive(group, "weight_decay", "weight_decay value", err)) {
        return false;
    }
    if (step_flag(group, "nesterov") &&
        (step_real(group, "momentum") <= 0 || step_real(group, "dampening") != 0)) {
        return error_set_kind(err, ERROR_VALUE,
                              "Nesterov momentum requires a momentum and zero dampening");
    }
    return true;
}

/* b, brought up to date with g. */
static bool update_buffer(struct optimizer_step *step, struct tensor *grad, double momentum,
                          struct error *err)
{
    struct tensor **buffer = &step->state->tensors[SGD_BUFFER];
    if (!*buffer) {
        *buffer = step_like(step, err);
        const struct operand in[] = { operand_tensor(grad) };
        return *buffer && step_map(step, *buffer, MAP_COPY, in, 1, err);
    }
    return step_scale(step, *buffer, momentum, err) &&
           step_map2(step, *buffer, MAP_ADD, *buffer, grad, 1 - step_real(step->group, "dampening"),
                     err);
}

static bool momentum_step(struct optimizer_step *step, struct tensor *grad, double momentum,
                          double lr, struct error *err)
{
    if (!update_buffer(step, grad, momentum, err)) {
        return false;
    }
    struct tensor *buffer = step->state->tensors[SGD_BUFFER];
    if (!step_flag(step->group, "nesterov")) {
        return step_map2(step, step->param, MAP_ADD, step->param, buffer, -lr, err);
    }
    struct tensor *ahead = step_like(step, err);
    const bool ok = ahead && step_map2(step, ahead, MAP_ADD, grad, buffer, momentum, err) &&
                    step_map2(step, step->param, MAP_ADD, step->param, ahead, -lr, err);
    tensor_unref(ahead);
    return ok;
}

static bool sgd_step(struct optimizer_step *step, struct error *err)
{
    const double lr = step_real(step->group, "lr");
    const double momentum = step_real(step->group, "momentum");
    struct tensor *grad = step_gradient(step, step_real(step->group, "weight_decay"), err);
    if (!grad) {
        return false;
    }
    const bool ok = momentum != 0
                        ? momentum_step(step, grad, momentum, lr, err)
                        : step_map2(step, step->param, MAP_ADD, step->param, grad, -lr, err);
    tensor_unref(grad);
    return ok;
}

const struct optimizer_kind optimizer_sgd = {
    .name = "SGD",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-3) },
                 { .name = "momentum", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "dampening", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "nesterov", .kind = OPTION_BOOL },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "fused", .kind = OPTION_NONE, .technical = true } },
    .state_names = { [SGD_BUFFER] = "momentum_buffer" },
    .check = sgd_check,
    .step = sgd_step,
};
