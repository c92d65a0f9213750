/* What things are called: names from the lesson's own bindings, else its own words. */
#include "lessons/trace/reader.h"

#include <ctype.h>
#include <string.h>

#include "lessons/trace/formula_text.h"
#include "lessons/trace/places.h"
#include "lessons/trace/state.h"

/* Deeper than this modules are not named: they may be nested in a ring. */
enum { PATH_DEPTH_MAX = 32, PATH_BYTES_MAX = 1000, LABEL_MAX = 48 };

static void tensor_name_add(struct trace *trace, int64_t id, const char *name, uint32_t index)
{
    struct tensor_entry *entry = tensor_entry(trace, id);
    entry->names = arena_reserve(&trace->arena, entry->names, &entry->name_capacity,
                                 entry->name_count + 1, sizeof(*entry->names));
    entry->names[entry->name_count++] = (struct naming){ index, name };
}

/* The first path stays: what a card is headed with must not change later. */
static void path_spread(struct trace *trace, struct module_entry *module, const char *path,
                        uint32_t index, int depth)
{
    const struct record_module *record = module->module.record;
    module->path = path;
    /* What a forged trace calls a module would stand before the name of each of thousands. */
    if (strlen(path) > PATH_BYTES_MAX) {
        return;
    }
    for (size_t i = 0; i < record->param_count; i++) {
        struct tensor_entry *param = tensor_entry(trace, record->params[i].id);
        if (!param->path) {
            param->path = arena_format(&trace->arena, "%s.%s", path, record->params[i].name);
            param->path_since = index;
        }
    }
    for (size_t i = 0; i < record->child_count && depth < PATH_DEPTH_MAX; i++) {
        struct module_entry *child = module_entry(trace, record->children[i].id);
        if (!child->path) {
            path_spread(trace, child,
                        arena_format(&trace->arena, "%s.%s", path, record->children[i].name), index,
                        depth + 1);
        }
    }
}

void names_module(struct trace *trace, struct module_entry *module, uint32_t index)
{
    const struct record_module *record = module->module.record;
    for (size_t i = 0; i < record->param_count; i++) {
        struct tensor_entry *param = tensor_entry(trace, record->params[i].id);
        param->param = param->param ? param->param : record->params[i].name;
    }
    if (module->path) {
        path_spread(trace, module, module->path, index, 0);
    }
}

/* `self` in a lesson's own methods is no name for the module: the one who made it has a better. */
static void module_name_add(struct trace *trace, int64_t id, const char *name, uint32_t index)
{
    struct module_entry *module = module_entry(trace, id);
    if (!module->path && strcmp(name, "self") != 0) {
        path_spread(trace, module, name, index, 0);
    }
}

void names_bind(struct trace *trace, const struct record_bind *bind, uint32_t index)
{
    if (bind->tensor != 0) {
        tensor_name_add(trace, bind->tensor, bind->name, index);
    }
    if (bind->module != 0) {
        module_name_add(trace, bind->module, bind->name, index);
    }
    const bool numbered = strcmp(bind->type, "list") == 0 || strcmp(bind->type, "tuple") == 0;
    for (size_t i = 0; numbered && i < bind->item_count; i++) {
        const struct argument *item = &bind->items[i];
        if (item->kind == ARGUMENT_TENSOR) {
            tensor_name_add(trace, item->id, arena_format(&trace->arena, "%s[%zu]", bind->name, i),
                            index);
        } else if (item->kind == ARGUMENT_MODULE) {
            module_name_add(trace, item->id, arena_format(&trace->arena, "%s[%zu]", bind->name, i),
                            index);
        }
    }
}

/* Every trace_tensor that leaves the reader is the first member of its entry. */
static const struct tensor_entry *entry_of(const struct trace_tensor *tensor)
{
    return (const struct tensor_entry *)(const void *)tensor;
}

