/* What the current line gave the GPU to do, as three lanes: the host that queues it, the link that
 * elements are copied over, the device that computes. Lengths are measured. A device takes one thing
 * after the other: each begins as soon as it is queued and the one before it is done. */

#include <math.h>
#include <string.h>

#include "render/device/device.h"
#include "render/lesson/sentence_parts.h"

enum { WORKS_MOST = 64, LISTED_MOST = 5 };
enum lane { LANE_HOST, LANE_LINK, LANE_DEVICE, LANES };

static const char *const lane_names[LANES] = { WORD("CPU"), WORD("link"), WORD("GPU") };

/* One thing that was done: milliseconds from the line's first. */
struct work {
    const struct record_kernel *kernel; /* NULL: a copy */
    const struct record_copy *copy;
    const char *name;
    double queued_from, queued_to; /* on the host; waiting for a copy included */
    double from, to;               /* on the device, or on the link */
};

struct works {
    struct work items[WORKS_MOST];
    size_t count, left_out;
    double end;
};

/* ---- which ---------------------------------------------------------------------------------- */

/* The record of what the device worked for; NEVER where the trace lacks it. */
static uint32_t task_record(const struct trace *trace, const struct record_kernel *kernel,
                            uint32_t record)
{
    const struct trace_op *const op = trace_op(trace, kernel->task.op);
    const struct trace_node *const node = trace_node(trace, kernel->task.node);

    if (op) {
        return op->born;
    }
    for (size_t i = node ? node->visit_count : 0; i-- > 0;) {
        if (trace_record(trace, node->visits[i])->visit.backward == kernel->task.backward) {
            return node->visits[i];
        }
    }
    return record;
}

static const char *task_name(const struct view *view, const struct record_kernel *kernel)
{
    const struct trace *const trace = view->runs[0].trace;
    const struct trace_op *const op = trace_op(trace, kernel->task.op);
    const struct trace_node *const node = trace_node(trace, kernel->task.node);

    if (op) {
        return trace_op_symbol(trace, op);
    }
    return node ? node->record->name : "step";
}

static const char *copy_name(const struct view *view, const struct record_copy *copy)
{
    const struct run_view *const run = &view->runs[0];
    const int64_t tensor = copy->from > 0 ? copy->from : copy->tensor;
    const char *const label = tensor > 0 ? run_label(run, tensor, view->arena) : copy->by;

    return arena_format(view->arena, "%s → %s", label, copy->target);
}

/* ---- when ----------------------------------------------------------------------------------- */

struct clocks {
    double host, link, device;
};

static void place_kernel(struct work *work, struct clocks *clocks)
{
    work->queued_from = clocks->host;
    work->queued_to = clocks->host += work->kernel->queued;
    work->from = fmax(clocks->device, work->queued_to);
    work->to = clocks->device = work->from + work->kernel->run;
}

/* A copy stands in the device's queue. Where the lesson waits, the host does. */
static void place_copy(struct work *work, struct clocks *clocks)
{
    work->queued_from = work->queued_to = clocks->host;
    work->from = fmax(fmax(clocks->host, clocks->link), clocks->device);
    work->to = clocks->link = clocks->device = work->from + work->copy->ms;
    if (work->copy->waits) {
        work->queued_to = clocks->host = work->to;
    }
}

static void take(struct works *works, const struct work *work, struct clocks *clocks)
{
    if (works->count == WORKS_MOST) {
        works->left_out++;
        return;
    }
    struct work *const placed = &works->items[works->count++];
    *placed = *work;
    if (placed->kernel) {
        place_kernel(placed, clocks);
    } else {
        place_copy(placed, clocks);
    }
    works->end = fmax(works->end, fmax(placed->to, placed->queued_to));
}

/* Whether it has been copied at the moment: told with its tensor, if it made one. */
static bool copied_by(const struct run_view *run, const struct record_copy *copy, uint32_t record)
{
    const struct trace_tensor *const made = trace_tensor(run->trace, copy->tensor);

    return record < run->moment || (made && made->born < record && made->born < run->moment);
}

/* Of the line that is being executed, or was last, at the moment. Kernels may be told later than what
 * they were for. */
