/* Which cells of a figure belong together. `x[:, 1]` is several views behind one another, and nobody
 * has seen those between: their links are followed to the end. */

#include "render/tensor/figure.h"

#include <string.h>

static bool same_span(const struct span *a, const struct span *b)
{
    return a->cell > 0 && a->cell == b->cell && a->line == b->line && a->column == b->column &&
           a->end_line == b->end_line && a->end_column == b->end_column;
}

static bool takes_cells(const struct trace_op *op)
{
    return strcmp(op->def->provenance, "affine") == 0 || strcmp(op->def->provenance, "rows") == 0;
}

void figure_follow_views(struct figure *figure)
{
    const struct run_view *const run = &figure->view->runs[0];

    figure->source = figure->op;
    while (figure->links && takes_cells(figure->op) && figure->inner_count < FIGURE_INNER) {
        const struct record_op *const record = figure->source->record;
        const struct trace_tensor *const between =
            record->in_count > 0 && record->in[0].kind == ARGUMENT_TENSOR
                ? trace_tensor(run->trace, record->in[0].id)
                : NULL;
        const struct trace_op *const maker = between ? trace_op(run->trace, between->op) : NULL;
        if (!maker || maker->born > figure->source->born || between->update_count > 0 ||
            strcmp(maker->def->provenance, "affine") != 0 ||
            !same_span(&maker->record->at, &record->at)) {
            return;
        }
        const struct provenance *const links =
            provenance_of(run->trace, maker, between->output, figure->view->arena);
        if (!links) {
            return;
        }
        figure->inner[figure->inner_count++] = links;
        figure->source = maker;
    }
}

/* ---- parts of one call ---------------------------------------------------------------------- */

/* Dimensions that are put in the order which they have; those of size 1 count for nothing. */
static bool leaves_order(const struct record_op *record, const struct trace_tensor *from)
{
    const struct argument *const order = record->attr_count > 0 ? &record->attrs[0] : NULL;
    double before = -1;

    for (size_t i = 0; order && i < order->item_count; i++) {
        const double dim = order->items[i].number;
        if (!(dim >= 0 && dim < from->ndim)) {
            return false;
        }
        if (from->shape[(int)dim] > 1 && dim < before) {
            return false;
        }
        before = from->shape[(int)dim] > 1 ? dim : before;
    }
    return order && order->item_count == (size_t)from->ndim;
}

/* The same numbers in the same order, in another shape. */
static bool only_reshapes(const struct run_view *run, const struct trace_op *op)
{
    static const char *const names[] = { "view",    "unsafe_view", "_reshape_alias",
                                         "squeeze", "unsqueeze",   "expand" };
    const struct record_op *const record = op->record;
    const struct trace_tensor *const from =
        record->in_count > 0 && record->in[0].kind == ARGUMENT_TENSOR
            ? trace_tensor(run->trace, record->in[0].id)
            : NULL;
    const struct trace_tensor *const to =
        record->out.count > 0 ? trace_tensor(run->trace, record->out.ids[0]) : NULL;
    bool named = from && strcmp(record->name, "permute") == 0 && leaves_order(record, from);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        named = named || strcmp(record->name, names[i]) == 0;
    }
    return named && from && to && from->count == to->count;
}

/* What made a tensor, if that is a part of the same expression; NULL: it is not. */
static const struct trace_op *maker_within(const struct run_view *run, const struct span *at,
                                           const struct trace_tensor *tensor)
{
    const struct trace_op *const maker = tensor ? trace_op(run->trace, tensor->op) : NULL;

    return maker && tensor->update_count == 0 && same_span(&maker->record->at, at) ? maker : NULL;
}

/* What made the first operand, likewise. Always an earlier one: in place, what an operation reads is also
 * what it made. */
static const struct trace_op *maker_before(const struct run_view *run, const struct span *at,
                                           const struct trace_op *op)
{
    const struct trace_op *const maker =
        maker_within(run, at, trace_tensor(run->trace, op->record->in[0].id));

    return maker && maker->id < op->id ? maker : NULL;
}

