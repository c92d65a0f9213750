#include "lessons/runner/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "lessons/runner/recorder_state.h"

enum { GONE_IDS_MAX = 4000 }; /* in one record */

void recorder_write(struct recorder *recorder, const struct record *record)
{
    if (outlet_is_full(recorder->outlet)) {
        recorder->engine->observer = NULL;
        return;
    }
    outlet_write(recorder->outlet, record);
}

struct span recorder_here(const struct recorder *recorder)
{
    return code_here(recorder->codes);
}

void id_array_add(struct id_array *array, int64_t id)
{
    array->items =
        array_reserve(array->items, &array->capacity, array->count + 1, sizeof(*array->items));
    array->items[array->count++] = id;
}

/* ---- changes in place ---- */

static void note_stepping(struct recorder *recorder, struct tensor *tensor)
{
    recorder->stepping = array_reserve(recorder->stepping, &recorder->stepping_capacity,
                                       recorder->stepping_count + 1, sizeof(*recorder->stepping));
    recorder->stepping[recorder->stepping_count++] = tensor;
}

static void record_flags(struct recorder *recorder, const struct observed_update *update)
{
    int64_t id = id_map_find(&recorder->tensors, update->tensor->id);
    if (id == 0) {
        return; /* its own record will say it */
    }
    const struct tensor *tensor = update->tensor;
    struct record record = { .kind = RECORD_UPDATE, .update = { .tensor = id, .by = update->by } };
    if (update->grad) {
        record.update.total = tell_tensor(recorder, tensor->grad, KNOWN_GRAD);
        record.update.grad = tensor->grad ? NULL : "none";
    }
    if (update->requires_grad) {
        record.update.requires_grad = tensor->requires_grad ? "on" : "off";
    }
    record.update.at = recorder_here(recorder);
    recorder_write(recorder, &record);
}

static void record_updated(void *context, const struct observed_update *update)
{
    struct recorder *recorder = context;
    if (strcmp(update->by, "step") == 0) {
        note_stepping(recorder, update->tensor); /* told with its state, by record_stepped */
        return;
    }
    if (update->elements) {
        tell_change(recorder, update->tensor, update->by);
    }
    if (update->grad || update->requires_grad) {
        record_flags(recorder, update);
    }
}

static void record_mode(void *context, const struct observed_mode *mode)
{
    struct recorder *recorder = context;
    struct record record = { .kind = RECORD_MODE };
    const char *value = mode->on ? "on" : "off";
    if (mode->is_grad) {
        record.mode.grad = value;
        record.mode.inference = mode->inference;
    } else {
        record.mode.train = value;
        record.mode.module = id_map_find(&recorder->modules, mode->module);
    }
    record.mode.at = recorder_here(recorder);
    recorder_write(recorder, &record);
}

static void record_tested(void *context, const struct tensor *tensor)
{
    struct recorder *recorder = context;
    int64_t id = id_map_find(&recorder->tensors, tensor->id);
    if (recorder->tracer && id > 0) {
        tracer_tested(recorder->tracer, id);
    }
}

static void record_called(void *context, const struct tensor *tensor, const char *name)
{
    struct recorder *recorder = context;
    const int64_t id = id_map_find(&recorder->tensors, tensor->id);
    if (id > 0) {
        recorder_write(recorder, &(struct record){ .kind = RECORD_CALLED,
                                                   .called = { .tensor = id, .name = name } });
    }
}

static void record_taken(void *context, const struct tensor *tensor, const char *by)
{
    struct recorder *recorder = context;
    int64_t id = tensor->requires_grad ? id_map_find(&recorder->tensors, tensor->id) : 0;
    tape_taken(recorder->tape);
    if (id > 0) {
        recorder_write(recorder,
                       &(struct record){
                           .kind = RECORD_TAKEN,
                           .taken = { .tensor = id, .by = by, .at = recorder_here(recorder) },
                       });
    }
}

/* ---- what is gone ---- */

/* A stand-in shares its id with the tensor that it stands for. */
static void record_tensor_died(void *context, const struct tensor *tensor)
{
    struct recorder *recorder = context;
    int64_t id = tensor->is_stand_in ? 0 : id_map_find(&recorder->tensors, tensor->id);
    recorder->memory_changed |= tensor_backend(tensor) != engine_cpu(tensor->engine);
    if (id == 0) {
        return;
    }
    const struct known_tensor *known = known_tensor(recorder, id);
    if (!known) {
        return;
    }
    if (known->role == KNOWN_DATA) {
        id_array_add(&recorder->gone_tensors, id);
    }
    forget_tensor(recorder, id);
}

static void record_node_died(void *context, const struct node *node)
{
    struct recorder *recorder = context;
    tape_node_died(recorder->tape, node);
    int64_t id = id_map_find(&recorder->nodes, node->id);
    if (id > 0) {
        id_array_add(&recorder->gone_nodes, id);
    }
}

static int compare_ids(const void *left, const void *right)
{
    int64_t a, b;
    memcpy(&a, left, sizeof(a));
    memcpy(&b, right, sizeof(b));
    return (a > b) - (a < b);
}

/* The next ids of a sorted array, at most so many. */
static struct id_list next_ids(const struct id_array *array, size_t at)
{
    size_t left = array->count > at ? array->count - at : 0;
    return (struct id_list){ left > 0 ? array->items + at : array->items,
                             left < GONE_IDS_MAX ? left : GONE_IDS_MAX };
}