static void find_works(const struct view *view, struct works *works)
{
    const struct run_view *const run = &view->runs[0];
    const uint32_t records = trace_record_count(run->trace);
    struct trace_position position;
    struct clocks clocks = { 0 };
    uint32_t late = 0;

    *works = (struct works){ 0 };
    if (!trace_position_at(run->trace, run->moment, &position)) {
        return;
    }
    for (uint32_t i = position.line_record; i < records && late < WORKS_MOST; i++) {
        const struct record *const record = trace_record(run->trace, i);
        if (record->kind == RECORD_KERNEL) {
            const uint32_t at = task_record(run->trace, &record->kernel, i);
            late += at >= run->moment;
            if (at > position.line_record && at < run->moment) {
                take(works,
                     &(struct work){ .kernel = &record->kernel,
                                     .name = task_name(view, &record->kernel) },
                     &clocks);
            }
        } else if (record->kind == RECORD_COPY && copied_by(run, &record->copy, i)) {
            take(works,
                 &(struct work){ .copy = &record->copy, .name = copy_name(view, &record->copy) },
                 &clocks);
        }
    }
}

/* ---- drawn ---------------------------------------------------------------------------------- */

struct lanes_area {
    const struct view *view;
    struct scene *scene;
    struct rect rows[LANES];
    double end;
};

static struct rect box_in(const struct lanes_area *lanes, enum lane lane, double from, double to)
{
    static const float thinnest = 2;
    const struct rect row = lanes->rows[lane];
    const float x = row.x + row.w * (float)(from / lanes->end);
    const float w = fmaxf(row.w * (float)((to - from) / lanes->end), thinnest);

    return (struct rect){ fminf(x, row.x + row.w - w), row.y + row.h * 0.12f, w, row.h * 0.76f };
}

static void draw_box(const struct lanes_area *lanes, struct rect box, const char *name,
                     enum ink fill, enum ink stroke, bool dashed)
{
    const float size = lanes->view->type.caption;
    const float w = fonts_measure(lanes->view->fonts, TYPE_UI, name, strlen(name)) * size;

    scene_rect(lanes->scene, &(struct draw_rect){ .rect = box,
                                                  .radius = 2,
                                                  .fill = fill,
                                                  .stroke = stroke,
                                                  .width = 1.5f,
                                                  .dashed = dashed });
    if (w + size * 0.5f < box.w) {
        scene_text(lanes->scene, &(struct draw_text){
                                     .at = { box.x + box.w / 2, box.y + box.h / 2 + size * 0.36f },
                                     .bytes = name,
                                     .role = TYPE_UI,
                                     .size = size,
                                     .ink = INK_TEXT,
                                     .align = ALIGN_CENTRE });
    }
}

static void draw_work(const struct lanes_area *lanes, const struct work *work)
{
    const enum lane lane = work->kernel ? LANE_DEVICE : LANE_LINK;
    const char *const host = work->kernel ? work->name : view_word(lanes->view, "waits");

    if (work->queued_to > work->queued_from) {
        draw_box(lanes, box_in(lanes, LANE_HOST, work->queued_from, work->queued_to), host,
                 work->kernel ? INK_FORWARD_SOFT : INK_CARD,
                 work->kernel ? INK_FORWARD : INK_TEXT_SECOND, !work->kernel);
    }
    if (work->to > work->from) {
        draw_box(lanes, box_in(lanes, lane, work->from, work->to), work->name,
                 work->kernel ? INK_PARAMETER_SOFT : INK_SELECTION_SOFT,
                 work->kernel ? INK_PARAMETER : INK_SELECTION, false);
    }
}

static void write(const struct view *view, struct point at, float width, const char *text,
                  enum type_role role, enum ink ink, struct scene *scene)
{
    scene_text(scene, &(struct draw_text){ .at = at,
                                           .bytes = text,
                                           .role = role,
                                           .size = view->type.caption,
                                           .ink = ink,
                                           .max_width = width });
}

