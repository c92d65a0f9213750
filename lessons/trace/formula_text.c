#include "lessons/trace/formula_text.h"

#include <string.h>

#include "lessons/trace/reader.h"

enum { OPERAND_MAX = 24, NUMBER_MAX = 8, DEPTH_MAX = 2 };

/* No sign stands outside of brackets: "x", "f(x)", "(x + 2)²". */
static bool is_simple(const char *name)
{
    int depth = 0;

    if (name[0] == '-' || strncmp(name, "−", strlen("−")) == 0) {
        return false;
    }
    for (; *name; name++) {
        depth += (*name == '(') - (*name == ')');
        if (depth == 0 && *name == ' ') {
            return false;
        }
    }
    return true;
}

static bool stands_in_walk(const struct trace *trace, const struct trace_op *op)
{
    const struct trace_backward *const walk = trace_backward_at(trace, op->born);

    return walk && walk->record->create_graph;
}

static const char *formula_text(const struct trace *trace, const struct trace_op *op, int depth,
                                struct arena *arena);

/* What an operand is called; what has no name of its own by its formula. "": nothing short. */
static const char *name_of(const struct trace *trace, const struct trace_tensor *tensor, int depth,
                           struct arena *arena)
{
    const struct trace_op *const maker = trace_op(trace, tensor->op);
    const bool inner = maker && !trace_is_named(trace, tensor) && stands_in_walk(trace, maker);

    return !inner              ? names_label(trace, tensor, depth + 1, arena)
           : depth < DEPTH_MAX ? formula_text(trace, maker, depth + 1, arena)
                               : "";
}

/* "x", "3", "(x² · 3)"; NULL for what cannot be said shortly. */
static const char *operand(const struct trace *trace, const struct trace_op *op, size_t index,
                           int depth, struct arena *arena)
{
    const struct argument *const in = index < op->record->in_count ? &op->record->in[index] : NULL;
    const struct trace_tensor *const tensor =
        in && in->kind == ARGUMENT_TENSOR ? trace_tensor(trace, in->id) : NULL;
    char number[NUMBER_SIZE];

    if (in && in->kind == ARGUMENT_NUMBER) {
        const size_t length = number_shortest(number, in->number);
        return length <= NUMBER_MAX ? arena_copy_text(arena, number, length) : NULL;
    }
    const char *const label = tensor ? name_of(trace, tensor, depth, arena) : "";
    return label[0] == '\0' || strlen(label) > OPERAND_MAX ? NULL
           : is_simple(label)                              ? label
                                                           : arena_format(arena, "(%s)", label);
}

/* The whole number as superscript; NULL for any other. */
static const char *raised(const char *number, struct arena *arena)
{
    static const char *const digits[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
    const char *out = "";

    if (!number || strspn(number, "-0123456789") != strlen(number)) {
        return NULL;
    }
    for (; *number; number++) {
        out = arena_format(arena, "%s%s", out, *number == '-' ? "⁻" : digits[*number - '0']);
    }
    return out;
}

static const char *formula_text(const struct trace *trace, const struct trace_op *op, int depth,
                                struct arena *arena)
{
    static const char *const signs[] = { " + ", " − ", " · ", " / ", " @ " };
    const char *const formula = op->def->formula ? op->def->formula : "";
    const char *const a = operand(trace, op, 0, depth, arena);
    const char *const b = operand(trace, op, 1, depth, arena);

    if (a && strcmp(formula, "aⁿ") == 0) {
        const char *const n = raised(b, arena);
        return n ? arena_format(arena, "%s%s", a, n) : "";
    }
    if (a && strcmp(formula, "−a") == 0) {
        return arena_format(arena, "−%s", a);
    }
    for (size_t i = 0; a && b && i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (strcmp(formula, arena_format(arena, "a%sb", signs[i])) == 0) {
            return arena_format(arena, "%s%s%s", a, signs[i], b);
        }
    }
    return "";
}

const char *trace_formula_text(const struct trace *trace, const struct trace_op *op, int depth,
                               struct arena *arena)
{
    return depth <= DEPTH_MAX && stands_in_walk(trace, op) ? formula_text(trace, op, depth, arena)
                                                           : "";
}
