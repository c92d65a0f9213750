/* Types that belong to tensors, nodes and arguments. */
#include "lessons/trace/codec.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "lessons/trace/scan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* ---- shape and strides: they see the whole record, for both lists have ndim items ------------ */

/* A copy that lives as long as the record. */
static const int64_t *dims_kept(struct parse *parse, const int64_t *dims, size_t count)
{
    int64_t *const kept = arena_allocate(parse->arena, count, sizeof(*kept));
    memcpy(kept, dims, count * sizeof(*kept));
    return kept;
}

static bool dims_read(const struct json *json, int64_t *out, size_t limit, int64_t least)
{
    if (json->kind != JSON_ARRAY || json->length > limit) {
        return false;
    }
    for (const struct json *item = json->first; item; item = item->next, out++) {
        if (!json_whole(item, out) || *out < least) {
            return false;
        }
    }
    return true;
}

static bool dims_scan(struct parse *parse, int64_t *out, int limit, int64_t least, int *count)
{
    *count = 0;
    if (!scan_char(parse, '[')) {
        return false;
    }
    while (!scan_char(parse, ']')) {
        if (*count == limit || (*count > 0 && !scan_char(parse, ',')) ||
            !scan_whole(parse, &out[*count]) || out[*count] < least) {
            return false;
        }
        ++*count;
    }
    return true;
}

static void dims_write(struct text *out, const int64_t *dims, int count)
{
    text_append_char(out, '[');
    for (int i = 0; i < count; i++) {
        text_append_string(out, i > 0 ? "," : "");
        text_append_whole(out, dims[i]);
    }
    text_append_char(out, ']');
}

static bool shape_read(struct parse *parse, const struct json *json, void *field)
{
    struct record_tensor *tensor = field;
    int64_t shape[TRACE_MAX_DIMS];
    if (!dims_read(json, shape, TRACE_MAX_DIMS, 0)) {
        return false;
    }
    tensor->ndim = (int)json->length;
    tensor->shape = dims_kept(parse, shape, json->length);
    return true;
}

static bool shape_scan(struct parse *parse, void *field)
{
    struct record_tensor *tensor = field;
    int64_t shape[TRACE_MAX_DIMS];
    if (!dims_scan(parse, shape, TRACE_MAX_DIMS, 0, &tensor->ndim)) {
        return false;
    }
    tensor->shape = dims_kept(parse, shape, (size_t)tensor->ndim);
    return true;
}

static void shape_write(struct text *out, const void *field)
{
    const struct record_tensor *tensor = field;
    dims_write(out, tensor->shape, tensor->ndim);
}

const struct codec codec_shape = {
    .what = "a list of at most 8 sizes",
    .size = sizeof(struct record_tensor),
    .read = shape_read,
    .scan = shape_scan,
    .write = shape_write,
};

static bool strides_read(struct parse *parse, const struct json *json, void *field)
{
    struct record_tensor *tensor = field;
    int64_t strides[TRACE_MAX_DIMS];
    if (!dims_read(json, strides, (size_t)tensor->ndim, INT64_MIN) ||
        json->length != (size_t)tensor->ndim) {
        return false;
    }
    tensor->strides_given = true;
    tensor->strides = dims_kept(parse, strides, json->length);
    return true;
}

static bool strides_scan(struct parse *parse, void *field)
{
    struct record_tensor *tensor = field;
    int64_t strides[TRACE_MAX_DIMS];
    int count;
    if (!dims_scan(parse, strides, tensor->ndim, INT64_MIN, &count) || count != tensor->ndim) {
        return false;
    }
    tensor->strides_given = true;
    tensor->strides = dims_kept(parse, strides, (size_t)count);
    return true;
}

static void strides_write(struct text *out, const void *field)
{
    const struct record_tensor *tensor = field;
    dims_write(out, tensor->strides, tensor->ndim);
}

static bool strides_absent(const void *field)
{
    const struct record_tensor *tensor = field;
    return !tensor->strides_given;
}

const struct codec codec_strides = {
    .what = "as many strides as the shape has sizes",
    .size = sizeof(struct record_tensor),
    .read = strides_read,
    .scan = strides_scan,
    .write = strides_write,
    .absent = strides_absent,
};