const char *trace_name_at(const struct trace *trace, const struct trace_tensor *tensor,
                          uint32_t moment)
{
    (void)trace;
    const struct tensor_entry *entry = entry_of(tensor);
    if (entry->path && entry->path_since < moment) {
        return entry->path;
    }
    if (moment == NEVER) {
        return entry->name_count > 0 ? entry->names[0].name : "";
    }
    size_t low = 0, high = entry->name_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (entry->names[middle].since < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? entry->names[low - 1].name : "";
}

const char *trace_called(const struct trace_tensor *tensor)
{
    const char *const called = entry_of(tensor)->called;
    return called ? called : "";
}

bool trace_is_renamed(const struct trace *trace, const struct trace_tensor *tensor, uint32_t moment)
{
    const struct tensor_entry *const entry = entry_of(tensor);
    int64_t now = 0;

    if (entry->path || entry->name_count == 0 || entry->names[0].since >= moment) {
        return false;
    }
    const char *const name = entry->names[0].name;
    int64_t frame = trace_record(trace, entry->names[0].since)->bind.frame;
    frame = trace_frame(trace, frame)->parent == 0 ? 0 : frame;
    return trace_bound_at(trace, frame, name, strlen(name), moment, &now) && now != tensor->id;
}

const char *trace_module_path(const struct trace *trace, const struct trace_module *module,
                              struct arena *arena)
{
    const struct module_entry *entry = module_entry(trace, module->id);
    const char *path = entry && entry->path ? entry->path : "";
    return arena_copy_text(arena, path, strlen(path));
}

/* ---- words of the source -------------------------------------------------------------------- */

/* The byte where that line and column is; false if the text has no such place. */
static bool text_place(const struct trace_string *text, int line, int column, size_t *out)
{
    size_t at = 0;
    for (int i = 1; i < line; i++) {
        const char *newline = memchr(text->bytes + at, '\n', text->length - at);
        if (!newline) {
            return false;
        }
        at = (size_t)(newline - text->bytes) + 1;
    }
    const char *newline = memchr(text->bytes + at, '\n', text->length - at);
    const size_t end = newline ? (size_t)(newline - text->bytes) : text->length;
    *out = at + (size_t)column;
    return (size_t)column <= end - at;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Where to cut so that at most `room` bytes stay and no character is broken. */
static size_t cut_at(const char *bytes, size_t room)
{
    while (room > 0 && ((unsigned char)bytes[room] & 0xC0) == 0x80) {
        room--;
    }
    while (room > 0 && bytes[room - 1] == ' ') {
        room--;
    }
    return room;
}

/* Runs of blanks become one; cut to max_bytes, the ellipsis included. */
static const char *one_line(const char *bytes, size_t length, size_t max_bytes, struct arena *arena)
{
    static const char ellipsis[] = "…";
    const size_t ellipsis_length = sizeof(ellipsis) - 1;
    /* What is cut off anyway need not be looked at, however long; 8 bytes of blanks for each. */
    const size_t looked_at = length < 8 * max_bytes + 8 ? length : 8 * max_bytes + 8;
    char *out = arena_allocate(arena, looked_at + ellipsis_length + 1, 1);
    size_t used = 0;
    for (size_t i = 0; i < looked_at; i++) {
        if (!is_blank(bytes[i])) {
            out[used++] = bytes[i];
        } else if (used > 0 && out[used - 1] != ' ') {
            out[used++] = ' ';
        }
    }
    while (used > 0 && out[used - 1] == ' ') {
        used--;
    }
    out[used] = '\0';
    if (used > max_bytes || looked_at < length) {
        const size_t room = max_bytes > ellipsis_length ? max_bytes - ellipsis_length : 0;
        used = cut_at(out, used < room ? used : room);
        memcpy(out + used, max_bytes >= ellipsis_length ? ellipsis : "",
               max_bytes >= ellipsis_length ? sizeof(ellipsis) : 1);
    }
    return out;
}

const char *trace_span_text(const struct trace *trace, const struct span *at, size_t max_bytes,
                            struct arena *arena)
{
    const struct trace_cell *cell = at->cell ? trace_code_cell(trace, at->cell) : NULL;
    size_t from, to;
    if (!cell || !text_place(&cell->text, at->line, at->column, &from) ||
        !text_place(&cell->text, at->end_line, at->end_column, &to) || to < from) {
        return arena_copy_text(arena, "", 0);
    }
    return one_line(cell->text.bytes + from, to - from, max_bytes, arena);
}

/* Whether the operation's value is the value of its expression: `model(x)` is what its last
 * operation puts out; those before it, under the same span in the same execution of the line, are
 * steps. */
static bool is_whole_expression(const struct trace *trace, const struct trace_op *op)
{
    const struct trace_op *next = trace_op(trace, op->id + 1);
    if (op->failed) {
        return false;
    }
    if (!next || memcmp(&next->record->at, &op->record->at, sizeof(struct span)) != 0) {
        return true;
    }
    struct trace_position here, there;
    return !trace_position_at(trace, op->born + 1, &here) ||
           !trace_position_at(trace, next->born + 1, &there) ||
           here.line_record != there.line_record;
}

/* Whether the operations under the same span that follow end in one that writes into the tensor, as the
 * `div_` of a `normalize(image)` into what its `clone` has made. */
static bool ends_in_place(const struct trace *trace, const struct trace_tensor *tensor,
                          const struct trace_op *op)
{
    enum { STEPS = 64 };
    for (int i = 0; i < STEPS && op && !op->failed; i++) {
        if (is_whole_expression(trace, op)) {
            return i > 0 && op->record->out.count == 1 && op->record->out.ids[0] == tensor->id;
        }
        op = trace_op(trace, op->id + 1);
    }
    return false;
}

/* `model.0`: what a layer inside of a larger module puts out has no expression of its own, as nobody
 * wrote its call, but the layer has a name. "" for the steps before its last one. */
static const char *layer_name(const struct trace *trace, const struct trace_op *op)
{
    const struct module_entry *module =
        op->record->module ? module_entry(trace, op->record->module) : NULL;
    const struct trace_op *next = trace_op(trace, op->id + 1);
    const uint32_t end = next ? next->born : trace_record_count(trace);
    for (uint32_t i = op->born + 1; module && module->path && i < end; i++) {
        const struct record *record = trace_record(trace, i);
        if (record->kind == RECORD_LEAVE) {
            return record->leave.module == op->record->module ? module->path : "";
        }
    }
    return "";
}

/* `-x` of `model(-x)`, which `forward(self, x)` calls x: where what it is made of has that name as well,
 * nobody should read "x = -x". */
static bool is_namesake(const struct trace *trace, const struct tensor_entry *entry)
{
    const struct trace_op *const op = trace_op(trace, entry->tensor.op);
    struct trace_position here;
    bool shared = false;
    for (size_t i = 0; op && entry->name_count > 0 && i < op->record->in_count; i++) {
        const struct argument *const in = &op->record->in[i];
        const struct trace_tensor *const tensor =
            in->kind == ARGUMENT_TENSOR ? trace_tensor(trace, in->id) : NULL;
        shared = shared || (tensor && tensor != &entry->tensor &&
                            strcmp(trace_name_at(trace, tensor, NEVER), entry->names[0].name) == 0);
    }
    if (!shared || !trace_position_at(trace, op->born + 1, &here)) {
        return false;
    }
    const struct trace_frame *const called =
        trace_frame(trace, trace_record(trace, entry->names[0].since)->bind.frame);
    return called && called->parent != 0 && called->parent == here.frame;
}

/* The name that the lesson or a module gave it; "" if none. */
static const char *given_name(const struct trace *trace, const struct trace_tensor *tensor)
{
    const char *name =
        is_namesake(trace, entry_of(tensor)) ? "" : trace_name_at(trace, tensor, NEVER);
    const char *param = entry_of(tensor)->param; /* of a module that has no name itself */
    return name[0] == '\0' && param ? param : name;
}

static size_t skip_blanks(const char *bytes, size_t at, size_t end)
{
    while (at < end && is_blank(bytes[at])) {
        at++;
    }
    return at;
}

/* `self.offset` of `self.offset = torch.tensor(1.0)`: an attribute that is no parameter has no binding,
 * but the line that made it says what it is called. Empty if that line assigns no attribute, or more
 * than this expression. */
static struct trace_string attribute_name(const struct trace *trace, const struct trace_op *op)
{
    const struct trace_string none = { "", 0 };
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const struct span *const at = &op->record->at;
    const struct trace_cell *cell = at->cell ? trace_code_cell(trace, at->cell) : NULL;
    size_t line, from, to;
    if (!is_whole_expression(trace, op) || !cell || !text_place(&cell->text, at->line, 0, &line) ||
        !text_place(&cell->text, at->line, at->column, &from) ||
        !text_place(&cell->text, at->end_line, at->end_column, &to)) {
        return none;
    }
    const char *const bytes = cell->text.bytes;
    const size_t start = skip_blanks(bytes, line, from);
    size_t end = start;
    while (end < from && memchr(letters, bytes[end], sizeof(letters) - 1)) {
        end++;
    }
    const size_t sign = skip_blanks(bytes, end, from);
    while (to < cell->text.length && (bytes[to] == ' ' || bytes[to] == '\t')) {
        to++;
    }
    const bool assigns = sign < from && bytes[sign] == '=' &&
                         skip_blanks(bytes, sign + 1, from) == from &&
                         (to == cell->text.length || memchr("\r\n#;", bytes[to], 4));
    const bool attribute = end > start && memchr(bytes + start, '.', end - start) &&
                           !isdigit((unsigned char)bytes[start]);
    return assigns && attribute ? (struct trace_string){ bytes + start, end - start } : none;
}

bool trace_is_named(const struct trace *trace, const struct trace_tensor *tensor)
{
    const struct trace_op *op = trace_op(trace, tensor->op);
    return given_name(trace, tensor)[0] != '\0' || (op && attribute_name(trace, op).length > 0);
}

/* Linear turns its weight: nobody should take its `t` for a name of the lesson. "" when the operation
 * is no turn, or of something without a name. */
static const char *turned_name(const struct trace *trace, const struct trace_op *op,
                               struct arena *arena)
{
    const struct record_op *record = op->record;
    if (strcmp(record->name, "t") != 0 || record->in_count == 0 ||
        record->in[0].kind != ARGUMENT_TENSOR) {
        return "";
    }
    const struct trace_tensor *input = trace_tensor(trace, record->in[0].id);
    const char *name = input ? given_name(trace, input) : "";
    return name[0] ? arena_format(arena, "%sᵀ", name) : "";
}

/* A matrix whose two dimensions change places. */
static bool is_transposition(const struct trace *trace, const struct record_op *record)
{
    const struct trace_tensor *in = record->in_count > 0 && record->in[0].kind == ARGUMENT_TENSOR
                                        ? trace_tensor(trace, record->in[0].id)
                                        : NULL;
    if (strcmp(record->name, "permute") != 0 || !in || in->ndim != 2 || record->attr_count == 0) {
        return false;
    }
    const struct argument *order = &record->attrs[0];
    return order->item_count == 2 && order->items[0].number == 1;
}

/* Where the name of the call begins that the text is, `reshape` in `photo.reshape(3, (8, 8))`; its length is
 * 0 if the text is no call. */
static struct trace_string called_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t open = strlen(text);
    int depth = 0;

    do {
        if (open == 0) {
            return (struct trace_string){ "", 0 };
        }
        open--;
        depth += (text[open] == ')') - (text[open] == '(');
    } while (depth > 0);
    size_t start = open;
    while (start > 0 && strchr(letters, text[start - 1])) {
        start--;
    }
    return (struct trace_string){ text + start, open - start };
}

/* Calls that PyTorch records as another one. */
static const struct {
    const char *op, *calls[12]; /* up to NULL */
} recorded_as[] = {
    { "view", { "reshape", "reshape_as", "view_as", "flatten", "unflatten", "ravel" } },
    { "unsafe_view", { "reshape", "reshape_as", "view_as", "flatten", "unflatten", "ravel" } },
    { "_reshape_alias", { "reshape", "reshape_as", "flatten", "unflatten", "ravel" } },
    { "clone", { "reshape", "flatten", "contiguous" } },
    { "to",
      { "float", "double", "half", "bfloat16", "int", "long", "short", "bool", "type", "type_as",
        "cpu", "cuda" } },
};

/* That one of them which the lesson wrote; NULL when it wrote none. */
static const char *written_instead(const struct trace *trace, const struct trace_op *op)
{
    enum {
        OPS = sizeof(recorded_as) / sizeof(recorded_as[0]),
        CALLS = sizeof(recorded_as[0].calls) / sizeof(recorded_as[0].calls[0]),
        TEXT_MOST = 1000
    };
    const char *found = NULL;
    size_t row = 0;

    while (row < OPS && strcmp(op->record->name, recorded_as[row].op) != 0) {
        row++;
    }
    if (row == OPS) {
        return NULL;
    }
    struct arena arena = { 0 };
    const struct trace_string name =
        called_name(trace_span_text(trace, &op->record->at, TEXT_MOST, &arena));
    for (size_t i = 0; i < CALLS && recorded_as[row].calls[i]; i++) {
        const char *const call = recorded_as[row].calls[i];
        if (strlen(call) == name.length && memcmp(call, name.bytes, name.length) == 0) {
            found = call;
        }
    }
    arena_finish(&arena);
    return found;
}

const char *trace_op_symbol(const struct trace *trace, const struct trace_op *op)
{
    const char *const written = written_instead(trace, op);

    if (written) {
        return written;
    }
    if (strcmp(op->record->name, "t") == 0 || is_transposition(trace, op->record)) {
        return "xᵀ"; /* the sign alone is too small to be read */
    }
    return op->def->symbol && op->def->symbol[0] ? op->def->symbol : op->record->name;
}

/* The name of the tensor that the argument is; "" if it has none. */
static const char *name_of_argument(const struct trace *trace, const struct argument *in)
{
    const struct trace_tensor *const tensor =
        in->kind == ARGUMENT_TENSOR ? trace_tensor(trace, in->id) : NULL;
    return tensor ? given_name(trace, tensor) : "";
}

static const struct trace_op *maker_of(const struct trace *trace, const struct argument *in)
{
    const struct trace_tensor *const tensor =
        in->kind == ARGUMENT_TENSOR ? trace_tensor(trace, in->id) : NULL;
    return tensor ? trace_op(trace, tensor->op) : NULL;
}

/* Of steps inside of a layer, whose own names are internal words: "(…) @ lstm.weight_ih_l0ᵀ" of a product with a
 * parameter; "" of anything else. */
static const char *product_label(const struct trace *trace, const struct trace_op *op,
                                 struct arena *arena)
{
    const struct record_op *record = op->record;
    const bool sum = strcmp(record->name, "addmm") == 0 && record->in_count == 3;
    if (!sum && (strcmp(record->name, "mm") != 0 || record->in_count != 2)) {
        return "";
    }
    const struct trace_op *const maker = maker_of(trace, &record->in[record->in_count - 1]);
    const char *const weight = maker ? turned_name(trace, maker, arena) : "";
    const char *const bias = sum ? name_of_argument(trace, &record->in[0]) : "";
    if (weight[0] == '\0' || (sum && bias[0] == '\0')) {
        return "";
    }
    return sum ? arena_format(arena, "(…) @ %s + %s", weight, bias)
               : arena_format(arena, "(…) @ %s", weight);
}

/* The same of its elements in another shape. */
static const char *shaped_label(const struct trace *trace, const struct trace_op *op,
                                struct arena *arena)
{
    const bool shaped = strcmp(op->record->name, "unsafe_view") == 0 && op->record->in_count == 1;
    const struct trace_op *const maker = shaped ? maker_of(trace, &op->record->in[0]) : NULL;
    const char *const product =
        maker ? product_label(trace, maker, arena) : product_label(trace, op, arena);
    return maker && product[0] != '\0' ? arena_format(arena, "(%s).view(…)", product) : product;
}

static const char *op_text(const struct trace *trace, const struct trace_tensor *result,
                           const struct trace_op *op, int formulas, struct arena *arena)
{
    if (is_whole_expression(trace, op) || ends_in_place(trace, result, op)) {
        const char *text = trace_span_text(trace, &op->record->at, LABEL_MAX, arena);
        if (text[0] != '\0') {
            return text;
        }
    }
    const char *turned = turned_name(trace, op, arena);
    if (turned[0] != '\0') {
        return turned;
    }
    const char *layer = layer_name(trace, op);
    const char *product = layer[0] != '\0' ? layer : shaped_label(trace, op, arena);
    const char *formula =
        product[0] != '\0' ? product : trace_formula_text(trace, op, formulas, arena);
    const char *last = formula[0] != '\0' ? formula : op->record->name;
    return arena_copy_text(arena, last, strlen(last));
}

const char *trace_op_text(const struct trace *trace, const struct trace_tensor *result,
                          const struct trace_op *op, struct arena *arena)
{
    return op_text(trace, result, op, 0, arena);
}

static const char *own_label(const struct trace *trace, const struct trace_tensor *tensor,
                             int formulas, struct arena *arena)
{
    const char *name = given_name(trace, tensor);
    if (name[0] != '\0') {
        return arena_copy_text(arena, name, strlen(name));
    }
    const struct trace_op *op = trace_op(trace, tensor->op);
    if (!op) {
        return "";
    }
    const struct trace_string attribute = attribute_name(trace, op);
    if (attribute.length > 0) {
        return arena_copy_text(arena, attribute.bytes, attribute.length);
    }
    const char *const called = trace_called(tensor);
    if (called[0] != '\0') {
        return arena_copy_text(arena, called, strlen(called));
    }
    return op_text(trace, tensor, op, formulas, arena);
}

/* The root that a walk begins at with that tensor as its gradient; NULL: none does. Walks are told right
 * after what they begin with was made. */
static const struct trace_tensor *seeded_root(const struct trace *trace,
                                              const struct trace_tensor *tensor)
{
    size_t count;
    const uint32_t *const walks = trace_records_of(trace, RECORD_BACKWARD, &count);
    const size_t next = index_before(walks, count, tensor->born);
    if (next == count) {
        return NULL;
    }
    const struct record_backward *const walk = &trace_record(trace, walks[next])->backward;
    for (size_t i = 0; i < walk->more_count; i++) {
        if (walk->more[i].grad == tensor->id) {
            return trace_tensor(trace, walk->more[i].root);
        }
    }
    return walk->grad == tensor->id ? trace_tensor(trace, walk->root) : NULL;
}

const char *names_label(const struct trace *trace, const struct trace_tensor *tensor, int formulas,
                        struct arena *arena)
{
    const char *label = own_label(trace, tensor, formulas, arena);
    const struct trace_tensor *of = trace_tensor(trace, tensor->grad_of);
    if (label[0] == '\0' && !of) {
        const struct trace_tensor *const root = seeded_root(trace, tensor);
        const char *const name = root ? own_label(trace, root, formulas, arena) : "";
        return name[0] != '\0' ? arena_format(arena, "∂%s/∂%s", name, name) : label;
    }
    if (label[0] != '\0') {
        return label;
    }
    return arena_format(arena, "%s.grad", own_label(trace, of, formulas, arena));
}

const char *trace_tensor_label(const struct trace *trace, const struct trace_tensor *tensor,
                               struct arena *arena)
{
    return names_label(trace, tensor, 0, arena);
}
