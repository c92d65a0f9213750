#include "render/ledger/derivative.h"

#include <string.h>

/* Above the line where it is a whole number. */
static void append_power(struct text *text, const char *number)
{
    static const char *const raised[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };

    if (strspn(number, "-0123456789") != strlen(number)) {
        text_format(text, "^(%s)", number);
        return;
    }
    for (; *number; number++) {
        text_append_string(text, *number == '-' ? "⁻" : raised[*number - '0']);
    }
}

struct trace_string derivative_text(const struct trace_op *op, size_t index, struct arena *arena)
{
    static const char slope[] = "n · aⁿ⁻¹";
    const struct trace_string text = op->def->derivatives[index];
    const struct argument *const in = op->record->in;

    if (text.length != sizeof(slope) - 1 || memcmp(text.bytes, slope, text.length) != 0 ||
        op->record->in_count != 2 || in[1].kind != ARGUMENT_NUMBER) {
        return text;
    }
    const double n = in[1].number;
    struct text known = { 0 };
    text_append_string(&known, number_in_slot(arena, n));
    if (n != 0 && n != 1) {
        text_append_string(&known, " · a");
    }
    if (n != 0 && n != 1 && n != 2) {
        append_power(&known, number_in_slot(arena, n - 1));
    }
    const char *const copy = arena_copy_text(arena, text_string(&known), known.length);
    text_finish(&known);
    return (struct trace_string){ copy, strlen(copy) };
}
