#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/tensor/narrow.h"
#include "lessons/runner/recorder_state.h"
#include "lessons/runner/value_stats.h"
#include "lessons/trace/sheet.h"

enum { FEW_BYTES = 512 }; /* of a value that needs no memory of its own */

/* ---- values ---- */

/* The sampled elements, for the caller to free; NULL: no memory. */
static char *take_sample(struct record_value *value, const char *bytes, const struct tensor *tensor)
{
    const size_t size = dtype_size(dtype_widened(tensor->dtype));
    const struct sheet sheet = sheet_of(tensor->shape.dims, tensor->shape.size);
    const struct sheet sample = sheet_sample(&sheet);
    value->sampled = true;
    value->sample_rows = sheet_rows(&sample);
    value->sample_columns = sheet_columns(&sample);
    value->byte_count = (size_t)(value->sample_rows * value->sample_columns) * size;
    char *taken = malloc(value->byte_count);
    if (!taken) {
        return NULL;
    }
    value->bytes = taken;
    char *to = taken;
    for (int64_t row = 0; row < value->sample_rows; row++) {
        for (int64_t column = 0; column < value->sample_columns; column++) {
            const int64_t element = sheet_sample_element(&sheet, &sample, row, column);
            memcpy(to, bytes + (size_t)element * size, size);
            to += size;
        }
    }
    value_stats(dtype_widened(tensor->dtype), bytes, tensor->count, value->stats);
    return taken;
}

/* The elements as a trace has them, narrow ones widened. False: no memory. */
static bool read_elements(const struct tensor *tensor, char *bytes)
{
    struct error ignored;
    if (!dtype_is_narrow(tensor->dtype)) {
        return tensor_read(tensor, bytes, &ignored);
    }
    void *const narrow = malloc((size_t)tensor->count * dtype_size(tensor->dtype) + 1);
    const bool read = narrow && tensor_read(tensor, narrow, &ignored);
    if (read) {
        narrow_widen(tensor->dtype, narrow, bytes, (size_t)tensor->count);
    }
    free(narrow);
    return read;
}

/* Where they lie, if they lie there as a trace has them. */
static const char *elements_there(const struct tensor *tensor)
{
    return tensor_is_contiguous(tensor) && !dtype_is_narrow(tensor->dtype)
               ? tensor_host_data(tensor)
               : NULL;
}

/* `length` bytes: where they lie, or read into `few`, or into *own, which the caller frees. NULL: no
 * memory. */
static const char *elements_of(const struct tensor *tensor, size_t length, char few[FEW_BYTES],
                               char **own)
{
    const char *const there = elements_there(tensor);
    if (there) {
        return there;
    }
    *own = length > FEW_BYTES ? malloc(length) : NULL;
    char *const bytes = length > FEW_BYTES ? *own : few;
    return bytes && read_elements(tensor, bytes) ? bytes : NULL;
}

static void write_value(struct recorder *recorder, const struct tensor *tensor, int64_t id)
{
    const size_t length = (size_t)tensor->count * dtype_size(dtype_widened(tensor->dtype));
    char few[FEW_BYTES], *own = NULL;
    const char *const bytes = elements_of(tensor, length, few, &own);
    if (!bytes) {
        free(own); /* no memory: the trace goes on without this value */
        return;
    }
    struct record record = {
        .kind = RECORD_VALUE,
        .value = { .tensor = id,
                   .dtype = dtype_name(tensor->dtype),
                   .bytes = bytes,
                   .byte_count = length },
    };
    const bool sampled = tensor->count > SHEET_WHOLE_MAX;
    char *taken = sampled ? take_sample(&record.value, bytes, tensor) : NULL;
    if (!sampled || taken) {
        recorder_write(recorder, &record);
    }
    free(taken);
    free(own);
}

void tell_value(struct recorder *recorder, const struct tensor *tensor, int64_t id)
{
    recorder->reading++;
    write_value(recorder, tensor, id);
    recorder->reading--;
}

/* ---- tensors ---- */

static int64_t storage_id(struct recorder *recorder, const struct tensor *tensor)
{
    int64_t id = id_map_find(&recorder->storages, tensor->storage->id);
    return id > 0 ? id : id_map_add(&recorder->storages, tensor->storage->id);
}

static void write_tensor(struct recorder *recorder, const struct tensor *tensor, int64_t id,
                         enum known_role role)
{
    struct record record = { .kind = RECORD_TENSOR };
    struct record_tensor *out = &record.tensor;
    struct text device = { 0 };
    if (tensor_backend(tensor) != engine_cpu(recorder->engine)) {
        backend_append_name(&device, tensor_backend(tensor));
    }
    out->tensor = id;
    out->ndim = tensor->shape.dims;
    out->shape = tensor->shape.size;
    out->dtype = dtype_name(tensor->dtype);
    out->device = text_string(&device);
    out->requires_grad = tensor->requires_grad;
    if (role == KNOWN_DATA) {
        out->storage = storage_id(recorder, tensor);
        out->strides_given = !tensor_is_contiguous(tensor);
        out->strides = tensor->strides;
        out->offset = tensor->offset;
        out->parameter = tensor->is_parameter;
    } else {
        out->role = role == KNOWN_GRAD ? "grad" : "state";
    }
    recorder_write(recorder, &record);
    text_finish(&device);
}

