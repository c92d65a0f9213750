#include "render/chain.h"

#include <ctype.h>
#include <string.h>

/* ---- labels ----------------------------------------------------------------------------- */

static bool is_name(const char *label)
{
    for (const char *c = label; *c; c++) {
        if (*c == ' ' || *c == '(' || *c == '*' || *c == '+' || *c == '-' || *c == '/' ||
            *c == '@') {
            return false;
        }
    }
    return true;
}

/* As part of a product or under a ∂. */
static const char *factor(const char *label, struct arena *arena)
{
    return is_name(label) ? label : arena_format(arena, "(%s)", label);
}

const char *chain_derivative(const struct run_view *run, int64_t root, int64_t tensor,
                             struct arena *arena)
{
    return arena_format(arena, "∂%s/∂%s", factor(run_label(run, root, arena), arena),
                        factor(run_label(run, tensor, arena), arena));
}

static bool is_shaped(const struct run_view *run, int64_t id)
{
    const struct trace_tensor *const tensor = trace_tensor(run->trace, id);

    return tensor && value_is_shape(trace_value_at(tensor, run->moment), tensor);
}

/* ---- the local derivative --------------------------------------------------------------- */

/* What an operand is called: "y", "3". */
static const char *operand(const struct run_view *run, const struct argument *in,
                           struct arena *arena)
{
    if (in->kind == ARGUMENT_TENSOR) {
        return factor(run_label(run, in->id, arena), arena);
    }
    return in->kind == ARGUMENT_NUMBER || in->kind == ARGUMENT_BOOL
               ? number_in_slot(arena, in->number)
               : "";
}

static bool stands_alone(const struct trace_string *pattern, size_t at)
{
    return (at == 0 || !isalnum((unsigned char)pattern->bytes[at - 1])) &&
           (at + 1 == pattern->length || !isalnum((unsigned char)pattern->bytes[at + 1]));
}

/* A text that names g, the upstream gradient, is the whole contribution and no factor of it. */
static bool names_upstream(const struct trace_op *op, size_t input)
{
    if (input >= op->def->derivative_count) {
        return false;
    }
    const struct trace_string *const text = &op->def->derivatives[input];
    for (size_t i = 0; i < text->length; i++) {
        if (text->bytes[i] == 'g' && stands_alone(text, i)) {
            return true;
        }
    }
    return false;
}

/* Letters a, b, c … that stand alone are the operands of the formula, g is `upstream`. */
static const char *fill_operands(const struct run_view *run, const struct trace_op *op,
                                 const struct trace_string *pattern, const char *upstream,
                                 struct arena *arena)
{
    struct text text = { 0 };

    for (size_t i = 0; i < pattern->length; i++) {
        const char c = pattern->bytes[i];
        const bool alone = stands_alone(pattern, i);
        const size_t index = (size_t)(c - 'a');
        if (alone && c >= 'a' && c <= 'c' && index < op->record->in_count) {
            text_append_string(&text, operand(run, &op->record->in[index], arena));
        } else if (alone && c == 'g') {
            const bool marked = i + 1 < pattern->length && !strchr(" )", pattern->bytes[i + 1]);
            text_append_string(&text, marked ? arena_format(arena, "(%s)", upstream) : upstream);
        } else {
            text_append_char(&text, c);
        }
    }
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

const char *chain_local(const struct run_view *run, const struct trace_op *op, size_t input,
                        struct arena *arena)
{
    const int64_t out = op->record->out.count > 0 ? op->record->out.ids[0] : 0;

    if (input < op->def->derivative_count) {
        return fill_operands(run, op, &op->def->derivatives[input], "g", arena);
    }
    if (input < op->record->in_count && op->record->in[input].kind == ARGUMENT_TENSOR) {
        return chain_derivative(run, out, op->record->in[input].id, arena);
    }
    return "…";
}

/* ---- terms ------------------------------------------------------------------------------ */

static const char *local_number(const struct run_view *run, const struct visit_edge *edge,
                                struct arena *arena)
{
    if (edge->local_is_number) {
        return number_in_slot(arena, edge->local_number);
    }
    return edge->local_tensor ? run_value(run, edge->local_tensor, arena) : NULL;
}

static const char *term_formula(const struct run_view *run, const struct trace_op *op, size_t input,
                                const char *upstream, struct arena *arena)
{
    if (names_upstream(op, input)) {
        return fill_operands(run, op, &op->def->derivatives[input], upstream, arena);
    }
    return arena_format(arena, "%s × %s", upstream,
                        factor(chain_local(run, op, input, arena), arena));
}

static struct chain_term make_term(const struct run_view *run, int64_t root,
                                   const struct trace_contribution *part, uint32_t step_start,
                                   struct arena *arena)
{
    const struct record_visit *const visit = &trace_record(run->trace, part->visit)->visit;
    const struct trace_node *const node = trace_node(run->trace, part->from_node);
    const struct trace_op *const op = node ? trace_op(run->trace, node->op) : NULL;
    const struct visit_edge *const edge = &visit->edges[part->edge];
    const int64_t through = op && op->record->out.count > 0 ? op->record->out.ids[0] : 0;
    const int64_t upstream = visit->in.count > 0 ? visit->in.ids[0] : 0;
    const char *const local = local_number(run, edge, arena);
    struct chain_term term = { .through = through,
                               .formula = "",
                               .numbers = "",
                               .value = run_value(run, part->grad, arena),
                               .current = part->visit >= step_start };

