#include "lessons/trace/versions.h"

#include <string.h>

#include "lessons/trace/places.h"
#include "lessons/trace/reader.h"

enum { EXPRESSION_MAX = 48, VALUE_MAX = 24 };

/* ---- which ------------------------------------------------------------------------------------- */

/* Of several the first, where there is no such output. */
static int64_t op_result(const struct trace_op *op, int output)
{
    const struct id_list *const out = &op->record->out;
    const size_t index = output >= 0 && (size_t)output < out->count ? (size_t)output : 0;

    return op->record->whole ? op->record->whole : out->count > 0 ? out->ids[index] : 0;
}

int64_t trace_op_result(const struct trace_op *op)
{
    return op ? op_result(op, 0) : 0;
}

int64_t trace_node_result(const struct trace *trace, int64_t node, int output)
{
    const struct trace_node *const found = trace_node(trace, node);
    const struct trace_op *const op = found ? trace_op(trace, found->op) : NULL;

    return op ? op_result(op, output) : found ? found->record->tensor : 0;
}

int trace_node_output(const struct trace *trace, const struct trace_node *node,
                      const struct trace_tensor *tensor)
{
    const struct trace_op *const op = trace_op(trace, node->op);

    if (!op || op->record->whole || tensor->op == op->id) {
        return op && !op->record->whole ? tensor->output : 0;
    }
    for (size_t i = 0; i < op->record->out.count; i++) {
        if (op->record->out.ids[i] == tensor->id) {
            return (int)i;
        }
    }
    return 0;
}

