/* Reductions whose order is free. A block is cut into columns, one for each of its outputs, and the threads
 * of a column share the output's elements; where there are few outputs of many elements each, several
 * blocks share them too and leave their parts in scratch memory, which a second launch joins. */

#include "gpu/reduce_kernels.h"

#include "gpu/reduce_folds.h"

/* What the launches need besides the call. `sharers` threads of a block share an output; they stand side
 * by side (in_rows) where an output's elements do, else the outputs do. */
struct cut {
    int sharers, parts; /* parts: blocks to an output */
    bool in_rows;
    int64_t outputs;
    void *scratch; /* parts of every output; NULL: parts is 1 */
};

/* ---- kernels --------------------------------------------------------------------------------------------- */

struct seat {
    int column, sharer;
};

static __device__ __forceinline__ struct seat seat_of(const struct cut &cut)
{
    const int columns = CUDA_BLOCK / cut.sharers, t = (int)threadIdx.x;
    if (cut.in_rows) {
        return { t / cut.sharers, t % cut.sharers };
    }
    return { t % columns, t / columns };
}

/* Joins what the sharers of each column have; the first of them has it all then. */
template <class fold>
static __device__ __forceinline__ void join_column(const struct cut &cut, const struct seat &seat,
                                                   typename fold::part *all)
{
    GPU_SHARED(typename fold::part, parts, CUDA_BLOCK);
    const int step = cut.in_rows ? 1 : CUDA_BLOCK / cut.sharers;
    GPU_ROLL
    for (int half = cut.sharers / 2; half > 0; half /= 2) {
        parts[threadIdx.x] = *all;
        __syncthreads();
        if (seat.sharer < half) {
            fold::join(all, parts[(int)threadIdx.x + half * step]);
        }
        __syncthreads();
    }
}

template <class fold>
static __device__ __forceinline__ void put_result(const struct reduce_call &call, int64_t output,
                                                  const typename fold::part &all)
{
    const struct places<3> at = walk_places<3>(call.kept, output);
    if (call.out) {
        ((typename fold::out *)call.out)[at.at[0]] = fold::result(all, call.parameter);
    }
    if (call.index) {
        call.index[at.at[2]] = winner_of(all);
    }
}

/* Part `part` of the elements of one output, as far as this sharer goes. */
template <class fold>
static __device__ __forceinline__ typename fold::part
fold_share(const struct reduce_call &call, const struct cut &cut, int64_t output, int64_t part,
           int sharer)
{
    const typename fold::in *const in =
        (const typename fold::in *)call.in + walk_places<3>(call.kept, output).at[1];
    const int64_t step = (int64_t)cut.parts * cut.sharers;
    typename fold::part all = fold::none();
    if (call.folded.dims <= 1) {
        const int64_t stride = call.folded.dims == 1 ? call.folded.strides[0][0] : 0;
        for (int64_t i = part * cut.sharers + sharer; i < call.folded.count; i += step) {
            fold::take(&all, in[i * stride], i);
        }
    } else {
        GPU_ROLL
        for (int64_t i = part * cut.sharers + sharer; i < call.folded.count; i += step) {
            fold::take(&all, in[walk_places<1>(call.folded, i).at[0]], i);
        }
    }
    return all;
}

/* A block's turn: `columns` outputs, one part of each. Every thread takes every turn, because of the
 * barriers; a seat beyond the last output folds nothing. */
template <class fold> __global__ void reduce_share(struct reduce_call call, struct cut cut)
{
    const struct seat seat = seat_of(cut);
    const int columns = CUDA_BLOCK / cut.sharers;
    const int64_t groups = (cut.outputs + columns - 1) / columns;
    GPU_ROLL
    for (int64_t turn = blockIdx.x; turn < groups * cut.parts; turn += gridDim.x) {
        const int64_t output = turn / cut.parts * columns + seat.column, part = turn % cut.parts;
        typename fold::part all = fold::none();
        if (output < cut.outputs) {
            all = fold_share<fold>(call, cut, output, part, seat.sharer);
        }
        join_column<fold>(cut, seat, &all);
        if (seat.sharer == 0 && output < cut.outputs) {
            if (cut.scratch) {
                ((typename fold::part *)cut.scratch)[output * cut.parts + part] = all;
            } else {
                put_result<fold>(call, output, all);
            }
        }
    }
}

/* The parts of each output, in their order, by one thread. */
template <class fold> __global__ void reduce_join(struct reduce_call call, struct cut cut)
{
    GPU_ROLL
    for (int64_t output = thread_number(); output < cut.outputs; output += thread_count()) {
        const typename fold::part *const parts =
            (const typename fold::part *)cut.scratch + output * cut.parts;
        typename fold::part all = parts[0];
        for (int i = 1; i < cut.parts; i++) {
            fold::join(&all, parts[i]);
        }
        put_result<fold>(call, output, all);
    }
}

