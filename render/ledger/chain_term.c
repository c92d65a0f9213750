#include "render/ledger/chain_term.h"

#include <ctype.h>
#include <string.h>

#include "render/ledger/chain.h"
#include "render/ledger/chain_ways.h"
#include "render/ledger/derivative.h"

/* ---- the local derivative --------------------------------------------------------------- */

/* What an operand is called: "y", "3". */
static const char *operand(const struct run_view *run, const struct argument *in,
                           struct arena *arena)
{
    if (in->kind == ARGUMENT_TENSOR) {
        return chain_factor(chain_name(run, in->id, arena), arena);
    }
    return in->kind == ARGUMENT_NUMBER || in->kind == ARGUMENT_BOOL
               ? number_in_slot(arena, in->number)
               : "";
}

static bool stands_alone(const struct trace_string *pattern, size_t at)
{
    return (at == 0 || !isalnum((unsigned char)pattern->bytes[at - 1])) &&
           (at + 1 == pattern->length || !isalnum((unsigned char)pattern->bytes[at + 1]));
}

/* Texts stand for tensor operands; where a number comes first, operands are ahead of them. */
static size_t derivative_of(const struct trace_op *op, size_t input)
{
    size_t tensors = 0;

    if (input < op->def->derivative_count) {
        return input;
    }
    for (size_t i = 0; i < input && i < op->record->in_count; i++) {
        tensors += op->record->in[i].kind == ARGUMENT_TENSOR;
    }
    return tensors;
}

/* A text that names g, the upstream gradient, is the whole contribution and no factor of it. */
static bool names_upstream(const struct trace_string *text)
{
    for (size_t i = 0; i < text->length; i++) {
        if (text->bytes[i] == 'g' && stands_alone(text, i)) {
            return true;
        }
    }
    return false;
}

/* `b[0] = 5` and its kin: a part of a tensor is written, the gradient goes to all of it. */
static bool writes_part(const struct run_view *run, const struct trace_op *op)
{
    const struct trace_node *const node = trace_node(run->trace, op->record->node);

    return node && strcmp(node->record->name, "CopySlices") == 0;
}

/* The text for that operand, one of those that the definition has: where a part was written, what was not
 * written passes as it is. */
static struct trace_string pattern_of(const struct run_view *run, const struct trace_op *op,
                                      size_t index, struct arena *arena)
{
    const struct trace_string text = derivative_text(op, index, arena);

    if (index > 0 || !writes_part(run, op)) {
        return text;
    }
    const bool whole = names_upstream(&text) || strcmp(text.bytes, "0") == 0;
    const char *const all =
        arena_format(arena, whole ? "g, [i] ← %s" : "g, [i] ← g · %s", text.bytes);
    return (struct trace_string){ all, strlen(all) };
}

static bool is_transposed(const char *text, size_t length)
{
    static const char sign[] = "ᵀ";
    const size_t size = sizeof(sign) - 1;

    return length >= size && memcmp(text + length - size, sign, size) == 0;
}

/* The transpose of a transpose is the thing itself; true when the sign that follows is used up. */
static bool append_operand(struct text *text, const char *label, const char *rest, size_t left)
{
    static const size_t size = sizeof("ᵀ") - 1;
    const size_t length = strlen(label);
    const bool twice = is_transposed(label, length) && left >= size && is_transposed(rest, size);

    text_append(text, label, twice ? length - size : length);
    return twice;
}

/* The operand that a letter of the operation's formulas stands for; false for another letter. */
static bool operand_of_letter(const struct trace_op *op, char letter, size_t *index)
{
    *index = (size_t)(letter - 'a');
    (void)chain_letter_placed(op->record->name, (const char[]){ letter, '\0' }, index);
    return letter >= 'a' && letter <= 'c' && *index < op->record->in_count;
}

/* Letters a, b, c … that stand alone are the operands of the formula, g is `upstream`. */
static const char *fill_operands(const struct run_view *run, const struct trace_op *op,
                                 const struct trace_string *pattern, const char *upstream,
                                 struct arena *arena)
{
    struct text text = { 0 };

