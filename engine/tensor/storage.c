#include "engine/tensor/storage.h"

#include <assert.h>

#include "engine/engine.h"
#include "engine/tensor/pool.h"

static struct storage *storage_empty(struct engine *engine, struct backend *backend)
{
    struct storage *storage = pool_take(&engine->pools->storages);
    *storage = (struct storage){
        .references = 1, .id = ++engine->storage_ids, .engine = engine, .backend = backend
    };
    engine->live_storages++;
    return storage;
}

struct storage *storage_create(struct engine *engine, struct backend *backend, size_t bytes,
                               struct error *err)
{
    struct storage *storage = storage_empty(engine, backend);
    if (bytes > 0 && backend->impl->alloc(backend, bytes, &storage->data, err) != BACKEND_OK) {
        engine->live_storages--;
        pool_give(&engine->pools->storages, storage);
        return NULL;
    }
    storage->bytes = bytes;
    storage->is_inference = engine->inference;
    engine->live_bytes += (int64_t)bytes;
    return storage;
}

struct storage *storage_borrow(struct engine *engine, const struct tensor_memory *memory)
{
    assert(memory->release && engine_cpu(engine)->impl->host_memory);
    struct storage *storage = storage_empty(engine, engine_cpu(engine));
    storage->data = memory->memory;
    storage->bytes = memory->bytes;
    storage->release = memory->release;
    storage->owner = memory->owner;
    storage->is_shared = true;
    engine->live_bytes += (int64_t)memory->bytes;
    return storage;
}

struct storage *storage_ref(struct storage *storage)
{
    storage->references++;
    return storage;
}

void storage_unref(struct storage *storage)
{
    assert(storage->references > 0);
    if (--storage->references > 0) {
        return;
    }
    struct engine *engine = storage->engine;
    if (storage->release) {
        storage->release(storage->owner);
    } else if (storage->data) {
        storage->backend->impl->release(storage->backend, storage->data, storage->bytes);
    }
    engine->live_bytes -= (int64_t)storage->bytes;
    engine->live_storages--;
    pool_give(&engine->pools->storages, storage);
}

bool storage_read(const struct storage *storage, size_t from, void *out, size_t bytes,
                  struct error *err)
{
    assert(from + bytes <= storage->bytes);
    struct backend *backend = storage->backend;
    const char *address = (const char *)storage->data + from;
    return backend->impl->read(backend, out, address, bytes, err) == BACKEND_OK;
}

bool storage_write(struct storage *storage, size_t to, const void *bytes, size_t count,
                   struct error *err)
{
    assert(to + count <= storage->bytes);
    struct backend *backend = storage->backend;
    char *address = (char *)storage->data + to;
    return backend->impl->write(backend, address, bytes, count, err) == BACKEND_OK;
}

bool storage_wait(const struct storage *storage, struct error *err)
{
    return storage->backend->impl->sync(storage->backend, err) == BACKEND_OK;
}
