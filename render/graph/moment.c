#include "render/graph/moment.h"

#include "lessons/trace/versions.h"
#include "render/ledger/chain.h"

struct reader {
    struct graph_moment *out;
    const struct graph_model *model;
    const struct view *view;
    const struct trace *trace;
    uint32_t at;
    const struct record *step; /* NULL before the first stop */
    uint32_t step_record, previous_record;
    uint32_t previous;                /* the moment of the stop before this one */
    uint32_t gone_until, gone_before; /* what was let go of by now, and by the stop before */
};

static bool step_is(const struct reader *reader, enum step_kind kind)
{
    return reader->step && reader->out->step == kind;
}

/* ---- .grad ----------------------------------------------------------------------------------- */

/* The latest accumulation into the tensor before the moment; its record number, or NEVER. */
static uint32_t last_accumulation(const struct reader *reader, int64_t tensor)
{
    size_t count;
    const uint32_t *records = trace_records_of(reader->trace, RECORD_ACCUMULATE, &count);
    for (size_t i = count; i > 0; i--) {
        if (records[i - 1] < reader->at &&
            trace_record(reader->trace, records[i - 1])->accumulate.tensor == tensor) {
            return records[i - 1];
        }
    }
    return NEVER;
}

/* `18 + 18 = 36`: when nothing has touched the .grad since it was added to. */
static void read_sum(const struct reader *reader, struct drawer_moment *drawer,
                     const struct trace_tensor *tensor, const struct trace_tensor *total)
{
    const uint32_t record = last_accumulation(reader, tensor->id);
    if (record == NEVER || drawer->total->since > record) {
        return;
    }
    const struct record_accumulate *added = &trace_record(reader->trace, record)->accumulate;
    const struct trace_tensor *earlier = trace_grad_at(reader->trace, tensor, record);
    const struct trace_tensor *grad = trace_tensor(reader->trace, added->grad);
    if (!earlier || !grad || added->total != total->id) {
        return;
    }
    /* The total's new value stands directly before the accumulation. */
    drawer->before = trace_value_at(earlier, record - 1);
    drawer->added = trace_value_at(grad, record);
}

/* `w.grad.zero_()`: an operation that wrote into what is the .grad now. */
static bool op_writes_grad(const struct reader *reader, const struct trace_tensor *tensor)
{
    const struct trace_tensor *grad = trace_grad_at(reader->trace, tensor, reader->at);
    const struct id_list *out = &reader->step->op.out;
    for (size_t i = 0; grad && i < out->count; i++) {
        if (out->ids[i] == grad->id) {
            return true;
        }
    }
    return false;
}

/* zero_grad is one step for all that it clears. */
static bool update_changes_drawer(const struct reader *reader, const struct trace_tensor *tensor)
{
    for (size_t i = tensor->grad_count; i > 0; i--) {
        const uint32_t since = tensor->grads[i - 1].since;
        if (since < reader->at) {
            return since >= reader->previous;
        }
    }
    return false;
}

/* A new value in the same .grad: zero_grad(set_to_none=False). */
static bool total_is_new(const struct reader *reader, const struct trace_tensor *tensor)
{
    const struct trace_tensor *total = trace_grad_at(reader->trace, tensor, reader->at);
    const struct trace_value *value = total ? trace_value_at(total, reader->at) : NULL;
    return value && value->since >= reader->previous;
}

static bool step_changes_drawer(const struct reader *reader, const struct trace_tensor *tensor)
{
    if (step_is(reader, STEP_OP)) {
        return op_writes_grad(reader, tensor);
    }
    if (step_is(reader, STEP_ACCUMULATE)) {
        return reader->step->accumulate.tensor == tensor->id;
    }
    return step_is(reader, STEP_UPDATE) && reader->step->kind == RECORD_UPDATE &&
           (update_changes_drawer(reader, tensor) || total_is_new(reader, tensor));
}

