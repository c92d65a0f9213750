#pragma once
/* CUDA's runtime on the CPU, so that tests can execute the kernels of gpu/ where there is no GPU: as
 * much of NVIDIA's header of this name as those sources use. A kernel is an ordinary C++ function, a
 * CUDA thread a fiber, a stream a queue that runs only when the host waits for it; what real hardware
 * lets pass or punishes at another place is stopped here with a sentence (README.md).
 *
 * Devices, sizes and faults come from the environment: EMU_DEVICES, EMU_MEMORY, EMU_SEED, EMU_LOSE. */

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <math.h> /* the overloads for float, without std:: */
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)

/* ---- who a thread is --------------------------------------------------------------------------- */

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned width = 1, unsigned height = 1, unsigned depth = 1)
        : x(width), y(height), z(depth)
    {
    }
};

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
enum { warpSize = 32 };

/* ---- the runtime's calls ----------------------------------------------------------------------- */

enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInitializationError = 3,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorStubLibrary = 34,
    cudaErrorInsufficientDriver = 35,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorLaunchFailure = 719,
    cudaErrorUnknown = 999,
};
typedef enum cudaError_t cudaError;

enum cudaMemcpyKind {
    cudaMemcpyHostToHost,
    cudaMemcpyHostToDevice,
    cudaMemcpyDeviceToHost,
    cudaMemcpyDeviceToDevice,
};

enum cudaDeviceAttr {
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76,
};

enum {
    cudaStreamNonBlocking = 1,
    cudaEventDefault = 0,
    cudaEventBlockingSync = 1,
    cudaEventDisableTiming = 2,
    cudaHostAllocDefault = 0,
};

struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem, sharedMemPerBlock;
    int major, minor, multiProcessorCount, warpSize, maxThreadsPerBlock, integrated;
};

typedef struct emulated_stream *cudaStream_t;
typedef struct emulated_event *cudaEvent_t;

cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *out, int device);
cudaError_t cudaDeviceGetAttribute(int *out, cudaDeviceAttr attribute, int device);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
const char *cudaGetErrorName(cudaError_t error);
const char *cudaGetErrorString(cudaError_t error);

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total);
cudaError_t cudaMalloc(void **out, size_t bytes);
cudaError_t cudaFree(void *data);
cudaError_t cudaMallocHost(void **out, size_t bytes);
cudaError_t cudaHostAlloc(void **out, size_t bytes, unsigned flags);
cudaError_t cudaFreeHost(void *data);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream);
cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t stream);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamQuery(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned flags);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventQuery(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to);

template <class T> cudaError_t cudaMalloc(T **out, size_t bytes)
{
    return cudaMalloc((void **)out, bytes);
}

template <class T> cudaError_t cudaMallocHost(T **out, size_t bytes)
{
    return cudaMallocHost((void **)out, bytes);
}

/* ---- launches, barriers, what lanes of a warp tell each other ---------------------------------- */

