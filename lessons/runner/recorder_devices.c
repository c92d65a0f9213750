/* What devices beside the CPU have, do and hold. Work is timed by marks that the device passes, so that
 * looking never makes it wait; it is told after what it was done for. */
#include <string.h>
#include <time.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/devices.h"
#include "lessons/runner/gpu.h"
#include "lessons/runner/recorder_state.h"
#include "lessons/torch/torch.h"

enum { TIMED_MAX = 1024 }; /* pieces of work whose marks are waited for */

static double milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static const char *device_name(struct recorder *recorder, const struct backend *backend)
{
    struct text name = { 0 };
    backend_append_name(&name, backend);
    const char *kept = arena_copy_text(&recorder->scratch, text_string(&name), name.length);
    text_finish(&name);
    return kept;
}

/* ---- clocks ---------------------------------------------------------------------------------- */

/* A mark that is not in use, or a new one; NULL: the device has none, or no memory for one. */
static struct backend_event *take_mark(struct recorder *recorder, struct backend *backend)
{
    const struct backend_event_calls *events = backend->impl->events;
    struct backend_event *mark = NULL;
    struct error ignored; /* a time that is not known is left out of the trace */
    for (size_t i = 0; i < recorder->mark_count; i++) {
        if (recorder->marks[i].backend == backend) {
            mark = recorder->marks[i].event;
            recorder->marks[i] = recorder->marks[--recorder->mark_count];
            return mark;
        }
    }
    return events && events->create(backend, &mark, &ignored) == BACKEND_OK ? mark : NULL;
}

static void give_mark(struct recorder *recorder, struct backend *backend,
                      struct backend_event *event)
{
    if (event) {
        recorder->marks = array_reserve(recorder->marks, &recorder->mark_capacity,
                                        recorder->mark_count + 1, sizeof(*recorder->marks));
        recorder->marks[recorder->mark_count++] = (struct spare_mark){ backend, event };
    }
}

static void set_mark(struct backend *backend, struct backend_event **mark)
{
    struct error ignored;
    if (*mark && backend->impl->events->record(backend, *mark, &ignored) != BACKEND_OK) {
        backend->impl->events->destroy(backend, *mark);
        *mark = NULL;
    }
}

/* False: not passed yet. */
static bool read_clock(struct recorder *recorder, struct device_work *work)
{
    struct backend *backend = work->backend;
    const struct backend_event_calls *events = backend->impl->events;
    struct error ignored;
    bool reached = false;
    if (!work->from || !work->to) {
        work->run = events ? 0 : work->queued;
    } else if (events->reached(backend, work->to, &reached, &ignored) != BACKEND_OK) {
        work->run = 0;
    } else if (!reached) {
        return false;
    } else if (events->elapsed(backend, work->from, work->to, &work->run, &ignored) != BACKEND_OK) {
        work->run = 0;
    }
    give_mark(recorder, backend, work->from);
    give_mark(recorder, backend, work->to);
    work->from = work->to = NULL;
    work->known = true;
    return true;
}

/* ---- what the observer calls ------------------------------------------------------------------- */

void record_work_begins(void *context, const struct observed_work *work)
{
    struct recorder *recorder = context;
    if (recorder->reading > 0) {
        return;
    }
    recorder->begun = (struct device_work){ .backend = work->backend,
                                            .from = take_mark(recorder, work->backend),
                                            .to = take_mark(recorder, work->backend) };
    set_mark(work->backend, &recorder->begun.from);
    recorder->begun.queued = milliseconds_now();
}

static void add_work(struct recorder *recorder, const struct device_work *work)
{
    recorder->works = array_reserve(recorder->works, &recorder->work_capacity,
                                    recorder->work_count + 1, sizeof(*recorder->works));
    recorder->works[recorder->work_count++] = *work;
}

void record_work_queued(void *context, const struct observed_work *observed)
{
    struct recorder *recorder = context;
    struct device_work *work = &recorder->begun;
    if (recorder->reading > 0) {
        return;
    }
    work->queued = milliseconds_now() - work->queued;
    set_mark(work->backend, &work->to);
    work->kind = observed->kind;
    work->bytes = observed->bytes;
    work->tensor_from = observed->from ? observed->from->id : 0;
    work->tensor_to = observed->to ? observed->to->id : 0;
    add_work(recorder, work);
    recorder->memory_changed = true;
    if (recorder->engine->purpose) {
        recorder_tell_work(recorder, &(struct device_task){ 0 }, recorder->engine->purpose);
    }
}

