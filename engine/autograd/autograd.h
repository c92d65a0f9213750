#pragma once
/* The backward graph and the walk through it, to the letter of PyTorch 2.x: who runs when, in which
 * order gradients are added, what is freed and when, and what the errors say.
 *
 *     y = x * 3   gives   y->grad_fn = node "MulBackward0", edges [AccumulateGrad of x, none],
 *                         saved: "other" = 3 (self is not kept: nobody needs a gradient for 3)
 *
 *     autograd_backward(engine, &(struct backward_call){ .roots = &y, .root_count = 1 }, err);
 *
 * Ownership runs from results to operands: a tensor owns its grad_fn, a node owns the nodes behind
 * its edges and its saved tensors, an AccumulateGrad owns its leaf; the leaf lends its AccumulateGrad.
 * A node that saves its own result keeps a stand-in (same storage, same id, no grad_fn), so nothing
 * owns itself. */

#include "engine/ops/ops.h"

struct tape_step;
struct walk;

/* Output `output` of `node`; node NULL: no gradient goes there. An AccumulateGrad has variable set. */
struct node_edge {
    struct node *node;
    int output;
};

/* A saved operand or result. */
struct saved {
    const char *name;      /* "self", "other", "result" */
    struct tensor *tensor; /* owned; NULL: a number, nothing (not needed), or freed */
    bool is_number;
    bool is_plain; /* a number that PyTorch keeps as one: not listed among saved tensors */
    struct number number;
    uint64_t tensor_id;       /* of the tensor that was saved, also after it was freed; 0: none */
    int64_t expected_version; /* of the tensor when it was saved */
    int output;               /* >= 0: it is this output of the node itself */
};

/* What a node knows of each of its outputs after the tensor itself is gone. */
struct node_output {
    uint64_t tensor_id; /* of the tensor that the forward made */
    struct shape shape;
    enum dtype dtype;
    struct backend *backend;
    bool by_columns; /* a matrix that lies column by column: its gradient is made so too */
    struct tensor_hooks *hooks; /* owned; tensor hooks of a non-leaf live with its node */
    struct tensor *retainer;    /* lent: the tensor that retains its gradient, or NULL */
};

/* A node whose backward is not a row of the table: autograd.Function. */
struct node_function {
    bool (*backward)(void *context, struct rule *rule);
    void (*release)(void *context);
};

enum { NODE_INLINE_EDGES = 3, NODE_INLINE_SAVED = 2 };

struct node {
    int references;
    uint64_t id; /* unique in this engine, for ever */
    struct engine *engine;
    const char *name;    /* "MulBackward0", "AccumulateGrad"; lives as long as the node */
    const struct op *op; /* NULL for AccumulateGrad and functions */
    uint64_t sequence;   /* AccumulateGrad: UINT64_MAX */

    struct node_edge *edges; /* owned nodes */
    int edge_count;
    struct saved *saved;
    int saved_count;
    bool freed; /* saved tensors were dropped after a walk */
    struct node_output *outputs;
    int output_count;

    struct shape *shapes; /* owned; of every operand, where the row asks for them, else NULL */

    struct tensor *variable; /* owned; the leaf of an AccumulateGrad, else NULL */

    /* Owned; only of a CopySlices, which stands for an operation that changed a view of its output in
     * place: what runs for the elements of the view. */
    struct node *inner;

    const struct node_function *function; /* of an autograd.Function, else NULL */
    void *context;                        /* owned through function->release */

    struct node_hooks *hooks; /* of the node: before and after it runs; NULL: none */

    /* The face's object for this node, lent both ways; NULL when there is none. */
    void *wrapper;
    struct tape_step
        *step; /* what a tape knows of it (engine/probe), which it owns; NULL: nothing */
    /* What the face noted down of this node: owned through release_note. NULL: nothing. */
    void *note;
    void (*release_note)(void *note);

    /* private state */
    size_t mark;            /* where a walk keeps what it knows of this node */
    struct node *next_dead; /* in the list of those about to be freed */

    /* From here on a new node has only values where it says so: most of these are not used. */
    struct op_attrs attrs; /* none are present */
    struct node_edge inline_edges[NODE_INLINE_EDGES];
    struct saved inline_saved[NODE_INLINE_SAVED];
    struct node_output inline_outputs[1];
};

struct node *node_ref(struct node *node);
/* Frees long chains without recursion. NULL is allowed. */
void node_unref(struct node *node);

/* Where a gradient of `tensor` goes: its grad_fn, or its AccumulateGrad (made when there is none), or
 * nowhere when it requires none. The edge holds a reference of its own. */
struct node_edge tensor_edge(struct tensor *tensor);

/* "torch::autograd::" for the nodes that PyTorch writes by hand in that namespace, "" for the others. */
const char *node_namespace(const char *name);

/* A new node for outputs that op_apply or the face is about to hand out; sequence and id are given.
 * edge_count edges, all empty, to be filled by the caller. */
struct node *node_create(struct engine *engine, const char *name, int edge_count, int output_count);

/* Room for `count` saved slots, all empty; once, before they are filled. */
void node_reserve_saved(struct node *node, int count);
/* Fills an empty slot: with an operand of the operation, or with what is output `output` of the node
 * itself. The slot's version is that of now. */
void node_save_operand(struct node *node, int slot, const struct operand *operand);
void node_save_output(struct node *node, int slot, struct tensor *tensor, int output);

