#include <string.h>

#include "render/plots/series.h"

enum { TRAININGS_MOST = 24 };

static const char *root_name(const struct run_view *run, const struct trace_backward *backward)
{
    const struct trace_tensor *const root = trace_tensor(run->trace, backward->record->root);

    return root ? trace_name_at(run->trace, root, NEVER) : "";
}

/* The leaf that the pass reaches first; 0: none. */
static int64_t first_leaf(const struct run_view *run, const struct trace_backward *backward)
{
    size_t count, low = 0;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_ACCUMULATE, &count);

    for (size_t high = count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (records[middle] < backward->born) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == count) {
        return 0;
    }
    const struct record_accumulate *const found =
        &trace_record(run->trace, records[low])->accumulate;
    return found->backward == backward->id ? found->tensor : 0;
}

/* The run of the loop that trains there. */
static uint32_t loop_of(const struct run_view *run, const struct trace_backward *backward)
{
    const uint32_t iteration = stops_training_at(run->stops, backward->born);

    return iteration == NO_ITERATION ? NO_ITERATION : stops_iteration(run->stops, iteration)->loop;
}

struct training training_of(const struct run_view *run, int64_t backward)
{
    const struct trace_backward *const pass = trace_backward(run->trace, backward);
    struct training training = { .name = root_name(run, pass),
                                 .leaf = first_leaf(run, pass),
                                 .loop = loop_of(run, pass) };
    const int64_t count = trace_backward_count(run->trace);
    bool shared = false;

    for (int64_t id = 1; id <= count && training.leaf > 0 && !shared; id++) {
        shared = id != backward && training_has(run, &training, id);
    }
    training.leaf = shared ? training.leaf : 0;
    return training;
}

bool training_has(const struct run_view *run, const struct training *training, int64_t backward)
{
    const struct trace_backward *const pass = trace_backward(run->trace, backward);

    if (training->leaf > 0 ? first_leaf(run, pass) != training->leaf
                           : loop_of(run, pass) != training->loop) {
        return false;
    }
    return strcmp(root_name(run, pass), training->name) == 0;
}

/* Whether one of the trainings has the pass. */
static bool any_has(const struct run_view *run, const struct training *all, size_t count,
                    int64_t backward)
{
    for (size_t i = 0; i < count; i++) {
        if (training_has(run, &all[i], backward)) {
            return true;
        }
    }
    return false;
}

/* The passes that begin the trainings of a name, until the one that `end` has begun in. */
static size_t first_passes(const struct run_view *run, const char *name, int64_t end,
                           int64_t out[TRAININGS_MOST])
{
    struct training all[TRAININGS_MOST];
    size_t count = 0;

    for (int64_t id = 1; id <= trace_backward_count(run->trace) && count < TRAININGS_MOST; id++) {
        const struct trace_backward *const pass = trace_backward(run->trace, id);
        if (strcmp(root_name(run, pass), name) != 0 || any_has(run, all, count, id)) {
            continue;
        }
        all[count] = training_of(run, id);
        out[count++] = id;
        if (end > 0 && training_has(run, &all[count - 1], end)) {
            break;
        }
    }
    return count;
}

int64_t training_like(const struct run_view *in, const struct run_view *run, int64_t backward)
{
    const char *const name = root_name(run, trace_backward(run->trace, backward));
    int64_t here[TRAININGS_MOST], there[TRAININGS_MOST];
    const size_t place = first_passes(run, name, backward, here);
    const size_t count = first_passes(in, name, 0, there);

    return place > 0 && place <= count ? there[place - 1] : 0;
}
