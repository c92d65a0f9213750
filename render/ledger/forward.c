#include "render/ledger/forward.h"

#include <ctype.h>
#include <string.h>

#include "lessons/trace/provenance.h"
#include "lessons/trace/versions.h"
#include "render/ledger/unpacked.h"

enum { EXPRESSION_BYTES = 60 };

/* The label is the expression, or as much of it as a label holds. */
static bool is_expression(const char *label, const char *expression)
{
    static const char ellipsis[] = "…";
    const size_t length = strlen(label), tail = sizeof(ellipsis) - 1;
    const bool cut = length > tail && strcmp(label + length - tail, ellipsis) == 0;

    return cut ? strncmp(label, expression, length - tail) == 0 : strcmp(label, expression) == 0;
}

/* "w.grad.zero_()", where it is said of w.grad. */
static bool calls_in_place(const char *label, const char *expression)
{
    const size_t length = strlen(label);

    if (strncmp(label, expression, length) != 0 || expression[length] != '.') {
        return false;
    }
    const char *const method = expression + length + 1;
    const size_t name = strspn(method, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return name > 1 && method[name] == '(' && method[name - 1] == '_';
}

enum statement statement_of(const struct trace *trace, const struct trace_tensor *out,
                            const char *label, const char *expression)
{
    const size_t length = strlen(label);

    if (!expression[0] || is_expression(label, expression)) {
        return STATEMENT_EXPRESSION;
    }
    if (strncmp(label, expression, length) == 0 && expression[length] == ' ') {
        const char *const sign = expression + length + strspn(expression + length, " ");
        if (sign[strspn(sign, "+-*/@%&|^<>")] == '=' && strchr("+-*/@%&|^<>", sign[0])) {
            return STATEMENT_IN_PLACE;
        }
    }
    if (calls_in_place(label, expression)) {
        return STATEMENT_IN_PLACE;
    }
    return out && trace_is_named(trace, out) ? STATEMENT_NAMED : STATEMENT_INSIDE;
}

/* ---- numbers in place of letters -------------------------------------------------------- */

/* An operand's value before the operation, which may have changed it in place. */
static const char *operand(const struct view *view, const struct trace_op *op, size_t index,
                           bool as_shape)
{
    const struct argument *const in = &op->record->in[index];
    const struct trace_tensor *const tensor =
        in->kind == ARGUMENT_TENSOR ? trace_tensor(view->runs[0].trace, in->id) : NULL;

    if (tensor && as_shape && tensor->ndim > 0) {
        return view_value(view, NULL, tensor);
    }
    if (tensor) {
        return view_value(view, provenance_operand_value(op, tensor), tensor);
    }
    return in->kind == ARGUMENT_BOOL     ? element_in_slot(view->arena, "bool", in->number)
           : in->kind == ARGUMENT_NUMBER ? view_number(view, in->number)
                                         : "";
}

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) != 0;
}

/* The whole number n as superscript; false for any other exponent. */
static bool append_power(struct text *out, const char *number)
{
    static const char *const raised[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };

    if (strspn(number, "-0123456789") != strlen(number) || !number[0]) {
        return false;
    }
    for (; *number; number++) {
        text_append_string(out, *number == '-' ? "⁻" : raised[*number - '0']);
    }
    return true;
}

