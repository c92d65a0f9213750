#include "render/ghost.h"

#include <string.h>

bool ghost_view(const struct view *view, struct view *out)
{
    if (view->run_count < 2) {
        return false;
    }
    *out = *view;
    out->runs = &view->runs[1];
    out->run_count = 1;
    return true;
}

static const char *op_name(const struct trace *trace, const struct trace_tensor *tensor)
{
    const struct trace_op *const op = trace_op(trace, tensor->op);

    return op ? op->record->name : "";
}

/* Numbers of tensors go on alike in both runs as long as both do the same; where they do not, another
 * line, another visit of it or another operation gives it away. */
static bool same_thing(const struct view *view, const struct trace_tensor *here,
                       const struct trace_tensor *there)
{
    const struct trace *const now = view->runs[0].trace, *const before = view->runs[1].trace;
    struct trace_position at, was;

    return here->ndim == there->ndim && here->count == there->count &&
           trace_position_at(now, here->born + 1, &at) &&
           trace_position_at(before, there->born + 1, &was) && at.cell == was.cell &&
           at.line == was.line && at.visit == was.visit &&
           strcmp(op_name(now, here), op_name(before, there)) == 0;
}

static const struct trace_tensor *tensor_before(const struct view *view, int64_t id)
{
    const struct trace_tensor *const here = trace_tensor(view->runs[0].trace, id);
    const struct trace_tensor *const there =
        view->run_count > 1 ? trace_tensor(view->runs[1].trace, id) : NULL;

    return here && there && same_thing(view, here, there) ? there : NULL;
}

/* The number of a tensor of that run at its moment; NULL if it has not one, or not one alone. */
static const char *number_in(const struct view *view, size_t run, const struct trace_tensor *tensor)
{
    const struct trace_value *const value =
        tensor && tensor->count == 1 ? trace_value_at(tensor, view->runs[run].moment) : NULL;

    return value ? element_in_slot(view->arena, value->dtype, trace_element(value, 0)) : NULL;
}

static const char *if_other(const char *now, const char *was)
{
    return now && was && strcmp(now, was) != 0 ? was : NULL;
}

const char *ghost_number(const struct view *view, int64_t tensor)
{
    const struct trace_tensor *const there = tensor_before(view, tensor);

    return there ? if_other(number_in(view, 0, trace_tensor(view->runs[0].trace, tensor)),
                            number_in(view, 1, there))
                 : NULL;
}

static const char *element_in(const struct view *view, size_t run,
                              const struct trace_tensor *tensor, int64_t element)
{
    const struct trace_value *const value =
        tensor ? trace_value_at(tensor, view->runs[run].moment) : NULL;

    return value && !value->sampled && element >= 0 && (size_t)element < value->count
               ? element_in_slot(view->arena, value->dtype, trace_element(value, (size_t)element))
               : NULL;
}

const char *ghost_element(const struct view *view, int64_t tensor, int64_t element)
{
    const struct trace_tensor *const there = tensor_before(view, tensor);

    return there ? if_other(element_in(view, 0, trace_tensor(view->runs[0].trace, tensor), element),
                            element_in(view, 1, there, element))
                 : NULL;
}

const char *ghost_grad(const struct view *view, int64_t tensor)
{
    const struct trace_tensor *const there = tensor_before(view, tensor);

    if (!there) {
        return NULL;
    }
    const struct run_view *const now = &view->runs[0], *const before = &view->runs[1];
    return if_other(
        number_in(view, 0,
                  trace_grad_at(now->trace, trace_tensor(now->trace, tensor), now->moment)),
        number_in(view, 1, trace_grad_at(before->trace, there, before->moment)));
}

const char *ghost_text(const struct view *view, const char *was)
{
    return arena_format(view->arena, "%s %s", view_word(view, "was"), was);
}
