/* The device's memory is asked for rarely, since that waits for the device and takes long: blocks have a
 * power of two as size, and one that is given back waits in its class for the next tensor. As one stream
 * orders all work, it can be handed out again at once, although kernels that use it may still be queued. */

#include <stdlib.h>

#include "gpu/cuda.h"

/* As PyTorch counts: tensors begin at multiples of 512 bytes. */
static const size_t STEP = 512;
static const int FIRST_CLASS = 9;

static int class_of(size_t bytes)
{
    int k = FIRST_CLASS;
    while (((size_t)1 << k) < bytes) {
        k++;
    }
    return k;
}

static size_t counted(size_t bytes)
{
    return (bytes + STEP - 1) / STEP * STEP;
}

static void drop_class(struct cuda_memory *memory, int k)
{
    struct cuda_class *blocks = &memory->classes[k];
    while (blocks->count > 0) {
        void *const data = blocks->free[--blocks->count];
        GPU_MARK_USED(data, (size_t)1 << k);
        (void)cudaFree(data);
        blocks->blocks--;
        memory->reserved -= (size_t)1 << k;
    }
}

static void drop_cache(struct cuda_memory *memory)
{
    for (int k = 0; k < CUDA_CLASSES; k++) {
        drop_class(memory, k);
    }
}

/* Room for one more block of a class. */
static bool make_room(struct cuda_class *blocks)
{
    if (blocks->blocks < blocks->room) {
        return true;
    }
    const size_t room = blocks->room > 0 ? 2 * blocks->room : 16;
    void **const places = (void **)realloc(blocks->free, room * sizeof(*places));
    if (!places) {
        return false;
    }
    blocks->free = places;
    blocks->room = room;
    return true;
}

/* From the device; when that has nothing left, once more without our cache. */
static cudaError_t take(struct cuda *cuda, size_t bytes, void **out)
{
    cudaError_t answer = cudaMalloc(out, bytes);
    if (answer == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError();
        drop_cache(&cuda->memory);
        answer = cudaMalloc(out, bytes);
    }
    return answer;
}

static enum backend_status out_of_memory(struct cuda *cuda, size_t bytes, struct error *err)
{
    size_t available = 0, total = 0;
    (void)cudaGetLastError();
    (void)cudaMemGetInfo(&available, &total);
    error_set_kind(err, ERROR_MEMORY,
                   "CUDA out of memory. Tried to allocate %.2f MiB. GPU %d has a total capacity of "
                   "%.2f GiB of which %.2f MiB is free.",
                   (double)bytes / 0x1p20, cuda->base.index, (double)total / 0x1p30,
                   (double)available / 0x1p20);
    return BACKEND_OUT_OF_MEMORY;
}

enum backend_status cuda_alloc(struct backend *backend, size_t bytes, void **out, struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    struct cuda_memory *const memory = &cuda->memory;
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    const int k = bytes <= (size_t)1 << (CUDA_CLASSES - 1) ? class_of(bytes) : CUDA_CLASSES;
    if (k == CUDA_CLASSES || !make_room(&memory->classes[k])) {
        return out_of_memory(cuda, bytes, err);
    }
    struct cuda_class *const blocks = &memory->classes[k];
    if (blocks->count > 0) {
        *out = blocks->free[--blocks->count];
    } else {
        const cudaError_t answer = take(cuda, (size_t)1 << k, out);
        if (answer != cudaSuccess) {
            return answer == cudaErrorMemoryAllocation ? out_of_memory(cuda, bytes, err)
                                                       : cuda_answer(cuda, answer, "memory", err);
        }
        blocks->blocks++;
        memory->reserved += (size_t)1 << k;
        GPU_MARK_FREE(*out, (size_t)1 << k);
    }
    GPU_MARK_USED(*out, bytes);
    memory->used += counted(bytes);
    memory->peak = memory->used > memory->peak ? memory->used : memory->peak;
    return BACKEND_OK;
}

void cuda_release(struct backend *backend, void *data, size_t bytes)
{
    struct cuda_memory *const memory = &cuda_of(backend)->memory;
    const int k = class_of(bytes);
    struct cuda_class *const blocks = &memory->classes[k];
    GPU_MARK_FREE(data, (size_t)1 << k);
    blocks->free[blocks->count++] = data;
    memory->used -= counted(bytes);
}

void cuda_trim(struct backend *backend)
{
    struct cuda *const cuda = cuda_of(backend);
    if (cuda_enter(cuda, NULL) == BACKEND_OK) {
        drop_cache(&cuda->memory);
    }
}

void cuda_reset_peak(struct backend *backend)
{
    struct cuda_memory *const memory = &cuda_of(backend)->memory;
    memory->peak = memory->used;
}

void cuda_memory_finish(struct cuda_memory *memory)
{
    drop_cache(memory);
    for (int k = 0; k < CUDA_CLASSES; k++) {
        free(memory->classes[k].free);
    }
}
