/* What a tensor was called before an operation wrote into it, or a function gave it out. */
#include <string.h>

#include "lessons/trace/reader.h"
#include "lessons/trace/state.h"

enum { LABEL_MAX = 48 };

/* The last operation before the writer that put the tensor out; NULL: none did. */
static const struct trace_op *put_out_before(const struct trace *trace,
                                             const struct trace_tensor *tensor,
                                             const struct trace_op *writer)
{
    const struct index_list *const later = &tensor_entry(trace, tensor->id)->put_out;
    const size_t before = index_before(later->items, later->count, writer->born);
    const int64_t id =
        before > 0 ? trace_record(trace, later->items[before - 1])->op.op : tensor->op;

    return id < writer->id ? trace_op(trace, id) : NULL;
}

const char *trace_label_before(const struct trace *trace, const struct trace_tensor *tensor,
                               const struct trace_op *writer, struct arena *arena)
{
    const bool unnamed = trace_name_at(trace, tensor, writer->born)[0] == '\0';
    const struct trace_op *const op = unnamed ? put_out_before(trace, tensor, writer) : NULL;
    if (!op) {
        return trace_tensor_label(trace, tensor, arena);
    }
    const bool other = memcmp(&op->record->at, &writer->record->at, sizeof(struct span)) != 0;
    const char *const text = other ? trace_span_text(trace, &op->record->at, LABEL_MAX, arena) : "";
    return text[0] ? text : arena_copy_text(arena, op->record->name, strlen(op->record->name));
}

const char *trace_inner_label(const struct trace *trace, const struct trace_op *op,
                              struct arena *arena)
{
    const int64_t id = op->record->out.count > 0 ? op->record->out.ids[0] : 0;
    const struct tensor_entry *const entry = id ? tensor_entry(trace, id) : NULL;
    return entry && entry->applied > op->id
               ? trace_label_before(trace, &entry->tensor, trace_op(trace, entry->applied), arena)
               : "";
}
