#include "render/code/links.h"

#include <stdlib.h>
#include <string.h>

/* How far the past is looked back at: operations and bindings of the latest iterations. */
enum { OPS_MAX = 3000, LINKS_MAX = 160, BINDS_MAX = 3000, NAMES_MAX = 96, TITLE_BYTES = 60 };

/* ---- sub-expressions -------------------------------------------------------------------- */

static bool same_span(const struct span *a, const struct span *b)
{
    return a->line == b->line && a->column == b->column && a->end_line == b->end_line &&
           a->end_column == b->end_column;
}

static bool has_span(const struct code_link *links, size_t count, const struct span *at)
{
    for (size_t i = 0; i < count; i++) {
        if (same_span(&links[i].at, at)) {
            return true;
        }
    }
    return false;
}

/* "y * y = 9". */
static const char *title_of(const struct view *view, const struct record_op *op)
{
    const struct run_view *const run = &view->runs[0];

    return op->out.count == 0
               ? op->name
               : arena_format(view->arena, "%s = %s",
                              trace_span_text(run->trace, &op->at, TITLE_BYTES, view->arena),
                              run_value(run, op->out.ids[0], view->arena));
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

static size_t add_ops(const struct view *view, const struct lines *lines, struct code_link *links)
{
    const struct run_view *const run = &view->runs[0];
    size_t all, count = 0;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_OP, &all);

    while (all > 0 && records[all - 1] >= run->moment) {
        all--;
    }
    for (size_t i = all; i > 0 && i + OPS_MAX > all && count < LINKS_MAX; i--) {
        const struct record_op *const op = &trace_record(run->trace, records[i - 1])->op;
        if (holds(lines, &op->at) && !has_span(links, count, &op->at)) {
            links[count++] = (struct code_link){ .at = op->at,
                                                 .target = { .kind = TARGET_OP, .id = op->op },
                                                 .title = title_of(view, op) };
        }
    }
    return count;
}

/* backward() stands for the tensor that it was called on. */
static size_t add_walks(const struct view *view, const struct lines *lines, struct code_link *links,
                        size_t count)
{
    const struct run_view *const run = &view->runs[0];
    size_t all;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_BACKWARD, &all);

    for (size_t i = all; i > 0 && i + OPS_MAX > all && count < LINKS_MAX; i--) {
        const struct record_backward *const walk =
            &trace_record(run->trace, records[i - 1])->backward;
        if (records[i - 1] < run->moment && holds(lines, &walk->at) &&
            !has_span(links, count, &walk->at)) {
            links[count++] =
                (struct code_link){ .at = walk->at,
                                    .target = { .kind = TARGET_TENSOR, .id = walk->root },
                                    .title = "backward" };
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

static bool has_name(const struct code_name *names, size_t count, const struct record_bind *bind)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].frame == bind->frame && strcmp(names[i].name, bind->name) == 0) {
            return true;
        }
    }
    return false;
}

static size_t add_names(const struct run_view *run, struct code_name *names)
{
    size_t all, count = 0;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_BIND, &all);

    while (all > 0 && records[all - 1] >= run->moment) {
        all--;
    }
    for (size_t i = all; i > 0 && i + BINDS_MAX > all && count < NAMES_MAX; i--) {
        const struct record_bind *const bind = &trace_record(run->trace, records[i - 1])->bind;
        const struct trace_frame *const frame = trace_frame(run->trace, bind->frame);
        if (!has_name(names, count, bind)) {
            names[count++] = (struct code_name){ .name = bind->name,
                                                 .tensor = bind->tensor,
                                                 .frame = bind->frame,
                                                 .everywhere = frame && frame->parent == 0 };
        }
    }
    return count;
}

int64_t code_links_name(const struct view *view, const struct code_links *links,
                        const struct trace_cell *cell, int line, const char *name, size_t length)
{
    struct trace_execution execution;
    const struct code_name *outer = NULL;

    if (!trace_execution_at(view->runs[0].trace, cell->in_number, line, view->runs[0].moment,
                            &execution)) {
        return 0;
    }
    for (size_t i = 0; i < links->name_count; i++) {
        const struct code_name *const known = &links->names[i];
        if (strlen(known->name) != length || memcmp(known->name, name, length) != 0) {
            continue;
        }
        if (known->frame == execution.frame) {
            return known->tensor;
        }
        outer = !outer && known->everywhere ? known : outer;
    }
    return outer ? outer->tensor : 0;
}

/* ---- both ------------------------------------------------------------------------------- */

struct code_links code_links_at(const struct view *view, const struct trace_cell *cell, int first,
                                int last)
{
    const struct lines lines = { cell->in_number, first, last };
    struct code_link *const links = arena_allocate(view->arena, LINKS_MAX, sizeof(*links));
    struct code_name *const names = arena_allocate(view->arena, NAMES_MAX, sizeof(*names));
    size_t count = add_ops(view, &lines, links);

    count = add_walks(view, &lines, links, count);
    qsort(links, count, sizeof(*links), by_place);
    return (struct code_links){ .links = links,
                                .link_count = count,
                                .names = names,
                                .name_count = add_names(&view->runs[0], names) };
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
