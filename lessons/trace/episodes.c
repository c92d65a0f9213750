#include "lessons/trace/episodes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "lessons/trace/episode_groups.h"
#include "lessons/trace/places.h"
#include "lessons/trace/state.h"

/* Which group an operation joins:
 *   tracked: those of the nodes that its node points to. Groups that no backward has reached melt
 *     into one. One that a backward has reached keeps to itself: `total = total + loss` joins the
 *     latest loss and does not chain all iterations together.
 *     A small one that no backward has reached stays beside what comes after it: see "dead ends".
 *   untracked: that of its latest input that is a result or a gradient; otherwise a new one.
 * A group of nothing but created tensors (`torch.ones(1)`) melts into the first that uses it, as does what a
 * module cuts such a tensor into (the first states of an LSTM). */

/* From record `since` on, that group is the one to show. */
struct shown {
    uint32_t since;
    int32_t group;
};

/* The first record of a group that stands alone. */
struct place {
    uint32_t first;
    int32_t group;
};

struct episodes {
    const struct trace *trace;
    uint32_t read;

    struct groups groups;
    struct group_map of_tensor; /* that made it or brought its gradient */
    struct group_map shows;     /* the first whose picture has the tensor */
    struct group_map of_node, of_backward;
    struct group_map used_by; /* leaf: the group of the latest tracked operation on it */
    bool *node_reached;       /* by id - 1: a backward can come here */
    size_t reached_count, reached_capacity;

    struct shown *shown;
    size_t shown_count, shown_capacity;

    /* What the outside sees: rebuilt in episodes_update. */
    struct episode *episodes;
    size_t episode_count, episode_capacity;
    struct place *order; /* one for each episode */
    size_t order_capacity;
    size_t *places; /* episode of each group that stands alone */
    size_t place_capacity;
};

struct episodes *episodes_create(const struct trace *trace)
{
    struct episodes *episodes = memory_allocate(1, sizeof(*episodes));
    episodes->trace = trace;
    return episodes;
}

void episodes_destroy(struct episodes *episodes)
{
    if (!episodes) {
        return;
    }
    groups_finish(&episodes->groups);
    free(episodes->of_tensor.items);
    free(episodes->shows.items);
    free(episodes->of_node.items);
    free(episodes->of_backward.items);
    free(episodes->used_by.items);
    free(episodes->node_reached);
    free(episodes->shown);
    free(episodes->episodes);
    free(episodes->order);
    free(episodes->places);
    free(episodes);
}

/* ---- groups --------------------------------------------------------------------------------- */

static struct group *group_at(const struct episodes *episodes, int32_t number)
{
    return &episodes->groups.items[number];
}

/* The group where that id is now. */
static int32_t group_of(const struct episodes *episodes, const struct group_map *map, int64_t id)
{
    return group_alone(&episodes->groups, group_map_at(map, id));
}

static void group_show_tensor(struct episodes *episodes, int32_t number, int64_t tensor)
{
    struct group *group = group_at(episodes, number);
    id_set_add(&group->tensors, &tensor, 1);
    group->dirty = true;
    if (group_map_at(&episodes->shows, tensor) == NO_GROUP) {
        group_map_set(&episodes->shows, tensor, number);
    }
}

static void show(struct episodes *episodes, int32_t group, uint32_t record)
{
    struct group *shown = group_at(episodes, group);
    shown->last = record > shown->last ? record : shown->last;
    const size_t count = episodes->shown_count;
    if (count > 0 && group_alone(&episodes->groups, episodes->shown[count - 1].group) == group) {
        return;
    }
    episodes->shown = array_reserve(episodes->shown, &episodes->shown_capacity, count + 1,
                                    sizeof(*episodes->shown));
    episodes->shown[episodes->shown_count++] = (struct shown){ record, group };
}

/* ---- operations ----------------------------------------------------------------------------- */

typedef void tensor_visitor(struct episodes *episodes, int64_t tensor, void *data);

static void for_each_tensor(struct episodes *episodes, const struct argument *arguments,
                            size_t count, tensor_visitor *visit, void *data)
{
    for (size_t i = 0; i < count; i++) {
        if (arguments[i].kind == ARGUMENT_TENSOR) {
            visit(episodes, arguments[i].id, data);
        }
        for_each_tensor(episodes, arguments[i].items, arguments[i].item_count, visit, data);
    }
}

