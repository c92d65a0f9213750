/* The emulator's own test: small kernels with a planted fault each, and right ones beside them. Every
 * one runs in a process of its own (this program again, with the row's name); the table says which kind
 * of build must notice it. An address sanitizer's build sees indices that are too large, a thread
 * sanitizer's sees races that no schedule shows.
 *
 *     faults [ROW]      0: all as the table says
 *                       (ROW: 0: nothing was noticed, 3: a wrong result, 4: the row itself is broken) */

#include "gpu/port.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cuda_on_cpu/emulator.h"

enum { COUNT = 64, NOTICED = 3, BROKEN = 4 };

/* ---- kernels ------------------------------------------------------------------------------------ */

__global__ void fill(float *out)
{
    out[threadIdx.x] = 1;
}

/* Sums 128 numbers: every warp by exchange, the warps' sums in shared memory. */
template <bool WITH_BARRIER> __global__ void sum_row(float *out, const float *in)
{
    GPU_SHARED(float, parts, 4);
    float value = in[threadIdx.x];
    for (unsigned by = 16; by > 0; by /= 2) {
        value += __shfl_down_sync(0xffffffffu, value, by);
    }
    if (threadIdx.x % 32 == 0) {
        parts[threadIdx.x / 32] = value;
    }
    if (WITH_BARRIER) {
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        out[0] = parts[0] + parts[1] + parts[2] + parts[3];
    }
}

/* Reads the others' numbers of a round while the next round writes them. */
template <bool WITH_BARRIER> __global__ void exchange_in_rounds(float *out)
{
    GPU_SHARED(float, place, COUNT);
    float sum = 0;
    for (int round = 0; round < 4; round++) {
        place[threadIdx.x] = (float)round;
        __syncthreads();
        sum += place[COUNT - 1 - threadIdx.x];
        if (WITH_BARRIER) {
            __syncthreads();
        }
    }
    out[threadIdx.x] = sum;
}

template <bool WITH_BARRIER> __global__ void mirror_warp(float *out)
{
    GPU_SHARED(float, place, 32);
    place[threadIdx.x] = (float)threadIdx.x;
    if (WITH_BARRIER) {
        __syncwarp();
    }
    out[threadIdx.x] = place[31 - threadIdx.x];
}

__global__ void add_to_one_place(float *out)
{
    out[0] += 1;
}

__global__ void add_atomically(float *out)
{
    atomicAdd(&out[0], 1);
}

__global__ void diverge(float *out)
{
    if (threadIdx.x < 16) {
        __syncthreads();
        out[threadIdx.x] = 1;
    } else {
        __syncthreads();
        out[threadIdx.x] = 2;
    }
}

__global__ void exchange_with_lanes_that_left(float *out)
{
    if (threadIdx.x < 16) {
        out[threadIdx.x] = __shfl_down_sync(0xffffffffu, 1.0f, 8);
    }
}

__global__ void exchange_outside_the_mask(float *out)
{
    if (threadIdx.x < 16) {
        out[threadIdx.x] = __shfl_sync(0x0000ffffu, 1.0f, 20);
    }
}

__global__ void exchange_within_the_mask(float *out)
{
    if (threadIdx.x < 16) {
        out[threadIdx.x] = __shfl_xor_sync(0x0000ffffu, 1.0f, 15);
    }
}

__global__ void read_unwritten(float *out)
{
    GPU_SHARED(float, place, COUNT);
    if (threadIdx.x < 16) {
        place[threadIdx.x] = 1;
    }
    __syncthreads();
    out[threadIdx.x] = place[threadIdx.x];
}

__global__ void write_one_too_far(float *out, int count)
{
    const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i <= count) {
        out[i] = 1;
    }
}

__global__ void share_one_too_far(float *out)
{
    GPU_SHARED(float, place, 32);
    place[threadIdx.x] = 1;
    out[0] = place[0];
}

__global__ void share_too_much(float *out)
{
    GPU_SHARED(float, place, 13 * 1024);
    place[threadIdx.x] = 1;
    out[threadIdx.x] = place[threadIdx.x];
}

struct place {
    int64_t count;
    float *out;
};

__global__ void fill_place(place where)
{
    where.out[threadIdx.x] = 1;
}

/* ---- what a row has to work with ------------------------------------------------------------------ */

struct bench {
    cudaStream_t stream, other;
    float *device; /* COUNT · 2 numbers */
    float *pinned; /* COUNT numbers */
};

static void need(cudaError_t error)
{
    if (error != cudaSuccess) {
        printf("%s\n", cudaGetErrorString(error));
        exit(BROKEN);
    }
}