static uint32_t take_slot(struct recorder *recorder)
{
    const uint32_t slot = recorder->free_slot;
    if (slot > 0) {
        recorder->free_slot = recorder->known[slot].next;
        return slot;
    }
    recorder->known_count += recorder->known_count == 0; /* slot 0 is nobody's */
    recorder->known = array_reserve(recorder->known, &recorder->known_capacity,
                                    recorder->known_count + 1, sizeof(*recorder->known));
    return (uint32_t)recorder->known_count++;
}

/* The place of a storage, which gets one. */
static int64_t place_of(struct recorder *recorder, const struct storage *storage)
{
    int64_t place = id_map_find(&recorder->places, storage->id);
    if (place == 0) {
        place = id_map_add(&recorder->places, storage->id);
        recorder->first_on = array_reserve(recorder->first_on, &recorder->first_on_capacity,
                                           (size_t)place + 1, sizeof(*recorder->first_on));
        recorder->first_on[place] = 0;
    }
    return place;
}

static void know_tensor(struct recorder *recorder, struct tensor *tensor, int64_t id,
                        enum known_role role)
{
    recorder->slots = array_reserve(recorder->slots, &recorder->slot_capacity, (size_t)id + 1,
                                    sizeof(*recorder->slots));
    recorder->slots[id] = 0;
    if (tensor->is_stand_in) {
        return;
    }
    const int64_t place = place_of(recorder, tensor->storage);
    const uint32_t slot = take_slot(recorder), next = recorder->first_on[place];
    recorder->known[slot] = (struct known_tensor){
        .tensor = tensor, .id = id, .place = place, .role = role, .next = next
    };
    recorder->known[next].previous = slot; /* of 0, nobody's: it is never read */
    recorder->first_on[place] = slot;
    recorder->slots[id] = slot;
    if (tensor->storage->is_shared) {
        watch_shared(recorder, tensor->storage);
    }
}

void forget_tensor(struct recorder *recorder, int64_t id)
{
    const uint32_t slot = recorder->slots[id];
    struct known_tensor *known = &recorder->known[slot];
    if (recorder->first_on[known->place] == slot) {
        recorder->first_on[known->place] = known->next;
    } else {
        recorder->known[known->previous].next = known->next;
    }
    recorder->known[known->next].previous = known->previous;
    known->next = recorder->free_slot;
    recorder->free_slot = slot;
    recorder->slots[id] = 0;
}

int64_t tell_tensor(struct recorder *recorder, struct tensor *tensor, enum known_role role)
{
    if (!tensor) {
        return 0;
    }
    int64_t id = id_map_find(&recorder->tensors, tensor->id);
    if (id > 0) {
        return id;
    }
    id = id_map_add(&recorder->tensors, tensor->id);
    know_tensor(recorder, tensor, id, role);
    write_tensor(recorder, tensor, id, role);
    tell_value(recorder, tensor, id);
    return id;
}

void renew_tensor(struct recorder *recorder, struct tensor *tensor)
{
    const int64_t id = id_map_find(&recorder->tensors, tensor->id);
    if (id > 0 && known_tensor(recorder, id)) {
        id_array_add(&recorder->gone_tensors, id);
        forget_tensor(recorder, id);
        id_map_drop(&recorder->tensors, tensor->id);
        if (recorder->tracer) {
            tracer_renewed(recorder->tracer, tensor->id);
        }
    }
}

static void tell_new_value(struct recorder *recorder, const struct tensor *tensor, int64_t id,
                           const char *by)
{
    /* Of NumPy's writing only the line is known, which is over. */
    const struct span at = strcmp(by, "numpy") == 0 ? (struct span){ 0 } : recorder_here(recorder);
    tell_value(recorder, tensor, id);
    recorder_write(recorder, &(struct record){
                                 .kind = RECORD_UPDATE,
                                 .update = { .tensor = id, .by = by, .at = at },
                             });
}

void tell_change(struct recorder *recorder, struct tensor *tensor, const char *by)
{
    int64_t first = id_map_find(&recorder->tensors, tensor->id);
    if (first > 0) {
        tell_new_value(recorder, tensor, first, by);
    }
    int64_t place = id_map_find(&recorder->places, tensor->storage->id);
    for (uint32_t slot = place > 0 ? recorder->first_on[place] : 0; slot > 0;
         slot = recorder->known[slot].next) {
        const struct known_tensor *known = &recorder->known[slot];
        if (known->id != first) {
            tell_new_value(recorder, known->tensor, known->id, by);
        }
    }
    shared_was_told(recorder, tensor->storage, place);
}