/* What zero_grad or the like has thrown away. */
static const struct trace_value *read_emptied(const struct reader *reader,
                                              const struct trace_tensor *tensor)
{
    const struct trace_tensor *was = trace_grad_at(reader->trace, tensor, reader->previous);
    return was ? trace_value_at(was, reader->previous) : NULL;
}

static struct drawer_moment read_drawer(const struct reader *reader,
                                        const struct trace_tensor *tensor)
{
    struct drawer_moment drawer = { .fresh = step_changes_drawer(reader, tensor) };
    const struct trace_tensor *total = trace_grad_at(reader->trace, tensor, reader->at);
    if (total) {
        drawer.total = trace_value_at(total, reader->at);
    }
    if (drawer.total) {
        read_sum(reader, &drawer, tensor, total);
    } else if (drawer.fresh) {
        drawer.emptied = read_emptied(reader, tensor);
    }
    return drawer;
}

/* ---- gradients that arrive ------------------------------------------------------------------- */

static const struct trace_value *value_of(const struct reader *reader, int64_t tensor)
{
    const struct trace_tensor *found = trace_tensor(reader->trace, tensor);
    return found ? trace_value_at(found, NEVER) : NULL;
}

static bool visit_feeds(const struct reader *reader, const struct trace_arrival *arrival)
{
    if (!step_is(reader, STEP_VISIT)) {
        return false;
    }
    for (size_t i = 0; i < arrival->part_count; i++) {
        if (arrival->parts[i].visit == reader->step_record) {
            return true;
        }
    }
    return false;
}

/* Gradients come back along several paths and are summed before anything else happens to them. The
 * sum is the engine's own, written when the node is visited; it is shown as soon as its last part
 * has come, and only then. */
static void read_arrival(const struct reader *reader, struct card_moment *card,
                         const struct trace_tensor *tensor, int64_t node)
{
    const struct trace_backward *backward = reader->out->backward;
    if (backward->record->root == tensor->id && node == trace_grad_fn_at(tensor, backward->born)) {
        card->arrived = value_of(reader, backward->record->grad);
        card->arrived_fresh = step_is(reader, STEP_BACKWARD);
        return;
    }
    struct arena *arena = reader->view->arena;
    const struct trace_arrival now =
        trace_arrival_of(reader->trace, tensor, node, backward, reader->at, arena);
    const struct trace_arrival whole = trace_arrival_of(reader->trace, tensor, node, backward,
                                                        trace_record_count(reader->trace), arena);
    card->part_count = now.part_count;
    card->parts_in_all = whole.part_count;
    card->parts = arena_allocate(arena, now.part_count + 1, sizeof(const struct trace_value *));
    for (size_t i = 0; i < now.part_count; i++) {
        card->parts[i] = value_of(reader, now.parts[i].grad);
    }
    card->arrived_fresh = visit_feeds(reader, &now);
    card->arrived =
        value_of(reader, chain_sum(&reader->view->runs[0], tensor, node, backward, &now, arena));
}

/* ---- cards ----------------------------------------------------------------------------------- */

static void read_parameters(const struct reader *reader, const struct graph_card *from,
                            struct card_moment *card)
{
    const size_t count = (size_t)from->parameter_count;
    if (count == 0) {
        return;
    }
    card->parameters = arena_allocate(reader->view->arena, count, sizeof(*card->parameters));
    card->parameter_values =
        arena_allocate(reader->view->arena, count, sizeof(*card->parameter_values));
    for (size_t i = 0; i < count; i++) {
        const struct trace_tensor *tensor = trace_tensor(reader->trace, from->parameters[i].tensor);
        if (tensor) {
            card->parameters[i] = read_drawer(reader, tensor);
            card->parameter_values[i] = trace_value_at(tensor, reader->at);
        }
    }
}

/* Written since the stop before this one. */
static bool value_is_fresh(const struct reader *reader, const struct trace_value *value)
{
    return value && reader->step && value->since >= reader->previous_record &&
           value->since <= reader->step_record;
}