const struct trace_op *figure_worker(const struct run_view *run, const struct trace_op *op)
{
    const struct trace_op *worker = op;

    while (worker && only_reshapes(run, worker)) {
        worker = maker_before(run, &op->record->at, worker);
    }
    return worker && !takes_cells(worker) ? worker : op;
}

const struct trace_tensor *figure_origin(const struct run_view *run, const struct trace_op *reader,
                                         const struct trace_tensor *tensor)
{
    const struct trace_tensor *origin = tensor;
    const struct trace_op *maker = maker_within(run, &reader->record->at, origin);

    while (maker && only_reshapes(run, maker)) {
        origin = trace_tensor(run->trace, maker->record->in[0].id);
        maker = maker_before(run, &reader->record->at, maker);
    }
    return maker ? tensor : origin; /* what nobody has seen either is no origin */
}

/* ---- through all of them -------------------------------------------------------------------- */

struct collector {
    struct arena *arena;
    struct tensor_cell *at;
    size_t count, capacity, most;
    bool more;
};

static void collect(struct collector *all, struct tensor_cell cell)
{
    if (all->count == all->most) {
        all->more = true;
        return;
    }
    if (all->count == all->capacity) {
        const size_t capacity = all->capacity ? all->capacity * 2 : 16;
        struct tensor_cell *const wider =
            arena_allocate(all->arena, capacity, sizeof(struct tensor_cell));
        if (all->count > 0) {
            memcpy(wider, all->at, all->count * sizeof(struct tensor_cell));
        }
        all->at = wider;
        all->capacity = capacity;
    }
    all->at[all->count++] = cell;
}

/* From a cell of operand 0 back through the views from number `depth` on. */
static void collect_source(const struct figure *figure, int depth, struct tensor_cell cell,
                           struct collector *all)
{
    if (depth == figure->inner_count || depth == FIGURE_INNER || cell.operand != 0) {
        collect(all, cell);
        return;
    }
    const struct tensor_cells from =
        provenance_sources(figure->inner[depth], cell.element, all->most, all->arena);
    for (size_t i = 0; i < from.count; i++) {
        collect_source(figure, depth + 1, from.at[i], all);
    }
}

struct tensor_cells figure_sources(const struct figure *figure, int64_t element, size_t most)
{
    struct arena *const arena = figure->view->arena;
    struct collector all = { .arena = arena, .most = most };

    if (!figure->links) {
        return (struct tensor_cells){ 0 };
    }
    const struct tensor_cells from = provenance_sources(figure->links, element, most, arena);
    for (size_t i = 0; i < from.count; i++) {
        collect_source(figure, 0, from.at[i], &all);
    }
    return (struct tensor_cells){ all.at, all.count, all.more || from.more };
}

/* The other way: views `depth` - 1 to 0 lie between the cell and the operation. */
static void collect_use(const struct figure *figure, int depth, struct tensor_cell cell,
                        struct collector *all)
{
    const struct provenance *const links = depth > 0 ? figure->inner[depth - 1] : figure->links;
    const struct tensor_cells uses =
        provenance_uses(links, cell.operand, cell.element, all->most, all->arena);

    for (size_t i = 0; i < uses.count; i++) {
        if (depth == 0) {
            collect(all, uses.at[i]);
        } else {
            collect_use(figure, depth - 1, (struct tensor_cell){ 0, false, uses.at[i].element },
                        all);
        }
    }
    all->more = all->more || uses.more;
}

struct tensor_cells figure_uses(const struct figure *figure, int operand, int64_t element,
                                size_t most)
{
    struct collector all = { .arena = figure->view->arena, .most = most };

    if (figure->links) {
        collect_use(figure, operand == 0 ? figure->inner_count : 0,
                    (struct tensor_cell){ operand, false, element }, &all);
    }
    return (struct tensor_cells){ all.at, all.count, all.more };
}
