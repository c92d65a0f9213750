#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "lessons/runner/recorder_state.h"

/* ---- what an operation is, at its first use ---- */

static bool define_name(struct recorder *recorder, const char *name)
{
    for (size_t i = 0; i < recorder->defined_count; i++) {
        if (strcmp(recorder->defined[i], name) == 0) {
            return false;
        }
    }
    recorder->defined = array_reserve(recorder->defined, &recorder->defined_capacity,
                                      recorder->defined_count + 1, sizeof(*recorder->defined));
    recorder->defined[recorder->defined_count++] = memory_copy_string(name);
    return true;
}

static void define_row(struct recorder *recorder, const struct op *op)
{
    if (recorder->defined_rows[op->id] || !define_name(recorder, op->name)) {
        recorder->defined_rows[op->id] = true;
        return;
    }
    recorder->defined_rows[op->id] = true;
    struct trace_string derivatives[OP_MAX_TEXTS];
    size_t count = 0;
    while (count < OP_MAX_TEXTS && op->derivatives[count]) {
        derivatives[count] =
            (struct trace_string){ op->derivatives[count], strlen(op->derivatives[count]) };
        count++;
    }
    recorder_write(recorder, &(struct record){
                                 .kind = RECORD_OPDEF,
                                 .opdef = { .op = op->name,
                                            .symbol = op->symbol,
                                            .formula = op->formula,
                                            .derivatives = derivatives,
                                            .derivative_count = count,
                                            .provenance = provenance_name(op->provenance) },
                             });
}

/* ---- attributes and operands ---- */

static struct argument number_argument(struct number number)
{
    return (struct argument){
        .kind = number.kind == NUMBER_BOOL ? ARGUMENT_BOOL : ARGUMENT_NUMBER,
        .number = number_as_real(number),
    };
}

static struct argument list_argument(const struct shape *shape, struct arena *arena)
{
    struct argument *items = arena_allocate(arena, (size_t)shape->dims + 1, sizeof(*items));
    for (int i = 0; i < shape->dims; i++) {
        items[i] = (struct argument){ .kind = ARGUMENT_NUMBER, .number = (double)shape->size[i] };
    }
    return (struct argument){ .kind = ARGUMENT_LIST,
                              .items = items,
                              .item_count = (size_t)shape->dims };
}

static struct argument string_argument(const char *string)
{
    return (struct argument){ .kind = ARGUMENT_STRING, .string = { string, strlen(string) } };
}

static struct argument attr_argument(const struct attr_row *row, const struct op_attrs *attrs,
                                     struct arena *arena)
{
    const char *field = (const char *)attrs + row->offset;
    struct argument argument = { .kind = ARGUMENT_NUMBER };
    switch (row->kind) {
    case ATTR_KIND_INTEGER: {
        int64_t value;
        memcpy(&value, field, sizeof(value));
        argument.number = (double)value;
        break;
    }
    case ATTR_KIND_BOOL:
        argument.kind = ARGUMENT_BOOL;
        argument.number = *field != 0;
        break;
    case ATTR_KIND_LIST: {
        struct shape shape;
        memcpy(&shape, field, sizeof(shape));
        argument = list_argument(&shape, arena);
        break;
    }
    case ATTR_KIND_NUMBER: {
        struct number number;
        memcpy(&number, field, sizeof(number));
        argument = number_argument(number);
        break;
    }
    case ATTR_KIND_DTYPE: {
        enum dtype dtype;
        memcpy(&dtype, field, sizeof(dtype));
        argument = string_argument(dtype_name(dtype));
        break;
    }
    case ATTR_KIND_DEVICE: {
        struct backend *device;
        struct text name = { 0 };
        memcpy(&device, field, sizeof(device));
        backend_append_name(&name, device);
        argument = string_argument(arena_copy_text(arena, text_string(&name), name.length));
        text_finish(&name);
        break;
    }
    }
    return argument;
}

/* Returns how many there are. */
static size_t list_attrs(const struct op *op, const struct op_attrs *attrs, struct arena *arena,
                         const struct argument **out)
{
    uint64_t left = attrs ? attrs->present : 0;
    size_t count = 0;
    struct argument *arguments =
        arena_allocate(arena, (size_t)__builtin_popcountll(left), sizeof(*arguments));
    for (; left; left &= left - 1) {
        const int attr = __builtin_ctzll(left);
        struct argument *argument = &arguments[count++];
        *argument = attr_argument(&attr_table[attr], attrs, arena);
        argument->name = op ? op_attr_name(op, attr) : attr_table[attr].name;
    }
    *out = arguments;
    return count;
}

