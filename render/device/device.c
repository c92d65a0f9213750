#include "render/device/device.h"

#include <math.h>
#include <string.h>

static const char tag[] = "devices";

/* ---- records ------------------------------------------------------------------------------- */

/* Of the records of a kind, the first that is not before `from`. */
static size_t first_from(const uint32_t *records, size_t count, uint32_t from)
{
    size_t low = 0;

    while (low < count) {
        const size_t middle = low + (count - low) / 2;
        if (records[middle] < from) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

/* The last record of the kind before the moment; NEVER: there is none. */
static uint32_t latest(const struct run_view *run, enum record_kind kind)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, kind, &count);
    const size_t behind = first_from(records, count, run->moment);

    return behind > 0 ? records[behind - 1] : NEVER;
}

bool devices_tagged(const struct run_view *run)
{
    for (size_t i = 0; i < trace_cell_count(run->trace); i++) {
        if (trace_cell_tagged(trace_cell(run->trace, i), tag)) {
            return true;
        }
    }
    return false;
}

bool device_asked_about(const struct run_view *run)
{
    size_t count;

    trace_records_of(run->trace, RECORD_DEVICE, &count);
    return count > 0 || devices_tagged(run);
}

bool devices_called_for(const struct run_view *run)
{
    const uint32_t asked = latest(run, RECORD_DEVICE), computed = latest(run, RECORD_OP);
    struct trace_position position;

    if (!trace_position_at(run->trace, run->moment, &position)) {
        return false;
    }
    const struct trace_cell *const cell = trace_code_cell(run->trace, position.cell);
    return (cell && trace_cell_tagged(cell, tag)) ||
           (asked != NEVER && (computed == NEVER || computed < asked));
}

static const struct record_memory *memory_at(const struct run_view *run, const char *device)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_MEMORY, &count);

    for (size_t i = first_from(records, count, run->moment); i-- > 0;) {
        const struct record_memory *const memory = &trace_record(run->trace, records[i])->memory;
        if (strcmp(memory->device, device) == 0) {
            return memory;
        }
    }
    return NULL;
}

size_t devices_at(const struct run_view *run, struct device_now out[DEVICES_MOST])
{
    size_t count, found = 0;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_DEVICE, &count);

    for (size_t i = 0; i < count && found < DEVICES_MOST; i++) {
        const struct record_device *const device = &trace_record(run->trace, records[i])->device;
        if (!device->why[0]) {
            out[found++] = (struct device_now){ device, memory_at(run, device->device) };
        }
    }
    return found;
}

const char *device_at(const struct run_view *run, const struct trace_tensor *tensor)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_COPY, &count);

    for (size_t i = tensor->parameter ? first_from(records, count, run->moment) : 0; i-- > 0;) {
        const struct record_copy *const copy = &trace_record(run->trace, records[i])->copy;
        if (copy->tensor == tensor->id) {
            return copy->target;
        }
    }
    return tensor->device;
}

const char *device_came_from(const struct run_view *run, int64_t op)
{
    const struct trace_op *const made = trace_op(run->trace, op);
    const struct trace_tensor *const out = made && made->record->out.count > 0
                                               ? trace_tensor(run->trace, made->record->out.ids[0])
                                               : NULL;

    const char *other = NULL;

    for (size_t i = 0; out && i < made->record->in_count; i++) {
        const struct argument *const in = &made->record->in[i];
        const struct trace_tensor *const from =
            in->kind == ARGUMENT_TENSOR ? trace_tensor(run->trace, in->id) : NULL;
        if (from && strcmp(from->device, out->device) == 0) {
            return NULL; /* a single number of the CPU may join any device */
        }
        other = from ? from->device : other;
    }
    return other;
}

const struct record_copy *device_copy_to(const struct run_view *run, int64_t tensor)
{
    const struct trace_tensor *const made = trace_tensor(run->trace, tensor);
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_COPY, &count);

    for (size_t i = made ? first_from(records, count, made->born) : count; i < count; i++) {
        const struct record_copy *const copy = &trace_record(run->trace, records[i])->copy;
        if (copy->tensor == tensor) {
            return copy;
        }
    }
    return NULL;
}

bool device_crossed(const struct run_view *run, const struct trace_tensor *tensor)
{
    return tensor->op > 0 && (device_came_from(run, tensor->op) ||
                              (!device_is_cpu(tensor->device) && device_copy_to(run, tensor->id)));
}

const struct record_kernel *device_kernel_of(const struct run_view *run, int64_t op)
{
    const struct trace_op *const done = trace_op(run->trace, op);
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_KERNEL, &count);

    for (size_t i = done ? first_from(records, count, done->born) : count; i < count; i++) {
        const struct record_kernel *const kernel = &trace_record(run->trace, records[i])->kernel;
        if (kernel->task.op == op) {
            return kernel;
        }
    }
    return NULL;
}

const struct record_fallback *device_fallback_of(const struct run_view *run, int64_t op)
{
    const struct trace_op *const done = trace_op(run->trace, op);
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_FALLBACK, &count);

    for (size_t i = done ? first_from(records, count, done->born) : count; i < count; i++) {
        const struct record_fallback *const fallback =
            &trace_record(run->trace, records[i])->fallback;
        if (fallback->task.op == op) {
            return fallback;
        }
    }
    return NULL;
}

