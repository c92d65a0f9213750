/* A trace of any bytes as whole screens. */

#include "tests/fuzz/fuzz.h"

#include "engine/base/hash.h"
#include "tests/hostile_screen.h"

static struct rig rig;

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    rig_open(&rig);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint64_t hash = hash_bytes(HASH_START, bytes, length);
    draw_trace(&rig, (const char *)bytes, length, (int)(hash % 4096));
    return 0;
}
