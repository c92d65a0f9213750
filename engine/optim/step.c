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

/* ---- chains ---------------------------------------------------------------------------------------- */

bool step_chains(const struct optimizer_step *step)
{
    struct tensor *const *state = step->state->tensors;
    for (int i = -1; i < OPTIMIZER_MAX_STATE; i++) {
        const struct tensor *other = i < 0 ? step->grad : state[i];
        /* (A state that is a single number is not of the chain.) */
        if (other && (i < 0 || other->shape.dims > 0 || step->param->shape.dims == 0) &&
            (other->dtype != step->param->dtype || other->storage == step->param->storage ||
             tensor_backend(other) != tensor_backend(step->param) ||
             !shape_equal(&other->shape, &step->param->shape))) {
            return false;
        }
    }
    /* Narrow elements are rounded after each step, which a chain does not do. */
    return dtype_is_float(step->param->dtype) && !dtype_is_narrow(step->param->dtype);
}

static bool is_kept(const struct optimizer_step *step, const struct tensor *tensor)
{
    for (int i = 0; i < OPTIMIZER_MAX_STATE; i++) {
        if (tensor == step->state->tensors[i]) {
            return true;
        }
    }
    return tensor == step->param || tensor == step->grad;
}

/* The tensor's register: its own, or a new one. The parameter has the first. */
static int register_of(const struct optimizer_step *step, struct tensor *tensor)
{
    struct tensor **registers = step->chain->registers;
    if (!registers[0]) {
        registers[0] = tensor_ref(step->param);
    }
    int i = 0;
    while (i < CHAIN_MAX_REGISTERS && registers[i] != tensor) {
        i++;
    }
    if (i == CHAIN_MAX_REGISTERS) {
        i = is_kept(step, tensor) ? 0 : CHAIN_MAX_VIEWS;
        while (registers[i]) {
            i++;
            assert(i != CHAIN_MAX_VIEWS && i < CHAIN_MAX_REGISTERS);
        }
        registers[i] = tensor_ref(tensor);
    }
    return i;
}

static void add_link(const struct optimizer_step *step, struct tensor *out,
                     enum map_function function, const struct operand *in, double p)
{
    struct backend_link link = { .function = function, .p = p };
    for (int k = 0; k < map_row(function)->inputs; k++) {
        const bool is_tensor = in[k].kind == OPERAND_TENSOR;
        link.in[k] = is_tensor ? register_of(step, in[k].tensor) : -1;
        link.number[k] = is_tensor ? 0 : number_as_real(in[k].number);
    }
    link.out = register_of(step, out);
    assert(step->chain->count < CHAIN_MAX_LINKS);
    step->chain->links[step->chain->count++] = link;
}

bool step_chain_run(struct step_chain *chain, struct error *err)
{
    struct compute_chain call = { .links = chain->links, .count = chain->count };
    memcpy(call.views, chain->registers, sizeof(call.views));
    return chain->count == 0 || compute_chain(&call, err);
}

void step_chain_finish(struct step_chain *chain)
{
    for (int i = 0; i < CHAIN_MAX_REGISTERS; i++) {
        tensor_unref(chain->registers[i]);
    }
}

bool step_map(const struct optimizer_step *step, struct tensor *out, enum map_function function,
              const struct operand *in, double p, struct error *err)
{
    if (step->chain) {
        add_link(step, out, function, in, p);
        return true;
    }
    const struct compute_map map = { .function = function, .dtype = out->dtype, .p = p };
    return compute_map_of(out, &map, in, err);
}

bool step_map2(const struct optimizer_step *step, struct tensor *out, enum map_function function,
               struct tensor *a, struct tensor *b, double p, struct error *err)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    return step_map(step, out, function, in, p, err);
}

bool step_scale(const struct optimizer_step *step, struct tensor *out, double factor,
                struct error *err)
{
    const struct operand in[] = { operand_tensor(out), operand_real(factor) };
    return step_map(step, out, MAP_MUL, in, 1, err);
}

bool step_add_product(const struct optimizer_step *step, struct tensor *out, struct tensor *a,
                      struct tensor *b, struct tensor *c, double p, struct error *err)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(b), operand_tensor(c) };
    return step_map(step, out, MAP_ADDCMUL, in, p, err);
}

bool step_add_quotient(const struct optimizer_step *step, struct tensor *out, struct tensor *a,
                       struct tensor *b, struct tensor *c, double p, struct error *err)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(b), operand_tensor(c) };
    return step_map(step, out, MAP_ADDCDIV, in, p, err);
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
    const bool ok = step_map(step, root, MAP_SQRT, in, 1, err) &&
                    (divide == 1 || step_map(step, root, MAP_DIV, divided, 1, err)) &&
                    step_map(step, root, MAP_ADD, sum, 1, err);
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
    const bool ok = step_map(step, grad, maximize ? MAP_NEG : MAP_COPY, in, 1, err) &&
                    (decay == 0 || step_map2(step, grad, MAP_ADD, grad, step->param, decay, err));
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
    return step_scale(step, step->param, 1 - step_real(step->group, "lr") * decay, err)
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
