/* A trace of any bytes: read in pieces as a runner's arrive, looked at in every moment, and written
 * again. */

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "lessons/trace/film.h"
#include "lessons/trace/mask.h"
#include "lessons/trace/provenance.h"
#include "lessons/trace/state.h"
#include "lessons/trace/stops.h"

enum { PIECES = 3, LOOKS_MAX = 20000, CELLS_MOST = 8 };

struct run {
    struct trace *trace;
    struct stops *stops;
    struct episodes *episodes;
    struct film *film;
    struct arena arena;
    struct text text;
};

static void look_at_tensor(struct run *run, const struct trace_tensor *tensor, uint32_t moment)
{
    const struct trace_value *value = trace_value_at(tensor, moment);
    if (value && value->count > 0) {
        trace_element(value, 0);
        trace_element(value, value->count - 1);
    }
    const struct trace_tensor *grad = trace_grad_at(run->trace, tensor, moment);
    MUST(!grad || trace_tensor(run->trace, grad->id) == grad);
    trace_requires_grad_at(run->trace, tensor, moment);
    trace_exists(tensor->born, tensor->gone, moment);
    trace_name_at(run->trace, tensor, moment);
    const struct trace_backward *backward = trace_last_backward_at(run->trace, moment);
    if (backward) {
        trace_arrival_at(run->trace, tensor, backward, moment, &run->arena);
        trace_root_grad(backward, tensor->id);
    }
}

static void look_at_moment(struct run *run, uint32_t moment)
{
    struct trace_position position;
    struct trace_execution execution;
    if (trace_position_at(run->trace, moment, &position)) {
        trace_execution_at(run->trace, position.cell, position.line, moment, &execution);
    }
    trace_grad_mode_at(run->trace, moment);
    trace_grad_off_by(run->trace, moment);
    trace_error_at(run->trace, moment);
    trace_backward_at(run->trace, moment);
    stops_iteration_at(run->stops, moment);
    stops_training_at(run->stops, moment);
    stops_phase_at(run->stops, moment);
    stops_walk_iterations(run->stops, moment, 1);
    stops_walk_iterations(run->stops, moment, -1);
    stops_loop_end(run->stops, moment);
    const size_t episode = episodes_index_at(run->episodes, moment);
    MUST(episode == SIZE_MAX || episode < episodes_count(run->episodes));
    const struct moment_address address = address_of(run->trace, run->stops, moment);
    bool exact;
    MUST(address_find(run->trace, run->stops, &address, &exact) <= trace_record_count(run->trace));
    for (int64_t id = 1; id <= trace_tensor_count(run->trace); id++) {
        look_at_tensor(run, trace_tensor(run->trace, id), moment);
    }
    for (int64_t id = 1; id <= trace_node_count(run->trace); id++) {
        trace_freed_at(trace_node(run->trace, id), moment);
    }
    arena_clear(&run->arena);
}

static void look_at_cells(struct run *run, const struct trace_op *op)
{
    const struct provenance *links = provenance_of(run->trace, op, 0, &run->arena);
    if (!links) {
        return;
    }
    const int64_t elements[] = { 0, 1, 7, INT64_MAX, -1 };
    for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++) {
        const struct tensor_cells from =
            provenance_sources(links, elements[i], CELLS_MOST, &run->arena);
        MUST(from.count <= CELLS_MOST);
        provenance_uses(links, (int)i, elements[i], CELLS_MOST, &run->arena);
    }
    arena_clear(&run->arena);
}

static void look_at_all(struct run *run)
{
    const uint32_t records = trace_record_count(run->trace);
    const size_t looks = (size_t)records * (size_t)(trace_tensor_count(run->trace) + 1);
    const uint32_t step = (uint32_t)(looks / LOOKS_MAX) + 1;
    for (uint32_t moment = 0; moment <= records; moment += step) {
        look_at_moment(run, moment);
    }
    for (int64_t id = 1; id <= trace_op_count(run->trace); id++) {
        look_at_cells(run, trace_op(run->trace, id));
    }
    for (int64_t id = 1; id <= trace_tensor_count(run->trace); id++) {
        trace_tensor_label(run->trace, trace_tensor(run->trace, id), &run->arena);
    }
    trace_output_at(run->trace, records, &run->text);
    const struct trace_veil all = { "*", 1, 0, records };
    trace_mask(run->trace, &all, 1, NULL, 0);
    arena_clear(&run->arena);
}

/* What was read can be written, and means the same when it is read again. */
static void write_again(struct run *run)
{
    struct text first = { 0 }, second = { 0 };
    struct trace *const again = trace_create();
    for (uint32_t i = 0; i < trace_record_count(run->trace); i++) {
        record_write(&first, trace_record(run->trace, i));
    }
    if (first.length > 0 && trace_feed(again, first.bytes, first.length, NULL)) {
        MUST(trace_record_count(again) == trace_record_count(run->trace));
        for (uint32_t i = 0; i < trace_record_count(again); i++) {
            record_write(&second, trace_record(again, i));
        }
        MUST(first.length == second.length && memcmp(first.bytes, second.bytes, first.length) == 0);
    } else {
        /* Only a limit may stand in the way: its own lines are longer than a sloppy one. */
        MUST(first.length == 0 || first.length > TRACE_LINE_MAX);
    }
    trace_destroy(again);
    text_finish(&first);
    text_finish(&second);
}

static void feed(struct run *run, const char *bytes, size_t length)
{
    for (size_t i = 0; i < PIECES; i++) {
        const size_t from = length * i / PIECES, to = length * (i + 1) / PIECES;
        trace_feed(run->trace, bytes + from, to - from, NULL);
        stops_update(run->stops);
        episodes_update(run->episodes);
        film_update(run->film, true);
    }
    trace_finish_input(run->trace, NULL);
    stops_update(run->stops);
    episodes_update(run->episodes);
    stops_finish(run->stops);
    film_update(run->film, false);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct run run = { .trace = trace_create() };
    run.stops = stops_create(run.trace);
    run.episodes = episodes_create(run.trace);
    run.film = film_create(run.trace, run.episodes);
    feed(&run, (const char *)bytes, length);
    write_again(&run);
    look_at_all(&run);
    film_destroy(run.film);
    episodes_destroy(run.episodes);
    stops_destroy(run.stops);
    trace_destroy(run.trace);
    arena_finish(&run.arena);
    text_finish(&run.text);
    return 0;
}