/* "×: queued 6.3 µs, ran 3.1 µs"; "x → cuda:0: 12 B · 4.9 µs" */
static const char *work_text(const struct view *view, const struct work *work)
{
    const struct speaker speaker = { view->runs, view->words, view->state->language, view->arena };

    if (!work->kernel) {
        const char *const text = device_copy_text(view->arena, work->copy);
        return work->copy->waits ? SAY(&speaker, "{0}: {1}; the CPU waits", work->name, text)
                                 : arena_format(view->arena, "%s: %s", work->name, text);
    }
    const char *const queued = device_time(view->arena, work->kernel->queued);
    return work->kernel->run > 0 ? SAY(&speaker, "{0}: queued in {1}, ran {2}", work->name, queued,
                                       device_time(view->arena, work->kernel->run))
                                 : SAY(&speaker, "{0}: queued in {1}", work->name, queued);
}

/* The numbers, a line each, as many as there is room for; returns their height. */
static float list_works(const struct view *view, struct rect area, const struct works *works,
                        struct scene *scene)
{
    const float line = view->type.caption * 1.45f;
    const size_t room = (size_t)fmaxf(area.h / line, 0);
    const size_t most = room < LISTED_MOST ? room : LISTED_MOST;
    const size_t all = works->count + works->left_out;
    const size_t shown = all <= most ? all : most > 0 ? most - 1 : 0;
    float y = area.y + view->type.caption;

    for (size_t i = 0; i < shown; i++, y += line) {
        write(view, (struct point){ area.x, y }, area.w, work_text(view, &works->items[i]), TYPE_UI,
              INK_TEXT, scene);
    }
    if (shown < all && most > 0) {
        const struct speaker speaker = { view->runs, view->words, view->state->language,
                                         view->arena };
        write(view, (struct point){ area.x, y }, area.w,
              SAY(&speaker, "and {0} more", arena_format(view->arena, "%zu", all - shown)), TYPE_UI,
              INK_TEXT_SECOND, scene);
        y += line;
    }
    return y - view->type.caption - area.y;
}

/* Rows with their names; returns the height that they take. */
static float lay_rows(struct lanes_area *lanes, struct rect area)
{
    const float size = lanes->view->type.caption, row = size * 2;
    float left = 0;

    for (int i = 0; i < LANES; i++) {
        const char *const name = view_word(lanes->view, lane_names[i]);
        left = fmaxf(left, fonts_measure(lanes->view->fonts, TYPE_UI_BOLD, name, strlen(name)));
    }
    left = (left + 0.8f) * size;
    for (int i = 0; i < LANES; i++) {
        const float y = area.y + (float)i * row;
        write(lanes->view, (struct point){ area.x, y + row / 2 + size * 0.36f }, left,
              view_word(lanes->view, lane_names[i]), TYPE_UI_BOLD, INK_TEXT, lanes->scene);
        lanes->rows[i] = (struct rect){ area.x + left, y, area.w - left, row };
        scene_rect(lanes->scene,
                   &(struct draw_rect){ .rect = { area.x + left, y + row / 2, area.w - left, 1 },
                                        .fill = INK_PANEL_LINE });
    }
    return row * LANES;
}

float device_lanes(const struct view *view, struct rect area, struct scene *scene)
{
    const struct speaker speaker = { view->runs, view->words, view->state->language, view->arena };
    const float size = view->type.caption, head = size * 1.7f;
    struct lanes_area lanes = { .view = view, .scene = scene };
    struct works *const works = arena_allocate(view->arena, 1, sizeof(*works));

    find_works(view, works);
    if (works->count == 0 || !(works->end > 0) || area.h < head + 6 * size) {
        return 0;
    }
    write(view, (struct point){ area.x, area.y + size }, area.w,
          SAY(&speaker, "What this line gave the GPU to do: {0} in all",
              device_time(view->arena, works->end)),
          TYPE_UI_BOLD, INK_TEXT, scene);
    lanes.end = works->end;
    const float height =
        lay_rows(&lanes, (struct rect){ area.x, area.y + head, area.w, area.h - head });
    for (size_t i = 0; i < works->count; i++) {
        draw_work(&lanes, &works->items[i]);
    }
    const float y = area.y + head + height + size * 0.4f;
    return y - area.y +
           list_works(view, (struct rect){ area.x, y, area.w, area.y + area.h - y }, works, scene);
}
