#include "lessons/trace/packed.h"

#include <string.h>

/* One description of a record serves both ways: packing reads its fields and writes none, unpacking fills
 * them. */
struct carrier {
    bool packing;
    bool formless, full;
    unsigned char *at, *end;
    struct arena *arena; /* of what is unpacked */
};

/* Each way is compiled by itself, with the carrier in registers. */
#define CARRY static inline __attribute__((always_inline)) void

/* ---- what fields are ---- */

CARRY carry(struct carrier *carrier, void *field, size_t size)
{
    if ((size_t)(carrier->end - carrier->at) < size) {
        carrier->full = true;
        return;
    }
    if (carrier->packing) {
        memcpy(carrier->at, field, size);
    } else {
        memcpy(field, carrier->at, size);
    }
    carrier->at += size;
}

/* Ids, sizes and counts. */
CARRY carry_whole(struct carrier *carrier, int64_t *whole)
{
    uint32_t narrow = (uint32_t)*whole;
    carry(carrier, &narrow, sizeof(narrow));
    if (carrier->packing) {
        carrier->formless |= narrow != *whole;
    } else {
        *whole = narrow;
    }
}

CARRY carry_count(struct carrier *carrier, size_t *count)
{
    uint32_t narrow = (uint32_t)*count;
    carry(carrier, &narrow, sizeof(narrow));
    if (carrier->packing) {
        carrier->formless |= narrow != *count;
    } else {
        *count = narrow;
    }
}

CARRY carry_bool(struct carrier *carrier, bool *truth)
{
    carry(carrier, truth, sizeof(*truth));
}

CARRY carry_number(struct carrier *carrier, double *number)
{
    carry(carrier, number, sizeof(*number));
}

/* A string that lives as long as the program. */
CARRY carry_literal(struct carrier *carrier, const char **literal)
{
    carry(carrier, literal, sizeof(*literal));
}

/* `length` bytes and a NUL; those that are unpacked stay where they are. */
CARRY carry_bytes(struct carrier *carrier, const char **bytes, size_t *length)
{
    carry_count(carrier, length);
    if ((size_t)(carrier->end - carrier->at) <= *length) {
        carrier->full = true;
        return;
    }
    char *const here = (char *)carrier->at;
    if (carrier->packing) {
        text_move(here, *bytes, *length);
        here[*length] = '\0';
    } else {
        *bytes = here;
    }
    carrier->at += *length + 1;
}

CARRY carry_text(struct carrier *carrier, struct trace_string *text)
{
    struct trace_string own = { text->bytes ? text->bytes : "", text->bytes ? text->length : 0 };
    carry_bytes(carrier, &own.bytes, &own.length);
    if (!carrier->packing) {
        *text = own;
    }
}

CARRY carry_string(struct carrier *carrier, const char **string)
{
    struct trace_string text = { *string ? *string : "", *string ? strlen(*string) : 0 };
    carry_bytes(carrier, &text.bytes, &text.length);
    if (!carrier->packing) {
        *string = text.bytes;
    }
}

CARRY carry_span(struct carrier *carrier, struct span *span)
{
    carry(carrier, span, sizeof(*span));
}

/* The items to carry next, of which the field points to the first. */
static inline __attribute__((always_inline)) void *carry_list(struct carrier *carrier, void *field,
                                                              size_t *count, size_t size)
{
    void *items;
    carry_count(carrier, count);
    if (carrier->packing) {
        memcpy(&items, field, sizeof(items));
    } else {
        items = arena_allocate(carrier->arena, *count + 1, size);
        memcpy(field, &items, sizeof(items));
    }
    return items;
}

CARRY carry_ids(struct carrier *carrier, struct id_list *list)
{
    int64_t *const ids = carry_list(carrier, &list->ids, &list->count, sizeof(*ids));
    for (size_t i = 0; i < list->count; i++) {
        carry_whole(carrier, &ids[i]);
    }
}

static void carry_items(struct carrier *carrier, void *field, size_t *count);