static bench bench_create()
{
    bench b = {};
    int devices = 0;
    need(cudaGetDeviceCount(&devices));
    need(cudaStreamCreateWithFlags(&b.stream, cudaStreamNonBlocking));
    need(cudaStreamCreateWithFlags(&b.other, cudaStreamNonBlocking));
    need(cudaMalloc(&b.device, 2 * COUNT * sizeof(float)));
    need(cudaMallocHost(&b.pinned, COUNT * sizeof(float)));
    return b;
}

static const float *results(const bench &b)
{
    need(cudaMemcpyAsync(b.pinned, b.device, COUNT * sizeof(float), cudaMemcpyDeviceToHost,
                         b.stream));
    need(cudaStreamSynchronize(b.stream));
    return b.pinned;
}

/* NaN is never equal. */
static bool all_are(const float *values, int count, float wanted)
{
    for (int i = 0; i < count; i++) {
        if (!(values[i] == wanted)) {
            return false;
        }
    }
    return true;
}

/* Whether the call before was refused, which is what its row is about. */
static bool refused()
{
    return cudaGetLastError() != cudaSuccess;
}

/* ---- rows: true when all is as it should be --------------------------------------------------------- */

template <bool WITH_BARRIER> static bool sums(const bench &b)
{
    float ones[2 * COUNT];
    std::fill(ones, ones + 2 * COUNT, 1.0f);
    need(cudaMemcpyAsync(b.device, ones, sizeof(ones), cudaMemcpyHostToDevice, b.stream));
    GPU_LAUNCH((sum_row<WITH_BARRIER>), 1, 2 * COUNT, 0, b.stream, b.device, b.device);
    return all_are(results(b), 1, 2 * COUNT);
}

template <bool WITH_BARRIER> static bool rounds(const bench &b)
{
    GPU_LAUNCH((exchange_in_rounds<WITH_BARRIER>), 1, COUNT, 0, b.stream, b.device);
    return all_are(results(b), COUNT, 6);
}

template <bool WITH_BARRIER> static bool mirrors(const bench &b)
{
    GPU_LAUNCH((mirror_warp<WITH_BARRIER>), 1, 32, 0, b.stream, b.device);
    const float *values = results(b);
    for (int i = 0; i < 32; i++) {
        if (!(values[i] == (float)(31 - i))) {
            return false;
        }
    }
    return true;
}

static bool adds_races(const bench &b)
{
    need(cudaMemsetAsync(b.device, 0, sizeof(float), b.stream));
    GPU_LAUNCH(add_to_one_place, 2, 1, 0, b.stream, b.device);
    return all_are(results(b), 1, 2);
}

static bool adds_atomically(const bench &b)
{
    need(cudaMemsetAsync(b.device, 0, sizeof(float), b.stream));
    GPU_LAUNCH(add_atomically, 2, 32, 0, b.stream, b.device);
    return all_are(results(b), 1, 64);
}

static bool diverges(const bench &b)
{
    GPU_LAUNCH(diverge, 1, 32, 0, b.stream, b.device);
    return results(b) != nullptr;
}

static bool lanes_left(const bench &b)
{
    GPU_LAUNCH(exchange_with_lanes_that_left, 1, 32, 0, b.stream, b.device);
    return results(b) != nullptr;
}

static bool lane_outside(const bench &b)
{
    GPU_LAUNCH(exchange_outside_the_mask, 1, 32, 0, b.stream, b.device);
    return all_are(results(b), 16, 1);
}

static bool lanes_within(const bench &b)
{
    GPU_LAUNCH(exchange_within_the_mask, 1, 32, 0, b.stream, b.device);
    return all_are(results(b), 16, 1);
}

static bool unwritten(const bench &b)
{
    GPU_LAUNCH(read_unwritten, 1, COUNT, 0, b.stream, b.device);
    return all_are(results(b), COUNT, 1);
}

static bool global_too_far(const bench &b)
{
    GPU_LAUNCH(write_one_too_far, 2, 128, 0, b.stream, b.device, 2 * COUNT);
    return all_are(results(b), COUNT, 1);
}

static bool shared_too_far(const bench &b)
{
    GPU_LAUNCH(share_one_too_far, 1, 33, 0, b.stream, b.device);
    return results(b) != nullptr;
}

static bool shared_too_much(const bench &b)
{
    GPU_LAUNCH(share_too_much, 1, 32, 0, b.stream, b.device);
    return results(b) != nullptr;
}

static bool marked_free(const bench &b)
{
    GPU_MARK_FREE(b.device, COUNT * sizeof(float));
    GPU_LAUNCH(fill, 1, COUNT, 0, b.stream, b.device);
    need(cudaStreamSynchronize(b.stream));
    return true;
}

