#include "render/ledger/chain.h"

#include <string.h>

#include "lessons/trace/versions.h"
#include "render/ledger/chain_term.h"
#include "render/ledger/update.h"

/* ---- labels ----------------------------------------------------------------------------- */

/* A root of many numbers has the gradient that backward() was given, "v", and not ∂y/∂y; else "". */
static const char *given_gradient(const struct run_view *run, int64_t root, struct arena *arena)
{
    const struct trace_tensor *const output = trace_tensor(run->trace, root);
    const struct trace_backward *const walk = trace_last_backward_at(run->trace, run->moment);

    return output && output->count > 1 && walk && walk->record->root == root
               ? run_label(run, walk->record->grad, arena)
               : "";
}

const char *chain_derivative_at(const struct run_view *run, int64_t root, int64_t tensor,
                                int64_t node, struct arena *arena)
{
    const char *const name = chain_name(run, tensor, arena);
    const struct trace_tensor *const by = trace_tensor(run->trace, tensor);
    const char *const now =
        node && by ? trace_node_label(run->trace, node, by->output, run->moment, arena) : name;
    const bool old = node && strcmp(now, run_label(run, tensor, arena)) != 0;
    const char *const given =
        root && root == tensor && !old ? given_gradient(run, root, arena) : "";
    if (*given != '\0') {
        return given;
    }
    const char *const of = root ? chain_factor(run_label(run, root, arena), arena) : "…";

    return arena_format(arena, "∂%s/∂%s", of, chain_factor(old ? now : name, arena));
}

const char *chain_derivative(const struct run_view *run, int64_t root, int64_t tensor,
                             struct arena *arena)
{
    return chain_derivative_at(run, root, tensor, 0, arena);
}

static bool is_shaped(const struct run_view *run, int64_t id)
{
    const struct trace_tensor *const tensor = trace_tensor(run->trace, id);

    return tensor && value_is_shape(trace_value_at(tensor, run->moment), tensor);
}

/* ---- terms ------------------------------------------------------------------------------ */

/* An operand that is the derivative may have changed since the visit: as it was then. */
static const char *local_number(const struct run_view *run, const struct visit_edge *edge,
                                uint32_t visit, struct arena *arena)
{
    const struct trace_tensor *const local = trace_tensor(run->trace, edge->local_tensor);

    if (edge->local_is_number) {
        return number_in_slot(arena, edge->local_number);
    }
    return local ? value_on_a_line(arena, trace_value_at(local, visit), local) : NULL;
}

struct term_of {
    const struct run_view *run;
    int64_t root, element;
    uint32_t step_start;
    struct arena *arena;
    bool behind; /* a transpose, and no further one is looked for */
};

static struct chain_term make_term(const struct term_of *of, const struct trace_contribution *part);

/* The transpose that nn.Linear puts between its weight and the product says nothing by itself: the
 * product's term, turned round. False when there is no single one. */
static bool look_through(const struct term_of *of, const struct trace_op *op,
                         struct chain_term *term)
{
    const struct trace *const trace = of->run->trace;
    const struct trace_tensor *const turned = trace_tensor(trace, op->record->out.ids[0]);
    const struct trace_backward *const backward = trace_last_backward_at(trace, of->run->moment);

    if (of->behind || !turned || !backward || !chain_transposed(trace, turned) ||
        turned->shape[0] <= 0) {
        return false;
    }
    const struct trace_arrival arrival =
        trace_arrival_at(trace, turned, backward, of->run->moment, of->arena);
    const struct trace_node *const from =
        arrival.part_count == 1 ? trace_node(trace, arrival.parts[0].from_node) : NULL;
    const struct trace_op *const maker = from ? trace_op(trace, from->op) : NULL;
    if (!maker || strcmp(maker->record->name, op->record->name) == 0) {
        return false;
    }
    struct term_of inner = *of;
    inner.behind = true;
    inner.element =
        of->element % turned->shape[0] * turned->shape[1] + of->element / turned->shape[0];
    const struct chain_term product = make_term(&inner, &arrival.parts[0]);
    term->formula = arena_format(of->arena, "(%s)ᵀ", product.formula);
    term->shapes = product.shapes[0] ? arena_format(of->arena, "(%s)ᵀ", product.shapes) : "";
    term->element.formula = product.element.formula;
    term->element.numbers = product.element.numbers;
    term->element.brief = product.element.brief;
    term->upstream = product.upstream;
    return true;
}

