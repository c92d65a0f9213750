#include "lessons/trace/records.h"

#include <assert.h>
#include <string.h>

#include "lessons/trace/codec.h"
#include "lessons/trace/scan.h"
#include "lessons/trace/shorten.h"

/* One line a member, in the order of FORMAT.md: name, type, place (and place of the count). */

/* clang-format off */
#define OWNER record_hello
static const struct member hello_members[] = {
    NEED("format", count, format),
    NEED("program", string, program),
    NEED("python", string, python),
    NEED("device", string, device),
    NEED_HERE("box", box),
};
#undef OWNER

#define OWNER record_source
static const struct member source_members[] = {
    NEED("cell", id, cell),
    NEED("kind", string, kind),
    MAY("in", id, in),
    NEED("line", count, line),
    MAY("title", string, title),
    MAY("lang", string, lang),
    MAY("slide", string, slide),
    MAY_LIST("tags", text, tags, tag_count),
    MAY_LIST("hide", text, hide, hide_count),
    MAY("more", truth, more),
    NEED("text", text, text),
};
#undef OWNER

#define OWNER record_opdef
static const struct member opdef_members[] = {
    NEED("op", string, op),
    MAY("symbol", string, symbol),
    MAY("formula", string, formula),
    MAY_LIST("derivatives", text, derivatives, derivative_count),
    NEED("provenance", string, provenance),
};
#undef OWNER

#define OWNER record_out
static const struct member out_members[] = {
    NEED("stream", string, stream),
    NEED("text", text, text),
};
#undef OWNER

#define OWNER record_display
static const struct member display_members[] = {
    NEED("in", id, in),
    NEED("text", text, text),
};
#undef OWNER

#define OWNER record_denied
static const struct member denied_members[] = {
    NEED("what", string, what),
    NEED("text", text, text),
    MAY("at", span, at),
};
#undef OWNER

#define OWNER record_budget
static const struct member budget_members[] = {
    NEED("what", string, what),
    NEED("limit", amount, limit),
    NEED("text", text, text),
};
#undef OWNER

#define OWNER record_error
static const struct member error_members[] = {
    NEED("type", string, type),
    NEED("text", text, text),
    NEED_LIST("frames", frame, frames, frame_count),
    MAY("node", id, node),
    NEED("traceback", text, traceback),
};
#undef OWNER

#define OWNER record_end
static const struct member end_members[] = {
    NEED("how", string, how),
    NEED("status", whole, status),
};
#undef OWNER

#define OWNER record_cell
static const struct member cell_members[] = {
    NEED("in", id, in),
    NEED("f", id, frame),
};
#undef OWNER

#define OWNER record_line
static const struct member line_members[] = {
    NEED("f", id, frame),
    NEED("line", id, line),
};
#undef OWNER

#define OWNER record_call
static const struct member call_members[] = {
    NEED("f", id, frame),
    NEED("parent", id, parent),
    NEED("in", id, in),
    NEED("line", id, line),
    NEED("name", string, name),
};
#undef OWNER

#define OWNER record_return
static const struct member return_members[] = {
    NEED("f", id, frame),
    MAY("t", id, tensor),
    MAY("m", id, module),
    MAY("p", id, optimizer),
    MAY("type", string, type),
    MAY("text", text, text),
    MAY_LIST("items", argument, items, item_count),
};
#undef OWNER

#define OWNER record_enter
static const struct member enter_members[] = {
    NEED("m", id, module),
    MAY("at", span, at),
};
#undef OWNER

#define OWNER record_leave
static const struct member leave_members[] = {
    NEED("m", id, module),
};
#undef OWNER

#define OWNER record_cond
static const struct member cond_members[] = {
    NEED("f", id, frame),
    NEED("kind", string, kind),
    NEED("at", span, at),
    NEED("value", truth, value),
    MAY("t", id, tensor),
    NEED("body", range, body),
    MAY("else", range, otherwise),
};
#undef OWNER

#define OWNER record_mode
static const struct member mode_members[] = {
    MAY("grad", switch, grad),
    MAY("inference", truth, inference),
    MAY("train", switch, train),
    MAY("m", id, module),
    MAY("at", span, at),
};
#undef OWNER

#define OWNER record_tensor
static const struct member tensor_members[] = {
    NEED("t", id, tensor),
    NEED_HERE("shape", shape),
    NEED("dtype", dtype, dtype),
    MAY("device", device, device),
    MAY("s", id, storage),
    MAY_HERE("strides", strides),
    MAY("offset", count, offset),
    MAY("requires_grad", truth, requires_grad),
    MAY("parameter", truth, parameter),
    MAY("role", role, role),
};
#undef OWNER

