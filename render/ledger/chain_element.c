#include "render/ledger/chain_element.h"

#include <math.h>
#include <string.h>

#include "lessons/trace/versions.h"
#include "render/ledger/chain_ways.h"

/* ---- tensors ---------------------------------------------------------------------------------- */

bool element_number(const struct trace_tensor *tensor, uint32_t moment, int64_t element,
                    double *out)
{
    const struct trace_value *const value = tensor ? trace_value_at(tensor, moment) : NULL;

    if (!value || value->sampled || element < 0 || (size_t)element >= value->count) {
        return false;
    }
    *out = trace_element(value, (size_t)element);
    return true;
}

int64_t element_first(const struct trace_tensor *tensor, uint32_t moment)
{
    double number;

    for (int64_t i = 0; tensor && i < tensor->count && element_number(tensor, moment, i, &number);
         i++) {
        if (number != 0) {
            return i;
        }
    }
    return 0;
}

const char *element_place(const struct trace_tensor *tensor, int64_t element, struct arena *arena)
{
    struct text text = { 0 };
    int64_t index[TRACE_MAX_DIMS];

    if (tensor->count <= 1 || tensor->ndim == 0) {
        return "";
    }
    for (int d = tensor->ndim - 1; d >= 0; d--) {
        index[d] = element % tensor->shape[d];
        element /= tensor->shape[d];
    }
    for (int d = 0; d < tensor->ndim; d++) {
        text_format(&text, d == 0 ? "[%lld" : ", %lld", (long long)index[d]);
    }
    text_append_char(&text, ']');
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

const char *element_value(const struct trace_tensor *tensor, uint32_t moment, int64_t element,
                          struct arena *arena)
{
    double number;

    return element_number(tensor, moment, element, &number)
               ? element_in_slot(arena, tensor->dtype, number)
               : "";
}

static bool is_name(const char *label)
{
    for (const char *c = label; *c; c++) {
        if (*c == ' ' || *c == '(' || *c == '*' || *c == '+' || *c == '-' || *c == '/' ||
            *c == '@') {
            return false;
        }
    }
    return true;
}

/* Whether one pair of brackets is around the whole of it. */
static bool is_bracketed(const char *label)
{
    int open = 0;

    for (const char *c = label; *c; c++) {
        open += (*c == '(') - (*c == ')');
        if (open <= 0) {
            return *c == ')' && c[1] == '\0';
        }
    }
    return false;
}

const char *chain_factor(const char *label, struct arena *arena)
{
    return is_name(label) || is_bracketed(label) ? label : arena_format(arena, "(%s)", label);
}

/* "tanh(c)": a name, and brackets behind it to the end. */
static bool is_call(const char *label)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const size_t length = strspn(label, letters);

    return length > 0 && label[length] == '(' && is_bracketed(label + length);
}

const char *chain_multiplier(const char *label, struct arena *arena)
{
    return is_call(label) ? label : chain_factor(label, arena);
}

const struct trace_tensor *chain_transposed(const struct trace *trace,
                                            const struct trace_tensor *tensor)
{
    const struct trace_op *const op = tensor ? trace_op(trace, tensor->op) : NULL;

    if (!op || strcmp(op->record->name, "t") != 0 || op->record->in_count < 1 ||
        op->record->in[0].kind != ARGUMENT_TENSOR || tensor->ndim != 2) {
        return NULL;
    }
    return trace_tensor(trace, op->record->in[0].id);
}

const char *chain_name(const struct run_view *run, int64_t id, struct arena *arena)
{
    const struct trace_tensor *const tensor = trace_tensor(run->trace, id);
    const struct trace_tensor *const whole = chain_transposed(run->trace, tensor);
    const char *const label = run_label(run, id, arena);

    return whole && strcmp(label, "t") == 0
               ? arena_format(arena, "%sᵀ", run_label(run, whole->id, arena))
               : label;
}

/* An edge leads to the operand it was made for; operands without one (an index) are passed over. */
size_t chain_operand(const struct trace *trace, const struct trace_node *node,
                     const struct trace_op *op, size_t edge)
{
    const struct record_op *const record = op->record;
    size_t operand = 0;

    if (node->record->edge_count == record->in_count) {
        return edge;
    }
    for (size_t e = 0; e <= edge && e < node->record->edge_count; e++, operand++) {
        const struct edge_target *const to = &node->record->edges[e];
        for (; (to->leaf || to->node) && operand < record->in_count; operand++) {
            const struct argument *const in = &record->in[operand];
            const int64_t tensor = operand == 0 && record->whole ? record->whole
                                   : in->kind == ARGUMENT_TENSOR ? in->id
                                                                 : 0;
            if (tensor &&
                tensor == (to->leaf ? to->leaf : trace_node_result(trace, to->node, to->output))) {
                break;
            }
        }
    }
    return operand > 0 && operand <= record->in_count ? operand - 1 : SIZE_MAX;
}

