#pragma once
/* One open GPU, and what the files of this folder share on the host's side. Everything runs in one
 * stream, in the order it was asked for; what the kernels meet on their way (a bad index) and what becomes
 * of the device is heard of when the host waits: in read, sync and an event's wait. */

#include <stddef.h>
#include <stdint.h>

#include "engine/backend.h"
#include "gpu/port.h"
#include "gpu/walk.h"

enum { CUDA_BLOCK = 256 /* threads */, CUDA_CLASSES = 48 };

/* Free blocks of one power of two. There is always room for all of that size, so that giving one back
 * cannot fail. */
struct cuda_class {
    void **free;
    size_t count, room, blocks; /* free, places for them, blocks that exist */
};

struct cuda_memory {
    struct cuda_class classes[CUDA_CLASSES];
    size_t used, peak,
        reserved; /* bytes given out, the most of them, bytes taken from the device */
};

/* On the device: the index that first met no place. */
struct cuda_fault {
    unsigned taken; /* 1: there was one */
    int dim;
    long long index, size;
};

/* cuBLAS, found at the first product that is worth it. */
struct cuda_blas {
    bool tried;
    cublasHandle_t handle; /* NULL: there is none */
    decltype(&cublasDestroy_v2) destroy;
    decltype(&cublasSgemmStridedBatched) sgemm;
    decltype(&cublasDgemmStridedBatched) dgemm;
};

struct cuda {
    struct backend base;
    struct cuda_memory memory;
    struct cuda_blas blas;
    bool exact_gemm; /* GRADLIGHT_GEMM=exact */

    cudaStream_t stream;
    unsigned most_blocks; /* of a grid */
    struct cuda_fault *fault, *fault_host;
    bool suspect; /* a kernel that may have found a fault has been launched since the last look */
    enum backend_status lost; /* BACKEND_LOST for ever, once it is */

    char name[64];
    int capability[2], multiprocessors, driver, runtime;
};

static inline struct cuda *cuda_of(struct backend *backend)
{
    return (struct cuda *)backend;
}

/* ---- errors (stream.cu) --------------------------------------------------------------------------- */

/* To be called first by every entry: makes the device the thread's. BACKEND_LOST when it is gone. */
enum backend_status cuda_enter(struct cuda *cuda, struct error *err);

/* A status for what a call of CUDA's answered, with `what` and its words in err. */
enum backend_status cuda_answer(struct cuda *cuda, cudaError_t answer, const char *what,
                                struct error *err);

/* After a launch: whether it was possible. */
enum backend_status cuda_launched(struct cuda *cuda, const char *what, struct error *err);

/* '"lu" not implemented for 'Long'': BACKEND_UNSUPPORTED. */
enum backend_status cuda_unsupported(const char *what, enum dtype dtype, struct error *err);

/* ---- the entries of the table ------------------------------------------------------------------------ */

enum backend_status cuda_alloc(struct backend *backend, size_t bytes, void **out,
                               struct error *err);
void cuda_release(struct backend *backend, void *data, size_t bytes);
void cuda_trim(struct backend *backend);
void cuda_reset_peak(struct backend *backend);
/* Gives everything back that is not in use. */
void cuda_memory_finish(struct cuda_memory *memory);

enum backend_status cuda_write(struct backend *backend, void *to, const void *from, size_t bytes,
                               struct error *err);
enum backend_status cuda_read(struct backend *backend, void *to, const void *from, size_t bytes,
                              struct error *err);
enum backend_status cuda_sync(struct backend *backend, struct error *err);

/* Events of the stream, as engine/backend.h says. */
enum backend_status cuda_event_create(struct backend *backend, struct backend_event **out,
                                      struct error *err);
enum backend_status cuda_event_record(struct backend *backend, struct backend_event *event,
                                      struct error *err);
enum backend_status cuda_event_reached(struct backend *backend, struct backend_event *event,
                                       bool *out, struct error *err);
enum backend_status cuda_event_wait(struct backend *backend, struct backend_event *event,
                                    struct error *err);
enum backend_status cuda_event_elapsed(struct backend *backend, struct backend_event *from,
                                       struct backend_event *to, double *milliseconds,
                                       struct error *err);
void cuda_event_destroy(struct backend *backend, struct backend_event *event);

enum backend_status cuda_map(struct backend *backend, const struct backend_map *map,
                             struct error *err);
bool cuda_has_map(enum map_function function, enum dtype dtype);
enum backend_status cuda_reduce(struct backend *backend, const struct backend_reduce *reduce,
                                struct error *err);
enum backend_status cuda_gemm(struct backend *backend, const struct backend_gemm *gemm,
                              struct error *err);
/* False when there is no cuBLAS, or none for this layout: then nothing was done. */
bool cuda_blas_gemm(struct cuda *cuda, const struct backend_gemm *gemm, enum backend_status *status,
                    struct error *err);
void cuda_blas_finish(struct cuda_blas *blas);
enum backend_status cuda_gather(struct backend *backend, const struct backend_index *index,
                                struct error *err);
enum backend_status cuda_scatter(struct backend *backend, const struct backend_index *index,
                                 struct error *err);
enum backend_status cuda_scan(struct backend *backend, const struct backend_scan *scan,
                              struct error *err);
enum backend_status cuda_lu(struct backend *backend, const struct backend_lu *lu,
                            struct error *err);
enum backend_status cuda_chain(struct backend *backend, const struct backend_chain *chain,
                               struct error *err);
enum backend_status cuda_rows(struct backend *backend, const struct backend_rows *rows,
                              struct error *err);

/* ---- small things ----------------------------------------------------------------------------------- */

static inline size_t dtype_bytes(enum dtype dtype)
{
    return dtype <= DTYPE_UINT8 ? 1 : dtype == DTYPE_INT32 || dtype == DTYPE_FLOAT32 ? 4 : 8;
}

static inline bool dtype_is_real(enum dtype dtype)
{
    return dtype >= DTYPE_FLOAT32;
}

static inline int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Blocks for n > 0 threads' worth of work: the grid is small enough to be resident, and kernels run
 * through what is left in steps of it. */
static inline unsigned cuda_blocks(const struct cuda *cuda, int64_t n, int64_t block)
{
    return (unsigned)smaller((n + block - 1) / block, (int64_t)cuda->most_blocks);
}

static inline unsigned cuda_grid(const struct cuda *cuda, int64_t n)
{
    return cuda_blocks(cuda, n, CUDA_BLOCK);
}
