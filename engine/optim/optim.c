#include "engine/optim/optim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/autograd/autograd.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/optim/step.h"

static bool anything_goes(const struct optimizer_group *group, struct error *err)
{
    (void)group;
    (void)err;
    return true;
}

const struct optimizer_kind optimizer_custom = { .name = "Optimizer", .check = anything_goes };

struct optimizer *optimizer_create(struct engine *engine, const struct optimizer_kind *kind)
{
    struct optimizer *optimizer = memory_allocate(1, sizeof(*optimizer));
    optimizer->id = ++engine->optimizer_ids;
    optimizer->engine = engine;
    optimizer->kind = kind;
    return optimizer;
}

void optimizer_state_clear(struct optimizer_state *state)
{
    for (int s = 0; s < OPTIMIZER_MAX_STATE; s++) {
        tensor_unref(state->tensors[s]);
    }
    *state = (struct optimizer_state){ 0 };
}

static void group_finish(struct optimizer_group *group)
{
    for (int i = 0; i < group->param_count; i++) {
        tensor_unref(group->params[i]);
        optimizer_state_clear(&group->state[i]);
    }
    free(group->params);
    free(group->state);
}

void optimizer_destroy(struct optimizer *optimizer)
{
    if (!optimizer) {
        return;
    }
    for (int i = 0; i < optimizer->group_count; i++) {
        group_finish(&optimizer->groups[i]);
    }
    free(optimizer->groups);
    free(optimizer);
}

struct option *optimizer_option(struct optimizer_group *group, const char *name)
{
    for (int i = 0; i < OPTIMIZER_MAX_OPTIONS && group->options[i].name; i++) {
        if (strcmp(group->options[i].name, name) == 0) {
            return &group->options[i];
        }
    }
    return NULL;
}

/* ---- groups ---------------------------------------------------------------------------------------- */

static bool holds(const struct optimizer *optimizer, const struct tensor *param)
{
    for (int g = 0; g < optimizer->group_count; g++) {
        for (int i = 0; i < optimizer->groups[g].param_count; i++) {
            if (optimizer->groups[g].params[i] == param) {
                return true;
            }
        }
    }
    return false;
}

static bool check_params(const struct optimizer *optimizer, const struct optimizer_group_spec *spec,
                         struct error *err)
{
    if (spec->param_count == 0) {
        return error_set_kind(err, ERROR_VALUE, "optimizer got an empty parameter list");
    }
    for (int i = 0; i < spec->param_count; i++) {
        const struct tensor *param = spec->params[i];
        if (!tensor_is_leaf(param) && !param->retains_grad) {
            return error_set_kind(err, ERROR_VALUE, "can't optimize a non-leaf Tensor");
        }
        if (holds(optimizer, param)) {
            return error_set_kind(err, ERROR_VALUE,
                                  "some parameters appear in more than one parameter group");
        }
    }
    return true;
}

static void set_options(struct optimizer_group *group, const struct optimizer_group_spec *spec)
{
    for (int i = 0; i < spec->option_count; i++) {
        struct option *option = optimizer_option(group, spec->options[i].name);
        assert(option);
        option->kind = spec->options[i].kind;
        option->first = spec->options[i].first;
        option->second = spec->options[i].second;
    }
}

static bool begin_params(struct optimizer *optimizer, struct optimizer_group *group,
                         struct error *err)
{
    for (int i = 0; optimizer->kind->begin && i < group->param_count; i++) {
        struct optimizer_step step = { optimizer->engine, group, &group->state[i],
                                       group->params[i],  NULL,  NULL };
        group->state[i].started = true;
        if (!optimizer->kind->begin(&step, err)) {
            return false;
        }
    }
    return true;
}

static void set_params(struct optimizer_group *group, const struct optimizer_group_spec *spec)
{
    const size_t count = (size_t)spec->param_count;
    group->params = memory_allocate(count + 1, sizeof(*group->params));
    group->state = memory_allocate(count + 1, sizeof(*group->state));
    for (size_t i = 0; i < count; i++) {
        group->params[i] = tensor_ref(spec->params[i]);
    }
}

