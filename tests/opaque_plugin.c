/* A plug-in with two devices of tests/backend_opaque, of which the first does not sort: what a program's
 * tests open instead of one for a GPU. */

#include "tests/backend_opaque.h"

enum { DEVICES = 2 };

backend_open_function backend_open;

static bool refuses_sort(const struct backend_query *query)
{
    return query->primitive == PRIMITIVE_SCAN && query->function == SCAN_SORT;
}

__attribute__((visibility("default"))) enum backend_status
backend_open(uint32_t abi, int index, struct backend **out, struct error *err)
{
    if (abi != BACKEND_ABI || index >= DEVICES) {
        error_set(err, "there is no opaque device %d", index);
        return BACKEND_UNSUPPORTED;
    }
    const struct opaque_spec spec = { "cuda", index == 0 ? refuses_sort : NULL, index };
    *out = backend_opaque_create(&spec, err);
    return *out ? BACKEND_OK : BACKEND_OUT_OF_MEMORY;
}
