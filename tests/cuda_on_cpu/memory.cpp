/* Device memory: one reserved range for each device, unreadable while no kernel of that device runs,
 * full of NaN (and -1) when it is given out, with red zones under the address sanitizer. */

#include "tests/cuda_on_cpu/emulator.h"

#include <cstdlib>
#include <map>
#include <sys/mman.h>

#if EMU_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace emu
{

enum { DEVICES = 8, ALIGNMENT = 256, PAGE = 4096 };
static const size_t ARENA_BYTES = (size_t)8 << 30;
static const size_t MEMORY_BYTES = (size_t)4 << 30; /* what a device has, unless EMU_MEMORY says */

struct arena {
    char *base;
    size_t top; /* bytes that were ever given out */
    int opens;
    std::map<size_t, size_t> used, holes; /* where -> bytes */
};

/* Never destroyed: a plug-in may release its memory as the program ends. */
static arena &arena_of(int device)
{
    static arena *const arenas = new arena[DEVICES]();
    return arenas[device];
}

static std::map<const char *, size_t> &pinned()
{
    static auto *const blocks = new std::map<const char *, size_t>;
    return *blocks;
}

void poison(const void *data, size_t bytes, bool bad)
{
#if EMU_ASAN
    if (bad) {
        __asan_poison_memory_region(data, bytes);
    } else {
        __asan_unpoison_memory_region(data, bytes);
    }
#endif
    (void)data, (void)bytes, (void)bad;
}

/* ---- locked between kernels ------------------------------------------------------------------------ */

static void protect(const arena &arena, int access)
{
    const size_t bytes = (arena.top + PAGE - 1) / PAGE * PAGE;
    if (bytes > 0 && mprotect(arena.base, bytes, access) != 0) {
        stop("device memory cannot be locked");
    }
}

opened::opened(int which) : device(which)
{
    arena &arena = arena_of(device);
    if (arena.opens++ == 0) {
        protect(arena, PROT_READ | PROT_WRITE);
    }
}

opened::~opened()
{
    arena &arena = arena_of(device);
    if (--arena.opens == 0) {
        protect(arena, PROT_NONE);
    }
}

/* ---- given out and taken back ------------------------------------------------------------------------ */

static size_t limit()
{
    const char *text = getenv("EMU_MEMORY");
    return text ? (size_t)strtoull(text, nullptr, 10) : MEMORY_BYTES;
}

void memory_count(int device, size_t *used, size_t *total)
{
    *used = 0;
    for (const auto &block : arena_of(device).used) {
        *used += block.second;
    }
    *total = limit();
}

/* A block and the red zone behind it. */
static size_t room_for(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
}

static bool take_hole(arena &arena, size_t room, size_t *at)
{
    for (const auto &hole : arena.holes) {
        if (hole.second >= room) {
            *at = hole.first;
            const size_t left = hole.second - room;
            arena.holes.erase(*at);
            if (left > 0) {
                arena.holes[*at + room] = left;
            }
            return true;
        }
    }
    return false;
}

static bool reserve(arena &arena)
{
    if (!arena.base) {
        void *const range = mmap(nullptr, ARENA_BYTES, PROT_NONE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        arena.base = range == MAP_FAILED ? nullptr : (char *)range;
    }
    return arena.base != nullptr;
}

cudaError_t memory_take(int device, void **out, size_t bytes)
{
    arena &arena = arena_of(device);
    size_t used, total, at;
    *out = nullptr;
    memory_count(device, &used, &total);
    if (!reserve(arena) || bytes > total || used > total - bytes) {
        return cudaErrorMemoryAllocation;
    }
    const size_t room = room_for(bytes);
    if (!take_hole(arena, room, &at)) {
        if (room > ARENA_BYTES - arena.top) {
            return cudaErrorMemoryAllocation;
        }
        at = arena.top;
        arena.top += room;
    }
    arena.used[at] = bytes;
    const opened open(device);
    protect(arena, PROT_READ | PROT_WRITE); /* also what has just come to it */
    poison(arena.base + at, room, false);
    memset(arena.base + at, 0xff, bytes);
    poison(arena.base + at + bytes, room - bytes, true);
    *out = arena.base + at;
    return cudaSuccess;
}

static bool holds(const arena &arena, const char *data)
{
    return arena.base && data >= arena.base && data < arena.base + arena.top;
}

bool memory_give(void *data)
{
    for (int device = 0; device < DEVICES; device++) {
        arena &arena = arena_of(device);
        if (!holds(arena, (char *)data)) {
            continue;
        }
        const auto block = arena.used.find((size_t)((char *)data - arena.base));
        if (block == arena.used.end()) {
            return false;
        }
        const size_t room = room_for(block->second);
        poison(data, room, true);
        arena.holes[block->first] = room;
        arena.used.erase(block);
        return true;
    }
    return false;
}

int device_of(const void *data, size_t bytes)
{
    for (int device = 0; device < DEVICES; device++) {
        const arena &arena = arena_of(device);
        if (!holds(arena, (const char *)data)) {
            continue;
        }
        const size_t at = (size_t)((const char *)data - arena.base);
        auto block = arena.used.upper_bound(at);
        if (block == arena.used.begin()) {
            return -1;
        }
        --block;
        return at + bytes <= block->first + block->second ? device : -1;
    }
    return -1;
}

bool is_pinned(const void *data)
{
    auto block = pinned().upper_bound((const char *)data);
    if (block == pinned().begin()) {
        return false;
    }
    --block;
    return (const char *)data < block->first + block->second;
}

} // namespace emu

cudaError_t cudaMallocHost(void **out, size_t bytes)
{
    *out = malloc(bytes);
    if (!*out) {
        return cudaErrorMemoryAllocation;
    }
    memset(*out, 0xff, bytes);
    emu::pinned()[(char *)*out] = bytes;
    return cudaSuccess;
}

cudaError_t cudaHostAlloc(void **out, size_t bytes, unsigned)
{
    return cudaMallocHost(out, bytes);
}

cudaError_t cudaFreeHost(void *data)
{
    if (data && emu::pinned().erase((char *)data) == 0) {
        return cudaErrorInvalidValue;
    }
    free(data);
    return cudaSuccess;
}