#define OWNER record_value
static const struct member value_members[] = {
    NEED("t", id, tensor),
    WHOLE(value),
};
#undef OWNER

#define OWNER record_op
static const struct member op_members[] = {
    NEED("o", id, op),
    NEED("op", string, name),
    MAY_LIST("in", argument, in, in_count),
    MAY("turned", truth, turned),
    MAY_OBJECT("attrs", argument, attrs, attr_count),
    NEED_LIST("out", id, out.ids, out.count),
    MAY("at", span, at),
    MAY("m", id, module),
    MAY("n", id, node),
    MAY("whole", id, whole),
};
#undef OWNER

#define OWNER record_node
static const struct member node_members[] = {
    NEED("n", id, node),
    NEED("name", string, name),
    NEED_LIST("edges", edge_target, edges, edge_count),
    MAY_LIST("saved", saved, saved, saved_count),
    MAY("t", id, tensor),
};
#undef OWNER

#define OWNER record_module
static const struct member module_members[] = {
    NEED("m", id, module),
    NEED("class", string, class_name),
    NEED("text", text, text),
    MAY_LIST("params", named_id, params, param_count),
    MAY_LIST("children", named_id, children, child_count),
};
#undef OWNER

#define OWNER record_bind
static const struct member bind_members[] = {
    NEED("f", id, frame),
    NEED("name", string, name),
    MAY("t", id, tensor),
    MAY("m", id, module),
    MAY("p", id, optimizer),
    MAY("type", string, type),
    MAY("text", text, text),
    MAY_LIST("items", argument, items, item_count),
};
#undef OWNER

#define OWNER record_update
static const struct member update_members[] = {
    NEED("t", id, tensor),
    NEED("by", string, by),
    MAY("grad", none, grad),
    MAY("total", id, total),
    MAY("requires_grad", switch, requires_grad),
    MAY("at", span, at),
};
#undef OWNER

#define OWNER record_called
static const struct member called_members[] = {
    NEED("t", id, tensor),
    NEED("name", string, name),
};
#undef OWNER

#define OWNER record_taken
static const struct member taken_members[] = {
    NEED("t", id, tensor),
    NEED("by", string, by),
    MAY("at", span, at),
};
#undef OWNER

#define OWNER record_failed
static const struct member failed_members[] = {
    NEED("type", string, type),
    NEED("text", text, text),
    MAY("op", string, op),
    MAY_LIST("in", argument, in, in_count),
    MAY_OBJECT("attrs", argument, attrs, attr_count),
    NEED("at", span, at),
};
#undef OWNER

#define OWNER record_gone
static const struct member gone_members[] = {
    MAY_LIST("t", id, tensors.ids, tensors.count),
    MAY_LIST("n", id, nodes.ids, nodes.count),
};
#undef OWNER

#define OWNER record_backward
static const struct member backward_members[] = {
    NEED("b", id, backward),
    NEED("root", id, root),
    NEED("grad", id, grad),
    MAY_LIST("more", walk_root, more, more_count),
    MAY("retain_graph", truth, retain_graph),
    MAY("create_graph", truth, create_graph),
    MAY("at", span, at),
};
#undef OWNER

#define OWNER record_visit
static const struct member visit_members[] = {
    NEED("b", id, backward),
    NEED("n", id, node),
    NEED_LIST("in", id_or_null, in.ids, in.count),
    NEED_LIST("edges", visit_edge, edges, edge_count),
};
#undef OWNER

#define OWNER record_free
static const struct member free_members[] = {
    NEED("n", id, node),
};
#undef OWNER

#define OWNER record_accumulate
static const struct member accumulate_members[] = {
    NEED("b", id, backward),
    NEED("t", id, tensor),
    NEED("grad", id, grad),
    NEED("total", id, total),
};
#undef OWNER

#define OWNER record_backward_end
static const struct member backward_end_members[] = {
    NEED("b", id, backward),
};
#undef OWNER

#define OWNER record_optim
static const struct member optim_members[] = {
    NEED("p", id, optimizer),
    NEED("class", string, class_name),
    NEED_LIST("groups", group, groups, group_count),
};
#undef OWNER