/* The walk of the node's latest visit before the moment; NULL: none came. */
static const struct trace_backward *last_walk_through(const struct reader *reader,
                                                      const struct trace_node *node)
{
    for (size_t i = node->visit_count; i > 0; i--) {
        if (node->visits[i - 1] < reader->at) {
            return trace_backward(reader->trace,
                                  trace_record(reader->trace, node->visits[i - 1])->visit.backward);
        }
    }
    return NULL;
}

static struct saved_moment read_saved(const struct reader *reader, const struct trace_node *node)
{
    const struct trace_backward *walk = last_walk_through(reader, node);
    struct saved_moment saved = { .freed = trace_freed_at(node, reader->at) ||
                                           node->gone < reader->gone_until };
    saved.kept = walk && !saved.freed && walk->record->retain_graph;
    saved.stored = step_is(reader, STEP_OP) && reader->step->op.node == node->id;
    saved.passed = step_is(reader, STEP_VISIT) && reader->step->visit.node == node->id;
    return saved;
}

/* Of what a closed box keeps for backward; its nodes stand in the order in which they were made. */
static void read_inside(const struct reader *reader, const struct graph_group *group,
                        struct card_moment *card)
{
    card->inside =
        arena_allocate(reader->view->arena, (size_t)group->node_count + 1, sizeof(*card->inside));
    for (int i = 0; i < group->node_count; i++) {
        const struct trace_node *const node = trace_node(reader->trace, group->nodes[i]);
        if (node->born >= reader->at) {
            break;
        }
        card->inside[card->inside_count++] = read_saved(reader, node);
    }
}

/* The record that took the last of tensor and node from the world; NEVER while one is there. */
static uint32_t gone_since(const struct trace_tensor *tensor, const struct trace_node *node)
{
    const uint32_t first = tensor ? tensor->gone : node ? node->gone : NEVER;
    return node && node->gone > first ? node->gone : first;
}

/* Results and nodes of a graph; what stands around them follows in settle_ends. */
static void read_end(const struct reader *reader, const struct graph_card *from,
                     struct card_moment *card)
{
    const struct trace_node *node = trace_node(reader->trace, from->node);
    const uint32_t gone = gone_since(trace_tensor(reader->trace, from->tensor), node);
    card->gone = node && gone < reader->gone_until;
    card->fading = card->gone && gone >= reader->gone_before;
}

/* Whether it is only there for what it went into: a number of the code, or a tensor that nobody holds. */
static bool goes_along(const struct reader *reader, int card)
{
    const struct graph_card *from = &reader->model->cards[card];
    const struct trace_tensor *tensor = trace_tensor(reader->trace, from->tensor);
    return from->kind == CARD_CONSTANT ||
           (from->kind == CARD_LEAF && tensor && tensor->gone < reader->gone_until);
}

/* What went into something that is still there does not fade before it. Results stand after their
 * operands, and so do the edges to them. */
static void settle_ends(const struct reader *reader)
{
    const struct graph_model *model = reader->model;
    struct card_moment *cards = reader->out->cards;
    for (int i = model->edge_count; i > 0; i--) {
        const struct graph_edge *edge = &model->edges[i - 1];
        if (cards[edge->to].gone && goes_along(reader, edge->from)) {
            cards[edge->from].gone = true;
            cards[edge->from].fading = cards[edge->to].fading;
        }
    }
    for (int i = model->edge_count; i > 0; i--) {
        const struct graph_edge *edge = &model->edges[i - 1];
        if (cards[edge->to].visible && !cards[edge->to].gone && !edge->cut) {
            cards[edge->from].gone = cards[edge->from].fading = false;
        }
    }
}

/* A tensor that is changed in place has a card for each of its values: those with a node get what comes to
 * that, of others the walk came to the one that was there when it began. */
static bool stands_in_walk(const struct trace_backward *walk, const struct graph_card *card)
{
    return card->born < walk->born && (card->node != 0 || walk->born < card->until);
}

