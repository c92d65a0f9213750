/* What a device did for an operation, on a line; and why there is none. */

#include <ctype.h>
#include <string.h>

#include "render/device/device.h"
#include "render/lesson/sentence_parts.h"

static const char *kernel_text(const struct speaker *speaker, const struct record_kernel *kernel)
{
    const char *const queued = device_time(speaker->arena, kernel->queued);

    return kernel->run > 0 ? SAY(speaker, "{0}: queued in {1}, ran {2}", kernel->device, queued,
                                 device_time(speaker->arena, kernel->run))
                           : SAY(speaker, "{0}: queued in {1}", kernel->device, queued);
}

const char *device_work_text(const struct view *view, const struct trace_op *op)
{
    const struct speaker speaker = { view->runs, view->words, view->state->language, view->arena };
    const struct record_kernel *const kernel = device_kernel_of(&view->runs[0], op->id);
    const struct record_fallback *const fallback = device_fallback_of(&view->runs[0], op->id);
    const struct record_copy *const copy =
        op->record->out.count > 0 ? device_copy_to(&view->runs[0], op->record->out.ids[0]) : NULL;

    if (copy) {
        return arena_format(view->arena, "%s → %s: %s", copy->source, copy->target,
                            device_copy_text(view->arena, copy));
    }
    if (fallback) {
        return SAY(&speaker, "{0} in place of {1}: {2} there and back", "cpu", fallback->device,
                   device_bytes(view->arena, fallback->bytes));
    }
    return kernel ? kernel_text(&speaker, kernel) : "";
}

/* What runner and plug-in say in English; anything else is shown as it came. */
static const char *const reasons[] = {
    WORD("this machine has no NVIDIA GPU, or its driver is not loaded"),
    WORD("no NVIDIA driver is installed"),
    WORD("this lesson was not allowed to use the GPU: it takes a weaker box, which you can allow "
         "in the window, or on the command line with --gpu"),
    WORD("the GPU is left alone: without Landlock, which this kernel lacks, a lesson that uses it "
         "could write files"),
    WORD("the device leaves this operation to the CPU"),
    WORD("one run of it takes too long on this machine to be repeated"),
    WORD("only matrix products and operations element by element can be timed"),
};

const char *device_reason(const struct view *view, const char *why)
{
    const size_t count = sizeof(reasons) / sizeof(reasons[0]);
    size_t known = 0;

    while (known < count && strcmp(reasons[known], why) != 0) {
        known++;
    }
    const char *const said = known < count ? view_word(view, reasons[known]) : why;
    const size_t length = strlen(said);
    const bool ends = length > 0 && said[length - 1] == '.';
    char *const sentence = arena_copy_text(view->arena, said, length);
    sentence[0] = (char)toupper((unsigned char)sentence[0]);
    return ends ? sentence : arena_format(view->arena, "%s.", sentence);
}
