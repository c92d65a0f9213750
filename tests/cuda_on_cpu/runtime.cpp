/* Devices, streams, events, copies and launches: queues that run only when the host waits, so that what
 * was not waited for is not there yet, and what no event orders comes in another order. */

#include "tests/cuda_on_cpu/emulator.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

struct emulated_stream {
    int device;
    std::deque<std::function<void()>> work;
};

/* Outlives its handle while a queue still names it. */
struct event_state {
    int device;
    emulated_stream *stream; /* where it was recorded last */
    uint64_t asked, reached; /* how often */
    double milliseconds;
};

struct emulated_event {
    std::shared_ptr<event_state> state;
};

namespace
{

enum { MOST_DEVICES = 8 };

int current_device;
cudaError_t last_error;
cudaError_t lost[MOST_DEVICES]; /* what every call says once a kernel has gone wrong */

std::vector<emulated_stream *> &streams()
{
    static auto *const all = new std::vector<emulated_stream *>;
    return *all;
}

int environment_number(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text ? atoi(text) : otherwise;
}

int device_count()
{
    const int count = environment_number("EMU_DEVICES", 1);
    return count < MOST_DEVICES ? count : (int)MOST_DEVICES;
}

cudaError_t told(cudaError_t error)
{
    if (error != cudaSuccess) {
        last_error = error;
    }
    return error;
}

double now()
{
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(since).count();
}

/* The default stream would wait for all others: gpu/ has no use for it. */
emulated_stream *needed(cudaStream_t stream)
{
    if (!stream) {
        emu::stop("the default stream is used where a stream must be given");
    }
    return stream;
}

void run_first(emulated_stream *stream)
{
    const auto work = std::move(stream->work.front());
    stream->work.pop_front();
    if (lost[stream->device] == cudaSuccess) {
        const emu::opened open(stream->device);
        work();
    }
}

void drain(emulated_stream *stream)
{
    if (stream->work.empty()) {
        return;
    }
    const emu::opened open(stream->device); /* once, not for each piece of work */
    while (!stream->work.empty()) {
        run_first(stream);
    }
}

cudaError_t drained(emulated_stream *stream)
{
    drain(stream);
    return told(lost[stream->device]);
}

/* Until the event's record number `wanted` has been reached. */
void drain_to(const event_state &event, uint64_t wanted)
{
    while (event.reached < wanted && event.stream && !event.stream->work.empty()) {
        run_first(event.stream);
    }
}

/* EMU_LOSE=1: the next kernel ends in an address that is none, which a device does not survive. */
void run_or_lose(const emu::launch_call &call)
{
    if (environment_number("EMU_LOSE", 0) != 0) {
        lost[call.stream->device] = cudaErrorIllegalAddress;
        return;
    }
    emu::run_kernel(call);
}

bool is_valid(const emu::launch_call &call)
{
    const size_t most_high = 65535;
    const dim3 grid = call.grid, block = call.block;
    const size_t threads = (size_t)block.x * block.y * block.z;
    return threads >= 1 && threads <= emu::BLOCK_THREADS && block.z <= 64 && grid.x >= 1 &&
           grid.y >= 1 && grid.z >= 1 && grid.x <= 0x7fffffffu && grid.y <= most_high &&
           grid.z <= most_high && call.shared <= emu::SHARED_BYTES;
}

/* Whether a page is there at all. */
bool is_mapped(const void *address)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    unsigned char resident;
    return mincore((void *)((uintptr_t)address / page * page), 1, &resident) == 0;
}

bool can_reach(const emu::launch_call &call, const void *data)
{
    return !data || emu::device_of(data, 1) == needed(call.stream)->device || emu::is_pinned(data);
}

} // namespace

/* ---- launches ----------------------------------------------------------------------------------- */

cudaError_t emu::enqueue(const launch_call &call)
{
    emulated_stream *const stream = needed(call.stream);
    if (lost[stream->device] != cudaSuccess) {
        return told(lost[stream->device]);
    }
    if (!is_valid(call)) {
        return told(cudaErrorInvalidConfiguration);
    }
    if (stream->device != current_device) {
        return told(cudaErrorInvalidResourceHandle);
    }
    stream->work.push_back([=] { run_or_lose(call); });
    return cudaSuccess;
}

/* In its turn: what is queued before it may still use memory that has been given back. */
void emu::mark(const void *data, size_t bytes, bool used)
{
    bool queued = false;
    for (emulated_stream *stream : streams()) {
        if (stream->device == current_device) {
            stream->work.push_back([=] { poison(data, bytes, !used); });
            queued = true;
        }
    }
    if (!queued) {
        poison(data, bytes, !used);
    }
}