static void read_card(const struct reader *reader, const struct graph_card *from,
                      struct card_moment *card)
{
    card->visible = from->born < reader->at;
    if (!card->visible) {
        return;
    }
    const struct trace_tensor *tensor = trace_tensor(reader->trace, from->tensor);
    const struct trace_node *node = trace_node(reader->trace, from->node);
    if (from->group) {
        read_inside(reader, from->group, card);
    } else if (node) {
        card->saved = read_saved(reader, node);
    }
    read_end(reader, from, card);
    read_parameters(reader, from, card);
    if (!tensor || (from->group && from->group->made >= reader->at)) {
        return;
    }
    const uint32_t until = from->until < reader->at ? from->until : reader->at;
    card->value = trace_value_at(tensor, until);
    card->value_fresh = value_is_fresh(reader, card->value);
    if (from->drawer) {
        card->drawer = read_drawer(reader, tensor);
    }
    if (reader->out->backward && stands_in_walk(reader->out->backward, from)) {
        const int64_t begun = trace_grad_fn_at(tensor, reader->out->backward->born);
        card->root = reader->out->backward->record->root == tensor->id && from->until == NEVER &&
                     (from->node == 0 || from->node == begun);
        read_arrival(reader, card, tensor, from->node ? from->node : begun);
    }
}

/* ---- edges ----------------------------------------------------------------------------------- */

/* The node's visit in the walk on show, by the moment; its record number, or NEVER. */
static uint32_t find_visit(const struct reader *reader, const struct trace_node *node)
{
    for (size_t i = node->visit_count; i > 0; i--) {
        const uint32_t record = node->visits[i - 1];
        if (record < reader->at &&
            trace_record(reader->trace, record)->visit.backward == reader->out->backward->id) {
            return record;
        }
    }
    return NEVER;
}

static void read_contribution(const struct reader *reader, const struct graph_wire *wire,
                              struct edge_moment *edge)
{
    const struct trace_node *node = trace_node(reader->trace, wire->node);
    const uint32_t record = node && reader->out->backward ? find_visit(reader, node) : NEVER;
    if (record == NEVER) {
        return;
    }
    const struct record_visit *visit = &trace_record(reader->trace, record)->visit;
    if ((size_t)wire->node_edge >= visit->edge_count || !visit->edges[wire->node_edge].grad) {
        return;
    }
    const struct visit_edge *back = &visit->edges[wire->node_edge];
    const size_t output = (size_t)wire->output;
    edge->contribution = value_of(reader, back->grad);
    if (reader->model->level == GRAPH_MATHEMATICS) {
        edge->contribution =
            graph_output_share(reader->trace, wire, visit, edge->contribution, reader->view->arena);
    }
    if (!edge->contribution) {
        return;
    }
    edge->upstream = output < visit->in.count ? value_of(reader, visit->in.ids[output]) : NULL;
    edge->local_is_number = back->local_is_number;
    edge->local_number = back->local_number;
    const struct trace_tensor *local = trace_tensor(reader->trace, back->local_tensor);
    edge->local = local ? trace_value_at(local, record) : NULL;
    edge->running = edge->running || record == reader->step_record;
}

static bool runs_now(const struct reader *reader, const struct graph_wire *wire)
{
    return step_is(reader, STEP_OP) && wire->op == reader->step->op.op;
}

/* Several lines that became one: it runs when one of them does, and has no number of its own. */
static void read_more(const struct reader *reader, const struct graph_edge *from,
                      struct edge_moment *edge)
{
    for (int i = 0; i < from->more_count; i++) {
        edge->fresh = edge->fresh || runs_now(reader, &from->more[i]);
        if (from->more[i].node) {
            read_contribution(reader, &from->more[i], edge);
        }
    }
    edge->many = from->more_count > 0;
}