/* What the backward of a function of the lesson's own has returned, as it computes it: "2 * x * g". */
static const char *returned_text(const struct run_view *run, int64_t grad, struct arena *arena)
{
    const struct trace_tensor *const tensor = trace_tensor(run->trace, grad);

    return tensor && tensor->op ? trace_tensor_label(run->trace, tensor, arena) : "";
}

/* Of an operation with several results: the derivatives by each. */
static const char *const *upstreams_of(const struct term_of *of, const struct trace_op *op)
{
    const struct id_list *const out = &op->record->out;
    const char **const all =
        out->count > 1 ? arena_allocate(of->arena, out->count, sizeof(*all)) : NULL;

    for (size_t i = 0; all && i < out->count; i++) {
        all[i] = chain_derivative(of->run, of->root, out->ids[i], of->arena);
    }
    return all;
}

static struct chain_term make_term(const struct term_of *of, const struct trace_contribution *part)
{
    const struct run_view *const run = of->run;
    struct arena *const arena = of->arena;
    const struct record_visit *const visit = &trace_record(run->trace, part->visit)->visit;
    const struct trace_node *const node = trace_node(run->trace, part->from_node);
    const struct trace_op *const op = node ? trace_op(run->trace, node->op) : NULL;
    const struct visit_edge *const edge = &visit->edges[part->edge];
    const int64_t through = trace_node_result(run->trace, part->from_node, 0);
    const int64_t upstream = visit->in.count > 0 ? visit->in.ids[0] : 0;
    const char *const local = local_number(run, edge, part->visit, arena);
    const size_t input =
        op ? chain_operand(run->trace, node, op, (size_t)part->edge) : (size_t)part->edge;
    struct chain_term term = { .through = through,
                               .formula = "",
                               .numbers = "",
                               .shapes = "",
                               .value = run_value(run, part->grad, arena),
                               .upstream = chain_derivative_at(run, of->root, through,
                                                               part->from_node, arena),
                               .current = part->visit >= of->step_start };

    term.element = element_equation_of(run, visit, (size_t)part->edge, of->element, arena);
    if (op && through > 0 && look_through(of, op, &term)) {
        term.shaped = is_shaped(run, part->grad);
        return term;
    }
    if (op) {
        term.formula = chain_term_formula(
            run, op, input, &(struct chain_upstream){ term.upstream, upstreams_of(of, op) }, arena);
        term.shapes =
            chain_term_shapes(run, op, input, visit, trace_tensor(run->trace, part->grad), arena);
    }
    /* A view of what was written to since, by a node of its own: as the operation that made it has it. */
    const struct trace_tensor *const view = op ? NULL : trace_tensor(run->trace, through);
    const struct trace_op *const viewed = view ? trace_op(run->trace, view->op) : NULL;
    if (viewed) {
        term.formula = chain_term_formula(run, viewed, 0,
                                          &(struct chain_upstream){ term.upstream, NULL }, arena);
    }
    term.shaped = is_shaped(run, part->grad);
    if (op && strcmp(op->def->provenance, "function") == 0 && !term.shaped) {
        term.numbers = returned_text(run, part->grad, arena);
    }
    if (local && upstream && !term.shaped && !is_shaped(run, upstream)) {
        term.numbers = arena_format(arena, local[0] == '-' ? "%s × (%s)" : "%s × %s",
                                    run_value(run, upstream, arena), local);
    }
    return term;
}

