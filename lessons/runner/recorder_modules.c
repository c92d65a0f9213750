#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "lessons/runner/recorder_state.h"

enum { MODULE_TEXT_BYTES = 16 << 10 };

/* ---- modules ---- */

void record_module(void *context, const struct observed_module *module)
{
    struct recorder *recorder = context;
    struct arena *arena = &recorder->scratch;
    struct named_id *params =
        arena_allocate(arena, (size_t)module->parameter_count + 1, sizeof(*params));
    struct named_id *children =
        arena_allocate(arena, (size_t)module->child_count + 1, sizeof(*children));
    for (int i = 0; i < module->parameter_count; i++) {
        const struct observed_parameter *parameter = &module->parameters[i];
        params[i] = (struct named_id){ parameter->name,
                                       tell_tensor(recorder, parameter->tensor, KNOWN_DATA) };
    }
    for (int i = 0; i < module->child_count; i++) {
        children[i] =
            (struct named_id){ module->children[i].name,
                               id_map_find(&recorder->modules, module->children[i].module) };
    }
    int64_t id = id_map_find(&recorder->modules, module->id);
    id = id > 0 ? id : id_map_add(&recorder->modules, module->id);
    size_t length = strlen(module->text);
    if (length > MODULE_TEXT_BYTES) {
        length = outlet_piece(module->text, length, MODULE_TEXT_BYTES);
    }
    recorder_write(recorder, &(struct record){
                                 .kind = RECORD_MODULE,
                                 .module = { .module = id,
                                             .class_name = module->class_name,
                                             .text = { module->text, length },
                                             .params = params,
                                             .param_count = (size_t)module->parameter_count,
                                             .children = children,
                                             .child_count = (size_t)module->child_count },
                             });
    arena_clear(arena);
}

void record_entered(void *context, uint64_t module)
{
    struct recorder *recorder = context;
    int64_t id = id_map_find(&recorder->modules, module);
    id_array_add(&recorder->entered, id);
    recorder_write(recorder, &(struct record){ .kind = RECORD_ENTER,
                                               .enter = { id, recorder_here(recorder) } });
}

void record_left(void *context, uint64_t module)
{
    struct recorder *recorder = context;
    if (recorder->entered.count > 0) {
        recorder->entered.count--;
    }
    recorder_write(recorder,
                   &(struct record){ .kind = RECORD_LEAVE,
                                     .leave = { id_map_find(&recorder->modules, module) } });
}

/* ---- optimizers ---- */

static struct argument number_of(struct number number)
{
    return (struct argument){ .kind = ARGUMENT_NUMBER, .number = number_as_real(number) };
}

static struct argument option_argument(struct arena *arena, const struct option *option)
{
    struct argument argument = { .kind = ARGUMENT_NONE };
    if (option->kind == OPTION_NUMBER) {
        argument = number_of(option->first);
    } else if (option->kind == OPTION_BOOL) {
        argument.kind = ARGUMENT_BOOL;
        argument.number = !number_is_zero(option->first);
    } else if (option->kind == OPTION_PAIR) {
        struct argument *pair = arena_allocate(arena, 2, sizeof(*pair));
        pair[0] = number_of(option->first);
        pair[1] = number_of(option->second);
        argument = (struct argument){ .kind = ARGUMENT_LIST, .items = pair, .item_count = 2 };
    }
    argument.name = option->name;
    return argument;
}

static struct argument params_argument(struct recorder *recorder,
                                       const struct optimizer_group *group)
{
    struct argument *params =
        arena_allocate(&recorder->scratch, (size_t)group->param_count + 1, sizeof(*params));
    for (int i = 0; i < group->param_count; i++) {
        params[i] = (struct argument){ .kind = ARGUMENT_TENSOR,
                                       .id = tell_tensor(recorder, group->params[i], KNOWN_DATA) };
    }
    return (struct argument){ .kind = ARGUMENT_LIST,
                              .name = "params",
                              .items = params,
                              .item_count = (size_t)group->param_count };
}

static struct argument group_argument(struct recorder *recorder,
                                      const struct optimizer_group *group)
{
    struct argument *members =
        arena_allocate(&recorder->scratch, OPTIMIZER_MAX_OPTIONS + 1, sizeof(*members));
    size_t count = 0;
    members[count++] = params_argument(recorder, group);
    for (int i = 0; i < OPTIMIZER_MAX_OPTIONS && group->options[i].name; i++) {
        if (!group->options[i].technical) {
            members[count++] = option_argument(&recorder->scratch, &group->options[i]);
        }
    }
    return (struct argument){ .kind = ARGUMENT_OBJECT, .items = members, .item_count = count };
}

