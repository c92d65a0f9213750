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

/* What runner, engine and plug-in say in English, or how it begins; anything else is shown as it came. */
static const struct {
    const char *begins, *said;
} reasons[] = {
    { "this machine has no NVIDIA GPU",
      WORD("this machine has no NVIDIA GPU, or its driver is not loaded") },
    { "no NVIDIA driver is installed", WORD("no NVIDIA driver is installed") },
    { "the NVIDIA driver (", WORD("the NVIDIA driver is too old for this program") },
    { "Gradlight was built without its GPU plug-in",
      WORD("Gradlight was built without its GPU plug-in") },
    { "this lesson was not allowed to use the GPU",
      WORD("this lesson was not allowed to use the GPU: it takes a weaker box, which you can allow "
           "in the window, or on the command line with --gpu") },
    { "the GPU is left alone: without Landlock",
      WORD("the GPU is left alone: without Landlock, which this kernel lacks, a lesson that uses "
           "it could write files") },
    { "the device leaves this", WORD("the device leaves this operation to the CPU") },
    { "one run of it takes too long",
      WORD("one run of it takes too long on this machine to be repeated") },
    { "only matrix products",
      WORD("only matrix products and operations element by element can be timed") },
};

static const char *reason_said(const struct view *view, const char *why)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (strncmp(why, reasons[i].begins, strlen(reasons[i].begins)) == 0) {
            return view_word(view, reasons[i].said);
        }
    }
    return why;
}

const char *device_reason(const struct view *view, const char *why)
{
    const char *const said = reason_said(view, why);
    const size_t length = strlen(said);
    const bool ends = length > 0 && said[length - 1] == '.';
    char *const sentence = arena_copy_text(view->arena, said, length);
    sentence[0] = (char)toupper((unsigned char)sentence[0]);
    return ends ? sentence : arena_format(view->arena, "%s.", sentence);
}
