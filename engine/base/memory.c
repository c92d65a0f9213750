#include "engine/base/memory.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/error.h"

enum {
    EXIT_OUT_OF_MEMORY = 70, /* EX_SOFTWARE of sysexits.h */
    SMALL_BYTES = 1024,
};

static _Noreturn void give_up(size_t count, size_t size)
{
    fprintf(stderr, "gradlight: out of memory (%zu x %zu bytes)\n", count, size);
    exit(EXIT_OUT_OF_MEMORY);
}

void *memory_allocate(size_t count, size_t size)
{
    size_t bytes;
    /* malloc has at hand what was freed last, which calloc of glibc before 2.41 passes by. */
    const bool small = !__builtin_mul_overflow(count, size, &bytes) && bytes <= SMALL_BYTES;
    /* Of nothing they may return NULL, which must not look like a failure. */
    void *block = small ? malloc(bytes > 0 ? bytes : 1) : calloc(count, size);
    if (!block) {
        give_up(count, size);
    }
    return small ? memset(block, 0, bytes) : block;
}

/* The kernel has pages this large, when they lie so, for whoever asks. */
void *memory_map(size_t size)
{
    char *const mapped = mmap(NULL, size + MEMORY_LARGE_PAGE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        give_up(1, size);
    }
    const size_t before = -(uintptr_t)mapped & (MEMORY_LARGE_PAGE - 1);
    if (before > 0) {
        munmap(mapped, before);
    }
    munmap(mapped + before + size, MEMORY_LARGE_PAGE - before);
    madvise(mapped + before, size, MADV_HUGEPAGE); /* without them it works as well */
    return mapped + before;
}

void memory_unmap(void *block, size_t size)
{
    munmap(block, size);
}

void *memory_resize(void *block, size_t count, size_t size)
{
    assert(size > 0);
    if (count > SIZE_MAX / size) {
        give_up(count, size);
    }
    void *moved = realloc(block, count > 0 ? count * size : 1);
    if (!moved) {
        give_up(count, size);
    }
    return moved;
}

bool memory_refuse(double bytes, struct error *err)
{
    return error_set(err,
                     "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't "
                     "allocate memory: you tried to allocate %.0f bytes. Error code 12 (Cannot "
                     "allocate memory)",
                     bytes);
}

char *memory_copy_text(const char *text, size_t length)
{
    if (length == SIZE_MAX) {
        give_up(length, 1);
    }
    char *copy = memory_resize(NULL, length + 1, 1);
    if (length > 0) {
        memcpy(copy, text, length);
    }
    copy[length] = '\0';
    return copy;
}

char *memory_copy_string(const char *string)
{
    return memory_copy_text(string, strlen(string));
}