    for (size_t i = 0; i < pattern->length; i++) {
        const char c = pattern->bytes[i];
        const bool alone = stands_alone(pattern, i);
        size_t index;
        if (alone && operand_of_letter(op, c, &index)) {
            const bool twice = append_operand(&text, operand(run, &op->record->in[index], arena),
                                              pattern->bytes + i + 1, pattern->length - i - 1);
            i += twice ? sizeof("ᵀ") - 1 : 0;
        } else if (alone && c == 'g') {
            const bool marked = i + 1 < pattern->length && !strchr(" ),", pattern->bytes[i + 1]);
            const bool bare = strcmp(upstream, "g") == 0;
            text_append_string(&text,
                               marked && !bare ? arena_format(arena, "(%s)", upstream) : upstream);
        } else {
            text_append_char(&text, c);
        }
    }
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

const char *chain_local(const struct run_view *run, const struct trace_op *op, size_t input,
                        struct arena *arena)
{
    const int64_t out = op->record->out.count > 0 ? op->record->out.ids[0] : 0;

    const size_t index = derivative_of(op, input);

    if (index < op->def->derivative_count) {
        const struct trace_string pattern = pattern_of(run, op, index, arena);
        return fill_operands(run, op, &pattern, "g", arena);
    }
    if (input < op->record->in_count && op->record->in[input].kind == ARGUMENT_TENSOR) {
        return chain_derivative(run, out, op->record->in[input].id, arena);
    }
    return "…";
}

/* ---- formula and numbers ---------------------------------------------------------------- */

const char *chain_term_formula(const struct run_view *run, const struct trace_op *op, size_t input,
                               const char *upstream, struct arena *arena)
{
    const size_t index = derivative_of(op, input);

    if (index < op->def->derivative_count) {
        const struct trace_string pattern = pattern_of(run, op, index, arena);
        if (names_upstream(&pattern)) {
            return fill_operands(run, op, &pattern, upstream, arena);
        }
    }
    return arena_format(arena, "%s × %s", upstream,
                        chain_factor(chain_local(run, op, input, arena), arena));
}

const char *chain_contribution(const struct run_view *run, const struct trace_op *op, size_t input,
                               struct arena *arena)
{
    return chain_term_formula(run, op, input, "g", arena);
}

/* ---- shapes ----------------------------------------------------------------------------- */

/* "(2, 3)", turned round for a transpose. */
static void append_shape(struct text *out, const struct trace_tensor *tensor, bool turned)
{
    text_append_char(out, '(');
    for (int i = 0; i < tensor->ndim; i++) {
        const int d = turned ? tensor->ndim - 1 - i : i;
        text_format(out, i > 0 ? ", %lld" : "%lld", (long long)tensor->shape[d]);
    }
    text_append_string(out, tensor->ndim == 1 ? ",)" : ")");
}

static const struct trace_tensor *named_by(const struct run_view *run, const struct trace_op *op,
                                           char letter, int64_t upstream)
{
    const size_t index = (size_t)(letter - 'a');

    if (letter == 'g') {
        return trace_tensor(run->trace, upstream);
    }
    return letter >= 'a' && letter <= 'c' && index < op->record->in_count &&
                   op->record->in[index].kind == ARGUMENT_TENSOR
               ? trace_tensor(run->trace, op->record->in[index].id)
               : NULL;
}

const char *chain_term_shapes(const struct run_view *run, const struct trace_op *op, size_t input,
                              const struct record_visit *visit, const struct trace_tensor *to,
                              struct arena *arena)
{
    static const size_t sign = sizeof("ᵀ") - 1;
    const size_t index = derivative_of(op, input);
    struct text text = { 0 };

    if (strcmp(op->def->provenance, "matmul") != 0 || index >= op->def->derivative_count ||
        !memchr(op->def->derivatives[index].bytes, '@', op->def->derivatives[index].length) ||
        !to) {
        return "";
    }
    const struct trace_string *const pattern = &op->def->derivatives[index];
    for (size_t i = 0; i < pattern->length; i++) {
        const struct trace_tensor *const named =
            stands_alone(pattern, i)
                ? named_by(run, op, pattern->bytes[i], visit->in.count > 0 ? visit->in.ids[0] : 0)
                : NULL;
        if (!named) {
            text_append_char(&text, pattern->bytes[i]);
            continue;
        }
        const bool turned =
            i + sign < pattern->length && is_transposed(pattern->bytes + i + 1, sign);
        append_shape(&text, named, turned);
        i += turned ? sign : 0;
    }
    text_append_string(&text, " → ");
    append_shape(&text, to, false);
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}