/* Describes output `number`: its shape, dtype and device, by which gradients for it are checked. */
void node_describe_output(struct node *node, int number, const struct tensor *tensor);
/* Makes the tensor output `number` of the node, whatever it was before. */
void node_attach_output(struct node *node, int number, struct tensor *tensor);
/* The same for an operand that was changed in place: its base follows, if there is only one output. "a
 * leaf Variable that requires grad ..." */
bool node_attach_changed(struct node *node, int number, struct tensor *tensor, struct error *err);

/* Whether the slot ever held something; one whose gradient nobody needs reads None. */
bool saved_was_kept(const struct saved *saved);
/* Whether dropping the saved tensors of this node would drop anything. */
bool node_has_saved(const struct node *node);
/* Errors unless every slot that was kept can still be read: freed, or changed in place. */
bool node_check_saved(const struct node *node, struct error *err);
/* The value of a slot that was kept (a reference), with the same checks; a number as a 0-d tensor, an
 * output of the node as a tensor with the node as its grad_fn. */
struct tensor *node_saved(struct node *node, int slot, struct error *err);
void node_free_saved(struct node *node);

/* ---- walking -------------------------------------------------------------------------------- */

struct backward_call {
    struct tensor *const *roots;
    struct tensor *const *gradients; /* NULL, or one for each root; a NULL entry means ones */
    int root_count;
    bool retain_graph;
    bool create_graph; /* implies retain_graph unless `free_graph` */
    bool free_graph;

    /* Only these take a gradient (backward(inputs=...)), NULL: every leaf. With `captured`, the
     * gradients are handed out there (autograd.grad) and no .grad changes; entries are references,
     * NULL where allow_unused let it pass. */
    struct tensor *const *inputs;
    int input_count;
    struct tensor **captured;
    bool allow_unused;

    /* (optional) The node that could not run: a reference, or NULL when it was none's fault. */
    struct node **failed;
};

/* "grad can be implicitly created only for scalar outputs", "element 0 of tensors does not require
 * grad and does not have a grad_fn", "Mismatch in shape: ...", and whatever a node says. What ran
 * before the failing node stays done. */
bool autograd_backward(struct engine *engine, const struct backward_call *call, struct error *err);

/* Frees the memory that the engine keeps for its next walk. NULL is allowed. */
void walk_destroy(struct walk *walk);

/* A view whose base was changed in place since is a result of that change: gives it a new grad_fn,
 * AsStridedBackward0 of its base. Whoever looks at grad_fn or requires_grad of a tensor that may be a
 * view calls this before; op_apply and tensor_edge do. */
void tensor_refresh_history(struct tensor *tensor);

/* ---- tensors and their flags ---------------------------------------------------------------- */

/* "you can only change requires_grad flags of leaf variables. ...", "only Tensors of floating point
 * dtype can require gradients". Tells the observer. */
bool tensor_set_requires_grad(struct tensor *tensor, bool on, struct error *err);
/* x.grad = g or None; takes no reference of the caller's, keeps its own. Checks shape, dtype, device.
 * `by` is who did it, for the observer: "zero_grad", "grad". */
bool tensor_set_grad(struct tensor *tensor, struct tensor *grad, const char *by, struct error *err);
/* Zeroes the gradient that the tensor has, in place. */
bool tensor_zero_grad(struct tensor *tensor, struct error *err);
/* Non-leaf: .grad will be kept from the next backward on. */
bool tensor_retain_grad(struct tensor *tensor, struct error *err);
/* Shares storage and version counter; no grad_fn. Tells the observer as operation "detach". */
struct tensor *tensor_detach(struct tensor *tensor, struct error *err);
/* Makes the tensor itself a leaf that requires no gradient. "Can't detach views in-place. ..." */
bool tensor_detach_in_place(struct tensor *tensor, struct error *err);

/* Lets go of what autograd owns of a dying tensor: grad_fn, hooks, its place as a retainer. The tensor
 * layer stands below autograd and calls it through engine->graph_died, which node_create,
 * tensor_add_hook and whoever else hangs something on a tensor set to this function. */
void autograd_tensor_died(struct tensor *tensor);

/* Hooks: run in order of registration; *replacement (a reference, or left NULL) replaces the gradient.
 * The list owns `context` through `release`. One that runs after the accumulation is a leaf's: it is
 * given the leaf itself, whose .grad has just taken a share, and can replace nothing. */
struct tensor_hook {
    bool (*run)(void *context, struct tensor *grad, struct tensor **replacement, struct error *err);
    void (*release)(void *context);
    void *context;
    bool after_accumulation;
};
/* Returns the hook's number for tensor_remove_hook; numbers are never used again. */
uint64_t tensor_add_hook(struct tensor *tensor, const struct tensor_hook *hook);
void tensor_remove_hook(struct tensor *tensor, uint64_t number);
/* For whoever looks for rings of references: the contexts of a leaf's hooks, which are the tensor's own,
 * in their order until `visit` is not 0, which is then the result; and an end to all of them. */
int tensor_visit_hooks(const struct tensor *leaf, int (*visit)(void *context, void *arg),
                       void *arg);
void tensor_drop_hooks(struct tensor *leaf);

/* Hooks of a node: `before` it runs, with the gradients of its outputs; `after`, with the results for
 * its edges and those gradients. Exactly one is set. Both may replace entries of the first array
 * (references; NULL: no gradient). */
struct node_hook {
    bool (*before)(void *context, struct tensor **grads, int count, struct error *err);
    bool (*after)(void *context, struct tensor **results, struct tensor *const *grads,
                  struct error *err);
    void (*release)(void *context);
    void *context;
};
uint64_t node_add_hook(struct node *node, const struct node_hook *hook);
void node_remove_hook(struct node *node, uint64_t number);