static void carry_argument(struct carrier *carrier, struct argument *argument)
{
    unsigned char kind = (unsigned char)argument->kind;
    bool named = argument->name != NULL;
    carry(carrier, &kind, sizeof(kind));
    carry_bool(carrier, &named);
    if (named) {
        carry_string(carrier, &argument->name);
    }
    if (!carrier->packing) {
        argument->kind = (enum argument_kind)kind;
    }
    switch ((enum argument_kind)kind) {
    case ARGUMENT_NONE:
        break;
    case ARGUMENT_TENSOR:
    case ARGUMENT_MODULE:
        carry_whole(carrier, &argument->id);
        break;
    case ARGUMENT_NUMBER:
    case ARGUMENT_BOOL:
        carry_number(carrier, &argument->number);
        break;
    case ARGUMENT_STRING:
        carry_text(carrier, &argument->string);
        break;
    case ARGUMENT_LIST:
    case ARGUMENT_OBJECT:
        carry_items(carrier, &argument->items, &argument->item_count);
        break;
    }
}

static void carry_items(struct carrier *carrier, void *field, size_t *count)
{
    struct argument *const items = carry_list(carrier, field, count, sizeof(*items));
    for (size_t i = 0; i < *count && !carrier->full; i++) {
        carry_argument(carrier, &items[i]);
    }
}

/* Lists in lists cannot be inline; the carrier of a record stays in registers all the same. */
CARRY carry_arguments(struct carrier *carrier, void *field, size_t *count)
{
    struct carrier own = *carrier;
    carry_items(&own, field, count);
    carrier->at = own.at;
    carrier->full = own.full;
    carrier->formless = own.formless;
}

/* ---- what records are ---- */

CARRY carry_call(struct carrier *carrier, struct record_call *call)
{
    carry_whole(carrier, &call->frame);
    carry_whole(carrier, &call->parent);
    carry_whole(carrier, &call->in);
    carry_whole(carrier, &call->line);
    carry_string(carrier, &call->name);
}

CARRY carry_return(struct carrier *carrier, struct record_return *what)
{
    carry_whole(carrier, &what->frame);
    carry_whole(carrier, &what->tensor);
    carry_whole(carrier, &what->module);
    carry_whole(carrier, &what->optimizer);
    carry_string(carrier, &what->type);
    carry_text(carrier, &what->text);
    carry_arguments(carrier, &what->items, &what->item_count);
}

CARRY carry_cond(struct carrier *carrier, struct record_cond *cond)
{
    carry_whole(carrier, &cond->frame);
    carry_string(carrier, &cond->kind);
    carry_span(carrier, &cond->at);
    carry_bool(carrier, &cond->value);
    carry_whole(carrier, &cond->tensor);
    carry(carrier, &cond->body, sizeof(cond->body));
    carry(carrier, &cond->otherwise, sizeof(cond->otherwise));
}

CARRY carry_dims(struct carrier *carrier, const int64_t **field, int ndim)
{
    size_t count = (size_t)ndim;
    int64_t *const dims = carry_list(carrier, field, &count, sizeof(*dims));
    for (size_t i = 0; i < count; i++) {
        carry_whole(carrier, &dims[i]);
    }
}

CARRY carry_tensor(struct carrier *carrier, struct record_tensor *tensor)
{
    carry_whole(carrier, &tensor->tensor);
    carry(carrier, &tensor->ndim, sizeof(tensor->ndim));
    carry_dims(carrier, &tensor->shape, tensor->ndim);
    carry_literal(carrier, &tensor->dtype);
    carry_string(carrier, &tensor->device);
    carry_whole(carrier, &tensor->storage);
    carry_bool(carrier, &tensor->strides_given);
    if (tensor->strides_given) {
        carry_dims(carrier, &tensor->strides, tensor->ndim);
    }
    carry_whole(carrier, &tensor->offset);
    carry_bool(carrier, &tensor->requires_grad);
    carry_bool(carrier, &tensor->parameter);
    carry_literal(carrier, &tensor->role);
}

