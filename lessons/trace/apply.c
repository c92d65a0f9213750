#include "lessons/trace/apply.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "engine/base/array.h"

/* ---- checks --------------------------------------------------------------------------------- */

bool id_is_next(const struct table *table, int64_t id, const char *what, struct error *err)
{
    if (id == (int64_t)table->count + 1) {
        return true;
    }
    return error_set_kind(err, ERROR_VALUE, "%s %" PRId64 " where %s %zu is next", what, id, what,
                          table->count + 1);
}

bool id_exists(const struct table *table, int64_t id, const char *what, struct error *err)
{
    return table_at(table, id) ||
           error_set_kind(err, ERROR_VALUE, "there is no %s %" PRId64, what, id);
}

bool id_exists_or_none(const struct table *table, int64_t id, const char *what, struct error *err)
{
    return id == 0 || id_exists(table, id, what, err);
}

bool ids_exist(const struct table *table, const struct id_list *list, const char *what,
               struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!id_exists_or_none(table, list->ids[i], what, err)) {
            return false;
        }
    }
    return true;
}

/* Not deep: the reader has bounded it. */
bool arguments_exist(const struct trace *trace, const struct argument *arguments, size_t count,
                     struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct argument *argument = &arguments[i];
        if ((argument->kind == ARGUMENT_TENSOR &&
             !id_exists(&trace->tensors, argument->id, "tensor", err)) ||
            (argument->kind == ARGUMENT_MODULE &&
             !id_exists(&trace->modules, argument->id, "module", err)) ||
            !arguments_exist(trace, argument->items, argument->item_count, err)) {
            return false;
        }
    }
    return true;
}

bool target_exists(const struct trace *trace, const struct edge_target *to, struct error *err)
{
    return id_exists_or_none(&trace->nodes, to->node, "node", err) &&
           id_exists_or_none(&trace->tensors, to->leaf, "tensor", err);
}

/* ---- the run -------------------------------------------------------------------------------- */

static bool apply_hello(struct trace *trace, const struct record *record, uint32_t index,
                        struct error *err)
{
    (void)trace;
    if (index != 0) {
        return error_set_kind(err, ERROR_VALUE, "a trace has only one, at its beginning");
    }
    if (record->hello.format != TRACE_FORMAT) {
        return error_set_kind(err, ERROR_VALUE,
                              "this trace has format %" PRId64 ", this program reads format %d",
                              record->hello.format, TRACE_FORMAT);
    }
    return true;
}

static void cell_append(struct trace *trace, const struct record_source *source)
{
    struct trace_cell *cell = trace->cells.items[trace->cells.count - 1];
    struct text *text = &trace->cell_texts[trace->cells.count - 1];
    struct index_list *lines = &trace->cell_lines[trace->cells.count - 1];
    const size_t before = text->length;
    text_append(text, source->text.bytes, source->text.length);
    trace->heap_bytes += source->text.length;
    for (size_t i = before; i < text->length; i++) {
        if (text->bytes[i] == '\n') {
            index_add(trace, lines, (uint32_t)(i + 1));
        }
    }
    cell->text = (struct trace_string){ text_string(text), text->length };
    cell->lines = lines->items;
    cell->line_count = lines->count;
    trace->cell_open = source->more;
}

static bool apply_source(struct trace *trace, const struct record *record, uint32_t index,
                         struct error *err)
{
    (void)index;
    const struct record_source *source = &record->source;
    if (trace->cell_open) {
        if (source->cell != (int64_t)trace->cells.count) {
            return error_set_kind(err, ERROR_VALUE, "the text of cell %zu should go on",
                                  trace->cells.count);
        }
        cell_append(trace, source);
        return true;
    }
    if (!id_is_next(&trace->cells, source->cell, "cell", err) ||
        (source->in != 0 && !id_is_next(&trace->code_cells, source->in, "code cell", err))) {
        return false;
    }
    struct trace_cell *cell = table_add(trace, &trace->cells, sizeof(*cell));
    trace->cell_texts = array_reserve(trace->cell_texts, &trace->cell_text_capacity,
                                      trace->cells.count, sizeof(struct text));
    trace->cell_texts[trace->cells.count - 1] = (struct text){ 0 };
    trace->cell_lines = array_reserve(trace->cell_lines, &trace->cell_lines_capacity,
                                      trace->cells.count, sizeof(struct index_list));
    trace->cell_lines[trace->cells.count - 1] = (struct index_list){ 0 };
    index_add(trace, &trace->cell_lines[trace->cells.count - 1], 0);
    *cell = (struct trace_cell){ .cell = source->cell,
                                 .in_number = source->in,
                                 .file_line = source->line,
                                 .kind = source->kind,
                                 .title = source->title,
                                 .lang = source->lang,
                                 .slide = source->slide,
                                 .tags = source->tags,
                                 .tag_count = source->tag_count,
                                 .hide = source->hide,
                                 .hide_count = source->hide_count };
    if (source->in != 0) {
        table_put(trace, &trace->code_cells, cell);
    }
    cell_append(trace, source);
    return true;
}