static bool host_touches(const bench &b)
{
    *(volatile float *)b.device = 1;
    return true;
}

static bool gets_host_pointer(const bench &b)
{
    float mine[COUNT];
    GPU_LAUNCH(fill, 1, COUNT, 0, b.stream, mine);
    return results(b) != nullptr;
}

static bool gets_host_struct(const bench &b)
{
    float mine[COUNT];
    const place where = { COUNT, mine };
    GPU_LAUNCH(fill_place, 1, COUNT, 0, b.stream, where);
    return results(b) != nullptr;
}

static bool gets_struct(const bench &b)
{
    const place where = { -1, b.device };
    GPU_LAUNCH(fill_place, 1, COUNT, 0, b.stream, where);
    return all_are(results(b), COUNT, 1);
}

static bool does_not_wait(const bench &b)
{
    GPU_LAUNCH(fill, 1, COUNT, 0, b.stream, b.device);
    need(cudaMemcpyAsync(b.pinned, b.device, COUNT * sizeof(float), cudaMemcpyDeviceToHost,
                         b.stream));
    return all_are(b.pinned, COUNT, 1);
}

/* Another stream copies what the first one makes; `ordered`: after an event. */
static bool between_streams(const bench &b, bool ordered)
{
    cudaEvent_t made;
    need(cudaEventCreateWithFlags(&made, cudaEventDisableTiming));
    GPU_LAUNCH(fill, 1, COUNT, 0, b.stream, b.device);
    need(cudaEventRecord(made, b.stream));
    if (ordered) {
        need(cudaStreamWaitEvent(b.other, made, 0));
    }
    need(cudaMemcpyAsync(b.pinned, b.device, COUNT * sizeof(float), cudaMemcpyDeviceToHost,
                         b.other));
    need(cudaStreamSynchronize(b.other));
    need(cudaEventDestroy(made));
    return all_are(b.pinned, COUNT, 1);
}

static bool without_event(const bench &b)
{
    return between_streams(b, false);
}

static bool with_event(const bench &b)
{
    return between_streams(b, true);
}

/* Asking again and again is enough for the work to be done. */
static bool asks_event(const bench &b)
{
    cudaEvent_t first, last;
    float milliseconds = -1;
    need(cudaEventCreateWithFlags(&first, cudaEventDefault));
    need(cudaEventCreateWithFlags(&last, cudaEventDefault));
    need(cudaEventRecord(first, b.stream));
    GPU_LAUNCH(fill, 1, COUNT, 0, b.stream, b.device);
    need(cudaEventRecord(last, b.stream));
    const bool early = cudaEventQuery(last) == cudaErrorNotReady &&
                       cudaEventElapsedTime(&milliseconds, first, last) == cudaErrorNotReady;
    while (cudaEventQuery(last) == cudaErrorNotReady) {
    }
    need(cudaEventElapsedTime(&milliseconds, first, last));
    need(cudaEventDestroy(first));
    need(cudaEventDestroy(last));
    return early && milliseconds >= 0 && all_are(results(b), COUNT, 1);
}

static bool empty_grid(const bench &b)
{
    GPU_LAUNCH(fill, 0, COUNT, 0, b.stream, b.device);
    return !refused();
}

static bool large_block(const bench &b)
{
    GPU_LAUNCH(fill, 1, 2048, 0, b.stream, b.device);
    return !refused();
}

static bool high_grid(const bench &b)
{
    GPU_LAUNCH(fill, dim3(1, 70000), COUNT, 0, b.stream, b.device);
    return !refused();
}

static bool wrong_direction(const bench &b)
{
    cudaMemcpyAsync(b.pinned, b.device, sizeof(float), cudaMemcpyHostToDevice, b.stream);
    return !refused();
}

static bool copies_too_much(const bench &b)
{
    cudaMemcpyAsync(b.device, b.device + COUNT, 2 * COUNT * sizeof(float), cudaMemcpyDeviceToDevice,
                    b.stream);
    return !refused();
}

static bool default_stream(const bench &b)
{
    GPU_LAUNCH(fill, 1, 1, 0, nullptr, b.device);
    return true;
}

static bool no_memory(const bench &)
{
    void *data;
    setenv("EMU_MEMORY", "100000", 1);
    const bool small = cudaMalloc(&data, 90000) == cudaSuccess;
    const bool large = cudaMalloc(&data, 90000) == cudaSuccess;
    return !small || large;
}

