#include "render/ledger/chain_term.h"

#include <ctype.h>
#include <string.h>

#include "lessons/trace/versions.h"
#include "render/ledger/chain.h"
#include "render/ledger/chain_ways.h"
#include "render/ledger/derivative.h"

/* ---- the local derivative --------------------------------------------------------------- */

/* What an operand is called: "y", "3". */
static const char *operand(const struct run_view *run, const struct argument *in,
                           struct arena *arena)
{
    if (in->kind == ARGUMENT_TENSOR) {
        return chain_multiplier(chain_name(run, in->id, arena), arena);
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

/* `b[0] = 5` and its kin: a part of a tensor is written, the gradient goes to all of it, and what was not
 * written passes as it is; what was written takes that part of it. */
static struct trace_string pattern_of_part(const struct run_view *run, const struct trace_op *op,
                                           size_t index, const struct trace_string *text,
                                           struct arena *arena)
{
    const char *const place = trace_written_place(run->trace, op, arena);
    const bool own = names_upstream(text);
    const char *const part = strcmp(text->bytes, "1") == 0 ? arena_format(arena, "g%s", place)
                             : own || strcmp(text->bytes, "0") == 0
                                 ? text->bytes
                                 : arena_format(arena, "g%s · %s", place, text->bytes);
    const char *const all = index > 0 ? part : arena_format(arena, "g, %s ← %s", place, part);

    return (struct trace_string){ all, strlen(all) };
}

/* `b[mask] = 0`: as the lesson says where. */
static struct trace_string pattern_of_place(const struct run_view *run, const struct trace_op *op,
                                            const struct trace_string *text, struct arena *arena)
{
    static const char index[] = "[i]";
    const char *const place = trace_written_place(run->trace, op, arena);
    const char *const at = strstr(text->bytes, index);
    const char *const all = at ? arena_format(arena, "%.*s%s%s", (int)(at - text->bytes),
                                              text->bytes, place, at + sizeof(index) - 1)
                               : text->bytes;

    return (struct trace_string){ all, strlen(all) };
}

/* The text for that operand, one of those that the definition has. */
static struct trace_string pattern_of(const struct run_view *run, const struct trace_op *op,
                                      size_t index, struct arena *arena)
{
    const struct trace_string text = derivative_text(op, index, arena);

    const bool passes = index == 0 && strcmp(text.bytes, "1") == 0; /* b[0] += 1 */
    return op->record->whole && !passes     ? pattern_of_part(run, op, index, &text, arena)
           : trace_assigned(run->trace, op) ? pattern_of_place(run, op, &text, arena)
                                            : text;
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

enum { SUBSCRIPT = sizeof("₀") - 1 };

/* Of an operation with several results g₀, g₁, … are the gradients of each. */
static bool result_of_mark(const struct trace_op *op, const struct chain_upstream *upstream,
                           const struct trace_string *pattern, size_t at, size_t *result)
{
    static const unsigned char zero[] = "₀";
    const unsigned char *const mark = (const unsigned char *)pattern->bytes + at;

    if (!upstream->of_results || at + SUBSCRIPT > pattern->length ||
        memcmp(mark, zero, SUBSCRIPT - 1) != 0 || mark[SUBSCRIPT - 1] < zero[SUBSCRIPT - 1]) {
        return false;
    }
    *result = (size_t)(mark[SUBSCRIPT - 1] - zero[SUBSCRIPT - 1]);
    return *result < op->record->out.count;
}

/* "σ(a)" and "tanh² a", where the formula of a layer has a letter for what comes of them: "i₂", "g₂²". */
static size_t append_result(struct text *text, const struct run_view *run,
                            const struct trace_op *op, const char *at)
{
    static const struct {
        const char *text, *power;
    } results[] = { { "σ(a)", "" }, { "tanh² a", "²" } };
    const struct trace_tensor *const out =
        op->record->out.count > 0 ? trace_tensor(run->trace, op->record->out.ids[0]) : NULL;
    const char *const called = out ? trace_called(out) : "";
    const bool letter = called[0] && !called[strcspn(called, " ()")];

    for (size_t i = 0; letter && i < sizeof(results) / sizeof(results[0]); i++) {
        const size_t length = strlen(results[i].text);
        if (strncmp(at, results[i].text, length) == 0) {
            text_format(text, "%s%s", called, results[i].power);
            return length;
        }
    }
    return 0;
}

/* Letters a, b, c … that stand alone are the operands of the formula, g is `upstream`. */
static const char *fill_operands(const struct run_view *run, const struct trace_op *op,
                                 const struct trace_string *pattern,
                                 const struct chain_upstream *upstream, struct arena *arena)
{
    struct text text = { 0 };

    for (size_t i = 0; i < pattern->length; i++) {
        const char c = pattern->bytes[i];
        const bool alone = stands_alone(pattern, i);
        const size_t known = append_result(&text, run, op, pattern->bytes + i);
        size_t index;
        if (known > 0) {
            i += known - 1;
        } else if (alone && operand_of_letter(op, c, &index)) {
            const bool twice = append_operand(&text, operand(run, &op->record->in[index], arena),
                                              pattern->bytes + i + 1, pattern->length - i - 1);
            i += twice ? sizeof("ᵀ") - 1 : 0;
        } else if (alone && c == 'g' && result_of_mark(op, upstream, pattern, i + 1, &index)) {
            text_append_string(&text, upstream->of_results[index]);
            i += SUBSCRIPT;
        } else if (alone && c == 'g') {
            const bool marked = i + 1 < pattern->length && !strchr(" ),", pattern->bytes[i + 1]);
            const bool bare = strcmp(upstream->text, "g") == 0;
            text_append_string(&text, marked && !bare ? arena_format(arena, "(%s)", upstream->text)
                                                      : upstream->text);
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
        return fill_operands(run, op, &pattern, &(struct chain_upstream){ "g", NULL }, arena);
    }
    if (input < op->record->in_count && op->record->in[input].kind == ARGUMENT_TENSOR) {
        return chain_derivative(run, out, op->record->in[input].id, arena);
    }
    return "…";
}

/* ---- formula and numbers ---------------------------------------------------------------- */

const char *chain_term_formula(const struct run_view *run, const struct trace_op *op, size_t input,
                               const struct chain_upstream *upstream, struct arena *arena)
{
    const size_t index = derivative_of(op, input);

    if (index < op->def->derivative_count) {
        const struct trace_string pattern = pattern_of(run, op, index, arena);
        if (names_upstream(&pattern)) {
            return fill_operands(run, op, &pattern, upstream, arena);
        }
    }
    return arena_format(arena, "%s × %s", upstream->text,
                        chain_multiplier(chain_local(run, op, input, arena), arena));
}

const char *chain_contribution(const struct run_view *run, const struct trace_op *op, size_t input,
                               struct arena *arena)
{
    return chain_term_formula(run, op, input, &(struct chain_upstream){ "g", NULL }, arena);
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
