/* Exceptions that nobody saw: `for x in data` asks a class without __iter__ for one item after the other until that
 * raises an IndexError, which ends the loop. */
#include <string.h>

#include "lessons/trace/reader.h"
#include "lessons/trace/state.h"

enum { RECORDS_LOOKED_AT = 256 };

/* A byte of a name, as identifiers of other scripts have them too. */
static bool is_name_byte(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

/* Whether the lesson's own code goes on there with an exception. */
static bool takes_exceptions(const struct trace *trace, const struct record_line *line)
{
    static const char *const words[] = { "except", "finally", "with" };
    const struct trace_frame *const frame = trace_frame(trace, line->frame);
    const struct trace_cell *const cell = frame ? trace_code_cell(trace, frame->cell) : NULL;
    const char *at = cell ? cell->text.bytes : NULL;
    const char *const end = cell ? at + cell->text.length : NULL;
    for (int64_t i = 1; at && i < line->line; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    while (at && at < end && (*at == ' ' || *at == '\t' || *at == '\f')) {
        at++;
    }
    for (size_t i = 0; at && i < sizeof(words) / sizeof(words[0]); i++) {
        const size_t length = strlen(words[i]);
        if ((size_t)(end - at) > length && memcmp(at, words[i], length) == 0 &&
            !is_name_byte(at[length])) {
            return true;
        }
    }
    return !at;
}

bool trace_is_passed_over(const struct trace *trace, uint32_t failed)
{
    const uint32_t count = trace_record_count(trace);
    struct trace_position here;
    bool left = false;
    if (!trace_position_at(trace, failed, &here)) {
        return false;
    }
    for (uint32_t i = failed + 1; i < count && i - failed < RECORDS_LOOKED_AT; i++) {
        const struct record *const record = trace_record(trace, i);
        if (record->kind == RECORD_RETURN) {
            left = left || record->ret.frame == here.frame;
        } else if (record->kind == RECORD_LINE) {
            if (left || takes_exceptions(trace, &record->line)) {
                return left && !takes_exceptions(trace, &record->line);
            }
        } else if (record->kind == RECORD_ERROR || record->kind == RECORD_FAILED ||
                   record->kind == RECORD_CELL) {
            return false;
        }
    }
    return false;
}