static void sort_ids(struct id_array *array)
{
    size_t sorted = 1;
    while (sorted < array->count && array->items[sorted - 1] < array->items[sorted]) {
        sorted++;
    }
    if (sorted < array->count) {
        qsort(array->items, array->count, sizeof(*array->items), compare_ids);
    }
}

static void line_over(void *context)
{
    struct recorder *recorder = context;
    recorder_forget_expression(recorder);
    notice_shared(recorder);
    sort_ids(&recorder->gone_tensors);
    sort_ids(&recorder->gone_nodes);
    for (size_t at = 0; at < recorder->gone_tensors.count || at < recorder->gone_nodes.count;
         at += GONE_IDS_MAX) {
        recorder_write(recorder, &(struct record){
                                     .kind = RECORD_GONE,
                                     .gone = { next_ids(&recorder->gone_tensors, at),
                                               next_ids(&recorder->gone_nodes, at) },
                                 });
    }
    recorder->gone_tensors.count = 0;
    recorder->gone_nodes.count = 0;
    recorder_tell_memory(recorder);
}

int64_t recorder_failed_node(void *context, const char *error_text)
{
    static const char *const texts[] = {
        "Trying to backward through the graph a second time",
        "one of the variables needed for gradient computation has been modified by an inplace",
    };
    const struct recorder *recorder = context;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strncmp(error_text, texts[i], strlen(texts[i])) == 0) {
            return recorder->failed_node;
        }
    }
    return 0;
}

/* ---- questions after the end ---- */

void recorder_stop(struct recorder *recorder)
{
    recorder->engine->observer = NULL;
}

bool recorder_knows_tensor(const struct recorder *recorder, int64_t tensor)
{
    return tensor > 0 && tensor <= recorder->tensors.count;
}

const struct tape_walk *recorder_walk(const struct recorder *recorder, int64_t walk)
{
    for (size_t i = tape_walk_count(recorder->tape); i-- > 0;) {
        const struct tape_walk *one = tape_walk_at(recorder->tape, i);
        if (id_map_find(&recorder->walks, one->id) == walk) {
            return one;
        }
    }
    return NULL;
}

size_t recorder_leaf(const struct recorder *recorder, const struct tape_walk *walk, int64_t tensor)
{
    for (size_t i = 0; i < walk->leaf_count; i++) {
        if (id_map_find(&recorder->tensors, walk->leaves[i].tensor) == tensor) {
            return i;
        }
    }
    return SIZE_MAX;
}

uint64_t recorder_constant(const struct recorder *recorder, const struct tape_walk *walk,
                           int64_t tensor)
{
    for (size_t i = 0; i < walk->step_count; i++) {
        for (int k = 0; k < walk->steps[i]->in_count; k++) {
            const struct tape_operand *in = &walk->steps[i]->in[k];
            if (in->source == TAPE_CONSTANT && in->value &&
                id_map_find(&recorder->tensors, in->value->tensor) == tensor) {
                return in->value->tensor;
            }
        }
    }
    return 0;
}

uint64_t recorder_step(const struct recorder *recorder, const struct tape_walk *walk, int64_t node)
{
    for (size_t i = 0; i < walk->step_count; i++) {
        if (id_map_find(&recorder->nodes, walk->steps[i]->node_id) == node) {
            return walk->steps[i]->node_id;
        }
    }
    return 0;
}

/* ---- the whole ---- */

static const struct observer_calls calls = {
    .created = record_created,
    .operation = record_operation,
    .tracked = record_tracked,
    .failed = record_failed_op,
    .forward_begun = record_forward_begun,
    .applied = record_applied,
    .forward_ended = record_forward_ended,
    .updated = record_updated,
    .tensor_died = record_tensor_died,
    .node_died = record_node_died,
    .backward_started = record_backward,
    .visited = record_visit,
    .freed = record_freed,
    .accumulated = record_accumulated,
    .backward_ended = record_backward_end,
    .optimizer_made = record_optimizer,
    .stepped = record_stepped,
    .module = record_module,
    .module_entered = record_entered,
    .module_left = record_left,
    .mode = record_mode,
    .tested = record_tested,
    .called = record_called,
    .taken = record_taken,
    .shared = record_shared,
    .work_begins = record_work_begins,
    .work_queued = record_work_queued,
    .fell_back = record_fell_back,
    .asked_for_devices = record_asked_for_devices,
};

struct recorder *recorder_create(struct engine *engine, struct outlet *outlet,
                                 const struct code_table *codes)
{
    struct recorder *recorder = memory_allocate(1, sizeof(*recorder));
    recorder->engine = engine;
    recorder->outlet = outlet;
    recorder->codes = codes;
    recorder->tape = tape_create();
    /* An operation that finds no memory is told as well: what that takes is there from the beginning. */
    arena_allocate(&recorder->failed.arena, 1, 1);
    arena_allocate(&recorder->scratch, 1, 1);
    recorder->observer = (struct observer){ &calls, recorder };
    engine->observer = &recorder->observer;
    return recorder;
}

struct tracer_calls recorder_tracer_calls(struct recorder *recorder)
{
    return (struct tracer_calls){ describe_value, tensor_id_of, line_over, recorder_raised,
                                  recorder };
}

void recorder_set_tracer(struct recorder *recorder, struct tracer *tracer)
{
    recorder->tracer = tracer;
}