/* ---- words --------------------------------------------------------------------------------- */

bool device_is_cpu(const char *device)
{
    return strcmp(device, "cpu") == 0 || !device[0];
}

/* "": nobody has said so. */
static const char *reason_of(const struct run_view *run)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_DEVICE, &count);
    const char *why = "";

    for (size_t i = 0; i < count && !why[0]; i++) {
        why = trace_record(run->trace, records[i])->device.why;
    }
    return why;
}

bool device_is_absent(const struct run_view *run)
{
    return reason_of(run)[0] != '\0';
}

const char *device_absence(const struct view *view)
{
    return device_is_absent(&view->runs[0]) ? device_reason(view, reason_of(&view->runs[0]))
                                            : view_word(view, "This run has used the CPU alone.");
}

/* Three digits: "3.81", "42.3", "512". */
static const char *three_digits(struct arena *arena, double value)
{
    const double places = value < 9.995 ? 100 : value < 99.95 ? 10 : 1;
    struct text text = { 0 };

    text_append_number(&text, round(value * places) / places);
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

const char *device_bytes(struct arena *arena, double bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    size_t unit = 0;

    while (bytes >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        bytes /= 1024;
        unit++;
    }
    return arena_format(arena, "%s %s", three_digits(arena, bytes), units[unit]);
}

const char *device_time(struct arena *arena, double ms)
{
    if (ms >= 1000) {
        return arena_format(arena, "%s s", three_digits(arena, ms / 1000));
    }
    return ms < 0.1 ? arena_format(arena, "%s µs", three_digits(arena, ms * 1000))
                    : arena_format(arena, "%s ms", three_digits(arena, ms));
}

const char *device_rate(struct arena *arena, double bytes, double ms)
{
    const double rate = ms > 0 ? bytes / ms / 1e6 : 0;

    if (!(rate > 0)) {
        return "";
    }
    return rate < 0.1 ? arena_format(arena, "%s MB/s", three_digits(arena, rate * 1000))
                      : arena_format(arena, "%s GB/s", three_digits(arena, rate));
}

const char *device_copy_text(struct arena *arena, const struct record_copy *copy)
{
    const char *const bytes = device_bytes(arena, copy->bytes);

    return copy->ms > 0 ? arena_format(arena, "%s · %s · %s", bytes, device_time(arena, copy->ms),
                                       device_rate(arena, copy->bytes, copy->ms))
                        : bytes;
}

/* ---- drawn --------------------------------------------------------------------------------- */

float device_write(const struct view *view, struct rect area, const char *text, float size,
                   enum ink ink, struct scene *scene)
{
    const float line = size * 1.4f;
    float y = area.y + size;

    while (*text && y < area.y + area.h) {
        const size_t fit =
            fonts_break_prose(view->fonts, TYPE_UI, text, strlen(text), area.w / size);
        scene_text(scene, &(struct draw_text){ .at = { area.x, y },
                                               .bytes = text,
                                               .length = fit,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = ink,
                                               .max_width = area.w });
        text += fit;
        text += strspn(text, " ");
        y += line;
    }
    return y - size - area.y + size * 0.15f;
}

float device_tag_width(const struct view *view, const char *device, float size)
{
    return fonts_measure(view->fonts, TYPE_MONO_BOLD, device, strlen(device)) * size + size * 0.9f;
}

/* Legs at both sides, as those of a chip. */
static void draw_legs(struct rect box, float size, struct scene *scene)
{
    enum { LEGS = 3 };
    const float leg = size * 0.2f, thick = fmaxf(1, size * 0.1f);

    for (int i = 0; i < LEGS; i++) {
        const float y = box.y + box.h * ((float)i + 0.5f) / LEGS - thick / 2;
        scene_rect(scene, &(struct draw_rect){ .rect = { box.x - leg, y, leg, thick },
                                               .fill = INK_PARAMETER });
        scene_rect(scene, &(struct draw_rect){ .rect = { box.x + box.w, y, leg, thick },
                                               .fill = INK_PARAMETER });
    }
}

void device_tag(const struct view *view, const char *device, struct rect box, float size,
                struct scene *scene)
{
    const bool cpu = device_is_cpu(device);

    (void)view;
    if (!cpu) {
        draw_legs(box, size, scene);
    }
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = cpu ? box.h / 2 : 1.5f,
                                           .fill = cpu ? INK_CARD : INK_PARAMETER_SOFT,
                                           .stroke = cpu ? INK_PANEL_LINE : INK_PARAMETER,
                                           .width = cpu ? 1 : fmaxf(1.5f, size * 0.1f) });
    scene_text(scene,
               &(struct draw_text){ .at = { box.x + box.w / 2, box.y + box.h / 2 + size * 0.36f },
                                    .bytes = device,
                                    .role = cpu ? TYPE_MONO : TYPE_MONO_BOLD,
                                    .size = size,
                                    .ink = cpu ? INK_TEXT_SECOND : INK_TEXT,
                                    .align = ALIGN_CENTRE });
}
