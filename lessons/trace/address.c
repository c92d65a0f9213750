/* Addresses of moments: a stop is found by the line it is in, not by its number. */
#include <inttypes.h>
#include <string.h>

#include "lessons/trace/reader.h"
#include "lessons/trace/state.h"
#include "lessons/trace/stops.h"

/* The first operation stop after the record; may be one past the last. */
static size_t first_stop_after(const struct stops *stops, uint32_t record)
{
    const size_t before = stops_index_at(stops, STOP_OPERATION, record);
    return before == SIZE_MAX ? 0 : before + 1;
}

struct moment_address address_of(const struct trace *trace, const struct stops *stops,
                                 uint32_t moment)
{
    const size_t index = stops_index_at(stops, STOP_OPERATION, moment);
    struct trace_position position;
    if (index == SIZE_MAX) {
        return (struct moment_address){ 0 };
    }
    const struct stop *stop = stops_at(stops, STOP_OPERATION, index);
    if (!trace_position_at(trace, stop->moment, &position)) {
        return (struct moment_address){ 0 };
    }
    struct moment_address address = { .cell = position.cell,
                                      .line = position.line,
                                      .visit = position.visit };
    size_t line_count;
    const uint32_t *lines = trace_records_of(trace, RECORD_LINE, &line_count);
    if (stops_line_end(stops, index_before(lines, line_count, position.line_record)) != stop) {
        const size_t first = first_stop_after(stops, position.line_record);
        address.ordinal = (uint32_t)(index - first + 1);
    }
    return address;
}

/* The execution of the line with that visit count, as its `line` record; NEVER if there is none. Later
 * positions with the same count are returns to it. */
static uint32_t find_visit(const struct trace *trace, const struct visit_count *line,
                           uint32_t visit)
{
    for (size_t i = 0; i < line->positions.count; i++) {
        const struct position *const position = &trace->positions[line->positions.items[i]];
        if (position->visit == visit) {
            return position->line_record;
        }
    }
    return NEVER;
}

/* Of two executed lines the later one in the lesson. */
static bool is_later(const struct visit_count *a, const struct visit_count *b)
{
    return a->cell != b->cell ? a->cell > b->cell : a->line > b->line;
}

/* The executed line nearest to the wanted one and not after it: later cells, lines and visits are not
 * reached yet. NULL if there is none. */
static const struct visit_count *nearest_line(const struct trace *trace,
                                              const struct moment_address *wanted)
{
    const struct visit_count *const same = visit_find(trace, wanted->cell, wanted->line);
    const struct visit_count *best = NULL;

    for (size_t i = 0; !same && i < trace->visits.capacity; i++) {
        const struct visit_count *const line = &trace->visits.slots[i];
        const bool before =
            line->cell < wanted->cell || (line->cell == wanted->cell && line->line < wanted->line);
        if (line->count > 0 && before && (!best || is_later(line, best))) {
            best = line;
        }
    }
    return same ? same : best;
}

/* The nearest execution to the wanted one and not after it; NEVER if there is none. */
static uint32_t nearest_execution(const struct trace *trace, const struct moment_address *wanted,
                                  bool *exact)
{
    const struct visit_count *const line = nearest_line(trace, wanted);
    if (!line) {
        return NEVER;
    }
    const bool same = line->cell == wanted->cell && line->line == wanted->line;
    *exact = same && line->count >= wanted->visit;
    return find_visit(trace, line, *exact ? wanted->visit : line->count);
}

/* The stop with that ordinal within the line; the line's last if it has fewer. */
static const struct stop *stop_in_line(const struct stops *stops, uint32_t line_record,
                                       const struct stop *end, uint32_t ordinal, bool *exact)
{
    const size_t count = stops_count(stops, STOP_OPERATION);
    const size_t first = first_stop_after(stops, line_record);
    const struct stop *last = end;
    if (!last && first < count) {
        last = stops_at(stops, STOP_OPERATION, count - 1); /* the trace was cut off in the line */
    }
    if (ordinal == 0 || !last) {
        *exact = *exact && end;
        return last;
    }
    const size_t index = first + ordinal - 1;
    const struct stop *stop = index < count ? stops_at(stops, STOP_OPERATION, index) : NULL;
    if (!stop || stop->moment > last->moment) {
        *exact = false;
        return last;
    }
    return stop;
}

uint32_t address_find(const struct trace *trace, const struct stops *stops,
                      const struct moment_address *address, bool *exact)
{
    size_t count;
    *exact = address->cell == 0;
    if (address->cell == 0) {
        return 0;
    }
    const uint32_t record = nearest_execution(trace, address, exact);
    if (record == NEVER) {
        return 0;
    }
    const uint32_t *lines = trace_records_of(trace, RECORD_LINE, &count);
    const size_t ordinal = index_before(lines, count, record);
    const struct stop *stop = stop_in_line(stops, record, stops_line_end(stops, ordinal),
                                           *exact ? address->ordinal : 0, exact);
    if (!stop) {
        *exact = false;
        return record + 1;
    }
    return stop->moment;
}

/* A whole number from 0 to `limit`, then a colon or the end. */
static bool parse_part(const char **text, int64_t limit, int64_t *out)
{
    const char *at = *text;
    *out = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        *out = *out * 10 + (*at - '0');
        if (*out > limit) {
            return false;
        }
    }
    const bool good = at != *text && (*at == ':' || *at == '\0');
    *text = *at == ':' ? at + 1 : at;
    return good && !(*at == ':' && at[1] == '\0');
}

bool address_parse(struct moment_address *out, const char *text, struct error *err)
{
    int64_t parts[4] = { 0, 0, 1, 0 };
    const char *at = text;
    int count = 0;
    while (count < 4 && parse_part(&at, INT32_MAX, &parts[count])) {
        count++;
        if (*at == '\0') {
            break;
        }
    }
    if (*at != '\0' || count < 2 || parts[0] < 1 || parts[1] < 1 || parts[2] < 1) {
        return error_set_kind(err, ERROR_VALUE,
                              "\"%s\" is no address: CELL:LINE, CELL:LINE:VISIT or "
                              "CELL:LINE:VISIT:ORDINAL, such as 1:14 or 2:5:3",
                              text);
    }
    *out = (struct moment_address){ .cell = parts[0],
                                    .line = parts[1],
                                    .visit = (uint32_t)parts[2],
                                    .ordinal = (uint32_t)parts[3] };
    return true;
}

void address_write(struct text *out, const struct moment_address *address)
{
    text_format(out, "%" PRId64 ":%" PRId64, address->cell, address->line);
    if (address->visit != 1 || address->ordinal != 0) {
        text_format(out, ":%" PRIu32, address->visit);
    }
    if (address->ordinal != 0) {
        text_format(out, ":%" PRIu32, address->ordinal);
    }
}