/* Moves the states of the group's parameters over from the groups that had them. */
static void move_states(struct optimizer *from, struct optimizer_group *to)
{
    for (int g = 0; g < from->group_count; g++) {
        for (int i = 0; i < from->groups[g].param_count; i++) {
            for (int k = 0; k < to->param_count; k++) {
                if (to->params[k] == from->groups[g].params[i] && !to->state[k].started) {
                    to->state[k] = from->groups[g].state[i];
                    from->groups[g].state[i] = (struct optimizer_state){ 0 };
                }
            }
        }
    }
}

void optimizer_regroup(struct optimizer *optimizer, const struct optimizer_group_spec *specs,
                       int count)
{
    struct optimizer_group *groups = memory_allocate((size_t)count + 1, sizeof(*groups));
    for (int g = 0; g < count; g++) {
        groups[g].param_count = specs[g].param_count;
        memcpy(groups[g].options, optimizer->kind->options, sizeof(groups[g].options));
        set_options(&groups[g], &specs[g]);
        set_params(&groups[g], &specs[g]);
        move_states(optimizer, &groups[g]);
    }
    for (int g = 0; g < optimizer->group_count; g++) {
        group_finish(&optimizer->groups[g]);
    }
    free(optimizer->groups);
    optimizer->groups = groups;
    optimizer->group_count = count;
}

bool optimizer_add_group(struct optimizer *optimizer, const struct optimizer_group_spec *spec,
                         struct error *err)
{
    struct optimizer_group group = { .param_count = spec->param_count };
    memcpy(group.options, optimizer->kind->options, sizeof(group.options));
    set_options(&group, spec);
    if (!optimizer->kind->check(&group, err) || !check_params(optimizer, spec, err)) {
        return false;
    }
    set_params(&group, spec);
    if (!begin_params(optimizer, &group, err)) {
        group_finish(&group);
        return false;
    }
    optimizer->groups = memory_resize(optimizer->groups, (size_t)optimizer->group_count + 1,
                                      sizeof(*optimizer->groups));
    optimizer->groups[optimizer->group_count++] = group;
    return true;
}

void optimizer_announce(const struct optimizer *optimizer)
{
    const struct engine *engine = optimizer->engine;
    if (OBSERVED(engine, optimizer_made)) {
        engine->observer->calls->optimizer_made(engine->observer->context, optimizer);
    }
}

/* ---- steps ----------------------------------------------------------------------------------------- */

static bool step_param(struct optimizer *optimizer, struct optimizer_group *group, int i,
                       struct error *err)
{
    struct engine *engine = optimizer->engine;
    struct optimizer_state *state = &group->state[i];
    struct optimizer_step step = { engine, group, state, group->params[i], group->params[i]->grad,
                                   NULL };
    struct step_chain chain = { .count = 0 };
    step.chain = step_chains(&step) ? &chain : NULL;
    state->started = true;
    state->step += optimizer->kind->counts_steps;
    const bool ok = optimizer->kind->step(&step, err) && step_chain_run(&chain, err);
    step_chain_finish(&chain);
    if (!ok) {
        return false;
    }
    tensor_bump_version(step.param);
    if (OBSERVED(engine, updated)) {
        const struct observed_update update = { .tensor = step.param,
                                                .by = "step",
                                                .elements = true };
        engine->observer->calls->updated(engine->observer->context, &update);
    }
    return true;
}

bool optimizer_step(struct optimizer *optimizer, struct error *err)
{
    struct engine *engine = optimizer->engine;
    for (int g = 0; g < optimizer->group_count; g++) {
        struct optimizer_group *group = &optimizer->groups[g];
        for (int i = 0; i < group->param_count; i++) {
            if (group->params[i]->grad && !step_param(optimizer, group, i, err)) {
                return false;
            }
        }
    }
    if (OBSERVED(engine, stepped)) {
        engine->observer->calls->stepped(engine->observer->context, optimizer);
    }
    return true;
}

bool optimizer_zero_grad(struct optimizer *optimizer, bool set_to_none, struct error *err)
{
    for (int g = 0; g < optimizer->group_count; g++) {
        const struct optimizer_group *group = &optimizer->groups[g];
        for (int i = 0; i < group->param_count; i++) {
            struct tensor *param = group->params[i];
            if (param->grad && !(set_to_none ? tensor_set_grad(param, NULL, "zero_grad", err)
                                             : tensor_zero_grad(param, err))) {
                return false;
            }
        }
    }
    return true;
}