#define OWNER record_step
static const struct member step_members[] = {
    NEED("p", id, optimizer),
    MAY("at", span, at),
    NEED_LIST("params", step_param, params, param_count),
};
#undef OWNER

#define OWNER record_device
static const struct member device_members[] = {
    NEED("device", string, device),
    MAY("name", string, name),
    MAY("capability", string, capability),
    MAY("multiprocessors", count, multiprocessors),
    MAY("driver", string, driver),
    MAY("runtime", string, runtime),
    MAY("total", amount, total),
    MAY("why", string, why),
};
#undef OWNER

#define OWNER record_memory
static const struct member memory_members[] = {
    NEED("device", string, device),
    NEED("used", amount, used),
    NEED("cached", amount, cached),
    NEED("free", amount, free),
    NEED("peak", amount, peak),
};
#undef OWNER

#define OWNER record_copy
static const struct member copy_members[] = {
    MAY("t", id, tensor),
    MAY("from", id, from),
    MAY("source", device, source),
    MAY("target", device, target),
    NEED("bytes", amount, bytes),
    MAY("ms", amount, ms),
    MAY("waits", truth, waits),
    MAY("by", string, by),
    MAY("at", span, at),
};
#undef OWNER

#define OWNER record_kernel
static const struct member kernel_members[] = {
    MAY("o", id, task.op),
    MAY("b", id, task.backward),
    MAY("n", id, task.node),
    MAY("p", id, task.optimizer),
    NEED("device", string, device),
    NEED("count", count, count),
    NEED("queued", amount, queued),
    MAY("run", amount, run),
};
#undef OWNER

#define OWNER record_fallback
static const struct member fallback_members[] = {
    MAY("o", id, task.op),
    MAY("b", id, task.backward),
    MAY("n", id, task.node),
    MAY("p", id, task.optimizer),
    NEED("device", string, device),
    NEED("what", string, what),
    NEED("dtype", dtype, dtype),
    NEED("count", count, count),
    NEED("bytes", amount, bytes),
};
#undef OWNER

#define OWNER record_probe
static const struct member probe_members[] = {
    NEED("what", string, what),
    REST(answer, members, member_count),
};
#undef OWNER

