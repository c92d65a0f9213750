#include "lessons/trace/apply.h"

#include <inttypes.h>
#include <string.h>

#include "lessons/trace/sheet.h"

/* ---- tensors and their values --------------------------------------------------------------- */

/* The number of elements; false if it would not fit a JSON number. */
static bool count_elements(const struct record_tensor *tensor, int64_t *count)
{
    *count = 1;
    for (int i = 0; i < tensor->ndim; i++) {
        if (__builtin_mul_overflow(*count, tensor->shape[i], count) ||
            *count > (INT64_C(1) << 53)) {
            return false;
        }
    }
    return true;
}

static enum tensor_role role_of(const char *name)
{
    if (strcmp(name, "grad") == 0) {
        return TENSOR_ROLE_GRAD;
    }
    return strcmp(name, "state") == 0 ? TENSOR_ROLE_STATE : TENSOR_ROLE_DATA;
}

static const int64_t *strides_of(struct trace *trace, const struct trace_tensor *tensor,
                                 const struct record_tensor *record)
{
    if (record->strides_given) {
        return record->strides;
    }
    int64_t *const strides = arena_allocate(&trace->arena, (size_t)tensor->ndim, sizeof(*strides));
    int64_t stride = 1;
    for (int i = tensor->ndim - 1; i >= 0; i--) {
        strides[i] = stride;
        /* Cannot overflow unless a size is 0, and then it does not matter: there is no element. */
        stride *= tensor->shape[i] > 0 && tensor->count > 0 ? tensor->shape[i] : 1;
    }
    return strides;
}

bool apply_tensor(struct trace *trace, const struct record *record, uint32_t index,
                  struct error *err)
{
    const struct record_tensor *tensor = &record->tensor;
    int64_t count;
    if (!id_is_next(&trace->tensors, tensor->tensor, "tensor", err)) {
        return false;
    }
    if (tensor->storage > trace->storage_count + 1) {
        return error_set_kind(err, ERROR_VALUE,
                              "storage %" PRId64 " where storage %" PRId64 " is next",
                              tensor->storage, trace->storage_count + 1);
    }
    if (!count_elements(tensor, &count)) {
        return error_set_kind(err, ERROR_VALUE, "a shape of more than 2^53 elements");
    }
    if (tensor->storage > trace->storage_count) {
        trace->storage_count = tensor->storage;
    }
    struct tensor_entry *entry = table_add(trace, &trace->tensors, sizeof(*entry));
    entry->path_since = NEVER;
    entry->tensor = (struct trace_tensor){ .id = tensor->tensor,
                                           .born = index,
                                           .gone = NEVER,
                                           .tracked_since = NEVER,
                                           .ndim = tensor->ndim,
                                           .shape = tensor->shape,
                                           .count = count,
                                           .dtype = tensor->dtype,
                                           .device = tensor->device,
                                           .storage = tensor->storage,
                                           .offset = tensor->offset,
                                           .requires_grad = tensor->requires_grad,
                                           .parameter = tensor->parameter,
                                           .role = role_of(tensor->role) };
    entry->tensor.strides = strides_of(trace, &entry->tensor, tensor);
    return true;
}

/* Whether as many elements are there as the tensor's size asks for. */
static bool value_fits(const struct trace_tensor *tensor, const struct record_value *value,
                       size_t count, struct error *err)
{
    int64_t wanted = tensor->count;
    if (value->sampled != (tensor->count > SHEET_WHOLE_MAX)) {
        return error_set_kind(err, ERROR_VALUE, "more than %d elements are sampled, fewer are not",
                              SHEET_WHOLE_MAX);
    }
    if (value->sampled) {
        const struct sheet sheet = sheet_of(tensor->ndim, tensor->shape);
        const struct sheet sample = sheet_sample(&sheet);
        const int64_t rows = sheet_rows(&sample), columns = sheet_columns(&sample);
        wanted = rows * columns;
        if (value->sample_rows != rows || value->sample_columns != columns) {
            return error_set_kind(err, ERROR_VALUE, "the sample should be %" PRId64 " by %" PRId64,
                                  rows, columns);
        }
    }
    return (int64_t)count == wanted ||
           error_set_kind(err, ERROR_VALUE, "%zu elements where tensor %" PRId64 " has %" PRId64,
                          count, tensor->id, wanted);
}

