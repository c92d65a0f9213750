#pragma once
/* What the parts of the emulator know of each other: fibers (fiber.cpp), one kernel (block.cpp), device
 * memory (memory.cpp), devices, streams and events (runtime.cpp), products (blas.cpp).
 *
 * One host thread uses it at a time, as the engine does; nothing here is locked. */

#include <cuda_runtime.h>

/* The sanitizers' annotations. With EMU_TSAN only kernels are compiled with -fsanitize=thread: the
 * emulator's own bookkeeping is not what is watched. */
#ifndef EMU_TSAN
#define EMU_TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__)
#define EMU_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EMU_ASAN 1
#endif
#endif
#ifndef EMU_ASAN
#define EMU_ASAN 0
#endif

namespace emu
{

enum { SHARED_BYTES = 48 * 1024, BLOCK_THREADS = 1024 };

/* Ends the test: the kernel and thread that run, if any, and the sentence. */
[[noreturn]] void stop(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- fibers: a stack and a place in the code --------------------------------------------------- */

struct fiber;

/* A fiber that calls `body` again each time it is entered anew; body ends with fiber_leave. */
fiber *fiber_take(void (*body)());
/* For another CUDA thread to use; and that a kernel has ended, all of whose threads are done. */
void fiber_give(fiber *done);
void fibers_rest();
/* From the host into the fiber, until it leaves; and back from it. */
void fiber_enter(fiber *to);
void fiber_leave(fiber *from);

/* ---- one kernel --------------------------------------------------------------------------------- */

void run_kernel(const launch_call &call);
/* Work in a stream that the host does with the device's memory. */
cudaError_t enqueue_host(cudaStream_t stream, const std::function<void()> &work);
/* The address sanitizer's mark on these bytes. */
void poison(const void *data, size_t bytes, bool bad);

/* The environment's EMU_SEED: how blocks and threads are shuffled; false where it is not set. */
bool shuffled(unsigned *seed);

/* ---- device memory ------------------------------------------------------------------------------ */

/* While one of these lives, this device's memory can be touched. */
struct opened {
    explicit opened(int device);
    ~opened();
    opened(const opened &) = delete;
    opened &operator=(const opened &) = delete;
    int device;
};

/* The device whose memory holds all of these bytes, or -1. */
int device_of(const void *data, size_t bytes);
bool is_pinned(const void *data);
cudaError_t memory_take(int device, void **out, size_t bytes);
/* False: never given out. */
bool memory_give(void *data);
void memory_count(int device, size_t *used, size_t *total);

} // namespace emu