#define ROW(name) \
    { #name, "{\"k\":\"" #name "\"", sizeof(#name) + 6, sizeof(struct record_##name), name##_members, \
      sizeof(name##_members) / sizeof(*name##_members) }
const struct record_row record_table[RECORD_KIND_COUNT] = {
    [RECORD_HELLO] = ROW(hello),
    [RECORD_SOURCE] = ROW(source),
    [RECORD_OPDEF] = ROW(opdef),
    [RECORD_OUT] = ROW(out),
    [RECORD_DISPLAY] = ROW(display),
    [RECORD_DENIED] = ROW(denied),
    [RECORD_BUDGET] = ROW(budget),
    [RECORD_ERROR] = ROW(error),
    [RECORD_END] = ROW(end),
    [RECORD_CELL] = ROW(cell),
    [RECORD_LINE] = ROW(line),
    [RECORD_CALL] = ROW(call),
    [RECORD_RETURN] = ROW(return),
    [RECORD_ENTER] = ROW(enter),
    [RECORD_LEAVE] = ROW(leave),
    [RECORD_COND] = ROW(cond),
    [RECORD_MODE] = ROW(mode),
    [RECORD_TENSOR] = ROW(tensor),
    [RECORD_VALUE] = ROW(value),
    [RECORD_OP] = ROW(op),
    [RECORD_NODE] = ROW(node),
    [RECORD_MODULE] = ROW(module),
    [RECORD_BIND] = ROW(bind),
    [RECORD_UPDATE] = ROW(update),
    [RECORD_CALLED] = ROW(called),
    [RECORD_TAKEN] = ROW(taken),
    [RECORD_FAILED] = ROW(failed),
    [RECORD_GONE] = ROW(gone),
    [RECORD_BACKWARD] = ROW(backward),
    [RECORD_VISIT] = ROW(visit),
    [RECORD_FREE] = ROW(free),
    [RECORD_ACCUMULATE] = ROW(accumulate),
    [RECORD_BACKWARD_END] = ROW(backward_end),
    [RECORD_OPTIM] = ROW(optim),
    [RECORD_STEP] = ROW(step),
    [RECORD_DEVICE] = ROW(device),
    [RECORD_MEMORY] = ROW(memory),
    [RECORD_COPY] = ROW(copy),
    [RECORD_KERNEL] = ROW(kernel),
    [RECORD_FALLBACK] = ROW(fallback),
    [RECORD_PROBE] = ROW(probe),
};
/* clang-format on */

const char *record_kind_name(enum record_kind kind)
{
    assert(kind < RECORD_KIND_COUNT);
    return record_table[kind].name;
}

void record_write(struct text *out, const struct record *record)
{
    const struct record_row *row = &record_table[record->kind];
    const size_t start = out->length;
    text_append(out, row->head, row->head_length);
    members_write(out, row->members, row->member_count, &record->hello, false);
    text_append_string(out, "}\n");
    if (out->length - start > TRACE_LINE_MAX) {
        shorten_object(out, start, TRACE_LINE_MAX);
    }
}

static bool kind_find(const char *name, enum record_kind *kind)
{
    for (unsigned i = 0; i < RECORD_KIND_COUNT; i++) {
        if (record_table[i].name[0] == name[0] && strcmp(record_table[i].name, name) == 0) {
            *kind = (enum record_kind)i;
            return true;
        }
    }
    return false;
}

static bool json_to_record(struct record *record, bool *known, const struct json *object,
                           struct parse *parse)
{
    *known = false;
    if (object->kind != JSON_OBJECT) {
        return parse_refuse(parse, "a record should be a JSON object");
    }
    const char *name = json_find_string(object, "k", NULL);
    if (!name) {
        return parse_refuse(parse, "\"k\", the kind of the record, is missing");
    }
    enum record_kind kind;
    if (!kind_find(name, &kind)) {
        return true;
    }
    *known = true;
    *record = (struct record){ .kind = kind };
    const struct record_row *row = &record_table[kind];
    return members_read(parse, row->members, row->member_count, object, &record->hello) ||
           error_prefix(parse->err, "%s", name);
}

static bool head_is(enum record_kind kind, const char *line, size_t length)
{
    const size_t letter = sizeof("{\"k\":\"") - 1;
    const struct record_row *const row = &record_table[kind];
    return length > row->head_length && line[letter] == row->head[letter] &&
           scan_same(line, row->head, row->head_length);
}

/* The heads end with the quotation mark. What is written at every turn of a training loop is looked for
 * first. */
enum record_kind record_kind_of_line(const char *line, size_t length)
{
    static const unsigned char often[] = { RECORD_VALUE,  RECORD_TENSOR,    RECORD_LINE,
                                           RECORD_OP,     RECORD_BIND,      RECORD_NODE,
                                           RECORD_VISIT,  RECORD_FREE,      RECORD_GONE,
                                           RECORD_UPDATE, RECORD_ACCUMULATE };
    for (size_t i = 0; i < sizeof(often); i++) {
        if (head_is((enum record_kind)often[i], line, length)) {
            return (enum record_kind)often[i];
        }
    }
    for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        if (head_is((enum record_kind)kind, line, length)) {
            return (enum record_kind)kind;
        }
    }
    return RECORD_KIND_COUNT;
}

bool record_scan(struct record *record, const char *line, size_t length,
                 const struct record_context *context, struct arena *arena)
{
    const enum record_kind kind = record_kind_of_line(line, length);
    if (kind == RECORD_KIND_COUNT) {
        return false;
    }
    const struct record_row *const row = &record_table[kind];
    struct parse parse = {
        .arena = arena, .context = context, .at = line + row->head_length, .end = line + length
    };
    memset(record, 0, offsetof(struct record, hello) + row->size);
    record->kind = kind;
    return members_scan(&parse, row->members, row->member_count, &record->hello, false) &&
           parse.at == parse.end;
}

bool record_parse(struct record *record, bool *known, const char *line, size_t length,
                  const struct record_context *context, struct arena *arena, struct error *err)
{
    *known = true;
    return record_scan(record, line, length, context, arena) ||
           record_parse_json(record, known, line, length, context, arena, err);
}

bool record_parse_json(struct record *record, bool *known, const char *line, size_t length,
                       const struct record_context *context, struct arena *arena, struct error *err)
{
    struct error own;
    error_clear(&own);
    struct parse parse = { .arena = arena, .context = context, .err = &own };
    struct arena tree = { 0 };
    struct arena *scratch = context->scratch ? context->scratch : &tree;
    const struct json *object = json_parse(scratch, line, length, &own);
    const bool good = object && json_to_record(record, known, object, &parse);
    arena_clear(scratch);
    arena_finish(&tree);
    if (!good && err) {
        *err = own;
    }
    return good;
}
