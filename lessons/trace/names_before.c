/* What a tensor was called before an operation wrote into it, or a function gave it out. */
#include <string.h>

#include "lessons/trace/reader.h"
#include "lessons/trace/state.h"

enum { LABEL_MAX = 48 };

const char *trace_label_before(const struct trace *trace, const struct trace_tensor *tensor,
                               const struct trace_op *writer, struct arena *arena)
{
    const bool unnamed = trace_name_at(trace, tensor, writer->born)[0] == '\0';
    const struct trace_op *op = unnamed ? trace_op(trace, writer->id - 1) : NULL;
    for (; op && op->id >= tensor->op; op = trace_op(trace, op->id - 1)) {
        for (size_t i = 0; i < op->record->out.count; i++) {
            if (op->record->out.ids[i] == tensor->id) {
                const bool other =
                    memcmp(&op->record->at, &writer->record->at, sizeof(struct span)) != 0;
                const char *text =
                    other ? trace_span_text(trace, &op->record->at, LABEL_MAX, arena) : "";
                return text[0] ? text
                               : arena_copy_text(arena, op->record->name, strlen(op->record->name));
            }
        }
    }
    return trace_tensor_label(trace, tensor, arena);
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
