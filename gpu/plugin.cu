/* The plug-in's table, and its only export. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/cuda.h"

static bool supports(const struct backend *backend, const struct backend_query *query)
{
    (void)backend;
    switch (query->primitive) {
    case PRIMITIVE_MAP:
        return cuda_has_map((enum map_function)query->function, query->dtype);
    case PRIMITIVE_REDUCE:
        return query->function < REDUCE_VAR || dtype_is_real(query->dtype);
    case PRIMITIVE_GEMM:
        return query->dtype != DTYPE_BOOL;
    case PRIMITIVE_GATHER:
    case PRIMITIVE_SCATTER:
        return true;
    case PRIMITIVE_SCAN:
        return query->function != SCAN_LOG_SUM_EXP || dtype_is_real(query->dtype);
    case PRIMITIVE_LU:
    case PRIMITIVE_ROWS:
    case PRIMITIVE_CHAIN:
        return dtype_is_real(query->dtype);
    }
    return false;
}

static void info(struct backend *backend, struct backend_info *out)
{
    struct cuda *const cuda = cuda_of(backend);
    *out = {};
    snprintf(out->name, sizeof(out->name), "%s", cuda->name);
    out->capability[0] = cuda->capability[0];
    out->capability[1] = cuda->capability[1];
    out->multiprocessors = cuda->multiprocessors;
    out->driver = cuda->driver;
    out->runtime = cuda->runtime;
    out->memory_used = cuda->memory.used;
    out->memory_peak = cuda->memory.peak;
    out->memory_cached = cuda->memory.reserved - cuda->memory.used;
    out->emulated = GPU_EMULATED;
    size_t available = 0, total = 0;
    if (cuda_enter(cuda, NULL) == BACKEND_OK &&
        cuda_answer(cuda, cudaMemGetInfo(&available, &total), "memory", NULL) == BACKEND_OK) {
        out->memory_free = available;
        out->memory_total = total;
    }
}

/* cuBLAS and CUDA's runtime stay loaded: to unload them is not safe. */
static void destroy(struct backend *backend)
{
    struct cuda *const cuda = cuda_of(backend);
    (void)cudaSetDevice(cuda->base.index);
    if (cuda->stream) {
        (void)cudaStreamSynchronize(cuda->stream);
    }
    cuda_blas_finish(&cuda->blas);
    cuda_memory_finish(&cuda->memory);
    if (cuda->fault) {
        (void)cudaFree(cuda->fault);
    }
    if (cuda->fault_host) {
        (void)cudaFreeHost(cuda->fault_host);
    }
    if (cuda->stream) {
        (void)cudaStreamDestroy(cuda->stream);
    }
    (void)cudaGetLastError();
    free(cuda);
}

/* Both in the order of the contract, since C++17 has no designated initialisers. */
static const struct backend_event_calls event_calls = {
    cuda_event_create, cuda_event_record,  cuda_event_reached,
    cuda_event_wait,   cuda_event_elapsed, cuda_event_destroy,
};

static const struct backend_impl cuda_impl = {
    BACKEND_ABI,     sizeof(struct backend_impl),
    "cuda",          false, /* the host cannot read the device's memory */
    cuda_alloc,      cuda_release,
    cuda_write,      cuda_read,
    supports,        cuda_map,
    cuda_reduce,     cuda_gemm,
    cuda_gather,     cuda_scatter,
    cuda_scan,       cuda_lu,
    cuda_rows,       cuda_chain,
    cuda_sync,       info,
    &event_calls,    cuda_trim,
    cuda_reset_peak, destroy,
};

/* ---- opening --------------------------------------------------------------------------------------------- */

static enum backend_status refuse(struct error *err, const char *sentence)
{
    error_set(err, "%s", sentence);
    return BACKEND_UNSUPPORTED;
}

