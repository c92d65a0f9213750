#include "engine/backend.h"

#include <assert.h>

bool backend_check(const struct backend_impl *impl, struct error *err)
{
    if (impl->abi != BACKEND_ABI || impl->size != sizeof(struct backend_impl)) {
        return error_set(err,
                         "the plug-in for %s was built for interface %u (%u bytes), this program "
                         "has %u (%u bytes): build both from one source",
                         impl->device, (unsigned)impl->abi, (unsigned)impl->size,
                         (unsigned)BACKEND_ABI, (unsigned)sizeof(struct backend_impl));
    }
    assert(impl->device && impl->alloc && impl->release && impl->write && impl->read);
    assert(impl->supports && impl->map && impl->reduce && impl->gemm);
    assert(impl->gather && impl->scatter && impl->scan && impl->lu && impl->rows);
    assert(impl->chain && impl->sync && impl->info && impl->destroy);
    return true;
}

/* clang-format off */
static const struct map_row map_rows[MAP_COUNT] = {
#define X(id, name, inputs, to_bool, formula) [MAP_##id] = { #name, inputs, to_bool },
    MAP_LIST(X)
#undef X
};

static const char *const reduce_names[REDUCE_COUNT] = {
#define X(id, name) [REDUCE_##id] = #name,
    REDUCE_LIST(X)
#undef X
};
/* clang-format on */

const struct map_row *map_row(enum map_function function)
{
    return &map_rows[function];
}

const char *reduce_name(enum reduce_function function)
{
    return reduce_names[function];
}
