#pragma once
/* What the files of the CPU backend share. */

#include "engine/backend.h"
#include "engine/cpu/kernels.h"

enum { CPU_POOLED_BYTES = 1024, CPU_POOL_STEP = 64, CPU_POOLS = CPU_POOLED_BYTES / CPU_POOL_STEP };
enum { CPU_MOST_SPARES = 32 };

struct cpu_block; /* a free block of small memory */

/* A free block of large memory. */
struct cpu_spare {
    void *data;
    size_t bytes;
};

struct cpu_memory {
    struct cpu_block *free[CPU_POOLS];        /* by size, in steps of 64 bytes */
    struct cpu_block *slabs;                  /* what they were cut from */
    struct cpu_spare spares[CPU_MOST_SPARES]; /* the oldest first */
    int spare_count;
    size_t spare_bytes;
};

struct cpu {
    struct backend base;
    const struct cpu_kernels *kernels;
    bool exact_gemm; /* GRADLIGHT_GEMM=exact */
    struct cpu_memory memory;
};

struct cpu *cpu_of(struct backend *backend);

enum backend_status cpu_alloc(struct backend *backend, size_t bytes, void **out, struct error *err);
void cpu_release(struct backend *backend, void *data, size_t bytes);
/* Gives everything back to the system. */
void cpu_memory_finish(struct cpu_memory *memory);

enum backend_status cpu_map(struct backend *backend, const struct backend_map *map,
                            struct error *err);
enum backend_status cpu_reduce(struct backend *backend, const struct backend_reduce *reduce,
                               struct error *err);
enum backend_status cpu_gemm(struct backend *backend, const struct backend_gemm *gemm,
                             struct error *err);
enum backend_status cpu_gather(struct backend *backend, const struct backend_index *index,
                               struct error *err);
enum backend_status cpu_scatter(struct backend *backend, const struct backend_index *index,
                                struct error *err);

enum backend_status cpu_scan(struct backend *backend, const struct backend_scan *scan,
                             struct error *err);
enum backend_status cpu_lu(struct backend *backend, const struct backend_lu *lu, struct error *err);
enum backend_status cpu_chain(struct backend *backend, const struct backend_chain *chain,
                              struct error *err);
enum backend_status cpu_rows(struct backend *backend, const struct backend_rows *rows,
                             struct error *err);

/* '"exp" not implemented for 'Long'': BACKEND_UNSUPPORTED. */
enum backend_status cpu_unsupported(const char *what, enum dtype dtype, struct error *err);

size_t cpu_size(enum dtype dtype);

/* ---- visiting several views of one shape together ------------------------------------------------ */

enum { WALK_MAX_VIEWS = CHAIN_MAX_VIEWS };

/* Dimensions of size 1 are gone and neighbours that are contiguous in every view are one. Dimensions
 * run from the outermost; strides are in elements. */
struct walk {
    int dims, views;
    bool empty; /* some dimension has size 0 */
    int64_t shape[BACKEND_MAX_DIMS];
    int64_t strides[WALK_MAX_VIEWS][BACKEND_MAX_DIMS];
};

/* views[i] NULL: stands still. */
void walk_init(struct walk *walk, const struct backend_view *const *views, int count);
/* Joins neighbouring dimensions where all views allow it. */
void walk_join(struct walk *walk);

/* Counts through the first `dims` dimensions of a walk, keeping each view's offset. */
struct odometer {
    int dims;
    int64_t at[BACKEND_MAX_DIMS];
    int64_t offset[WALK_MAX_VIEWS];
};
/* False when all places have been visited. Start with a zeroed odometer with .dims set. */
bool odometer_next(struct odometer *odometer, const struct walk *walk);
