#pragma once
/* What the files of the recorder share. "Tell" means: write the records of a thing unless they have
 * been written. Private to lessons/runner/recorder*.c. */

#include "engine/observer.h"
#include "engine/optim/optim.h"
#include "lessons/runner/id_map.h"
#include "lessons/runner/recorder.h"

/* So many edges of a node are told, of which nobody could see more: a lesson may join twenty thousand
 * tensors, and a record has to fit into a line. */
enum { EDGES_TOLD = 256 };

enum known_role { KNOWN_DATA, KNOWN_GRAD, KNOWN_STATE };

/* A tensor that stands in the trace, as long as it lives. Those that live on one storage are linked, so that a
 * change of one finds the others. */
struct known_tensor {
    struct tensor *tensor;
    int64_t id;
    int64_t place; /* of its storage, an index of recorder->first_on */
    enum known_role role;
    uint32_t next, previous; /* slots; 0: none */
};

struct id_array {
    int64_t *items;
    size_t count, capacity;
};

/* Memory that NumPy shares, and what its bytes were when they were last told. */
struct shared_place {
    int64_t place; /* an index of recorder->first_on */
    uint64_t hash;
    int64_t version; /* of the storage then */
};

/* The latest operation that was refused, until the line is over. op NULL: none. */
struct failed_op {
    const struct op *op;
    const char *why;
    struct span at;
    const struct argument *in, *attrs;
    size_t in_count, attr_count;
    struct arena arena; /* of all that */
};

/* A piece of work of a device, or a copy to it or from it, until it is told. */
struct device_work {
    struct backend *backend;
    enum work_kind kind;
    struct backend_event *from, *to; /* owned; NULL: there is no clock, or it was read */
    bool known;                      /* run is */
    double queued, run;              /* milliseconds; queued: when it began, until it is queued */
    uint64_t tensor_from, tensor_to; /* of a copy, as the engine counts them; 0: no tensor */
    size_t bytes;                    /* of a copy */
    struct device_task task;
};

struct spare_mark {
    struct backend *backend;
    struct backend_event *event;
};

struct device_fallback {
    struct backend *backend;
    const char *what;
    enum dtype dtype;
    int64_t count;
    size_t bytes;
};

struct told_memory {
    uint64_t used, cached, peak;
};

struct recorder {
    struct engine *engine;
    struct outlet *outlet;
    const struct code_table *codes;
    struct tracer *tracer;
    struct observer observer;
    struct tape *tape;    /* for questions after the end */
    struct arena scratch; /* cleared after each record */

    struct id_map tensors, storages, nodes, modules, optimizers, walks;
    struct known_tensor *known; /* in slots from 1 on; those of the dead are given to others */
    size_t known_count, known_capacity;
    uint32_t free_slot; /* the first of the free ones, which are linked by `next`; 0: none */
    uint32_t *slots;    /* of each id of a tensor; 0: it has died */
    size_t slot_capacity;
    struct id_map places; /* of storages, those of gradients and states as well */
    uint32_t *first_on;   /* the slot of the first known tensor of each */
    size_t first_on_capacity;
    struct shared_place *shared;
    size_t shared_count, shared_capacity;
    int64_t op_count;
    char **defined; /* names of operations whose opdef was written; owned copies */
    size_t defined_count, defined_capacity;
    bool defined_rows[OP_COUNT];

    struct id_array entered; /* modules, outermost first */
    struct id_array gone_tensors, gone_nodes;
    struct tensor **stepping; /* parameters that the optimizer has changed, until it has stepped */
    size_t stepping_count, stepping_capacity;
    uint64_t *told_options; /* of each optimizer, by its id: what its groups were when last told */
    size_t told_capacity;
    int64_t failed_node;
    struct failed_op failed;
    struct span latest; /* operation of the line; cell 0: none yet */

    /* Devices beside the CPU; nothing of it is used without one. */
    int reading; /* > 0: elements are read for the trace, which is no work of the lesson */
    struct device_work begun; /* not queued yet */
    struct device_work *works,
        *timed; /* not told: of nothing told yet; of what was told, not timed */
    size_t work_count, work_capacity, timed_count, timed_capacity;
    struct spare_mark *marks;
    size_t mark_count, mark_capacity;
    struct device_fallback *fallbacks;
    size_t fallback_count, fallback_capacity;
    struct error fault;  /* of a device, until Python raises it; "": none */
    bool memory_changed; /* perhaps */
    struct told_memory told_memory[ENGINE_MAX_BACKENDS];
};

