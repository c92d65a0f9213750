#include "render/ledger/unpacked.h"

#include <string.h>

enum { TARGET_BYTES = 60, EXPRESSION_BYTES = 60, PARTS_MAX = 8 };

/* What stands on the line behind the expression, without blanks before it. */
static const char *behind(const struct trace *trace, const struct span *at)
{
    const struct trace_cell *const cell = trace_code_cell(trace, at->cell);
    const char *bytes = cell ? cell->text.bytes : "";
    for (int64_t line = 1; line < (int64_t)at->end_line && *bytes; line++) {
        const char *const end = strchr(bytes, '\n');
        bytes = end ? end + 1 : "";
    }
    if (strcspn(bytes, "\n") < (size_t)at->end_column) {
        return "";
    }
    bytes += at->end_column;
    return bytes + strspn(bytes, " \t\r");
}

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,()[]* ";

/* "out, (h, c) = lstm(x)"; "" where anything else stands beside the expression. */
static const char *called(const struct trace *trace, const struct span *at, struct arena *arena)
{
    const char *const before = trace_span_text(
        trace, &(struct span){ at->cell, at->line, 0, at->line, at->column }, TARGET_BYTES, arena);
    const char *const rest = behind(trace, at);
    const size_t length = strspn(before, letters);

    if (before[length] != '=' || before[length + 1] != '\0' || !memchr(before, ',', length) ||
        (*rest && !strchr("\n#;", *rest))) {
        return "";
    }
    return arena_format(arena, "%s %s", before,
                        trace_span_text(trace, at, EXPRESSION_BYTES, arena));
}

/* "a, b = x", where it is the names themselves that take a tensor apart. */
static const char *taken_apart(const struct trace *trace, const struct span *at,
                               struct arena *arena)
{
    const char *const names = trace_span_text(trace, at, TARGET_BYTES, arena);
    const char *const rest = behind(trace, at);
    size_t length = strcspn(rest, "\n#;");

    while (length > 0 && strchr(" \t\r", rest[length - 1])) {
        length--;
    }
    if (!strchr(names, ',') || names[strspn(names, letters)] || rest[0] != '=' ||
        length > EXPRESSION_BYTES) {
        return "";
    }
    return arena_format(arena, "%s %s", names, arena_copy_text(arena, rest, length));
}

/* The names bound after the operation, with their values on a line. */
static const char *parts_of(const struct run_view *run, const struct trace_op *op,
                            struct arena *arena)
{
    const char *parts = "";
    int count = 0;

    for (uint32_t i = op->born + 1; i < run->moment && count < PARTS_MAX; i++) {
        const struct record *const record = trace_record(run->trace, i);
        if (record->kind == RECORD_LINE || record->kind == RECORD_OP) {
            break;
        }
        const struct trace_tensor *const tensor =
            record->kind == RECORD_BIND ? trace_tensor(run->trace, record->bind.tensor) : NULL;
        if (tensor) {
            count++;
            const char *const value = run_value(run, tensor->id, arena);
            const bool shape = value_is_shape(trace_value_at(tensor, run->moment), tensor);
            parts = arena_format(arena, "%s%s%s %s", parts, parts[0] ? ", " : "", record->bind.name,
                                 shape ? value : equals_number(arena, value));
        }
    }
    return parts;
}

struct unpacked unpacked_at(const struct run_view *run, const struct trace_op *op,
                            struct arena *arena)
{
    const char *const call = called(run->trace, &op->record->at, arena);
    const char *const statement = call[0] ? call : taken_apart(run->trace, &op->record->at, arena);
    const char *const parts = statement[0] ? parts_of(run, op, arena) : "";

    return (struct unpacked){ parts[0] ? statement : "", parts };
}
