/* A trace of any bytes as a whole screen. Another look for each input: it is the drawing that takes time. */

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
    const int moment = (int)(hash / 4096 % 3);
    draw_moments(&rig, (const char *)bytes, length, (int)(hash % 4096), moment, moment + 1);
    return 0;
}
