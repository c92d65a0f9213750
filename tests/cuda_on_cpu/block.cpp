/* Runs a kernel: blocks one after the other, and a block's threads as fibers that change only at
 * barriers and where lanes of a warp exchange something. */

#include "tests/cuda_on_cpu/emulator.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sys/mman.h>
#include <vector>

#if EMU_TSAN
#include <sanitizer/tsan_interface.h>
#endif

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace emu
{

enum state { FRESH, READY, AT_BLOCK, AT_WARP, DONE };

struct thread {
    uint3 index;
    enum state state;
    int line, source; /* where it waits, and what it wants from its warp */
    unsigned mask;
    uint64_t value, result;
    struct fiber *fiber;
};

/* An array of GPU_SHARED, by its declaration. */
struct shared_array {
    const void *site;
    size_t at;
};

enum { SHARED_ARRAYS = 16, RED_ZONE = 16, WARP = 32 };

static std::vector<thread> threads;
static std::vector<int> order; /* of the threads */
static std::vector<size_t> blocks;
static size_t turn;                /* whose it is, in this order */
static const launch_call *running; /* NULL between kernels */
static int current, alive, waiting;
static char *shared;
static size_t shared_used;
static shared_array arrays[SHARED_ARRAYS];
static int array_count;

void stop(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "emulated CUDA: ");
    if (running) {
        fprintf(stderr, "%s, block (%u, %u, %u), thread (%u, %u, %u): ", running->kernel,
                blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
    }
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

bool shuffled(unsigned *seed)
{
    const char *text = getenv("EMU_SEED");
    *seed = text ? (unsigned)atoi(text) : 0;
    return text != nullptr;
}

/* ---- what orders threads, told to the thread sanitizer ------------------------------------------ */

/* Two addresses take turns for each barrier: who leaves one may arrive at the next before others have
 * left, and is not ordered with them. */
#if EMU_TSAN
static char kernel_begins, kernel_ends, block_meets[2], warp_meets[BLOCK_THREADS / WARP][2];
static unsigned block_turn, warp_turn[BLOCK_THREADS / WARP];
#define ORDER_RELEASE(at) __tsan_release(at)
#define ORDER_ACQUIRE(at) __tsan_acquire(at)
#define MEETING(meets, turn) (&(meets)[(turn)&1])
#define TURN(turn) ((turn)++)
#else
#define ORDER_RELEASE(at) ((void)0)
#define ORDER_ACQUIRE(at) ((void)0)
#define TURN(turn) ((void)0)
#endif

/* ---- barriers ----------------------------------------------------------------------------------- */

static void wait_for_others()
{
    fiber_leave(threads[(size_t)current].fiber);
}

/* All living threads have arrived. */
static void release_block()
{
    int line = -1;
    for (thread &t : threads) {
        if (t.state != AT_BLOCK) {
            continue;
        }
        if (line >= 0 && t.line != line) {
            stop("__syncthreads in divergent code: some threads are at line %d, others at line %d",
                 line, t.line);
        }
        line = t.line;
        t.state = READY;
    }
    waiting = 0;
    TURN(block_turn);
}

void sync_block(int line)
{
    thread &me = threads[(size_t)current];
    me.state = AT_BLOCK;
    me.line = line;
    me.mask = 0;
#if EMU_TSAN
    char *const meeting = MEETING(block_meets, block_turn);
#endif
    ORDER_RELEASE(meeting);
    if (++waiting == alive) {
        release_block();
    }
    wait_for_others();
    ORDER_ACQUIRE(meeting);
}

/* ---- warps ---------------------------------------------------------------------------------------- */

int lane()
{
    return current % WARP;
}

/* The lanes that stand where this one stands, with its mask. */
static unsigned arrived_with(const thread &me, size_t first, size_t count)
{
    unsigned lanes = 0;
    for (size_t l = 0; l < count; l++) {
        const thread &other = threads[first + l];
        if (other.state != AT_WARP || other.mask != me.mask) {
            continue;
        }
        if (other.line != me.line) {
            stop("lanes of one mask exchange at different lines, %d and %d", me.line, other.line);
        }
        lanes |= 1u << l;
    }
    return lanes;
}

static uint64_t votes(size_t first, unsigned lanes)
{
    uint64_t result = 0;
    for (size_t l = 0; l < WARP; l++) {
        if ((lanes >> l & 1) && threads[first + l].value) {
            result |= (uint64_t)1 << l;
        }
    }
    return result;
}

/* What a lane outside of the mask says is undefined: it is NaN. */
static uint64_t answer_for(const thread &lane, size_t first, unsigned lanes)
{
    const uint64_t undefined = 0x7fbadbad7fbadbad;
    if (lane.source == BALLOT) {
        return votes(first, lanes);
    }
    if (lane.source == OWN_VALUE) {
        return lane.value;
    }
    return lanes >> lane.source & 1 ? threads[first + (size_t)lane.source].value : undefined;
}

/* The last lane to arrive answers all of them. */
static void try_release_warp()
{
    const thread &me = threads[(size_t)current];
    const size_t first = (size_t)(current / WARP * WARP);
    const size_t count = std::min<size_t>(WARP, threads.size() - first);
    const unsigned all = count == WARP ? 0xffffffffu : (1u << count) - 1;
    const unsigned lanes = arrived_with(me, first, count);
    if (lanes != (me.mask & all)) {
        return;
    }
    for (size_t l = 0; l < count; l++) {
        if (lanes >> l & 1) {
            threads[first + l].result = answer_for(threads[first + l], first, lanes);
        }
    }
    for (size_t l = 0; l < count; l++) {
        if (lanes >> l & 1) {
            threads[first + l].state = READY;
        }
    }
    TURN(warp_turn[current / WARP]);
}

uint64_t warp_exchange(unsigned mask, uint64_t value, int source, int line)
{
    thread &me = threads[(size_t)current];
    if (!(mask >> lane() & 1)) {
        stop("line %d: lane %d is not in its own mask %08x", line, lane(), mask);
    }
    me.state = AT_WARP;
    me.line = line;
    me.mask = mask;
    me.value = value;
    me.source = source;
#if EMU_TSAN
    char *const meeting = MEETING(warp_meets[current / WARP], warp_turn[current / WARP]);
#endif
    ORDER_RELEASE(meeting);
    try_release_warp();
    wait_for_others();
    ORDER_ACQUIRE(meeting);
    return threads[(size_t)current].result;
}

/* ---- shared memory -------------------------------------------------------------------------------- */

static void shared_begin(size_t dynamic)
{
    /* The thread sanitizer forgets what other blocks did there when it is mapped anew. */
    if (EMU_TSAN || !shared) {
        void *const at = mmap(shared, SHARED_BYTES, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | (shared ? MAP_FIXED : 0), -1, 0);
        if (at == MAP_FAILED) {
            stop("no memory for a block's shared arrays");
        }
        shared = (char *)at;
    }
    poison(shared, SHARED_BYTES, false);
    for (size_t i = 0; i < dynamic; i++) {
        shared[i] = -1;
    }
    poison(shared + dynamic, SHARED_BYTES - dynamic, true);
    shared_used = dynamic;
    array_count = 0;
}

void *shared_at(const void *site, size_t bytes, size_t align)
{
    for (int i = 0; i < array_count; i++) {
        if (arrays[i].site == site) {
            return shared + arrays[i].at;
        }
    }
    const size_t step = std::max<size_t>(align, RED_ZONE);
    const size_t at = (shared_used + RED_ZONE + step - 1) / step * step;
    if (at + bytes + RED_ZONE > SHARED_BYTES || array_count == SHARED_ARRAYS) {
        stop("more than %d KiB, or %d arrays, of shared memory", SHARED_BYTES / 1024,
             (int)SHARED_ARRAYS);
    }
    arrays[array_count++] = { site, at };
    shared_used = at + bytes;
    poison(shared + at, bytes, false);
    /* Undefined, which here is NaN. (A loop: the thread sanitizer would watch memset.) */
    for (size_t i = 0; i < bytes; i++) {
        ((volatile char *)shared)[at + i] = -1;
    }
    return shared + at;
}

void *dynamic_shared()
{
    return shared;
}

/* ---- the scheduler --------------------------------------------------------------------------------- */

static void become(int i)
{
    current = i;
    threadIdx = threads[(size_t)i].index;
}

static void finish(thread &me)
{
    me.state = DONE;
    if (--alive > 0 && waiting == alive) {
        release_block();
    }
}

/* Whether the next in order has not begun; then it is. It takes over the fiber of one that has ended, so
 * that a kernel without barriers changes stacks once for a block. (Not where a fiber is an identity.) */
static bool take_next(fiber *free)
{
    if (EMU_TSAN || turn + 1 >= threads.size() || threads[(size_t)order[turn + 1]].state != FRESH) {
        return false;
    }
    turn++;
    become(order[turn]);
    threads[(size_t)current].fiber = free;
    return true;
}

static void thread_body()
{
    fiber *const mine = threads[(size_t)current].fiber;
    do {
        ORDER_ACQUIRE(&kernel_begins);
        running->body();
        ORDER_RELEASE(&kernel_ends);
        finish(threads[(size_t)current]);
    } while (take_next(mine));
    fiber_leave(mine);
}

static void step(int i)
{
    thread &t = threads[(size_t)i];
    fiber *const entered = t.state == FRESH ? fiber_take(thread_body) : t.fiber;
    t.fiber = entered;
    become(i);
    fiber_enter(entered);
    if (threads[(size_t)current].state == DONE) {
        fiber_give(entered);
    }
}

/* Nobody can go on: the first that waits says for what. */
[[noreturn]] static void stop_stuck()
{
    for (const thread &t : threads) {
        if (t.state == AT_BLOCK || t.state == AT_WARP) {
            threadIdx = t.index;
            stop("waits for ever at line %d for %s (mask %08x); %d of %zu threads live", t.line,
                 t.state == AT_BLOCK ? "__syncthreads" : "its warp", t.mask, alive, threads.size());
        }
    }
    stop("no thread can go on");
}

static void run_threads()
{
    bool moved = true;
    while (moved && alive > 0) {
        moved = false;
        for (turn = 0; turn < threads.size(); turn++) {
            const int i = order[turn];
            const enum state state = threads[(size_t)i].state;
            if (state == FRESH || state == READY) {
                step(i);
                moved = true;
            }
        }
    }
    if (alive > 0) {
        stop_stuck();
    }
}

static void block_begin(const launch_call &call, size_t number)
{
    const dim3 grid = call.grid, block = call.block;
    blockIdx = { (unsigned)(number % grid.x), (unsigned)(number / grid.x % grid.y),
                 (unsigned)(number / grid.x / grid.y) };
    shared_begin(call.shared);
    uint3 index = { 0, 0, 0 };
    for (thread &t : threads) {
        t.state = FRESH;
        t.index = index;
        if (++index.x == block.x) {
            index.x = 0;
            index.z += ++index.y == block.y;
            index.y %= block.y;
        }
    }
    alive = (int)threads.size();
    waiting = 0;
}

template <class T> static void count_up(std::vector<T> *numbers, size_t count)
{
    numbers->resize(count);
    for (size_t i = 0; i < count; i++) {
        (*numbers)[i] = (T)i;
    }
}

void run_kernel(const launch_call &call)
{
    static std::mt19937 random;
    static bool seeded;
    unsigned seed;
    const bool shuffle = shuffled(&seed);
    if (shuffle && !seeded) {
        random.seed(seed);
        seeded = true;
    }
    running = &call;
    gridDim = call.grid;
    blockDim = call.block;
    threads.resize((size_t)call.block.x * call.block.y * call.block.z);
    count_up(&order, threads.size());
    count_up(&blocks, (size_t)call.grid.x * call.grid.y * call.grid.z);
    if (shuffle) {
        std::shuffle(blocks.begin(), blocks.end(), random);
    }
    for (const size_t number : blocks) {
        if (shuffle) {
            std::shuffle(order.begin(), order.end(), random);
        }
        block_begin(call, number);
        ORDER_RELEASE(&kernel_begins); /* what the host did, with this block's shared memory too */
        run_threads();
    }
    ORDER_ACQUIRE(&kernel_ends); /* only now: blocks are not ordered with each other */
    fibers_rest();
    running = nullptr;
}

} // namespace emu
