#include "engine/engine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/autograd/autograd.h"
#include "engine/base/memory.h"
#include "engine/cpu/cpu.h"
#include "engine/tensor/pool.h"

struct engine *engine_create(struct error *err)
{
    struct backend *cpu = cpu_create(err);
    return cpu ? engine_create_on(cpu) : NULL;
}

struct engine *engine_create_on(struct backend *cpu)
{
    struct engine *engine = memory_allocate(1, sizeof(*engine));
    engine->pools = memory_allocate(1, sizeof(*engine->pools));
    engine->pools->tensors.item_size = sizeof(struct tensor);
    engine->pools->storages.item_size = sizeof(struct storage);
    engine->pools->nodes.item_size = sizeof(struct node);
    engine->backends[0] = cpu;
    engine->backend_count = 1;
    engine->default_backend = cpu;
    engine->default_dtype = DTYPE_FLOAT32;
    engine->print = print_options_usual;
    engine->grad_enabled = true;
    generator_seed(&engine->generator, 0);
    return engine;
}

void engine_destroy(struct engine *engine)
{
    if (!engine) {
        return;
    }
    assert(engine->live_tensors == 0 && engine->live_storages == 0 && engine->live_nodes == 0);
    for (int i = engine->backend_count - 1; i >= 0; i--) {
        engine->backends[i]->impl->destroy(engine->backends[i]);
    }
    walk_destroy(engine->idle_walk);
    pool_finish(&engine->pools->tensors);
    pool_finish(&engine->pools->storages);
    pool_finish(&engine->pools->nodes);
    free(engine->pools);
    free(engine);
}

bool engine_take_backend(struct engine *engine, struct backend *backend, struct error *err)
{
    if (engine->backend_count == ENGINE_MAX_BACKENDS) {
        backend->impl->destroy(backend);
        return error_set(err, "no more than %d devices can be used at once", ENGINE_MAX_BACKENDS);
    }
    engine->backends[engine->backend_count++] = backend;
    return true;
}

struct backend *engine_find_backend(struct engine *engine, const char *device, int index)
{
    for (int i = 0; i < engine->backend_count; i++) {
        struct backend *backend = engine->backends[i];
        if (strcmp(backend->impl->device, device) == 0 && backend->index == index) {
            return backend;
        }
    }
    return NULL;
}
