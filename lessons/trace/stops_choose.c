/* Which stops are phase stops and auto stops (see stops.h): decided when an iteration, or a stretch of
 * it around an inner loop, is over, as only then it is known what was forward and what the loss. */
#include <string.h>

#include "lessons/trace/state.h"
#include "lessons/trace/stops_private.h"

enum { NONE = SIZE_MAX };

static enum record_kind cause_of(const struct stops *stops, size_t index)
{
    return trace_record(stops->trace, stops->stops[index].record)->kind;
}

/* What is a stop in any case. */
static bool is_forced(const struct stops *stops, size_t index)
{
    const enum record_kind kind = cause_of(stops, index);

    return kind == RECORD_ERROR || kind == RECORD_DISPLAY || kind == RECORD_DENIED ||
           kind == RECORD_BUDGET;
}

/* The text of a line without its indent; NULL if there is none. */
static const char *line_text(const struct stops *stops, const struct record_line *line,
                             size_t *left)
{
    const struct trace_frame *const frame = trace_frame(stops->trace, line->frame);
    const struct trace_cell *const cell = frame ? trace_code_cell(stops->trace, frame->cell) : NULL;
    const char *at = cell ? cell->text.bytes : NULL;
    const char *const end = cell ? at + cell->text.length : NULL;

    for (int64_t i = 1; at && i < line->line; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    while (at && at < end && *at == ' ') {
        at++;
    }
    *left = at ? (size_t)(end - at) : 0;
    return at;
}

bool stops_is_empty(const struct stops *stops, size_t index)
{
    static const char *const words[] = { "try:", "else:", "finally:", "pass" };
    static const char *const loads[] = { "import ", "from " };
    const struct stop *const stop = &stops->stops[index];
    const enum record_kind kind = cause_of(stops, index);
    size_t left;

    if (stop->line == NEVER || (kind != RECORD_LINE && kind != RECORD_BIND)) {
        return false;
    }
    const struct record_line *const line = &trace_record(stops->trace, stop->line)->line;
    const struct trace_frame *const frame = trace_frame(stops->trace, line->frame);
    /* "<listcomp>", "<genexpr>": what they go through has no step of its own. */
    if (frame && frame->name[0] == '<' && strcmp(frame->name, "<module>") != 0) {
        return true;
    }
    const char *const text = kind == RECORD_LINE ? line_text(stops, line, &left) : NULL;
    for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++) {
        const size_t length = strlen(words[i]);
        if (left >= length && memcmp(text, words[i], length) == 0 &&
            (left == length || strchr(" #\n", text[length]))) {
            return true;
        }
    }
    for (size_t i = 0; text && i < sizeof(loads) / sizeof(loads[0]); i++) {
        const size_t length = strlen(loads[i]);
        if (left >= length && memcmp(text, loads[i], length) == 0) {
            return true;
        }
    }
    /* The methods of a class: its own line says that it is defined. */
    return text && frame && strcmp(frame->name, "<module>") != 0 && left > 4 &&
           memcmp(text, "def ", 4) == 0;
}

static void mark_forced(struct stops *stops, unsigned granularities)
{
    for (size_t i = stops->undecided; i < stops->stop_count; i++) {
        if (is_forced(stops, i)) {
            stops_mark(stops, i, granularities);
        }
    }
}

/* The last stop of each phase, and what is printed behind them. */
static void mark_phases(struct stops *stops, unsigned granularities)
{
    size_t phase = NONE, printed = NONE;

    for (size_t i = stops->undecided; i < stops->stop_count; i++) {
        const enum stop_phase now = stops->stops[i].phase;
        const bool forced = is_forced(stops, i);
        if (phase != NONE && (forced || (now && now != stops->stops[phase].phase))) {
            stops_mark(stops, phase, granularities);
            phase = printed = NONE;
        }
        if (forced) {
            stops_mark(stops, i, granularities);
        } else if (now) {
            phase = i;
            printed = NONE;
        } else if (cause_of(stops, i) == RECORD_OUT) {
            printed = i;
        }
    }
    if (phase != NONE) {
        stops_mark(stops, phase, granularities);
    }
    if (printed != NONE) {
        stops_mark(stops, printed, granularities);
    }
}

static void mark_lines(struct stops *stops)
{
    for (size_t i = stops->undecided; i < stops->stop_count; i++) {
        const bool line = stops->stops[i].granularity & STOP_LINE;
        if (is_forced(stops, i) || (line && !stops_is_empty(stops, i))) {
            stops_mark(stops, i, STOP_AUTO);
        }
    }
}

/* The last thing that was printed. */
static void mark_printed(struct stops *stops)
{
    size_t printed = NONE;

    for (size_t i = stops->undecided; i < stops->stop_count; i++) {
        const bool forced = is_forced(stops, i);
        if (forced && printed != NONE) {
            stops_mark(stops, printed, STOP_AUTO);
            printed = NONE;
        }
        if (forced) {
            stops_mark(stops, i, STOP_AUTO);
        } else if (cause_of(stops, i) == RECORD_OUT) {
            printed = i;
        }
    }
    if (printed != NONE) {
        stops_mark(stops, printed, STOP_AUTO);
    }
}

static bool trains(const struct stops *stops)
{
    const struct loops *const loops = &stops->loops;

    return loops->depth > 0 &&
           (loops->loops[loops->active[loops->depth - 1].loop].phases & 1u << PHASE_BACKWARD);
}

void stops_choose(struct stops *stops)
{
    switch (loops_detail(&stops->loops)) {
    case DETAIL_ALL:
        break; /* they were marked when they came */
    case DETAIL_PHASES:
        if (trains(stops)) {
            mark_phases(stops, STOP_AUTO);
        } else {
            mark_lines(stops);
        }
        break;
    case DETAIL_PRINTS:
        mark_printed(stops);
        break;
    }
    mark_phases(stops, STOP_PHASE);
    stops->undecided = stops->stop_count;
}

/* The state in which the loop ends, if it is not on show anyway: the last stop of its last iteration. */
static void mark_loop_end(struct stops *stops, const struct stop_iteration *last)
{
    const struct index_list *const autos = &stops->lists[STOP_LISTS - 1];
    const size_t latest = autos->count > 0 ? autos->items[autos->count - 1] : 0;

    if (last->last > last->first && (autos->count == 0 || latest < last->first)) {
        stops_mark(stops, last->last - 1, STOP_AUTO);
    }
}

/* The last iteration that counts; those of loops within it may stand behind it. NO_ITERATION: the loop
 * ran for nothing. */
static uint32_t last_iteration(const struct loops *loops, uint32_t loop)
{
    const uint32_t number = loops->loops[loop].iterations;
    uint32_t at = (uint32_t)loops->iteration_count;

    while (number > 0 && at-- > loops->loops[loop].first) {
        if (loops->iterations[at].loop == loop && loops->iterations[at].number == number) {
            return at;
        }
    }
    return NO_ITERATION;
}

void stops_end_loop(struct stops *stops, uint32_t record)
{
    struct loops *const loops = &stops->loops;
    const struct active_loop top = *loops_top(loops);

    if (top.entered || top.one_line) {
        stops_choose(stops);
    } else {
        mark_forced(stops, STOP_AUTO | STOP_PHASE);
        stops->undecided = stops->stop_count;
    }
    loops_leave(loops, record, stops->stop_count);
    const uint32_t last = last_iteration(loops, top.loop);
    if (last != NO_ITERATION && loops_detail(loops) != DETAIL_PRINTS) {
        mark_loop_end(stops, &loops->iterations[last]);
    }
}
