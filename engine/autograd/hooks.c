#include "engine/autograd/hooks.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/engine.h"

struct numbered_hook {
    uint64_t number;
    struct tensor_hook hook;
};

struct tensor_hooks {
    struct numbered_hook *items;
    size_t count, capacity;
};

struct numbered_node_hook {
    uint64_t number;
    struct node_hook hook;
};

struct node_hooks {
    struct numbered_node_hook *items;
    size_t count, capacity;
};

/* ---- of a tensor ------------------------------------------------------------------------------- */

/* A result's hooks live with the node that made it, so that they run also when the tensor is gone. */
static struct tensor_hooks **hooks_place(struct tensor *tensor)
{
    if (tensor->grad_fn) {
        return &tensor->grad_fn->outputs[tensor->output_number].hooks;
    }
    return &tensor->hooks;
}

uint64_t tensor_add_hook(struct tensor *tensor, const struct tensor_hook *hook)
{
    assert(tensor->requires_grad);
    tensor->engine->graph_died = autograd_tensor_died;
    struct tensor_hooks **place = hooks_place(tensor);
    if (!*place) {
        *place = memory_allocate(1, sizeof(**place));
    }
    struct tensor_hooks *hooks = *place;
    hooks->items =
        array_reserve(hooks->items, &hooks->capacity, hooks->count + 1, sizeof(*hooks->items));
    hooks->items[hooks->count++] = (struct numbered_hook){ ++tensor->engine->hook_ids, *hook };
    return tensor->engine->hook_ids;
}

void tensor_remove_hook(struct tensor *tensor, uint64_t number)
{
    struct tensor_hooks *hooks = *hooks_place(tensor);
    for (size_t i = 0; hooks && i < hooks->count; i++) {
        if (hooks->items[i].number == number) {
            const struct tensor_hook hook = hooks->items[i].hook;
            for (size_t j = i + 1; j < hooks->count; j++) {
                hooks->items[j - 1] = hooks->items[j];
            }
            hooks->count--;
            hook.release(hook.context);
            return;
        }
    }
}

int tensor_visit_hooks(const struct tensor *leaf, int (*visit)(void *context, void *arg), void *arg)
{
    const struct tensor_hooks *hooks = leaf->hooks;
    for (size_t i = 0; hooks && i < hooks->count; i++) {
        const int result = visit(hooks->items[i].hook.context, arg);
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

void tensor_drop_hooks(struct tensor *leaf)
{
    struct tensor_hooks *const hooks = leaf->hooks;
    leaf->hooks = NULL;
    tensor_hooks_destroy(hooks);
}

/* A hook may add or remove hooks, itself as well: the next one is the one with the next number. NULL
 * when there is none. */
static const struct numbered_hook *next_hook(const struct tensor_hooks *hooks, uint64_t last,
                                             bool after_accumulation)
{
    for (size_t i = 0; hooks && i < hooks->count; i++) {
        if (hooks->items[i].number > last &&
            hooks->items[i].hook.after_accumulation == after_accumulation) {
            return &hooks->items[i];
        }
    }
    return NULL;
}

bool tensor_hooks_run(const struct tensor_hooks *hooks, struct tensor **grad, struct error *err)
{
    uint64_t last = 0;
    for (const struct numbered_hook *next; *grad && (next = next_hook(hooks, last, false));) {
        const struct tensor_hook hook = next->hook;
        struct tensor *replacement = NULL;
        last = next->number;
        if (!hook.run(hook.context, *grad, &replacement, err)) {
            return false;
        }
        if (replacement) {
            tensor_unref(*grad);
            *grad = replacement;
        }
    }
    return true;
}

bool tensor_hooks_run_after(struct tensor *leaf, struct error *err)
{
    uint64_t last = 0;
    for (const struct numbered_hook *next; (next = next_hook(leaf->hooks, last, true));) {
        const struct tensor_hook hook = next->hook;
        struct tensor *unused = NULL;
        last = next->number;
        const bool ok = hook.run(hook.context, leaf, &unused, err);
        tensor_unref(unused);
        if (!ok) {
            return false;
        }
    }
    return true;
}

void tensor_hooks_destroy(struct tensor_hooks *hooks)
{
    if (!hooks) {
        return;
    }
    for (size_t i = 0; i < hooks->count; i++) {
        hooks->items[i].hook.release(hooks->items[i].hook.context);
    }
    free(hooks->items);
    free(hooks);
}

/* ---- of a node --------------------------------------------------------------------------------- */

uint64_t node_add_hook(struct node *node, const struct node_hook *hook)
{
    assert(!hook->before != !hook->after);
    if (!node->hooks) {
        node->hooks = memory_allocate(1, sizeof(*node->hooks));
    }
    struct node_hooks *hooks = node->hooks;
    hooks->items =
        array_reserve(hooks->items, &hooks->capacity, hooks->count + 1, sizeof(*hooks->items));
    hooks->items[hooks->count++] = (struct numbered_node_hook){ ++node->engine->hook_ids, *hook };
    return node->engine->hook_ids;
}

void node_remove_hook(struct node *node, uint64_t number)
{
    struct node_hooks *hooks = node->hooks;
    for (size_t i = 0; hooks && i < hooks->count; i++) {
        if (hooks->items[i].number == number) {
            const struct node_hook hook = hooks->items[i].hook;
            for (size_t j = i + 1; j < hooks->count; j++) {
                hooks->items[j - 1] = hooks->items[j];
            }
            hooks->count--;
            hook.release(hook.context);
            return;
        }
    }
}

static const struct numbered_node_hook *next_node_hook(const struct node *node, uint64_t last)
{
    for (size_t i = 0; node->hooks && i < node->hooks->count; i++) {
        if (node->hooks->items[i].number > last) {
            return &node->hooks->items[i];
        }
    }
    return NULL;
}

bool node_hooks_run_before(const struct node *node, struct tensor **grads, struct error *err)
{
    uint64_t last = 0;
    for (const struct numbered_node_hook *next; (next = next_node_hook(node, last));) {
        const struct node_hook hook = next->hook;
        last = next->number;
        if (hook.before && !hook.before(hook.context, grads, node->output_count, err)) {
            return false;
        }
    }
    return true;
}

bool node_hooks_run_after(const struct node *node, struct tensor **results,
                          struct tensor *const *grads, struct error *err)
{
    uint64_t last = 0;
    for (const struct numbered_node_hook *next; (next = next_node_hook(node, last));) {
        const struct node_hook hook = next->hook;
        last = next->number;
        if (hook.after && !hook.after(hook.context, results, grads, err)) {
            return false;
        }
    }
    return true;
}

void node_hooks_destroy(struct node_hooks *hooks)
{
    if (!hooks) {
        return;
    }
    for (size_t i = 0; i < hooks->count; i++) {
        hooks->items[i].hook.release(hooks->items[i].hook.context);
    }
    free(hooks->items);
    free(hooks);
}
