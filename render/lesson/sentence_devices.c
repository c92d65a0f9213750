/* What is said of devices behind what a step did: that elements went from one to another, that the CPU
 * waited for them, that it did what the other cannot. */

#include "render/device/device.h"
#include "render/lesson/sentence_parts.h"

static const char *bytes_in_time(const struct speaker *speaker, const struct record_copy *copy)
{
    const char *const bytes = device_bytes(speaker->arena, copy->bytes);

    return copy->ms > 0 ? arena_format(speaker->arena, "%s, %s", bytes,
                                       device_time(speaker->arena, copy->ms))
                        : bytes;
}

static const char *say_op_devices(const struct speaker *speaker, const struct record_op *op)
{
    const struct record_fallback *const fallback = device_fallback_of(speaker->run, op->op);
    const struct record_copy *const copy =
        op->out.count > 0 ? device_copy_to(speaker->run, op->out.ids[0]) : NULL;

    if (copy) {
        return SAY(speaker, "Copied from {0} to {1}: {2}.", copy->source, copy->target,
                   bytes_in_time(speaker, copy));
    }
    return fallback ? SAY(speaker, "{0} cannot do that: the CPU did, and {1} went there and back.",
                          fallback->device, device_bytes(speaker->arena, fallback->bytes))
                    : "";
}

/* Numbers that Python was given: the first that the step waited for. */
static const char *say_waited(const struct speaker *speaker)
{
    const struct run_view *const run = speaker->run;

    for (uint32_t at = sentence_step_start(run); at < run->moment; at++) {
        const struct record *const record = trace_record(run->trace, at);
        if (record->kind == RECORD_COPY && record->copy.waits && record->copy.tensor == 0) {
            return SAY(speaker, "The CPU waited for {0}: {1}.", record->copy.source,
                       bytes_in_time(speaker, &record->copy));
        }
    }
    return "";
}

const char *say_devices(const struct speaker *speaker, const struct record *record,
                        const char *said)
{
    const char *const more =
        record->kind == RECORD_OP ? say_op_devices(speaker, &record->op) : say_waited(speaker);

    return more[0] ? sentence_join(speaker, said, more) : said;
}
