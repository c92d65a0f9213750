#include "lessons/trace/mask.h"

#include <math.h>
#include <string.h>

#include "lessons/trace/reader.h"
#include "lessons/trace/state.h"
#include "lessons/trace/versions.h"

/* ---- numbers ------------------------------------------------------------------------------- */

/* A quiet NaN with "?" in its payload. What is computed with it is a quiet NaN with that payload. */
static const uint64_t PAYLOAD = 0x3f, PAYLOAD_BITS = 0x7ffffffffffff;

double trace_masked_number(void)
{
    const uint64_t bits = UINT64_C(0x7ff8000000000000) | PAYLOAD;
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

bool trace_is_masked_number(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return isnan(number) && (bits & PAYLOAD_BITS) == PAYLOAD;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The minus before a number tells as much as a digit does; one between two operands is the code's. */
static bool is_sign(const char *bytes, size_t at, size_t length)
{
    const char before = at > 0 ? bytes[at - 1] : ' ';

    return bytes[at] == '-' && at + 1 < length && is_digit(bytes[at + 1]) && !is_word(before) &&
           !is_digit(before) && before != ')' && before != ']';
}

static size_t word_end(const char *bytes, size_t at, size_t length)
{
    while (at < length && (is_word(bytes[at]) || is_digit(bytes[at]))) {
        at++;
    }
    return at;
}

static bool is_one_of(const char *word, const char *const names[])
{
    size_t i = 0;

    while (names[i] && strcmp(word, names[i]) != 0) {
        i++;
    }
    return names[i] != NULL;
}

/* Words that are values: "True", "float32", and of "torch.bool" and "torch.cuda.LongTensor" the last. */
static bool is_value(const char *bytes, size_t at, size_t length)
{
    enum { LONGEST = 32 };
    static const char *const constants[] = { "True", "False", "None", NULL };
    static const char module[] = "torch.", suffix[] = "Tensor";
    const size_t tail = strlen(suffix), path = strlen(module);
    const bool in_torch = at >= path && memcmp(bytes + at - path, module, path) == 0;
    const bool in_module = at > 0 && bytes[at - 1] == '.';
    char word[LONGEST];

    if (length >= LONGEST) {
        return false;
    }
    memcpy(word, bytes + at, length);
    word[length] = '\0';
    return is_one_of(word, constants) ||
           (dtype_name_size(word) > 0 && (in_torch || is_digit(word[length - 1]))) ||
           (in_module && length > tail && strcmp(word + length - tail, suffix) == 0);
}

struct trace_string trace_masked_text(const char *bytes, size_t length, struct arena *arena)
{
    char *const copy = arena_allocate(arena, length + 1, 1);
    size_t written = 0;

    for (size_t i = 0, end; i < length; i = end) {
        const bool word = is_word(bytes[i]);
        end = word ? word_end(bytes, i, length) : i + 1;
        if (word ? is_value(bytes, i, end - i) : is_digit(bytes[i]) || is_sign(bytes, i, length)) {
            copy[written++] = '?';
        } else {
            memcpy(copy + written, bytes + i, end - i);
            written += end - i;
        }
    }
    copy[written] = '\0';
    return (struct trace_string){ .bytes = copy, .length = written };
}

/* The cell that was running at the record; NULL before the first. */
static const struct trace_cell *cell_at(const struct trace *trace, uint32_t record)
{
    size_t low = 0, high;
    const uint32_t *const cells = trace_records_of(trace, RECORD_CELL, &high);

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (cells[middle] <= record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? trace_code_cell(trace, trace_record(trace, cells[low - 1])->cell.in) : NULL;
}

bool trace_masked_at(const struct trace *trace, uint32_t record)
{
    const struct trace_cell *const cell = cell_at(trace, record);

    return cell && cell->masked;
}

struct trace_string trace_printed(const struct trace *trace, uint32_t record, struct arena *arena)
{
    const struct record *const what = trace_record(trace, record);
    struct trace_string text = what->kind == RECORD_OUT ? what->out.text : what->display.text;

    if (trace_masked_at(trace, record)) {
        text = trace_masked_text(text.bytes, text.length, arena);
    }
    return text;
}

const char *trace_printed_between(const struct trace *trace, uint32_t since, uint32_t until,
                                  struct arena *arena)
{
    enum { MOST = 1000 }; /* records; no screen has room for the lines of so many */
    struct text text = { 0 };
    size_t first = 0, count;
    const uint32_t *const records = trace_records_of(trace, RECORD_OUT, &count);

    while (count > 0 && records[count - 1] >= until) {
        count--;
    }
    for (first = count; first > 0 && records[first - 1] >= since && count - first < MOST;) {
        first--;
    }
    for (size_t i = first; i < count; i++) {
        const struct trace_string part = trace_printed(trace, records[i], arena);
        text_append(&text, part.bytes, part.length);
    }
    const char *const all = text_string(&text);
    size_t length = text.length;
    while (length > 0 && strchr(" \n", all[length - 1])) {
        length--;
    }
    const size_t skipped = strspn(all, "\n");
    const char *const copy =
        length > skipped ? arena_copy_text(arena, all + skipped, length - skipped) : "";
    text_finish(&text);
    return copy;
}

/* ---- masks --------------------------------------------------------------------------------- */

static void clear(struct trace *trace)
{
    for (int64_t id = 1; id <= trace_tensor_count(trace); id++) {
        struct trace_tensor *const tensor = &tensor_entry(trace, id)->tensor;
        tensor->dtype_masked = false;
        for (size_t i = 0; i < tensor->value_count; i++) {
            tensor->values[i].masked = false;
        }
    }
    for (int64_t i = 1; i <= (int64_t)trace->code_cells.count; i++) {
        ((struct trace_cell *)table_at(&trace->code_cells, i))->masked = false;
    }
}

static void hide(struct trace *trace, int64_t id, uint32_t since, uint32_t until)
{
    struct tensor_entry *const entry = tensor_entry(trace, id);

    for (size_t i = 0; entry && i < entry->tensor.value_count; i++) {
        struct trace_value *const value = &entry->tensor.values[i];
        value->masked |= value->since >= since && value->since < until;
    }
}

/* What arrives at the tensor, and what it adds up to. */
static void hide_gradient(struct trace *trace, const struct trace_tensor *tensor,
                          const struct trace_veil *veil)
{
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_ACCUMULATE, &count);

    for (size_t i = 0; i < count; i++) {
        const struct record_accumulate *const added = &trace_record(trace, records[i])->accumulate;
        if (records[i] >= veil->since && records[i] < veil->until && added->tensor == tensor->id) {
            hide(trace, added->grad, 0, veil->until);
            hide(trace, added->total, veil->since, veil->until);
        }
    }
}

const char *trace_dtype_text(const struct trace_tensor *tensor)
{
    return tensor->dtype_masked ? "?" : tensor->dtype;
}

static void hide_dtype(struct trace *trace, const struct trace_tensor *tensor,
                       const struct trace_veil *veil)
{
    if (tensor->born >= veil->since && tensor->born < veil->until) {
        tensor_entry(trace, tensor->id)->tensor.dtype_masked = true;
    }
}

/* A name, and what of its tensor is meant. */
struct veiled {
    size_t length;
    bool grad, dtype;
};

/* The length of what stands before the tail, or the whole where the tail is not. */
static size_t before(const struct trace_veil *veil, const char *tail)
{
    const size_t length = strlen(tail);
    const bool there =
        veil->length > length && memcmp(veil->name + veil->length - length, tail, length) == 0;

    return veil->length - (there ? length : 0);
}

static struct veiled veiled_by(const struct trace_veil *veil)
{
    const size_t grad = before(veil, ".grad"), dtype = before(veil, ".dtype");

    return (struct veiled){ grad < dtype ? grad : dtype, grad < veil->length,
                            dtype < veil->length };
}

static void draw_veil(struct trace *trace, const struct trace_veil *veil,
                      const struct trace_tensor *tensor, const char *name)
{
    const struct veiled what = veiled_by(veil);

    if (what.length == 1 && veil->name[0] == '*') {
        hide(trace, tensor->id, veil->since, veil->until);
    } else if (strncmp(name, veil->name, what.length) != 0 || name[what.length] != '\0') {
        return;
    } else if (what.grad) {
        hide_gradient(trace, tensor, veil);
    } else if (what.dtype) {
        hide_dtype(trace, tensor, veil);
    } else {
        hide(trace, tensor->id, veil->since, veil->until);
    }
}

/* `b[0] = n` makes a tensor of the place and one of the number: both tell what b holds. */
static void hide_written(struct trace *trace)
{
    for (int64_t id = 1; id <= trace_op_count(trace); id++) {
        const struct trace_op *const op = trace_op(trace, id);
        const bool hides = op && trace_assigned(trace, op) && trace_target_masked(trace, op);
        for (size_t i = 0; hides && i < 2; i++) {
            const struct argument *const in = &op->record->in[i];
            const struct trace_tensor *const tensor =
                in->kind == ARGUMENT_TENSOR ? trace_tensor(trace, in->id) : NULL;
            if (tensor && (i == 0 || (tensor->op == 0 && tensor->born >= op->first))) {
                hide(trace, in->id, op->first, NEVER);
            }
        }
    }
}

void trace_mask(struct trace *trace, const struct trace_veil *veils, size_t veil_count,
                const int64_t *cells, size_t cell_count)
{
    if (trace->masked) {
        clear(trace);
    }
    trace->masked = veil_count > 0 || cell_count > 0;
    for (int64_t id = 1; veil_count > 0 && id <= trace_tensor_count(trace); id++) {
        const struct trace_tensor *const tensor = trace_tensor(trace, id);
        const char *const name = trace_name_at(trace, tensor, NEVER);
        for (size_t i = 0; i < veil_count; i++) {
            draw_veil(trace, &veils[i], tensor, name);
        }
    }
    if (veil_count > 0) {
        hide_written(trace);
    }
    for (size_t i = 0; i < cell_count; i++) {
        struct trace_cell *const cell = table_at(&trace->code_cells, cells[i]);
        if (cell) {
            cell->masked = true;
        }
    }
}
