#include "lessons/trace/stops.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "lessons/trace/stops_private.h"

enum { NO_STOP = UINT32_MAX };

struct stops *stops_create(const struct trace *trace)
{
    struct stops *stops = memory_allocate(1, sizeof(*stops));
    stops->trace = trace;
    stops->notable = NEVER;
    stops->update_first = NEVER;
    stops->loops.trace = trace;
    return stops;
}

void stops_destroy(struct stops *stops)
{
    if (!stops) {
        return;
    }
    free(stops->stops);
    for (int i = 0; i < STOP_LISTS; i++) {
        free(stops->lists[i].items);
    }
    loops_finish(&stops->loops);
    free(stops->open);
    free(stops->line_ends);
    free(stops);
}

static void list_add(struct index_list *list, uint32_t item)
{
    list->items = array_reserve(list->items, &list->capacity, list->count + 1, sizeof(item));
    list->items[list->count++] = item;
}

static struct stop *last_stop(struct stops *stops)
{
    return stops->stop_count > 0 ? &stops->stops[stops->stop_count - 1] : NULL;
}

static struct open_line *open_line(struct stops *stops, int64_t frame)
{
    const size_t needed = (size_t)frame;
    stops->open = array_reserve(stops->open, &stops->open_capacity, needed, sizeof(*stops->open));
    while (stops->open_count < needed) {
        stops->open[stops->open_count++].record = NEVER;
    }
    return &stops->open[frame - 1];
}

/* At most one stop a moment. */
static void push_stop(struct stops *stops, uint32_t record, uint32_t moment)
{
    struct stop *last = last_stop(stops);
    if (last && last->moment >= moment) {
        return;
    }
    stops->stops = array_reserve(stops->stops, &stops->stop_capacity, stops->stop_count + 1,
                                 sizeof(*stops->stops));
    stops->stops[stops->stop_count++] = (struct stop){
        .moment = moment,
        .record = record,
        .line = stops->frame > 0 ? open_line(stops, stops->frame)->record : NEVER,
        .iteration = loops_iteration(&stops->loops),
        .granularity = STOP_OPERATION,
    };
    stops->last_frame = stops->frame;
    stops->notable = NEVER;
    stops_find_phase(stops);
    stops_settle(stops, false);
    if (loops_detail(&stops->loops) == DETAIL_ALL &&
        !stops_is_empty(stops, stops->stop_count - 1)) {
        stops->held = stops->stop_count;
    }
}

static int list_of(enum stop_granularity granularity)
{
    return granularity == STOP_LINE    ? 0
           : granularity == STOP_CELL  ? 1
           : granularity == STOP_PHASE ? 2
                                       : 3;
}

void stops_mark(struct stops *stops, size_t index, unsigned granularities)
{
    struct stop *stop = &stops->stops[index];
    const unsigned added = granularities & ~stop->granularity;
    stop->granularity |= granularities;
    for (unsigned bit = STOP_LINE; bit <= STOP_AUTO; bit <<= 1) {
        if (added & bit) {
            list_add(&stops->lists[list_of((enum stop_granularity)bit)], (uint32_t)index);
        }
    }
}