static const char *primitive_name(enum backend_primitive primitive, int function)
{
    static const char *const scans[] = {
        [SCAN_SUM] = "cumsum", [SCAN_PROD] = "cumprod", [SCAN_SORT] = "sort",
        [SCAN_MAX] = "cummax", [SCAN_MIN] = "cummin",   [SCAN_LOG_SUM_EXP] = "logcumsumexp",
    };
    static const char *const rows[] = {
        [ROWS_SOFTMAX] = "softmax",
        [ROWS_LOG_SOFTMAX] = "log_softmax",
        [ROWS_SOFTMAX_GRAD] = "softmax_grad",
        [ROWS_LOG_SOFTMAX_GRAD] = "log_softmax_grad",
    };
    switch (primitive) {
    case PRIMITIVE_MAP:
        return map_row((enum map_function)function)->name;
    case PRIMITIVE_REDUCE:
        return reduce_name((enum reduce_function)function);
    case PRIMITIVE_GEMM:
        return "gemm";
    case PRIMITIVE_GATHER:
        return "gather";
    case PRIMITIVE_SCATTER:
        return "scatter";
    case PRIMITIVE_SCAN:
        return scans[function];
    case PRIMITIVE_LU:
        return "lu";
    case PRIMITIVE_ROWS:
        return rows[function];
    case PRIMITIVE_CHAIN:
        return "chain";
    }
    return "";
}

void record_fell_back(void *context, const struct observed_fallback *observed)
{
    struct recorder *recorder = context;
    const char *what = primitive_name(observed->primitive, observed->function);
    if (recorder->reading > 0) {
        return;
    }
    for (size_t i = 0; i < recorder->fallback_count; i++) {
        struct device_fallback *known = &recorder->fallbacks[i];
        if (known->backend == observed->backend && known->dtype == observed->dtype &&
            strcmp(known->what, what) == 0) {
            known->count++;
            known->bytes += observed->bytes;
            return;
        }
    }
    recorder->fallbacks = array_reserve(recorder->fallbacks, &recorder->fallback_capacity,
                                        recorder->fallback_count + 1, sizeof(*recorder->fallbacks));
    recorder->fallbacks[recorder->fallback_count++] =
        (struct device_fallback){ observed->backend, what, observed->dtype, 1, observed->bytes };
}

/* Elements that the lesson has are there: the mark behind them is passed in a moment. */
static void wait_for_read(const struct device_work *work)
{
    struct error ignored;
    if (work->kind == WORK_TO_HOST && work->to) {
        work->backend->impl->events->wait(work->backend, work->to, &ignored);
    }
}

/* ---- faults ---------------------------------------------------------------------------------- */

static int raise_fault(void *context)
{
    struct recorder *recorder = context;
    const struct error fault = recorder->fault;
    error_clear(&recorder->fault);
    torch_raise(&fault);
    return -1;
}

/* A device tells what went wrong to whoever waits for it first. Recording waits before the lesson does, so
 * it hands the fault on: Python raises it as soon as the call that is going on returns. */
void recorder_settle(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->work_count && recorder->fault.text[0] == '\0'; i++) {
        struct backend *backend = recorder->works[i].backend;
        if ((i == 0 || recorder->works[i - 1].backend != backend) &&
            backend->impl->sync(backend, &recorder->fault) != BACKEND_OK) {
            Py_AddPendingCall(raise_fault, recorder);
        }
    }
}

/* ---- telling what was done ------------------------------------------------------------------- */

static void tell_copy(struct recorder *recorder, struct device_work *work, const char *by)
{
    const bool there = work->kind == WORK_TO_DEVICE;
    const char *device = device_name(recorder, work->backend);
    wait_for_read(work);
    const bool known = read_clock(recorder, work);
    recorder_write(recorder,
                   &(struct record){
                       .kind = RECORD_COPY,
                       .copy = { .tensor = id_map_find(&recorder->tensors, work->tensor_to),
                                 .from = id_map_find(&recorder->tensors, work->tensor_from),
                                 .source = there ? "cpu" : device,
                                 .target = there ? device : "cpu",
                                 .bytes = (double)work->bytes,
                                 .ms = known ? work->run : 0,
                                 .waits = !there,
                                 .by = by,
                                 .at = recorder_here(recorder) },
                   });
    give_mark(recorder, work->backend, work->from);
    give_mark(recorder, work->backend, work->to);
}

static void tell_fallbacks(struct recorder *recorder, const struct device_task *task)
{
    for (size_t i = 0; i < recorder->fallback_count; i++) {
        const struct device_fallback *one = &recorder->fallbacks[i];
        recorder_write(recorder, &(struct record){
                                     .kind = RECORD_FALLBACK,
                                     .fallback = { .task = *task,
                                                   .device = device_name(recorder, one->backend),
                                                   .what = one->what,
                                                   .dtype = dtype_name(one->dtype),
                                                   .count = one->count,
                                                   .bytes = (double)one->bytes },
                                 });
    }
    recorder->fallback_count = 0;
}

/* The works from `first` on are all of one task and one device: how many they are. */
static size_t same_task(const struct recorder *recorder, size_t first)
{
    size_t last = first + 1;
    while (last < recorder->timed_count &&
           recorder->timed[last].backend == recorder->timed[first].backend &&
           memcmp(&recorder->timed[last].task, &recorder->timed[first].task,
                  sizeof(struct device_task)) == 0) {
        last++;
    }
    return last - first;
}