    if (op) {
        term.formula = term_formula(run, op, (size_t)part->edge,
                                    chain_derivative(run, root, through, arena), arena);
    }
    term.shaped = is_shaped(run, part->grad);
    if (local && upstream && !term.shaped && !is_shaped(run, upstream)) {
        term.numbers = arena_format(arena, local[0] == '-' ? "%s × (%s)" : "%s × %s",
                                    run_value(run, upstream, arena), local);
    }
    return term;
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
        text_append_string(&text, written ? " = " : "");
        text_append_string(&text, sum);
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
        out->accumulation = arena_format(arena, grad[0] == '-' ? "%s + (%s) = %s" : "%s + %s = %s",
                                         value_on_a_line(arena, now - 1, total), grad,
                                         value_on_a_line(arena, now, total));
    }
}

/* ---- the chain -------------------------------------------------------------------------- */

/* Where the step that ends at the moment begins. */
static uint32_t step_start(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    return index == SIZE_MAX || index == 0
               ? 0
               : stops_at(run->stops, STOP_OPERATION, index - 1)->moment;
}

int64_t chain_sum(const struct run_view *run, const struct trace_tensor *tensor,
                  const struct trace_backward *backward, const struct trace_arrival *so_far,
                  struct arena *arena)
{
    if (so_far->sum || so_far->part_count == 0) {
        return so_far->sum;
    }
    const struct trace_arrival whole =
        trace_arrival_at(run->trace, tensor, backward, trace_record_count(run->trace), arena);
    if (whole.part_count != so_far->part_count) {
        return 0;
    }
    return whole.sum || whole.part_count > 1 ? whole.sum : whole.parts[0].grad;
}

bool chain_at(const struct run_view *run, int64_t tensor, struct chain *out, struct arena *arena)
{
    const struct trace_backward *const backward = trace_last_backward_at(run->trace, run->moment);
    const struct trace_tensor *const subject = trace_tensor(run->trace, tensor);

    if (!backward || !subject) {
        return false;
    }
    const struct trace_arrival arrival =
        trace_arrival_at(run->trace, subject, backward, run->moment, arena);
    const int64_t root = backward->record->root;
    const int64_t made = chain_sum(run, subject, backward, &arrival, arena);
    struct chain_term *const terms =
        arena_allocate(arena, arrival.part_count + 1, sizeof(struct chain_term));

    *out = (struct chain){ .root = root,
                           .terms = terms,
                           .term_count = arrival.part_count,
                           .is_root = tensor == root,
                           .arrived = made || tensor == root };
    for (size_t i = 0; i < arrival.part_count; i++) {
        terms[i] = make_term(run, root, &arrival.parts[i], step_start(run), arena);
    }
    out->of = chain_derivative(run, root, tensor, arena);
    const struct trace_tensor *const sum =
        trace_tensor(run->trace, made || tensor != root ? made : backward->record->grad);
    out->shaped = value_is_shape(trace_value_at(subject, run->moment), subject);
    out->sum =
        sum_text(out, sum ? value_on_a_line(arena, trace_value_at(sum, NEVER), sum) : "", arena);
    write_accumulation(run, tensor, backward->id, out, arena);
    return arrival.part_count > 0 || out->arrived;
}

/* ---- what the step is about ------------------------------------------------------------- */

static int64_t result_of_node(const struct run_view *run, int64_t id)
{
    const struct trace_node *const node = trace_node(run->trace, id);
    const struct trace_op *const op = node ? trace_op(run->trace, node->op) : NULL;

    return op && op->record->out.count > 0 ? op->record->out.ids[0] : 0;
}

/* The first tensor that the visit sends gradient to. */
static int64_t target_of_visit(const struct run_view *run, const struct record_visit *visit)
{
    for (size_t i = 0; i < visit->edge_count; i++) {
        const struct visit_edge *const edge = &visit->edges[i];
        if (edge->grad) {
            return edge->to.leaf ? edge->to.leaf : result_of_node(run, edge->to.node);
        }
    }
    return 0;
}

int64_t chain_subject(const struct run_view *run, const struct view_state *state)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    if (state->selected.kind == TARGET_TENSOR || state->selected.kind == TARGET_DRAWER) {
        return state->selected.id;
    }
    if (index == SIZE_MAX) {
        return 0;
    }
    const struct record *const record =
        trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record);
    switch ((int)record->kind) {
    case RECORD_OP:
        return record->op.out.count > 0 ? record->op.out.ids[0] : 0;
    case RECORD_BACKWARD:
        return record->backward.root;
    case RECORD_VISIT:
        return target_of_visit(run, &record->visit);
    case RECORD_ACCUMULATE:
        return record->accumulate.tensor;
    case RECORD_UPDATE:
        return record->update.tensor;
    case RECORD_ERROR:
        return result_of_node(run, record->error.node);
    default:
        return 0;
    }
}