static bool other_devices_memory(const bench &b)
{
    cudaStream_t there;
    need(cudaSetDevice(1));
    need(cudaStreamCreateWithFlags(&there, cudaStreamNonBlocking));
    GPU_LAUNCH(fill, 1, 1, 0, there, b.device);
    return true;
}

static bool other_devices_stream(const bench &b)
{
    need(cudaSetDevice(1));
    GPU_LAUNCH(fill, 1, 1, 0, b.stream, b.device);
    return !refused();
}

static bool loses_device(const bench &b)
{
    setenv("EMU_LOSE", "1", 1);
    GPU_LAUNCH(fill, 1, COUNT, 0, b.stream, b.device);
    const bool queued = cudaGetLastError() == cudaSuccess;
    const bool lost = cudaStreamSynchronize(b.stream) == cudaErrorIllegalAddress;
    return !queued || !lost || cudaMemsetAsync(b.device, 0, 4, b.stream) == cudaSuccess;
}

/* Rows of [2, 3] @ [3, 2]: a library that counts columns first gets bᵀ aᵀ, if it is called right. */
static bool product_of_rows(const bench &b, bool swapped)
{
    const float a[] = { 1, 2, 3, 4, 5, 6 }, right[] = { 1, 0, 0, 1, 1, 1 }, one = 1, zero = 0;
    const float wanted[] = { 4, 5, 10, 11 };
    cublasHandle_t blas;
    cublasCreate_v2(&blas);
    cublasSetStream_v2(blas, b.stream);
    float *const first = b.device + COUNT, *const second = b.device + COUNT + 8;
    need(cudaMemcpyAsync(first, a, sizeof(a), cudaMemcpyHostToDevice, b.stream));
    need(cudaMemcpyAsync(second, right, sizeof(right), cudaMemcpyHostToDevice, b.stream));
    const cublasStatus_t status =
        swapped ? cublasSgemmStridedBatched(blas, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 3, &one, second,
                                            2, 6, first, 3, 6, &zero, b.device, 2, 4, 1)
                : cublasSgemmStridedBatched(blas, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 3, &one, first, 2,
                                            6, second, 3, 6, &zero, b.device, 2, 4, 1);
    const float *values = results(b);
    cublasDestroy_v2(blas);
    return status == CUBLAS_STATUS_SUCCESS && memcmp(values, wanted, sizeof(wanted)) == 0;
}

static bool product_swapped(const bench &b)
{
    return product_of_rows(b, true);
}

static bool product_not_swapped(const bench &b)
{
    return product_of_rows(b, false);
}

static bool product_short_rows(const bench &b)
{
    const float one = 1;
    cublasHandle_t blas;
    cublasCreate_v2(&blas);
    cublasSetStream_v2(blas, b.stream);
    const cublasStatus_t status =
        cublasSgemmStridedBatched(blas, CUBLAS_OP_N, CUBLAS_OP_N, 4, 4, 4, &one, b.device, 3, 16,
                                  b.device, 4, 16, &one, b.device, 4, 16, 1);
    cublasDestroy_v2(blas);
    return status == CUBLAS_STATUS_SUCCESS;
}

/* ---- the table ------------------------------------------------------------------------------------- */

/* Which build notices. NEVER: nothing is wrong. */
enum { NEVER = 0, PLAIN = 1, ADDRESS = 2, THREAD = 4, ALWAYS = PLAIN | ADDRESS | THREAD };

struct row {
    const char *name;
    bool (*run)(const bench &b);
    int noticed_by;
    const char *said; /* by the emulator, or NULL: its result or a refusal shows it */
};