static void mark_last(struct stops *stops, unsigned granularities)
{
    stops_mark(stops, stops->stop_count - 1, granularities);
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* The line that the frame is executing, if any, ends at the moment. */
static void end_line(struct stops *stops, int64_t frame, uint32_t moment)
{
    struct open_line *line = open_line(stops, frame);
    if (line->record == NEVER) {
        return;
    }
    const struct stop *last = last_stop(stops);
    if (!last || last->moment < moment) {
        const uint32_t cause = stops->notable != NEVER ? stops->notable : line->record;
        stops->frame = frame;
        push_stop(stops, cause, moment);
    }
    if (!stops_repeats(stops)) {
        stops_settle(stops, true);
    }
    mark_last(stops, STOP_LINE);
    stops->line_ends[line->ordinal] = (uint32_t)(stops->stop_count - 1);
    line->record = NEVER;
}

/* Loops end and begin between the end of one line and the start of the next. */
static void move_in_loops(struct stops *stops, int64_t frame, int64_t line, uint32_t record)
{
    while (loops_leaves(&stops->loops, frame, line)) {
        stops_end_loop(stops, record);
    }
    if (loops_turns(&stops->loops, frame, line)) {
        stops_choose(stops);
        loops_turn(&stops->loops, frame, line, record, stops->stop_count);
    } else {
        loops_stay(&stops->loops, frame, line);
    }
}

static void begin_line(struct stops *stops, int64_t frame, uint32_t record)
{
    struct open_line *line = open_line(stops, frame);
    line->record = record;
    line->ordinal = (uint32_t)stops->line_count;
    stops->line_ends = array_reserve(stops->line_ends, &stops->line_capacity, stops->line_count + 1,
                                     sizeof(uint32_t));
    stops->line_ends[stops->line_count++] = NO_STOP;
    stops->frame = frame;
    stops->notable = NEVER;
}

/* Also ends what functions left open when an exception or a crash took them away. */
static void end_cell(struct stops *stops, uint32_t moment)
{
    if (stops->cell == 0) {
        return;
    }
    for (size_t frame = stops->open_count; frame >= (size_t)stops->cell; frame--) {
        end_line(stops, (int64_t)frame, moment);
    }
    while (loops_leaves(&stops->loops, 0, 0)) {
        stops_end_loop(stops, moment);
    }
    stops_choose(stops);
    stops_settle(stops, true);
    const struct stop *last = last_stop(stops);
    if (last && last->moment == moment) {
        mark_last(stops, STOP_LINE | STOP_CELL | STOP_PHASE | STOP_AUTO);
    }
    stops->cell = 0;
}

/* ---- updates -------------------------------------------------------------------------------- */

static const char *update_name(const struct stops *stops, uint32_t record)
{
    return trace_record(stops->trace, record)->update.by;
}

/* No operation has claimed the waiting updates: they are a step of their own. */
static void release_updates(struct stops *stops)
{
    if (stops->update_first != NEVER) {
        push_stop(stops, stops->update_first, stops->update_last + 1);
        stops->update_first = NEVER;
    }
}

static void add_update(struct stops *stops, uint32_t index)
{
    if (stops->update_first != NEVER &&
        strcmp(update_name(stops, stops->update_first), update_name(stops, index)) != 0) {
        release_updates(stops);
    }
    if (stops->update_first == NEVER) {
        stops->update_first = index;
    }
    stops->update_last = index;
}

/* Records that may stand between an operation's updates and the operation. */
static bool keeps_updates_waiting(enum record_kind kind)
{
    return kind == RECORD_TENSOR || kind == RECORD_VALUE || kind == RECORD_NODE ||
           kind == RECORD_OPDEF || kind == RECORD_UPDATE;
}

static void settle_updates(struct stops *stops, const struct record *record)
{
    if (stops->update_first == NEVER || keeps_updates_waiting(record->kind)) {
        return;
    }
    const bool claimed =
        record->kind == RECORD_STEP
            ? strcmp(update_name(stops, stops->update_first), "step") == 0
            : record->kind == RECORD_OP &&
                  trace_op(stops->trace, record->op.op)->first <= stops->update_first;
    if (claimed) {
        stops->update_first = NEVER;
    }
    release_updates(stops);
}

/* ---- records -------------------------------------------------------------------------------- */

/* What each kind does to stepping. */
enum role {
    ROLE_NONE,
    ROLE_CAUSE,    /* a stop of its own */
    ROLE_COMPLETE, /* moves the stop before it to behind itself */
    ROLE_NOTABLE,  /* makes its line worth a stop */
    ROLE_CELL,
    ROLE_LINE,
    ROLE_CALL,
    ROLE_UPDATE,
    ROLE_ERROR,
    ROLE_END,
};

static const enum role roles[RECORD_KIND_COUNT] = {
    [RECORD_OUT] = ROLE_NOTABLE,      [RECORD_DISPLAY] = ROLE_CAUSE,
    [RECORD_DENIED] = ROLE_NOTABLE,   [RECORD_BUDGET] = ROLE_NOTABLE,
    [RECORD_ERROR] = ROLE_ERROR,      [RECORD_END] = ROLE_END,
    [RECORD_CELL] = ROLE_CELL,        [RECORD_LINE] = ROLE_LINE,
    [RECORD_CALL] = ROLE_CALL,        [RECORD_RETURN] = ROLE_COMPLETE,
    [RECORD_LEAVE] = ROLE_COMPLETE,   [RECORD_COND] = ROLE_CAUSE,
    [RECORD_MODE] = ROLE_CAUSE,       [RECORD_OP] = ROLE_CAUSE,
    [RECORD_BIND] = ROLE_COMPLETE,    [RECORD_UPDATE] = ROLE_UPDATE,
    [RECORD_GONE] = ROLE_COMPLETE,    [RECORD_BACKWARD] = ROLE_CAUSE,
    [RECORD_VISIT] = ROLE_CAUSE,      [RECORD_FREE] = ROLE_COMPLETE,
    [RECORD_ACCUMULATE] = ROLE_CAUSE, [RECORD_BACKWARD_END] = ROLE_COMPLETE,
    [RECORD_STEP] = ROLE_CAUSE,       [RECORD_FAILED] = ROLE_NOTABLE,
    [RECORD_CALLED] = ROLE_COMPLETE,
};

/* True if the last stop now includes the record. What a caller binds does not complete what the
 * function it called has done: that is the end of another line. */
static bool complete_last(struct stops *stops, const struct record *record, uint32_t index)
{
    struct stop *last = last_stop(stops);
    const bool elsewhere = record->kind == RECORD_BIND && record->bind.frame != stops->last_frame;
    if (!last || last->moment != index || elsewhere) {
        return false;
    }
    last->moment = index + 1;
    return true;
}

static void read_complete(struct stops *stops, const struct record *record, uint32_t index)
{
    const bool completed = complete_last(stops, record, index);
    if (!completed && record->kind == RECORD_BIND) {
        stops->notable = index;
    }
    if (record->kind == RECORD_RETURN) {
        end_line(stops, record->ret.frame, index + 1);
        while (loops_leaves(&stops->loops, record->ret.frame, 0)) {
            stops_end_loop(stops, index + 1);
        }
        stops->frame = trace_frame(stops->trace, record->ret.frame)->parent;
    }
}

static void read_end(struct stops *stops, const struct record *record, uint32_t index)
{
    /* The last stop shows the run ended; if an operation caused it, that is extended. */
    if (!complete_last(stops, record, index) && stops->cell == 0) {
        return;
    }
    end_cell(stops, index + 1);
}

static void follow_backward(struct stops *stops, enum record_kind kind)
{
    if (kind == RECORD_BACKWARD) {
        stops->backwards++;
    } else if (kind == RECORD_BACKWARD_END && stops->backwards > 0) {
        stops->backwards--;
    } else if (kind == RECORD_CELL || kind == RECORD_ERROR) {
        stops->backwards = 0;
    }
}

static void read_record(struct stops *stops, const struct record *record, uint32_t index)
{
    settle_updates(stops, record);
    follow_backward(stops, record->kind);
    switch (roles[record->kind]) {
    case ROLE_NONE:
        break;
    case ROLE_CAUSE:
        push_stop(stops, index, index + 1);
        break;
    case ROLE_COMPLETE:
        read_complete(stops, record, index);
        break;
    case ROLE_NOTABLE:
        stops->notable = index;
        break;
    case ROLE_CELL:
        end_cell(stops, index);
        stops->cell = stops->frame = record->cell.frame;
        break;
    case ROLE_LINE:
        end_line(stops, record->line.frame, index);
        move_in_loops(stops, record->line.frame, record->line.line, index);
        begin_line(stops, record->line.frame, index);
        break;
    case ROLE_CALL:
        stops->frame = record->call.frame;
        break;
    case ROLE_UPDATE:
        add_update(stops, index);
        break;
    case ROLE_ERROR:
        push_stop(stops, index, index + 1);
        end_cell(stops, index + 1);
        break;
    case ROLE_END:
        read_end(stops, record, index);
        break;
    }
}

void stops_update(struct stops *stops)
{
    const uint32_t count = trace_record_count(stops->trace);
    for (; stops->read < count; stops->read++) {
        read_record(stops, trace_record(stops->trace, stops->read), stops->read);
    }
}

void stops_finish(struct stops *stops)
{
    stops_update(stops);
    release_updates(stops);
    end_cell(stops, stops->read);
    stops_settle(stops, true);
}

/* ---- questions ------------------------------------------------------------------------------ */

static const struct index_list *marked(const struct stops *stops, enum stop_granularity granularity)
{
    return &stops->lists[list_of(granularity)];
}

size_t stops_count(const struct stops *stops, enum stop_granularity granularity)
{
    return granularity == STOP_OPERATION ? stops->stop_count : marked(stops, granularity)->count;
}

const struct stop *stops_at(const struct stops *stops, enum stop_granularity granularity,
                            size_t index)
{
    assert(index < stops_count(stops, granularity));
    return granularity == STOP_OPERATION ? &stops->stops[index]
                                         : &stops->stops[marked(stops, granularity)->items[index]];
}

size_t stops_index_at(const struct stops *stops, enum stop_granularity granularity, uint32_t moment)
{
    size_t low = 0, high = stops_count(stops, granularity);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (stops_at(stops, granularity, middle)->moment <= moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : SIZE_MAX;
}

const struct stop *stops_line_end(const struct stops *stops, size_t line)
{
    return line < stops->line_count && stops->line_ends[line] != NO_STOP
               ? &stops->stops[stops->line_ends[line]]
               : NULL;
}