/* ---- nodes ---- */

static int64_t leaf_of(struct recorder *recorder, const struct node *node)
{
    return node->variable ? tell_tensor(recorder, node->variable, KNOWN_DATA) : 0;
}

/* What edges lead to has been told. */
static struct edge_target told_edge(const struct recorder *recorder, const struct node_edge *edge)
{
    struct edge_target target = { 0 };
    if (edge->node && edge->node->variable) {
        target.leaf = id_map_find(&recorder->tensors, edge->node->variable->id);
    } else if (edge->node) {
        target.node = id_map_find(&recorder->nodes, edge->node->id);
        target.output = edge->output;
    }
    return target;
}

struct edge_target tell_edge(struct recorder *recorder, const struct node_edge *edge)
{
    if (edge->node && edge->node->variable) {
        leaf_of(recorder, edge->node);
    } else if (edge->node) {
        tell_node(recorder, edge->node, false);
    }
    return told_edge(recorder, edge);
}

/* A tensor that was saved, or a number; false for a slot that holds nothing to be told. */
static bool saved_slot(struct recorder *recorder, const struct saved *saved, struct saved_slot *out)
{
    *out = (struct saved_slot){ .name = saved->name };
    if (saved->is_plain) {
        return false;
    }
    if (saved->is_number) {
        out->value = number_as_real(saved->number);
        return true;
    }
    out->tensor = saved->tensor_id > 0 ? id_map_find(&recorder->tensors, saved->tensor_id) : 0;
    if (out->tensor == 0 && saved->tensor) {
        out->tensor = tell_tensor(recorder, saved->tensor, KNOWN_DATA);
    }
    return out->tensor > 0;
}

size_t edges_told(const struct node *node)
{
    return node->edge_count < EDGES_TOLD ? (size_t)node->edge_count : EDGES_TOLD;
}

/* Of a node that no operation made: the view that got it, since its base was written to. */
static int64_t view_with(const struct recorder *recorder, const struct node *node)
{
    const int64_t id =
        node->output_count > 0 ? id_map_find(&recorder->tensors, node->outputs[0].tensor_id) : 0;
    const struct known_tensor *known = id > 0 ? known_tensor(recorder, id) : NULL;
    return known && known->tensor->base && known->tensor->grad_fn == node ? id : 0;
}

static int64_t write_node(struct recorder *recorder, const struct node *node, bool by_op)
{
    struct arena *scratch = &recorder->scratch;
    const size_t edge_count = edges_told(node);
    struct edge_target *edges = arena_allocate(scratch, edge_count + 1, sizeof(*edges));
    struct saved_slot *saved =
        arena_allocate(scratch, (size_t)node->saved_count + 1, sizeof(*saved));
    struct record record = {
        .kind = RECORD_NODE,
        .node = { .name = node->name, .edges = edges, .edge_count = edge_count, .saved = saved },
    };
    for (size_t i = 0; i < edge_count; i++) {
        edges[i] = told_edge(recorder, &node->edges[i]);
    }
    for (int i = 0; i < node->saved_count; i++) {
        record.node.saved_count +=
            saved_slot(recorder, &node->saved[i], &saved[record.node.saved_count]);
    }
    record.node.node = id_map_add(&recorder->nodes, node->id);
    record.node.tensor = by_op ? 0 : view_with(recorder, node);
    recorder_write(recorder, &record);
    return record.node.node;
}

/* The first node behind an edge that has not been told; NULL when all have. */
static const struct node *untold_behind(struct recorder *recorder, const struct node *node)
{
    for (int i = 0; i < node->edge_count; i++) {
        const struct node *next = node->edges[i].node;
        if (next && next->variable) {
            leaf_of(recorder, next);
        } else if (next && id_map_find(&recorder->nodes, next->id) == 0) {
            return next;
        }
    }
    return NULL;
}

/* Nodes that a backward with create_graph made come without an operation and are met here first;
 * their chains may be long, hence no recursion. */
int64_t tell_node(struct recorder *recorder, const struct node *node, bool by_op)
{
    int64_t id = id_map_find(&recorder->nodes, node->id);
    if (id > 0) {
        return id;
    }
    const struct node **path = NULL, *next = untold_behind(recorder, node);
    if (!next) {
        return write_node(recorder, node, by_op);
    }
    size_t count = 0, capacity = 0;
    path = array_reserve(path, &capacity, 1, sizeof(*path));
    path[count++] = node;
    while (count > 0) {
        next = untold_behind(recorder, path[count - 1]);
        if (next) {
            path = array_reserve(path, &capacity, count + 1, sizeof(*path));
            path[count++] = next;
        } else {
            count--;
            write_node(recorder, path[count], by_op && count == 0);
        }
    }
    free(path);
    return id_map_find(&recorder->nodes, node->id);
}
