#pragma once
/* A tensor is a view (shape, strides, offset, dtype) on a storage that several may share. Tensors
 * and storages are counted references and come from pools; one thread (whoever holds the engine)
 * uses them. What autograd knows about a tensor stands in it too, but nothing here acts on it.
 *
 *     struct tensor *x = tensor_create(engine, &(struct tensor_spec){
 *         .dtype = DTYPE_FLOAT32, .shape = { 2, { 2, 3 } } }, err);
 *     ...
 *     tensor_unref(x);
 *
 * A function that returns `struct tensor *` gives the caller a reference, or NULL with err filled. */

#include <assert.h>

#include "engine/backend.h"
#include "engine/tensor/dtype.h"
#include "engine/tensor/shape.h"

struct engine;
struct node;
struct tensor_hooks;

/* A piece of device memory. */
struct storage {
    int references;
    uint64_t id; /* unique in this engine, for ever; 0 is nobody */
    struct engine *engine;
    struct backend *backend;
    void *data; /* NULL when bytes is 0 */
    size_t bytes;
    int64_t version;   /* counts changes in place */
    bool is_inference; /* made in inference mode: its tensors are never recorded */
    bool is_shared;    /* somebody outside may write there (NumPy) */

    /* Memory that somebody else owns (a NumPy array): called instead of giving it back. */
    void (*release)(void *owner);
    void *owner;
};

/* A version counter apart from the storage's, for `.data`: shared by the views of that tensor. */
struct version_counter {
    int references;
    int64_t count;
};

struct tensor {
    int references;
    uint64_t id; /* unique in this engine, for ever; 0 is nobody */
    struct engine *engine;
    struct storage *storage;
    enum dtype dtype;
    struct shape shape;
    int64_t strides[BACKEND_MAX_DIMS];
    int64_t offset;                      /* of the first element in the storage, in elements */
    int64_t count;                       /* of elements */
    struct version_counter *own_version; /* NULL: the storage's counts */

    /* Changed by autograd alone. */
    bool requires_grad; /* also true for every result with a grad_fn */
    bool retains_grad;
    bool is_parameter;
    bool view_without_grad; /* a differentiable view made while gradients were not recorded */
    bool is_view_of_many;   /* one of several views that one operation made (unbind, split) */
    bool is_stand_in; /* stands for the tensor of this id in a node's saved slot; see autograd.h */
    struct node *grad_fn;     /* owned; NULL for a leaf */
    int output_number;        /* which output of grad_fn this is */
    struct node *accumulator; /* lent: the leaf's AccumulateGrad while some edge holds it */
    struct tensor *grad;      /* owned; NULL is None */
    struct tensor *base;      /* owned; the tensor that this is a differentiable view of, or NULL */
    int64_t view_version;     /* of the base when grad_fn was made; another one: it is stale */
    struct tensor_hooks *hooks; /* owned by autograd; NULL when there are none */

    /* The face's object for this tensor, lent both ways; NULL when there is none. */
    void *wrapper;
};

/* What an operation is given: a tensor, a plain number, or nothing (bias=None). */
enum operand_kind { OPERAND_NONE, OPERAND_TENSOR, OPERAND_NUMBER };

struct operand {
    enum operand_kind kind;
    struct tensor *tensor;
    struct number number;
};

/* NULL gives OPERAND_NONE. */
static inline struct operand operand_tensor(struct tensor *tensor)
{
    return (struct operand){ .kind = tensor ? OPERAND_TENSOR : OPERAND_NONE, .tensor = tensor };
}

static inline struct operand operand_number(struct number number)
{
    return (struct operand){ .kind = OPERAND_NUMBER, .number = number };
}

static inline struct operand operand_real(double value)
{
    return operand_number(number_real(value));
}

/* backend NULL is the CPU. */
struct tensor_spec {
    enum dtype dtype;
    struct shape shape;
    struct backend *backend;
};

/* The spec of a contiguous tensor like that one. */
struct tensor_spec tensor_spec_of(const struct tensor *tensor);

/* Contiguous, not initialised. Fails on negative sizes and when there is no memory. */
struct tensor *tensor_create(struct engine *engine, const struct tensor_spec *spec,
                             struct error *err);
/* Not initialised either, in the row-major shape, dtype and device of `like`. */
struct tensor *tensor_create_alike(const struct tensor *like, struct error *err);
/* Contiguous, every element `value`. */
struct tensor *tensor_full(struct engine *engine, const struct tensor_spec *spec,
                           struct number value, struct error *err);
/* Contiguous, with spec->shape's elements copied from row-major host memory of that dtype. */
struct tensor *tensor_from_host(struct engine *engine, const struct tensor_spec *spec,
                                const void *elements, struct error *err);
