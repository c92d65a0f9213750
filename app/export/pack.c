#include "app/export/pack.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#define ZLIB_CONST /* it only reads its input */
#include <zlib.h>

#include "engine/base/memory.h"

/* Raw: neither a header nor a checksum, which nobody would look at. */
enum { WINDOW_BITS = -15, MEMORY_LEVEL = 9 };

static voidpf give(voidpf owner, uInt count, uInt size)
{
    (void)owner;
    return memory_allocate(count, size);
}

static void take(voidpf owner, voidpf block)
{
    (void)owner;
    free(block);
}

/* Memory never fails, and there is room for the worst: so one call does all of it. */
void pack_append(struct text *out, const char *bytes, size_t length)
{
    z_stream stream = { .zalloc = give, .zfree = take };

    assert(length <= UINT_MAX / 2);
    const int begun = deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_BITS,
                                   MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
    assert(begun == Z_OK);
    (void)begun;
    const size_t bound = deflateBound(&stream, length);
    char *const packed = memory_allocate(bound, 1);
    stream.next_in = (const Bytef *)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)bound;
    const int ended = deflate(&stream, Z_FINISH);
    assert(ended == Z_STREAM_END);
    (void)ended;
    text_append(out, packed, (size_t)stream.total_out);
    deflateEnd(&stream);
    free(packed);
}
