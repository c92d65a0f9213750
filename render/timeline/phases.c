#include "render/timeline/phases.h"

#include <string.h>

const char *phase_word(const struct words *words, enum language language, enum stop_phase phase)
{
    static const char *const names[PHASE_COUNT] = {
        [PHASE_OTHER] = "",
        [PHASE_FORWARD] = WORD("forward"),
        [PHASE_LOSS] = WORD("loss"),
        [PHASE_ZERO_GRAD] = WORD("zero_grad"),
        [PHASE_BACKWARD] = WORD("backward"),
        [PHASE_STEP] = WORD("step"),
    };

    return words_in(words, language, names[phase]);
}

enum ink phase_ink(enum stop_phase phase)
{
    static const enum ink inks[PHASE_COUNT] = {
        [PHASE_OTHER] = INK_TEXT_SECOND, [PHASE_FORWARD] = INK_FORWARD,
        [PHASE_LOSS] = INK_FORWARD,      [PHASE_ZERO_GRAD] = INK_DONE,
        [PHASE_BACKWARD] = INK_BACKWARD, [PHASE_STEP] = INK_DONE,
    };

    return inks[phase];
}

/* "20/200", behind those of the training loops around: "2/4 › 20/200". */
static const char *iteration_number(const struct run_view *run, uint32_t iteration,
                                    struct arena *arena)
{
    const struct stop_iteration *const now = stops_iteration(run->stops, iteration);
    const struct stop_loop *const loop = stops_loop(run->stops, now->loop);
    const char *const own = loop->ended
                                ? arena_format(arena, "%u/%u", now->number, loop->iterations)
                                : arena_format(arena, "%u", now->number);

    return loop->parent == NO_ITERATION
               ? own
               : arena_format(arena, "%s › %s", iteration_number(run, loop->parent, arena), own);
}

const char *iteration_words(const struct run_view *run, uint32_t iteration,
                            const struct words *words, enum language language, struct arena *arena)
{
    const char *const pattern = words_in(words, language, "Iteration {0}");
    const char *const blank = strstr(pattern, "{0}");
    const char *const number = iteration_number(run, iteration, arena);

    return blank ? arena_format(arena, "%.*s%s%s", (int)(blank - pattern), pattern, number,
                                blank + strlen("{0}"))
                 : arena_format(arena, "%s %s", pattern, number);
}

/* How many operation stops the step that ends there takes in; one for a step that ends elsewhere. */
static size_t stops_taken(const struct run_view *run, size_t last)
{
    const size_t index = stops_index_at(run->stops, run->granularity, run->moment);

    if (index == SIZE_MAX || stops_at(run->stops, run->granularity, index)->moment != run->moment) {
        return 1;
    }
    const size_t before =
        index > 0 ? stops_index_at(run->stops, STOP_OPERATION,
                                   stops_at(run->stops, run->granularity, index - 1)->moment)
                  : 0;
    return last - before;
}

/* Whether all stops of the step belong to one phase, and to that iteration. */
static bool is_one_phase(const struct run_view *run, size_t last, size_t taken, uint32_t iteration)
{
    const enum stop_phase phase = stops_at(run->stops, STOP_OPERATION, last)->phase;
    const size_t begin = stops_iteration(run->stops, iteration)->first;

    if (phase == PHASE_OTHER || last + 1 - taken < begin) {
        return false;
    }
    for (size_t i = last + 1 - taken; i < last; i++) {
        const enum stop_phase its = stops_at(run->stops, STOP_OPERATION, i)->phase;
        if (its != phase && its != PHASE_OTHER) {
            return false;
        }
    }
    return true;
}

const char *step_place(const struct run_view *run, const struct words *words,
                       enum language language, struct arena *arena)
{
    const bool larger = run->granularity == STOP_AUTO || run->granularity == STOP_PHASE;
    const uint32_t iteration = larger ? stops_training_at(run->stops, run->moment) : NO_ITERATION;
    const size_t last = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    if (iteration == NO_ITERATION || last == SIZE_MAX) {
        return NULL;
    }
    const size_t taken = stops_taken(run, last);
    const struct stop_iteration *const now = stops_iteration(run->stops, iteration);
    if (run->granularity == STOP_AUTO && now->number == 1 && taken == 1) {
        return NULL;
    }
    const char *const text = iteration_words(run, iteration, words, language, arena);
    return is_one_phase(run, last, taken, iteration)
               ? arena_format(
                     arena, "%s · %s", text,
                     phase_word(words, language, stops_at(run->stops, STOP_OPERATION, last)->phase))
               : text;
}