cudaError_t emu::enqueue_host(cudaStream_t handle, const std::function<void()> &work)
{
    emulated_stream *const stream = needed(handle);
    stream->work.push_back(work);
    return told(lost[stream->device]);
}

void emu::check_pointer(const launch_call &call, int argument, const void *data)
{
    if (!can_reach(call, data)) {
        stop("%s: argument %d (%p) is not memory of its device", call.kernel, argument, data);
    }
}

/* Whatever in it can be a host address: of a page that is there, and not a device's own. */
void emu::check_struct(const launch_call &call, int argument, const void *bytes, size_t size)
{
    for (size_t at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, (const char *)bytes + at, sizeof(word));
        const void *data = (const void *)(uintptr_t)word;
        if (word >> 40 != 0 && word >> 48 == 0 && !can_reach(call, data) && is_mapped(data)) {
            stop("%s: argument %d holds an address (%p, at byte %zu) that is not memory of its "
                 "device, or was not set",
                 call.kernel, argument, data, at);
        }
    }
}

/* ---- devices -------------------------------------------------------------------------------------- */

cudaError_t cudaGetDeviceCount(int *count)
{
    const int there = device_count();
    if (there == 0) {
        return told(cudaErrorNoDevice); /* and count stays as it was */
    }
    *count = there;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
    if (device < 0 || device >= device_count()) {
        return told(cudaErrorInvalidDevice);
    }
    current_device = device;
    return cudaSuccess;
}

