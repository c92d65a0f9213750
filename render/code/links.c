#include "render/code/links.h"

#include <stdlib.h>
#include <string.h>

#include "lessons/trace/places.h"

/* More sub-expressions than a cell that anybody reads can have. */
enum { PLACES_MAX = 1000, TITLE_BYTES = 60 };

/* ---- sub-expressions -------------------------------------------------------------------- */

/* "y * y = 9". */
static const char *title_of(const struct view *view, const struct record_op *op)
{
    const struct run_view *const run = &view->runs[0];

    return op->out.count == 0
               ? op->name
               : arena_format(
                     view->arena, "%s %s",
                     trace_span_text(run->trace, &op->at, TITLE_BYTES, view->arena),
                     equals_number(view->arena, run_value(run, op->out.ids[0], view->arena)));
}

/* The lines of a cell that are asked for. */
struct lines {
    int64_t cell;
    int first, last;
};

static bool holds(const struct lines *lines, const struct span *at)
{
    return at->cell == lines->cell && at->end_line >= lines->first && at->line <= lines->last;
}

/* backward() stands for the tensor that it was called on. */
static struct code_link link_of(const struct view *view, const struct trace_place *place,
                                uint32_t latest)
{
    const struct record *const record = trace_record(view->runs[0].trace, latest);
    struct code_link link = { .at = place->at, .title = "backward" };

    if (place->backward) {
        link.target = (struct target){ .kind = TARGET_TENSOR, .id = record->backward.root };
    } else {
        link.target = (struct target){ .kind = TARGET_OP, .id = record->op.op };
        link.title = title_of(view, &record->op);
    }
    return link;
}

static bool has_span(const struct code_link *links, size_t count, const struct span *at)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&links[i].at, at, sizeof(*at)) == 0) {
            return true;
        }
    }
    return false;
}

/* The operations first: where one of them is, a backward pass of the same span stands back. */
static size_t add_links(const struct view *view, const struct lines *lines, bool backward,
                        struct code_link *links, size_t count)
{
    const struct run_view *const run = &view->runs[0];
    size_t all;
    const struct trace_place *const *const places = trace_places(run->trace, lines->cell, &all);

    for (size_t i = 0; i < all && i < PLACES_MAX; i++) {
        const uint32_t latest = trace_place_latest(places[i], run->moment);
        if (latest != NEVER && places[i]->backward == backward && holds(lines, &places[i]->at) &&
            !(backward && has_span(links, count, &places[i]->at))) {
            links[count++] = link_of(view, places[i], latest);
        }
    }
    return count;
}

/* By their beginnings; of those that begin together the longest first. */
static int by_place(const void *a, const void *b)
{
    const struct span *const x = &((const struct code_link *)a)->at;
    const struct span *const y = &((const struct code_link *)b)->at;

    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    if (x->column != y->column) {
        return x->column < y->column ? -1 : 1;
    }
    if (x->end_line != y->end_line) {
        return x->end_line > y->end_line ? -1 : 1;
    }
    return (x->end_column < y->end_column) - (x->end_column > y->end_column);
}

/* ---- names ------------------------------------------------------------------------------ */

int64_t code_name_at(const struct view *view, const struct trace_cell *cell, int line,
                     const char *name, size_t length)
{
    const struct run_view *const run = &view->runs[0];
    struct trace_execution execution;
    int64_t tensor = 0;

    if (!trace_execution_at(run->trace, cell->in_number, line, run->moment, &execution) ||
        (!trace_bound_at(run->trace, execution.frame, name, length, run->moment, &tensor) &&
         !trace_bound_at(run->trace, 0, name, length, run->moment, &tensor))) {
        return 0;
    }
    return tensor;
}

/* ---- both ------------------------------------------------------------------------------- */

struct code_links code_links_at(const struct view *view, const struct trace_cell *cell, int first,
                                int last)
{
    const struct lines lines = { cell->in_number, first, last };
    size_t places;

    trace_places(view->runs[0].trace, cell->in_number, &places);
    struct code_link *const links =
        arena_allocate(view->arena, places < PLACES_MAX ? places : PLACES_MAX, sizeof(*links));
    size_t count = add_links(view, &lines, false, links, 0);
    count = add_links(view, &lines, true, links, count);
    qsort(links, count, sizeof(*links), by_place);
    return (struct code_links){ .links = links, .link_count = count };
}

struct span code_span_of(const struct view *view, struct target target)
{
    const struct trace *const trace = view->runs[0].trace;
    const struct trace_tensor *const tensor = trace_tensor(trace, target.id);
    const struct trace_node *const node = trace_node(trace, target.id);
    const struct trace_op *op = NULL;

    if (target.kind == TARGET_OP || target.kind == TARGET_EDGE) {
        op = trace_op(trace, target.id);
    } else if (target.kind == TARGET_NODE) {
        op = node ? trace_op(trace, node->op) : NULL;
    } else if (target.kind == TARGET_TENSOR || target.kind == TARGET_DRAWER ||
               target.kind == TARGET_LEDGER) {
        op = tensor ? trace_op(trace, tensor->op) : NULL;
    }
    return op ? op->record->at : (struct span){ 0 };
}