namespace emu
{

/* What a lane asks of its warp; 0 to 31 is the lane whose value it wants. */
enum { OWN_VALUE = -1, BALLOT = -2 };

void sync_block(int line);
uint64_t warp_exchange(unsigned mask, uint64_t value, int source, int line);
int lane();

/* The block's array of the declaration `site`: NaN in a new block. And what a launch asked for. */
void *shared_at(const void *site, size_t bytes, size_t align);
void *dynamic_shared();

/* Tells the address sanitizer that a caching allocator has given these bytes out, or has them back. */
void mark(const void *data, size_t bytes, bool used);

struct launch_call {
    const char *kernel;
    dim3 grid, block;
    size_t shared;
    cudaStream_t stream;
    std::function<void()> body;
};
cudaError_t enqueue(const launch_call &call);

/* Stops the test when an argument is, or holds, an address that this launch's device cannot reach. */
void check_pointer(const launch_call &call, int argument, const void *data);
void check_struct(const launch_call &call, int argument, const void *bytes, size_t size);

template <class T> void check_argument(const launch_call &call, int argument, const T &value)
{
    if constexpr (std::is_pointer_v<T>) {
        check_pointer(call, argument, (const void *)value);
    } else if constexpr (std::is_class_v<T>) {
        check_struct(call, argument, &value, sizeof(value));
    } else {
        (void)call, (void)argument, (void)value;
    }
}

template <class... Parameters, class... Arguments>
void launch(const char *name, void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared,
            cudaStream_t stream, Arguments... arguments)
{
    launch_call call = { name, grid, block, shared, stream, nullptr };
    int argument = 0;
    (check_argument<std::decay_t<Parameters>>(call, argument++, (Parameters)arguments), ...);
    call.body = [=] { kernel((Parameters)arguments...); };
    enqueue(call);
}

template <class T> uint64_t bits_of(T value)
{
    static_assert(sizeof(T) <= sizeof(uint64_t), "lanes exchange at most eight bytes");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(value));
    return bits;
}

template <class T> T of_bits(uint64_t bits)
{
    T value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

template <class T> T shuffle(unsigned mask, T value, int source, int line)
{
    return of_bits<T>(warp_exchange(mask, bits_of(value), source, line));
}

} // namespace emu

