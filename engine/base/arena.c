#include "engine/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

enum { BLOCK_SIZE = 64 * 1024, LARGE_FROM = 16 * BLOCK_SIZE };

struct arena_block {
    struct arena_block *previous;
    size_t used, capacity;
    bool mapped; /* MEMORY_LARGE_PAGE bytes from the system */
    alignas(max_align_t) unsigned char bytes[];
};

static void block_free(struct arena_block *block)
{
    if (block && block->mapped) {
        memory_unmap(block, MEMORY_LARGE_PAGE);
    } else {
        free(block);
    }
}

static size_t aligned(size_t size)
{
    const size_t unit = alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

/* A request larger than a block gets a block to itself, put under the current one so that what is
 * left of the current one stays in use. */
static struct arena_block *block_with_room(struct arena *arena, size_t size)
{
    struct arena_block *last = arena->last;
    if (last && last->capacity - last->used >= size) {
        return last;
    }
    /* An arena that has become large grows in larger steps. */
    const size_t large = MEMORY_LARGE_PAGE - sizeof(*last);
    const size_t usual = arena->used > LARGE_FROM ? large : BLOCK_SIZE;
    const size_t capacity = size > usual ? size : usual;
    struct arena_block *block = capacity == large ? memory_map(MEMORY_LARGE_PAGE)
                                                  : memory_allocate(1, sizeof(*block) + capacity);
    block->capacity = capacity;
    block->mapped = capacity == large;
    if (last && size > usual) {
        block->previous = last->previous;
        last->previous = block;
    } else {
        block->previous = last;
        arena->last = block;
    }
    return block;
}

void *arena_allocate(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) {
        /* Cannot be satisfied: memory_allocate says so and exits. */
        return memory_allocate(count, size);
    }
    bytes = aligned(bytes > 0 ? bytes : 1);
    struct arena_block *block = block_with_room(arena, bytes);
    void *result = block->bytes + block->used;
    block->used += bytes;
    arena->used += bytes;
    return result;
}

void *arena_reserve(struct arena *arena, void *items, size_t *capacity, size_t needed,
                    size_t item_size)
{
    if (needed <= *capacity) {
        return items;
    }
    const size_t grown = needed < SIZE_MAX / 2 && needed < *capacity * 2 ? *capacity * 2 : needed;
    void *moved = arena_allocate(arena, grown, item_size);
    if (*capacity > 0) {
        memcpy(moved, items, *capacity * item_size);
    }
    *capacity = grown;
    return moved;
}

char *arena_copy_text(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_allocate(arena, length + 1, 1);
    if (length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *result = arena_allocate(arena, length < 0 ? 1 : (size_t)length + 1, 1);
    if (length > 0) {
        vsnprintf(result, (size_t)length + 1, format, again);
    }
    va_end(again);
    return result;
}

void arena_clear(struct arena *arena)
{
    struct arena_block *kept = arena->last;
    arena->used = 0;
    if (!kept) {
        return;
    }
    struct arena_block *block = kept->previous;
    while (block) {
        struct arena_block *previous = block->previous;
        block_free(block);
        block = previous;
    }
    memset(kept->bytes, 0, kept->used);
    kept->used = 0;
    kept->previous = NULL;
}

void arena_finish(struct arena *arena)
{
    arena_clear(arena);
    block_free(arena->last);
    *arena = (struct arena){ 0 };
}
