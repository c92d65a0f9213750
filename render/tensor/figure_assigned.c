/* "x[2] = 5" as a figure: the tensor that is written into, before and after, and which of its cells the
 * line means. What it is written through, `x[2]`, has no name and needs none. */

#include <string.h>

#include "render/tensor/figure.h"

/* The operation by which the line picks the cells, where the tensor is nothing else than that. */
static const struct trace_op *picked_by(const struct run_view *run,
                                        const struct trace_tensor *tensor,
                                        const struct trace_op *writer)
{
    const struct trace_op *const maker = trace_op(run->trace, tensor->op);
    const struct span *const at = &writer->record->at;

    return maker && maker->born < writer->born && at->cell > 0 &&
                   strcmp(maker->def->provenance, "affine") == 0 &&
                   maker->record->at.cell == at->cell && maker->record->at.line == at->line &&
                   !trace_is_named(run->trace, tensor)
               ? maker
               : NULL;
}

static const struct trace_tensor *operand(const struct run_view *run, const struct trace_op *op,
                                          size_t index)
{
    const struct record_op *const record = op->record;

    return index < record->in_count && record->in[index].kind == ARGUMENT_TENSOR
               ? trace_tensor(run->trace, record->in[index].id)
               : NULL;
}

/* The views from the one that is written through, `inner[0]`, to what they are views of. */
static const struct trace_tensor *follow(struct figure *figure, const struct trace_tensor *picked,
                                         const struct trace_op *writer)
{
    const struct run_view *const run = &figure->view->runs[0];
    const struct trace_op *view = picked_by(run, picked, writer);
    const struct trace_tensor *whole = picked;

    while (view && figure->inner_count < FIGURE_INNER) {
        const struct provenance *const links =
            provenance_of(run->trace, view, whole->output, figure->view->arena);
        whole = operand(run, view, 0);
        if (!links || !whole) {
            return NULL;
        }
        figure->inner[figure->inner_count++] = links;
        view = picked_by(run, whole, writer);
    }
    return figure->inner_count > 0 ? whole : NULL;
}

/* Whether the write has changed a number of it, and the lesson knows it by a name. */
static bool shares(const struct run_view *run, const struct trace_op *writer,
                   const struct trace_tensor *other, const struct trace_tensor *whole)
{
    return other && other != whole && other->storage == whole->storage &&
           trace_value_at(other, writer->first) != trace_value_at(other, writer->born + 1) &&
           trace_name_at(run->trace, other, run->moment)[0];
}

/* The names of those that share the memory, the larger ones first: "w, row"; "" for none. */
static const char *sharers(const struct figure *figure, const struct trace_op *writer,
                           const struct trace_tensor *whole)
{
    enum { NAMES = 3 };
    const struct run_view *const run = &figure->view->runs[0];
    struct arena *const arena = figure->view->arena;
    const char *names = "";
    int count = 0;

    for (uint32_t turn = 0; turn < 2; turn++) {
        for (uint32_t i = writer->first; i < writer->born; i++) {
            const struct record *const record = trace_record(run->trace, i);
            const struct trace_tensor *const other =
                record->kind == RECORD_UPDATE ? trace_tensor(run->trace, record->update.tensor)
                                              : NULL;
            if (!shares(run, writer, other, whole) || (other->count < whole->count) != turn) {
                continue;
            }
            names = count < NAMES    ? arena_format(arena, "%s%s%s", names, count > 0 ? ", " : "",
                                                    trace_name_at(run->trace, other, run->moment))
                    : count == NAMES ? arena_format(arena, "%s, …", names)
                                     : names;
            count++;
        }
    }
    return names;
}

/* Those cells of the whole, in the order of the picked ones. */
static void find_written(struct figure *figure, const struct trace_tensor *picked)
{
    struct arena *const arena = figure->view->arena;
    const bool more = picked->count > FIGURE_LINKS;
    const size_t count = more ? FIGURE_LINKS : (size_t)picked->count;
    struct tensor_cell *const cells = arena_allocate(arena, count + 1, sizeof(*cells));
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        struct tensor_cell at = { 0, false, (int64_t)i };
        bool known = true;
        for (int depth = 0; depth < figure->inner_count && known; depth++) {
            const struct tensor_cells from =
                provenance_sources(figure->inner[depth], at.element, 1, arena);
            known = from.count > 0;
            at = known ? from.at[0] : at;
        }
        if (known) {
            cells[found++] = (struct tensor_cell){ 0, false, at.element };
        }
    }
    figure->linked = (struct tensor_cells){ cells, found, more };
}

bool figure_read_assigned(struct figure *figure, const struct trace_op *writer)
{
    const struct view *const view = figure->view;
    const struct trace_tensor *const picked = operand(&view->runs[0], writer, 0);
    const struct trace_tensor *const source = operand(&view->runs[0], writer, 1);
    const struct trace_tensor *const whole =
        picked && writer->record->out.count == 1 && writer->record->out.ids[0] == picked->id
            ? follow(figure, picked, writer)
            : NULL;
    const struct trace_value *const before = whole ? trace_value_at(whole, writer->first) : NULL;
    const struct trace_value *const after = whole ? trace_value_at(whole, writer->born + 1) : NULL;

    if (!before || !after) {
        return false;
    }
    const struct trace_value *const put = source ? provenance_operand_value(writer, source) : NULL;
    const bool alone = put && put->count == 1 && !put->sampled;
    find_written(figure, picked);
    figure_add(figure, whole, whole, before, 0);
    if (source && !alone) {
        figure_add(figure, source, source, put, 1);
    }
    struct figure_part *const result = figure_add(figure, whole, whole, after, -1);
    const char *const others = sharers(figure, writer, whole);
    if (others[0]) {
        result->more =
            arena_format(view->arena, "%s %s", view_word(view, "the same memory:"), others);
    }
    figure->out = whole;
    figure->assigned = true;
    figure->form = FIGURE_ROW;
    figure->sign =
        alone ? arena_format(view->arena, "← %s",
                             element_in_slot(view->arena, put->dtype, trace_element(put, 0)))
              : figure_sign(view, writer);
    return true;
}