#define GPU_LAUNCH(kernel, grid, block, shared, stream, ...) \
    emu::launch(#kernel, kernel, (grid), (block), (shared), (stream), __VA_ARGS__)
#define GPU_SHARED(type, name, count)      \
    static const char emu_site_##name = 0; \
    type(&name)[count] =                   \
        *(type(*)[count])emu::shared_at(&emu_site_##name, sizeof(type) * (count), alignof(type))
#define GPU_MARK_USED(data, bytes) emu::mark((data), (bytes), true)
#define GPU_MARK_FREE(data, bytes) emu::mark((data), (bytes), false)
#define GPU_EMULATED 1

/* Where a barrier or an exchange stands, so that one inside divergent code is told from another. */
#define EMU_LINE int line = __builtin_LINE()

inline void __syncthreads(EMU_LINE)
{
    emu::sync_block(line);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, EMU_LINE)
{
    return (unsigned)emu::warp_exchange(mask, predicate != 0, emu::BALLOT, line);
}

inline void __syncwarp(unsigned mask = 0xffffffffu, EMU_LINE)
{
    emu::warp_exchange(mask, 0, emu::BALLOT, line);
}

inline int __any_sync(unsigned mask, int predicate, EMU_LINE)
{
    return __ballot_sync(mask, predicate, line) != 0;
}

inline int __all_sync(unsigned mask, int predicate, EMU_LINE)
{
    return __ballot_sync(mask, !predicate, line) == 0;
}

template <class T> T __shfl_sync(unsigned mask, T value, int from, EMU_LINE)
{
    return emu::shuffle(mask, value, from & 31, line);
}

template <class T> T __shfl_xor_sync(unsigned mask, T value, int turn, EMU_LINE)
{
    return emu::shuffle(mask, value, emu::lane() ^ turn, line);
}

template <class T> T __shfl_up_sync(unsigned mask, T value, unsigned by, EMU_LINE)
{
    const int from = emu::lane() - (int)by;
    return emu::shuffle(mask, value, from >= 0 ? from : (int)emu::OWN_VALUE, line);
}

template <class T> T __shfl_down_sync(unsigned mask, T value, unsigned by, EMU_LINE)
{
    const int from = emu::lane() + (int)by;
    return emu::shuffle(mask, value, from < warpSize ? from : (int)emu::OWN_VALUE, line);
}

/* ---- atomics: really atomic, so that a sanitizer sees them as such ------------------------------ */

template <class T, class Change> T emu_change(T *at, Change change)
{
    using word = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    static_assert(sizeof(T) == sizeof(word), "atomics are of four or eight bytes");
    word *const place = (word *)at;
    word before = __atomic_load_n(place, __ATOMIC_RELAXED);
    for (;;) {
        const T old = emu::of_bits<T>(before);
        const T wanted = change(old);
        if (__atomic_compare_exchange_n(place, &before, (word)emu::bits_of(wanted), false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            return old;
        }
    }
}

template <class T> using emu_same = std::common_type_t<T>; /* takes no part in deducing T */

template <class T> T atomicAdd(T *at, emu_same<T> value)
{
    return emu_change(at, [=](T old) { return (T)(old + value); });
}

template <class T> T atomicMax(T *at, emu_same<T> value)
{
    return emu_change(at, [=](T old) { return old > value ? old : value; });
}

template <class T> T atomicMin(T *at, emu_same<T> value)
{
    return emu_change(at, [=](T old) { return old < value ? old : value; });
}

template <class T> T atomicOr(T *at, emu_same<T> value)
{
    return emu_change(at, [=](T old) { return (T)(old | value); });
}

template <class T> T atomicExch(T *at, emu_same<T> value)
{
    return emu_change(at, [=](T) { return value; });
}

template <class T> T atomicCAS(T *at, emu_same<T> expected, emu_same<T> value)
{
    return emu_change(at, [=](T old) { return old == expected ? value : old; });
}

/* ---- what device code calls by other names ------------------------------------------------------ */

inline void __threadfence()
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

template <class T> T __ldg(const T *at)
{
    return *at;
}

/* One rounding each; the build contracts nothing. */
inline float __fadd_rn(float a, float b)
{
    return a + b;
}
inline float __fsub_rn(float a, float b)
{
    return a - b;
}
inline float __fmul_rn(float a, float b)
{
    return a * b;
}
inline float __fdiv_rn(float a, float b)
{
    return a / b;
}
inline float __fsqrt_rn(float a)
{
    return sqrtf(a);
}
inline float __fmaf_rn(float a, float b, float c)
{
    return fmaf(a, b, c);
}
inline double __dadd_rn(double a, double b)
{
    return a + b;
}
inline double __dmul_rn(double a, double b)
{
    return a * b;
}
inline double __ddiv_rn(double a, double b)
{
    return a / b;
}
inline double __dsqrt_rn(double a)
{
    return sqrt(a);
}
inline double __fma_rn(double a, double b, double c)
{
    return fma(a, b, c);
}
inline float rsqrtf(float a)
{
    return 1 / sqrtf(a);
}
inline double rsqrt(double a)
{
    return 1 / sqrt(a);
}

inline int __float_as_int(float value)
{
    return emu::of_bits<int>(emu::bits_of(value));
}
inline unsigned __float_as_uint(float value)
{
    return emu::of_bits<unsigned>(emu::bits_of(value));
}
inline float __int_as_float(int bits)
{
    return emu::of_bits<float>(emu::bits_of(bits));
}
inline float __uint_as_float(unsigned bits)
{
    return emu::of_bits<float>(bits);
}
inline long long __double_as_longlong(double value)
{
    return emu::of_bits<long long>(emu::bits_of(value));
}
inline double __longlong_as_double(long long bits)
{
    return emu::of_bits<double>(emu::bits_of(bits));
}
inline int __popc(unsigned bits)
{
    return __builtin_popcount(bits);
}
inline int __clz(int bits)
{
    return bits ? __builtin_clz((unsigned)bits) : 32;
}
inline int __clzll(long long bits)
{
    return bits ? __builtin_clzll((unsigned long long)bits) : 64;
}
inline int __ffs(int bits)
{
    return __builtin_ffs(bits);
}
inline unsigned __umulhi(unsigned a, unsigned b)
{
    return (unsigned)((uint64_t)a * b >> 32);
}

using std::isfinite;
using std::isinf;
using std::isnan;
using std::max;
using std::min;