static void for_each_input(struct episodes *episodes, const struct record_op *op,
                           tensor_visitor *visit, void *data)
{
    for_each_tensor(episodes, op->in, op->in_count, visit, data);
    for_each_tensor(episodes, op->attrs, op->attr_count, visit, data);
}

static int32_t group_for_tracked(struct episodes *episodes, const struct record_node *node)
{
    int32_t open = NO_GROUP, closed = NO_GROUP;
    for (size_t i = 0; i < node->edge_count; i++) {
        const int32_t group = group_of(episodes, &episodes->of_node, node->edges[i].node);
        if (group == NO_GROUP) {
            continue;
        }
        if (group_at(episodes, group)->reached) {
            closed = group_later(&episodes->groups, closed, group);
        } else {
            open = group_merge(&episodes->groups, open, group);
        }
    }
    return open != NO_GROUP ? open : closed;
}

/* What an untracked operation finds among its inputs. */
struct candidates {
    int32_t tracked, untracked;
    size_t all, created; /* inputs, and those of groups of created tensors */
};

static void consider_input(struct episodes *episodes, int64_t id, void *data)
{
    struct candidates *found = data;
    const struct trace_tensor *tensor = trace_tensor(episodes->trace, id);
    const int32_t group = group_of(episodes, &episodes->of_tensor, id);
    const bool is_created = group != NO_GROUP && group_at(episodes, group)->only_created;
    found->all++;
    found->created += is_created;
    if (group == NO_GROUP || is_created) {
        return;
    }
    /* A created tensor that a graph has taken in does not draw everybody else there as well. */
    const struct trace_op *maker = trace_op(episodes->trace, tensor->op);
    const bool created = maker && maker->record->in_count == 0;
    if (!group_at(episodes, group)->tracked) {
        found->untracked = group_merge(&episodes->groups, found->untracked, group);
    } else if (!created) {
        found->tracked = group_later(&episodes->groups, found->tracked, group);
    }
}

static void absorb_created(struct episodes *episodes, int64_t id, void *data)
{
    int32_t *target = data;
    const int32_t group = group_of(episodes, &episodes->of_tensor, id);
    if (group != NO_GROUP && group != *target && group_at(episodes, group)->only_created) {
        *target = group_merge(&episodes->groups, *target, group);
    }
}

static void show_input(struct episodes *episodes, int64_t id, void *data)
{
    const int32_t *target = data;
    group_show_tensor(episodes, *target, id);
}

/* A view of created tensors, in a module: nobody's data is in it. */
static bool only_cuts(const struct trace_op *op, const struct candidates *found)
{
    return op->record->module != 0 && strcmp(op->def->provenance, "affine") == 0 &&
           found->created == found->all;
}

static int32_t group_for_op(struct episodes *episodes, const struct trace_op *op, bool *created)
{
    struct candidates found = { NO_GROUP, NO_GROUP, 0, 0 };
    *created = false;
    if (op->record->node != 0) {
        return group_for_tracked(episodes, trace_node(episodes->trace, op->record->node)->record);
    }
    for_each_input(episodes, op->record, consider_input, &found);
    *created = found.all == 0 || only_cuts(op, &found);
    return found.tracked != NO_GROUP ? found.tracked : found.untracked;
}

/* ---- dead ends ------------------------------------------------------------------------------ */

/* `c = 1000 * x` is no part of what `z = x * x` comes from, and neither is the `y` from which
 * `c = y.detach()` was cut, nor `inside = 3 * x` under no_grad; but in the same cell, or before a cut, whoever still holds such a value
 * looks for it beside the new one. Bounded, or a loop would become one picture: few operations, which
 * no backward has reached, in the same turn of every loop that the new operation is in. A parameter
 * joins nothing: each call of a model would stay beside the next. */
enum { DEAD_END_OPS = 6 };

/* Whether it made something untracked of what is tracked: detach(), or anything under no_grad. */
static bool cuts(const struct trace *trace, const struct trace_op *op)
{
    for (size_t i = 0; op->record->node == 0 && i < op->record->in_count; i++) {
        const struct argument *const in = &op->record->in[i];
        if (in->kind == ARGUMENT_TENSOR &&
            trace_requires_grad_at(trace, trace_tensor(trace, in->id), op->born)) {
            return true;
        }
    }
    return false;
}

