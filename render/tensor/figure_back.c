/* A step of a backward walk as the figure of its operation: the same places, with gradients in them. */

#include "render/ledger/chain.h"
#include "render/tensor/figure.h"

/* The record of the step that the moment stands behind; NEVER before the first. */
static uint32_t step_now(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    return index == SIZE_MAX ? NEVER : stops_at(run->stops, STOP_OPERATION, index)->record;
}

/* The visit of the step; NULL when it is another. */
static const struct record_visit *visit_now(const struct run_view *run)
{
    const uint32_t step = step_now(run);
    const struct record *const record = step == NEVER ? NULL : trace_record(run->trace, step);

    return record && record->kind == RECORD_VISIT ? &record->visit : NULL;
}

static bool takes_part(const struct trace_op *op, int64_t tensor)
{
    for (size_t i = 0; i < op->record->in_count; i++) {
        if (op->record->in[i].kind == ARGUMENT_TENSOR && op->record->in[i].id == tensor) {
            return true;
        }
    }
    for (size_t i = 0; i < op->record->out.count; i++) {
        if (op->record->out.ids[i] == tensor) {
            return true;
        }
    }
    return false;
}

/* The first output that gradient came to; -1: none. */
static int output_with_gradient(const struct record_visit *visit, const struct trace_op *op)
{
    for (size_t i = 0; i < visit->in.count && i < op->record->out.count; i++) {
        if (visit->in.ids[i]) {
            return (int)i;
        }
    }
    return -1;
}

static void add_gradient(struct figure *figure, const struct trace_tensor *of, int64_t gradient,
                         int operand)
{
    const struct run_view *const run = &figure->view->runs[0];
    const struct trace_tensor *const numbers = trace_tensor(run->trace, gradient);
    const struct trace_backward *const walk = trace_last_backward_at(run->trace, run->moment);

    if (!numbers || numbers->count != of->count || !walk || figure->count == FIGURE_PARTS) {
        return;
    }
    struct figure_part *const part =
        figure_add(figure, of, numbers, trace_value_at(numbers, run->moment), operand);
    part->label = chain_derivative(run, walk->record->root, of->id, figure->view->arena);
}

static void add_operands(struct figure *figure, const struct record_visit *visit,
                         const struct trace_node *node)
{
    const struct trace *const trace = figure->view->runs[0].trace;

    for (size_t e = 0; e < visit->edge_count && figure->count < FIGURE_PARTS - 1; e++) {
        const size_t operand = chain_operand(trace, node, figure->op, e);
        const struct argument *const in =
            operand < figure->op->record->in_count ? &figure->op->record->in[operand] : NULL;
        const struct trace_tensor *const tensor =
            in && in->kind == ARGUMENT_TENSOR ? trace_tensor(trace, in->id) : NULL;
        if (tensor && visit->edges[e].grad) {
            add_gradient(figure, tensor, visit->edges[e].grad, (int)operand);
        }
    }
}

bool figure_read_visit(struct figure *figure, const struct trace_tensor *subject)
{
    const struct view *const view = figure->view;
    const struct run_view *const run = &view->runs[0];
    const struct record_visit *const visit = visit_now(run);
    const struct trace_node *const node = visit ? trace_node(run->trace, visit->node) : NULL;
    const struct trace_op *const op = node ? trace_op(run->trace, node->op) : NULL;
    const int output = op ? output_with_gradient(visit, op) : -1;
    const bool chosen = view->state->selected.kind != TARGET_NONE;

    if (output < 0 || (chosen && !takes_part(op, subject->id))) {
        return false;
    }
    figure->op = figure->source = op;
    figure->out = trace_tensor(run->trace, op->record->out.ids[output]);
    figure->links = provenance_of(run->trace, op, output, view->arena);
    figure->sign = figure_sign(figure->view, op);
    figure->backward = true;
    add_operands(figure, visit, node);
    const int operands = figure->count;
    add_gradient(figure, figure->out, visit->in.ids[output], -1);
    if (operands > 0 && figure->count > operands) {
        return true;
    }
    *figure = (struct figure){ .view = view, .sign = "" };
    return false;
}

/* The leaf's .grad as it was before the step; NULL for None. */
static const struct trace_value *sum_before(const struct run_view *run,
                                            const struct trace_tensor *leaf, uint32_t step)
{
    uint32_t at = step; /* the new sum's own records stand just before it */

    while (at > 0 && (trace_record(run->trace, at - 1)->kind == RECORD_VALUE ||
                      trace_record(run->trace, at - 1)->kind == RECORD_TENSOR)) {
        at--;
    }
    const struct trace_tensor *const before = trace_grad_at(run->trace, leaf, at);
    return before ? trace_value_at(before, at) : NULL;
}

bool figure_read_sum(struct figure *figure, const struct trace_tensor *subject)
{
    const struct view *const view = figure->view;
    const struct run_view *const run = &view->runs[0];
    const uint32_t at = step_now(run);
    const struct record *const step = at == NEVER ? NULL : trace_record(run->trace, at);

    if (!step || step->kind != RECORD_ACCUMULATE || step->accumulate.tensor != subject->id ||
        view->state->selected.kind != TARGET_NONE) {
        return false;
    }
    const struct trace_tensor *const grad = trace_tensor(run->trace, step->accumulate.grad);
    const struct trace_tensor *const total = trace_tensor(run->trace, step->accumulate.total);
    const struct trace_value *const before = sum_before(run, subject, at);
    if (!total) {
        return false;
    }
    const char *const label =
        arena_format(view->arena, "%s.grad", chain_name(run, subject->id, view->arena));
    figure->out = total;
    figure->backward = true;
    if (before && grad && grad != total && grad->count == total->count) {
        figure->sign = "+";
        figure_add(figure, total, total, before, 0)->label = label;
        add_gradient(figure, subject, grad->id, 1);
    }
    figure_add(figure, total, total, trace_value_at(total, run->moment), -1)->label = label;
    return figure->count != 2;
}
