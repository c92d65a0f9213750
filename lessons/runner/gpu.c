#include "lessons/runner/gpu.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool gpu_plugin_path(char *out)
{
    static const char name[] = "gradlight-cuda.so";
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
    return access("/dev/nvidiactl", F_OK) == 0 || access("/dev/dxg", F_OK) == 0;
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