/* ---- writing ---------------------------------------------------------------------------------- */

void factor_write(const struct asking *asking, const struct factor *factor, bool first,
                  struct text *formula, struct text *numbers)
{
    const char *const number = number_in_slot(asking->arena, factor->number);
    const bool bracketed = number[0] == '-' && !first;

    text_format(numbers, bracketed ? "(%s)" : "%s", number);
    if (!factor->tensor) {
        text_format(formula, bracketed ? "(%s)" : "%s", number);
    } else {
        text_format(formula, "%s%s",
                    factor->upstream ? "g"
                    : factor->letter
                        ? factor->letter
                        : chain_factor(chain_name(asking->run, factor->tensor->id, asking->arena),
                                       asking->arena),
                    element_place(factor->tensor, factor->element, asking->arena));
    }
}

/* `from`: the factor to begin with. */
static void write_product(const struct asking *asking, const struct product *product, int from,
                          struct text *formula, struct text *numbers)
{
    const bool first = formula->length == 0;
    for (int i = from; i < product->count; i++) {
        if (i > from) {
            text_append_string(formula, "·");
            text_append_string(numbers, "·");
        }
        factor_write(asking, &product->factors[i], first && i == from, formula, numbers);
    }
}

static void write_sign(struct text *formula, struct text *numbers, const char *sign)
{
    text_append_string(formula, sign);
    text_append_string(numbers, sign);
}

/* " − eʸ·(": what all that follows has in common. */
static void open_common(const struct asking *asking, struct text *formula, struct text *numbers)
{
    text_format(formula, " − %s·(", asking->common);
    text_format(numbers, " − %s·(",
                number_in_slot(asking->arena, -asking->products[1].factors[0].number));
}

/* How many products of a sum are shown: if there are more than `most`, the first few and the last. */
struct shown {
    size_t most, first;
};
static const struct shown all_shown = { 8, 6 }, few_shown = { 3, 1 };

/* "max(" … ")", "(" … ") / 4": what stands around all products. */
static void write_around(const struct asking *asking, bool opens, struct text *formula,
                         struct text *numbers)
{
    if (asking->largest) {
        write_sign(formula, numbers, opens ? "max(" : ")");
    } else if (asking->divisor > 0) {
        write_sign(formula, numbers,
                   opens ? "("
                         : arena_format(asking->arena, ") / %s",
                                        number_in_slot(asking->arena, asking->divisor)));
    }
}

static void write_products(const struct asking *asking, struct shown shown, struct text *formula,
                           struct text *numbers)
{
    const bool many = asking->count > shown.most;
    const bool common = asking->common && asking->count > 1;
    const char *const plus = asking->largest ? ", " : " + ";
    write_around(asking, true, formula, numbers);
    for (size_t i = 0; i < asking->count; i++) {
        if (many && i == shown.first + common) {
            write_sign(formula, numbers, plus);
            write_sign(formula, numbers, "…");
            i = asking->count - 1;
        }
        if (common && i == 1) {
            open_common(asking, formula, numbers);
        } else if (i > 0) {
            write_sign(formula, numbers, plus);
        }
        write_product(asking, &asking->products[i], common && i > 0, formula, numbers);
    }
    if (common) {
        write_sign(formula, numbers, ")");
    }
    write_around(asking, false, formula, numbers);
}

static const char *kept(const struct asking *asking, const struct text *text)
{
    return arena_copy_text(asking->arena, text_string(text), text->length);
}

static void write_all(const struct asking *asking, struct element_equation *out)
{
    struct text formula = { 0 }, numbers = { 0 }, brief = { 0 }, ignored = { 0 };

    if (asking->formula.length > 0) {
        out->formula = kept(asking, &asking->formula);
        out->numbers = out->brief = kept(asking, &asking->numbers);
        return;
    }
    write_products(asking, all_shown, &formula, &numbers);
    write_products(asking, few_shown, &ignored, &brief);
    out->formula = asking->count > 0 ? kept(asking, &formula) : "0";
    out->numbers = kept(asking, &numbers);
    out->brief = kept(asking, &brief);
    text_finish(&formula);
    text_finish(&numbers);
    text_finish(&brief);
    text_finish(&ignored);
}

