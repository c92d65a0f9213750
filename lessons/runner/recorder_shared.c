/* Memory that NumPy shares: nobody tells of a change there, so after every line its bytes are compared
 * with what they were. */
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "lessons/runner/recorder_state.h"

/* Larger memory would make every line of the lesson slow; its changes are not seen. */
enum { COMPARED_BYTES = 64 << 10 };

static uint64_t bytes_hash(const struct storage *storage)
{
    return hash_bytes(HASH_START, storage->data, storage->bytes);
}

static struct shared_place *find(const struct recorder *recorder, int64_t place)
{
    for (size_t i = 0; i < recorder->shared_count; i++) {
        if (recorder->shared[i].place == place) {
            return &recorder->shared[i];
        }
    }
    return NULL;
}

void watch_shared(struct recorder *recorder, const struct storage *storage)
{
    const int64_t place = id_map_find(&recorder->places, storage->id);
    if (place == 0 || storage->bytes == 0 || storage->bytes > COMPARED_BYTES ||
        !storage->backend->impl->host_memory || find(recorder, place)) {
        return;
    }
    recorder->shared = array_reserve(recorder->shared, &recorder->shared_capacity,
                                     recorder->shared_count + 1, sizeof(*recorder->shared));
    recorder->shared[recorder->shared_count++] = (struct shared_place){
        .place = place, .hash = bytes_hash(storage), .version = storage->version
    };
}

void record_shared(void *context, const struct tensor *tensor)
{
    struct recorder *recorder = context;
    tape_taken(recorder->tape);
    watch_shared(recorder, tensor->storage);
}

void shared_was_told(struct recorder *recorder, const struct storage *storage, int64_t place)
{
    struct shared_place *shared = recorder->shared_count > 0 ? find(recorder, place) : NULL;
    if (shared) {
        shared->hash = bytes_hash(storage);
        shared->version = storage->version;
    }
}

/* What the engine changed, it has told. */
static void compare(struct recorder *recorder, struct shared_place *shared, struct tensor *tensor)
{
    const uint64_t hash = bytes_hash(tensor->storage);
    const bool changed = hash != shared->hash && shared->version == tensor->storage->version;
    shared->hash = hash;
    shared->version = tensor->storage->version;
    if (changed) {
        tell_change(recorder, tensor, "numpy");
    }
}

void notice_shared(struct recorder *recorder)
{
    size_t kept = 0;
    for (size_t i = 0; i < recorder->shared_count; i++) {
        struct shared_place shared = recorder->shared[i];
        const uint32_t first = recorder->first_on[shared.place];
        if (first > 0) {
            compare(recorder, &shared, recorder->known[first].tensor);
            recorder->shared[kept++] = shared;
        }
    }
    recorder->shared_count = kept;
}
