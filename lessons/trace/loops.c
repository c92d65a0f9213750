#include "lessons/trace/loops.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

void loops_finish(struct loops *loops)
{
    for (size_t i = 0; i < loops->cell_count; i++) {
        loop_text_finish(&loops->cells[i]);
    }
    free(loops->cells);
    free(loops->loops);
    free(loops->iterations);
}

/* ---- lines ------------------------------------------------------------------------------ */

static const struct loop_text *text_of(struct loops *loops, int64_t in_number)
{
    const struct trace_cell *const cell = trace_code_cell(loops->trace, in_number);

    if (!cell) {
        return NULL;
    }
    const size_t needed = (size_t)in_number;
    loops->cells =
        array_reserve(loops->cells, &loops->cell_capacity, needed, sizeof(*loops->cells));
    while (loops->cell_count < needed) {
        loops->cells[loops->cell_count++] = (struct loop_text){ 0 };
    }
    struct loop_text *const text = &loops->cells[in_number - 1];
    if (!text->lines) {
        loop_text_read(text, &cell->text);
    }
    return text;
}

const struct loop_line *loops_line(struct loops *loops, int64_t frame, int64_t line)
{
    const struct trace_frame *const at = trace_frame(loops->trace, frame);
    const struct loop_text *const text = at ? text_of(loops, at->cell) : NULL;

    return text ? loop_text_line(text, line) : NULL;
}

/* ---- the active loops ------------------------------------------------------------------- */

struct active_loop *loops_top(struct loops *loops)
{
    return loops->depth > 0 ? &loops->active[loops->depth - 1] : NULL;
}

uint32_t loops_iteration(const struct loops *loops)
{
    return loops->depth > 0 ? loops->active[loops->depth - 1].iteration : NO_ITERATION;
}

enum loop_detail loops_detail(const struct loops *loops)
{
    return loops->depth > 0 ? loops->active[loops->depth - 1].detail : DETAIL_ALL;
}

/* A later frame is a function that was called from within; where an earlier one goes on, it is over. */
bool loops_leaves(const struct loops *loops, int64_t frame, int64_t line)
{
    if (loops->depth == 0) {
        return false;
    }
    const struct active_loop *const top = &loops->active[loops->depth - 1];
    return top->frame > frame ||
           (top->frame == frame && (line < top->header || line > top->body_last));
}

bool loops_turns(struct loops *loops, int64_t frame, int64_t line)
{
    const struct active_loop *const top = loops_top(loops);

    if (top && top->frame == frame && top->header == line) {
        return top->entered || top->one_line;
    }
    const struct loop_line *const text = loops_line(loops, frame, line);
    return text && text->header_last > 0 && loops->depth < LOOPS_DEEP;
}

static void end_iteration(struct loops *loops, uint32_t record, size_t stops)
{
    struct stop_iteration *const now = &loops->iterations[loops_top(loops)->iteration];

    now->end = record;
    now->last = stops;
}

void loops_leave(struct loops *loops, uint32_t record, size_t stops)
{
    const struct active_loop *const top = loops_top(loops);
    struct stop_loop *const loop = &loops->loops[top->loop];

    end_iteration(loops, record, stops);
    loop->ended = true;
    /* What was only looked for stays in the table, as stops name it, but counts for nothing. */
    if (!top->entered || top->one_line) {
        loop->iterations--;
    }
    loops->depth--;
}

/* Once in full, once by phases, then only what is printed; never finer than what is around. What has been
 * seen is not shown in full again: a loop that ran before, in a function that was called before, and a
 * training after another, which is gone through by phases once more where it has lines of its own. */
static enum loop_detail detail_of(const struct loops *loops, uint32_t number)
{
    const struct active_loop *const top = &loops->active[loops->depth - 1];
    const uint32_t full = top->again || top->varies ? 0 : 1, phases = top->varies ? 2 : 1;
    const enum loop_detail own = number <= full            ? DETAIL_ALL
                                 : number <= full + phases ? DETAIL_PHASES
                                                           : DETAIL_PRINTS;
    const enum loop_detail around =
        loops->depth > 1 ? loops->active[loops->depth - 2].detail : DETAIL_ALL;

    return own > around ? own : around;
}

static void begin_iteration(struct loops *loops, uint32_t record, size_t stops)
{
    struct active_loop *const top = loops_top(loops);
    struct stop_loop *const loop = &loops->loops[top->loop];

    loops->iterations = array_reserve(loops->iterations, &loops->iteration_capacity,
                                      loops->iteration_count + 1, sizeof(*loops->iterations));
    top->iteration = (uint32_t)loops->iteration_count;
    top->entered = false;
    top->detail = detail_of(loops, ++loop->iterations);
    loops->iterations[loops->iteration_count++] = (struct stop_iteration){
        .loop = top->loop,
        .number = loop->iterations,
        .begin = record,
        .end = NEVER,
        .first = stops,
        .last = SIZE_MAX,
    };
}

