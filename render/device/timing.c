#include "render/device/timing.h"

#include <math.h>
#include <string.h>

#include "render/answer.h"

/* Numbers above 0, as many as there are before the first that is none. */
static size_t read_numbers(const struct record_probe *probe, const char *name,
                           double out[TIMING_MOST])
{
    const struct argument *const list = answer_member(probe, name, ARGUMENT_LIST);
    size_t count = 0;

    while (list && count < list->item_count && count < TIMING_MOST) {
        const double number = answer_item(list, count);
        if (!isfinite(number) || number <= 0) {
            break;
        }
        out[count++] = number;
    }
    return count;
}

static bool ascend(const double *numbers, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (numbers[i] <= numbers[i - 1]) {
            return false;
        }
    }
    return true;
}

static bool read_timing(const struct record_probe *probe, struct timing *out)
{
    static const char *const names[TIMING_KINDS] = { "cpu", "gpu", "copied" };

    *out = (struct timing){
        .op = answer_string(probe, "op"),
        .side = strcmp(answer_string(probe, "unit"), "side") == 0,
        .device = answer_string(probe, "device"),
        .refused = answer_string(probe, "refused"),
    };
    out->count = read_numbers(probe, "sizes", out->sizes);
    for (int kind = 0; kind < TIMING_KINDS; kind++) {
        const size_t count = read_numbers(probe, names[kind], out->ms[kind]);
        out->counts[kind] = count < out->count ? count : out->count;
    }
    return out->refused[0] || (out->counts[TIMING_OF_CPU] > 1 && ascend(out->sizes, out->count));
}

bool timing_find(const struct run_view *run, struct timing *out)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_PROBE, &count);

    for (size_t i = count; i-- > 0;) {
        const struct record_probe *const probe = &trace_record(run->trace, records[i])->probe;
        if (strcmp(probe->what, "timing") == 0) {
            return read_timing(probe, out);
        }
    }
    return false;
}

size_t timing_crossover(const struct timing *timing, enum timing_kind kind)
{
    const size_t cpu = timing->counts[TIMING_OF_CPU], other = timing->counts[kind];
    size_t at = cpu < other ? cpu : other;
    size_t found = SIZE_MAX;

    while (at > 0 && timing->ms[kind][at - 1] < timing->ms[TIMING_OF_CPU][at - 1]) {
        found = --at;
    }
    return found;
}