static void read_edge(const struct reader *reader, const struct graph_edge *from,
                      struct edge_moment *edge)
{
    edge->visible = reader->out->cards[from->from].visible && reader->out->cards[from->to].visible;
    if (!edge->visible) {
        return;
    }
    edge->fresh = runs_now(reader, &from->wire);
    const struct card_moment *source = &reader->out->cards[from->from];
    const struct card_moment *result = &reader->out->cards[from->to];
    edge->gone = source->gone || result->gone;
    edge->fading =
        edge->gone && (!source->gone || source->fading) && (!result->gone || result->fading);
    if (from->wire.node) {
        read_contribution(reader, &from->wire, edge);
    }
    read_more(reader, from, edge);
    /* Into a closed box: the factors of the product stand in there. */
    if (reader->model->cards[from->to].kind == CARD_GROUP) {
        edge->upstream = NULL;
        edge->local = NULL;
        edge->local_is_number = false;
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* The first root of the walk that has a card in this picture; 0: none has. */
static int64_t root_on_show(const struct reader *reader, const struct record_backward *walk)
{
    if (graph_model_find_tensor(reader->model, walk->root, reader->at) >= 0) {
        return walk->root;
    }
    for (size_t i = 0; i < walk->more_count; i++) {
        if (graph_model_find_tensor(reader->model, walk->more[i].root, reader->at) >= 0) {
            return walk->more[i].root;
        }
    }
    return 0;
}

/* The walk on show is the latest that started from a card of this picture. */
static void find_walk(struct reader *reader)
{
    size_t count;
    const uint32_t *records = trace_records_of(reader->trace, RECORD_BACKWARD, &count);
    for (size_t i = count; i > 0; i--) {
        if (records[i - 1] >= reader->at) {
            continue;
        }
        const struct record_backward *walk = &trace_record(reader->trace, records[i - 1])->backward;
        const int64_t id = root_on_show(reader, walk);
        if (id != 0) {
            const struct trace_tensor *root = trace_tensor(reader->trace, id);
            reader->out->backward = trace_backward(reader->trace, walk->backward);
            reader->out->root = trace_tensor_label(reader->trace, root, reader->view->arena);
            return;
        }
    }
}

static void find_step(struct reader *reader)
{
    const struct run_view *run = &reader->view->runs[0];
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, reader->at);
    reader->step_record = NEVER;
    if (index != SIZE_MAX) {
        reader->step_record = stops_at(run->stops, STOP_OPERATION, index)->record;
        reader->step = trace_record(reader->trace, reader->step_record);
        reader->gone_until = run_gone_until(run, index);
    }
    if (index != SIZE_MAX && index > 0) {
        const struct stop *before = stops_at(run->stops, STOP_OPERATION, index - 1);
        reader->previous_record = before->record;
        reader->previous = before->moment;
        reader->gone_before = run_gone_until(run, index - 1);
    }
}

static void mark_current(const struct reader *reader)
{
    const int about =
        reader->step ? step_card(reader->model, reader->trace, reader->step, reader->at) : -1;
    if (about >= 0 && reader->out->step != STEP_OTHER) {
        reader->out->cards[about].current = true;
    }
}

void graph_moment_read(struct graph_moment *moment, const struct graph_model *model,
                       const struct view *view, uint32_t at)
{
    struct arena *arena = view->arena;
    *moment = (struct graph_moment){ .moment = at, .root = "" };
    struct reader reader = {
        .out = moment, .model = model, .view = view, .trace = view->runs[0].trace, .at = at
    };
    moment->focus = graph_moment_focus(model, &view->runs[0], at, &moment->step);
    moment->error = trace_error_at(reader.trace, at);
    moment->cards = arena_allocate(arena, (size_t)model->card_count + 1, sizeof(*moment->cards));
    moment->edges = arena_allocate(arena, (size_t)model->edge_count + 1, sizeof(*moment->edges));
    find_step(&reader);
    moment->gone_until = reader.gone_until;
    find_walk(&reader);
    for (int i = 0; i < model->card_count; i++) {
        read_card(&reader, &model->cards[i], &moment->cards[i]);
    }
    settle_ends(&reader);
    for (int i = 0; i < model->edge_count; i++) {
        read_edge(&reader, &model->edges[i], &moment->edges[i]);
    }
    mark_current(&reader);
    const int failed = moment->error ? graph_model_find_node(model, moment->error->node) : -1;
    if (failed >= 0 && moment->cards[failed].visible) {
        moment->cards[failed].failed = true;
    }
}
