#pragma once
/* Who wants to know what the engine does (the recorder) hangs a `struct observer` into the engine:
 *
 *     static const struct observer_calls calls = { .operation = record_operation, ... };
 *     const struct observer observer = { &calls, recorder };
 *     engine->observer = &observer;
 *
 * Every call may be NULL. The structs and arrays passed live until the call returns; a `struct tensor
 * *` or `struct node *` may be remembered until `tensor_died` or `node_died` names it (no reference is
 * needed), ids for ever. A callback may read tensors (tensor_read) and may not change anything or run
 * an operation. Without an observer each event costs one branch; nothing below is computed. */

#include "engine/autograd/autograd.h"
#include "engine/ops/ops.h"

struct optimizer;

/* An operation has been executed, tracked or not. For one in place, outputs[0] is operand 0 and its
 * elements (and those of every tensor on its storage) have changed; no `updated` follows for it. */
struct observed_operation {
    const struct op *op;
    const struct operand *in; /* in the order of the call */
    int in_count;
    const struct op_attrs *attrs;
    struct tensor *const *out;
    int out_count;
    const struct node *node; /* NULL: not tracked; its edges and saved slots are set */
    bool in_place;
    bool grad_enabled;
    bool turned; /* written the other way round: 3 * x, handed over as x * 3 */
};

/* An operation that could not be done: nothing has changed. */
struct observed_failure {
    const struct op *op;
    const struct operand *in;
    int in_count;
    const struct op_attrs *attrs;
    const char *why; /* the error's text */
};

/* The forward of a function of the lesson's own (autograd.Function) that will be tracked begins: what is
 * told until `forward_ended` is its doing, untracked. */
struct observed_forward {
    struct tensor *const *in;      /* the tensors among its arguments */
    const struct node_edge *edges; /* of each: where its gradient will go */
    int in_count;
};

/* A function of the lesson's own (autograd.Function) has been applied. What its forward did was told
 * as operations, which made the outputs. */
struct observed_application {
    const char *name;
    struct tensor *const *in; /* the tensors among its arguments */
    int in_count;
    struct tensor *const *out; /* the tensors among what it returned */
    int out_count;
    const struct node *node; /* NULL: not tracked */
};

/* A tensor that no row of the table made: torch.tensor, ones, rand (an operation of provenance
 * "create" in the trace), detach and .data (with a source, provenance "affine"). */
struct observed_creation {
    struct tensor *tensor;
    const char *by;               /* "tensor", "ones", "rand", "detach", ... */
    const struct op_attrs *attrs; /* {"size": [1]}; NULL: none */
    struct tensor *source;        /* whose storage it shares, or NULL */
};

/* Something about a tensor changed in place, other than by an operation. */
struct observed_update {
    struct tensor *tensor;
    const char *by;     /* "step", "zero_grad", "backward", "requires_grad_", "uniform_", ... */
    bool elements;      /* its elements, and of every tensor on its storage */
    bool grad;          /* tensor->grad is another one now, or NULL */
    bool requires_grad; /* tensor->requires_grad is now that */
};

struct observed_backward {
    uint64_t walk; /* from 1 */
    struct tensor *const *roots;
    struct tensor *const *gradients; /* the tensors that it starts with, one for each root */
    int root_count;
    bool retain_graph, create_graph;
};

/* A node has run, its saved tensors not freed yet. Not sent for AccumulateGrad: see `accumulated`. */
struct observed_visit {
    uint64_t walk;
    struct node *node;
    struct tensor *const *grads; /* for each output of the node; NULL: none arrived */
    struct tensor *const
        *contributions;           /* for each edge, as it travels on (summed down); NULL: none */
    const struct operand *locals; /* for each edge; OPERAND_NONE where only the text can say it */
};

/* A leaf, or a tensor that retains its gradient, took a share. total is tensor->grad. */
struct observed_accumulation {
    uint64_t walk;
    struct tensor *tensor;
    struct tensor *contribution;
    struct tensor *total;
};

/* A module of the face, as plain data. Parameters, after them buffers, and children, each in order of
 * registration. */
struct observed_parameter {
    const char *name;
    struct tensor *tensor;
};
struct observed_child {
    const char *name;
    uint64_t module;
};
struct observed_module {
    uint64_t id; /* from engine->module_ids */
    const char *class_name, *text;
    const struct observed_parameter *parameters;
    int parameter_count;
    const struct observed_child *children;
    int child_count;
};