/* Writes a record. */
void recorder_write(struct recorder *recorder, const struct record *record);
struct span recorder_here(const struct recorder *recorder);
void id_array_add(struct id_array *array, int64_t id);

/* ---- recorder_things.c ---- */

/* The id of the tensor in the trace; 0 for NULL. */
int64_t tell_tensor(struct recorder *recorder, struct tensor *tensor, enum known_role role);
void tell_value(struct recorder *recorder, const struct tensor *tensor, int64_t id);
/* by_op: an operation that is told next made it. */
int64_t tell_node(struct recorder *recorder, const struct node *node, bool by_op);
/* How many of its edges stand in its record, and in those of its visits. */
size_t edges_told(const struct node *node);
struct edge_target tell_edge(struct recorder *recorder, const struct node_edge *edge);

/* The tensor of that id, which has one; NULL: it has died. */
static inline const struct known_tensor *known_tensor(const struct recorder *recorder, int64_t id)
{
    const uint32_t slot = recorder->slots[id];
    return slot > 0 ? &recorder->known[slot] : NULL;
}
/* A known tensor has died. */
void forget_tensor(struct recorder *recorder, int64_t id);

/* It has another shape: a trace's tensor has one shape for ever, so it goes, and another one comes. */
void renew_tensor(struct recorder *recorder, struct tensor *tensor);

/* Its elements changed: values and updates of it and of every known tensor on its storage. */
void tell_change(struct recorder *recorder, struct tensor *tensor, const char *by);

/* ---- recorder_shared.c ---- */

/* NumPy may write there from now on. */
void watch_shared(struct recorder *recorder, const struct storage *storage);
void record_shared(void *context, const struct tensor *tensor);
/* Its elements have just been told. */
void shared_was_told(struct recorder *recorder, const struct storage *storage, int64_t place);
/* Tells what NumPy has changed since, as an update by "numpy". */
void notice_shared(struct recorder *recorder);

/* ---- recorder_ops.c, recorder_walk.c, recorder_modules.c: what the observer calls ---- */

void record_created(void *context, const struct observed_creation *creation);
void record_tracked(void *context, const struct observed_operation *operation);
void record_operation(void *context, const struct observed_operation *operation);
void record_forward_begun(void *context, const struct observed_forward *forward);
void record_applied(void *context, const struct observed_application *application);
void record_forward_ended(void *context);
void record_failed_op(void *context, const struct observed_failure *failure);
/* An expression of the lesson ends in an exception; told if operations have to do with it. */
void recorder_raised(void *context, const struct raised *raised);
/* What comes now belongs to another expression. */
void recorder_forget_expression(struct recorder *recorder);

void record_backward(void *context, const struct observed_backward *backward);
void record_visit(void *context, const struct observed_visit *visit);
void record_freed(void *context, uint64_t walk, const struct node *node);
void record_accumulated(void *context, const struct observed_accumulation *accumulation);
void record_backward_end(void *context, uint64_t walk, const struct node *failed);

void record_module(void *context, const struct observed_module *module);
void record_entered(void *context, uint64_t module);
void record_left(void *context, uint64_t module);
void record_optimizer(void *context, const struct optimizer *optimizer);
void record_stepped(void *context, const struct optimizer *optimizer);

/* ---- recorder_devices.c ---- */

void record_work_begins(void *context, const struct observed_work *work);
void record_work_queued(void *context, const struct observed_work *work);
void record_fell_back(void *context, const struct observed_fallback *fallback);
void record_asked_for_devices(void *context);
/* Before elements are read: faults of what was done since recorder_tell_work become exceptions. */
void recorder_settle(struct recorder *recorder);
/* What was done since the last call was done for this. `by` is the name for copies. */
void recorder_tell_work(struct recorder *recorder, const struct device_task *task, const char *by);
/* At the end of a line: what is left of its work, and memory that has changed. */
void recorder_tell_memory(struct recorder *recorder);

/* ---- recorder_bind.c ---- */

bool describe_value(void *context, struct record_bind *bind, PyObject *value, struct arena *arena);
uint64_t tensor_id_of(PyObject *value);
