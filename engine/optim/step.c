#include "engine/optim/step.h"

#include <assert.h>
#include <string.h>

#include "engine/tensor/print.h"

static const struct option *find(const struct optimizer_group *group, const char *name)
{
    /* The name is most often the very string of the table. */
    for (int i = 0; i < OPTIMIZER_MAX_OPTIONS && group->options[i].name; i++) {
        if (group->options[i].name == name) {
            return &group->options[i];
        }
    }
    for (int i = 0; i < OPTIMIZER_MAX_OPTIONS && group->options[i].name; i++) {
        if (strcmp(group->options[i].name, name) == 0) {
            return &group->options[i];
        }
    }
    assert(!"every kind knows its own options");
    return NULL;
}

struct number step_option(const struct optimizer_group *group, const char *name)
{
    return find(group, name)->first;
}

struct number step_option_second(const struct optimizer_group *group, const char *name)
{
    return find(group, name)->second;
}

double step_real(const struct optimizer_group *group, const char *name)
{
    return number_as_real(step_option(group, name));
}

bool step_flag(const struct optimizer_group *group, const char *name)
{
    return !number_is_zero(step_option(group, name));
}

void step_pair(const struct optimizer_group *group, const char *name, double *first, double *second)
{
    const struct option *option = find(group, name);
    *first = number_as_real(option->first);
    *second = number_as_real(option->second);
}

struct tensor *step_like(const struct optimizer_step *step, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(step->param);
    return tensor_create(step->engine, &spec, err);
}

struct tensor *step_zeros(const struct optimizer_step *step, int index, struct error *err)
{
    struct tensor **place = &step->state->tensors[index];
    if (!*place) {
        const struct tensor_spec spec = tensor_spec_of(step->param);
        *place = tensor_full(step->engine, &spec, number_integer(0), err);
    }
    return *place;
}

bool step_map(struct tensor *out, enum map_function function, const struct operand *in, double p,
              struct error *err)
{
    const int count = map_row(function)->inputs;
    struct compute_map map = { .function = function, .dtype = out->dtype, .p = p };
    for (int i = 0; i < count; i++) {
        map.in[i] = in[i];
    }
    return compute_map(out, &map, err);
}

bool step_map2(struct tensor *out, enum map_function function, struct tensor *a, struct tensor *b,
               double p, struct error *err)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    return step_map(out, function, in, p, err);
}

bool step_scale(struct tensor *out, double factor, struct error *err)
{
    const struct operand in[] = { operand_tensor(out), operand_real(factor) };
    return step_map(out, MAP_MUL, in, 1, err);
}

bool step_add_product(struct tensor *out, struct tensor *a, struct tensor *b, struct tensor *c,
                      double p, struct error *err)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(b), operand_tensor(c) };
    return step_map(out, MAP_ADDCMUL, in, p, err);
}

bool step_add_quotient(struct tensor *out, struct tensor *a, struct tensor *b, struct tensor *c,
                       double p, struct error *err)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(b), operand_tensor(c) };
    return step_map(out, MAP_ADDCDIV, in, p, err);
}

struct tensor *step_root(const struct optimizer_step *step, struct tensor *a, double divide,
                         double add, struct error *err)
{
    struct tensor *root = step_like(step, err);
    if (!root) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(a) };
    const struct operand divided[] = { operand_tensor(root), operand_real(divide) };
    const struct operand sum[] = { operand_tensor(root), operand_real(add) };
    const bool ok = step_map(root, MAP_SQRT, in, 1, err) &&
                    (divide == 1 || step_map(root, MAP_DIV, divided, 1, err)) &&
                    step_map(root, MAP_ADD, sum, 1, err);
    if (!ok) {
        tensor_unref(root);
        return NULL;
    }
    return root;
}

/* g, -g when maximising, and + decay·p: fma(p, decay, g) */
struct tensor *step_gradient(const struct optimizer_step *step, double decay, struct error *err)
{
    const bool maximize = step_flag(step->group, "maximize");
    if (decay == 0 && !maximize) {
        return tensor_ref(step->grad);
    }
    struct tensor *grad = step_like(step, err);
    if (!grad) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(step->grad) };
    const bool ok = step_map(grad, maximize ? MAP_NEG : MAP_COPY, in, 1, err) &&
                    (decay == 0 || step_map2(grad, MAP_ADD, grad, step->param, decay, err));
    if (!ok) {
        tensor_unref(grad);
        return NULL;
    }
    return grad;
}

struct tensor *step_decayed_gradient(const struct optimizer_step *step, struct error *err)
{
    const double decay = step_real(step->group, "weight_decay");
    if (decay == 0 || !step_flag(step->group, "decoupled_weight_decay")) {
        return step_gradient(step, decay, err);
    }
    return step_scale(step->param, 1 - step_real(step->group, "lr") * decay, err)
               ? step_gradient(step, 0, err)
               : NULL;
}

bool step_check_positive(const struct optimizer_group *group, const char *name, const char *what,
                         struct error *err)
{
    const struct number number = step_option(group, name);
    if (number_as_real(number) >= 0) {
        return true;
    }
    struct text text = { 0 };
    number_append_python(&text, number);
    error_set_kind(err, ERROR_VALUE, "Invalid %s: %s", what, text_string(&text));
    text_finish(&text);
    return false;
}
