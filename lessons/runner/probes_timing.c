/* How long an operation takes on the CPU and on the device that the lesson has, if any. */

#include "engine/probe/timing.h"
#include "lessons/runner/probes_answer.h"

static void tell_numbers(struct answer *answer, const char *name, const double *numbers, int count)
{
    struct argument *const items =
        arena_allocate(&answer->arena, (size_t)count + 1, sizeof(*items));

    for (int i = 0; i < count; i++) {
        items[i] = (struct argument){ .kind = ARGUMENT_NUMBER, .number = numbers[i] };
    }
    answer_add(
        answer, name,
        (struct argument){ .kind = ARGUMENT_LIST, .items = items, .item_count = (size_t)count });
}

static void tell_device(struct answer *answer, struct backend *device)
{
    struct backend_info *const info = arena_allocate(&answer->arena, 1, sizeof(*info));

    device->impl->info(device, info);
    answer_text(answer, "device", info->name);
}

void answer_timing(struct answer *answer, const struct json *question)
{
    static const char *const names[TIMING_CURVES] = { "cpu", "gpu", "copied" };
    struct engine *const engine = answer->probes->engine;
    struct timing_question q = { .op = json_find_string(question, "op", "") };
    struct timing_answer got;

    answer_text(answer, "op", q.op);
    if (engine->backend_count > 1) {
        q.device = engine->backends[1];
        tell_device(answer, q.device);
    }
    if (!timing_measure(engine, &q, &got, &answer->err)) {
        answer_text(answer, "refused", answer->err.text);
        return;
    }
    int sizes = 0;
    for (int c = 0; c < TIMING_CURVES; c++) {
        sizes = got.counts[c] > sizes ? got.counts[c] : sizes;
    }
    answer_text(answer, "unit", got.unit == TIMING_SIDE ? "side" : "elements");
    tell_numbers(answer, "sizes", got.sizes, sizes);
    for (int c = 0; c < TIMING_CURVES; c++) {
        if (got.counts[c] > 0) {
            tell_numbers(answer, names[c], got.ms[c], got.counts[c]);
        }
    }
}
