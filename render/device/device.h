#pragma once
/* What a trace says of devices, for the views that show them: which there are, what their memory holds,
 * what was copied between them and how long they worked. */

#include "render/view.h"

/* Whether the lesson has anything to do with devices: it asked about CUDA, or says (a code cell's tag
 * "devices") that they are to be seen. */
bool device_asked_about(const struct run_view *run);
bool devices_tagged(const struct run_view *run); /* the latter */
/* Whether they are called for at the moment: in such a cell, or since the lesson asked about them until
 * something is computed. */
bool devices_called_for(const struct run_view *run);

/* Devices beside the CPU, and what their memory held at the moment (NULL: nothing is known). Returns
 * how many. */
enum { DEVICES_MOST = 8 };
struct device_now {
    const struct record_device *device;
    const struct record_memory *memory;
};
size_t devices_at(const struct run_view *run, struct device_now out[DEVICES_MOST]);

/* What the runner gives as a reason, as a sentence of the interface. */
const char *device_reason(const struct view *view, const char *why);
/* Whether the run has found that there is none. */
bool device_is_absent(const struct run_view *run);
/* Why there is no other device than the CPU, as a sentence of the interface. */
const char *device_absence(const struct view *view);

/* The device that the tensor is on at the moment: a model's parameters move. */
const char *device_at(const struct run_view *run, const struct trace_tensor *tensor);
/* The device of the operands, where the operation's result is on another one; else NULL. */
const char *device_came_from(const struct run_view *run, int64_t op);

/* The copy that brought the tensor to its device, NULL: none did. */
const struct record_copy *device_copy_to(const struct run_view *run, int64_t tensor);
/* Whether its elements came from another device as it was made. */
bool device_crossed(const struct run_view *run, const struct trace_tensor *tensor);
/* What the device, or the CPU in its place, did for the operation; NULL: nothing. */
const struct record_kernel *device_kernel_of(const struct run_view *run, int64_t op);
const struct record_fallback *device_fallback_of(const struct run_view *run, int64_t op);

/* "3.8 MiB"; "0.42 ms", "5.2 µs"; "9.1 GB/s", "" where the time is not known. */
const char *device_bytes(struct arena *arena, double bytes);
const char *device_time(struct arena *arena, double ms);
const char *device_rate(struct arena *arena, double bytes, double ms);
/* "3.8 MiB · 0.42 ms · 9.1 GB/s", as much as is known. */
const char *device_copy_text(struct arena *arena, const struct record_copy *copy);

/* "cuda:0: queued in 6.3 µs, ran 3.1 µs", or how its elements came there; "" for an operation of the
 * CPU. */
const char *device_work_text(const struct view *view, const struct trace_op *op);

/* "cpu" is the CPU's name in code and on cards. */
bool device_is_cpu(const char *device);

/* Text on as many lines as it needs from the area's top; returns the height that it took. */
float device_write(const struct view *view, struct rect area, const char *text, float size,
                   enum ink ink, struct scene *scene);

/* A device's name as a tag around its middle line, told apart by more than colour: of the CPU a plain
 * frame, of another device a filled one with the legs of a chip. Returns its width; `scene` NULL draws
 * nothing. */
float device_tag_width(const struct view *view, const char *device, float size);
void device_tag(const struct view *view, const char *device, struct rect box, float size,
                struct scene *scene);

/* Parts of the stage. The cards return the height that they took. */
float device_cards(const struct view *view, struct rect area, struct scene *scene);
/* What host, link and device did in the current line; 0 where that is nothing. */
float device_lanes(const struct view *view, struct rect area, struct scene *scene);
