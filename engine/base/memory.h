#pragma once
/* Small allocations that cannot usefully fail: on exhaustion the program says so on stderr and
 * exits with status 70. Tensor elements and device memory do not come from here; they report. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether what is let go is kept for who asks next. Not under the address sanitizer: there every item is
 * a block of its own, so that misuse is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_IS_KEPT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_IS_KEPT 0
#endif
#endif
#ifndef MEMORY_IS_KEPT
#define MEMORY_IS_KEPT 1
#endif

/* Zeroed memory for `count` items of `size` bytes; never NULL. Free with free(). */
void *memory_allocate(size_t count, size_t size);

/* Grows or shrinks `block` to `count` items of `size` bytes; new bytes are not zeroed. */
void *memory_resize(void *block, size_t count, size_t size);

/* Zeroes a few hundred bytes, of a number that the compiler knows: piece by piece it makes a few wide moves
 * of that, at once a loop of narrow ones. */
static inline void memory_clear(void *block, size_t size)
{
    enum { PIECE = 64 };
    size_t done = 0;
    for (; done + PIECE <= size; done += PIECE) {
        memset((char *)block + done, 0, PIECE);
    }
    memset((char *)block + done, 0, size - done);
}

/* Zeroed memory from the system itself, a multiple of MEMORY_LARGE_PAGE bytes, which it may hand out in
 * pages of that size; never NULL. Given back with memory_unmap. */
enum { MEMORY_LARGE_PAGE = 2 << 20 };
void *memory_map(size_t size);
void memory_unmap(void *block, size_t size);

/* For large allocations, which report: PyTorch's text for so many bytes. Always returns false. */
struct error;
bool memory_refuse(double bytes, struct error *err);

/* A copy of the first `length` bytes of `text` with a final NUL, and of a whole C string. */
char *memory_copy_text(const char *text, size_t length);
char *memory_copy_string(const char *string);
