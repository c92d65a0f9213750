/* What the picture of an episode depends on: operations in their order, shapes, what is wired to what,
 * whose module it is and which parameters it uses. Neither values nor ids nor places in the code, so
 * that each iteration of a loop has the same. */

#include "lessons/trace/film_structure.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "lessons/trace/state.h"

/* Of more leaves the rest is told apart by shape and name alone. */
enum { LEAVES_MAX = 64 };

struct builder {
    const struct trace *trace;
    int64_t *ops; /* that compute something, ascending */
    size_t op_count;
    const struct trace_op *op; /* that is being read */
    int64_t leaves[LEAVES_MAX];
    size_t leaf_count;
    uint64_t hash;
};

static void add_number(struct builder *builder, int64_t number)
{
    builder->hash = hash_bytes(builder->hash, &number, sizeof(number));
}

static void add_string(struct builder *builder, const char *string)
{
    builder->hash = hash_bytes(builder->hash, string, strlen(string) + 1);
}

/* Index of the operation that made it; -1 for a leaf. What was made of nothing is one. */
static int64_t place_of_maker(const struct builder *builder, const struct trace_tensor *tensor)
{
    size_t low = 0, high = builder->op_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (builder->ops[middle] < tensor->op) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < builder->op_count && builder->ops[low] == tensor->op ? (int64_t)low : -1;
}

static void add_shape(struct builder *builder, const struct trace_tensor *tensor)
{
    add_number(builder, tensor->ndim);
    for (int i = 0; i < tensor->ndim; i++) {
        add_number(builder, tensor->shape[i]);
    }
}

/* In order of first use; LEAVES_MAX for all that come later. */
static int64_t place_of_leaf(struct builder *builder, int64_t id)
{
    for (size_t i = 0; i < builder->leaf_count; i++) {
        if (builder->leaves[i] == id) {
            return (int64_t)i;
        }
    }
    if (builder->leaf_count == LEAVES_MAX) {
        return LEAVES_MAX;
    }
    builder->leaves[builder->leaf_count] = id;
    return (int64_t)builder->leaf_count++;
}

/* What is learnt goes by its name: two weights of one shape are not the same. Data does not. */
static void add_leaf(struct builder *builder, const struct trace_tensor *tensor)
{
    const bool learnt = trace_requires_grad_at(builder->trace, tensor, builder->op->born);

    add_number(builder, -1 - place_of_leaf(builder, tensor->id));
    add_number(builder, learnt);
    add_string(builder, learnt ? trace_name_at(builder->trace, tensor, builder->op->born) : "");
    add_shape(builder, tensor);
}

static void add_arguments(struct builder *builder, const struct argument *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct trace_tensor *const tensor =
            arguments[i].kind == ARGUMENT_TENSOR ? trace_tensor(builder->trace, arguments[i].id)
                                                 : NULL;
        const int64_t place = tensor ? place_of_maker(builder, tensor) : -1;
        add_number(builder, (int64_t)arguments[i].kind);
        if (tensor && place >= 0) {
            add_number(builder, place);
            add_number(builder, tensor->output);
        } else if (tensor) {
            add_leaf(builder, tensor);
        }
        add_arguments(builder, arguments[i].items, arguments[i].item_count);
    }
}

static void add_op(struct builder *builder, const struct trace_op *op)
{
    const struct trace_module *const module = trace_module(builder->trace, op->record->module);

    builder->op = op;
    add_string(builder, op->record->name);
    add_string(builder, module ? module->record->class_name : "");
    add_string(builder, module && module->name ? module->name : "");
    add_number(builder, op->record->node != 0);
    add_arguments(builder, op->record->in, op->record->in_count);
    for (size_t i = 0; i < op->record->out.count; i++) {
        const struct trace_tensor *const tensor =
            trace_tensor(builder->trace, op->record->out.ids[i]);
        if (tensor) {
            add_shape(builder, tensor);
        }
    }
}

/* Those made of nothing are leaves: they may come once, before a loop. */
static void list_ops(struct builder *builder, const struct episode *episode)
{
    builder->ops = memory_allocate(episode->op_count + 1, sizeof(*builder->ops));
    for (size_t i = 0; i < episode->op_count; i++) {
        if (trace_op(builder->trace, episode->ops[i])->record->in_count > 0) {
            builder->ops[builder->op_count++] = episode->ops[i];
        }
    }
}

uint64_t film_structure(const struct trace *trace, const struct episode *episode)
{
    struct builder builder = { .trace = trace, .hash = HASH_START };

    list_ops(&builder, episode);
    for (size_t i = 0; i < builder.op_count; i++) {
        add_op(&builder, trace_op(trace, builder.ops[i]));
    }
    free(builder.ops);
    return builder.hash;
}
