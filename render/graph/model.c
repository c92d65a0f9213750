#include "render/graph/model.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "lessons/trace/versions.h"
#include "render/graph/operands.h"

enum { LABEL_BYTES = 40, NAME_BYTES = 12 };

struct builder {
    struct graph_model *model;
    const struct view *view;
    const struct trace *trace;
    const struct episode *episode;
    struct graph_calls *calls;
    /* The latest card of a tensor, and the one that has the parameter inside. */
    struct id_map cards, holders;
    /* Tensors that operations of the episode take. */
    struct id_map used;
    /* Results of operations that only turn a parameter for its user (`t` in nn.Linear, drawn as Wᵀ
     * there), as indices of what was turned. */
    struct id_map turned;
    struct id_map pointing; /* operations that only say where the next one writes */
    int64_t *parameters;
    size_t parameter_count, parameter_capacity;
};

/* The model outlives the trace for a moment when a lesson is run again. */
static const char *copied(const struct builder *builder, const char *text)
{
    return arena_copy_text(&builder->model->arena, text, strlen(text));
}

/* ---- parameters inside cards ----------------------------------------------------------------- */

static bool is_inner_parameter(const struct builder *builder, const struct trace_op *op,
                               int64_t tensor)
{
    const struct trace_tensor *found = trace_tensor(builder->trace, tensor);
    return found && found->parameter && op->record->module != 0;
}

/* The statistics that a norm keeps. While it trains it moves them and computes without them. */
static bool is_running(const struct trace_op *op, int64_t tensor)
{
    enum { MEAN = 3, VAR = 4 }; /* behind input, weight and bias */
    const struct record_op *const record = op->record;
    bool found = false;

    for (size_t i = MEAN; i <= VAR && i < record->in_count; i++) {
        found = found || (record->in[i].kind == ARGUMENT_TENSOR && record->in[i].id == tensor);
    }
    return found && strcmp(record->name, "batch_norm") == 0 && record->module != 0;
}

static bool uses_running(const struct record_op *op)
{
    for (size_t i = 0; i < op->attr_count; i++) {
        if (strcmp(op->attrs[i].name, "training") == 0) {
            return op->attrs[i].number == 0;
        }
    }
    return true;
}

/* The parameter that the tensor is, turned; 0 if none. */
static int64_t find_turned(const struct builder *builder, int64_t result)
{
    const int index = id_map_find(&builder->turned, result);
    return index >= 0 ? builder->parameters[index] : 0;
}

static bool is_turn(const struct builder *builder, const struct trace_op *op)
{
    const struct record_op *record = op->record;
    const bool turns = strcmp(record->name, "t") == 0 || strcmp(record->name, "transpose") == 0 ||
                       strcmp(record->name, "mT") == 0;
    return turns && record->in_count == 1 && record->in[0].kind == ARGUMENT_TENSOR &&
           record->out.count == 1 && is_inner_parameter(builder, op, record->in[0].id);
}

static void note_turn(struct builder *builder, const struct trace_op *op)
{
    builder->parameters = array_reserve(builder->parameters, &builder->parameter_capacity,
                                        builder->parameter_count + 1, sizeof(int64_t));
    builder->parameters[builder->parameter_count] = op->record->in[0].id;
    id_map_set(&builder->turned, op->record->out.ids[0], (int)builder->parameter_count++);
}

/* The last part of a parameter's path: `weight` of `model.linear.weight`. */
static const char *parameter_name(const struct builder *builder, const struct trace_tensor *tensor)
{
    const char *path = trace_name_at(builder->trace, tensor, NEVER);
    const char *dot = strrchr(path, '.');
    return copied(builder, dot ? dot + 1 : path);
}

/* The letters that every book writes; any other parameter keeps its name. */
static const char *parameter_letter(const char *name)
{
    return strcmp(name, "weight") == 0 ? "W" : strcmp(name, "bias") == 0 ? "b" : name;
}

static void add_parameter(struct builder *builder, struct graph_card *card, int64_t tensor)
{
    const struct trace_tensor *found = trace_tensor(builder->trace, tensor);
    struct card_parameter *grown =
        arena_allocate(&builder->model->arena, (size_t)card->parameter_count + 1, sizeof(*grown));
    if (card->parameter_count > 0) {
        memcpy(grown, card->parameters, (size_t)card->parameter_count * sizeof(*grown));
    }
    card->parameters = grown;
    const char *name = parameter_name(builder, found);
    /* The weight before the bias, as the formula has them. */
    int at = card->parameter_count++;
    for (; at > 0; at--) {
        const struct trace_tensor *before =
            trace_tensor(builder->trace, card->parameters[at - 1].tensor);
        if (before->ndim >= found->ndim) {
            break;
        }
        card->parameters[at] = card->parameters[at - 1];
    }
    card->parameters[at] =
        (struct card_parameter){ .tensor = tensor, .name = name, .letter = parameter_letter(name) };
}