static const row rows[] = {
    { "reduction", sums<true>, NEVER, nullptr },
    { "reduction-without-barrier", sums<false>, ALWAYS, nullptr },
    { "rounds", rounds<true>, NEVER, nullptr },
    { "rounds-without-second-barrier", rounds<false>, ALWAYS, nullptr },
    { "warp-with-barrier", mirrors<true>, NEVER, nullptr },
    { "warp-in-lock-step", mirrors<false>, ALWAYS, nullptr },
    { "atomic-adds", adds_atomically, NEVER, nullptr },
    { "adds-without-atomics", adds_races, THREAD, nullptr },
    { "divergent-barrier", diverges, ALWAYS, "__syncthreads in divergent code" },
    { "mask-of-lanes-that-left", lanes_left, ALWAYS, "waits for ever" },
    { "lanes-within-mask", lanes_within, NEVER, nullptr },
    { "lane-outside-mask", lane_outside, ALWAYS, nullptr },
    { "unwritten-shared-memory", unwritten, ALWAYS, nullptr },
    { "global-index-too-large", global_too_far, ADDRESS, nullptr },
    { "shared-index-too-large", shared_too_far, ADDRESS, nullptr },
    { "too-much-shared-memory", shared_too_much, ALWAYS, "shared memory" },
    { "memory-that-was-given-back", marked_free, ADDRESS, nullptr },
    { "host-touches-device-memory", host_touches, ALWAYS, nullptr },
    { "kernel-gets-host-pointer", gets_host_pointer, ALWAYS, "is not memory of its device" },
    { "struct-with-pointer", gets_struct, NEVER, nullptr },
    { "struct-with-host-pointer", gets_host_struct, ALWAYS, "not memory of its device" },
    { "read-before-waiting", does_not_wait, ALWAYS, nullptr },
    { "streams-with-event", with_event, NEVER, nullptr },
    { "streams-without-event", without_event, ALWAYS, nullptr },
    { "event-asked", asks_event, NEVER, nullptr },
    { "empty-grid", empty_grid, ALWAYS, nullptr },
    { "2048-threads", large_block, ALWAYS, nullptr },
    { "grid-too-high", high_grid, ALWAYS, nullptr },
    { "copy-in-wrong-direction", wrong_direction, ALWAYS, nullptr },
    { "copy-too-long", copies_too_much, ALWAYS, nullptr },
    { "default-stream", default_stream, ALWAYS, "default stream" },
    { "out-of-memory", no_memory, ALWAYS, nullptr },
    { "memory-of-another-device", other_devices_memory, ALWAYS, "not memory of its device" },
    { "stream-of-another-device", other_devices_stream, ALWAYS, nullptr },
    { "lost-device", loses_device, ALWAYS, nullptr },
    { "product-swapped", product_swapped, NEVER, nullptr },
    { "product-not-swapped", product_not_swapped, ALWAYS, nullptr },
    { "product-with-short-rows", product_short_rows, ALWAYS, nullptr },
};

static int run_row(const char *name)
{
    for (const row &r : rows) {
        if (strcmp(r.name, name) == 0) {
            return r.run(bench_create()) ? 0 : NOTICED;
        }
    }
    return BROKEN;
}

/* ---- each in a process ------------------------------------------------------------------------------ */

static std::string all_of(int file)
{
    std::string text;
    char part[4096];
    for (ssize_t n; (n = read(file, part, sizeof(part))) > 0;) {
        text.append(part, (size_t)n);
    }
    return text;
}

/* The wait status of `program row`, and what it said. */
static int status_of(const char *program, const row &r, std::string *said)
{
    int ends[2], status = -1;
    if (pipe(ends) != 0) {
        return -1;
    }
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execl(program, program, r.name, (char *)nullptr);
        _exit(127);
    }
    close(ends[1]);
    *said = all_of(ends[0]);
    close(ends[0]);
    waitpid(child, &status, 0);
    return status;
}

/* A sentence of the emulator's, a report of the sanitizer's, the host's own fault, or a wrong result. */
static bool is_noticed(const row &r, int status, const std::string &said)
{
    if (r.said) {
        return WIFSIGNALED(status) && said.find(r.said) != std::string::npos;
    }
    const bool reported = (EMU_ASAN || EMU_TSAN) && said.find("Sanitizer") != std::string::npos;
    const bool segv = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
    return reported || segv || (WIFEXITED(status) && WEXITSTATUS(status) == NOTICED);
}

/* Another build may notice more than it must, but a right kernel disturbs nobody. */
static bool check(const char *program, const row &r)
{
    const int build = EMU_TSAN ? THREAD : EMU_ASAN ? ADDRESS : PLAIN;
    std::string said;
    const int status = status_of(program, r, &said);
    const bool must = (r.noticed_by & build) != 0;
    const bool good = status == 0 ? !must : r.noticed_by != NEVER && is_noticed(r, status, said);
    if (!good) {
        printf("%s: %s (status %x)\n%s\n", r.name,
               status == 0 ? "not noticed" : "not as the table says", (unsigned)status,
               said.c_str());
    }
    return good;
}

int main(int count, char **arguments)
{
    setenv("EMU_DEVICES", "2", 1);
    /* The sanitizers' reports end the process, and a planted fault is not worth a core file. */
    setenv("TSAN_OPTIONS", "halt_on_error=1", 1);
    setenv("ASAN_OPTIONS", "detect_leaks=0:disable_coredump=1", 1);
    if (count > 1) {
        return run_row(arguments[1]);
    }
    int bad = 0;
    for (const row &r : rows) {
        bad += !check("/proc/self/exe", r);
    }
    printf("%zu kernels, %d not as expected\n", sizeof(rows) / sizeof(*rows), bad);
    return bad > 0;
}