/* Float32 sums differ from ours in their last digits, and in no others. */
static bool adds_up(const struct asking *asking, double recorded)
{
    double sum = 0, size = 0, most = -INFINITY;
    if (asking->formula.length > 0) {
        return fabs(asking->said - recorded) <= 1e-5 * asking->said_size + 1e-30;
    }
    for (size_t i = 0; i < asking->count; i++) {
        const struct product *const product = &asking->products[i];
        double value = 1;
        for (int k = 0; k < product->count; k++) {
            value *= product->factors[k].number;
        }
        most = value > most ? value : most;
        sum += value;
        size += fabs(value);
    }
    if (asking->largest) {
        return most == recorded;
    }
    const double divisor = asking->divisor > 0 ? asking->divisor : 1;
    return fabs(sum / divisor - recorded) <= 1e-5 * size / divisor + 1e-30;
}

/* ---- saying ----------------------------------------------------------------------------------- */

void way_say(struct asking *asking, const char *piece)
{
    text_append_string(&asking->formula, piece);
    text_append_string(&asking->numbers, piece);
}

static void say(struct asking *asking, const char *name, double number, bool first)
{
    const char *const digits = number_in_slot(asking->arena, number);

    text_append_string(&asking->formula, name);
    text_format(&asking->numbers, digits[0] == '-' && !first ? "(%s)" : "%s", digits);
}

void way_say_number(struct asking *asking, const char *name, double number)
{
    say(asking, name, number, false);
}

void way_say_first(struct asking *asking, const char *name, double number)
{
    say(asking, name, number, true);
}

void way_say_factor(struct asking *asking, const struct factor *factor, bool first)
{
    factor_write(asking, factor, first, &asking->formula, &asking->numbers);
}

/* ---- equations -------------------------------------------------------------------------------- */

static void finish(struct asking *asking)
{
    text_finish(&asking->formula);
    text_finish(&asking->numbers);
}

struct element_equation element_equation_of_result(const struct run_view *run,
                                                   const struct trace_op *op, int64_t element,
                                                   struct arena *arena)
{
    struct element_equation out = { .formula = "", .numbers = "", .brief = "", .value = "" };
    struct asking asking = { .run = run,
                             .arena = arena,
                             .op = op,
                             .to = op->record->out.count > 0
                                       ? trace_tensor(run->trace, op->record->out.ids[0])
                                       : NULL,
                             .element = element };
    double recorded;

    /* What was changed in place has operands that are no longer known. */
    if (!asking.to || asking.to->op != op->id ||
        !element_number(asking.to, op->born + 1, element, &recorded)) {
        return out;
    }
    out.value = number_in_slot(arena, recorded);
    if (element_in_reach(&asking) && element_collect_result(&asking) && !asking.lost &&
        adds_up(&asking, recorded)) {
        write_all(&asking, &out);
    }
    finish(&asking);
    return out;
}

struct element_equation element_equation_of(const struct run_view *run,
                                            const struct record_visit *visit, size_t edge,
                                            int64_t element, struct arena *arena)
{
    struct element_equation out = { .formula = "", .numbers = "", .brief = "", .value = "" };
    const struct trace_node *const node = trace_node(run->trace, visit->node);
    const struct trace_op *const op = node ? trace_op(run->trace, node->op) : NULL;
    struct asking asking = { .run = run,
                             .arena = arena,
                             .visit = visit,
                             .edge = &visit->edges[edge],
                             .op = op,
                             .to = trace_tensor(run->trace, visit->edges[edge].grad),
                             .element = element };
    double recorded;

    for (size_t o = 0; o < visit->in.count && !asking.upstream; o++) {
        asking.upstream = trace_tensor(run->trace, visit->in.ids[o]);
    }
    if (!element_number(asking.to, NEVER, element, &recorded)) {
        return out;
    }
    out.value = number_in_slot(arena, recorded);
    if (!op || !asking.upstream || op->record->out.count == 0) {
        return out;
    }
    asking.operand = chain_operand(run->trace, node, op, edge);
    if (asking.operand != SIZE_MAX && element_in_reach(&asking) && element_collect(&asking) &&
        !asking.lost && adds_up(&asking, recorded)) {
        write_all(&asking, &out);
    }
    finish(&asking);
    return out;
}