/* ---- labels ---------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static const char *operand_text(const struct builder *builder, const struct operand *operand)
{
    const int64_t turned = find_turned(builder, operand->tensor);
    const int64_t id = turned ? turned : operand->tensor;
    const struct trace_tensor *tensor = trace_tensor(builder->trace, id);
    if (!tensor) {
        return number_in_slot(&builder->model->arena, operand->number);
    }
    if (tensor->parameter) {
        return arena_format(&builder->model->arena, "%s%s",
                            parameter_letter(parameter_name(builder, tensor)), turned ? "ᵀ" : "");
    }
    const char *label = trace_tensor_label(builder->trace, tensor, &builder->model->arena);
    return strlen(label) <= NAME_BYTES ? label : "(…)";
}

/* The operation's formula with its operands in it: "a + b @ c" becomes "x @ Wᵀ + b", written in the
 * order of the books. */
static const char *formula_with(const struct builder *builder, const char *formula,
                                const struct operand *operands, int count)
{
    if (strcmp(formula, "a + b @ c") == 0) {
        formula = "b @ c + a";
    }
    struct text text = { 0 };
    for (const char *at = formula; *at; at++) {
        const bool alone =
            is_letter(*at) && (at == formula || !is_letter(at[-1])) && !is_letter(at[1]);
        if (alone && *at - 'a' < count && *at >= 'a') {
            text_append_string(&text, operand_text(builder, &operands[*at - 'a']));
        } else {
            text_append_char(&text, *at);
        }
    }
    const char *copy = arena_copy_text(&builder->model->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static const char *cut_label(const struct builder *builder, const char *label)
{
    size_t length = strlen(label);
    if (length <= LABEL_BYTES) {
        return label;
    }
    for (length = LABEL_BYTES; length > 0 && ((unsigned char)label[length] & 0xc0) == 0x80;) {
        length--;
    }
    return arena_format(&builder->model->arena, "%.*s…", (int)length, label);
}

static const char *label_of(const struct builder *builder, const struct trace_tensor *tensor)
{
    return cut_label(builder, trace_tensor_label(builder->trace, tensor, &builder->model->arena));
}

/* ---- cards ----------------------------------------------------------------------------------- */

static struct graph_card card_for(struct builder *builder, const struct trace_tensor *tensor,
                                  uint32_t born)
{
    return (struct graph_card){
        .kind = CARD_LEAF,
        .tensor = tensor->id,
        .born = born,
        .until = NEVER,
        .label = label_of(builder, tensor),
        .symbol = "",
        .formula = "",
        .shape = graph_shape_text(tensor, &builder->model->arena),
    };
}

/* Takes its place among the cards. */
static int settle(struct builder *builder, const struct graph_card *card)
{
    const int at = graph_model_add_card(builder->model, card);
    id_map_set(&builder->cards, card->tensor, at);
    for (int i = 0; i < card->parameter_count; i++) {
        id_map_set(&builder->holders, card->parameters[i].tensor, at);
    }
    return at;
}

/* The card that shows the tensor so far; a leaf's is made when it is first used. What a module makes
 * stands in its box; what comes in from outside does not. */
static int card_of_tensor(struct builder *builder, int64_t id)
{
    const int found = id_map_find(&builder->cards, id);
    const struct trace_tensor *tensor = trace_tensor(builder->trace, id);
    if (found >= 0 || !tensor) {
        return found;
    }
    const struct trace_op *maker = trace_op(builder->trace, tensor->op);
    struct graph_card card = card_for(builder, tensor, maker ? maker->born : tensor->born);
    /* What is written to later and tracked from then on is no leaf that requires grad. */
    const bool written = tensor->rewrite_count > 0 && tensor->first_node == 0 && tensor->node != 0;
    card.drawer = tensor->grad_count > 0 ||
                  (!written && trace_requires_grad_at(builder->trace, tensor, NEVER));
    card.cluster = maker ? graph_calls_home(builder->calls, maker->born) : 0;
    return settle(builder, &card);
}

/* The same for an operand. A gradient stands in its leaf's drawer, or passes through, until an operation takes it
 * from there: only then it has a card of its own. */
static int card_of_operand(struct builder *builder, int64_t id, const struct trace_op *taker)
{
    const bool found = id_map_find(&builder->cards, id) >= 0;
    const int at = card_of_tensor(builder, id);
    const struct trace_tensor *tensor = trace_tensor(builder->trace, id);
    if (at >= 0 && !found && tensor->role == TENSOR_ROLE_GRAD && tensor->op == 0) {
        builder->model->cards[at].born = taker->born;
    }
    return at;
}

static int card_of_number(struct builder *builder, const struct trace_op *op, double number,
                          int cluster)
{
    return graph_model_add_card(
        builder->model,
        &(struct graph_card){ .kind = CARD_CONSTANT,
                              .op = op->id,
                              .born = op->born,
                              .until = NEVER,
                              .number = number,
                              .cluster = cluster,
                              .label = number_in_slot(&builder->model->arena, number),
                              .symbol = "",
                              .formula = "",
                              .shape = "" });
}

/* Which of the node's edges leads back along this operand: the first unused one to what made it. */
static int node_edge_of(const struct builder *builder, const struct trace_node *node, int from,
                        bool *used)
{
    const struct graph_card *source = &builder->model->cards[from];
    for (size_t i = 0; i < node->record->edge_count && i < INPUTS_MAX; i++) {
        const struct edge_target *to = &node->record->edges[i];
        const bool same = source->node ? to->node == source->node && to->output == source->output
                                       : to->leaf && to->leaf == source->tensor;
        if (same && !used[i]) {
            used[i] = true;
            return (int)i;
        }
    }
    return -1;
}

/* A gradient passes through a result and is forgotten, unless the lesson asked to retain it. */
static void mark_passing(struct graph_card *card)
{
    card->passing = card->kind == CARD_RESULT && !card->drawer;
}

static bool is_tracked(const struct builder *builder, const struct trace_op *op, int64_t id)
{
    const struct trace_tensor *tensor = trace_tensor(builder->trace, id);
    return tensor && trace_requires_grad_at(builder->trace, tensor, op->first);
}

/* An operation that autograd did not record though an operand is tracked. */
static const char *why_cut(const struct builder *builder, const struct trace_op *op,
                           const struct operand *operands, int count)
{
    bool tracked = false;
    for (int i = 0; i < count; i++) {
        tracked = tracked || is_tracked(builder, op, operands[i].tensor);
    }
    if (!tracked || op->record->node != 0) {
        return NULL;
    }
    return strcmp(op->record->name, "detach") == 0
               ? "detach()"
               : trace_grad_off_by(builder->trace, op->first + 1);
}

static void join_operands(struct builder *builder, const struct trace_op *op,
                          const struct operand *operands, int count, const int *sources, int to)
{
    const struct trace_node *node = trace_node(builder->trace, op->record->node);
    bool used[INPUTS_MAX] = { false };
    for (int i = 0; i < count; i++) {
        if (sources[i] < 0 || sources[i] == to) {
            continue;
        }
        struct graph_edge edge = {
            .from = sources[i],
            .to = to,
            .cut = !node && is_tracked(builder, op, operands[i].tensor),
            .wire = { .op = op->id, .input = i, .output = builder->model->cards[to].output }
        };
        const int back =
            node && operands[i].tensor ? node_edge_of(builder, node, sources[i], used) : -1;
        if (back >= 0) {
            edge.wire.node = node->id;
            edge.wire.node_edge = back;
            mark_passing(&builder->model->cards[sources[i]]);
        }
        graph_model_add_edge(builder->model, &edge);
    }
}

/* Operands as cards, but for parameters of the module that runs: those go into the card. */
static void place_operands(struct builder *builder, const struct trace_op *op,
                           const struct operand *operands, int count, struct graph_card *card,
                           int *sources)
{
    for (int i = 0; i < count; i++) {
        const int64_t turned = find_turned(builder, operands[i].tensor);
        const int64_t id = turned ? turned : operands[i].tensor;
        double number = operands[i].number;
        const bool plain = !id || (graph_written_number(builder->trace, id, op->born, &number) &&
                                   trace_assigned(builder->trace, op));
        sources[i] = -1;
        if (id && is_running(op, operands[i].tensor)) {
            if (uses_running(op->record)) {
                add_parameter(builder, card, id);
            }
        } else if (id && is_inner_parameter(builder, op, id)) {
            add_parameter(builder, card, id);
        } else if (!plain) {
            sources[i] = card_of_operand(builder, operands[i].tensor, op);
        } else {
            sources[i] = card_of_number(builder, op, number, card->cluster);
        }
    }
}

static void note_used(struct builder *builder, const struct trace_op *op)
{
    struct operand operands[INPUTS_MAX];
    const int count = operands_collect(op->record->in, op->record->in_count, operands, 0);
    for (int i = 0; i < count; i++) {
        id_map_set(&builder->used, operands[i].tensor, 1);
    }
}

/* A further output that the lesson never sees: where max pooling found its maxima, the weight that a
 * mean over classes divided by. */
static bool is_by_product(const struct builder *builder, const struct trace_op *op, size_t output)
{
    const int64_t id = op->record->out.ids[output];
    const struct trace_tensor *tensor = trace_tensor(builder->trace, id);
    return output > 0 && tensor && id_map_find(&builder->used, id) < 0 &&
           !trace_name_at(builder->trace, tensor, NEVER)[0];
}

/* Makes room for the next card of the tensor: what it was has lost the name to that. */
static void put_behind(struct builder *builder, int64_t tensor, uint32_t since, bool tracked)
{
    struct arena *const arena = &builder->model->arena;
    const int before = id_map_find(&builder->cards, tensor);
    struct graph_card *card = before >= 0 ? &builder->model->cards[before] : NULL;
    const struct trace_tensor *found = trace_tensor(builder->trace, tensor);
    if (!card || !found) {
        return;
    }
    const struct trace_op *maker = trace_op(builder->trace, card->op ? card->op : found->op);
    card->until = since;
    const char *inner = maker ? trace_inner_label(builder->trace, maker, arena) : "";
    if (inner[0]) {
        card->label = cut_label(builder, inner);
    } else if (tracked && maker) {
        const int output = card->op ? card->output : found->output;
        card->former = trace_version_label(builder->trace, maker, output, NEVER, arena);
    }
}

static void add_result(struct builder *builder, const struct trace_op *op, int64_t id, int output,
                       const struct operand *operands, int count, int cluster)
{
    const struct record_op *record = op->record;
    const struct trace_tensor *tensor = trace_tensor(builder->trace, id);
    if (!tensor) {
        return;
    }
    const struct trace_node *node = trace_node(builder->trace, record->node);
    struct graph_card card = card_for(builder, tensor, op->born);
    int sources[INPUTS_MAX];
    card.kind = CARD_RESULT;
    if (tensor->tracked_since != NEVER) { /* called so as long as nothing writes into it */
        card.label =
            trace_version_label(builder->trace, op, output, op->born + 1, &builder->model->arena);
    }
    card.op = op->id;
    card.node = record->node;
    card.output = output;
    card.symbol = copied(builder, trace_op_symbol(builder->trace, op));
    card.has_saved = node && node->record->saved_count > 0 && output == 0;
    card.cut = why_cut(builder, op, operands, count);
    card.drawer = tensor->grad_count > 0;
    /* In a module's box stands what it computes; what comes in stands outside. */
    card.cluster = cluster;
    place_operands(builder, op, operands, count, &card, sources);
    if (card.parameter_count > 0) {
        const bool turned = record->turned && count == 2;
        const struct operand written[2] = { operands[turned], operands[0] };
        card.formula = formula_with(builder, op->def->formula ? op->def->formula : "",
                                    turned ? written : operands, count);
    }
    if (record->whole || (record->node && trace_assigned(builder->trace, op))) {
        card.formula = trace_write_text(builder->trace, op, "←", &builder->model->arena);
    }
    put_behind(builder, tensor->id, op->first, record->node != 0);
    const int at = settle(builder, &card);
    join_operands(builder, op, operands, count, sources, at);
}

/* A view of what was written to since hangs from that, by a node that no operation made, once one takes it. */
static void add_view(struct builder *builder, const struct trace_node *node)
{
    const struct trace_tensor *tensor = trace_tensor(builder->trace, node->record->tensor);
    const struct edge_target *to = node->record->edge_count > 0 ? node->record->edges : NULL;
    const struct trace_node *writer = to ? trace_node(builder->trace, to->node) : NULL;
    const struct trace_op *written = writer ? trace_op(builder->trace, writer->op) : NULL;
    const int whole = id_map_find(&builder->cards, trace_op_result(written));
    const struct trace_op *maker = tensor ? trace_op(builder->trace, tensor->op) : NULL;
    if (!maker || whole < 0 || graph_model_find_node(builder->model, node->id) >= 0) {
        return;
    }
    struct graph_card card = card_for(builder, tensor, written->born);
    card.kind = CARD_RESULT;
    card.op = maker->id;
    card.node = node->id;
    card.output = 0;
    card.symbol = copied(builder, trace_op_symbol(builder->trace, maker));
    card.cluster = builder->model->cards[whole].cluster;
    put_behind(builder, tensor->id, written->first, true);
    const int at = settle(builder, &card);
    mark_passing(&builder->model->cards[whole]);
    graph_model_add_edge(builder->model,
                         &(struct graph_edge){ .from = whole,
                                               .to = at,
                                               .wire = { .op = maker->id, .node = node->id } });
}

static void add_views(struct builder *builder, const struct trace_op *op)
{
    const struct trace_node *node = trace_node(builder->trace, op->record->node);
    for (size_t i = 0; node && i < node->record->edge_count; i++) {
        const struct trace_node *behind = trace_node(builder->trace, node->record->edges[i].node);
        if (behind && behind->op == 0 && behind->record->tensor != 0) {
            add_view(builder, behind);
        }
    }
}

/* Where a part was written: the whole, of the whole as it was and of what was written. */
static void add_written(struct builder *builder, const struct trace_op *op,
                        const struct operand *operands, int count)
{
    const struct record_op *record = op->record;
    struct operand all[INPUTS_MAX] = { { .tensor = record->whole } };
    int filled = 1;
    for (; filled < count; filled++) {
        all[filled] = operands[filled];
    }
    add_result(builder, op, record->whole, 0, all, filled, graph_calls_find(builder->calls, op));
}

static void add_op(struct builder *builder, const struct trace_op *op)
{
    const struct record_op *record = op->record;
    struct operand operands[INPUTS_MAX];
    const int count = operands_collect(record->in, record->in_count, operands, 0);
    bool from_tensors = false;
    for (int i = 0; i < count; i++) {
        from_tensors = from_tensors || operands[i].tensor;
    }
    if (id_map_find(&builder->pointing, op->id) >= 0) {
        return;
    }
    if (is_turn(builder, op)) {
        note_turn(builder, op);
        return;
    }
    add_views(builder, op);
    if (record->whole) {
        add_written(builder, op, operands, count);
        return;
    }
    const int cluster = graph_calls_find(builder->calls, op);
    for (size_t i = 0; i < record->out.count && from_tensors; i++) {
        if (!is_by_product(builder, op, i)) {
            add_result(builder, op, record->out.ids[i], (int)i, operands, count, cluster);
        }
    }
}

/* Tensors that nothing in the episode has used. Leaves come in the order of their use, wherever they
 * were made, so that every iteration of a loop has the same picture. */
static void add_unused(struct builder *builder, const struct trace_op *op)
{
    const bool written = op->record->whole || id_map_find(&builder->pointing, op->id) >= 0;
    for (size_t i = 0; i < op->record->out.count && !written; i++) {
        const int64_t id = op->record->out.ids[i];
        if (!find_turned(builder, id) && id_map_find(&builder->holders, id) < 0 &&
            !is_by_product(builder, op, i)) {
            card_of_tensor(builder, id);
        }
    }
}

/* The last card of a walk's root receives the gradient it starts with. */
static void mark_roots(struct builder *builder)
{
    for (size_t i = 0; i < builder->episode->backward_count; i++) {
        const struct trace_backward *backward =
            trace_backward(builder->trace, builder->episode->backwards[i]);
        const int root = backward ? graph_model_find_tensor(builder->model, backward->record->root,
                                                            backward->born)
                                  : -1;
        if (root >= 0) {
            mark_passing(&builder->model->cards[root]);
        }
    }
}

static void add_mathematics(struct builder *builder)
{
    const struct episode *episode = builder->episode;
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *op = trace_op(builder->trace, episode->ops[i]);
        if (op) {
            note_used(builder, op);
        }
    }
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *op = trace_op(builder->trace, episode->ops[i]);
        if (builder->model->card_count >= GRAPH_CARDS_MAX) {
            builder->model->left_out++;
        } else if (op) {
            add_op(builder, op);
        }
    }
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *op = trace_op(builder->trace, episode->ops[i]);
        if (op && builder->model->card_count < GRAPH_CARDS_MAX) {
            add_unused(builder, op);
        }
    }
    mark_roots(builder);
    graph_model_add_taken(builder->model, builder->trace, episode, &builder->cards);
}

void graph_model_add_mathematics(struct graph_model *model, const struct view *view,
                                 const struct episode *episode)
{
    const struct trace *trace = view->runs[0].trace;
    struct builder builder = { .model = model, .view = view, .trace = trace, .episode = episode };
    builder.calls = graph_calls_create(model, trace);
    graph_written_find(trace, episode, &builder.pointing);
    add_mathematics(&builder);
    graph_calls_destroy(builder.calls);
    id_map_finish(&builder.cards);
    id_map_finish(&builder.holders);
    id_map_finish(&builder.used);
    id_map_finish(&builder.turned);
    id_map_finish(&builder.pointing);
    free(builder.parameters);
}