/* False: the device is still at it. When it is `late`, what is not known is left out. */
static bool tell_kernel(struct recorder *recorder, struct device_work *works, size_t count,
                        bool late)
{
    struct record record = { .kind = RECORD_KERNEL,
                             .kernel = { .task = works->task, .count = (int64_t)count } };
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        const bool known = works[i].known || read_clock(recorder, &works[i]);
        all = all && known;
        record.kernel.queued += works[i].queued;
        record.kernel.run += works[i].run;
    }
    if (!all && !late) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        give_mark(recorder, works[i].backend, works[i].from);
        give_mark(recorder, works[i].backend, works[i].to);
    }
    record.kernel.run = all ? record.kernel.run : 0;
    record.kernel.device = device_name(recorder, works->backend);
    recorder_write(recorder, &record);
    return true;
}

static void tell_kernels(struct recorder *recorder)
{
    size_t done = 0;
    while (done < recorder->timed_count) {
        const size_t count = same_task(recorder, done);
        if (!tell_kernel(recorder, &recorder->timed[done], count,
                         recorder->timed_count - done > TIMED_MAX)) {
            break;
        }
        done += count;
    }
    recorder->timed_count -= done;
    if (done > 0) {
        memmove(recorder->timed, recorder->timed + done,
                recorder->timed_count * sizeof(*recorder->timed));
    }
}

void recorder_tell_work(struct recorder *recorder, const struct device_task *task, const char *by)
{
    if (recorder->work_count + recorder->timed_count + recorder->fallback_count == 0) {
        return;
    }
    const size_t works = recorder->work_count;
    recorder->work_count = 0;
    for (size_t i = 0; i < works; i++) {
        struct device_work *work = &recorder->works[i];
        if (work->kind != WORK_PRIMITIVE) {
            tell_copy(recorder, work, by);
            continue;
        }
        work->task = *task;
        recorder->timed = array_reserve(recorder->timed, &recorder->timed_capacity,
                                        recorder->timed_count + 1, sizeof(*recorder->timed));
        recorder->timed[recorder->timed_count++] = *work;
    }
    tell_kernels(recorder);
    tell_fallbacks(recorder, task);
    arena_clear(&recorder->scratch);
}

/* ---- what there is, and what it holds --------------------------------------------------------- */

/* 12040 is "12.4", 0 is not said. */
static const char *version_text(struct recorder *recorder, int version)
{
    return version == 0
               ? ""
               : arena_format(&recorder->scratch, "%d.%d", version / 1000, version % 1000 / 10);
}

static void tell_device(struct recorder *recorder, struct backend *backend)
{
    struct backend_info info = { 0 };
    backend->impl->info(backend, &info);
    const bool capable = info.capability[0] > 0;
    recorder_write(
        recorder,
        &(struct record){
            .kind = RECORD_DEVICE,
            .device = { .device = device_name(recorder, backend),
                        .name = info.name,
                        .capability = capable ? arena_format(&recorder->scratch, "%d.%d",
                                                             info.capability[0], info.capability[1])
                                              : "",
                        .multiprocessors = info.multiprocessors,
                        .driver = version_text(recorder, info.driver),
                        .runtime = version_text(recorder, info.runtime),
                        .total = (double)info.memory_total },
        });
}

void record_asked_for_devices(void *context)
{
    struct recorder *recorder = context;
    struct engine *engine = recorder->engine;
    if (!engine->device_source.plugin && gpu_is_there()) {
        const char *why = devices_why(engine);
        recorder_write(recorder,
                       &(struct record){
                           .kind = RECORD_DENIED,
                           .denied = { "gpu", { why, strlen(why) }, recorder_here(recorder) },
                       });
    }
    if (devices_count(engine) == 0) {
        recorder_write(recorder, &(struct record){
                                     .kind = RECORD_DEVICE,
                                     .device = { .device = "cuda", .why = devices_why(engine) } });
    }
    for (int i = 1; i < engine->backend_count; i++) {
        tell_device(recorder, engine->backends[i]);
    }
    arena_clear(&recorder->scratch);
}

static void tell_memory(struct recorder *recorder, int index)
{
    struct backend *backend = recorder->engine->backends[index];
    struct told_memory *told = &recorder->told_memory[index];
    struct backend_info info = { 0 };
    backend->impl->info(backend, &info);
    const struct told_memory now = { info.memory_used, info.memory_cached, info.memory_peak };
    if (memcmp(told, &now, sizeof(now)) == 0) {
        return;
    }
    *told = now;
    recorder_write(recorder, &(struct record){
                                 .kind = RECORD_MEMORY,
                                 .memory = { .device = device_name(recorder, backend),
                                             .used = (double)info.memory_used,
                                             .cached = (double)info.memory_cached,
                                             .free = (double)info.memory_free,
                                             .peak = (double)info.memory_peak },
                             });
}

void recorder_tell_memory(struct recorder *recorder)
{
    recorder_tell_work(recorder, &(struct device_task){ 0 }, "");
    for (int i = 1; recorder->memory_changed && i < recorder->engine->backend_count; i++) {
        tell_memory(recorder, i);
    }
    recorder->memory_changed = false;
    arena_clear(&recorder->scratch);
}