cudaError_t cudaGetDevice(int *device)
{
    *device = current_device;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *out, int device)
{
    size_t used, total;
    if (device < 0 || device >= device_count()) {
        return told(cudaErrorInvalidDevice);
    }
    emu::memory_count(device, &used, &total);
    *out = {};
    snprintf(out->name, sizeof(out->name), "CPU emulation of CUDA");
    out->totalGlobalMem = total;
    out->sharedMemPerBlock = emu::SHARED_BYTES;
    out->major = 9;
    out->multiProcessorCount = 1;
    out->warpSize = warpSize;
    out->maxThreadsPerBlock = emu::BLOCK_THREADS;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *out, cudaDeviceAttr attribute, int device)
{
    cudaDeviceProp properties;
    const cudaError_t error = cudaGetDeviceProperties(&properties, device);
    if (error != cudaSuccess) {
        return error;
    }
    *out = attribute == cudaDevAttrMultiProcessorCount      ? properties.multiProcessorCount
           : attribute == cudaDevAttrComputeCapabilityMajor ? properties.major
                                                            : properties.minor;
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = 13000;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = 13000;
    return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize()
{
    for (emulated_stream *stream : streams()) {
        if (stream->device == current_device) {
            drain(stream);
        }
    }
    return told(lost[current_device]);
}

cudaError_t cudaPeekAtLastError()
{
    return lost[current_device] != cudaSuccess ? lost[current_device] : last_error;
}

cudaError_t cudaGetLastError()
{
    const cudaError_t error = cudaPeekAtLastError();
    last_error = cudaSuccess;
    return error;
}

struct error_words {
    cudaError_t error;
    const char *name, *words;
};

static const error_words error_table[] = {
    { cudaSuccess, "cudaSuccess", "no error" },
    { cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument" },
    { cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory" },
    { cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
      "invalid configuration argument" },
    { cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected" },
    { cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal" },
    { cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle" },
    { cudaErrorNotReady, "cudaErrorNotReady", "device not ready" },
    { cudaErrorIllegalAddress, "cudaErrorIllegalAddress",
      "an illegal memory access was encountered" },
};

static const error_words &words_of(cudaError_t error)
{
    static const error_words unknown = { cudaErrorUnknown, "cudaErrorUnknown", "unknown error" };
    for (const error_words &row : error_table) {
        if (row.error == error) {
            return row;
        }
    }
    return unknown;
}

const char *cudaGetErrorName(cudaError_t error)
{
    return words_of(error).name;
}

const char *cudaGetErrorString(cudaError_t error)
{
    return words_of(error).words;
}

/* ---- memory --------------------------------------------------------------------------------------- */

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total)
{
    size_t used;
    emu::memory_count(current_device, &used, total);
    *free_bytes = used < *total ? *total - used : 0;
    return told(lost[current_device]);
}

cudaError_t cudaMalloc(void **out, size_t bytes)
{
    if (lost[current_device] != cudaSuccess) {
        return told(lost[current_device]);
    }
    if (bytes == 0) {
        *out = nullptr;
        return cudaSuccess;
    }
    return told(emu::memory_take(current_device, out, bytes));
}

/* Waits for everything, as the real one does. */
cudaError_t cudaFree(void *data)
{
    if (!data) {
        return cudaSuccess;
    }
    for (emulated_stream *stream : streams()) {
        drain(stream);
    }
    return told(emu::memory_give(data) ? cudaSuccess : cudaErrorInvalidValue);
}

static void copy_now(void *to, const void *from, size_t bytes)
{
    const int to_device = emu::device_of(to, 1), from_device = emu::device_of(from, 1);
    const emu::opened first(to_device >= 0 ? to_device : 0);
    const emu::opened second(from_device >= 0 ? from_device : 0);
    memcpy(to, from, bytes);
}

/* What is pinned is read and written when its turn comes; of other host memory CUDA documents that it is
 * read at once, and that whoever fills it has waited. */
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t handle)
{
    emulated_stream *const stream = needed(handle);
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    if (lost[stream->device] != cudaSuccess) {
        return told(lost[stream->device]);
    }
    if (bytes == 0) {
        return cudaSuccess;
    }
    if ((emu::device_of(to, bytes) >= 0) != to_device ||
        (emu::device_of(from, bytes) >= 0) != from_device) {
        return told(cudaErrorInvalidValue);
    }
    if (kind == cudaMemcpyHostToDevice && !emu::is_pinned(from)) {
        const std::vector<char> staged((const char *)from, (const char *)from + bytes);
        stream->work.push_back([=] { copy_now(to, staged.data(), bytes); });
        return cudaSuccess;
    }
    stream->work.push_back([=] { copy_now(to, from, bytes); });
    if (kind == cudaMemcpyDeviceToHost && !emu::is_pinned(to)) {
        return drained(stream);
    }
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t handle)
{
    emulated_stream *const stream = needed(handle);
    if (lost[stream->device] != cudaSuccess) {
        return told(lost[stream->device]);
    }
    if (bytes > 0 && emu::device_of(to, bytes) < 0) {
        return told(cudaErrorInvalidValue);
    }
    stream->work.push_back([=] {
        const emu::opened open(emu::device_of(to, bytes));
        memset(to, value, bytes);
    });
    return cudaSuccess;
}

/* ---- streams -------------------------------------------------------------------------------------- */

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned)
{
    *out = new emulated_stream{ current_device, {} };
    streams().push_back(*out);
    return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t handle)
{
    emulated_stream *const stream = needed(handle);
    drain(stream);
    streams().erase(std::find(streams().begin(), streams().end(), stream));
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle)
{
    return drained(needed(handle));
}

/* Whoever only asks gets one piece of work done for each question. */
cudaError_t cudaStreamQuery(cudaStream_t handle)
{
    emulated_stream *const stream = needed(handle);
    if (stream->work.empty()) {
        return told(lost[stream->device]);
    }
    run_first(stream);
    return cudaErrorNotReady;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned)
{
    const auto state = event->state;
    const uint64_t wanted = state->asked;
    needed(handle)->work.push_back([=] { drain_to(*state, wanted); });
    return cudaSuccess;
}

/* ---- events --------------------------------------------------------------------------------------- */

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned)
{
    *out = new emulated_event{ std::make_shared<event_state>() };
    (*out)->state->device = current_device;
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle)
{
    emulated_stream *const stream = needed(handle);
    const auto state = event->state;
    if (stream->device != state->device) {
        return told(cudaErrorInvalidResourceHandle);
    }
    state->stream = stream;
    const uint64_t number = ++state->asked;
    stream->work.push_back([=] {
        state->reached = number;
        state->milliseconds = now();
    });
    return told(lost[stream->device]);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    drain_to(*event->state, event->state->asked);
    return told(lost[event->state->device]);
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    const event_state &state = *event->state;
    if (lost[state.device] != cudaSuccess) {
        return told(lost[state.device]);
    }
    if (state.reached == state.asked) {
        return cudaSuccess;
    }
    run_first(state.stream);
    return cudaErrorNotReady;
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to)
{
    const event_state &first = *from->state, &last = *to->state;
    if (first.asked == 0 || last.asked == 0) {
        return told(cudaErrorInvalidResourceHandle);
    }
    if (first.reached < first.asked || last.reached < last.asked) {
        return cudaErrorNotReady;
    }
    *milliseconds = (float)(last.milliseconds - first.milliseconds);
    return cudaSuccess;
}