static void append_sum(struct text *text, const char *sum, struct arena *arena)
{
    text_format(text, text->length > 0 ? " %s" : "%s",
                text->length > 0 ? equals_number(arena, sum) : sum);
}

static const char *sum_text(const struct chain *chain, const char *sum, struct arena *arena)
{
    struct text text = { 0 };

    const bool written = chain->term_count > 1 && !chain->shaped;
    for (size_t i = 0; i < chain->term_count && written; i++) {
        const char *const value = chain->terms[i].value;
        text_format(&text, i == 0 ? "%s" : value[0] == '-' ? " + (%s)" : " + %s", value);
    }
    if (chain->arrived) {
        append_sum(&text, sum, arena);
    }
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

/* ---- accumulation ----------------------------------------------------------------------- */

static const struct record_accumulate *find_accumulate(const struct run_view *run, int64_t tensor,
                                                       int64_t backward, uint32_t *record)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_ACCUMULATE, &count);

    for (size_t i = count; i > 0; i--) {
        const struct record_accumulate *const a =
            &trace_record(run->trace, records[i - 1])->accumulate;
        if (records[i - 1] < run->moment && a->tensor == tensor && a->backward == backward) {
            *record = records[i - 1];
            return a;
        }
    }
    return NULL;
}

static void write_accumulation(const struct run_view *run, int64_t tensor, int64_t backward,
                               struct chain *out, struct arena *arena)
{
    uint32_t record;
    const struct record_accumulate *const a = find_accumulate(run, tensor, backward, &record);
    const struct trace_tensor *const total = a ? trace_tensor(run->trace, a->total) : NULL;

    out->accumulation = "";
    if (!total) {
        return;
    }
    const struct trace_value *const now = trace_value_at(total, record);
    const char *const grad = run_value(run, a->grad, arena);
    out->accumulated = now && now != total->values;
    if (out->shaped) {
        out->accumulation = grad;
    } else if (!out->accumulated) {
        out->accumulation = arena_format(arena, "None → %s", grad);
    } else {
        out->accumulation = arena_format(arena, grad[0] == '-' ? "%s + (%s) %s" : "%s + %s %s",
                                         value_on_a_line(arena, now - 1, total), grad,
                                         equals_number(arena, value_on_a_line(arena, now, total)));
    }
}

/* ---- the chosen element ----------------------------------------------------------------- */

/* "0.1667 + 0 = 0.1667" of that element; for one path, or none at the root, its value. */
static const char *element_sum(const struct run_view *run, const struct chain *chain, int64_t sum,
                               struct arena *arena)
{
    const struct trace_tensor *const tensor = trace_tensor(run->trace, sum);
    struct text text = { 0 };

    for (size_t i = 0; i < chain->term_count && chain->term_count > 1; i++) {
        const char *const value = chain->terms[i].element.value;
        text_format(&text, i == 0 ? "%s" : value[0] == '-' ? " + (%s)" : " + %s", value);
    }
    if (chain->arrived && tensor) {
        append_sum(&text, element_value(tensor, NEVER, chain->element, arena), arena);
    }
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static const char *element_accumulation(const struct run_view *run, int64_t tensor,
                                        int64_t backward, const struct chain *chain,
                                        struct arena *arena)
{
    uint32_t record;
    const struct record_accumulate *const a = find_accumulate(run, tensor, backward, &record);
    const struct trace_tensor *const total = a ? trace_tensor(run->trace, a->total) : NULL;
    const struct trace_tensor *const grad = a ? trace_tensor(run->trace, a->grad) : NULL;