static bool apply_opdef(struct trace *trace, const struct record *record, uint32_t index,
                        struct error *err)
{
    (void)index;
    return opdef_add(trace, &record->opdef, err);
}

static void end_cell_frame(struct trace *trace, uint32_t index)
{
    struct frame_entry *frame = frame_entry(trace, trace->cell_frame);
    if (frame && frame->frame.ended == NEVER) {
        frame->frame.ended = index;
    }
    trace->cell_frame = 0;
}

static bool apply_error(struct trace *trace, const struct record *record, uint32_t index,
                        struct error *err)
{
    if (!trace->said_only && !id_exists_or_none(&trace->nodes, record->error.node, "node", err)) {
        return false;
    }
    end_cell_frame(trace, index);
    return true;
}

static bool apply_end(struct trace *trace, const struct record *record, uint32_t index,
                      struct error *err)
{
    if (trace->ending.ended) {
        return error_set_kind(err, ERROR_VALUE, "the run has ended already");
    }
    trace->ending.ended = true;
    trace->ending.how = record->end.how;
    trace->ending.status = record->end.status;
    end_cell_frame(trace, index);
    return true;
}

/* ---- where execution is --------------------------------------------------------------------- */

static void frame_begin(struct trace *trace, const struct trace_frame *frame)
{
    struct frame_entry *entry = table_add(trace, &trace->frames, sizeof(*entry));
    entry->frame = *frame;
    entry->frame.ended = NEVER;
    entry->position = NEVER;
    trace->frame = frame->id;
}

static bool apply_cell(struct trace *trace, const struct record *record, uint32_t index,
                       struct error *err)
{
    const struct record_cell *cell = &record->cell;
    if (!id_is_next(&trace->frames, cell->frame, "frame", err)) {
        return false;
    }
    end_cell_frame(trace, index);
    frame_begin(trace, &(struct trace_frame){ .id = cell->frame,
                                              .born = index,
                                              .cell = cell->in,
                                              .name = "<module>",
                                              .first_line = 1 });
    trace->cell_frame = cell->frame;
    return true;
}

static bool apply_line(struct trace *trace, const struct record *record, uint32_t index,
                       struct error *err)
{
    const struct record_line *line = &record->line;
    if (!id_exists(&trace->frames, line->frame, "frame", err)) {
        return false;
    }
    position_add(trace, frame_entry(trace, line->frame), index, line->line);
    trace->frame = line->frame;
    return true;
}

static bool apply_call(struct trace *trace, const struct record *record, uint32_t index,
                       struct error *err)
{
    const struct record_call *call = &record->call;
    if (!id_is_next(&trace->frames, call->frame, "frame", err) ||
        !id_exists(&trace->frames, call->parent, "frame", err)) {
        return false;
    }
    frame_begin(trace, &(struct trace_frame){ .id = call->frame,
                                              .parent = call->parent,
                                              .born = index,
                                              .cell = call->in,
                                              .name = call->name,
                                              .first_line = call->line });
    return true;
}

static bool apply_return(struct trace *trace, const struct record *record, uint32_t index,
                         struct error *err)
{
    struct frame_entry *frame = frame_entry(trace, record->ret.frame);
    if (!frame) {
        return id_exists(&trace->frames, record->ret.frame, "frame", err);
    }
    if (frame->frame.ended != NEVER) {
        return error_set_kind(err, ERROR_VALUE, "frame %" PRId64 " has ended already",
                              record->ret.frame);
    }
    if (!arguments_exist(trace, record->ret.items, record->ret.item_count, err)) {
        return false;
    }
    frame->frame.ended = index;
    trace->frame = frame->frame.parent;
    trace->returned = frame->frame.id;
    return true;
}

static bool apply_enter(struct trace *trace, const struct record *record, uint32_t index,
                        struct error *err)
{
    (void)index;
    const int64_t module =
        record->kind == RECORD_ENTER ? record->enter.module : record->leave.module;
    return id_exists(&trace->modules, module, "module", err);
}