bool apply_value(struct trace *trace, const struct record *record, uint32_t index,
                 struct error *err)
{
    const struct record_value *value = &record->value;
    struct tensor_entry *entry = tensor_entry(trace, value->tensor);
    if (!entry) {
        return id_exists(&trace->tensors, value->tensor, "tensor", err);
    }
    struct trace_tensor *tensor = &entry->tensor;
    const size_t count = value->byte_count / dtype_name_size(tensor->dtype);
    if (!value_fits(tensor, value, count, err)) {
        return false;
    }
    const struct trace_value *last =
        tensor->value_count > 0 ? &tensor->values[tensor->value_count - 1] : NULL;
    if (last && memcmp(last->bytes, value->bytes, value->byte_count) == 0 &&
        memcmp(last->stats, value->stats, sizeof(last->stats)) == 0) {
        return true;
    }
    tensor->values = arena_reserve(&trace->arena, tensor->values, &tensor->value_capacity,
                                   tensor->value_count + 1, sizeof(*tensor->values));
    struct trace_value *version = &tensor->values[tensor->value_count++];
    *version = (struct trace_value){ .since = index,
                                     .dtype = tensor->dtype,
                                     .bytes = value->bytes,
                                     .count = count,
                                     .sampled = value->sampled,
                                     .sample_rows = value->sample_rows,
                                     .sample_columns = value->sample_columns };
    memcpy(version->stats, value->stats, sizeof(value->stats));
    return true;
}

static void grad_link_add(struct trace *trace, struct trace_tensor *tensor, uint32_t index,
                          int64_t total)
{
    const int64_t now = tensor->grad_count > 0 ? tensor->grads[tensor->grad_count - 1].total : 0;
    if (now == total) {
        return;
    }
    tensor->grads = arena_reserve(&trace->arena, tensor->grads, &tensor->grad_capacity,
                                  tensor->grad_count + 1, sizeof(*tensor->grads));
    tensor->grads[tensor->grad_count++] = (struct trace_grad_link){ index, total };
    struct tensor_entry *grad = tensor_entry(trace, total);
    if (grad && grad->tensor.grad_of == 0) {
        grad->tensor.grad_of = tensor->id;
    }
}

bool apply_update(struct trace *trace, const struct record *record, uint32_t index,
                  struct error *err)
{
    const struct record_update *update = &record->update;
    struct tensor_entry *entry = tensor_entry(trace, update->tensor);
    if (!id_exists(&trace->tensors, update->tensor, "tensor", err) ||
        !id_exists_or_none(&trace->tensors, update->total, "tensor", err)) {
        return false;
    }
    struct trace_tensor *tensor = &entry->tensor;
    tensor->updates = arena_reserve(&trace->arena, tensor->updates, &tensor->update_capacity,
                                    tensor->update_count + 1, sizeof(uint32_t));
    tensor->updates[tensor->update_count++] = index;
    if (update->requires_grad[0] != '\0') {
        tensor->switches = arena_reserve(&trace->arena, tensor->switches, &tensor->switch_capacity,
                                         tensor->switch_count + 1, sizeof(uint32_t));
        tensor->switches[tensor->switch_count++] = index;
    }
    if (update->grad[0] != '\0' || update->total != 0) {
        grad_link_add(trace, tensor, index, update->total);
    }
    return true;
}

/* To a list of an entity, which grows in the arena. */
static void entry_index_add(struct trace *trace, struct index_list *list, uint32_t index)
{
    list->items = arena_reserve(&trace->arena, list->items, &list->capacity, list->count + 1,
                                sizeof(*list->items));
    list->items[list->count++] = index;
}

bool apply_accumulate(struct trace *trace, const struct record *record, uint32_t index,
                      struct error *err)
{
    const struct record_accumulate *accumulate = &record->accumulate;
    if (!id_exists(&trace->backwards, accumulate->backward, "backward", err) ||
        !id_exists(&trace->tensors, accumulate->tensor, "tensor", err) ||
        !id_exists(&trace->tensors, accumulate->grad, "tensor", err) ||
        !id_exists(&trace->tensors, accumulate->total, "tensor", err)) {
        return false;
    }
    struct tensor_entry *entry = tensor_entry(trace, accumulate->tensor);
    grad_link_add(trace, &entry->tensor, index, accumulate->total);
    entry_index_add(trace, &entry->accumulates, index);
    return true;
}

bool apply_gone(struct trace *trace, const struct record *record, uint32_t index, struct error *err)
{
    const struct record_gone *gone = &record->gone;
    if (!ids_exist(&trace->tensors, &gone->tensors, "tensor", err) ||
        !ids_exist(&trace->nodes, &gone->nodes, "node", err)) {
        return false;
    }
    for (size_t i = 0; i < gone->tensors.count; i++) {
        struct trace_tensor *tensor = &tensor_entry(trace, gone->tensors.ids[i])->tensor;
        tensor->gone = tensor->gone == NEVER ? index : tensor->gone;
    }
    for (size_t i = 0; i < gone->nodes.count; i++) {
        struct trace_node *node = &node_entry(trace, gone->nodes.ids[i])->node;
        node->gone = node->gone == NEVER ? index : node->gone;
    }
    return true;
}

