#include "engine/probe/tape.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/probe/tape_private.h"

enum { ELEMENTS_MAX = 1 << 18 }; /* of one value; a larger one is not copied */

/* ---- values ------------------------------------------------------------------------------------ */

static void value_unref(struct tape_value *value)
{
    if (value && --value->references == 0) {
        free(value);
    }
}

/* NULL when it is too large or cannot be read. */
static struct tape_value *value_read(const struct tensor *tensor)
{
    struct tape_value *value;
    if (tensor->count > ELEMENTS_MAX) {
        return NULL;
    }
    value =
        memory_allocate(1, sizeof(*value) + (size_t)tensor->count * dtype_size(tensor->dtype) + 1);
    *value = (struct tape_value){
        .references = 1,
        .tensor = tensor->id,
        .version = tensor_version(tensor),
        .dtype = tensor->dtype,
        .shape = tensor->shape,
        .count = tensor->count,
        .elements = value + 1,
    };
    if (!tensor_read(tensor, value->elements, NULL)) {
        value_unref(value);
        return NULL;
    }
    return value;
}

/* A reference. The same tensor, unchanged, is read once as long as the tape remembers it. */
static struct tape_value *value_of(struct tape *tape, const struct tensor *tensor)
{
    struct tape_value **place = &tape->recent[tensor->id % TAPE_RECENT];
    struct tape_value *value = *place;
    if (!value || value->tensor != tensor->id || value->version != tensor_version(tensor)) {
        value = value_read(tensor);
        value_unref(*place);
        *place = value;
    }
    if (value) {
        value->references++;
    }
    return value;
}

/* ---- steps ------------------------------------------------------------------------------------- */

/* A chain of steps may be as long as a lesson: those that die wait in a list. */
void tape_step_unref(struct tape_step *step)
{
    struct tape_step *dead = NULL;
    if (step && --step->references == 0) {
        step->next_dead = NULL;
        dead = step;
    }
    while (dead) {
        struct tape_step *one = dead;
        dead = dead->next_dead;
        for (int i = 0; i < one->in_count; i++) {
            struct tape_step *before = one->in[i].step;
            value_unref(one->in[i].value);
            if (before && --before->references == 0) {
                before->next_dead = dead;
                dead = before;
            }
        }
        if (one->attrs) {
            free((void *)(uintptr_t)one->attrs->lengths);
        }
        free(one);
    }
}

void tape_step_refuse(struct tape_step *step, const char *why)
{
    step->op = NULL;
    step->hands_on = false;
    step->why = why;
}

void tape_operand_drop(struct tape_operand *operand)
{
    value_unref(operand->value);
    tape_step_unref(operand->step);
}

struct tape_operand tape_operand_copy(const struct tape_operand *operand)
{
    if (operand->value) {
        operand->value->references++;
    }
    if (operand->step) {
        operand->step->references++;
    }
    return *operand;
}

/* The same as the engine counts: operands beyond the bits are like the last bit's. */
static bool has_edge(const struct op *op, int operand)
{
    return !(op->edgeless >> (operand < 32 ? operand : 31) & 1);
}

/* What the edge says of where the operand came from: the graph, not the tensor, knows what it was
 * before a change in place. */
const char *tape_operand_take(struct tape *tape, struct tape_operand *out,
                              const struct tensor *tensor, const struct node_edge *edge)
{
    const struct node *node = edge->node;
    if (node && !node->variable) {
        out->source = TAPE_STEP;
        out->output = edge->output;
        out->step = node->step;
        if (!out->step) {
            return "a view was changed in place";
        }
        out->step->references++;
        return NULL;
    }
    out->source = node ? TAPE_LEAF : TAPE_CONSTANT;
    out->value = value_of(tape, node ? node->variable : tensor);
    return out->value ? NULL : "a tensor is too large to keep a copy of it";
}

static void take_operands(struct tape *tape, struct tape_step *step,
                          const struct observed_operation *operation)
{
    static const struct node_edge none;
    int edge = 0;
    for (int i = 0; i < operation->in_count; i++) {
        const struct operand *in = &operation->in[i];
        const bool counted = has_edge(operation->op, i);
        const struct node_edge *from = counted ? &operation->node->edges[edge] : &none;
        edge += counted;
        if (in->kind == OPERAND_NUMBER) {
            step->in[i] = (struct tape_operand){ .source = TAPE_NUMBER, .number = in->number };
        } else if (in->kind == OPERAND_TENSOR) {
            const char *const why = tape_operand_take(tape, &step->in[i], in->tensor, from);
            if (why) {
                tape_step_refuse(step, why);
            }
        }
    }
    if (operation->in_place && step->in_count > 0 && step->in[0].source == TAPE_CONSTANT) {
        tape_step_refuse(step, "a tensor was changed in place, and its old value is gone");
    }
}

static void take_attributes(struct tape_step *step, const struct op_attrs *attrs)
{
    *step->attrs = *attrs;
    step->attrs->lengths = NULL;
    if (step->op->id != OP_SPLIT_WITH_SIZES) {
        return;
    }
    int64_t *lengths = memory_allocate((size_t)step->out_count, sizeof(*lengths));
    memcpy(lengths, attrs->lengths, (size_t)step->out_count * sizeof(*lengths));
    step->attrs->lengths = lengths;
}

/* Most operations have no attributes, which are the larger part. */
struct tape_step *tape_step_create(const struct observed_operation *operation)
{
    struct tape_step *step;
    const size_t operands = (size_t)operation->in_count * sizeof(*step->in);
    const bool attributed = operation->attrs && operation->attrs->present;
    step = memory_allocate(1, sizeof(*step) + operands + (attributed ? sizeof(*step->attrs) : 0));
    step->references = 1;
    step->in = (struct tape_operand *)(step + 1);
    step->in_count = operation->in_count;
    step->attrs = attributed ? (struct op_attrs *)((char *)(step + 1) + operands) : NULL;
    step->name = operation->op->node ? operation->op->node : operation->op->name;
    step->op = operation->op;
    step->out_count = operation->out_count;
    if (step->attrs) {
        take_attributes(step, operation->attrs);
    }
    return step;
}

void tape_tracked(struct tape *tape, const struct observed_operation *operation)
{
    /* The observer is shown a node as it is; only what stands for it elsewhere is filled in. */
    struct node *node = (struct node *)(uintptr_t)operation->node;
    struct tape_step *step = tape_step_create(operation);
    step->node_id = node->id;
    step->node = node;
    node->step = step;
    if (node->op != operation->op) {
        tape_step_refuse(step, "a view was changed in place");
        return;
    }
    take_operands(tape, step, operation);
    tape_own_outputs(tape, operation, step);
}

void tape_node_died(struct tape *tape, const struct node *node)
{
    (void)tape;
    if (node->step) {
        node->step->node = NULL;
        tape_step_unref(node->step);
    }
}

/* ---- the whole --------------------------------------------------------------------------------- */

struct tape *tape_create(void)
{
    return memory_allocate(1, sizeof(struct tape));
}

void tape_destroy(struct tape *tape)
{
    if (!tape) {
        return;
    }
    for (size_t i = 0; i < TAPE_RECENT; i++) {
        value_unref(tape->recent[i]);
    }
    for (size_t i = 0; i < tape->walk_count; i++) {
        tape_walk_destroy(tape->walks[i]);
    }
    tape_own_forget(tape);
    free(tape->own.known);
    free(tape->walks);
    free(tape->pending);
    free(tape);
}