/* ---- the box -------------------------------------------------------------------------------- */

#define OWNER record_hello
static const struct member box_members[] = {
    NEED("rlimits", truth, rlimits),   NEED("no_new_privs", truth, no_new_privs),
    NEED("landlock", count, landlock), NEED("seccomp", truth, seccomp),
    NEED("why", string, why),          MAY("gpu", truth, gpu),
    MAY("strict", truth, strict),
};
#undef OWNER
const struct codec codec_box = { .what = "an object",
                                 .size = sizeof(struct record_hello),
                                 .members = box_members,
                                 .member_count = COUNT_OF(box_members) };

/* ---- edges ---------------------------------------------------------------------------------- */

static bool output_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    int64_t value;
    int *output = field;
    if (!json_whole(json, &value) || value < 0 || value > INT_MAX) {
        return false;
    }
    *output = (int)value;
    return true;
}

static bool output_scan(struct parse *parse, void *field)
{
    int64_t value;
    int *output = field;
    if (!scan_whole(parse, &value) || value < 0 || value > INT_MAX) {
        return false;
    }
    *output = (int)value;
    return true;
}

static void output_write(struct text *out, const void *field)
{
    const int *output = field;
    text_format(out, "%d", *output);
}

static bool output_absent(const void *field)
{
    const int *output = field;
    return *output == 0;
}

static const struct codec codec_output = {
    .what = "the number of an output",
    .size = sizeof(int),
    .read = output_read,
    .scan = output_scan,
    .write = output_write,
    .absent = output_absent,
};

static bool edge_target_check(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    (void)json;
    const struct edge_target *to = field;
    return (to->node == 0) != (to->leaf == 0) && (to->node != 0 || to->output == 0);
}

static bool edge_target_absent(const void *field)
{
    const struct edge_target *to = field;
    return to->node == 0 && to->leaf == 0;
}

#define OWNER edge_target
static const struct member edge_target_members[] = {
    MAY("n", id, node),
    MAY("out", output, output),
    MAY("leaf", id, leaf),
};
#undef OWNER
const struct codec codec_edge_target = {
    .what = "{\"n\":id}, {\"n\":id,\"out\":number}, {\"leaf\":id} or null",
    .size = sizeof(struct edge_target),
    .read = edge_target_check,
    .absent = edge_target_absent,
    .members = edge_target_members,
    .member_count = COUNT_OF(edge_target_members),
    .nullable = true,
};

/* {"t":id} */
static bool tensor_reference(const struct json *json, int64_t *id)
{
    return json->kind == JSON_OBJECT && json->length == 1 && strcmp(json->first->name, "t") == 0 &&
           json_whole(json->first, id) && *id >= 1;
}

static bool local_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    struct visit_edge *edge = field;
    edge->local_is_number = json_any_number(json, &edge->local_number);
    return edge->local_is_number || tensor_reference(json, &edge->local_tensor);
}

static bool local_scan(struct parse *parse, void *field)
{
    struct visit_edge *edge = field;
    if (parse->at < parse->end && *parse->at == '{') {
        return scan_reference(parse, 't', &edge->local_tensor);
    }
    edge->local_is_number = true;
    return scan_any_number(parse, &edge->local_number);
}

static void local_write(struct text *out, const void *field)
{
    const struct visit_edge *edge = field;
    if (edge->local_is_number) {
        json_append_number(out, edge->local_number);
    } else {
        text_append_string(out, "{\"t\":");
        text_append_whole(out, edge->local_tensor);
        text_append_char(out, '}');
    }
}

static bool local_absent(const void *field)
{
    const struct visit_edge *edge = field;
    return !edge->local_is_number && edge->local_tensor == 0;
}

const struct codec codec_local = {
    .what = "a number or {\"t\":id}",
    .size = sizeof(struct visit_edge),
    .read = local_read,
    .scan = local_scan,
    .write = local_write,
    .absent = local_absent,
};

static bool visit_edge_check(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    (void)json;
    const struct visit_edge *edge = field;
    return !edge_target_absent(&edge->to);
}

static bool visit_edge_absent(const void *field)
{
    const struct visit_edge *edge = field;
    return edge->grad == 0;
}