/* How many of its rewrites came before the moment. */
static size_t rewrites_before(const struct trace_tensor *tensor, uint32_t moment)
{
    size_t low = 0, high = tensor->rewrite_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (tensor->rewrites[middle].since < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The last that gave it a node; NULL: none did. */
static const struct trace_rewrite *last_tracked(const struct trace_tensor *tensor, uint32_t moment)
{
    const bool tracked = tensor->tracked_since < moment;

    for (size_t i = tracked ? rewrites_before(tensor, moment) : 0; i > 0; i--) {
        if (tensor->rewrites[i - 1].node != 0) {
            return &tensor->rewrites[i - 1];
        }
    }
    return NULL;
}

int64_t trace_last_grad_fn_at(const struct trace_tensor *tensor, uint32_t moment)
{
    const struct trace_rewrite *const last = last_tracked(tensor, moment);

    return last ? last->node : tensor->rewrite_count > 0 ? tensor->first_node : tensor->node;
}

uint32_t trace_switch_at(const struct trace_tensor *tensor, uint32_t moment)
{
    const size_t before = index_before(tensor->switches, tensor->switch_count, moment);
    const struct trace_rewrite *const last = before > 0 ? last_tracked(tensor, moment) : NULL;
    const bool holds = before > 0 && (!last || last->since < tensor->switches[before - 1]);

    return holds ? tensor->switches[before - 1] : NEVER;
}

int64_t trace_grad_fn_at(const struct trace_tensor *tensor, uint32_t moment)
{
    /* requires_grad is set of leaves, or makes the tensor one. */
    return trace_switch_at(tensor, moment) == NEVER ? trace_last_grad_fn_at(tensor, moment) : 0;
}

uint32_t trace_rewritten_next(const struct trace_tensor *tensor, uint32_t born)
{
    const size_t next = rewrites_before(tensor, born + 1);

    return next < tensor->rewrite_count ? tensor->rewrites[next].since : NEVER;
}

/* Whether the tensor has been changed since that record. */
static bool is_overwritten(const struct trace_tensor *tensor, uint32_t born, uint32_t moment)
{
    const size_t count = rewrites_before(tensor, moment);

    return count > 0 && tensor->rewrites[count - 1].since > born;
}

/* ---- what it is called --------------------------------------------------------------------------- */

const struct argument *trace_assigned(const struct trace *trace, const struct trace_op *op)
{
    const struct record_op *const record = op->record;
    const bool writes =
        strcmp(record->name, "copy_") == 0 || strcmp(record->name, "index_put") == 0;
    struct arena arena = { 0 };

    if (!writes || record->in_count < 2) {
        return NULL;
    }
    const char *const text = trace_span_text(trace, &record->at, EXPRESSION_MAX, &arena);
    const size_t length = strlen(text);
    const bool assigns = length > 0 && text[length - 1] == ']';
    arena_finish(&arena);
    return assigns ? &record->in[1] : NULL;
}

bool trace_target_masked(const struct trace *trace, const struct trace_op *op)
{
    enum { PARTS_MOST = 8 };
    const uint32_t moment = op->born + 1;
    const struct trace_op *maker = op;
    const struct trace_tensor *target = trace_tensor(trace, trace_op_result(op));

    for (int i = 0; target && i < PARTS_MOST; i++) {
        const struct trace_value *const now = trace_value_at(target, moment);
        const int64_t storage = target->storage;
        if (now && now->masked) {
            return true;
        }
        const struct record_op *const record = maker ? maker->record : NULL;
        const bool of_other =
            record && record->in_count > 0 && record->in[0].kind == ARGUMENT_TENSOR;
        target = of_other ? trace_tensor(trace, record->in[0].id) : NULL;
        target = target && target->storage == storage ? target : NULL;
        maker = target ? trace_op(trace, target->op) : NULL;
    }
    return false;
}

/* "c", "a * 2", "0"; "…" for what has no name and does not fit on a line, or is a secret. */
static const char *value_text(const struct trace *trace, const struct trace_op *op,
                              const struct argument *value, struct arena *arena)
{
    const uint32_t moment = op->born + 1;
    const struct trace_tensor *const tensor =
        value->kind == ARGUMENT_TENSOR ? trace_tensor(trace, value->id) : NULL;
    const char *const label = tensor ? trace_tensor_label(trace, tensor, arena) : "";

    if (label[0] != '\0' && strlen(label) <= VALUE_MAX) {
        return label;
    }
    const struct trace_value *const now = tensor ? trace_value_at(tensor, moment) : NULL;
    const bool known = now ? now->count == 1 && !now->masked : value->kind == ARGUMENT_NUMBER;
    char number[NUMBER_SIZE];
    if (!known || trace_target_masked(trace, op)) {
        return "…";
    }
    const size_t length =
        now && strcmp(now->dtype, "float32") == 0
            ? number_shortest_float(number, (float)trace_element(now, 0))
            : number_shortest(number, now ? trace_element(now, 0) : value->number);
    return arena_copy_text(arena, number, length);
}

/* The operation that put out the part which that one writes; NULL: not told. */
static const struct trace_op *part_maker(const struct trace *trace, const struct trace_op *op)
{
    const struct argument *const in = op->record->in_count > 0 ? &op->record->in[0] : NULL;
    const struct trace_tensor *const part =
        op->record->whole && in && in->kind == ARGUMENT_TENSOR ? trace_tensor(trace, in->id) : NULL;

    return part ? trace_op(trace, part->op) : NULL;
}

/* In a loop `b[i]` is another place at each turn: "[2]". "" where the place is no single index. */
static const char *index_text(const struct trace_op *op, const struct trace_op *maker,
                              struct arena *arena)
{
    const struct record_op *const record = maker->record;
    double dim = -1, index = -1;

    for (size_t i = 0; i < record->attr_count; i++) {
        dim = strcmp(record->attrs[i].name, "dim") == 0 ? record->attrs[i].number : dim;
        index = strcmp(record->attrs[i].name, "index") == 0 ? record->attrs[i].number : index;
    }
    const bool first = strcmp(record->name, "select") == 0 && dim == 0 && record->in_count > 0 &&
                       record->in[0].id == op->record->whole;
    return first ? arena_format(arena, "[%.0f]", index) : "";
}

/* Whether the brackets at the end hold names, whose values the reader would have to know. */
static bool has_names(const char *place)
{
    return strpbrk(place, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") != NULL;
}

const char *trace_written_place(const struct trace *trace, const struct trace_op *op,
                                struct arena *arena)
{
    const struct trace_op *const maker = op->record->whole           ? part_maker(trace, op)
                                         : trace_assigned(trace, op) ? op
                                                                     : NULL;
    const char *const text =
        maker ? trace_span_text(trace, &maker->record->at, EXPRESSION_MAX, arena) : "";
    const char *const bracket = strchr(text, '[');
    const char *const end = bracket ? strchr(bracket, ']') : NULL;
    const char *const index = maker ? index_text(op, maker, arena) : "";

    /* Of `b[0][1]` neither index says it alone. */
    const bool whole = end && end[1] == '\0';
    return whole && !(has_names(bracket) && index[0]) ? bracket : index[0] ? index : "[i]";
}

/* `b[i]` with the index that i was. */
static const char *written_to(const struct trace *trace, const struct trace_op *op,
                              const char *expression, struct arena *arena)
{
    const struct trace_op *const maker = part_maker(trace, op);
    const char *const bracket = strchr(expression, '[');
    const char *const index = maker ? index_text(op, maker, arena) : "";

    return bracket && has_names(bracket) && index[0]
               ? arena_format(arena, "%.*s%s", (int)(bracket - expression), expression, index)
               : expression;
}

const char *trace_write_text(const struct trace *trace, const struct trace_op *op, const char *sign,
                             struct arena *arena)
{
    const struct argument *const value = trace_assigned(trace, op);
    const char *const text = trace_span_text(trace, &op->record->at, EXPRESSION_MAX, arena);

    if (value) {
        return arena_format(arena, "%s %s %s", written_to(trace, op, text, arena), sign,
                            value_text(trace, op, value, arena));
    }
    return op->record->whole ? text : "";
}

const char *trace_version_label(const struct trace *trace, const struct trace_op *op, int output,
                                uint32_t moment, struct arena *arena)
{
    const struct trace_tensor *const tensor = trace_tensor(trace, op_result(op, output));

    if (!tensor) {
        return op->record->name;
    }
    /* What an operation wrote into a tensor without a name is not called as what was there: `model.1`, a
     * ReLU in place, of `model.0`. */
    const bool own =
        tensor->op == op->id || trace_is_named(trace, tensor) || tensor->tracked_since == NEVER;
    if (own && !is_overwritten(tensor, op->born, moment)) {
        return trace_tensor_label(trace, tensor, arena);
    }
    const char *const written = trace_write_text(trace, op, "←", arena);
    return written[0] != '\0' ? written : trace_op_text(trace, tensor, op, arena);
}

const char *trace_node_label(const struct trace *trace, int64_t node, int output, uint32_t moment,
                             struct arena *arena)
{
    const struct trace_node *const found = trace_node(trace, node);
    const struct trace_op *const op = found ? trace_op(trace, found->op) : NULL;
    const struct trace_tensor *const tensor =
        trace_tensor(trace, trace_node_result(trace, node, output));

    if (!found || !tensor) {
        return found ? found->record->name : "";
    }
    return op ? trace_version_label(trace, op, output, moment, arena)
              : trace_tensor_label(trace, tensor, arena);
}