static bool ran_before(const struct loops *loops, int64_t cell, int64_t line)
{
    for (size_t i = loops->loop_count; i-- > 0;) {
        if (loops->loops[i].cell == cell && loops->loops[i].line == line) {
            return true;
        }
    }
    return false;
}

/* ---- trainings ------------------------------------------------------------------------------ */

/* A line of a body: without indent and what stands behind it; length 0 for none that does anything. */
struct body_line {
    const char *text;
    size_t length;
};

static struct body_line body_line(const struct trace_cell *cell, int64_t line)
{
    const char *at = cell->text.bytes + cell->lines[line - 1];
    const char *const end = line < (int64_t)cell->line_count
                                ? cell->text.bytes + cell->lines[line] - 1
                                : cell->text.bytes + cell->text.length;

    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return (struct body_line){ at, at < end && *at == '#' ? 0 : (size_t)(end - at) };
}

static bool has_line(struct loops *loops, const struct stop_loop *loop,
                     const struct body_line *wanted)
{
    const struct trace_cell *const cell = trace_code_cell(loops->trace, loop->cell);
    const struct loop_text *const text = cell ? text_of(loops, loop->cell) : NULL;
    const struct loop_line *const header = text ? loop_text_line(text, loop->line) : NULL;

    for (int64_t i = header ? header->header_last + 1 : 1; header && i <= header->body_last; i++) {
        const struct body_line line = body_line(cell, i);
        if (line.length == wanted->length && memcmp(line.text, wanted->text, line.length) == 0) {
            return true;
        }
    }
    return false;
}

static bool trained(const struct stop_loop *loop)
{
    return loop->phases & 1u << PHASE_BACKWARD;
}

static bool trained_before(const struct loops *loops)
{
    for (size_t i = loops->loop_count; i-- > 0;) {
        if (trained(&loops->loops[i])) {
            return true;
        }
    }
    return false;
}

/* Whether each line of the loop's body stands in one that has trained. */
static bool trains_as_before(struct loops *loops, int64_t in_number, const struct loop_line *header)
{
    const struct trace_cell *const cell = trace_code_cell(loops->trace, in_number);

    for (int64_t line = header->header_last + 1; cell && line <= header->body_last; line++) {
        const struct body_line wanted = body_line(cell, line);
        bool found = wanted.length == 0;
        for (size_t i = loops->loop_count; !found && i-- > 0;) {
            found = trained(&loops->loops[i]) && has_line(loops, &loops->loops[i], &wanted);
        }
        if (!found) {
            return false;
        }
    }
    return cell != NULL;
}

static void begin_loop(struct loops *loops, int64_t frame, int64_t line)
{
    const struct loop_line *const text = loops_line(loops, frame, line);
    const uint32_t parent = loops_iteration(loops);
    const int64_t cell = trace_frame(loops->trace, frame)->cell;
    /* In a coarser turn of a loop around it, it is coarser anyway. */
    const bool fine = loops_detail(loops) == DETAIL_ALL;
    const bool ran = fine && ran_before(loops, cell, line);
    const bool trains = fine && !ran && text->trains && trained_before(loops);
    const bool known = trains && trains_as_before(loops, cell, text);

    loops->loops = array_reserve(loops->loops, &loops->loop_capacity, loops->loop_count + 1,
                                 sizeof(*loops->loops));
    loops->active[loops->depth++] = (struct active_loop){
        .loop = (uint32_t)loops->loop_count,
        .frame = frame,
        .header = line,
        .header_last = text->header_last,
        .body_last = text->body_last,
        .one_line = text->header_last == text->body_last,
        .again = ran || known,
        .varies = trains && !known,
    };
    loops->loops[loops->loop_count++] = (struct stop_loop){
        .cell = cell, .line = line, .parent = parent, .first = (uint32_t)loops->iteration_count
    };
}

void loops_turn(struct loops *loops, int64_t frame, int64_t line, uint32_t record, size_t stops)
{
    const struct active_loop *const top = loops_top(loops);

    if (top && top->frame == frame && top->header == line) {
        end_iteration(loops, record, stops);
    } else {
        begin_loop(loops, frame, line);
    }
    begin_iteration(loops, record, stops);
}

void loops_stay(struct loops *loops, int64_t frame, int64_t line)
{
    struct active_loop *const top = loops_top(loops);

    if (top && top->frame == frame && line > top->header_last) {
        top->entered = true;
    }
}

bool loops_at_header(const struct loops *loops)
{
    const struct active_loop *const top =
        loops->depth > 0 ? &loops->active[loops->depth - 1] : NULL;

    return top && !top->entered && !top->one_line;
}

void loops_add_phase(struct loops *loops, enum stop_phase phase)
{
    for (int i = 0; i < loops->depth; i++) {
        loops->loops[loops->active[i].loop].phases |= 1u << phase;
    }
}
