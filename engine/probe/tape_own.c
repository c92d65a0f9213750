/* The forward of a function of the lesson's own (autograd.Function): its operations are not tracked, and
 * still are steps here, found by the tensors that they use. Its node hands on what they made. */

#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/probe/tape_private.h"

static const char lost[] = "a function of the lesson's own cannot be computed again";
static const char as_numbers[] = "a function of the lesson's own takes numbers out of its tensors";
static const char too_large[] = "a tensor is too large to keep a copy of it";

enum { KNOWN_MAX = 4096 }; /* tensors of one forward; a longer one is not kept */

static void give_up(struct tape *tape, const char *why)
{
    tape->own.why = tape->own.why ? tape->own.why : why;
}

static const struct tape_known *find(const struct tape *tape, uint64_t tensor)
{
    for (size_t i = tape->own.count; i-- > 0;) {
        if (tape->own.known[i].tensor == tensor) {
            return &tape->own.known[i];
        }
    }
    return NULL;
}

/* The operand is taken. */
static void learn(struct tape *tape, const struct tensor *tensor, struct tape_operand operand)
{
    struct tape_own *own = &tape->own;
    if (own->count == KNOWN_MAX) {
        give_up(tape, lost);
        tape_operand_drop(&operand);
        return;
    }
    own->known = array_reserve(own->known, &own->capacity, own->count + 1, sizeof(*own->known));
    own->known[own->count++] = (struct tape_known){ tensor->id, tensor_version(tensor), operand };
}

static struct tape_operand constant(struct tape *tape, const struct tensor *tensor)
{
    static const struct node_edge none;
    struct tape_operand operand = { 0 };
    if (tape_operand_take(tape, &operand, tensor, &none)) {
        give_up(tape, too_large);
    }
    return operand;
}

/* A tensor as the forward finds it, `changes` changes in place ago. What is neither its input nor its own
 * doing is a constant to it, whether it requires grad or not. */
static struct tape_operand operand_of(struct tape *tape, const struct tensor *tensor, int changes)
{
    const struct tape_known *known = find(tape, tensor->id);
    if (known && known->version + changes == tensor_version(tensor)) {
        return tape_operand_copy(&known->operand);
    }
    if (known || changes > 0 || tensor->id > tape->own.newest) {
        give_up(tape, lost);
        return (struct tape_operand){ 0 };
    }
    return constant(tape, tensor);
}

/* ---- what a forward does ----------------------------------------------------------------------- */

void tape_own_outputs(struct tape *tape, const struct observed_operation *operation,
                      struct tape_step *step)
{
    for (int i = 0; tape->own.depth > 0 && i < operation->out_count; i++) {
        step->references++;
        learn(tape, operation->out[i],
              (struct tape_operand){ .source = TAPE_STEP, .output = i, .step = step });
    }
}

void tape_operation(struct tape *tape, const struct observed_operation *operation)
{
    if (tape->own.depth == 0 || operation->node || tape->own.why) {
        return;
    }
    struct tensor *const changed = operation->in_place ? operation->out[0] : NULL;
    if (changed && changed->base) {
        give_up(tape, lost);
        return;
    }
    struct tape_step *step = tape_step_create(operation);
    for (int i = 0; i < operation->in_count; i++) {
        const struct operand *in = &operation->in[i];
        if (in->kind == OPERAND_NUMBER) {
            step->in[i] = (struct tape_operand){ .source = TAPE_NUMBER, .number = in->number };
        } else if (in->kind == OPERAND_TENSOR && in->tensor) {
            step->in[i] = operand_of(tape, in->tensor, in->tensor == changed);
        }
    }
    tape_own_outputs(tape, operation, step);
    tape_step_unref(step);
}

void tape_created(struct tape *tape, const struct observed_creation *creation)
{
    if (tape->own.depth == 0 || tape->own.why) {
        return;
    }
    const struct tensor *const source = creation->source;
    if (source && !shape_equal(&source->shape, &creation->tensor->shape)) {
        give_up(tape, lost);
        return;
    }
    learn(tape, creation->tensor,
          source ? operand_of(tape, source, 0) : constant(tape, creation->tensor));
}

void tape_taken(struct tape *tape)
{
    if (tape->own.depth > 0) {
        give_up(tape, as_numbers);
    }
}

/* ---- where it begins and ends ------------------------------------------------------------------ */

void tape_own_forget(struct tape *tape)
{
    for (size_t i = 0; i < tape->own.count; i++) {
        tape_operand_drop(&tape->own.known[i].operand);
    }
    tape->own.count = 0;
    tape->own.why = NULL;
}

void tape_forward_begun(struct tape *tape, const struct observed_forward *forward)
{
    const bool outermost = tape->own.depth++ == 0;
    for (int i = 0; i < forward->in_count; i++) {
        const struct tensor *const tensor = forward->in[i];
        if (outermost) {
            tape->own.newest = tensor->engine->tensor_ids;
        }
        struct tape_operand operand = { 0 };
        const char *const why = tape_operand_take(tape, &operand, tensor, &forward->edges[i]);
        if (why) {
            give_up(tape, why);
        }
        learn(tape, tensor, operand);
    }
}

/* The step that stands for the node, its operands still to come. */
static struct tape_step *handing_on(struct node *node)
{
    const size_t outputs = (size_t)node->output_count;
    struct tape_step *const step = memory_allocate(1, sizeof(*step) + outputs * sizeof(*step->in));
    *step = (struct tape_step){ .references = 1,
                                .node_id = node->id,
                                .hands_on = true,
                                .in = (struct tape_operand *)(step + 1),
                                .in_count = node->output_count,
                                .out_count = node->output_count,
                                .node = node };
    node->step = step;
    return step;
}

/* Its outputs are what the steps of its forward made. */
void tape_applied(struct tape *tape, const struct observed_application *application)
{
    struct node *const node = (struct node *)(uintptr_t)application->node;
    if (tape->own.depth == 0 || !node) {
        return;
    }
    struct tape_step *const step = handing_on(node);
    for (int i = 0; i < application->out_count; i++) {
        const struct tensor *const out = application->out[i];
        if (out->grad_fn == node) {
            step->in[out->output_number] = operand_of(tape, out, 0);
        }
    }
    if (tape->own.why) {
        tape_step_refuse(step, tape->own.why);
    }
}

void tape_forward_ended(struct tape *tape)
{
    if (--tape->own.depth == 0) {
        tape_own_forget(tape);
    }
}