    if (!total || !grad) {
        return "";
    }
    const char *const added = element_value(grad, NEVER, chain->element, arena);
    const struct trace_value *const now = trace_value_at(total, record);
    if (!chain->accumulated || !now || now == total->values) {
        return arena_format(arena, "None → %s", added);
    }
    const char *const sum = element_value(total, record, chain->element, arena);
    return arena_format(arena, added[0] == '-' ? "%s + (%s) %s" : "%s + %s %s",
                        element_value(total, (now - 1)->since + 1, chain->element, arena), added,
                        equals_number(arena, sum));
}

static void write_element(const struct run_view *run, const struct trace_tensor *subject,
                          const struct trace_backward *backward, int64_t sum, struct chain *out,
                          struct arena *arena)
{
    out->place = element_place(subject, out->element, arena);
    out->element_sum = out->element_accumulation = "";
    if (out->place[0]) {
        out->element_sum = element_sum(run, out, sum, arena);
        out->element_accumulation =
            element_accumulation(run, subject->id, backward->id, out, arena);
    }
}

/* ---- the chain -------------------------------------------------------------------------- */

uint32_t chain_step_start(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    return index == SIZE_MAX || index == 0
               ? 0
               : stops_at(run->stops, STOP_OPERATION, index - 1)->moment;
}

int64_t chain_sum(const struct run_view *run, const struct trace_tensor *tensor, int64_t node,
                  const struct trace_backward *backward, const struct trace_arrival *so_far,
                  struct arena *arena)
{
    if (so_far->sum || so_far->part_count == 0) {
        return so_far->sum;
    }
    const struct trace_arrival whole =
        trace_arrival_of(run->trace, tensor, node, backward, trace_record_count(run->trace), arena);
    if (whole.part_count != so_far->part_count) {
        return 0;
    }
    return whole.sum || whole.part_count > 1 ? whole.sum : whole.parts[0].grad;
}

/* The same through all steps of the walk: of what arrives in the end the first that is not zero. */
static int64_t usual_element(const struct run_view *run, const struct trace_tensor *subject,
                             int64_t node, const struct trace_backward *backward,
                             struct arena *arena)
{
    if (subject->count <= 1) {
        return 0;
    }
    const struct trace_arrival whole = trace_arrival_of(run->trace, subject, node, backward,
                                                        trace_record_count(run->trace), arena);
    return element_first(
        trace_tensor(run->trace, chain_sum(run, subject, node, backward, &whole, arena)), NEVER);
}

/* `h = torch.sigmoid(h)`: another tensor with that name. */
static bool is_namesake(const struct run_view *run, int64_t tensor, int64_t other,
                        struct arena *arena)
{
    return other && other != tensor &&
           strcmp(run_label(run, tensor, arena), run_label(run, other, arena)) == 0 &&
           trace_is_named(run->trace, trace_tensor(run->trace, tensor));
}

bool chain_at(const struct run_view *run, const struct chain_place *place, struct chain *out,
              struct arena *arena)
{
    const struct trace_backward *const backward = trace_last_backward_at(run->trace, run->moment);
    const int64_t tensor = place->tensor, element = place->element;
    const struct trace_tensor *const subject = trace_tensor(run->trace, tensor);

    if (!backward || !subject) {
        return false;
    }
    const int64_t begun = trace_grad_fn_at(subject, backward->born);
    const int64_t node = place->node ? place->node : begun;
    const struct trace_arrival arrival =
        trace_arrival_of(run->trace, subject, node, backward, run->moment, arena);
    const int64_t root = backward->record->root;
    const bool is_root = tensor == root && node == begun;
    const int64_t made = chain_sum(run, subject, node, backward, &arrival, arena);
    struct chain_term *const terms =
        arena_allocate(arena, arrival.part_count + 1, sizeof(struct chain_term));

