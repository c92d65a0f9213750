#include "engine/optim/step.h"
#include "engine/tensor/print.h"

/* s ← ρ·s + (1 - ρ)·g·g
 * d ← √(a + ε)/√(s + ε) · g
 * a ← ρ·a + (1 - ρ)·d·d
 * p ← p - lr·d */

enum { ADADELTA_SQUARE, ADADELTA_CHANGE };

static bool adadelta_check(const struct optimizer_group *group, struct error *err)
{
    const struct number rho = step_option(group, "rho");
    if (!step_check_positive(group, "lr", "learning rate", err)) {
        return false;
    }
    if (!(number_as_real(rho) >= 0 && number_as_real(rho) <= 1)) {
        struct text text = { 0 };
        number_append_python(&text, rho);
        error_set_kind(err, ERROR_VALUE, "Invalid rho value: %s", text_string(&text));
        text_finish(&text);
        return false;
    }
    return step_check_positive(group, "eps", "epsilon value", err) &&
           step_check_positive(group, "weight_decay", "weight_decay value", err);
}

/* √(a + ε): a reference. */
static struct tensor *root_of(const struct optimizer_step *step, struct tensor *a,
                              struct error *err)
{
    struct tensor *root = step_like(step, err);
    const struct operand sum[] = { operand_tensor(a), operand_real(step_real(step->group, "eps")) };
    const struct operand in[] = { operand_tensor(root) };
    if (root && !(step_map(step, root, MAP_ADD, sum, 1, err) &&
                  step_map(step, root, MAP_SQRT, in, 1, err))) {
        tensor_unref(root);
        return NULL;
    }
    return root;
}

/* d: a reference. */
static struct tensor *change_of(const struct optimizer_step *step, struct tensor *grad,
                                struct error *err)
{
    struct tensor *const *state = step->state->tensors;
    struct tensor *root = root_of(step, state[ADADELTA_SQUARE], err);
    struct tensor *change = root ? root_of(step, state[ADADELTA_CHANGE], err) : NULL;
    if (change && !(step_map2(step, change, MAP_DIV, change, root, 1, err) &&
                    step_map2(step, change, MAP_MUL, change, grad, 1, err))) {
        tensor_unref(change);
        change = NULL;
    }
    tensor_unref(root);
    return change;
}

static bool adadelta_step(struct optimizer_step *step, struct error *err)
{
    const double rho = step_real(step->group, "rho");
    struct tensor *square = step_zeros(step, ADADELTA_SQUARE, err);
    struct tensor *past = square ? step_zeros(step, ADADELTA_CHANGE, err) : NULL;
    struct tensor *grad =
        past ? step_gradient(step, step_real(step->group, "weight_decay"), err) : NULL;
    struct tensor *change = grad && step_scale(step, square, rho, err) &&
                                    step_add_product(step, square, square, grad, grad, 1 - rho, err)
                                ? change_of(step, grad, err)
                                : NULL;
    const bool ok = change && step_scale(step, past, rho, err) &&
                    step_add_product(step, past, past, change, change, 1 - rho, err) &&
                    step_map2(step, step->param, MAP_ADD, step->param, change,
                              -step_real(step->group, "lr"), err);
    tensor_unref(change);
    tensor_unref(grad);
    return ok;
}

const struct optimizer_kind optimizer_adadelta = {
    .name = "Adadelta",
    .options = { { .name = "lr", .kind = OPTION_NUMBER, .first = OPTION_REAL(1.0) },
                 { .name = "rho", .kind = OPTION_NUMBER, .first = OPTION_REAL(0.9) },
                 { .name = "eps", .kind = OPTION_NUMBER, .first = OPTION_REAL(1e-6) },
                 { .name = "weight_decay", .kind = OPTION_NUMBER, .first = OPTION_WHOLE(0) },
                 { .name = "maximize", .kind = OPTION_BOOL },
                 { .name = "capturable", .kind = OPTION_BOOL, .technical = true },
                 { .name = "foreach", .kind = OPTION_NONE, .technical = true },
                 { .name = "differentiable", .kind = OPTION_BOOL, .technical = true } },
    .positional = { "lr", "rho", "eps", "weight_decay", "foreach" },
    .state_names = { [ADADELTA_SQUARE] = "square_avg", [ADADELTA_CHANGE] = "acc_delta" },
    .counts_steps = true,
    .check = adadelta_check,
    .step = adadelta_step,
};