static void set_attrs(struct recorder *recorder, struct record_op *out, const struct op *op,
                      const struct op_attrs *attrs)
{
    out->attr_count = list_attrs(op, attrs, &recorder->scratch, &out->attrs);
}

static void set_operands(struct recorder *recorder, struct record_op *out, const struct operand *in,
                         int count)
{
    struct argument *arguments =
        arena_allocate(&recorder->scratch, (size_t)count + 1, sizeof(*arguments));
    for (int i = 0; i < count; i++) {
        if (in[i].kind == OPERAND_TENSOR) {
            arguments[i] =
                (struct argument){ .kind = ARGUMENT_TENSOR,
                                   .id = tell_tensor(recorder, in[i].tensor, KNOWN_DATA) };
        } else if (in[i].kind == OPERAND_NUMBER) {
            arguments[i] = number_argument(in[i].number);
        }
    }
    out->in = arguments;
    out->in_count = (size_t)count;
}

static int64_t innermost_module(const struct recorder *recorder)
{
    size_t count = recorder->entered.count;
    return count > 0 ? recorder->entered.items[count - 1] : 0;
}

static void finish_op(struct recorder *recorder, struct record *record)
{
    record->op.op = ++recorder->op_count;
    record->op.at = recorder->latest = recorder_here(recorder);
    record->op.module = innermost_module(recorder);
    recorder_write(recorder, record);
    recorder_tell_work(recorder, &(struct device_task){ .op = record->op.op }, record->op.name);
    arena_clear(&recorder->scratch);
}

/* ---- what the observer calls ---- */

void record_tracked(void *context, const struct observed_operation *operation)
{
    struct recorder *recorder = context;
    recorder_settle(recorder);
    recorder->reading++;
    tape_tracked(recorder->tape, operation);
    recorder->reading--;
}

void record_operation(void *context, const struct observed_operation *operation)
{
    struct recorder *recorder = context;
    struct record record = { .kind = RECORD_OP, .op = { .name = operation->op->name } };
    recorder_settle(recorder);
    recorder->reading++;
    tape_operation(recorder->tape, operation);
    recorder->reading--;
    define_row(recorder, operation->op);
    set_operands(recorder, &record.op, operation->in, operation->in_count);
    record.op.turned = operation->turned;
    set_attrs(recorder, &record.op, operation->op, operation->attrs);
    int64_t *out =
        arena_allocate(&recorder->scratch, (size_t)operation->out_count + 1, sizeof(*out));
    const bool reshaped = operation->in_place && operation->op->reshapes;
    if (reshaped) {
        renew_tensor(recorder, operation->out[0]);
    }
    for (int i = 0; i < operation->out_count; i++) {
        out[i] = tell_tensor(recorder, operation->out[i], KNOWN_DATA);
    }
    if (operation->in_place && !reshaped) {
        tell_change(recorder, operation->out[0], operation->op->name);
    }
    record.op.out = (struct id_list){ out, (size_t)operation->out_count };
    record.op.node = operation->node ? tell_node(recorder, operation->node, true) : 0;
    record.op.whole = operation->node && operation->node->inner
                          ? tell_tensor(recorder, operation->out[0]->base, KNOWN_DATA)
                          : 0;
    finish_op(recorder, &record);
}

void record_created(void *context, const struct observed_creation *creation)
{
    struct recorder *recorder = context;
    struct record record = { .kind = RECORD_OP, .op = { .name = creation->by } };
    recorder_settle(recorder);
    recorder->reading++;
    tape_created(recorder->tape, creation);
    recorder->reading--;
    if (define_name(recorder, creation->by)) {
        recorder_write(
            recorder,
            &(struct record){
                .kind = RECORD_OPDEF,
                .opdef = { .op = creation->by,
                           .provenance = provenance_name(creation->source ? PROVENANCE_AFFINE
                                                                          : PROVENANCE_CREATE) },
            });
    }
    const struct operand source = operand_tensor(creation->source);
    set_operands(recorder, &record.op, &source, creation->source ? 1 : 0);
    set_attrs(recorder, &record.op, NULL, creation->attrs);
    const int64_t out = tell_tensor(recorder, creation->tensor, KNOWN_DATA);
    record.op.out = (struct id_list){ &out, 1 };
    finish_op(recorder, &record);
    /* A tensor that was there has been given other data: `x.data = y`. */
    if (!creation->source && recorder->tracer && strcmp(creation->by, "data") == 0) {
        tracer_renewed(recorder->tracer, creation->tensor->id);
    }
}