/* Of all elements. */
CARRY carry_value(struct carrier *carrier, struct record_value *value)
{
    const char *bytes = value->bytes;
    carrier->formless |= value->sampled;
    carry_whole(carrier, &value->tensor);
    carry_literal(carrier, &value->dtype);
    carry_bytes(carrier, &bytes, &value->byte_count);
    if (!carrier->packing) {
        value->bytes = bytes;
    }
}

CARRY carry_op(struct carrier *carrier, struct record_op *op)
{
    carry_whole(carrier, &op->op);
    carry_string(carrier, &op->name);
    carry_arguments(carrier, &op->in, &op->in_count);
    carry_bool(carrier, &op->turned);
    carry_arguments(carrier, &op->attrs, &op->attr_count);
    carry_ids(carrier, &op->out);
    carry_span(carrier, &op->at);
    carry_whole(carrier, &op->module);
    carry_whole(carrier, &op->node);
    carry_whole(carrier, &op->whole);
}

CARRY carry_target(struct carrier *carrier, struct edge_target *target)
{
    carry_whole(carrier, &target->node);
    carry_whole(carrier, &target->leaf);
    carry(carrier, &target->output, sizeof(target->output));
}

CARRY carry_node(struct carrier *carrier, struct record_node *node)
{
    carry_whole(carrier, &node->node);
    carry_string(carrier, &node->name);
    struct edge_target *const edges =
        carry_list(carrier, &node->edges, &node->edge_count, sizeof(*edges));
    for (size_t i = 0; i < node->edge_count; i++) {
        carry_target(carrier, &edges[i]);
    }
    struct saved_slot *const saved =
        carry_list(carrier, &node->saved, &node->saved_count, sizeof(*saved));
    for (size_t i = 0; i < node->saved_count; i++) {
        carry_string(carrier, &saved[i].name);
        carry_whole(carrier, &saved[i].tensor);
        carry_number(carrier, &saved[i].value);
    }
    carry_whole(carrier, &node->tensor);
}

CARRY carry_bind(struct carrier *carrier, struct record_bind *bind)
{
    carry_whole(carrier, &bind->frame);
    carry_string(carrier, &bind->name);
    carry_whole(carrier, &bind->tensor);
    carry_whole(carrier, &bind->module);
    carry_whole(carrier, &bind->optimizer);
    carry_string(carrier, &bind->type);
    carry_text(carrier, &bind->text);
    carry_arguments(carrier, &bind->items, &bind->item_count);
}

CARRY carry_update(struct carrier *carrier, struct record_update *update)
{
    carry_whole(carrier, &update->tensor);
    carry_string(carrier, &update->by);
    carry_literal(carrier, &update->grad);
    carry_literal(carrier, &update->requires_grad);
    carry_whole(carrier, &update->total);
    carry_span(carrier, &update->at);
}

CARRY carry_backward(struct carrier *carrier, struct record_backward *backward)
{
    carry_whole(carrier, &backward->backward);
    carry_whole(carrier, &backward->root);
    carry_whole(carrier, &backward->grad);
    struct walk_root *const more =
        carry_list(carrier, &backward->more, &backward->more_count, sizeof(*more));
    for (size_t i = 0; i < backward->more_count; i++) {
        carry_whole(carrier, &more[i].root);
        carry_whole(carrier, &more[i].grad);
    }
    carry_bool(carrier, &backward->retain_graph);
    carry_bool(carrier, &backward->create_graph);
    carry_span(carrier, &backward->at);
}

CARRY carry_visit(struct carrier *carrier, struct record_visit *visit)
{
    carry_whole(carrier, &visit->backward);
    carry_whole(carrier, &visit->node);
    carry_ids(carrier, &visit->in);
    struct visit_edge *const edges =
        carry_list(carrier, &visit->edges, &visit->edge_count, sizeof(*edges));
    for (size_t i = 0; i < visit->edge_count; i++) {
        carry_target(carrier, &edges[i].to);
        carry_whole(carrier, &edges[i].grad);
        carry_whole(carrier, &edges[i].local_tensor);
        carry_number(carrier, &edges[i].local_number);
        carry_bool(carrier, &edges[i].local_is_number);
    }
}