/* Whether a name of the lesson still means a result of the group. */
static bool is_held(const struct episodes *episodes, const struct group *group, uint32_t moment)
{
    const struct trace *const trace = episodes->trace;
    for (size_t i = 0; i < group->ops.count; i++) {
        const struct trace_op *const op = trace_op(trace, group->ops.ids[i]);
        const bool cut = cuts(trace, op);
        for (size_t k = 0; k < op->record->out.count; k++) {
            const struct trace_tensor *tensor = trace_tensor(trace, op->record->out.ids[k]);
            if ((tensor->node != 0 || (cut && tensor->op == op->id)) &&
                trace_exists(tensor->born, tensor->gone, moment) &&
                trace_name_at(trace, tensor, moment)[0] != '\0' &&
                !trace_is_renamed(trace, tensor, moment)) {
                return true;
            }
        }
    }
    return false;
}

/* Goes up to the line that called the frame; false for a cell, which nothing called. */
static bool climb(const struct trace *trace, struct trace_position *position)
{
    const struct trace_frame *frame = trace_frame(trace, position->frame);
    return frame && frame->parent != 0 && trace_position_at(trace, frame->born, position);
}

/* Whether the lines of both, in the innermost frame that has executed both, have run equally often;
 * `cells`: what two cells have executed counts as well. */
static bool in_same_turn(const struct trace *trace, const struct trace_op *a,
                         const struct trace_op *b, bool cells)
{
    struct trace_position left, right;
    bool known = trace_position_at(trace, a->born + 1, &left) &&
                 trace_position_at(trace, b->born + 1, &right);
    while (known && left.frame != right.frame) {
        /* A frame has a larger id than the one that called it. */
        if (!climb(trace, left.frame > right.frame ? &left : &right)) {
            return cells;
        }
    }
    return known && left.visit == right.visit;
}

struct dead_end {
    const struct trace_op *op; /* the new one */
    int32_t target;            /* its group */
};

/* The group of what that input hangs on, if it may be a dead end. */
static int32_t before_input(const struct episodes *episodes, const struct dead_end *dead_end,
                            const struct trace_tensor *tensor, bool *cut)
{
    const struct trace *const trace = episodes->trace;
    *cut = !trace_requires_grad_at(trace, tensor, dead_end->op->born);
    if (!*cut) {
        return tensor->node == 0 && !tensor->parameter
                   ? group_of(episodes, &episodes->used_by, tensor->id)
                   : NO_GROUP;
    }
    const struct trace_op *const maker = trace_op(trace, tensor->op);
    return maker && cuts(trace, maker) ? group_of(episodes, &episodes->of_tensor, tensor->id)
                                       : NO_GROUP;
}

static void take_dead_end(struct episodes *episodes, int64_t id, void *data)
{
    struct dead_end *const dead_end = data;
    const struct trace *const trace = episodes->trace;
    bool cut;
    const int32_t number = before_input(episodes, dead_end, trace_tensor(trace, id), &cut);
    if (number == NO_GROUP || number == dead_end->target) {
        return;
    }
    const struct group *const group = group_at(episodes, number);
    if (!group->reached && group->ops.count <= DEAD_END_OPS &&
        (cut || is_held(episodes, group, dead_end->op->born)) &&
        in_same_turn(trace, trace_op(trace, group->ops.ids[group->ops.count - 1]), dead_end->op,
                     cut)) {
        dead_end->target = group_merge(&episodes->groups, dead_end->target, number);
    }
}

static void mark_used(struct episodes *episodes, int64_t id, void *data)
{
    const int32_t *target = data;
    if (trace_tensor(episodes->trace, id)->node == 0) { /* a leaf */
        group_map_set(&episodes->used_by, id, *target);
    }
}

/* The group of a tracked operation, with the dead ends that stay beside it. */
static int32_t keep_dead_ends(struct episodes *episodes, const struct trace_op *op, int32_t target)
{
    struct dead_end dead_end = { op, target };
    if (!group_at(episodes, target)->reached) {
        for_each_input(episodes, op->record, take_dead_end, &dead_end);
    }
    for_each_input(episodes, op->record, mark_used, &dead_end.target);
    return dead_end.target;
}

