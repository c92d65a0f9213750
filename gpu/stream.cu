/* Waiting, and what is heard of then. A call of CUDA's that fails because of what it was asked (too much
 * memory, an impossible launch) leaves the device as it was; any other failure is a kernel's or the
 * device's, and CUDA answers nothing else from then on. */

#include <stdio.h>

#include "gpu/cuda.h"

enum backend_status cuda_answer(struct cuda *cuda, cudaError_t answer, const char *what,
                                struct error *err)
{
    if (answer == cudaSuccess) {
        return BACKEND_OK;
    }
    (void)cudaGetLastError();
    error_set(err, "CUDA error: %s: %s (%s)", what, cudaGetErrorString(answer),
              cudaGetErrorName(answer));
    if (answer == cudaErrorMemoryAllocation) {
        return BACKEND_OUT_OF_MEMORY;
    }
    if (answer == cudaErrorInvalidValue || answer == cudaErrorInvalidConfiguration ||
        answer == cudaErrorInvalidResourceHandle) {
        return BACKEND_BAD_ARGUMENT;
    }
    cuda->lost = BACKEND_LOST;
    return BACKEND_LOST;
}

enum backend_status cuda_enter(struct cuda *cuda, struct error *err)
{
    if (cuda->lost != BACKEND_OK) {
        error_set(err,
                  "CUDA error: the device cuda:%d was lost: nothing more can be computed there",
                  cuda->base.index);
        return cuda->lost;
    }
    return cuda_answer(cuda, cudaSetDevice(cuda->base.index), "choosing the device", err);
}

enum backend_status cuda_launched(struct cuda *cuda, const char *what, struct error *err)
{
    return cuda_answer(cuda, cudaGetLastError(), what, err);
}

enum backend_status cuda_unsupported(const char *what, enum dtype dtype, struct error *err)
{
    static const char *const names[DTYPE_COUNT] = {
        "Bool", "Byte", "Int", "Long", "Float", "Double"
    };
    error_set(err, "\"%s\" not implemented for '%s'", what, names[dtype]);
    return BACKEND_UNSUPPORTED;
}

/* ---- waiting -------------------------------------------------------------------------------------------- */

/* Asks for the fault that kernels may have noted, to be there when the stream has been waited for. */
static cudaError_t ask_fault(struct cuda *cuda)
{
    return !cuda->suspect ? cudaSuccess
                          : cudaMemcpyAsync(cuda->fault_host, cuda->fault, sizeof(*cuda->fault),
                                            cudaMemcpyDeviceToHost, cuda->stream);
}

/* The fault, once: the next one is another. */
static enum backend_status take_fault(struct cuda *cuda, struct error *err)
{
    if (!cuda->suspect) {
        return BACKEND_OK;
    }
    const struct cuda_fault fault = *cuda->fault_host;
    cuda->suspect = false;
    if (!fault.taken) {
        return BACKEND_OK;
    }
    const enum backend_status status =
        cuda_answer(cuda, cudaMemsetAsync(cuda->fault, 0, sizeof(*cuda->fault), cuda->stream),
                    "clearing the fault", err);
    if (status != BACKEND_OK) {
        return status;
    }
    error_set_kind(err, ERROR_INDEX, "index %lld is out of bounds for dimension %d with size %lld",
                   fault.index, fault.dim, fault.size);
    return BACKEND_BAD_INDEX;
}

static enum backend_status wait(struct cuda *cuda, struct error *err)
{
    cudaError_t answer = ask_fault(cuda);
    if (answer == cudaSuccess) {
        answer = cudaStreamSynchronize(cuda->stream);
    }
    const enum backend_status status = cuda_answer(cuda, answer, "while it computed", err);
    return status == BACKEND_OK ? take_fault(cuda, err) : status;
}

enum backend_status cuda_sync(struct backend *backend, struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    return status == BACKEND_OK ? wait(cuda, err) : status;
}

/* ---- copies --------------------------------------------------------------------------------------------- */

/* CUDA has taken the bytes to itself when this returns, though the device may get them later. */
enum backend_status cuda_write(struct backend *backend, void *to, const void *from, size_t bytes,
                               struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK || bytes == 0) {
        return status;
    }
    return cuda_answer(cuda, cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, cuda->stream),
                       "copying to the device", err);
}

enum backend_status cuda_read(struct backend *backend, void *to, const void *from, size_t bytes,
                              struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    enum backend_status status = cuda_enter(cuda, err);
    if (status == BACKEND_OK && bytes > 0) {
        status = cuda_answer(cuda,
                             cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, cuda->stream),
                             "copying from the device", err);
    }
    return status == BACKEND_OK ? wait(cuda, err) : status;
}

/* ---- events --------------------------------------------------------------------------------------------- */

/* CUDA's own event, seen through the contract's opaque name. */
static cudaEvent_t event_of(struct backend_event *event)
{
    return (cudaEvent_t)(void *)event;
}

enum backend_status cuda_event_create(struct backend *backend, struct backend_event **out,
                                      struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    cudaEvent_t event = NULL;
    enum backend_status status = cuda_enter(cuda, err);
    if (status == BACKEND_OK) {
        status =
            cuda_answer(cuda, cudaEventCreateWithFlags(&event, cudaEventDefault), "an event", err);
    }
    *out = (struct backend_event *)(void *)event;
    return status;
}

enum backend_status cuda_event_record(struct backend *backend, struct backend_event *event,
                                      struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    return status == BACKEND_OK
               ? cuda_answer(cuda, cudaEventRecord(event_of(event), cuda->stream), "an event", err)
               : status;
}

enum backend_status cuda_event_reached(struct backend *backend, struct backend_event *event,
                                       bool *out, struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    const cudaError_t answer = cudaEventQuery(event_of(event));
    *out = answer == cudaSuccess;
    if (answer == cudaErrorNotReady) {
        (void)cudaGetLastError();
        return BACKEND_OK;
    }
    return cuda_answer(cuda, answer, "while it computed", err);
}

enum backend_status cuda_event_wait(struct backend *backend, struct backend_event *event,
                                    struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    return status == BACKEND_OK
               ? cuda_answer(cuda, cudaEventSynchronize(event_of(event)), "while it computed", err)
               : status;
}

enum backend_status cuda_event_elapsed(struct backend *backend, struct backend_event *from,
                                       struct backend_event *to, double *milliseconds,
                                       struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    float time = 0;
    enum backend_status status = cuda_enter(cuda, err);
    if (status == BACKEND_OK) {
        status = cuda_answer(cuda, cudaEventElapsedTime(&time, event_of(from), event_of(to)),
                             "the time between two events", err);
    }
    *milliseconds = (double)time;
    return status;
}

void cuda_event_destroy(struct backend *backend, struct backend_event *event)
{
    if (cuda_enter(cuda_of(backend), NULL) == BACKEND_OK) {
        (void)cudaEventDestroy(event_of(event));
    }
}
