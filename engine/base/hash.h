#pragma once
/* One hash for tables, structural comparison and tests: FNV-1a, 64 bits. Not for security. */

#include <stddef.h>
#include <stdint.h>

static const uint64_t HASH_START = UINT64_C(0xcbf29ce484222325);

/* Continues `hash` over one number, in one step. */
static inline uint64_t hash_whole(uint64_t hash, int64_t whole)
{
    return (hash ^ (uint64_t)whole) * UINT64_C(0x100000001b3);
}

/* Continues `hash` over `length` more bytes. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length);