/* 0-d, on the CPU. */
struct tensor *tensor_from_number(struct engine *engine, struct number value, enum dtype dtype,
                                  struct error *err);

/* Host memory that lives elsewhere, shared: `release(owner)` is called when the last view is gone.
 * Strides in elements, may be negative as long as `elements` is element [0, 0, ...] and the memory
 * that they reach lies in [memory, memory + bytes). */
struct tensor_memory {
    void *memory, *elements;
    size_t bytes;
    int64_t strides[BACKEND_MAX_DIMS];
    void (*release)(void *owner);
    void *owner;
};
struct tensor *tensor_from_memory(struct engine *engine, const struct tensor_spec *spec,
                                  const struct tensor_memory *memory, struct error *err);

/* Another look at `source`'s storage, with its version counter and a new id, without autograd: no
 * grad_fn, requires_grad false. `strides` and `offset` must stay inside the storage (asserted). */
struct tensor *tensor_view(struct tensor *source, const struct shape *shape, const int64_t *strides,
                           int64_t offset);
/* The same look: shares storage and version counter (detach), or has a counter of its own (.data). */
struct tensor *tensor_alias(struct tensor *source);
struct tensor *tensor_alias_unversioned(struct tensor *source);

/* NULL is allowed. The last unref tells the observer, lets go of grad_fn, grad, base and storage. */
static inline struct tensor *tensor_ref(struct tensor *tensor)
{
    if (tensor) {
        tensor->references++;
    }
    return tensor;
}

/* What the last tensor_unref does; for nobody else. */
void tensor_free(struct tensor *tensor);

static inline void tensor_unref(struct tensor *tensor)
{
    assert(!tensor || tensor->references > 0);
    if (tensor && --tensor->references == 0) {
        tensor_free(tensor);
    }
}

static inline struct backend *tensor_backend(const struct tensor *tensor)
{
    return tensor->storage->backend;
}

bool tensor_is_contiguous(const struct tensor *tensor);
/* Exactly the strides of a new tensor, also where a size is 1. */
bool tensor_is_row_major(const struct tensor *tensor);
/* One dtype, device, shape and strides. */
bool tensor_is_alike(const struct tensor *a, const struct tensor *b);
/* False with PyTorch's text where several elements lie in one place, as in an expanded tensor: what is
 * written to one would be written to the others. */
bool tensor_check_apart(const struct tensor *tensor, struct error *err);
/* Make a new contiguous tensor, not yet filled, lie in memory (memory_order.c) in the order of the
 * operands that it is computed from, at most TENSOR_ORDER_MAX; or of `like`, of the same shape. A dense
 * operand's strides are taken over, of others the order of their dimensions, as PyTorch does. */
bool tensor_is_dense(const struct tensor *tensor); /* no gaps, no overlap, in any order */
enum { TENSOR_ORDER_MAX = 4 };
void tensor_lie_as(struct tensor *tensor, const struct operand *in, int count);
void tensor_lie_like(struct tensor *tensor, const struct tensor *like);

static inline int64_t tensor_version(const struct tensor *tensor)
{
    return tensor->own_version ? tensor->own_version->count : tensor->storage->version;
}

void tensor_bump_version(struct tensor *tensor);
/* Whether it lies in memory that was made in inference mode. */
static inline bool tensor_is_inference(const struct tensor *tensor)
{
    return tensor->storage->is_inference;
}
bool tensor_is_leaf(const struct tensor *tensor); /* no grad_fn */

/* The elements in row-major order, converted by nobody: `out` and `elements` hold tensor->count items
 * of its dtype. Any strides, any device. tensor_write does not touch the version. */
bool tensor_read(const struct tensor *tensor, void *out, struct error *err);
bool tensor_write(struct tensor *tensor, const void *elements, struct error *err);
/* The same as doubles (int64 beyond 2^53 is rounded), and as whole numbers (reals are cut). */
bool tensor_read_real(const struct tensor *tensor, double *out, struct error *err);
bool tensor_read_whole(const struct tensor *tensor, int64_t *out, struct error *err);
/* The value of a tensor with one element. "a Tensor with 2 elements cannot be converted to Scalar". */
bool tensor_item(const struct tensor *tensor, struct number *out, struct error *err);

/* The address of element [0, ...] for a tensor whose memory the host may touch, else NULL. For
 * sharing with NumPy; operations never call this. */
void *tensor_host_data(const struct tensor *tensor);

/* Makes `tensor` another look at `from`'s storage (`p.data = t`): shape, strides, dtype follow. */
void tensor_set_data(struct tensor *tensor, struct tensor *from);
