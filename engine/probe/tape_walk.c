#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/probe/tape_private.h"

enum {
    FIRST_KEPT = 8, /* walks that stay although later ones come */
    WALKS_MAX = 256,
    BYTES_MAX = 32 << 20,
};

/* ---- what a walk is made of -------------------------------------------------------------------- */

static void give_up(struct tape_walk *walk, const char *node, const char *why)
{
    if (!walk->why) {
        walk->why = why;
        walk->node = node;
    }
}

static double *read_doubles(const struct tensor *tensor)
{
    double *out = memory_allocate((size_t)tensor->count + 1, sizeof(*out));
    if (!tensor_read_real(tensor, out, NULL)) {
        free(out);
        return NULL;
    }
    return out;
}

size_t tape_leaf_find(const struct tape_walk *walk, uint64_t tensor)
{
    for (size_t i = 0; i < walk->leaf_count; i++) {
        if (walk->leaves[i].tensor == tensor) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void add_leaf(struct tape_walk *walk, const struct tape_value *value)
{
    if (tape_leaf_find(walk, value->tensor) != SIZE_MAX) {
        return;
    }
    walk->leaves = array_reserve(walk->leaves, &walk->leaf_capacity, walk->leaf_count + 1,
                                 sizeof(*walk->leaves));
    walk->leaves[walk->leaf_count++] =
        (struct tape_leaf){ .tensor = value->tensor, .value = value };
}

static bool has_hooks(const struct node *node)
{
    bool hooked = node->hooks != NULL;
    for (int i = 0; i < node->output_count; i++) {
        hooked = hooked || node->outputs[i].hooks;
    }
    return hooked;
}

/* The step's operands are in the walk. */
static void add_step(struct tape_walk *walk, struct tape_step *step)
{
    if (step->why) {
        give_up(walk, step->name, step->why);
    }
    if (step->node && has_hooks(step->node)) {
        walk->hooked = true;
    }
    for (int i = 0; i < step->in_count; i++) {
        if (step->in[i].source == TAPE_LEAF && step->in[i].value) {
            add_leaf(walk, step->in[i].value);
        }
        if (step->in[i].value) {
            const struct tape_value *value = step->in[i].value;
            walk->bytes += (size_t)value->count * dtype_size(value->dtype);
        }
    }
    walk->bytes += sizeof(*step) + (size_t)step->in_count * sizeof(*step->in);
    walk->steps = array_reserve(walk->steps, &walk->step_capacity, walk->step_count + 1,
                                sizeof(*walk->steps));
    step->place = walk->step_count;
    step->references++;
    walk->steps[walk->step_count++] = step;
}

static void push(struct tape *tape, size_t *count, struct tape_step *step)
{
    tape->pending =
        array_reserve(tape->pending, &tape->pending_capacity, *count + 1, sizeof(*tape->pending));
    tape->pending[(*count)++] = (struct tape_pending){ .step = step };
    step->mark = tape->marks;
}

/* Depth first, operands before what is made of them. */
static void collect(struct tape *tape, struct tape_walk *walk, struct tape_step *root)
{
    size_t count = 0;
    if (root->mark == tape->marks) {
        return;
    }
    push(tape, &count, root);
    while (count > 0) {
        struct tape_pending *top = &tape->pending[count - 1];
        if (top->next == top->step->in_count) {
            add_step(walk, top->step);
            count--;
            continue;
        }
        struct tape_step *before = top->step->in[top->next++].step;
        if (before && before->mark != tape->marks) {
            push(tape, &count, before);
        }
    }
}

static void take_root(struct tape *tape, struct tape_walk *walk, const struct tensor *tensor,
                      const struct tensor *gradient)
{
    struct tape_root *root = &walk->roots[walk->root_count++];
    *root = (struct tape_root){
        .step = SIZE_MAX,
        .output = tensor->output_number,
        .leaf = SIZE_MAX,
        .count = tensor->count,
        .value = read_doubles(tensor),
        .gradient = read_doubles(gradient),
    };
    const struct node *node = tensor->grad_fn;
    if (!root->value || !root->gradient) {
        give_up(walk, NULL, "the numbers that backward began with cannot be read");
    } else if (!node) {
        give_up(walk, NULL, "backward began at a leaf");
    } else if (!node->step) {
        give_up(walk, NULL, "what backward began at was not made by an operation");
    } else {
        collect(tape, walk, node->step);
        root->step = node->step->place;
    }
}

void tape_walk_destroy(struct tape_walk *walk)
{
    for (size_t i = 0; i < walk->step_count; i++) {
        tape_step_unref(walk->steps[i]);
    }
    for (size_t i = 0; i < walk->leaf_count; i++) {
        free(walk->leaves[i].gradient);
    }
    for (size_t i = 0; i < walk->root_count; i++) {
        free(walk->roots[i].value);
        free(walk->roots[i].gradient);
    }
    free(walk->steps);
    free(walk->leaves);
    free(walk->roots);
    free(walk);
}

/* ---- which are kept ---------------------------------------------------------------------------- */

/* The walk at that place goes: those after it move up, and the one before it gets another neighbour. */
static void move_unlike(struct tape *tape, size_t index)
{
    if (index > FIRST_KEPT && index <= tape->unlike) {
        tape->unlike = index - 1;
    } else if (index <= FIRST_KEPT && tape->unlike > 0) {
        tape->unlike--;
    }
}

static void drop_walk(struct tape *tape, size_t index)
{
    move_unlike(tape, index);
    tape->bytes -= tape->walks[index]->bytes;
    tape_walk_destroy(tape->walks[index]);
    tape->walk_count--;
    memmove(&tape->walks[index], &tape->walks[index + 1],
            (tape->walk_count - index) * sizeof(struct tape_walk *));
}

static bool same_leaves(const struct tape_walk *a, const struct tape_walk *b)
{
    for (size_t i = 0; i < a->leaf_count && a->leaf_count == b->leaf_count; i++) {
        if (a->leaves[i].tensor != b->leaves[i].tensor) {
            return false;
        }
    }
    return a->leaf_count == b->leaf_count;
}

/* The first few are those that a class looks at closely; of the others the latest, and of each model that
 * was trained before the last walk, as long as there are others. */
static size_t walk_to_drop(struct tape *tape)
{
    const size_t first = tape->walk_count > FIRST_KEPT + 1 ? FIRST_KEPT : 0;
    size_t at = first > 0 && tape->unlike > first ? tape->unlike : first;
    while (at + 1 < tape->walk_count && !same_leaves(tape->walks[at], tape->walks[at + 1])) {
        at++;
    }
    tape->unlike = first > 0 ? at : 0;
    return at + 1 < tape->walk_count ? at : first;
}

static void make_room(struct tape *tape)
{
    while (tape->walk_count > 1 && (tape->walk_count > WALKS_MAX || tape->bytes > BYTES_MAX)) {
        drop_walk(tape, walk_to_drop(tape));
    }
}

static struct tape_walk *walk_of(struct tape *tape, uint64_t id)
{
    for (size_t i = tape->walk_count; i-- > 0;) {
        if (tape->walks[i]->id == id) {
            return tape->walks[i];
        }
    }
    return NULL;
}

void tape_backward(struct tape *tape, const struct observed_backward *backward)
{
    struct tape_walk *walk = memory_allocate(1, sizeof(*walk));
    walk->id = backward->walk;
    walk->roots = memory_allocate((size_t)backward->root_count, sizeof(*walk->roots));
    tape->marks++;
    for (int i = 0; i < backward->root_count; i++) {
        take_root(tape, walk, backward->roots[i], backward->gradients[i]);
    }
    tape->walks = array_reserve(tape->walks, &tape->walk_capacity, tape->walk_count + 1,
                                sizeof(struct tape_walk *));
    tape->walks[tape->walk_count++] = walk;
    tape->bytes += walk->bytes;
    make_room(tape);
}

/* A walk that failed half-way has no answer to compare with. */
void tape_backward_ended(struct tape *tape, uint64_t id, const struct node *failed)
{
    for (size_t i = tape->walk_count; i-- > 0;) {
        if (tape->walks[i]->id == id && failed) {
            drop_walk(tape, i);
            return;
        }
        if (tape->walks[i]->id == id) {
            tape->walks[i]->ended = true;
            return;
        }
    }
}

/* ---- what arrived at the leaves ---------------------------------------------------------------- */

static void add_gradient(struct tape_leaf *leaf, const struct tensor *share)
{
    double *numbers = read_doubles(share);
    if (!leaf->gradient) {
        leaf->gradient = numbers;
        return;
    }
    for (int64_t i = 0; numbers && i < share->count; i++) {
        leaf->gradient[i] += numbers[i];
    }
    free(numbers);
}

static void set_gradient(struct tape_leaf *leaf, const struct tensor *share)
{
    if (!leaf->gradient) {
        leaf->gradient = read_doubles(share);
    } else if (!tensor_read_real(share, leaf->gradient, NULL)) {
        free(leaf->gradient);
        leaf->gradient = NULL;
    }
}

static struct tape_leaf *leaf_of(struct tape *tape, uint64_t id, const struct tensor *tensor)
{
    struct tape_walk *walk = walk_of(tape, id);
    const size_t index = walk ? tape_leaf_find(walk, tensor->id) : SIZE_MAX;
    if (index == SIZE_MAX) {
        return NULL;
    }
    walk->hooked = walk->hooked || tensor->hooks;
    return &walk->leaves[index];
}

/* Where gradients are handed out and not accumulated (autograd.grad), the sum of the paths is all
 * there is to compare with. */
void tape_visited(struct tape *tape, const struct observed_visit *visit)
{
    for (int e = 0; e < visit->node->edge_count; e++) {
        const struct node *to = visit->node->edges[e].node;
        if (!visit->contributions[e] || !to || !to->variable) {
            continue;
        }
        struct tape_leaf *leaf = leaf_of(tape, visit->walk, to->variable);
        if (leaf && !leaf->accumulated && visit->contributions[e]->count == leaf->value->count) {
            add_gradient(leaf, visit->contributions[e]);
        }
    }
}

/* What is accumulated is the sum to the digit. */
void tape_accumulated(struct tape *tape, const struct observed_accumulation *accumulation)
{
    struct tape_leaf *leaf = leaf_of(tape, accumulation->walk, accumulation->tensor);
    if (leaf && accumulation->contribution->count == leaf->value->count) {
        leaf->accumulated = true;
        set_gradient(leaf, accumulation->contribution);
    }
}

/* ---- looking ----------------------------------------------------------------------------------- */

size_t tape_walk_count(const struct tape *tape)
{
    return tape->walk_count;
}

const struct tape_walk *tape_walk_at(const struct tape *tape, size_t index)
{
    return tape->walks[index];
}

const struct tape_walk *tape_walk_find(const struct tape *tape, uint64_t id)
{
    for (size_t i = tape->walk_count; i-- > 0;) {
        if (tape->walks[i]->id == id) {
            return tape->walks[i];
        }
    }
    return NULL;
}