/* Modes: exactly one of them changed. */
struct observed_mode {
    bool is_grad;    /* torch.no_grad and friends: `on` is engine->grad_enabled */
    bool inference;  /* off, and by torch.inference_mode */
    uint64_t module; /* else train (`on`) or eval of this module */
    bool on;
};

/* What a device other than the CPU is given to do. Elements that go to it or come from it: one of the
 * two tensors is on it, the other on the host, or NULL where it is no tensor. */
enum work_kind { WORK_PRIMITIVE, WORK_TO_DEVICE, WORK_TO_HOST };
struct observed_work {
    struct backend *backend;
    enum work_kind kind;
    const struct tensor *from, *to; /* not for a primitive */
    size_t bytes;                   /* not for a primitive */
};

/* Work that the device does not do and the CPU did, with so many bytes there and back. */
struct observed_fallback {
    struct backend *backend;
    enum backend_primitive primitive;
    int function;
    enum dtype dtype;
    size_t bytes;
};

struct observer_calls {
    void (*created)(void *context, const struct observed_creation *creation);
    void (*operation)(void *context, const struct observed_operation *operation);
    /* A tracked operation, inner steps and those of a backward with create_graph included; its node is
     * what stands for it. Before `operation`. */
    void (*tracked)(void *context, const struct observed_operation *operation);
    void (*failed)(void *context, const struct observed_failure *failure);
    void (*forward_begun)(void *context, const struct observed_forward *forward);
    void (*applied)(void *context, const struct observed_application *application);
    /* After `applied`, or without it where the forward raised. */
    void (*forward_ended)(void *context);
    void (*updated)(void *context, const struct observed_update *update);
    /* The memory goes when the call returns. Stand-ins and inner results are reported too: ignore ids
     * that you never saw. A died tensor's id may still be named by saved slots that hold its storage. */
    void (*tensor_died)(void *context, const struct tensor *tensor);
    void (*node_died)(void *context, const struct node *node);

    void (*backward_started)(void *context, const struct observed_backward *backward);
    void (*visited)(void *context, const struct observed_visit *visit);
    void (*freed)(void *context, uint64_t walk, const struct node *node); /* it had saved tensors */
    void (*accumulated)(void *context, const struct observed_accumulation *accumulation);
    /* failed: the node that could not run, or NULL. */
    void (*backward_ended)(void *context, uint64_t walk, const struct node *failed);

    /* Before `stepped`, `updated` (by "step") comes for each parameter that changed. */
    /* It has its groups; once more when another group was added. */
    void (*optimizer_made)(void *context, const struct optimizer *optimizer);
    void (*stepped)(void *context, const struct optimizer *optimizer);

    /* `module` describes: before a module's first other mention, and again when parameters or
     * children changed. */
    void (*module)(void *context, const struct observed_module *module);
    void (*module_entered)(void *context, uint64_t module);
    void (*module_left)(void *context, uint64_t module);
    void (*module_died)(void *context, uint64_t module);

    void (*mode)(void *context, const struct observed_mode *mode);
    /* The lesson asked whether a tensor is true: `if x.sum() > 0`. */
    void (*tested)(void *context, const struct tensor *tensor);
    /* The lesson took the elements of a tensor out as plain numbers: `by` is "item", "tolist", "float" or
     * "int". */
    void (*taken)(void *context, const struct tensor *tensor, const char *by);
    /* A layer has made the tensor inside, which the formula of its documentation calls so. */
    void (*called)(void *context, const struct tensor *tensor, const char *name);
    /* Around each piece of work, nothing of the same device between them: when it is about to be queued,
     * and when it is. */
    void (*work_begins)(void *context, const struct observed_work *work);
    void (*work_queued)(void *context, const struct observed_work *work);
    /* Somebody outside (NumPy) was given the memory of the tensor, and may write there. */
    void (*shared)(void *context, const struct tensor *tensor);
    void (*fell_back)(void *context, const struct observed_fallback *fallback);
    /* The lesson asked for devices for the first time: engine/devices.h knows what there is. */
    void (*asked_for_devices)(void *context);
};

struct observer {
    const struct observer_calls *calls;
    void *context;
};

/* True when somebody listens to `call`: OBSERVED(engine, visited). */
#define OBSERVED(engine, call) ((engine)->observer && (engine)->observer->calls->call)
