/* absent PLUG-IN INDEX SENTENCE: what the real plug-in says where device INDEX is not to be had, and that it
 * does not take long. "no driver" as SENTENCE: skipped where there is one. */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/backend.h"

enum { SKIPPED = 77 };

/* Of the processor, since the machine may be busy. */
static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

int main(int count, char **arguments)
{
    struct error err = { 0 };
    struct backend *device = NULL;
    backend_open_function *open = NULL;
    if (count != 4) {
        fprintf(stderr, "usage: absent PLUG-IN INDEX SENTENCE\n");
        return 2;
    }
    if (strcmp(arguments[3], "no NVIDIA driver is installed") == 0 &&
        access("/dev/nvidiactl", F_OK) == 0) {
        printf("there is a driver\n");
        return SKIPPED;
    }
    const double begin = seconds();
    void *const library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library) {
        *(void **)&open = dlsym(library, "backend_open");
    }
    if (!open) {
        printf("%s\n", dlerror());
        return 1;
    }
    const int index = (int)strtol(arguments[2], NULL, 10);
    const enum backend_status status = open(BACKEND_ABI, index, &device, &err);
    const double took = seconds() - begin;
    printf("%s (%.1f ms)\n", err.text, took * 1e3);
    if (status != BACKEND_UNSUPPORTED || device || strcmp(err.text, arguments[3]) != 0) {
        printf("expected: %s\n", arguments[3]);
        return 1;
    }
    if (open(BACKEND_ABI + 1, 0, &device, &err) != BACKEND_UNSUPPORTED || device) {
        printf("another interface was not refused\n");
        return 1;
    }
    return took > 0.2;
}