/* Whether this machine has the device; without a driver the answer takes less than a millisecond. */
static enum backend_status find_device(int index, int *driver, int *runtime, struct error *err)
{
    int count = 0; /* stays as it is when CUDA cannot tell */
    const cudaError_t answer = cudaGetDeviceCount(&count);
    (void)cudaDriverGetVersion(driver);
    (void)cudaRuntimeGetVersion(runtime);
    (void)cudaGetLastError();
    if (answer == cudaErrorInsufficientDriver && *driver == 0) {
        return refuse(err, "no NVIDIA driver is installed");
    }
    if (answer == cudaErrorInsufficientDriver) {
        error_set(err, "the NVIDIA driver (CUDA %d.%d) is too old: CUDA %d.%d is needed",
                  *driver / 1000, *driver % 1000 / 10, *runtime / 1000, *runtime % 1000 / 10);
        return BACKEND_UNSUPPORTED;
    }
    if (answer == cudaErrorNoDevice || (answer == cudaSuccess && count == 0)) {
        return refuse(err, "this machine has no CUDA device");
    }
    if (answer != cudaSuccess) {
        error_set(err, "no CUDA device can be used: %s", cudaGetErrorString(answer));
        return BACKEND_UNSUPPORTED;
    }
    if (index < 0 || index >= count) {
        error_set(err, "there %s %d CUDA device%s, no cuda:%d", count == 1 ? "is" : "are", count,
                  count == 1 ? "" : "s", index);
        return BACKEND_UNSUPPORTED;
    }
    return BACKEND_OK;
}

static cudaError_t describe(struct cuda *cuda)
{
    cudaDeviceProp properties;
    const cudaError_t answer = cudaGetDeviceProperties(&properties, cuda->base.index);
    if (answer == cudaSuccess) {
        snprintf(cuda->name, sizeof(cuda->name), "%.63s", properties.name);
        cuda->capability[0] = properties.major;
        cuda->capability[1] = properties.minor;
        cuda->multiprocessors = properties.multiProcessorCount;
        cuda->most_blocks = 8 * (unsigned)properties.multiProcessorCount;
    }
    return answer;
}

/* What every open device has. */
static enum backend_status furnish(struct cuda *cuda, struct error *err)
{
    cudaError_t answer = cudaSetDevice(cuda->base.index);
    if (answer == cudaSuccess) {
        answer = describe(cuda);
    }
    if (answer == cudaSuccess) {
        answer = cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking);
    }
    if (answer == cudaSuccess) {
        answer = cudaMalloc((void **)&cuda->fault, sizeof(*cuda->fault));
    }
    if (answer == cudaSuccess) {
        answer = cudaMallocHost((void **)&cuda->fault_host, sizeof(*cuda->fault_host));
    }
    if (answer == cudaSuccess) {
        answer = cudaMemsetAsync(cuda->fault, 0, sizeof(*cuda->fault), cuda->stream);
    }
    return cuda_answer(cuda, answer, "opening the device", err);
}

extern "C" __attribute__((visibility("default"))) enum backend_status
backend_open(uint32_t abi, int index, struct backend **out, struct error *err)
{
    *out = NULL;
    if (abi != BACKEND_ABI) {
        error_set(
            err,
            "the plug-in for cuda was built for interface %u, this program has %u: build both "
            "from one source",
            (unsigned)BACKEND_ABI, (unsigned)abi);
        return BACKEND_UNSUPPORTED;
    }
    int driver = 0, runtime = 0;
    enum backend_status status = find_device(index, &driver, &runtime, err);
    if (status != BACKEND_OK) {
        return status;
    }
    struct cuda *const cuda = (struct cuda *)calloc(1, sizeof(*cuda));
    if (!cuda) {
        error_set_kind(err, ERROR_MEMORY, "no memory for a device");
        return BACKEND_OUT_OF_MEMORY;
    }
    const char *const gemm = getenv("GRADLIGHT_GEMM");
    cuda->base.impl = &cuda_impl;
    cuda->base.index = index;
    cuda->driver = driver;
    cuda->runtime = runtime;
    cuda->exact_gemm = gemm && strcmp(gemm, "exact") == 0;
    status = furnish(cuda, err);
    if (status != BACKEND_OK) {
        destroy(&cuda->base);
        return status;
    }
    *out = &cuda->base;
    return BACKEND_OK;
}