static void add_op(struct episodes *episodes, const struct trace_op *op)
{
    const struct record_op *record = op->record;
    bool created;
    int32_t target = group_for_op(episodes, op, &created);
    if (target == NO_GROUP) {
        target = group_new(&episodes->groups, op->first);
    }
    if (record->node != 0) {
        target = keep_dead_ends(episodes, op, target);
    } else if (cuts(episodes->trace, op)) {
        for_each_input(episodes, record, mark_used, &target);
    }
    struct group *group = group_at(episodes, target);
    group->tracked |= record->node != 0;
    group->only_created = created;
    id_set_add(&group->ops, &op->id, 1);
    for_each_input(episodes, record, absorb_created, &target);
    for_each_input(episodes, record, show_input, &target);
    for (size_t i = 0; i < record->out.count; i++) {
        group_show_tensor(episodes, target, record->out.ids[i]);
        if (trace_tensor(episodes->trace, record->out.ids[i])->op == op->id) {
            group_map_set(&episodes->of_tensor, record->out.ids[i], target);
        }
    }
    if (record->node != 0) {
        group_map_set(&episodes->of_node, record->node, target);
    }
    show(episodes, target, op->born);
}

/* ---- walks ---------------------------------------------------------------------------------- */

static bool reach(struct episodes *episodes, int64_t node)
{
    episodes->node_reached = array_reserve(episodes->node_reached, &episodes->reached_capacity,
                                           (size_t)node, sizeof(bool));
    while (episodes->reached_count < (size_t)node) {
        episodes->node_reached[episodes->reached_count++] = false;
    }
    const bool first = !episodes->node_reached[node - 1];
    episodes->node_reached[node - 1] = true;
    return first;
}

/* Merges the groups of all nodes below the root. What was reached before needs no second look: all
 * that lies under it was merged then. */
static int32_t merge_reachable(struct episodes *episodes, int64_t root)
{
    struct id_set waiting = { 0 };
    int32_t merged = NO_GROUP;
    id_set_add(&waiting, &root, 1);
    while (waiting.count > 0) {
        const int64_t id = waiting.ids[--waiting.count];
        merged = group_merge(&episodes->groups, merged, group_of(episodes, &episodes->of_node, id));
        if (!reach(episodes, id)) {
            continue;
        }
        const struct record_node *node = trace_node(episodes->trace, id)->record;
        for (size_t i = 0; i < node->edge_count; i++) {
            if (node->edges[i].node != 0) {
                id_set_add(&waiting, &node->edges[i].node, 1);
            }
        }
    }
    free(waiting.ids);
    return merged;
}

/* The group of a root and of all that it came from. */
static int32_t group_of_root(struct episodes *episodes, int64_t id)
{
    const struct trace_tensor *root = trace_tensor(episodes->trace, id);
    return root->node != 0 ? merge_reachable(episodes, root->node)
                           : group_of(episodes, &episodes->of_tensor, id);
}

static void add_backward(struct episodes *episodes, const struct record_backward *backward,
                         uint32_t index)
{
    int32_t target = group_of_root(episodes, backward->root);
    for (size_t i = 0; i < backward->more_count; i++) {
        const int32_t other = group_of_root(episodes, backward->more[i].root);
        target = group_merge(&episodes->groups, group_alone(&episodes->groups, target), other);
    }
    if (target == NO_GROUP) {
        target = group_new(&episodes->groups, index);
    }
    struct group *group = group_at(episodes, target);
    group->reached = true;
    group->only_created = false;
    id_set_add(&group->backwards, &backward->backward, 1);
    group_show_tensor(episodes, target, backward->root);
    group_map_set(&episodes->of_backward, backward->backward, target);
    group_map_set(&episodes->of_tensor, backward->grad, target);
    for (size_t i = 0; i < backward->more_count; i++) {
        group_show_tensor(episodes, target, backward->more[i].root);
        group_map_set(&episodes->of_tensor, backward->more[i].grad, target);
    }
    show(episodes, target, index);
}

static void add_visit(struct episodes *episodes, const struct record_visit *visit, uint32_t index)
{
    const int32_t target = group_of(episodes, &episodes->of_backward, visit->backward);
    for (size_t i = 0; i < visit->in.count; i++) {
        if (visit->in.ids[i] != 0) {
            group_map_set(&episodes->of_tensor, visit->in.ids[i], target);
        }
    }
    for (size_t i = 0; i < visit->edge_count; i++) {
        if (visit->edges[i].grad != 0) {
            group_map_set(&episodes->of_tensor, visit->edges[i].grad, target);
        }
    }
    show(episodes, target, index);
}

