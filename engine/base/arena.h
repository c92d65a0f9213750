#pragma once
/* Memory that lives and dies together: a trace's entities, a frame's scene. Blocks are zeroed,
 * aligned for any type, never moved, and freed only all at once. */

#include <stddef.h>

struct arena_block;

/* Zero-initialise to start; needs no arena_init. */
struct arena {
    struct arena_block *last;
    size_t used; /* bytes handed out since the last arena_clear */
};

/* Zeroed memory for `count` items of `size` bytes. */
void *arena_allocate(struct arena *arena, size_t count, size_t size);

/* Room for `needed` items in an array that grows in the arena, as array_reserve (array.h) has it: NULL
 * and a capacity of 0 to start. The first time for just as many; what was outgrown stays till the
 * end. New items are zero. */
void *arena_reserve(struct arena *arena, void *items, size_t *capacity, size_t needed,
                    size_t item_size);

/* NUL-terminated copies. */
char *arena_copy_text(struct arena *arena, const char *text, size_t length);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Gives everything back but keeps one block for reuse; arena_finish keeps nothing. */
void arena_clear(struct arena *arena);
void arena_finish(struct arena *arena);
