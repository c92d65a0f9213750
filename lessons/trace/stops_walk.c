/* Questions about loops and phases, and the way through iterations. */
#include <assert.h>

#include "lessons/trace/stops_private.h"

size_t stops_iteration_count(const struct stops *stops)
{
    return stops->loops.iteration_count;
}

const struct stop_iteration *stops_iteration(const struct stops *stops, size_t index)
{
    assert(index < stops->loops.iteration_count);
    return &stops->loops.iterations[index];
}

const struct stop_loop *stops_loop(const struct stops *stops, size_t index)
{
    assert(index < stops->loops.loop_count);
    return &stops->loops.loops[index];
}

static const struct stop_loop *loop_of(const struct stops *stops, uint32_t iteration)
{
    return &stops->loops.loops[stops->loops.iterations[iteration].loop];
}

/* An iteration that was only looked for is none: the loop's end was found instead. */
static bool counts(const struct stops *stops, uint32_t iteration)
{
    return stops->loops.iterations[iteration].number <= loop_of(stops, iteration)->iterations;
}

const struct stop_loop *stops_loop_ended_by(const struct stops *stops, const struct stop *stop)
{
    if (stop->iteration == NO_ITERATION || counts(stops, stop->iteration)) {
        return NULL;
    }
    const struct stop_loop *const loop = loop_of(stops, stop->iteration);
    const bool looked = trace_record(stops->trace, stop->record)->kind == RECORD_LINE;
    return looked && loop->ended ? loop : NULL;
}

