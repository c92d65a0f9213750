/* Which call of a module an operation was executed in. The same module may be called many times: each
 * call is a box of its own. */

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "render/graph/model.h"

enum { DEEPEST = 24 }; /* calls in calls; what is deeper stands in the last of these */

struct call {
    int64_t module;
    uint32_t enter; /* record */
    int cluster;    /* index + 1; 0: no operation of the episode has stood in it yet */
};

struct graph_calls {
    struct graph_model *model;
    const struct trace *trace;
    const uint32_t *enters, *leaves; /* records */
    size_t enter_count, leave_count, enter, leave;
    struct call *stack; /* the calls that go on */
    size_t depth, capacity;
};

struct graph_calls *graph_calls_create(struct graph_model *model, const struct trace *trace)
{
    struct graph_calls *calls = memory_allocate(1, sizeof(*calls));
    calls->model = model;
    calls->trace = trace;
    calls->enters = trace_records_of(trace, RECORD_ENTER, &calls->enter_count);
    calls->leaves = trace_records_of(trace, RECORD_LEAVE, &calls->leave_count);
    return calls;
}

void graph_calls_destroy(struct graph_calls *calls)
{
    if (calls) {
        free(calls->stack);
        free(calls);
    }
}

static void push(struct graph_calls *calls, int64_t module, uint32_t enter)
{
    calls->stack =
        array_reserve(calls->stack, &calls->capacity, calls->depth + 1, sizeof(*calls->stack));
    calls->stack[calls->depth++] = (struct call){ .module = module, .enter = enter };
}

/* Enters and leaves up to that record, in their order. */
static void advance(struct graph_calls *calls, uint32_t record)
{
    for (;;) {
        const uint32_t enter =
            calls->enter < calls->enter_count ? calls->enters[calls->enter] : NEVER;
        const uint32_t leave =
            calls->leave < calls->leave_count ? calls->leaves[calls->leave] : NEVER;
        if (enter >= record && leave >= record) {
            return;
        }
        if (enter < leave) {
            push(calls, trace_record(calls->trace, enter)->enter.module, enter);
            calls->enter++;
        } else {
            calls->depth -= calls->depth > 0;
            calls->leave++;
        }
    }
}

static const char *title_of(const struct graph_calls *calls, const struct trace_module *module)
{
    struct arena *arena = &calls->model->arena;
    const char *path = trace_module_path(calls->trace, module, arena);
    return arena_format(arena, "%s%s%s", path, path[0] ? " : " : "", module->record->class_name);
}

static void give_clusters(struct graph_calls *calls)
{
    int parent = 0;
    for (size_t i = 0; i < calls->depth && i < DEEPEST; i++) {
        struct call *call = &calls->stack[i];
        const struct trace_module *module = trace_module(calls->trace, call->module);
        if (!call->cluster && module) {
            const struct graph_cluster cluster = { .module = call->module,
                                                   .parent = parent,
                                                   .kind = FOLD_MODULE,
                                                   .enter = call->enter,
                                                   .title = title_of(calls, module) };
            call->cluster = graph_model_add_cluster(calls->model, &cluster);
        }
        parent = call->cluster ? call->cluster : parent;
    }
}

/* The cluster of the first `depth` calls that go on. */
static int cluster_at(const struct graph_calls *calls, size_t depth)
{
    const size_t shown = depth < DEEPEST ? depth : DEEPEST;
    return shown > 0 ? calls->stack[shown - 1].cluster : 0;
}

/* The operation itself says which module it stands in; where the records of calls say something else,
 * they are broken, and it is right. */
int graph_calls_find(struct graph_calls *calls, const struct trace_op *op)
{
    const int64_t module = op->record->module;
    advance(calls, op->born);
    while (calls->depth > 0 && calls->stack[calls->depth - 1].module != module) {
        calls->depth--;
    }
    if (module && calls->depth == 0) {
        push(calls, module, op->first);
    }
    give_clusters(calls);
    return cluster_at(calls, calls->depth);
}

int graph_calls_home(const struct graph_calls *calls, uint32_t record)
{
    size_t depth = 0;
    while (depth < calls->depth && calls->stack[depth].enter < record) {
        depth++;
    }
    return cluster_at(calls, depth);
}
