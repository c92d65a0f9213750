#pragma once
/* Everything that PyTorch keeps in globals, in one struct that is passed around: the default
 * generator, modes, counters, devices, the observer. One engine is one world; tensors of two never
 * meet. Used by one thread at a time. */

#include "engine/backend.h"
#include "engine/tensor/print.h"
#include "engine/tensor/random.h"

struct observer;
struct engine_pools;
struct walk;

enum { ENGINE_MAX_BACKENDS = 9 }; /* the CPU and eight devices */

/* Where devices beside the CPU come from; engine/devices.h. */
struct device_source {
    const char *plugin; /* lent: the file; NULL: none is to be opened */
    const char *why;    /* lent: why not, as a sentence, where plugin is NULL */
    bool emulated;      /* a device that is a simulation counts: for tests */
};

struct engine {
    /* Changed by the lesson. */
    struct generator generator;      /* what torch.manual_seed seeds; at start seeded with 0 */
    bool grad_enabled;               /* torch.no_grad() */
    bool inference;                  /* torch.inference_mode(): what is made now is never tracked */
    enum dtype default_dtype;        /* float32 or float64 */
    struct print_options print;      /* torch.set_printoptions */
    struct backend *default_backend; /* torch.set_default_device */

    /* Set once by whoever owns the engine. NULL: nobody looks. */
    const struct observer *observer;
    /* Lent: who makes the lesson's objects of tensors (`wrapper`); NULL: nobody does. */
    void *face;

    /* Only grow; the next one to give is the value plus one. */
    uint64_t tensor_ids, storage_ids, node_ids, walk_ids, module_ids, optimizer_ids, hook_ids;
    uint64_t sequence; /* of nodes, in the order of the forward pass */

    /* Changed by autograd and op_apply. */
    int walk_depth; /* > 0 while a backward runs */
    int quiet;      /* > 0: operations are not told to the observer (inner steps) */
    bool turned;    /* lent: the operation under way stands in the line with its operands turned */
    void (*graph_died)(struct tensor *tensor); /* autograd_tensor_died once anything is tracked */
    /* torch.autograd.set_detect_anomaly: what nodes return is searched for NaN, if check_nan. */
    bool detect_anomaly, check_nan;
    /* Told of each node that the forward makes; NULL while nobody asks. */
    void (*node_made)(struct node *node);
    uint64_t failed_node; /* id of the node whose saved tensors were gone in the last failed walk */

    /* Devices; [0] is the CPU. */
    struct backend *backends[ENGINE_MAX_BACKENDS];
    int backend_count;
    struct device_source device_source;
    bool devices_asked;
    struct error devices_why;
    int current_device;  /* torch.cuda.set_device: what "cuda" without a number means */
    const char *purpose; /* lent: what elements that are read now are read for: "item"; or NULL */

    /* Live objects, for leak tests and for status lines. */
    int64_t live_tensors, live_storages, live_nodes;
    int64_t live_bytes; /* of storages */

    struct engine_pools *pools; /* free lists; engine/tensor/pool.c */

    struct walk *idle_walk; /* memory for the next backward, or NULL; autograd */

    /* Nodes without references that wait to be freed, and whether somebody is at it. */
    struct node *dead_nodes;
    bool freeing_nodes;
};

/* With the CPU as only device. NULL with err when the CPU backend cannot start. */
struct engine *engine_create(struct error *err);
/* The same with another backend in the CPU's place (tests); the engine owns it. */
struct engine *engine_create_on(struct backend *cpu);
/* Every tensor and node must be gone (asserted in debug builds). NULL is allowed. */
void engine_destroy(struct engine *engine);

/* Takes ownership. False when there are too many. */
bool engine_take_backend(struct engine *engine, struct backend *backend, struct error *err);
/* NULL if that device is not there. */
struct backend *engine_find_backend(struct engine *engine, const char *device, int index);

static inline struct backend *engine_cpu(const struct engine *engine)
{
    return engine->backends[0];
}