CARRY carry_step(struct carrier *carrier, struct record_step *step)
{
    carry_whole(carrier, &step->optimizer);
    carry_span(carrier, &step->at);
    struct step_param *const params =
        carry_list(carrier, &step->params, &step->param_count, sizeof(*params));
    for (size_t i = 0; i < step->param_count; i++) {
        carry_whole(carrier, &params[i].tensor);
        carry_arguments(carrier, &params[i].state, &params[i].state_count);
    }
}

CARRY carry_record(struct carrier *carrier, struct record *record)
{
    /* The others come now and then: their text is no burden. */
    switch ((int)record->kind) {
    case RECORD_LINE:
        carry_whole(carrier, &record->line.frame);
        carry_whole(carrier, &record->line.line);
        break;
    case RECORD_CALL:
        carry_call(carrier, &record->call);
        break;
    case RECORD_RETURN:
        carry_return(carrier, &record->ret);
        break;
    case RECORD_ENTER:
        carry_whole(carrier, &record->enter.module);
        carry_span(carrier, &record->enter.at);
        break;
    case RECORD_LEAVE:
        carry_whole(carrier, &record->leave.module);
        break;
    case RECORD_COND:
        carry_cond(carrier, &record->cond);
        break;
    case RECORD_TENSOR:
        carry_tensor(carrier, &record->tensor);
        break;
    case RECORD_VALUE:
        carry_value(carrier, &record->value);
        break;
    case RECORD_OP:
        carry_op(carrier, &record->op);
        break;
    case RECORD_NODE:
        carry_node(carrier, &record->node);
        break;
    case RECORD_BIND:
        carry_bind(carrier, &record->bind);
        break;
    case RECORD_UPDATE:
        carry_update(carrier, &record->update);
        break;
    case RECORD_CALLED:
        carry_whole(carrier, &record->called.tensor);
        carry_string(carrier, &record->called.name);
        break;
    case RECORD_TAKEN:
        carry_whole(carrier, &record->taken.tensor);
        carry_string(carrier, &record->taken.by);
        carry_span(carrier, &record->taken.at);
        break;
    case RECORD_GONE:
        carry_ids(carrier, &record->gone.tensors);
        carry_ids(carrier, &record->gone.nodes);
        break;
    case RECORD_BACKWARD:
        carry_backward(carrier, &record->backward);
        break;
    case RECORD_VISIT:
        carry_visit(carrier, &record->visit);
        break;
    case RECORD_FREE:
        carry_whole(carrier, &record->free.node);
        break;
    case RECORD_ACCUMULATE:
        carry_whole(carrier, &record->accumulate.backward);
        carry_whole(carrier, &record->accumulate.tensor);
        carry_whole(carrier, &record->accumulate.grad);
        carry_whole(carrier, &record->accumulate.total);
        break;
    case RECORD_BACKWARD_END:
        carry_whole(carrier, &record->backward_end.backward);
        break;
    case RECORD_STEP:
        carry_step(carrier, &record->step);
        break;
    default:
        carrier->formless = true;
        break;
    }
}

/* ---- both ways ---- */

enum packing record_pack(const struct record *record, unsigned char *bytes, size_t room,
                         size_t *size)
{
    struct carrier carrier = { .packing = true, .at = bytes, .end = bytes + room };
    struct record *fields; /* which are only read */
    memcpy(&fields, &record, sizeof(fields));
    carry_record(&carrier, fields);
    *size = (size_t)(carrier.at - bytes);
    return carrier.formless ? PACK_NO_FORM : carrier.full ? PACK_NO_ROOM : PACKED;
}

void record_unpack(struct record *record, enum record_kind kind, const unsigned char *bytes,
                   size_t size, struct arena *arena)
{
    struct carrier carrier = { .arena = arena };
    memcpy(&carrier.at, &bytes, sizeof(carrier.at));
    carrier.end = carrier.at + size;
    *record = (struct record){ .kind = kind };
    carry_record(&carrier, record);
}
