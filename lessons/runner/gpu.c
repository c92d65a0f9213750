#include "lessons/runner/gpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

static const char test_variable[] = "GRADLIGHT_CUDA_PLUGIN";

bool gpu_is_test(void)
{
    static const char root[] = GRADLIGHT_BUILD_ROOT "/";
    char own[sizeof(root)];
    return getenv(test_variable) && readlink("/proc/self/exe", own, sizeof(own) - 1) > 0 &&
           strncmp(own, root, sizeof(root) - 1) == 0;
}

bool gpu_plugin_path(char *out)
{
    static const char name[] = "gradlight-cuda.so";
    if (gpu_is_test()) {
        return snprintf(out, PATH_MAX, "%s", getenv(test_variable)) < PATH_MAX;
    }
    const ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (length <= 0) {
        return false;
    }
    out[length] = '\0';
    char *const last = strrchr(out, '/');
    const size_t room = last ? (size_t)(out + PATH_MAX - last - 1) : 0;
    return room >= sizeof(name) && snprintf(last + 1, room, "%s", name) > 0;
}

bool gpu_is_there(void)
{
    /* The second is how Windows lends its GPU to a Linux within it. */
    return gpu_is_test() || access("/dev/nvidiactl", F_OK) == 0 || access("/dev/dxg", F_OK) == 0;
}

const char *gpu_refusal(const struct box *box, bool leave)
{
    if (!gpu_is_there()) {
        return "this machine has no NVIDIA GPU, or its driver is not loaded";
    }
    if (!leave) {
        return "this lesson was not allowed to use the GPU: it takes a weaker box, which you can "
               "allow in the window, or on the command line with --gpu";
    }
    if (!box->gpu) {
        return "the GPU is left alone: without Landlock, which this kernel lacks, a lesson that "
               "uses it could write files";
    }
    return NULL;
}