static void add_accumulate(struct episodes *episodes, const struct record_accumulate *accumulate,
                           uint32_t index)
{
    const int32_t target = group_of(episodes, &episodes->of_backward, accumulate->backward);
    group_map_set(&episodes->of_tensor, accumulate->total, target);
    show(episodes, target, index);
}

static void read_record(struct episodes *episodes, const struct record *record, uint32_t index)
{
    int32_t group = NO_GROUP;
    if (record->kind == RECORD_OP) {
        add_op(episodes, trace_op(episodes->trace, record->op.op));
    } else if (record->kind == RECORD_BACKWARD) {
        add_backward(episodes, &record->backward, index);
    } else if (record->kind == RECORD_VISIT) {
        add_visit(episodes, &record->visit, index);
    } else if (record->kind == RECORD_ACCUMULATE) {
        add_accumulate(episodes, &record->accumulate, index);
    } else if (record->kind == RECORD_ERROR) {
        group = group_of(episodes, &episodes->of_node, record->error.node);
    } else if (record->kind == RECORD_BACKWARD_END) {
        group = group_of(episodes, &episodes->of_backward, record->backward_end.backward);
    }
    if (group != NO_GROUP) {
        show(episodes, group, index);
    }
}

/* ---- what the outside sees ------------------------------------------------------------------ */

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* They mostly come sorted: a group begins later than those made before it, but for the few that
 * have taken in an older one. */
static void sort_order(struct place *order, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (order[i - 1].first > order[i].first) {
            qsort(order, count, sizeof(*order), compare_places);
            return;
        }
    }
}

static size_t collect_order(struct episodes *episodes)
{
    size_t count = 0;
    episodes->order = array_reserve(episodes->order, &episodes->order_capacity,
                                    episodes->groups.count, sizeof(*episodes->order));
    for (size_t i = 0; i < episodes->groups.count; i++) {
        if (group_at(episodes, i)->melted_into == (int32_t)i) {
            episodes->order[count++] =
                (struct place){ group_at(episodes, (int32_t)i)->first, (int32_t)i };
        }
    }
    sort_order(episodes->order, count);
    return count;
}

static void publish(struct episodes *episodes)
{
    const size_t count = collect_order(episodes);
    episodes->episodes = array_reserve(episodes->episodes, &episodes->episode_capacity, count,
                                       sizeof(*episodes->episodes));
    episodes->places = array_reserve(episodes->places, &episodes->place_capacity,
                                     episodes->groups.count, sizeof(*episodes->places));
    for (size_t i = 0; i < count; i++) {
        struct group *group = group_at(episodes, episodes->order[i].group);
        group_tidy(group);
        episodes->places[episodes->order[i].group] = i;
        episodes->episodes[i] = (struct episode){ .first = group->first,
                                                  .last = group->last,
                                                  .ops = group->ops.ids,
                                                  .op_count = group->ops.count,
                                                  .tensors = group->tensors.ids,
                                                  .tensor_count = group->tensors.count,
                                                  .backwards = group->backwards.ids,
                                                  .backward_count = group->backwards.count,
                                                  .tracked = group->tracked };
    }
    episodes->episode_count = count;
}

void episodes_update(struct episodes *episodes)
{
    const uint32_t count = trace_record_count(episodes->trace);
    if (episodes->read == count) {
        return;
    }
    for (; episodes->read < count; episodes->read++) {
        read_record(episodes, trace_record(episodes->trace, episodes->read), episodes->read);
    }
    publish(episodes);
}

size_t episodes_count(const struct episodes *episodes)
{
    return episodes->episode_count;
}

const struct episode *episodes_at(const struct episodes *episodes, size_t index)
{
    assert(index < episodes->episode_count);
    return &episodes->episodes[index];
}

static size_t place_of(const struct episodes *episodes, int32_t number)
{
    const int32_t group = group_alone(&episodes->groups, number);
    return group == NO_GROUP ? SIZE_MAX : episodes->places[group];
}

size_t episodes_index_at(const struct episodes *episodes, uint32_t moment)
{
    size_t low = 0, high = episodes->shown_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (episodes->shown[middle].since < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? place_of(episodes, episodes->shown[low - 1].group) : SIZE_MAX;
}

size_t episodes_of_tensor(const struct episodes *episodes, int64_t tensor)
{
    int32_t group = group_map_at(&episodes->of_tensor, tensor);
    if (group == NO_GROUP) {
        group = group_map_at(&episodes->shows, tensor);
    }
    return place_of(episodes, group);
}