/* ---- operations, nodes, modules, names ------------------------------------------------------ */

/* The first record of the group that ends at `index`: back over what may belong to it, but not over
 * what another operation did in place on the same line (`zero_grad`). */
static uint32_t group_first(const struct trace *trace, const char *name, uint32_t index)
{
    uint32_t first = index;
    while (first > trace->group_start) {
        const struct record *before = trace->records[first - 1];
        if (before->kind == RECORD_UPDATE && strcmp(before->update.by, name) != 0) {
            break;
        }
        first--;
    }
    return first;
}

static void rewrite_add(struct trace *trace, struct trace_tensor *tensor,
                        const struct trace_rewrite *rewrite)
{
    tensor->rewrites = arena_reserve(&trace->arena, tensor->rewrites, &tensor->rewrite_capacity,
                                     tensor->rewrite_count + 1, sizeof(*tensor->rewrites));
    tensor->first_node = tensor->rewrite_count == 0 ? tensor->node : tensor->first_node;
    tensor->rewrites[tensor->rewrite_count++] = *rewrite;
    if (rewrite->node != 0) {
        tensor->node = rewrite->node;
        tensor->tracked_since =
            tensor->tracked_since < rewrite->since ? tensor->tracked_since : rewrite->since;
    }
}

/* An operation in place puts out a tensor that another has made: that stays its maker. Where it wrote a
 * part, the whole is changed with it, and has the node. */
static void op_outputs(struct trace *trace, const struct trace_op *entry, uint32_t index)
{
    const struct record_op *const op = entry->record;
    const bool is_function = strcmp(entry->def->provenance, "function") == 0;
    const int64_t node = op->whole ? 0 : op->node;
    for (size_t i = 0; i < op->out.count; i++) {
        struct tensor_entry *const made = tensor_entry(trace, op->out.ids[i]);
        struct trace_tensor *const tensor = &made->tensor;
        if (tensor->born >= entry->first && tensor->op == 0) {
            tensor->op = op->op;
            tensor->output = (int)i;
            tensor->node = node != 0 ? node : tensor->node;
            continue;
        }
        entry_index_add(trace, &made->put_out, index);
        if (is_function) {
            made->applied = made->applied == 0 ? op->op : made->applied;
            tensor->node = node != 0 ? node : tensor->node;
        } else {
            rewrite_add(trace, tensor, &(struct trace_rewrite){ index, op->op, node });
        }
    }
    if (op->whole) {
        rewrite_add(trace, &tensor_entry(trace, op->whole)->tensor,
                    &(struct trace_rewrite){ index, op->op, op->node });
    }
}

bool apply_op(struct trace *trace, const struct record *record, uint32_t index, struct error *err)
{
    const struct record_op *op = &record->op;
    if (!id_is_next(&trace->ops, op->op, "operation", err) ||
        !arguments_exist(trace, op->in, op->in_count, err) ||
        !arguments_exist(trace, op->attrs, op->attr_count, err) ||
        !ids_exist(&trace->tensors, &op->out, "tensor", err) ||
        !id_exists_or_none(&trace->tensors, op->whole, "tensor", err) ||
        !id_exists_or_none(&trace->modules, op->module, "module", err) ||
        !id_exists_or_none(&trace->nodes, op->node, "node", err)) {
        return false;
    }
    struct trace_node *node = op->node ? &node_entry(trace, op->node)->node : NULL;
    if (node && node->op != 0) {
        return error_set_kind(err, ERROR_VALUE,
                              "node %" PRId64 " was made by operation %" PRId64 " already",
                              op->node, node->op);
    }
    const struct record_opdef *def = opdef_find(trace, op->name, err);
    if (!def) {
        return false;
    }
    struct trace_op *entry = table_add(trace, &trace->ops, sizeof(*entry));
    *entry = (struct trace_op){ .id = op->op,
                                .born = index,
                                .first = group_first(trace, op->name, index),
                                .record = op,
                                .def = def,
                                .frame = trace->frame };
    if (node) {
        node->op = op->op;
    }
    op_outputs(trace, entry, index);
    places_add(trace, &op->at, false, index);
    return true;
}