#define OWNER visit_edge
static const struct member visit_edge_members[] = {
    NEED("to", edge_target, to),
    NEED("grad", id, grad),
    MAY_HERE("local", local),
};
#undef OWNER
const struct codec codec_visit_edge = {
    .what = "{\"to\":edge,\"grad\":id,...} or null",
    .size = sizeof(struct visit_edge),
    .read = visit_edge_check,
    .absent = visit_edge_absent,
    .members = visit_edge_members,
    .member_count = COUNT_OF(visit_edge_members),
    .nullable = true,
};

/* ---- saved tensors: {"name":"self","t":2} or {"name":"other","value":3} ---------------------- */

static bool saved_value_read(struct parse *parse, const struct json *object, void *field)
{
    struct saved_slot *slot = field;
    const struct json *json = json_find(object, "value");
    if ((json != NULL) == (slot->tensor != 0)) {
        return parse_refuse(parse, "a saved slot should have either \"t\" or \"value\"");
    }
    return !json || json_any_number(json, &slot->value) ||
           parse_refuse(parse, "\"value\" should be a number");
}

static bool saved_value_scan(struct parse *parse, void *field)
{
    struct saved_slot *slot = field;
    return slot->tensor != 0 ||
           (scan_word(parse, ",\"value\":") && scan_any_number(parse, &slot->value));
}

static void saved_value_write(struct text *out, const void *field)
{
    const struct saved_slot *slot = field;
    if (slot->tensor == 0) {
        text_append_string(out, ",\"value\":");
        json_append_number(out, slot->value);
    }
}

static const struct codec codec_saved_value = { .read = saved_value_read,
                                                .scan = saved_value_scan,
                                                .write = saved_value_write };

#define OWNER saved_slot
static const struct member saved_members[] = {
    NEED("name", string, name),
    MAY("t", id, tensor),
    WHOLE(saved_value),
};
#undef OWNER
const struct codec codec_saved = {
    .what = "{\"name\":name,\"t\":id} or {\"name\":name,\"value\":number}",
    .size = sizeof(struct saved_slot),
    .members = saved_members,
    .member_count = COUNT_OF(saved_members)
};

/* ---- ["weight",3] --------------------------------------------------------------------------- */

static bool named_id_read(struct parse *parse, const struct json *json, void *field)
{
    struct named_id *pair = field;
    return json->kind == JSON_ARRAY && json->length == 2 &&
           codec_string.read(parse, json->first, &pair->name) &&
           codec_id.read(parse, json->first->next, &pair->id);
}

static void named_id_write(struct text *out, const void *field)
{
    const struct named_id *pair = field;
    text_append_char(out, '[');
    codec_string.write(out, &pair->name);
    text_format(out, ",%" PRId64 "]", pair->id);
}

const struct codec codec_named_id = {
    .what = "a pair [name,id]",
    .size = sizeof(struct named_id),
    .read = named_id_read,
    .write = named_id_write,
};

/* ---- frames of a traceback, parameters of a step, roots of a walk ---------------------------- */

#define OWNER error_frame
static const struct member frame_members[] = {
    NEED("name", string, name),
    NEED("at", span, at),
};
#undef OWNER
const struct codec codec_frame = { .what = "{\"name\":name,\"at\":span}",
                                   .size = sizeof(struct error_frame),
                                   .members = frame_members,
                                   .member_count = COUNT_OF(frame_members) };

#define OWNER step_param
static const struct member step_param_members[] = {
    NEED("t", id, tensor),
    NEED_OBJECT("state", argument, state, state_count),
};
#undef OWNER
const struct codec codec_step_param = { .what = "{\"t\":id,\"state\":object}",
                                        .size = sizeof(struct step_param),
                                        .members = step_param_members,
                                        .member_count = COUNT_OF(step_param_members) };

#define OWNER walk_root
static const struct member walk_root_members[] = {
    NEED("root", id, root),
    NEED("grad", id, grad),
};
#undef OWNER
const struct codec codec_walk_root = { .what = "{\"root\":id,\"grad\":id}",
                                       .size = sizeof(struct walk_root),
                                       .members = walk_root_members,
                                       .member_count = COUNT_OF(walk_root_members) };