static bool is_raised(const char *after)
{
    static const char *const powers[] = { "ⁿ", "²", "³", "⁻" };

    for (size_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++) {
        if (strncmp(after, powers[i], strlen(powers[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* A negative number that follows something is bracketed, and one that is raised: (-0.8)². */
static void append_operand(struct text *out, const char *number, const char *after)
{
    const bool follows = out->length > 0 && out->bytes[out->length - 1] != '(';
    const bool bracketed = number[0] == '-' && (follows || is_raised(after));

    text_format(out, bracketed ? "(%s)" : "%s", number);
}

/* Fills the formula; false when it names something that is no operand. */
static bool append_filled(struct text *out, const char *formula, const struct letters *letters)
{
    static const char *const functions[] = {
        "max", "min", "ln", "sin", "cos", "tanh", "sign", "e"
    };
    static const char superscript_n[] = "ⁿ";

    for (const char *c = formula; *c;) {
        size_t word = 0;
        while (is_letter(c[word])) {
            word++;
        }
        const size_t index = (size_t)(*c - 'a');
        if (word == 1 && index < LETTERS && letters->of[index]) {
            append_operand(out, letters->of[index], c + 1);
        } else if (word > 0) {
            bool known = false;
            for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
                known = known || (strlen(functions[i]) == word && !memcmp(functions[i], c, word));
            }
            if (!known) {
                return false;
            }
            text_append(out, c, word);
        } else if (strncmp(c, superscript_n, strlen(superscript_n)) == 0) {
            if (!letters->of[1] || !append_power(out, letters->of[1])) {
                return false;
            }
            word = strlen(superscript_n);
        } else if (strchr("+/()|,@<>= ", *c) || (unsigned char)*c >= 0x80 ||
                   isdigit((unsigned char)*c)) {
            text_append_char(out, *c);
        } else {
            return false;
        }
        c += word > 0 ? word : 1;
    }
    return out->length > 0;
}

/* Letters that are raised ("eᵃ") stay letters: such a formula cannot be filled. */
static bool is_plain(const char *formula)
{
    static const char *const others[] = { "ᵃ", "ᵇ", "Σ", "←", "ᵀ", "ᵢ" };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strstr(formula, others[i])) {
            return false;
        }
    }
    return formula[0] != '\0';
}

const char *forward_filled(const struct trace_op *op, const struct letters *letters,
                           struct arena *arena)
{
    struct text text = { 0 };
    const char *copy = "";

    if (op->def->formula && is_plain(op->def->formula) &&
        append_filled(&text, op->def->formula, letters)) {
        copy = arena_copy_text(arena, text_string(&text), text.length);
    }
    text_finish(&text);
    return copy;
}

/* "9 · 3"; "" where the numbers cannot stand for the formula's letters. */
static const char *filled(const struct view *view, const struct trace_op *op, bool as_shapes)
{
    struct letters letters = { { NULL } };

    for (size_t i = 0; i < LETTERS && i < op->record->in_count; i++) {
        const char *const text = operand(view, op, i, as_shapes);
        /* As the line has them: Python gives 3 * x to x, as x * 3. */
        letters.of[op->record->turned && i < 2 ? 1 - i : i] = text[0] ? text : NULL;
    }
    return forward_filled(op, &letters, view->arena);
}

static bool any_operand_shaped(const struct view *view, const struct trace_op *op)
{
    for (size_t i = 0; i < op->record->in_count; i++) {
        const struct argument *const in = &op->record->in[i];
        const struct trace_tensor *const tensor =
            in->kind == ARGUMENT_TENSOR ? trace_tensor(view->runs[0].trace, in->id) : NULL;
        if ((tensor && value_is_shape(provenance_operand_value(op, tensor), tensor)) ||
            in->kind == ARGUMENT_LIST) {
            return true;
        }
    }
    return op->record->in_count == 0;
}

static const char *numbers_of(const struct view *view, const struct trace_op *op)
{
    const struct run_view *const run = &view->runs[0];
    const struct trace_tensor *const out = trace_tensor(run->trace, trace_op_result(op));
    /* As it was computed: it may have been changed in place since. */
    const struct trace_value *const value = out ? trace_value_at(out, op->born + 1) : NULL;
    const char *const result = out ? view_value(view, value, out) : "";
    const bool written = out && forward_writes(run->trace, op, view->arena)[0];
    const struct unpacked unpacked = unpacked_at(run, op, view->arena);

    if (unpacked.statement[0]) {
        return unpacked.parts;
    }

    if (written && !value_is_shape(value, out)) {
        return arena_format(view->arena, "%s %s", run_label(run, out->id, view->arena),
                            equals_number(view->arena, result));
    }
    if (out && value_is_shape(value, out)) {
        const char *const shapes = written ? "" : filled(view, op, true);
        return shapes[0] && any_operand_shaped(view, op)
                   ? arena_format(view->arena, "%s: %s → %s", view_word(view, "shape"), shapes,
                                  result)
                   : arena_format(view->arena, "%s: %s", view_word(view, "shape"), result);
    }
    if (any_operand_shaped(view, op) || !filled(view, op, false)[0]) {
        return equals_number(view->arena, result);
    }
    const char *const side = filled(view, op, false);
    if (value && strcmp(value->dtype, "bool") == 0) {
        return arena_format(view->arena, "(%s) = %s", side, result);
    }
    const char *const equal = equals_number(view->arena, result);
    return strcmp(side, result) == 0 ? equal : arena_format(view->arena, "= %s %s", side, equal);
}

bool forward_assigns(const struct trace *trace, const struct trace_op *op)
{
    return !op->record->whole && strcmp(op->record->name, "copy_") == 0 &&
           trace_assigned(trace, op) != NULL;
}

const char *forward_writes(const struct trace *trace, const struct trace_op *op,
                           struct arena *arena)
{
    return forward_assigns(trace, op) ? "" : trace_write_text(trace, op, "=", arena);
}

static const char *formula_of(const struct view *view, const struct trace_op *op)
{
    const struct trace *const trace = view->runs[0].trace;
    const struct trace_tensor *const out =
        op->record->out.count > 0 ? trace_tensor(trace, op->record->out.ids[0]) : NULL;
    const char *const inner = trace_inner_label(trace, op, view->arena);
    const char *const label = inner[0] ? inner
                              : out    ? trace_tensor_label(trace, out, view->arena)
                                       : op->record->name;
    const char *const expression =
        trace_span_text(trace, &op->record->at, EXPRESSION_BYTES, view->arena);

    const char *const written = forward_writes(trace, op, view->arena);

    if (written[0]) {
        return written;
    }
    if (forward_assigns(trace, op)) {
        return arena_format(view->arena, "%s = %s", expression,
                            trace_target_masked(trace, op) ? "?" : operand(view, op, 1, false));
    }
    const struct unpacked unpacked = unpacked_at(&view->runs[0], op, view->arena);
    if (unpacked.statement[0]) {
        return unpacked.statement;
    }
    switch (statement_of(trace, out, label, expression)) {
    case STATEMENT_NAMED:
        return arena_format(view->arena, "%s = %s", label, expression);
    case STATEMENT_IN_PLACE:
        return expression;
    case STATEMENT_INSIDE:
        return arena_format(view->arena, "%s: %s", expression, label);
    case STATEMENT_EXPRESSION:
        break;
    }
    return label;
}

struct forward forward_at(const struct view *view, const struct trace_op *op)
{
    return (struct forward){ .formula = formula_of(view, op), .numbers = numbers_of(view, op) };
}