bool apply_node(struct trace *trace, const struct record *record, uint32_t index, struct error *err)
{
    const struct record_node *node = &record->node;
    if (!id_is_next(&trace->nodes, node->node, "node", err) ||
        !id_exists_or_none(&trace->tensors, node->tensor, "tensor", err)) {
        return false;
    }
    for (size_t i = 0; i < node->edge_count; i++) {
        if (!target_exists(trace, &node->edges[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < node->saved_count; i++) {
        if (!id_exists_or_none(&trace->tensors, node->saved[i].tensor, "tensor", err)) {
            return false;
        }
    }
    struct node_entry *entry = table_add(trace, &trace->nodes, sizeof(*entry));
    entry->node = (struct trace_node){
        .id = node->node, .born = index, .gone = NEVER, .record = node, .freed = NEVER
    };
    if (node->tensor) {
        rewrite_add(trace, &tensor_entry(trace, node->tensor)->tensor,
                    &(struct trace_rewrite){ index, 0, node->node });
    }
    return true;
}

static bool named_ids_exist(const struct table *table, const struct named_id *pairs, size_t count,
                            const char *what, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!id_exists(table, pairs[i].id, what, err)) {
            return false;
        }
    }
    return true;
}

bool apply_module(struct trace *trace, const struct record *record, uint32_t index,
                  struct error *err)
{
    const struct record_module *module = &record->module;
    struct module_entry *entry = module_entry(trace, module->module);
    if ((!entry && !id_is_next(&trace->modules, module->module, "module", err)) ||
        !named_ids_exist(&trace->tensors, module->params, module->param_count, "tensor", err) ||
        !named_ids_exist(&trace->modules, module->children, module->child_count, "module", err)) {
        return false;
    }
    if (!entry) {
        entry = table_add(trace, &trace->modules, sizeof(*entry));
        entry->module = (struct trace_module){ .id = module->module, .born = index, .name = "" };
    }
    entry->module.record = module;
    for (size_t i = 0; i < module->child_count; i++) {
        struct trace_module *child = &module_entry(trace, module->children[i].id)->module;
        if (child->parent == 0 && child->id != module->module) {
            child->parent = module->module;
            child->name = module->children[i].name;
        }
    }
    names_module(trace, entry, index);
    return true;
}

bool apply_bind(struct trace *trace, const struct record *record, uint32_t index, struct error *err)
{
    const struct record_bind *bind = &record->bind;
    if (!id_exists(&trace->frames, bind->frame, "frame", err) ||
        !id_exists_or_none(&trace->tensors, bind->tensor, "tensor", err) ||
        !id_exists_or_none(&trace->modules, bind->module, "module", err) ||
        !id_exists_or_none(&trace->optims, bind->optimizer, "optimizer", err) ||
        !arguments_exist(trace, bind->items, bind->item_count, err)) {
        return false;
    }
    names_bind(trace, bind, index);
    places_bind(trace, bind, index);
    return true;
}

bool apply_optim(struct trace *trace, const struct record *record, uint32_t index,
                 struct error *err)
{
    (void)index;
    const struct record_optim *optim = &record->optim;
    const bool known = id_exists(&trace->optims, optim->optimizer, "optimizer", NULL);
    if ((!known && !id_is_next(&trace->optims, optim->optimizer, "optimizer", err)) ||
        !arguments_exist(trace, optim->groups, optim->group_count, err)) {
        return false;
    }
    if (!known) {
        table_add(trace, &trace->optims, 1);
    }
    return true;
}

bool apply_step(struct trace *trace, const struct record *record, uint32_t index, struct error *err)
{
    (void)index;
    const struct record_step *step = &record->step;
    if (!id_exists(&trace->optims, step->optimizer, "optimizer", err)) {
        return false;
    }
    for (size_t i = 0; i < step->param_count; i++) {
        const struct step_param *param = &step->params[i];
        if (!id_exists(&trace->tensors, param->tensor, "tensor", err) ||
            !arguments_exist(trace, param->state, param->state_count, err)) {
            return false;
        }
    }
    return true;
}

bool apply_copy(struct trace *trace, const struct record *record, uint32_t index, struct error *err)
{
    (void)index;
    return id_exists_or_none(&trace->tensors, record->copy.tensor, "tensor", err) &&
           id_exists_or_none(&trace->tensors, record->copy.from, "tensor", err);
}

static bool task_exists(const struct trace *trace, const struct device_task *task,
                        struct error *err)
{
    return id_exists_or_none(&trace->ops, task->op, "operation", err) &&
           id_exists_or_none(&trace->backwards, task->backward, "backward", err) &&
           id_exists_or_none(&trace->nodes, task->node, "node", err) &&
           id_exists_or_none(&trace->optims, task->optimizer, "optimizer", err);
}

bool apply_kernel(struct trace *trace, const struct record *record, uint32_t index,
                  struct error *err)
{
    (void)index;
    return task_exists(trace, &record->kernel.task, err);
}

bool apply_fallback(struct trace *trace, const struct record *record, uint32_t index,
                    struct error *err)
{
    (void)index;
    return task_exists(trace, &record->fallback.task, err);
}

bool apply_probe(struct trace *trace, const struct record *record, uint32_t index,
                 struct error *err)
{
    (void)index;
    return arguments_exist(trace, record->probe.members, record->probe.member_count, err);
}