void record_forward_begun(void *context, const struct observed_forward *forward)
{
    struct recorder *recorder = context;
    recorder->reading++;
    tape_forward_begun(recorder->tape, forward);
    recorder->reading--;
}

void record_forward_ended(void *context)
{
    struct recorder *recorder = context;
    tape_forward_ended(recorder->tape);
}

/* How cells of a function's outputs come from cells of its inputs is for its own operations to say. */
void record_applied(void *context, const struct observed_application *application)
{
    struct recorder *recorder = context;
    struct record record = { .kind = RECORD_OP, .op = { .name = application->name } };
    tape_applied(recorder->tape, application);
    if (define_name(recorder, application->name)) {
        recorder_write(recorder, &(struct record){
                                     .kind = RECORD_OPDEF,
                                     .opdef = { .op = application->name, .provenance = "function" },
                                 });
    }
    const size_t in_count = (size_t)application->in_count;
    struct operand *in = arena_allocate(&recorder->scratch, in_count + 1, sizeof(*in));
    for (size_t i = 0; i < in_count; i++) {
        in[i] = operand_tensor(application->in[i]);
    }
    set_operands(recorder, &record.op, in, application->in_count);
    const size_t out_count = (size_t)application->out_count;
    int64_t *out = arena_allocate(&recorder->scratch, out_count + 1, sizeof(*out));
    for (size_t i = 0; i < out_count; i++) {
        out[i] = tell_tensor(recorder, application->out[i], KNOWN_DATA);
    }
    record.op.out = (struct id_list){ out, out_count };
    record.op.node = application->node ? tell_node(recorder, application->node, true) : 0;
    finish_op(recorder, &record);
}

/* ---- what could not be done ---- */

/* Kept until it is known to have become an exception of the lesson: an operation may also be tried
 * and, when that fails, done in another way. */
void record_failed_op(void *context, const struct observed_failure *failure)
{
    struct recorder *recorder = context;
    struct failed_op *failed = &recorder->failed;
    arena_clear(&failed->arena);
    failed->op = failure->op;
    failed->why = arena_copy_text(&failed->arena, failure->why, strlen(failure->why));
    failed->at = recorder_here(recorder);
    struct argument *in =
        arena_allocate(&failed->arena, (size_t)failure->in_count + 1, sizeof(*in));
    for (int i = 0; i < failure->in_count; i++) {
        const struct operand *operand = &failure->in[i];
        const int64_t id = operand->kind == OPERAND_TENSOR
                               ? id_map_find(&recorder->tensors, operand->tensor->id)
                               : 0;
        in[i] = id > 0 ? (struct argument){ .kind = ARGUMENT_TENSOR, .id = id }
                : operand->kind == OPERAND_NUMBER ? number_argument(operand->number)
                                                  : (struct argument){ 0 };
    }
    failed->in = in;
    failed->in_count = (size_t)failure->in_count;
    failed->attr_count = list_attrs(failure->op, failure->attrs, &failed->arena, &failed->attrs);
}

static bool same_place(const struct span *a, const struct span *b)
{
    return a->cell > 0 && memcmp(a, b, sizeof(*a)) == 0;
}

void recorder_raised(void *context, const struct raised *raised)
{
    struct recorder *recorder = context;
    const struct failed_op *failed = &recorder->failed;
    const bool by_op =
        failed->op && same_place(&failed->at, &raised->at) && strstr(raised->text, failed->why);
    if (by_op || same_place(&recorder->latest, &raised->at)) {
        struct record record = { .kind = RECORD_FAILED,
                                 .failed = { .type = raised->type,
                                             .text = { raised->text, raised->length },
                                             .at = raised->at } };
        if (by_op) {
            define_row(recorder, failed->op);
            record.failed.op = failed->op->name;
            record.failed.in = failed->in;
            record.failed.in_count = failed->in_count;
            record.failed.attrs = failed->attrs;
            record.failed.attr_count = failed->attr_count;
        }
        recorder_write(recorder, &record);
    }
    recorder_forget_expression(recorder);
}

void recorder_forget_expression(struct recorder *recorder)
{
    recorder->failed.op = NULL;
    recorder->latest = (struct span){ 0 };
}
