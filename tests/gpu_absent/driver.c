/* A driver that has no device: as much of libcuda.so.1 as CUDA's runtime asks before it gives up. The
 * environment says what it answers: FAKE_CUDA_INIT, a number of CUDA's errors, and FAKE_CUDA_VERSION. */

#include <stdlib.h>
#include <string.h>

#define SHOWN __attribute__((visibility("default")))

static int number(const char *name, int otherwise)
{
    const char *const value = getenv(name);
    return value ? (int)strtol(value, NULL, 10) : otherwise;
}

SHOWN int cuInit(unsigned flags);
SHOWN int cuDriverGetVersion(int *version);
SHOWN int cuGetProcAddress_v2(const char *name, void **out, int version, unsigned long long flags,
                              int *status);

int cuInit(unsigned flags)
{
    (void)flags;
    return number("FAKE_CUDA_INIT", 100);
}

int cuDriverGetVersion(int *version)
{
    *version = number("FAKE_CUDA_VERSION", 13000);
    return 0;
}

/* "not initialised" */
static int nothing(void)
{
    return 3;
}

typedef void function(void);

int cuGetProcAddress_v2(const char *name, void **out, int version, unsigned long long flags,
                        int *status)
{
    (void)version, (void)flags;
    function *found = (function *)nothing;
    if (strcmp(name, "cuInit") == 0) {
        found = (function *)cuInit;
    } else if (strcmp(name, "cuDriverGetVersion") == 0) {
        found = (function *)cuDriverGetVersion;
    } else if (strcmp(name, "cuGetProcAddress") == 0) {
        found = (function *)cuGetProcAddress_v2;
    }
    memcpy(out, &found, sizeof(found));
    if (status) {
        *status = 0;
    }
    return 0;
}
