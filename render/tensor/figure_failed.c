/* An expression that ended in an exception: what was to be worked on, and a cross where its value would
 * be. What had been done for it before is no result. */

#include <string.h>

#include "render/tensor/figure.h"

static bool same_span(const struct span *a, const struct span *b)
{
    return a->cell > 0 && a->cell == b->cell && a->line == b->line && a->column == b->column &&
           a->end_line == b->end_line && a->end_column == b->end_column;
}

/* The latest record of that kind before the moment; UINT32_MAX: there is none. */
static uint32_t latest_of(const struct run_view *run, enum record_kind kind)
{
    size_t low = 0, count;
    const uint32_t *const records = trace_records_of(run->trace, kind, &count);

    while (low < count) {
        const size_t middle = low + (count - low) / 2;
        if (records[middle] < run->moment) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low > 0 ? records[low - 1] : UINT32_MAX;
}

const struct record_failed *figure_failure(const struct view *view)
{
    static const enum record_kind later[] = { RECORD_OP, RECORD_BACKWARD, RECORD_STEP,
                                              RECORD_CELL };
    const struct run_view *const run = &view->runs[0];
    const uint32_t at = latest_of(run, RECORD_FAILED);

    if (at == UINT32_MAX || view->state->selected.kind != TARGET_NONE ||
        trace_is_passed_over(run->trace, at)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        const uint32_t other = latest_of(run, later[i]);
        if (other != UINT32_MAX && other > at) {
            return NULL;
        }
    }
    return &trace_record(run->trace, at)->failed;
}

/* Of a matrix product shapes are the point: a layer's weight is drawn as it was turned round for it. */
static bool is_product(const struct record_failed *failed)
{
    return strcmp(failed->op, "mm") == 0 || strcmp(failed->op, "addmm") == 0;
}

/* Parts of the same expression are not to be seen: `a` instead of the slice taken of it in `a[:, 7]`. */
static const struct trace_tensor *seen_operand(const struct run_view *run,
                                               const struct record_failed *failed, int64_t id)
{
    const struct trace_tensor *tensor = trace_tensor(run->trace, id);
    const struct trace_op *maker = tensor ? trace_op(run->trace, tensor->op) : NULL;

    while (!is_product(failed) && maker && same_span(&maker->record->at, &failed->at) &&
           strcmp(maker->def->provenance, "affine") == 0 && maker->record->in_count > 0 &&
           maker->record->in[0].kind == ARGUMENT_TENSOR && maker->record->in[0].id < tensor->id) {
        tensor = trace_tensor(run->trace, maker->record->in[0].id);
        maker = trace_op(run->trace, tensor->op);
    }
    return tensor;
}

const struct trace_tensor *figure_failed_operand(const struct view *view,
                                                 const struct record_failed *failed)
{
    for (size_t i = 0; i < failed->in_count; i++) {
        if (failed->in[i].kind == ARGUMENT_TENSOR) {
            return seen_operand(&view->runs[0], failed, failed->in[i].id);
        }
    }
    return NULL;
}

/* ---- why ------------------------------------------------------------------------------------ */

static const struct trace_tensor *operand_at(const struct view *view,
                                             const struct record_failed *failed, size_t index)
{
    return index < failed->in_count && failed->in[index].kind == ARGUMENT_TENSOR
               ? trace_tensor(view->runs[0].trace, failed->in[index].id)
               : NULL;
}

/* -1: the tensor has none like that. */
static int dimension_of(const struct record_failed *failed, const struct trace_tensor *tensor)
{
    for (size_t i = 0; i < failed->attr_count; i++) {
        const struct argument *const attr = &failed->attrs[i];
        if (strcmp(attr->name, "dim") == 0 && attr->kind == ARGUMENT_NUMBER) {
            const double dim = attr->number + (attr->number < 0 ? tensor->ndim : 0);
            return dim >= 0 && dim < tensor->ndim ? (int)dim : -1;
        }
    }
    return 0;
}

/* Operations that pick by index, and which places there are. */
static const struct picker {
    const char *op;
    bool from_end; /* negative ones count from the end */
    bool along;    /* of dimension `dim`, else of the first or the last */
    bool classes;  /* the last dimension: a target names one of them */
} pickers[] = {
    { "select", true, true, false },    { "index_select", false, true, false },
    { "gather", false, true, false },   { "embedding", false, false, false },
    { "nll_loss", false, false, true },
};

static const char *valid_places(const struct view *view, const struct record_failed *failed)
{
    const struct trace_tensor *const from = operand_at(view, failed, 0);

    for (size_t i = 0; i < sizeof(pickers) / sizeof(pickers[0]); i++) {
        const struct picker *const picker = &pickers[i];
        if (!from || from->ndim == 0 || strcmp(picker->op, failed->op) != 0 ||
            strcmp(failed->type, "IndexError") != 0) {
            continue;
        }
        const int dim = picker->along     ? dimension_of(failed, from)
                        : picker->classes ? (from->ndim == 1 ? 0 : 1)
                                          : 0;
        if (dim < 0 || dim >= from->ndim || from->shape[dim] < 1) {
            return "";
        }
        const long long size = (long long)from->shape[dim];
        return arena_format(view->arena, "%s: %lld … %lld", view_word(view, "valid"),
                            picker->from_end ? -size : 0LL, size - 1);
    }
    return "";
}

/* The two sizes that a matrix product needs to be the same: "4 ≠ 2". */
static const char *inner_sizes(const struct view *view, const struct record_failed *failed)
{
    const size_t first = strcmp(failed->op, "addmm") == 0 ? 1 : 0;
    const struct trace_tensor *const a = operand_at(view, failed, first);
    const struct trace_tensor *const b = operand_at(view, failed, first + 1);

    if ((first == 0 && strcmp(failed->op, "mm") != 0) || !a || !b || a->ndim != 2 || b->ndim != 2 ||
        a->shape[1] == b->shape[0]) {
        return "";
    }
    return arena_format(view->arena, "%lld ≠ %lld", (long long)a->shape[1], (long long)b->shape[0]);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void add_operands(struct figure *figure, const struct record_failed *failed)
{
    const struct run_view *const run = &figure->view->runs[0];

    /* x @ Wᵀ + b, though PyTorch is given b first. */
    const size_t shift = strcmp(failed->op, "addmm") == 0 ? 1 : 0;
    for (size_t n = 0; n < failed->in_count && figure->count < FIGURE_PARTS - 1; n++) {
        const size_t i = (n + shift) % failed->in_count;
        const struct trace_tensor *const tensor = failed->in[i].kind == ARGUMENT_TENSOR
                                                      ? seen_operand(run, failed, failed->in[i].id)
                                                      : NULL;
        if (tensor) {
            figure_add(figure, tensor, tensor, trace_value_at(tensor, run->moment), (int)i);
        }
    }
}

void figure_read_failed(struct figure *figure, const struct record_failed *failed)
{
    enum { LABEL_BYTES = 48 };
    const struct view *const view = figure->view;
    const char *const valid = valid_places(view, failed);
    const struct record_opdef *const def = trace_opdef(view->runs[0].trace, failed->op);

    add_operands(figure, failed);
    figure->parts[figure->count++] = (struct figure_part){
        .label = trace_span_text(view->runs[0].trace, &failed->at, LABEL_BYTES, view->arena),
        .more = "",
        .shape = valid[0] ? valid : inner_sizes(view, failed),
        .refused = failed->type,
        .operand = -1,
    };
    figure->sign = def && def->symbol && def->symbol[0] ? def->symbol : failed->op;
    figure->form = figure->count == 1 ? FIGURE_ALONE : FIGURE_ROW;
    figure->chosen_part = figure->count - 1;
}