    *out = (struct chain){ .root = root,
                           .terms = terms,
                           .term_count = arrival.part_count,
                           .is_root = is_root,
                           .element = element >= 0 && element < subject->count
                                          ? element
                                          : usual_element(run, subject, node, backward, arena),
                           .arrived = made || is_root };
    const struct term_of of = { run, root, out->element, chain_step_start(run), arena, false };
    for (size_t i = 0; i < arrival.part_count; i++) {
        terms[i] = make_term(&of, &arrival.parts[i]);
    }
    out->of = chain_derivative_at(run, root, tensor, node, arena);
    for (size_t i = 0; i < arrival.part_count; i++) {
        out->namesake = out->namesake || is_namesake(run, tensor, terms[i].through, arena);
    }
    const int64_t whole = made || !is_root ? made : backward->record->grad;
    const struct trace_tensor *const sum = trace_tensor(run->trace, whole);
    out->gradient = sum ? whole : 0;
    out->shaped = value_is_shape(trace_value_at(subject, run->moment), subject);
    out->sum =
        sum_text(out, sum ? value_on_a_line(arena, trace_value_at(sum, NEVER), sum) : "", arena);
    write_accumulation(run, tensor, backward->id, out, arena);
    write_element(run, subject, backward, whole, out, arena);
    return arrival.part_count > 0 || out->arrived;
}

void chain_mark_old(const struct view *view, struct chain *chain)
{
    if (chain->namesake) {
        chain->of = arena_format(view->arena, "%s (%s)", chain->of, view_word(view, "old"));
    }
}

/* ---- what the step is about ------------------------------------------------------------- */

int64_t chain_target(const struct trace *trace, const struct edge_target *to)
{
    return to->leaf ? to->leaf : trace_node_result(trace, to->node, to->output);
}

static struct chain_place place_of_target(const struct run_view *run, const struct edge_target *to)
{
    return (struct chain_place){ .tensor = chain_target(run->trace, to), .node = to->node };
}

/* The first tensor that the visit sends gradient to. */
static struct chain_place target_of_visit(const struct run_view *run,
                                          const struct record_visit *visit)
{
    for (size_t i = 0; i < visit->edge_count; i++) {
        if (visit->edges[i].grad) {
            return place_of_target(run, &visit->edges[i].to);
        }
    }
    return (struct chain_place){ 0 };
}

static struct chain_place place_of_step(const struct run_view *run, const struct view_state *state)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    struct chain_place place = { 0 };

    if (index == SIZE_MAX) {
        return place;
    }
    const struct record *const record =
        trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record);
    switch ((int)record->kind) {
    case RECORD_OP:
        place.tensor = trace_op_result(trace_op(run->trace, record->op.op));
        break;
    case RECORD_BACKWARD:
        place.tensor = record->backward.root;
        break;
    case RECORD_VISIT:
        return target_of_visit(run, &record->visit);
    case RECORD_ACCUMULATE:
        place.tensor = record->accumulate.tensor;
        break;
    case RECORD_UPDATE:
        place.tensor = record->update.tensor;
        break;
    case RECORD_STEP:
        place.tensor = update_subject(run, state, &record->step);
        break;
    case RECORD_ERROR:
        return place_of_target(run, &(struct edge_target){ .node = record->error.node });
    default:
        break;
    }
    return place;
}

struct chain_place chain_place(const struct run_view *run, const struct view_state *state)
{
    const struct target selected = state->selected;
    const bool of_path = selected.kind == TARGET_LEDGER || selected.kind == TARGET_EDGE;
    const int64_t tensor = of_path ? 0 : run_target_tensor(run, selected);
    struct chain_place place = place_of_step(run, state);

    if (tensor && (selected.kind == TARGET_NODE || tensor != place.tensor)) {
        place = (struct chain_place){ .tensor = tensor,
                                      .node = selected.kind == TARGET_NODE ? selected.id : 0 };
    }
    place.element = chain_element(state, place.tensor);
    return place;
}

int64_t chain_subject(const struct run_view *run, const struct view_state *state)
{
    return chain_place(run, state).tensor;
}

int64_t chain_element(const struct view_state *state, int64_t tensor)
{
    return state->cell.tensor == tensor ? state->cell.element : NO_ELEMENT;
}