/* A scheduler, or the lesson itself, changes options without a word. */
static uint64_t options_hash(const struct optimizer *optimizer)
{
    uint64_t hash = HASH_START;
    for (int g = 0; g < optimizer->group_count; g++) {
        const struct optimizer_group *group = &optimizer->groups[g];
        for (int i = 0; i < OPTIMIZER_MAX_OPTIONS && group->options[i].name; i++) {
            const struct option *option = &group->options[i];
            const double numbers[] = { number_as_real(option->first),
                                       number_as_real(option->second) };
            if (!option->technical) {
                hash = hash_bytes(hash, numbers, sizeof(numbers));
            }
        }
    }
    return hash;
}

static void remember_options(struct recorder *recorder, int64_t id,
                             const struct optimizer *optimizer)
{
    recorder->told_options = array_reserve(recorder->told_options, &recorder->told_capacity,
                                           (size_t)id + 1, sizeof(*recorder->told_options));
    recorder->told_options[id] = options_hash(optimizer);
}

void record_optimizer(void *context, const struct optimizer *optimizer)
{
    struct recorder *recorder = context;
    struct argument *groups =
        arena_allocate(&recorder->scratch, (size_t)optimizer->group_count + 1, sizeof(*groups));
    for (int i = 0; i < optimizer->group_count; i++) {
        groups[i] = group_argument(recorder, &optimizer->groups[i]);
    }
    const int64_t known = id_map_find(&recorder->optimizers, optimizer->id);
    recorder_write(
        recorder,
        &(struct record){
            .kind = RECORD_OPTIM,
            .optim = { .optimizer =
                           known > 0 ? known : id_map_add(&recorder->optimizers, optimizer->id),
                       .class_name = optimizer->kind->name,
                       .groups = groups,
                       .group_count = (size_t)optimizer->group_count },
        });
    remember_options(recorder, id_map_find(&recorder->optimizers, optimizer->id), optimizer);
    arena_clear(&recorder->scratch);
}

/* A state tensor is new, or has new elements. */
static void tell_state(struct recorder *recorder, struct tensor *tensor)
{
    if (id_map_find(&recorder->tensors, tensor->id) > 0) {
        tell_change(recorder, tensor, "step");
        return;
    }
    int64_t id = tell_tensor(recorder, tensor, KNOWN_STATE);
    recorder_write(recorder,
                   &(struct record){
                       .kind = RECORD_UPDATE,
                       .update = { .tensor = id, .by = "step", .at = recorder_here(recorder) } });
}

static bool has_stepped(const struct recorder *recorder, const struct tensor *param)
{
    for (size_t i = 0; i < recorder->stepping_count; i++) {
        if (recorder->stepping[i] == param) {
            return true;
        }
    }
    return false;
}

/* Its state first, then itself. */
static struct step_param step_param(struct recorder *recorder, const struct optimizer *optimizer,
                                    const struct optimizer_group *group, int index)
{
    const struct optimizer_state *state = &group->state[index];
    struct argument *members =
        arena_allocate(&recorder->scratch, OPTIMIZER_MAX_STATE + 1, sizeof(*members));
    struct step_param param = { .state = members };
    if (optimizer->kind->counts_steps) {
        members[param.state_count++] = (struct argument){ .kind = ARGUMENT_NUMBER,
                                                          .name = "step",
                                                          .number = (double)state->step };
    }
    for (int i = 0; i < OPTIMIZER_MAX_STATE && optimizer->kind->state_names[i]; i++) {
        if (!state->tensors[i]) {
            continue;
        }
        tell_state(recorder, state->tensors[i]);
        members[param.state_count++] = (struct argument){
            .kind = ARGUMENT_TENSOR,
            .name = optimizer->kind->state_names[i],
            .id = id_map_find(&recorder->tensors, state->tensors[i]->id),
        };
    }
    tell_change(recorder, group->params[index], "step");
    param.tensor = tell_tensor(recorder, group->params[index], KNOWN_DATA);
    return param;
}

/* The parameters that changed were noted one by one; now their state can be told as well. */
void record_stepped(void *context, const struct optimizer *optimizer)
{
    struct recorder *recorder = context;
    const int64_t id = id_map_find(&recorder->optimizers, optimizer->id);
    recorder_settle(recorder);
    if (id > 0 && recorder->told_options[id] != options_hash(optimizer)) {
        record_optimizer(recorder, optimizer);
    }
    struct step_param *params =
        arena_allocate(&recorder->scratch, recorder->stepping_count + 1, sizeof(*params));
    size_t count = 0;
    for (int g = 0; g < optimizer->group_count; g++) {
        const struct optimizer_group *group = &optimizer->groups[g];
        for (int i = 0; i < group->param_count && count < recorder->stepping_count; i++) {
            if (has_stepped(recorder, group->params[i])) {
                params[count++] = step_param(recorder, optimizer, group, i);
            }
        }
    }
    recorder_write(recorder, &(struct record){
                                 .kind = RECORD_STEP,
                                 .step = { .optimizer = id,
                                           .at = recorder_here(recorder),
                                           .params = params,
                                           .param_count = count },
                             });
    recorder->stepping_count = 0;
    recorder_tell_work(recorder, &(struct device_task){ .optimizer = id }, "step");
    arena_clear(&recorder->scratch);
}