static bool apply_cond(struct trace *trace, const struct record *record, uint32_t index,
                       struct error *err)
{
    (void)index;
    return id_exists(&trace->frames, record->cond.frame, "frame", err) &&
           id_exists_or_none(&trace->tensors, record->cond.tensor, "tensor", err);
}

static bool apply_mode(struct trace *trace, const struct record *record, uint32_t index,
                       struct error *err)
{
    (void)index;
    return id_exists_or_none(&trace->modules, record->mode.module, "module", err);
}

static bool apply_called(struct trace *trace, const struct record *record, uint32_t index,
                         struct error *err)
{
    (void)index;
    if (!id_exists(&trace->tensors, record->called.tensor, "tensor", err)) {
        return false;
    }
    struct tensor_entry *const entry = tensor_entry(trace, record->called.tensor);
    entry->called = entry->called ? entry->called : record->called.name;
    return true;
}

static bool apply_taken(struct trace *trace, const struct record *record, uint32_t index,
                        struct error *err)
{
    (void)index;
    return id_exists(&trace->tensors, record->taken.tensor, "tensor", err);
}

/* Whether a line began after that record. */
static bool line_since(const struct trace *trace, uint32_t index)
{
    return trace->position_count > 0 &&
           trace->positions[trace->position_count - 1].line_record > index;
}

/* The operations before it under the same span are parts; only the last of them is not followed by
 * another and could be taken for the whole. */
static bool apply_failed(struct trace *trace, const struct record *record, uint32_t index,
                         struct error *err)
{
    (void)index;
    const struct record_failed *failed = &record->failed;
    if (!arguments_exist(trace, failed->in, failed->in_count, err) ||
        !arguments_exist(trace, failed->attrs, failed->attr_count, err)) {
        return false;
    }
    struct trace_op *latest = trace->ops.count > 0 ? trace->ops.items[trace->ops.count - 1] : NULL;
    if (latest && memcmp(&latest->record->at, &failed->at, sizeof(failed->at)) == 0 &&
        !line_since(trace, latest->born)) {
        latest->failed = failed;
    }
    return true;
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* NULL: the record changes no entity. */
static apply_function *const functions[RECORD_KIND_COUNT] = {
    [RECORD_HELLO] = apply_hello,
    [RECORD_SOURCE] = apply_source,
    [RECORD_OPDEF] = apply_opdef,
    [RECORD_ERROR] = apply_error,
    [RECORD_END] = apply_end,
    [RECORD_CELL] = apply_cell,
    [RECORD_LINE] = apply_line,
    [RECORD_CALL] = apply_call,
    [RECORD_RETURN] = apply_return,
    [RECORD_ENTER] = apply_enter,
    [RECORD_LEAVE] = apply_enter,
    [RECORD_COND] = apply_cond,
    [RECORD_MODE] = apply_mode,
    [RECORD_TENSOR] = apply_tensor,
    [RECORD_VALUE] = apply_value,
    [RECORD_OP] = apply_op,
    [RECORD_NODE] = apply_node,
    [RECORD_MODULE] = apply_module,
    [RECORD_BIND] = apply_bind,
    [RECORD_UPDATE] = apply_update,
    [RECORD_CALLED] = apply_called,
    [RECORD_TAKEN] = apply_taken,
    [RECORD_FAILED] = apply_failed,
    [RECORD_GONE] = apply_gone,
    [RECORD_BACKWARD] = apply_backward,
    [RECORD_VISIT] = apply_visit,
    [RECORD_FREE] = apply_free,
    [RECORD_ACCUMULATE] = apply_accumulate,
    [RECORD_BACKWARD_END] = apply_backward_end,
    [RECORD_OPTIM] = apply_optim,
    [RECORD_STEP] = apply_step,
    [RECORD_COPY] = apply_copy,
    [RECORD_KERNEL] = apply_kernel,
    [RECORD_FALLBACK] = apply_fallback,
    [RECORD_PROBE] = apply_probe,
};

static bool may_stand_before_its_op(enum record_kind kind)
{
    return kind == RECORD_OPDEF || kind == RECORD_TENSOR || kind == RECORD_VALUE ||
           kind == RECORD_UPDATE || kind == RECORD_NODE;
}

bool trace_apply(struct trace *trace, const struct record *record, uint32_t index,
                 struct error *err)
{
    if (index == 0 && record->kind != RECORD_HELLO) {
        return error_set_kind(err, ERROR_VALUE, "a trace begins with a hello record");
    }
    position_settle(trace, record, index);
    apply_function *const function = functions[record->kind];
    if (function && !function(trace, record, index, err)) {
        return false;
    }
    if (!may_stand_before_its_op(record->kind)) {
        trace->group_start = index + 1;
    }
    return true;
}
