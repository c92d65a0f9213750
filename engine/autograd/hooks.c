#include "engine/autograd/hooks.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/engine.h"

struct numbered_hook {
    int number;
    struct tensor_hook hook;
};

struct tensor_hooks {
    struct numbered_hook *items;
    size_t count, capacity;
    int next_number;
};

struct numbered_node_hook {
    int number;
    struct node_hook hook;
};

struct node_hooks {
    struct numbered_node_hook *items;
    size_t count, capacity;
    int next_number;
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

int tensor_add_hook(struct tensor *tensor, const struct tensor_hook *hook)
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
    hooks->items[hooks->count++] = (struct numbered_hook){ hooks->next_number, *hook };
    return hooks->next_number++;
}

void tensor_remove_hook(struct tensor *tensor, int number)
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

bool tensor_hooks_run(const struct tensor_hooks *hooks, struct tensor **grad, struct error *err)
{
    /* A hook may add or remove hooks: look at the list anew each time. */
    for (size_t i = 0; hooks && *grad && i < hooks->count; i++) {
        const struct tensor_hook hook = hooks->items[i].hook;
        struct tensor *replacement = NULL;
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

int node_add_hook(struct node *node, const struct node_hook *hook)
{
    assert(!hook->before != !hook->after);
    if (!node->hooks) {
        node->hooks = memory_allocate(1, sizeof(*node->hooks));
    }
    struct node_hooks *hooks = node->hooks;
    hooks->items =
        array_reserve(hooks->items, &hooks->capacity, hooks->count + 1, sizeof(*hooks->items));
    hooks->items[hooks->count++] = (struct numbered_node_hook){ hooks->next_number, *hook };
    return hooks->next_number++;
}

void node_remove_hook(struct node *node, int number)
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

bool node_hooks_run_before(const struct node *node, struct tensor **grads, struct error *err)
{
    for (size_t i = 0; node->hooks && i < node->hooks->count; i++) {
        const struct node_hook hook = node->hooks->items[i].hook;
        if (hook.before && !hook.before(hook.context, grads, node->output_count, err)) {
            return false;
        }
    }
    return true;
}

bool node_hooks_run_after(const struct node *node, struct tensor **results,
                          struct tensor *const *grads, struct error *err)
{
    for (size_t i = 0; node->hooks && i < node->hooks->count; i++) {
        const struct node_hook hook = node->hooks->items[i].hook;
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
