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

/* What is left of a cell from where a line's text begins, behind its indent; text NULL: there is none. */
struct line_text {
    const char *text;
    size_t left;
    bool indented;
};

static struct line_text line_text(const struct stops *stops, const struct record_line *line)
{
    const struct trace_frame *const frame = trace_frame(stops->trace, line->frame);
    const struct trace_cell *const cell = frame ? trace_code_cell(stops->trace, frame->cell) : NULL;
    const char *at = cell ? cell->text.bytes : NULL;
    const char *const end = cell ? at + cell->text.length : NULL;

    for (int64_t i = 1; at && i < line->line; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    const char *const first = at;
    while (at && at < end && *at == ' ') {
        at++;
    }
    return (struct line_text){ at, at ? (size_t)(end - at) : 0, at != first };
}

static bool begins_with(const struct line_text *line, const char *word)
{
    const size_t length = strlen(word);

    return line->left >= length && memcmp(line->text, word, length) == 0 &&
           (line->left == length || strchr(" #\n:", line->text[length]));
}

/* "for i in range(3):": a number that only counts. */
static bool only_counts(const struct line_text *line)
{
    static const char range[] = " in range(";
    const char *const end = memchr(line->text, '\n', line->left);
    const size_t length = end ? (size_t)(end - line->text) : line->left;

    return begins_with(line, "for") && memmem(line->text, length, range, sizeof(range) - 1);
}

/* Whether a line that has done no more than this record says nothing. */
static bool is_only_words(const struct line_text *line, enum record_kind kind)
{
    static const char *const words[] = { "try",    "else",   "finally", "pass",
                                         "return", "import", "from" };

    if (kind == RECORD_BIND) {
        return only_counts(line);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (begins_with(line, words[i])) {
            return true;
        }
    }
    /* What a decorator does is done with the function or the class below it. */
    return (line->left > 0 && line->text[0] == '@') || (line->indented && begins_with(line, "def"));
}

bool stops_is_empty(const struct stops *stops, size_t index)
{
    const struct stop *const stop = &stops->stops[index];
    const enum record_kind kind = cause_of(stops, index);

    if (stop->line == NEVER || (kind != RECORD_LINE && kind != RECORD_BIND)) {
        return false;
    }
    const struct record_line *const line = &trace_record(stops->trace, stop->line)->line;
    const struct trace_frame *const frame = trace_frame(stops->trace, line->frame);
    /* "<listcomp>", "<genexpr>": what they go through has no step of its own. */
    if (frame && frame->name[0] == '<' && strcmp(frame->name, "<module>") != 0) {
        return true;
    }
    const struct line_text text = line_text(stops, line);
    return text.text && is_only_words(&text, kind);
}

/* ---- parts of one thing --------------------------------------------------------------------- */

static bool same_code(const struct record_op *a, const struct record_op *b)
{
    return a->module == b->module && memcmp(&a->at, &b->at, sizeof(a->at)) == 0;
}

/* The operation of the stop, or the one that made the node which it walks through; NULL: neither. */
static const struct record_op *operation_of(const struct stops *stops, size_t index)
{
    const struct record *const record = trace_record(stops->trace, stops->stops[index].record);
    const struct trace_node *const node =
        record->kind == RECORD_VISIT ? trace_node(stops->trace, record->visit.node) : NULL;
    const struct trace_op *const op = node ? trace_op(stops->trace, node->op) : NULL;

    return record->kind == RECORD_OP ? &record->op : op ? op->record : NULL;
}

/* Whether the walk has come through two nodes of the same code already, as behind a loop; or that code was
 * executed twice, as by a data loader that asks for one picture after the other. */
static bool repeats(const struct stops *stops, size_t index)
{
    enum { LOOK_BACK = 64, TWICE = 2 };
    const struct record_op *const op = operation_of(stops, index);
    int seen = 0;

    for (size_t i = index; op && i-- > 0 && index - i <= LOOK_BACK && seen < TWICE;) {
        const struct record_op *const before = operation_of(stops, i);
        if (!before || cause_of(stops, i) != cause_of(stops, index)) {
            break;
        }
        seen += strcmp(before->name, op->name) == 0 && same_code(before, op);
    }
    return seen == TWICE;
}

/* Whether the condition asks what the operation has just put out: "if x.sum() > 0:". */
static bool decides(const struct record_op *op, const struct record_cond *cond)
{
    return op->out.count == 1 && cond->tensor != 0 && op->out.ids[0] == cond->tensor;
}

/* Whether what the operation has just put out is the part that the next one writes: "x[2].mul_(3)". */
static bool writes_through(const struct record_op *op, const struct record_op *next)
{
    return next->whole != 0 && op->out.count == 1 && next->in_count > 0 &&
           next->in[0].kind == ARGUMENT_TENSOR && next->in[0].id == op->out.ids[0];
}

/* Whether the stop is one thing with the next. */
static bool goes_on(const struct stops *stops, size_t index)
{
    const struct stop *const stop = &stops->stops[index];
    const struct record *const now = trace_record(stops->trace, stop->record);
    const struct record *const next = trace_record(stops->trace, stop[1].record);

    /* "x[2] = 5": what is written to, and then the writing. */
    if (now->kind == RECORD_OP && next->kind == RECORD_OP && stop->line == stop[1].line &&
        same_code(&now->op, &next->op)) {
        return true;
    }
    if (now->kind == RECORD_OP && next->kind == RECORD_OP && stop->line == stop[1].line &&
        writes_through(&now->op, &next->op)) {
        return true;
    }
    if (now->kind == RECORD_OP && next->kind == RECORD_COND) {
        return stop->line == stop[1].line && decides(&now->op, &next->cond);
    }
    return now->kind == next->kind && repeats(stops, index) && repeats(stops, index + 1);
}

bool stops_repeats(const struct stops *stops)
{
    return stops->held > 0 && cause_of(stops, stops->held - 1) == RECORD_OP &&
           repeats(stops, stops->held - 1);
}

void stops_settle(struct stops *stops, bool ended)
{
    const size_t held = stops->held;

    if (held == 0) {
        return;
    }
    if (ended || !goes_on(stops, held - 1)) {
        stops_mark(stops, held - 1, STOP_AUTO);
    }
    stops->held = 0;
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