/* Iterations that began before the moment. */
static size_t begun_before(const struct stops *stops, uint32_t moment)
{
    size_t low = 0, high = stops->loops.iteration_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (stops->loops.iterations[middle].begin < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Iterations lie within one another: the last one begun before the moment, or one around it. */
uint32_t stops_iteration_at(const struct stops *stops, uint32_t moment)
{
    const size_t begun = begun_before(stops, moment);
    uint32_t at = begun > 0 ? (uint32_t)(begun - 1) : NO_ITERATION;

    while (at != NO_ITERATION && (stops->loops.iterations[at].end < moment || !counts(stops, at))) {
        at = loop_of(stops, at)->parent;
    }
    return at;
}

uint32_t stops_training_at(const struct stops *stops, uint32_t moment)
{
    static const unsigned both = 1u << PHASE_BACKWARD | 1u << PHASE_STEP;
    uint32_t found = NO_ITERATION;

    for (uint32_t at = stops_iteration_at(stops, moment); at != NO_ITERATION;
         at = loop_of(stops, at)->parent) {
        const unsigned phases = loop_of(stops, at)->phases;
        if ((phases & both) == both) {
            return at;
        }
        if (found == NO_ITERATION && (phases & 1u << PHASE_BACKWARD)) {
            found = at;
        }
    }
    return found;
}

/* ---- phases ----------------------------------------------------------------------------- */

static size_t last_of(const struct stops *stops, uint32_t iteration)
{
    const size_t last = stops->loops.iterations[iteration].last;

    return last == SIZE_MAX ? stops->stop_count : last;
}

static size_t collect_order(const struct stops *stops, uint32_t iteration, unsigned wanted,
                            enum stop_phase order[PHASE_COUNT])
{
    const size_t last = last_of(stops, iteration);
    unsigned seen = 0;
    size_t count = 0;

    for (size_t i = stops->loops.iterations[iteration].first; i < last && seen != wanted; i++) {
        const enum stop_phase phase = stops->stops[i].phase;
        if (phase != PHASE_OTHER && !(seen & 1u << phase)) {
            seen |= 1u << phase;
            order[count++] = phase;
        }
    }
    return count;
}

/* As the first iteration has them; where it lacks one, as this one has them. */
size_t stops_phase_order(const struct stops *stops, uint32_t iteration,
                         enum stop_phase order[PHASE_COUNT])
{
    const struct stop_loop *const loop = loop_of(stops, iteration);
    enum stop_phase own[PHASE_COUNT];
    const size_t count = collect_order(stops, loop->first, loop->phases, order);
    const size_t own_count = collect_order(stops, iteration, loop->phases, own);

    if (own_count <= count) {
        return count;
    }
    for (size_t i = 0; i < own_count; i++) {
        order[i] = own[i];
    }
    return own_count;
}

enum stop_phase stops_phase_at(const struct stops *stops, uint32_t moment)
{
    const uint32_t iteration = stops_training_at(stops, moment);
    const size_t first = iteration == NO_ITERATION ? 0 : stops->loops.iterations[iteration].first;
    const size_t index = stops_index_at(stops, STOP_OPERATION, moment);

    if (index == SIZE_MAX) {
        return PHASE_OTHER;
    }
    if (iteration == NO_ITERATION) {
        return stops->stops[index].phase;
    }
    for (size_t i = index + 1; i-- > first;) {
        if (stops->stops[i].phase != PHASE_OTHER) {
            return stops->stops[i].phase;
        }
    }
    return PHASE_OTHER;
}

/* ---- the way through iterations --------------------------------------------------------- */

static bool has_stops(const struct stops *stops, uint32_t iteration)
{
    return counts(stops, iteration) &&
           last_of(stops, iteration) > stops->loops.iterations[iteration].first;
}

static uint32_t end_of(const struct stops *stops, uint32_t iteration)
{
    return stops->stops[last_of(stops, iteration) - 1].moment;
}

static bool same_line(const struct stops *stops, uint32_t a, uint32_t b)
{
    const struct stop_loop *const first = loop_of(stops, a), *const second = loop_of(stops, b);

    return first->cell == second->cell && first->line == second->line;
}

/* The next iteration of the same statement, or with `like` NO_ITERATION of any. */
static uint32_t next_like(const struct stops *stops, size_t from, uint32_t like)
{
    for (size_t at = from; at < stops->loops.iteration_count; at++) {
        if (has_stops(stops, (uint32_t)at) &&
            (like == NO_ITERATION || same_line(stops, like, (uint32_t)at))) {
            return (uint32_t)at;
        }
    }
    return NO_ITERATION;
}

static uint32_t previous_like(const struct stops *stops, size_t from, uint32_t like)
{
    for (size_t at = from; at-- > 0;) {
        if (has_stops(stops, (uint32_t)at) &&
            (like == NO_ITERATION || same_line(stops, like, (uint32_t)at))) {
            return (uint32_t)at;
        }
    }
    return NO_ITERATION;
}

/* Among loops within one another it is the training that counts. */
static uint32_t walked_at(const struct stops *stops, uint32_t moment)
{
    const uint32_t training = stops_training_at(stops, moment);

    return training != NO_ITERATION ? training : stops_iteration_at(stops, moment);
}

static uint32_t walk_on(const struct stops *stops, uint32_t moment)
{
    const uint32_t now = walked_at(stops, moment);

    if (now == NO_ITERATION) {
        const uint32_t next = next_like(stops, begun_before(stops, moment), NO_ITERATION);
        /* The outer loop begins first, the training in it is meant. */
        return next == NO_ITERATION
                   ? NEVER
                   : end_of(stops,
                            walked_at(stops,
                                      stops->stops[stops->loops.iterations[next].first].moment));
    }
    if (has_stops(stops, now) && moment < end_of(stops, now)) {
        return end_of(stops, now);
    }
    const uint32_t next = next_like(stops, (size_t)now + 1, now);
    return next == NO_ITERATION ? NEVER : end_of(stops, next);
}

static uint32_t walk_back(const struct stops *stops, uint32_t moment)
{
    const uint32_t now = walked_at(stops, moment);
    const size_t begun = begun_before(stops, moment);
    const uint32_t before = now == NO_ITERATION ? previous_like(stops, begun, NO_ITERATION)
                                                : previous_like(stops, now, now);

    if (before != NO_ITERATION) {
        return end_of(stops, before);
    }
    /* Before the first iteration: where its loop begins. */
    const size_t first = now == NO_ITERATION ? 0 : stops->loops.iterations[now].first;
    return first > 0 ? stops->stops[first - 1].moment : NEVER;
}

uint32_t stops_walk_iterations(const struct stops *stops, uint32_t moment, int64_t by)
{
    uint32_t found = NEVER;

    for (int64_t i = 0; i < (by < 0 ? -by : by); i++) {
        const uint32_t next = by > 0 ? walk_on(stops, found == NEVER ? moment : found)
                                     : walk_back(stops, found == NEVER ? moment : found);
        if (next == NEVER) {
            break;
        }
        found = next;
    }
    return found;
}

uint32_t stops_loop_end(const struct stops *stops, uint32_t moment)
{
    uint32_t now = stops_iteration_at(stops, moment);

    if (now == NO_ITERATION) {
        now = next_like(stops, begun_before(stops, moment), NO_ITERATION);
    }
    if (now == NO_ITERATION) {
        return NEVER;
    }
    while (loop_of(stops, now)->parent != NO_ITERATION) {
        now = loop_of(stops, now)->parent;
    }
    const uint32_t loop = stops->loops.iterations[now].loop;
    uint32_t end = NEVER;
    for (size_t at = now; at < stops->loops.iteration_count; at++) {
        const uint32_t its = stops->loops.iterations[at].loop;
        if (its == loop && has_stops(stops, (uint32_t)at)) {
            end = end_of(stops, (uint32_t)at);
        } else if (stops->loops.loops[its].parent == NO_ITERATION && its != loop) {
            break;
        }
    }
    return end == moment ? NEVER : end;
}