/* ---- launches ------------------------------------------------------------------------------------------- */

/* A sharer has at least EACH elements; there are as many parts as keep any GPU busy. */
enum { EACH = 4, MOST_PARTS = 512, ENOUGH_BLOCKS = 1024, EACH_OF_PART = 64 };

static struct cut cut_work(const struct reduce_call *call)
{
    struct cut cut = {};
    const int64_t count = call->folded.count;
    cut.outputs = call->kept.count;
    cut.sharers = 1;
    while (cut.sharers < CUDA_BLOCK && cut.sharers * EACH < count) {
        cut.sharers *= 2;
    }
    /* Elements side by side are read together by the sharers, else by neighbouring columns. */
    const struct walk *const folded = &call->folded, *const kept = &call->kept;
    const int64_t along = folded->dims > 0 ? folded->strides[0][folded->dims - 1] : 0;
    const int64_t across = kept->dims > 0 ? kept->strides[1][kept->dims - 1] : 0;
    cut.in_rows = kept->dims == 0 || along <= across;
    if (!cut.in_rows && cut.sharers > CUDA_BLOCK / 32) {
        cut.sharers = CUDA_BLOCK / 32;
    }
    const int64_t columns = CUDA_BLOCK / cut.sharers;
    const int64_t blocks = (cut.outputs + columns - 1) / columns;
    const int64_t useful = count / (cut.sharers * EACH_OF_PART);
    const int64_t wanted = smaller(useful, ENOUGH_BLOCKS / blocks);
    cut.parts = (int)(wanted < 1 ? 1 : smaller(wanted, MOST_PARTS));
    return cut;
}

template <class fold>
static enum backend_status run(struct cuda *cuda, const struct reduce_call *call, struct error *err)
{
    struct cut cut = cut_work(call);
    const size_t bytes = (size_t)(cut.outputs * cut.parts) * sizeof(typename fold::part);
    const int64_t columns = CUDA_BLOCK / cut.sharers;
    const int64_t turns = (cut.outputs + columns - 1) / columns * cut.parts;
    if (cut.parts > 1) {
        const enum backend_status status = cuda_alloc(&cuda->base, bytes, &cut.scratch, err);
        if (status != BACKEND_OK) {
            return status;
        }
    }
    GPU_LAUNCH((reduce_share<fold>), cuda_blocks(cuda, turns, 1), CUDA_BLOCK, 0, cuda->stream,
               *call, cut);
    if (cut.scratch) {
        GPU_LAUNCH((reduce_join<fold>), cuda_grid(cuda, cut.outputs), CUDA_BLOCK, 0, cuda->stream,
                   *call, cut);
        cuda_release(&cuda->base, cut.scratch, bytes);
    }
    return cuda_launched(cuda, "reduce", err);
}

typedef enum backend_status reduce_run(struct cuda *cuda, const struct reduce_call *call,
                                       struct error *err);

template <class T> static reduce_run *find_any(enum reduce_function function)
{
    switch (function) {
    case REDUCE_MAX:
        return run<fold_extreme<T, true>>;
    case REDUCE_MIN:
        return run<fold_extreme<T, false>>;
    case REDUCE_ANY:
        return run<fold_truth<T, false>>;
    case REDUCE_ALL:
        return run<fold_truth<T, true>>;
    default:
        return NULL;
    }
}

template <class T> static reduce_run *find_real(enum reduce_function function)
{
    switch (function) {
    case REDUCE_SUM:
        return run<fold_sum<T>>;
    case REDUCE_VAR:
        return run<fold_spread<T, false>>;
    case REDUCE_STD:
        return run<fold_spread<T, true>>;
    default:
        return find_any<T>(function);
    }
}

template <class T> static reduce_run *find_whole(enum reduce_function function)
{
    switch (function) {
    case REDUCE_SUM:
        return run<fold_count<T>>;
    case REDUCE_PROD:
        return run<fold_whole_prod<T>>;
    default:
        return find_any<T>(function);
    }
}

static reduce_run *find(enum reduce_function function, enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        return find_whole<uint8_t>(function);
    case DTYPE_INT32:
        return find_whole<int32_t>(function);
    case DTYPE_INT64:
        return find_whole<int64_t>(function);
    case DTYPE_FLOAT32:
        return find_real<float>(function);
    default:
        return find_real<double>(function);
    }
}

enum backend_status reduce_freely(struct cuda *cuda, const struct reduce_call *call,
                                  struct error *err)
{
    reduce_run *const run_it = find(call->function, call->dtype);
    return run_it ? run_it(cuda, call, err) : cuda_unsupported("reduce", call->dtype, err);
}
